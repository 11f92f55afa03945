//! The live cluster, read, watched and written through its API server.
//!
//! Each method of [`Cluster`] is one request, or as few as paging and kinds allow; none is repeated here, because when to
//! ask again is the engine's decision. `http` sends, `target` builds addresses, `answer` tells what a refusal means and `sentence` how
//! kubectl would say it;
//! `read`, `describe`, `access`, `owners`, `watch`, `node_write` and `removal` are the requests themselves.

mod access;
mod answer;
pub mod clock;
pub mod connect;
mod describe;
mod find;
mod http;
mod node_write;
mod owners;
mod page;
pub mod progress;
mod read;
mod removal;
mod sentence;
mod survey;
mod target;
mod watch;

#[cfg(test)]
mod testing;

pub use self::survey::{Asked, Picture, Whose};

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::stream::BoxStream;
use kube::Client;

use self::http::Http;
use self::progress::Progress;
use self::survey::Surveyor;
use crate::adapters::files::{Objects, Wanted};
use crate::adapters::manifest::Additions;
use crate::domain::budget::Budget;
use crate::domain::describe::View;
use crate::domain::fit::profile::Minor;
use crate::domain::fit::world::World;
use crate::domain::node::{Node, NodeRef, Scheduling};
use crate::domain::owner::OwnerLookup;
use crate::domain::pod::{ControllerRef, Pod};
use crate::domain::taint::Taint;
use crate::engine::cluster::{
    AnnotationEdit, Change, Cluster, Failure, Listed, NodeDocument, NodeQuery, NodeWrite,
    Permission, PodQuery, RemoveOutcome, RemoveRequest, Right, Scope, TaintWrite, WriteMode,
};

/// What the user may choose about requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LiveOptions {
    /// Objects asked for at once in a list (`--chunk-size`); 0 asks for all.
    pub chunk_size: i64,
}

impl Default for LiveOptions {
    /// kubectl's.
    fn default() -> Self {
        LiveOptions { chunk_size: 500 }
    }
}

/// Returns the resources that [`LiveCluster::world`] lists, as kubectl names them.
pub fn resources_of_fit() -> Vec<&'static str> {
    survey::resources()
}

/// A cluster behind an API server.
#[derive(Clone)]
pub struct LiveCluster {
    http: Http,
    options: LiveOptions,
    requests: Arc<AtomicU64>,
    progress: Progress,
}

impl LiveCluster {
    /// Uses a client that does not repeat requests by itself.
    ///
    /// `requests` is counted up where requests are written to the wire, repetitions with renewed credentials included.
    pub fn new(client: Client, requests: Arc<AtomicU64>, options: LiveOptions) -> LiveCluster {
        LiveCluster {
            http: Http::new(client),
            options,
            requests,
            progress: Progress::default(),
        }
    }

    /// Returns how far reading the whole cluster has come.
    pub fn progress(&self) -> Progress {
        self.progress.clone()
    }

    fn surveyor(&self) -> Surveyor<'_> {
        Surveyor {
            http: &self.http,
            chunk_size: self.options.chunk_size,
            progress: &self.progress,
        }
    }

    /// Returns the number of requests that were sent so far.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Returns the server's version, for example `v1.37.2`.
    ///
    /// # Errors
    /// Fails when the request fails.
    pub async fn version(&self) -> Result<String, Failure> {
        read::version(&self.http).await
    }

    /// Returns the UID of the namespace `kube-system`, which tells clusters apart; `None` where there is none.
    ///
    /// # Errors
    /// Fails when the request fails.
    pub async fn uid(&self) -> Result<Option<String>, Failure> {
        read::cluster_uid(&self.http, self.options.chunk_size).await
    }

    /// Reads everything that the scheduler's rules ask of the cluster, counted as a minor of the scheduler counts.
    ///
    /// A kind that may not be read is noted in the world as unread. What a manifest asks for is added to it.
    ///
    /// # Errors
    /// Fails when nodes or pods cannot be read, or when a request fails for another reason than a missing right.
    pub async fn world(&self, minor: Minor, additions: &Additions) -> Result<World, Failure> {
        survey::world(&self.surveyor(), minor, additions).await
    }

    /// Reads what a plan rests on: what a drain asks, and what the scheduler asks, each kind once.
    ///
    /// Budgets and owners that may not be read are told in the snapshot, other kinds in the world.
    ///
    /// # Errors
    /// As [`LiveCluster::world`].
    pub async fn picture(&self, asked: Asked<'_>) -> Result<Picture, Failure> {
        survey::picture(&self.surveyor(), asked).await
    }

    /// Reads the objects of a snapshot file.
    ///
    /// # Errors
    /// As [`LiveCluster::world`].
    pub async fn objects(&self) -> Result<Objects, Failure> {
        survey::objects(&self.surveyor()).await
    }

    /// Reads nodes with everything that a description of them says; `None` where there is none of that name.
    ///
    /// Events and attachments that may not be read are told as such.
    ///
    /// # Errors
    /// Fails when nodes or pods cannot be read, or when a request fails for another reason than a missing right.
    pub async fn views(&self, nodes: &[String]) -> Result<Vec<Option<View>>, Failure> {
        describe::views(&self.http, nodes, self.options.chunk_size).await
    }

    /// Reads one object as the server wrote it; `None` where there is none of that name, or the kind is not known here.
    ///
    /// # Errors
    /// Fails when the request fails.
    pub async fn find(&self, wanted: Wanted<'_>) -> Result<Option<serde_json::Value>, Failure> {
        find::find(&self.http, wanted).await
    }
}

impl Cluster for LiveCluster {
    async fn node(&self, name: &str) -> Result<Option<Node>, Failure> {
        read::node(&self.http, name).await
    }

    async fn node_document(&self, name: &str) -> Result<Option<NodeDocument>, Failure> {
        read::node_document(&self.http, name).await
    }

    async fn whoami(&self) -> Result<String, Failure> {
        read::whoami(&self.http).await
    }

    async fn permission(&self, right: Right, scope: &Scope) -> Permission {
        access::permission(&self.http, right, scope).await
    }

    async fn nodes(&self, query: &NodeQuery) -> Result<Vec<Node>, Failure> {
        read::nodes(&self.http, query, self.options.chunk_size).await
    }

    async fn pods_on(&self, node: &str, selector: Option<&str>) -> Result<Listed<Pod>, Failure> {
        read::pods_on(&self.http, node, selector, self.options.chunk_size).await
    }

    async fn pods(&self, query: &PodQuery) -> Result<Vec<Pod>, Failure> {
        read::pods(&self.http, query, self.options.chunk_size).await
    }

    async fn pod(&self, namespace: &str, name: &str) -> Result<Option<Pod>, Failure> {
        read::pod(&self.http, namespace, name).await
    }

    async fn budgets(&self) -> Result<Listed<Budget>, Failure> {
        read::budgets(&self.http, self.options.chunk_size).await
    }

    async fn budgets_of(&self, namespace: &str) -> Result<Vec<Budget>, Failure> {
        read::budgets_of(&self.http, namespace, self.options.chunk_size).await
    }

    async fn ending_namespaces(&self) -> Result<BTreeSet<String>, Failure> {
        read::ending_namespaces(&self.http, self.options.chunk_size).await
    }

    async fn owners(
        &self,
        wanted: &[(String, ControllerRef)],
    ) -> Vec<((String, ControllerRef), OwnerLookup)> {
        owners::look_up(&self.http, wanted, self.options.chunk_size).await
    }

    fn watch_pods(&self, node: &str, since: &str) -> BoxStream<'static, Change<Pod>> {
        let list = read::pods_on_node(node, None);
        watch::pods(&self.http, list, since, self.options.chunk_size)
    }

    fn watch_budgets(&self, since: &str) -> BoxStream<'static, Change<Budget>> {
        watch::budgets(&self.http, since, self.options.chunk_size)
    }

    async fn set_scheduling(
        &self,
        node: &NodeRef,
        scheduling: Scheduling,
        annotations: &[AnnotationEdit],
        mode: WriteMode,
    ) -> NodeWrite {
        node_write::set_scheduling(&self.http, node, scheduling, annotations, mode).await
    }

    async fn replace_taints(
        &self,
        node: &Node,
        taints: &[Taint],
        annotations: &[AnnotationEdit],
        options: &TaintWrite,
    ) -> NodeWrite {
        node_write::replace_taints(&self.http, node, taints, annotations, options).await
    }

    async fn evict(&self, request: &RemoveRequest) -> RemoveOutcome {
        removal::evict(&self.http, request).await
    }

    async fn delete(&self, request: &RemoveRequest) -> RemoveOutcome {
        removal::delete(&self.http, request).await
    }
}
