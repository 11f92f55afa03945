//! Starts the program: arguments in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    nodemaint::cli::main(std::env::args_os().collect())
}
