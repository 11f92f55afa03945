//! Connects to a cluster exactly as kubectl would with the same flags, files and variables, and says the same when
//! that fails.
//!
//! ```text
//! flags + env + kubeconfig files ──> settings ──> auth ─┐
//!                                       └──> tls, dial ─┴─> wire ──> kube::Client
//! ```
//!
//! `kube`'s own way from a kubeconfig to a client is not used, because (version 5.0) it retries requests on its own
//! for minutes, runs a credential plugin three times and never after a 401, compares `NO_PROXY` with the wrong
//! address, fails on an absent file of a `KUBECONFIG` list, knows few of kubectl's flags, sends no user agent and drops
//! the server's warnings. The client below it repeats nothing but a request refused with 401.
//!
//! Nothing here writes to a stream: warnings and the request log go to [`Listeners`].

mod auth;
mod body;
mod conn;
mod dial;
mod duration;
mod error;
mod flags;
mod gzip;
mod kubeconfig;
mod pool;
mod proxy;
mod server;
mod settings;
mod time;
mod tls;
mod trace;
mod tunnel;
mod warnings;
mod wire;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use http::header::{HeaderMap, HeaderName, HeaderValue, USER_AGENT};

pub use error::{ConnectError, Entry, ErrorClass, ErrorText, describe_error};
pub(super) use error::{describe_cause, describe_unanswered};
pub use flags::{ConnectEnv, ConnectFlags};
pub use trace::{LogDetail, LogStep, RequestLog};

/// Gets the text of a warning.
pub type WarningListener = Arc<dyn Fn(&str) + Send + Sync>;

/// Gets a step of a request.
pub type RequestListener = Arc<dyn Fn(&RequestLog) + Send + Sync>;

/// Where the things go that a person should see while requests are made.
#[derive(Clone)]
pub struct Listeners {
    /// Gets the text of each distinct `Warning` header once.
    pub warning: WarningListener,
    /// Gets every step of every request; `None` keeps no log.
    pub request: Option<RequestListener>,
    /// How much of a request the log wants.
    pub detail: LogDetail,
}

impl Default for Listeners {
    /// Listens to nothing.
    fn default() -> Self {
        Self {
            warning: Arc::new(|_| {}),
            request: None,
            detail: LogDetail::Line,
        }
    }
}

/// A client for one server as one user, and what it was made from.
#[derive(Clone)]
pub struct Connection {
    /// The client; clones share connections.
    pub client: kube::Client,
    /// The server's URL.
    pub server: String,
    /// The namespace that commands without one mean.
    pub namespace: String,
    /// The context in force; `None` in a pod, or where no file names one.
    pub context: Option<String>,
    /// The user's name in the configuration, where there is one; the server may know them by another.
    pub user: Option<String>,
    /// How many requests were written to the wire so far, repetitions after a 401 included.
    pub requests: Arc<AtomicU64>,
}

/// The user agent of this program: `kubectl-nodemaint/1.2.3 (linux/amd64)`, with Go's names of systems and processors.
pub fn user_agent(version: &str) -> String {
    let system = match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let processor = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        "powerpc64" => "ppc64le",
        other => other,
    };
    format!("kubectl-nodemaint/{version} ({system}/{processor})")
}

/// Reads the configuration and builds the client. Sends nothing yet: the first request opens the first connection and
/// runs a credential plugin.
///
/// # Errors
/// Fails on mistakes in flags and files, with kubectl's sentence for each. What goes wrong later is described by
/// [`describe_error`].
pub async fn connect(
    flags: &ConnectFlags,
    env: &ConnectEnv,
    listeners: Listeners,
    user_agent: String,
) -> Result<Connection, ConnectError> {
    let settings = settings::resolve(flags, env)?;
    let proxy = settings
        .proxy
        .or_else(|| proxy::from_env(&settings.server, env));
    let headers = headers(&user_agent, &settings.impersonation)?;
    let versions = match env.disable_http2 {
        true => dial::Versions::Http1,
        false => dial::Versions::All,
    };
    let requests = Arc::new(AtomicU64::new(0));
    let server = settings.server.to_string();
    let wire = wire::Wire {
        pool: pool::Pool::new(settings.trust, settings.identity.as_ref(), proxy, versions)?,
        auth: auth::Authenticator::new(settings.auth)?,
        server: settings.server,
        headers,
        timeout: settings.timeout,
        compression: settings.compression,
        warnings: warnings::Warnings::default(),
        warn: listeners.warning,
        tracer: listeners.request.map(|log| trace::Tracer {
            detail: listeners.detail,
            log,
        }),
        sent: requests.clone(),
    };
    let client = kube::Client::new(
        wire::WireService(Arc::new(wire)),
        settings.namespace.clone(),
    );
    Ok(Connection {
        client,
        server,
        namespace: settings.namespace,
        context: settings.context,
        user: settings.user,
        requests,
    })
}

/// What every request carries: who sends it, and as whom to act.
fn headers(user_agent: &str, as_whom: &settings::Impersonation) -> Result<HeaderMap, ConnectError> {
    let mut headers = HeaderMap::new();
    headers.insert(USER_AGENT, value(USER_AGENT.as_str(), user_agent)?);
    if as_whom.user.is_empty() {
        return Ok(headers);
    }
    headers.insert(
        "impersonate-user",
        value("Impersonate-User", &as_whom.user)?,
    );
    if !as_whom.uid.is_empty() {
        headers.insert("impersonate-uid", value("Impersonate-Uid", &as_whom.uid)?);
    }
    for group in &as_whom.groups {
        headers.append("impersonate-group", value("Impersonate-Group", group)?);
    }
    for (key, values) in &as_whom.extra {
        let name = format!("impersonate-extra-{}", escape_header_name(key));
        let invalid =
            || ConnectError::Other(format!("net/http: invalid header field name {name:?}"));
        let header = HeaderName::from_bytes(name.as_bytes()).map_err(|_| invalid())?;
        for text in values {
            headers.append(header.clone(), value(&name, text)?);
        }
    }
    Ok(headers)
}

fn value(name: &str, text: &str) -> Result<HeaderValue, ConnectError> {
    HeaderValue::from_str(text).map_err(|_| ConnectError::header(name))
}

/// Percent-encodes what a header's name may not hold; the server decodes it.
fn escape_header_name(key: &str) -> String {
    let mut name = String::with_capacity(key.len());
    for byte in key.bytes() {
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => name.push(char::from(byte)),
            b'!' | b'#' | b'$' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`'
            | b'|' | b'~' => name.push(char::from(byte)),
            other => name.push_str(&format!("%{other:02X}")),
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_agent_speaks_go() {
        let agent = user_agent("1.2.3");
        assert!(agent.starts_with("kubectl-nodemaint/1.2.3 ("), "{agent}");
        assert!(
            !agent.contains("x86_64") && !agent.contains("macos"),
            "{agent}"
        );
    }

    #[test]
    fn keys_become_header_names() {
        assert_eq!(
            escape_header_name("example.com/scope"),
            "example.com%2Fscope"
        );
        assert_eq!(escape_header_name("a b%é"), "a%20b%25%C3%A9");
    }

    #[test]
    fn impersonation_becomes_headers() {
        let as_whom = settings::Impersonation {
            user: "jane".into(),
            uid: "7".into(),
            groups: vec!["a".into(), "b".into()],
            extra: [("k/x".to_owned(), vec!["1".to_owned(), "2".to_owned()])].into(),
        };
        let headers = headers("ua", &as_whom).unwrap();
        let all = |name: &str| {
            headers
                .get_all(name)
                .iter()
                .map(|v| v.to_str().unwrap())
                .collect::<Vec<_>>()
        };
        assert_eq!(all("impersonate-user"), ["jane"]);
        assert_eq!(all("impersonate-uid"), ["7"]);
        assert_eq!(all("impersonate-group"), ["a", "b"]);
        assert_eq!(all("impersonate-extra-k%2Fx"), ["1", "2"]);
        assert_eq!(all("user-agent"), ["ua"]);
    }

    #[test]
    fn what_no_header_can_carry_is_an_error() {
        let as_whom = settings::Impersonation {
            user: "a\nb".into(),
            ..Default::default()
        };
        let error = headers("ua", &as_whom).unwrap_err().to_string();
        assert_eq!(
            error,
            "Unable to connect to the server: net/http: invalid header field value for \"Impersonate-User\""
        );
    }
}
