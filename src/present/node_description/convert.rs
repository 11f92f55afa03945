//! How a described node becomes the document.

use std::collections::BTreeMap;

use super::{
    Allocated, Attachment, Cause, Condition, Event, Finding, Maintenance, Node, NodeDescription,
    Phase, Pod, Share, Taint,
};
use crate::domain::describe as domain;
use crate::domain::describe::AttachmentState;
use crate::domain::diagnose;
use crate::domain::drain::fate::Return;
use crate::domain::drain::plan::PodPlan;
use crate::domain::fit::object::Resources;
use crate::domain::mark;
use crate::domain::node::NodeHealth;
use crate::domain::pod;
use crate::domain::taint;
use crate::present::drain_plan::{Budget, ClusterId, Health, Owner, Reason, Unread};

impl NodeDescription {
    /// Makes the document of nodes that were read together; there is at least one.
    pub fn new(nodes: &[domain::NodeDescription]) -> NodeDescription {
        let first = nodes.first();
        NodeDescription {
            api_version: "nodemaint.dev/v1alpha1".to_owned(),
            kind: "NodeDescription".to_owned(),
            cluster: ClusterId {
                server: first.map_or_else(String::new, |node| node.cluster.server.clone()),
                version: first.map_or_else(String::new, |node| node.cluster.version.clone()),
            },
            taken_at: first.map_or_else(String::new, |node| node.taken_at.to_string()),
            nodes: nodes.iter().map(Node::from).collect(),
        }
    }
}

fn text(time: Option<jiff::Timestamp>) -> Option<String> {
    time.map(|time| time.to_string())
}

impl From<&domain::NodeDescription> for Node {
    fn from(node: &domain::NodeDescription) -> Node {
        let mut unread: Vec<Unread> = node
            .unread
            .iter()
            .map(|unread| Unread {
                what: unread.what.clone(),
                reason: unread.reason.clone(),
            })
            .collect();
        unread.extend(gap("events", node.events.as_ref().err()));
        let attachments = node.attachments.as_ref();
        unread.extend(gap("volumeattachments.storage.k8s.io", attachments.err()));
        Node {
            name: node.node.id.name.clone(),
            uid: node.node.id.uid.clone(),
            roles: node.roles.clone(),
            created: text(node.facts.created),
            health: match node.node.health {
                NodeHealth::Ready => Health::Ready,
                NodeHealth::NotReady => Health::NotReady,
                NodeHealth::Unreachable => Health::Unreachable,
            },
            cordoned: node.node.is_cordoned(),
            maintenance: node.mark.as_ref().map(Maintenance::from),
            kubelet_version: node.facts.kubelet.clone(),
            system: node.facts.system.clone(),
            conditions: node.facts.conditions.iter().map(Condition::from).collect(),
            taints: node.node.taints.iter().map(Taint::from).collect(),
            allocated: node.allocated.iter().map(Allocated::from).collect(),
            verdict: node.plan.verdict.into(),
            pods: node
                .rows()
                .map(|(plan, view)| Pod::of(plan, view))
                .collect(),
            budgets: node.budgets.iter().map(Budget::from).collect(),
            attachments: attachments
                .ok()
                .map(|all| all.iter().map(Attachment::from).collect()),
            events: node
                .events
                .as_ref()
                .ok()
                .map(|all| all.iter().map(Event::from).collect()),
            complete: node.unread.is_empty(),
            unread,
        }
    }
}

fn gap(what: &str, reason: Option<&String>) -> Option<Unread> {
    reason.map(|reason| Unread {
        what: what.to_owned(),
        reason: reason.clone(),
    })
}

impl From<&mark::Mark> for Maintenance {
    fn from(mark: &mark::Mark) -> Maintenance {
        Maintenance {
            by: mark.by.clone(),
            at: text(mark.at),
            reason: mark.reason.clone(),
            ticket: mark.ticket.clone(),
        }
    }
}

impl From<&domain::NodeCondition> for Condition {
    fn from(condition: &domain::NodeCondition) -> Condition {
        Condition {
            kind: condition.kind.clone(),
            status: condition.status.clone(),
            reason: condition.reason.clone(),
            message: condition.message.clone(),
            since: text(condition.since),
            heartbeat: text(condition.heartbeat),
        }
    }
}

impl From<&taint::Taint> for Taint {
    fn from(taint: &taint::Taint) -> Taint {
        Taint {
            key: taint.key.clone(),
            value: taint.value.clone(),
            effect: taint.effect.as_str().to_owned(),
            time_added: text(taint.time_added),
        }
    }
}

impl From<&domain::Share> for Share {
    fn from(share: &domain::Share) -> Share {
        Share {
            amount: share.amount.to_string(),
            percent: share.percent,
        }
    }
}

impl From<&domain::Allocated> for Allocated {
    fn from(row: &domain::Allocated) -> Allocated {
        Allocated {
            resource: row.resource.clone(),
            capacity: row.capacity.map(|amount| amount.to_string()),
            allocatable: row.allocatable.map(|amount| amount.to_string()),
            requests: (&row.requests).into(),
            limits: (&row.limits).into(),
            after_drain: (&row.after_drain).into(),
        }
    }
}

impl Pod {
    fn of(plan: &PodPlan, view: &domain::PodView) -> Pod {
        let id = &plan.pod.id;
        Pod {
            namespace: id.namespace.clone(),
            name: id.name.clone(),
            uid: id.uid.clone(),
            phase: match plan.pod.phase {
                pod::Phase::Pending => Phase::Pending,
                pod::Phase::Running => Phase::Running,
                pod::Phase::Succeeded => Phase::Succeeded,
                pod::Phase::Failed => Phase::Failed,
                pod::Phase::Unknown => Phase::Unknown,
            },
            ready: plan.pod.readiness == pod::Readiness::Ready,
            terminating: plan.pod.is_terminating(),
            created: text(plan.pod.created),
            owner: plan.owner.as_ref().map(|owner| Owner {
                kind: owner.kind.clone(),
                name: owner.name.clone(),
            }),
            returns: match plan.returns {
                Return::Comes => Some(true),
                Return::Lost => Some(false),
                Return::Unknown => None,
            },
            fate: plan.fate.into(),
            wave: plan.wave,
            reasons: plan.reasons.iter().map(Reason::from).collect(),
            budgets: plan.budgets.iter().map(|budget| budget.path()).collect(),
            requests: amounts(&view.load.requests),
            limits: amounts(&view.load.limits),
            findings: view.findings.iter().map(Finding::from).collect(),
        }
    }
}

fn amounts(resources: &Resources) -> BTreeMap<String, String> {
    let amounts = resources.iter();
    amounts
        .map(|(name, amount)| (name.clone(), amount.to_string()))
        .collect()
}

impl From<&diagnose::Finding> for Finding {
    fn from(finding: &diagnose::Finding) -> Finding {
        Finding {
            cause: finding.cause.into(),
            message: finding.message.clone(),
            next: finding.next.clone(),
        }
    }
}

impl From<diagnose::Cause> for Cause {
    fn from(cause: diagnose::Cause) -> Cause {
        use diagnose::Cause as Domain;
        match cause {
            Domain::GraceRunning => Cause::GraceRunning,
            Domain::Finalizer => Cause::Finalizer,
            Domain::VolumeAttached => Cause::VolumeAttached,
            Domain::KubeletGone => Cause::KubeletGone,
            Domain::NodeGone => Cause::NodeGone,
            Domain::SlowToEnd => Cause::SlowToEnd,
            Domain::NotScheduled => Cause::NotScheduled,
            Domain::SchedulingGated => Cause::SchedulingGated,
            Domain::ImagePull => Cause::ImagePull,
            Domain::CrashLoop => Cause::CrashLoop,
            Domain::ContainerConfig => Cause::ContainerConfig,
            Domain::ContainerCreating => Cause::ContainerCreating,
            Domain::ContainerEnded => Cause::ContainerEnded,
            Domain::InitContainer => Cause::InitContainer,
            Domain::NotReady => Cause::NotReady,
            Domain::ReadinessGate => Cause::ReadinessGate,
            Domain::HeldByOwnBudget => Cause::HeldByOwnBudget,
            Domain::Evicted => Cause::Evicted,
            Domain::Finished => Cause::Finished,
            Domain::PhaseUnknown => Cause::PhaseUnknown,
        }
    }
}

impl From<&domain::Attachment> for Attachment {
    fn from(attachment: &domain::Attachment) -> Attachment {
        let claim = attachment.claim.as_ref();
        Attachment {
            volume: attachment.volume.clone(),
            attacher: attachment.attacher.clone(),
            attached: attachment.state == AttachmentState::Attached,
            claim: claim.map(|(namespace, name)| format!("{namespace}/{name}")),
        }
    }
}

impl From<&domain::Event> for Event {
    fn from(event: &domain::Event) -> Event {
        Event {
            kind: event.kind.clone(),
            reason: event.reason.clone(),
            message: event.message.clone(),
            from: event.from.clone(),
            count: event.count,
            last: text(event.last),
        }
    }
}
