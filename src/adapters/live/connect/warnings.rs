//! `Warning:` headers: what the server wants the user to know, said once each.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use http::HeaderMap;

/// Passes each distinct warning on once.
#[derive(Default)]
pub(super) struct Warnings {
    said: Mutex<HashSet<String>>,
}

impl Warnings {
    /// The warnings of an answer that have not been seen before.
    pub(super) fn unsaid(&self, headers: &HeaderMap) -> Vec<String> {
        let mut unsaid = Vec::new();
        for value in headers.get_all(http::header::WARNING) {
            let mut rest = String::from_utf8_lossy(value.as_bytes()).into_owned();
            while let Some((warning, left)) = parse(&rest) {
                if let Some(text) = warning
                    && self
                        .said
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .insert(text.clone())
                {
                    unsaid.push(text);
                }
                rest = left;
            }
        }
        unsaid
    }
}

/// The text of the first warning in a header, where it is one for people (code 299), and what follows it.
fn parse(header: &str) -> Option<(Option<String>, String)> {
    let header = header.trim_start();
    let (code, rest) = header.split_once(' ')?;
    let (_agent, rest) = rest.trim_start().split_once(' ')?;
    let (text, rest) = quoted(rest.trim_start())?;
    let rest = match quoted(rest.trim_start()) {
        // The date, which nobody reads.
        Some((_, rest)) => rest,
        None => rest,
    };
    let next = rest
        .trim_start()
        .strip_prefix(',')
        .unwrap_or_default()
        .to_owned();
    Some(((code == "299" && !text.is_empty()).then_some(text), next))
}

/// A quoted string with its escapes resolved, and what follows it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut plain = String::new();
    let mut chars = text.strip_prefix('"')?.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((plain, &text[at + 2..])),
            '\\' => plain.push(chars.next()?.1),
            c => plain.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn unsaid(warnings: &Warnings, values: &[&str]) -> Vec<String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(
                http::header::WARNING,
                HeaderValue::from_bytes(value.as_bytes()).unwrap(),
            );
        }
        warnings.unsaid(&headers)
    }

    #[test]
    fn each_text_is_passed_on_once() {
        let warnings = Warnings::default();
        assert_eq!(
            unsaid(
                &warnings,
                &[r#"299 - "one""#, r#"299 - "two", 299 - "one""#]
            ),
            ["one", "two"]
        );
        assert!(unsaid(&warnings, &[r#"299 - "two""#]).is_empty());
        assert_eq!(unsaid(&warnings, &[r#"299 - "three""#]), ["three"]);
    }

    #[test]
    fn escapes_dates_and_commas_inside() {
        let header = r#"299 host "say \"hi\", \\ now" "Sat, 25 Aug 2012 23:34:45 GMT", 299 - "b""#;
        assert_eq!(
            unsaid(&Warnings::default(), &[header]),
            [r#"say "hi", \ now"#, "b"]
        );
    }

    #[test]
    fn other_codes_and_broken_headers_are_passed_over() {
        let warnings = Warnings::default();
        assert_eq!(unsaid(&warnings, &[r#"110 - "stale", 299 - "a""#]), ["a"]);
        for broken in [
            "",
            "299",
            "299 -",
            "299 - text",
            r#"299 - "open"#,
            r#"299 - "x\"#,
            r#"299 - """#,
        ] {
            assert!(unsaid(&warnings, &[broken]).is_empty(), "{broken}");
        }
        assert_eq!(unsaid(&warnings, &["299 - \"grüße\""]), ["grüße"]);
    }
}
