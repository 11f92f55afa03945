//! The API's rules for keys and values of labels and taints, with the server's own words for what breaks them.
//!
//! Checked before anything is sent, so that one bad argument among many changes nothing. The texts follow
//! apimachinery 0.37 (`pkg/api/validate/content`), because people search for them.

const LABEL_PART: &str = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const SUBDOMAIN: &str = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*";
const CONSISTS: &str = "consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";

/// The longest value of a label or taint, and the longest name part of a key, in bytes.
pub const LABEL_MAX_BYTES: usize = 63;

/// The longest DNS subdomain, such as the prefix of a key, in bytes.
pub const SUBDOMAIN_MAX_BYTES: usize = 253;

/// Returns what is wrong with a qualified name (`name` or `prefix.example/name`); empty if nothing is.
pub fn qualified_name_faults(key: &str) -> Vec<String> {
    let parts: Vec<&str> = key.split('/').collect();
    let (mut faults, name) = match parts[..] {
        [name] => (Vec::new(), name),
        [prefix, name] => (prefix_faults(prefix), name),
        _ => return vec![too_many_slashes()],
    };
    faults.extend(name_part_faults(name));
    faults
}

/// Returns what is wrong with a label's or taint's value; empty if nothing is.
pub fn label_value_faults(value: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if value.len() > LABEL_MAX_BYTES {
        faults.push(too_long(LABEL_MAX_BYTES));
    }
    if !value.is_empty() && !is_label_part(value) {
        faults.push(format!(
            "a valid label must be an empty string or {CONSISTS} (e.g. 'MyValue',  or 'my_value',  or '12345', \
             regex used for validation is '({LABEL_PART})?')"
        ));
    }
    faults
}

fn prefix_faults(prefix: &str) -> Vec<String> {
    if prefix.is_empty() {
        return vec!["prefix part must be non-empty".to_owned()];
    }
    let mut faults = Vec::new();
    if prefix.len() > SUBDOMAIN_MAX_BYTES {
        faults.push(format!("prefix part {}", too_long(SUBDOMAIN_MAX_BYTES)));
    }
    if !is_subdomain(prefix) {
        faults.push(format!(
            "prefix part a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', \
             and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is \
             '{SUBDOMAIN}')"
        ));
    }
    faults
}

fn name_part_faults(name: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if name.is_empty() {
        faults.push("name part must be non-empty".to_owned());
    } else if name.len() > LABEL_MAX_BYTES {
        faults.push(format!("name part {}", too_long(LABEL_MAX_BYTES)));
    }
    if !is_label_part(name) {
        faults.push(format!("name part {}", key_pattern()));
    }
    faults
}

fn too_many_slashes() -> String {
    format!(
        "a valid label key {} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",
        key_pattern()
    )
}

// The doubled separator in "',  or '" is the server's.
fn key_pattern() -> String {
    format!(
        "must {CONSISTS} (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '{LABEL_PART}')"
    )
}

fn too_long(limit: usize) -> String {
    format!("must be no more than {limit} bytes")
}

fn is_label_part(text: &str) -> bool {
    let inner = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    ends_and_inner(text, |b| b.is_ascii_alphanumeric(), inner)
}

fn is_subdomain(text: &str) -> bool {
    let alphanumeric = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    text.split('.')
        .all(|label| ends_and_inner(label, alphanumeric, |b| alphanumeric(b) || b == b'-'))
}

fn ends_and_inner(text: &str, end: impl Fn(u8) -> bool, inner: impl Fn(u8) -> bool) -> bool {
    let bytes = text.as_bytes();
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else {
        return false;
    };
    end(*first) && end(*last) && bytes.iter().all(|b| inner(*b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_the_server_takes() {
        let long_prefix = format!("{}/{}", "a".repeat(253), "b".repeat(63));
        let name = "a".repeat(63);
        for key in [
            "simple",
            "now-with-dashes",
            "1-starts-with-num",
            "1234",
            "simple/simple",
            "now-with-dashes/now-with-dashes",
            "now.with.dots/simple",
            "1-num.2-num/3-num",
            "1.2.3.4/5678",
            "example.com/Uppercase_Is_OK_123",
            "requests.storage-foo",
            &name,
            &long_prefix,
        ] {
            assert_eq!(qualified_name_faults(key), Vec::<String>::new(), "{key}");
        }
    }

    #[test]
    fn keys_that_the_server_refuses() {
        let long_name = "a".repeat(64);
        let long_prefix = format!("{}/abc", "a".repeat(254));
        for key in [
            "nospecialchars%^=@",
            "cantendwithadash-",
            "-cantstartwithadash-",
            "only/one/slash",
            "Example.com/abc",
            "example_com/abc",
            "example.com/",
            "/simple",
            "",
            "a..b/c",
            "n\u{f6}",
            &long_name,
            &long_prefix,
        ] {
            assert_ne!(qualified_name_faults(key), Vec::<String>::new(), "{key}");
        }
    }

    #[test]
    fn values() {
        let longest = "a".repeat(63);
        for value in [
            "",
            "simple",
            "now-with-dashes",
            "end-with-num-1",
            "1234",
            &longest,
        ] {
            assert_eq!(label_value_faults(value), Vec::<String>::new(), "{value:?}");
        }
        let too_long = "a".repeat(64);
        for value in [
            "nospecialchars%^=@",
            "Tama-nui-te-r\u{101}.is.M\u{101}ori.sun",
            "\\backslashes\\are\\bad",
            "-starts-with-dash",
            "ends-with-dash-",
            ".starts.with.dot",
            "ends.with.dot.",
            &too_long,
        ] {
            assert_ne!(label_value_faults(value), Vec::<String>::new(), "{value:?}");
        }
    }

    /// Texts taken from kubectl 1.37.2.
    #[test]
    fn words_are_the_servers() {
        assert_eq!(
            qualified_name_faults(""),
            [
                "name part must be non-empty",
                "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an \
                 alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is \
                 '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
            ]
        );
        assert_eq!(
            qualified_name_faults("a/b/c"),
            [
                "a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end \
                 with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for \
                 validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and \
                 '/' (e.g. 'example.com/MyName')"
            ]
        );
        assert_eq!(
            qualified_name_faults("Ex.com/a"),
            [
                r"prefix part a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
            ]
        );
        assert_eq!(
            qualified_name_faults("/a"),
            ["prefix part must be non-empty"]
        );
        assert_eq!(
            qualified_name_faults(&"k".repeat(64)),
            ["name part must be no more than 63 bytes"]
        );
        assert_eq!(
            label_value_faults(&"v".repeat(64)),
            ["must be no more than 63 bytes"]
        );
        assert_eq!(
            label_value_faults("-"),
            [
                "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and \
                 must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', \
                 regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
            ]
        );
    }
}
