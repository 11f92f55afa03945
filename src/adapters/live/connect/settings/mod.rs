//! From flags, variables and files to the settings of one connection.
//!
//! Follows client-go's `clientcmd` step by step, its order of checks included, because the order decides which of
//! several mistakes is reported. Where client-go has an accident instead of a rule, the difference is noted.

mod in_cluster;
mod merge;
mod validate;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

use super::duration::parse_timeout;
use super::error::ConnectError;
use super::flags::{ConnectEnv, ConnectFlags};
use super::kubeconfig::{self, AuthProvider, Cluster, ExecConfig, User};
use super::proxy::ProxyUrl;
use super::server::Server;

/// Everything needed to talk to one server as one user.
pub(super) struct Settings {
    pub server: Server,
    pub trust: Trust,
    pub identity: Option<Identity>,
    pub auth: Auth,
    pub impersonation: Impersonation,
    /// The cluster's own proxy, which no variable overrides.
    pub proxy: Option<ProxyUrl>,
    pub compression: Compression,
    pub timeout: Option<Duration>,
    pub namespace: String,
    pub context: Option<String>,
    /// The user's name in the configuration; not necessarily the server's name for them.
    pub user: Option<String>,
}

/// How the server's certificate is checked.
pub(super) struct Trust {
    pub roots: Roots,
    /// The name to expect in place of the host's.
    pub server_name: Option<String>,
}

/// Whom to believe.
pub(super) enum Roots {
    /// The machine's own certificate authorities.
    System,
    /// These alone, as PEM.
    Pem(Vec<u8>),
    /// Anybody: asked for by `insecure-skip-tls-verify`.
    Anyone,
}

/// A client certificate with its key, both as PEM.
pub(super) struct Identity {
    pub certificate: Vec<u8>,
    pub key: SecretString,
}

/// How requests say who is asking; client certificates come on top.
pub(super) enum Auth {
    Anonymous,
    Basic {
        username: String,
        password: SecretString,
    },
    Token(SecretString),
    TokenFile(PathBuf),
    Exec(Box<ExecSpec>),
    Provider(AuthProvider),
}

/// A credential plugin and what it is told about the cluster.
pub(super) struct ExecSpec {
    pub config: ExecConfig,
    /// The `spec.cluster` of its input, where the configuration asks for it.
    pub cluster: Option<serde_json::Value>,
    pub interactive: bool,
}

/// As whom to act.
#[derive(Default)]
pub(super) struct Impersonation {
    pub user: String,
    pub uid: String,
    pub groups: Vec<String>,
    pub extra: BTreeMap<String, Vec<String>>,
}

/// Whether answers may come compressed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Compression {
    Gzip,
    Off,
}

/// The name under which a cluster keeps data for credential plugins.
const EXEC_EXTENSION: &str = "client.authentication.k8s.io/exec";

/// Works out where and how to connect.
pub(super) fn resolve(flags: &ConnectFlags, env: &ConnectEnv) -> Result<Settings, ConnectError> {
    let config = kubeconfig::load(flags, env)?;
    let chosen = merge::choose(&config, flags, env)?;
    validate::check(&config, &chosen, flags)?;
    let timeout = match flags
        .request_timeout
        .as_deref()
        .filter(|text| !text.is_empty())
    {
        Some(text) => parse_timeout(text).map_err(ConnectError::Other)?,
        None => None,
    };
    if merge::is_default_server(&chosen.cluster, env) && in_cluster::is_possible(env) {
        return in_cluster::settings(flags, env, timeout);
    }
    let server = Server::parse(&chosen.cluster.server)?;
    let proxy = match chosen.cluster.proxy_url.as_str() {
        "" => None,
        url => Some(ProxyUrl::parse(url).map_err(ConnectError::Other)?),
    };
    let namespace = namespace(flags, env, &chosen.context.namespace);
    let impersonation = impersonation(&chosen.user);
    let user = match impersonation.user.as_str() {
        "" => chosen.user_name.clone(),
        other => other.to_owned(),
    };
    let mut settings = Settings {
        server,
        trust: Trust {
            roots: Roots::System,
            server_name: None,
        },
        identity: None,
        auth: Auth::Anonymous,
        impersonation,
        proxy,
        compression: if chosen.cluster.disable_compression {
            Compression::Off
        } else {
            Compression::Gzip
        },
        timeout,
        namespace,
        context: Some(chosen.context_name).filter(|name| !name.is_empty()),
        user: Some(user).filter(|name| !name.is_empty()),
    };
    if settings.server.is_https() {
        settings.trust = trust(&chosen.cluster)?;
        settings.identity = identity(&chosen.user)?;
        settings.auth = auth(&chosen.user, &chosen.cluster, &settings, env)?;
    }
    Ok(settings)
}

/// The flag, else the context's, else the pod's own, else `default`.
fn namespace(flags: &ConnectFlags, env: &ConnectEnv, of_context: &str) -> String {
    match flags.namespace.as_deref().filter(|name| !name.is_empty()) {
        Some(name) => name.to_owned(),
        None if !of_context.is_empty() => of_context.to_owned(),
        None if in_cluster::is_possible(env) => in_cluster::namespace(env),
        None => "default".to_owned(),
    }
}

fn trust(cluster: &Cluster) -> Result<Trust, ConnectError> {
    let pem = data_or_file(
        &cluster.certificate_authority_data,
        &cluster.certificate_authority,
    )?;
    let roots = match (pem, cluster.insecure_skip_tls_verify) {
        (Some(_), true) => {
            return Err(ConnectError::Other(
                "specifying a root certificates file with the insecure flag is not allowed"
                    .to_owned(),
            ));
        }
        (Some(pem), false) => Roots::Pem(pem),
        (None, true) => Roots::Anyone,
        (None, false) => Roots::System,
    };
    Ok(Trust {
        roots,
        server_name: Some(cluster.tls_server_name.clone()).filter(|name| !name.is_empty()),
    })
}

fn identity(user: &User) -> Result<Option<Identity>, ConnectError> {
    let certificate = data_or_file(&user.client_certificate_data, &user.client_certificate)?;
    let key = data_or_file(&user.client_key_data, &user.client_key)?;
    let (Some(certificate), Some(key)) = (certificate, key) else {
        return Ok(None);
    };
    let key = String::from_utf8(key).map_err(|_| ConnectError::Other(NO_PEM_KEY.to_owned()))?;
    Ok(Some(Identity {
        certificate,
        key: SecretString::from(key),
    }))
}

/// Go's words for a key that is no PEM.
pub(super) const NO_PEM_KEY: &str = "tls: failed to find any PEM data in key input";

/// Inline data wins over a file.
fn data_or_file(data: &[u8], path: &str) -> Result<Option<Vec<u8>>, ConnectError> {
    match (data, path) {
        ([], "") => Ok(None),
        ([], path) => read(path).map(Some),
        (data, _) => Ok(Some(data.to_owned())),
    }
}

fn read(path: &str) -> Result<Vec<u8>, ConnectError> {
    std::fs::read(path).map_err(|error| {
        ConnectError::Other(format!("open {path}: {}", super::error::go_io_text(&error)))
    })
}

fn auth(
    user: &User,
    cluster: &Cluster,
    settings: &Settings,
    env: &ConnectEnv,
) -> Result<Auth, ConnectError> {
    let has_basic = !user.username.is_empty() || !user.password.is_empty();
    let has_token = !user.token.is_empty() || !user.token_file.is_empty();
    if has_basic && has_token {
        return Err(ConnectError::Other(
            "username/password or bearer token may be set, but not both".to_owned(),
        ));
    }
    if !user.token_file.is_empty() {
        let token = read(&user.token_file)?;
        if token.trim_ascii().is_empty() {
            return Err(ConnectError::Other(format!(
                "read empty token from file {:?}",
                user.token_file
            )));
        }
        return Ok(Auth::TokenFile(user.token_file.clone().into()));
    }
    if has_token {
        return Ok(Auth::Token(SecretString::from(user.token.clone())));
    }
    if has_basic {
        return Ok(Auth::Basic {
            username: user.username.clone(),
            password: SecretString::from(user.password.clone()),
        });
    }
    match (&user.exec, &user.auth_provider) {
        // A static credential makes the plugin superfluous, and running it may ask the user something.
        (Some(exec), _) if settings.identity.is_none() => exec_auth(exec, cluster, settings, env),
        (None, Some(provider)) => provider_auth(provider),
        _ => Ok(Auth::Anonymous),
    }
}

fn exec_auth(
    exec: &ExecConfig,
    cluster: &Cluster,
    settings: &Settings,
    env: &ConnectEnv,
) -> Result<Auth, ConnectError> {
    const VERSIONS: [&str; 2] = [
        "client.authentication.k8s.io/v1beta1",
        "client.authentication.k8s.io/v1",
    ];
    if !VERSIONS.contains(&exec.api_version.as_str()) {
        return Err(ConnectError::Other(format!(
            "exec plugin: invalid apiVersion {:?}",
            exec.api_version
        )));
    }
    let cluster = exec
        .provide_cluster_info
        .then(|| cluster_info(cluster, settings));
    Ok(Auth::Exec(Box::new(ExecSpec {
        config: exec.clone(),
        cluster,
        interactive: env.interactive,
    })))
}

/// The `spec.cluster` of an `ExecCredential`: empty fields are left out.
fn cluster_info(cluster: &Cluster, settings: &Settings) -> serde_json::Value {
    use base64::Engine as _;
    let mut info = serde_json::Map::new();
    info.insert("server".into(), cluster.server.clone().into());
    let mut text = |key: &str, value: &str| {
        if !value.is_empty() {
            info.insert(key.into(), value.into());
        }
    };
    text("tls-server-name", &cluster.tls_server_name);
    text("proxy-url", &cluster.proxy_url);
    if let Roots::Pem(pem) = &settings.trust.roots {
        text(
            "certificate-authority-data",
            &base64::engine::general_purpose::STANDARD.encode(pem),
        );
    }
    for (key, set) in [
        ("insecure-skip-tls-verify", cluster.insecure_skip_tls_verify),
        ("disable-compression", cluster.disable_compression),
    ] {
        if set {
            info.insert(key.into(), true.into());
        }
    }
    let extension = cluster
        .extensions
        .iter()
        .find(|extension| extension.name == EXEC_EXTENSION);
    info.insert(
        "config".into(),
        extension.map_or(serde_json::Value::Null, |extension| {
            extension.extension.clone()
        }),
    );
    info.into()
}

/// Only OpenID Connect is left of the built-in providers; the removed ones name their successor.
fn provider_auth(provider: &AuthProvider) -> Result<Auth, ConnectError> {
    let successor = match provider.name.as_str() {
        "oidc" => return Ok(Auth::Provider(provider.clone())),
        "gcp" => "gke-gcloud-auth-plugin",
        "azure" => "kubelogin",
        name => {
            return Err(ConnectError::Other(format!(
                "no Auth Provider found for name {name:?}"
            )));
        }
    };
    Err(ConnectError::Other(format!(
        "The {} auth plugin has been removed.\nPlease use the {successor:?} kubectl/client-go credential plugin instead.",
        provider.name
    )))
}

fn impersonation(user: &User) -> Impersonation {
    Impersonation {
        user: user.as_user.clone(),
        uid: user.as_uid.clone(),
        groups: user.as_groups.clone(),
        extra: user.as_user_extra.clone(),
    }
}

#[cfg(test)]
mod tests;
