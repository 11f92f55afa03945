//! Strings in YAML: bare where that is safe, else quoted, else as a block.

use super::Writer;

/// The column behind which a line is folded at the next space.
const WIDTH: usize = 80;

/// What a string is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// A key: never folded.
    Key,
    /// A value or an entry of a list.
    Value,
}

/// How a string is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    Plain,
    Single,
    Double,
    Literal,
}

/// Writes a string; lines after its first are indented to `indent`.
pub(super) fn write_scalar(out: &mut Writer, text: &str, indent: usize, role: Role) {
    let folds = role == Role::Value;
    match style(text, role) {
        Style::Plain => write_plain(out, text, indent, folds),
        Style::Single => {
            out.push('\'');
            write_plain(out, &text.replace('\'', "''"), indent, folds);
            out.push('\'');
        }
        Style::Double => write_double(out, text, indent, folds),
        Style::Literal => write_literal(out, text, indent),
    }
}

fn style(text: &str, role: Role) -> Style {
    let facts = Facts::of(text);
    if text.contains('\n') {
        let block = !facts.trailing_space && !facts.special && !facts.space_before_break;
        return if block && role == Role::Value {
            Style::Literal
        } else {
            Style::Double
        };
    }
    if !reads_as_string(text) || facts.special {
        Style::Double
    } else if facts.bare {
        Style::Plain
    } else {
        Style::Single
    }
}

/// What matters about a string's characters.
struct Facts {
    /// It can stand without quotes.
    bare: bool,
    /// It has characters that must be escaped.
    special: bool,
    trailing_space: bool,
    space_before_break: bool,
}

impl Facts {
    fn of(text: &str) -> Facts {
        let edges = text.starts_with(' ') || text.ends_with(' ');
        Facts {
            bare: !edges && !has_indicators(text),
            special: text.chars().any(|c| !is_printable(c)),
            trailing_space: text.ends_with(' '),
            space_before_break: text.contains(" \n"),
        }
    }
}

/// Tells whether a bare string would be taken for YAML's own signs.
fn has_indicators(text: &str) -> bool {
    let blank = |c: Option<char>| c.is_none_or(|c| c == ' ' || c == '\t');
    let mut chars = text.chars();
    let first = chars.next();
    let second = chars.next();
    let leads = match first {
        Some(c) if "#,[]{}&*!|>'\"%@`".contains(c) => true,
        Some('?' | ':' | '-') => blank(second),
        _ => false,
    };
    leads
        || text.starts_with("---")
        || text.starts_with("...")
        || text.contains(": ")
        || text.contains(":\t")
        || (text.len() > 1 && text.ends_with(':'))
        || text.contains(" #")
        || text.contains("\t#")
}

/// Tells whether Go's yaml writes a character as it is; it escapes everything beyond the basic plane.
fn is_printable(c: char) -> bool {
    // Other line separators than '\n' are quoted with an escape: rarer than rare, and safe.
    let separator = matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}');
    let in_range = matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}');
    in_range && !separator && c != '\u{feff}'
}

fn write_plain(out: &mut Writer, text: &str, indent: usize, folds: bool) {
    let chars: Vec<char> = text.chars().collect();
    let mut after_space = false;
    for (at, &c) in chars.iter().enumerate() {
        let next = chars.get(at + 1);
        let inside = at > 0 && next.is_some();
        let lone = !after_space && next != Some(&' ');
        if c == ' ' && folds && lone && inside && out.column > WIDTH {
            out.start_line(indent);
        } else {
            out.push(c);
        }
        after_space = c == ' ';
    }
}

fn write_double(out: &mut Writer, text: &str, indent: usize, folds: bool) {
    let chars: Vec<char> = text.chars().collect();
    let mut after_space = false;
    out.push('"');
    for (at, &c) in chars.iter().enumerate() {
        let next = chars.get(at + 1);
        if !is_printable(c) || matches!(c, '"' | '\\' | '\n') {
            escape(out, c);
        } else if c == ' '
            && folds
            && !after_space
            && out.column > WIDTH
            && at > 0
            && next.is_some()
        {
            out.start_line(indent);
            if next == Some(&' ') {
                out.push('\\');
            }
        } else {
            out.push(c);
        }
        after_space = c == ' ';
    }
    out.push('"');
}

fn escape(out: &mut Writer, c: char) {
    let short = match c {
        '\0' => '0',
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\u{b}' => 'v',
        '\u{c}' => 'f',
        '\r' => 'r',
        '\u{1b}' => 'e',
        '"' | '\\' => c,
        '\u{85}' => 'N',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        _ => {
            let code = u32::from(c);
            out.push_str(&match code {
                0..=0xff => format!("\\x{code:02X}"),
                0x100..=0xffff => format!("\\u{code:04X}"),
                _ => format!("\\U{code:08X}"),
            });
            return;
        }
    };
    out.push('\\');
    out.push(short);
}

fn write_literal(out: &mut Writer, text: &str, indent: usize) {
    out.push('|');
    if text.starts_with([' ', '\n']) {
        out.push('2');
    }
    if !text.ends_with('\n') {
        out.push('-');
    } else if text == "\n" || text.ends_with("\n\n") {
        out.push('+');
    }
    out.push('\n');
    for line in text.split_inclusive('\n') {
        if line != "\n" {
            out.start_line(indent);
        }
        out.push_str(line);
    }
}

/// Tells whether the bare text would be read back as a string and not as a number, a time, a truth value or nothing.
fn reads_as_string(text: &str) -> bool {
    const WORDS: [&str; 38] = [
        "", "~", "null", "Null", "NULL", "y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE",
        "on", "On", "ON", "n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off",
        "OFF", ".nan", ".NaN", ".NAN", ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf",
        "-.Inf",
    ];
    // "<<" begins with a character that the reader does not look up, so it stays a string.
    if WORDS.contains(&text) || text == "-.INF" {
        return false;
    }
    match text.chars().next() {
        Some('.') => !(is_float(&text.replace('_', "")) && underscores_separate_digits(text)),
        Some('+' | '-' | '0'..='9') => {
            let plain = text.replace('_', "");
            !(is_time(text) || is_integer(&plain) || is_float(&plain) || is_base_60(text))
        }
        _ => true,
    }
}

fn underscores_separate_digits(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digit = |at: Option<usize>| {
        at.and_then(|i| bytes.get(i))
            .is_some_and(u8::is_ascii_digit)
    };
    bytes
        .iter()
        .enumerate()
        .all(|(i, b)| *b != b'_' || (digit(i.checked_sub(1)) && digit(Some(i + 1))))
}

fn unsigned(text: &str) -> &str {
    text.strip_prefix(['+', '-']).unwrap_or(text)
}

fn is_integer(text: &str) -> bool {
    let digits = unsigned(text);
    let lower = digits.to_ascii_lowercase();
    let (radix, body) = match lower.get(..2) {
        Some("0x") => (16, &lower[2..]),
        Some("0b") => (2, &lower[2..]),
        Some("0o") => (8, &lower[2..]),
        _ if lower.starts_with('0') && lower.len() > 1 => (8, &lower[1..]),
        _ => (10, lower.as_str()),
    };
    !body.starts_with(['+', '-']) && u64::from_str_radix(body, radix).is_ok()
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, if it is a finite number.
fn is_float(text: &str) -> bool {
    let body = unsigned(text);
    let (mantissa, exponent) = match body.split_once(['e', 'E']) {
        None => (body, None),
        Some((mantissa, exponent)) => (mantissa, Some(unsigned(exponent))),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let good_mantissa = match mantissa.split_once('.') {
        None => digits(mantissa),
        Some(("", after)) => digits(after),
        Some((before, after)) => digits(before) && (after.is_empty() || digits(after)),
    };
    let finite = text.parse().is_ok_and(f64::is_finite);
    good_mantissa && exponent.is_none_or(digits) && finite
}

/// `[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?`
fn is_base_60(text: &str) -> bool {
    let body = unsigned(text);
    let numeral = |c: char| c.is_ascii_digit() || c == '_';
    let (whole, fraction) = body.split_once('.').unwrap_or((body, ""));
    let mut parts = whole.split(':');
    let head = parts.next().unwrap_or("");
    let tail: Vec<&str> = parts.collect();
    let minute = |part: &&str| {
        let digits = part.bytes().all(|b| b.is_ascii_digit());
        digits && (part.len() == 1 || (part.len() == 2 && part.as_bytes()[0] <= b'5'))
    };
    head.starts_with(|c: char| c.is_ascii_digit())
        && head.chars().all(numeral)
        && !tail.is_empty()
        && tail.iter().all(minute)
        && fraction.chars().all(numeral)
}

/// A date, alone or with a time of day, in the forms that yaml.v2 reads.
fn is_time(text: &str) -> bool {
    let (date, time) = match text.find(['T', 't', ' ']) {
        None => (text, None),
        Some(at) => (&text[..at], Some((text.as_bytes()[at], &text[at + 1..]))),
    };
    let small = |text: &str, from: u32, to: u32| {
        let short = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        short && text.parse().is_ok_and(|n: u32| (from..=to).contains(&n))
    };
    let [year, month, day] = date.split('-').collect::<Vec<_>>()[..] else {
        return false;
    };
    let good_date = year.len() == 4
        && year.bytes().all(|b| b.is_ascii_digit())
        && small(month, 1, 12)
        && small(day, 1, 31);
    let good_time = match time {
        None => true,
        // With a space there is no zone, with a T there must be one.
        Some((b' ', clock)) => is_clock(clock, &small),
        Some((_, rest)) => {
            let zone = rest.find(['Z', '+', '-']);
            zone.is_some_and(|at| is_clock(&rest[..at], &small) && is_zone(&rest[at..]))
        }
    };
    good_date && good_time
}

fn is_clock(text: &str, small: &impl Fn(&str, u32, u32) -> bool) -> bool {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let [hour, minute, second] = whole.split(':').collect::<Vec<_>>()[..] else {
        return false;
    };
    let digits = !fraction.is_empty() && fraction.bytes().all(|b| b.is_ascii_digit());
    digits && small(hour, 0, 23) && small(minute, 0, 59) && small(second, 0, 59)
}

fn is_zone(text: &str) -> bool {
    let shape = |b: &[u8]| {
        matches!(b, [b'+' | b'-', h1, h2, b':', m1, m2]
            if [h1, h2, m1, m2].into_iter().all(|d| d.is_ascii_digit()))
    };
    text == "Z" || shape(text.as_bytes())
}
