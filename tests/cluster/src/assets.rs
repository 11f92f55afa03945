//! Where the six programs are: `KUBEBUILDER_ASSETS` when it holds them all, else the cache,
//! filled by a build the first time.
//!
//! The cache lies outside the repository and outside `target/`, so that neither a fresh
//! clone nor `cargo clean` costs ten minutes. Its key is the text of the modules and the
//! build flags: a new version gets a new folder.

use std::env;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::build::{Target, build_all};
use crate::error::{Error, at, running};
use crate::lease::Lease;
use crate::programs::{Module, Program};
use crate::progress::Progress;

/// The field's variable for a folder of ready programs.
pub const ASSETS_VARIABLE: &str = "KUBEBUILDER_ASSETS";
/// Our variable for the folder that holds what is built once.
pub const CACHE_VARIABLE: &str = "NODEMAINT_CACHE";

/// The programs' folder; builds what is not there.
///
/// # Errors
/// No usable Go, a failed build, no place for the cache, or the lease's end.
pub fn ensure(lease: &Lease) -> Result<PathBuf, Error> {
    if let Some(given) = env::var_os(ASSETS_VARIABLE).filter(|value| !value.is_empty()) {
        let given = PathBuf::from(given);
        let missing = missing_in(&given);
        if missing.is_empty() {
            return Ok(given);
        }
        eprintln!(
            "control plane: {ASSETS_VARIABLE}={} has no {}; using programs of our own",
            given.display(),
            missing.join(", ")
        );
    }
    let folder = cache_root(|name| env::var_os(name))?
        .join("controlplane")
        .join(cache_key());
    if !missing_in(&folder).is_empty() {
        fs::create_dir_all(&folder).map_err(at(&folder))?;
        build_all(
            &folder,
            &Program::ALL.map(Target::from),
            "about 15 minutes on 2 cores",
            Progress::start("control plane"),
            lease,
        )?;
    }
    Ok(folder)
}

/// The names of the programs that a folder does not hold.
#[must_use]
pub fn missing_in(folder: &Path) -> Vec<&'static str> {
    Program::ALL
        .into_iter()
        .map(Program::name)
        .filter(|name| !folder.join(name).is_file())
        .collect()
}

/// The folder for everything that this project builds once.
///
/// # Errors
/// When the environment names neither a cache folder nor a home.
pub fn cache_root(variable: impl Fn(&str) -> Option<OsString>) -> Result<PathBuf, Error> {
    let named = |name: &str| {
        variable(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    named(CACHE_VARIABLE)
        .or_else(|| named("XDG_CACHE_HOME").map(|cache| cache.join("nodemaint")))
        .or_else(|| named("HOME").map(|home| home.join(".cache").join("nodemaint")))
        .ok_or_else(|| {
            let none = std::io::Error::other(format!(
                "none of {CACHE_VARIABLE}, XDG_CACHE_HOME, HOME is set"
            ));
            running("cache folder")(none)
        })
}

/// The cache's key: SHA-256 over modules, flags and platform, shortened.
fn cache_key() -> String {
    let mut text = format!("{} {}\n", env::consts::OS, env::consts::ARCH);
    for module in Module::ALL {
        text.extend(module.texts());
    }
    for program in Program::ALL {
        text.push_str(&program.package());
        text.push_str(&program.linker_flags());
    }
    short_digest(text.as_bytes())
}

/// The first 16 hexadecimal digits of the SHA-256 of a text.
pub(crate) fn short_digest(text: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, text);
    digest
        .as_ref()
        .iter()
        .take(8)
        .fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(pairs: &[(&str, &str)]) -> Option<PathBuf> {
        let find = |name: &str| {
            pairs
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| OsString::from(value))
        };
        cache_root(find).ok()
    }

    #[test]
    fn the_cache_folder_follows_our_variable_then_xdg_then_home() {
        let all = [
            (CACHE_VARIABLE, "/c"),
            ("XDG_CACHE_HOME", "/x"),
            ("HOME", "/h"),
        ];
        assert_eq!(root(&all), Some("/c".into()));
        assert_eq!(root(&all[1..]), Some("/x/nodemaint".into()));
        assert_eq!(root(&all[2..]), Some("/h/.cache/nodemaint".into()));
        assert_eq!(
            root(&[(CACHE_VARIABLE, ""), ("HOME", "/h")]),
            Some("/h/.cache/nodemaint".into())
        );
        assert_eq!(root(&[]), None);
    }

    #[test]
    fn what_a_folder_lacks_is_named() {
        let nowhere = Path::new("/nonexistent");
        assert_eq!(missing_in(nowhere).len(), Program::ALL.len());
    }
}
