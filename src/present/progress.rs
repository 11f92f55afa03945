//! Live progress on a terminal: one line a node, with what its remaining pods wait for.

use std::collections::HashMap;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::domain::pod::PodRef;
use crate::engine::event::{Event, EventKind};

/// Redraws a second for the spinner and the clock.
const TICK: Duration = Duration::from_millis(200);
/// Names shown of the pods that are still there.
const NAMES_MOST: usize = 3;

/// Progress lines of all nodes of a run.
pub struct Progress {
    screen: MultiProgress,
    nodes: HashMap<String, NodeLine>,
}

/// One node's line, with what it knows of each pod that has not left.
struct NodeLine {
    bar: ProgressBar,
    waiting: Vec<(PodRef, String)>,
}

impl Progress {
    /// Draws on this screen.
    pub fn new(screen: MultiProgress) -> Progress {
        Progress {
            screen,
            nodes: HashMap::new(),
        }
    }

    /// Takes an event into the node's line.
    pub fn update(&mut self, event: &Event) {
        let Some(node) = &event.node else {
            return;
        };
        match &event.kind {
            EventKind::Planned { leaving, .. } => {
                let line = NodeLine::start(&self.screen, node, *leaving);
                self.nodes.insert(node.clone(), line);
            }
            EventKind::NodeDrained
            | EventKind::NodeFailed { .. }
            | EventKind::Interrupted { .. }
            | EventKind::CordonFailed { .. } => self.end(node),
            kind => {
                if let Some(line) = self.nodes.get_mut(node) {
                    line.update(kind);
                }
            }
        }
    }

    fn end(&mut self, node: &str) {
        if let Some(line) = self.nodes.remove(node) {
            line.bar.finish_and_clear();
            self.screen.remove(&line.bar);
        }
    }
}

impl Drop for Progress {
    /// Leaves no half-drawn line and no hidden cursor behind.
    fn drop(&mut self) {
        for (_, line) in self.nodes.drain() {
            line.bar.finish_and_clear();
        }
    }
}

impl NodeLine {
    fn start(screen: &MultiProgress, node: &str, leaving: usize) -> NodeLine {
        let bar = screen.add(ProgressBar::new(leaving as u64));
        let style = ProgressStyle::with_template(
            "{spinner} {prefix} {bar:20} {pos}/{len} gone, {elapsed} {wide_msg}",
        );
        // The template is a constant that a test draws once.
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_prefix(node.to_owned());
        bar.enable_steady_tick(TICK);
        NodeLine {
            bar,
            waiting: Vec::new(),
        }
    }

    fn update(&mut self, kind: &EventKind) {
        match kind {
            EventKind::Evicting { pod, .. } => self.note(pod, "asked to leave"),
            EventKind::Accepted { pod } => self.note(pod, "ending"),
            EventKind::Blocked { pod, cause, .. } => self.note(pod, cause),
            EventKind::Held { pod, message, .. } => self.note(pod, message),
            EventKind::Throttled { pod, message, .. }
            | EventKind::Retrying { pod, message, .. }
            | EventKind::Denied { pod, message, .. }
            | EventKind::NamespaceEnding { pod, message }
            | EventKind::Failed { pod, message } => self.note(pod, message),
            EventKind::Gone { pod, .. }
            | EventKind::Replaced { pod }
            | EventKind::NotAwaited { pod, .. } => {
                self.waiting.retain(|(known, _)| known != pod);
                self.bar.inc(1);
            }
            _ => return,
        }
        self.bar.set_message(summary(&self.waiting));
    }

    fn note(&mut self, pod: &PodRef, text: &str) {
        match self.waiting.iter_mut().find(|(known, _)| known == pod) {
            Some((_, old)) => text.clone_into(old),
            None => self.waiting.push((pod.clone(), text.to_owned())),
        }
    }
}

/// Names the pods that are still there; those that a budget or an error holds come first.
fn summary(waiting: &[(PodRef, String)]) -> String {
    let mut sorted: Vec<&(PodRef, String)> = waiting.iter().collect();
    sorted.sort_by_key(|(pod, text)| (text == "ending" || text == "asked to leave", pod));
    let mut parts: Vec<String> = sorted
        .iter()
        .take(NAMES_MOST)
        .map(|(pod, text)| format!("{}: {text}", pod.path()))
        .collect();
    let more = sorted.len().saturating_sub(NAMES_MOST);
    if more > 0 {
        parts.push(format!("and {more} more"));
    }
    parts.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pod(name: &str) -> PodRef {
        PodRef {
            namespace: "shop".to_owned(),
            name: name.to_owned(),
            uid: name.to_owned(),
        }
    }

    #[test]
    fn held_pods_come_first_and_long_lists_are_cut() {
        let waiting = ["a", "b", "c", "d"].map(|n| (pod(n), "ending".to_owned()));
        let mut waiting = waiting.to_vec();
        waiting.push((pod("z"), "budget web needs 3".to_owned()));
        assert_eq!(
            summary(&waiting),
            "shop/z: budget web needs 3; shop/a: ending; shop/b: ending; and 2 more"
        );
    }

    #[test]
    fn the_template_is_valid() {
        let template = "{spinner} {prefix} {bar:20} {pos}/{len} gone, {elapsed} {wide_msg}";
        assert!(ProgressStyle::with_template(template).is_ok());
    }
}
