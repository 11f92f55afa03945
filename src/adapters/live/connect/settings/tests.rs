//! What the table of configurations cannot show: namespaces, contexts, and a pod's own cluster.

use std::path::Path;

use secrecy::ExposeSecret as _;

use super::*;

fn home(config: &str) -> (tempfile::TempDir, ConnectEnv) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config");
    std::fs::write(&path, config).unwrap();
    let env = ConnectEnv {
        kubeconfig: Some(path.into_os_string()),
        ..ConnectEnv::default()
    };
    (folder, env)
}

/// A pod's mounted files.
fn pod(token: &str) -> (tempfile::TempDir, ConnectEnv) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("token"), token).unwrap();
    std::fs::write(folder.path().join("namespace"), "of-account\n").unwrap();
    std::fs::write(folder.path().join("ca.crt"), "mounted").unwrap();
    let env = ConnectEnv {
        service_host: Some("10.96.0.1".into()),
        service_port: Some("443".into()),
        service_account: folder.path().to_owned(),
        ..ConnectEnv::default()
    };
    (folder, env)
}

fn namespace_of(flags: &ConnectFlags, env: &ConnectEnv) -> String {
    resolve(flags, env).unwrap().namespace
}

const TWO: &str = "
current-context: plain
clusters: [{name: c, cluster: {server: 'https://c'}}]
contexts:
- {name: plain, context: {cluster: c}}
- {name: named, context: {cluster: c, namespace: sea}}
";

#[test]
fn the_namespace_is_the_flags_then_the_contexts_then_the_pods() {
    let (_folder, mut env) = home(TWO);
    let flags = |context: &str, namespace: &str| ConnectFlags {
        context: Some(context.into()),
        namespace: Some(namespace.into()),
        ..ConnectFlags::default()
    };
    assert_eq!(namespace_of(&flags("plain", ""), &env), "default");
    assert_eq!(namespace_of(&flags("named", ""), &env), "sea");
    assert_eq!(namespace_of(&flags("named", "typed"), &env), "typed");
    let (_mounted, in_pod) = pod("t");
    env = ConnectEnv {
        kubeconfig: env.kubeconfig,
        ..in_pod
    };
    assert_eq!(namespace_of(&flags("plain", ""), &env), "of-account");
    assert_eq!(namespace_of(&flags("named", ""), &env), "sea");
    env.pod_namespace = Some("of-pod".into());
    assert_eq!(namespace_of(&flags("", ""), &env), "of-pod");
}

#[test]
fn the_context_in_force_is_told() {
    let (_folder, env) = home(TWO);
    let context = |flags: &ConnectFlags| resolve(flags, &env).unwrap().context;
    assert_eq!(context(&ConnectFlags::default()).as_deref(), Some("plain"));
    let named = ConnectFlags {
        context: Some("named".into()),
        ..ConnectFlags::default()
    };
    assert_eq!(context(&named).as_deref(), Some("named"));
    let (_folder, empty) = home("");
    assert_eq!(
        resolve(&ConnectFlags::default(), &empty).unwrap().context,
        None
    );
}

#[test]
fn the_users_name_is_told() {
    let (_folder, env) = home(
        "
current-context: x
clusters: [{name: c, cluster: {server: 'https://c'}}]
users: [{name: ada, user: {token: t}}]
contexts: [{name: x, context: {cluster: c, user: ada}}]
",
    );
    let user = |flags: &ConnectFlags| resolve(flags, &env).unwrap().user;
    assert_eq!(user(&ConnectFlags::default()).as_deref(), Some("ada"));
    let impersonated = ConnectFlags {
        as_user: Some("grace".into()),
        ..ConnectFlags::default()
    };
    assert_eq!(user(&impersonated).as_deref(), Some("grace"));
    let (_folder, nobody) = home(TWO);
    assert_eq!(
        resolve(&ConnectFlags::default(), &nobody).unwrap().user,
        None
    );
}

#[test]
fn a_pod_finds_its_own_cluster() {
    let (mounted, env) = pod("t");
    let settings = resolve(&ConnectFlags::default(), &env).unwrap();
    assert_eq!(settings.server.to_string(), "https://10.96.0.1:443");
    assert!(matches!(&settings.trust.roots, Roots::Pem(pem) if pem == b"mounted"));
    assert!(
        matches!(&settings.auth, Auth::TokenFile(path) if *path == mounted.path().join("token"))
    );
    let v6 = ConnectEnv {
        service_host: Some("fd00::1".into()),
        ..env
    };
    let settings = resolve(&ConnectFlags::default(), &v6).unwrap();
    assert_eq!(settings.server.to_string(), "https://[fd00::1]:443");
}

#[test]
fn in_a_pod_flags_change_what_they_name_and_nothing_else() {
    let (folder, env) = pod("t");
    let ca = folder.path().join("other.crt");
    std::fs::write(&ca, "flagged").unwrap();
    let flags = ConnectFlags {
        token: Some("typed".into()),
        certificate_authority: Some(ca),
        as_user: Some("ann".into()),
        request_timeout: Some("5".into()),
        disable_compression: true,
        ..ConnectFlags::default()
    };
    let settings = resolve(&flags, &env).unwrap();
    assert_eq!(settings.server.to_string(), "https://10.96.0.1:443");
    assert!(matches!(&settings.auth, Auth::Token(token) if token.expose_secret() == "typed"));
    assert!(matches!(&settings.trust.roots, Roots::Pem(pem) if pem == b"flagged"));
    assert_eq!(settings.impersonation.user, "ann");
    assert_eq!(settings.timeout, Some(Duration::from_secs(5)));
    assert_eq!(settings.compression, Compression::Off);
}

#[test]
fn in_a_pod_a_named_server_or_a_kubeconfig_comes_first() {
    let (_mounted, in_pod) = pod("t");
    let flags = ConnectFlags {
        server: Some("https://other".into()),
        ..ConnectFlags::default()
    };
    assert_eq!(
        resolve(&flags, &in_pod).unwrap().server.to_string(),
        "https://other"
    );
    let (_folder, env) = home(TWO);
    let env = ConnectEnv {
        kubeconfig: env.kubeconfig,
        ..in_pod
    };
    assert_eq!(
        resolve(&ConnectFlags::default(), &env)
            .unwrap()
            .server
            .to_string(),
        "https://c"
    );
}

#[test]
fn half_a_pod_is_no_pod() {
    let (_mounted, env) = pod("t");
    let nowhere = ConnectEnv {
        service_account: Path::new("/nonexistent").into(),
        ..env.clone()
    };
    let unset = ConnectEnv {
        service_port: None,
        ..env
    };
    for env in [nowhere, unset] {
        let settings = resolve(&ConnectFlags::default(), &env).unwrap();
        assert_eq!(settings.server.to_string(), "http://localhost:8080");
    }
}

#[test]
fn a_typed_token_ends_the_files_token_file() {
    let (_folder, env) = home(
        "
current-context: x
clusters: [{name: c, cluster: {server: 'https://c'}}]
users: [{name: u, user: {tokenFile: /nonexistent/token}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
",
    );
    let flags = ConnectFlags {
        token: Some("typed".into()),
        ..ConnectFlags::default()
    };
    let settings = resolve(&flags, &env).unwrap();
    assert!(matches!(&settings.auth, Auth::Token(token) if token.expose_secret() == "typed"));
}
