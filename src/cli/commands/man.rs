//! `man`: prints manual pages, made from the same description as the help.

use clap::{Args, CommandFactory as _};

use crate::cli::args::Cli;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;

/// Print a manual page.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  # Read the page of drain
  kubectl nodemaint man drain | man -l -")]
pub struct ManArgs {
    /// The command it is about, such as \"taint add\"; without one the page is about the plugin
    #[arg(value_name = "COMMAND")]
    command: Vec<String>,
}

/// Runs `man`.
///
/// # Errors
///
/// There is no such command.
pub fn run(args: &ManArgs, context: &Context) -> Result<Exit, CliError> {
    let page = page(&args.command)?;
    context.ui.document(&page);
    Ok(Exit::Done)
}

fn page(words: &[String]) -> Result<String, CliError> {
    // The page's name has no spaces: man(1) finds it as kubectl-nodemaint-drain.
    let mut root = Cli::command()
        .bin_name("kubectl nodemaint")
        .display_name("kubectl-nodemaint");
    root.build();
    let unknown = |word: &String| {
        CliError::usage(format!("there is no command \"{}\"", word.escape_default()))
            .with_hint("kubectl nodemaint --help")
    };
    let command = words.iter().try_fold(&root, |command, word| {
        command.find_subcommand(word).ok_or_else(|| unknown(word))
    })?;
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone())
        .source(concat!("kubectl-nodemaint ", env!("CARGO_PKG_VERSION")))
        .manual("kubectl plugins")
        .render(&mut page)
        .map_err(|cause| CliError::unplanned(format!("error: cannot write the page: {cause}")))?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn pages_are_named_after_the_command() {
        for (command, title) in [("", "kubectl-nodemaint"), ("man", "kubectl-nodemaint-man")] {
            let page = page(&words(command)).expect("the command exists");
            assert!(page.contains(&format!(".TH {title} 1")), "{page}");
        }
    }

    #[test]
    fn unknown_commands_are_wrong_usage() {
        let error = page(&words("nonsense")).expect_err("there is no such command");
        assert_eq!(error.exit, Exit::Usage);
        assert_eq!(error.message, "error: there is no command \"nonsense\"");
    }
}
