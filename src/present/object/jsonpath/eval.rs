//! From parts and an object to text.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::Value;

use super::super::{KeyOrder, compact, ordered, pretty};
use super::{
    Filter, JsonPathError, MissingKeys, Operator, Part, Path, Results, Slice, Step, Template,
};

/// What a path leads to, in order.
type Found<'a> = Vec<Cow<'a, Value>>;

/// Fills a template.
pub(super) fn fill(template: &Template, object: &Value) -> Result<String, JsonPathError> {
    let mut out = String::new();
    fill_parts(template, &template.parts, object, &mut out)?;
    Ok(out)
}

fn fill_parts(
    template: &Template,
    parts: &[Part],
    object: &Value,
    out: &mut String,
) -> Result<(), JsonPathError> {
    for part in parts {
        match part {
            Part::Text(text) => {
                let text = Cow::Owned(Value::String(text.clone()));
                print(template.results, &[text], out);
            }
            Part::Action(path) => {
                let found = walk(template, path, vec![Cow::Borrowed(object)])?;
                print(template.results, &found, out);
            }
            Part::Range(path, body) => {
                for item in walk(template, path, vec![Cow::Borrowed(object)])? {
                    fill_parts(template, body, &item, out)?;
                }
            }
        }
    }
    Ok(())
}

fn print(results: Results, found: &[Cow<'_, Value>], out: &mut String) {
    match results {
        Results::Json => {
            let all: Vec<Value> = found.iter().map(|v| v.as_ref().clone()).collect();
            out.push_str(&pretty(&ordered(&Value::Array(all), KeyOrder::Sorted)));
            out.push('\n');
        }
        Results::Text => {
            let texts: Vec<String> = found.iter().map(|value| text(value)).collect();
            out.push_str(&texts.join(" "));
        }
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(_) | Value::Object(_) => compact(&ordered(value, KeyOrder::Sorted)),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

fn walk<'a>(template: &Template, path: &Path, from: Found<'a>) -> Result<Found<'a>, JsonPathError> {
    path.iter()
        .try_fold(from, |found, step| take(template, step, found))
}

fn take<'a>(
    template: &Template,
    step: &Step,
    found: Found<'a>,
) -> Result<Found<'a>, JsonPathError> {
    match step {
        Step::Text(text) => Ok(vec![Cow::Owned(Value::String(text.clone()))]),
        Step::Int(number) => Ok(each(&found, |_| (*number).into())),
        Step::Float(number) => Ok(each(&found, |_| (*number).into())),
        Step::Bool(yes) => Ok(each(&found, |_| (*yes).into())),
        Step::Field(name) => field(template, name, found),
        Step::Wildcard => Ok(found.into_iter().flat_map(children).collect()),
        Step::Recursive => Ok(found.into_iter().flat_map(descend).collect()),
        Step::Slice(slice) => flat(found, |value| entries(slice, value)),
        Step::Filter(filter) => flat(found, |value| matching(template, filter, value)),
        Step::Union(paths) => {
            let mut all = Found::new();
            for path in paths {
                all.extend(walk(template, path, found.clone())?);
            }
            Ok(all)
        }
    }
}

fn each<'a>(found: &Found<'a>, make: impl Fn(&Value) -> Value) -> Found<'a> {
    found.iter().map(|value| Cow::Owned(make(value))).collect()
}

fn flat<'a>(
    found: Found<'a>,
    work: impl Fn(Cow<'a, Value>) -> Result<Found<'a>, JsonPathError>,
) -> Result<Found<'a>, JsonPathError> {
    let mut all = Found::new();
    for value in found.into_iter().filter(|value| !value.is_null()) {
        all.extend(work(value)?);
    }
    Ok(all)
}

fn field<'a>(
    template: &Template,
    name: &str,
    found: Found<'a>,
) -> Result<Found<'a>, JsonPathError> {
    if found.is_empty() {
        return Ok(found);
    }
    let hits: Found = found
        .into_iter()
        .filter_map(|value| member(value, |v| v.get(name)))
        .collect();
    if hits.is_empty() && template.missing == MissingKeys::Refused {
        return Err(JsonPathError(format!("{name} is not found")));
    }
    Ok(hits)
}

/// Steps into a value without copying more than the part that is wanted.
fn member<'a>(
    value: Cow<'a, Value>,
    get: impl Fn(&Value) -> Option<&Value>,
) -> Option<Cow<'a, Value>> {
    match value {
        Cow::Borrowed(value) => get(value).map(Cow::Borrowed),
        Cow::Owned(value) => get(&value).cloned().map(Cow::Owned),
    }
}

fn children(value: Cow<'_, Value>) -> Found<'_> {
    match value {
        Cow::Borrowed(Value::Object(map)) => map.values().map(Cow::Borrowed).collect(),
        Cow::Borrowed(Value::Array(list)) => list.iter().map(Cow::Borrowed).collect(),
        Cow::Owned(Value::Object(map)) => map.into_iter().map(|(_, v)| Cow::Owned(v)).collect(),
        Cow::Owned(Value::Array(list)) => list.into_iter().map(Cow::Owned).collect(),
        _ => Found::new(),
    }
}

/// Returns a value and everything inside it that has something inside.
fn descend(value: Cow<'_, Value>) -> Found<'_> {
    let below = children(value.clone());
    if below.is_empty() {
        return Found::new();
    }
    std::iter::once(value)
        .chain(below.into_iter().flat_map(descend))
        .collect()
}

fn list<'a>(value: &Cow<'a, Value>, otherwise: &str) -> Result<Found<'a>, JsonPathError> {
    if value.is_array() {
        Ok(children(value.clone()))
    } else {
        Err(JsonPathError(format!("{} {otherwise}", text(value))))
    }
}

fn entries<'a>(slice: &Slice, value: Cow<'a, Value>) -> Result<Found<'a>, JsonPathError> {
    let all = list(&value, "is not array or slice")?;
    let length = all.len() as i64;
    let from_end = |at: i64| if at < 0 { at + length } else { at };
    let (from, to, step) = match slice {
        Slice::Index(at) => (from_end(*at), from_end(*at) + 1, 1),
        Slice::Run { from, to, step } => (
            from.map_or(0, from_end),
            to.map_or(length, from_end),
            step.unwrap_or(1),
        ),
    };
    if from == to {
        return Ok(Found::new());
    }
    let out_of_bounds = |index: i64| {
        let text = format!("array index out of bounds: index {index}, length {length}");
        Err(JsonPathError(text))
    };
    if !(0..length).contains(&from) {
        return out_of_bounds(from);
    }
    if !(0..=length).contains(&to) {
        return out_of_bounds(to - 1);
    }
    if from > to {
        let text = format!("starting index {from} is greater than ending index {to}");
        return Err(JsonPathError(text));
    }
    let step = usize::try_from(step).ok().filter(|step| *step > 0);
    let step = step.ok_or_else(|| JsonPathError::new("step must be > 0"))?;
    let (skip, many) = (
        from.unsigned_abs() as usize,
        (to - from).unsigned_abs() as usize,
    );
    Ok(all
        .into_iter()
        .skip(skip)
        .take(many)
        .step_by(step)
        .collect())
}

fn matching<'a>(
    template: &Template,
    filter: &Filter,
    value: Cow<'a, Value>,
) -> Result<Found<'a>, JsonPathError> {
    let mut hits = Found::new();
    for entry in list(&value, "is not array or slice and cannot be filtered")? {
        if fits(template, filter, &entry)? {
            hits.push(entry);
        }
    }
    Ok(hits)
}

fn fits(template: &Template, filter: &Filter, entry: &Value) -> Result<bool, JsonPathError> {
    let here = || vec![Cow::Borrowed(entry)];
    let Some((operator, right)) = &filter.comparison else {
        // An entry without the field is no error here: that is the question.
        return Ok(walk(template, &filter.left, here()).is_ok_and(|found| !found.is_empty()));
    };
    let left = walk(template, &filter.left, here())?;
    let right = walk(template, right, here())?;
    match (&left[..], &right[..]) {
        ([], _) | (_, []) => Ok(false),
        ([left], [right]) => compare(*operator, left, right),
        _ => Err(JsonPathError::new("can only compare one element at a time")),
    }
}

fn compare(operator: Operator, left: &Value, right: &Value) -> Result<bool, JsonPathError> {
    let unlike = || JsonPathError::new("incompatible types for comparison");
    let order = match (left, right) {
        (Value::String(l), Value::String(r)) => l.cmp(r),
        (Value::Number(l), Value::Number(r)) => {
            let numbers = l.as_f64().zip(r.as_f64()).ok_or_else(unlike)?;
            numbers.0.partial_cmp(&numbers.1).ok_or_else(unlike)?
        }
        (Value::Bool(l), Value::Bool(r)) => l.cmp(r),
        _ => return Err(unlike()),
    };
    Ok(match operator {
        Operator::Equal => order == Ordering::Equal,
        Operator::NotEqual => order != Ordering::Equal,
        Operator::Less => order == Ordering::Less,
        Operator::LessOrEqual => order != Ordering::Greater,
        Operator::Greater => order == Ordering::Greater,
        Operator::GreaterOrEqual => order != Ordering::Less,
    })
}
