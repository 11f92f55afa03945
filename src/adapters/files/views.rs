//! What a file holds of single nodes, for their descriptions.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::Source;
use super::document::{Object, SnapshotHead, Visitor};
use super::error::{FileError, Problem};
use super::owners::group;
use crate::adapters::wire::describe as wire;
use crate::domain::describe::{Attachment, Event, Known, NodeFacts, PodFacts, View};
use crate::domain::node::Node;

/// The resource of attachments as kubectl names it.
const ATTACHMENTS: &str = "volumeattachments.storage.k8s.io";

impl Source {
    /// Reads nodes with everything that a description of them says, in the order of the names; those that are not there
    /// are left out.
    ///
    /// # Errors
    ///
    /// As [`Source::world`].
    pub fn views(&self, names: &[String]) -> Result<Vec<View>, FileError> {
        let mut gatherer = Gatherer {
            wanted: names.iter().map(String::as_str).collect(),
            ..Gatherer::default()
        };
        self.visit(&mut gatherer)?;
        let views = names.iter().filter_map(|name| gatherer.view(name));
        Ok(views.collect())
    }
}

#[derive(Default)]
struct Gatherer<'a> {
    wanted: BTreeSet<&'a str>,
    nodes: BTreeMap<String, (Node, NodeFacts)>,
    pods: BTreeMap<(String, String), PodFacts>,
    attachments: BTreeMap<String, Vec<Attachment>>,
    events: BTreeMap<String, Vec<Event>>,
    claims: BTreeMap<String, Option<(String, String)>>,
    seen: BTreeSet<&'static str>,
    held: BTreeSet<String>,
    unread: BTreeMap<String, String>,
}

/// As much of a pod as tells whether it is wanted.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Bound {
    spec: BoundSpec,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct BoundSpec {
    node_name: Option<String>,
}

impl Visitor for Gatherer<'_> {
    fn snapshot(&mut self, head: SnapshotHead) -> Result<(), Problem> {
        self.held.extend(head.scheduling.kinds);
        let unread = head.scheduling.unread.into_iter();
        self.unread
            .extend(unread.map(|entry| (entry.what, entry.reason)));
        Ok(())
    }

    fn object(&mut self, object: Object<'_>) -> Result<(), Problem> {
        let fault = |cause| object.fault(cause);
        match (group(object.api_version), object.kind) {
            ("", "Node") => {
                let (node, facts) = wire::node(object.json).map_err(fault)?;
                if self.wanted.contains(node.name()) {
                    self.nodes.insert(node.id.name.clone(), (node, facts));
                }
            }
            ("", "Pod") if self.is_wanted(object.json) => {
                let facts = wire::pod(object.json).map_err(fault)?;
                let id = &facts.pod.id;
                let name = (id.namespace.clone(), id.name.clone());
                self.pods.insert(name, facts);
            }
            ("storage.k8s.io", "VolumeAttachment") => {
                self.seen.insert(ATTACHMENTS);
                let (node, attachment) = wire::attachment(object.json).map_err(fault)?;
                self.attachments.entry(node).or_default().push(attachment);
            }
            ("" | "events.k8s.io", "Event") => {
                self.seen.insert("events");
                if let Some((node, event)) = wire::event(object.json).map_err(fault)? {
                    self.events.entry(node).or_default().push(event);
                }
            }
            ("", "PersistentVolume") => {
                let (volume, claim) = wire::volume(object.json).map_err(fault)?;
                self.claims.insert(volume, claim);
            }
            _ => {}
        }
        Ok(())
    }
}

impl Gatherer<'_> {
    fn is_wanted(&self, pod: &str) -> bool {
        // What cannot be read here is refused with words when it is read as a whole.
        let bound: Bound = serde_json::from_str(pod).unwrap_or_default();
        let node = bound.spec.node_name;
        node.is_some_and(|node| self.wanted.contains(node.as_str()))
    }

    fn view(&self, name: &str) -> Option<View> {
        let (node, facts) = self.nodes.get(name)?;
        let here = |facts: &&PodFacts| facts.pod.node.as_deref() == Some(name);
        let mut attachments = self.of(&self.attachments, name, ATTACHMENTS);
        for attachment in attachments.iter_mut().flatten() {
            let claim = self.claims.get(&attachment.volume);
            attachment.claim = claim.cloned().flatten();
        }
        Some(View {
            node: node.clone(),
            facts: facts.clone(),
            pods: self.pods.values().filter(here).cloned().collect(),
            attachments,
            events: self.of(&self.events, name, "events"),
        })
    }

    /// Returns what there is for a node, or why nobody knows that there is nothing.
    fn of<T: Clone>(
        &self,
        known: &BTreeMap<String, Vec<T>>,
        node: &str,
        resource: &'static str,
    ) -> Known<Vec<T>> {
        if let Some(reason) = self.unread.get(resource) {
            return Err(reason.clone());
        }
        if self.seen.contains(resource) || self.held.contains(resource) {
            return Ok(known.get(node).cloned().unwrap_or_default());
        }
        Err(format!("the file holds no {resource}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(json: &str) -> Source {
        Source::Text {
            name: "t".to_owned(),
            bytes: json.as_bytes().to_vec(),
        }
    }

    const NODE: &str = r#"{"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1"}}"#;

    #[test]
    fn what_a_file_does_not_hold_is_not_known() {
        let views = text(NODE)
            .views(&["n1".to_owned(), "n2".to_owned()])
            .unwrap();
        let [view] = views.as_slice() else {
            panic!("{views:#?}")
        };
        assert_eq!(view.events, Err("the file holds no events".to_owned()));
        assert_eq!(
            view.attachments,
            Err(format!("the file holds no {ATTACHMENTS}"))
        );
    }

    #[test]
    fn only_what_belongs_to_the_node_is_gathered() {
        let pod = |name: &str, node: &str| {
            format!(
                r#"{{"apiVersion": "v1", "kind": "Pod", "metadata": {{"namespace": "s", "name": "{name}"}},
                    "spec": {{"nodeName": "{node}"}}}}"#
            )
        };
        let attached = r#"{"apiVersion": "storage.k8s.io/v1", "kind": "VolumeAttachment", "metadata": {"name": "a"},
            "spec": {"nodeName": "n1", "source": {"persistentVolumeName": "pv"}}, "status": {"attached": true}}"#;
        let volume = r#"{"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "pv"},
            "spec": {"claimRef": {"namespace": "s", "name": "data"}}}"#;
        let event = r#"{"apiVersion": "v1", "kind": "Event", "metadata": {"name": "e"},
            "involvedObject": {"kind": "Node", "name": "n1"}, "reason": "R"}"#;
        let all = [
            NODE,
            &pod("a", "n1"),
            &pod("b", "n2"),
            attached,
            volume,
            event,
        ]
        .join("\n");
        let views = text(&all).views(&["n1".to_owned()]).unwrap();
        let names: Vec<&str> = views[0]
            .pods
            .iter()
            .map(|p| p.pod.id.name.as_str())
            .collect();
        assert_eq!(names, ["a"]);
        assert_eq!(views[0].events.as_ref().unwrap()[0].reason, "R");
        let attachment = &views[0].attachments.as_ref().unwrap()[0];
        assert_eq!(attachment.claim, Some(("s".to_owned(), "data".to_owned())));
    }
}
