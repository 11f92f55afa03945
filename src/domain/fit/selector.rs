//! Label selectors as apimachinery compiles them: an absent one matches nothing, an empty one everything, a malformed one
//! is an error whose meaning the rule decides.

use super::object::affinity::{NodeRequirement, Selector};
use crate::domain::labels::Labels;
use crate::domain::names::{label_value_faults, qualified_name_faults};

/// A compiled selector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matcher {
    requirements: Vec<Requirement>,
    reach: Reach,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    Nothing,
    Requirements,
}

/// One compiled requirement on a label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// The label's key.
    pub key: String,
    /// What is asked of its value.
    pub test: Test,
}

/// What is asked of a label's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// Present with one of these.
    In(Vec<String>),
    /// Absent, or with none of these.
    NotIn(Vec<String>),
    /// Present.
    Exists,
    /// Absent.
    DoesNotExist,
    /// A whole number above this.
    Above(i64),
    /// A whole number below this.
    Below(i64),
}

impl Requirement {
    /// Compiles a requirement of a node term or a selector.
    ///
    /// # Errors
    ///
    /// Says what is wrong with it; source: `labels.NewRequirement`.
    pub fn parse(written: &NodeRequirement) -> Result<Requirement, String> {
        let NodeRequirement {
            key,
            operator,
            values,
        } = written;
        if !qualified_name_faults(key).is_empty() {
            return Err(format!("key {key:?} is not a label's"));
        }
        let test = match (operator.as_str(), values.as_slice()) {
            ("In" | "NotIn", []) => return Err(format!("{operator} of {key} has no value")),
            ("In", values) => Test::In(values.to_vec()),
            ("NotIn", values) => Test::NotIn(values.to_vec()),
            ("Exists", []) => Test::Exists,
            ("DoesNotExist", []) => Test::DoesNotExist,
            ("Gt", [value]) => Test::Above(whole_number(value)?),
            ("Lt", [value]) => Test::Below(whole_number(value)?),
            _ => return Err(format!("{operator} of {key} with {} values", values.len())),
        };
        match values
            .iter()
            .find(|value| !label_value_faults(value).is_empty())
        {
            Some(value) => Err(format!("{value:?} is not a label's value")),
            None => Ok(Requirement {
                key: key.clone(),
                test,
            }),
        }
    }

    /// Tells whether labels meet the requirement.
    pub fn matches(&self, labels: &Labels) -> bool {
        self.holds(labels.get(&self.key).map(String::as_str))
    }

    /// Tells whether a value of its key meets the requirement; an absent one is `None`.
    pub fn holds(&self, value: Option<&str>) -> bool {
        let number = || value.and_then(|value| value.parse::<i64>().ok());
        let among = |values: &[String], value| values.iter().any(|one| one == value);
        match &self.test {
            Test::In(values) => value.is_some_and(|value| among(values, value)),
            Test::NotIn(values) => value.is_none_or(|value| !among(values, value)),
            Test::Exists => value.is_some(),
            Test::DoesNotExist => value.is_none(),
            Test::Above(bound) => number().is_some_and(|number| number > *bound),
            Test::Below(bound) => number().is_some_and(|number| number < *bound),
        }
    }
}

fn whole_number(text: &str) -> Result<i64, String> {
    text.parse()
        .map_err(|_| format!("{text:?} is not a whole number"))
}

/// Returns a label and the values of which one must be there, from requirements that must all hold.
pub(super) fn anchor(requirements: &[Requirement]) -> Option<(&str, &[String])> {
    requirements.iter().find_map(|one| match &one.test {
        Test::In(values) => Some((one.key.as_str(), values.as_slice())),
        _ => None,
    })
}

impl Matcher {
    /// Matches nothing.
    pub const NOTHING: Matcher = Matcher {
        requirements: Vec::new(),
        reach: Reach::Nothing,
    };

    /// Compiles a selector; an absent one matches nothing.
    ///
    /// # Errors
    ///
    /// Says what is wrong with the first malformed requirement; source: `metav1.LabelSelectorAsSelector`.
    pub fn parse(selector: Option<&Selector>) -> Result<Matcher, String> {
        let Some(selector) = selector else {
            return Ok(Matcher::NOTHING);
        };
        let labels = selector.labels.iter().map(|(key, value)| NodeRequirement {
            key: key.clone(),
            operator: "In".to_owned(),
            values: vec![value.clone()],
        });
        let written = labels.chain(selector.expressions.iter().cloned());
        let requirements = written.map(|written| match written.operator.as_str() {
            // Only node terms compare numbers.
            "Gt" | "Lt" => Err(format!(
                "{:?} is not a label selector operator",
                written.operator
            )),
            _ => Requirement::parse(&written),
        });
        Ok(Matcher {
            requirements: requirements.collect::<Result<_, _>>()?,
            reach: Reach::Requirements,
        })
    }

    /// Makes a matcher of labels that must all be there with these values; none at all match everything.
    pub fn of_labels<'a>(labels: impl IntoIterator<Item = (&'a String, &'a String)>) -> Matcher {
        let requirement = |(key, value): (&String, &String)| Requirement {
            key: key.clone(),
            test: Test::In(vec![value.clone()]),
        };
        Matcher {
            requirements: labels.into_iter().map(requirement).collect(),
            reach: Reach::Requirements,
        }
    }

    /// Adds a requirement; a matcher of nothing stays one.
    pub fn require(&mut self, requirement: Requirement) {
        self.requirements.push(requirement);
    }

    /// Returns what is required; nothing of a matcher that matches nothing.
    pub fn requirements(&self) -> &[Requirement] {
        match self.reach {
            Reach::Nothing => &[],
            Reach::Requirements => &self.requirements,
        }
    }

    /// Tells whether labels match.
    pub fn matches(&self, labels: &Labels) -> bool {
        self.reach == Reach::Requirements
            && self
                .requirements
                .iter()
                .all(|requirement| requirement.matches(labels))
    }

    /// Returns a label and the values of which matching labels carry one; `None` where it asks for none.
    pub fn anchor(&self) -> Option<(&str, &[String])> {
        anchor(&self.requirements)
    }

    /// Tells whether it matches everything because nothing is required (`Selector.Empty()`).
    pub fn is_empty(&self) -> bool {
        self.reach == Reach::Requirements && self.requirements.is_empty()
    }

    /// Tells whether it can match nothing (made of an absent selector).
    pub fn is_nothing(&self) -> bool {
        self.reach == Reach::Nothing
    }
}
