//! What every command is given: the streams and the way to the cluster.

use std::sync::Arc;

use super::args::GlobalArgs;
use super::ui::Ui;

/// The surroundings of one run.
pub struct Context {
    /// Streams and prompts.
    pub ui: Arc<Ui>,
    /// The flags of every command.
    pub global: GlobalArgs,
}

impl Context {
    /// Looks at the process: its streams and its environment.
    pub fn from_process(global: &GlobalArgs) -> Context {
        Context {
            ui: Arc::new(Ui::from_process(global.color, variable)),
            global: global.clone(),
        }
    }

    /// Reads an environment variable; what is not Unicode counts as absent.
    pub fn variable(&self, name: &str) -> Option<String> {
        variable(name)
    }
}

/// Reads an environment variable; what is not Unicode counts as absent.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the environment"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
