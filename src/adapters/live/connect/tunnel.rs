//! Talks a proxy into passing bytes through: HTTP `CONNECT` and SOCKS5 (RFC 1928, RFC 1929).
//!
//! hyper-util has both; its errors do not say what the proxy answered, and that answer is what the user needs.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::conn::Stream;
use super::dial::join;
use super::error::{TransportError, go_io_text};
use super::proxy::ProxyUrl;
use super::time::within;

/// Go's limit for the proxy's answer to `CONNECT`.
const ANSWER: Duration = Duration::from_secs(60);
/// More than any proxy sends before the tunnel opens.
const MAX_HEADERS: usize = 16 * 1024;

/// Opens a tunnel through an HTTP proxy.
pub(super) async fn http(
    stream: Stream,
    proxy: &ProxyUrl,
    host: &str,
    port: u16,
) -> Result<Stream, TransportError> {
    limited(connect(stream, proxy, &join(host, port))).await
}

/// Opens a tunnel through a SOCKS5 proxy, which resolves the name.
pub(super) async fn socks5(
    stream: Stream,
    proxy: &ProxyUrl,
    host: &str,
    port: u16,
) -> Result<Stream, TransportError> {
    let route = format!(
        "socks connect tcp {}->{}",
        join(&proxy.host, proxy.port),
        join(host, port)
    );
    limited(socks_connect(stream, proxy, host, port))
        .await
        .map_err(|error| TransportError::new(format!("{route}: {error}")))
}

async fn limited(
    work: impl Future<Output = Result<Stream, TransportError>>,
) -> Result<Stream, TransportError> {
    match within(ANSWER, work).await {
        Some(result) => result,
        None => Err(TransportError::new("context deadline exceeded")),
    }
}

fn broken(error: std::io::Error) -> TransportError {
    TransportError::new(match error.kind() {
        std::io::ErrorKind::UnexpectedEof => "EOF".to_owned(),
        _ => go_io_text(&error),
    })
}

async fn connect(
    mut stream: Stream,
    proxy: &ProxyUrl,
    target: &str,
) -> Result<Stream, TransportError> {
    let auth = proxy
        .basic_auth()
        .map(|value| format!("Proxy-Authorization: {value}\r\n"))
        .unwrap_or_default();
    let request = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{auth}\r\n");
    stream.write_all(request.as_bytes()).await.map_err(broken)?;
    let head = read_head(&mut stream).await?;
    let mut words = head.lines().next().unwrap_or_default().splitn(3, ' ');
    let version = words.next().unwrap_or_default();
    match (version.starts_with("HTTP/1."), words.next(), words.next()) {
        (true, Some("200"), _) => Ok(stream),
        (true, Some(_), Some(text)) if !text.is_empty() => Err(TransportError::new(text)),
        (true, Some(code), _) => Err(TransportError::new(format!(
            "proxy answered with code {code}"
        ))),
        _ => Err(TransportError::new("malformed HTTP response")),
    }
}

/// Reads up to the empty line, byte by byte: what follows belongs to the tunnel.
async fn read_head(stream: &mut Stream) -> Result<String, TransportError> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() == MAX_HEADERS {
            return Err(TransportError::new("malformed HTTP response"));
        }
        head.push(stream.read_u8().await.map_err(broken)?);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

const SOCKS: u8 = 5;
const NO_AUTH: u8 = 0;
const PASSWORD: u8 = 2;

async fn socks_connect(
    mut stream: Stream,
    proxy: &ProxyUrl,
    host: &str,
    port: u16,
) -> Result<Stream, TransportError> {
    let credentials = proxy.credentials();
    let greeting: &[u8] = if credentials.is_some() {
        &[SOCKS, 2, NO_AUTH, PASSWORD]
    } else {
        &[SOCKS, 1, NO_AUTH]
    };
    stream.write_all(greeting).await.map_err(broken)?;
    let mut choice = [0; 2];
    stream.read_exact(&mut choice).await.map_err(broken)?;
    match (choice, credentials) {
        ([SOCKS, NO_AUTH], _) => {}
        ([SOCKS, PASSWORD], Some((user, password))) => {
            socks_login(&mut stream, user, password).await?
        }
        ([SOCKS, _], _) => return Err(TransportError::new("no acceptable authentication methods")),
        ([version, _], _) => {
            return Err(TransportError::new(format!(
                "unexpected protocol version {version}"
            )));
        }
    }
    stream
        .write_all(&socks_request(host, port)?)
        .await
        .map_err(broken)?;
    socks_answer(&mut stream).await?;
    Ok(stream)
}

async fn socks_login(
    stream: &mut Stream,
    user: &str,
    password: &str,
) -> Result<(), TransportError> {
    let mut login = vec![1];
    for text in [user, password] {
        let length = u8::try_from(text.len())
            .map_err(|_| TransportError::new("invalid username/password"))?;
        login.push(length);
        login.extend_from_slice(text.as_bytes());
    }
    stream.write_all(&login).await.map_err(broken)?;
    let mut answer = [0; 2];
    stream.read_exact(&mut answer).await.map_err(broken)?;
    if answer[1] == 0 {
        Ok(())
    } else {
        Err(TransportError::new(
            "username/password authentication failed",
        ))
    }
}

fn socks_request(host: &str, port: u16) -> Result<Vec<u8>, TransportError> {
    let mut request = vec![SOCKS, 1, 0];
    match host.parse::<std::net::IpAddr>() {
        Ok(std::net::IpAddr::V4(address)) => {
            request.push(1);
            request.extend_from_slice(&address.octets());
        }
        Ok(std::net::IpAddr::V6(address)) => {
            request.push(4);
            request.extend_from_slice(&address.octets());
        }
        Err(_) => {
            let length =
                u8::try_from(host.len()).map_err(|_| TransportError::new("FQDN too long"))?;
            request.extend_from_slice(&[3, length]);
            request.extend_from_slice(host.as_bytes());
        }
    }
    request.extend_from_slice(&port.to_be_bytes());
    Ok(request)
}

async fn socks_answer(stream: &mut Stream) -> Result<(), TransportError> {
    let mut head = [0; 4];
    stream.read_exact(&mut head).await.map_err(broken)?;
    if head[1] != 0 {
        return Err(TransportError::new(format!(
            "unknown error {}",
            socks_reason(head[1])
        )));
    }
    // The address the proxy bound, and its port: of no interest, but they come before the tunnel's bytes.
    let length = match head[3] {
        1 => 4,
        4 => 16,
        3 => usize::from(stream.read_u8().await.map_err(broken)?),
        kind => return Err(TransportError::new(format!("unknown address type {kind}"))),
    };
    let mut bound = vec![0; length + 2];
    stream.read_exact(&mut bound).await.map_err(broken)?;
    Ok(())
}

fn socks_reason(code: u8) -> &'static str {
    match code {
        1 => "general SOCKS server failure",
        2 => "connection not allowed by ruleset",
        3 => "network unreachable",
        4 => "host unreachable",
        5 => "connection refused",
        6 => "TTL expired",
        7 => "command not supported",
        8 => "address type not supported",
        _ => "unknown code",
    }
}
