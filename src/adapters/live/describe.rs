//! Reads single nodes with everything that a description of them says.
//!
//! A node and its pods must be readable; events, attachments and volumes that may not be read are told as such.

use std::collections::BTreeMap;

use futures::stream::{self, StreamExt, TryStreamExt};

use super::http::{Call, Http, malformed};
use super::read::{List, Page, node_target, pages, pods_on_node};
use super::target::{Target, field_value};
use crate::adapters::wire::{ConvertError, Encoded, describe as wire};
use crate::domain::describe::{Attachment, Event, Known, NodeFacts, PodFacts, View};
use crate::domain::node::Node;
use crate::engine::cluster::{Failure, FailureKind};

/// Nodes read at once.
const PARALLEL: usize = 4;

/// Reads nodes, in the order of the names.
pub(super) async fn views(
    http: &Http,
    names: &[String],
    chunk_size: i64,
) -> Result<Vec<Option<View>>, Failure> {
    let single = names.iter().map(|name| view(http, name, chunk_size));
    let views = stream::iter(single.collect::<Vec<_>>())
        .buffered(PARALLEL)
        .try_collect::<Vec<Option<View>>>();
    let (mut views, attachments) = futures::try_join!(views, attachments(http, names, chunk_size))?;
    for view in views.iter_mut().flatten() {
        view.attachments = match &attachments {
            Ok(by_node) => Ok(by_node.get(view.node.name()).cloned().unwrap_or_default()),
            Err(reason) => Err(reason.clone()),
        };
    }
    Ok(views)
}

/// Reads a node, its pods and its events; who is attached comes later, for all nodes together.
async fn view(http: &Http, name: &str, chunk_size: i64) -> Result<Option<View>, Failure> {
    let (node, pods, events) = futures::try_join!(
        node(http, name),
        pods(http, name, chunk_size),
        events(http, name, chunk_size)
    )?;
    Ok(node.map(|(node, facts)| View {
        node,
        facts,
        pods,
        attachments: Ok(Vec::new()),
        events,
    }))
}

async fn node(http: &Http, name: &str) -> Result<Option<(Node, NodeFacts)>, Failure> {
    let call = Call::get(node_target(name)?);
    let Some(body) = http.send(call).await?.into_found("nodes")? else {
        return Ok(None);
    };
    let text = std::str::from_utf8(&body).map_err(|cause| malformed(&cause))?;
    let read = wire::node(text).map_err(|cause| malformed(&cause))?;
    Ok(Some(read))
}

async fn pods(http: &Http, node: &str, chunk_size: i64) -> Result<Vec<PodFacts>, Failure> {
    list(http, &pods_on_node(node, None), chunk_size, wire::pod).await
}

async fn events(http: &Http, node: &str, chunk_size: i64) -> Result<Known<Vec<Event>>, Failure> {
    let about = format!(
        "involvedObject.kind=Node,involvedObject.name={}",
        field_value(node)
    );
    let target = Target::new("/api/v1/events").query("fieldSelector", &about);
    let events = list(http, &target, chunk_size, wire::event).await;
    let of_nodes = |events: Vec<Option<(String, Event)>>| {
        let events = events.into_iter().flatten();
        events.map(|(_, event)| event).collect()
    };
    known(events.map(of_nodes))
}

/// Attachments by node.
type Attachments = BTreeMap<String, Vec<Attachment>>;

async fn attachments(
    http: &Http,
    names: &[String],
    chunk_size: i64,
) -> Result<Known<Attachments>, Failure> {
    let target = Target::new("/apis/storage.k8s.io/v1/volumeattachments");
    let all = match known(list(http, &target, chunk_size, wire::attachment).await)? {
        Ok(all) => all,
        Err(reason) => return Ok(Err(reason)),
    };
    let mut by_node = Attachments::new();
    for (node, attachment) in all {
        if names.contains(&node) {
            by_node.entry(node).or_default().push(attachment);
        }
    }
    if !by_node.is_empty() {
        let target = Target::new("/api/v1/persistentvolumes");
        // Without the volumes nobody knows whose they are; that they are attached is known all the same.
        let volumes = known(list(http, &target, chunk_size, wire::volume).await)?;
        let claims: BTreeMap<_, _> = volumes.unwrap_or_default().into_iter().collect();
        for attachment in by_node.values_mut().flatten() {
            attachment.claim = claims.get(&attachment.volume).cloned().flatten();
        }
    }
    Ok(Ok(by_node))
}

/// Turns a missing right, or a kind that the server does not have, into an answer.
fn known<T>(read: Result<T, Failure>) -> Result<Known<T>, Failure> {
    match read {
        Ok(read) => Ok(Ok(read)),
        Err(failure) if matches!(failure.kind, FailureKind::Forbidden | FailureKind::NotFound) => {
            Ok(Err(failure.message))
        }
        Err(failure) => Err(failure),
    }
}

async fn list<T>(
    http: &Http,
    target: &Target,
    chunk_size: i64,
    read: fn(&str) -> Result<T, ConvertError>,
) -> Result<Vec<T>, Failure> {
    let mut all = Vec::new();
    let json = List {
        target: target.clone(),
        message: None,
    };
    pages(http, &json, chunk_size, |page| {
        match page {
            Page::Start => all.clear(),
            Page::Items(items) => {
                for item in items {
                    let Encoded::Json(item) = item else {
                        return Err(malformed(&"it is no JSON, which alone was asked for"));
                    };
                    all.push(read(item).map_err(|cause| malformed(&cause))?);
                }
            }
        }
        Ok(())
    })
    .await?;
    Ok(all)
}
