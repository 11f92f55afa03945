//! Writes to a node, each bound to the object that it was meant for.
//!
//! Merge patches with `metadata.uid` (another machine of that name: 422) and, for taints, `metadata.resourceVersion`
//! (changed meanwhile: 409). Not JSON Patch, whose failed `test` is a 422 that says nothing; not server-side apply, which
//! owns the taint list as one field and would create a missing node.

use std::collections::BTreeMap;

use serde::Serialize;

use super::http::{Answer, Call, Http};
use super::read;
use super::target::Target;
use crate::adapters::wire;
use crate::domain::node::{Node, NodeRef, Scheduling};
use crate::domain::taint::Taint;
use crate::engine::cluster::{
    AnnotationEdit, Failure, FieldValidation, NodeWrite, TaintWrite, WriteMode,
};

/// The name under which the server records who cordoned. kubectl sends none there and is recorded by its user agent;
/// ours would be the same, but must not depend on what somebody puts in front of the server.
const FIELD_MANAGER: &str = "kubectl-nodemaint";

#[derive(Debug, Serialize)]
struct NodePatch<'a> {
    metadata: MetaPatch<'a>,
    spec: SpecPatch,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct MetaPatch<'a> {
    uid: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_version: Option<&'a str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    annotations: BTreeMap<&'a str, Option<&'a str>>,
}

/// Exactly one field; within it `None` is written as `null`, which removes it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
enum SpecPatch {
    Unschedulable(Option<bool>),
    Taints(Option<Vec<wire::Taint>>),
}

/// Cordons or uncordons a node.
pub(super) async fn set_scheduling(
    http: &Http,
    node: &NodeRef,
    scheduling: Scheduling,
    annotations: &[AnnotationEdit],
    mode: WriteMode,
) -> NodeWrite {
    let patch = NodePatch {
        metadata: MetaPatch {
            uid: &node.uid,
            resource_version: None,
            annotations: edits(annotations),
        },
        spec: SpecPatch::Unschedulable(match scheduling {
            Scheduling::Disabled => Some(true),
            Scheduling::Enabled => None,
        }),
    };
    let target = read::node_target(&node.name).map(|target| {
        let target = target
            .query("fieldManager", FIELD_MANAGER)
            .query("fieldValidation", "Strict");
        with_mode(target, mode)
    });
    write(http, target, &patch).await
}

/// Replaces a node's taints.
pub(super) async fn replace_taints(
    http: &Http,
    node: &Node,
    taints: &[Taint],
    annotations: &[AnnotationEdit],
    options: &TaintWrite,
) -> NodeWrite {
    let list: Vec<wire::Taint> = taints.iter().map(wire::Taint::from).collect();
    let patch = NodePatch {
        metadata: MetaPatch {
            uid: &node.id.uid,
            resource_version: Some(&node.resource_version),
            annotations: edits(annotations),
        },
        spec: SpecPatch::Taints((!list.is_empty()).then_some(list)),
    };
    let manager = Some(options.field_manager.as_str()).filter(|name| !name.is_empty());
    let target = read::node_target(&node.id.name).map(|target| {
        let target = target
            .query_some("fieldManager", manager)
            .query("fieldValidation", validation(options.validation));
        with_mode(target, options.mode)
    });
    write(http, target, &patch).await
}

fn edits(annotations: &[AnnotationEdit]) -> BTreeMap<&str, Option<&str>> {
    annotations
        .iter()
        .map(|edit| match edit {
            AnnotationEdit::Set(key, value) => (key.as_str(), Some(value.as_str())),
            AnnotationEdit::Remove(key) => (key.as_str(), None),
        })
        .collect()
}

fn with_mode(target: Target, mode: WriteMode) -> Target {
    match mode {
        WriteMode::Commit => target,
        WriteMode::DryRun => target.query("dryRun", "All"),
    }
}

fn validation(validation: FieldValidation) -> &'static str {
    match validation {
        FieldValidation::Strict => "Strict",
        FieldValidation::Warn => "Warn",
        FieldValidation::Ignore => "Ignore",
    }
}

async fn write(http: &Http, target: Result<Target, Failure>, patch: &NodePatch<'_>) -> NodeWrite {
    let call = match target.and_then(|target| Call::merge_patch(target, patch)) {
        Ok(call) => call,
        Err(failure) => return NodeWrite::Failed(failure),
    };
    match http.send(call).await {
        Ok(Answer::Done(body)) => match read::parse_node_document(&body) {
            Ok(node) => NodeWrite::Done(Box::new(node)),
            Err(failure) => NodeWrite::Failed(failure),
        },
        Ok(Answer::Refused(refusal)) => refusal.node_write(),
        Err(failure) => NodeWrite::Failed(failure),
    }
}

#[cfg(test)]
#[path = "node_write_tests.rs"]
mod tests;
