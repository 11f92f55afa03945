//! One request from start to end: address, headers, credentials, deadline, answer.
//!
//! Written as one function instead of a stack of layers, because the order is what matters: credentials
//! come before the time limit, every attempt is counted and logged, and nothing is ever repeated but a request that
//! the server refused to look at (401), which is safe for every method.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use http::header::{ACCEPT_ENCODING, AUTHORIZATION, HeaderMap, HeaderValue};
use http::request::Parts;
use http::{Method, Request, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use kube::client::Body;
use tower::{BoxError, Service, ServiceExt as _};

use super::auth::{Authenticator, Credentials};
use super::body::{AnswerBody, Tap};
use super::duration::go_duration;
use super::error::{TransportError, describe_cause};
use super::gzip::decompressed;
use super::pool::Pool;
use super::server::Server;
use super::settings::Compression;
use super::time::{Deadline, now, until};
use super::trace::{LogDetail, LogStep, RequestLog, Tracer, loggable, loggable_body};
use super::warnings::Warnings;

/// Sends requests to one server as one user.
pub(super) struct Wire {
    pub server: Server,
    /// What every request says beside its own headers: user agent, impersonation.
    pub headers: HeaderMap,
    pub auth: Authenticator,
    pub pool: Pool,
    pub timeout: Option<Duration>,
    pub compression: Compression,
    pub warnings: Warnings,
    pub warn: super::WarningListener,
    pub tracer: Option<Tracer>,
    pub sent: Arc<AtomicU64>,
}

/// What a request looks like once it is complete but for the credentials.
struct Outgoing {
    method: Method,
    uri: http::Uri,
    headers: HeaderMap,
    body: Bytes,
    kind: Kind,
}

impl Outgoing {
    fn request(&self) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::new(self.body.clone()));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = self.headers.clone();
        request
    }

    fn log(&self, step: LogStep) -> RequestLog {
        RequestLog {
            method: self.method.clone(),
            url: self.uri.to_string(),
            step,
        }
    }
}

/// Whether an answer ends by itself.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Once,
    /// A watch: its body goes on for minutes, so the time limit covers the headers alone.
    Watch,
}

type Answer = Response<UnsyncBoxBody<Bytes, BoxError>>;

impl Wire {
    async fn send(
        self: Arc<Self>,
        request: Request<Body>,
    ) -> Result<Response<AnswerBody>, BoxError> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await?.to_bytes();
        let outgoing = self.outgoing(parts, body)?;
        let (answer, deadline) = self.answer(&outgoing).await?;
        self.warnings
            .unsaid(answer.headers())
            .iter()
            .for_each(|text| (self.warn)(text));
        let deadline = deadline
            .filter(|_| outgoing.kind == Kind::Once)
            .map(Deadline::passed);
        let tap = self.tracer.as_ref().and_then(|tracer| {
            let log = outgoing.log(LogStep::Body(String::new()));
            Tap::new(tracer, log, outgoing.uri.path())
        });
        Ok(answer.map(|body| AnswerBody::new(body, deadline, tap)))
    }

    /// Sends with the credentials at hand, and once more with others if the server does not believe them.
    async fn answer(&self, outgoing: &Outgoing) -> Result<(Answer, Option<Deadline>), BoxError> {
        let credentials = self.auth.credentials().await?;
        let (answer, deadline) = self.attempt(outgoing, &credentials).await?;
        if answer.status() != StatusCode::UNAUTHORIZED {
            self.auth.accepted();
            return Ok((answer, deadline));
        }
        let Some(credentials) = self.auth.renew(&credentials).await else {
            return Ok((answer, deadline));
        };
        let (answer, deadline) = self.attempt(outgoing, &credentials).await?;
        if answer.status() != StatusCode::UNAUTHORIZED {
            self.auth.accepted();
        }
        Ok((answer, deadline))
    }

    /// Sends once, and waits for the headers as long as the user allows. A plugin's time does not count: somebody may
    /// be logging in.
    async fn attempt(
        &self,
        outgoing: &Outgoing,
        credentials: &Credentials,
    ) -> Result<(Answer, Option<Deadline>), BoxError> {
        let mut request = outgoing.request();
        if let Some(header) = &credentials.header {
            request
                .headers_mut()
                .entry(AUTHORIZATION)
                .or_insert_with(|| header.clone());
        }
        let client = self.pool.client(credentials.identity.as_ref())?;
        self.log_sent(outgoing, request.headers());
        self.sent.fetch_add(1, Ordering::Relaxed);
        let started = now();
        let deadline = self.timeout.map(Deadline::after);
        let sending = client.oneshot(request);
        let result = match deadline {
            None => sending.await.map_err(BoxError::from),
            Some(at) => match until(at, sending).await {
                Some(result) => result.map_err(BoxError::from),
                None => Err(TransportError::new(NO_HEADERS_IN_TIME).into()),
            },
        };
        self.log_result(outgoing, &result, started.elapsed());
        Ok((decompressed(result?), deadline))
    }

    fn outgoing(&self, parts: Parts, body: Bytes) -> Result<Outgoing, BoxError> {
        let path = parts
            .uri
            .path_and_query()
            .map_or("/", http::uri::PathAndQuery::as_str);
        let kind = if is_watch(parts.uri.query().unwrap_or_default()) {
            Kind::Watch
        } else {
            Kind::Once
        };
        let uri = match self.timeout {
            // The server gives up in time, too, instead of working for nobody.
            Some(limit) if kind == Kind::Once => self.server.uri(&with_timeout(path, limit))?,
            _ => self.server.uri(path)?,
        };
        let mut headers = parts.headers;
        for (name, value) in &self.headers {
            // Impersonation has several values under one name; what the request itself says wins.
            headers.append(name.clone(), value.clone());
        }
        if !headers.contains_key(ACCEPT_ENCODING) {
            headers.insert(ACCEPT_ENCODING, self.accept_encoding(kind));
        }
        Ok(Outgoing {
            method: parts.method,
            uri,
            headers,
            body,
            kind,
        })
    }

    /// Servers from 1.37 on compress each event of a watch by itself, which saves little and which no decoder expects.
    fn accept_encoding(&self, kind: Kind) -> HeaderValue {
        HeaderValue::from_static(match (self.compression, kind) {
            (Compression::Gzip, Kind::Once) => "gzip",
            _ => "identity",
        })
    }

    fn log_sent(&self, outgoing: &Outgoing, headers: &HeaderMap) {
        let Some(tracer) = self
            .tracer
            .as_ref()
            .filter(|tracer| tracer.detail != LogDetail::Line)
        else {
            return;
        };
        let body = tracer
            .body_limit()
            .filter(|_| !outgoing.body.is_empty())
            .map(|limit| loggable_body(outgoing.uri.path(), &outgoing.body, limit));
        self.log(
            outgoing,
            LogStep::Sent {
                headers: loggable(headers),
                body,
            },
        );
    }

    fn log_result<B>(
        &self,
        outgoing: &Outgoing,
        result: &Result<Response<B>, BoxError>,
        elapsed: Duration,
    ) {
        let Some(tracer) = &self.tracer else { return };
        let step = match result {
            Ok(answer) => LogStep::Answered {
                status: answer.status(),
                headers: if tracer.body_limit().is_some() {
                    loggable(answer.headers())
                } else {
                    Vec::new()
                },
                elapsed,
            },
            Err(error) => LogStep::Failed {
                reason: describe_cause(&**error),
                elapsed,
            },
        };
        self.log(outgoing, step);
    }

    fn log(&self, outgoing: &Outgoing, step: LogStep) {
        if let Some(tracer) = &self.tracer {
            (tracer.log)(&outgoing.log(step));
        }
    }
}

const NO_HEADERS_IN_TIME: &str =
    "context deadline exceeded (Client.Timeout exceeded while awaiting headers)";

fn is_watch(query: &str) -> bool {
    query
        .split('&')
        .any(|pair| matches!(pair, "watch=true" | "watch=1" | "watch"))
}

/// Adds the time limit to the address, as client-go does.
fn with_timeout(path: &str, limit: Duration) -> String {
    let separator = if path.contains('?') { '&' } else { '?' };
    format!("{path}{separator}timeout={}", go_duration(limit))
}

/// The service that `kube`'s client drives.
#[derive(Clone)]
pub(super) struct WireService(pub Arc<Wire>);

impl Service<Request<Body>> for WireService {
    type Response = Response<AnswerBody>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        Box::pin(self.0.clone().send(request))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn watches_are_known_by_their_query() {
        for query in ["watch=true", "a=b&watch=1", "watch=true&timeoutSeconds=290"] {
            assert!(is_watch(query), "{query}");
        }
        for query in [
            "",
            "watch=false",
            "labelSelector=watch%3Dtrue",
            "unwatch=true",
        ] {
            assert!(!is_watch(query), "{query}");
        }
    }

    #[test]
    fn the_limit_is_told_to_the_server() {
        assert_eq!(
            with_timeout("/api", Duration::from_secs(5)),
            "/api?timeout=5s"
        );
        assert_eq!(
            with_timeout("/api?limit=1", Duration::from_micros(5)),
            "/api?limit=1&timeout=5us"
        );
    }
}
