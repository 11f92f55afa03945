//! Finds the Services and controllers that select a pod without walking all of them.

use super::World;
use super::postings::{Postings, hash_of, number};
use crate::domain::fit::object::workload::{ServiceObject, WorkloadKind, WorkloadObject};

/// Services by namespace, controllers by name.
#[derive(Debug)]
pub(super) struct Selecting {
    services: Postings,
    workloads: Postings,
}

impl Selecting {
    pub(super) fn of(world: &World) -> Selecting {
        let services = world.services.iter().enumerate();
        let workloads = world.workloads.iter().enumerate();
        let workload_hash = |workload: &WorkloadObject| {
            let WorkloadObject {
                kind,
                namespace,
                name,
                ..
            } = workload;
            hash_of(&(kind, namespace.as_str(), name.as_str()))
        };
        Selecting {
            services: Postings::of(
                services
                    .map(|(at, service)| (hash_of(&service.namespace.as_str()), number(at)))
                    .collect(),
            ),
            workloads: Postings::of(
                workloads
                    .map(|(at, workload)| (workload_hash(workload), number(at)))
                    .collect(),
            ),
        }
    }

    pub(super) fn services<'w>(
        &'w self,
        world: &'w World,
        namespace: &str,
    ) -> impl Iterator<Item = &'w ServiceObject> + use<'w> {
        let namespace = namespace.to_owned();
        self.services
            .under(hash_of(&namespace.as_str()))
            .map(|at| &world.services[at])
            .filter(move |service| service.namespace == namespace)
    }

    pub(super) fn workload<'w>(
        &self,
        world: &'w World,
        kind: WorkloadKind,
        namespace: &str,
        name: &str,
    ) -> Option<&'w WorkloadObject> {
        self.workloads
            .under(hash_of(&(kind, namespace, name)))
            .map(|at| &world.workloads[at])
            .find(|workload| {
                workload.kind == kind && workload.namespace == namespace && workload.name == name
            })
    }
}
