//! Running in a pod: the kubelet mounts a token, a certificate authority and a namespace.

use std::time::Duration;

use super::{Auth, Compression, Roots, Settings, Trust};
use crate::adapters::live::connect::error::ConnectError;
use crate::adapters::live::connect::flags::{ConnectEnv, ConnectFlags};
use crate::adapters::live::connect::server::Server;

/// Whether the pod's files and variables are there.
pub(super) fn is_possible(env: &ConnectEnv) -> bool {
    env.service_host.is_some()
        && env.service_port.is_some()
        && env.service_account.join("token").is_file()
}

/// The variable, else the service account's own namespace, else `default`.
pub(super) fn namespace(env: &ConnectEnv) -> String {
    let of_account = || std::fs::read_to_string(env.service_account.join("namespace")).ok();
    let named = env
        .pod_namespace
        .clone()
        .or_else(|| of_account().map(|text| text.trim().to_owned()));
    named
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "default".to_owned())
}

/// The settings of the pod's own cluster, with the few flags that make sense there.
pub(super) fn settings(
    flags: &ConnectFlags,
    env: &ConnectEnv,
    timeout: Option<Duration>,
) -> Result<Settings, ConnectError> {
    let (host, port) = (
        env.service_host.as_deref().unwrap_or_default(),
        env.service_port.as_deref().unwrap_or_default(),
    );
    let host = if host.contains(':') {
        format!("[{host}]")
    } else {
        host.to_owned()
    };
    let auth = match flags.token.as_deref().filter(|token| !token.is_empty()) {
        Some(token) => Auth::Token(token.to_owned().into()),
        None => Auth::TokenFile(env.service_account.join("token")),
    };
    let mut user = super::User::default();
    super::merge::apply_impersonation(&mut user, flags);
    Ok(Settings {
        server: Server::parse(&format!("https://{host}:{port}"))?,
        trust: Trust {
            roots: roots(flags, env)?,
            server_name: None,
        },
        identity: None,
        auth,
        impersonation: super::impersonation(&user),
        proxy: None,
        compression: if flags.disable_compression {
            Compression::Off
        } else {
            Compression::Gzip
        },
        timeout,
        namespace: super::namespace(flags, env, ""),
        context: None,
        user: None,
    })
}

/// The flag's file, else the mounted one, else the machine's own authorities.
fn roots(flags: &ConnectFlags, env: &ConnectEnv) -> Result<Roots, ConnectError> {
    if let Some(path) = flags
        .certificate_authority
        .as_ref()
        .filter(|path| !path.as_os_str().is_empty())
    {
        return super::read(&path.to_string_lossy()).map(Roots::Pem);
    }
    Ok(std::fs::read(env.service_account.join("ca.crt")).map_or(Roots::System, Roots::Pem))
}
