//! Requests to remove a pod: the eviction API, and DELETE for what may go past its budgets.
//!
//! The Eviction is built here and not by `kube`, whose `evict` writes `delete_options` where the API reads
//! `deleteOptions`: the server then drops grace period and precondition with a mere warning, and a dry run made so is a
//! real eviction. `fieldValidation=Strict` makes the server refuse a misspelt field instead.

use serde::Serialize;

use super::answer::Removal;
use super::http::{Answer, Call, Http};
use super::read;
use super::target::Target;
use crate::domain::drain::policy::GracePeriod;
use crate::domain::pod::PodRef;
use crate::engine::cluster::{Failure, RemoveOutcome, RemoveRequest};

/// A `policy/v1` Eviction. Both `apiVersion` and `kind` are written: webhooks that decode the object need them.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Eviction<'a> {
    api_version: &'static str,
    kind: &'static str,
    metadata: EvictionMeta<'a>,
    delete_options: DeleteOptions<'a>,
}

#[derive(Debug, Serialize)]
struct EvictionMeta<'a> {
    name: &'a str,
    namespace: &'a str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct DeleteOptions<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    api_version: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    grace_period_seconds: Option<u32>,
    preconditions: Preconditions<'a>,
}

/// Only the UID: a resourceVersion changes with every heartbeat of the pod, and each mismatch costs the application
/// one disruption for two minutes.
#[derive(Debug, Serialize)]
struct Preconditions<'a> {
    uid: &'a str,
}

impl<'a> DeleteOptions<'a> {
    fn of(request: &'a RemoveRequest) -> DeleteOptions<'a> {
        DeleteOptions {
            api_version: None,
            kind: None,
            grace_period_seconds: match request.grace {
                GracePeriod::PodsOwn => None,
                GracePeriod::Seconds(seconds) => Some(seconds),
            },
            preconditions: Preconditions {
                uid: &request.pod.uid,
            },
        }
    }
}

/// Asks the eviction API to remove a pod.
pub(super) async fn evict(http: &Http, request: &RemoveRequest) -> RemoveOutcome {
    match eviction(request) {
        Ok(call) => remove(http, call, &request.pod).await,
        Err(failure) => RemoveOutcome::Failed(failure),
    }
}

/// Deletes a pod past its budgets.
pub(super) async fn delete(http: &Http, request: &RemoveRequest) -> RemoveOutcome {
    match deletion(request) {
        Ok(call) => remove(http, call, &request.pod).await,
        Err(failure) => RemoveOutcome::Failed(failure),
    }
}

fn eviction(request: &RemoveRequest) -> Result<Call, Failure> {
    let target = read::pod_target(&request.pod.namespace, &request.pod.name)?
        .part("/eviction")
        .query("fieldValidation", "Strict");
    let body = Eviction {
        api_version: "policy/v1",
        kind: "Eviction",
        metadata: EvictionMeta {
            name: &request.pod.name,
            namespace: &request.pod.namespace,
        },
        delete_options: DeleteOptions::of(request),
    };
    Call::post(target, &body)
}

fn deletion(request: &RemoveRequest) -> Result<Call, Failure> {
    let target: Target = read::pod_target(&request.pod.namespace, &request.pod.name)?;
    let options = DeleteOptions {
        api_version: Some("v1"),
        kind: Some("DeleteOptions"),
        ..DeleteOptions::of(request)
    };
    Call::delete(target, &options)
}

async fn remove(http: &Http, call: Call, pod: &PodRef) -> RemoveOutcome {
    match http.send(call).await {
        Ok(Answer::Done(_)) => RemoveOutcome::Accepted,
        Ok(Answer::Refused(refusal)) => match refusal.removal(&pod.namespace) {
            Removal::Decided(outcome) => outcome,
            Removal::Conflict(failure) => after_conflict(http, pod, failure).await,
        },
        Err(failure) => RemoveOutcome::Failed(failure),
    }
}

/// Looks at the pod after a 409: the answer itself does not tell a pod of another UID from a conflict of writers.
async fn after_conflict(http: &Http, pod: &PodRef, conflict: Failure) -> RemoveOutcome {
    match read::pod(http, &pod.namespace, &pod.name).await {
        Ok(None) => RemoveOutcome::Gone,
        Ok(Some(found)) if found.id.uid != pod.uid => RemoveOutcome::Replaced,
        Ok(Some(_)) | Err(_) => RemoveOutcome::Failed(conflict),
    }
}

#[cfg(test)]
#[path = "removal_tests.rs"]
mod tests;
