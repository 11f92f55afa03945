//! Namespaces: only whether they are being deleted.

use serde::Deserialize;

use super::lenient::null_as_default;
use super::meta::Meta;

/// A Namespace.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct Namespace {
    /// `metadata`.
    #[serde(deserialize_with = "null_as_default")]
    pub metadata: Meta,
    /// `status`.
    #[serde(deserialize_with = "null_as_default")]
    pub status: NamespaceStatus,
}

/// A namespace's `status`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct NamespaceStatus {
    /// `phase`.
    #[serde(deserialize_with = "null_as_default")]
    pub phase: String,
}

impl Namespace {
    /// Tells whether the namespace is being deleted: the server refuses evictions in it.
    pub fn is_ending(&self) -> bool {
        self.status.phase == "Terminating" || self.metadata.deletion_timestamp.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phase_or_timestamp_tell_the_end() {
        let ending = |json| serde_json::from_str::<Namespace>(json).unwrap().is_ending();
        assert!(ending(r#"{"status": {"phase": "Terminating"}}"#));
        assert!(ending(
            r#"{"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}}"#
        ));
        assert!(!ending(r#"{"status": {"phase": "Active"}}"#));
        assert!(!ending("{}"));
    }
}
