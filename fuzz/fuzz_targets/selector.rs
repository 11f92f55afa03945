//! Label selectors: what is printed is read as the same selector, and both of the program's own readers of selectors say
//! the same of any labels.

#![no_main]

use libfuzzer_sys::fuzz_target;
use nodemaint::domain::fit::object::affinity::{NodeRequirement, Selector};
use nodemaint::domain::fit::selector::Matcher;
use nodemaint::domain::labels::{LabelSelector, Labels, Operator, Requirement};

/// The first line is a selector, each other one a label.
fn labels<'a>(lines: impl Iterator<Item = &'a str>) -> Labels {
    let pairs = lines.filter_map(|line| line.split_once('='));
    pairs
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

fn written(requirement: &Requirement) -> NodeRequirement {
    let (operator, values) = match &requirement.operator {
        Operator::In(values) => ("In", values.clone()),
        Operator::NotIn(values) => ("NotIn", values.clone()),
        Operator::Exists => ("Exists", Vec::new()),
        Operator::DoesNotExist => ("DoesNotExist", Vec::new()),
    };
    NodeRequirement {
        key: requirement.key.clone(),
        operator: operator.to_owned(),
        values,
    }
}

fuzz_target!(|text: &str| {
    let mut lines = text.lines();
    let Some(Ok(selector)) = lines.next().map(LabelSelector::parse) else {
        return;
    };
    let printed = selector.to_string();
    let again = LabelSelector::parse(&printed);
    assert_eq!(again.as_ref(), Ok(&selector), "printed as {printed:?}");
    let as_object = Selector {
        labels: Labels::new(),
        expressions: selector.requirements.iter().map(written).collect(),
    };
    let matcher = Matcher::parse(Some(&as_object))
        .unwrap_or_else(|problem| panic!("{printed:?} is no selector of an object: {problem}"));
    let labels = labels(lines);
    assert_eq!(
        matcher.matches(&labels),
        selector.matches(&labels),
        "{printed:?} on {labels:?}"
    );
});
