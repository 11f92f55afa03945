//! Pods that are not in the cluster yet: what a manifest asks for, as the API server would store it.
//!
//! A manifest is not a pod. Between the two stand the controller that makes pods of a template, and the API server, which
//! fills in defaults and runs its admission. What those do that a rule of the scheduler can see is done here.

mod defaults;
mod template;

use std::collections::BTreeMap;

use serde_json::Value;

use super::files::{FileError, Place, Problem, Purpose, objects};
use super::wire::ConvertError;
use super::wire::fit::{FitKind, read};
use crate::domain::fit::world::{ObjectKind, WorldBuilder};

pub use defaults::Priority;
pub use template::{Forerunner, from_template};

/// A pod that a manifest asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    /// The object that asks for it, such as `Deployment shop/web`.
    pub object: String,
    /// Where in that object the pod's own fields are.
    prefix: &'static str,
    pod: Value,
    claims: Vec<Value>,
}

/// What a text of manifests asks for.
#[derive(Debug, Default)]
pub struct Manifest {
    /// One pod for each pod or template, in order, with the place of what asks for it.
    pub pods: Vec<(Place, Planned)>,
    /// How many objects of each kind make no pods.
    pub skipped: BTreeMap<String, usize>,
}

impl Manifest {
    /// Reads manifests: YAML or JSON, several documents, lists. Objects without a namespace are in `namespace`.
    ///
    /// # Errors
    ///
    /// Names the source and the line, or the document, the object and the field.
    pub fn parse(bytes: &[u8], source: &str, namespace: &str) -> Result<Manifest, FileError> {
        let failed = |problem| FileError::about(source, Purpose::Manifest, problem);
        let mut manifest = Manifest::default();
        for (place, object) in objects(bytes, source)? {
            let planned = template::planned(&object, namespace).map_err(|cause| {
                failed(Problem::Object {
                    place,
                    message: cause.to_string(),
                })
            })?;
            match planned {
                Some(planned) => manifest.pods.push((place, planned)),
                None => {
                    let kind = object["kind"].as_str().unwrap_or_default().to_owned();
                    *manifest.skipped.entry(kind).or_default() += 1;
                }
            }
        }
        match manifest.pods.is_empty() {
            true => Err(failed(Problem::NoPods)),
            false => Ok(manifest),
        }
    }
}

impl Planned {
    /// Returns the namespace.
    pub fn namespace(&self) -> &str {
        self.pod["metadata"]["namespace"]
            .as_str()
            .unwrap_or_default()
    }

    /// Returns the name.
    pub fn name(&self) -> &str {
        self.pod["metadata"]["name"].as_str().unwrap_or_default()
    }

    /// Returns the priority class whose value the API server would look up; `None` where it would not.
    pub fn priority_class(&self) -> Option<&str> {
        let name = self.pod["spec"]["priorityClassName"].as_str()?;
        (!name.is_empty()).then_some(name)
    }

    /// What is wrong with a field of the pod, named as the object has it that asks for the pod.
    pub fn fault(&self, field: &str, problem: impl Into<String>) -> ConvertError {
        ConvertError::new(&self.object, format!("{}{field}", self.prefix), problem)
    }

    /// Does to the pod what the API server does when it is created.
    pub fn admit(&mut self, priority: Option<Priority>) {
        defaults::apply(&mut self.pod, priority);
    }
}

/// What is added to a cluster before it is judged.
#[derive(Debug, Default)]
pub struct Additions {
    claims: Vec<Value>,
    pods: Vec<Value>,
}

impl Additions {
    /// Adds what a manifest asks for. A pod of the same namespace and name is replaced; claims that exist stay.
    pub fn add(&mut self, planned: Planned) {
        self.claims.extend(planned.claims);
        self.pods.push(planned.pod);
    }

    /// Folds the claims, for those of the cluster to stand over them.
    pub(in crate::adapters) fn before(&self, world: &mut WorldBuilder) -> Result<(), ConvertError> {
        fold(FitKind::Other(ObjectKind::Claims), &self.claims, world)
    }

    /// Folds the pods, to stand over those of the cluster.
    pub(in crate::adapters) fn after(&self, world: &mut WorldBuilder) -> Result<(), ConvertError> {
        fold(FitKind::Pod, &self.pods, world)
    }
}

fn fold(kind: FitKind, objects: &[Value], world: &mut WorldBuilder) -> Result<(), ConvertError> {
    for object in objects {
        read(kind, &object.to_string())?.fold(world);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
