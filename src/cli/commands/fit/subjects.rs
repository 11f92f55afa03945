//! The pods that are judged: named ones, those of a manifest, or all that wait for a node.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::adapters::files::Wanted;
use crate::adapters::manifest::{
    Additions, Forerunner, Manifest, Planned, Priority, from_template,
};
use crate::cli::error::CliError;
use crate::domain::fit::world::{self, PodIx, World};

use super::FitCommand;
use super::cluster::{self, Place};

/// Words for the kind of a pod.
const POD_KINDS: [&str; 3] = ["pod", "pods", "po"];

/// A pod to judge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Subject {
    /// The pod.
    pub pod: PodIx,
}

/// Namespace and name of a pod.
type Name = (String, String);

/// What is known of the pods before the cluster is read.
#[derive(Default)]
pub(super) struct Plans {
    /// What is added to the cluster.
    pub additions: Additions,
    /// Objects of the manifest that make no pods, by kind.
    pub skipped: BTreeMap<String, usize>,
    names: Vec<Name>,
}

/// Prepares the pods that do not stand in the cluster as they are.
pub(super) async fn planned(command: &FitCommand, place: &Place) -> Result<Plans, CliError> {
    if let Some(file) = &command.filename {
        return of_manifest(file, place).await;
    }
    let mut plans = Plans {
        names: names(&command.pods, &place.namespace)?,
        ..Plans::default()
    };
    if command.from_template {
        for name in plans.names.clone() {
            let successor = successor(&name, place).await?;
            plans.additions.add(successor);
        }
    }
    Ok(plans)
}

async fn of_manifest(file: &str, place: &Place) -> Result<Plans, CliError> {
    let (bytes, source) = cluster::manifest(file)?;
    let manifest = Manifest::parse(&bytes, &source, &place.namespace)?;
    let mut plans = Plans {
        skipped: manifest.skipped,
        ..Plans::default()
    };
    for pod in manifest.pods {
        let name = (pod.namespace().to_owned(), pod.name().to_owned());
        if name.1.is_empty() {
            let message = format!("error: {source}: {} has no name", pod.origin);
            return Err(CliError::unplanned(message));
        }
        if plans.names.contains(&name) {
            let message = format!(
                "error: {source}: two pods would be called {}/{}",
                name.0, name.1
            );
            return Err(CliError::unplanned(message));
        }
        plans.names.push(name);
        plans.additions.add(admitted(pod, place).await?);
    }
    Ok(plans)
}

/// Lets the API server's defaults and admission, as far as they are known here, work on a pod.
async fn admitted(mut pod: Planned, place: &Place) -> Result<Planned, CliError> {
    let priority = match pod.priority_class() {
        None => None,
        Some(class) => Some(priority(class, &pod, place).await?),
    };
    pod.admit(priority);
    Ok(pod)
}

async fn priority(name: &str, pod: &Planned, place: &Place) -> Result<Priority, CliError> {
    let wanted = Wanted {
        group: "scheduling.k8s.io",
        kind: "PriorityClass",
        namespace: "",
        name,
    };
    let found = place.find(wanted).await?;
    let known = found.as_ref().and_then(Priority::of);
    known.or_else(|| Priority::of_system(name)).ok_or_else(|| {
        CliError::unplanned(format!(
            "error: {}: no PriorityClass with name {name} was found",
            pod.origin
        ))
    })
}

/// Makes the pod that the owner of a running one would make today.
async fn successor((namespace, name): &Name, place: &Place) -> Result<Planned, CliError> {
    let pod = Wanted {
        group: "",
        kind: "Pod",
        namespace,
        name,
    };
    let Some(pod) = place.find(pod).await? else {
        return Err(not_found(name));
    };
    let owner = match controller(&pod) {
        None => None,
        Some((group, kind, owner)) => {
            let wanted = Wanted {
                group,
                kind,
                namespace,
                name: owner,
            };
            let found = place.find(wanted).await?;
            found.map(|mut object| {
                object["kind"] = kind.into();
                object
            })
        }
    };
    let fresh = owner.as_ref().and_then(|owner| {
        let forerunner = Forerunner { pod: &pod, owner };
        from_template(forerunner)
    });
    match fresh {
        Some(fresh) => admitted(fresh, place).await,
        None => Err(CliError::unplanned(format!(
            "error: pod {namespace}/{name} has no owner with a template that could be read"
        ))
        .with_hint("leave --from-template out to judge a copy of the pod itself")),
    }
}

/// Returns group, kind and name of a pod's controller.
fn controller(pod: &Value) -> Option<(&str, &str, &str)> {
    let owners = pod["metadata"]["ownerReferences"].as_array()?;
    let owner = owners.iter().find(|owner| owner["controller"] == true)?;
    let version = owner["apiVersion"].as_str()?;
    let group = version.split_once('/').map_or("", |(group, _)| group);
    Some((group, owner["kind"].as_str()?, owner["name"].as_str()?))
}

/// Reads the names that were typed; of duplicates the first stands.
fn names(typed: &[String], namespace: &str) -> Result<Vec<Name>, CliError> {
    let mut names: Vec<Name> = Vec::new();
    for word in typed {
        let name = match word.split_once('/') {
            None => (namespace.to_owned(), word.clone()),
            Some((kind, name)) if POD_KINDS.contains(&kind.to_lowercase().as_str()) => {
                (namespace.to_owned(), name.to_owned())
            }
            Some((own, name)) => (own.to_owned(), name.to_owned()),
        };
        if name.1.is_empty() || name.1.contains('/') {
            let word = word.escape_default();
            return Err(CliError::usage(format!(
                "\"{word}\" is not NAME, pod/NAME or NAMESPACE/NAME"
            )));
        }
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Ok(names)
}

fn not_found(name: &str) -> CliError {
    CliError::unplanned(format!(
        "Error from server (NotFound): pods \"{}\" not found",
        name.escape_default()
    ))
}

/// Finds the pods in the cluster that was read.
pub(super) fn find(
    command: &FitCommand,
    plans: &Plans,
    place: &Place,
    world: &World,
) -> Result<Vec<Subject>, CliError> {
    if command.pending {
        return Ok(pending(command, place, world));
    }
    let found = plans.names.iter().map(|(namespace, name)| {
        let pod = world.find_pod(namespace, name).ok_or_else(|| {
            not_found(name).with_hint(format!(
                "no unfinished pod of that name is in namespace {}; NAMESPACE/NAME or -n names another",
                namespace.escape_default()
            ))
        })?;
        Ok(Subject { pod })
    });
    found.collect()
}

fn pending(command: &FitCommand, place: &Place, world: &World) -> Vec<Subject> {
    let all = (0..world.pods.len()).map(PodIx::at);
    let waiting = all.filter(|pod| {
        let is_here = command.all_namespaces || *world.kind_of(*pod).namespace == *place.namespace;
        is_here && world.pod(*pod).place == world::Place::Pending
    });
    waiting.map(|pod| Subject { pod }).collect()
}
