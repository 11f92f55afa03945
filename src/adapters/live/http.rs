//! One request, one answer: sent as built, never repeated, counted where the connection is made.
//!
//! Below `kube`'s typed API on purpose. That one decodes whole objects, loses the headers of a refusal and everything
//! that is not a `Status`, and these are what tells a budget from an overload.

use std::error::Error as StdError;
use std::time::Duration;

use futures::{AsyncBufRead, TryStreamExt};
use http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, Method, Request, Response};
use http_body_util::BodyExt;
use hyper::body::Bytes;
use kube::Client;
use kube::client::Body;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::answer::Refusal;
use super::connect::{describe_cause, describe_unanswered};
use super::target::Target;
use crate::engine::cluster::{Failure, FailureKind};

/// The longest text of a refusal that is shown; a proxy's error page is longer and tells nobody anything.
const LONGEST_TEXT: usize = 1024;

/// The format of a patch.
const MERGE_PATCH: &str = "application/merge-patch+json";
const JSON: &str = "application/json";

/// A request about to be sent.
#[derive(Debug)]
pub(super) struct Call {
    method: Method,
    target: Target,
    /// In which formats the answer is understood.
    accept: &'static str,
    content: Option<(&'static str, Vec<u8>)>,
}

impl Call {
    /// Reads.
    pub(super) fn get(target: Target) -> Call {
        Call {
            method: Method::GET,
            target,
            accept: JSON,
            content: None,
        }
    }

    /// Reads in one of these formats.
    pub(super) fn accepting(self, accept: &'static str) -> Call {
        Call { accept, ..self }
    }

    /// Creates.
    pub(super) fn post(target: Target, body: &impl Serialize) -> Result<Call, Failure> {
        Call::with_body(Method::POST, target, JSON, body)
    }

    /// Deletes with options.
    pub(super) fn delete(target: Target, options: &impl Serialize) -> Result<Call, Failure> {
        Call::with_body(Method::DELETE, target, JSON, options)
    }

    /// Changes an object by a merge patch (RFC 7386): lists are replaced whole, `null` removes.
    pub(super) fn merge_patch(target: Target, patch: &impl Serialize) -> Result<Call, Failure> {
        Call::with_body(Method::PATCH, target, MERGE_PATCH, patch)
    }

    fn with_body(
        method: Method,
        target: Target,
        content_type: &'static str,
        body: &impl Serialize,
    ) -> Result<Call, Failure> {
        let bytes = serde_json::to_vec(body)
            .map_err(|error| unsendable(&format!("the request's body: {error}")))?;
        Ok(Call {
            method,
            target,
            accept: JSON,
            content: Some((content_type, bytes)),
        })
    }

    fn into_request(self, accept_encoding: Option<&'static str>) -> Result<Request<Body>, Failure> {
        let mut builder = Request::builder()
            .method(self.method)
            .uri(self.target.as_str())
            .header(ACCEPT, self.accept);
        if let Some(encoding) = accept_encoding {
            builder = builder.header(ACCEPT_ENCODING, encoding);
        }
        let body = match self.content {
            None => Body::empty(),
            Some((content_type, bytes)) => {
                builder = builder.header(CONTENT_TYPE, content_type);
                Body::from(bytes)
            }
        };
        builder
            .body(body)
            .map_err(|error| unsendable(&error.to_string()))
    }
}

fn unsendable(problem: &str) -> Failure {
    Failure::new(
        FailureKind::Invalid,
        format!("the request cannot be sent: {problem}"),
    )
}

/// An answer of the server.
#[derive(Debug)]
pub(super) enum Answer {
    /// 2xx: the body.
    Done(Bytes),
    /// Anything else.
    Refused(Refusal),
}

impl Answer {
    /// Returns the body, or the refusal as a failure.
    pub(super) fn into_body(self) -> Result<Bytes, Failure> {
        match self {
            Answer::Done(body) => Ok(body),
            Answer::Refused(refusal) => Err(refusal.failure()),
        }
    }

    /// Returns the body, `None` where the server says that the object is not there, or the refusal as a failure.
    pub(super) fn into_found(self, resource: &str) -> Result<Option<Bytes>, Failure> {
        match self {
            Answer::Done(body) => Ok(Some(body)),
            Answer::Refused(refusal) if refusal.is_missing(resource) => Ok(None),
            Answer::Refused(refusal) => Err(refusal.failure()),
        }
    }
}

/// The lines of a stream that stays open.
pub(super) type Lines = futures::io::Lines<Box<dyn AsyncBufRead + Send + Unpin>>;

/// Sends requests.
#[derive(Clone)]
pub(super) struct Http {
    client: Client,
}

impl Http {
    pub(super) fn new(client: Client) -> Http {
        Http { client }
    }

    /// Sends a request and reads its answer whole.
    pub(super) async fn send(&self, call: Call) -> Result<Answer, Failure> {
        let response = self.response(call, None).await?;
        if !response.status().is_success() {
            return Ok(Answer::Refused(read_refusal(response).await?));
        }
        Ok(Answer::Done(read_body(response).await?))
    }

    /// Sends a request whose answer goes on for minutes, and returns its lines.
    ///
    /// Asked for without compression: servers from 1.37 on compress each event of a watch by itself, and decoders stop
    /// after the first.
    pub(super) async fn open(&self, call: Call) -> Result<Result<Lines, Refusal>, Failure> {
        let response = self.response(call, Some("identity")).await?;
        if !response.status().is_success() {
            return Ok(Err(read_refusal(response).await?));
        }
        let bytes = response.into_body().into_data_stream();
        let reader: Box<dyn AsyncBufRead + Send + Unpin> =
            Box::new(bytes.map_err(std::io::Error::other).into_async_read());
        Ok(Ok(futures::AsyncBufReadExt::lines(reader)))
    }

    async fn response(
        &self,
        call: Call,
        accept_encoding: Option<&'static str>,
    ) -> Result<Response<Body>, Failure> {
        let request = call.into_request(accept_encoding)?;
        let response = self.client.send(request).await;
        response.map_err(|error| transport_failure(&error))
    }
}

async fn read_body(response: Response<Body>) -> Result<Bytes, Failure> {
    let body = response.into_body().collect().await;
    let body = body.map_err(|error| transport_failure(&error))?;
    Ok(body.to_bytes())
}

async fn read_refusal(response: Response<Body>) -> Result<Refusal, Failure> {
    let code = response.status().as_u16();
    let retry_after = retry_after(response.headers());
    let body = read_body(response).await?;
    Ok(Refusal::read(code, retry_after, &body, LONGEST_TEXT))
}

/// Reads `Retry-After` in seconds, the only form that the API server uses.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?;
    text.trim().parse().ok().map(Duration::from_secs)
}

/// A request that got no answer.
pub(super) fn transport_failure(error: &(dyn StdError + 'static)) -> Failure {
    without_answer(describe_unanswered(error))
}

/// A stream that broke. Reading line by line wraps the client's error once more, which says nothing new.
pub(super) fn stream_failure(error: &std::io::Error) -> Failure {
    without_answer(match error.get_ref() {
        Some(inner) => describe_cause(inner),
        None => describe_cause(error),
    })
}

fn without_answer(message: String) -> Failure {
    Failure::new(FailureKind::Transport, message)
}

/// Decodes the body of an answer.
pub(super) fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(body).map_err(|error| malformed(&error))
}

/// An answer that this program cannot understand.
pub(super) fn malformed(problem: &impl std::fmt::Display) -> Failure {
    Failure::new(
        FailureKind::Malformed,
        format!("the server's answer cannot be understood: {problem}"),
    )
}
