//! What a pod asks of its node and what it may use, counted as `kubectl describe node` does.
//!
//! Source: `k8s.io/component-helpers/resource/helpers.go`, `PodRequests` and `PodLimits` of 1.37. The sum over
//! containers is the evaluator's own; limits differ from requests in one thing: overhead is added only to what is limited.

use crate::domain::fit::object::Resources;
use crate::domain::fit::object::pod::{
    Container, ContainerKind, ContainerResize, PodResize, PodSpec, ResizeFeasibility,
};
use crate::domain::fit::profile::ResizeRule;
use crate::domain::fit::request::{existing, incoming};

/// One container's requests, or its limits.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ContainerAmounts {
    /// The container's name.
    pub name: String,
    /// Whether an init container runs on.
    pub kind: ContainerKind,
    /// What the spec says.
    pub spec: Resources,
    /// What the status says is in force (`resources`); `None` where it says nothing.
    pub actual: Option<Resources>,
    /// What the status says was promised (`allocatedResources`); limits have none.
    pub allocated: Option<Resources>,
}

/// One of a pod's two sides: requests or limits.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Side {
    /// `containers`.
    pub containers: Vec<ContainerAmounts>,
    /// `initContainers`, sidecars among them.
    pub init_containers: Vec<ContainerAmounts>,
    /// What the spec says of the pod as a whole.
    pub pod: Option<Resources>,
}

/// What a pod's spec and status say about resources.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PodAmounts {
    /// Requests.
    pub requests: Side,
    /// Limits.
    pub limits: Side,
    /// `spec.overhead`.
    pub overhead: Resources,
    /// Whether the kubelet said that a resize can never be done.
    pub feasibility: ResizeFeasibility,
}

/// What a pod asks for and what it may use.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Load {
    /// Requests.
    pub requests: Resources,
    /// Limits; a resource without one is absent.
    pub limits: Resources,
}

impl PodAmounts {
    /// Returns what the spec asks for: kubectl's totals leave the status out, also while a pod is resized.
    pub fn asked(&self) -> Load {
        let mut requests = self.requests.spec();
        requests.overhead.clone_from(&self.overhead);
        Load {
            requests: incoming(&requests),
            limits: self.with_overhead(incoming(&self.limits.spec())),
        }
    }

    /// Returns what the pod holds, the status included: kubectl's rows count that.
    pub fn held(&self) -> Load {
        let rule = ResizeRule::PodAggregates;
        let mut requests = self.requests.spec();
        requests.overhead.clone_from(&self.overhead);
        let limits = existing(
            &self.limits.spec(),
            &self.limits.resize(self.feasibility),
            rule,
        );
        Load {
            requests: existing(&requests, &self.requests.resize(self.feasibility), rule),
            limits: self.with_overhead(limits),
        }
    }

    fn with_overhead(&self, mut limits: Resources) -> Resources {
        for (name, amount) in &self.overhead {
            if let Some(limit) = limits.get_mut(name).filter(|limit| !limit.is_zero()) {
                *limit = *limit + *amount;
            }
        }
        limits
    }
}

impl Side {
    fn spec(&self) -> PodSpec {
        let container = |amounts: &ContainerAmounts| Container {
            name: amounts.name.clone(),
            kind: amounts.kind,
            requests: amounts.spec.clone(),
            ..Container::default()
        };
        PodSpec {
            containers: self.containers.iter().map(container).collect(),
            init_containers: self.init_containers.iter().map(container).collect(),
            pod_requests: self.pod.clone(),
            ..PodSpec::default()
        }
    }

    fn resize(&self, feasibility: ResizeFeasibility) -> PodResize {
        let status = |amounts: &ContainerAmounts| ContainerResize {
            name: amounts.name.clone(),
            requests: amounts.actual.clone(),
            allocated: amounts.allocated.clone(),
        };
        PodResize {
            containers: self.containers.iter().map(status).collect(),
            init_containers: self.init_containers.iter().map(status).collect(),
            feasibility,
            ..PodResize::default()
        }
    }
}
