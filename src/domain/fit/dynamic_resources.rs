//! DynamicResources: allocated claims, which are for some nodes only. What a new allocation would find is not modelled:
//! it takes the allocator, with its expressions, shared counters and device taints.

#[cfg(test)]
#[path = "dynamic_resources_tests.rs"]
mod tests;

use super::Context;
use super::amount::is_extended;
use super::marks::MarkSheet;
use super::node_resources_fit::is_served_by_claims;
use super::node_term::NodeTerms;
use super::object::claim::{
    Allocation, ClaimPurpose, ClaimSource, DeviceRequest, PodClaim, ResourceClaimObject,
};
use super::object::pod::Life;
use super::plugin::{Code, Finding, NodeCheck, Plugin, Prepared, Refusal};
use super::pod_claims::failure;
use super::score::{Order, normalised};
use super::world::{NodeIx, ObjectKind, Standing, World};

/// Begins the names of the extended resources that every device class has.
const CLASS_PREFIX: &str = "deviceclass.resource.kubernetes.io/";

/// How many alternatives a request may have (`FirstAvailableDeviceRequestMaxSize`).
const MOST_ALTERNATIVES: i64 = 8;

/// Why no node is looked at.
enum Stop {
    Refused(String),
    Unknown(String),
}

pub(super) fn prepare<'w>(cx: &Context<'w>) -> Prepared<'w> {
    match check(cx) {
        Ok(None) => Prepared::Skipped,
        Ok(Some(check)) => Prepared::Checks(Box::new(check)),
        Err(Stop::Unknown(what)) => Prepared::Unknown(what),
        Err(Stop::Refused(reason)) => Prepared::Refused(refusal(&reason, reason.clone())),
    }
}

/// Scores what is chosen among alternatives: nothing where the allocator has nothing to do, and what was chosen before where it
/// only finds that the nodes have the extended resources themselves. Source: `Score`, which looks at what `Filter` left.
///
/// `None` for a pod without claims, where it makes no difference, and where an allocation would decide.
pub(super) fn scores(cx: &Context<'_>, feasible: &[NodeIx]) -> Option<Vec<i64>> {
    if !cx.profile.minor.claims_score().is_present() || cx.kind().spec.claims.is_empty() {
        return None;
    }
    let check = check(cx).ok()??;
    let chosen: i64 = check.allocated.iter().map(|claim| claim.chosen).sum();
    let score = match check.allocator()? {
        Allocator::Absent => 0,
        Allocator::Idle => chosen,
    };
    let scores = vec![score; feasible.len()];
    check
        .new
        .is_empty()
        .then(|| normalised(scores, Order::MoreIsBetter))
}

/// What the allocator does for a pod none of whose own claims is new.
enum Allocator {
    /// Nobody asks it.
    Absent,
    /// It is asked for devices behind extended resources, which the nodes have themselves.
    Idle,
}

fn refusal(reason: &str, detail: String) -> Refusal {
    Refusal {
        plugin: Plugin::DynamicResources,
        code: Code::UnschedulableAndUnresolvable,
        reasons: vec![reason.to_owned()],
        detail,
    }
}

/// An extended resource that the pod asks for.
struct Extended {
    number: u32,
    name: String,
    /// Whether a device class stands for it; `Err` says why that is not known.
    backing: Result<Backing, String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Backing {
    Class,
    Nothing,
}

/// An allocated claim.
struct Allocated<'w> {
    name: &'w str,
    nodes: Option<NodeTerms>,
    binding: BindingState<'w>,
    /// What the alternatives score that were chosen for its requests.
    chosen: i64,
}

/// Whether the devices of an allocation are ready for the pod.
enum BindingState<'w> {
    Ready,
    /// They failed: the claim is available nowhere.
    Failed(&'w str),
    /// The scheduler waits for these conditions, but not for ever.
    Waiting(&'w [String]),
}

struct Check<'w> {
    world: &'w World,
    allocated: Vec<Allocated<'w>>,
    /// What has to be allocated, for a person.
    new: Vec<String>,
    /// The extended resources, where a device class stands for one of them.
    resources: Vec<Extended>,
    /// The claim for extended resources that an attempt before left behind.
    leftover: Option<&'w str>,
}

fn check<'w>(cx: &Context<'w>) -> Result<Option<Check<'w>>, Stop> {
    let mut check = Check {
        world: cx.world,
        allocated: Vec::new(),
        new: Vec::new(),
        resources: Vec::new(),
        leftover: None,
    };
    let mut claims = Vec::new();
    for claim in &cx.kind().spec.claims {
        match find(cx, claim)? {
            Found::Nothing => {}
            Found::Claim(claim) => claims.push(claim),
            Found::ToBeMade(what) => check.new.push(what),
        }
    }
    add_extended(cx, &mut check)?;
    for claim in claims {
        match &claim.allocation {
            Some(allocation) => check.allocated.push(allocated(cx, claim, allocation)?),
            None => {
                check_requests(cx, claim)?;
                check.new.push(format!(
                    "claim {} is not allocated, and what the allocator would find is not modelled",
                    claim.name
                ));
            }
        }
    }
    let nothing = check.allocated.is_empty()
        && check.new.is_empty()
        && check.resources.is_empty()
        && check.leftover.is_none();
    Ok((!nothing).then_some(check))
}

/// What a pod's claim turns out to be.
enum Found<'w> {
    /// None is needed.
    Nothing,
    Claim(&'w ResourceClaimObject),
    /// It will be made for the pod; the words say so.
    ToBeMade(String),
}

/// Looks a claim of the pod up; source: `foreachPodResourceClaim` and `resourceclaim.Name`.
fn find<'w>(cx: &Context<'w>, claim: &PodClaim) -> Result<Found<'w>, Stop> {
    let (world, row, namespace) = (cx.world, cx.row(), &*cx.kind().namespace);
    let pod = world.path(cx.pod);
    let refused = |reason: String| Err(Stop::Refused(reason));
    let name = match &claim.source {
        ClaimSource::Named(name) => name,
        ClaimSource::Neither => {
            let name = &claim.name;
            return refused(format!(
                "pod \"{pod}\", spec.resourceClaim {name:?}: none of the supported fields are set"
            ));
        }
        ClaimSource::Template(template) if row.standing == Standing::Successor => {
            return Ok(Found::ToBeMade(format!(
                "a new claim is made of template {template}, and what the allocator would find is not modelled"
            )));
        }
        ClaimSource::Template(_) => {
            let names = row.extra.iter().flat_map(|extra| &extra.claim_names);
            match names.into_iter().find(|(own, _)| *own == claim.name) {
                Some((_, Some(name))) => name,
                Some((_, None)) => return Ok(Found::Nothing),
                None => return refused(format!("pod \"{pod}\": ResourceClaim not created yet")),
            }
        }
    };
    if let Some(unread) = world.unread(ObjectKind::ResourceClaims) {
        return Err(Stop::Unknown(unread));
    }
    let key = (namespace.to_owned(), name.clone());
    let Some(found) = world.resource_claims.get(&key) else {
        let key = format!("{namespace}/{name}");
        return refused(format!("could not find ResourceClaim {key:?}"));
    };
    if found.life == Life::Terminating {
        return refused(format!("resourceclaim {name:?} is being deleted"));
    }
    let owned = found.controller_uid.as_deref() == Some(&*row.uid);
    match claim.source {
        ClaimSource::Template(_) if !owned => refused(format!(
            "ResourceClaim {namespace}/{name} was not created for Pod {pod} (Pod is not owner)"
        )),
        _ => Ok(Found::Claim(found)),
    }
}

/// Notes the pod's extended resources, where a device class may stand for one; source: `preFilterExtendedResources`.
fn add_extended<'w>(cx: &Context<'w>, check: &mut Check<'w>) -> Result<(), Stop> {
    if !cx.profile.minor.extended_resources_by_claim().is_present() {
        return Ok(());
    }
    let unread = cx.world.unread(ObjectKind::DeviceClasses);
    let scalars = cx.kind().usage.amounts.scalars.iter();
    let asked = scalars.filter(|(_, amount)| *amount != 0);
    let resources: Vec<Extended> = asked
        .map(|(number, _)| Extended {
            number: *number,
            name: cx.world.scalar_name(*number as usize).to_owned(),
            backing: match &unread {
                Some(unread) => Err(unread.clone()),
                None if is_served_by_claims(cx, *number) => Ok(Backing::Class),
                None => Ok(Backing::Nothing),
            },
        })
        .filter(|one| is_extended(&one.name) || one.name.starts_with(CLASS_PREFIX))
        .collect();
    if resources
        .iter()
        .all(|one| one.backing == Ok(Backing::Nothing))
    {
        return Ok(());
    }
    if let Some(unread) = cx.world.unread(ObjectKind::ResourceClaims) {
        return Err(Stop::Unknown(unread));
    }
    check.resources = resources;
    let row = cx.row();
    let mut claims = cx.world.resource_claims.values();
    let left = claims.find(|claim| {
        claim.purpose == ClaimPurpose::ExtendedResources
            && claim.controller_uid.as_deref() == Some(&*row.uid)
    });
    let left = left.filter(|_| row.standing == Standing::AsRead);
    check.leftover = left.map(|claim| claim.name.as_str());
    Ok(())
}

fn allocated<'w>(
    cx: &Context<'_>,
    claim: &'w ResourceClaimObject,
    allocation: &'w Allocation,
) -> Result<Allocated<'w>, Stop> {
    let terms = allocation.node_terms.as_deref();
    let faults = terms.unwrap_or_default().iter().map(NodeTerms::parse_one);
    if let Some(fault) = faults.into_iter().find_map(Result::err) {
        return Err(Stop::Unknown(failure(fault)));
    }
    let conditions = cx.profile.minor.device_binding_conditions().is_present();
    let binding = match &allocation.binding_failure {
        _ if !conditions => BindingState::Ready,
        Some(condition) => BindingState::Failed(condition),
        None if allocation.binding_conditions.is_empty() => BindingState::Ready,
        None => BindingState::Waiting(&allocation.binding_conditions),
    };
    Ok(Allocated {
        name: &claim.name,
        nodes: terms.map(NodeTerms::parse),
        binding,
        chosen: chosen(claim, allocation),
    })
}

/// Scores the alternatives of an allocation, the first of a request most; source: `computeScore`.
fn chosen(claim: &ResourceClaimObject, allocation: &Allocation) -> i64 {
    let of = |request: &DeviceRequest| -> i64 {
        let is_chosen = |at: &usize| allocation.requests.contains(&full_name(request, *at));
        let chosen = (0..request.alternatives.len()).filter(is_chosen);
        let passed_over = chosen.filter_map(|at| i64::try_from(at).ok());
        passed_over.map(|at| MOST_ALTERNATIVES - at).sum()
    };
    claim.requests.iter().map(of).sum()
}

/// Checks the requests of a claim that is not allocated; source: `PreFilter` and `validateDeviceClass`.
fn check_requests(cx: &Context<'_>, claim: &ResourceClaimObject) -> Result<(), Stop> {
    for request in &claim.requests {
        if request.classes.is_empty() {
            return Err(Stop::Refused(format!(
                "resource claim {}/{}, request {}: unknown request type",
                claim.namespace, claim.name, request.name
            )));
        }
        if cx.world.unread(ObjectKind::DeviceClasses).is_some() {
            continue;
        }
        let known = |class: &String| cx.world.device_classes.contains_key(class);
        if let Some(at) = request.classes.iter().position(|class| !known(class)) {
            return Err(Stop::Refused(format!(
                "request {}: device class {} does not exist",
                full_name(request, at),
                request.classes[at]
            )));
        }
    }
    Ok(())
}

/// The name of a request, or of one of its alternatives.
fn full_name(request: &DeviceRequest, at: usize) -> String {
    match request.alternatives.get(at) {
        Some(alternative) => format!("{}/{alternative}", request.name),
        None => request.name.clone(),
    }
}

/// What is found about a node.
enum Outcome<'a> {
    Fits,
    /// The left-over claim of extended resources is deleted first.
    Leftover(&'a str),
    /// The node has nothing of a resource, and no device class stands for it.
    NoResource(&'a str),
    /// Allocated for other nodes, or failed.
    Unavailable(Vec<&'a Allocated<'a>>),
    Unknown(String),
}

impl Check<'_> {
    /// `None` where it is not known whether a device class stands for one of the resources.
    fn allocator(&self) -> Option<Allocator> {
        let mut backings = self.resources.iter().map(|one| one.backing.as_ref());
        match backings
            .clone()
            .any(|backing| backing == Ok(&Backing::Class))
        {
            true => Some(Allocator::Idle),
            false => (!backings.any(|backing| backing.is_err())).then_some(Allocator::Absent),
        }
    }

    fn outcome(&self, node: NodeIx) -> Outcome<'_> {
        if let Some(claim) = self.leftover {
            return Outcome::Leftover(claim);
        }
        let object = &self.world.node(node).object;
        let absent = |one: &&Extended| {
            one.backing == Ok(Backing::Nothing) && !object.allocatable.contains_key(&one.name)
        };
        if let Some(absent) = self.resources.iter().find(absent) {
            return Outcome::NoResource(&absent.name);
        }
        let mut unavailable = Vec::new();
        let mut unknown = self.unknown_resource(node);
        for claim in &self.allocated {
            let reaches =
                |terms: &NodeTerms| terms.matches(&object.labels, Some(object.name.as_str()));
            if !claim.nodes.as_ref().is_none_or(reaches) {
                unavailable.push(claim);
                continue;
            }
            match claim.binding {
                BindingState::Ready => {}
                BindingState::Failed(_) => unavailable.push(claim),
                BindingState::Waiting(conditions) => {
                    unknown = Some(format!(
                        "claim {} waits for {}, which the scheduler gives up after some time",
                        claim.name,
                        conditions.join(", ")
                    ));
                }
            }
        }
        if !unavailable.is_empty() {
            return Outcome::Unavailable(unavailable);
        }
        match self.new.first().cloned().or(unknown) {
            Some(what) => Outcome::Unknown(what),
            None => Outcome::Fits,
        }
    }

    /// A resource of which the node itself has nothing, so that devices would have to be allocated for it.
    fn unknown_resource(&self, node: NodeIx) -> Option<String> {
        let offered = &self.world.node(node).allocatable;
        let mut lacking = self
            .resources
            .iter()
            .filter(|one| offered.scalar(one.number) == 0);
        lacking.find_map(|one| match &one.backing {
            Ok(Backing::Nothing) => None,
            Ok(Backing::Class) => Some(format!(
                "a device class stands for {}, and what the allocator would find is not modelled",
                one.name
            )),
            Err(unread) => Some(unread.clone()),
        })
    }
}

impl NodeCheck for Check<'_> {
    fn finding(&self, node: NodeIx) -> Finding {
        let (reason, detail) = match self.outcome(node) {
            Outcome::Fits => return Finding::Fits,
            Outcome::Unknown(what) => return Finding::Unknown(what),
            Outcome::Leftover(claim) => (
                "cannot schedule extended resource claim",
                format!("claim {claim} is left of an attempt before and is deleted first"),
            ),
            Outcome::NoResource(name) => (
                "cannot fit resource",
                format!("the node has no {name} and no device class stands for it"),
            ),
            Outcome::Unavailable(claims) => {
                let details: Vec<String> = claims.into_iter().map(why_unavailable).collect();
                (
                    "resourceclaim not available on the node",
                    details.join("; "),
                )
            }
        };
        Finding::Refused(refusal(reason, detail))
    }

    /// What is allocated for other nodes is told last: the allocator speaks first, if it finds nothing.
    fn doubt(&self, node: NodeIx) -> Option<String> {
        let Outcome::Unavailable(_) = self.outcome(node) else {
            return None;
        };
        let to_allocate = self.new.first().cloned();
        let what = to_allocate.or_else(|| self.unknown_resource(node))?;
        Some(format!(
            "the node is refused, but maybe by the words of the allocator: {what}"
        ))
    }

    fn mark(&self, plugin: Plugin, marks: &mut MarkSheet) {
        for node in self.world.node_indexes() {
            match self.outcome(node) {
                Outcome::Fits => {}
                Outcome::Unknown(_) => marks.doubt(node, plugin),
                _ => marks.refuse(node, plugin),
            }
        }
    }
}

fn why_unavailable(claim: &Allocated<'_>) -> String {
    match claim.binding {
        BindingState::Failed(condition) => {
            format!("claim {} failed: {condition}", claim.name)
        }
        _ => format!("claim {} is allocated for other nodes", claim.name),
    }
}
