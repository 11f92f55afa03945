//! YAML as kubectl writes it: keys sorted, lists not indented, long lines folded at the 80th column.
//!
//! kubectl's YAML comes from Go's yaml.v2, whose choice of quotes and folds is its own. People diff these texts.

mod scalar;

use std::cmp::Ordering;
use std::collections::VecDeque;

use serde_json::{Map, Value};

use scalar::{Role, write_scalar};

/// A key longer than this is written in the long form (`? key`).
const LONGEST_SIMPLE_KEY: usize = 128;

/// Prints a value as a YAML document, with a line end behind it.
pub fn to_yaml(value: &Value) -> String {
    let mut out = Writer::default();
    match value {
        Value::Object(map) if !map.is_empty() => write_map(&mut out, map, 0, FirstLine::Fresh),
        Value::Array(items) if !items.is_empty() => {
            write_list(&mut out, items, 0, FirstLine::Fresh)
        }
        _ => write_leaf(&mut out, value, 0),
    }
    out.end_line();
    out.text
}

/// Where the first entry of a collection stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum FirstLine {
    /// On a line of its own.
    Fresh,
    /// Behind the dash of a list.
    Open,
}

/// Text with the column in which the next character stands.
#[derive(Default)]
struct Writer {
    text: String,
    column: usize,
}

impl Writer {
    fn push(&mut self, c: char) {
        self.text.push(c);
        self.column = if c == '\n' { 0 } else { self.column + 1 };
    }

    fn push_str(&mut self, text: &str) {
        text.chars().for_each(|c| self.push(c));
    }

    fn end_line(&mut self) {
        if self.column > 0 {
            self.push('\n');
        }
    }

    fn start_line(&mut self, indent: usize) {
        self.end_line();
        while self.column < indent {
            self.push(' ');
        }
    }
}

fn write_map(out: &mut Writer, map: &Map<String, Value>, indent: usize, first: FirstLine) {
    for (index, (key, value)) in sorted_entries(map).into_iter().enumerate() {
        if index > 0 || first == FirstLine::Fresh {
            out.start_line(indent);
        }
        if key.len() > LONGEST_SIMPLE_KEY || key.contains('\n') {
            out.push_str("? ");
            write_scalar(out, key, indent + 2, Role::Value);
            out.start_line(indent);
        } else {
            write_scalar(out, key, indent, Role::Key);
        }
        out.push(':');
        write_value(out, value, indent);
    }
}

/// Writes what stands behind a key.
fn write_value(out: &mut Writer, value: &Value, indent: usize) {
    match value {
        Value::Object(map) if !map.is_empty() => write_map(out, map, indent + 2, FirstLine::Fresh),
        Value::Array(items) if !items.is_empty() => {
            write_list(out, items, indent, FirstLine::Fresh)
        }
        _ => {
            out.push(' ');
            write_leaf(out, value, indent);
        }
    }
}

fn write_list(out: &mut Writer, items: &[Value], indent: usize, first: FirstLine) {
    for (index, item) in items.iter().enumerate() {
        if index > 0 || first == FirstLine::Fresh {
            out.start_line(indent);
        }
        out.push_str("- ");
        match item {
            Value::Object(map) if !map.is_empty() => {
                write_map(out, map, indent + 2, FirstLine::Open)
            }
            Value::Array(items) if !items.is_empty() => {
                write_list(out, items, indent + 2, FirstLine::Open);
            }
            _ => write_leaf(out, item, indent),
        }
    }
}

fn write_leaf(out: &mut Writer, value: &Value, indent: usize) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(yes) => out.push_str(if *yes { "true" } else { "false" }),
        Value::Number(number) => out.push_str(&number.to_string()),
        Value::String(text) => write_scalar(out, text, indent + 2, Role::Value),
        Value::Array(_) => out.push_str("[]"),
        Value::Object(_) => out.push_str("{}"),
    }
}

/// Sorts by insertion: yaml.v2's order is not transitive, which the library's sort does not forgive.
fn sorted_entries(map: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut sorted: Vec<(&String, &Value)> = Vec::with_capacity(map.len());
    for (key, value) in map {
        let behind = sorted
            .iter()
            .rposition(|(known, _)| compare_keys(known, key) != Ordering::Greater);
        sorted.insert(behind.map_or(0, |at| at + 1), (key, value));
    }
    sorted
}

/// Orders keys as yaml.v2 does: letters behind everything else, numbers inside names by value.
fn compare_keys(a: &str, b: &str) -> Ordering {
    let (left, right): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let Some(at) = left.iter().zip(&right).position(|(l, r)| l != r) else {
        return left.len().cmp(&right.len());
    };
    let (l, r) = (left[at], right[at]);
    match (l.is_alphabetic(), r.is_alphabetic()) {
        (true, true) => l.cmp(&r),
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => compare_numbers(&left, &right, at),
    }
}

fn compare_numbers(left: &[char], right: &[char], at: usize) -> Ordering {
    let digits = |text: &[char]| -> VecDeque<char> {
        let run = text[at..].iter().take_while(|c| c.is_ascii_digit());
        run.copied().collect()
    };
    // A zero in the middle of a number weighs as a digit, at its beginning it does not.
    let before: Vec<char> = left[..at]
        .iter()
        .rev()
        .take_while(|c| c.is_ascii_digit())
        .copied()
        .collect();
    let inside = (left[at] == '0' || right[at] == '0') && before.iter().any(|c| *c != '0');
    let number = |text: &[char]| {
        let start = u128::from(inside);
        digits(text).iter().fold(start, |n, c| {
            let digit = c.to_digit(10).unwrap_or(0);
            n.saturating_mul(10).saturating_add(u128::from(digit))
        })
    };
    let by_value = number(left).cmp(&number(right));
    let by_length = digits(left).len().cmp(&digits(right).len());
    by_value.then(by_length).then(left[at].cmp(&right[at]))
}

#[cfg(test)]
mod tests;
