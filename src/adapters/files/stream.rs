//! Reads JSON objects one at a time from a file of any size: only the one at hand is in memory.
//!
//! kubectl writes the kind of a list behind its items, so what the file is turns out last. Items that say what they are
//! are passed on at once; those of a typed list, which do not, wait for the end.

use std::io::Read;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess};
use serde_json::value::RawValue;

use super::document::{
    Head, Object, ObjectOrigin, SnapshotHead, Visitor, document, item_kind, kindless_list,
    nameless, snapshot_head, unreadable,
};
use super::error::{Problem, Start};
use super::{API_VERSION, KIND};

/// Visits every document of a text.
pub(super) fn json(reader: impl Read, visitor: &mut impl Visitor) -> Result<(), Problem> {
    let mut text = serde_json::Deserializer::from_reader(reader);
    let mut number = 0;
    while text.end().is_err() {
        let mut problem = None;
        number += 1;
        let seed = Document {
            start: Start {
                document: number,
                line: None,
            },
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

/// One document; what is wrong with it in the reader's own words goes into `problem`.
struct Document<'v, V> {
    start: Start,
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
                start: self.start,
                items: &mut items,
                visitor: &mut *self.visitor,
                problem: &mut *self.problem,
            })?;
            fields.1 = Some(items);
        }
        finish(fields, self.start, self.visitor).map_err(|problem| stop(self.problem, problem))
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
fn finish(fields: Fields, start: Start, visitor: &mut impl Visitor) -> Result<(), Problem> {
    let Some(items) = &fields.1 else {
        return document(&fields.whole(), start, visitor);
    };
    let kind = fields.text("kind");
    let api_version = fields.text("apiVersion");
    if kind.is_empty() {
        return Err(kindless_list(start));
    }
    if kind == KIND && api_version.starts_with("nodemaint.dev/") {
        return finish_snapshot(&fields, items, &api_version, start, visitor);
    }
    if !kind.ends_with("List") {
        return Err(Problem::Kind { start, found: kind });
    }
    for (index, item) in &items.unnamed {
        let place = start.item(*index);
        visitor.object(Object {
            api_version: &api_version,
            kind: item_kind(&kind).ok_or_else(|| nameless(place))?,
            json: item.get(),
            origin: ObjectOrigin::Kubectl,
            place,
        })?;
    }
    Ok(())
}

fn finish_snapshot(
    fields: &Fields,
    items: &Items,
    api_version: &str,
    start: Start,
    visitor: &mut impl Visitor,
) -> Result<(), Problem> {
    if let (API_VERSION, Some((index, _))) = (api_version, items.unnamed.first()) {
        return Err(nameless(start.item(*index)));
    }
    let head = snapshot_head(&fields.whole(), api_version, items.number, start)?;
    visitor.snapshot(head)
}

struct ItemsSeed<'v, V> {
    start: Start,
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
            let visited = visit(item, index, self.start, self.items, self.visitor);
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
    start: Start,
    items: &mut Items,
    visitor: &mut impl Visitor,
) -> Result<(), Problem> {
    let place = start.item(index);
    let head: Head = serde_json::from_str(item.get()).map_err(|_| nameless(place))?;
    match (&head.api_version, &head.kind) {
        (Some(api_version), Some(kind)) => visitor.object(Object {
            api_version,
            kind,
            json: item.get(),
            origin: ObjectOrigin::Kubectl,
            place,
        }),
        (None, None) => {
            items.unnamed.push((index, item));
            Ok(())
        }
        _ => Err(nameless(place)),
    }
}
