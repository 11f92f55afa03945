//! Is there a Go that can build our programs? Asked before anything else, so that a
//! newcomer reads one clear line and not the output of a compiler.

use std::path::Path;
use std::process::Command;

use crate::error::Error;

/// The oldest Go that builds these modules.
pub const NEEDED: (u32, u32) = (1, 26);

/// Finds Go and checks its version; returns that version, such as `go1.26.8`.
///
/// # Errors
/// [`Error::Go`] when there is none, when it cannot be run, or when it is too old. The
/// command runs inside `module`, so a Go that fetches the toolchain a module asks for
/// counts as that toolchain.
pub fn go(module: &Path) -> Result<String, Error> {
    let output = Command::new("go")
        .arg("version")
        .current_dir(module)
        .output()
        .map_err(|error| missing(format!("there is no Go here (`go version`: {error})")))?;
    let said = if output.status.success() {
        &output.stdout
    } else {
        &output.stderr
    };
    check(&String::from_utf8_lossy(said))
}

/// Reads the answer of `go version`.
///
/// # Errors
/// [`Error::Go`] when the answer names no version or one below [`NEEDED`].
pub fn check(answer: &str) -> Result<String, Error> {
    let version = answer
        .split_whitespace()
        .find(|word| {
            word.strip_prefix("go1.")
                .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        })
        .ok_or_else(|| missing(format!("`go version` answers {:?}", answer.trim())))?;
    if parse(version).is_some_and(|found| found >= NEEDED) {
        Ok(version.to_owned())
    } else {
        Err(missing(format!("the Go here is {version}")))
    }
}

fn parse(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.strip_prefix("go")?.split('.');
    let major = parts.next()?.parse().ok()?;
    let minor = parts.next()?;
    let digits = minor
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(minor.len());
    Some((major, minor[..digits].parse().ok()?))
}

fn missing(found: String) -> Error {
    Error::Go {
        found,
        needed: format!("{}.{}", NEEDED.0, NEEDED.1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_enough_versions_pass() {
        for answer in [
            "go version go1.26.8 linux/amd64",
            "go version go1.26rc1 linux/arm64",
            "go version go1.30 x/y",
        ] {
            assert!(check(answer).is_ok(), "{answer}");
        }
    }

    #[test]
    fn an_old_version_is_named_with_the_place_to_get_a_new_one() {
        let message = check("go version go1.25.9 linux/amd64")
            .expect_err("too old")
            .to_string();
        assert_eq!(
            message,
            "the Go here is go1.25.9; the programs that the tests need are built with Go 1.26 or newer: https://go.dev/dl/"
        );
    }

    #[test]
    fn an_answer_without_a_version_is_quoted() {
        let message = check("bash: go: command not found\n")
            .expect_err("no version")
            .to_string();
        assert!(
            message.starts_with("`go version` answers \"bash: go: command not found\""),
            "{message}"
        );
    }
}
