//! What could not be read, in as few lines as say it: who may read little is refused every kind with the same words.

use crate::domain::snapshot::Unread;

/// Kinds and why they could not be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Group {
    /// The kinds, by comma.
    pub what: String,
    /// The reason.
    pub reason: String,
}

/// Puts kinds together that were refused with the same words; the others stay as they are. Each stands where its first kind stood.
pub(super) fn grouped(unread: &[Unread]) -> Vec<Group> {
    let mut groups: Vec<(Option<String>, Vec<&Unread>)> = Vec::new();
    for one in unread {
        let words = common_words(one);
        let same = |(known, _): &&mut (Option<String>, _)| words.is_some() && *known == words;
        match groups.iter_mut().find(same) {
            Some((_, kinds)) => kinds.push(one),
            None => groups.push((words, vec![one])),
        }
    }
    groups.into_iter().map(joined).collect()
}

fn joined((words, kinds): (Option<String>, Vec<&Unread>)) -> Group {
    let reason = match (words, kinds.as_slice()) {
        (Some(words), [_, _, ..]) => words,
        (_, kinds) => kinds
            .first()
            .map(|kind| kind.reason.clone())
            .unwrap_or_default(),
    };
    let names: Vec<&str> = kinds.iter().map(|kind| kind.what.as_str()).collect();
    Group {
        what: names.join(", "),
        reason,
    }
}

/// Returns the API server's refusal without the kind; `None` where it says something else.
///
/// Source: `NewForbidden` of apimachinery's `api/errors` and the words of the apiserver's `responsewriters`.
fn common_words(unread: &Unread) -> Option<String> {
    let (resource, group) = unread.what.split_once('.').unwrap_or((&unread.what, ""));
    let words = unread
        .reason
        .strip_prefix(&format!("{} is forbidden: ", unread.what))?;
    let kind = format!("resource \"{resource}\" in API group \"{group}\"");
    words.contains(&kind).then(|| words.replace(&kind, "them"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unread(what: &str, reason: &str) -> Unread {
        Unread {
            what: what.to_owned(),
            reason: reason.to_owned(),
        }
    }

    fn refused(resource: &str, group: &str, what: &str) -> Unread {
        unread(
            what,
            &format!(
                "{what} is forbidden: User \"ada\" cannot list resource \"{resource}\" in API group \"{group}\" at the cluster scope"
            ),
        )
    }

    #[test]
    fn kinds_that_are_refused_with_the_same_words_share_a_line() {
        let nodes = refused("csinodes", "storage.k8s.io", "csinodes.storage.k8s.io");
        let found = grouped(&[
            refused("services", "", "services"),
            unread("events", "the server is busy"),
            nodes.clone(),
        ]);
        assert_eq!(
            found,
            [
                Group {
                    what: "services, csinodes.storage.k8s.io".to_owned(),
                    reason: "User \"ada\" cannot list them at the cluster scope".to_owned(),
                },
                Group {
                    what: "events".to_owned(),
                    reason: "the server is busy".to_owned(),
                },
            ]
        );
        let alone = grouped(std::slice::from_ref(&nodes));
        assert_eq!(alone[0].reason, nodes.reason, "one is told as it was said");
    }

    #[test]
    fn other_words_are_not_put_together() {
        let found = grouped(&[unread("a", "busy"), unread("b", "busy")]);
        assert_eq!(found.len(), 2);
    }
}
