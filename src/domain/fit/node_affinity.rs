//! NodeAffinity: `nodeSelector` and required node affinity, and the narrowing to named nodes that comes before all filters.

use std::collections::BTreeSet;

use super::Context;
use super::by_class::ByClass;
use super::evaluate::Verdict;
use super::marks::MarkSheet;
use super::node_term::{NAME_FIELD, NodeTerms};
use super::object::affinity::NodeTerm;
use super::plugin::{Code, Finding, NodeCheck, Plugin, Prepared, Refusal};
use super::world::{NodeIx, World};
use crate::domain::labels::Labels;

/// The label that nodes of one class may differ in.
const HOSTNAME: &str = "kubernetes.io/hostname";

pub(super) fn prepare<'w>(cx: &Context<'w>) -> Prepared<'w> {
    let spec = &cx.kind().spec;
    let required = spec.node_affinity.required.as_deref();
    let added = cx.profile.added_affinity.as_ref();
    let added = added.and_then(|affinity| affinity.required.as_deref());
    if required.is_none() && spec.node_selector.is_empty() && added.is_none() {
        return Prepared::Skipped;
    }
    if required
        .and_then(named_nodes)
        .is_some_and(|names| names.is_empty())
    {
        return Prepared::Refused(Refusal {
            plugin: Plugin::NodeAffinity,
            code: Code::UnschedulableAndUnresolvable,
            reasons: vec!["pod affinity terms conflict".to_owned()],
            detail: "the terms name nodes that exclude each other".to_owned(),
        });
    }
    let rule = Rule {
        world: cx.world,
        selector: &spec.node_selector,
        written: required.unwrap_or_default(),
        required: required.map(NodeTerms::parse),
        added: added.map(NodeTerms::parse),
    };
    if rule.tells_nodes_of_a_class_apart() {
        return Prepared::Checks(Box::new(rule));
    }
    let refused = rule.refused_classes();
    Prepared::Checks(Box::new(ByClass::of(cx.world, refused, move |node| {
        rule.refusal(node)
    })))
}

/// Returns the classes of nodes that a node selector and terms select; neither may read what tells nodes of a class apart.
pub(super) fn selected_classes(
    world: &World,
    selector: &Labels,
    terms: Option<&NodeTerms>,
) -> Vec<bool> {
    let mut selected = match terms {
        Some(terms) => terms.matching_classes(world),
        None => vec![true; world.classes.len()],
    };
    for (key, wanted) in selector {
        world.narrow_classes(&mut selected, key, |value| value == Some(wanted));
    }
    selected
}

/// Returns the names that every term narrows to (`PreFilterResult`); `None` where one term leaves nodes open.
///
/// Several values are accepted here, although a term with several never matches; source: `nodeaffinity.PreFilter`.
pub(super) fn named_nodes(terms: &[NodeTerm]) -> Option<BTreeSet<&str>> {
    if terms.is_empty() {
        return None;
    }
    let mut all = BTreeSet::new();
    for term in terms {
        let named = term
            .fields
            .iter()
            .filter(|field| field.key == NAME_FIELD && field.operator == "In");
        let sets = named.map(|field| {
            field
                .values
                .iter()
                .map(String::as_str)
                .collect::<BTreeSet<_>>()
        });
        all.extend(sets.reduce(|a, b| &a & &b)?);
    }
    Some(all)
}

struct Rule<'w> {
    world: &'w World,
    selector: &'w Labels,
    written: &'w [NodeTerm],
    required: Option<NodeTerms>,
    added: Option<NodeTerms>,
}

impl Rule<'_> {
    fn tells_nodes_of_a_class_apart(&self) -> bool {
        let reads =
            |terms: &Option<NodeTerms>| terms.as_ref().is_some_and(|terms| terms.reads(HOSTNAME));
        self.selector.contains_key(HOSTNAME) || reads(&self.required) || reads(&self.added)
    }

    fn meets(&self, terms: Option<&NodeTerms>, node: NodeIx) -> bool {
        let object = &self.world.node(node).object;
        terms.is_none_or(|terms| terms.matches(&object.labels, Some(&object.name)))
    }

    fn selected(&self, node: NodeIx) -> bool {
        let labels = &self.world.node(node).object.labels;
        self.selector
            .iter()
            .all(|(key, value)| labels.get(key) == Some(value))
    }

    fn refuses(&self, node: NodeIx) -> bool {
        let meets = |terms: &Option<NodeTerms>| self.meets(terms.as_ref(), node);
        !(meets(&self.added) && self.selected(node) && meets(&self.required))
    }

    fn refused_classes(&self) -> Vec<bool> {
        let selected = selected_classes(self.world, self.selector, self.required.as_ref());
        let added = self
            .added
            .as_ref()
            .map(|terms| terms.matching_classes(self.world));
        let classes = selected.into_iter().enumerate();
        classes
            .map(|(class, selected)| !selected || added.as_ref().is_some_and(|added| !added[class]))
            .collect()
    }

    fn refusal(&self, node: NodeIx) -> Refusal {
        let enforced = !self.meets(self.added.as_ref(), node);
        let (reason, detail) = if enforced {
            let detail = "the scheduler's addedAffinity does not select the node".to_owned();
            (
                "node(s) didn't match scheduler-enforced node affinity",
                detail,
            )
        } else {
            (
                "node(s) didn't match Pod's node affinity/selector",
                self.detail(node),
            )
        };
        Refusal {
            plugin: Plugin::NodeAffinity,
            code: Code::UnschedulableAndUnresolvable,
            reasons: vec![reason.to_owned()],
            detail,
        }
    }

    fn detail(&self, node: NodeIx) -> String {
        let labels = &self.world.node(node).object.labels;
        let has = |key: &str| match labels.get(key) {
            Some(value) => format!("the node has {key}={value}"),
            None => format!("the node has no label {key}"),
        };
        let mut faults: Vec<String> = Vec::new();
        for (key, value) in self
            .selector
            .iter()
            .filter(|(key, value)| labels.get(*key) != Some(value))
        {
            faults.push(format!("nodeSelector wants {key}={value}, {}", has(key)));
        }
        if !self.meets(self.required.as_ref(), node) {
            faults.push(term_faults(self.written, &has));
        }
        faults.join("; ")
    }
}

/// Says what the terms want, and what the node has of it.
fn term_faults(terms: &[NodeTerm], has: &dyn Fn(&str) -> String) -> String {
    let wants = |term: &NodeTerm| {
        let each = term.expressions.iter().chain(&term.fields);
        let each =
            each.map(|one| format!("{} {} [{}]", one.key, one.operator, one.values.join(" ")));
        each.collect::<Vec<_>>().join(" and ")
    };
    let wanted: Vec<String> = terms.iter().map(wants).collect();
    let keys: BTreeSet<&str> = terms
        .iter()
        .flat_map(|term| term.expressions.iter().map(|one| one.key.as_str()))
        .collect();
    let found: Vec<String> = keys.into_iter().map(has).collect();
    format!(
        "node affinity wants {}, {}",
        wanted.join(" or "),
        found.join(", ")
    )
}

impl NodeCheck for Rule<'_> {
    fn finding(&self, node: NodeIx) -> Finding {
        match self.refuses(node) {
            true => Finding::Refused(self.refusal(node)),
            false => Finding::Fits,
        }
    }

    fn verdict(&self, node: NodeIx) -> Verdict {
        match self.refuses(node) {
            true => Verdict::Refused,
            false => Verdict::Fits,
        }
    }

    fn mark(&self, plugin: Plugin, marks: &mut MarkSheet) {
        for node in self.world.node_indexes().filter(|node| self.refuses(*node)) {
            marks.refuse(node, plugin);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::evaluate::evaluate;
    use super::super::evaluate::tests::{refusals, refusing};
    use super::super::event::summary;
    use super::super::object::affinity::{NodeRequirement, NodeTerm};
    use super::super::object::pod::PodObject;
    use super::super::testing::{labels, node, pod, profile, world};

    fn term(key: &str, operator: &str, values: &[&str]) -> NodeTerm {
        NodeTerm {
            expressions: vec![NodeRequirement {
                key: key.to_owned(),
                operator: operator.to_owned(),
                values: values.iter().map(|value| (*value).to_owned()).collect(),
            }],
            fields: Vec::new(),
        }
    }

    fn with(terms: Vec<NodeTerm>) -> PodObject {
        let mut pod = pod("p");
        pod.spec.node_affinity.required = Some(terms);
        pod
    }

    fn fits(terms: Vec<NodeTerm>) -> bool {
        let mut node = node("a-1");
        node.labels.insert("cores".to_owned(), "8".to_owned());
        refusing(vec![node], vec![with(terms)])[0].is_empty()
    }

    #[test]
    fn operators_follow_the_api() {
        let zone = "topology.kubernetes.io/zone";
        assert!(fits(vec![term(zone, "In", &["a", "b"])]));
        assert!(fits(vec![term("absent", "NotIn", &["a"])]));
        assert!(fits(vec![term("cores", "Gt", &["7"])]));
        assert!(!fits(vec![term("cores", "Lt", &["8"])]));
        assert!(
            !fits(vec![term(zone, "Gt", &["1"])]),
            "a label that is no number"
        );
        assert!(fits(vec![term("absent", "DoesNotExist", &[])]));
    }

    #[test]
    fn empty_terms_and_no_terms_select_nothing() {
        assert!(!fits(vec![]));
        assert!(!fits(vec![NodeTerm::default()]));
        assert!(fits(vec![
            NodeTerm::default(),
            term("cores", "Exists", &[])
        ]));
    }

    #[test]
    fn a_malformed_term_matches_nothing_and_leaves_the_others_alone() {
        let broken = [
            term("cores", "Near", &["8"]),
            term("cores", "Gt", &["7", "8"]),
            term("cores", "Gt", &["seven"]),
            term("cores", "In", &[]),
            term("cores", "Exists", &["8"]),
            term("cores!", "Exists", &[]),
            term("cores", "In", &["not a value"]),
        ];
        for term in broken {
            assert!(!fits(vec![term.clone()]), "{term:?}");
            let other = super::tests::term("cores", "Exists", &[]);
            assert!(fits(vec![term, other]));
        }
    }

    #[test]
    fn the_node_selector_and_the_affinity_must_both_hold() {
        let mut pod = with(vec![term("cores", "Exists", &[])]);
        pod.spec.node_selector = labels(&[("disk", "ssd")]);
        let mut node = node("a-1");
        node.labels.insert("cores".to_owned(), "8".to_owned());
        let found = refusals(vec![node], vec![pod]);
        assert_eq!(
            found[0][0].detail,
            "nodeSelector wants disk=ssd, the node has no label disk"
        );
    }

    fn named(values: &[&str]) -> NodeTerm {
        NodeTerm {
            fields: term("metadata.name", "In", values).expressions,
            ..NodeTerm::default()
        }
    }

    /// The refusal of all nodes at once, and how often each reason is given, as the event says it.
    fn event_of(terms: Vec<NodeTerm>) -> Option<String> {
        let (mut world, pod) = world(vec![node("a-1"), node("b-1")], vec![with(terms)]);
        let profile = profile();
        summary(&evaluate(&mut world, &profile, pod))
    }

    #[test]
    fn names_that_contradict_each_other_refuse_every_node_at_once() {
        let mut both = named(&["a-1"]);
        both.fields.extend(named(&["b-1"]).fields);
        assert_eq!(
            event_of(vec![both]).as_deref(),
            Some("0/2 nodes are available: pod affinity terms conflict.")
        );
    }

    #[test]
    fn a_name_that_no_node_has_leaves_all_nodes_out() {
        assert_eq!(
            event_of(vec![named(&["gone"])]).as_deref(),
            Some("0/2 nodes are available: 2 node(s) didn't satisfy plugin(s) [NodeAffinity].")
        );
        assert_eq!(event_of(vec![named(&["gone"]), named(&["b-1"])]), None);
    }

    #[test]
    fn a_term_without_names_keeps_all_nodes_in() {
        let terms = vec![named(&["gone"]), term("absent", "Exists", &[])];
        assert_eq!(
            event_of(terms).as_deref(),
            Some("0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector.")
        );
    }

    #[test]
    fn host_names_tell_nodes_of_a_class_apart() {
        let mut pod = pod("p");
        pod.spec.node_selector = labels(&[("kubernetes.io/hostname", "a-2")]);
        let found = refusing(vec![node("a-1"), node("a-2")], vec![pod]);
        assert_eq!(found.iter().filter(|plugins| plugins.is_empty()).count(), 1);
    }
}
