//! Small servers that tell what they saw: HTTP with and without TLS, and three kinds of proxies.

mod certificates;
mod proxy;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, OnceLock};

use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::http::{HeaderMap, Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::CertificateDer;
use serde_json::json;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

pub use certificates::{Authority, Pair, self_signed_authority};
use certificates::{Door, tls};
pub use proxy::{Proxy, ProxyRole};

/// What a server that speaks HTTP/2 says in the handshake.
const MODERN: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// The threads that all these servers run on, for as long as the tests run.
pub fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Runtime::new().unwrap())
}

/// One request as a server saw it.
#[derive(Clone, Debug)]
pub struct Seen {
    pub method: String,
    /// Path and query; the whole address where a proxy's request line has it.
    pub target: String,
    pub headers: HeaderMap,
    pub body: String,
    /// The client's certificate.
    pub peer: Option<CertificateDer<'static>>,
    /// Which of the server's connections it came on.
    pub connection: usize,
}

impl Seen {
    pub fn header(&self, name: &str) -> String {
        let values = self
            .headers
            .get_all(name)
            .iter()
            .map(|value| value.to_str().unwrap());
        values.collect::<Vec<_>>().join(", ")
    }
}

/// What a server answers.
pub enum Reply {
    Say {
        status: u16,
        headers: Vec<(&'static str, String)>,
        body: Vec<u8>,
    },
    /// Keeps the client waiting until it gives up.
    Never,
    /// Headers, then nothing.
    NoBody,
}

impl Reply {
    pub fn json(status: u16, body: &serde_json::Value) -> Self {
        Self::Say {
            status,
            headers: vec![("content-type", "application/json".into())],
            body: body.to_string().into_bytes(),
        }
    }

    /// What a server that knows nobody says.
    pub fn unauthorized() -> Self {
        Self::json(
            401,
            &json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
                    "message": "Unauthorized", "reason": "Unauthorized", "code": 401}),
        )
    }

    /// A refusal in these words.
    pub fn forbidden(message: &str) -> Self {
        Self::json(
            403,
            &json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
                    "message": message, "reason": "Forbidden", "code": 403}),
        )
    }

    pub fn with_header(self, name: &'static str, value: &str) -> Self {
        match self {
            Self::Say {
                status,
                mut headers,
                body,
            } => {
                headers.push((name, value.to_owned()));
                Self::Say {
                    status,
                    headers,
                    body,
                }
            }
            other => other,
        }
    }
}

/// A running server.
pub struct Server {
    pub address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    secure: bool,
}

/// What a server answers with, request by request.
type Script = Arc<dyn Fn(&Seen) -> Reply + Send + Sync>;

impl Server {
    /// HTTP without TLS.
    pub fn plain(script: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        Self::start(None, Arc::new(script))
    }

    /// HTTPS with this certificate; asks for a client's certificate and takes any or none.
    pub fn secure(pair: &Pair, script: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        Self::start(Some(tls(pair, Door::Open, &[])), Arc::new(script))
    }

    /// HTTPS that shuts the door on clients without a certificate.
    pub fn strict(pair: &Pair, script: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        Self::start(Some(tls(pair, Door::Strict, &[])), Arc::new(script))
    }

    /// HTTPS that prefers HTTP/2, as the real API server does.
    pub fn modern(pair: &Pair, script: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        Self::start(Some(tls(pair, Door::Open, &MODERN)), Arc::new(script))
    }

    fn start(tls: Option<Arc<rustls::ServerConfig>>, script: Script) -> Self {
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let (listener, address) = listen();
        let (log, secure) = (seen.clone(), tls.is_some());
        runtime().spawn(async move {
            for connection in 0.. {
                let (stream, _) = listener.accept().await.unwrap();
                stream.set_nodelay(true).unwrap();
                tokio::spawn(serve(
                    stream,
                    tls.clone(),
                    log.clone(),
                    script.clone(),
                    connection,
                ));
            }
        });
        Self {
            address,
            seen,
            secure,
        }
    }

    pub fn url(&self) -> String {
        let scheme = if self.secure { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// Takes what was seen so far.
    pub fn take(&self) -> Vec<Seen> {
        std::mem::take(&mut self.seen.lock().unwrap())
    }
}

/// An answer that tells which server this is and how the request identified itself. Nodes are refused in these words,
/// so that a program that only shows errors shows them, too.
pub fn echo(name: &'static str) -> impl Fn(&Seen) -> Reply + Send + Sync + 'static {
    move |seen| {
        let mut impersonation: Vec<(String, String)> = Vec::new();
        for (key, value) in seen
            .headers
            .iter()
            .filter(|(key, _)| key.as_str().starts_with("impersonate"))
        {
            impersonation.push((key.to_string(), value.to_str().unwrap().to_owned()));
        }
        impersonation.sort();
        let saw = json!({
            "server": name, "target": seen.target, "host": seen.header("host"),
            "authorization": seen.header("authorization"), "impersonation": impersonation,
            "certificate": seen.peer.as_ref().map(|der| der.len()),
        });
        if seen.target.contains("/api/v1/nodes/") {
            return Reply::forbidden(&saw.to_string());
        }
        Reply::json(200, &saw)
    }
}

fn listen() -> (TcpListener, SocketAddr) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let _inside = runtime().enter();
    (TcpListener::from_std(listener).unwrap(), address)
}

async fn serve(
    stream: TcpStream,
    tls: Option<Arc<rustls::ServerConfig>>,
    log: Arc<Mutex<Vec<Seen>>>,
    script: Script,
    connection: usize,
) {
    match tls {
        None => speak(stream, false, None, log, script, connection).await,
        Some(tls) => {
            // A client that refuses the certificate hangs up: that is what some tests are about.
            let Ok(stream) = tokio_rustls::TlsAcceptor::from(tls).accept(stream).await else {
                return;
            };
            let peer = stream
                .get_ref()
                .1
                .peer_certificates()
                .map(|chain| chain[0].clone().into_owned());
            let modern = stream.get_ref().1.alpn_protocol() == Some(MODERN[0]);
            speak(stream, modern, peer, log, script, connection).await;
        }
    }
}

async fn speak<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: S,
    modern: bool,
    peer: Option<CertificateDer<'static>>,
    log: Arc<Mutex<Vec<Seen>>>,
    script: Script,
    connection: usize,
) {
    let service = hyper::service::service_fn(move |request: Request<hyper::body::Incoming>| {
        let (peer, log, script) = (peer.clone(), log.clone(), script.clone());
        async move {
            let (parts, body) = request.into_parts();
            let body = body.collect().await.unwrap().to_bytes();
            let seen = Seen {
                method: parts.method.to_string(),
                target: parts.uri.to_string(),
                headers: parts.headers,
                body: String::from_utf8_lossy(&body).into_owned(),
                peer,
                connection,
            };
            let reply = script(&seen);
            log.lock().unwrap().push(seen);
            answer(reply).await
        }
    });
    // Ends with an error when the client goes away, as it may.
    let _ = if modern {
        hyper::server::conn::http2::Builder::new(TokioExecutor::new())
            .serve_connection(TokioIo::new(stream), service)
            .await
    } else {
        hyper::server::conn::http1::Builder::new()
            .serve_connection(TokioIo::new(stream), service)
            .await
    };
}

type AnyBody = http_body_util::combinators::UnsyncBoxBody<Bytes, std::convert::Infallible>;

async fn answer(reply: Reply) -> Result<Response<AnyBody>, std::convert::Infallible> {
    match reply {
        Reply::Never => std::future::pending().await,
        Reply::NoBody => {
            let endless = http_body_util::StreamBody::new(futures::stream::pending::<
                Result<hyper::body::Frame<Bytes>, _>,
            >());
            Ok(Response::new(endless.boxed_unsync()))
        }
        Reply::Say {
            status,
            headers,
            body,
        } => {
            let mut response = Response::builder().status(status);
            for (name, value) in headers {
                response = response.header(name, value);
            }
            Ok(response
                .body(Full::new(Bytes::from(body)).boxed_unsync())
                .unwrap())
        }
    }
}
