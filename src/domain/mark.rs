//! The note that a cordon leaves on the node: who made it, when, and why.
//!
//! A cordoned node tells nobody why; the next person undoes it or waits for ever. The note is kept in annotations, so
//! that it travels with the node, `kubectl describe` shows it, and an uncordon can tell whose cordon it ends:
//!
//! | annotation | holds |
//! |---|---|
//! | `nodemaint.dev/cordoned-by` | the user, as the server knows it; without it there is no note |
//! | `nodemaint.dev/cordoned-at` | the time, RFC 3339 in UTC |
//! | `nodemaint.dev/reason` | `--reason`, if given |
//! | `nodemaint.dev/ticket` | `--ticket`, if given |

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;

/// Annotation with the user who cordoned the node.
pub const CORDONED_BY: &str = "nodemaint.dev/cordoned-by";
/// Annotation with the time of the cordon.
pub const CORDONED_AT: &str = "nodemaint.dev/cordoned-at";
/// Annotation with the reason that was given.
pub const REASON: &str = "nodemaint.dev/reason";
/// Annotation with the ticket that was given.
pub const TICKET: &str = "nodemaint.dev/ticket";

/// All annotations of a mark; an uncordon removes them together.
pub const KEYS: [&str; 4] = [CORDONED_BY, CORDONED_AT, REASON, TICKET];

/// Who cordoned a node, when and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The user, as the server knows it.
    pub by: String,
    /// When, in whole seconds; `None` where the annotation is absent or not a time.
    pub at: Option<Timestamp>,
    /// Why.
    pub reason: Option<String>,
    /// Where more is written.
    pub ticket: Option<String>,
}

/// Whose mark it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// The caller's.
    Caller,
    /// Another user's.
    SomebodyElse,
}

impl Mark {
    /// Makes the mark of a cordon at this time; empty words count as not given.
    pub fn new(by: &str, at: Timestamp, reason: Option<&str>, ticket: Option<&str>) -> Mark {
        let given = |text: Option<&str>| text.filter(|t| !t.is_empty()).map(str::to_owned);
        Mark {
            by: by.to_owned(),
            // The annotation has whole seconds, and what is read must equal what was written.
            at: Timestamp::from_second(at.as_second()).ok(),
            reason: given(reason),
            ticket: given(ticket),
        }
    }

    /// Reads the mark from a node's annotations; `None` where nobody left one.
    pub fn read(annotations: &BTreeMap<String, String>) -> Option<Mark> {
        let get = |key: &str| annotations.get(key).filter(|v| !v.is_empty()).cloned();
        Some(Mark {
            by: get(CORDONED_BY)?,
            at: get(CORDONED_AT).and_then(|text| text.parse().ok()),
            reason: get(REASON),
            ticket: get(TICKET),
        })
    }

    /// Returns every annotation of the mark with its value; `None` is one that must be absent.
    pub fn annotations(&self) -> [(&'static str, Option<String>); 4] {
        [
            (CORDONED_BY, Some(self.by.clone())),
            (CORDONED_AT, self.at.map(|at| at.to_string())),
            (REASON, self.reason.clone()),
            (TICKET, self.ticket.clone()),
        ]
    }

    /// Tells whose mark it is, seen by `user`.
    pub fn owner(&self, user: &str) -> Owner {
        if self.by == user {
            Owner::Caller
        } else {
            Owner::SomebodyElse
        }
    }
}

/// Prints `by USER since TIME: REASON (TICKET)`, without the parts that are not known.
impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "by {}", self.by)?;
        if let Some(at) = self.at {
            write!(f, " since {at}")?;
        }
        if let Some(reason) = &self.reason {
            write!(f, ": {reason}")?;
        }
        if let Some(ticket) = &self.ticket {
            write!(f, " ({ticket})")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(mark: &Mark) -> BTreeMap<String, String> {
        mark.annotations()
            .into_iter()
            .filter_map(|(key, value)| Some((key.to_owned(), value?)))
            .collect()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn tells_who_when_and_why() {
        let time = at("2026-01-02T03:04:05.678Z");
        let full = Mark::new("ada", time, Some("swap the disk"), Some("OPS-7"));
        assert_eq!(
            full.to_string(),
            "by ada since 2026-01-02T03:04:05Z: swap the disk (OPS-7)"
        );
        let bare = Mark::new("ada", time, Some(""), None);
        assert_eq!(bare.to_string(), "by ada since 2026-01-02T03:04:05Z");
        assert_eq!(bare.reason, None);
    }

    #[test]
    fn without_a_user_there_is_no_mark() {
        let mut annotations = BTreeMap::from([(REASON.to_owned(), "x".to_owned())]);
        assert_eq!(Mark::read(&annotations), None);
        annotations.insert(CORDONED_BY.to_owned(), String::new());
        assert_eq!(Mark::read(&annotations), None);
    }

    #[test]
    fn a_time_that_is_none_is_left_out() {
        let annotations = BTreeMap::from([
            (CORDONED_BY.to_owned(), "ada".to_owned()),
            (CORDONED_AT.to_owned(), "yesterday".to_owned()),
        ]);
        let mark = Mark::read(&annotations).unwrap();
        assert_eq!(mark.to_string(), "by ada");
        assert_eq!(mark.owner("ada"), Owner::Caller);
        assert_eq!(mark.owner("Ada"), Owner::SomebodyElse);
        assert_eq!(mark.owner(""), Owner::SomebodyElse);
    }

    proptest! {
        #[test]
        fn reading_what_was_written_gives_it_back(
            by in "[a-z:]{1,20}",
            second in 0_i64..4_000_000_000,
            reason in proptest::option::of("\\PC{1,30}"),
            ticket in proptest::option::of("[A-Z]{1,4}-[0-9]{1,4}"),
        ) {
            let time = Timestamp::from_second(second).unwrap();
            let mark = Mark::new(&by, time, reason.as_deref(), ticket.as_deref());
            prop_assert_eq!(Mark::read(&written(&mark)), Some(mark));
        }
    }
}
