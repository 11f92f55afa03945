//! Makes a case that differs small: takes away whatever the difference does not need.

use nodemaint::domain::fit::profile::Minor;
use serde_json::Value;

use crate::compare::{Difference, compare};
use crate::generator::Case;
use crate::oracle::{Error, Oracle};

/// Questions at most; each costs a few milliseconds.
const TRIES: usize = 3_000;

/// Returns the smallest case found in which the same kind of difference remains.
///
/// # Errors
///
/// When the oracle ends.
pub fn shrink(
    case: &Case,
    difference: &Difference,
    oracle: &mut Oracle,
    minor: Minor,
) -> Result<Case, Error> {
    let mut shrinker = Shrinker {
        oracle,
        minor,
        difference,
        left: TRIES,
    };
    let mut small = Case {
        pods: vec![difference.pod.clone()],
        ..case.clone()
    };
    if !shrinker.differs(&small)? {
        return Ok(case.clone());
    }
    loop {
        let before = small.objects.clone();
        small = shrinker.without_objects(small)?;
        small = shrinker.without_fields(small)?;
        small = shrinker.without_config(small)?;
        if small.objects == before || shrinker.left == 0 {
            return Ok(small);
        }
    }
}

struct Shrinker<'a> {
    oracle: &'a mut Oracle,
    minor: Minor,
    difference: &'a Difference,
    left: usize,
}

impl Shrinker<'_> {
    fn differs(&mut self, case: &Case) -> Result<bool, Error> {
        if self.left == 0 {
            return Ok(false);
        }
        self.left -= 1;
        let answer = self.oracle.ask(&case.to_json())?;
        let found = compare(case, &answer, self.minor).differences;
        Ok(found
            .iter()
            .any(|one| one.what == self.difference.what && one.pod == self.difference.pod))
    }

    /// Takes away runs of objects, long ones first.
    fn without_objects(&mut self, mut case: Case) -> Result<Case, Error> {
        let mut length = (case.objects.len() / 2).max(1);
        loop {
            let mut at = 0;
            while at < case.objects.len() {
                let mut fewer = case.clone();
                let end = (at + length).min(fewer.objects.len());
                fewer.objects.drain(at..end);
                if self.differs(&fewer)? {
                    case = fewer;
                } else {
                    at += length;
                }
            }
            if length == 1 {
                return Ok(case);
            }
            length /= 2;
        }
    }

    /// Takes away the configuration, or parts of it.
    fn without_config(&mut self, mut case: Case) -> Result<Case, Error> {
        let bare = Case {
            config: Value::Null,
            ..case.clone()
        };
        if self.differs(&bare)? {
            return Ok(bare);
        }
        let mut number = 0;
        while let Some(config) = without(&case.config, &mut number.clone()) {
            let fewer = Case {
                config,
                ..case.clone()
            };
            if self.differs(&fewer)? {
                case = fewer;
            } else {
                number += 1;
            }
        }
        Ok(case)
    }

    /// Takes away fields and list entries of each object.
    fn without_fields(&mut self, mut case: Case) -> Result<Case, Error> {
        for at in 0..case.objects.len() {
            let mut number = 0;
            while let Some(smaller) = without(&case.objects[at], &mut number.clone()) {
                let mut fewer = case.clone();
                fewer.objects[at] = smaller;
                if self.differs(&fewer)? {
                    case = fewer;
                } else {
                    number += 1;
                }
                if self.left == 0 {
                    return Ok(case);
                }
            }
        }
        Ok(case)
    }
}

/// Returns a value without its n-th part, parts counted from the outside in; `None` where it has fewer.
fn without(value: &Value, number: &mut usize) -> Option<Value> {
    match value {
        Value::Object(fields) => {
            for key in fields.keys().filter(|key| !is_needed(key)) {
                if *number == 0 {
                    let mut fewer = fields.clone();
                    fewer.remove(key);
                    return Some(Value::Object(fewer));
                }
                *number -= 1;
            }
            for (key, inner) in fields {
                if let Some(smaller) = without(inner, number) {
                    let mut changed = fields.clone();
                    changed.insert(key.clone(), smaller);
                    return Some(Value::Object(changed));
                }
            }
            None
        }
        Value::Array(items) => {
            for at in 0..items.len() {
                if *number == 0 {
                    let mut fewer = items.clone();
                    fewer.remove(at);
                    return Some(Value::Array(fewer));
                }
                *number -= 1;
            }
            for (at, inner) in items.iter().enumerate() {
                if let Some(smaller) = without(inner, number) {
                    let mut changed = items.clone();
                    changed[at] = smaller;
                    return Some(Value::Array(changed));
                }
            }
            None
        }
        _ => None,
    }
}

/// Fields without which an object is none, or would not be what the API server lets through.
fn is_needed(key: &str) -> bool {
    matches!(
        key,
        "apiVersion"
            | "kind"
            | "metadata"
            | "name"
            | "namespace"
            | "uid"
            | "key"
            | "operator"
            | "topologyKey"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_part_can_be_taken_away_once() {
        let value = json!({"kind": "Pod", "spec": {"a": [1, 2], "b": 3}});
        let mut smaller = Vec::new();
        let mut at = 0;
        while let Some(one) = without(&value, &mut at.clone()) {
            smaller.push(one);
            at += 1;
        }
        assert_eq!(
            smaller,
            [
                json!({"kind": "Pod"}),
                json!({"kind": "Pod", "spec": {"b": 3}}),
                json!({"kind": "Pod", "spec": {"a": [1, 2]}}),
                json!({"kind": "Pod", "spec": {"a": [2], "b": 3}}),
                json!({"kind": "Pod", "spec": {"a": [1], "b": 3}}),
            ]
        );
    }
}
