//! A change of several nodes that was interrupted: what was done, what was not, and the commands that go on or put back.

use crate::cli::context::Context;
use crate::cli::exit::Exit;

/// How far one node came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reached {
    /// It was changed.
    Changed,
    /// It is as it was: nothing was to be done, or it was refused, which was said.
    AsBefore,
    /// Nothing was sent.
    NotBegun,
    /// Something was sent, and no answer came.
    Unanswered,
}

/// The nodes of an interrupted command, in the order given.
#[derive(Debug, Default)]
pub(super) struct Halfway {
    nodes: Vec<(String, Reached)>,
}

impl Halfway {
    /// Notes how far a node came.
    pub(super) fn add(&mut self, node: &str, reached: Reached) {
        self.nodes.push((node.to_owned(), reached));
    }

    /// Returns the nodes that came as far as this.
    pub(super) fn at(&self, reached: Reached) -> Vec<&str> {
        let there = self.nodes.iter().filter(|(_, came)| *came == reached);
        there.map(|(node, _)| node.as_str()).collect()
    }

    /// Says where the command stands; `undo` is the command that puts the changed nodes back, where one does.
    pub(super) fn tell(&self, context: &Context, undo: Option<&str>) -> Exit {
        for line in self.lines() {
            context.ui.err(&line);
        }
        context.ui.err(&format!("go on:    {}", context.again()));
        let changed = self.at(Reached::Changed);
        if let Some(undo) = undo.filter(|_| !changed.is_empty()) {
            let nodes = changed.join(" ");
            context
                .ui
                .err(&format!("put back: kubectl nodemaint {undo} {nodes}"));
        }
        Exit::Interrupted
    }

    fn lines(&self) -> Vec<String> {
        let (changed, all) = (self.at(Reached::Changed).len(), self.nodes.len());
        let unknown = self.at(Reached::Unanswered).len();
        let mut lines = vec![match (changed, unknown) {
            (0, 0) => "interrupted: nothing was changed".to_owned(),
            _ => format!("interrupted: {changed} of {all} node(s) changed"),
        }];
        for (words, reached) in [
            ("changed", Reached::Changed),
            ("as before", Reached::AsBefore),
            ("not begun", Reached::NotBegun),
            ("asked, but no answer came", Reached::Unanswered),
        ] {
            let nodes = self.at(reached);
            if !nodes.is_empty() {
                lines.push(format!("  {words}: {}", nodes.join(", ")));
            }
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(nodes: &[(&str, Reached)]) -> Vec<String> {
        let mut halfway = Halfway::default();
        for (node, reached) in nodes {
            halfway.add(node, *reached);
        }
        halfway.lines()
    }

    #[test]
    fn each_node_is_named_under_what_became_of_it() {
        assert_eq!(
            lines(&[
                ("a", Reached::Changed),
                ("b", Reached::AsBefore),
                ("c", Reached::Changed),
                ("d", Reached::Unanswered),
                ("e", Reached::NotBegun),
            ]),
            [
                "interrupted: 2 of 5 node(s) changed",
                "  changed: a, c",
                "  as before: b",
                "  not begun: e",
                "  asked, but no answer came: d",
            ]
        );
    }

    #[test]
    fn nothing_changed_is_said_only_where_it_is_known() {
        assert_eq!(
            lines(&[("a", Reached::NotBegun)]),
            ["interrupted: nothing was changed", "  not begun: a"]
        );
        assert_eq!(
            lines(&[("a", Reached::Unanswered)])[0],
            "interrupted: 0 of 1 node(s) changed"
        );
    }
}
