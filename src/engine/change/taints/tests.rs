//! Tests of taint changes against the in-memory cluster.

use std::time::Duration;

use super::*;
use crate::domain::taint::set::Existing;
use crate::engine::change::patch::PatchType;
use crate::engine::cluster::{FailureKind, FieldValidation};
use crate::engine::testing::{FakeClock, FakeCluster, NodeExt, Request, Step, node};

fn kubectl(specs: &[&str]) -> TaintChange {
    TaintChange::Edit {
        changes: Changes::parse(specs).unwrap(),
        rules: Rules::kubectl(Existing::Refuse),
    }
}

fn commit() -> Delivery {
    server(WriteMode::Commit)
}

fn server(mode: WriteMode) -> Delivery {
    Delivery::Server(TaintWrite {
        mode,
        field_manager: "kubectl-taint".to_owned(),
        validation: FieldValidation::Strict,
    })
}

async fn run(cluster: &FakeCluster, what: &TaintChange, delivery: &Delivery) -> TaintOutcome {
    let node = cluster.stored("n").unwrap();
    let clock = FakeClock::default();
    change(cluster, &clock, &node, what, delivery, Report::Taints).await
}

fn done(outcome: TaintOutcome) -> TaintDone {
    match outcome {
        TaintOutcome::Done(done) => *done,
        other => panic!("{other:?}"),
    }
}

fn stored(cluster: &FakeCluster) -> Vec<String> {
    print(&cluster.stored("n").unwrap().taints)
}

fn print(taints: &[Taint]) -> Vec<String> {
    taints.iter().map(Taint::to_string).collect()
}

/// Another writer's taint, stored just before ours arrives.
fn meanwhile(spec: &'static str) -> Step {
    Step::Interfere(Box::new(move |node| *node = node.clone().taints(&[spec])))
}

#[tokio::test]
async fn failure_14_a_taint_that_comes_in_between_is_kept() {
    let cluster = FakeCluster::with_nodes([node("n").taints(&["old:NoSchedule"])])
        .script([meanwhile("theirs:NoExecute"), meanwhile("more:NoSchedule")]);
    let done = done(run(&cluster, &kubectl(&["ours:NoSchedule"]), &commit()).await);
    assert_eq!(done.lost_races, 2);
    assert_eq!(done.word, Word::Tainted);
    assert_eq!(
        stored(&cluster),
        [
            "ours:NoSchedule",
            "old:NoSchedule",
            "theirs:NoExecute",
            "more:NoSchedule"
        ]
    );
}

#[tokio::test]
async fn failure_15_a_conflict_is_tried_again_after_a_growing_pause_and_not_for_ever() {
    let steps = (0..100).map(|_| Step::Interfere(Box::new(|_: &mut Node| ())));
    let cluster = FakeCluster::with_nodes([node("n")]).script(steps);
    let clock = FakeClock::default();
    let before = cluster.stored("n").unwrap();
    let what = kubectl(&["a:NoSchedule"]);
    let outcome = change(&cluster, &clock, &before, &what, &commit(), Report::Taints).await;
    assert_eq!(outcome, TaintOutcome::Contended { tries: 100 });
    let slept = clock.slept();
    assert_eq!(slept.len(), 99);
    assert!(slept.windows(2).all(|pair| pair[0] <= pair[1]));
    assert_eq!(slept[98], Duration::from_millis(200));
    assert_eq!(stored(&cluster), [""; 0]);
}

#[tokio::test]
async fn what_a_race_made_impossible_is_refused() {
    let cluster = FakeCluster::with_nodes([node("n")]).script([meanwhile("a=theirs:NoSchedule")]);
    let outcome = run(&cluster, &kubectl(&["a=ours:NoSchedule"]), &commit()).await;
    let TaintOutcome::Refused(refused) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(
        refused.messages("n"),
        ["node n already has a taint(s) with same effect(s) and --overwrite is false"]
    );
    assert_eq!(stored(&cluster), ["a=theirs:NoSchedule"]);
}

#[tokio::test]
async fn what_cannot_be_done_is_not_begun() {
    let cluster = FakeCluster::with_nodes([node("n").taints(&["a:NoSchedule"])]);
    for specs in [["b:NoSchedule", "a:NoSchedule"], ["b:NoSchedule", "c-"]] {
        let outcome = run(&cluster, &kubectl(&specs), &commit()).await;
        assert!(matches!(outcome, TaintOutcome::Refused(_)), "{outcome:?}");
    }
    assert_eq!(cluster.requests(), []);
}

#[tokio::test]
async fn what_is_so_already_is_not_written() {
    let cluster = FakeCluster::with_nodes([node("n").taints(&["a:NoSchedule"])]);
    let overwrite = TaintChange::Edit {
        changes: Changes::parse(&["a:NoSchedule"]).unwrap(),
        rules: Rules::kubectl(Existing::Overwrite),
    };
    let done = done(run(&cluster, &overwrite, &commit()).await);
    assert_eq!(done.word, Word::Modified);
    assert_eq!(cluster.writes(), []);
}

#[tokio::test]
async fn another_machine_of_that_name_is_not_touched() {
    let cluster =
        FakeCluster::with_nodes([node("n")]).script([Step::Interfere(Box::new(|node| {
            node.id.uid = "new machine".to_owned();
        }))]);
    let outcome = run(&cluster, &kubectl(&["a:NoSchedule"]), &commit()).await;
    assert_eq!(outcome, TaintOutcome::Replaced);
    let cluster = FakeCluster::with_nodes([node("n")]).script([Step::Delete]);
    let outcome = run(&cluster, &kubectl(&["a:NoSchedule"]), &commit()).await;
    assert_eq!(outcome, TaintOutcome::Gone);
}

#[tokio::test]
async fn failures_are_handed_over() {
    let failure = Failure::new(FailureKind::Server, "etcd is away");
    let cluster = FakeCluster::with_nodes([node("n")]).script([Step::Fail(failure.clone())]);
    let outcome = run(&cluster, &kubectl(&["a:NoSchedule"]), &commit()).await;
    assert_eq!(outcome, TaintOutcome::Failed(failure));
}

#[tokio::test]
async fn dry_runs_store_nothing_and_show_the_node() {
    let cluster = FakeCluster::with_nodes([node("n")]);
    let before = cluster.stored("n").unwrap();
    let what = kubectl(&["a=1:NoSchedule"]);
    for delivery in [Delivery::Nowhere, server(WriteMode::DryRun)] {
        assert!(!delivery.stores());
        let clock = FakeClock::default();
        let outcome = change(
            &cluster,
            &clock,
            &before,
            &what,
            &delivery,
            Report::Document,
        )
        .await;
        let done = done(outcome);
        assert_eq!(print(&done.after), ["a=1:NoSchedule"]);
        assert!(done.document.unwrap().pointer("/spec/taints/0").is_some());
        assert_eq!(stored(&cluster), [""; 0]);
    }
    assert_eq!(
        cluster.writes(),
        [Request::Taints {
            node: "n".to_owned(),
            taints: vec!["a=1:NoSchedule".to_owned()],
            mode: WriteMode::DryRun,
        }]
    );
}

#[tokio::test]
async fn a_replaced_list_keeps_built_in_taints_and_says_so() {
    let unschedulable = "node.kubernetes.io/unschedulable:NoSchedule";
    let cluster = FakeCluster::with_nodes([node("n").taints(&["a:NoSchedule", unschedulable])]);
    let clear = |named: &[&str]| TaintChange::Replace {
        taints: Vec::new(),
        named: named.iter().map(|k| Removal::parse(k).unwrap()).collect(),
    };
    let computed = clear(&[])
        .compute(&cluster.stored("n").unwrap().taints)
        .unwrap();
    assert_eq!(print(&computed.kept), [unschedulable]);
    assert_eq!(
        done(run(&cluster, &clear(&[]), &commit()).await).word,
        Word::Patched
    );
    assert_eq!(stored(&cluster), [unschedulable]);
    let again = done(run(&cluster, &clear(&[]), &commit()).await);
    assert_eq!(again.word, Word::PatchedNoChange);
    assert_eq!(cluster.writes().len(), 1);
    run(
        &cluster,
        &clear(&["node.kubernetes.io/unschedulable"]),
        &commit(),
    )
    .await;
    assert_eq!(stored(&cluster), [""; 0]);
}

#[tokio::test]
async fn a_patch_is_computed_again_after_a_race() {
    let cluster = FakeCluster::with_nodes([node("n").taints(&["a:NoSchedule"])])
        .script([meanwhile("b:NoSchedule")]);
    let edit = r#"[{"op":"add","path":"/spec/taints/-","value":{"key":"c","effect":"NoExecute"}}]"#;
    let patch = TaintChange::Patch {
        patch: TaintPatch::parse(PatchType::Json, edit).unwrap(),
        named: Vec::new(),
    };
    run(&cluster, &patch, &commit()).await;
    assert_eq!(
        stored(&cluster),
        ["a:NoSchedule", "b:NoSchedule", "c:NoExecute"]
    );
}

#[test]
fn an_answer_without_our_taint_is_not_success() {
    let before = node("n").taints(&["a:NoSchedule", "b=1:NoSchedule"]);
    let change = TaintChange::Edit {
        changes: Changes::parse(&["c:NoSchedule", "b=2:NoSchedule", "a-"]).unwrap(),
        rules: Rules::kubectl(Existing::Overwrite),
    };
    let computed = change.compute(&before.taints).unwrap();
    let answer = |node: Node| NodeDocument {
        node,
        document: Value::Null,
    };
    let outcome = finish(
        &before,
        &computed,
        answer(before.clone()),
        0,
        Report::Taints,
    );
    let TaintOutcome::NotStored(wrong) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(
        print(&wrong),
        ["c:NoSchedule", "b=2:NoSchedule", "a:NoSchedule"]
    );
    let mut right = before.clone();
    right.taints = computed.taints.clone();
    // What an admission rule adds of its own is no fault of ours.
    let right = right.taints(&["added-by-policy:NoSchedule"]);
    let outcome = finish(&before, &computed, answer(right), 0, Report::Taints);
    assert!(matches!(outcome, TaintOutcome::Done(_)), "{outcome:?}");
}
