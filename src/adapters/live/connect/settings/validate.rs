//! The checks that kubectl makes before it opens a connection, with its sentences.

use std::path::Path;

use super::merge::Chosen;
use crate::adapters::live::connect::error::{ConnectError, go_io_text};
use crate::adapters::live::connect::flags::ConnectFlags;
use crate::adapters::live::connect::kubeconfig::{Cluster, ExecConfig, Kubeconfig, User};
use crate::adapters::live::connect::proxy::ProxyUrl;

/// Collects everything that is wrong with the chosen entries.
pub(super) fn check(
    config: &Kubeconfig,
    chosen: &Chosen,
    flags: &ConnectFlags,
) -> Result<(), ConnectError> {
    let mut problems = Vec::new();
    let named = flags
        .context
        .as_deref()
        .filter(|name| !name.is_empty())
        .unwrap_or(&config.current_context);
    if !named.is_empty() && !config.contexts.contains_key(named) {
        problems.push(format!(
            "context was not found for specified context: {named}"
        ));
    }
    check_user(&chosen.user_name, &chosen.user, &mut problems);
    check_cluster(&chosen.cluster_name, &chosen.cluster, &mut problems);
    if problems.is_empty() {
        Ok(())
    } else {
        Err(ConnectError::Invalid(problems))
    }
}

fn check_cluster(name: &str, cluster: &Cluster, problems: &mut Vec<String>) {
    let url = &cluster.proxy_url;
    if !url.is_empty()
        && let Err(reason) = ProxyUrl::parse(url)
    {
        problems.push(format!(
            "invalid 'proxy-url' {url:?} for cluster {name:?}: {reason}"
        ));
    }
    if !cluster.certificate_authority.is_empty() && !cluster.certificate_authority_data.is_empty() {
        problems.push(format!(
            "certificate-authority-data and certificate-authority are both specified for {name}. certificate-authority-data will override."
        ));
    }
    check_file(
        "certificate-authority",
        &cluster.certificate_authority,
        name,
        problems,
    );
}

fn check_user(name: &str, user: &User, problems: &mut Vec<String>) {
    if !user.client_certificate.is_empty() || !user.client_certificate_data.is_empty() {
        check_certificate(name, user, problems);
    }
    if let Some(exec) = &user.exec {
        if user.auth_provider.is_some() {
            problems.push(format!(
                "authProvider cannot be provided in combination with an exec plugin for {name}"
            ));
        }
        check_exec(name, exec, problems);
    }
    let methods = [
        ("token", !user.token.is_empty()),
        (
            "basicAuth",
            !user.username.is_empty() || !user.password.is_empty(),
        ),
    ];
    if methods.iter().all(|(_, used)| *used) {
        problems.push(format!("more than one authentication method found for {name}; found [token basicAuth], only one is allowed"));
    }
    if user.as_user.is_empty()
        && !(user.as_uid.is_empty() && user.as_groups.is_empty() && user.as_user_extra.is_empty())
    {
        problems.push(format!(
            "requesting uid, groups or user-extra for {name} without impersonating a user"
        ));
    }
}

fn check_certificate(name: &str, user: &User, problems: &mut Vec<String>) {
    if !user.client_certificate.is_empty() && !user.client_certificate_data.is_empty() {
        problems.push(format!("client-cert-data and client-cert are both specified for {name}. client-cert-data will override."));
    }
    match (user.client_key.is_empty(), user.client_key_data.is_empty()) {
        (false, false) => problems
            .push(format!("client-key-data and client-key are both specified for {name}; client-key-data will override")),
        (true, true) => problems.push(format!(
            "client-key-data or client-key must be specified for {name} to use the clientCert authentication method."
        )),
        _ => {}
    }
    check_file("client-cert", &user.client_certificate, name, problems);
    check_file("client-key", &user.client_key, name, problems);
}

fn check_file(what: &str, path: &str, name: &str, problems: &mut Vec<String>) {
    if !path.is_empty()
        && let Err(error) = std::fs::File::open(Path::new(path))
    {
        problems.push(format!(
            "unable to read {what} {path} for {name} due to open {path}: {}",
            go_io_text(&error)
        ));
    }
}

fn check_exec(name: &str, exec: &ExecConfig, problems: &mut Vec<String>) {
    let plugin = "to use exec authentication plugin";
    if exec.command.is_empty() {
        problems.push(format!("command must be specified for {name} {plugin}"));
    }
    if exec.api_version.is_empty() {
        problems.push(format!("apiVersion must be specified for {name} {plugin}"));
    }
    if exec.env.iter().any(|variable| variable.name.is_empty()) {
        problems.push(format!(
            "env variable name must be specified for {name} {plugin}"
        ));
    }
    match (exec.mode(), exec.interactive_mode.as_str()) {
        (Some(_), _) => {}
        (None, "") => problems.push(format!(
            "interactiveMode must be specified for {name} {plugin}"
        )),
        (None, other) => problems.push(format!("invalid interactiveMode for {name}: {other:?}")),
    }
}
