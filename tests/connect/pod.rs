//! In a pod: the variables and the mounted files, and nothing else.

use std::process::Command;

use controlplane::{programs::Program, shared};
use nodemaint::adapters::live::connect::{ConnectFlags, Listeners, connect};

use super::servers::runtime;
use super::sides::{Probe, Situation, env, read, send};

/// Where the kubelet mounts a pod's files, and where kubectl looks; in a mount namespace of its own, so that the
/// machine's folder is never touched.
const IN_A_POD: &str = r#"mount -t tmpfs none "$(readlink -f /var/run)" && mkdir -p /var/run/secrets/kubernetes.io &&
cp -r "$MOUNTED" /var/run/secrets/kubernetes.io/serviceaccount && exec "$@""#;

fn situation() -> Situation {
    let description = shared().description();
    let (_, address) = description.server.split_once("://").unwrap();
    let (host, port) = address.rsplit_once(':').unwrap();
    Situation::new(Probe::Get("/api/v1/nodes/no-such-node"))
        .file("mounted/token", format!("{}\n", shared().token("viewer")))
        .file("mounted/ca.crt", read(&description.ca))
        .file("mounted/namespace", "sea")
        .var("KUBERNETES_SERVICE_HOST", host)
        .var("KUBERNETES_SERVICE_PORT", port)
}

/// Its text, or `None` where this machine does not let us make mounts.
fn kubectl_in_a_pod(situation: &Situation, args: &[&str]) -> Option<String> {
    let allowed = Command::new("unshare")
        .args(["-m", "true"])
        .status()
        .is_ok_and(|status| status.success());
    let mut command = Command::new("unshare");
    command
        .args(["-m", "sh", "-c", IN_A_POD, "sh"])
        .arg(shared().program(Program::Kubectl))
        .args(["get", "--raw", "/api/v1/nodes/no-such-node"])
        .args(args)
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .env("HOME", situation.folder.path())
        .env("MOUNTED", situation.path("mounted"))
        .envs(situation.vars.iter().cloned());
    allowed.then(|| String::from_utf8(command.output().unwrap().stderr).unwrap())
}

fn ours_in_a_pod(situation: &Situation, flags: &ConnectFlags) -> (String, String) {
    let mut env = env(situation);
    env.service_account = situation.path("mounted");
    runtime().block_on(async {
        let connection = connect(flags, &env, Listeners::default(), "ua".into())
            .await
            .unwrap();
        assert_eq!(connection.context, None);
        (
            send(&connection, &situation.probe).await.unwrap_err(),
            connection.namespace,
        )
    })
}

#[test]
fn connect_table_in_a_pod() {
    let situation = situation();
    let (mine, namespace) = ours_in_a_pod(&situation, &ConnectFlags::default());
    assert!(
        mine.contains("User \"viewer\" cannot get resource \"nodes\""),
        "{mine}"
    );
    assert_eq!(namespace, "sea");
    if let Some(theirs) = kubectl_in_a_pod(&situation, &[]) {
        assert_eq!(theirs.trim_end(), mine);
    }
    let token = shared().token("user-1");
    let flags = ConnectFlags {
        token: Some(token.to_owned()),
        ..ConnectFlags::default()
    };
    let (mine, _) = ours_in_a_pod(&situation, &flags);
    assert!(mine.contains("User \"user-1\""), "{mine}");
    if let Some(theirs) = kubectl_in_a_pod(&situation, &["--token", token]) {
        assert_eq!(theirs.trim_end(), mine);
    }
}
