//! The traps of affinity between pods, as filter and as score.

use super::super::marks::MarkSheet;
use super::super::object::affinity::{NodeRequirement, PodTerm, Selector};
use super::super::object::node::NodeObject;
use super::super::object::pod::{Life, PodObject};
use super::super::object::workload::NamespaceObject;
use super::super::profile::{Consideration, Minor, Profile};
use super::super::testing::{labels, node, pod};
use super::super::world::WorldBuilder;
use super::*;
use crate::domain::labels::Labels;

const ZONE: &str = "topology.kubernetes.io/zone";
const HOST: &str = "kubernetes.io/hostname";

fn term(key: &str, app: &str) -> PodTerm {
    PodTerm {
        selector: Some(Selector {
            labels: labels(&[("app", app)]),
            expressions: Vec::new(),
        }),
        namespaces: Vec::new(),
        namespace_selector: None,
        topology_key: key.to_owned(),
    }
}

fn requires(key: &str, operator: &str, values: &[&str]) -> Option<Selector> {
    Some(Selector {
        labels: Labels::new(),
        expressions: vec![NodeRequirement {
            key: key.to_owned(),
            operator: operator.to_owned(),
            values: values.iter().map(|value| (*value).to_owned()).collect(),
        }],
    })
}

fn app(name: &str, on: Option<&str>) -> PodObject {
    let mut pod = pod(name);
    let app = name.split('-').next().unwrap_or(name);
    pod.labels = labels(&[("app", app)]);
    pod.node = on.map(str::to_owned);
    pod
}

/// A cluster in which one pod, of app `web`, looks for a node.
struct Case {
    nodes: Vec<NodeObject>,
    pods: Vec<PodObject>,
    namespaces: Vec<NamespaceObject>,
    unread: bool,
    minor: Minor,
    judged: PodObject,
    hard_weight: i64,
    others: Consideration,
}

impl Case {
    fn of(nodes: &[&str], pods: Vec<PodObject>, shape: impl FnOnce(&mut PodObject)) -> Case {
        let mut judged = app("web-new", None);
        shape(&mut judged);
        Case {
            nodes: nodes.iter().map(|name| node(name)).collect(),
            pods,
            namespaces: Vec::new(),
            unread: false,
            minor: Minor::NEWEST,
            judged,
            hard_weight: 1,
            others: Consideration::Considered,
        }
    }

    fn with_namespace(mut self, name: &str, pairs: &[(&str, &str)]) -> Case {
        self.namespaces.push(NamespaceObject {
            name: name.to_owned(),
            labels: labels(pairs),
        });
        self
    }

    fn ask<T>(self, question: impl FnOnce(&Context<'_>) -> T) -> T {
        let mut builder = WorldBuilder::new(self.minor);
        for node in self.nodes {
            builder.node(node);
        }
        for pod in self.pods {
            builder.pod(pod);
        }
        for namespace in self.namespaces {
            builder.namespace(namespace);
        }
        if self.unread {
            builder.unread(ObjectKind::Namespaces, "forbidden");
        }
        let pod = builder.pod(self.judged).expect("a pod");
        let world = builder.finish();
        let mut profile = Profile::default_of(self.minor);
        profile.hard_pod_affinity_weight = self.hard_weight;
        profile.preferred_terms_of_others = self.others;
        question(&Context {
            world: &world,
            profile: &profile,
            pod,
            added: &[],
        })
    }

    /// For each node what is found; marks must say the same.
    fn findings(self) -> Vec<Finding> {
        self.ask(|cx| match prepare(cx) {
            Prepared::Checks(check) => {
                let mut marks = MarkSheet::new(vec![0; cx.world.nodes.len()]);
                check.mark(Plugin::InterPodAffinity, &mut marks);
                let nodes = cx.world.node_indexes();
                let findings: Vec<_> = nodes.map(|node| check.finding(node)).collect();
                for (node, finding) in cx.world.node_indexes().zip(&findings) {
                    let mark = marks.of(node);
                    assert_eq!(mark.refused != 0, matches!(finding, Finding::Refused(_)));
                    assert_eq!(mark.unknown != 0, matches!(finding, Finding::Unknown(_)));
                }
                findings
            }
            _ => panic!("no checks"),
        })
    }

    /// `1` fits, `a` affinity, `x` anti-affinity, `o` that of others, `?` unknown.
    fn fits(self) -> String {
        let letter = |finding: &Finding| match finding {
            Finding::Fits => '1',
            Finding::Unknown(_) => '?',
            Finding::Refused(refusal) => match refusal.reasons[0].as_str() {
                AFFINITY => 'a',
                ANTI_AFFINITY => 'x',
                _ => 'o',
            },
        };
        self.findings().iter().map(letter).collect()
    }

    fn detail(self, at: usize) -> (Code, String) {
        match self.findings().swap_remove(at) {
            Finding::Refused(refusal) => (refusal.code, refusal.detail),
            other => panic!("{other:?}"),
        }
    }

    fn scores(self) -> Option<Vec<i64>> {
        self.ask(|cx| {
            let feasible: Vec<_> = cx.world.node_indexes().collect();
            scores(cx, &feasible)
        })
    }
}

fn near(term: PodTerm) -> impl FnOnce(&mut PodObject) {
    |pod| pod.spec.pod_affinity.required = vec![term]
}

fn away(term: PodTerm) -> impl FnOnce(&mut PodObject) {
    |pod| pod.spec.pod_anti_affinity.required = vec![term]
}

fn shaped(mut pod: PodObject, shape: impl FnOnce(&mut PodObject)) -> PodObject {
    shape(&mut pod);
    pod
}

#[test]
fn a_pod_without_terms_that_nobody_minds_is_not_judged() {
    let case = Case::of(&["a-1"], vec![app("db-1", Some("a-1"))], |_| {});
    assert!(case.ask(|cx| matches!(prepare(cx), Prepared::Skipped)));
}

#[test]
fn affinity_wants_a_matching_pod_in_the_domain() {
    let case = || {
        let pods = vec![app("db-1", Some("a-1"))];
        Case::of(&["a-1", "a-2", "b-1"], pods, near(term(ZONE, "db")))
    };
    assert_eq!(case().fits(), "11a");
    let (code, detail) = case().detail(2);
    assert_eq!(code, Code::UnschedulableAndUnresolvable);
    assert_eq!(
        detail,
        "topology.kubernetes.io/zone=b has none of the pods with app=db in namespace default"
    );
}

#[test]
fn a_pod_counts_for_affinity_only_if_it_matches_every_term() {
    let both = |pod: &mut PodObject| {
        pod.spec.pod_affinity.required = vec![term(ZONE, "db"), term(HOST, "cache")];
    };
    // One pod of each app is not one pod of both.
    let pods = vec![app("db-1", Some("a-1")), app("cache-1", Some("a-1"))];
    assert_eq!(Case::of(&["a-1", "b-1"], pods, both).fits(), "aa");
}

#[test]
fn the_first_of_a_series_may_go_anywhere_with_the_key() {
    let mut case = Case::of(&["a-1", "b-1"], Vec::new(), near(term(ZONE, "web")));
    case.nodes[1].labels.remove(ZONE);
    assert_eq!(case.fits(), "1a");
    let case = Case::of(&["a-1", "b-1"], Vec::new(), near(term(ZONE, "db")));
    assert_eq!(case.fits(), "aa");
    let case = Case::of(
        &["a-1", "b-1"],
        vec![app("web-1", Some("b-1"))],
        near(term(ZONE, "web")),
    );
    assert_eq!(case.fits(), "a1");
}

#[test]
fn a_matching_pod_on_a_node_without_the_key_gives_no_credit() {
    let pods = vec![app("web-1", Some("b-1"))];
    let mut case = Case::of(&["a-1", "b-1"], pods, near(term(ZONE, "web")));
    case.nodes[1].labels.remove(ZONE);
    assert_eq!(case.fits(), "1a");
}

#[test]
fn anti_affinity_names_the_pod_in_the_way() {
    let case = || {
        let mut leaving = app("db-1", Some("a-1"));
        leaving.life = Life::Terminating;
        Case::of(
            &["a-1", "a-2", "b-1"],
            vec![leaving],
            away(term(ZONE, "db")),
        )
    };
    assert_eq!(case().fits(), "xx1");
    let (code, detail) = case().detail(1);
    assert_eq!(code, Code::Unschedulable);
    assert_eq!(
        detail,
        "topology.kubernetes.io/zone=a has pod default/db-1 (on a-1); the pod keeps away from \
         pods with app=db in namespace default"
    );
}

#[test]
fn a_node_without_the_key_is_away_from_everything() {
    let pods = vec![app("db-1", Some("a-1"))];
    let mut case = Case::of(&["a-1", "a-2"], pods, away(term(ZONE, "db")));
    case.nodes[0].labels.remove(ZONE);
    assert_eq!(case.fits(), "11");
}

#[test]
fn anti_affinity_of_pods_that_are_there_holds_too() {
    let case = || {
        let db = shaped(app("db-1", Some("a-1")), away(term(HOST, "web")));
        Case::of(&["a-1", "a-2"], vec![db], |_| {})
    };
    assert_eq!(case().fits(), "o1");
    let (code, detail) = case().detail(0);
    assert_eq!(code, Code::Unschedulable);
    assert_eq!(
        detail,
        "pod default/db-1 keeps pods with app=web in namespace default out of \
         kubernetes.io/hostname=a-1"
    );
}

#[test]
fn terms_without_a_certain_label_are_found_as_well() {
    for selector in [
        Some(Selector::default()),
        requires("app", "Exists", &[]),
        requires("app", "NotIn", &["db"]),
        requires("app", "In", &["db", "web"]),
    ] {
        let others = PodTerm {
            selector,
            ..term(HOST, "")
        };
        let db = shaped(app("db-1", Some("a-1")), away(others.clone()));
        assert_eq!(Case::of(&["a-1", "a-2"], vec![db], |_| {}).fits(), "o1");
        let pods = vec![app("web-1", Some("a-1"))];
        assert_eq!(Case::of(&["a-1", "a-2"], pods, away(others)).fits(), "x1");
    }
}

#[test]
fn an_absent_selector_matches_nothing() {
    let absent = PodTerm {
        selector: None,
        ..term(HOST, "")
    };
    let pods = vec![app("web-1", Some("a-1"))];
    assert_eq!(Case::of(&["a-1"], pods, away(absent)).fits(), "1");
}

#[test]
fn refusals_come_in_the_schedulers_order() {
    let db = || shaped(app("db-1", Some("a-1")), away(term(HOST, "web")));
    let anti = Case::of(&["a-1"], vec![db()], away(term(HOST, "db")));
    assert_eq!(anti.fits(), "x");
    let affinity = Case::of(&["a-1"], vec![db()], |pod| {
        near(term(HOST, "cache"))(pod);
        away(term(HOST, "db"))(pod);
    });
    assert_eq!(affinity.fits(), "a");
}

fn elsewhere(mut pod: PodObject) -> PodObject {
    pod.namespace = "elsewhere".to_owned();
    pod
}

#[test]
fn a_term_means_its_own_namespace_unless_it_says_otherwise() {
    let judged = |namespaces: &[&str], namespace_selector| {
        let away_from = PodTerm {
            namespaces: namespaces.iter().map(|name| (*name).to_owned()).collect(),
            namespace_selector,
            ..term(HOST, "db")
        };
        let pods = vec![
            app("db-1", Some("a-1")),
            elsewhere(app("db-1", Some("a-2"))),
        ];
        let case = Case::of(&["a-1", "a-2"], pods, away(away_from));
        case.with_namespace("default", &[("team", "a")])
            .with_namespace("elsewhere", &[("team", "b")])
            .fits()
    };
    assert_eq!(judged(&[], None), "x1");
    assert_eq!(judged(&["elsewhere"], None), "1x");
    assert_eq!(judged(&[], Some(Selector::default())), "xx");
    assert_eq!(judged(&[], requires("team", "In", &["b"])), "1x");
    assert_eq!(judged(&["default"], requires("team", "In", &["b"])), "xx");
}

#[test]
fn up_to_1_36_a_selector_met_by_no_labels_means_every_namespace() {
    let judged = |minor, operator| {
        let away_from = PodTerm {
            namespace_selector: requires("team", operator, &[]),
            ..term(HOST, "db")
        };
        let pods = vec![elsewhere(app("db-1", Some("a-1")))];
        let case = Case::of(&["a-1"], pods, away(away_from));
        let mut case = case.with_namespace("elsewhere", &[("team", "b")]);
        case.minor = minor;
        case.fits()
    };
    assert_eq!(judged(Minor::V1_36, "DoesNotExist"), "x");
    assert_eq!(judged(Minor::V1_37, "DoesNotExist"), "1");
    assert_eq!(judged(Minor::V1_36, "Exists"), "x");
    assert_eq!(judged(Minor::V1_37, "Exists"), "x");
}

#[test]
fn the_same_holds_for_preferred_terms() {
    let judged = |minor| {
        let wanted = PodTerm {
            namespace_selector: requires("team", "NotIn", &["b"]),
            ..term(HOST, "db")
        };
        let pods = vec![elsewhere(app("db-1", Some("a-1")))];
        let mut case = Case::of(&["a-1", "a-2"], pods, |pod| {
            pod.spec.pod_affinity.preferred = vec![(1, wanted)];
        })
        .with_namespace("elsewhere", &[("team", "b")]);
        case.minor = minor;
        case.scores()
    };
    assert_eq!(judged(Minor::V1_36), Some(vec![100, 0]));
    assert_eq!(judged(Minor::V1_37), None);
}

#[test]
fn terms_of_others_read_the_labels_of_the_pods_namespace() {
    let judged = |operator, known: bool| {
        let others = PodTerm {
            namespace_selector: requires("team", operator, &[]),
            ..term(HOST, "web")
        };
        let db = elsewhere(shaped(app("db-1", Some("a-1")), away(others)));
        let mut case = Case::of(&["a-1"], vec![db], away(term(HOST, "none")));
        if known {
            case = case.with_namespace("default", &[("team", "a")]);
        }
        case.fits()
    };
    assert_eq!(judged("Exists", true), "o");
    assert_eq!(judged("DoesNotExist", true), "1");
    // A namespace that is not known has no labels.
    assert_eq!(judged("DoesNotExist", false), "o");
}

#[test]
fn unread_namespaces_leave_unknown_only_what_needs_them() {
    let by_labels = || PodTerm {
        namespace_selector: requires("team", "Exists", &[]),
        ..term(HOST, "web")
    };
    let mut own = Case::of(&["a-1"], Vec::new(), away(by_labels()));
    own.unread = true;
    assert!(own.ask(|cx| matches!(prepare(cx), Prepared::Unknown(_))));
    let db = shaped(app("db-1", Some("a-1")), away(by_labels()));
    let mut others = Case::of(&["a-1", "a-2"], vec![db], |_| {});
    others.unread = true;
    assert_eq!(others.fits(), "?1");
}

#[test]
fn a_malformed_selector_refuses_everywhere() {
    let malformed = PodTerm {
        selector: requires("app", "Near", &[]),
        ..term(HOST, "")
    };
    let case = Case::of(&["a-1"], Vec::new(), away(malformed));
    case.ask(|cx| {
        let Prepared::Refused(refusal) = prepare(cx) else {
            panic!("not refused");
        };
        assert_eq!(refusal.code, Code::UnschedulableAndUnresolvable);
        assert!(refusal.reasons[0].starts_with("parsing pod: requiredAntiAffinityTerms: "));
    });
}

#[test]
fn preferred_terms_draw_and_repel_by_weight() {
    let pods = vec![
        app("db-1", Some("a-1")),
        app("db-2", Some("a-1")),
        app("cache-1", Some("b-1")),
    ];
    let case = Case::of(&["a-1", "b-1", "c-1"], pods, |pod| {
        pod.spec.pod_affinity.preferred = vec![(10, term(ZONE, "db"))];
        pod.spec.pod_anti_affinity.preferred = vec![(5, term(ZONE, "cache"))];
    });
    // 20, -5 and 0.
    assert_eq!(case.scores(), Some(vec![100, 0, 20]));
}

#[test]
fn required_affinity_of_pods_that_are_there_draws_by_the_profiles_weight() {
    let case = |hard_weight| {
        let db = shaped(app("db-1", Some("a-1")), near(term(HOST, "web")));
        let mut case = Case::of(&["a-1", "a-2"], vec![db], |_| {});
        case.hard_weight = hard_weight;
        case.scores()
    };
    assert_eq!(case(1), Some(vec![100, 0]));
    assert_eq!(case(0), None);
}

#[test]
fn preferences_of_pods_that_are_there_count_both_ways() {
    let case = || {
        let db = shaped(app("db-1", Some("a-1")), |pod| {
            pod.spec.pod_affinity.preferred = vec![(30, term(HOST, "web"))];
        });
        let cache = shaped(app("cache-1", Some("a-2")), |pod| {
            pod.spec.pod_anti_affinity.preferred = vec![(70, term(HOST, "web"))];
        });
        Case::of(&["a-1", "a-2", "a-3"], vec![db, cache], |_| {})
    };
    // 30, -70 and 0.
    assert_eq!(case().scores(), Some(vec![100, 0, 70]));
    let mut ignoring = case();
    ignoring.others = Consideration::Ignored;
    assert_eq!(ignoring.scores(), None);
}

#[test]
fn a_pod_with_preferences_is_weighed_by_those_of_others_even_where_they_are_ignored() {
    let db = shaped(app("db-1", Some("a-1")), |pod| {
        pod.spec.pod_affinity.preferred = vec![(30, term(HOST, "web"))];
    });
    let mut case = Case::of(&["a-1", "a-2"], vec![db], |pod| {
        pod.spec.pod_affinity.preferred = vec![(1, term(HOST, "none"))];
    });
    case.others = Consideration::Ignored;
    assert_eq!(case.scores(), Some(vec![100, 0]));
}

#[test]
fn where_all_nodes_are_liked_the_same_all_score_0() {
    let pods = vec![app("db-1", Some("a-1")), app("db-2", Some("a-2"))];
    let case = Case::of(&["a-1", "a-2"], pods, |pod| {
        pod.spec.pod_affinity.preferred = vec![(10, term(HOST, "db"))];
    });
    assert_eq!(case.scores(), Some(vec![0, 0]));
}
