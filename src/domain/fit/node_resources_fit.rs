//! NodeResourcesFit: the number of pods, and requests against what is free.

use super::Context;
use super::amount::{Amounts, is_extended};
use super::evaluate::Verdict;
use super::marks::MarkSheet;
use super::plugin::{Code, Finding, NodeCheck, Plugin, Prepared, Refusal};
use super::world::{NodeIx, World};

/// Judges by what is used and offered now.
struct Check<'w> {
    world: &'w World,
    request: &'w Amounts,
    scalars: Vec<Scalar>,
    /// Whether anything but the number of pods is looked at.
    asks: bool,
}

/// A resource beyond CPU, memory and ephemeral storage that the pod asks for.
struct Scalar {
    number: u32,
    request: i64,
    /// Whether a device class may serve it where the node offers none itself.
    by_claim: bool,
}

pub(super) fn prepare<'w>(cx: &Context<'w>) -> Prepared<'w> {
    let request = &cx.kind().usage.amounts;
    let asked = request.scalars.iter().filter(|(_, amount)| *amount != 0);
    let scalars = asked.filter(|(number, _)| !is_ignored(cx, *number));
    let scalars = scalars.map(|&(number, amount)| Scalar {
        number,
        request: amount,
        by_claim: is_served_by_claims(cx, number),
    });
    Prepared::Checks(Box::new(Check {
        world: cx.world,
        request,
        scalars: scalars.collect(),
        asks: request.milli_cpu != 0
            || request.memory != 0
            || request.ephemeral_storage != 0
            || !request.scalars.is_empty(),
    }))
}

/// Tells whether the profile leaves an extended resource to somebody else.
fn is_ignored(cx: &Context<'_>, number: u32) -> bool {
    let name = cx.world.scalar_name(number as usize);
    let arguments = &cx.profile.fit;
    let group = name.split('/').next().unwrap_or(name);
    is_extended(name)
        && (arguments
            .ignored_resources
            .iter()
            .any(|ignored| ignored == name)
            || arguments
                .ignored_groups
                .iter()
                .any(|ignored| ignored == group))
}

/// Tells whether a device class stands for an extended resource; DynamicResources then decides where a node offers none.
pub(super) fn is_served_by_claims(cx: &Context<'_>, number: u32) -> bool {
    let name = cx.world.scalar_name(number as usize);
    let implicit =
        |class: &str| name.strip_prefix("deviceclass.resource.kubernetes.io/") == Some(class);
    let mut classes = cx.world.device_classes.values();
    cx.profile.minor.extended_resources_by_claim().is_present()
        && classes
            .any(|class| class.extended_resource.as_deref() == Some(name) || implicit(&class.name))
}

/// A resource that is short.
struct Shortage {
    reason: String,
    detail: String,
    /// Whether even the empty node has too little.
    hopeless: bool,
}

impl Check<'_> {
    fn refuses(&self, node: usize) -> bool {
        self.world.free().lacks(node, self.request) || self.is_short_of_any(node)
    }

    fn is_short_of_any(&self, node: usize) -> bool {
        let mut scalars = self.scalars.iter();
        scalars.any(|scalar| self.is_short_of(scalar, node))
    }

    fn is_short_of(&self, scalar: &Scalar, node: usize) -> bool {
        let offered = self.world.nodes[node].allocatable.scalar(scalar.number);
        let used = self.world.used[node].scalar(scalar.number);
        !(scalar.by_claim && offered == 0) && scalar.request > offered.wrapping_sub(used)
    }

    fn shortages(&self, node: usize) -> Vec<Shortage> {
        let offered = &self.world.nodes[node];
        let used = &self.world.used[node];
        let mut found = Vec::new();
        let pods = self.world.on_node[node].len();
        if i64::try_from(pods).unwrap_or(i64::MAX) >= offered.pod_limit {
            found.push(Shortage {
                reason: "Too many pods".to_owned(),
                detail: format!(
                    "{pods} pods are on the node, which takes {}",
                    offered.pod_limit
                ),
                hopeless: false,
            });
        }
        if !self.asks {
            return found;
        }
        let fixed = [
            (
                "cpu",
                "m",
                self.request.milli_cpu,
                offered.allocatable.milli_cpu,
                used.milli_cpu,
            ),
            (
                "memory",
                " bytes",
                self.request.memory,
                offered.allocatable.memory,
                used.memory,
            ),
            (
                "ephemeral-storage",
                " bytes",
                self.request.ephemeral_storage,
                offered.allocatable.ephemeral_storage,
                used.ephemeral_storage,
            ),
        ];
        let short = fixed.into_iter().filter(|(.., request, offered, used)| {
            *request > 0 && *request > offered.wrapping_sub(*used)
        });
        found.extend(short.map(|(name, unit, request, offered, used)| {
            shortage(name, unit, request, offered, used)
        }));
        let scalars = self
            .scalars
            .iter()
            .filter(|scalar| self.is_short_of(scalar, node));
        let mut scalars: Vec<Shortage> = scalars
            .map(|scalar| {
                let name = self.world.scalar_name(scalar.number as usize);
                let (offered, used) = (&offered.allocatable, used.scalar(scalar.number));
                shortage(
                    name,
                    "",
                    scalar.request,
                    offered.scalar(scalar.number),
                    used,
                )
            })
            .collect();
        // Upstream walks a map: any order is right, a fixed one is readable.
        scalars.sort_by(|a, b| a.reason.cmp(&b.reason));
        found.extend(scalars);
        found
    }
}

fn shortage(name: &str, unit: &str, request: i64, offered: i64, used: i64) -> Shortage {
    Shortage {
        reason: format!("Insufficient {name}"),
        detail: format!(
            "{name}: asks for {request}{unit}, {used}{unit} of {offered}{unit} are requested already"
        ),
        hopeless: request > offered,
    }
}

impl NodeCheck for Check<'_> {
    fn finding(&self, node: NodeIx) -> Finding {
        let shortages = self.shortages(node.index());
        if shortages.is_empty() {
            return Finding::Fits;
        }
        let code = match shortages.iter().any(|shortage| shortage.hopeless) {
            true => Code::UnschedulableAndUnresolvable,
            false => Code::Unschedulable,
        };
        let details: Vec<&str> = shortages
            .iter()
            .map(|shortage| shortage.detail.as_str())
            .collect();
        Finding::Refused(Refusal {
            plugin: Plugin::NodeResourcesFit,
            code,
            detail: details.join("; "),
            reasons: shortages
                .into_iter()
                .map(|shortage| shortage.reason)
                .collect(),
        })
    }

    fn verdict(&self, node: NodeIx) -> Verdict {
        match self.refuses(node.index()) {
            true => Verdict::Refused,
            false => Verdict::Fits,
        }
    }

    fn mark(&self, plugin: Plugin, marks: &mut MarkSheet) {
        let (bit, refused) = (plugin.bit(), marks.refused());
        self.world.free().mark(self.request, bit, refused);
        if !self.scalars.is_empty() {
            for (node, refused) in refused.iter_mut().enumerate() {
                *refused |= bit * u16::from(self.is_short_of_any(node));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::evaluate::tests::refusals;
    use super::super::object::node::NodeObject;
    use super::super::object::pod::PodObject;
    use super::super::plugin::Code;
    use super::super::testing::{node, pod, resources};

    fn asking(name: &str, requests: &[(&str, &str)]) -> PodObject {
        let mut pod = pod(name);
        pod.spec.containers[0].requests = resources(requests);
        pod
    }

    fn on(node: &str, pod: PodObject) -> PodObject {
        PodObject {
            node: Some(node.to_owned()),
            ..pod
        }
    }

    /// Reasons and code of the only node.
    fn answer(node: NodeObject, pods: Vec<PodObject>) -> Option<(Vec<String>, Code)> {
        let refusals = refusals(vec![node], pods).remove(0);
        refusals
            .into_iter()
            .next()
            .map(|refusal| (refusal.reasons, refusal.code))
    }

    #[test]
    fn a_pod_that_asks_for_nothing_fits_an_overcommitted_node() {
        let hog = on("a-1", asking("hog", &[("cpu", "99")]));
        assert_eq!(answer(node("a-1"), vec![hog, pod("p")]), None);
    }

    #[test]
    fn a_node_without_a_pod_limit_refuses_everything() {
        let mut closed = node("a-1");
        closed.allocatable.remove("pods");
        let expected = (vec!["Too many pods".to_owned()], Code::Unschedulable);
        assert_eq!(answer(closed, vec![pod("p")]), Some(expected));
    }

    #[test]
    fn a_critical_pod_needs_room_like_every_other() {
        let mut critical = asking("p", &[("cpu", "5")]);
        critical.spec.priority = 2_000_001_000;
        let expected = (
            vec!["Insufficient cpu".to_owned()],
            Code::UnschedulableAndUnresolvable,
        );
        assert_eq!(answer(node("a-1"), vec![critical]), Some(expected));
    }

    #[test]
    fn terminating_pods_hold_their_room() {
        let mut leaving = on("a-1", asking("leaving", &[("cpu", "3")]));
        leaving.life = super::super::object::pod::Life::Terminating;
        let expected = (vec!["Insufficient cpu".to_owned()], Code::Unschedulable);
        let found = answer(node("a-1"), vec![leaving, asking("p", &[("cpu", "2")])]);
        assert_eq!(found, Some(expected));
    }

    #[test]
    fn more_than_the_whole_node_cannot_be_resolved() {
        let found = answer(
            node("a-1"),
            vec![asking("p", &[("cpu", "5"), ("example.com/gpu", "1")])],
        );
        let reasons = vec![
            "Insufficient cpu".to_owned(),
            "Insufficient example.com/gpu".to_owned(),
        ];
        assert_eq!(found, Some((reasons, Code::UnschedulableAndUnresolvable)));
    }

    #[test]
    fn names_without_prefix_are_ignored() {
        assert_eq!(
            answer(node("a-1"), vec![asking("p", &[("gpu", "8")])]),
            None
        );
    }

    #[test]
    fn the_detail_has_requested_used_and_allocatable() {
        let hog = on("a-1", asking("hog", &[("cpu", "3500m")]));
        let found = refusals(vec![node("a-1")], vec![hog, asking("p", &[("cpu", "1")])]);
        assert_eq!(
            found[0][0].detail,
            "cpu: asks for 1000m, 3500m of 4000m are requested already"
        );
    }
}
