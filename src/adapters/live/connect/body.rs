//! The body of an answer: bounded in time where the user asked for it, and shown to the log.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http_body::{Body, Frame, SizeHint};
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::Bytes;
use tokio::time::Sleep;
use tower::BoxError;

use super::error::TransportError;
use super::trace::{LogStep, RequestLog, Tracer, loggable_body};

/// An answer's body on its way to the client.
pub(super) struct AnswerBody {
    inner: UnsyncBoxBody<Bytes, BoxError>,
    deadline: Option<Pin<Box<Sleep>>>,
    tap: Option<Tap>,
}

impl AnswerBody {
    pub(super) fn new(
        inner: UnsyncBoxBody<Bytes, BoxError>,
        deadline: Option<Sleep>,
        tap: Option<Tap>,
    ) -> Self {
        Self {
            inner,
            deadline: deadline.map(Box::pin),
            tap,
        }
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if let Some(deadline) = &mut self.deadline
            && deadline.as_mut().poll(cx).is_ready()
        {
            return Poll::Ready(Some(Err(too_late().into())));
        }
        let frame = ready!(Pin::new(&mut self.inner).poll_frame(cx));
        if let Some(tap) = &mut self.tap {
            match &frame {
                Some(Ok(frame)) => tap.take(frame.data_ref()),
                _ => tap.end(),
            }
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl Drop for AnswerBody {
    /// A reader that knows the length stops before the end is announced.
    fn drop(&mut self) {
        if let Some(tap) = &mut self.tap {
            tap.end();
        }
    }
}

fn too_late() -> TransportError {
    TransportError::new(
        "context deadline exceeded (Client.Timeout or context cancellation while reading body)",
    )
}

/// Keeps the beginning of a body for the log.
pub(super) struct Tap {
    tracer: Tracer,
    log: RequestLog,
    path: String,
    limit: usize,
    kept: Vec<u8>,
    ended: bool,
}

impl Tap {
    /// `None` where bodies are not logged.
    pub(super) fn new(tracer: &Tracer, log: RequestLog, path: &str) -> Option<Self> {
        let limit = tracer.body_limit()?;
        Some(Self {
            tracer: tracer.clone(),
            log,
            path: path.to_owned(),
            limit,
            kept: Vec::new(),
            ended: false,
        })
    }

    fn take(&mut self, data: Option<&Bytes>) {
        // One byte over the limit, so that the log can tell a cut body from one that just fits.
        let missing = (self.limit + 1).saturating_sub(self.kept.len());
        if let Some(data) = data {
            self.kept
                .extend_from_slice(&data[..data.len().min(missing)]);
        }
    }

    fn end(&mut self) {
        if !std::mem::replace(&mut self.ended, true) {
            self.log.step = LogStep::Body(loggable_body(&self.path, &self.kept, self.limit));
            (self.tracer.log)(&self.log);
        }
    }
}
