//! The exit codes: one list, documented in `docs/exit-codes.md`, and how the codes of several nodes merge.

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done; for a preview: everything would leave.
    Done,
    /// An error that nobody planned for.
    Error,
    /// Wrong usage.
    Usage,
    /// Blocked or refused, nothing was changed; for a preview: something would not leave.
    Blocked,
    /// The deadline passed and some pods are still there.
    Deadline,
    /// Some nodes are done, others are not.
    Partial,
    /// Not permitted, found before the first write.
    NotPermitted,
    /// Somebody else's: a foreign cordon, a lease, a plan that no longer matches.
    Foreign,
    /// Interrupted by a signal.
    Interrupted,
}

impl Exit {
    /// Returns the process's exit code.
    pub fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Error => 1,
            Exit::Usage => 2,
            Exit::Blocked => 3,
            Exit::Deadline => 4,
            Exit::Partial => 5,
            Exit::NotPermitted => 6,
            Exit::Foreign => 7,
            Exit::Interrupted => 130,
        }
    }

    /// Merges the ends of several nodes: all alike keep their code, done and not done together are `Partial`.
    ///
    /// An interrupt outranks everything; unlike failures without any success are a plain `Error`.
    pub fn merge(ends: impl IntoIterator<Item = Exit>) -> Exit {
        ends.into_iter()
            .reduce(|merged, next| match (merged, next) {
                (a, b) if a == b => a,
                (Exit::Interrupted, _) | (_, Exit::Interrupted) => Exit::Interrupted,
                (Exit::Done | Exit::Partial, _) | (_, Exit::Done | Exit::Partial) => Exit::Partial,
                _ => Exit::Error,
            })
            .unwrap_or(Exit::Done)
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_the_documented_ones() {
        let codes: Vec<u8> = [
            Exit::Done,
            Exit::Error,
            Exit::Usage,
            Exit::Blocked,
            Exit::Deadline,
            Exit::Partial,
            Exit::NotPermitted,
            Exit::Foreign,
            Exit::Interrupted,
        ]
        .map(Exit::code)
        .to_vec();
        assert_eq!(codes, [0, 1, 2, 3, 4, 5, 6, 7, 130]);
    }

    #[test]
    fn ends_merge() {
        let merge = |ends: &[Exit]| Exit::merge(ends.iter().copied());
        assert_eq!(merge(&[]), Exit::Done);
        assert_eq!(merge(&[Exit::Deadline]), Exit::Deadline);
        assert_eq!(merge(&[Exit::Done, Exit::Done]), Exit::Done);
        assert_eq!(merge(&[Exit::Done, Exit::Deadline]), Exit::Partial);
        assert_eq!(merge(&[Exit::Error, Exit::Deadline]), Exit::Error);
        assert_eq!(
            merge(&[Exit::Error, Exit::Done, Exit::Error]),
            Exit::Partial
        );
        assert_eq!(merge(&[Exit::Done, Exit::Interrupted]), Exit::Interrupted);
    }
}
