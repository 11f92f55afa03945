//! The fleet, worst node first.

use jiff::Timestamp;

use crate::domain::drain::fleet::FleetNode;
use crate::domain::snapshot::Unread;

use super::{plain, section, table, titled, unread_list};
use crate::present::fleet::{Supposed, readiness_name, sentences, sum, why};
use crate::present::plan_table::Detail;

/// Returns the document, its last line ended.
pub fn fleet_markdown(
    fleet: &[FleetNode],
    unread: &[Unread],
    supposed: Option<Supposed<'_>>,
    taken_at: Timestamp,
) -> String {
    let mut lines = vec![
        "# Drain of each node alone".to_owned(),
        String::new(),
        format!("**{}**", plain(&sum(fleet))),
        String::new(),
        format!("As of {taken_at}."),
    ];
    let supposed = supposed.map(|supposed| sentences(supposed, fleet));
    lines.extend(titled(
        "What is assumed",
        supposed
            .iter()
            .flatten()
            .map(|text| format!("- {}", plain(text)))
            .collect(),
    ));
    lines.extend(section("Nodes", fleet, nodes));
    lines.extend(section("Could not be read", unread, unread_list));
    lines.join("\n") + "\n"
}

fn nodes(fleet: &[FleetNode]) -> Vec<String> {
    let titles = ["Node", "Verdict", "Leave", "Waves", "Why", "Needs"];
    table(&titles, fleet.iter().map(row))
}

fn row(node: &FleetNode) -> Vec<String> {
    let cordoned = if node.cordoned { " (cordoned)" } else { "" };
    vec![
        format!("{}{cordoned}", plain(&node.node.name)),
        readiness_name(node.readiness).to_owned(),
        node.leaving.to_string(),
        match node.span.waves {
            0 => String::new(),
            waves => waves.to_string(),
        },
        plain(&why(node, Detail::Wide)),
        plain(&node.flags.join(" ")),
    ]
}
