//! Every table beside names as long as the API allows: nothing is wider than the page but a single word, which is there to
//! be copied, and commands, which are too.

use super::budgets_table::{Choice, budgets_table};
use super::describe_table::describe_table;
use super::fleet::fleet_table;
use super::plan_table::{Detail, Page, plan_table};
use super::style::Colors;
use super::taint_show::described;
use super::taint_table::taint_table;
use crate::domain::budget::Amount;
use crate::domain::describe::{
    Attachment, AttachmentState, Event, NodeCondition, NodeFacts, PodAmounts, PodFacts, View,
    describe,
};
use crate::domain::drain::budgets::{Reach, report};
use crate::domain::drain::fleet::fleet;
use crate::domain::drain::landing::{Landing, LandingVerdict};
use crate::domain::drain::plan::{DrainPlan, build};
use crate::domain::drain::policy::DrainPolicy;
use crate::domain::mark::Mark;
use crate::domain::node::Scheduling;
use crate::domain::snapshot::Snapshot;
use crate::domain::taint::plan::{self as taints, Assumptions, Changed};
use crate::domain::taint::survey::{Filter, survey};
use crate::domain::taint::toleration::Comparisons;
use crate::domain::taint::{Effect, Taint};
use crate::testing::{budget, node, now, pod, snapshot, workload};

/// Indentation and a few short words, such as `node/` or `name:`, stand beside a word that is too long.
const BESIDE: usize = 24;

fn long(letter: char, length: usize) -> String {
    std::iter::repeat_n(letter, length).collect()
}

fn node_name() -> String {
    long('n', 253)
}

fn taint() -> Taint {
    Taint {
        key: format!("{}/{}", long('k', 253), long('k', 63)),
        value: long('v', 63),
        effect: Effect::NoExecute,
        time_added: None,
    }
}

fn cluster() -> Snapshot {
    let namespace = long('s', 63);
    let mut worker = node(&node_name());
    worker.taints = vec![
        taint(),
        Taint {
            effect: Effect::NoSchedule,
            ..taint()
        },
    ];
    worker.scheduling = Scheduling::Disabled;
    let reason = "a reason of many words ".repeat(12);
    let mark = Mark::new(&long('u', 120), now(), Some(&reason), Some(&long('t', 60)));
    for (key, value) in mark.annotations() {
        let value = value.map(|value| (key.to_owned(), value));
        worker.annotations.extend(value);
    }
    let owner = format!("{namespace}/{}", long('o', 253));
    let mut cluster = snapshot()
        .node(worker)
        .owner(workload("ReplicaSet", &owner, 3))
        .unread(&long('r', 80), "a reason of a few words ".repeat(8).trim());
    for (at, letter) in ['a', 'b', 'c'].into_iter().enumerate() {
        let path = format!("{namespace}/{}", long(letter, 250 - at));
        let pod = pod(&path).on(&node_name()).label("app", "web");
        let pod = pod.owned_by("ReplicaSet", &long('o', 253));
        cluster = cluster.pod(pod.empty_dir(&long('e', 63)));
    }
    let path = format!("{namespace}/{}", long('p', 253));
    let budget = budget(&path).selecting(&[("app", "web")]);
    let short = pod("shop/short").on(&node_name());
    cluster
        .pod(short)
        .budget(budget.min_available(Amount::Count(3)).counts(3, 3))
        .build()
}

fn drain() -> DrainPlan {
    let plan = build(&cluster(), &[node_name()], &DrainPolicy::default(), now());
    let mut plan = plan.expect("the node is there");
    for pod in plan.nodes.iter_mut().flat_map(|node| &mut node.pods) {
        pod.landing = Some(Landing {
            verdict: LandingVerdict::Fits,
            nodes: vec![long('x', 253), long('y', 253)],
            best: vec![long('x', 253)],
            victims: Vec::new(),
            closed: Vec::new(),
            refusals: Vec::new(),
            unknown: Vec::new(),
        });
    }
    plan
}

fn view(cluster: &Snapshot) -> View {
    let text = || "a message of several words ".repeat(8);
    let facts = |pod: &crate::domain::pod::Pod| PodFacts {
        pod: pod.clone(),
        amounts: PodAmounts::default(),
        claims: Vec::new(),
    };
    View {
        node: cluster.nodes[&node_name()].clone(),
        facts: NodeFacts {
            conditions: vec![NodeCondition {
                kind: long('C', 90),
                status: "True".to_owned(),
                reason: long('R', 90),
                message: text(),
                ..NodeCondition::default()
            }],
            kubelet: "v1.37.2".to_owned(),
            system: vec!["an operating system with a long name ".repeat(5)],
            ..NodeFacts::default()
        },
        pods: cluster.pods.iter().map(facts).collect(),
        attachments: Ok(vec![Attachment {
            volume: long('v', 120),
            attacher: long('d', 63),
            state: AttachmentState::Attached,
            claim: Some((long('s', 63), long('c', 253))),
        }]),
        events: Ok(vec![Event {
            kind: "Warning".to_owned(),
            reason: long('E', 60),
            message: text(),
            from: long('f', 60),
            count: 7,
            last: None,
        }]),
    }
}

fn tables(page: Page) -> Vec<(&'static str, Vec<String>)> {
    let cluster = cluster();
    let names = [node_name()];
    let fleet = fleet(&cluster, &names, &DrainPolicy::default(), now(), None);
    let budgets = report(&cluster, &Reach::Cluster, &Default::default());
    let found = survey(&cluster, &names, &Filter::default(), Comparisons::Off);
    let changes = [Changed {
        node: node_name(),
        after: vec![taint()],
    }];
    let plan = taints::build(&cluster, &changes, None, Assumptions::default());
    let plan = plan.expect("the node is there");
    let described_node = describe(view(&cluster), &cluster).expect("the node is there");
    vec![
        ("preview drain", plan_table(&drain(), page)),
        ("fleet", fleet_table(&fleet, &cluster.unread, None, page)),
        ("budgets", budgets_table(&budgets, Choice::All, page)),
        ("describe", describe_table(&described_node, page)),
        ("taint show", described(&found, page)),
        ("preview taint", taint_table(&plan, page)),
    ]
}

#[test]
fn no_table_is_wider_than_the_page_but_by_a_single_word() {
    for width in [80, 100, 140] {
        let page = Page {
            colors: Colors::Off,
            width: Some(width),
            detail: Detail::Normal,
        };
        for (table, lines) in tables(page) {
            for line in &lines {
                let wide = line.chars().count();
                let words = line.split(' ').map(|word| word.chars().count());
                let rest = wide - words.max().unwrap_or(0);
                let is_command = line.trim_start().starts_with("-> ");
                assert!(
                    wide <= width || rest <= BESIDE || is_command,
                    "{table} at {width}: {line}"
                );
            }
        }
    }
}

#[test]
fn no_table_cuts_a_name() {
    let page = Page {
        colors: Colors::Off,
        width: Some(100),
        detail: Detail::Normal,
    };
    let all = tables(page);
    let text = |table: &str| {
        let found = all.iter().find(|(name, _)| *name == table);
        found.map(|(_, lines)| lines.join("\n")).unwrap_or_default()
    };
    for name in [node_name(), long('a', 250), long('o', 253), long('p', 253)] {
        assert!(text("preview drain").contains(&name), "{name}");
    }
    assert!(text("preview drain").contains(&format!("  lands on:\n  {}\n  +1", long('x', 253))));
    assert!(text("budgets").contains(&long('p', 253)));
    assert!(text("fleet").contains(&node_name()));
    assert!(text("taint show").contains(&taint().to_string()));
    assert!(text("preview taint").contains(&long('b', 249)));
    assert!(text("describe").contains(&long('c', 253)));
}

#[test]
fn the_first_line_says_what_it_comes_to() {
    let page = Page {
        colors: Colors::Off,
        width: Some(100),
        detail: Detail::Normal,
    };
    let mut drain = plan_table(&drain(), page).into_iter();
    let first = drain.next().unwrap_or_default();
    assert!(
        first.starts_with("refused: needs --delete-emptydir-data --force"),
        "{first}"
    );
    let kept = drain.next().unwrap_or_default();
    assert!(kept.starts_with("  kept by"), "{kept}");
}
