//! What went wrong, in kubectl's words.
//!
//! People have learnt kubectl's sentences, and scripts grep them, so a failed connection reads the same here. Each
//! sentence is made where the fault is known best; this module only knows the classes.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::path::PathBuf;

use kube::core::Status;

use crate::adapters::live::sentence::{made_up, sentence};
use crate::adapters::wire;

/// A mistake in the configuration, found before anything is sent.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The file named by `--kubeconfig` is not there.
    #[error("error: stat {}: no such file or directory", .0.display())]
    NoSuchFile(PathBuf),
    /// Files that are there and cannot be read; one sentence each.
    #[error("{}", one_or_lines("error: ", .0))]
    Load(Vec<String>),
    /// A flag names an entry that no file has.
    #[error("error: {entry} {name:?} does not exist")]
    NoEntry {
        /// What kind of entry.
        entry: Entry,
        /// The name that was given.
        name: String,
    },
    /// The chosen entries contradict themselves or miss something; one sentence each.
    #[error("{}", configuration(.0))]
    Invalid(Vec<String>),
    /// Something that no request can be made of: an address without a host, a credential with a line break.
    #[error("Unable to connect to the server: {0}")]
    Unsendable(String),
    /// Any other mistake, as one sentence.
    #[error("error: {0}")]
    Other(String),
}

/// The kinds of named entries in a kubeconfig.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A context.
    Context,
    /// A cluster.
    Cluster,
    /// A user.
    User,
}

impl ConnectError {
    /// A header that cannot be built, in the words of Go's HTTP client.
    pub(super) fn header(name: &str) -> Self {
        Self::Unsendable(format!("net/http: invalid header field value for {name:?}"))
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Context => "context",
            Self::Cluster => "cluster",
            Self::User => "auth info",
        })
    }
}

fn one_or_lines(prefix: &str, sentences: &[String]) -> String {
    match sentences {
        [one] => format!("{prefix}{one}"),
        several => several.join("\n"),
    }
}

fn configuration(problems: &[String]) -> String {
    match problems {
        [one] if one.starts_with("context was not found") => {
            format!("Error in configuration: {one}")
        }
        [one] => format!("error: {one}"),
        several => format!("Error in configuration: \n* {}", several.join("\n* ")),
    }
}

/// Which of kubectl's kinds of failure a request met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorClass {
    /// Nobody listens at the address.
    Refused,
    /// The server was not reached, or the way to it broke: name, TLS, proxy, credentials, time.
    Unreachable,
    /// The server does not know the user.
    Unauthorized,
    /// The server answered with a refusal of its own.
    Server,
    /// An answer that makes no sense, or a request that could not be built.
    Other,
}

/// A failed request as kubectl would print it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorText {
    /// The kind of failure.
    pub class: ErrorClass,
    /// The whole message, without a line end.
    pub text: String,
}

impl fmt::Display for ErrorText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A request that got no answer: made where the fault happened, found again below the client's own wrappers.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub(super) struct TransportError {
    class: ErrorClass,
    text: String,
    /// Host and port that were asked for, where no connection came about.
    server: Option<String>,
}

impl TransportError {
    /// A failure in Go's words. Like kubectl, these words alone decide which of its two sentences is said: where a
    /// proxy is refused, kubectl also blames the server.
    pub(super) fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        let refused = text.contains("connection refused");
        Self {
            class: if refused {
                ErrorClass::Refused
            } else {
                ErrorClass::Unreachable
            },
            text,
            server: None,
        }
    }

    /// Says which server was asked for; behind a proxy nothing else knows.
    pub(super) fn asking(self, server: &str) -> Self {
        Self {
            server: Some(server.to_owned()),
            ..self
        }
    }

    /// The whole of what kubectl says.
    fn sentence(&self) -> String {
        match (self.class, &self.server) {
            (ErrorClass::Refused, Some(server)) => format!(
                "The connection to the server {server} was refused - did you specify the right host or port?"
            ),
            _ => format!("Unable to connect to the server: {}", self.text),
        }
    }
}

/// Describes a failed request in kubectl's words.
pub fn describe_error(error: &kube::Error) -> ErrorText {
    match error {
        kube::Error::Api(status) => describe_status(status),
        kube::Error::SerdeError(_) | kube::Error::FromUtf8(_) | kube::Error::BuildRequest(_) => {
            ErrorText {
                class: ErrorClass::Other,
                text: format!("error: {}", innermost(error)),
            }
        }
        other => ErrorText {
            class: transport_error(other).map_or(ErrorClass::Unreachable, |error| error.class),
            text: describe_unanswered(other),
        },
    }
}

/// Says that a request got no answer, and why, in kubectl's words.
pub(in crate::adapters::live) fn describe_unanswered(error: &(dyn StdError + 'static)) -> String {
    match transport_error(error) {
        Some(error) => error.sentence(),
        None => format!(
            "Unable to connect to the server: {}",
            broken_connection(error)
        ),
    }
}

fn transport_error<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a TransportError> {
    chain(error).find_map(|cause| cause.downcast_ref())
}

/// The reason alone, where what failed is said already.
pub(in crate::adapters::live) fn describe_cause(error: &(dyn StdError + 'static)) -> String {
    transport_error(error).map_or_else(|| broken_connection(error), |error| error.text.clone())
}

/// Go's words for a connection that was made and then broke.
fn broken_connection(error: &(dyn StdError + 'static)) -> String {
    if let Some(error) = chain(error).find_map(|cause| cause.downcast_ref::<io::Error>()) {
        return go_io_text(error);
    }
    match chain(error).find_map(|cause| cause.downcast_ref::<hyper::Error>()) {
        Some(error)
            if error.is_incomplete_message() || error.is_closed() || error.is_canceled() =>
        {
            "EOF".to_owned()
        }
        Some(error) if error.is_parse() => {
            format!("net/http: HTTP/1.x transport connection broken: {error}")
        }
        _ => innermost(error).to_string(),
    }
}

/// Go's words for an operating system's error.
pub(super) fn go_io_text(error: &io::Error) -> String {
    // rustls hides its errors in these.
    if let Some(error) = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>())
    {
        return super::tls::go_text(error);
    }
    match error.kind() {
        io::ErrorKind::NotFound => "no such file or directory".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::IsADirectory => "is a directory".to_owned(),
        io::ErrorKind::ConnectionRefused => "connect: connection refused".to_owned(),
        io::ErrorKind::ConnectionReset => "read: connection reset by peer".to_owned(),
        io::ErrorKind::BrokenPipe => "write: broken pipe".to_owned(),
        io::ErrorKind::HostUnreachable => "connect: no route to host".to_owned(),
        io::ErrorKind::NetworkUnreachable => "connect: network is unreachable".to_owned(),
        io::ErrorKind::TimedOut => "i/o timeout".to_owned(),
        io::ErrorKind::UnexpectedEof => "unexpected EOF".to_owned(),
        _ => error.to_string(),
    }
}

fn chain<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn StdError + 'static)| {
        (*error).source()
    })
}

fn innermost<'a>(error: &'a (dyn StdError + 'static)) -> &'a (dyn StdError + 'static) {
    chain(error).last().unwrap_or(error)
}

/// `kube` marks a body that is no `Status` with this reason.
const NO_STATUS: &str = "Failed to parse error data";

/// Describes an answer of the server that is an error.
fn describe_status(status: &Status) -> ErrorText {
    let status = as_sent(status);
    let class = match status.reason.as_str() {
        "Unauthorized" => ErrorClass::Unauthorized,
        _ => ErrorClass::Server,
    };
    ErrorText {
        class,
        text: sentence(status.code, Some(&status), ""),
    }
}

/// Takes the client's form of a `Status` back to the server's.
fn as_sent(status: &Status) -> wire::Status {
    if status.reason == NO_STATUS {
        return made_up(status.code, &status.message);
    }
    let details = status.details.as_ref();
    let cause = |cause: &kube::core::response::StatusCause| wire::StatusCause {
        reason: cause.reason.clone(),
        message: cause.message.clone(),
        field: cause.field.clone(),
    };
    wire::Status {
        kind: "Status".to_owned(),
        code: status.code,
        reason: status.reason.clone(),
        message: status.message.clone(),
        details: wire::StatusDetails {
            name: details.map_or_else(String::new, |d| d.name.clone()),
            kind: details.map_or_else(String::new, |d| d.kind.clone()),
            causes: details.map_or_else(Vec::new, |d| d.causes.iter().map(cause).collect()),
            ..wire::StatusDetails::default()
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn api(reason: &str, code: u16, message: &str) -> kube::Error {
        let status: Status =
            serde_json::from_value(serde_json::json!({"status": "Failure", "reason": reason, "code": code, "message": message})).unwrap();
        kube::Error::Api(Box::new(status))
    }

    fn text(error: &kube::Error) -> String {
        describe_error(error).text
    }

    #[test]
    fn a_servers_answers() {
        let rows = [
            (
                api("Unauthorized", 401, "Unauthorized"),
                "error: You must be logged in to the server (Unauthorized)",
            ),
            (
                api("NotFound", 404, "nodes \"x\" not found"),
                "Error from server (NotFound): nodes \"x\" not found",
            ),
            (api("", 500, "boom"), "Error from server: boom"),
            (
                api(NO_STATUS, 401, "<html>"),
                "error: You must be logged in to the server (the server has asked for the client to provide credentials)",
            ),
            (
                api(NO_STATUS, 502, "bad gateway\n"),
                "Error from server (InternalError): an error on the server (\"bad gateway\") has prevented the request from succeeding",
            ),
            (
                api(
                    NO_STATUS,
                    429,
                    "Too many requests, please try again later.\n",
                ),
                "Error from server (TooManyRequests): the server has received too many requests and has asked us to try again later",
            ),
        ];
        for (error, expected) in rows {
            assert_eq!(text(&error), expected);
        }
    }

    #[test]
    fn a_refused_connection_names_host_and_port_only() {
        let error = TransportError::new("dial tcp 10.0.0.1:6443: connect: connection refused");
        let error = kube::Error::Service(Box::new(error.asking("10.0.0.1:6443")));
        assert_eq!(
            text(&error),
            "The connection to the server 10.0.0.1:6443 was refused - did you specify the right host or port?"
        );
        assert_eq!(describe_error(&error).class, ErrorClass::Refused);
    }

    #[test]
    fn other_ways_to_fail_keep_their_reason() {
        let error = kube::Error::Service(Box::new(TransportError::new(
            "net/http: TLS handshake timeout",
        )));
        assert_eq!(
            text(&error),
            "Unable to connect to the server: net/http: TLS handshake timeout"
        );
        let error = kube::Error::Service(Box::new(io::Error::from(io::ErrorKind::ConnectionReset)));
        assert_eq!(
            text(&error),
            "Unable to connect to the server: read: connection reset by peer"
        );
    }

    #[test]
    fn mistakes_in_the_configuration() {
        let rows = [
            (ConnectError::Other("EOF".into()), "error: EOF"),
            (ConnectError::Load(vec!["a".into()]), "error: a"),
            (ConnectError::Load(vec!["a".into(), "b".into()]), "a\nb"),
            (
                ConnectError::NoEntry {
                    entry: Entry::User,
                    name: "x".into(),
                },
                "error: auth info \"x\" does not exist",
            ),
            (ConnectError::Invalid(vec!["a".into()]), "error: a"),
            (
                ConnectError::Invalid(vec![
                    "context was not found for specified context: x".into(),
                ]),
                "Error in configuration: context was not found for specified context: x",
            ),
            (
                ConnectError::Invalid(vec!["a".into(), "b".into()]),
                "Error in configuration: \n* a\n* b",
            ),
        ];
        for (error, expected) in rows {
            assert_eq!(error.to_string(), expected);
        }
    }
}
