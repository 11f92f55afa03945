//! Patches of a taint list as people write them for `kubectl patch`: strategic, merge, JSON.
//!
//! A patch is applied here, to the list that was read, and the result is written under that list's version. Sent as it
//! is, a strategic or merge patch would replace whatever another writer just stored, and a JSON Patch whose `test`
//! fails is answered with a 422 that says nothing.

use serde_json::{Map, Value, json};

use crate::domain::names::{label_value_faults, qualified_name_faults};
use crate::domain::taint::{Effect, Taint};

/// The form of a patch (`--type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatchType {
    /// Strategic merge; a taint list has no merge key, so it is replaced as a whole.
    Strategic,
    /// JSON merge (RFC 7386).
    Merge,
    /// JSON Patch (RFC 6902).
    Json,
}

/// A patch that touches nothing but the taint list.
#[derive(Debug, Clone, PartialEq)]
pub enum TaintPatch {
    /// The list becomes this.
    Replace(Vec<Taint>),
    /// The list is edited.
    Edit(json_patch::Patch),
}

/// What is wrong with a patch.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatchError {
    /// Not JSON, or not the form that was announced.
    #[error("the patch is not {form}: {cause}")]
    Malformed {
        /// What it should be.
        form: &'static str,
        /// What the parser says.
        cause: String,
    },
    /// It touches more than the taints.
    #[error("`taint patch` changes spec.taints and nothing else, but the patch has {0}")]
    Beyond(String),
    /// A strategic directive such as `$patch`.
    #[error(
        "the patch has the directive {0}: a taint list has no merge key, a patch replaces it as a whole"
    )]
    Directive(String),
    /// A taint in it is not one.
    #[error("taint {place} of the new list: {fault}")]
    Taint {
        /// Its place, from 1.
        place: usize,
        /// What is wrong.
        fault: String,
    },
    /// A JSON Patch operation failed on this list.
    #[error("the patch does not apply to the taints that are there: {0}")]
    DoesNotApply(String),
}

impl TaintPatch {
    /// Parses a patch and refuses one that touches anything but `spec.taints`.
    ///
    /// # Errors
    ///
    /// All but [`PatchError::DoesNotApply`].
    pub fn parse(form: PatchType, text: &str) -> Result<TaintPatch, PatchError> {
        match form {
            PatchType::Json => parse_edit(text),
            PatchType::Strategic | PatchType::Merge => parse_replacement(text),
        }
    }

    /// Returns the list after the patch.
    ///
    /// # Errors
    ///
    /// A JSON Patch that does not apply, or whose result is no list of taints.
    pub fn apply(&self, taints: &[Taint]) -> Result<Vec<Taint>, PatchError> {
        let patch = match self {
            TaintPatch::Replace(new) => return Ok(new.clone()),
            TaintPatch::Edit(patch) => patch,
        };
        let mut node = node_with(taints);
        json_patch::patch(&mut node, patch)
            .map_err(|cause| PatchError::DoesNotApply(cause.to_string()))?;
        parse_list(node.pointer("/spec/taints").unwrap_or(&Value::Null))
    }
}

/// Returns what a server holds of a node with these taints: no list at all where there is none.
fn node_with(taints: &[Taint]) -> Value {
    let mut node = json!({"spec": {}});
    set_taints(&mut node, taints);
    node
}

/// Puts a taint list into a node's document; an empty one is left out, as the server does.
pub fn set_taints(document: &mut Value, taints: &[Taint]) {
    let Some(spec) = document.get_mut("spec").and_then(Value::as_object_mut) else {
        return;
    };
    if taints.is_empty() {
        spec.shift_remove("taints");
    } else {
        let list = taints.iter().map(to_json).collect();
        spec.insert("taints".to_owned(), Value::Array(list));
    }
}

fn to_json(taint: &Taint) -> Value {
    let mut entry = Map::new();
    entry.insert("key".to_owned(), json!(taint.key));
    if !taint.value.is_empty() {
        entry.insert("value".to_owned(), json!(taint.value));
    }
    entry.insert("effect".to_owned(), json!(taint.effect.as_str()));
    if let Some(time) = taint.time_added {
        entry.insert("timeAdded".to_owned(), json!(time.to_string()));
    }
    Value::Object(entry)
}

fn parse_edit(text: &str) -> Result<TaintPatch, PatchError> {
    let patch: json_patch::Patch = serde_json::from_str(text).map_err(malformed("a JSON Patch"))?;
    let within = |path: &str| path == "/spec/taints" || path.starts_with("/spec/taints/");
    for operation in &patch.0 {
        use json_patch::PatchOperation::{Copy, Move};
        let from = match operation {
            Move(op) => Some(op.from.to_string()),
            Copy(op) => Some(op.from.to_string()),
            _ => None,
        };
        let paths = [Some(operation.path().to_string()), from];
        if let Some(path) = paths.into_iter().flatten().find(|path| !within(path)) {
            return Err(PatchError::Beyond(format!("the path {path}")));
        }
    }
    Ok(TaintPatch::Edit(patch))
}

fn parse_replacement(text: &str) -> Result<TaintPatch, PatchError> {
    let patch: Value = serde_json::from_str(text).map_err(malformed("JSON"))?;
    let spec = only_field(&patch, "spec", "")?;
    let list = only_field(spec, "taints", "spec.")?;
    parse_list(list).map(TaintPatch::Replace)
}

/// Returns the one field that an object may have.
fn only_field<'a>(value: &'a Value, field: &str, prefix: &str) -> Result<&'a Value, PatchError> {
    let not_there = |what: String| PatchError::Malformed {
        form: "a patch of taints",
        cause: format!("it needs {{\"spec\":{{\"taints\":[...]}}}}, {what}"),
    };
    let object = value
        .as_object()
        .ok_or_else(|| not_there(format!("and {prefix}{field} is not inside an object")))?;
    if let Some(directive) = object.keys().find(|key| key.starts_with('$')) {
        return Err(PatchError::Directive(directive.clone()));
    }
    if let Some(other) = object.keys().find(|key| *key != field) {
        return Err(PatchError::Beyond(format!("{prefix}{other}")));
    }
    object
        .get(field)
        .ok_or_else(|| not_there(format!("and {prefix}{field} is missing")))
}

fn malformed(form: &'static str) -> impl Fn(serde_json::Error) -> PatchError {
    move |cause| PatchError::Malformed {
        form,
        cause: cause.to_string(),
    }
}

/// Reads a list of taints as strictly as the server does, so that a fault is named before anything is sent.
fn parse_list(list: &Value) -> Result<Vec<Taint>, PatchError> {
    let entries = match list {
        Value::Null => return Ok(Vec::new()),
        Value::Array(entries) => entries,
        _ => {
            return Err(PatchError::Malformed {
                form: "a patch of taints",
                cause: "spec.taints must be a list or null".to_owned(),
            });
        }
    };
    let mut taints: Vec<Taint> = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        let place = index + 1;
        let taint = parse_taint(entry).map_err(|problem| match problem {
            Problem::Directive(name) => PatchError::Directive(name),
            Problem::Fault(fault) => PatchError::Taint { place, fault },
        })?;
        if taints.iter().any(|known| known.same_place(&taint)) {
            let fault = format!("{taint} is there before, with the same key and effect");
            return Err(PatchError::Taint { place, fault });
        }
        taints.push(taint);
    }
    Ok(taints)
}

enum Problem {
    Directive(String),
    Fault(String),
}

fn parse_taint(entry: &Value) -> Result<Taint, Problem> {
    let fault = |text: String| Problem::Fault(text);
    let object = entry
        .as_object()
        .ok_or_else(|| fault(format!("{entry} is not an object")))?;
    for field in object.keys() {
        if field.starts_with('$') {
            return Err(Problem::Directive(field.clone()));
        }
        if !["key", "value", "effect", "timeAdded"].contains(&field.as_str()) {
            return Err(fault(format!("unknown field \"{field}\"")));
        }
    }
    let text = |field: &str| match object.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str())),
        Some(other) => Err(fault(format!("{field} is {other}, not a string"))),
    };
    let key = text("key")?.ok_or_else(|| fault("key is missing".to_owned()))?;
    let value = text("value")?.unwrap_or_default();
    let effect = text("effect")?.ok_or_else(|| fault("effect is missing".to_owned()))?;
    let mut faults = qualified_name_faults(key);
    faults.extend(label_value_faults(value));
    if !faults.is_empty() {
        return Err(fault(faults.join("; ")));
    }
    let time_added = text("timeAdded")?
        .map(str::parse)
        .transpose()
        .map_err(|cause| fault(format!("timeAdded: {cause}")))?;
    Ok(Taint {
        key: key.to_owned(),
        value: value.to_owned(),
        effect: Effect::parse(effect)
            .ok_or_else(|| fault(format!("invalid taint effect: {effect}")))?,
        time_added,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::taint::spec::parse_addition;

    fn list(specs: &[&str]) -> Vec<Taint> {
        specs.iter().map(|s| parse_addition(s).unwrap()).collect()
    }

    fn patched(form: PatchType, old: &[&str], patch: &str) -> Result<Vec<String>, String> {
        let result = TaintPatch::parse(form, patch).and_then(|p| p.apply(&list(old)));
        result
            .map(|taints| taints.iter().map(Taint::to_string).collect())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn merge_and_strategic_patches_replace_the_list() {
        let patch = r#"{"spec":{"taints":[{"key":"a","effect":"NoSchedule"},{"key":"b","value":"1","effect":"NoExecute"}]}}"#;
        for form in [PatchType::Merge, PatchType::Strategic] {
            let new = patched(form, &["c:NoSchedule"], patch).unwrap();
            assert_eq!(new, ["a:NoSchedule", "b=1:NoExecute"]);
            for empty in [r#"{"spec":{"taints":null}}"#, r#"{"spec":{"taints":[]}}"#] {
                assert_eq!(patched(form, &["c:NoSchedule"], empty).unwrap(), [""; 0]);
            }
        }
    }

    #[test]
    fn a_json_patch_edits_the_list() {
        let json = |old: &[&str], patch: &str| patched(PatchType::Json, old, patch);
        let old = ["a=1:NoSchedule", "b:NoExecute"];
        assert_eq!(
            json(&old, r#"[{"op":"test","path":"/spec/taints/0/value","value":"1"},{"op":"remove","path":"/spec/taints/0"},
                {"op":"add","path":"/spec/taints/-","value":{"key":"c","effect":"NoSchedule"}}]"#).unwrap(),
            ["b:NoExecute", "c:NoSchedule"]
        );
        assert_eq!(
            json(&old, r#"[{"op":"remove","path":"/spec/taints"}]"#).unwrap(),
            [""; 0]
        );
        let failed = json(
            &old,
            r#"[{"op":"test","path":"/spec/taints/0/value","value":"2"}]"#,
        );
        let failed = failed.unwrap_err();
        assert!(
            failed.starts_with("the patch does not apply to the taints that are there: "),
            "{failed}"
        );
        assert!(failed.contains("/spec/taints/0/value"), "{failed}");
        // The server leaves an empty list out, so there is nothing to append to.
        let nothing = json(
            &[],
            r#"[{"op":"add","path":"/spec/taints/-","value":{"key":"c","effect":"NoSchedule"}}]"#,
        );
        assert!(nothing.unwrap_err().starts_with("the patch does not apply"));
    }

    #[test]
    fn whatever_touches_more_than_taints_is_refused() {
        let refused = |form, patch: &str| patched(form, &[], patch).unwrap_err();
        let beyond = "`taint patch` changes spec.taints and nothing else, but the patch has ";
        assert_eq!(
            refused(
                PatchType::Merge,
                r#"{"metadata":{"labels":{}},"spec":{"taints":[]}}"#
            ),
            format!("{beyond}metadata")
        );
        assert_eq!(
            refused(PatchType::Strategic, r#"{"spec":{"unschedulable":true}}"#),
            format!("{beyond}spec.unschedulable")
        );
        assert_eq!(
            refused(
                PatchType::Json,
                r#"[{"op":"copy","from":"/metadata/name","path":"/spec/taints/0/key"}]"#
            ),
            format!("{beyond}the path /metadata/name")
        );
        assert_eq!(
            refused(
                PatchType::Json,
                r#"[{"op":"remove","path":"/spec/taintsx"}]"#
            ),
            format!("{beyond}the path /spec/taintsx")
        );
        assert!(
            refused(PatchType::Strategic, r#"{"spec":{"$patch":"replace"}}"#).contains("$patch")
        );
        assert!(
            refused(
                PatchType::Strategic,
                r#"{"spec":{"taints":[{"$patch":"delete","key":"a"}]}}"#
            )
            .contains("$patch")
        );
    }

    #[test]
    fn faults_are_named() {
        let refused = |patch: &str| patched(PatchType::Merge, &[], patch).unwrap_err();
        let taint = |entry: &str| refused(&format!(r#"{{"spec":{{"taints":[{entry}]}}}}"#));
        assert!(refused("{").starts_with("the patch is not JSON: "));
        assert!(refused("[]").starts_with("the patch is not a patch of taints: "));
        assert!(refused("{}").contains("spec is missing"));
        assert!(refused(r#"{"spec":{"taints":{}}}"#).contains("must be a list or null"));
        assert_eq!(
            taint(r#"{"effect":"NoSchedule"}"#),
            "taint 1 of the new list: key is missing"
        );
        assert_eq!(
            taint(r#"{"key":"a"}"#),
            "taint 1 of the new list: effect is missing"
        );
        assert_eq!(
            taint(r#"{"key":"a","effect":"Nope"}"#),
            "taint 1 of the new list: invalid taint effect: Nope"
        );
        assert_eq!(
            taint(r#"{"key":"a","effect":"NoSchedule","vale":"x"}"#),
            "taint 1 of the new list: unknown field \"vale\""
        );
        assert_eq!(
            taint(
                r#"{"key":"a","effect":"NoSchedule"},{"key":"a","value":"x","effect":"NoSchedule"}"#
            ),
            "taint 2 of the new list: a=x:NoSchedule is there before, with the same key and effect"
        );
        assert!(
            taint(r#"{"key":"^","effect":"NoSchedule"}"#).contains("name part must consist of")
        );
        assert!(
            taint(r#"{"key":"a","effect":"NoSchedule","timeAdded":"x"}"#).contains("timeAdded: ")
        );
        assert!(
            patched(PatchType::Json, &[], "{}")
                .unwrap_err()
                .starts_with("the patch is not a JSON Patch: ")
        );
    }

    #[test]
    fn times_survive_a_json_patch() {
        let mut old = list(&["a:NoExecute", "b:NoExecute"]);
        old[0].time_added = Some("2026-01-01T00:00:00Z".parse().unwrap());
        let patch = TaintPatch::parse(
            PatchType::Json,
            r#"[{"op":"remove","path":"/spec/taints/1"}]"#,
        );
        assert_eq!(patch.unwrap().apply(&old).unwrap(), old[..1]);
    }
}
