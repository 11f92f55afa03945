//! Asks the server about the caller's own rights (`SelfSubjectAccessReview`), which every authenticated user may.
//!
//! A review says what would be allowed and stores nothing, so it can be asked before the first write. Its answer counts
//! only where it is one: a server that does not let itself be asked, or whose authorizer failed, has not said no.

use serde::{Deserialize, Serialize};

use super::http::{Call, Http, decode};
use super::target::Target;
use crate::engine::cluster::{Failure, Permission, Right, Scope};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Review<'a> {
    api_version: &'static str,
    kind: &'static str,
    spec: Spec<'a>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Spec<'a> {
    resource_attributes: Attributes<'a>,
}

/// What a request would be about; an absent namespace is every namespace, an absent name every name.
#[derive(Debug, Serialize)]
struct Attributes<'a> {
    verb: &'static str,
    resource: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    subresource: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    namespace: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    name: &'a str,
}

#[derive(Debug, Deserialize)]
struct Reviewed {
    status: Status,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Status {
    allowed: bool,
    /// Why an authorizer could not decide.
    evaluation_error: String,
}

/// Asks whether the caller has a right.
pub(super) async fn permission(http: &Http, right: Right, scope: &Scope) -> Permission {
    match review(http, right, scope).await {
        Ok(Status { allowed: true, .. }) => Permission::Granted,
        Ok(status) if status.evaluation_error.is_empty() => Permission::Denied,
        Ok(_) | Err(_) => Permission::Unknown,
    }
}

async fn review(http: &Http, right: Right, scope: &Scope) -> Result<Status, Failure> {
    let review = Review {
        api_version: "authorization.k8s.io/v1",
        kind: "SelfSubjectAccessReview",
        spec: Spec {
            resource_attributes: attributes(right, scope),
        },
    };
    let target = Target::new("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews");
    let body = http.send(Call::post(target, &review)?).await?.into_body()?;
    Ok(decode::<Reviewed>(&body)?.status)
}

fn attributes(right: Right, scope: &Scope) -> Attributes<'_> {
    let (verb, resource, subresource) = match right {
        Right::PatchNodes => ("patch", "nodes", ""),
        Right::EvictPods => ("create", "pods", "eviction"),
        Right::DeletePods => ("delete", "pods", ""),
    };
    let (namespace, name) = match scope {
        Scope::Everything => ("", ""),
        Scope::Node(name) => ("", name.as_str()),
        Scope::Pod { namespace, name } => (namespace.as_str(), name.as_str()),
    };
    Attributes {
        verb,
        resource,
        subresource,
        namespace,
        name,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::testing::{Reply, Script};
    use super::*;

    fn pod() -> Scope {
        Scope::Pod {
            namespace: "shop".to_owned(),
            name: "web-1".to_owned(),
        }
    }

    async fn answered(reply: Reply) -> Permission {
        let script = Script::new([reply]);
        permission(&script.http(), Right::EvictPods, &Scope::Everything).await
    }

    #[tokio::test]
    async fn the_question_names_verb_resource_and_object() {
        for (right, scope, attributes) in [
            (
                Right::PatchNodes,
                Scope::Everything,
                json!({"verb": "patch", "resource": "nodes"}),
            ),
            (
                Right::PatchNodes,
                Scope::Node("n1".to_owned()),
                json!({"verb": "patch", "resource": "nodes", "name": "n1"}),
            ),
            (
                Right::EvictPods,
                pod(),
                json!({"verb": "create", "resource": "pods", "subresource": "eviction", "namespace": "shop", "name": "web-1"}),
            ),
            (
                Right::DeletePods,
                pod(),
                json!({"verb": "delete", "resource": "pods", "namespace": "shop", "name": "web-1"}),
            ),
        ] {
            let script = Script::new([Reply::json(201, json!({"status": {"allowed": true}}))]);
            let answer = permission(&script.http(), right, &scope).await;
            assert_eq!(answer, Permission::Granted);
            let seen = &script.seen()[0];
            assert_eq!(
                seen.line,
                "POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
            );
            let expected: Value = json!({
                "apiVersion": "authorization.k8s.io/v1",
                "kind": "SelfSubjectAccessReview",
                "spec": {"resourceAttributes": attributes},
            });
            assert_eq!(seen.body, expected);
        }
    }

    #[tokio::test]
    async fn only_a_plain_no_is_a_no() {
        let allowed = |status: Value| Reply::json(201, json!({"status": status}));
        for (reply, expected) in [
            (allowed(json!({"allowed": false})), Permission::Denied),
            (
                allowed(
                    json!({"allowed": false, "denied": true, "reason": "RBAC: clusterrole \"x\" not found"}),
                ),
                Permission::Denied,
            ),
            (
                allowed(json!({"allowed": false, "evaluationError": "the authorizer timed out"})),
                Permission::Unknown,
            ),
            (
                allowed(json!({"allowed": true, "evaluationError": "the other one timed out"})),
                Permission::Granted,
            ),
            (
                Reply::json(
                    403,
                    json!({"kind": "Status", "code": 403, "reason": "Forbidden", "message": "not you"}),
                ),
                Permission::Unknown,
            ),
            (Reply::text(404, "404 page not found"), Permission::Unknown),
            (Reply::text(429, "slow down"), Permission::Unknown),
            (
                Reply::json(201, json!({"status": "none"})),
                Permission::Unknown,
            ),
        ] {
            assert_eq!(answered(reply).await, expected);
        }
    }
}
