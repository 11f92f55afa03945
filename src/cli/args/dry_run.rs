//! `--dry-run` with kubectl's words: `none`, `client`, `server`, and the older truth values.

use clap::Args;

use crate::cli::error::CliError;

use super::nodes::DryRun;

/// The flag of commands that kubectl has too.
#[derive(Debug, Clone, Args)]
pub struct DryRunArgs {
    /// `client` sends nothing, `server` lets the server check the change without keeping it
    #[arg(
        long,
        value_name = "MODE",
        num_args = 0..=1,
        require_equals = true,
        default_value = "none",
        default_missing_value = "client",
        value_parser = clap::builder::NonEmptyStringValueParser::new()
    )]
    pub dry_run: String,
}

impl DryRunArgs {
    /// Checks the value.
    ///
    /// # Errors
    ///
    /// kubectl's words for anything else.
    pub fn mode(&self) -> Result<DryRun, CliError> {
        match (self.dry_run.as_str(), parse_bool(&self.dry_run)) {
            ("none", _) | (_, Some(false)) => Ok(DryRun::None),
            ("client", _) | (_, Some(true)) => Ok(DryRun::Client),
            ("server", _) => Ok(DryRun::Server),
            (other, None) => Err(CliError::usage(format!(
                "Invalid dry-run value ({}). Must be \"none\", \"server\", or \"client\".",
                other.escape_debug()
            ))),
        }
    }
}

/// Reads a truth value as Go does.
pub(super) fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_kubectls() {
        let mode = |text: &str| {
            DryRunArgs {
                dry_run: text.to_owned(),
            }
            .mode()
        };
        for (text, expected) in [
            ("none", DryRun::None),
            ("false", DryRun::None),
            ("0", DryRun::None),
            ("client", DryRun::Client),
            ("true", DryRun::Client),
            ("T", DryRun::Client),
            ("server", DryRun::Server),
        ] {
            assert_eq!(mode(text), Ok(expected), "{text}");
        }
        assert_eq!(
            mode("x").unwrap_err().message,
            "error: Invalid dry-run value (x). Must be \"none\", \"server\", or \"client\"."
        );
    }
}
