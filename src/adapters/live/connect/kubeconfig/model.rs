//! The parts of a kubeconfig that decide a connection.
//!
//! Empty and absent mean the same throughout, as in client-go, so fields are plain strings. Unknown fields are
//! ignored: kubectl does so, and other programs keep their own things in these files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use serde::{Deserialize, Deserializer};

/// Several files merged into one: the first to name an entry wins.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kubeconfig {
    pub current_context: String,
    pub clusters: BTreeMap<String, Cluster>,
    pub users: BTreeMap<String, User>,
    pub contexts: BTreeMap<String, Context>,
}

/// How to reach an API server, and how to know that it is the right one.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub(crate) struct Cluster {
    #[serde(deserialize_with = "or_default")]
    pub server: String,
    #[serde(deserialize_with = "or_default")]
    pub tls_server_name: String,
    #[serde(deserialize_with = "or_default")]
    pub insecure_skip_tls_verify: bool,
    #[serde(deserialize_with = "or_default")]
    pub certificate_authority: String,
    #[serde(deserialize_with = "bytes")]
    pub certificate_authority_data: Vec<u8>,
    #[serde(deserialize_with = "or_default")]
    pub proxy_url: String,
    #[serde(deserialize_with = "or_default")]
    pub disable_compression: bool,
    #[serde(deserialize_with = "or_default")]
    pub extensions: Vec<NamedExtension>,
}

/// Data that other programs keep with a cluster; credential plugins are given theirs.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct NamedExtension {
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    pub extension: serde_json::Value,
}

/// Who the user is. `Debug` is left out on purpose: it would print secrets.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub(crate) struct User {
    #[serde(deserialize_with = "or_default")]
    pub client_certificate: String,
    #[serde(deserialize_with = "bytes")]
    pub client_certificate_data: Vec<u8>,
    #[serde(deserialize_with = "or_default")]
    pub client_key: String,
    #[serde(deserialize_with = "bytes")]
    pub client_key_data: Vec<u8>,
    #[serde(deserialize_with = "or_default")]
    pub token: String,
    #[serde(rename = "tokenFile", deserialize_with = "or_default")]
    pub token_file: String,
    #[serde(rename = "as", deserialize_with = "or_default")]
    pub as_user: String,
    #[serde(deserialize_with = "or_default")]
    pub as_uid: String,
    #[serde(deserialize_with = "or_default")]
    pub as_groups: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    pub as_user_extra: BTreeMap<String, Vec<String>>,
    #[serde(deserialize_with = "or_default")]
    pub username: String,
    #[serde(deserialize_with = "or_default")]
    pub password: String,
    pub auth_provider: Option<AuthProvider>,
    pub exec: Option<ExecConfig>,
}

impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("User { .. }")
    }
}

/// The older, built-in way to get credentials.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct AuthProvider {
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    #[serde(deserialize_with = "or_default")]
    pub config: BTreeMap<String, String>,
}

/// A program that prints credentials.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ExecConfig {
    #[serde(deserialize_with = "or_default")]
    pub command: String,
    #[serde(deserialize_with = "or_default")]
    pub args: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    pub env: Vec<ExecEnv>,
    #[serde(deserialize_with = "or_default")]
    pub api_version: String,
    #[serde(deserialize_with = "or_default")]
    pub install_hint: String,
    #[serde(deserialize_with = "or_default")]
    pub provide_cluster_info: bool,
    #[serde(deserialize_with = "or_default")]
    pub interactive_mode: String,
}

/// A variable for the plugin, on top of our own environment.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct ExecEnv {
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    #[serde(deserialize_with = "or_default")]
    pub value: String,
}

/// What a plugin wants to do with standard input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InteractiveMode {
    Never,
    IfAvailable,
    Always,
}

impl ExecConfig {
    /// The mode, where it is one: `v1beta1` has a default, `v1` does not.
    pub(crate) fn mode(&self) -> Option<InteractiveMode> {
        match self.interactive_mode.as_str() {
            "Never" => Some(InteractiveMode::Never),
            "IfAvailable" => Some(InteractiveMode::IfAvailable),
            "Always" => Some(InteractiveMode::Always),
            "" if self.api_version.ends_with("/v1beta1")
                || self.api_version.ends_with("/v1alpha1") =>
            {
                Some(InteractiveMode::IfAvailable)
            }
            _ => None,
        }
    }
}

/// A cluster, a user and a namespace under one name.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct Context {
    #[serde(deserialize_with = "or_default")]
    pub cluster: String,
    #[serde(deserialize_with = "or_default")]
    pub user: String,
    #[serde(deserialize_with = "or_default")]
    pub namespace: String,
}

/// One file as it is written: lists of named entries.
#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct File {
    #[serde(rename = "apiVersion", deserialize_with = "or_default")]
    api_version: String,
    #[serde(deserialize_with = "or_default")]
    kind: String,
    #[serde(deserialize_with = "or_default")]
    current_context: String,
    #[serde(deserialize_with = "or_default")]
    clusters: Vec<NamedCluster>,
    #[serde(deserialize_with = "or_default")]
    users: Vec<NamedUser>,
    #[serde(deserialize_with = "or_default")]
    contexts: Vec<NamedContext>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct NamedCluster {
    #[serde(deserialize_with = "or_default")]
    name: String,
    #[serde(deserialize_with = "or_default")]
    cluster: Cluster,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct NamedUser {
    #[serde(deserialize_with = "or_default")]
    name: String,
    #[serde(deserialize_with = "or_default")]
    user: User,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct NamedContext {
    #[serde(deserialize_with = "or_default")]
    name: String,
    #[serde(deserialize_with = "or_default")]
    context: Context,
}

impl Kubeconfig {
    /// Reads one file's text. An empty text is an empty configuration.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        let file: Option<File> = serde_saphyr::from_str(text)
            .map_err(|error| format!("yaml: {}", first_line(&error)))?;
        let file = file.unwrap_or_default();
        if !matches!(file.kind.as_str(), "" | "Config")
            || !matches!(file.api_version.as_str(), "" | "v1")
        {
            let version = if file.api_version.is_empty() {
                "v1"
            } else {
                &file.api_version
            };
            return Err(format!(
                "no kind {:?} is registered for version {version:?} in scheme",
                file.kind
            ));
        }
        Ok(Self {
            current_context: file.current_context,
            clusters: by_name(
                "Cluster",
                file.clusters
                    .into_iter()
                    .map(|entry| (entry.name, entry.cluster)),
            )?,
            users: by_name(
                "AuthInfo",
                file.users.into_iter().map(|entry| (entry.name, entry.user)),
            )?,
            contexts: by_name(
                "Context",
                file.contexts
                    .into_iter()
                    .map(|entry| (entry.name, entry.context)),
            )?,
        })
    }

    /// Adds what `other` names and this configuration does not: the first file wins, entry by entry.
    pub(crate) fn merge(&mut self, other: Self) {
        if self.current_context.is_empty() {
            self.current_context = other.current_context;
        }
        merge_missing(&mut self.clusters, other.clusters);
        merge_missing(&mut self.users, other.users);
        merge_missing(&mut self.contexts, other.contexts);
    }

    /// Makes every path absolute: relative ones are meant from the file's own folder, not from where we run.
    pub(crate) fn resolve_paths(&mut self, folder: &Path) {
        for cluster in self.clusters.values_mut() {
            resolve(&mut cluster.certificate_authority, folder);
        }
        for user in self.users.values_mut() {
            resolve(&mut user.client_certificate, folder);
            resolve(&mut user.client_key, folder);
            resolve(&mut user.token_file, folder);
            if let Some(exec) = &mut user.exec
                && exec.command.contains(std::path::MAIN_SEPARATOR)
            {
                resolve(&mut exec.command, folder);
            }
        }
    }
}

fn resolve(path: &mut String, folder: &Path) {
    if !path.is_empty() && !Path::new(path.as_str()).is_absolute() {
        *path = clean(&folder.join(path.as_str()))
            .to_string_lossy()
            .into_owned();
    }
}

/// The path without `.` and `..`, by its letters alone, as Go joins paths.
fn clean(path: &Path) -> PathBuf {
    use std::path::Component;
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                clean.pop();
            }
            part => clean.push(part),
        }
    }
    clean
}

fn merge_missing<T>(into: &mut BTreeMap<String, T>, from: BTreeMap<String, T>) {
    for (name, value) in from {
        into.entry(name).or_insert(value);
    }
}

fn by_name<T>(
    what: &str,
    entries: impl Iterator<Item = (String, T)>,
) -> Result<BTreeMap<String, T>, String> {
    let mut named = BTreeMap::new();
    for (name, entry) in entries {
        if named.contains_key(&name) {
            return Err(format!(
                "error converting *[]Named{what} into *map[string]*api.{what}: duplicate name {name:?} in list"
            ));
        }
        named.insert(name, entry);
    }
    Ok(named)
}

/// The parser's message without the excerpt of the file, which may hold a token.
fn first_line(error: &serde_saphyr::Error) -> String {
    error
        .to_string()
        .lines()
        .next()
        .unwrap_or_default()
        .to_owned()
}

/// `null` means the same as nothing, as it does in Go.
fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}

fn bytes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let text: String = or_default(deserializer)?;
    let compact: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let decoded = base64::engine::general_purpose::STANDARD.decode(compact);
    decoded.map_err(|error| serde::de::Error::custom(format_args!("illegal base64 data: {error}")))
}
