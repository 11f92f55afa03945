//! The request log of `-v`: each request with its answer, and never a secret.
//!
//! Nothing is written here: the caller gets values and decides where they go.

use std::fmt;
use std::time::Duration;

use http::{HeaderMap, Method, StatusCode};

use crate::adapters::wire::protobuf;

/// What one step of a request was.
#[derive(Clone, Debug)]
pub struct RequestLog {
    /// The HTTP method.
    pub method: Method,
    /// The full address.
    pub url: String,
    /// What happened.
    pub step: LogStep,
}

/// The steps that are logged.
#[derive(Clone, Debug)]
pub enum LogStep {
    /// About to be sent; from detail [`LogDetail::Headers`] on.
    Sent {
        /// Names and values, credentials masked.
        headers: Vec<(String, String)>,
        /// The beginning of the body, secrets masked; from detail [`LogDetail::Bodies`] on.
        body: Option<String>,
    },
    /// Answered: the headers are there, the body may still be on its way.
    Answered {
        /// The status line's code.
        status: StatusCode,
        /// Names and values; from detail [`LogDetail::Bodies`] on.
        headers: Vec<(String, String)>,
        /// From sending to the last header.
        elapsed: Duration,
    },
    /// No answer.
    Failed {
        /// The reason in Go's words.
        reason: String,
        /// From sending to giving up.
        elapsed: Duration,
    },
    /// The beginning of an answer's body, secrets masked; from detail [`LogDetail::Bodies`] on.
    Body(String),
}

/// How much is logged: kubectl's levels 6, 7, and 8 and more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogDetail {
    /// Method, address, code and time.
    Line,
    /// Request headers, too.
    Headers,
    /// Answers' headers, and bodies up to this many bytes.
    Bodies(usize),
}

impl LogDetail {
    /// The detail of a verbosity, or `None` below 6, where kubectl logs no requests.
    pub fn from_verbosity(verbosity: u8) -> Option<Self> {
        match verbosity {
            0..=5 => None,
            6 => Some(Self::Line),
            7 => Some(Self::Headers),
            8 => Some(Self::Bodies(1024)),
            _ => Some(Self::Bodies(10 * 1024)),
        }
    }
}

impl fmt::Display for RequestLog {
    /// One line, and one more for each header and each line of a body.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { method, url, step } = self;
        match step {
            LogStep::Sent { headers, body } => {
                write!(f, "{method} {url}")?;
                write_headers(f, "Request Headers", headers)?;
                body.as_ref()
                    .map_or(Ok(()), |body| write!(f, "\nRequest Body: {body}"))
            }
            LogStep::Answered {
                status,
                headers,
                elapsed,
            } => {
                write!(
                    f,
                    "{method} {url} {status} in {} milliseconds",
                    elapsed.as_millis()
                )?;
                write_headers(f, "Response Headers", headers)
            }
            LogStep::Failed { reason, elapsed } => {
                write!(
                    f,
                    "{method} {url} failed in {} milliseconds: {reason}",
                    elapsed.as_millis()
                )
            }
            LogStep::Body(body) => write!(f, "{method} {url}\nResponse Body: {body}"),
        }
    }
}

fn write_headers(
    f: &mut fmt::Formatter<'_>,
    title: &str,
    headers: &[(String, String)],
) -> fmt::Result {
    if headers.is_empty() {
        return Ok(());
    }
    write!(f, "\n{title}:")?;
    headers
        .iter()
        .try_for_each(|(name, value)| write!(f, "\n    {name}: {value}"))
}

/// The callback with the detail that it wants.
#[derive(Clone)]
pub(super) struct Tracer {
    pub detail: LogDetail,
    pub log: super::RequestListener,
}

impl Tracer {
    pub(super) fn body_limit(&self) -> Option<usize> {
        match self.detail {
            LogDetail::Bodies(limit) => Some(limit),
            _ => None,
        }
    }
}

/// Names and values for the log, sorted by name, credentials masked.
pub(super) fn loggable(headers: &HeaderMap) -> Vec<(String, String)> {
    let mut pairs: Vec<_> = headers
        .iter()
        .map(|(name, value)| {
            let value = match name.as_str() {
                "authorization" | "proxy-authorization" | "cookie" | "set-cookie" => {
                    "<masked>".to_owned()
                }
                _ => String::from_utf8_lossy(value.as_bytes()).into_owned(),
            };
            (name.as_str().to_owned(), value)
        })
        .collect();
    pairs.sort();
    pairs
}

/// Paths whose bodies are secrets and nothing else.
const SECRET_PATHS: [&str; 2] = ["/secrets", "/token"];
/// Keys whose values may be secrets: pods carry passwords as values of environment variables.
const SECRET_KEYS: [&str; 8] = [
    "value",
    "token",
    "password",
    "clientKeyData",
    "caBundle",
    "stringData",
    "data",
    "kubectl.kubernetes.io/last-applied-configuration",
];

/// The beginning of a body for the log.
pub(super) fn loggable_body(path: &str, body: &[u8], limit: usize) -> String {
    if SECRET_PATHS.iter().any(|secret| path.contains(secret)) {
        return "<masked>".to_owned();
    }
    // No text, and what must be masked in it could not be found.
    if protobuf::is_protobuf(body) {
        return "<protobuf>".to_owned();
    }
    let shown = &body[..body.len().min(limit)];
    let text = mask(&String::from_utf8_lossy(shown));
    match body.len() > limit {
        true => format!("{text} [truncated]"),
        false => text,
    }
}

/// Masks the strings and objects under suspicious keys. Works on text, because a truncated body is no JSON.
fn mask(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((key_end, length)) = next_secret(rest) {
        masked.push_str(&rest[..key_end]);
        masked.push_str("\"<masked>\"");
        rest = &rest[key_end + length..];
    }
    masked.push_str(rest);
    masked
}

/// Where the next suspicious value begins, and how long it is.
fn next_secret(text: &str) -> Option<(usize, usize)> {
    let starts = SECRET_KEYS.iter().filter_map(|key| value_of(text, key));
    starts
        .min()
        .map(|start| (start, value_length(&text[start..])))
}

/// Where the first string or object under a key begins.
fn value_of(text: &str, key: &str) -> Option<usize> {
    let quoted = format!("\"{key}\"");
    text.match_indices(&quoted).find_map(|(at, _)| {
        let after = &text[at + quoted.len()..];
        let value = after.trim_start().strip_prefix(':')?.trim_start();
        (value.starts_with(['"', '{'])).then(|| text.len() - value.len())
    })
}

/// How long the string or object at the beginning is; all the rest where it does not end.
fn value_length(text: &str) -> usize {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match (in_string, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (_, b'"') => in_string = !in_string,
            (false, b'{') => depth += 1,
            (false, b'}') => depth = depth.saturating_sub(1),
            _ => continue,
        }
        if depth == 0 && !in_string {
            return at + 1;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_kubectls() {
        assert_eq!(LogDetail::from_verbosity(5), None);
        assert_eq!(LogDetail::from_verbosity(6), Some(LogDetail::Line));
        assert_eq!(LogDetail::from_verbosity(7), Some(LogDetail::Headers));
        assert_eq!(LogDetail::from_verbosity(8), Some(LogDetail::Bodies(1024)));
        assert_eq!(
            LogDetail::from_verbosity(99),
            Some(LogDetail::Bodies(10240))
        );
    }

    #[test]
    fn a_line_says_method_address_code_and_time() {
        let log = |step| {
            RequestLog {
                method: Method::GET,
                url: "https://a/api".into(),
                step,
            }
            .to_string()
        };
        let elapsed = Duration::from_millis(12);
        assert_eq!(
            log(LogStep::Answered {
                status: StatusCode::OK,
                headers: vec![],
                elapsed
            }),
            "GET https://a/api 200 OK in 12 milliseconds"
        );
        assert_eq!(
            log(LogStep::Sent {
                headers: vec![("accept".into(), "x".into())],
                body: Some("{}".into())
            }),
            "GET https://a/api\nRequest Headers:\n    accept: x\nRequest Body: {}"
        );
        assert_eq!(
            log(LogStep::Failed {
                reason: "EOF".into(),
                elapsed
            }),
            "GET https://a/api failed in 12 milliseconds: EOF"
        );
    }

    #[test]
    fn credentials_in_headers_are_masked() {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", "Bearer s3cret".parse().unwrap());
        headers.insert("accept", "json".parse().unwrap());
        let pairs = loggable(&headers);
        assert_eq!(
            pairs,
            [
                ("accept".into(), "json".into()),
                ("authorization".into(), "<masked>".into())
            ]
        );
    }

    #[test]
    fn bodies_are_cut_and_their_secrets_masked() {
        let rows = [
            (
                "/api/v1/secrets",
                r#"{"data":{"a":"s3cret"}}"#,
                100,
                "<masked>",
            ),
            ("/x", r#"{"a":1}"#, 100, r#"{"a":1}"#),
            ("/x", r#"{"aaaaaaaa":1}"#, 4, r#"{"aa [truncated]"#),
            (
                "/x",
                r#"{"env":[{"name":"P","value":"s3\"cret"},{"name":"Q", "value" : "x"}],"z":1}"#,
                100,
                r#"{"env":[{"name":"P","value":"<masked>"},{"name":"Q", "value" : "<masked>"}],"z":1}"#,
            ),
            (
                "/x",
                r#"{"data":{"k":"a}b","o":{"p":"q"}},"z":1}"#,
                100,
                r#"{"data":"<masked>","z":1}"#,
            ),
            (
                "/x",
                r#"{"token":"s3cretsecret"}"#,
                15,
                r#"{"token":"<masked>" [truncated]"#,
            ),
            (
                "/x",
                r#"{"value":5,"key":"k"}"#,
                100,
                r#"{"value":5,"key":"k"}"#,
            ),
        ];
        for (path, body, limit, expected) in rows {
            assert_eq!(loggable_body(path, body.as_bytes(), limit), expected);
        }
        assert_eq!(loggable_body("/x", b"k8s\0\x0a\x09token", 99), "<protobuf>");
        assert!(
            loggable_body("/x", &[0xff, 0xfe], 10).contains('\u{fffd}'),
            "bytes that are no text do no harm"
        );
    }
}
