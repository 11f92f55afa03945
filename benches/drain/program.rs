//! The two programs that are compared.

use std::path::{Path, PathBuf};
use std::process::Command;

use controlplane::programs::Program as Part;
use controlplane::shared;

use crate::fleet::Owner;

/// Who is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// The real one.
    Kubectl,
    /// This plugin, started by its own name.
    Nodemaint,
}

impl Program {
    /// Both, in the order in which they take turns.
    pub const BOTH: [Self; 2] = [Self::Kubectl, Self::Nodemaint];

    /// What it is called in the report.
    pub fn name(self) -> &'static str {
        match self {
            Self::Kubectl => "kubectl",
            Self::Nodemaint => "nodemaint",
        }
    }

    /// Its file.
    pub fn path(self) -> PathBuf {
        match self {
            Self::Kubectl => shared().program(Part::Kubectl),
            Self::Nodemaint => PathBuf::from(env!("CARGO_BIN_EXE_kubectl-nodemaint")),
        }
    }

    /// A command in the same surroundings for both: kubeconfig, home folder, cache.
    pub fn command(self, kubeconfig: &Path, arguments: &[&str]) -> Command {
        let model = shared().kubectl(kubeconfig, arguments);
        let mut command = Command::new(self.path());
        command.args(arguments);
        for (name, value) in model.get_envs() {
            if let Some(value) = value {
                command.env(name, value);
            }
        }
        command
    }

    /// Drains a node.
    pub fn drain(self, kubeconfig: &Path, node: &str, owner: Owner) -> Command {
        let mut command = self.command(kubeconfig, &["drain", node, "--ignore-daemonsets"]);
        if owner == Owner::Nobody {
            command.arg("--force");
        }
        if self == Self::Nodemaint {
            command.arg("--yes");
        }
        command
    }
}
