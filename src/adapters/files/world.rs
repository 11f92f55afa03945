//! Folds the objects of a file into the world that the scheduler's rules are judged on, one object after the other.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::document::{Object, SnapshotHead, Visitor, for_each};
use super::error::{FileError, Problem};
use super::{DEMO, stream};
use crate::adapters::manifest::Additions;
use crate::adapters::wire::fit::{FitKind, read};
use crate::domain::fit::profile::Minor;
use crate::domain::fit::world::{ObjectKind, World, WorldBuilder};
use crate::domain::snapshot::Snapshot;

/// Bytes that are read at once.
const CHUNK: usize = 1 << 16;

/// Kinds that other questions are asked of: nobody has to be told that no rule reads them.
const FOR_DRAINS: [&str; 6] = [
    "PodDisruptionBudget",
    "Deployment",
    "DaemonSet",
    "Job",
    "CronJob",
    "PriorityClass",
];

/// Where a cluster is read from instead of a server; read anew whenever it is asked.
#[derive(Debug, Clone)]
pub enum Source {
    /// A file.
    File(PathBuf),
    /// A text that came from elsewhere, such as standard input.
    Text {
        /// What it is called in errors.
        name: String,
        /// The text.
        bytes: Vec<u8>,
    },
    /// The cluster that ships inside the program.
    Demo,
}

/// A world made of a file.
#[derive(Debug)]
pub struct WorldFile {
    /// The world.
    pub world: World,
    /// The server's version that the file states; empty where it states none.
    pub version: String,
    /// How many objects of each kind no rule reads.
    pub skipped: BTreeMap<String, usize>,
}

/// Names an object of a file.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The API group; empty for the core group.
    pub group: &'a str,
    /// `kind`.
    pub kind: &'a str,
    /// `metadata.namespace`; empty for kinds without one.
    pub namespace: &'a str,
    /// `metadata.name`.
    pub name: &'a str,
}

impl Source {
    /// Folds everything into a world that counts as `minor` does, or as the version does that the file states; the newest
    /// where it states none.
    ///
    /// # Errors
    ///
    /// Names the file, the object and the field.
    pub fn world(
        &self,
        minor: Option<Minor>,
        additions: &Additions,
    ) -> Result<WorldFile, FileError> {
        let mut folder = Folder::new(minor, additions);
        self.visit(&mut folder)?;
        if let Some(minor) = folder.mistaken {
            // The version stood behind the objects that were counted without it.
            folder = Folder::new(Some(minor), additions);
            self.visit(&mut folder)?;
        }
        folder.finish().map_err(|problem| self.error(problem))
    }

    /// Reads what a drain asks of it; `now` stands where a text does not say when it was taken.
    ///
    /// # Errors
    ///
    /// As [`Source::world`].
    pub fn snapshot(&self, now: Timestamp) -> Result<Snapshot, FileError> {
        match self {
            Source::File(path) => super::load(path),
            Source::Text { name, bytes } => super::parse(bytes, name, now),
            Source::Demo => super::demo(),
        }
    }

    /// Finds an object; the last where there are several.
    ///
    /// # Errors
    ///
    /// As [`Source::world`].
    pub fn find(&self, wanted: Wanted<'_>) -> Result<Option<serde_json::Value>, FileError> {
        let mut finder = Finder {
            wanted,
            found: None,
        };
        self.visit(&mut finder)?;
        Ok(finder.found)
    }

    /// What the source is called in messages.
    pub fn name(&self) -> String {
        match self {
            Source::File(path) => path.display().to_string(),
            Source::Text { name, .. } => name.clone(),
            Source::Demo => "the demo cluster".to_owned(),
        }
    }

    fn error(&self, problem: Problem) -> FileError {
        FileError::new(&self.name(), problem)
    }

    pub(super) fn visit(&self, visitor: &mut impl Visitor) -> Result<(), FileError> {
        let result = match self {
            Source::File(path) => visit_file(path, visitor),
            Source::Text { bytes, .. } => visit_text(bytes, visitor),
            Source::Demo => visit_text(DEMO, visitor),
        };
        result.map_err(|problem| self.error(problem))
    }
}

fn visit_file(path: &Path, visitor: &mut impl Visitor) -> Result<(), Problem> {
    let unreadable = |cause: std::io::Error| Problem::Unreadable(cause.into());
    if path.is_dir() {
        return Err(Problem::Directory);
    }
    let mut reader = BufReader::with_capacity(CHUNK, File::open(path).map_err(unreadable)?);
    let start = std::io::BufRead::fill_buf(&mut reader).map_err(unreadable)?;
    if is_json(start) {
        return stream::json(reader, visitor);
    }
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).map_err(unreadable)?;
    visit_text(&bytes, visitor)
}

fn visit_text(bytes: &[u8], visitor: &mut impl Visitor) -> Result<(), Problem> {
    if is_json(bytes) {
        return stream::json(bytes, visitor);
    }
    for_each(super::text(bytes)?, visitor)
}

fn is_json(start: &[u8]) -> bool {
    let first = start.iter().find(|byte| !byte.is_ascii_whitespace());
    matches!(first, Some(b'{' | b'['))
}

struct Folder<'a> {
    additions: &'a Additions,
    asked: Option<Minor>,
    minor: Minor,
    /// Begun with the first object, when the version is known where it stands in front.
    builder: Option<WorldBuilder>,
    mistaken: Option<Minor>,
    version: String,
    nodes: usize,
    seen: BTreeSet<FitKind>,
    /// The kinds that the file says it holds whole.
    held: BTreeSet<String>,
    unread: BTreeMap<String, String>,
    skipped: BTreeMap<String, usize>,
}

impl Folder<'_> {
    fn new(asked: Option<Minor>, additions: &Additions) -> Folder<'_> {
        Folder {
            additions,
            asked,
            minor: asked.unwrap_or(Minor::NEWEST),
            builder: None,
            mistaken: None,
            version: String::new(),
            nodes: 0,
            seen: BTreeSet::new(),
            held: BTreeSet::new(),
            unread: BTreeMap::new(),
            skipped: BTreeMap::new(),
        }
    }

    fn finish(mut self) -> Result<WorldFile, Problem> {
        if self.nodes == 0 {
            return Err(Problem::NoNodes);
        }
        for kind in FitKind::all() {
            if let FitKind::Other(object) = kind {
                self.note_unread(object, kind)?;
            }
        }
        let additions = self.additions;
        let mut builder = match self.builder {
            Some(builder) => builder,
            None => return Err(Problem::NoNodes),
        };
        additions
            .after(&mut builder)
            .map_err(|cause| Problem::Addition(cause.to_string()))?;
        Ok(WorldFile {
            world: builder.finish(),
            version: self.version,
            skipped: self.skipped,
        })
    }

    /// A kind of which a file holds nothing was perhaps not asked for.
    fn note_unread(&mut self, object: ObjectKind, kind: FitKind) -> Result<(), Problem> {
        let resource = object.resource();
        if let Some(reason) = self.unread.remove(resource) {
            self.builder()?.unread(object, reason);
        } else if !self.held.contains(resource) && !self.seen.contains(&kind) {
            self.builder()?.unread(object, not_held(kind));
        }
        Ok(())
    }

    fn builder(&mut self) -> Result<&mut WorldBuilder, Problem> {
        if self.builder.is_none() {
            let mut builder = WorldBuilder::new(self.minor);
            self.additions
                .before(&mut builder)
                .map_err(|cause| Problem::Addition(cause.to_string()))?;
            self.builder = Some(builder);
        }
        self.builder.as_mut().ok_or(Problem::NoNodes)
    }
}

/// Why a kind is unread of which a file holds nothing.
pub(super) fn not_held(kind: FitKind) -> String {
    format!(
        "the file holds no {}, and does not say that the cluster has none",
        kind.name()
    )
}

impl Visitor for Folder<'_> {
    fn snapshot(&mut self, head: SnapshotHead) -> Result<(), Problem> {
        self.version = head.cluster.version;
        let stated = Minor::in_version(&self.version).map(Minor::nearest);
        if let (None, Some(stated)) = (self.asked, stated)
            && stated != self.minor
        {
            match self.builder {
                None => self.minor = stated,
                Some(_) => self.mistaken = Some(stated),
            }
        }
        self.held.extend(head.scheduling.kinds);
        let unread = head.scheduling.unread.into_iter();
        self.unread.extend(unread.map(|e| (e.what, e.reason)));
        Ok(())
    }

    fn object(&mut self, object: Object<'_>) -> Result<(), Problem> {
        let Some(kind) = FitKind::of(object.api_version, object.kind) else {
            if !FOR_DRAINS.contains(&object.kind) {
                *self.skipped.entry(object.kind.to_owned()).or_default() += 1;
            }
            return Ok(());
        };
        self.seen.insert(kind);
        self.nodes += usize::from(kind == FitKind::Node);
        let read = read(kind, object.json).map_err(|cause| object.fault(cause))?;
        read.fold(self.builder()?);
        Ok(())
    }
}

struct Finder<'a> {
    wanted: Wanted<'a>,
    found: Option<serde_json::Value>,
}

impl Visitor for Finder<'_> {
    fn snapshot(&mut self, _: SnapshotHead) -> Result<(), Problem> {
        Ok(())
    }

    fn object(&mut self, object: Object<'_>) -> Result<(), Problem> {
        let wanted = self.wanted;
        if object.kind != wanted.kind || super::owners::group(object.api_version) != wanted.group {
            return Ok(());
        }
        let value: serde_json::Value = crate::adapters::wire::decode(object.kind, object.json)
            .map_err(|cause| object.fault(cause))?;
        let text = |field: &str| value["metadata"][field].as_str().unwrap_or_default();
        if text("name") == wanted.name && text("namespace") == wanted.namespace {
            self.found = Some(value);
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "world_tests.rs"]
mod tests;
