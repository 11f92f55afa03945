//! Splits a file into documents and those into objects, whatever form they have.
//!
//! Forms: JSON or YAML; one document, several with `---`, or several simply written one behind the other (as
//! `kubectl get ... >> file` does); each a snapshot, a list or a single object. YAML is turned into JSON first, so that
//! there is one way of reading objects; JSON objects are taken one by one out of the text, never as a tree of the whole.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::error::Problem;
use super::{API_VERSION, KIND};

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
    for (line, part) in yaml_documents(text) {
        let json = yaml_to_json(part, line)?;
        if let Some(json) = json {
            document(&json, line, visitor)?;
        }
    }
    Ok(())
}

/// Returns the documents of a text as values, the items of lists each by itself.
pub(super) fn values(text: &str) -> Result<Vec<serde_json::Value>, Problem> {
    let mut values = Vec::new();
    if text.trim_start().starts_with(['{', '[']) {
        let stream = serde_json::Deserializer::from_str(text).into_iter();
        for value in stream {
            let value: serde_json::Value = value.map_err(|cause| Problem::Syntax {
                line: cause.line(),
                message: plain(&cause),
            })?;
            values.push(value);
        }
    } else {
        for (line, part) in yaml_documents(text) {
            let json = yaml_to_json(part, line)?;
            let value = json.as_deref().map(serde_json::from_str).transpose();
            values.extend(value.map_err(|cause| Problem::Syntax {
                line,
                message: plain(&cause),
            })?);
        }
    }
    let items = values.into_iter().flat_map(|mut value| {
        let is_list = value["kind"]
            .as_str()
            .is_some_and(|kind| kind.ends_with("List"));
        match value["items"].take() {
            serde_json::Value::Array(items) if is_list => items,
            _ => vec![value],
        }
    });
    Ok(items.collect())
}

fn json_documents(text: &str, visitor: &mut impl Visitor) -> Result<(), Problem> {
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
    loop {
        let line = line_of(text, stream.byte_offset());
        match stream.next() {
            None => return Ok(()),
            Some(Ok(raw)) => document(raw.get(), line, visitor)?,
            Some(Err(cause)) if cause.is_eof() => {
                let evidence = format!("it ends on line {} in the middle of a value", cause.line());
                return Err(Problem::CutOff { evidence });
            }
            Some(Err(cause)) => {
                return Err(Problem::Syntax {
                    line: cause.line(),
                    message: plain(&cause),
                });
            }
        }
    }
}

/// Returns the line on which the first visible character at or behind `offset` stands.
fn line_of(text: &str, offset: usize) -> usize {
    let rest = &text[offset..];
    let start = offset + (rest.len() - rest.trim_start().len());
    1 + text[..start].matches('\n').count()
}

/// A serde_json message without its position, which is said apart.
pub(super) fn plain(cause: &serde_json::Error) -> String {
    let message = cause.to_string();
    let position = format!(" at line {} column {}", cause.line(), cause.column());
    message
        .strip_suffix(&position)
        .unwrap_or(&message)
        .to_owned()
}

/// Splits at `---` lines and where a second `apiVersion:` begins a line, which is what is left of two documents that were
/// appended to each other. Returns each part with its first line's number.
fn yaml_documents(text: &str) -> Vec<(usize, &str)> {
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
fn yaml_to_json(part: &str, first_line: usize) -> Result<Option<String>, Problem> {
    let holds_something = part
        .lines()
        .any(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'));
    if !holds_something {
        return Ok(None);
    }
    serde_saphyr::from_str_with_options::<serde_json::Value>(part, yaml_options())
        .map(|value| Some(value.to_string()))
        .map_err(|cause| {
            let inner = cause.location().map_or(1, |place| place.line());
            let line = first_line + usize::try_from(inner).unwrap_or(1) - 1;
            Problem::Syntax {
                line,
                message: first_line_of(&cause.without_snippet().to_string()),
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

pub(super) fn document(json: &str, line: usize, visitor: &mut impl Visitor) -> Result<(), Problem> {
    let head: Head = serde_json::from_str(json).map_err(|_| Problem::Kind {
        line,
        found: String::new(),
    })?;
    let kind = head.kind.as_deref().unwrap_or_default();
    let api_version = head.api_version.as_deref().unwrap_or_default();
    match (kind, &head.items) {
        // kubectl writes the kind of a list behind its items.
        ("", Some(_)) => Err(Problem::CutOff {
            evidence: format!("the list that begins on line {line} has no kind behind its items"),
        }),
        (KIND, _) if api_version.starts_with("nodemaint.dev/") => {
            snapshot(json, api_version, head.items.unwrap_or_default(), visitor)
        }
        (kind, Some(items)) if kind.ends_with("List") => list(kind, api_version, items, visitor),
        (kind, None) if is_object(json, api_version) => visitor.object(Object {
            api_version,
            kind,
            json,
            origin: ObjectOrigin::Kubectl,
        }),
        (found, _) => Err(Problem::Kind {
            line,
            found: found.to_owned(),
        }),
    }
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
    items: Vec<&RawValue>,
    visitor: &mut impl Visitor,
) -> Result<(), Problem> {
    if api_version != API_VERSION {
        return Err(Problem::Version {
            found: api_version.to_owned(),
        });
    }
    let head: SnapshotHead = serde_json::from_str(json).map_err(|cause| Problem::Object {
        message: format!("{KIND}: {}", plain(&cause)),
    })?;
    if let Some(evidence) = contents_evidence(head.contents, items.len()) {
        return Err(Problem::CutOff { evidence });
    }
    visitor.snapshot(head)?;
    visit_items(&items, None, ObjectOrigin::Snapshot, visitor)
}

/// Says how one can tell that a snapshot is only a part of one; `None` where it is whole.
pub(super) fn contents_evidence(stated: Option<Contents>, held: usize) -> Option<String> {
    match stated {
        Some(Contents { objects }) if objects == held => None,
        Some(Contents { objects }) => Some(format!("it holds {held} of {objects} objects")),
        None => Some("its last part, 'contents', is missing".to_owned()),
    }
}

/// Visits a list; `PodList` and its like leave the kind of their items to the reader.
fn list(
    kind: &str,
    api_version: &str,
    items: &[&RawValue],
    visitor: &mut impl Visitor,
) -> Result<(), Problem> {
    let item_kind = kind.strip_suffix("List").filter(|kind| !kind.is_empty());
    let default = item_kind.map(|kind| (api_version, kind));
    visit_items(items, default, ObjectOrigin::Kubectl, visitor)
}

fn visit_items(
    items: &[&RawValue],
    default: Option<(&str, &str)>,
    origin: ObjectOrigin,
    visitor: &mut impl Visitor,
) -> Result<(), Problem> {
    for (index, item) in items.iter().enumerate() {
        let broken = || Problem::Object {
            message: format!("items[{index}] is not an object with a kind"),
        };
        let head: Head = serde_json::from_str(item.get()).map_err(|_| broken())?;
        let (api_version, kind) = match (&head.api_version, &head.kind, default) {
            (Some(api_version), Some(kind), _) => (api_version.as_ref(), kind.as_ref()),
            (None, None, Some((api_version, kind))) => (api_version, kind),
            _ => return Err(broken()),
        };
        visitor.object(Object {
            api_version,
            kind,
            json: item.get(),
            origin,
        })?;
    }
    Ok(())
}
