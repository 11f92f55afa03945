//! What a running cluster says about itself: one JSON document, printed by its supervisor
//! and kept beside its state, so that another process can use the same cluster.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{Error, at};

/// Our variable for a cluster that runs already: the path of its description.
pub const CLUSTER_VARIABLE: &str = "NODEMAINT_TEST_CLUSTER";

/// How to reach a running cluster, and what it is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Description {
    /// Its state, logs and keys; goes when the cluster goes.
    pub folder: PathBuf,
    /// The folder of the six programs, kubectl among them.
    pub programs: PathBuf,
    /// The API server's URL.
    pub server: String,
    /// A kubeconfig of the administrator.
    pub kubeconfig: PathBuf,
    /// The certificate that signed the API server's own.
    pub ca: PathBuf,
    /// The certificate whose signature makes a client certificate good.
    pub client_ca: PathBuf,
    /// The key of `client_ca`.
    pub client_ca_key: PathBuf,
    /// One JSON line for each answered request.
    pub audit_log: PathBuf,
    /// Bearer tokens by user name.
    pub tokens: BTreeMap<String, String>,
    /// Process ids by program, that of the supervisor under `supervisor`.
    pub pids: BTreeMap<String, u32>,
}

impl Description {
    /// Where the description of the cluster with this state folder is kept.
    #[must_use]
    pub fn path_in(folder: &Path) -> PathBuf {
        folder.join("cluster.json")
    }

    /// The document, on one line.
    ///
    /// # Errors
    /// When a path is not UTF-8.
    pub fn to_line(&self) -> Result<String, Error> {
        serde_json::to_string(self).map_err(|error| unusable("this process", &error))
    }

    /// Reads the document.
    ///
    /// # Errors
    /// [`Error::Description`], with `from` to say whose it was.
    pub fn parse(text: &str, from: &str) -> Result<Self, Error> {
        serde_json::from_str(text).map_err(|error| unusable(from, &error))
    }

    /// Keeps the document beside the state.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save(&self) -> Result<(), Error> {
        let path = Self::path_in(&self.folder);
        fs::write(&path, self.to_line()?).map_err(at(&path))
    }

    /// Reads a kept document.
    ///
    /// # Errors
    /// When the file is absent (the cluster ended) or holds something else.
    pub fn load(path: &Path) -> Result<Self, Error> {
        let text = fs::read_to_string(path).map_err(at(path))?;
        Self::parse(&text, &path.display().to_string())
    }
}

fn unusable(from: &str, error: &serde_json::Error) -> Error {
    Error::Description {
        from: from.to_owned(),
        reason: error.to_string(),
    }
}
