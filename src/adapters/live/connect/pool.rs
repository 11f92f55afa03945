//! The pool of connections, and its replacement when a client certificate changes.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use super::dial::{Connector, Versions};
use super::error::{ConnectError, TransportError};
use super::proxy::ProxyUrl;
use super::settings::{Identity, Trust};
use super::tls;

/// hyper's client over our connections.
pub(super) type HttpClient = Client<Connector, Full<Bytes>>;

/// Shorter than any server or load balancer keeps an idle connection, so that a request is rarely written to one that
/// is being closed.
const IDLE: Duration = Duration::from_secs(30);

/// Go's interval for asking a silent HTTP/2 connection whether it is still there, and its patience: a watch may be
/// silent for minutes, and so may a network that has gone.
const PING: Duration = Duration::from_secs(30);
const PONG: Duration = Duration::from_secs(15);

/// Connections of one user to one server.
pub(super) struct Pool {
    trust: Trust,
    proxy: Option<Arc<ProxyUrl>>,
    versions: Versions,
    /// Without a plugin's certificate.
    plain: HttpClient,
    /// With the last certificate that a plugin gave; another one needs connections of its own, because a connection
    /// keeps the certificate that it was opened with.
    with_identity: Mutex<Option<(Arc<Identity>, HttpClient)>>,
}

impl Pool {
    pub(super) fn new(
        trust: Trust,
        identity: Option<&Identity>,
        proxy: Option<ProxyUrl>,
        versions: Versions,
    ) -> Result<Self, ConnectError> {
        let proxy = proxy.map(Arc::new);
        let plain = client(&trust, identity, &proxy, versions)?;
        Ok(Self {
            trust,
            proxy,
            versions,
            plain,
            with_identity: Mutex::new(None),
        })
    }

    /// The client whose connections carry this certificate.
    pub(super) fn client(
        &self,
        identity: Option<&Arc<Identity>>,
    ) -> Result<HttpClient, TransportError> {
        let Some(identity) = identity else {
            return Ok(self.plain.clone());
        };
        let mut current = self
            .with_identity
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some((_, client)) = current
            .as_ref()
            .filter(|(known, _)| Arc::ptr_eq(known, identity))
        {
            return Ok(client.clone());
        }
        let client =
            client(&self.trust, Some(identity), &self.proxy, self.versions).map_err(|error| {
                TransportError::new(format!(
                    "getting credentials: failed parsing client key/certificate: {error}"
                ))
            })?;
        *current = Some((identity.clone(), client.clone()));
        Ok(client)
    }
}

fn client(
    trust: &Trust,
    identity: Option<&Identity>,
    proxy: &Option<Arc<ProxyUrl>>,
    versions: Versions,
) -> Result<HttpClient, ConnectError> {
    let tls = tls::client_config(&trust.roots, identity)?;
    let connector = Connector::new(tls, trust.server_name.clone(), proxy.clone(), versions);
    Ok(Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .timer(TokioTimer::new())
        .http2_keep_alive_interval(PING)
        .http2_keep_alive_timeout(PONG)
        .pool_idle_timeout(IDLE)
        .build(connector))
}
