//! One pod a test: what is said of it, and the next command.

use super::*;
use crate::domain::budget::Amount;
use crate::domain::fit::testing as fit;
use crate::domain::symptoms::{
    ContainerRole, ContainerState, ContainerSymptom, Ended, Startup, Symptoms, Told,
};
use crate::testing::{PodBuilder, budget, now, pod};

fn told(reason: &str, message: &str) -> Told {
    Told {
        reason: reason.to_owned(),
        message: message.to_owned(),
    }
}

fn container(name: &str, state: ContainerState) -> ContainerSymptom {
    ContainerSymptom {
        name: name.to_owned(),
        role: ContainerRole::App,
        state,
        restarts: 0,
        last: None,
    }
}

fn waiting(name: &str, reason: &str, message: &str) -> ContainerSymptom {
    container(name, ContainerState::Waiting(told(reason, message)))
}

fn runs(name: &str) -> ContainerSymptom {
    let state = ContainerState::Running {
        since: Timestamp::from_second(now().as_second() - 300).ok(),
        startup: Startup::Done,
    };
    container(name, state)
}

fn with(containers: Vec<ContainerSymptom>) -> Symptoms {
    Symptoms {
        containers,
        ..Symptoms::default()
    }
}

fn ended(code: i64, reason: &str) -> Ended {
    Ended {
        reason: reason.to_owned(),
        exit_code: code,
        at: Timestamp::from_second(now().as_second() - 60).ok(),
    }
}

fn web() -> PodBuilder {
    pod("shop/web-1").on("n1")
}

/// The findings about a pod on a node that reports.
fn found(builder: PodBuilder) -> Vec<Finding> {
    let pod = builder.build();
    diagnose(&Facts {
        node: NodeState::Known(NodeHealth::Ready),
        ..Facts::new(&pod, now())
    })
}

fn causes(findings: &[Finding]) -> Vec<Cause> {
    findings.iter().map(|finding| finding.cause).collect()
}

/// Asserts that there is one finding, with these words and this command.
#[track_caller]
fn assert_one(findings: &[Finding], cause: Cause, message: &str, next: &str) {
    let [one] = findings else {
        panic!("not one: {findings:#?}")
    };
    assert_eq!(
        (one.cause, one.message.as_str(), one.next.as_str()),
        (cause, message, next)
    );
}

#[test]
fn a_pod_that_runs_and_is_ready_has_nothing() {
    assert_eq!(found(web()), []);
}

#[test]
fn while_the_grace_period_runs_there_is_only_to_wait() {
    assert_one(
        &found(web().ending_since(-12).symptoms(with(vec![runs("main")]))),
        Cause::GraceRunning,
        "is ending: its grace period of 30 s runs for 12 s more",
        "kubectl logs web-1 -n shop -c main -f",
    );
}

#[test]
fn a_container_that_outlives_its_grace_is_the_kubelets_to_end() {
    assert_one(
        &found(web().ending_since(300).symptoms(with(vec![runs("main")]))),
        Cause::SlowToEnd,
        "is ending, its grace is over for 5m and container main still runs: the kubelet of n1 has not ended it",
        "kubectl debug node/n1 -it --profile=sysadmin --image=busybox -- chroot /host journalctl -u kubelet -n 100",
    );
    let silent = found(web().ending_since(300));
    assert_eq!(causes(&silent), [Cause::SlowToEnd]);
    assert!(
        silent[0]
            .message
            .ends_with("the kubelet has not finished cleaning up")
    );
}

#[test]
fn finalizers_are_named() {
    let held = Symptoms {
        finalizers: vec!["a.example/one".to_owned(), "b.example/two".to_owned()],
        ..Symptoms::default()
    };
    assert_one(
        &found(web().ending_since(600).symptoms(held)),
        Cause::Finalizer,
        "is ending for 10m past its grace: finalizers a.example/one, b.example/two hold it until their controllers have \
         done their work",
        "kubectl get pod web-1 -n shop -o jsonpath='{.metadata.finalizers}'",
    );
}

#[test]
fn a_pod_that_never_ran_waits_for_its_finalizer_at_once() {
    let held = Symptoms {
        finalizers: vec!["a.example/one".to_owned()],
        ..Symptoms::default()
    };
    let pod = pod("shop/web-1")
        .phase(Phase::Pending)
        .ending_since(0)
        .symptoms(held);
    assert_eq!(causes(&found(pod)), [Cause::Finalizer]);
}

#[test]
fn volumes_that_are_still_attached_are_named() {
    let pod = web().ending_since(120).build();
    let volumes = ["pvc-7".to_owned()];
    let findings = diagnose(&Facts {
        attached: &volumes,
        ..Facts::new(&pod, now())
    });
    assert_one(
        &findings,
        Cause::VolumeAttached,
        "is ending for 2m past its grace and its volume pvc-7 is still attached to n1",
        "kubectl get volumeattachments | grep n1",
    );
}

#[test]
fn a_kubelet_that_does_not_report_ends_nothing() {
    let state = |node, pod: &Pod| {
        let facts = Facts {
            node,
            ..Facts::new(pod, now())
        };
        causes(&diagnose(&facts))
    };
    let unreachable = NodeState::Known(NodeHealth::Unreachable);
    let ending = web()
        .ending_since(300)
        .symptoms(with(vec![runs("main")]))
        .build();
    assert_eq!(state(unreachable, &ending), [Cause::KubeletGone]);
    assert_eq!(state(NodeState::Gone, &ending), [Cause::NodeGone]);
    let running = web().build();
    assert_eq!(state(unreachable, &running), [Cause::KubeletGone]);
    let unknown = web().phase(Phase::Unknown).build();
    assert_eq!(state(unreachable, &unknown), [Cause::PhaseUnknown]);
    assert_eq!(state(NodeState::NotRead, &unknown), [Cause::PhaseUnknown]);
}

#[test]
fn a_crash_loop_shows_how_it_ended_and_what_it_wrote_before() {
    let mut crashing = waiting("main", "CrashLoopBackOff", "back-off 5m0s");
    crashing.restarts = 12;
    crashing.last = Some(ended(137, "OOMKilled"));
    assert_one(
        &found(
            web()
                .unready()
                .symptoms(with(vec![crashing, runs("beside")])),
        ),
        Cause::CrashLoop,
        "container main keeps ending and was started again 12 times; it ended with exit code 137 (OOMKilled) 60s ago last",
        "kubectl logs web-1 -n shop -c main --previous",
    );
}

#[test]
fn a_crash_loop_behind_its_own_budget_says_how_to_let_it_go() {
    let crashing = waiting("main", "CrashLoopBackOff", "");
    let pod = web().unready().symptoms(with(vec![crashing])).build();
    let tight = budget("shop/web")
        .selecting(&[])
        .min_available(Amount::Count(2));
    let (closed, open) = (
        tight.clone().counts(1, 2).build(),
        tight.clone().counts(2, 3).build(),
    );
    let with_budget = |budget: &Budget| {
        let facts = Facts {
            budgets: &[budget],
            ..Facts::new(&pod, now())
        };
        diagnose(&facts)
    };
    let findings = with_budget(&closed);
    assert_eq!(
        causes(&findings),
        [Cause::CrashLoop, Cause::HeldByOwnBudget]
    );
    assert_eq!(
        findings[1].message,
        "budget shop/web needs 2 healthy pods and has 1: while the pod is not ready it keeps the budget closed, and the \
         budget keeps the pod here"
    );
    assert!(findings[1].next.contains("AlwaysAllow"));
    let enough = with_budget(&open);
    assert_eq!(
        causes(&enough),
        [Cause::CrashLoop],
        "enough are healthy without it"
    );
    let always = tight.counts(1, 2).always_allow().build();
    assert_eq!(causes(&with_budget(&always)), [Cause::CrashLoop]);
}

#[test]
fn an_image_that_cannot_be_had_is_named_by_the_kubelet() {
    let symptoms = with(vec![waiting(
        "main",
        "ImagePullBackOff",
        "Back-off pulling image \"x\"",
    )]);
    assert_one(
        &found(web().phase(Phase::Pending).symptoms(symptoms)),
        Cause::ImagePull,
        "container main cannot get its image (ImagePullBackOff): Back-off pulling image \"x\"",
        "kubectl describe pod web-1 -n shop",
    );
}

#[test]
fn what_a_container_lacks_is_told_as_the_kubelet_says_it() {
    let symptoms = with(vec![waiting(
        "main",
        "CreateContainerConfigError",
        "secret \"x\" not found",
    )]);
    assert_one(
        &found(web().phase(Phase::Pending).symptoms(symptoms)),
        Cause::ContainerConfig,
        "container main cannot be started (CreateContainerConfigError): secret \"x\" not found",
        "kubectl describe pod web-1 -n shop",
    );
    assert_eq!(
        causes(&found(web().phase(Phase::Pending))),
        [Cause::ContainerCreating]
    );
}

#[test]
fn an_init_container_hides_those_that_wait_for_it() {
    let mut init = runs("migrate");
    init.role = ContainerRole::Init;
    let waits = waiting("main", "PodInitializing", "");
    assert_one(
        &found(
            web()
                .phase(Phase::Pending)
                .symptoms(with(vec![init, waits])),
        ),
        Cause::InitContainer,
        "init container migrate has run for 5m; the others start when it ends",
        "kubectl logs web-1 -n shop -c migrate",
    );
}

#[test]
fn probes_and_gates_are_told_apart() {
    let probe = found(web().unready().symptoms(with(vec![runs("main")])));
    assert_one(
        &probe,
        Cause::NotReady,
        "container main has run for 5m and does not pass its readiness probe",
        "kubectl exec -it web-1 -n shop -c main -- sh",
    );
    let gate = Symptoms {
        closed_gates: vec!["a/b".to_owned()],
        ..Symptoms::default()
    };
    assert_eq!(
        causes(&found(web().unready().symptoms(gate))),
        [Cause::ReadinessGate]
    );
    assert_eq!(causes(&found(web().unready())), [Cause::NotReady]);
}

#[test]
fn finished_pods_say_how_they_ended() {
    assert_eq!(
        causes(&found(web().phase(Phase::Succeeded))),
        [Cause::Finished]
    );
    assert_eq!(
        causes(&found(web().phase(Phase::Failed))),
        [Cause::Finished]
    );
    let broken = container("main", ContainerState::Terminated(ended(3, "Error")));
    assert_one(
        &found(web().phase(Phase::Failed).symptoms(with(vec![broken]))),
        Cause::ContainerEnded,
        "container main ended with exit code 3 60s ago",
        "kubectl logs web-1 -n shop -c main",
    );
    let evicted = Symptoms {
        status: told("Evicted", "The node was low on resource: memory."),
        ..Symptoms::default()
    };
    assert_one(
        &found(web().phase(Phase::Failed).symptoms(evicted)),
        Cause::Evicted,
        "has failed: Evicted: The node was low on resource: memory.",
        "kubectl describe pod web-1 -n shop",
    );
}

#[test]
fn a_pod_without_a_node_gets_the_rules_answer_or_the_schedulers() {
    let pending = |unscheduled: Option<Told>| {
        let symptoms = Symptoms {
            unscheduled,
            ..Symptoms::default()
        };
        pod("shop/web-1")
            .phase(Phase::Pending)
            .symptoms(symptoms)
            .build()
    };
    let silent = pending(None);
    let said = pending(Some(told(
        "Unschedulable",
        "0/3 nodes are available: 3 Insufficient cpu.",
    )));
    let words = |pod: &Pod, placement: Option<Placement>| {
        let facts = Facts {
            placement: placement.as_ref(),
            ..Facts::new(pod, now())
        };
        let [one] = diagnose(&facts).try_into().expect("one");
        assert_eq!(one.cause, Cause::NotScheduled);
        one.message
    };
    let nowhere =
        Placement::Nowhere("0/1 nodes are available: 1 node(s) were unschedulable.".to_owned());
    assert_eq!(
        words(&said, Some(nowhere)),
        "fits no node: 0/1 nodes are available: 1 node(s) were unschedulable."
    );
    assert_eq!(
        words(&said, None),
        "has no node; the scheduler says: 0/3 nodes are available: 3 Insufficient cpu."
    );
    assert_eq!(
        words(&said, Some(Placement::Fits(2))),
        "would fit 2 of the nodes now; the scheduler said last: 0/3 nodes are available: 3 Insufficient cpu."
    );
    assert_eq!(
        words(&silent, Some(Placement::Fits(2))),
        "fits 2 of the nodes and no scheduler has placed it yet"
    );
    assert_eq!(
        words(&silent, Some(Placement::Unknown)),
        "has no node, and no scheduler has said why"
    );
    let gated = pending(Some(told("SchedulingGated", "")));
    assert_eq!(
        causes(&diagnose(&Facts::new(&gated, now()))),
        [Cause::SchedulingGated]
    );
}

#[test]
fn the_evaluators_answer_is_its_line_or_the_number_of_nodes() {
    let mut large = fit::pod("p");
    large.spec.containers[0].requests = fit::resources(&[("cpu", "99")]);
    let (mut world, pod) = fit::world(vec![fit::node("a"), fit::node("b")], vec![large]);
    assert_eq!(
        placement(&mut world, &fit::profile(), pod),
        Placement::Nowhere("0/2 nodes are available: 2 Insufficient cpu.".to_owned())
    );
    let (mut world, pod) = fit::world(vec![fit::node("a"), fit::node("b")], vec![fit::pod("p")]);
    assert_eq!(
        placement(&mut world, &fit::profile(), pod),
        Placement::Fits(2)
    );
}
