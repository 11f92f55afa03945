//! kubectl's own tables (`pkg/cmd/drain/drain_test.go` TestDrain, `pkg/drain` TestSkipDeletedFilter) and the cases that
//! it does not have: several reasons at once, owners that are gone or unreadable.

use std::time::Duration;

use super::*;
use crate::domain::owner::Workload;
use crate::domain::pod::Phase;
use crate::testing::{PodBuilder, labels, now, pod, selector, workload};

fn found(kind: &str) -> Option<OwnerLookup> {
    found_as(workload(kind, "default/owner", 1))
}

fn found_as(workload: Workload) -> Option<OwnerLookup> {
    Some(OwnerLookup::Found(Box::new(workload)))
}

fn managed(kind: &str) -> PodBuilder {
    pod("bar").owned_by(kind, "owner")
}

fn policy(flags: &str) -> DrainPolicy {
    let given = |flag| {
        if flags.contains(flag) {
            Consent::Given
        } else {
            Consent::Withheld
        }
    };
    DrainPolicy {
        unmanaged: given("force"),
        empty_dir: given("emptydir"),
        daemon_sets: if flags.contains("daemonsets") {
            DaemonSetRule::Ignore
        } else {
            DaemonSetRule::Refuse
        },
        ..DrainPolicy::default()
    }
}

fn codes(judgement: &Judgement) -> Vec<ReasonCode> {
    judgement.reasons.iter().map(|r| r.code).collect()
}

/// name, pod, its owner, flags, expected fate
type DrainRow = (
    &'static str,
    PodBuilder,
    Option<OwnerLookup>,
    &'static str,
    Fate,
);

#[test]
fn kubectls_table_of_drains() {
    use Fate::{Delete, Evict, Refused, Skip};
    let rows: [DrainRow; 18] = [
        (
            "RC-managed",
            managed("ReplicationController"),
            found("ReplicationController"),
            "",
            Evict,
        ),
        (
            "RS-managed",
            managed("ReplicaSet"),
            found("ReplicaSet"),
            "",
            Evict,
        ),
        (
            "DS-managed",
            managed("DaemonSet"),
            found("DaemonSet"),
            "",
            Refused,
        ),
        (
            "DS-managed, finished",
            managed("DaemonSet").phase(Phase::Succeeded),
            found("DaemonSet"),
            "",
            Delete,
        ),
        (
            "DS-managed, ignored",
            managed("DaemonSet"),
            found("DaemonSet"),
            "daemonsets",
            Skip,
        ),
        (
            "DS-managed, forced",
            managed("DaemonSet"),
            found("DaemonSet"),
            "force",
            Refused,
        ),
        (
            "orphan of a DS",
            managed("DaemonSet"),
            Some(OwnerLookup::Gone),
            "",
            Refused,
        ),
        (
            "orphan of a DS, ignored",
            managed("DaemonSet"),
            Some(OwnerLookup::Gone),
            "daemonsets",
            Refused,
        ),
        (
            "orphan of a DS, forced",
            managed("DaemonSet"),
            Some(OwnerLookup::Gone),
            "force",
            Evict,
        ),
        (
            "DS with emptyDir, ignored",
            managed("DaemonSet").empty_dir("e"),
            found("DaemonSet"),
            "daemonsets",
            Skip,
        ),
        (
            "Job with emptyDir",
            managed("Job").empty_dir("e"),
            found("Job"),
            "force emptydir",
            Evict,
        ),
        (
            "finished Job with emptyDir",
            managed("Job").phase(Phase::Succeeded).empty_dir("e"),
            found("Job"),
            "",
            Delete,
        ),
        (
            "failed bare with emptyDir",
            pod("bar").phase(Phase::Failed).empty_dir("e"),
            None,
            "",
            Delete,
        ),
        ("bare", pod("bar"), None, "", Refused),
        ("bare, forced", pod("bar"), None, "force", Evict),
        (
            "bare with emptyDir, forced",
            pod("bar").empty_dir("e"),
            None,
            "force",
            Refused,
        ),
        (
            "bare with emptyDir, both",
            pod("bar").empty_dir("e"),
            None,
            "force emptydir",
            Evict,
        ),
        ("mirror", pod("bar").mirror(), None, "", Skip),
    ];
    for (name, pod, owner, flags, fate) in rows {
        let judgement = judge(&pod.build(), owner.as_ref(), &policy(flags), now());
        assert_eq!(judgement.fate, fate, "{name}: {:?}", judgement.reasons);
    }
}

#[test]
fn failure_7_each_hazard_needs_its_own_consent_and_all_are_told() {
    let bare = pod("bar").empty_dir("cache").build();
    let rows: [(&str, Fate); 4] = [
        ("", Fate::Refused),
        ("emptydir", Fate::Refused),
        ("force", Fate::Refused),
        ("force emptydir", Fate::Evict),
    ];
    for (flags, fate) in rows {
        let judgement = judge(&bare, None, &policy(flags), now());
        assert_eq!(judgement.fate, fate, "{flags}");
        assert_eq!(
            codes(&judgement),
            [ReasonCode::LocalData, ReasonCode::Unmanaged],
            "{flags}"
        );
    }
    let judgement = judge(&bare, None, &policy(""), now());
    let hints: Vec<&str> = judgement.reasons.iter().map(|r| r.hint.as_str()).collect();
    assert_eq!(hints, ["--delete-emptydir-data", "--force"]);
    let judgement = judge(&bare, None, &policy("force emptydir"), now());
    assert!(
        judgement
            .reasons
            .iter()
            .all(|r| r.bearing == Bearing::Consented)
    );
}

#[test]
fn failure_9_a_mirror_pod_is_never_touched() {
    let delete = DrainPolicy {
        removal: Removal::Delete,
        ..policy("force emptydir daemonsets")
    };
    let mirror = pod("bar")
        .mirror()
        .empty_dir("e")
        .owned_by("Node", "n1")
        .build();
    let judgement = judge(&mirror, None, &delete, now());
    assert_eq!(judgement.fate, Fate::Skip);
    assert_eq!(codes(&judgement), [ReasonCode::Mirror]);
}

#[test]
fn deletion_older_than_the_limit_is_not_waited_for() {
    let limit = |seconds| DrainPolicy {
        skip_terminating_after: Some(Duration::from_secs(seconds)),
        ..policy("force")
    };
    let rows = [
        ("not deleted", pod("bar"), Fate::Evict),
        ("1 s", pod("bar").ending_since(1), Fate::Delete),
        (
            "20 s is not more than 20 s",
            pod("bar").ending_since(20),
            Fate::Delete,
        ),
        ("100 s", pod("bar").ending_since(100), Fate::Skip),
    ];
    for (name, pod, fate) in rows {
        assert_eq!(
            judge(&pod.build(), None, &limit(20), now()).fate,
            fate,
            "{name}"
        );
    }
    let old = pod("bar").ending_since(100).build();
    assert_eq!(
        judge(&old, None, &policy("force"), now()).fate,
        Fate::Delete
    );
}

#[test]
fn only_pods_that_the_selector_matches_are_drained() {
    let policy = DrainPolicy {
        pod_selector: Some(selector(&[("app", "web")])),
        ..policy("force")
    };
    let mut matching = pod("bar").build();
    matching.labels = labels(&[("app", "web")]);
    assert_eq!(judge(&matching, None, &policy, now()).fate, Fate::Evict);
    let other = judge(&pod("bar").build(), None, &policy, now());
    assert_eq!(
        (other.fate, codes(&other)),
        (Fate::Skip, vec![ReasonCode::Selector])
    );
}

#[test]
fn a_controller_that_is_gone_counts_as_none_for_every_kind() {
    for kind in ["ReplicaSet", "StatefulSet", "Job", "ReplicationController"] {
        let orphan = managed(kind).build();
        let gone = Some(OwnerLookup::Gone);
        let judgement = judge(&orphan, gone.as_ref(), &policy(""), now());
        assert_eq!(judgement.fate, Fate::Refused, "{kind}");
        assert_eq!(codes(&judgement), [ReasonCode::OwnerGone], "{kind}");
        assert_eq!(judgement.returns, Return::Lost, "{kind}");
        assert_eq!(
            judge(&orphan, gone.as_ref(), &policy("force"), now()).fate,
            Fate::Evict,
            "{kind}"
        );
    }
}

#[test]
fn an_unreadable_daemon_set_stops_nothing_when_daemon_sets_are_ignored() {
    let unreadable = Some(OwnerLookup::Unreadable {
        reason: "daemonsets.apps is forbidden".to_owned(),
    });
    let daemon = managed("DaemonSet").build();
    let ignored = judge(&daemon, unreadable.as_ref(), &policy("daemonsets"), now());
    assert_eq!(ignored.fate, Fate::Skip);
    let refused = judge(&daemon, unreadable.as_ref(), &policy("force"), now());
    assert_eq!(
        (refused.fate, codes(&refused)),
        (Fate::Refused, vec![ReasonCode::Unreadable])
    );
    assert_eq!(refused.reasons[0].message, "daemonsets.apps is forbidden");
}

#[test]
fn a_daemon_set_of_another_group_is_an_ordinary_owner() {
    let mut kruise = managed("DaemonSet").build();
    if let Some(controller) = &mut kruise.controller {
        controller.api_version = "apps.kruise.io/v1alpha1".to_owned();
    }
    assert_eq!(
        judge(&kruise, found("DaemonSet").as_ref(), &policy(""), now()).fate,
        Fate::Evict
    );
}

#[test]
fn host_paths_need_no_consent() {
    let pod = managed("ReplicaSet").host_path("logs", "/var/log").build();
    let judgement = judge(&pod, found("ReplicaSet").as_ref(), &policy(""), now());
    assert_eq!(judgement.fate, Fate::Evict);
    let told = judgement
        .reasons
        .iter()
        .map(|reason| (reason.code, reason.bearing));
    assert_eq!(
        told.collect::<Vec<_>>(),
        [(ReasonCode::LocalData, Bearing::Note)]
    );
    assert_eq!(
        judgement.reasons[0].message,
        "leaves hostPath logs (/var/log) behind on the node: a replacement elsewhere does not see that data"
    );
}

#[test]
fn whether_a_pod_comes_back() {
    let ending = |mut w: Workload| {
        w.state = WorkloadState::Ending;
        found_as(w)
    };
    let unreadable = OwnerLookup::Unreadable {
        reason: "forbidden".to_owned(),
    };
    let rows = [
        (
            "scaled",
            managed("ReplicaSet"),
            found("ReplicaSet"),
            Return::Comes,
        ),
        (
            "scaled to 0",
            managed("ReplicaSet"),
            found_as(workload("ReplicaSet", "owner", 0)),
            Return::Lost,
        ),
        (
            "ending",
            managed("ReplicaSet"),
            ending(workload("ReplicaSet", "owner", 2)),
            Return::Lost,
        ),
        (
            "gone",
            managed("ReplicaSet"),
            Some(OwnerLookup::Gone),
            Return::Lost,
        ),
        (
            "unreadable",
            managed("ReplicaSet"),
            Some(unreadable),
            Return::Unknown,
        ),
        (
            "not looked up",
            managed("ReplicaSet"),
            None,
            Return::Unknown,
        ),
        ("bare", pod("bar"), None, Return::Lost),
        (
            "finished",
            managed("Job").phase(Phase::Succeeded),
            found("Job"),
            Return::Lost,
        ),
    ];
    for (name, pod, owner, expected) in rows {
        let judgement = judge(&pod.build(), owner.as_ref(), &policy(""), now());
        assert_eq!(judgement.returns, expected, "{name}");
    }
}
