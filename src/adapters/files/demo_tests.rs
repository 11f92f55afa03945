//! The demo cluster shows everything that a plan can say.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{Source, demo};
use crate::adapters::manifest::Additions;
use crate::domain::drain::fate::{Fate, ReasonCode};
use crate::domain::drain::plan::{BudgetVerdict, DrainPlan, Verdict, build};
use crate::domain::drain::policy::{Consent, DaemonSetRule, DrainPolicy};
use crate::domain::fit::evaluate::evaluate;
use crate::domain::fit::plugin::Plugin;
use crate::domain::fit::profile::Profile;
use crate::domain::fit::world::{Place, PodIx};
use crate::domain::snapshot::Snapshot;
use crate::testing::selector;

fn plan(demo: &Snapshot, node: &str, policy: &DrainPolicy) -> DrainPlan {
    build(demo, &[node.to_owned()], policy, demo.taken_at).expect("the node is in it")
}

/// A plan for each node alone, under three sets of flags.
fn plans() -> Vec<DrainPlan> {
    let selecting = DrainPolicy {
        pod_selector: Some(selector(&[("app", "web")])),
        ..DrainPolicy::default()
    };
    let hasty = DrainPolicy {
        skip_terminating_after: Some(Duration::from_secs(60)),
        daemon_sets: DaemonSetRule::Ignore,
        unmanaged: Consent::Given,
        empty_dir: Consent::Given,
        ..DrainPolicy::default()
    };
    let demo = demo().expect("the demo cluster is valid");
    [DrainPolicy::default(), selecting, hasty]
        .iter()
        .flat_map(|policy| demo.nodes.keys().map(|name| plan(&demo, name, policy)))
        .collect()
}

#[test]
fn the_demo_has_twelve_nodes_in_three_zones_and_120_pods() {
    let demo = demo().expect("the demo cluster is valid");
    assert_eq!((demo.nodes.len(), demo.pods.len()), (12, 120));
    let zones: BTreeSet<&String> = demo
        .nodes
        .values()
        .filter_map(|node| node.labels.get("topology.kubernetes.io/zone"))
        .collect();
    assert_eq!(zones.len(), 3);
    let bound: Vec<&str> = demo.pods.iter().filter_map(|p| p.node.as_deref()).collect();
    assert!(bound.iter().all(|name| demo.nodes.contains_key(*name)));
}

#[test]
fn the_demo_has_every_fate_verdict_and_reason() {
    use ReasonCode::*;
    let plans = plans();
    let fates: BTreeSet<Fate> = plans
        .iter()
        .flat_map(DrainPlan::pods)
        .map(|p| p.fate)
        .collect();
    assert_eq!(fates.len(), 5, "{fates:?}");
    let codes: BTreeSet<ReasonCode> = plans
        .iter()
        .flat_map(DrainPlan::pods)
        .flat_map(|p| &p.reasons)
        .map(|r| r.code)
        .collect();
    for code in [
        DaemonSet,
        Mirror,
        Finished,
        Terminating,
        Selector,
        LocalData,
        Unmanaged,
        OwnerGone,
        Budget,
        MultipleBudgets,
        BudgetStale,
        BudgetNotComputable,
        NoHealthyPod,
        UnhealthyProtected,
        NamespaceEnding,
        Unreadable,
    ] {
        assert!(codes.contains(&code), "{code:?} is missing");
    }
    let has = |verdict| {
        plans
            .iter()
            .flat_map(|p| &p.budgets)
            .any(|b| b.verdict == verdict)
    };
    for verdict in [
        BudgetVerdict::Ok,
        BudgetVerdict::Waves,
        BudgetVerdict::Waiting,
        BudgetVerdict::Never,
        BudgetVerdict::Stale,
        BudgetVerdict::Overlap,
    ] {
        assert!(has(verdict), "{verdict:?} is missing");
    }
    for verdict in [
        Verdict::Ready,
        Verdict::Unknown,
        Verdict::Blocked,
        Verdict::Refused,
    ] {
        assert!(
            plans.iter().any(|p| p.verdict == verdict),
            "{verdict:?} is missing"
        );
    }
}

#[test]
fn the_demo_says_what_its_comments_say() {
    let policy = DrainPolicy {
        daemon_sets: DaemonSetRule::Ignore,
        ..DrainPolicy::default()
    };
    let demo = demo().expect("the demo cluster is valid");
    let plan = plan(&demo, "worker-2", &policy);
    let verdict = |name: &str| {
        let found = plan.budgets.iter().find(|b| b.budget.path() == name);
        found.map(|b| b.verdict)
    };
    assert_eq!(verdict("shop/web"), Some(BudgetVerdict::Waves));
    assert_eq!(verdict("shop/api"), Some(BudgetVerdict::Never));
    assert_eq!(verdict("shop/cart"), Some(BudgetVerdict::Waiting));
    assert_eq!(verdict("kube-system/coredns"), Some(BudgetVerdict::Ok));
}

#[test]
fn the_demo_shows_what_keeps_pods_off_nodes() {
    let world = Source::Demo.world(None, &Additions::default());
    let mut world = world.expect("the demo cluster is valid").world;
    assert!(world.unread.is_empty(), "{:?}", world.unread);
    let overcommitted = world
        .nodes
        .iter()
        .zip(&world.used)
        .find(|(node, used)| used.milli_cpu > node.allocatable.milli_cpu);
    assert!(overcommitted.is_none(), "{overcommitted:?}");
    let profile = Profile::default_of(world.minor);
    let mut refusing = BTreeSet::new();
    let (mut fitting, mut waiting) = (0, Vec::new());
    for pod in (0..world.pods.len()).map(PodIx::at) {
        if world.pod(pod).place == Place::Pending {
            waiting.push(world.path(pod));
        }
        let home = world.succeed(pod);
        let evaluation = evaluate(&mut world, &profile, pod);
        fitting += usize::from(!evaluation.feasible().is_empty());
        for node in evaluation.context().world.node_indexes() {
            refusing.extend(evaluation.node(node).refusals.into_iter().map(|r| r.plugin));
        }
        drop(evaluation);
        if let Some(home) = home {
            world.place(pod, home);
        }
    }
    assert_eq!(waiting, ["shop/images-pd7558-ng2tn"]);
    assert!(fitting > 60, "{fitting}");
    for plugin in [
        Plugin::NodeUnschedulable,
        Plugin::TaintToleration,
        Plugin::NodeAffinity,
        Plugin::NodePorts,
        Plugin::NodeResourcesFit,
        Plugin::NodeVolumeLimits,
        Plugin::VolumeBinding,
        Plugin::VolumeZone,
    ] {
        assert!(refusing.contains(&plugin), "{plugin} refuses nothing");
    }
}
