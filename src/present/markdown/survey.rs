//! The taints that nodes have, one row each.

use crate::domain::taint::survey::{NodeView, Survey, TaintView};

use super::{code, plain, table, titled};
use crate::present::taint_show as words;
use crate::present::text::count;

/// Returns the document, its last line ended.
pub fn survey_markdown(survey: &Survey) -> String {
    let tainted = survey.nodes.iter().filter(|node| !node.taints.is_empty());
    let tainted = tainted.count();
    let asked = match survey.filter.is_open() {
        true => "taints",
        false => "such taints",
    };
    let mut lines = vec![
        "# Taints".to_owned(),
        String::new(),
        format!(
            "**{asked} on {tainted} of {}**",
            count(survey.nodes.len(), "node")
        ),
        String::new(),
        format!("As of {}.", survey.taken_at),
    ];
    for node in survey.nodes.iter().filter(|node| !node.taints.is_empty()) {
        let title = format!("{}: {}", plain(&node.node.name), plain(&words::state(node)));
        lines.extend(titled(&title, taints(node, survey)));
    }
    lines.join("\n") + "\n"
}

fn taints(node: &NodeView, survey: &Survey) -> Vec<String> {
    let row = |view: &TaintView| {
        vec![
            code(&view.taint.to_string()),
            plain(&words::age(view, survey.taken_at)),
            plain(&words::origin(view)),
            plain(&words::tolerated(view, node)),
            plain(&words::leaves(view, survey.taken_at)),
        ]
    };
    let titles = ["Taint", "Age", "Origin", "Tolerated", "Leaves"];
    table(&titles, node.taints.iter().map(row))
}
