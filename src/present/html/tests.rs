//! Pages of small clusters: what they say, and that nothing in them acts.

use std::collections::BTreeSet;

use super::*;
use crate::domain::budget::Amount;
use crate::domain::drain::landing::{Landing, LandingVerdict};
use crate::domain::drain::load::{Load, NodeLoad, Part};
use crate::domain::drain::plan::build;
use crate::domain::drain::policy::{Consent, DaemonSetRule, DrainPolicy};
use crate::domain::snapshot::Snapshot;
use crate::testing::{budget, node, now, pod, snapshot, workload};

const HOSTILE: &str = "<script>alert('x')</script>\"><img src=x onerror=y>\u{202e}\u{061c}&amp;";

fn policy() -> DrainPolicy {
    DrainPolicy {
        daemon_sets: DaemonSetRule::Ignore,
        empty_dir: Consent::Given,
        ..DrainPolicy::default()
    }
}

fn plan(snapshot: &Snapshot, nodes: &[&str]) -> DrainPlan {
    let names: Vec<String> = nodes.iter().map(|name| (*name).to_owned()).collect();
    build(snapshot, &names, &policy(), now()).expect("the nodes are there")
}

fn shop(budget_min: i64) -> Snapshot {
    let mut cluster = snapshot()
        .node(node("n1"))
        .node(node("n2"))
        .owner(workload("ReplicaSet", "shop/web", 3))
        .budget(
            budget("shop/web")
                .selecting(&[("app", "web")])
                .min_available(Amount::Count(budget_min))
                .counts(3, 3),
        );
    for name in ["shop/web-1", "shop/web-2", "shop/web-3"] {
        let web = pod(name).on("n1").label("app", "web").ready_after(20);
        cluster = cluster.pod(web.owned_by("ReplicaSet", "web"));
    }
    cluster.build()
}

fn load(node: &str, part: Part, before: i64, after: i64) -> NodeLoad {
    let load = |milli_cpu| Load {
        milli_cpu,
        memory: milli_cpu << 20,
        pods: milli_cpu / 100,
    };
    NodeLoad {
        node: node.to_owned(),
        part,
        allocatable: load(4000),
        before: load(before),
        after: load(after),
    }
}

fn landing(verdict: LandingVerdict, nodes: &[&str]) -> Landing {
    let nodes: Vec<String> = nodes.iter().map(|node| (*node).to_owned()).collect();
    Landing {
        verdict,
        best: nodes.iter().take(1).cloned().collect(),
        nodes,
        victims: Vec::new(),
        closed: Vec::new(),
        refusals: Vec::new(),
        unknown: Vec::new(),
    }
}

/// A plan with everything that a page can show.
fn landed(nodes: usize, pods: usize) -> DrainPlan {
    let mut cluster = snapshot().owner(workload("ReplicaSet", "shop/web", 500));
    let names: Vec<String> = (0..nodes).map(|at| format!("worker-{at}")).collect();
    for name in &names {
        cluster = cluster.node(node(name));
    }
    for at in 0..pods {
        let web = pod(&format!("shop/web-{at}")).on(&names[at % nodes]);
        cluster = cluster.pod(web.owned_by("ReplicaSet", "web"));
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut plan = plan(&cluster.build(), &names);
    let leaving = plan.nodes.iter_mut().flat_map(|node| &mut node.pods);
    for (at, pod) in leaving.enumerate() {
        let target = format!("spare-{}", at % 7);
        pod.landing = Some(match at % 50 {
            49 => landing(LandingVerdict::Nowhere, &[]),
            _ => landing(LandingVerdict::Fits, &[&target, "spare-9"]),
        });
    }
    plan.loads = names
        .iter()
        .map(|name| load(name, Part::Drained, 3200, 200))
        .chain((0..7).map(|at| load(&format!("spare-{at}"), Part::Receives, 1000, 3800)))
        .collect();
    plan
}

fn page(plan: &DrainPlan) -> String {
    plan_html(plan, "n1 --ignore-daemonsets").expect("the page can be written")
}

/// The values of an attribute, in their order.
fn values<'p>(page: &'p str, attribute: &str) -> Vec<&'p str> {
    let opening = format!(" {attribute}=\"");
    let parts = page.split(opening.as_str()).skip(1);
    parts.filter_map(|part| part.split('"').next()).collect()
}

#[test]
fn the_verdict_and_the_next_command_come_first() {
    let text = page(&plan(&shop(3), &["n1"]));
    let places = [
        "<h1><bdi>n1</bdi></h1>",
        "blocked</span> <span>3 pods cannot leave</span>",
        "<h2 id=\"h-next\">Next</h2>",
        "<code>kubectl scale replicaset/web -n shop --replicas=4</code>",
        "<code>kubectl nodemaint preview drain n1 --ignore-daemonsets</code>",
        "<h2 id=\"h-keeps\">What keeps pods</h2>",
        "<b><bdi>shop/web-1, shop/web-2, shop/web-3</bdi></b>",
        "<h2 id=\"h-budgets\">Budgets</h2>",
        "<h2 id=\"h-pods\">Pods</h2>",
    ];
    let found = places.map(|place| {
        text.find(place)
            .unwrap_or_else(|| panic!("{place}: {text}"))
    });
    assert!(found.is_sorted(), "{found:?}");
    assert!(!text.contains("id=\"waves\""), "nothing leaves");
}

#[test]
fn a_plan_that_is_ready_says_the_command_that_carries_it_out() {
    let text = page(&plan(&shop(2), &["n1"]));
    assert!(
        text.contains("<code>kubectl nodemaint drain n1 --ignore-daemonsets</code>"),
        "{text}"
    );
    assert!(text.contains("3 pods in 3 waves, the last begins after about 40 s"));
    assert!(text.contains("3 of 3 pods healthy, 2 must stay, 1 may leave now, the plan needs 3"));
    assert_eq!(text.matches("<circle class=\"dot\"").count(), 3);
    assert!(
        !text.contains("id=\"nodes\""),
        "nobody asked where it lands"
    );
}

#[test]
fn a_missing_flag_is_part_of_the_next_command() {
    let cluster = snapshot().node(node("n1")).pod(pod("shop/bare").on("n1"));
    let text = page(&plan(&cluster.build(), &["n1"]));
    assert!(
        text.contains(
            "<code>kubectl nodemaint preview drain n1 --ignore-daemonsets --force</code>"
        ),
        "{text}"
    );
}

#[test]
fn nothing_from_the_cluster_acts_in_the_page() {
    let cluster = snapshot()
        .node(node(HOSTILE))
        .owner(workload("ReplicaSet", HOSTILE, 1))
        .pod(pod(HOSTILE).on(HOSTILE).empty_dir(HOSTILE))
        .unread(HOSTILE, HOSTILE)
        .build();
    let mut plan = plan(&cluster, &[HOSTILE]);
    for pod in &mut plan.nodes[0].pods {
        let mut unsure = landing(LandingVerdict::Unknown, &[]);
        unsure.unknown = vec![HOSTILE.to_owned()];
        pod.landing = Some(unsure);
    }
    plan.loads = vec![load(HOSTILE, Part::Drained, 1, 1)];
    plan.cluster.server = HOSTILE.to_owned();
    let text = plan_html(&plan, HOSTILE).expect("the page can be written");
    let harmless = |name: &str| !text.contains(name);
    assert!(harmless("<script") && harmless("<img"), "{text}");
    assert!(
        harmless("onerror=\"") && harmless("\u{202e}") && harmless("\u{061c}"),
        "{text}"
    );
    assert!(text.contains("&#60;script&#62;"), "{text}");
    assert!(values(&text, "onerror").is_empty() && values(&text, "src").is_empty());
}

#[test]
fn the_page_asks_for_nothing() {
    let text = page(&landed(2, 6));
    let policy = "content=\"default-src 'none'; style-src 'unsafe-inline';";
    assert!(text.contains(policy), "{text}");
    for word in [
        "<script",
        "<link",
        "<img",
        "@import",
        "=\"http",
        "javascript:",
    ] {
        assert!(!text.contains(word), "{word}");
    }
    let addresses = text.split("url(").skip(1);
    assert!(addresses.clone().count() > 0);
    assert!(addresses.into_iter().all(|rest| rest.starts_with('#')));
}

#[test]
fn every_picture_has_a_name_and_says_what_it_shows() {
    for plan in [landed(2, 6), plan(&shop(2), &["n1"])] {
        let text = page(&plan);
        let pictures: Vec<&str> = text.split("<svg").skip(1).collect();
        assert!(pictures.len() > 4);
        let body = &text[text.find("<body").expect("there is a body")..];
        let named = body.matches("<svg role=\"img\"").count();
        let in_hidden = body.matches("<svg width=\"34\"").count() + 1;
        assert_eq!(
            named + in_hidden,
            pictures.len(),
            "the rest is legend, in words beside it"
        );
        assert_eq!(body.matches("<title id=").count(), named);
        assert_eq!(body.matches("<desc id=").count(), named);
        let ids = values(&text, "id");
        let unique: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(unique.len(), ids.len(), "{ids:?}");
        for name in values(&text, "aria-labelledby") {
            assert!(name.split(' ').all(|id| unique.contains(id)), "{name}");
        }
        for target in values(&text, "href") {
            assert!(unique.contains(target.trim_start_matches('#')), "{target}");
        }
    }
}

#[test]
fn nodes_are_shown_before_and_after_with_what_to_notice() {
    let text = page(&landed(1, 3));
    assert!(
        text.contains("3.2 before (80 %), 0.2 after (5 %), of 4</desc>"),
        "{text}"
    );
    assert!(text.contains("1 before (25 %), 3.8 after (95 %), of 4</desc>"));
    assert!(text.contains("<span class=\"mark\">nearly full</span>"));
    assert!(text.contains("1000 MiB → <b>3.7 GiB</b>"), "{text}");
}

#[test]
fn few_pods_have_a_line_each_and_many_are_put_together() {
    let few = page(&landed(2, 6));
    assert_eq!(few.matches("<path class=\"way").count(), 6);
    assert!(few.contains("<bdi class=\"pod\" title=\"shop/web-0\">shop/web-0</bdi>"));
    let many = page(&landed(20, 500));
    let lines = many.matches("<path class=\"way").count();
    assert!((20..=200).contains(&lines), "{lines}");
    assert!(many.contains("no node found"));
    assert!(many.len() < 700_000, "{}", many.len());
    assert!(
        !many.contains("<details class=\"node\" open>"),
        "all of them would be too long"
    );
}

#[test]
fn the_title_of_many_nodes_stays_short() {
    let text = page(&landed(20, 20));
    assert!(text.contains("<title>Drain of worker-0 to worker-19 (20 nodes): ready</title>"));
    assert!(
        text.contains("worker-0, worker-1, "),
        "all names are there too"
    );
}
