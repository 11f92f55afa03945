//! Owners of pods, in as few requests as their kinds and namespaces allow.
//!
//! One owner of a kind in a namespace is read by name; several cost one list of that kind there. An owner that cannot be
//! read does not spoil the others.

use std::collections::{BTreeMap, BTreeSet};

use futures::StreamExt;

use super::http::{Call, Http, decode};
use super::read::{self, List, Page};
use super::target::Target;
use crate::adapters::wire::{self, protobuf};
use crate::domain::owner::{OwnerLookup, Workload};
use crate::domain::pod::ControllerRef;
use crate::engine::cluster::Failure;

/// Requests under way at once; each is a connection of its own, for `kube` speaks HTTP/1.1.
const CONCURRENCY: usize = 8;

/// A kind of controller that this program can look up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    api_version: &'static str,
    kind: &'static str,
    /// Path up to the namespace.
    base: &'static str,
    /// Last part of the path.
    part: &'static str,
    resource: &'static str,
}

macro_rules! kind {
    ($api_version:literal, $base:literal, $kind:literal, $resource:literal) => {
        Kind {
            api_version: $api_version,
            kind: $kind,
            base: concat!($base, "/namespaces"),
            part: concat!("/", $resource),
            resource: $resource,
        }
    };
}

/// Every built-in kind that makes pods.
const KINDS: [Kind; 5] = [
    kind!("apps/v1", "/apis/apps/v1", "ReplicaSet", "replicasets"),
    kind!("apps/v1", "/apis/apps/v1", "StatefulSet", "statefulsets"),
    kind!("apps/v1", "/apis/apps/v1", "DaemonSet", "daemonsets"),
    kind!("batch/v1", "/apis/batch/v1", "Job", "jobs"),
    kind!(
        "v1",
        "/api/v1",
        "ReplicationController",
        "replicationcontrollers"
    ),
];

/// Tells whether a kind makes pods, and is known here.
pub(super) fn knows(api_version: &str, kind: &str) -> bool {
    let mut kinds = KINDS.iter();
    kinds.any(|known| known.api_version == api_version && known.kind == kind)
}

/// Returns the name of a controller's kind where it is known here.
pub(super) fn known(controller: &ControllerRef) -> Option<&'static str> {
    Kind::of(controller).map(|kind| kind.kind)
}

/// What is known of an owner of any other kind.
pub(super) fn of_unknown_kind() -> OwnerLookup {
    OwnerLookup::Unreadable {
        reason: "is of a kind that this program does not know".to_owned(),
    }
}

impl Kind {
    fn of(controller: &ControllerRef) -> Option<Kind> {
        KINDS
            .into_iter()
            .find(|k| k.api_version == controller.api_version && k.kind == controller.kind)
    }

    fn target(self, namespace: &str) -> Result<Target, Failure> {
        Ok(Target::new(self.base).name(namespace)?.part(self.part))
    }

    /// Converts; the server leaves apiVersion and kind out of the items of a list.
    fn convert(self, workload: wire::Workload) -> Result<Workload, Failure> {
        read::convert(wire::Workload {
            api_version: Some(self.api_version.to_owned()),
            kind: Some(self.kind.to_owned()),
            ..workload
        })
    }
}

type Wanted = (String, ControllerRef);

/// The owners of one kind in one namespace, which are read together.
type Group = (String, Kind);

/// Workloads of one kind in one namespace by name, or why they could not be read.
type Found = Result<BTreeMap<String, Workload>, Failure>;

/// Looks up owners; answers in the order of `wanted`.
pub(super) async fn look_up(
    http: &Http,
    wanted: &[Wanted],
    chunk_size: i64,
) -> Vec<(Wanted, OwnerLookup)> {
    let found: BTreeMap<Group, Found> = futures::stream::iter(groups(wanted))
        .map(|(group, names)| async move {
            let found = read_group(http, &group, &names, chunk_size).await;
            (group, found)
        })
        .buffer_unordered(CONCURRENCY)
        .collect()
        .await;
    wanted
        .iter()
        .map(|key| (key.clone(), answer(&found, key)))
        .collect()
}

/// Returns the names that are asked for, by namespace and kind; unknown kinds are left out.
fn groups(wanted: &[Wanted]) -> BTreeMap<Group, BTreeSet<String>> {
    let mut groups: BTreeMap<Group, BTreeSet<String>> = BTreeMap::new();
    for (namespace, controller) in wanted {
        if let Some(kind) = Kind::of(controller) {
            let names = groups.entry((namespace.clone(), kind)).or_default();
            names.insert(controller.name.clone());
        }
    }
    groups
}

async fn read_group(
    http: &Http,
    (namespace, kind): &Group,
    names: &BTreeSet<String>,
    chunk_size: i64,
) -> Found {
    let target = kind.target(namespace)?;
    let mut found = BTreeMap::new();
    if let [name] = names.iter().collect::<Vec<_>>()[..] {
        let answer = http.send(Call::get(target.name(name)?)).await?;
        if let Some(body) = answer.into_found(kind.resource)? {
            found.insert(name.clone(), kind.convert(decode(&body)?)?);
        }
        return Ok(found);
    }
    let list = List {
        target,
        message: protobuf::schema(kind.kind),
    };
    read::pages(http, &list, chunk_size, |page| {
        let items = match page {
            Page::Start => {
                found.clear();
                return Ok(());
            }
            Page::Items(items) => items,
        };
        for item in items {
            let item: wire::Workload = read::item(kind.kind, item)?;
            if names.contains(&item.metadata.name) {
                found.insert(item.metadata.name.clone(), kind.convert(item)?);
            }
        }
        Ok(())
    })
    .await?;
    Ok(found)
}

fn answer(found: &BTreeMap<Group, Found>, (namespace, controller): &Wanted) -> OwnerLookup {
    let Some(kind) = Kind::of(controller) else {
        return of_unknown_kind();
    };
    match found.get(&(namespace.clone(), kind)) {
        Some(Ok(workloads)) => match workloads.get(&controller.name) {
            Some(workload) if workload.id.uid == controller.uid => {
                OwnerLookup::Found(Box::new(workload.clone()))
            }
            _ => OwnerLookup::Gone,
        },
        Some(Err(failure)) => OwnerLookup::Unreadable {
            reason: failure.message.clone(),
        },
        None => OwnerLookup::Gone,
    }
}

#[cfg(test)]
#[path = "owners_tests.rs"]
mod tests;
