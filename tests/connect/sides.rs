//! The two programs on the same input: the real kubectl, and ours.
//!
//! Both begin with one request, so that nothing but the connection is compared. Reading a node is what our program
//! does first; other requests are sent by our library.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use controlplane::{programs::Program, shared};
use nodemaint::adapters::live::connect::{
    ConnectEnv, ConnectFlags, Connection, Listeners, LogDetail, connect, describe_error,
};
use tempfile::TempDir;

use super::servers::runtime;

/// The request that a side sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    Get(&'static str),
    /// Reads a node: what a drain begins with. Servers of our own refuse it and say whom they saw.
    Node,
    /// Who am I? The server's answer is the identity.
    WhoAmI,
}

/// The node that nobody has.
pub const NODE: &str = "probed-node";

const REVIEWS: &str = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
/// What is sent to ask who one is.
pub const REVIEW: &str = r#"{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}"#;

/// One situation: flags, variables, files.
pub struct Situation {
    pub args: Vec<String>,
    pub vars: Vec<(String, String)>,
    pub probe: Probe,
    /// Home of both sides, and where the files are.
    pub folder: TempDir,
}

/// What a side printed and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    pub succeeded: bool,
    pub out: String,
    pub err: String,
}

impl Situation {
    pub fn new(probe: Probe) -> Self {
        Self {
            args: Vec::new(),
            vars: Vec::new(),
            probe,
            folder: TempDir::new().unwrap(),
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file into the folder.
    pub fn file(self, name: &str, text: impl AsRef<[u8]>) -> Self {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        self
    }

    /// Writes a program into the folder.
    pub fn script(self, name: &str, text: &str) -> Self {
        use std::os::unix::fs::PermissionsExt as _;
        let situation = self.file(name, format!("#!/bin/sh\n{text}\n"));
        std::fs::set_permissions(situation.path(name), std::fs::Permissions::from_mode(0o755))
            .unwrap();
        situation
    }

    /// Writes a kubeconfig and points `KUBECONFIG` at it.
    pub fn config(self, config: &serde_json::Value) -> Self {
        let situation = self.file("config", config.to_string());
        let path = situation.path("config").display().to_string();
        situation.var("KUBECONFIG", &path)
    }

    pub fn var(mut self, name: &str, value: &str) -> Self {
        self.vars.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds flags; `{}` stands for the folder.
    pub fn args(mut self, args: &[&str]) -> Self {
        let folder = self.folder.path().display().to_string();
        self.args
            .extend(args.iter().map(|arg| arg.replace("{}", &folder)));
        self
    }
}

/// Runs the real kubectl.
pub fn kubectl(situation: &Situation) -> Outcome {
    let review = situation.path("review.json");
    std::fs::write(&review, REVIEW).unwrap();
    let mut command = Command::new(shared().program(Program::Kubectl));
    match situation.probe {
        Probe::Get(path) => command.args(["get", "--raw", path]),
        Probe::Node => command.args(["get", "--raw", &format!("/api/v1/nodes/{NODE}")]),
        Probe::WhoAmI => command.args(["create", "--raw", REVIEWS, "-f"]).arg(review),
    };
    run(command, situation)
}

/// Runs a program as somebody in that situation would, and in no other.
fn run(mut command: Command, situation: &Situation) -> Outcome {
    let output = command
        .args(&situation.args)
        .env_clear()
        // Enough for the scripts of the tests.
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("HOME", situation.folder.path())
        .envs(situation.vars.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Outcome {
        succeeded: output.status.success(),
        out: text(&output.stdout),
        err: text(&output.stderr),
    }
}

/// Runs our side: the program where it sends the same request, else the library.
pub fn ours(situation: &Situation) -> Outcome {
    match situation.probe {
        Probe::Node => {
            let mut command = Command::new(env!("CARGO_BIN_EXE_kubectl-nodemaint"));
            command.args(["drain", NODE]);
            run(command, situation)
        }
        _ => library(situation),
    }
}

fn library(situation: &Situation) -> Outcome {
    let warnings: Arc<Mutex<String>> = Arc::default();
    let heard = warnings.clone();
    let listeners = Listeners {
        warning: Arc::new(move |text| {
            heard
                .lock()
                .unwrap()
                .push_str(&format!("Warning: {text}\n"))
        }),
        ..Listeners::default()
    };
    let (flags, env) = (flags(&situation.args), env(situation));
    let result = runtime().block_on(async {
        let connection = connect(
            &flags,
            &env,
            listeners,
            "kubectl-nodemaint/0.0.0 (linux/amd64)".to_owned(),
        )
        .await
        .map_err(|error| error.to_string())?;
        send(&connection, &situation.probe).await
    });
    let warned = warnings.lock().unwrap().clone();
    match result {
        Ok(out) => Outcome {
            succeeded: true,
            out,
            err: warned,
        },
        Err(text) => Outcome {
            succeeded: false,
            out: String::new(),
            err: format!("{warned}{text}\n"),
        },
    }
}

/// Sends the probe and reads the answer.
pub async fn send(connection: &Connection, probe: &Probe) -> Result<String, String> {
    let request = match probe {
        Probe::Get(path) => http::Request::get(*path).body(Vec::new()),
        Probe::Node => http::Request::get(format!("/api/v1/nodes/{NODE}")).body(Vec::new()),
        Probe::WhoAmI => http::Request::post(REVIEWS)
            .header("content-type", "application/json")
            .body(REVIEW.as_bytes().to_vec()),
    };
    let answer = connection.client.request_text(request.unwrap()).await;
    answer.map_err(|error| describe_error(&error).text)
}

/// The environment of a situation.
pub fn env(situation: &Situation) -> ConnectEnv {
    let home = (
        "HOME".to_owned(),
        situation.folder.path().display().to_string(),
    );
    let vars: Vec<_> = situation.vars.iter().cloned().chain([home]).collect();
    ConnectEnv::from_vars(|name| {
        vars.iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into())
    })
}

/// The flags of a situation, as the command line will read them.
pub fn flags(args: &[String]) -> ConnectFlags {
    let mut flags = ConnectFlags::default();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let (name, inline) = arg
            .split_once('=')
            .map_or((arg.as_str(), None), |(name, value)| {
                (name, Some(value.to_owned()))
            });
        match name {
            "--insecure-skip-tls-verify" => {
                flags.insecure_skip_tls_verify = Some(inline.as_deref() != Some("false"))
            }
            "--disable-compression" => flags.disable_compression = true,
            name => set(
                &mut flags,
                name,
                inline.unwrap_or_else(|| args.next().unwrap().clone()),
            ),
        }
    }
    flags
}

fn set(flags: &mut ConnectFlags, name: &str, value: String) {
    match name {
        "--kubeconfig" => flags.kubeconfig = Some(value.into()),
        "--context" => flags.context = Some(value),
        "--cluster" => flags.cluster = Some(value),
        "--user" => flags.user = Some(value),
        "-n" | "--namespace" => flags.namespace = Some(value),
        "-s" | "--server" => flags.server = Some(value),
        "--token" => flags.token = Some(value),
        "--as" => flags.as_user = Some(value),
        "--as-uid" => flags.as_uid = Some(value),
        "--as-group" => flags.as_groups.push(value),
        "--as-user-extra" => flags.as_user_extra.push(value),
        "--certificate-authority" => flags.certificate_authority = Some(value.into()),
        "--client-certificate" => flags.client_certificate = Some(value.into()),
        "--client-key" => flags.client_key = Some(value.into()),
        "--proxy-url" => flags.proxy_url = Some(value),
        "--tls-server-name" => flags.tls_server_name = Some(value),
        "--request-timeout" => flags.request_timeout = Some(value),
        "--username" => flags.username = Some(value),
        "--password" => flags.password = Some(value),
        other => panic!("no connection flag: {other}"),
    }
}

/// Listens to the request log.
pub fn logging(detail: LogDetail) -> (Listeners, Arc<Mutex<Vec<String>>>) {
    let lines: Arc<Mutex<Vec<String>>> = Arc::default();
    let log = lines.clone();
    let listeners = Listeners {
        request: Some(Arc::new(move |entry| {
            log.lock().unwrap().push(entry.to_string())
        })),
        detail,
        ..Listeners::default()
    };
    (listeners, lines)
}

/// A kubeconfig with one cluster, one user and one context, all named `main`.
pub fn simple_config(cluster: &serde_json::Value, user: &serde_json::Value) -> serde_json::Value {
    serde_json::json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "main",
        "clusters": [{"name": "main", "cluster": cluster}],
        "users": [{"name": "main", "user": user}],
        "contexts": [{"name": "main", "context": {"cluster": "main", "user": "main"}}],
    })
}

/// Text of a file, for flags and entries that want a path.
pub fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}
