//! Node selector terms: of a pod's node affinity, a volume's, or an allocated claim's.
//!
//! A term that cannot be parsed matches no node and says nothing; source:
//! `k8s.io/component-helpers/scheduling/corev1/nodeaffinity`.

use super::object::affinity::{NodeRequirement, NodeTerm};
use super::selector::{Requirement, Test, anchor};
use super::world::World;
use crate::domain::labels::Labels;

/// The field that terms may name.
pub const NAME_FIELD: &str = "metadata.name";

/// Parsed terms, ORed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeTerms {
    terms: Vec<ParsedTerm>,
}

/// One parsed term; terms that can match nothing are left out.
#[derive(Debug, Clone, PartialEq, Eq)]
struct ParsedTerm {
    labels: Vec<Requirement>,
    fields: Vec<FieldRequirement>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct FieldRequirement {
    key: String,
    value: String,
    wanted: Wanted,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Equal,
    Different,
}

impl NodeTerms {
    /// Parses terms.
    pub fn parse<'a>(terms: impl IntoIterator<Item = &'a NodeTerm>) -> NodeTerms {
        let parsed = terms
            .into_iter()
            .filter_map(|term| parse(term).ok().flatten());
        NodeTerms {
            terms: parsed.collect(),
        }
    }

    /// Parses one term.
    ///
    /// # Errors
    ///
    /// Says what is wrong with it; an empty term is no error and matches nothing.
    pub fn parse_one(term: &NodeTerm) -> Result<NodeTerms, String> {
        Ok(NodeTerms {
            terms: parse(term)?.into_iter().collect(),
        })
    }

    /// Tells whether any term matches a node's labels and name; without a name, fields count as met.
    pub fn matches(&self, labels: &Labels, name: Option<&str>) -> bool {
        self.terms.iter().any(|term| term.matches(labels, name))
    }

    /// Tells of each class of nodes whether any term matches it; only for terms that do not tell nodes of a class apart
    /// ([`NodeTerms::reads`]).
    pub fn matching_classes(&self, world: &World) -> Vec<bool> {
        let mut any = vec![false; world.classes.len()];
        for term in &self.terms {
            let mut all = vec![true; any.len()];
            for requirement in &term.labels {
                world.narrow_classes(&mut all, &requirement.key, |value| requirement.holds(value));
            }
            any.iter_mut().zip(all).for_each(|(any, all)| *any |= all);
        }
        any
    }

    /// Returns, for each term, a label and the values of which a node must carry one; `None` where a term asks for none.
    pub fn anchors(&self) -> Option<Vec<(&str, &[String])>> {
        self.terms.iter().map(|term| anchor(&term.labels)).collect()
    }

    /// Tells whether nodes that differ only in name and in the given label may be told apart.
    pub fn reads(&self, label: &str) -> bool {
        let reads = |term: &ParsedTerm| {
            !term.fields.is_empty()
                || term
                    .labels
                    .iter()
                    .any(|requirement| requirement.key == label)
        };
        self.terms.iter().any(reads)
    }
}

impl ParsedTerm {
    fn matches(&self, labels: &Labels, name: Option<&str>) -> bool {
        let fields_met = |name: &str| self.fields.iter().all(|field| field.matches(name));
        self.labels
            .iter()
            .all(|requirement| requirement.matches(labels))
            && name.is_none_or(fields_met)
    }
}

impl FieldRequirement {
    fn matches(&self, name: &str) -> bool {
        let actual = if self.key == NAME_FIELD { name } else { "" };
        (actual == self.value) == (self.wanted == Wanted::Equal)
    }
}

fn parse(term: &NodeTerm) -> Result<Option<ParsedTerm>, String> {
    if term.expressions.is_empty() && term.fields.is_empty() {
        return Ok(None);
    }
    let labels = term.expressions.iter().map(Requirement::parse);
    Ok(Some(ParsedTerm {
        labels: labels.collect::<Result<_, _>>()?,
        fields: term
            .fields
            .iter()
            .map(parse_field)
            .collect::<Result<_, _>>()?,
    }))
}

fn parse_field(written: &NodeRequirement) -> Result<FieldRequirement, String> {
    let wanted = match written.operator.as_str() {
        "In" => Wanted::Equal,
        "NotIn" => Wanted::Different,
        other => return Err(format!("{other:?} is not an operator for fields")),
    };
    match written.values.as_slice() {
        [value] => Ok(FieldRequirement {
            key: written.key.clone(),
            value: value.clone(),
            wanted,
        }),
        values => Err(format!(
            "{} needs one value, not {}",
            written.key,
            values.len()
        )),
    }
}

/// Prints a requirement the way kubectl writes selectors.
pub fn describe(requirement: &Requirement) -> String {
    let key = &requirement.key;
    match &requirement.test {
        Test::In(values) if values.len() == 1 => format!("{key}={}", values[0]),
        Test::In(values) => format!("{key} in ({})", values.join(",")),
        Test::NotIn(values) => format!("{key} notin ({})", values.join(",")),
        Test::Exists => key.clone(),
        Test::DoesNotExist => format!("!{key}"),
        Test::Above(bound) => format!("{key}>{bound}"),
        Test::Below(bound) => format!("{key}<{bound}"),
    }
}
