//! Opens connections: straight, through a proxy's tunnel, with or without TLS.
//!
//! One connector for all ways, so that time limits, `TCP_NODELAY` and the words of a failure are the same on each.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tower::Service;

use super::conn::{Conn, Protocol, Stream, Via};
use super::error::{TransportError, go_io_text};
use super::proxy::{ProxyKind, ProxyUrl};
use super::time::within;
use super::tunnel;

/// Go's limit for a TCP connection, and its interval for keep-alive probes.
const DIAL: Duration = Duration::from_secs(30);
/// Go's limit for a TLS handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// Linux alone has this one: how long a peer may leave what was sent unacknowledged. Without it, the machine waits a quarter of an hour.
#[cfg(target_os = "linux")]
const SILENCE: Duration = Duration::from_secs(60);
/// The name of HTTP/2 in the handshake.
const HTTP2: &[u8] = b"h2";
/// What is offered to a server, the preferred first: many requests at once then share one connection and one
/// handshake.
const PROTOCOLS: [&[u8]; 2] = [HTTP2, b"http/1.1"];

/// Which versions of HTTP may be spoken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Versions {
    /// What the server prefers.
    #[default]
    All,
    /// HTTP/1.1 alone.
    Http1,
}

/// Makes the connections of one pool.
#[derive(Clone)]
pub(super) struct Connector {
    tcp: HttpConnector,
    tls: Arc<ClientConfig>,
    server_name: Option<String>,
    proxy: Option<Arc<ProxyUrl>>,
    versions: Versions,
}

impl Connector {
    /// `server_name` replaces the host's name in the check of the certificate.
    pub(super) fn new(
        tls: Arc<ClientConfig>,
        server_name: Option<String>,
        proxy: Option<Arc<ProxyUrl>>,
        versions: Versions,
    ) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        // Requests are small and one waits for the next: held back, each would cost some 40 ms.
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(DIAL));
        tcp.set_keepalive(Some(DIAL));
        tcp.set_keepalive_interval(Some(DIAL));
        #[cfg(target_os = "linux")]
        tcp.set_tcp_user_timeout(Some(SILENCE));
        Self {
            tcp,
            tls,
            server_name,
            proxy,
            versions,
        }
    }

    async fn connect(mut self, destination: Uri) -> Result<Conn, TransportError> {
        let (host, port) = host_and_port(&destination);
        let secure = destination.scheme_str() == Some("https");
        let proxy = self.proxy.clone();
        let (stream, via) = match proxy.as_deref() {
            None => (
                Box::new(self.dial(&host, port, "dial tcp").await?) as Stream,
                Via::Direct,
            ),
            Some(proxy) if proxy.kind == ProxyKind::Socks5 => {
                (self.dial_socks(proxy, &host, port).await?, Via::Direct)
            }
            Some(proxy) => {
                let stream = self.dial_http_proxy(proxy).await?;
                match secure {
                    true => (tunnel::http(stream, proxy, &host, port).await?, Via::Direct),
                    // Without TLS the proxy itself takes the request, with the whole address in its first line.
                    false => (stream, Via::Proxy),
                }
            }
        };
        let (stream, protocol) = if secure {
            let protocols: &[&[u8]] = match self.versions {
                Versions::All => &PROTOCOLS,
                Versions::Http1 => &PROTOCOLS[1..],
            };
            self.handshake(stream, &host, protocols).await?
        } else {
            (stream, Protocol::Http1)
        };
        Ok(Conn::new(stream, via, protocol))
    }

    async fn dial_http_proxy(&mut self, proxy: &ProxyUrl) -> Result<Stream, TransportError> {
        let stream: Stream = Box::new(
            self.dial(&proxy.host, proxy.port, "proxyconnect tcp: dial tcp")
                .await?,
        );
        match proxy.kind {
            ProxyKind::Https => {
                let result = self.handshake(stream, &proxy.host, &[]).await;
                let (stream, _) = result
                    .map_err(|error| TransportError::new(format!("proxyconnect tcp: {error}")))?;
                Ok(stream)
            }
            _ => Ok(stream),
        }
    }

    async fn dial_socks(
        &mut self,
        proxy: &ProxyUrl,
        host: &str,
        port: u16,
    ) -> Result<Stream, TransportError> {
        let what = format!(
            "socks connect tcp {}->{}: dial tcp",
            join(&proxy.host, proxy.port),
            join(host, port)
        );
        let stream: Stream = Box::new(self.dial(&proxy.host, proxy.port, &what).await?);
        tunnel::socks5(stream, proxy, host, port).await
    }

    async fn dial(
        &mut self,
        host: &str,
        port: u16,
        what: &str,
    ) -> Result<TcpStream, TransportError> {
        let address = join(host, port);
        let uri: Uri = format!("http://{address}/")
            .parse()
            .map_err(|error| TransportError::new(format!("{what} {address}: {error}")))?;
        match self.tcp.call(uri).await {
            Ok(stream) => Ok(stream.into_inner()),
            Err(error) => Err(dial_error(&error, what, host, &address)),
        }
    }

    /// Agrees on TLS, and on one of the protocols where some are offered.
    async fn handshake(
        &self,
        stream: Stream,
        host: &str,
        protocols: &[&[u8]],
    ) -> Result<(Stream, Protocol), TransportError> {
        let name = self.server_name.as_deref().unwrap_or(host).to_owned();
        let name = ServerName::try_from(name.clone())
            .map_err(|_| TransportError::new(format!("tls: invalid server name {name:?}")))?;
        let protocols = protocols.iter().map(|name| name.to_vec()).collect();
        let connector = tokio_rustls::TlsConnector::from(self.tls.clone());
        let connecting = connector.with_alpn(protocols).connect(name, stream);
        match within(HANDSHAKE, connecting).await {
            Some(Ok(stream)) => {
                let protocol = match stream.get_ref().1.alpn_protocol() {
                    Some(name) if name == HTTP2 => Protocol::Http2,
                    _ => Protocol::Http1,
                };
                Ok((Box::new(stream), protocol))
            }
            Some(Err(error)) => Err(TransportError::new(handshake_text(&error))),
            None => Err(TransportError::new("net/http: TLS handshake timeout")),
        }
    }
}

/// What a failed handshake says.
fn handshake_text(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::UnexpectedEof => "EOF".to_owned(),
        _ => go_io_text(error),
    }
}

fn dial_error(
    error: &(dyn std::error::Error + 'static),
    what: &str,
    host: &str,
    address: &str,
) -> TransportError {
    let cause = std::iter::successors(Some(error), |error| error.source())
        .find_map(|error| error.downcast_ref::<std::io::Error>());
    // The connector tells a name that did not resolve by its message alone.
    if error.to_string().starts_with("dns error") {
        return TransportError::new(format!("{what}: lookup {host}: no such host"));
    }
    let text = format!(
        "{what} {address}: {}",
        cause.map_or_else(|| error.to_string(), go_io_text)
    );
    TransportError::new(text)
}

fn host_and_port(uri: &Uri) -> (String, u16) {
    let host = uri.host().unwrap_or_default();
    let host = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host);
    let default = if uri.scheme_str() == Some("https") {
        443
    } else {
        80
    };
    (host.to_owned(), uri.port_u16().unwrap_or(default))
}

/// `host:port`, with brackets around an IPv6 address.
pub(super) fn join(host: &str, port: u16) -> String {
    if host.contains(':') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}

impl Service<Uri> for Connector {
    type Response = Conn;
    type Error = TransportError;
    type Future = Pin<Box<dyn Future<Output = Result<Conn, TransportError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, destination: Uri) -> Self::Future {
        let server = destination
            .authority()
            .map_or_else(String::new, ToString::to_string);
        let connecting = self.clone().connect(destination);
        Box::pin(async move { connecting.await.map_err(|error| error.asking(&server)) })
    }
}
