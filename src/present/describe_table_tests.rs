//! A described node as it looks on a page.

use super::*;
use crate::domain::describe::{
    Attachment, ContainerAmounts, Event, NodeCondition, NodeFacts, PodAmounts, PodFacts, Side,
    View, describe,
};
use crate::domain::fit::object::Resources;
use crate::domain::mark::Mark;
use crate::domain::node::Scheduling;
use crate::domain::symptoms::{ContainerRole, ContainerState, ContainerSymptom, Symptoms, Told};
use crate::domain::taint::{Effect, Taint};
use crate::present::plan_table::Detail;
use crate::present::style::Colors;
use crate::testing::{PodBuilder, labels, node, now, pod, snapshot, workload};

const PLAIN: Page = Page {
    colors: Colors::Off,
    width: Some(100),
    detail: Detail::Normal,
};

fn before(seconds: i64) -> Option<Timestamp> {
    Timestamp::from_second(now().as_second() - seconds).ok()
}

fn resources(pairs: &[(&str, &str)]) -> Resources {
    let amount = |text: &str| Quantity::parse(text).expect("a quantity");
    pairs
        .iter()
        .map(|(name, text)| ((*name).to_owned(), amount(text)))
        .collect()
}

fn facts(builder: PodBuilder, cpu: &str) -> PodFacts {
    let mut pod = builder.build();
    pod.created = before(7200 * 2);
    let main = ContainerAmounts {
        spec: resources(&[("cpu", cpu), ("memory", "64Mi")]),
        ..ContainerAmounts::default()
    };
    PodFacts {
        pod,
        claims: Vec::new(),
        amounts: PodAmounts {
            requests: Side {
                containers: vec![main],
                ..Side::default()
            },
            ..PodAmounts::default()
        },
    }
}

fn described() -> NodeDescription {
    let mut worker = node("worker-2");
    worker.labels = labels(&[("node-role.kubernetes.io/worker", "")]);
    worker.scheduling = Scheduling::Disabled;
    let mark = Mark {
        at: before(720),
        ..Mark::new("ana", now(), Some("kernel update"), Some("OPS-1"))
    };
    for (key, value) in mark.annotations() {
        worker
            .annotations
            .extend(value.map(|value| (key.to_owned(), value)));
    }
    worker.taints = vec![Taint {
        key: "node.kubernetes.io/unschedulable".to_owned(),
        value: String::new(),
        effect: Effect::NoSchedule,
        time_added: before(719),
    }];
    let stuck = ContainerSymptom {
        name: "main".to_owned(),
        role: ContainerRole::App,
        state: ContainerState::Waiting(Told {
            reason: "ImagePullBackOff".to_owned(),
            message: String::new(),
        }),
        restarts: 0,
        last: None,
    };
    let stuck = Symptoms {
        containers: vec![stuck],
        ..Symptoms::default()
    };
    let of = |name: &str, owner: (&str, &str)| pod(name).on("worker-2").owned_by(owner.0, owner.1);
    let pods = vec![
        facts(of("shop/web-1", ("ReplicaSet", "web")), "500m"),
        facts(
            of("shop/web-2", ("ReplicaSet", "web"))
                .phase(Phase::Pending)
                .symptoms(stuck),
            "500m",
        ),
        facts(of("shop/agent", ("DaemonSet", "agent")), "100m"),
    ];
    let mut cluster = snapshot()
        .node(worker.clone())
        .owner(workload("ReplicaSet", "shop/web", 2))
        .owner(workload("DaemonSet", "shop/agent", 1));
    for facts in &pods {
        cluster = cluster.pod(facts.pod.clone());
    }
    let condition = |kind: &str, status: &str, reason: &str, message: &str| NodeCondition {
        kind: kind.to_owned(),
        status: status.to_owned(),
        reason: reason.to_owned(),
        message: message.to_owned(),
        since: before(86400 * 3),
        heartbeat: before(30),
    };
    let amounts = resources(&[("cpu", "8"), ("memory", "16Gi"), ("pods", "110")]);
    let view = View {
        node: worker,
        facts: NodeFacts {
            created: before(86400 * 84),
            conditions: vec![
                condition(
                    "MemoryPressure",
                    "True",
                    "Low",
                    "the kubelet has little memory left",
                ),
                condition("Ready", "True", "KubeletReady", "fine"),
            ],
            capacity: amounts.clone(),
            allocatable: amounts,
            kubelet: "v1.37.2".to_owned(),
            system: vec!["Debian 13".to_owned()],
        },
        pods,
        attachments: Ok(vec![Attachment {
            volume: "pv-1".to_owned(),
            attacher: "csi.example".to_owned(),
            state: AttachmentState::Attached,
            claim: Some(("shop".to_owned(), "data".to_owned())),
        }]),
        events: Ok(vec![Event {
            kind: "Normal".to_owned(),
            reason: "NodeNotSchedulable".to_owned(),
            message: "Node worker-2 status is now: NodeNotSchedulable".to_owned(),
            from: "kubelet".to_owned(),
            count: 2,
            last: before(720),
        }]),
    };
    describe(view, &cluster.build()).expect("the node is there")
}

#[test]
fn the_sections_are_those_of_kubectl_with_what_a_drain_means_to_them() {
    let expected = "\
Name:         worker-2
Roles:        worker
State:        Ready,SchedulingDisabled
Maintenance:  by ana since 12m: kernel update (OPS-1)
Drain:        ready, 2 of 3 pods leave, 1 stays
Kubelet:      v1.37.2, Debian 13
Age:          84d
Conditions:
  TYPE            STATUS  AGE  HEARTBEAT  REASON
  MemoryPressure  True    3d   30s        Low
    the kubelet has little memory left
  Ready           True    3d   30s        KubeletReady
Taints:
  node.kubernetes.io/unschedulable:NoSchedule (11m)
Allocated resources:
  RESOURCE           CAPACITY  ALLOCATABLE  REQUESTS     LIMITS  AFTER DRAIN
  cpu                8         8            1100m (13%)  0 (0%)  100m (1%)
  memory             16Gi      16Gi         192Mi (1%)   0 (0%)  64Mi (0%)
  ephemeral-storage  -         -            0 (0%)       0 (0%)  0 (0%)
Pods (3 in total, 3 non-terminated; fate in 'drain --ignore-daemonsets'):
  POD         FATE   WAVE  PHASE    CPU   MEMORY  AGE
  shop/agent  skip         Running  100m  64Mi    4h
    is managed by DaemonSet agent and stays
  shop/web-1  evict  1     Running  500m  64Mi    4h
  shop/web-2  evict  1     Pending  500m  64Mi    4h
    container main cannot get its image (ImagePullBackOff) -> kubectl describe pod web-2 -n shop
Budgets: <none>
Volumes attached:
  VOLUME  ATTACHER     STATE     CLAIM
  pv-1    csi.example  attached  shop/data
Events:
  TYPE    REASON              AGE       FROM     MESSAGE
  Normal  NodeNotSchedulable  12m (x2)  kubelet  Node worker-2 status is now: NodeNotSchedulable";
    assert_eq!(describe_table(&described(), PLAIN).join("\n"), expected);
}

#[test]
fn what_could_not_be_read_is_not_called_none() {
    let mut node = described();
    node.events = Err("the file holds no events".to_owned());
    node.attachments = Ok(Vec::new());
    let lines = describe_table(&node, PLAIN).join("\n");
    assert!(
        lines.contains("Volumes attached: <none>\nEvents:\n  not known: the file holds no events")
    );
}

#[test]
fn a_name_from_the_cluster_cannot_steer_the_terminal() {
    let mut node = described();
    node.facts.system = vec!["evil\u{1b}[2J".to_owned()];
    let lines = describe_table(&node, PLAIN).join("\n");
    assert!(lines.contains("evil\\u{1b}[2J"), "{lines}");
}

#[test]
fn a_silent_kubelet_is_told_once_for_all_pods() {
    let mut node = described();
    node.node.health = NodeHealth::Unreachable;
    for view in &mut node.pods {
        view.findings = vec![Finding {
            cause: Cause::KubeletGone,
            message: "its node does not report".to_owned(),
            next: String::new(),
        }];
    }
    let lines = describe_table(&node, PLAIN);
    let told = lines.iter().filter(|line| line.contains("does not report"));
    assert_eq!(told.count(), 1, "{lines:#?}");
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with("              pods that are asked to leave"))
    );
    assert!(
        lines.iter().all(|line| line.chars().count() <= 100),
        "{lines:#?}"
    );
}
