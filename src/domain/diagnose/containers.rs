//! What containers do instead of running and being ready.

use jiff::Timestamp;

use super::{Cause, Finding, commands};
use crate::domain::pod::Pod;
use crate::domain::symptoms::{
    ContainerRole, ContainerState, ContainerSymptom, Ended, Startup, Told,
};

/// Reasons of a kubelet that cannot get an image.
const IMAGE: [&str; 5] = [
    "ErrImagePull",
    "ImagePullBackOff",
    "InvalidImageName",
    "ErrImageNeverPull",
    "ImageInspectError",
];

/// Reasons of a kubelet that could not make or start a container.
const BROKEN: [&str; 6] = [
    "CreateContainerConfigError",
    "CreateContainerError",
    "RunContainerError",
    "PreStartHookError",
    "PostStartHookError",
    "CreatePodSandboxError",
];

/// Says what is wrong with a pod's containers, the gravest first; init containers hide the others while they run.
pub(super) fn findings(pod: &Pod, now: Timestamp) -> Vec<Finding> {
    let Some(symptoms) = &pod.symptoms else {
        return Vec::new();
    };
    let judged = symptoms.containers.iter();
    let judged = judged.filter_map(|container| finding(pod, container, now));
    let mut findings: Vec<Finding> = judged.collect();
    if findings
        .iter()
        .any(|finding| weight(finding.cause) < OF_NO_INTEREST)
    {
        findings.retain(|finding| weight(finding.cause) < OF_NO_INTEREST);
    }
    findings.sort_by_key(|finding| weight(finding.cause));
    findings
}

/// From here on a finding is only the consequence of another.
const OF_NO_INTEREST: u8 = 5;

fn weight(cause: Cause) -> u8 {
    match cause {
        Cause::ContainerConfig => 0,
        Cause::ImagePull => 1,
        Cause::CrashLoop => 2,
        Cause::ContainerEnded => 3,
        Cause::InitContainer => 4,
        Cause::NotReady => 5,
        _ => 6,
    }
}

fn finding(pod: &Pod, container: &ContainerSymptom, now: Timestamp) -> Option<Finding> {
    let name = container.name.as_str();
    match &container.state {
        ContainerState::Waiting(told) => Some(waiting(pod, container, told, now)),
        ContainerState::Running { since, startup } => {
            let since = since.map_or_else(String::new, |at| format!(" for {}", age(at, now)));
            Some(match (container.role, startup) {
                (ContainerRole::Init, _) => Finding::new(
                    Cause::InitContainer,
                    format!("init container {name} has run{since}; the others start when it ends"),
                    commands::logs(pod, Some(name)),
                ),
                (ContainerRole::App, Startup::Pending) => Finding::new(
                    Cause::NotReady,
                    format!(
                        "container {name} has run{since} and its startup probe has not succeeded yet"
                    ),
                    commands::logs(pod, Some(name)),
                ),
                (ContainerRole::App, Startup::Done) => Finding::new(
                    Cause::NotReady,
                    format!(
                        "container {name} has run{since} and does not pass its readiness probe"
                    ),
                    commands::exec(pod, name),
                ),
            })
        }
        ContainerState::Terminated(ended) => Some(Finding::new(
            Cause::ContainerEnded,
            format!("{} {name} {}", role(container), ending(ended, now)),
            commands::logs(pod, Some(name)),
        )),
    }
}

fn waiting(pod: &Pod, container: &ContainerSymptom, told: &Told, now: Timestamp) -> Finding {
    let (role, name) = (role(container), &container.name);
    let reason = told.reason.as_str();
    let message = match told.message.is_empty() {
        true => String::new(),
        false => format!(": {}", told.message),
    };
    if IMAGE.contains(&reason) {
        let words = format!("{role} {name} cannot get its image ({reason}){message}");
        return Finding::new(Cause::ImagePull, words, commands::describe_pod(pod));
    }
    if BROKEN.contains(&reason) {
        let words = format!("{role} {name} cannot be started ({reason}){message}");
        return Finding::new(Cause::ContainerConfig, words, commands::describe_pod(pod));
    }
    if reason == "CrashLoopBackOff" {
        let last = container.last.as_ref();
        let last = last.map_or_else(String::new, |ended| {
            format!("; it {} last", ending(ended, now))
        });
        let times = match container.restarts {
            1 => "once".to_owned(),
            n => format!("{n} times"),
        };
        let words = format!("{role} {name} keeps ending and was started again {times}{last}");
        let next = commands::previous_logs(pod, name);
        return Finding::new(Cause::CrashLoop, words, next);
    }
    let reason = if reason.is_empty() {
        "no reason given"
    } else {
        reason
    };
    let words = format!("{role} {name} waits ({reason}){message}");
    Finding::new(Cause::ContainerCreating, words, commands::describe_pod(pod))
}

fn role(container: &ContainerSymptom) -> &'static str {
    match container.role {
        ContainerRole::App => "container",
        ContainerRole::Init => "init container",
    }
}

/// Says how a container ended: `ended with exit code 137 (OOMKilled) 3m ago`.
fn ending(ended: &Ended, now: Timestamp) -> String {
    let reason = match ended.reason.as_str() {
        "" | "Error" | "Completed" => String::new(),
        reason => format!(" ({reason})"),
    };
    let when = ended
        .at
        .map_or_else(String::new, |at| format!(" {} ago", age(at, now)));
    format!("ended with exit code {}{reason}{when}", ended.exit_code)
}

/// Returns how long ago something was, as kubectl writes ages.
pub(super) fn age(since: Timestamp, now: Timestamp) -> String {
    crate::domain::age::between(since, now)
}
