//! Worlds out of every form of file; and that a written snapshot is the same world.

use super::*;
use crate::adapters::files::{Format, Objects, render};
use crate::adapters::wire::fit::examples;
use crate::domain::fit::world::Place;
use crate::domain::snapshot::{ClusterId, Snapshot};

fn source(text: &str) -> Source {
    Source::Text {
        name: "f.yaml".to_owned(),
        bytes: text.as_bytes().to_vec(),
    }
}

fn world(text: &str) -> World {
    source(text)
        .world(None, &Additions::default())
        .unwrap()
        .world
}

fn refusal(text: &str) -> String {
    source(text)
        .world(None, &Additions::default())
        .unwrap_err()
        .to_string()
}

/// Everything in a world, in an order of its own.
fn picture(world: &World) -> String {
    let mut pods: Vec<String> = Vec::new();
    for (index, pod) in world.pods.iter().enumerate() {
        let kind = &world.kinds[pod.kind.index()];
        let place = match &pod.place {
            Place::On(node) => world.node(*node).object.name.clone(),
            other => format!("{other:?}"),
        };
        let path = world.path(crate::domain::fit::world::PodIx::at(index));
        let nominated = pod.nominated.map(|node| &world.node(node).object.name);
        pods.push(format!(
            "{path} {} {place} {nominated:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
            pod.uid,
            pod.life,
            pod.usage,
            pod.created,
            pod.started,
            pod.controller,
            pod.extra,
            kind.labels,
            kind.spec
        ));
    }
    pods.sort();
    let nodes: Vec<_> = world.nodes.iter().map(|node| &node.object).collect();
    format!(
        "{:?} {nodes:#?} {pods:#?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
        world.minor,
        world.used,
        world.scalars,
        world.namespaces,
        world.claims,
        world.volumes,
        world.storage_classes,
        world.csi_nodes,
        world.csi_drivers,
        world.capacities,
        world.attachments,
        world.services,
        sorted(&world.workloads),
        world.resource_claims,
        world.device_classes,
        world.unread,
    )
}

fn sorted<T: std::fmt::Debug>(objects: &[T]) -> Vec<String> {
    let mut texts: Vec<String> = objects.iter().map(|object| format!("{object:?}")).collect();
    texts.sort();
    texts
}

/// One list of every kind, as `kubectl get -o json` writes it.
fn everything() -> String {
    let items = FitKind::all().map(|kind| {
        let mut item: serde_json::Value = serde_json::from_str(examples::of(kind)).unwrap();
        item["apiVersion"] = kind.api_version().into();
        item["kind"] = kind.name().into();
        item
    });
    let items: Vec<serde_json::Value> = items.collect();
    serde_json::json!({"apiVersion": "v1", "items": items, "kind": "List"}).to_string()
}

fn written(format: Format) -> String {
    let mut objects = Objects::default();
    for kind in FitKind::all() {
        objects
            .take(&kind.api_version(), kind.name(), examples::of(kind))
            .unwrap();
        if let FitKind::Other(kind) = kind {
            objects.read_all(kind.resource());
        }
    }
    let snapshot = Snapshot {
        nodes: objects
            .nodes
            .drain(..)
            .map(|node| (node.id.name.clone(), node))
            .collect(),
        pods: std::mem::take(&mut objects.pods),
        cluster: ClusterId {
            server: String::new(),
            version: "v1.37.2".to_owned(),
        },
        ..Snapshot::default()
    };
    render(&snapshot, &objects, format).unwrap()
}

#[test]
fn a_snapshot_is_the_world_that_it_was_taken_of() {
    let seen = picture(&world(&everything()));
    for format in [Format::Yaml, Format::Json] {
        let text = written(format);
        assert_eq!(picture(&world(&text)), seen, "{format:?}");
        let drains =
            crate::adapters::files::parse(text.as_bytes(), "f", jiff::Timestamp::default());
        let drains = drains.expect("drains read it too");
        assert_eq!((drains.nodes.len(), drains.pods.len()), (1, 1));
    }
}

#[test]
fn json_is_the_same_read_whole_or_in_a_stream_from_a_file() {
    let text = everything();
    let yaml = serde_saphyr::to_string(&serde_json::from_str::<serde_json::Value>(&text).unwrap())
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cluster");
    std::fs::write(&path, format!("\n {text}\n{text} ")).unwrap();
    let streamed = Source::File(path)
        .world(None, &Additions::default())
        .unwrap()
        .world;
    assert_eq!(picture(&streamed), picture(&world(&yaml)));
}

const NODE: &str =
    "apiVersion: v1\nkind: Node\nmetadata: {name: n1}\nstatus: {allocatable: {cpu: 1, pods: 10}}\n";

fn pod(phase: &str, node: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: p, namespace: s}}\nspec: {{nodeName: {node}}}\nstatus: {{phase: {phase}}}\n"
    )
}

#[test]
fn what_a_file_does_not_hold_is_unread_kind_by_kind() {
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: s}\n";
    let world = world(&format!("{NODE}{service}"));
    assert_eq!(world.unread(ObjectKind::Services), None);
    assert_eq!(
        world.unread(ObjectKind::Volumes).unwrap(),
        "persistentvolumes could not be read: the file holds no PersistentVolume, and does not say that the cluster has none"
    );
    assert_eq!(world.unread.len(), 13);
}

#[test]
fn a_snapshot_says_which_kinds_it_holds_and_why_not_the_others() {
    let text = "apiVersion: nodemaint.dev/v1alpha1\nkind: Snapshot\nscheduling:\n  kinds: [services]\n  unread: [{what: persistentvolumes, reason: no right}]\nitems:\n- {apiVersion: v1, kind: Node, metadata: {name: n1}}\ncontents: {objects: 1}\n";
    let world = world(text);
    assert_eq!(world.unread(ObjectKind::Services), None);
    assert_eq!(
        world.unread(ObjectKind::Volumes).unwrap(),
        "persistentvolumes could not be read: no right"
    );
    assert!(world.unread(ObjectKind::Namespaces).is_some());
}

#[test]
fn of_objects_that_come_twice_the_later_stands() {
    let moved = world(&format!(
        "{NODE}{}---\n{NODE}{}",
        pod("Running", "n1"),
        pod("Running", "gone")
    ));
    assert_eq!((moved.nodes.len(), moved.pods.len()), (1, 1));
    assert_eq!(moved.pods[0].place, Place::Lost("gone".into()));
    let ended = world(&format!(
        "{NODE}{}---\n{}",
        pod("Running", "n1"),
        pod("Succeeded", "n1")
    ));
    assert_eq!(ended.pods.len(), 0);
}

#[test]
fn a_pod_that_comes_again_does_not_touch_the_others() {
    let named =
        |name: &str, phase: &str| pod(phase, "n1").replace("name: p,", &format!("name: {name},"));
    let mut text = NODE.to_owned();
    for (name, phase) in [
        ("a", "Running"),
        ("b", "Running"),
        ("c", "Running"),
        ("a", "Succeeded"),
        ("c", "Pending"),
        ("b", "Running"),
        ("d", "Running"),
        ("c", "Running"),
    ] {
        text = format!("{text}---\n{}", named(name, phase));
    }
    let world = world(&text);
    let mut names: Vec<&str> = world.pods.iter().map(|pod| &*pod.name).collect();
    names.sort_unstable();
    assert_eq!(names, ["b", "c", "d"]);
    assert_eq!(world.on_node[0].len(), 3);
    for name in names {
        let found = world.find_pod("s", name).unwrap();
        assert_eq!(&*world.pod(found).name, name);
    }
}

#[test]
fn kinds_that_no_rule_reads_are_counted() {
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n";
    let file = source(&format!("{NODE}{map}{map}"))
        .world(None, &Additions::default())
        .unwrap();
    assert_eq!(file.skipped, [("ConfigMap".to_owned(), 2)].into());
}

#[test]
fn the_version_that_a_snapshot_states_decides_how_pods_count() {
    let version = |text: &str| {
        source(text)
            .world(None, &Additions::default())
            .unwrap()
            .world
            .minor
    };
    let head = r#""apiVersion": "nodemaint.dev/v1alpha1", "kind": "Snapshot", "cluster": {"version": "v1.35.4"}"#;
    let items = r#""items": [{"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1"}}], "contents": {"objects": 1}"#;
    assert_eq!(version(&format!("{{{head}, {items}}}")), Minor::V1_35);
    assert_eq!(version(&format!("{{{items}, {head}}}")), Minor::V1_35);
    let asked =
        source(&format!("{{{head}, {items}}}")).world(Some(Minor::V1_36), &Additions::default());
    assert_eq!(asked.unwrap().world.minor, Minor::V1_36);
}

#[test]
fn bad_files_say_which_object_and_which_field() {
    let bad = NODE.replace("cpu: 1", "cpu: much");
    let shape = NODE.replace("{cpu: 1, pods: 10}", "[]");
    let list = |item: &str| format!(r#"{{"apiVersion": "v1", "items": [{item}], "kind": "List"}}"#);
    let table = [
        (
            bad,
            r#"f.yaml: document 1: Node n1: status.allocatable.cpu: "much" is not a quantity such as 500m, 2 or 1Gi"#,
        ),
        (
            shape,
            "f.yaml: document 1: Node n1: status.allocatable: invalid type: sequence, expected a map",
        ),
        (
            "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n".to_owned(),
            "f.yaml holds no Node",
        ),
        (
            list(r#"{"kind": "Node"}"#),
            "f.yaml: document 1, items[0]: it is not an object with an apiVersion and a kind",
        ),
        (
            list(r#"{"metadata": {}}"#),
            "f.yaml: document 1, items[0]: it is not an object with an apiVersion and a kind",
        ),
        (
            r#"{"apiVersion": "v1", "items": ["#.to_owned(),
            "f.yaml is only a part of a file: it ends on line 1 in the middle of a value",
        ),
        (
            r#"{"apiVersion": "v1", "items": []}"#.to_owned(),
            "f.yaml is only a part of a file: the list of document 1 has no kind behind its items",
        ),
        (
            r#"{"apiVersion": "v1" "x"}"#.to_owned(),
            "f.yaml: line 1: expected `,` or `}`",
        ),
        (String::new(), "f.yaml is empty"),
    ];
    for (text, message) in table {
        assert_eq!(refusal(&text), message, "{text}");
    }
}

#[test]
fn a_list_of_one_kind_names_it_only_once() {
    let text = r#"{"items": [{"metadata": {"name": "n1"}}, {"metadata": {"name": "n2"}}], "kind": "NodeList", "apiVersion": "v1"}"#;
    assert_eq!(world(text).nodes.len(), 2);
}

#[test]
fn an_object_is_found_by_group_kind_and_name() {
    let wanted = Wanted {
        group: "apps",
        kind: "ReplicaSet",
        namespace: "shop",
        name: "web",
    };
    let found = source(&everything()).find(wanted).unwrap().unwrap();
    assert_eq!(found["spec"]["replicas"], 2);
    let other = Wanted {
        group: "",
        ..wanted
    };
    assert_eq!(source(&everything()).find(other).unwrap(), None);
}
