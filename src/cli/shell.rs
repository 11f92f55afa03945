//! Words for a POSIX shell, so that a command that is printed can be pasted.

/// Quotes a word where it needs it.
pub fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_shell_would_change_is_quoted() {
        for (word, quoted) in [
            ("node/n-1", "node/n-1"),
            (
                "system:serviceaccount:shop:ada",
                "system:serviceaccount:shop:ada",
            ),
            ("", "''"),
            ("disk replaced", "'disk replaced'"),
            ("it's", r"'it'\''s'"),
            ("!a", "'!a'"),
        ] {
            assert_eq!(quote(word), quoted);
        }
    }
}
