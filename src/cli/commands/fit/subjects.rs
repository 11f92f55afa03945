//! The pods that are judged: named ones, those of a manifest, or all that wait for a node.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::adapters::files::{FileError, Problem, Purpose, Wanted};
use crate::adapters::manifest::{
    Additions, Forerunner, Manifest, Planned, Priority, from_template,
};
use crate::adapters::wire::ConvertError;
use crate::cli::error::CliError;
use crate::cli::place::{self, Place};
use crate::domain::fit::world::{self, PodIx, World};

use super::FitCommand;

/// Words for the kind of a pod.
const POD_KINDS: [&str; 3] = ["pod", "pods", "po"];

/// Words for the kinds of what makes pods.
const WORKLOAD_KINDS: [&str; 19] = [
    "deployment",
    "deployments",
    "deploy",
    "deployment.apps",
    "replicaset",
    "replicasets",
    "rs",
    "statefulset",
    "statefulsets",
    "sts",
    "statefulset.apps",
    "daemonset",
    "daemonsets",
    "ds",
    "job",
    "jobs",
    "cronjob",
    "cronjobs",
    "cj",
];

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
    let (bytes, source) = place::manifest(file)?;
    let manifest = Manifest::parse(&bytes, &source, &place.namespace)?;
    let mut plans = Plans {
        skipped: manifest.skipped,
        ..Plans::default()
    };
    for (at, pod) in manifest.pods {
        let failed = |fault: ConvertError| {
            let problem = Problem::Object {
                place: at,
                message: fault.to_string(),
            };
            CliError::from(FileError::about(&source, Purpose::Manifest, problem))
        };
        let name = (pod.namespace().to_owned(), pod.name().to_owned());
        if plans.names.contains(&name) {
            let problem = format!("pod {}/{} was there before", name.0, name.1);
            return Err(failed(ConvertError::new(&pod.object, "", problem)));
        }
        plans.names.push(name);
        plans.additions.add(admitted(pod, place, failed).await?);
    }
    Ok(plans)
}

/// Lets the API server's defaults and admission, as far as they are known here, work on a pod.
async fn admitted(
    mut pod: Planned,
    place: &Place,
    failed: impl Fn(ConvertError) -> CliError,
) -> Result<Planned, CliError> {
    let priority = match pod.priority_class() {
        None => None,
        Some(class) => {
            let found = priority(class, place).await?.ok_or_else(|| {
                let problem = format!("no PriorityClass with name {class} was found");
                failed(pod.fault("spec.priorityClassName", problem))
            });
            Some(found?)
        }
    };
    pod.admit(priority);
    Ok(pod)
}

async fn priority(name: &str, place: &Place) -> Result<Option<Priority>, CliError> {
    let wanted = Wanted {
        group: "scheduling.k8s.io",
        kind: "PriorityClass",
        namespace: "",
        name,
    };
    let found = place.find(wanted).await?;
    let known = found.as_ref().and_then(Priority::of);
    Ok(known.or_else(|| Priority::of_system(name)))
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
    let failed = |fault: ConvertError| CliError::unplanned(format!("error: {fault}"));
    let fresh = match &owner {
        None => None,
        Some(owner) => {
            let forerunner = Forerunner { pod: &pod, owner };
            from_template(forerunner).map_err(failed)?
        }
    };
    match fresh {
        Some(fresh) => admitted(fresh, place, failed).await,
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
    if let [kind, name, ..] = typed
        && POD_KINDS.contains(&kind.to_lowercase().as_str())
    {
        let name = name.escape_default();
        return Err(CliError::usage(format!(
            "{kind:?} is a kind, not a name: write pod/{name}, or {name} alone"
        )));
    }
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
        let pod = world.find_pod(namespace, name);
        let pod =
            pod.ok_or_else(|| not_found(name).with_hint(elsewhere(namespace, name, world)))?;
        Ok(Subject { pod })
    });
    found.collect()
}

/// Says where a pod could be that is not where it was looked for.
fn elsewhere(namespace: &str, name: &str, world: &World) -> String {
    let pods = || (0..world.pods.len()).map(PodIx::at);
    let namespace_of = |pod: PodIx| world.kind_of(pod).namespace.to_string();
    let others: BTreeSet<String> = pods()
        .filter(|pod| *world.pod(*pod).name == *name)
        .map(namespace_of)
        .collect();
    if !others.is_empty() {
        let paths = others.iter().map(|other| format!("{other}/{name}"));
        let paths: Vec<String> = paths.collect();
        return format!("there is {}", paths.join(", "));
    }
    let (namespace, name) = (namespace.escape_default(), name.escape_default());
    if WORKLOAD_KINDS.contains(&namespace.to_string().to_lowercase().as_str()) {
        return format!(
            "fit judges pods: for those that it makes, 'kubectl get {namespace} {name} -o yaml | kubectl nodemaint fit -f -'"
        );
    }
    if !pods().any(|pod| namespace_of(pod) == namespace.to_string()) {
        return format!("no unfinished pod is in namespace {namespace}");
    }
    format!(
        "no unfinished pod of that name is in namespace {namespace}; NAMESPACE/NAME or -n names another"
    )
}

fn pending(command: &FitCommand, place: &Place, world: &World) -> Vec<Subject> {
    let all = (0..world.pods.len()).map(PodIx::at);
    let waiting = all.filter(|pod| {
        let is_here = command.all_namespaces || *world.kind_of(*pod).namespace == *place.namespace;
        is_here && world.pod(*pod).place == world::Place::Pending
    });
    waiting.map(|pod| Subject { pod }).collect()
}
