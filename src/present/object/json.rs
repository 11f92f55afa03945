//! JSON as Go's encoder writes it: four spaces, and `<`, `>`, `&` escaped.

use std::io;

use serde::Serialize;
use serde_json::Value;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter, Serializer};

/// Prints an object over several lines, as `kubectl -o json` does, without a line end behind it.
pub fn pretty(value: &Value) -> String {
    print(value, PrettyFormatter::with_indent(b"    "))
}

/// Prints an object on one line.
pub fn compact(value: &Value) -> String {
    print(value, CompactFormatter)
}

fn print(value: &Value, formatter: impl Formatter) -> String {
    let mut out = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut out, GoEscapes(formatter));
    value
        .serialize(&mut serializer)
        .expect("a Value has only string keys, and a Vec takes every write");
    String::from_utf8(out).expect("serde_json writes UTF-8")
}

/// Another formatter with Go's escapes in strings.
struct GoEscapes<F>(F);

impl<F: Formatter> Formatter for GoEscapes<F> {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let special = ['<', '>', '&', '\u{2028}', '\u{2029}'];
        for part in fragment.split_inclusive(special) {
            let plain = part.trim_end_matches(special);
            writer.write_all(plain.as_bytes())?;
            for c in part[plain.len()..].chars() {
                write!(writer, "\\u{:04x}", u32::from(c))?;
            }
        }
        Ok(())
    }

    fn begin_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn four_spaces_and_gos_escapes() {
        let object = json!({"kind": "Node", "x": "a<b>&c\u{2028}\"\n", "empty": {}, "list": [], "n": [1, {"a": true}]});
        assert_eq!(
            pretty(&object),
            r#"{
    "kind": "Node",
    "x": "a\u003cb\u003e\u0026c\u2028\"\n",
    "empty": {},
    "list": [],
    "n": [
        1,
        {
            "a": true
        }
    ]
}"#
        );
        assert_eq!(
            compact(&object),
            r#"{"kind":"Node","x":"a\u003cb\u003e\u0026c\u2028\"\n","empty":{},"list":[],"n":[1,{"a":true}]}"#
        );
    }
}
