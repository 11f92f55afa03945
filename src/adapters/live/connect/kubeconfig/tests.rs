//! Reading and merging, as client-go's documentation and behaviour have it.

use std::ffi::OsString;
use std::path::Path;

use super::*;
use crate::adapters::live::connect::flags::{ConnectEnv, ConnectFlags};

fn list(paths: &[&Path]) -> ConnectEnv {
    let kubeconfig: OsString = std::env::join_paths(paths).unwrap();
    ConnectEnv {
        kubeconfig: Some(kubeconfig),
        ..ConnectEnv::default()
    }
}

fn write(folder: &Path, name: &str, text: &str) -> std::path::PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

const FIRST: &str = "
current-context: ''
clusters: [{name: shared, cluster: {server: 'https://first'}}]
users: [{name: red, user: {token: one}}]
contexts: [{name: a, context: {cluster: shared, user: red}}]
";
const SECOND: &str = "
current-context: b
clusters: [{name: shared, cluster: {server: 'https://second', tls-server-name: x}}, {name: own, cluster: {server: 'https://own'}}]
users: [{name: red, user: {token: two, username: u}}]
contexts: [{name: b, context: {cluster: own, user: red, namespace: ns}}]
";

#[test]
fn the_first_file_wins_entry_by_entry_and_absent_files_are_skipped() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (
        write(folder.path(), "1", FIRST),
        write(folder.path(), "2", SECOND),
    );
    let env = list(&[
        &folder.path().join("absent"),
        &first,
        Path::new(""),
        &second,
        &first,
    ]);
    let config = load(&ConnectFlags::default(), &env).unwrap();
    assert_eq!(
        config.current_context, "b",
        "an empty current context does not count"
    );
    assert_eq!(config.clusters["shared"].server, "https://first");
    assert_eq!(
        config.clusters["shared"].tls_server_name, "",
        "nothing of the second file's entry is mixed in"
    );
    assert_eq!(config.users["red"].token, "one");
    assert_eq!(config.contexts["b"].namespace, "ns");
    assert_eq!(config.clusters.len(), 2);
}

#[test]
fn a_list_of_absent_files_is_an_empty_configuration() {
    let config = load(
        &ConnectFlags::default(),
        &list(&[Path::new("/nonexistent/a"), Path::new("/nonexistent/b")]),
    )
    .unwrap();
    assert!(config.clusters.is_empty() && config.contexts.is_empty());
}

#[test]
fn the_flag_replaces_the_list_and_must_exist() {
    let folder = tempfile::tempdir().unwrap();
    let first = write(folder.path(), "1", FIRST);
    let second = write(folder.path(), "2", SECOND);
    let flags = ConnectFlags {
        kubeconfig: Some(second),
        ..ConnectFlags::default()
    };
    let config = load(&flags, &list(&[&first])).unwrap();
    assert_eq!(config.clusters["shared"].server, "https://second");

    let flags = ConnectFlags {
        kubeconfig: Some("/nonexistent/x".into()),
        ..ConnectFlags::default()
    };
    let error = load(&flags, &list(&[&first])).unwrap_err();
    assert_eq!(
        error.to_string(),
        "error: stat /nonexistent/x: no such file or directory"
    );
}

#[test]
fn home_is_read_when_nothing_else_is_said() {
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join(".kube")).unwrap();
    write(&home.path().join(".kube"), "config", SECOND);
    let env = ConnectEnv {
        home: Some(home.path().to_owned()),
        ..ConnectEnv::default()
    };
    assert_eq!(
        load(&ConnectFlags::default(), &env)
            .unwrap()
            .current_context,
        "b"
    );
}

#[test]
fn paths_are_meant_from_the_files_own_folder() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(
        folder.path(),
        "c",
        "
clusters: [{name: c, cluster: {server: s, certificate-authority: pki/ca.crt}}]
users:
- {name: u, user: {client-certificate: me.crt, client-key: /abs/me.key, tokenFile: ../token, exec: {command: ./bin/login}}}
- {name: v, user: {exec: {command: login}}}
",
    );
    let config = load(&ConnectFlags::default(), &list(&[&path])).unwrap();
    let base = folder.path();
    assert_eq!(
        Path::new(&config.clusters["c"].certificate_authority),
        base.join("pki/ca.crt")
    );
    assert_eq!(
        Path::new(&config.users["u"].client_certificate),
        base.join("me.crt")
    );
    assert_eq!(config.users["u"].client_key, "/abs/me.key");
    assert_eq!(
        Path::new(&config.users["u"].token_file),
        base.parent().unwrap().join("token")
    );
    assert_eq!(
        Path::new(&config.users["u"].exec.as_ref().unwrap().command),
        base.join("bin/login")
    );
    assert_eq!(
        config.users["v"].exec.as_ref().unwrap().command,
        "login",
        "a bare name is looked up in PATH"
    );
}

#[test]
fn nulls_unknown_fields_and_json_are_fine() {
    let config = Kubeconfig::parse(
        r#"{"kind":"Config","apiVersion":"v1","preferences":{},"clusters":[{"name":"c","cluster":{"server":"s","extensions":null,"certificate-authority-data":"QUJD","future":1}}],"users":null,"contexts":null,"current-context":null}"#,
    )
    .unwrap();
    assert_eq!(config.clusters["c"].certificate_authority_data, b"ABC");
}

#[test]
fn an_empty_file_and_a_comment_are_empty_configurations() {
    for text in ["", "\n", "# nothing\n", "---\n", "null"] {
        assert!(
            Kubeconfig::parse(text).unwrap().clusters.is_empty(),
            "{text:?}"
        );
    }
}

#[test]
fn broken_files_say_so_without_quoting_themselves() {
    for text in [
        "clusters: [",
        "users: [{name: u, user: {token: [s3cret]}}]",
        "s3cret",
        "users: [{name: u, user: {client-key-data: 's3cret!'}}]",
    ] {
        let error = Kubeconfig::parse(text).unwrap_err();
        assert!(!error.contains("s3cret"), "{error}");
    }
    assert!(
        Kubeconfig::parse("kind: Pod\napiVersion: v1")
            .unwrap_err()
            .starts_with("no kind \"Pod\" is registered")
    );
    let twice = "contexts: [{name: a, context: {}}, {name: a, context: {}}]";
    assert!(
        Kubeconfig::parse(twice)
            .unwrap_err()
            .contains("duplicate name \"a\"")
    );
}

#[test]
fn a_folder_in_place_of_a_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let error = load(&ConnectFlags::default(), &list(&[folder.path()]))
        .unwrap_err()
        .to_string();
    let path = folder.path().display();
    assert_eq!(
        error,
        format!("error: error loading config file \"{path}\": read {path}: is a directory")
    );
}

#[test]
fn the_interactive_mode_has_a_default_in_the_old_version_only() {
    let exec = |version: &str, mode: &str| ExecConfig {
        api_version: format!("client.authentication.k8s.io/{version}"),
        interactive_mode: mode.into(),
        ..ExecConfig::default()
    };
    assert_eq!(
        exec("v1beta1", "").mode(),
        Some(InteractiveMode::IfAvailable)
    );
    assert_eq!(exec("v1", "").mode(), None);
    assert_eq!(exec("v1", "Never").mode(), Some(InteractiveMode::Never));
    assert_eq!(exec("v1", "Sometimes").mode(), None);
}

#[test]
fn a_file_with_thousands_of_clusters_is_read() {
    let authority = "QUJD".repeat(500);
    let entries: String = (0..3000)
        .map(|n| {
            format!("- {{name: c{n}, cluster: {{server: 'https://s{n}', certificate-authority-data: {authority}}}}}\n")
        })
        .collect();
    let config = Kubeconfig::parse(&format!("clusters:\n{entries}")).unwrap();
    assert_eq!(config.clusters.len(), 3000);
}

#[test]
fn anchors_and_merge_keys_are_read() {
    let text = "
base: &base {server: 'https://s', disable-compression: true}
clusters: [{name: a, cluster: {<<: *base, tls-server-name: x}}, {name: b, cluster: *base}]
";
    let config = Kubeconfig::parse(text).unwrap();
    assert_eq!(config.clusters["a"].server, "https://s");
    assert!(config.clusters["b"].disable_compression);
}
