//! The text form of label selectors: `a=b,c!=d,e in (f,g),h notin (i),j,!k`.
//!
//! Follows `k8s.io/apimachinery/pkg/labels/selector.go`, which the server uses for the same text.

use super::{LabelSelector, Operator, Requirement};

/// Why a text is not a selector.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SelectorError {
    /// A word was expected and something else, or nothing, was found.
    #[error("expected a label key at {0:?}")]
    Key(String),
    /// A set of values does not open or close.
    #[error("expected '(VALUE,...)' at {0:?}")]
    Set(String),
    /// Something follows that is neither an operator nor a comma.
    #[error("expected an operator or ',' at {0:?}")]
    Operator(String),
    /// A key that is not a qualified name.
    #[error("{0:?} is not a label key")]
    InvalidKey(String),
    /// A value that is not a label value.
    #[error("{0:?} is not a label value")]
    InvalidValue(String),
}

impl LabelSelector {
    /// Parses kubectl's selector syntax; an empty text selects everything.
    ///
    /// # Errors
    ///
    /// Says what was expected and where.
    pub fn parse(text: &str) -> Result<LabelSelector, SelectorError> {
        let mut rest = text.trim();
        let mut requirements = Vec::new();
        while !rest.is_empty() {
            let (requirement, left) = requirement(rest)?;
            requirements.push(requirement);
            rest = match left.strip_prefix(',') {
                // A comma promises another requirement.
                Some(more) if more.trim().is_empty() => {
                    return Err(SelectorError::Key(left.to_owned()));
                }
                Some(more) => more.trim_start(),
                None if left.is_empty() => left,
                None => return Err(SelectorError::Operator(left.to_owned())),
            };
        }
        Ok(LabelSelector { requirements })
    }
}

/// Parses one requirement and returns what follows it.
fn requirement(text: &str) -> Result<(Requirement, &str), SelectorError> {
    if let Some(rest) = text.strip_prefix('!') {
        let (key, rest) = key(rest.trim_start())?;
        return Ok((build(key, Operator::DoesNotExist), rest));
    }
    let (key, rest) = key(text)?;
    for (sign, negated) in [("!=", true), ("==", false), ("=", false)] {
        if let Some(rest) = rest.strip_prefix(sign) {
            let (value, rest) = word(rest.trim_start());
            let values = vec![checked_value(value)?];
            let operator = if negated {
                Operator::NotIn(values)
            } else {
                Operator::In(values)
            };
            return Ok((build(key, operator), rest));
        }
    }
    let (operator, after) = word(rest);
    match operator {
        "" => Ok((build(key, Operator::Exists), rest)),
        "in" => values(after).map(|(values, rest)| (build(key, Operator::In(values)), rest)),
        "notin" => values(after).map(|(values, rest)| (build(key, Operator::NotIn(values)), rest)),
        _ => Err(SelectorError::Operator(rest.to_owned())),
    }
}

fn build(key: &str, operator: Operator) -> Requirement {
    Requirement {
        key: key.to_owned(),
        operator,
    }
}

fn key(text: &str) -> Result<(&str, &str), SelectorError> {
    match word(text) {
        ("", _) => Err(SelectorError::Key(text.to_owned())),
        (key, _) if !is_label_key(key) => Err(SelectorError::InvalidKey(key.to_owned())),
        found => Ok(found),
    }
}

/// Parses `(a,b)`; a missing value between commas is the empty value, as upstream.
fn values(text: &str) -> Result<(Vec<String>, &str), SelectorError> {
    let broken = || SelectorError::Set(text.to_owned());
    let inner = text.strip_prefix('(').ok_or_else(broken)?;
    let end = inner.find(')').ok_or_else(broken)?;
    let values = inner[..end]
        .split(',')
        .map(|value| checked_value(value.trim()))
        .collect::<Result<_, _>>()?;
    Ok((values, inner[end + 1..].trim_start()))
}

/// Splits off a run of characters that are no operator, with the white space behind it.
fn word(text: &str) -> (&str, &str) {
    let special = |c: char| c.is_whitespace() || "=!,()<>".contains(c);
    let end = text.find(special).unwrap_or(text.len());
    (&text[..end], text[end..].trim_start())
}

fn checked_value(value: &str) -> Result<String, SelectorError> {
    let valid = value.is_empty() || is_name(value, 63);
    if valid {
        Ok(value.to_owned())
    } else {
        Err(SelectorError::InvalidValue(value.to_owned()))
    }
}

/// Tells whether a text is a label key: an optional DNS prefix, a slash, a name of at most 63 characters.
pub(super) fn is_label_key(key: &str) -> bool {
    let (prefix, name) = key
        .split_once('/')
        .map_or((None, key), |(p, n)| (Some(p), n));
    let prefix_is_valid = prefix.is_none_or(|p| {
        (1..=253).contains(&p.len())
            && p.split('.').all(|label| {
                label.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
                    && label.ends_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
                    && label
                        .chars()
                        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
            })
    });
    prefix_is_valid && is_name(name, 63)
}

fn is_name(text: &str, longest: usize) -> bool {
    let edge = |c: char| c.is_ascii_alphanumeric();
    (1..=longest).contains(&text.len())
        && text.starts_with(edge)
        && text.ends_with(edge)
        && text.chars().all(|c| edge(c) || "-_.".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::labels::Labels;

    fn labels(pairs: &[(&str, &str)]) -> Labels {
        pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect()
    }

    #[test]
    fn selectors_match_as_the_server_matches() {
        let pod = labels(&[("app", "web"), ("tier", "front"), ("empty", "")]);
        let cases = [
            ("", true),
            ("app=web", true),
            ("app==web", true),
            ("app = web , tier=front", true),
            ("app!=web", false),
            ("missing!=x", true),
            ("app in (web, api)", true),
            ("app in (api)", false),
            ("app notin (api)", true),
            ("missing notin (x)", true),
            ("app", true),
            ("!app", false),
            ("! missing", true),
            ("missing", false),
            ("empty=", true),
            ("empty in (,x)", true),
            ("app=web,missing", false),
            ("example.com/x!=y,app", true),
        ];
        for (text, expected) in cases {
            let selector = LabelSelector::parse(text).expect(text);
            assert_eq!(selector.matches(&pod), expected, "{text:?}");
        }
    }

    #[test]
    fn broken_selectors_say_where() {
        let key = |at: &str| SelectorError::Key(at.to_owned());
        let cases = [
            ("=a", key("=a")),
            ("a=b,", key(",")),
            (",a", key(",a")),
            ("a b", SelectorError::Operator("b".into())),
            ("a in b", SelectorError::Set("b".into())),
            ("a in (b", SelectorError::Set("(b".into())),
            ("a=b c", SelectorError::Operator("c".into())),
            ("a=b=c", SelectorError::Operator("=c".into())),
            ("-a=b", SelectorError::InvalidKey("-a".into())),
            ("a=b/c", SelectorError::InvalidValue("b/c".into())),
            ("A.b/c/d", SelectorError::InvalidKey("A.b/c/d".into())),
        ];
        for (text, expected) in cases {
            assert_eq!(LabelSelector::parse(text), Err(expected), "{text:?}");
        }
    }
}
