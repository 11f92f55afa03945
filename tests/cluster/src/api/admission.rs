//! Somebody who refuses: an admission policy or a webhook, bound to one space and to one
//! kind of request. The server itself evaluates it, so a test sees its real words.

use kube::Api;
use kube::api::{ApiResource, DeleteParams, DynamicObject, GroupVersionKind};
use serde_json::{Value, json};

use super::space::Space;
use super::wait::wait_until;

const GROUP: &str = "admissionregistration.k8s.io";
/// A ConfigMap of this name is refused too, by dry run: so we learn when the server knows.
const PROBE: &str = "nodemaint-probe";

/// A policy that is in force as long as this lives.
#[must_use]
pub struct Refusal<'s> {
    space: &'s Space,
    name: String,
    kinds: Vec<&'static str>,
}

impl Refusal<'_> {
    /// The name that the server's refusal mentions.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Space {
    /// Has the server refuse a kind of request in this space (or on its nodes) by a
    /// ValidatingAdmissionPolicy, and returns when it does. `operation` is one of CREATE,
    /// UPDATE, DELETE, CONNECT (a patch is an UPDATE, an eviction the CREATE of
    /// `pods/eviction`); the answer is 422 with `message`.
    #[track_caller]
    pub fn refuse(&self, operation: &str, resource: &str, message: &str) -> Refusal<'_> {
        let name = format!("{}.policy.example.com", self.unique());
        let policy = json!({
            "apiVersion": format!("{GROUP}/v1"),
            "kind": "ValidatingAdmissionPolicy",
            "metadata": {"name": name},
            "spec": {
                "matchConstraints": {"resourceRules": rules(operation, resource)},
                "matchConditions": self.conditions(),
                "validations": [{"expression": "false", "message": message}],
            },
        });
        let binding = json!({
            "apiVersion": format!("{GROUP}/v1"),
            "kind": "ValidatingAdmissionPolicyBinding",
            "metadata": {"name": name},
            "spec": {"policyName": name, "validationActions": ["Deny"]},
        });
        self.post(
            &format!("/apis/{GROUP}/v1/validatingadmissionpolicies"),
            policy,
        );
        self.post(
            &format!("/apis/{GROUP}/v1/validatingadmissionpolicybindings"),
            binding,
        );
        let kinds = vec![
            "ValidatingAdmissionPolicyBinding",
            "ValidatingAdmissionPolicy",
        ];
        self.in_force(name, kinds)
    }

    /// Registers a webhook for a kind of request, and returns when the server asks it.
    #[track_caller]
    pub(super) fn register(
        &self,
        operation: &str,
        resource: &str,
        client_config: Value,
    ) -> Refusal<'_> {
        let name = format!("{}.webhook.example.com", self.unique());
        let configuration = json!({
            "apiVersion": format!("{GROUP}/v1"),
            "kind": "ValidatingWebhookConfiguration",
            "metadata": {"name": name},
            "webhooks": [{
                "name": name,
                "admissionReviewVersions": ["v1"],
                "sideEffects": "None",
                "timeoutSeconds": 5,
                "rules": rules(operation, resource),
                "matchConditions": self.conditions(),
                "clientConfig": client_config,
            }],
        });
        self.post(
            &format!("/apis/{GROUP}/v1/validatingwebhookconfigurations"),
            configuration,
        );
        self.in_force(name, vec!["ValidatingWebhookConfiguration"])
    }

    #[track_caller]
    fn in_force(&self, name: String, kinds: Vec<&'static str>) -> Refusal<'_> {
        let path = format!("/api/v1/namespaces/{}/configmaps?dryRun=All", self.name());
        wait_until("the server refuses the probe", || {
            let probe =
                json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": PROBE}});
            self.try_post(&path, probe).is_err()
        });
        Refusal {
            space: self,
            name,
            kinds,
        }
    }

    fn conditions(&self) -> Value {
        // An absent field is an error in CEL, and an error refuses everybody.
        let here = format!(
            "(has(request.namespace) && request.namespace == '{0}') || \
             (has(request.name) && request.name.startsWith('{0}-'))",
            self.name()
        );
        let probe = format!(
            "request.resource.resource != 'configmaps' || (has(request.name) && request.name == '{PROBE}')"
        );
        json!([{"name": "here", "expression": here}, {"name": "probe", "expression": probe}])
    }
}

impl Drop for Refusal<'_> {
    /// Deletes it without waiting; it binds nobody but its space.
    fn drop(&mut self) {
        let client = self.space.cluster().client();
        for kind in &self.kinds {
            let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(GROUP, "v1", kind));
            let api = Api::<DynamicObject>::all_with(client.clone(), &resource);
            let name = self.name.clone();
            self.space.cluster().spawn(async move {
                // The cluster may be ending at the same time; then everything goes anyway.
                let _ = api.delete(&name, &DeleteParams::default()).await;
            });
        }
    }
}

fn rules(operation: &str, resource: &str) -> Value {
    let rule = |operation: &str, resource: &str| json!({"apiGroups": ["*"], "apiVersions": ["*"], "operations": [operation], "resources": [resource]});
    json!([rule(operation, resource), rule("CREATE", "configmaps")])
}
