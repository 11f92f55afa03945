//! A scripted API server: answers requests in order and remembers each as it was sent.

use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use futures::StreamExt;
use futures::stream;
use http::{HeaderMap, Request, Response};
use http_body::Frame;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Bytes;
use kube::Client;
use kube::client::Body;
use serde_json::Value;
use tower::BoxError;

use super::http::Http;

/// How an answer's body ends.
#[derive(Debug, Clone, Copy)]
pub(super) enum End {
    /// Properly.
    Closed,
    /// Not at all: the connection stays open.
    Open,
    /// By a broken connection.
    Broken,
}

/// One scripted answer.
#[derive(Debug, Clone)]
pub(super) struct Reply {
    code: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
    end: End,
}

impl Reply {
    pub(super) fn json(code: u16, body: impl ToString) -> Reply {
        Reply {
            code,
            headers: vec![("content-type", "application/json".to_owned())],
            body: body.to_string(),
            end: End::Closed,
        }
    }

    pub(super) fn text(code: u16, body: &str) -> Reply {
        Reply {
            headers: vec![("content-type", "text/plain; charset=utf-8".to_owned())],
            ..Reply::json(code, body)
        }
    }

    pub(super) fn header(mut self, name: &'static str, value: &str) -> Reply {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// A watch's answer: one line for each event.
    pub(super) fn events(events: &[Value], end: End) -> Reply {
        let lines = events.iter().map(|event| format!("{event}\n"));
        Reply {
            end,
            ..Reply::json(200, lines.collect::<String>())
        }
    }
}

/// A request as it was sent.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    /// Method, path and query.
    pub(super) line: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Value,
}

/// The server.
#[derive(Clone, Default)]
pub(super) struct Script {
    replies: Arc<Mutex<VecDeque<Reply>>>,
    lists: Arc<BTreeMap<&'static str, Reply>>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Script {
    pub(super) fn new(replies: impl IntoIterator<Item = Reply>) -> Script {
        Script {
            replies: Arc::new(Mutex::new(replies.into_iter().collect())),
            ..Script::default()
        }
    }

    /// Answers by path; what has no answer of its own is an empty list.
    pub(super) fn of(lists: impl IntoIterator<Item = (&'static str, Reply)>) -> Script {
        Script {
            lists: Arc::new(lists.into_iter().collect()),
            ..Script::default()
        }
    }

    /// A client of this server; what is not scripted fails.
    pub(super) fn http(&self) -> Http {
        Http::new(self.client())
    }

    pub(super) fn client(&self) -> Client {
        let script = self.clone();
        let service =
            tower::service_fn(move |request: Request<Body>| script.clone().answer(request));
        Client::new(service, "default")
    }

    async fn answer(
        self,
        request: Request<Body>,
    ) -> Result<Response<UnsyncBoxBody<Bytes, BoxError>>, BoxError> {
        let (parts, body) = request.into_parts();
        let bytes = body.collect().await?.to_bytes();
        let line = format!("{} {}", parts.method, parts.uri);
        self.seen.lock().unwrap().push(Seen {
            line: line.clone(),
            headers: parts.headers,
            body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        });
        let reply = match self.lists.is_empty() {
            true => self.replies.lock().unwrap().pop_front(),
            false => Some(self.list(parts.uri.path())),
        };
        let reply = reply.ok_or_else(|| format!("no answer is scripted for {line}"))?;
        let mut response = Response::builder().status(reply.code);
        for (name, value) in reply.headers {
            response = response.header(name, value);
        }
        Ok(response.body(body_of(reply.body, reply.end))?)
    }

    fn list(&self, path: &str) -> Reply {
        let empty = || Reply::json(200, r#"{"metadata": {}, "items": []}"#);
        self.lists.get(path).cloned().unwrap_or_else(empty)
    }

    /// Everything that was sent; all answers must have been used.
    pub(super) fn seen(&self) -> Vec<Seen> {
        let left = self.replies.lock().unwrap();
        assert!(left.is_empty(), "answers that nobody asked for: {left:?}");
        self.seen.lock().unwrap().clone()
    }

    /// The lines of everything that was sent.
    pub(super) fn lines(&self) -> Vec<String> {
        self.seen().into_iter().map(|seen| seen.line).collect()
    }
}

fn body_of(text: String, end: End) -> UnsyncBoxBody<Bytes, BoxError> {
    let data = stream::iter([Ok(Frame::data(Bytes::from(text)))]);
    match end {
        End::Closed => StreamBody::new(data.map(ok)).boxed_unsync(),
        End::Open => StreamBody::new(data.chain(stream::pending()).map(ok)).boxed_unsync(),
        End::Broken => {
            let reset = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
            let broken = stream::iter([Err(BoxError::from(reset))]);
            StreamBody::new(data.map(ok).chain(broken)).boxed_unsync()
        }
    }
}

fn ok(frame: Result<Frame<Bytes>, Infallible>) -> Result<Frame<Bytes>, BoxError> {
    frame.map_err(|never| match never {})
}
