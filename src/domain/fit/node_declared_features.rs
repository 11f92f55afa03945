//! NodeDeclaredFeatures: kubelets that say they can do what the pod needs.

use super::Context;
use super::by_class::ByClass;
use super::object::pod::KubeletFeature;
use super::plugin::{Code, Plugin, Prepared, Refusal};
use super::world::NodeIx;

const RESTART_ALL: &str = "RestartAllContainersOnContainerExits";
const USER_NAMESPACES: &str = "UserNamespacesHostNetworkSupport";
const BIND_MOUNT_OPTIONS: &str = "VolumeBindMountOptions";

pub(super) fn prepare<'w>(cx: &Context<'w>) -> Prepared<'w> {
    let needed = needed(cx);
    if needed.is_empty() {
        return Prepared::Skipped;
    }
    let world = cx.world;
    let missing = move |node: NodeIx| {
        let declared = &world.node(node).object.declared_features;
        let missing = needed
            .iter()
            .copied()
            .filter(|name| !declares(declared, name));
        missing.collect::<Vec<_>>()
    };
    let classes = world.classes.iter();
    let refused: Vec<bool> = classes
        .map(|class| !missing(class.example).is_empty())
        .collect();
    Prepared::Checks(Box::new(ByClass::of(world, refused, move |node| Refusal {
        plugin: Plugin::NodeDeclaredFeatures,
        code: Code::UnschedulableAndUnresolvable,
        reasons: vec!["node(s) didn't match Pod's required features".to_owned()],
        detail: format!("the kubelet does not declare {}", missing(node).join(", ")),
    })))
}

/// The features that the pod needs; source: `nodedeclaredfeatures/features`.
fn needed(cx: &Context<'_>) -> Vec<&'static str> {
    let minor = cx.profile.minor;
    if !minor.declared_features().is_present() {
        return Vec::new();
    }
    let spec = &cx.kind().spec;
    let containers = spec.containers.iter().chain(&spec.init_containers);
    let needs = |feature| containers.clone().any(|one| one.needs.contains(&feature));
    let shares_host_network = spec.host_network == Some(true) && spec.host_users == Some(false);
    let mounts = minor.declares_bind_mount_options().is_present();
    let all = [
        (RESTART_ALL, needs(KubeletFeature::RestartAllContainers)),
        (USER_NAMESPACES, shares_host_network),
        (
            BIND_MOUNT_OPTIONS,
            mounts && needs(KubeletFeature::BindMountOptions),
        ),
    ];
    let needed = all.into_iter().filter(|(_, needed)| *needed);
    needed.map(|(name, _)| name).collect()
}

/// Tells whether a node's list has a name: the list is walked as if sorted, so a name behind a greater one is lost.
fn declares(declared: &[String], name: &str) -> bool {
    let up_to = declared.iter().take_while(|one| one.as_str() <= name);
    up_to.into_iter().any(|one| one == name)
}

#[cfg(test)]
mod tests {
    use super::super::object::pod::PodObject;
    use super::super::profile::Minor;
    use super::super::storage_testing::{Said, refusal, said, world_of};
    use super::super::testing::{node, pod};
    use super::*;

    const RULE: Plugin = Plugin::NodeDeclaredFeatures;
    const NO: &str = "node(s) didn't match Pod's required features";

    fn restarting() -> PodObject {
        let mut pod = pod("p");
        pod.spec.containers[0].needs = vec![KubeletFeature::RestartAllContainers];
        pod
    }

    fn found(minor: Minor, declared: &[&str], pod: PodObject) -> Said {
        let mut node = node("a-1");
        node.declared_features = declared.iter().map(|one| (*one).to_owned()).collect();
        let (mut world, pod) = world_of(minor, vec![node], vec![pod], |_| {});
        said(&mut world, pod, RULE)
    }

    fn refused() -> Said {
        Said::Nodes(vec![NO.to_owned()])
    }

    #[test]
    fn a_pod_that_needs_a_feature_wants_it_declared() {
        let newest = Minor::NEWEST;
        assert_eq!(found(newest, &[], restarting()), refused());
        assert_eq!(
            found(newest, &["A", RESTART_ALL], restarting()),
            Said::Nothing
        );
        assert_eq!(found(newest, &[], pod("p")), Said::Nothing);
        assert_eq!(found(Minor::V1_35, &[], restarting()), Said::Nothing);
    }

    #[test]
    fn user_namespaces_on_the_host_network_are_such_a_feature() {
        let mut both = pod("p");
        both.spec.host_network = Some(true);
        both.spec.host_users = Some(false);
        assert_eq!(found(Minor::V1_36, &[], both.clone()), refused());
        assert_eq!(
            found(Minor::V1_36, &[USER_NAMESPACES], both.clone()),
            Said::Nothing
        );
        both.spec.host_users = None;
        assert_eq!(found(Minor::V1_36, &[], both), Said::Nothing);
    }

    #[test]
    fn bind_mount_options_are_one_from_1_37_on() {
        let mut mounting = pod("p");
        mounting.spec.containers[0].needs = vec![KubeletFeature::BindMountOptions];
        assert_eq!(found(Minor::V1_36, &[], mounting.clone()), Said::Nothing);
        assert_eq!(found(Minor::V1_37, &[], mounting.clone()), refused());
        assert_eq!(
            found(Minor::V1_37, &[BIND_MOUNT_OPTIONS], mounting),
            Said::Nothing
        );
    }

    #[test]
    fn a_name_behind_a_greater_one_is_lost() {
        let newest = Minor::NEWEST;
        assert_eq!(found(newest, &["Z", RESTART_ALL], restarting()), refused());
        let twice = [RESTART_ALL, "A", RESTART_ALL];
        assert_eq!(found(newest, &twice, restarting()), Said::Nothing);
    }

    #[test]
    fn the_missing_features_are_named() {
        let (mut world, pod) =
            world_of(Minor::NEWEST, vec![node("a-1")], vec![restarting()], |_| {});
        let found = refusal(&mut world, pod, RULE, 0);
        assert_eq!(found.code, Code::UnschedulableAndUnresolvable);
        assert_eq!(
            found.detail,
            "the kubelet does not declare RestartAllContainersOnContainerExits"
        );
    }
}
