//! Reads JSON objects one at a time from a file of any size: only the one at hand is in memory.
//!
//! kubectl writes the kind of a list behind its items, so what the file is turns out last. Items that say what they are
//! are passed on at once; those of a typed list, which do not, wait for the end.

use std::io::Read;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess};
use serde_json::value::RawValue;

use super::document::{
    Contents, Head, Object, ObjectOrigin, SnapshotHead, Visitor, contents_evidence, document, plain,
};
use super::error::Problem;
use super::{API_VERSION, KIND};

/// Visits every document of a text.
pub(super) fn json(reader: impl Read, visitor: &mut impl Visitor) -> Result<(), Problem> {
    let mut text = serde_json::Deserializer::from_reader(reader);
    while text.end().is_err() {
        let mut problem = None;
        let seed = Document {
            visitor: &mut *visitor,
            problem: &mut problem,
        };
        let result = seed.deserialize(&mut text);
        if let Some(problem) = problem {
            return Err(problem);
        }
        result.map_err(|cause| unreadable(&cause))?;
    }
    Ok(())
}

fn unreadable(cause: &serde_json::Error) -> Problem {
    let line = cause.line();
    if cause.is_eof() {
        let evidence = format!("it ends on line {line} in the middle of a value");
        return Problem::CutOff { evidence };
    }
    if cause.is_io() {
        let cause = std::io::Error::other(cause.to_string());
        return Problem::Unreadable(cause.into());
    }
    Problem::Syntax {
        line,
        message: plain(cause),
    }
}

/// One document; what is wrong with it in the reader's own words goes into `problem`.
struct Document<'v, V> {
    visitor: &'v mut V,
    problem: &'v mut Option<Problem>,
}

impl<'de, V: Visitor> DeserializeSeed<'de> for Document<'_, V> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, V: Visitor> serde::de::Visitor<'de> for Document<'_, V> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut fields = Fields::default();
        while let Some(name) = map.next_key::<String>()? {
            if name != "items" {
                fields.0.push((name, map.next_value()?));
                continue;
            }
            let head = fields.is_snapshot().then(|| fields.head()).flatten();
            if let Some(head) = head
                && let Err(problem) = self.visitor.snapshot(head)
            {
                return Err(stop(self.problem, problem));
            }
            let mut items = Items::default();
            map.next_value_seed(ItemsSeed {
                items: &mut items,
                visitor: &mut *self.visitor,
                problem: &mut *self.problem,
            })?;
            fields.1 = Some(items);
        }
        finish(fields, self.visitor).map_err(|problem| stop(self.problem, problem))
    }
}

fn stop<E: serde::de::Error>(place: &mut Option<Problem>, problem: Problem) -> E {
    *place = Some(problem);
    E::custom("stopped")
}

/// The fields of a document but its items, and what is to be known of those.
#[derive(Default)]
struct Fields(Vec<(String, Box<RawValue>)>, Option<Items>);

/// What is known of a document's items when all are visited.
#[derive(Default)]
struct Items {
    number: usize,
    /// Those that do not say what they are.
    unnamed: Vec<(usize, Box<RawValue>)>,
}

impl Fields {
    fn text(&self, name: &str) -> String {
        let field = self.0.iter().find(|(field, _)| field == name);
        field
            .and_then(|(_, value)| serde_json::from_str(value.get()).ok())
            .unwrap_or_default()
    }

    fn is_snapshot(&self) -> bool {
        self.text("kind") == KIND && self.text("apiVersion") == API_VERSION
    }

    /// Returns the fields as an object's text.
    fn whole(&self) -> String {
        let fields = self.0.iter().map(|(name, value)| {
            let name = serde_json::Value::from(name.as_str());
            format!("{name}:{}", value.get())
        });
        format!("{{{}}}", fields.collect::<Vec<String>>().join(","))
    }

    fn head(&self) -> Option<SnapshotHead> {
        serde_json::from_str(&self.whole()).ok()
    }
}

/// Decides what a document was, when all of it is read.
fn finish(fields: Fields, visitor: &mut impl Visitor) -> Result<(), Problem> {
    let Some(items) = &fields.1 else {
        return document(&fields.whole(), 1, visitor);
    };
    let kind = fields.text("kind");
    let api_version = fields.text("apiVersion");
    if kind.is_empty() {
        let evidence = "the list has no kind behind its items".to_owned();
        return Err(Problem::CutOff { evidence });
    }
    if kind == KIND && api_version.starts_with("nodemaint.dev/") {
        return finish_snapshot(&fields, items, &api_version, visitor);
    }
    let Some(item_kind) = kind.strip_suffix("List") else {
        return Err(Problem::Kind {
            line: 1,
            found: kind,
        });
    };
    for (index, item) in &items.unnamed {
        if item_kind.is_empty() {
            return Err(nameless(*index));
        }
        visitor.object(Object {
            api_version: &api_version,
            kind: item_kind,
            json: item.get(),
            origin: ObjectOrigin::Kubectl,
        })?;
    }
    Ok(())
}

fn finish_snapshot(
    fields: &Fields,
    items: &Items,
    api_version: &str,
    visitor: &mut impl Visitor,
) -> Result<(), Problem> {
    if api_version != API_VERSION {
        return Err(Problem::Version {
            found: api_version.to_owned(),
        });
    }
    if let Some((index, _)) = items.unnamed.first() {
        return Err(nameless(*index));
    }
    let head: SnapshotHead =
        serde_json::from_str(&fields.whole()).map_err(|cause| Problem::Object {
            message: format!("{KIND}: {}", plain(&cause)),
        })?;
    let contents: Option<Contents> = head.contents;
    if let Some(evidence) = contents_evidence(contents, items.number) {
        return Err(Problem::CutOff { evidence });
    }
    visitor.snapshot(head)
}

fn nameless(index: usize) -> Problem {
    Problem::Object {
        message: format!("items[{index}] is not an object with a kind"),
    }
}

struct ItemsSeed<'v, V> {
    items: &'v mut Items,
    visitor: &'v mut V,
    problem: &'v mut Option<Problem>,
}

impl<'de, V: Visitor> DeserializeSeed<'de> for ItemsSeed<'_, V> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, V: Visitor> serde::de::Visitor<'de> for ItemsSeed<'_, V> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list of objects")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(item) = list.next_element::<Box<RawValue>>()? {
            let index = self.items.number;
            self.items.number += 1;
            let visited = visit(item, index, self.items, self.visitor);
            if let Err(problem) = visited {
                *self.problem = Some(problem);
                return Err(A::Error::custom("stopped"));
            }
        }
        Ok(())
    }
}

fn visit(
    item: Box<RawValue>,
    index: usize,
    items: &mut Items,
    visitor: &mut impl Visitor,
) -> Result<(), Problem> {
    let head: Head = serde_json::from_str(item.get()).map_err(|_| nameless(index))?;
    match (&head.api_version, &head.kind) {
        (Some(api_version), Some(kind)) => visitor.object(Object {
            api_version,
            kind,
            json: item.get(),
            origin: ObjectOrigin::Kubectl,
        }),
        (None, None) => {
            items.unnamed.push((index, item));
            Ok(())
        }
        _ => Err(nameless(index)),
    }
}
