//! Small servers that tell what they saw: HTTP with and without TLS, and three kinds of proxies.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, OnceLock};

use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::http::{HeaderMap, Request, Response};
use hyper_util::rt::TokioIo;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair,
};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::json;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

/// The threads that all these servers run on, for as long as the tests run.
pub fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Runtime::new().unwrap())
}

/// A certificate authority of a test's own.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate with its key, both PEM.
#[derive(Clone)]
pub struct Pair {
    pub certificate: String,
    pub key: String,
}

impl Authority {
    pub fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub fn pem(&self) -> String {
        self.0.pem()
    }

    pub fn server(&self, names: &[&str]) -> Pair {
        self.sign(
            CertificateParams::new(
                names
                    .iter()
                    .map(|name| (*name).to_owned())
                    .collect::<Vec<_>>(),
            )
            .unwrap(),
        )
    }

    pub fn expired_server(&self, names: &[&str]) -> Pair {
        let mut params = CertificateParams::new(
            names
                .iter()
                .map(|name| (*name).to_owned())
                .collect::<Vec<_>>(),
        )
        .unwrap();
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(2020, 2, 1);
        self.sign(params)
    }

    pub fn client(&self, name: &str) -> Pair {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.sign(params)
    }

    fn sign(&self, params: CertificateParams) -> Pair {
        let key = KeyPair::generate().unwrap();
        Pair {
            certificate: params.signed_by(&key, &self.0).unwrap().pem(),
            key: key.serialize_pem(),
        }
    }
}

/// A certificate that is its own authority, as a server makes it that was given none.
pub fn self_signed_authority(names: &[&str]) -> Pair {
    let mut params = CertificateParams::new(
        names
            .iter()
            .map(|name| (*name).to_owned())
            .collect::<Vec<_>>(),
    )
    .unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    Pair {
        certificate: params.self_signed(&key).unwrap().pem(),
        key: key.serialize_pem(),
    }
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
        Self::start(Some(tls(pair, false)), Arc::new(script))
    }

    /// HTTPS that shuts the door on clients without a certificate.
    pub fn strict(pair: &Pair, script: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        Self::start(Some(tls(pair, true)), Arc::new(script))
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

/// An answer that tells which server this is and how the request identified itself.
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
        Reply::json(
            200,
            &json!({"server": name, "target": seen.target, "host": seen.header("host"), "authorization": seen.header("authorization"),
                    "impersonation": impersonation, "certificate": seen.peer.as_ref().map(|der| der.len())}),
        )
    }
}

fn listen() -> (TcpListener, SocketAddr) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let _inside = runtime().enter();
    (TcpListener::from_std(listener).unwrap(), address)
}

fn tls(pair: &Pair, strict: bool) -> Arc<rustls::ServerConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let chain = CertificateDer::pem_slice_iter(pair.certificate.as_bytes())
        .map(Result::unwrap)
        .collect();
    let key = PrivateKeyDer::from_pem_slice(pair.key.as_bytes()).unwrap();
    let verifier = AnyClient {
        strict,
        algorithms: provider.signature_verification_algorithms,
    };
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(Arc::new(verifier))
        .with_single_cert(chain, key)
        .unwrap();
    Arc::new(config)
}

async fn serve(
    stream: TcpStream,
    tls: Option<Arc<rustls::ServerConfig>>,
    log: Arc<Mutex<Vec<Seen>>>,
    script: Script,
    connection: usize,
) {
    match tls {
        None => speak(stream, None, log, script, connection).await,
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
            speak(stream, peer, log, script, connection).await;
        }
    }
}

async fn speak<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: S,
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
    let _ = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
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

#[derive(Debug)]
struct AnyClient {
    strict: bool,
    algorithms: rustls::crypto::WebPkiSupportedAlgorithms,
}

impl rustls::server::danger::ClientCertVerifier for AnyClient {
    fn root_hint_subjects(&self) -> &[rustls::DistinguishedName] {
        &[]
    }

    fn client_auth_mandatory(&self) -> bool {
        self.strict
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: rustls::pki_types::UnixTime,
    ) -> Result<rustls::server::danger::ClientCertVerified, rustls::Error> {
        Ok(rustls::server::danger::ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// A proxy that sends every tunnel to one place, whatever name it was asked for, and notes the names.
pub struct Proxy {
    pub address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

/// What a proxy speaks and wants.
#[derive(Clone)]
pub enum ProxyRole {
    /// `CONNECT`.
    Http,
    /// `CONNECT` inside TLS.
    Https(Pair),
    /// `CONNECT`, answered with this status line.
    Refusing(&'static str),
    /// SOCKS5 without a login.
    Socks,
    /// SOCKS5 with this login.
    SocksLogin(&'static str, &'static str),
}

impl Proxy {
    pub fn start(role: ProxyRole, destination: SocketAddr) -> Self {
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let (listener, address) = listen();
        let log = asked.clone();
        let tls = match &role {
            ProxyRole::Https(pair) => Some(tokio_rustls::TlsAcceptor::from(tls(pair, false))),
            _ => None,
        };
        runtime().spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (role, log, tls) = (role.clone(), log.clone(), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                pass_on(stream, &role, &log, destination).await;
                            }
                        }
                        None => pass_on(stream, &role, &log, destination).await,
                    }
                });
            }
        });
        Self { address, asked }
    }

    /// Takes what the proxy was asked for so far: the target, and the login behind a blank.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

async fn pass_on<S: AsyncRead + AsyncWrite + Unpin>(
    mut client: S,
    role: &ProxyRole,
    log: &Mutex<Vec<String>>,
    destination: SocketAddr,
) {
    let asked = match role {
        ProxyRole::Socks | ProxyRole::SocksLogin(..) => socks(&mut client, role).await,
        _ => connect(&mut client, role).await,
    };
    let Ok((asked, go_on)) = asked else { return };
    log.lock().unwrap().push(asked);
    if go_on {
        let mut server = TcpStream::connect(destination).await.unwrap();
        // Either side may hang up when it has what it wants.
        let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
    }
}

async fn connect<S: AsyncRead + AsyncWrite + Unpin>(
    client: &mut S,
    role: &ProxyRole,
) -> std::io::Result<(String, bool)> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await?);
    }
    let head = String::from_utf8(head).unwrap();
    let target = head.split(' ').nth(1).unwrap().to_owned();
    let login = head
        .lines()
        .find_map(|line| line.strip_prefix("Proxy-Authorization: "));
    let asked = login.map_or_else(|| target.clone(), |login| format!("{target} {login}"));
    if let ProxyRole::Refusing(line) = role {
        client
            .write_all(format!("HTTP/1.1 {line}\r\nContent-Length: 0\r\n\r\n").as_bytes())
            .await?;
        return Ok((asked, false));
    }
    client
        .write_all(b"HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n")
        .await?;
    Ok((asked, true))
}

async fn socks<S: AsyncRead + AsyncWrite + Unpin>(
    client: &mut S,
    role: &ProxyRole,
) -> std::io::Result<(String, bool)> {
    let mut login = String::new();
    client.read_u8().await?;
    let mut methods = vec![0; usize::from(client.read_u8().await?)];
    client.read_exact(&mut methods).await?;
    if let ProxyRole::SocksLogin(user, password) = role {
        client.write_all(&[5, 2]).await?;
        client.read_u8().await?;
        let given = (read_text(client).await?, read_text(client).await?);
        let right = given == ((*user).to_owned(), (*password).to_owned());
        client.write_all(&[1, u8::from(!right)]).await?;
        login = format!(" {}:{}", given.0, given.1);
        if !right {
            return Ok((login, false));
        }
    } else {
        client.write_all(&[5, 0]).await?;
    }
    let mut head = [0; 4];
    client.read_exact(&mut head).await?;
    let host = match head[3] {
        1 => {
            let mut octets = [0; 4];
            client.read_exact(&mut octets).await?;
            std::net::Ipv4Addr::from(octets).to_string()
        }
        _ => read_text(client).await?,
    };
    let port = client.read_u16().await?;
    client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await?;
    Ok((format!("{host}:{port}{login}"), true))
}

async fn read_text<S: AsyncRead + Unpin>(client: &mut S) -> std::io::Result<String> {
    let mut text = vec![0; usize::from(client.read_u8().await?)];
    client.read_exact(&mut text).await?;
    Ok(String::from_utf8(text).unwrap())
}
