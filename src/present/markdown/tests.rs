//! Reports as Markdown: what they say first, and that nothing in them acts.

use super::*;
use crate::domain::budget::Amount;
use crate::domain::drain::budgets::{Reach, report};
use crate::domain::drain::fleet::fleet;
use crate::domain::drain::policy::DrainPolicy;
use crate::domain::snapshot::Snapshot;
use crate::domain::taint::plan::{Assumptions, Changed, build};
use crate::domain::taint::survey::{Filter, survey};
use crate::domain::taint::toleration::Comparisons;
use crate::domain::taint::{Effect, Taint};
use crate::present::budgets_table::Choice;
use crate::testing::{budget, node, now, pod, snapshot, workload};

const HOSTILE: &str = "a|b <script> [y](z) *w* _v_";

fn taint() -> Taint {
    Taint {
        key: "dedicated".to_owned(),
        value: "db|x".to_owned(),
        effect: Effect::NoExecute,
        time_added: None,
    }
}

fn cluster(name: &str) -> Snapshot {
    let mut tainted = node(name);
    tainted.taints = vec![taint()];
    let web = |pod_name: &str| {
        let web = pod(pod_name).on(name).label("app", "web");
        web.owned_by("ReplicaSet", "web")
    };
    snapshot()
        .node(tainted)
        .owner(workload("ReplicaSet", "shop/web", 1))
        .pod(web("shop/web-1"))
        .budget(
            budget("shop/web")
                .selecting(&[("app", "web")])
                .min_available(Amount::Count(1))
                .counts(1, 1),
        )
        .unread("things.example.com", "forbidden")
        .build()
}

/// All reports of a cluster with one node.
fn reports(name: &str) -> [String; 4] {
    let cluster = cluster(name);
    let names = [name.to_owned()];
    let fleet = fleet(&cluster, &names, &DrainPolicy::default(), now(), None);
    let budgets = report(&cluster, &Reach::Cluster, &Default::default());
    let found = survey(&cluster, &names, &Filter::default(), Comparisons::Off);
    let changes = [Changed {
        node: name.to_owned(),
        after: vec![Taint {
            effect: Effect::NoSchedule,
            ..taint()
        }],
    }];
    let plan = build(&cluster, &changes, None, Assumptions::default()).expect("it is there");
    [
        fleet_markdown(&fleet, &cluster.unread, None, now()),
        budgets_markdown(&budgets, Choice::All),
        survey_markdown(&found),
        taint_plan_markdown(&plan),
    ]
}

#[test]
fn nothing_from_the_cluster_acts_as_markup() {
    assert_eq!(
        plain("a|b <script> `x` [y](z) *w* _v_\n"),
        "a\\|b &lt;script&gt; \\`x\\` \\[y\\](z) \\*w\\* \\_v\\_\\\\n"
    );
    assert_eq!(code("a|b"), "`a|b`", "a command stays as it is");
    assert_eq!(code("`a`"), "`` `a` ``");
    assert_eq!(code("a``b"), "``` a``b ```");
    assert_eq!(in_cell("`a|b` a\\|b"), "`a\\|b` a\\|b");
}

#[test]
fn each_report_says_first_what_it_comes_to() {
    let [fleet, budgets, survey, plan] = reports("n1");
    assert!(
        fleet.starts_with("# Drain of each node alone\n\n**1 node: 1 blocked**\n"),
        "{fleet}"
    );
    assert!(
        fleet.contains("| n1 | blocked | 0 |  | shop/web (never) |  |"),
        "{fleet}"
    );
    assert!(budgets.starts_with("# Budgets\n\n**1 budget: 1 never; 1 node is held up**\n"));
    assert!(
        budgets.contains("| shop/web | never | 0 | 1 | 1 | 1 | "),
        "{budgets}"
    );
    assert!(
        budgets.contains("→ `kubectl scale replicaset/web -n shop --replicas=2`"),
        "{budgets}"
    );
    assert!(
        survey.starts_with("# Taints\n\n**taints on 1 of 1 node**\n"),
        "{survey}"
    );
    assert!(
        survey.contains("| `dedicated=db\\|x:NoExecute` | unknown |"),
        "{survey}"
    );
    assert!(
        plan.starts_with("# Taints of n1\n\n**nothing leaves: "),
        "{plan}"
    );
    assert!(
        plan.contains("to undo → `kubectl nodemaint taint "),
        "{plan}"
    );
    for text in [&fleet, &budgets, &plan] {
        assert!(text.contains("- things.example.com: forbidden"), "{text}");
        assert!(text.ends_with('\n') && !text.ends_with("\n\n"), "{text}");
    }
}

#[test]
fn names_that_want_to_act_stay_in_their_cell() {
    for text in reports(HOSTILE) {
        let outside_code = text.split('`').step_by(2);
        let outside_code = outside_code.collect::<Vec<&str>>().join(" ");
        assert!(!outside_code.contains("<script>"), "{text}");
        assert!(
            !outside_code.contains("](z)") || outside_code.contains("\\](z)"),
            "{text}"
        );
        let mut columns = 0;
        for line in text.lines() {
            let bars = line.replace("\\|", "").matches('|').count();
            columns = match (bars, columns) {
                (0, _) => 0,
                (bars, 0) => bars,
                (bars, columns) => {
                    assert_eq!(bars, columns, "{line}");
                    bars
                }
            };
        }
    }
}
