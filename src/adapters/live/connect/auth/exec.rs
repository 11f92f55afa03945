//! Credential plugins: programs that print a token or a client certificate.
//!
//! The protocol is `client.authentication.k8s.io`, versions `v1` and `v1beta1`; the sentences are client-go's.

use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;
use secrecy::SecretString;
use serde::Deserialize;
use tokio::process::Command;
use tokio::sync::Mutex;

use super::{Credentials, bearer};
use crate::adapters::live::connect::error::{TransportError, go_io_text};
use crate::adapters::live::connect::kubeconfig::InteractiveMode;
use crate::adapters::live::connect::settings::{ExecSpec, Identity};
use crate::adapters::live::connect::time::time_of_day;

/// Runs a plugin once and keeps what it printed; again when that has expired or the server refuses it.
pub(crate) struct ExecPlugin {
    spec: ExecSpec,
    /// Also serialises the runs: a plugin may ask the user something, and only one may do so at a time.
    current: Mutex<Option<Printed>>,
    /// Whether the server refused what the last run printed and accepted nothing since. Running the plugin again would
    /// not help then, and with many requests under way it would run for each of them.
    renewed_in_vain: AtomicBool,
}

struct Printed {
    credentials: Credentials,
    expires: Option<Timestamp>,
}

impl ExecPlugin {
    pub(crate) fn new(spec: ExecSpec) -> Self {
        Self {
            spec,
            current: Mutex::new(None),
            renewed_in_vain: AtomicBool::new(false),
        }
    }

    pub(crate) async fn credentials(&self) -> Result<Credentials, TransportError> {
        let mut current = self.current.lock().await;
        if let Some(printed) = current.as_ref().filter(|printed| !printed.has_expired()) {
            return Ok(printed.credentials.clone());
        }
        let printed = self
            .run()
            .await
            .map_err(|text| TransportError::new(format!("getting credentials: {text}")))?;
        let credentials = printed.credentials.clone();
        *current = Some(printed);
        Ok(credentials)
    }

    pub(crate) async fn renew(&self, refused: &Credentials) -> Option<Credentials> {
        let mut current = self.current.lock().await;
        if let Some(printed) = current
            .as_ref()
            .filter(|printed| !printed.credentials.are(refused))
        {
            return Some(printed.credentials.clone());
        }
        if self.renewed_in_vain.swap(true, Ordering::Relaxed) {
            return None;
        }
        // A plugin that fails now changes nothing about the answer: the server said no.
        let printed = self.run().await.ok()?;
        let credentials = printed.credentials.clone();
        *current = Some(printed);
        Some(credentials)
    }

    pub(crate) fn accepted(&self) {
        self.renewed_in_vain.store(false, Ordering::Relaxed);
    }

    async fn run(&self) -> Result<Printed, String> {
        let exec = &self.spec.config;
        let interactive = self.is_interactive()?;
        let mut command = Command::new(&exec.command);
        command
            .args(&exec.args)
            .envs(
                exec.env
                    .iter()
                    .map(|variable| (&variable.name, &variable.value)),
            )
            .env("KUBERNETES_EXEC_INFO", self.input(interactive))
            .stdin(if interactive {
                Stdio::inherit()
            } else {
                Stdio::null()
            })
            .stderr(Stdio::inherit())
            .stdout(Stdio::piped())
            // A request that is given up, by Ctrl-C say, leaves no plugin behind.
            .kill_on_drop(true);
        let output = command
            .output()
            .await
            .map_err(|error| self.start_failed(&error))?;
        if !output.status.success() {
            let code = output.status.code().unwrap_or(-1);
            return Err(format!(
                "exec: executable {} failed with exit code {code}",
                exec.command
            ));
        }
        parse(&output.stdout, &exec.api_version)
    }

    fn is_interactive(&self) -> Result<bool, String> {
        match self.spec.config.mode() {
            Some(InteractiveMode::Always) if !self.spec.interactive => Err(
                "exec plugin cannot support interactive mode: standard input is not a terminal"
                    .to_owned(),
            ),
            Some(InteractiveMode::Always) => Ok(true),
            Some(InteractiveMode::IfAvailable) => Ok(self.spec.interactive),
            Some(InteractiveMode::Never) | None => Ok(false),
        }
    }

    /// What the plugin is told, in the version that it was configured with.
    fn input(&self, interactive: bool) -> String {
        let mut spec = serde_json::json!({"interactive": interactive});
        if let Some(cluster) = &self.spec.cluster {
            spec["cluster"] = cluster.clone();
        }
        serde_json::json!({"kind": "ExecCredential", "apiVersion": self.spec.config.api_version, "spec": spec}).to_string()
    }

    fn start_failed(&self, error: &std::io::Error) -> String {
        let exec = &self.spec.config;
        if exec.command.contains(std::path::MAIN_SEPARATOR) {
            return format!("exec: fork/exec {}: {}", exec.command, go_io_text(error));
        }
        let hint = if exec.install_hint.is_empty() {
            String::new()
        } else {
            format!("\n\n{}", printable(&exec.install_hint))
        };
        format!(
            "exec: executable {} not found{NOT_INSTALLED}{hint}",
            exec.command
        )
    }
}

const NOT_INSTALLED: &str = "

It looks like you are trying to use a client-go credential plugin that is not installed.

To learn more about this feature, consult the documentation available at:
      https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins";

/// The hint comes from a file that others wrote: nothing in it may steer the terminal or turn the text around.
fn printable(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for c in text.chars() {
        if is_control(c) && !('\t'..='\r').contains(&c) {
            clean.push_str(&format!("U+{:04X}", u32::from(c)));
        } else {
            clean.push(c);
        }
    }
    clean
}

/// Control characters, and the invisible ones that change how others are shown.
fn is_control(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

impl Printed {
    fn has_expired(&self) -> bool {
        self.expires.is_some_and(|expires| time_of_day() > expires)
    }
}

impl Credentials {
    /// Whether these are the very same credentials, not merely equal ones.
    fn are(&self, other: &Self) -> bool {
        let same_identity = match (&self.identity, &other.identity) {
            (Some(one), Some(two)) => Arc::ptr_eq(one, two),
            (None, None) => true,
            _ => false,
        };
        same_identity && self.header == other.header
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExecCredential {
    #[serde(default)]
    api_version: String,
    #[serde(default)]
    kind: String,
    status: Option<ExecStatus>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct ExecStatus {
    expiration_timestamp: Option<String>,
    token: Option<String>,
    client_certificate_data: Option<String>,
    client_key_data: Option<String>,
}

/// Reads what the plugin printed: JSON, or YAML as client-go's decoder allows.
fn parse(stdout: &[u8], version: &str) -> Result<Printed, String> {
    // The parser's message could quote the output, and with it the token.
    let credential: ExecCredential = serde_saphyr::from_slice(stdout)
        .map_err(|_| "decoding stdout: not an ExecCredential".to_owned())?;
    if credential.kind != "ExecCredential" {
        return Err(format!(
            "decoding stdout: no kind {:?} is registered for version {:?}",
            credential.kind, credential.api_version
        ));
    }
    if credential.api_version != version {
        return Err(format!(
            "exec plugin is configured to use API version {version}, plugin returned version {}",
            credential.api_version
        ));
    }
    let status = credential
        .status
        .ok_or("exec plugin didn't return a status field")?;
    status.into_printed()
}

impl ExecStatus {
    fn into_printed(self) -> Result<Printed, String> {
        let given = |text: Option<String>| text.filter(|text| !text.is_empty());
        let identity = match (
            given(self.client_certificate_data),
            given(self.client_key_data),
        ) {
            (Some(certificate), Some(key)) => Some(Arc::new(Identity {
                certificate: certificate.into_bytes(),
                key: SecretString::from(key),
            })),
            (None, None) => None,
            _ => return Err("exec plugin returned only certificate or key, not both".to_owned()),
        };
        let header = match given(self.token) {
            Some(token) => Some(
                bearer(&token)
                    .ok_or("net/http: invalid header field value for \"Authorization\"")?,
            ),
            None if identity.is_none() => {
                return Err("exec plugin didn't return a token or cert/key pair".to_owned());
            }
            None => None,
        };
        let expires = match given(self.expiration_timestamp) {
            Some(text) => Some(
                text.parse()
                    .map_err(|_| format!("decoding stdout: {text:?} is not a time"))?,
            ),
            None => None,
        };
        Ok(Printed {
            credentials: Credentials { header, identity },
            expires,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const V1: &str = "client.authentication.k8s.io/v1";

    fn refusal(stdout: &str) -> String {
        parse(stdout.as_bytes(), V1).err().unwrap()
    }

    fn credential(status: &str) -> String {
        format!(r#"{{"apiVersion":"{V1}","kind":"ExecCredential","status":{status}}}"#)
    }

    #[test]
    fn json_and_yaml_are_read() {
        let json = credential(r#"{"token":"t","expirationTimestamp":"2030-01-01T00:00:00Z"}"#);
        let printed = parse(json.as_bytes(), V1).unwrap();
        assert_eq!(
            printed.credentials.header.unwrap().to_str().unwrap(),
            "Bearer t"
        );
        assert_eq!(printed.expires.unwrap().to_string(), "2030-01-01T00:00:00Z");
        let yaml = format!(
            "apiVersion: {V1}\nkind: ExecCredential\nstatus:\n  clientCertificateData: c\n  clientKeyData: k\n"
        );
        let printed = parse(yaml.as_bytes(), V1).unwrap();
        assert!(printed.credentials.header.is_none() && printed.credentials.identity.is_some());
    }

    #[test]
    fn what_a_plugin_can_get_wrong() {
        let rows = [
            (
                credential("null"),
                "exec plugin didn't return a status field",
            ),
            (
                credential("{}"),
                "exec plugin didn't return a token or cert/key pair",
            ),
            (
                credential(r#"{"clientKeyData":"k"}"#),
                "exec plugin returned only certificate or key, not both",
            ),
            (
                credential(r#"{"token":"t"}"#).replace("/v1", "/v1beta1"),
                "exec plugin is configured to use API version client.authentication.k8s.io/v1, plugin returned version client.authentication.k8s.io/v1beta1",
            ),
            (
                "".to_owned(),
                "decoding stdout: no kind \"\" is registered for version \"\"",
            ),
            (
                r#"{"token": "s3cret", "broken"#.to_owned(),
                "decoding stdout: not an ExecCredential",
            ),
            (
                credential(r#"{"token":"t","expirationTimestamp":"soon"}"#),
                "decoding stdout: \"soon\" is not a time",
            ),
        ];
        for (stdout, expected) in rows {
            assert_eq!(refusal(&stdout), expected, "{stdout}");
        }
    }

    #[test]
    fn a_hint_cannot_steer_the_terminal() {
        assert_eq!(
            printable("brew\n\u{1b}[1mx\u{202e}ü"),
            "brew\nU+001B[1mxU+202Eü"
        );
    }
}
