//! Splits a file into documents and those into objects, whatever form they have.
//!
//! Forms: JSON or YAML; one document, several with `---`, or several simply written one behind the other (as
//! `kubectl get ... >> file` does); each a snapshot, a list or a single object. YAML is turned into JSON first, so that
//! there is one way of reading objects; JSON objects are taken one by one out of the text, never as a tree of the whole.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::error::{Place, Problem, Start};
use super::{API_VERSION, KIND};
use crate::adapters::wire;

/// Takes what the documents hold, in their order.
pub(super) trait Visitor {
    /// Takes the head of our own snapshot, before its items.
    fn snapshot(&mut self, head: SnapshotHead) -> Result<(), Problem>;

    /// Takes one object as JSON.
    fn object(&mut self, object: Object<'_>) -> Result<(), Problem>;
}

/// One API object.
pub(super) struct Object<'a> {
    pub api_version: &'a str,
    pub kind: &'a str,
    pub json: &'a str,
    pub origin: ObjectOrigin,
    pub place: Place,
}

impl Object<'_> {
    /// What is wrong with the object, in words that name it.
    pub fn fault(&self, cause: impl ToString) -> Problem {
        fault(self.place, cause)
    }
}

/// What is wrong with the object at a place.
pub(super) fn fault(place: Place, cause: impl ToString) -> Problem {
    Problem::Object {
        place,
        message: cause.to_string(),
    }
}

/// Where an object stands: an unknown kind is a mistake in our own file and nothing unusual in kubectl's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ObjectOrigin {
    Snapshot,
    Kubectl,
}

/// Our own fields of a snapshot.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct SnapshotHead {
    pub cluster: ClusterHead,
    pub taken_at: Option<jiff::Timestamp>,
    pub contents: Option<Contents>,
    pub unread: Vec<UnreadEntry>,
    pub unresolved_owners: Vec<UnresolvedOwner>,
    pub scheduling: SchedulingHead,
}

/// Which kinds besides nodes and pods the file holds whole, and why not the others.
#[derive(Debug, Default, Deserialize, serde::Serialize)]
#[serde(default)]
pub(super) struct SchedulingHead {
    pub kinds: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<UnreadEntry>,
}

#[derive(Debug, Default, Deserialize, serde::Serialize)]
#[serde(default)]
pub(super) struct ClusterHead {
    pub server: String,
    pub version: String,
}

/// How many objects were written. It is written last: YAML that was cut off between two lines is still YAML.
#[derive(Debug, Clone, Copy, Deserialize, serde::Serialize)]
pub(super) struct Contents {
    pub objects: usize,
}

#[derive(Debug, Deserialize, serde::Serialize)]
pub(super) struct UnreadEntry {
    pub what: String,
    pub reason: String,
}

/// An owner that pods name and that is not among the items.
#[derive(Debug, Deserialize, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UnresolvedOwner {
    pub namespace: String,
    pub api_version: String,
    pub kind: String,
    pub name: String,
    #[serde(default)]
    pub uid: String,
    /// Absent: the owner is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<String>,
}

/// What every document begins with.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Head<'a> {
    #[serde(default, borrow)]
    pub api_version: Option<std::borrow::Cow<'a, str>>,
    #[serde(default, borrow)]
    pub kind: Option<std::borrow::Cow<'a, str>>,
    #[serde(default, borrow)]
    items: Option<Vec<&'a RawValue>>,
}

/// Visits everything in a text.
pub(super) fn for_each(text: &str, visitor: &mut impl Visitor) -> Result<(), Problem> {
    if text.trim_start().starts_with(['{', '[']) {
        return json_documents(text, visitor);
    }
    let mut number = 0;
    for (line, part) in yaml_documents(text) {
        let json = yaml_to_json(part, line)?;
        if let Some(json) = json {
            number += 1;
            document(&json, start(number, line), visitor)?;
        }
    }
    Ok(())
}

fn start(document: usize, line: usize) -> Start {
    Start {
        document,
        line: Some(line),
    }
}

fn json_documents(text: &str, visitor: &mut impl Visitor) -> Result<(), Problem> {
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
    let mut number = 0;
    loop {
        let line = line_of(text, stream.byte_offset());
        number += 1;
        match stream.next() {
            None => return Ok(()),
            Some(Ok(raw)) => document(raw.get(), start(number, line), visitor)?,
            Some(Err(cause)) => return Err(unreadable(&cause)),
        }
    }
}

/// What is wrong with a text that is no JSON.
pub(super) fn unreadable(cause: &serde_json::Error) -> Problem {
    let line = cause.line();
    if cause.is_eof() {
        let evidence = format!("it ends on line {line} in the middle of a value");
        return Problem::CutOff { evidence };
    }
    if cause.is_io() {
        let cause = std::io::Error::other(cause.to_string());
        return Problem::Unreadable(cause.into());
    }
    Problem::Syntax {
        line,
        message: wire::words(cause),
    }
}

/// Returns the line on which the first visible character at or behind `offset` stands.
fn line_of(text: &str, offset: usize) -> usize {
    let rest = &text[offset..];
    let start = offset + (rest.len() - rest.trim_start().len());
    1 + text[..start].matches('\n').count()
}

/// Splits at `---` lines and where a second `apiVersion:` begins a line, which is what is left of two documents that were
/// appended to each other. Returns each part with its first line's number.
pub(super) fn yaml_documents(text: &str) -> Vec<(usize, &str)> {
    let mut parts = Vec::new();
    let (mut start, mut first_line, mut versions) = (0, 1, 0);
    let mut offset = 0;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let marker = line.starts_with("---") || line.starts_with("...");
        let version = line.starts_with("apiVersion:");
        if marker || (version && versions > 0) {
            parts.push((first_line, &text[start..offset]));
            // A marker line belongs to neither part.
            start = if marker { offset + line.len() } else { offset };
            first_line = index + 1 + usize::from(marker);
            versions = 0;
        }
        versions += usize::from(version);
        offset += line.len();
    }
    parts.push((first_line, &text[start..]));
    parts
}

/// Turns a YAML document into JSON; `None` where it holds nothing but comments.
pub(super) fn yaml_to_json(part: &str, first_line: usize) -> Result<Option<String>, Problem> {
    let holds_something = part
        .lines()
        .any(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'));
    if !holds_something {
        return Ok(None);
    }
    serde_saphyr::from_str_with_options::<serde_json::Value>(part, yaml_options())
        .map(|value| Some(value.to_string()))
        .map_err(|cause| {
            let place = cause.location();
            let inner = place.map_or(1, |place| place.line());
            let line = first_line + usize::try_from(inner).unwrap_or(1) - 1;
            let said = first_line_of(&cause.without_snippet().to_string());
            let column = place.map_or(1, |place| place.column());
            // Its own words count lines from the document's beginning, which may be far down in the file.
            let own = format!(" at line {inner}, column {column}");
            Problem::Syntax {
                line,
                message: said.replace(&own, ""),
            }
        })
}

fn first_line_of(message: &str) -> String {
    message.lines().next().unwrap_or_default().to_owned()
}

/// Lifts the parser's limits on size, which are made for configuration files; the one on depth stays.
fn yaml_options() -> serde_saphyr::Options {
    let mut budget = serde_saphyr::Budget::default();
    budget.max_events = usize::MAX;
    budget.max_nodes = usize::MAX;
    budget.max_total_scalar_bytes = usize::MAX;
    budget.max_total_comment_bytes = usize::MAX;
    let mut options = serde_saphyr::Options::default();
    options.budget = Some(budget);
    options
}

/// Visits what a document holds.
pub(super) fn document(
    json: &str,
    start: Start,
    visitor: &mut impl Visitor,
) -> Result<(), Problem> {
    let head: Head = serde_json::from_str(json).map_err(|_| Problem::Kind {
        start,
        found: String::new(),
    })?;
    let kind = head.kind.as_deref().unwrap_or_default();
    let api_version = head.api_version.as_deref().unwrap_or_default();
    match (kind, &head.items) {
        // kubectl writes the kind of a list behind its items.
        ("", Some(_)) => Err(kindless_list(start)),
        (KIND, _) if api_version.starts_with("nodemaint.dev/") => {
            let items = head.items.unwrap_or_default();
            snapshot(json, api_version, &items, start, visitor)
        }
        (kind, Some(items)) if kind.ends_with("List") => {
            let default = item_kind(kind).map(|kind| (api_version, kind));
            visit_items(items, default, ObjectOrigin::Kubectl, start, visitor)
        }
        (kind, None) if is_object(json, api_version) => visitor.object(Object {
            api_version,
            kind,
            json,
            origin: ObjectOrigin::Kubectl,
            place: start.place(),
        }),
        (found, _) => Err(Problem::Kind {
            start,
            found: found.to_owned(),
        }),
    }
}

/// How one can tell that a list was cut off.
pub(super) fn kindless_list(start: Start) -> Problem {
    Problem::CutOff {
        evidence: format!("the list of {start} has no kind behind its items"),
    }
}

/// Returns the kind that `PodList` and its like leave to the reader of their items; `None` of a plain `List`.
pub(super) fn item_kind(list: &str) -> Option<&str> {
    let kind = list.strip_suffix("List");
    kind.filter(|kind| !kind.is_empty())
}

/// Tells whether a document is an API object of a cluster: it has metadata and is not one of our own documents.
fn is_object(json: &str, api_version: &str) -> bool {
    #[derive(Deserialize)]
    struct HasMetadata {
        metadata: Option<serde::de::IgnoredAny>,
    }
    let has_metadata =
        serde_json::from_str::<HasMetadata>(json).is_ok_and(|object| object.metadata.is_some());
    has_metadata && !api_version.is_empty() && !api_version.starts_with("nodemaint.dev/")
}

fn snapshot(
    json: &str,
    api_version: &str,
    items: &[&RawValue],
    start: Start,
    visitor: &mut impl Visitor,
) -> Result<(), Problem> {
    let head = snapshot_head(json, api_version, items.len(), start)?;
    visitor.snapshot(head)?;
    visit_items(items, None, ObjectOrigin::Snapshot, start, visitor)
}

/// Reads the head of a snapshot that holds so many items.
pub(super) fn snapshot_head(
    json: &str,
    api_version: &str,
    items: usize,
    start: Start,
) -> Result<SnapshotHead, Problem> {
    if api_version != API_VERSION {
        return Err(Problem::Version {
            found: api_version.to_owned(),
        });
    }
    let head: SnapshotHead = serde_json::from_str(json)
        .map_err(|cause| fault(start.place(), wire::misshapen(KIND, json, &cause)))?;
    match contents_evidence(head.contents, items) {
        Some(evidence) => Err(Problem::CutOff { evidence }),
        None => Ok(head),
    }
}

/// Says how one can tell that a snapshot is only a part of one; `None` where it is whole.
fn contents_evidence(stated: Option<Contents>, held: usize) -> Option<String> {
    match stated {
        Some(Contents { objects }) if objects == held => None,
        Some(Contents { objects }) => Some(format!("it holds {held} of {objects} objects")),
        None => Some("its last part, 'contents', is missing".to_owned()),
    }
}

fn visit_items(
    items: &[&RawValue],
    default: Option<(&str, &str)>,
    origin: ObjectOrigin,
    start: Start,
    visitor: &mut impl Visitor,
) -> Result<(), Problem> {
    for (index, item) in items.iter().enumerate() {
        let place = start.item(index);
        let head: Head = serde_json::from_str(item.get()).map_err(|_| nameless(place))?;
        let (api_version, kind) = match (&head.api_version, &head.kind, default) {
            (Some(api_version), Some(kind), _) => (api_version.as_ref(), kind.as_ref()),
            (None, None, Some((api_version, kind))) => (api_version, kind),
            _ => return Err(nameless(place)),
        };
        visitor.object(Object {
            api_version,
            kind,
            json: item.get(),
            origin,
            place,
        })?;
    }
    Ok(())
}

/// An item that does not say what it is.
pub(super) fn nameless(place: Place) -> Problem {
    fault(place, "it is not an object with an apiVersion and a kind")
}
