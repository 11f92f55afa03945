//! The line that tells how far reading a cluster has come.

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::text::{clean, count};

/// The objects of a kind that were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// The kind's name.
    pub name: &'static str,
    /// How many came.
    pub done: usize,
    /// How many are to come, as far as it is known.
    pub left: usize,
}

/// The line; it is gone when it is dropped.
#[derive(Debug)]
pub struct ReadingLine {
    bar: ProgressBar,
}

impl ReadingLine {
    /// Begins a line.
    pub fn start(screen: &MultiProgress, server: &str) -> ReadingLine {
        let bar = screen.add(ProgressBar::new_spinner());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix}: {wide_msg}") {
            bar.set_style(style);
        }
        bar.set_prefix(format!("reading {}", clean(server)));
        ReadingLine { bar }
    }

    /// Tells how far it is, and turns the spinner.
    pub fn show(&self, kinds: impl IntoIterator<Item = Kind>) {
        self.bar.set_message(words(kinds));
        self.bar.tick();
    }
}

impl Drop for ReadingLine {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Names nodes and pods, of which there are most, and sums up the rest.
fn words(kinds: impl IntoIterator<Item = Kind>) -> String {
    let mut parts = Vec::new();
    let mut others = 0;
    for kind in kinds {
        let noun = match kind.name {
            "Node" => "node",
            "Pod" => "pod",
            _ => {
                others += kind.done;
                continue;
            }
        };
        parts.push(match kind.left {
            0 => count(kind.done, noun),
            left => format!("{} of {}", kind.done, count(kind.done + left, noun)),
        });
    }
    if others > 0 {
        parts.push(count(others, "other object"));
    }
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_and_pods_are_named_and_the_rest_is_summed_up() {
        let kind = |name, done, left| Kind { name, done, left };
        let kinds = [
            kind("Namespace", 40, 0),
            kind("Node", 500, 0),
            kind("Pod", 4_500, 10_500),
            kind("Service", 2, 0),
        ];
        assert_eq!(
            words(kinds),
            "500 nodes, 4500 of 15000 pods, 42 other objects"
        );
        assert_eq!(words([]), "");
    }
}
