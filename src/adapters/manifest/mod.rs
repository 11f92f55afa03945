//! Pods that are not in the cluster yet: what a manifest asks for, as the API server would store it.
//!
//! A manifest is not a pod. Between the two stand the controller that makes pods of a template, and the API server, which
//! fills in defaults and runs its admission. What those do that a rule of the scheduler can see is done here.

mod defaults;
mod template;

use std::collections::BTreeMap;

use serde_json::Value;

use super::files::{FileError, Problem, documents};
use super::wire::fit::{FitKind, ReadError, read};
use crate::domain::fit::world::{ObjectKind, WorldBuilder};

pub use defaults::Priority;
pub use template::{Forerunner, from_template};

/// A pod that a manifest asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    /// What the manifest calls it: kind and name.
    pub origin: String,
    pod: Value,
    claims: Vec<Value>,
}

/// What a text of manifests asks for.
#[derive(Debug, Default)]
pub struct Manifest {
    /// One pod for each pod or template, in order.
    pub pods: Vec<Planned>,
    /// How many objects of each kind make no pods.
    pub skipped: BTreeMap<String, usize>,
}

impl Manifest {
    /// Reads manifests: YAML or JSON, several documents, lists. Objects without a namespace are in `namespace`.
    ///
    /// # Errors
    ///
    /// Names the source and the line, or the object.
    pub fn parse(bytes: &[u8], source: &str, namespace: &str) -> Result<Manifest, FileError> {
        let objects = documents(bytes, source)?;
        let mut manifest = Manifest::default();
        for object in objects {
            match template::planned(&object, namespace) {
                Some(planned) => manifest.pods.push(planned),
                None => {
                    let kind = object["kind"].as_str().unwrap_or_default().to_owned();
                    *manifest.skipped.entry(kind).or_default() += 1;
                }
            }
        }
        match manifest.pods.is_empty() {
            true => Err(FileError::new(source, Problem::NoPods)),
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
    pub(in crate::adapters) fn before(&self, world: &mut WorldBuilder) -> Result<(), String> {
        fold(FitKind::Other(ObjectKind::Claims), &self.claims, world)
    }

    /// Folds the pods, to stand over those of the cluster.
    pub(in crate::adapters) fn after(&self, world: &mut WorldBuilder) -> Result<(), String> {
        fold(FitKind::Pod, &self.pods, world)
    }
}

fn fold(kind: FitKind, objects: &[Value], world: &mut WorldBuilder) -> Result<(), String> {
    for object in objects {
        let read = read(kind, &object.to_string()).map_err(|error| match error {
            ReadError::Shape(cause) => {
                let name = object["metadata"]["name"].as_str().unwrap_or_default();
                let words = cause.to_string();
                let words = words.split(" at line ").next().unwrap_or_default();
                format!("{} {name}: {words}", kind.name())
            }
            ReadError::Value(error) => error.to_string(),
        })?;
        read.fold(world);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
