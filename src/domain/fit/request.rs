//! What a pod asks for: containers, sidecars, init containers, overhead, pod-level requests, and for pods that run the
//! resources they really hold while these are changed in place.
//!
//! Sources: `k8s.io/component-helpers/resource/helpers.go` of the four minors; the three ways to count a pod under resize
//! are [`ResizeRule`].

use super::object::Resources;
use super::object::pod::{
    Container, ContainerKind, ContainerResize, PodResize, PodSpec, ResizeFeasibility,
};
use super::profile::ResizeRule;
use crate::domain::quantity::Quantity;

/// What scores count for a container that asks for no CPU: 100 m.
const DEFAULT_CPU: &str = "100m";
/// What scores count for a container that asks for no memory: 200 MiB.
const DEFAULT_MEMORY: &str = "200Mi";

/// How requests are summed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Missing {
    /// A container that asks for nothing counts nothing.
    IsZero,
    /// CPU and memory that a container does not name count the scores' default.
    IsDefault { cpu: bool, memory: bool },
}

/// Returns what a new pod of a template asks for.
pub fn incoming(spec: &PodSpec) -> Resources {
    let mut sum = aggregate(spec, Missing::IsZero, &|container, _| {
        container.requests.clone()
    });
    override_by(&mut sum, spec.pod_requests.as_ref());
    add(&mut sum, &spec.overhead);
    sum
}

/// Returns what the score by least allocation counts for a new pod: pod-level requests are left out, whatever they say.
pub fn incoming_non_zero(spec: &PodSpec) -> Resources {
    let both = Missing::IsDefault {
        cpu: true,
        memory: true,
    };
    let mut sum = aggregate(spec, both, &|container, _| container.requests.clone());
    add(&mut sum, &spec.overhead);
    sum
}

/// Returns what a pod on a node counts there.
pub fn existing(spec: &PodSpec, resize: &PodResize, rule: ResizeRule) -> Resources {
    counted(spec, resize, rule, Missing::IsZero)
}

/// Returns what scores count for a pod on a node.
pub fn existing_non_zero(spec: &PodSpec, resize: &PodResize, rule: ResizeRule) -> Resources {
    let missing = if has_pod_level(spec.pod_requests.as_ref()) {
        let sum = existing(spec, resize, rule);
        let lacks = |name: &str| !sum.contains_key(name);
        Missing::IsDefault {
            cpu: lacks("cpu"),
            memory: lacks("memory"),
        }
    } else {
        Missing::IsDefault {
            cpu: true,
            memory: true,
        }
    };
    counted(spec, resize, rule, missing)
}

fn counted(spec: &PodSpec, resize: &PodResize, rule: ResizeRule, missing: Missing) -> Resources {
    let mut sum = match rule {
        ResizeRule::PerContainer | ResizeRule::PerContainerAndPod => {
            aggregate(spec, missing, &|container, place| {
                held(container, place, resize)
            })
        }
        ResizeRule::PodAggregates => pod_aggregates(spec, resize, missing),
    };
    override_by(&mut sum, pod_level(spec, resize, rule).as_ref());
    add(&mut sum, &spec.overhead);
    sum
}

/// Where a container stands in the pod.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Position {
    App,
    Init,
}

fn status_of<'a>(
    container: &Container,
    position: Position,
    resize: &'a PodResize,
) -> Option<&'a ContainerResize> {
    let statuses = match position {
        Position::App => &resize.containers,
        Position::Init => &resize.init_containers,
    };
    statuses.iter().find(|status| status.name == container.name)
}

/// What one container holds, up to 1.36: the most of what it asks for, has and was promised.
fn held(container: &Container, position: Position, resize: &PodResize) -> Resources {
    let plain_init = position == Position::Init && container.kind == ContainerKind::Plain;
    let status = status_of(container, position, resize).filter(|_| !plain_init);
    let Some((status, actual)) = status.and_then(|s| Some((s, s.requests.as_ref()?))) else {
        return container.requests.clone();
    };
    let mut most = actual.clone();
    raise(&mut most, status.allocated.as_ref());
    if resize.feasibility == ResizeFeasibility::Possible {
        raise(&mut most, Some(&container.requests));
    }
    most
}

/// The most of three sums, from 1.37 on: what is asked for, what was promised, what is there.
fn pod_aggregates(spec: &PodSpec, resize: &PodResize, missing: Missing) -> Resources {
    let infeasible = resize.feasibility == ResizeFeasibility::Infeasible;
    let asked = |container: &Container| match infeasible {
        true => Resources::new(),
        false => container.requests.clone(),
    };
    let promised = |container: &Container, position: Position| {
        let status = status_of(container, position, resize);
        let allocated = status.and_then(|status| status.allocated.clone());
        allocated.unwrap_or_else(|| asked(container))
    };
    let there = |container: &Container, position: Position| {
        let status = status_of(container, position, resize);
        let actual = status.and_then(|status| status.requests.clone());
        actual.unwrap_or_else(|| promised(container, position))
    };
    let (allocated, actuated) = match (&resize.allocated, &resize.requests) {
        (Some(allocated), Some(requests)) => (allocated.clone(), requests.clone()),
        _ => (
            aggregate(spec, missing, &promised),
            aggregate(spec, missing, &there),
        ),
    };
    let mut most = match infeasible {
        true => Resources::new(),
        false => aggregate(spec, missing, &|container, _| container.requests.clone()),
    };
    raise(&mut most, Some(&allocated));
    raise(&mut most, Some(&actuated));
    most
}

/// The pod-level requests that replace the sum over containers.
fn pod_level(spec: &PodSpec, resize: &PodResize, rule: ResizeRule) -> Option<Resources> {
    let own = spec
        .pod_requests
        .as_ref()
        .filter(|_| has_pod_level(spec.pod_requests.as_ref()))?;
    let Some(actual) = resize
        .requests
        .as_ref()
        .filter(|_| rule != ResizeRule::PerContainer)
    else {
        return Some(own.clone());
    };
    let mut most = match resize.feasibility {
        ResizeFeasibility::Possible => own.clone(),
        ResizeFeasibility::Infeasible => Resources::new(),
    };
    raise(&mut most, Some(actual));
    raise(&mut most, resize.allocated.as_ref());
    if rule == ResizeRule::PerContainerAndPod {
        // Every name that the spec has counts, with nothing where an infeasible resize leaves nothing.
        let kept = own.keys().map(|name| {
            let amount = most.get(name).copied().unwrap_or_default();
            (name.clone(), amount)
        });
        return Some(kept.collect());
    }
    Some(most)
}

fn is_pod_level(name: &str) -> bool {
    name == "cpu" || name == "memory" || name.starts_with("hugepages-")
}

fn has_pod_level(requests: Option<&Resources>) -> bool {
    requests.is_some_and(|requests| requests.keys().any(|name| is_pod_level(name)))
}

fn override_by(sum: &mut Resources, pod_level: Option<&Resources>) {
    let requests = pod_level.into_iter().flatten();
    for (name, amount) in requests.filter(|(name, _)| is_pod_level(name)) {
        sum.insert(name.clone(), *amount);
    }
}

/// Sums over a pod's containers: apps and sidecars together, or the hungriest moment of the start, whichever is more.
fn aggregate(
    spec: &PodSpec,
    missing: Missing,
    of: &dyn Fn(&Container, Position) -> Resources,
) -> Resources {
    let filled = |container: &Container, position: Position| {
        let mut requests = of(container, position);
        fill(&mut requests, missing);
        requests
    };
    let mut sum = Resources::new();
    for container in &spec.containers {
        add(&mut sum, &filled(container, Position::App));
    }
    let mut sidecars = Resources::new();
    let mut start = Resources::new();
    for container in &spec.init_containers {
        let mut requests = filled(container, Position::Init);
        if container.kind == ContainerKind::Sidecar {
            add(&mut sum, &requests);
            add(&mut sidecars, &requests);
            requests.clone_from(&sidecars);
        } else {
            add(&mut requests, &sidecars);
        }
        raise(&mut start, Some(&requests));
    }
    raise(&mut sum, Some(&start));
    sum
}

fn fill(requests: &mut Resources, missing: Missing) {
    let Missing::IsDefault { cpu, memory } = missing else {
        return;
    };
    let defaults = [
        ("cpu", DEFAULT_CPU, cpu),
        ("memory", DEFAULT_MEMORY, memory),
    ];
    for (name, amount, _) in defaults.into_iter().filter(|(.., wanted)| *wanted) {
        if !requests.contains_key(name) {
            let amount = Quantity::parse(amount).unwrap_or_default();
            requests.insert(name.to_owned(), amount);
        }
    }
}

fn add(sum: &mut Resources, other: &Resources) {
    for (name, amount) in other {
        let entry = sum.entry(name.clone()).or_default();
        *entry = *entry + *amount;
    }
}

/// Raises each amount to the other's, where that is more.
fn raise(most: &mut Resources, other: Option<&Resources>) {
    for (name, amount) in other.into_iter().flatten() {
        let entry = most.entry(name.clone()).or_insert(*amount);
        if amount.compare(*entry).is_gt() {
            *entry = *amount;
        }
    }
}
