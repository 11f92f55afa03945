//! Reads: single objects, and lists page by page.
//!
//! Lists carry no `resourceVersion`, so the server answers with the newest state and never from a stale cache. Each page
//! becomes domain values before the next is asked for, so that memory follows the page and not the cluster.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::http::{Answer, Call, Http, decode, malformed};
use super::page;
use super::target::{Target, field_value};
use crate::adapters::wire::{self, Encoded, OfKind, protobuf};
use crate::domain::budget::Budget;
use crate::domain::node::Node;
use crate::domain::pod::Pod;
use crate::engine::cluster::{Failure, Listed, NodeDocument, NodeQuery, PodQuery};

pub(super) fn node_target(name: &str) -> Result<Target, Failure> {
    Target::new("/api/v1/nodes").name(name)
}

pub(super) fn pod_target(namespace: &str, name: &str) -> Result<Target, Failure> {
    pods_of(namespace)?.name(name)
}

fn pods_of(namespace: &str) -> Result<Target, Failure> {
    let namespaces = Target::new("/api/v1/namespaces");
    Ok(namespaces.name(namespace)?.part("/pods"))
}

pub(super) fn pods_on_node(node: &str, selector: Option<&str>) -> Target {
    let field = format!("spec.nodeName={}", field_value(node));
    Target::new("/api/v1/pods")
        .query("fieldSelector", &field)
        .query_some("labelSelector", selector)
}

pub(super) fn all_budgets() -> Target {
    Target::new("/apis/policy/v1/poddisruptionbudgets")
}

pub(super) async fn node(http: &Http, name: &str) -> Result<Option<Node>, Failure> {
    let body = http
        .send(Call::get(node_target(name)?))
        .await?
        .into_found("nodes")?;
    body.map(|body| parse::<wire::Node, Node>(&body))
        .transpose()
}

pub(super) async fn node_document(
    http: &Http,
    name: &str,
) -> Result<Option<NodeDocument>, Failure> {
    let body = http
        .send(Call::get(node_target(name)?))
        .await?
        .into_found("nodes")?;
    body.map(|body| parse_node_document(&body)).transpose()
}

/// Reads one node out of an answer, and keeps the whole object beside it.
pub(super) fn parse_node_document(body: &[u8]) -> Result<NodeDocument, Failure> {
    Ok(NodeDocument {
        node: parse::<wire::Node, Node>(body)?,
        document: decode(body)?,
    })
}

pub(super) async fn nodes(
    http: &Http,
    query: &NodeQuery,
    chunk_size: i64,
) -> Result<Vec<Node>, Failure> {
    let selector = match query {
        NodeQuery::All => None,
        NodeQuery::Selector(text) => Some(text.as_str()),
    };
    let target = Target::new("/api/v1/nodes").query_some("labelSelector", selector);
    let mut nodes = list::<wire::Node, Node>(http, &target, chunk_size)
        .await?
        .items;
    nodes.sort_by(|a, b| a.id.name.cmp(&b.id.name));
    Ok(nodes)
}

pub(super) async fn pods_on(
    http: &Http,
    node: &str,
    selector: Option<&str>,
    chunk_size: i64,
) -> Result<Listed<Pod>, Failure> {
    list::<wire::Pod, Pod>(http, &pods_on_node(node, selector), chunk_size).await
}

pub(super) async fn pods(
    http: &Http,
    query: &PodQuery,
    chunk_size: i64,
) -> Result<Vec<Pod>, Failure> {
    let target = match query {
        PodQuery::All => Target::new("/api/v1/pods"),
        PodQuery::Selected {
            namespace,
            selector,
        } => pods_of(namespace)?.query_some(
            "labelSelector",
            Some(selector.as_str()).filter(|s| !s.is_empty()),
        ),
    };
    Ok(list::<wire::Pod, Pod>(http, &target, chunk_size)
        .await?
        .items)
}

pub(super) async fn pod(http: &Http, namespace: &str, name: &str) -> Result<Option<Pod>, Failure> {
    let call = Call::get(pod_target(namespace, name)?);
    let body = http.send(call).await?.into_found("pods")?;
    body.map(|body| parse::<wire::Pod, Pod>(&body)).transpose()
}

pub(super) async fn budgets(http: &Http, chunk_size: i64) -> Result<Listed<Budget>, Failure> {
    list::<wire::PodDisruptionBudget, Budget>(http, &all_budgets(), chunk_size).await
}

pub(super) async fn budgets_of(
    http: &Http,
    namespace: &str,
    chunk_size: i64,
) -> Result<Vec<Budget>, Failure> {
    let target = Target::new("/apis/policy/v1/namespaces")
        .name(namespace)?
        .part("/poddisruptionbudgets");
    Ok(
        list::<wire::PodDisruptionBudget, Budget>(http, &target, chunk_size)
            .await?
            .items,
    )
}

pub(super) async fn ending_namespaces(
    http: &Http,
    chunk_size: i64,
) -> Result<BTreeSet<String>, Failure> {
    let target =
        Target::new("/api/v1/namespaces").query("fieldSelector", "status.phase=Terminating");
    let namespaces: Vec<wire::Namespace> = objects(http, target, chunk_size).await?.items;
    let names = namespaces.into_iter().map(|item| item.metadata.name);
    Ok(names.collect())
}

/// Lists instead of getting: the role for previews may list namespaces.
pub(super) async fn cluster_uid(http: &Http, chunk_size: i64) -> Result<Option<String>, Failure> {
    let target =
        Target::new("/api/v1/namespaces").query("fieldSelector", "metadata.name=kube-system");
    let namespaces: Vec<wire::Namespace> = objects(http, target, chunk_size).await?.items;
    Ok(namespaces.into_iter().map(|item| item.metadata.uid).next())
}

pub(super) async fn version(http: &Http) -> Result<String, Failure> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Version {
        git_version: String,
    }
    let body = http
        .send(Call::get(Target::new("/version")))
        .await?
        .into_body()?;
    Ok(decode::<Version>(&body)?.git_version)
}

pub(super) async fn whoami(http: &Http) -> Result<String, Failure> {
    #[derive(Deserialize)]
    struct Review {
        status: ReviewStatus,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct ReviewStatus {
        user_info: UserInfo,
    }
    #[derive(Deserialize)]
    struct UserInfo {
        username: String,
    }
    let question = serde_json::json!({
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "SelfSubjectReview",
    });
    let target = Target::new("/apis/authentication.k8s.io/v1/selfsubjectreviews");
    let body = http
        .send(Call::post(target, &question)?)
        .await?
        .into_body()?;
    Ok(decode::<Review>(&body)?.status.user_info.username)
}

/// Decodes one object and converts it.
pub(super) fn parse<W, D>(body: &[u8]) -> Result<D, Failure>
where
    W: DeserializeOwned,
    D: TryFrom<W, Error = wire::ConvertError>,
{
    convert(decode::<W>(body)?)
}

/// Converts one object.
pub(super) fn convert<W, D>(object: W) -> Result<D, Failure>
where
    D: TryFrom<W, Error = wire::ConvertError>,
{
    D::try_from(object).map_err(|error| malformed(&error))
}

/// Reads a whole list and converts it.
pub(super) async fn list<W, D>(
    http: &Http,
    target: &Target,
    chunk_size: i64,
) -> Result<Listed<D>, Failure>
where
    W: DeserializeOwned + OfKind + Send,
    D: TryFrom<W, Error = wire::ConvertError> + Send,
{
    let Listed {
        items,
        resource_version,
    } = objects::<W>(http, target.clone(), chunk_size).await?;
    Ok(Listed {
        items: items.into_iter().map(convert).collect::<Result<_, _>>()?,
        resource_version,
    })
}

/// Reads a whole list.
async fn objects<W>(http: &Http, target: Target, chunk_size: i64) -> Result<Listed<W>, Failure>
where
    W: DeserializeOwned + OfKind + Send,
{
    let list = List {
        target,
        message: protobuf::schema(W::KIND),
    };
    let mut all = Vec::new();
    let resource_version = pages(http, &list, chunk_size, |page| {
        match page {
            Page::Start => all.clear(),
            Page::Items(items) => {
                for one in items {
                    all.push(item(W::KIND, one)?);
                }
            }
        }
        Ok(())
    })
    .await?;
    Ok(Listed {
        items: all,
        resource_version,
    })
}

/// Decodes an object of a list.
pub(super) fn item<W: DeserializeOwned>(kind: &str, object: Encoded<'_>) -> Result<W, Failure> {
    object.decode(kind).map_err(|error| malformed(&error))
}

/// A list to read.
pub(super) struct List {
    /// Where.
    pub target: Target,
    /// How its objects are read from protobuf; `None` asks for JSON.
    pub message: Option<&'static protobuf::Message>,
}

impl List {
    fn call(&self, target: Target) -> Call {
        let call = Call::get(target);
        match self.message {
            Some(_) => call.accepting(protobuf::ACCEPT),
            None => call,
        }
    }
}

/// A step in reading a list.
pub(super) enum Page<'a> {
    /// The list begins, or begins anew: forget what was kept.
    Start,
    /// The next objects.
    Items(Vec<Encoded<'a>>),
}

/// Reads a list page by page and returns its version.
///
/// A page can expire while the list is read: the server keeps an old state for some minutes only. Then the list begins
/// anew and unpaged, as client-go's pager does, because a second try in pages would be as slow as the first.
pub(super) async fn pages(
    http: &Http,
    list: &List,
    chunk_size: i64,
    mut take: impl FnMut(Page<'_>) -> Result<(), Failure>,
) -> Result<String, Failure> {
    let limit = (chunk_size != 0).then(|| chunk_size.to_string());
    let paged = list.target.clone().query_some("limit", limit.as_deref());
    take(Page::Start)?;
    let mut next = paged.clone();
    loop {
        let is_continued = next != paged;
        let body = match http.send(list.call(next)).await? {
            Answer::Refused(refusal) if refusal.is_expired() && is_continued => {
                take(Page::Start)?;
                let whole = list.call(list.target.clone());
                http.send(whole).await?.into_body()?
            }
            answer => answer.into_body()?,
        };
        let page = page::read(&body, list.message)?;
        take(Page::Items(page.items))?;
        if page.metadata.continue_token.is_empty() {
            return Ok(page.metadata.resource_version);
        }
        next = paged
            .clone()
            .query("continue", &page.metadata.continue_token);
    }
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
