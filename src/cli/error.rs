//! The one error of the command line: kubectl's words where kubectl has some, an exit code, and the next command.

use crate::engine::cluster::{Failure, FailureKind};

use super::exit::Exit;

/// An error as the user sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CliError {
    /// The exit code.
    pub exit: Exit,
    /// The message, with kubectl's prefix (`error: `, `Error from server (NotFound): `).
    pub message: String,
    /// What to do next, one command or sentence each.
    pub hints: Vec<String>,
}

impl CliError {
    /// Builds an error from a complete message.
    pub fn new(exit: Exit, message: impl Into<String>) -> CliError {
        CliError {
            exit,
            message: message.into(),
            hints: Vec::new(),
        }
    }

    /// Builds an error of wrong usage; `error: ` is put in front.
    pub fn usage(message: impl AsRef<str>) -> CliError {
        CliError::new(Exit::Usage, format!("error: {}", message.as_ref()))
    }

    /// Builds an error that nobody planned for from a complete message.
    pub fn unplanned(message: impl Into<String>) -> CliError {
        CliError::new(Exit::Error, message)
    }

    /// Adds what to do next.
    pub fn with_hint(mut self, hint: impl Into<String>) -> CliError {
        self.hints.push(hint.into());
        self
    }
}

impl From<Failure> for CliError {
    fn from(failure: Failure) -> CliError {
        let exit = match failure.kind {
            FailureKind::Forbidden => Exit::NotPermitted,
            _ => Exit::Error,
        };
        CliError::new(exit, failure.sentence)
    }
}
