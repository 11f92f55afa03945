//! What the server's refusals mean.
//!
//! Told apart by code, reason, causes and details. Text decides only where the server sends nothing else: several
//! budgets on one pod (500 without a reason), the denial of a webhook (any code that the webhook likes) or of a
//! ValidatingAdmissionPolicy, and an overloaded server (429 that is no `Status` at all). Every rule was seen on a real
//! 1.37 control plane; the tests repeat the bodies that it sent.

use std::time::Duration;

use super::sentence;
use crate::adapters::wire::{Status, StatusCause, protobuf};
use crate::domain::budget::BudgetRef;
use crate::engine::cluster::{BudgetBlock, Failure, FailureKind, NodeWrite, RemoveOutcome};

/// An answer other than 2xx.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    code: u16,
    retry_after: Option<Duration>,
    /// `None` where the body was no `Status`: a proxy, or the server's own guard against overload.
    status: Option<Status>,
    /// The body where it is a short text; empty otherwise.
    text: String,
}

impl Refusal {
    /// Reads a refusal; `longest_text` bounds what is kept of a body that is no `Status`.
    pub(super) fn read(
        code: u16,
        retry_after: Option<Duration>,
        body: &[u8],
        longest_text: usize,
    ) -> Refusal {
        // A refusal comes in the format that was asked for.
        let status = match protobuf::is_protobuf(body) {
            true => protobuf::status(body),
            false => serde_json::from_slice::<Status>(body).ok(),
        };
        let status = status.filter(|status| status.kind == "Status");
        let text = match &status {
            None if body.len() <= longest_text => String::from_utf8_lossy(body).trim().to_owned(),
            _ => String::new(),
        };
        Refusal::new(code, retry_after, status, text)
    }

    /// Takes the `Status` that a watch sent as an event.
    pub(super) fn from_event(status: Status) -> Refusal {
        Refusal::new(status.code, None, Some(status), String::new())
    }

    fn new(
        code: u16,
        retry_after: Option<Duration>,
        status: Option<Status>,
        text: String,
    ) -> Refusal {
        let advised = status.as_ref().map(|s| s.details.retry_after_seconds);
        let advised = advised.filter(|seconds| *seconds > 0);
        Refusal {
            code,
            retry_after: retry_after.or(advised.map(Duration::from_secs)),
            status,
            text,
        }
    }

    /// Returns the server's words, or client-go's for a server that has none.
    pub(super) fn message(&self) -> String {
        match &self.status {
            Some(status) if !status.message.is_empty() => status.message.clone(),
            _ => sentence::message(self.code, &self.text),
        }
    }

    fn reason(&self) -> &str {
        self.status.as_ref().map_or("", |s| s.reason.as_str())
    }

    fn causes(&self) -> &[StatusCause] {
        self.status
            .as_ref()
            .map_or(&[], |s| s.details.causes.as_slice())
    }

    fn cause(&self, reason: &str) -> Option<&StatusCause> {
        self.causes().iter().find(|cause| cause.reason == reason)
    }

    /// Tells whether the object that was asked for is not there, by the kind that the details name.
    ///
    /// Other 404s are about something else: no such API, a proxy's own page, a webhook that chose this code, or, on an
    /// eviction, the budget that was deleted while the server spent from it.
    pub(super) fn is_missing(&self, resource: &str) -> bool {
        let Some(status) = &self.status else {
            return false;
        };
        // A namespace that is gone has taken everything in it along.
        let is_about = |kind| status.details.kind == kind && !status.details.name.is_empty();
        self.code == 404
            && self.denial().is_none()
            && (is_about(resource) || is_about("namespaces"))
    }

    /// Tells whether a resourceVersion or a continue token is too old.
    pub(super) fn is_expired(&self) -> bool {
        self.code == 410
    }

    /// Returns the refusal as a failed request.
    pub(super) fn failure(&self) -> Failure {
        let kind = if self.denial().is_some() {
            FailureKind::Invalid
        } else {
            kind_of(self.code)
        };
        Failure {
            kind,
            message: self.message(),
            sentence: sentence::sentence(self.code, self.status.as_ref(), &self.text),
            retry_after: self.retry_after,
        }
    }

    /// Returns who denied the request, where an admission webhook or policy did.
    fn denial(&self) -> Option<&str> {
        let message = self.status.as_ref()?.message.as_str();
        webhook_that_denied(message).or_else(|| policy_that_denied(message))
    }

    /// Tells what the refusal of a write to a node means.
    pub(super) fn node_write(&self) -> NodeWrite {
        let denied = self.denial().is_some();
        let other_uid = self.code == 422 && self.causes().iter().any(|c| c.field == "metadata.uid");
        if !denied && (self.code == 409 || other_uid) {
            return NodeWrite::Stale {
                message: self.message(),
            };
        }
        if self.is_missing("nodes") {
            return NodeWrite::Gone;
        }
        NodeWrite::Failed(self.failure())
    }

    /// Tells what the refusal to remove a pod in this namespace means; what the pod itself must tell is not decided.
    pub(super) fn removal(&self, namespace: &str) -> Removal {
        if let Some(by) = self.denial() {
            return Removal::Decided(RemoveOutcome::Denied {
                by: Some(by.to_owned()),
                message: self.message(),
            });
        }
        let outcome = match self.code {
            404 if self.is_missing("pods") => RemoveOutcome::Gone,
            403 | 429 => self.refused_or_blocked(namespace),
            // The budget was deleted under the server's hands: nothing is wrong with the pod, ask again.
            404 if self.budget_in_details(namespace).is_some() => RemoveOutcome::Failed(Failure {
                kind: FailureKind::Conflict,
                ..self.failure()
            }),
            409 => return Removal::Conflict(self.failure()),
            500 if self.is_about_several_budgets() => RemoveOutcome::OverlappingBudgets {
                message: self.message(),
            },
            _ => RemoveOutcome::Failed(self.failure()),
        };
        Removal::Decided(outcome)
    }

    fn refused_or_blocked(&self, namespace: &str) -> RemoveOutcome {
        let message = self.message();
        if let Some(cause) = self.cause("DisruptionBudget") {
            return self.blocked(namespace, cause);
        }
        if self.code == 429 {
            return RemoveOutcome::Throttled {
                retry_after: self.retry_after,
                message,
            };
        }
        if self.cause("NamespaceTerminating").is_some() {
            return RemoveOutcome::NamespaceEnding { message };
        }
        match self.budget_in_details(namespace) {
            // Too many evictions that the controller has not confirmed yet; servers before 1.37 send no cause.
            Some(budget) => RemoveOutcome::BlockedByBudget {
                budget: Some(budget),
                block: BudgetBlock::Exhausted,
                needs: None,
                has: None,
                cause: message.clone(),
                message,
                retry_after: self.retry_after,
            },
            None => RemoveOutcome::Forbidden { message },
        }
    }

    fn blocked(&self, namespace: &str, cause: &StatusCause) -> RemoveOutcome {
        let words = BudgetWords::read(&cause.message);
        RemoveOutcome::BlockedByBudget {
            budget: words.budget.map(|name| BudgetRef {
                namespace: namespace.to_owned(),
                name: name.to_owned(),
            }),
            block: words.block,
            needs: words.needs,
            has: words.has,
            message: self.message(),
            cause: cause.message.clone(),
            retry_after: self.retry_after,
        }
    }

    fn budget_in_details(&self, namespace: &str) -> Option<BudgetRef> {
        let details = &self.status.as_ref()?.details;
        let is_budget = details.kind.starts_with("poddisruptionbudget");
        (is_budget && !details.name.is_empty()).then(|| BudgetRef {
            namespace: namespace.to_owned(),
            name: details.name.clone(),
        })
    }

    fn is_about_several_budgets(&self) -> bool {
        self.reason().is_empty() && self.message().contains("more than one PodDisruptionBudget")
    }
}

/// What the refusal to remove a pod means.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Removal {
    /// This.
    Decided(RemoveOutcome),
    /// A conflict: only the pod can tell whether it is another one by now.
    Conflict(Failure),
}

/// Returns the webhook's name from `admission webhook "W" denied the request: TEXT` (or `without explanation`).
///
/// The whole sentence is the API server's (`webhook/errors/statuserror.go`), the webhook chooses code, reason and TEXT.
fn webhook_that_denied(message: &str) -> Option<&str> {
    let rest = message.strip_prefix("admission webhook \"")?;
    let (name, rest) = rest.split_once('"')?;
    rest.starts_with(" denied the request").then_some(name)
}

/// Returns the policy's name from `... ValidatingAdmissionPolicy 'P' with binding 'B' denied request: TEXT`.
///
/// The server leaves the binding out where it has none, and says only `policy` where another kind of policy denied.
fn policy_that_denied(message: &str) -> Option<&str> {
    let (introduction, _) = message.split_once("' denied request")?;
    let (_, rest) = introduction.split_once("olicy '")?;
    rest.split('\'').next()
}

/// What the cause `DisruptionBudget` says in its message; the fields of the answer do not say it.
#[derive(Debug, PartialEq, Eq)]
struct BudgetWords<'a> {
    budget: Option<&'a str>,
    block: BudgetBlock,
    needs: Option<i64>,
    has: Option<i64>,
}

impl BudgetWords<'_> {
    fn read(message: &str) -> BudgetWords<'_> {
        let rest = message.strip_prefix("The disruption budget ");
        let (budget, said) = rest.and_then(|r| r.split_once(' ')).unzip();
        let said = said.unwrap_or("");
        let block = if said.starts_with("is still being processed") {
            BudgetBlock::StillProcessing
        } else if said.starts_with("does not allow evicting pods currently because it failed sync")
        {
            BudgetBlock::SyncFailed
        } else {
            BudgetBlock::Exhausted
        };
        let (needs, has) = numbers(said).unzip();
        BudgetWords {
            budget,
            block,
            needs,
            has,
        }
    }
}

/// Reads `needs N healthy pods and has M currently`.
fn numbers(said: &str) -> Option<(i64, i64)> {
    let rest = said.strip_prefix("needs ")?;
    let (needs, rest) = rest.split_once(" healthy pods and has ")?;
    let has = rest.strip_suffix(" currently")?;
    Some((needs.parse().ok()?, has.parse().ok()?))
}

fn kind_of(code: u16) -> FailureKind {
    match code {
        401 => FailureKind::Unauthorized,
        403 => FailureKind::Forbidden,
        404 => FailureKind::NotFound,
        409 => FailureKind::Conflict,
        410 => FailureKind::Expired,
        429 => FailureKind::Throttled,
        400..=499 => FailureKind::Invalid,
        500..=599 => FailureKind::Server,
        _ => FailureKind::Malformed,
    }
}

#[cfg(test)]
#[path = "answer_tests.rs"]
mod tests;
