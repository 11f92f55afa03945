//! Three kinds of proxies.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::certificates::{Door, Pair, tls};
use super::{listen, runtime};

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
            ProxyRole::Https(pair) => {
                Some(tokio_rustls::TlsAcceptor::from(tls(pair, Door::Open, &[])))
            }
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
