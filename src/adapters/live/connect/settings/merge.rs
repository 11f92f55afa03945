//! Which context, cluster and user apply, and what the flags change in them.

use std::collections::BTreeMap;

use crate::adapters::live::connect::error::{ConnectError, Entry};
use crate::adapters::live::connect::flags::{ConnectEnv, ConnectFlags};
use crate::adapters::live::connect::kubeconfig::{Cluster, Context, Kubeconfig, User};

/// The entries in force, flags applied, with the names that messages use.
pub(super) struct Chosen {
    pub context_name: String,
    pub context: Context,
    pub cluster_name: String,
    pub cluster: Cluster,
    pub user_name: String,
    pub user: User,
}

/// Where client-go looks when nobody names a server.
const DEFAULT_SERVER: &str = "http://localhost:8080";

fn default_server(env: &ConnectEnv) -> &str {
    env.kubernetes_master.as_deref().unwrap_or(DEFAULT_SERVER)
}

/// Whether nothing named a server, so that a pod's own cluster is meant.
///
/// client-go compares the whole configuration, so `--request-timeout` or `--as` in a pod send kubectl to
/// localhost:8080; here only the server decides.
pub(super) fn is_default_server(cluster: &Cluster, env: &ConnectEnv) -> bool {
    cluster.server == default_server(env) && cluster.proxy_url.is_empty()
}

/// Chooses the entries; in client-go's order, so that the same mistake is reported first.
pub(super) fn choose(
    config: &Kubeconfig,
    flags: &ConnectFlags,
    env: &ConnectEnv,
) -> Result<Chosen, ConnectError> {
    let context_name = given(&flags.context).unwrap_or(&config.current_context);
    let mut context = config
        .contexts
        .get(context_name)
        .cloned()
        .unwrap_or_default();
    set(&mut context.cluster, &flags.cluster);
    set(&mut context.user, &flags.user);
    set(&mut context.namespace, &flags.namespace);

    let user = find(&config.users, &context.user, &flags.user, Entry::User)?;
    find(
        &config.contexts,
        context_name,
        &flags.context,
        Entry::Context,
    )?;
    let cluster = find(
        &config.clusters,
        &context.cluster,
        &flags.cluster,
        Entry::Cluster,
    )?;

    let mut cluster = cluster.unwrap_or_default();
    if cluster.server.is_empty() {
        cluster.server = default_server(env).to_owned();
    }
    override_cluster(&mut cluster, flags);
    let mut user = user.unwrap_or_default();
    override_user(&mut user, flags);
    Ok(Chosen {
        context_name: context_name.to_owned(),
        cluster_name: context.cluster.clone(),
        user_name: context.user.clone(),
        context,
        cluster,
        user,
    })
}

/// An entry by name; absent is an error only where the name came from a flag.
fn find<T: Clone>(
    entries: &BTreeMap<String, T>,
    name: &str,
    flag: &Option<String>,
    entry: Entry,
) -> Result<Option<T>, ConnectError> {
    match entries.get(name) {
        Some(found) => Ok(Some(found.clone())),
        None if given(flag).is_some() => Err(ConnectError::NoEntry {
            entry,
            name: name.to_owned(),
        }),
        None => Ok(None),
    }
}

fn override_cluster(cluster: &mut Cluster, flags: &ConnectFlags) {
    set(&mut cluster.server, &flags.server);
    let skip = flags.insecure_skip_tls_verify.unwrap_or(false);
    let authority = path(&flags.certificate_authority);
    // Each of the two flags replaces all that the file says about trust, else it would contradict the file.
    if skip || authority.is_some() {
        cluster.insecure_skip_tls_verify = skip;
        cluster.certificate_authority = authority.unwrap_or_default();
        cluster.certificate_authority_data = Vec::new();
    }
    // The file's name belongs to the file's server, so another server drops it.
    if given(&flags.tls_server_name).is_some() || given(&flags.server).is_some() {
        cluster.tls_server_name = flags.tls_server_name.clone().unwrap_or_default();
    }
    set(&mut cluster.proxy_url, &flags.proxy_url);
    cluster.disable_compression |= flags.disable_compression;
}

fn override_user(user: &mut User, flags: &ConnectFlags) {
    if let Some(certificate) = path(&flags.client_certificate) {
        user.client_certificate = certificate;
        user.client_certificate_data = Vec::new();
    }
    if let Some(key) = path(&flags.client_key) {
        user.client_key = key;
        user.client_key_data = Vec::new();
    }
    if let Some(token) = given(&flags.token) {
        user.token = token.to_owned();
        // client-go keeps the file beside the flag's token and reads it again later; a token typed by hand is meant.
        user.token_file = String::new();
    }
    set(&mut user.username, &flags.username);
    set(&mut user.password, &flags.password);
    apply_impersonation(user, flags);
}

/// The `--as` family.
pub(super) fn apply_impersonation(user: &mut User, flags: &ConnectFlags) {
    set(&mut user.as_user, &flags.as_user);
    set(&mut user.as_uid, &flags.as_uid);
    if !flags.as_groups.is_empty() {
        user.as_groups = flags.as_groups.clone();
    }
    user.as_user_extra.extend(extra(&flags.as_user_extra));
}

/// `KEY=VALUE` entries by key, in the order they were given.
fn extra(entries: &[String]) -> BTreeMap<String, Vec<String>> {
    let mut by_key: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (key, value) in entries.iter().filter_map(|entry| entry.split_once('=')) {
        by_key
            .entry(key.to_owned())
            .or_default()
            .push(value.to_owned());
    }
    by_key
}

fn given(flag: &Option<String>) -> Option<&str> {
    flag.as_deref().filter(|value| !value.is_empty())
}

fn set(field: &mut String, flag: &Option<String>) {
    if let Some(value) = given(flag) {
        *field = value.to_owned();
    }
}

fn path(flag: &Option<std::path::PathBuf>) -> Option<String> {
    flag.as_ref()
        .map(|path| path.to_string_lossy().into_owned())
        .filter(|path| !path.is_empty())
}
