//! The folder of one cluster: keys, logs, etcd's data. It must not outlive its cluster, so
//! its owner holds a lock inside it: whoever finds a folder whose lock is free may remove it.

use std::fs::{self, DirBuilder, File};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::{Error, at};
use crate::files::random_hex;

const PREFIX: &str = "nodemaint-cluster-";
const LOCK: &str = "owner.lock";
/// A folder this young may be one that is just being made and has no lock yet.
const YOUNG: Duration = Duration::from_secs(60);

/// A folder that is removed with its owner.
#[derive(Debug)]
pub struct StateFolder {
    path: PathBuf,
    _lock: File,
}

impl StateFolder {
    /// Makes a fresh one, readable by this user only, after removing those that a killed
    /// owner left behind.
    ///
    /// # Errors
    /// When the folder or its lock cannot be made.
    pub fn create() -> Result<Self, Error> {
        let parent = std::env::temp_dir();
        sweep(&parent);
        let path = parent.join(format!("{PREFIX}{}", random_hex(6)?));
        DirBuilder::new()
            .mode(0o700)
            .create(&path)
            .map_err(at(&path))?;
        let lock_path = path.join(LOCK);
        let lock = File::create(&lock_path).map_err(at(&lock_path))?;
        lock.lock().map_err(at(&lock_path))?;
        Ok(Self { path, _lock: lock })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes a folder inside.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn subfolder(&self, name: &str) -> Result<PathBuf, Error> {
        let path = self.path.join(name);
        fs::create_dir(&path).map_err(at(&path))?;
        Ok(path)
    }
}

impl Drop for StateFolder {
    fn drop(&mut self) {
        // A process that is just ending may still add a file while we remove: once more then.
        for _ in 0..5 {
            match fs::remove_dir_all(&self.path) {
                Ok(()) => return,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => return,
                Err(_) => std::thread::sleep(Duration::from_millis(100)),
            }
        }
        eprintln!(
            "control plane: {} could not be removed",
            self.path.display()
        );
    }
}

/// Removes the folders whose owner is no more.
fn sweep(parent: &Path) {
    let Ok(entries) = fs::read_dir(parent) else {
        return;
    };
    for path in entries.flatten().map(|entry| entry.path()) {
        let ours = path
            .file_name()
            .and_then(|name| name.to_str())
            .is_some_and(|name| name.starts_with(PREFIX));
        if ours && is_abandoned(&path) {
            // Another run may be sweeping it too.
            let _ = fs::remove_dir_all(&path);
        }
    }
}

fn is_abandoned(path: &Path) -> bool {
    match File::open(path.join(LOCK)) {
        Ok(lock) => lock.try_lock().is_ok(),
        Err(_) => {
            let age = fs::metadata(path)
                .and_then(|meta| meta.modified())
                .ok()
                .and_then(|time| time.elapsed().ok());
            age.is_some_and(|age| age > YOUNG)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_held_folder_is_not_abandoned_and_a_left_one_is() {
        let folder = StateFolder::create().expect("made");
        assert!(!is_abandoned(folder.path()));
        let path = folder.path().to_owned();
        drop(folder);
        assert!(!path.exists());

        fs::create_dir(&path).expect("made again");
        File::create(path.join(LOCK)).expect("a lock that nobody holds");
        assert!(is_abandoned(&path));
        fs::remove_dir_all(&path).expect("removed");
    }
}
