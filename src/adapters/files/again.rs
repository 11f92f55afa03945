//! For tests: a cluster in a file, written anew as the snapshot that would have been taken of it.

use std::collections::BTreeMap;

use super::document::{Object, SnapshotHead, Visitor};
use super::error::{FileError, Problem};
use super::world::not_held;
use super::{Format, Objects, Source, render};
use crate::adapters::wire::fit::FitKind;
use crate::domain::snapshot::{ClusterId, Snapshot};

impl Source {
    /// Writes what the scheduler's rules read of a source as a snapshot: for tests, of which one says that both give the
    /// same answers.
    ///
    /// # Errors
    ///
    /// As [`Source::world`], and where a snapshot could not be taken of such a cluster.
    pub fn written_again(&self, format: Format) -> Result<String, FileError> {
        let mut taken = Taken::default();
        self.visit(&mut taken)?;
        let failed = |message: String| {
            let cause = std::io::Error::other(message);
            FileError::new(&self.name(), Problem::Unwritable(cause.into()))
        };
        taken.finish(format).map_err(failed)
    }
}

#[derive(Default)]
struct Taken {
    objects: Objects,
    version: String,
    held: Vec<String>,
    unread: BTreeMap<String, String>,
    seen: Vec<FitKind>,
}

impl Visitor for Taken {
    fn snapshot(&mut self, head: SnapshotHead) -> Result<(), Problem> {
        self.version = head.cluster.version;
        self.held.extend(head.scheduling.kinds);
        let unread = head.scheduling.unread.into_iter();
        self.unread.extend(unread.map(|e| (e.what, e.reason)));
        Ok(())
    }

    fn object(&mut self, object: Object<'_>) -> Result<(), Problem> {
        let Some(kind) = FitKind::of(object.api_version, object.kind) else {
            return Ok(());
        };
        self.seen.push(kind);
        let taken = self
            .objects
            .take(&kind.api_version(), object.kind, object.json);
        taken.map_err(|message| object.fault(message))
    }
}

impl Taken {
    fn finish(mut self, format: Format) -> Result<String, String> {
        for kind in FitKind::all() {
            let FitKind::Other(object) = kind else {
                continue;
            };
            let resource = object.resource();
            if let Some(reason) = self.unread.remove(resource) {
                self.objects.unread(resource, reason);
            } else if self.seen.contains(&kind) || self.held.iter().any(|held| held == resource) {
                self.objects.read_all(resource);
            } else {
                self.objects.unread(resource, not_held(kind));
            }
        }
        let nodes = self.objects.nodes.drain(..);
        let pods = self.objects.pods.drain(..);
        let snapshot = Snapshot {
            nodes: nodes.map(|node| (node.id.name.clone(), node)).collect(),
            pods: pods
                .map(|pod| ((pod.id.namespace.clone(), pod.id.name.clone()), pod))
                .collect::<BTreeMap<_, _>>()
                .into_values()
                .collect(),
            cluster: ClusterId {
                server: String::new(),
                version: self.version,
            },
            ..Snapshot::default()
        };
        render(&snapshot, &self.objects, format)
    }
}
