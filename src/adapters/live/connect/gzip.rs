//! Answers that came compressed, decompressed in one go.
//!
//! A page of a list is some hundred kilobytes that become some megabytes. Decompressed frame by frame they would be copied from
//! small buffers into ever larger ones; in one go they are written once, to where they stay.

use std::io::Read;

use flate2::bufread::GzDecoder;
use futures::stream;
use http::Response;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use http_body::{Body, Frame};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::{Buf, Bytes};
use tower::BoxError;

use super::error::TransportError;

/// The most that a byte can become, by the format (RFC 1951).
const HIGHEST_RATIO: usize = 1032;

/// Gives a body as it was before it was compressed; one that was not is passed on frame by frame, as it comes.
pub(super) fn decompressed<B>(answer: Response<B>) -> Response<UnsyncBoxBody<Bytes, BoxError>>
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    let is_gzip = answer
        .headers()
        .get(CONTENT_ENCODING)
        .is_some_and(|encoding| encoding.as_bytes().eq_ignore_ascii_case(b"gzip"));
    let (mut parts, body) = answer.into_parts();
    if !is_gzip {
        return Response::from_parts(parts, body.map_err(Into::into).boxed_unsync());
    }
    parts.headers.remove(CONTENT_ENCODING);
    parts.headers.remove(CONTENT_LENGTH);
    let whole = StreamBody::new(stream::once(async move {
        let compressed = body.collect().await.map_err(Into::into)?;
        Ok(Frame::data(inflate(compressed.to_bytes())?))
    }));
    Response::from_parts(parts, whole.boxed_unsync())
}

fn inflate(compressed: Bytes) -> Result<Bytes, BoxError> {
    let mut whole = Vec::with_capacity(expected_length(&compressed));
    GzDecoder::new(compressed.reader())
        .read_to_end(&mut whole)
        .map_err(|error| {
            TransportError::new(format!("the answer cannot be decompressed: {error}"))
        })?;
    Ok(whole.into())
}

/// Returns the length that stands at the end of the format (RFC 1952), as far as so many bytes can become as much.
fn expected_length(compressed: &[u8]) -> usize {
    let Some(written) = compressed.last_chunk() else {
        return 0;
    };
    let written = usize::try_from(u32::from_le_bytes(*written)).unwrap_or(usize::MAX);
    written.min(compressed.len().saturating_mul(HIGHEST_RATIO))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn gzip(content: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn what_was_compressed_is_as_before() {
        let content = b"a page of pods ".repeat(10_000);
        let compressed = gzip(&content);
        assert_eq!(expected_length(&compressed), content.len());
        assert_eq!(inflate(compressed.into()).unwrap(), content);
        assert_eq!(inflate(gzip(b"").into()).unwrap(), b"".as_slice());
    }

    #[test]
    fn what_is_cut_or_twisted_is_refused_and_takes_no_memory() {
        let mut compressed = gzip(&b"a page of pods ".repeat(100));
        for cut in 0..compressed.len() {
            let error = inflate(compressed[..cut].to_vec().into()).unwrap_err();
            let text = error.to_string();
            assert!(text.contains("cannot be decompressed"), "{cut}: {text}");
        }
        let end = compressed.len();
        compressed[end - 4..].fill(0xff);
        assert!(expected_length(&compressed) <= end * HIGHEST_RATIO);
        assert!(inflate(compressed.into()).is_err());
    }
}
