//! Plans as Markdown.

use super::*;
use crate::domain::budget::Amount;
use crate::domain::drain::plan::build;
use crate::domain::drain::policy::DrainPolicy;
use crate::domain::snapshot::Snapshot;
use crate::testing::{budget, node, now, pod, snapshot, workload};

fn markdown(snapshot: &Snapshot) -> String {
    let names = ["n1".to_owned()];
    let plan = build(snapshot, &names, &DrainPolicy::default(), now());
    plan_markdown(&plan.expect("n1 is there"))
}

#[test]
fn the_verdict_comes_first_and_every_pod_says_why() {
    let cluster = snapshot()
        .node(node("n1"))
        .owner(workload("ReplicaSet", "shop/web", 1))
        .pod(
            pod("shop/web-1")
                .on("n1")
                .label("app", "web")
                .owned_by("ReplicaSet", "web"),
        )
        .budget(
            budget("shop/web")
                .selecting(&[("app", "web")])
                .min_available(Amount::Count(1))
                .counts(1, 1),
        )
        .unread("things.example.com", "forbidden")
        .build();
    let text = markdown(&cluster);
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("# Drain of n1"));
    assert_eq!(lines.nth(1), Some("**blocked: 1 pod cannot leave**"));
    assert!(text.contains("\n## n1: blocked\n"), "{text}");
    assert!(text.contains("| Pod | Fate | Wave |"), "{text}");
    assert!(text.contains("| shop/web-1 | blocked |  | yes |"), "{text}");
    assert!(
        text.contains("→ `kubectl scale replicaset/web -n shop --replicas=2`"),
        "{text}"
    );
    assert!(text.contains("| shop/web | 0 | 1 | never |"), "{text}");
    assert!(text.contains("- things.example.com: forbidden"), "{text}");
    assert!(text.ends_with('\n'));
}
