//! What every command is given: the streams, the words that were typed and the way to the cluster.

use std::ffi::OsString;
use std::io::IsTerminal;
use std::sync::Arc;

use crate::adapters::live::connect::{
    ConnectEnv, ConnectError, ConnectFlags, Connection, Listeners, LogDetail, RequestListener,
    connect, user_agent,
};
use crate::adapters::live::{LiveCluster, LiveOptions};

use super::args::{ConnectionArgs, GlobalArgs};
use super::error::CliError;
use super::exit::Exit;
use super::shell::quote;
use super::ui::Ui;

/// The surroundings of one run.
pub struct Context {
    /// Streams and prompts.
    pub ui: Arc<Ui>,
    /// The flags of every command.
    pub global: GlobalArgs,
    /// The words behind the program's name, as they were typed.
    pub typed: Vec<String>,
}

/// A cluster to work on and what the user should know about the way to it.
pub struct Live {
    /// The cluster.
    pub cluster: LiveCluster,
    /// The server's URL.
    pub server: String,
    /// The kubeconfig context in force, where there is one.
    pub context: Option<String>,
    /// The user's name in the kubeconfig, where there is one.
    pub user: Option<String>,
    /// The namespace that commands without one mean.
    pub namespace: String,
}

impl Context {
    /// Looks at the process: its streams and its environment.
    pub fn from_process(global: &GlobalArgs, typed: &[OsString]) -> Context {
        Context {
            ui: Arc::new(Ui::from_process(global.color, variable)),
            global: global.clone(),
            typed: typed
                .iter()
                .skip(1)
                .map(|word| word.to_string_lossy().into_owned())
                .collect(),
        }
    }

    /// Returns the command as it was typed, fit to be pasted into a shell.
    pub fn again(&self) -> String {
        let typed: Vec<String> = self.typed.iter().map(|word| quote(word)).collect();
        format!("kubectl nodemaint {}", typed.join(" "))
    }

    /// Reads an environment variable; what is not Unicode counts as absent.
    pub fn variable(&self, name: &str) -> Option<String> {
        variable(name)
    }

    /// Reads the configuration and makes a client; nothing is sent yet.
    ///
    /// # Errors
    ///
    /// Mistakes in flags and files, in kubectl's words.
    pub async fn connect(&self, options: LiveOptions) -> Result<Live, CliError> {
        let mut env = ConnectEnv::from_vars(variable_os);
        env.interactive = std::io::stdin().is_terminal();
        let flags = connect_flags(&self.global.connection);
        Ok(live(&flags, &env, self.listeners(), options).await?)
    }

    fn listeners(&self) -> Listeners {
        let warnings = Arc::clone(&self.ui);
        let log = Arc::clone(&self.ui);
        let detail = LogDetail::from_verbosity(self.global.verbosity);
        let request: RequestListener = Arc::new(move |step| log.err(&step.to_string()));
        Listeners {
            warning: Arc::new(move |text| warnings.err(&format!("Warning: {text}"))),
            request: detail.map(|_| request),
            detail: detail.unwrap_or(LogDetail::Line),
        }
    }
}

/// Connects as [`Context::connect`] does, and says nothing to anybody meanwhile.
///
/// # Errors
///
/// As [`Context::connect`].
pub async fn connect_silently(
    args: &ConnectionArgs,
    options: LiveOptions,
) -> Result<Live, CliError> {
    let mut env = ConnectEnv::from_vars(variable_os);
    env.interactive = false;
    let listeners = Listeners {
        warning: Arc::new(|_| {}),
        request: None,
        detail: LogDetail::Line,
    };
    Ok(live(&connect_flags(args), &env, listeners, options).await?)
}

async fn live(
    flags: &ConnectFlags,
    env: &ConnectEnv,
    listeners: Listeners,
    options: LiveOptions,
) -> Result<Live, ConnectError> {
    let Connection {
        client,
        server,
        namespace,
        context,
        user,
        requests,
    } = connect(flags, env, listeners, user_agent(env!("CARGO_PKG_VERSION"))).await?;
    Ok(Live {
        cluster: LiveCluster::new(client, requests, options),
        server,
        context,
        user,
        namespace,
    })
}

impl From<ConnectError> for CliError {
    fn from(error: ConnectError) -> CliError {
        CliError::new(Exit::Error, error.to_string())
    }
}

fn connect_flags(args: &ConnectionArgs) -> ConnectFlags {
    let args = args.clone();
    ConnectFlags {
        kubeconfig: args.kubeconfig,
        context: args.context,
        cluster: args.cluster,
        user: args.user,
        namespace: args.namespace,
        server: args.server,
        proxy_url: args.proxy_url,
        token: args.token,
        as_user: args.as_user,
        as_uid: args.as_uid,
        as_groups: args.as_groups,
        as_user_extra: args.as_user_extra,
        certificate_authority: args.certificate_authority,
        client_certificate: args.client_certificate,
        client_key: args.client_key,
        tls_server_name: args.tls_server_name,
        insecure_skip_tls_verify: args.insecure_skip_tls_verify,
        request_timeout: args.request_timeout,
        disable_compression: args.disable_compression.unwrap_or(false),
        username: args.username,
        password: args.password,
        cache_dir: args.cache_dir,
    }
}

/// Reads an environment variable; what is not Unicode counts as absent.
#[expect(
    clippy::disallowed_methods,
    reason = "the command line is what reads the environment"
)]
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Reads an environment variable as the operating system has it.
#[expect(
    clippy::disallowed_methods,
    reason = "the command line is what reads the environment"
)]
fn variable_os(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}
