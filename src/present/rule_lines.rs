//! What a rule of the scheduler is, in lines for a person.

use crate::domain::fit::explain::{Rule, Sort};

use super::style::{Colors, Meaning, paint};
use super::text::wrap;

/// Returns the lines that explain a rule.
pub fn rule_lines(rule: &Rule, width: Option<usize>, colors: Colors) -> Vec<String> {
    let sort = match rule.sort {
        Sort::Filter => "filter",
        Sort::Score => "score",
    };
    let mut names = rule.names();
    let title = names.next().unwrap_or_default();
    let title = paint(title, Meaning::Heading, colors);
    let gone = if rule.today.is_some() {
        ""
    } else {
        ", removed"
    };
    let mut lines = vec![format!("{title} ({sort}{gone})")];
    let older: Vec<&str> = names.collect();
    let older = match older.is_empty() {
        true => String::new(),
        false => format!("also called {}", older.join(", ")),
    };
    for text in [rule.checks, rule.story, &older] {
        if !text.is_empty() {
            let room = width.map(|width| width.saturating_sub(2).max(20));
            lines.extend(wrap(text, room).into_iter().map(|line| format!("  {line}")));
        }
    }
    lines
}
