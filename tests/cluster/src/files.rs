//! The files that the programs are started with: users, audit policy, kubeconfigs, stages.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use ring::rand::{SecureRandom, SystemRandom};

use crate::error::{Error, at};

/// The administrator's user name.
pub const ADMIN: &str = "admin";
/// Users without any right until a test binds some.
pub const PLAIN_USERS: [&str; 5] = ["viewer", "user-1", "user-2", "user-3", "user-4"];
/// What the fake kubelets do, see the file.
pub const STAGES: &str = include_str!("stages.yaml");

/// Who asks for what, and what they were answered: once per request, when it is answered.
const AUDIT_POLICY: &str = "\
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived, ResponseStarted]
rules:
- level: Metadata
";

/// Makes a token for each user. Random, because others may have an account on the machine.
///
/// # Errors
/// When the system gives no random numbers.
pub fn tokens() -> Result<BTreeMap<String, String>, Error> {
    [ADMIN]
        .into_iter()
        .chain(PLAIN_USERS)
        .map(|user| Ok((user.to_owned(), random_hex(16)?)))
        .collect()
}

/// Random bytes in hexadecimal.
///
/// # Errors
/// When the system gives none.
pub fn random_hex(bytes: usize) -> Result<String, Error> {
    let mut buffer = vec![0_u8; bytes];
    SystemRandom::new()
        .fill(&mut buffer)
        .map_err(|_| Error::Certificates("the system gives no random numbers".to_owned()))?;
    Ok(buffer.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    }))
}

/// Writes `tokens.csv`, `audit-policy.yaml` and `stages.yaml`.
///
/// # Errors
/// When a file cannot be written.
pub fn write_static(folder: &Path, tokens: &BTreeMap<String, String>) -> Result<(), Error> {
    let mut users = String::new();
    for (user, token) in tokens {
        let groups = if user == ADMIN {
            ",\"system:masters\""
        } else {
            ""
        };
        let _ = writeln!(users, "{token},{user},{user}{groups}");
    }
    for (name, text) in [
        ("tokens.csv", users.as_str()),
        ("audit-policy.yaml", AUDIT_POLICY),
        ("stages.yaml", STAGES),
    ] {
        let path = folder.join(name);
        fs::write(&path, text).map_err(at(&path))?;
    }
    Ok(())
}

/// A kubeconfig with one context for one bearer token; namespace `default` unless given.
#[must_use]
pub fn kubeconfig(
    server: &str,
    ca: &Path,
    user: &str,
    token: &str,
    namespace: Option<&str>,
) -> String {
    let namespace = namespace
        .map(|name| format!("    namespace: {name}\n"))
        .unwrap_or_default();
    format!(
        "apiVersion: v1\nkind: Config\nclusters:\n- name: test\n  cluster:\n    server: {server}\n    \
         certificate-authority: {ca}\nusers:\n- name: {user}\n  user:\n    token: {token}\ncontexts:\n- name: test\n  \
         context:\n    cluster: test\n    user: {user}\n{namespace}current-context: test\n",
        ca = ca.display()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kubeconfig_names_each_part_once() {
        let text = kubeconfig(
            "https://127.0.0.1:1",
            Path::new("/x/ca.crt"),
            "jane",
            "t0k",
            Some("shop"),
        );
        for line in [
            "    server: https://127.0.0.1:1",
            "    token: t0k",
            "    user: jane",
            "    namespace: shop",
        ] {
            assert_eq!(
                text.lines().filter(|found| *found == line).count(),
                1,
                "{line:?} in\n{text}"
            );
        }
    }

    #[test]
    fn tokens_differ() {
        let tokens = tokens().expect("random");
        let different: std::collections::BTreeSet<_> = tokens.values().collect();
        assert_eq!(different.len(), 1 + PLAIN_USERS.len());
    }
}
