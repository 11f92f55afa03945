//! ImageLocality: nodes that have the pod's images already, more for large images that many nodes have.
//!
//! The scheduler's cache keeps one size for each image name, from whichever node it heard of first; here each node counts
//! with the size that it reports. They differ where one name stands for images of several architectures. Source:
//! `plugins/imagelocality/image_locality.go`.

use std::borrow::Cow;

use super::Context;
use super::object::pod::VolumeSource;
use super::profile::ImageVolumes;
use super::world::NodeIx;

const MIB: i64 = 1024 * 1024;
/// Less than this counts as nothing.
const LEAST: i64 = 23 * MIB;
/// More than this for each image counts as this.
const MOST_PER_IMAGE: i64 = 1000 * MIB;

/// Returns 0 to 100 for each node; the scheduler never skips this score.
pub(super) fn scores(cx: &Context<'_>, feasible: &[NodeIx]) -> Option<Vec<i64>> {
    let (images, count) = images(cx);
    let mut sums = vec![0i64; cx.world.nodes.len()];
    for image in images {
        let nodes = cx.world.nodes_with_image(&with_tag(image));
        let spread = nodes.len() as f64 / cx.world.nodes.len() as f64;
        for (node, size) in nodes {
            let sum = &mut sums[node.index()];
            *sum = sum.wrapping_add((*size as f64 * spread) as i64);
        }
    }
    let score = |node: &NodeIx| scaled(sums[node.index()], count);
    Some(feasible.iter().map(score).collect())
}

/// The images that are summed, and the number by which the sum is judged.
fn images<'w>(cx: &Context<'w>) -> (Vec<&'w str>, i64) {
    let spec = &cx.kind().spec;
    let containers = spec.init_containers.iter().chain(&spec.containers);
    let mut images: Vec<_> = containers
        .map(|container| container.image.as_str())
        .collect();
    let containers = images.len();
    let rule = cx.profile.minor.image_volumes();
    if rule != ImageVolumes::Ignored {
        images.extend(
            spec.volumes
                .iter()
                .filter_map(|volume| match &volume.source {
                    VolumeSource::Image(reference) => Some(reference.as_str()),
                    _ => None,
                }),
        );
    }
    let count = match rule {
        ImageVolumes::Ignored | ImageVolumes::Summed => containers,
        ImageVolumes::SummedAndCounted => images.len(),
    };
    (images, count as i64)
}

/// Adds `:latest` to a name without a tag.
fn with_tag(name: &str) -> Cow<'_, str> {
    match (name.rfind(':'), name.rfind('/')) {
        (Some(colon), slash) if slash.is_none_or(|slash| colon > slash) => Cow::Borrowed(name),
        _ => Cow::Owned(format!("{name}:latest")),
    }
}

fn scaled(sum: i64, count: i64) -> i64 {
    let most = MOST_PER_IMAGE * count;
    let sum = if sum < LEAST { LEAST } else { sum.min(most) };
    100 * (sum - LEAST) / (most - LEAST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fit::object::node::NodeImage;
    use crate::domain::fit::object::pod::Volume;
    use crate::domain::fit::profile::{Minor, Profile};
    use crate::domain::fit::testing::{node, pod, world};

    fn judged(minor: Minor, image: &str, volume: Option<&str>) -> Vec<i64> {
        let with_image = |name: &str, image: &str, size_mib: i64| {
            let mut node = node(name);
            node.images = vec![NodeImage {
                names: vec![image.to_owned()],
                size_bytes: size_mib * MIB,
            }];
            node
        };
        let nodes = vec![
            with_image("a-1", "r.example.com/web:latest", 1000),
            with_image("a-2", "data:1", 800),
            node("a-3"),
            node("a-4"),
        ];
        let mut judged = pod("web");
        judged.spec.containers[0].image = image.to_owned();
        judged.spec.volumes.extend(volume.map(|reference| Volume {
            name: "v".to_owned(),
            source: VolumeSource::Image(reference.to_owned()),
        }));
        let (world, pod) = world(nodes, vec![judged]);
        let profile = Profile::default_of(minor);
        let cx = Context {
            world: &world,
            profile: &profile,
            pod,
            added: &[],
        };
        let feasible: Vec<_> = world.node_indexes().collect();
        scores(&cx, &feasible).expect("never skipped")
    }

    #[test]
    fn size_counts_by_the_share_of_nodes_that_have_it() {
        // 1000 MiB on one of four nodes: 250 MiB, of which 23 count as nothing; 227*100/977.
        let found = judged(Minor::NEWEST, "r.example.com/web", None);
        assert_eq!(found, [23, 0, 0, 0]);
    }

    #[test]
    fn a_port_in_the_registry_is_no_tag() {
        assert_eq!(
            with_tag("r.example.com:5000/web"),
            "r.example.com:5000/web:latest"
        );
        assert_eq!(with_tag("web:1"), "web:1");
        assert_eq!(with_tag("web"), "web:latest");
        assert_eq!(with_tag("r/web@sha256:1"), "r/web@sha256:1");
    }

    #[test]
    fn image_volumes_count_by_minor() {
        let of = |minor| judged(minor, "web:1", Some("data:1"));
        assert_eq!(of(Minor::V1_35), [0, 0, 0, 0]);
        // 200 MiB: (200-23)*100/(1000-23), and with two images /(2000-23).
        assert_eq!(of(Minor::V1_36), [0, 18, 0, 0]);
        assert_eq!(of(Minor::V1_37), [0, 8, 0, 0]);
    }
}
