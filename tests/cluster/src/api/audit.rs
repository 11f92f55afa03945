//! What the server was asked, by whom, and what it answered: from its audit log, so that a
//! test can count requests and prove that nothing was written.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use serde::Deserialize;

use super::cluster::Cluster;
use super::must;
use super::wait::wait_until;
use crate::files;

/// A place in the audit log.
#[derive(Debug, Clone, Copy)]
pub struct Mark(u64);

/// An answered request. A watch is here once it has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The user, such as `admin` or `system:serviceaccount:space:viewer`.
    pub user: String,
    /// The whole user agent.
    pub agent: String,
    /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, ...
    pub verb: String,
    /// The resource in plural, such as `pods`; empty for paths that are none.
    pub resource: String,
    /// The subresource, such as `eviction`, or empty.
    pub subresource: String,
    /// The namespace, or empty.
    pub namespace: String,
    /// The object's name, or empty.
    pub name: String,
    /// The path with its query.
    pub uri: String,
    /// The HTTP status.
    pub code: u16,
    /// When it came in and when it was answered, RFC 3339.
    pub times: [String; 2],
}

impl Request {
    /// Whether it could change something.
    pub fn is_write(&self) -> bool {
        let reviews = self.resource.ends_with("reviews");
        !reviews && !matches!(self.verb.as_str(), "get" | "list" | "watch")
    }
}

/// Requests, in the order in which they were answered.
#[derive(Debug, Clone, Default)]
pub struct Requests(pub Vec<Request>);

impl Requests {
    /// Those that hold.
    pub fn only(&self, holds: impl Fn(&Request) -> bool) -> Self {
        Self(
            self.0
                .iter()
                .filter(|request| holds(request))
                .cloned()
                .collect(),
        )
    }

    /// Those of a user, by the exact name.
    pub fn by_user(&self, user: &str) -> Self {
        self.only(|request| request.user == user)
    }

    /// Those whose user agent begins like this.
    pub fn by_agent(&self, start: &str) -> Self {
        self.only(|request| request.agent.starts_with(start))
    }

    /// Those in a namespace.
    pub fn in_namespace(&self, namespace: &str) -> Self {
        self.only(|request| request.namespace == namespace)
    }

    /// Those with this verb on this resource, written `pods` or `pods/eviction`.
    pub fn to(&self, verb: &str, resource: &str) -> Self {
        let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
        self.only(|one| {
            one.verb == verb && one.resource == resource && one.subresource == subresource
        })
    }

    /// Those answered with this status.
    pub fn answered(&self, code: u16) -> Self {
        self.only(|request| request.code == code)
    }

    /// Those that could change something.
    pub fn writes(&self) -> Self {
        self.only(Request::is_write)
    }

    /// How many.
    pub fn count(&self) -> usize {
        self.0.len()
    }
}

impl Cluster {
    /// The place in the audit log after all that was answered so far.
    #[track_caller]
    pub fn audit_mark(&self) -> Mark {
        let path = &self.description().audit_log;
        Mark(must("the audit log", std::fs::metadata(path)).len())
    }

    /// What was answered since a mark. The log is written a moment after the answer, so
    /// this first sends a request of its own and waits until that one is there.
    #[track_caller]
    pub fn audit_since(&self, mark: Mark) -> Requests {
        let sentinel = format!(
            "/version?nodemaint-test={}",
            must("a name", files::random_hex(8))
        );
        let client = self.client();
        let request = must(
            "a request",
            http::Request::get(sentinel.as_str()).body(Vec::new()),
        );
        must(
            "GET /version",
            self.run(async move { client.request_text(request).await }),
        );
        let mut text = String::new();
        wait_until("the audit log is written", || {
            text = self.audit_text(mark);
            text.contains(&sentinel)
        });
        let parsed = text
            .lines()
            .filter_map(|line| serde_json::from_str::<Line>(line).ok())
            .map(Request::from);
        Requests(parsed.filter(|request| request.uri != sentinel).collect())
    }

    #[track_caller]
    fn audit_text(&self, mark: Mark) -> String {
        let mut file = must("the audit log", File::open(&self.description().audit_log));
        must("the audit log", file.seek(SeekFrom::Start(mark.0)));
        let mut bytes = Vec::new();
        must("the audit log", file.read_to_end(&mut bytes));
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// The fields of an audit line that we use.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    #[serde(rename = "requestURI")]
    request_uri: String,
    verb: String,
    user: Who,
    #[serde(default)]
    user_agent: String,
    #[serde(default)]
    object_ref: What,
    #[serde(default)]
    response_status: Answer,
    #[serde(default)]
    request_received_timestamp: String,
    #[serde(default)]
    stage_timestamp: String,
}

#[derive(Deserialize)]
struct Who {
    #[serde(default)]
    username: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct What {
    resource: String,
    subresource: String,
    namespace: String,
    name: String,
}

#[derive(Deserialize, Default)]
struct Answer {
    #[serde(default)]
    code: u16,
}

impl From<Line> for Request {
    fn from(line: Line) -> Self {
        Self {
            user: line.user.username,
            agent: line.user_agent,
            verb: line.verb,
            resource: line.object_ref.resource,
            subresource: line.object_ref.subresource,
            namespace: line.object_ref.namespace,
            name: line.object_ref.name,
            uri: line.request_uri,
            code: line.response_status.code,
            times: [line.request_received_timestamp, line.stage_timestamp],
        }
    }
}
