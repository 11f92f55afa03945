//! Which proxy a request goes through: Go's rules, to the letter.
//!
//! `kube` compares `NO_PROXY` with the proxy's own address, fails on an empty entry and reads no `HTTP_PROXY`; people
//! have written their variables for kubectl, so they must mean the same here.

use std::net::IpAddr;

use base64::Engine as _;
use ipnet::IpNet;
use percent_encoding::percent_decode_str;

use super::flags::ConnectEnv;
use super::server::Server;

/// A proxy's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ProxyUrl {
    pub kind: ProxyKind,
    pub host: String,
    pub port: u16,
    credentials: Option<(String, String)>,
}

/// What a proxy speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ProxyKind {
    Http,
    Https,
    Socks5,
}

impl ProxyUrl {
    /// Reads the `proxy-url` of a kubeconfig.
    ///
    /// # Errors
    /// Returns client-go's reason.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
        let kind = match scheme.to_ascii_lowercase().as_str() {
            "http" => ProxyKind::Http,
            "https" => ProxyKind::Https,
            "socks5" => ProxyKind::Socks5,
            other => {
                return Err(format!(
                    "unsupported scheme {other:?}, must be http, https, or socks5"
                ));
            }
        };
        Self::with_kind(kind, rest).ok_or_else(|| format!("could not parse: {text}"))
    }

    /// Reads a variable, where a bare `host:port` means an HTTP proxy. What cannot be read counts as unset, as in Go.
    fn from_variable(text: &str) -> Option<Self> {
        match text.split_once("://") {
            Some((scheme, rest)) if !rest.is_empty() => {
                let kind = match scheme.to_ascii_lowercase().as_str() {
                    "https" => ProxyKind::Https,
                    "socks5" | "socks5h" => ProxyKind::Socks5,
                    _ => ProxyKind::Http,
                };
                Self::with_kind(kind, rest)
            }
            _ => Self::with_kind(ProxyKind::Http, text),
        }
    }

    fn with_kind(kind: ProxyKind, rest: &str) -> Option<Self> {
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let (user, host_port) = match authority.rsplit_once('@') {
            Some((user, host_port)) => (Some(user), host_port),
            None => (None, authority),
        };
        let (host, port) = split_host_port(host_port)?;
        let default = match kind {
            ProxyKind::Http => 80,
            ProxyKind::Https => 443,
            ProxyKind::Socks5 => 1080,
        };
        let port = if port.is_empty() {
            default
        } else {
            port.parse().ok()?
        };
        if host.is_empty() || host.contains(char::is_whitespace) {
            return None;
        }
        Some(Self {
            kind,
            host: host.to_owned(),
            port,
            credentials: user.map(credentials),
        })
    }

    /// The value of `Proxy-Authorization`, where the address carries a user.
    pub(super) fn basic_auth(&self) -> Option<String> {
        let (user, password) = self.credentials.as_ref()?;
        Some(format!(
            "Basic {}",
            base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"))
        ))
    }

    /// User and password for SOCKS5.
    pub(super) fn credentials(&self) -> Option<(&str, &str)> {
        self.credentials
            .as_ref()
            .map(|(user, password)| (user.as_str(), password.as_str()))
    }
}

fn credentials(userinfo: &str) -> (String, String) {
    let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let (user, password) = userinfo.split_once(':').unwrap_or((userinfo, ""));
    (decode(user), decode(password))
}

/// Host and port of `host`, `host:port`, `[v6]` or `[v6]:port`; the port is empty where there is none.
fn split_host_port(text: &str) -> Option<(&str, &str)> {
    if let Some(rest) = text.strip_prefix('[') {
        let (host, rest) = rest.split_once(']')?;
        return match rest {
            "" => Some((host, "")),
            _ => Some((host, rest.strip_prefix(':')?)),
        };
    }
    match text.rsplit_once(':') {
        Some((host, _)) if host.contains(':') => Some((text, "")),
        Some((host, port)) => Some((host, port)),
        None => Some((text, "")),
    }
}

/// The proxy that the variables ask for, for requests to this server.
pub(super) fn from_env(server: &Server, env: &ConnectEnv) -> Option<ProxyUrl> {
    let variable = if server.is_https() {
        &env.https_proxy
    } else {
        &env.http_proxy
    };
    let proxy = ProxyUrl::from_variable(variable.as_deref()?)?;
    let (host, port) = split_host_port(server.authority())?;
    let port = match (port, server.is_https()) {
        ("", true) => "443",
        ("", false) => "80",
        (port, _) => port,
    };
    is_proxied(host, port, env.no_proxy.as_deref().unwrap_or_default()).then_some(proxy)
}

/// Whether `NO_PROXY` lets a request to this host and port go through the proxy. The machine itself never does.
fn is_proxied(host: &str, port: &str, no_proxy: &str) -> bool {
    if host == "localhost" {
        return false;
    }
    let address = host.parse::<IpAddr>().ok();
    if address.is_some_and(|address| is_loopback(&address)) {
        return false;
    }
    let host = host.to_ascii_lowercase();
    !no_proxy
        .split(',')
        .any(|entry| excludes(&entry.trim().to_lowercase(), &host, address.as_ref(), port))
}

/// Go counts an IPv4 loopback address written as IPv6, too.
fn is_loopback(address: &IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

/// Whether one entry of `NO_PROXY` covers the host.
fn excludes(entry: &str, host: &str, address: Option<&IpAddr>, port: &str) -> bool {
    if entry.is_empty() {
        return false;
    }
    if entry == "*" {
        return true;
    }
    if let Ok(net) = entry.parse::<IpNet>() {
        return address
            .is_some_and(|address| net.contains(&address.to_canonical()) || net.contains(address));
    }
    let Some((name, entry_port)) = split_host_port(entry) else {
        return false;
    };
    if !entry_port.is_empty() && entry_port != port {
        return false;
    }
    match (name.parse::<IpAddr>(), address) {
        (Ok(excluded), Some(address)) => excluded.to_canonical() == address.to_canonical(),
        (Err(_), None) => covers_name(name, host),
        _ => false,
    }
}

/// `foo.com` covers itself and its subdomains, `.foo.com` and `*.foo.com` the subdomains alone.
fn covers_name(entry: &str, host: &str) -> bool {
    let entry = entry
        .strip_prefix('*')
        .filter(|rest| rest.starts_with('.'))
        .unwrap_or(entry);
    match entry.strip_prefix('.') {
        Some(_) => host.ends_with(entry),
        None if entry.is_empty() => false,
        None => {
            host == entry
                || host
                    .strip_suffix(entry)
                    .is_some_and(|rest| rest.ends_with('.'))
        }
    }
}

#[cfg(test)]
mod tests;
