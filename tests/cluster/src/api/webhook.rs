//! An admission webhook inside the test's own process: a small HTTPS server on loopback
//! that refuses what it is asked, with a status of the test's choice.

use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::admission::Refusal;
use super::cluster::Cluster;
use super::must;
use super::space::Space;

/// No request of the API server is near this.
const LONGEST_REQUEST: usize = 4 << 20;

/// A webhook that refuses as long as this lives.
#[must_use]
pub struct Webhook<'s> {
    refusal: Refusal<'s>,
    calls: Arc<AtomicUsize>,
    server: Option<JoinHandle<()>>,
}

impl Webhook<'_> {
    /// The name that the server's refusal mentions.
    pub fn name(&self) -> &str {
        self.refusal.name()
    }

    /// How often it was asked, the probes at its start among them.
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

impl Drop for Webhook<'_> {
    fn drop(&mut self) {
        if let Some(server) = &self.server {
            server.abort();
        }
    }
}

impl Space {
    /// Has a webhook refuse a kind of request in this space (or on its nodes) with a code
    /// and a message; see [`Space::refuse`] for how the request is named. Code 0 leaves it
    /// to the server, which then answers 403.
    #[track_caller]
    pub fn refuse_by_webhook(
        &self,
        operation: &str,
        resource: &str,
        code: u16,
        message: &str,
    ) -> Webhook<'_> {
        let status = if code == 0 {
            json!({"message": message})
        } else {
            json!({"code": code, "message": message})
        };
        let calls = Arc::new(AtomicUsize::new(0));
        let (port, server) = must(
            "a webhook",
            serve(self.cluster(), status, Arc::clone(&calls)),
        );
        let ca = must("the CA", std::fs::read(&self.cluster().description().ca));
        let client_config =
            json!({"url": format!("https://127.0.0.1:{port}/"), "caBundle": base64(&ca)});
        Webhook {
            refusal: self.register(operation, resource, client_config),
            calls,
            server: Some(server),
        }
    }

    /// Registers a webhook that nobody serves: the server answers 500, "failed calling webhook".
    #[track_caller]
    pub fn refuse_by_dead_webhook(&self, operation: &str, resource: &str) -> Webhook<'_> {
        // Port 1 is privileged and unused, so nothing of this machine listens there.
        let client_config = json!({"url": "https://127.0.0.1:1/"});
        let refusal = self.register(operation, resource, client_config);
        Webhook {
            refusal,
            calls: Arc::default(),
            server: None,
        }
    }
}

fn serve(
    cluster: &Cluster,
    status: Value,
    calls: Arc<AtomicUsize>,
) -> io::Result<(u16, JoinHandle<()>)> {
    let folder = &cluster.description().folder;
    let certificate =
        CertificateDer::from_pem_file(folder.join("server.crt")).map_err(io::Error::other)?;
    let key = PrivateKeyDer::from_pem_file(folder.join("server.key")).map_err(io::Error::other)?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| {
            builder
                .with_no_client_auth()
                .with_single_cert(vec![certificate], key)
        })
        .map_err(io::Error::other)?;
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = cluster.run(async { TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await })?;
    let port = listener.local_addr()?.port();
    let server = cluster.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, status, calls) = (acceptor.clone(), status.clone(), Arc::clone(&calls));
            tokio::spawn(async move {
                // A caller that went away needs no answer.
                if let Ok(mut stream) = acceptor.accept(stream).await {
                    let _ = answer(&mut stream, &status, &calls).await;
                }
            });
        }
    });
    Ok((port, server))
}

async fn answer<S>(stream: &mut S, status: &Value, calls: &AtomicUsize) -> io::Result<()>
where
    S: AsyncReadExt + AsyncWriteExt + Unpin,
{
    let review = read_body(stream).await?;
    calls.fetch_add(1, Ordering::SeqCst);
    let response = json!({"uid": review["request"]["uid"], "allowed": false, "status": status});
    let body =
        json!({"apiVersion": review["apiVersion"], "kind": review["kind"], "response": response})
            .to_string();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    stream.shutdown().await
}

/// Reads one request's body by its Content-Length.
async fn read_body(stream: &mut (impl AsyncReadExt + Unpin)) -> io::Result<Value> {
    let mut bytes = Vec::new();
    loop {
        if let Some(body) = whole_body(&bytes) {
            return serde_json::from_slice(body).map_err(io::Error::other);
        }
        let mut chunk = [0_u8; 4096];
        let read = stream.read(&mut chunk).await?;
        if read == 0 || bytes.len() > LONGEST_REQUEST {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        bytes.extend_from_slice(&chunk[..read]);
    }
}

fn whole_body(bytes: &[u8]) -> Option<&[u8]> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let head = std::str::from_utf8(&bytes[..end])
        .ok()?
        .to_ascii_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"))?
        .trim()
        .parse::<usize>()
        .ok()?;
    bytes[end..].get(..length)
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk
            .iter()
            .fold(0_u32, |word, byte| word << 8 | u32::from(*byte))
            << (8 * (3 - chunk.len()));
        for index in 0..4 {
            let digit = DIGITS[(word >> (18 - 6 * index)) as usize & 63];
            text.push(if index <= chunk.len() {
                char::from(digit)
            } else {
                '='
            });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_pads() {
        for (plain, coded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }

    #[test]
    fn a_body_is_whole_when_its_length_is_there() {
        assert_eq!(
            whole_body(b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}"),
            Some(&b"{}"[..])
        );
        assert_eq!(
            whole_body(b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{"),
            None
        );
        assert_eq!(whole_body(b"POST / HTTP/1.1\r\nContent-Le"), None);
    }
}
