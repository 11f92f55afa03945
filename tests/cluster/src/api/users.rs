//! Users with chosen rights: a ServiceAccount of the space, so that there is no end of them
//! and their rights go with the space.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::must;
use super::space::Space;
use super::wait::wait_until;
use crate::pki;

/// A user to be.
#[must_use]
pub struct UserDraft<'s> {
    space: &'s Space,
    name: String,
    in_namespace: Vec<Value>,
    in_cluster: Vec<Value>,
}

/// A user with a kubeconfig.
#[derive(Debug, Clone)]
pub struct User {
    name: String,
    token: String,
    kubeconfig: PathBuf,
}

impl User {
    /// The name by which the server and its audit log know the user.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The bearer token.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// A kubeconfig whose namespace is the space's.
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }
}

impl<'s> UserDraft<'s> {
    pub(super) fn new(space: &'s Space, name: &str) -> Self {
        Self {
            space,
            name: name.to_owned(),
            in_namespace: Vec::new(),
            in_cluster: Vec::new(),
        }
    }

    /// Adds rights in the space's namespace: verbs by comma, a resource as
    /// `pods`, `pods/eviction`, or `poddisruptionbudgets.policy`.
    pub fn can(mut self, verbs: &str, resource: &str) -> Self {
        self.in_namespace.push(rule(verbs, resource));
        self
    }

    /// Adds rights in the whole cluster, as nodes need.
    pub fn can_everywhere(mut self, verbs: &str, resource: &str) -> Self {
        self.in_cluster.push(rule(verbs, resource));
        self
    }

    /// Creates the user, and returns when the server grants all the rights.
    #[track_caller]
    pub fn create(self) -> User {
        let (space, name) = (self.space, self.name.as_str());
        let accounts = format!("/api/v1/namespaces/{}/serviceaccounts", space.name());
        space.post(
            &accounts,
            json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}}),
        );
        let user = format!("system:serviceaccount:{}:{name}", space.name());
        self.bind(
            "Role",
            &format!("/namespaces/{}", space.name()),
            &self.in_namespace,
            Some(space.name()),
            &user,
        );
        self.bind("ClusterRole", "", &self.in_cluster, None, &user);
        let request =
            json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}});
        let answer = space.post(&format!("{accounts}/{name}/token"), request);
        let token = answer.object()["status"]["token"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        let kubeconfig = space.write_kubeconfig(name, &token);
        User {
            name: user,
            token,
            kubeconfig,
        }
    }

    #[track_caller]
    fn bind(&self, kind: &str, scope: &str, rules: &[Value], namespace: Option<&str>, user: &str) {
        if rules.is_empty() {
            return;
        }
        let group = "rbac.authorization.k8s.io";
        // A ClusterRole outlives the space, so its name must be the space's alone.
        let name = format!("{}-{}", self.space.name(), self.name);
        let root = format!("/apis/{group}/v1{scope}/{}", kind.to_lowercase());
        let version = format!("{group}/v1");
        let role = json!({"apiVersion": version, "kind": kind, "metadata": {"name": name}, "rules": rules});
        self.space.post(&format!("{root}s"), role);
        let binding = json!({
            "apiVersion": version,
            "kind": format!("{kind}Binding"),
            "metadata": {"name": name},
            "roleRef": {"apiGroup": group, "kind": kind, "name": name},
            "subjects": [{"apiGroup": group, "kind": "User", "name": user}],
        });
        self.space.post(&format!("{root}bindings"), binding);
        for rule in rules {
            wait_until(&format!("{user} is granted {rule}"), || {
                self.is_granted(rule, namespace, user)
            });
        }
    }

    fn is_granted(&self, rule: &Value, namespace: Option<&str>, user: &str) -> bool {
        let resource = rule["resources"][0].as_str().unwrap_or_default();
        let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
        let review = json!({
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SubjectAccessReview",
            "spec": {
                "user": user,
                "resourceAttributes": {
                    "namespace": namespace.unwrap_or_default(),
                    "verb": rule["verbs"][0],
                    "group": rule["apiGroups"][0],
                    "resource": resource,
                    "subresource": subresource,
                },
            },
        });
        let answer = self
            .space
            .try_post("/apis/authorization.k8s.io/v1/subjectaccessreviews", review);
        answer.is_ok_and(|answer| answer["status"]["allowed"] == true)
    }
}

fn rule(verbs: &str, resource: &str) -> Value {
    let (plain, subresource) = match resource.split_once('/') {
        Some((plain, subresource)) => (plain, format!("/{subresource}")),
        None => (resource, String::new()),
    };
    let (name, group) = plain.split_once('.').unwrap_or((plain, ""));
    let verbs: Vec<_> = verbs.split(',').collect();
    json!({"apiGroups": [group], "resources": [format!("{name}{subresource}")], "verbs": verbs})
}

impl Space {
    /// A kubeconfig of somebody who proves themselves by a client certificate. The name
    /// is given as is: make it unique where rights are bound to it.
    #[track_caller]
    pub fn certificate_user(&self, user: &str, groups: &[&str]) -> PathBuf {
        let cluster = self.cluster().description();
        let pair = must(
            "signing a certificate",
            pki::client(&cluster.client_ca_key, user, groups),
        );
        let file = |end: &str| cluster.folder.join(format!("{}-{user}.{end}", self.name()));
        let (certificate, key, kubeconfig) = (file("crt"), file("key"), file("kubeconfig"));
        let text = format!(
            "apiVersion: v1\nkind: Config\nclusters:\n- name: test\n  cluster:\n    server: {server}\n    \
             certificate-authority: {ca}\nusers:\n- name: user\n  user:\n    client-certificate: {certificate}\n    \
             client-key: {key}\ncontexts:\n- name: test\n  context:\n    cluster: test\n    user: user\n    \
             namespace: {namespace}\ncurrent-context: test\n",
            server = cluster.server,
            ca = cluster.ca.display(),
            certificate = certificate.display(),
            key = key.display(),
            namespace = self.name(),
        );
        for (path, text) in [
            (&certificate, &pair.certificate),
            (&key, &pair.key),
            (&kubeconfig, &text),
        ] {
            must("writing a kubeconfig", std::fs::write(path, text));
        }
        kubeconfig
    }
}
