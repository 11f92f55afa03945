//! The cluster that all tests of a run share.

use std::env;
use std::ffi::OsStr;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError, mpsc};

use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

use super::must;
use super::space::Space;
use crate::description::{CLUSTER_VARIABLE, Description};
use crate::programs::Program;
use crate::supervisor::{SUPERVISE_COMMAND, Supervised};

/// The cluster of this test run. The first call attaches to the one that
/// `NODEMAINT_TEST_CLUSTER` names, or starts one that ends with this process.
///
/// # Panics
/// When there is none to be had; the reason is on standard error.
pub fn shared() -> &'static Cluster {
    static SHARED: OnceLock<Cluster> = OnceLock::new();
    SHARED.get_or_init(Cluster::attach_or_start)
}

/// A second cluster of this test run, for tests to which the nodes of others would matter: one test at a time has it, and
/// begins without any node. The first call starts it; it ends with this process.
///
/// # Panics
/// When there is none to be had.
#[track_caller]
pub fn alone(hint: &str) -> Alone {
    static ALONE: Mutex<Option<&'static Cluster>> = Mutex::new(None);
    // A test that failed left at most objects behind, and nodes are waited for below.
    let mut turn = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let cluster = turn.get_or_insert_with(|| Box::leak(Box::new(Cluster::start())));
    let space = Space::new(cluster, hint);
    super::wait_until("the nodes of the test before are gone", || {
        let nodes = space.get("/api/v1/nodes").unwrap_or_default();
        nodes["items"].as_array().is_some_and(Vec::is_empty)
    });
    Alone { space, _turn: turn }
}

/// A space on a cluster on which nobody else is.
pub struct Alone {
    // Before the turn: fields are dropped in this order.
    space: Space,
    _turn: MutexGuard<'static, Option<&'static Cluster>>,
}

impl Deref for Alone {
    type Target = Space;

    fn deref(&self) -> &Space {
        &self.space
    }
}

/// A running cluster and an administrator's client for it.
pub struct Cluster {
    description: Description,
    runtime: Runtime,
    client: Client,
    // Holds the cluster where we started it.
    _supervised: Option<Supervised>,
}

impl Cluster {
    fn attach_or_start() -> Self {
        match env::var_os(CLUSTER_VARIABLE) {
            Some(path) => {
                let description = must(CLUSTER_VARIABLE, Description::load(Path::new(&path)));
                Self::reach(description, None)
            }
            None => Self::start(),
        }
    }

    fn start() -> Self {
        let supervised = must(
            "starting the control plane",
            Supervised::start(&mut supervisor()),
        );
        Self::reach(supervised.description().clone(), Some(supervised))
    }

    fn reach(description: Description, supervised: Option<Supervised>) -> Self {
        let runtime = must(
            "runtime",
            Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build(),
        );
        let kubeconfig = description.kubeconfig.clone();
        let client = run_on(&runtime, async move { connect(&kubeconfig).await });
        let client = must("client", client);
        Self {
            description,
            runtime,
            client,
            _supervised: supervised,
        }
    }

    /// How to reach it: URL, certificates, tokens, audit log.
    pub fn description(&self) -> &Description {
        &self.description
    }

    /// An administrator's kubeconfig.
    pub fn kubeconfig(&self) -> &Path {
        &self.description.kubeconfig
    }

    /// An administrator's client. Its connections belong to [`Cluster::run`]'s runtime.
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    /// The bearer token of one of the users that exist from the start: `admin`, or, without
    /// any right until a test binds some, `viewer`, `user-1` to `user-4`.
    #[track_caller]
    pub fn token(&self, user: &str) -> &str {
        self.description
            .tokens
            .get(user)
            .unwrap_or_else(|| panic!("there is no user {user}"))
    }

    /// Path of one of the six programs.
    pub fn program(&self, program: Program) -> PathBuf {
        self.description.programs.join(program.name())
    }

    /// The real kubectl as a command with a kubeconfig, cut off from the caller's own.
    pub fn kubectl(
        &self,
        kubeconfig: &Path,
        arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
    ) -> Command {
        let mut command = Command::new(self.program(Program::Kubectl));
        command
            .env("KUBECONFIG", kubeconfig)
            .env("HOME", &self.description.folder)
            .env(
                "KUBECACHEDIR",
                self.description.folder.join("kubectl-cache"),
            )
            .args(arguments);
        command
    }

    /// Runs a future to its end on the cluster's runtime, from anywhere.
    pub fn run<T: Send + 'static>(&self, future: impl Future<Output = T> + Send + 'static) -> T {
        run_on(&self.runtime, future)
    }

    /// Runs a future and does not wait for it.
    pub(super) fn spawn(
        &self,
        future: impl Future<Output = ()> + Send + 'static,
    ) -> JoinHandle<()> {
        self.runtime.spawn(future)
    }
}

/// Waits on a channel and not by `block_on`, which panics inside a test's own runtime.
fn run_on<T: Send + 'static>(
    runtime: &Runtime,
    future: impl Future<Output = T> + Send + 'static,
) -> T {
    let (sender, receiver) = mpsc::sync_channel(1);
    runtime.spawn(async move {
        // The receiver waits below, unless its thread is gone and nobody cares.
        let _ = sender.send(future.await);
    });
    receiver
        .recv()
        .unwrap_or_else(|_| panic!("the request's task panicked, see above"))
}

async fn connect(kubeconfig: &Path) -> Result<Client, Box<dyn std::error::Error + Send + Sync>> {
    let file = Kubeconfig::read_from(kubeconfig)?;
    let mut config = Config::from_custom_kubeconfig(file, &KubeConfigOptions::default()).await?;
    // A refusal with 429, such as a webhook may choose, would be asked again for five minutes.
    config.default_retry = false;
    Ok(Client::try_from(config)?)
}

/// The command that leads to the supervisor: cargo, which builds `xtask` first if it must.
fn supervisor() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args([
        "run",
        "--quiet",
        "--package",
        "xtask",
        "--",
        SUPERVISE_COMMAND,
    ]);
    // The crate's folder, so that cargo finds the workspace whatever the test changed to.
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}
