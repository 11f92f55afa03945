//! The traps of topology spread, as filter and as score.

use super::super::marks::MarkSheet;
use super::super::object::affinity::{NodeRequirement, Selector};
use super::super::object::node::NodeObject;
use super::super::object::pod::{Life, PodObject};
use super::super::object::spread::{InclusionPolicy, SpreadConstraint};
use super::super::object::workload::{ServiceObject, WorkloadKind, WorkloadObject};
use super::super::profile::{DefaultSpread, Minor, Profile};
use super::super::testing::{labels, node, pod, profile};
use super::super::world::{ObjectKind, PodIx, World, WorldBuilder};
use super::*;
use crate::domain::pod::ControllerRef;
use crate::domain::taint::{Effect, Taint};

const ZONE: &str = "topology.kubernetes.io/zone";
const HOST: &str = "kubernetes.io/hostname";

fn selector(pairs: &[(&str, &str)]) -> Option<Selector> {
    Some(Selector {
        labels: labels(pairs),
        expressions: Vec::new(),
    })
}

fn hard(key: &str, max_skew: i32) -> SpreadConstraint {
    SpreadConstraint {
        max_skew,
        topology_key: key.to_owned(),
        mode: SpreadMode::Hard,
        selector: selector(&[("app", "web")]),
        min_domains: None,
        node_affinity: InclusionPolicy::Honor,
        node_taints: InclusionPolicy::Ignore,
        match_label_keys: Vec::new(),
    }
}

fn soft(key: &str, max_skew: i32) -> SpreadConstraint {
    SpreadConstraint {
        mode: SpreadMode::Soft,
        ..hard(key, max_skew)
    }
}

fn web(name: &str, on: Option<&str>) -> PodObject {
    let mut web = pod(name);
    web.labels = labels(&[("app", "web")]);
    web.node = on.map(str::to_owned);
    web
}

fn webs(nodes: &[&str]) -> Vec<PodObject> {
    let named = nodes.iter().enumerate();
    named
        .map(|(at, node)| web(&format!("web-{at}"), Some(node)))
        .collect()
}

/// A cluster in which one pod looks for a node.
struct Case {
    builder: WorldBuilder,
    profile: Profile,
    judged: PodObject,
}

impl Case {
    fn of(nodes: &[&str], pods_on: &[&str], spread: Vec<SpreadConstraint>) -> Case {
        Case::with_nodes(
            nodes.iter().map(|name| node(name)).collect(),
            pods_on,
            spread,
        )
    }

    fn with_nodes(nodes: Vec<NodeObject>, pods_on: &[&str], spread: Vec<SpreadConstraint>) -> Case {
        let mut builder = WorldBuilder::new(Minor::NEWEST);
        for node in nodes {
            builder.node(node);
        }
        for pod in webs(pods_on) {
            builder.pod(pod);
        }
        let mut judged = web("new", None);
        judged.spec.spread = spread;
        Case {
            builder,
            profile: profile(),
            judged,
        }
    }

    fn ask<T>(self, question: impl FnOnce(&Context<'_>) -> T) -> T {
        let mut builder = self.builder;
        let pod: PodIx = builder.pod(self.judged).expect("a pod");
        let world: World = builder.finish();
        question(&Context {
            world: &world,
            profile: &self.profile,
            pod,
            added: &[],
        })
    }

    /// For each node what is against it, empty where nothing is; marks must say the same.
    fn refusals(self) -> Vec<Option<Refusal>> {
        self.ask(|cx| match prepare(cx) {
            Prepared::Checks(check) => {
                let mut marks = MarkSheet::new(vec![0; cx.world.nodes.len()]);
                check.mark(Plugin::PodTopologySpread, &mut marks);
                let classes = check.refused_classes();
                let findings = cx
                    .world
                    .node_indexes()
                    .map(|node| match check.finding(node) {
                        Finding::Refused(refusal) => Some(refusal),
                        _ => None,
                    });
                let findings: Vec<_> = findings.collect();
                for (node, finding) in cx.world.node_indexes().zip(&findings) {
                    let mark = marks.of(node);
                    assert_eq!(mark.refused != 0, finding.is_some());
                    if let Some(classes) = &classes {
                        assert_eq!(classes[cx.world.class_of(node)], finding.is_some());
                    }
                }
                findings
            }
            _ => panic!("no checks"),
        })
    }

    /// The nodes that fit, as `1`, and the others, as `0`.
    fn fits(self) -> String {
        let refusals = self.refusals();
        let digits = refusals.iter().map(|refusal| match refusal {
            None => '1',
            Some(_) => '0',
        });
        digits.collect()
    }

    fn skips(self) -> bool {
        self.ask(|cx| matches!(prepare(cx), Prepared::Skipped))
    }

    fn scores(self) -> Option<Vec<i64>> {
        self.ask(|cx| {
            let feasible: Vec<_> = cx.world.node_indexes().collect();
            scores(cx, &feasible)
        })
    }
}

fn taint(effect: Effect) -> Taint {
    Taint {
        key: "drain".to_owned(),
        value: String::new(),
        effect,
        time_added: None,
    }
}

#[test]
fn the_fuller_zone_is_refused_and_the_values_are_named() {
    let case = Case::of(&["a-1", "a-2", "b-1"], &["a-1", "a-2"], vec![hard(ZONE, 1)]);
    let refusals = case.refusals();
    let refusal = refusals[0].as_ref().expect("refused");
    assert_eq!(refusal.code, Code::Unschedulable);
    assert_eq!(refusal.reasons, [REASON]);
    assert_eq!(
        refusal.detail,
        "topology.kubernetes.io/zone=a has 2 of the matching pods and would get one more, \
         the minimum is 0 in b: skew 3 is above maxSkew 1"
    );
    assert!(refusals[1].is_some() && refusals[2].is_none());
}

#[test]
fn a_node_without_the_key_is_refused_for_good() {
    let mut bare = node("c-1");
    bare.labels.remove(ZONE);
    let case = Case::with_nodes(vec![node("a-1"), bare], &[], vec![hard(ZONE, 1)]);
    let refusals = case.refusals();
    let refusal = refusals[1].as_ref().expect("refused");
    assert_eq!(refusal.code, Code::UnschedulableAndUnresolvable);
    assert_eq!(refusal.reasons, [MISSING]);
    assert!(refusals[0].is_none());
}

#[test]
fn a_node_without_one_of_the_keys_counts_for_no_constraint() {
    // Without its host name b-1 is no domain of zones either: the minimum is over zone a alone.
    let mut bare = node("b-1");
    bare.labels.remove(HOST);
    let constraints = vec![hard(ZONE, 1), hard(HOST, 5)];
    let case = Case::with_nodes(vec![node("a-1"), bare], &["a-1", "a-1"], constraints);
    assert_eq!(case.fits(), "10");
}

#[test]
fn an_emptied_node_under_a_taint_holds_the_minimum_at_0_unless_taints_are_honored() {
    let nodes = || {
        let mut drained = node("c-1");
        drained.taints = vec![taint(Effect::NoSchedule)];
        vec![node("a-1"), node("b-1"), drained]
    };
    let case = |policy| {
        let constraint = SpreadConstraint {
            node_taints: policy,
            ..hard(HOST, 1)
        };
        Case::with_nodes(nodes(), &["a-1", "b-1"], vec![constraint])
    };
    assert_eq!(case(InclusionPolicy::Ignore).fits(), "001");
    // Its own domain is then none that counts: TaintToleration refuses it, this rule does not.
    assert_eq!(case(InclusionPolicy::Honor).fits(), "111");
}

#[test]
fn soft_taints_are_not_honored() {
    let mut soft = node("c-1");
    soft.taints = vec![taint(Effect::PreferNoSchedule)];
    let constraint = SpreadConstraint {
        node_taints: InclusionPolicy::Honor,
        ..hard(HOST, 1)
    };
    let case = Case::with_nodes(vec![node("a-1"), soft], &["a-1"], vec![constraint]);
    assert_eq!(case.fits(), "01");
}

#[test]
fn nodes_that_the_pod_cannot_use_count_unless_their_affinity_is_ignored() {
    let case = |policy| {
        let constraint = SpreadConstraint {
            node_affinity: policy,
            ..hard(HOST, 1)
        };
        let mut case = Case::of(&["a-1", "a-2", "b-1"], &["a-1", "a-2"], vec![constraint]);
        case.judged.spec.node_selector = labels(&[(ZONE, "a")]);
        case
    };
    assert_eq!(case(InclusionPolicy::Honor).fits(), "111");
    assert_eq!(case(InclusionPolicy::Ignore).fits(), "001");
}

#[test]
fn a_node_selector_over_host_names_looks_at_each_node() {
    let mut case = Case::of(&["a-1", "a-2", "a-3"], &["a-1"], vec![hard(HOST, 1)]);
    case.judged.spec.node_selector = labels(&[(HOST, "a-1")]);
    assert_eq!(case.fits(), "111");
}

#[test]
fn too_few_domains_put_the_minimum_to_0() {
    let case = |min_domains| {
        let constraint = SpreadConstraint {
            min_domains,
            ..hard(ZONE, 1)
        };
        Case::of(&["a-1", "b-1"], &["a-1", "b-1"], vec![constraint])
    };
    assert_eq!(case(None).fits(), "11");
    assert_eq!(case(Some(2)).fits(), "11");
    let refusals = case(Some(3)).refusals();
    let detail = &refusals[0].as_ref().expect("refused").detail;
    assert!(
        detail.contains("because there are 2 of minDomains 3"),
        "{detail}"
    );
}

#[test]
fn a_pod_that_does_not_match_its_own_selector_adds_nothing() {
    let mut case = Case::of(&["a-1", "b-1"], &["a-1"], vec![hard(ZONE, 1)]);
    case.judged.labels = labels(&[("app", "other")]);
    assert_eq!(case.fits(), "11");
}

#[test]
fn pods_that_are_being_deleted_do_not_count() {
    let mut case = Case::of(&["a-1", "b-1"], &[], vec![hard(ZONE, 1)]);
    let mut leaving = web("leaving", Some("a-1"));
    leaving.life = Life::Terminating;
    case.builder.pod(leaving);
    assert_eq!(case.fits(), "11");
}

#[test]
fn pods_of_other_namespaces_do_not_count() {
    let mut case = Case::of(&["a-1", "b-1"], &[], vec![hard(ZONE, 1)]);
    let mut other = web("other", Some("a-1"));
    other.namespace = "elsewhere".to_owned();
    case.builder.pod(other);
    assert_eq!(case.fits(), "11");
}

#[test]
fn an_empty_selector_counts_no_pod_and_an_absent_one_matches_none() {
    for absent_or_empty in [None, selector(&[])] {
        let constraint = SpreadConstraint {
            selector: absent_or_empty,
            ..hard(ZONE, 1)
        };
        let case = Case::of(&["a-1", "b-1"], &["a-1", "a-1"], vec![constraint]);
        assert_eq!(case.fits(), "11");
    }
}

#[test]
fn keys_of_match_label_keys_make_an_empty_selector_count() {
    let constraint = SpreadConstraint {
        selector: selector(&[]),
        match_label_keys: vec!["app".to_owned(), "absent".to_owned()],
        ..hard(ZONE, 1)
    };
    let case = Case::of(&["a-1", "b-1"], &["a-1"], vec![constraint]);
    assert_eq!(case.fits(), "01");
}

#[test]
fn match_label_keys_narrow_to_the_pods_own_values() {
    let constraint = SpreadConstraint {
        match_label_keys: vec!["pod-template-hash".to_owned()],
        ..hard(ZONE, 1)
    };
    let mut case = Case::of(&["a-1", "b-1"], &["a-1"], vec![constraint]);
    case.judged.labels = labels(&[("app", "web"), ("pod-template-hash", "2")]);
    assert_eq!(case.fits(), "11");
}

#[test]
fn soft_constraints_alone_do_not_filter() {
    assert!(Case::of(&["a-1"], &[], vec![soft(ZONE, 1)]).skips());
    assert!(Case::of(&["a-1"], &[], Vec::new()).skips());
}

#[test]
fn a_malformed_selector_leaves_the_pod_undecided() {
    let mut constraint = hard(ZONE, 1);
    constraint.selector = Some(Selector {
        expressions: vec![NodeRequirement {
            key: "app".to_owned(),
            operator: "Near".to_owned(),
            values: Vec::new(),
        }],
        ..Selector::default()
    });
    let case = Case::of(&["a-1"], &[], vec![constraint]);
    assert!(case.ask(|cx| matches!(prepare(cx), Prepared::Unknown(_))));
}

fn service(name: &str, pairs: &[(&str, &str)]) -> ServiceObject {
    ServiceObject {
        namespace: "default".to_owned(),
        name: name.to_owned(),
        selector: labels(pairs),
    }
}

fn owned_by(kind: &str, name: &str) -> Option<ControllerRef> {
    Some(ControllerRef {
        api_version: "apps/v1".to_owned(),
        kind: kind.to_owned(),
        name: name.to_owned(),
        uid: "u".to_owned(),
    })
}

#[test]
fn default_constraints_follow_services_and_controllers_together() {
    let mut case = Case::of(&["a-1", "b-1"], &[], Vec::new());
    case.builder.service(service("web", &[("app", "web")]));
    case.builder.service(service("other", &[("app", "other")]));
    case.builder.workload(WorkloadObject {
        kind: WorkloadKind::ReplicaSet,
        namespace: "default".to_owned(),
        name: "web-1".to_owned(),
        selector: selector(&[("hash", "1")]),
        template_topology: Default::default(),
    });
    case.judged.controller = owned_by("ReplicaSet", "web-1");
    let found = case.ask(|cx| constraint::of(cx, SpreadMode::Soft).expect("readable"));
    let keys: Vec<_> = found
        .iter()
        .map(|one| (one.key.as_str(), one.max_skew))
        .collect();
    assert_eq!(keys, [(HOST, 3), (ZONE, 5)]);
    assert!(
        found[0]
            .selector
            .matches(&labels(&[("app", "web"), ("hash", "1")]))
    );
    assert!(!found[0].selector.matches(&labels(&[("app", "web")])));
}

#[test]
fn without_service_and_controller_defaults_say_nothing() {
    let case = Case::of(&["a-1", "b-1"], &["a-1"], Vec::new());
    assert_eq!(case.scores(), None);
}

#[test]
fn a_service_without_selector_selects_nothing() {
    let mut case = Case::of(&["a-1", "b-1"], &["a-1"], Vec::new());
    case.builder.service(service("headless", &[]));
    assert_eq!(case.scores(), None);
}

#[test]
fn unread_services_leave_the_default_spreading_unknown() {
    let mut case = Case::of(&["a-1"], &[], Vec::new());
    case.builder.unread(ObjectKind::Services, "forbidden");
    assert!(case.ask(unscored).is_some());
    let mut case = Case::of(&["a-1"], &[], vec![hard(ZONE, 1)]);
    case.builder.unread(ObjectKind::Services, "forbidden");
    assert_eq!(case.fits(), "1");
}

#[test]
fn configured_default_constraints_may_filter() {
    let mut case = Case::of(&["a-1", "b-1"], &["a-1"], Vec::new());
    case.builder.service(service("web", &[("app", "web")]));
    let constraint = SpreadConstraint {
        selector: None,
        ..hard(ZONE, 1)
    };
    case.profile.default_spread = DefaultSpread::List(vec![constraint]);
    assert_eq!(case.fits(), "01");
}

#[test]
fn fewer_pods_in_a_zone_score_more() {
    // ln 4 = 1.386: zone a 2 pods 3, zone b none 0; 100*(3+0-x)/3.
    let case = Case::of(&["a-1", "a-2", "b-1"], &["a-1", "a-2"], vec![soft(ZONE, 1)]);
    assert_eq!(case.scores(), Some(vec![0, 0, 100]));
}

#[test]
fn host_names_count_per_node_with_the_number_of_nodes_as_weight() {
    // ln 5 = 1.609: 2, 0 and 1 pods give 3, 0 and 2; and maxSkew-1 is added to each.
    let case = Case::of(
        &["a-1", "a-2", "b-1"],
        &["a-1", "a-1", "b-1"],
        vec![soft(HOST, 2)],
    );
    // 4, 1 and 3: 100*(4+1-x)/4.
    assert_eq!(case.scores(), Some(vec![25, 100, 50]));
}

#[test]
fn a_node_without_a_key_scores_0_with_own_constraints_but_not_with_the_systems() {
    let nodes = || {
        let mut bare = node("c-1");
        bare.labels.remove(ZONE);
        vec![node("a-1"), node("b-1"), bare]
    };
    let own = Case::with_nodes(nodes(), &["a-1"], vec![soft(ZONE, 1)]);
    assert_eq!(own.scores(), Some(vec![0, 100, 0]));
    let mut defaults = Case::with_nodes(nodes(), &["a-1"], Vec::new());
    defaults.builder.service(service("web", &[("app", "web")]));
    // Host names: ln 5 and slack 2; zones: three domains, ln 5, and slack 4. a-1: 9, b-1: 6, c-1 (host name alone): 2.
    assert_eq!(defaults.scores(), Some(vec![22, 55, 100]));
}

#[test]
fn where_nothing_counts_and_no_skew_is_granted_all_score_100() {
    let case = Case::of(&["a-1", "b-1"], &[], vec![soft(ZONE, 1)]);
    assert_eq!(case.scores(), Some(vec![100, 100]));
}

#[test]
fn counts_follow_a_pod_that_is_placed_and_taken_away() {
    let case = Case::of(&["a-1", "b-1"], &[], vec![hard(HOST, 1)]);
    let mut builder = case.builder;
    let other = builder.pod(web("other", None)).expect("a pod");
    let pod = builder.pod(case.judged).expect("a pod");
    let mut world = builder.finish();
    let fits = |world: &World| {
        let cx = Context {
            world,
            profile: &case.profile,
            pod,
            added: &[],
        };
        let Prepared::Checks(check) = prepare(&cx) else {
            panic!("no checks");
        };
        check.finding(NodeIx::at(0)) == Finding::Fits
    };
    assert!(fits(&world));
    world.place(other, NodeIx::at(0));
    assert!(!fits(&world));
    world.take_away(other);
    assert!(fits(&world));
}
