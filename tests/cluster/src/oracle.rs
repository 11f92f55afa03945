//! The program that says what the real scheduler's plugins think of a cluster
//! (`tests/conformance/oracle`): where it is, and its build where it is not.
//!
//! Its key in the cache is the text of its sources, so a change of one word builds it again. It can be built of older
//! minors too: the same program, other modules, and a few lines for what Go's names were then.
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

/// Of which of the scheduler's minors the program is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// That of the control plane.
    Newest,
    /// `1.` and this number, one that `older/` in the sources has.
    Older(u32),
}

impl Of {
    /// The file in the place of `go.mod`.
    fn modules(self) -> PathBuf {
        match self {
            Of::Newest => sources().join("go.mod"),
            Of::Older(minor) => sources().join(format!("older/1.{minor}.mod")),
        }
    }

    /// What `go build` is told besides.
    fn flags(self) -> Vec<String> {
        match self {
            Of::Newest => Vec::new(),
            Of::Older(minor) => vec![
                format!("-modfile=older/1.{minor}.mod"),
                format!("-tags=minor1{minor}"),
            ],
        }
    }

    /// The scheduler's version, such as `1.36.3`.
    ///
    /// # Errors
    /// Unreadable sources, which those of a minor that is not there are.
    pub fn version(self) -> Result<String, Error> {
        let path = self.modules();
        let text = fs::read_to_string(&path).map_err(at(&path))?;
        let lines = text.lines().map(str::trim);
        let mut required = lines.filter_map(|line| {
            let line = line.strip_prefix("require ").unwrap_or(line);
            line.strip_prefix("k8s.io/kubernetes v")
        });
        Ok(required.next().unwrap_or_default().to_owned())
    }
}

/// The program of the newest minor; builds it when it is not there.
///
/// # Errors
/// No usable Go, a failed build, no place for the cache, unreadable sources, or the lease's
/// end.
pub fn ensure(lease: &Lease) -> Result<PathBuf, Error> {
    ensure_of(Of::Newest, lease)
}

/// The program of a minor; builds it when it is not there.
///
/// # Errors
/// As [`ensure`].
pub fn ensure_of(minor: Of, lease: &Lease) -> Result<PathBuf, Error> {
    let folder = cache_root(|name| env::var_os(name))?
        .join(ORACLE)
        .join(key(minor)?);
    let program = folder.join(ORACLE);
    if !program.is_file() {
        fs::create_dir_all(&folder).map_err(at(&folder))?;
        let target = Target {
            name: ORACLE,
            module: sources(),
            package: ".".to_owned(),
            linker_flags: "-s -w".to_owned(),
            flags: minor.flags(),
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
fn key(minor: Of) -> Result<String, Error> {
    let module = sources();
    let mut paths = Vec::new();
    for entry in fs::read_dir(&module).map_err(at(&module))? {
        let path = entry.map_err(at(&module))?.path();
        if path.extension().is_some_and(|extension| extension == "go") {
            paths.push(path);
        }
    }
    paths.sort();
    let modules = minor.modules();
    paths.push(modules.with_extension("sum"));
    paths.push(modules);
    let mut text = format!("{} {}\n", env::consts::OS, env::consts::ARCH).into_bytes();
    for path in paths {
        text.extend_from_slice(path.file_name().unwrap_or_default().as_encoded_bytes());
        text.push(b'\n');
        text.extend(fs::read(&path).map_err(at(&path))?);
    }
    Ok(short_digest(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_that_of_the_sources_and_stays_while_they_do() {
        let first = key(Of::Newest).expect("the sources are there");
        assert_eq!(first.len(), 16);
        assert_eq!(key(Of::Newest).expect("the sources are there"), first);
        assert_ne!(key(Of::Older(36)).expect("the sources are there"), first);
    }

    #[test]
    fn the_oracle_asks_the_version_that_the_control_plane_runs() {
        let own = Of::Newest.version().expect("go.mod");
        let wanted = crate::programs::kubernetes_version();
        assert_eq!(format!("v{own}"), wanted);
    }

    #[test]
    fn older_oracles_are_of_the_minors_that_they_are_called_by() {
        for minor in 34..=36 {
            let version = Of::Older(minor).version().expect("its modules");
            assert!(version.starts_with(&format!("1.{minor}.")), "{version}");
        }
    }
}
