//! The nodes and pods of one run: built anew for each, the same for both programs, and gone
//! before the next is built, so that nobody pays for what another left behind.

use std::path::PathBuf;

use controlplane::{Made, PodDraft, Space, shared, space, wait_until};
use serde_json::json;

/// A drain that both programs do.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// Pods on the node.
    pub pods: u32,
    /// Who made them.
    pub owner: Owner,
    /// Pods of one Deployment.
    pub pods_per_workload: u32,
    /// Scheduled until Ready.
    pub ready_after_ms: u64,
    /// Deleted until gone.
    pub gone_after_ms: u64,
    /// Whether a budget lets them go one at a time.
    pub budget: Budget,
}

/// Who made the pods, which decides whether the control plane replaces them during the drain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// Nobody: they are gone for good, and the server does nothing but end them.
    Nobody,
    /// Deployments, whose controllers, the scheduler and the kubelets work while the drain runs.
    Deployments,
}

/// Whether the pods are protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Budget {
    /// No budget.
    None,
    /// A budget over each Deployment with maxUnavailable 1.
    OneAway,
}

/// A fleet of two nodes: a full one to drain, and one to land on.
pub struct Fleet {
    space: Space,
    full: Made,
    binding: String,
    user: String,
    kubeconfig: PathBuf,
}

/// Room on each node, in pods: more than any case needs.
const ROOM: &str = "520";
const GROUP: &str = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings";

impl Fleet {
    /// Builds it and returns when all pods are Ready on the first node, the second node is
    /// there, and an operator has the rights of `cluster-admin` (not those of
    /// `system:masters`, whom the server's fairness exempts).
    pub fn build(shape: &Shape) -> Self {
        let space = space("bench");
        let full = Self::node(&space, "full");
        Self::fill(&space, &full, shape);
        Self::node(&space, "free");
        let user = format!("{}-operator", space.name());
        let kubeconfig = space.certificate_user(&user, &["operators"]);
        let fleet = Self {
            binding: user.clone(),
            space,
            full,
            user,
            kubeconfig,
        };
        fleet.bind();
        fleet.settle();
        fleet
    }

    fn node(space: &Space, short: &str) -> Made {
        space.node(short).allocatable("pods", ROOM).create()
    }

    fn fill(space: &Space, node: &Made, shape: &Shape) {
        let names = match shape.owner {
            Owner::Nobody => Self::bare_pods(space, node, shape),
            Owner::Deployments => Self::deployments(space, shape),
        };
        wait_until("all pods are Ready", || {
            let pods = space.pods();
            let ready = pods.iter().filter(|pod| is_ready(pod)).count();
            u32::try_from(ready) == Ok(shape.pods)
        });
        if shape.budget == Budget::OneAway {
            for name in &names {
                space.budget(name).max_unavailable(1).create_allowing(1);
            }
        }
    }

    /// Makes pods without an owner; there is no workload whose name a budget could need.
    fn bare_pods(space: &Space, node: &Made, shape: &Shape) -> Vec<String> {
        for number in 0..shape.pods {
            let pod = space.pod(&format!("pod-{number}")).on(node.name());
            Self::paced(pod, shape).create();
        }
        Vec::new()
    }

    fn deployments(space: &Space, shape: &Shape) -> Vec<String> {
        let mut left = shape.pods;
        let mut names = Vec::new();
        while left > 0 {
            let replicas = left.min(shape.pods_per_workload);
            left -= replicas;
            let name = format!("app-{}", names.len());
            let deployment = space.deployment(&name).replicas(replicas);
            Self::paced(deployment, shape).create();
            names.push(name);
        }
        names
    }

    fn paced<'s>(draft: PodDraft<'s>, shape: &Shape) -> PodDraft<'s> {
        draft
            .ready_after(&format!("{}ms", shape.ready_after_ms))
            .gone_after(&format!("{}ms", shape.gone_after_ms))
    }

    fn bind(&self) {
        let binding = json!({
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": self.binding},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": self.user}],
        });
        self.space.post(GROUP, binding);
    }

    /// Waits until the operator's rights hold and the controllers know of all pods. kubectl
    /// asks here, so its discovery cache is warm; the plugin has no cache.
    fn settle(&self) {
        wait_until("the operator may read", || {
            let mut kubectl = shared().kubectl(&self.kubeconfig, ["get", "node", self.node_name()]);
            kubectl.output().is_ok_and(|output| output.status.success())
        });
        let path = format!("/apis/apps/v1/namespaces/{}/deployments", self.space.name());
        wait_until("the Deployments are complete", || {
            let list = self.space.get(&path).unwrap_or_default();
            let items = list["items"].as_array().cloned().unwrap_or_default();
            let complete = |item: &serde_json::Value| {
                item["status"]["readyReplicas"] == item["spec"]["replicas"]
            };
            items.iter().all(complete)
        });
    }

    /// The node to drain.
    pub fn node_name(&self) -> &str {
        self.full.name()
    }

    /// The operator's kubeconfig, the same for both programs.
    pub fn kubeconfig(&self) -> &PathBuf {
        &self.kubeconfig
    }

    /// The operator as the audit log names them; nobody else has this name.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// Whether the node is cordoned and empty.
    ///
    /// # Errors
    ///
    /// Says what is not so.
    pub fn check_drained(&self) -> Result<(), String> {
        let left = self.space.pods_on(&self.full).len();
        if left > 0 {
            return Err(format!("{left} pods are still on the node"));
        }
        let node = self.space.get_node(&self.full).unwrap_or_default();
        if node["spec"]["unschedulable"] != true {
            return Err("the node is not cordoned".to_owned());
        }
        Ok(())
    }

    /// Takes it down and returns when the server has nothing of it any more; `home` is a space
    /// that stays, to look from.
    pub fn remove(self, home: &Space) {
        let name = self.space.name().to_owned();
        let deployments = format!("/apis/apps/v1/namespaces/{name}/deployments");
        let pods = format!("/api/v1/namespaces/{name}/pods");
        let now = || json!({"gracePeriodSeconds": 0});
        self.space
            .delete(&format!("{GROUP}/{}", self.binding), json!({}));
        self.space
            .delete(&deployments, json!({"propagationPolicy": "Background"}));
        wait_until("the fleet's pods are gone", || {
            self.space.delete(&pods, now());
            self.space.pods().is_empty()
        });
        drop(self.space);
        let namespace = format!("/api/v1/namespaces/{name}");
        wait_until("the fleet is gone", || {
            home.get(&namespace).is_none() && home.get_node(&self.full).is_none()
        });
    }
}

fn is_ready(pod: &k8s_openapi::api::core::v1::Pod) -> bool {
    let conditions = pod
        .status
        .as_ref()
        .and_then(|status| status.conditions.as_ref());
    conditions.is_some_and(|all| {
        all.iter()
            .any(|one| one.type_ == "Ready" && one.status == "True")
    })
}
