//! The selector that default constraints get: the Services and the controller that select the pod, together.
//!
//! Source: `DefaultSelector` of `plugins/helper/spread.go`.

use std::collections::BTreeMap;

use crate::domain::fit::Context;
use crate::domain::fit::object::workload::WorkloadKind;
use crate::domain::fit::selector::Matcher;
use crate::domain::fit::world::ObjectKind;

/// Returns the selector; one without requirements where nothing selects the pod.
///
/// # Errors
///
/// Says which objects it needs that could not be read.
pub(super) fn default_selector(cx: &Context<'_>) -> Result<Matcher, String> {
    let kind = cx.kind();
    if let Some(unread) = cx.world.unread(ObjectKind::Services) {
        return Err(unread);
    }
    let mut labels = BTreeMap::new();
    for service in cx.world.services_in(&kind.namespace) {
        let selected = service
            .selector
            .iter()
            .all(|(key, value)| kind.labels.get(key) == Some(value));
        if selected {
            labels.extend(service.selector.iter());
        }
    }
    let owner = cx.row().controller.as_deref();
    let Some((owner, workload)) = owner.and_then(|owner| {
        let known = WorkloadKind::of(owner)?;
        Some((owner, known))
    }) else {
        return Ok(Matcher::of_labels(labels));
    };
    if let Some(unread) = cx.world.unread(object_kind(workload)) {
        return Err(unread);
    }
    let found = cx.world.workload(workload, &kind.namespace, &owner.name);
    let Some(selector) = found.and_then(|found| found.selector.as_ref()) else {
        return Ok(Matcher::of_labels(labels));
    };
    if workload == WorkloadKind::ReplicationController {
        labels.extend(selector.labels.iter());
        return Ok(Matcher::of_labels(labels));
    }
    let mut matcher = Matcher::of_labels(labels);
    // A malformed selector is passed over.
    for requirement in Matcher::parse(Some(selector))
        .iter()
        .flat_map(Matcher::requirements)
    {
        matcher.require(requirement.clone());
    }
    Ok(matcher)
}

fn object_kind(workload: WorkloadKind) -> ObjectKind {
    match workload {
        WorkloadKind::ReplicationController => ObjectKind::ReplicationControllers,
        WorkloadKind::ReplicaSet => ObjectKind::ReplicaSets,
        WorkloadKind::StatefulSet => ObjectKind::StatefulSets,
    }
}
