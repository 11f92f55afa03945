//! Budgets as they look on a page.

use super::*;
use crate::domain::budget::Amount;
use crate::domain::diagnose::Placements;
use crate::domain::drain::budgets::{Reach, report};
use crate::domain::snapshot::Snapshot;
use crate::present::style::Colors;
use crate::testing::{budget, controller, node, pod, snapshot, workload};

const PLAIN: Page = Page {
    colors: Colors::Off,
    width: Some(100),
    detail: Detail::Normal,
};

fn shop() -> Snapshot {
    let mut replica_set = workload("ReplicaSet", "shop/web-5d4", 3);
    replica_set.controller = Some(controller("Deployment", "web"));
    let web = |name: &str, node: &str, app: &str| {
        pod(name)
            .on(node)
            .label("app", app)
            .owned_by("ReplicaSet", "web-5d4")
    };
    let minimum = |path: &str, app: &str, count: i64| {
        let budget = budget(path).selecting(&[("app", app)]);
        budget.min_available(Amount::Count(count))
    };
    snapshot()
        .node(node("n1"))
        .owner(replica_set)
        .pod(web("shop/web-1", "n1", "web"))
        .pod(web("shop/web-2", "n2", "web"))
        .pod(web("shop/api-1", "n1", "api"))
        .pod(web("shop/api-2", "n1", "api"))
        .budget(minimum("shop/web", "web", 2).counts(2, 2))
        .budget(minimum("shop/api", "api", 1).counts(2, 2))
        .budget(minimum("shop/old", "old", 1).counts(0, 0))
        .budget(
            minimum(
                "shop/a-budget-with-a-name-longer-than-its-column",
                "web-0",
                1,
            )
            .counts(0, 0),
        )
        .build()
}

fn lines(choice: Choice, page: Page) -> Vec<String> {
    budgets_table(
        &report(&shop(), &Reach::Cluster, &Placements::new()),
        choice,
        page,
    )
}

#[test]
fn what_is_sick_comes_first_with_its_next_command() {
    let expected = "\
4 budgets: 1 never, 2 matches nothing, 1 waves; 2 nodes are held up
BUDGET    VERDICT          ALLOWED  HEALTHY  NEEDS  PODS  NODES
shop/web  never            0        2        2      2     2
  budget shop/web needs 2 healthy pods and has 2: with minAvailable 2 of 2 it never lets one go
  -> kubectl scale deployment/web -n shop --replicas=3
  holds up n1, n2
shop/a-budget-with-a-name-longer-than-its-column
          matches nothing  0        0        1      0     0
  budget shop/a-budget-with-a-name-longer-than-its-column protects nothing: no pod of shop has
  app=web-0
  -> kubectl get pods -n shop --show-labels
shop/old  matches nothing  0        0        1      0     0
  budget shop/old protects nothing: no pod of shop has app=old
  -> kubectl get pods -n shop --show-labels
shop/api  waves            1        2        1      2     1
  budget shop/api allows 1 at once and n1 has 2 of its pods: they leave in waves, each when the last
  one's are replaced
  holds up n1";
    assert_eq!(lines(Choice::All, PLAIN).join("\n"), expected);
}

#[test]
fn only_problems_are_shown_where_only_they_are_wanted_and_the_summary_counts_all() {
    let lines = lines(Choice::Problems, PLAIN);
    assert!(lines[0].starts_with("4 budgets: "), "{lines:#?}");
    assert!(!lines.iter().any(|line| line.starts_with("shop/api")));
    assert!(lines.iter().any(|line| line.starts_with("shop/old")));
}

#[test]
fn no_line_but_a_command_is_wider_than_the_page() {
    for line in lines(Choice::All, PLAIN) {
        assert!(
            line.chars().count() <= 100 || line.contains("-> "),
            "{line}"
        );
    }
}

#[test]
fn wide_adds_the_rule_and_whom_it_selects() {
    let page = Page {
        detail: Detail::Wide,
        width: None,
        ..PLAIN
    };
    let lines = lines(Choice::All, page);
    let row = lines.iter().find(|line| line.starts_with("shop/web"));
    let words: Vec<&str> = row.expect("a row").split_whitespace().collect();
    assert_eq!(
        words.join(" "),
        "shop/web never 0 2 2 2 2 minAvailable 2 2 Deployment/web (2) app=web"
    );
}

#[test]
fn without_budgets_there_is_only_a_count() {
    let empty = report(&snapshot().build(), &Reach::Cluster, &Placements::new());
    assert_eq!(budgets_table(&empty, Choice::All, PLAIN), ["0 budgets"]);
}
