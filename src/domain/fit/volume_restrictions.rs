//! VolumeRestrictions: disks that two pods on a node cannot share, and claims that one pod in the cluster may use.

use std::collections::{BTreeSet, HashMap};

use super::Context;
use super::object::pod::{Access, Volume, VolumeSource};
use super::plugin::{Code, Finding, NodeCheck, Plugin, Prepared, Refusal};
use super::pod_claims::{self, ClaimOwner, ClaimVolume};
use super::world::{KindIx, NodeIx, ObjectKind, PodIx, PodKind, World};

/// The access mode of a claim that only one pod may use.
const ONE_POD: &str = "ReadWriteOncePod";

const NO_DISK: &str = "node(s) had no available disk";
const IN_USE: &str = "node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod";

pub(super) fn prepare<'w>(cx: &Context<'w>) -> Prepared<'w> {
    let volumes = pod_claims::of_pod(cx.world, cx.pod);
    let mut named = volumes
        .iter()
        .filter(|volume| volume.owner == ClaimOwner::Anybody)
        .peekable();
    if named.peek().is_some()
        && let Some(unread) = cx.world.unread(ObjectKind::Claims)
    {
        return Prepared::Unknown(unread);
    }
    let mut exclusive = BTreeSet::new();
    for volume in named {
        let Some(claim) = &volume.claim else {
            return Prepared::Refused(not_found(volume));
        };
        if claim.access_modes.iter().any(|mode| mode == ONE_POD) {
            exclusive.insert(volume.name.as_str());
        }
    }
    let in_use = in_use(cx, &exclusive);
    let disks = taken_disks(cx);
    let brings_disks = cx
        .kind()
        .spec
        .volumes
        .iter()
        .any(|volume| is_disk(&volume.source));
    if in_use.is_none() && !brings_disks {
        return Prepared::Skipped;
    }
    Prepared::Checks(Box::new(Check {
        world: cx.world,
        in_use,
        disks,
    }))
}

fn not_found(volume: &ClaimVolume<'_>) -> Refusal {
    let reason = format!("persistentvolumeclaim {:?} not found", volume.name);
    Refusal {
        plugin: Plugin::VolumeRestrictions,
        code: Code::UnschedulableAndUnresolvable,
        detail: format!("the pod names claim {}, which is not there", volume.name),
        reasons: vec![reason],
    }
}

/// A volume of the pod that a pod on the node holds.
struct Taken<'w> {
    volume: &'w Volume,
    by: KindIx,
}

struct Check<'w> {
    world: &'w World,
    /// Where a claim for one pod is used: that pod and the claim.
    in_use: Option<(PodIx, String)>,
    disks: HashMap<NodeIx, Taken<'w>>,
}

impl NodeCheck for Check<'_> {
    fn finding(&self, node: NodeIx) -> Finding {
        let (reason, detail) = match (self.disks.get(&node), &self.in_use) {
            (Some(taken), _) => (NO_DISK, self.disk_detail(node, taken)),
            (None, Some((pod, claim))) => {
                let path = self.world.path(*pod);
                (IN_USE, format!("claim {claim} is used by pod {path}"))
            }
            (None, None) => return Finding::Fits,
        };
        Finding::Refused(Refusal {
            plugin: Plugin::VolumeRestrictions,
            code: Code::Unschedulable,
            reasons: vec![reason.to_owned()],
            detail,
        })
    }
}

impl Check<'_> {
    fn disk_detail(&self, node: NodeIx, taken: &Taken<'_>) -> String {
        let disk = describe(&taken.volume.source);
        match pod_on(self.world, node, taken.by) {
            Some(pod) => format!("pod {} uses {disk}", self.world.path(pod)),
            None => format!("another pod uses {disk}"),
        }
    }
}

fn pod_on(world: &World, node: NodeIx, kind: KindIx) -> Option<PodIx> {
    let pods = world.on_node[node.index()].iter();
    pods.copied().find(|pod| world.pod(*pod).kind == kind)
}

fn describe(source: &VolumeSource) -> String {
    match source {
        VolumeSource::GcePersistentDisk { name, .. } => format!("GCE disk {name}"),
        VolumeSource::AwsElasticBlockStore { id } => format!("EBS volume {id}"),
        VolumeSource::Iscsi { iqn, .. } => format!("iSCSI target {iqn}"),
        VolumeSource::Rbd { pool, image, .. } => format!("RBD image {pool}/{image}"),
        _ => "the disk".to_owned(),
    }
}

/// A pod anywhere on a node that uses one of these claims.
fn in_use(cx: &Context<'_>, claims: &BTreeSet<&str>) -> Option<(PodIx, String)> {
    if claims.is_empty() {
        return None;
    }
    let own = &cx.kind().namespace;
    let kinds = cx.world.kinds.iter().enumerate();
    let mut users = kinds.filter(|(_, kind)| kind.namespace == *own && !kind.members.is_empty());
    let user = users.find_map(|(at, kind)| {
        let claim = kind
            .spec
            .volumes
            .iter()
            .find_map(|volume| match &volume.source {
                VolumeSource::Claim(name) if claims.contains(name.as_str()) => Some(name),
                _ => None,
            })?;
        let nodes = kind.members.keys().min();
        let pod = nodes.and_then(|node| pod_on(cx.world, *node, KindIx::at(at)))?;
        Some((pod, claim.clone()))
    });
    user.filter(|_| cx.world.removed().is_empty() || stays_in_use(cx, claims))
}

/// Tells whether a claim for one pod is in use still while preemption tries a node.
///
/// The scheduler counted claims and takes off users, in whichever namespace: with two users of a claim the first to be
/// removed frees it (`conflictingPVCRefCount`).
fn stays_in_use(cx: &Context<'_>, claims: &BTreeSet<&str>) -> bool {
    let removed = || cx.world.removed().iter().map(|(pod, _)| *pod);
    let before = claims.iter().filter(|claim| {
        let names = |kind: &PodKind| {
            kind.namespace == cx.kind().namespace && named(kind).any(|name| name == **claim)
        };
        let mut kinds = cx.world.kinds.iter();
        kinds.any(|kind| !kind.members.is_empty() && names(kind))
            || removed().any(|pod| names(cx.world.kind_of(pod)))
    });
    let uses = |pod: PodIx| {
        let names = named(cx.world.kind_of(pod));
        names.filter(|name| claims.contains(name)).count()
    };
    let gone: usize = removed().map(uses).sum();
    let added: usize = cx.added.iter().map(|pod| uses(*pod)).sum();
    before.count() + added > gone
}

/// The claims that pods of a kind name.
fn named(kind: &PodKind) -> impl Iterator<Item = &str> {
    let volumes = kind.spec.volumes.iter();
    volumes.filter_map(|volume| match &volume.source {
        VolumeSource::Claim(name) => Some(name.as_str()),
        _ => None,
    })
}

/// The nodes on which a pod holds a disk that the pod wants.
fn taken_disks<'w>(cx: &Context<'w>) -> HashMap<NodeIx, Taken<'w>> {
    let volumes = cx.kind().spec.volumes.iter();
    let wanted: Vec<&Volume> = volumes.filter(|volume| is_disk(&volume.source)).collect();
    let mut taken = HashMap::new();
    if wanted.is_empty() {
        return taken;
    }
    let kinds = cx.world.kinds.iter().enumerate();
    for (at, kind) in kinds.filter(|(_, kind)| !kind.members.is_empty()) {
        let held = &kind.spec.volumes;
        let clash = wanted.iter().copied().find(|volume| {
            held.iter()
                .any(|other| conflict(&volume.source, &other.source))
        });
        let Some(volume) = clash else {
            continue;
        };
        for node in kind.members.keys() {
            let by = KindIx::at(at);
            taken.entry(*node).or_insert(Taken { volume, by });
        }
    }
    taken
}

fn is_disk(source: &VolumeSource) -> bool {
    matches!(
        source,
        VolumeSource::GcePersistentDisk { .. }
            | VolumeSource::AwsElasticBlockStore { .. }
            | VolumeSource::Iscsi { .. }
            | VolumeSource::Rbd { .. }
    )
}

/// Tells whether two pods on one node cannot both have these.
fn conflict(one: &VolumeSource, other: &VolumeSource) -> bool {
    use VolumeSource::{AwsElasticBlockStore, GcePersistentDisk, Iscsi, Rbd};
    let writes = |a: &Access, b: &Access| (a, b) != (&Access::ReadOnly, &Access::ReadOnly);
    match (one, other) {
        (
            GcePersistentDisk { name, access, .. },
            GcePersistentDisk {
                name: other_name,
                access: other_access,
                ..
            },
        ) => name == other_name && writes(access, other_access),
        (AwsElasticBlockStore { id }, AwsElasticBlockStore { id: other_id }) => id == other_id,
        (
            Iscsi { iqn, access },
            Iscsi {
                iqn: other_iqn,
                access: other_access,
            },
        ) => iqn == other_iqn && writes(access, other_access),
        (
            Rbd {
                monitors,
                pool,
                image,
                access,
            },
            Rbd {
                monitors: other_monitors,
                pool: other_pool,
                image: other_image,
                access: other_access,
            },
        ) => {
            monitors.iter().any(|one| other_monitors.contains(one))
                && pool == other_pool
                && image == other_image
                && writes(access, other_access)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::storage_testing::{
        Said, claim, on, pod_of, pod_with, refusal, said, storage_world,
    };
    use super::super::testing::node;
    use super::*;

    const RULE: Plugin = Plugin::VolumeRestrictions;

    fn gce(name: &str, access: Access) -> VolumeSource {
        VolumeSource::GcePersistentDisk {
            name: name.to_owned(),
            partition: 0,
            access,
        }
    }

    fn rbd(monitors: &[&str], image: &str, access: Access) -> VolumeSource {
        VolumeSource::Rbd {
            monitors: monitors.iter().map(|one| (*one).to_owned()).collect(),
            pool: "rbd".to_owned(),
            image: image.to_owned(),
            access,
        }
    }

    fn iscsi(iqn: &str, access: Access) -> VolumeSource {
        VolumeSource::Iscsi {
            iqn: iqn.to_owned(),
            access,
        }
    }

    fn ebs(id: &str) -> VolumeSource {
        VolumeSource::AwsElasticBlockStore { id: id.to_owned() }
    }

    fn clash(held: VolumeSource, wanted: VolumeSource) -> bool {
        let pods = vec![
            on(pod_of("holder", vec![held]), "a-1"),
            pod_of("p", vec![wanted]),
        ];
        let (mut world, pod) = storage_world(vec![node("a-1"), node("b-1")], pods, |_| {});
        match said(&mut world, pod, RULE) {
            Said::Nothing => false,
            Said::Nodes(words) => {
                assert_eq!(words, [NO_DISK, ""]);
                true
            }
            Said::Pod(reason) => panic!("{reason}"),
        }
    }

    #[test]
    fn disks_are_shared_only_where_all_read() {
        use Access::{ReadOnly, ReadWrite};
        assert!(clash(gce("d", ReadWrite), gce("d", ReadOnly)));
        assert!(!clash(gce("d", ReadOnly), gce("d", ReadOnly)));
        assert!(!clash(gce("d", ReadWrite), gce("e", ReadWrite)));
        assert!(clash(iscsi("t", ReadWrite), iscsi("t", ReadOnly)));
        assert!(!clash(iscsi("t", ReadOnly), iscsi("t", ReadOnly)));
        assert!(clash(ebs("v"), ebs("v")));
        assert!(!clash(ebs("v"), ebs("w")));
        assert!(!clash(ebs("v"), gce("v", ReadWrite)));
    }

    #[test]
    fn rbd_images_are_the_same_where_one_monitor_is() {
        use Access::{ReadOnly, ReadWrite};
        let held = || rbd(&["m1", "m2"], "i", ReadWrite);
        assert!(clash(held(), rbd(&["m2", "m3"], "i", ReadOnly)));
        assert!(!clash(held(), rbd(&["m3"], "i", ReadWrite)));
        assert!(!clash(held(), rbd(&["m1"], "j", ReadWrite)));
        assert!(!clash(
            rbd(&["m"], "i", ReadOnly),
            rbd(&["m"], "i", ReadOnly)
        ));
    }

    #[test]
    fn the_pod_that_holds_a_disk_is_named() {
        let pods = vec![
            on(pod_of("holder", vec![ebs("v")]), "a-1"),
            pod_of("p", vec![ebs("v")]),
        ];
        let (mut world, pod) = storage_world(vec![node("a-1")], pods, |_| {});
        let refusal = refusal(&mut world, pod, RULE, 0);
        assert_eq!(refusal.code, Code::Unschedulable);
        assert_eq!(refusal.detail, "pod default/holder uses EBS volume v");
    }

    fn one_pod(name: &str) -> super::super::object::storage::ClaimObject {
        let mut claim = claim(name);
        claim.access_modes = vec![ONE_POD.to_owned()];
        claim
    }

    #[test]
    fn a_claim_for_one_pod_in_use_anywhere_refuses_every_node() {
        let pods = vec![on(pod_with("user", &["c"]), "a-1"), pod_with("p", &["c"])];
        let (mut world, pod) = storage_world(vec![node("a-1"), node("b-1")], pods, |more| {
            more.claim(one_pod("c"));
        });
        let everywhere = Said::Nodes(vec![IN_USE.to_owned(), IN_USE.to_owned()]);
        assert_eq!(said(&mut world, pod, RULE), everywhere);
        let found = refusal(&mut world, pod, RULE, 1);
        assert_eq!(found.code, Code::Unschedulable);
        assert_eq!(found.detail, "claim c is used by pod default/user");
    }

    #[test]
    fn a_claim_for_one_pod_used_by_nobody_else_is_free() {
        let mut stranger = on(pod_with("user", &["c"]), "a-1");
        stranger.namespace = "other".to_owned();
        let pods = vec![stranger, pod_with("waiting", &["c"]), pod_with("p", &["c"])];
        let (mut world, pod) = storage_world(vec![node("a-1")], pods, |more| {
            more.claim(one_pod("c"));
        });
        assert_eq!(said(&mut world, pod, RULE), Said::Nothing);
    }

    #[test]
    fn a_missing_claim_refuses_the_pod() {
        let (mut world, pod) =
            storage_world(vec![node("a-1")], vec![pod_with("p", &["x"])], |_| {});
        let reason = "persistentvolumeclaim \"x\" not found".to_owned();
        assert_eq!(said(&mut world, pod, RULE), Said::Pod(reason));
    }

    #[test]
    fn claims_that_could_not_be_read_leave_the_answer_open() {
        let (mut world, pod) =
            storage_world(vec![node("a-1")], vec![pod_with("p", &["x"])], |more| {
                more.unread(ObjectKind::Claims, "forbidden")
            });
        let open = "?persistentvolumeclaims could not be read: forbidden".to_owned();
        assert_eq!(said(&mut world, pod, RULE), Said::Nodes(vec![open]));
    }
}
