//! Nodes of a manifest: machines that are not in a cluster, as they would be there.

use serde_json::Value;

use super::error::{FileError, Place, Problem, Purpose};
use super::{text, values};
use crate::adapters::wire::fit::{FitKind, read};
use crate::adapters::wire::{ConvertError, Node, decode};
use crate::domain::assume::AssumedNode;
use crate::domain::fit::profile::Minor;
use crate::domain::fit::world::WorldBuilder;
use crate::domain::node::{self, NodeHealth};

/// Amounts without which no pod could run on a node.
const NEEDED: [&str; 3] = ["cpu", "memory", "pods"];

/// Reads the nodes of a manifest: YAML or JSON, several documents, lists. They are taken to be ready.
///
/// # Errors
///
/// Names the source and the line, or the document, the object and the field.
pub fn nodes(bytes: &[u8], source: &str) -> Result<Vec<AssumedNode>, FileError> {
    let failed = |problem| FileError::about(source, Purpose::Nodes, problem);
    let mut nodes = Vec::new();
    let objects = text(bytes).and_then(values::objects).map_err(failed)?;
    for (place, object) in objects {
        nodes.push(node(&object).map_err(|cause| failed(at(place, &cause)))?);
    }
    match nodes.is_empty() {
        true => Err(failed(Problem::NoNodes)),
        false => Ok(nodes),
    }
}

fn at(place: Place, cause: &ConvertError) -> Problem {
    Problem::Object {
        place,
        message: cause.to_string(),
    }
}

fn node(object: &Value) -> Result<AssumedNode, ConvertError> {
    let kind = object["kind"].as_str().unwrap_or_default();
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    if kind != "Node" {
        let what = format!("{kind} {name}");
        return Err(ConvertError::new(what.trim(), "kind", "is not Node"));
    }
    let this = format!("Node {name}");
    let allocatable = &object["status"]["allocatable"];
    if let Some(missing) = NEEDED.iter().find(|amount| allocatable[**amount].is_null()) {
        return Err(ConvertError::new(
            &this,
            format!("status.allocatable.{missing}"),
            "is not there: without it no pod could run on the node",
        ));
    }
    let text = object.to_string();
    let mut builder = WorldBuilder::new(Minor::NEWEST);
    read(FitKind::Node, &text)?.fold(&mut builder);
    let mut node: node::Node = decode::<Node>(kind, &text)?.try_into()?;
    node.health = NodeHealth::Ready;
    let rows = builder.finish().nodes.into_iter();
    rows.map(|row| row.object)
        .next()
        .map(|object| AssumedNode { node, object })
        .ok_or_else(|| ConvertError::new(&this, "metadata.name", "is not there"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BIG: &str = "
apiVersion: v1
kind: Node
metadata: {name: big, labels: {kubernetes.io/arch: arm64}}
spec: {taints: [{key: dedicated, value: db, effect: NoSchedule}]}
status: {allocatable: {cpu: 7500m, memory: 30Gi, pods: '58'}}
";

    fn message(text: &str) -> String {
        nodes(text.as_bytes(), "big.yaml").unwrap_err().to_string()
    }

    #[test]
    fn nodes_of_documents_and_lists_are_ready() {
        let two = format!("{BIG}---{BIG}");
        let nodes = nodes(two.as_bytes(), "big.yaml").unwrap();
        assert_eq!(nodes.len(), 2);
        let first = &nodes[0];
        assert_eq!(
            (first.node.name(), first.node.health),
            ("big", NodeHealth::Ready)
        );
        assert_eq!(first.object.taints.len(), 1);
        assert_eq!(first.object.allocatable["cpu"].milli_value(), 7500);
    }

    #[test]
    fn what_is_missing_is_told_with_file_document_and_field() {
        let without = BIG.replace(", pods: '58'", "");
        assert_eq!(
            message(&format!("{BIG}---{without}")),
            "big.yaml: document 2: Node big: status.allocatable.pods: is not there: without it no pod could run on the node"
        );
        let wrong = BIG.replace("30Gi", "lots");
        assert!(
            message(&wrong).contains("Node big: status.allocatable"),
            "{}",
            message(&wrong)
        );
        let pod = BIG.replace("kind: Node", "kind: Pod");
        assert_eq!(
            message(&pod),
            "big.yaml: document 1: Pod big: kind: is not Node"
        );
        assert!(
            message("apiVersion: v1\nkind: List\nitems: []\n")
                .starts_with("big.yaml holds no Node")
        );
    }
}
