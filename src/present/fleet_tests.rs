//! The fleet's table.

use super::*;
use crate::domain::budget::BudgetRef;
use crate::domain::drain::plan::Span;
use crate::domain::node::NodeRef;
use crate::present::style::Colors;

fn node(name: &str, readiness: Readiness) -> FleetNode {
    FleetNode {
        node: NodeRef {
            name: name.to_owned(),
            uid: format!("uid-{name}"),
        },
        cordoned: false,
        health: NodeHealth::Ready,
        readiness,
        leaving: 3,
        blocked: 0,
        span: Span {
            waves: 1,
            ..Span::default()
        },
        blockers: Vec::new(),
        nowhere: Vec::new(),
        unknown: Vec::new(),
        flags: vec!["--force"],
    }
}

fn budget(name: &str) -> BudgetRef {
    BudgetRef {
        namespace: "shop".to_owned(),
        name: name.to_owned(),
    }
}

fn table(fleet: &[FleetNode], detail: Detail) -> String {
    let page = Page {
        colors: Colors::Off,
        width: None,
        detail,
    };
    fleet_table(fleet, &[], None, page).join("\n")
}

fn example() -> Vec<FleetNode> {
    let mut blocked = node("n1", Readiness::Blocked);
    blocked.cordoned = true;
    blocked.blockers = ["api", "web", "db"]
        .map(|name| (budget(name), DomainVerdict::Never))
        .into();
    let mut nowhere = node("n2", Readiness::Nowhere);
    nowhere.nowhere = vec!["shop/a".to_owned()];
    let mut waves = node("n3", Readiness::Waves);
    waves.span.waves = 4;
    waves.span.because = Some(budget("web"));
    let mut silent = node("n5", Readiness::Ready);
    silent.health = NodeHealth::Unreachable;
    vec![
        blocked,
        nowhere,
        waves,
        node("n4", Readiness::Ready),
        silent,
    ]
}

#[test]
fn the_sum_comes_first_and_each_node_says_why() {
    assert_eq!(
        table(&example(), Detail::Normal),
        "5 nodes: 1 blocked, 1 with pods that land nowhere, 1 in waves, 2 ready\n\
         \n\
         NODE           VERDICT  LEAVE  WAVES  WHY\n\
         n1 (cordoned)  blocked  3      1      shop/api (never) +2\n\
         n2             nowhere  3      1      1 nowhere\n\
         n3             waves    3      4      waits for shop/web\n\
         n4             ready    3      1\n\
         n5             ready    3      1      kubelet does not report: pods will not end"
    );
}

#[test]
fn wide_names_all_and_the_flags_that_are_needed() {
    let text = table(&example(), Detail::Wide);
    assert!(text.contains("shop/db (never)"), "{text}");
    assert!(text.contains("NEEDS"), "{text}");
    assert!(text.contains("--force"), "{text}");
}
