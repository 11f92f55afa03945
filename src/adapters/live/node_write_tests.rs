//! Writes to a node: the request as it is sent, and what each answer means.

use http::header::CONTENT_TYPE;
use serde_json::{Value, json};

use super::*;
use crate::adapters::live::testing::{Reply, Script};
use crate::domain::taint::Effect;
use crate::engine::cluster::FailureKind;
use crate::testing;

fn answer() -> Reply {
    Reply::json(
        200,
        json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n", "uid": "uid-n", "resourceVersion": "2"},
            "spec": {"unschedulable": true}}),
    )
}

fn set(key: &str, value: &str) -> AnnotationEdit {
    AnnotationEdit::Set(key.into(), value.into())
}

#[tokio::test]
async fn a_cordon_is_bound_to_the_uid() {
    let node = testing::node("n");
    for (scheduling, mode, line, spec) in [
        (
            Scheduling::Disabled,
            WriteMode::Commit,
            "PATCH /api/v1/nodes/n?fieldManager=kubectl-nodemaint&fieldValidation=Strict",
            json!({"unschedulable": true}),
        ),
        (
            Scheduling::Enabled,
            WriteMode::DryRun,
            "PATCH /api/v1/nodes/n?fieldManager=kubectl-nodemaint&fieldValidation=Strict&dryRun=All",
            json!({"unschedulable": null}),
        ),
    ] {
        let script = Script::new([answer()]);
        let edits = [set("a", "b"), AnnotationEdit::Remove("c".into())];
        let write = set_scheduling(&script.http(), &node.id, scheduling, &edits, mode).await;
        let NodeWrite::Done(done) = write else {
            panic!("{write:?}");
        };
        assert_eq!(done.node.resource_version, "2");
        assert_eq!(done.document["kind"], "Node");
        let seen = &script.seen()[0];
        assert_eq!(seen.line, line);
        assert_eq!(seen.headers[CONTENT_TYPE], "application/merge-patch+json");
        let metadata = json!({"uid": "uid-n", "annotations": {"a": "b", "c": null}});
        assert_eq!(seen.body, json!({"metadata": metadata, "spec": spec}));
    }
}

fn taint_write(validation: FieldValidation, manager: &str) -> TaintWrite {
    TaintWrite {
        mode: WriteMode::Commit,
        field_manager: manager.into(),
        validation,
    }
}

async fn sent(taints: &[Taint], options: &TaintWrite) -> (String, Value) {
    let script = Script::new([answer()]);
    let write = replace_taints(&script.http(), &testing::node("n"), taints, &[], options).await;
    assert!(matches!(write, NodeWrite::Done(_)), "{write:?}");
    let seen = script.seen().remove(0);
    (seen.line, seen.body)
}

#[tokio::test]
async fn failure_14_taints_are_bound_to_the_version_they_were_computed_from() {
    let taints = [
        Taint {
            key: "k".into(),
            value: "v".into(),
            effect: Effect::NoSchedule,
            time_added: None,
        },
        Taint {
            key: "k".into(),
            value: String::new(),
            effect: Effect::NoExecute,
            time_added: Some("2026-01-02T03:04:05Z".parse().unwrap()),
        },
    ];
    let (line, body) = sent(
        &taints,
        &taint_write(FieldValidation::Strict, "kubectl-taint"),
    )
    .await;
    assert_eq!(
        line,
        "PATCH /api/v1/nodes/n?fieldManager=kubectl-taint&fieldValidation=Strict"
    );
    assert_eq!(
        body,
        json!({
            "metadata": {"uid": "uid-n", "resourceVersion": "1"},
            "spec": {"taints": [
                {"key": "k", "value": "v", "effect": "NoSchedule"},
                {"key": "k", "effect": "NoExecute", "timeAdded": "2026-01-02T03:04:05Z"},
            ]},
        })
    );
}

#[tokio::test]
async fn an_empty_taint_list_is_written_as_null_and_an_empty_manager_not_at_all() {
    let (line, body) = sent(&[], &taint_write(FieldValidation::Warn, "")).await;
    assert_eq!(line, "PATCH /api/v1/nodes/n?fieldValidation=Warn");
    assert_eq!(body["spec"], json!({"taints": null}));
    let (line, _) = sent(&[], &taint_write(FieldValidation::Ignore, "")).await;
    assert_eq!(line, "PATCH /api/v1/nodes/n?fieldValidation=Ignore");
}

async fn refused(code: u16, body: &str) -> NodeWrite {
    let script = Script::new([Reply::json(code, body)]);
    let node = testing::node("n");
    let mode = WriteMode::Commit;
    let write = set_scheduling(&script.http(), &node.id, Scheduling::Disabled, &[], mode).await;
    assert_eq!(script.lines().len(), 1, "nothing is repeated here");
    write
}

#[tokio::test]
async fn refusals_of_a_write_are_told_apart() {
    let stale = refused(409, r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Operation cannot be fulfilled on nodes \"n\": the object has been modified; please apply your changes to the latest version and try again","reason":"Conflict","details":{"name":"n","kind":"nodes"},"code":409}"#).await;
    let message = r#"Operation cannot be fulfilled on nodes "n": the object has been modified; please apply your changes to the latest version and try again"#;
    assert_eq!(
        stale,
        NodeWrite::Stale {
            message: message.into()
        }
    );
    let other_machine = refused(422, r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Node \"n\" is invalid: metadata.uid: Invalid value: \"uid-n\": field is immutable","reason":"Invalid","details":{"name":"n","kind":"Node","causes":[{"reason":"FieldValueInvalid","message":"Invalid value: \"uid-n\": field is immutable","field":"metadata.uid"}]},"code":422}"#).await;
    assert!(
        matches!(other_machine, NodeWrite::Stale { .. }),
        "{other_machine:?}"
    );
    let gone = refused(404, r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"nodes \"n\" not found","reason":"NotFound","details":{"name":"n","kind":"nodes"},"code":404}"#).await;
    assert_eq!(gone, NodeWrite::Gone);
}

#[tokio::test]
async fn a_webhook_that_answers_409_does_not_look_like_a_stale_version() {
    let write = refused(409, r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"admission webhook \"w.example.com\" denied the request: no","reason":"Conflict","code":409}"#).await;
    let NodeWrite::Failed(failure) = write else {
        panic!("{write:?}");
    };
    assert_eq!(failure.kind, FailureKind::Invalid);
    assert!(!failure.is_transient());
}

#[tokio::test]
async fn a_taint_that_the_server_refuses_keeps_the_servers_words() {
    let write = refused(422, r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Node \"n\" is invalid: metadata.taints[0].effect: Required value","reason":"Invalid","details":{"name":"n","kind":"Node","causes":[{"reason":"FieldValueRequired","message":"Required value","field":"metadata.taints[0].effect"}]},"code":422}"#).await;
    let NodeWrite::Failed(failure) = write else {
        panic!("{write:?}");
    };
    assert_eq!(failure.kind, FailureKind::Invalid);
    assert_eq!(
        failure.message,
        r#"Node "n" is invalid: metadata.taints[0].effect: Required value"#
    );
}
