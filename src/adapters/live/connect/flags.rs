//! What a user may say about the connection: kubectl's flags, and the variables that kubectl reads.
//!
//! Both are plain data. The command line fills them in, so that nothing in here parses arguments or looks at
//! the environment, and a test can state a whole situation as a value.

use std::ffi::OsString;
use std::path::PathBuf;

/// Holds the connection flags as they were typed; `None` and empty mean "not given".
#[derive(Clone, Default)]
pub struct ConnectFlags {
    /// `--kubeconfig`: this file alone, and it must exist.
    pub kubeconfig: Option<PathBuf>,
    /// `--context`.
    pub context: Option<String>,
    /// `--cluster`.
    pub cluster: Option<String>,
    /// `--user`.
    pub user: Option<String>,
    /// `-n`, `--namespace`.
    pub namespace: Option<String>,
    /// `-s`, `--server`: a URL or `host:port`.
    pub server: Option<String>,
    /// `--token`.
    pub token: Option<String>,
    /// `--as`.
    pub as_user: Option<String>,
    /// `--as-uid`.
    pub as_uid: Option<String>,
    /// `--as-group`, repeated.
    pub as_groups: Vec<String>,
    /// `--as-user-extra KEY=VALUE`, repeated; entries without `=` are ignored, as kubectl does.
    pub as_user_extra: Vec<String>,
    /// `--certificate-authority`.
    pub certificate_authority: Option<PathBuf>,
    /// `--client-certificate`.
    pub client_certificate: Option<PathBuf>,
    /// `--client-key`.
    pub client_key: Option<PathBuf>,
    /// `--tls-server-name`.
    pub tls_server_name: Option<String>,
    /// `--insecure-skip-tls-verify`.
    pub insecure_skip_tls_verify: Option<bool>,
    /// `--request-timeout`: a Go duration or whole seconds; `0` means none.
    pub request_timeout: Option<String>,
    /// `--proxy-url`.
    pub proxy_url: Option<String>,
    /// `--disable-compression`.
    pub disable_compression: bool,
    /// `--username`.
    pub username: Option<String>,
    /// `--password`.
    pub password: Option<String>,
    /// `--cache-dir`: accepted for kubectl's sake; connecting keeps no cache on disk.
    pub cache_dir: Option<PathBuf>,
}

impl std::fmt::Debug for ConnectFlags {
    /// Leaves the token and the password out, so that no log ever carries them.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConnectFlags")
            .field("kubeconfig", &self.kubeconfig)
            .field("context", &self.context)
            .field("cluster", &self.cluster)
            .field("user", &self.user)
            .field("namespace", &self.namespace)
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}

/// Holds the variables and places outside the command line that decide where to connect.
#[derive(Clone, Debug, Default)]
pub struct ConnectEnv {
    /// `KUBECONFIG`: a list of files, separated as `PATH` is.
    pub kubeconfig: Option<OsString>,
    /// The home directory, for `~/.kube/config`.
    pub home: Option<PathBuf>,
    /// `KUBERNETES_MASTER`: the server when no configuration names one.
    pub kubernetes_master: Option<String>,
    /// `KUBERNETES_SERVICE_HOST`: set in every pod.
    pub service_host: Option<String>,
    /// `KUBERNETES_SERVICE_PORT`: set in every pod.
    pub service_port: Option<String>,
    /// `POD_NAMESPACE`: the namespace when running in a pod.
    pub pod_namespace: Option<String>,
    /// Where a pod finds its token, namespace and certificate authority.
    pub service_account: PathBuf,
    /// `HTTP_PROXY` or `http_proxy`.
    pub http_proxy: Option<String>,
    /// `HTTPS_PROXY` or `https_proxy`.
    pub https_proxy: Option<String>,
    /// `NO_PROXY` or `no_proxy`.
    pub no_proxy: Option<String>,
    /// `DISABLE_HTTP2` is set: client-go's way around front proxies that get HTTP/2 wrong.
    pub disable_http2: bool,
    /// Whether standard input is a terminal, so that a credential plugin may ask. Not a variable: the caller says so.
    pub interactive: bool,
}

/// The directory that the kubelet mounts into every pod that may talk to the API server.
const SERVICE_ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

impl ConnectEnv {
    /// Looks every variable up by name. Empty values count as unset, as in client-go.
    pub fn from_vars(look_up: impl Fn(&str) -> Option<OsString>) -> Self {
        let raw = |name: &str| look_up(name).filter(|value| !value.is_empty());
        let text = |name: &str| raw(name).and_then(|value| value.into_string().ok());
        let either = |upper: &str, lower: &str| text(upper).or_else(|| text(lower));
        Self {
            kubeconfig: raw("KUBECONFIG"),
            home: raw("HOME")
                .or_else(|| raw("USERPROFILE"))
                .map(PathBuf::from),
            kubernetes_master: text("KUBERNETES_MASTER"),
            service_host: text("KUBERNETES_SERVICE_HOST"),
            service_port: text("KUBERNETES_SERVICE_PORT"),
            pod_namespace: text("POD_NAMESPACE"),
            service_account: PathBuf::from(SERVICE_ACCOUNT),
            http_proxy: either("HTTP_PROXY", "http_proxy"),
            https_proxy: either("HTTPS_PROXY", "https_proxy"),
            no_proxy: either("NO_PROXY", "no_proxy"),
            disable_http2: raw("DISABLE_HTTP2").is_some(),
            interactive: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(vars: &[(&str, &str)]) -> ConnectEnv {
        ConnectEnv::from_vars(|name| {
            vars.iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| value.into())
        })
    }

    #[test]
    fn upper_case_wins_over_lower_case_and_empty_counts_as_unset() {
        let env = env(&[
            ("HTTPS_PROXY", ""),
            ("https_proxy", "low"),
            ("HTTP_PROXY", "UP"),
            ("http_proxy", "low"),
        ]);
        assert_eq!(env.https_proxy.as_deref(), Some("low"));
        assert_eq!(env.http_proxy.as_deref(), Some("UP"));
        assert_eq!(env.no_proxy, None);
    }

    #[test]
    fn debug_output_carries_no_secret() {
        let flags = ConnectFlags {
            token: Some("s3cret".into()),
            password: Some("hidden".into()),
            ..ConnectFlags::default()
        };
        let text = format!("{flags:?}");
        assert!(
            !text.contains("s3cret") && !text.contains("hidden"),
            "{text}"
        );
    }
}
