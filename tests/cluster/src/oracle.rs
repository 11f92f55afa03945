//! The program that says what the real scheduler's plugins think of a cluster
//! (`tests/conformance/oracle`): where it is, and its build where it is not.
//!
//! Its key in the cache is the text of its sources, so a change of one word builds it again.
//! Most of its compilation is shared with the control plane's: same versions, same flags.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::assets::{cache_root, short_digest};
use crate::build::{Target, build_all};
use crate::error::{Error, at};
use crate::lease::Lease;
use crate::progress::Progress;

/// The program's name.
pub const ORACLE: &str = "oracle";

/// The program; builds it when it is not there.
///
/// # Errors
/// No usable Go, a failed build, no place for the cache, unreadable sources, or the lease's
/// end.
pub fn ensure(lease: &Lease) -> Result<PathBuf, Error> {
    let module = sources();
    let folder = cache_root(|name| env::var_os(name))?
        .join(ORACLE)
        .join(key(&module)?);
    let program = folder.join(ORACLE);
    if !program.is_file() {
        fs::create_dir_all(&folder).map_err(at(&folder))?;
        let target = Target {
            name: ORACLE,
            module,
            package: ".".to_owned(),
            linker_flags: "-s -w".to_owned(),
        };
        let progress = Progress::start(ORACLE);
        build_all(
            &folder,
            &[target],
            "about 4 minutes on 2 cores",
            progress,
            lease,
        )?;
    }
    Ok(program)
}

/// The folder with the program's `go.mod`.
fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .join("conformance")
        .join("oracle")
}

/// The cache's key: names and texts of all that Go reads, and the platform.
fn key(module: &Path) -> Result<String, Error> {
    let mut names = Vec::new();
    for entry in fs::read_dir(module).map_err(at(module))? {
        let path = entry.map_err(at(module))?.path();
        if is_source(&path) {
            names.push(path);
        }
    }
    names.sort();
    let mut text = format!("{} {}\n", env::consts::OS, env::consts::ARCH).into_bytes();
    for path in names {
        text.extend_from_slice(path.file_name().unwrap_or_default().as_encoded_bytes());
        text.push(b'\n');
        text.extend(fs::read(&path).map_err(at(&path))?);
    }
    Ok(short_digest(&text))
}

fn is_source(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default();
    ["go", "mod", "sum"].iter().any(|known| extension == *known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_that_of_the_sources_and_stays_while_they_do() {
        let first = key(&sources()).expect("the sources are there");
        assert_eq!(first.len(), 16);
        assert_eq!(key(&sources()).expect("the sources are there"), first);
    }

    #[test]
    fn the_oracle_asks_the_version_that_the_control_plane_runs() {
        let go_mod = fs::read_to_string(sources().join("go.mod")).expect("go.mod");
        let wanted = format!(
            "k8s.io/kubernetes {}",
            crate::programs::kubernetes_version()
        );
        assert!(go_mod.contains(&wanted), "{wanted} in\n{go_mod}");
    }
}
