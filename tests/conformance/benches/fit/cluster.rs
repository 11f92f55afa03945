//! A big cluster, the same one for every run: nodes in pools and zones, filled with the pods of templates.
//!
//! Objects come one at a time, so that a cluster of any size can be written to a file without being in memory.

use std::io::{self, Write};

use conformance::generator::Rng;
use serde_json::{Value, json};

use crate::template::{DAEMONS, Template, daemon};

/// How big a cluster is.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Nodes.
    pub nodes: usize,
    /// Pods on them, those of DaemonSets included.
    pub pods: usize,
    /// Templates of all other pods.
    pub templates: usize,
    /// Pods of each of the two sorts that look for a node.
    pub asked: usize,
}

impl Size {
    /// The largest cluster that Kubernetes supports.
    pub const LARGE: Size = Size {
        nodes: 5_000,
        pods: 150_000,
        templates: 2_000,
        asked: 110,
    };
    /// A fifth of it.
    pub const MEDIUM: Size = Size {
        nodes: 1_000,
        pods: 30_000,
        templates: 400,
        asked: 110,
    };
}

/// How much of an object is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dress {
    /// What the scheduler reads.
    Bare,
    /// What `kubectl get -o json` shows: environment, probes, mounts and status too.
    Full,
}

/// A pool of nodes: name, milli-CPU, GiB of memory, taint.
struct Pool {
    name: &'static str,
    milli_cpu: usize,
    gibibytes: usize,
    taint: Option<(&'static str, &'static str)>,
}

const fn pool(name: &'static str, milli_cpu: usize, gibibytes: usize) -> Pool {
    Pool {
        name,
        milli_cpu,
        gibibytes,
        taint: None,
    }
}

const POOLS: [Pool; 8] = [
    pool("general", 16_000, 64),
    pool("general-large", 32_000, 128),
    pool("memory", 16_000, 256),
    pool("compute", 32_000, 64),
    pool("batch", 16_000, 64),
    Pool {
        taint: Some(("example.com/spot", "true")),
        ..pool("spot", 16_000, 64)
    },
    Pool {
        taint: Some(("nvidia.com/gpu", "present")),
        ..pool("gpu", 32_000, 128)
    },
    pool("storage", 16_000, 128),
];

/// Names of the pools.
pub fn pools() -> impl Iterator<Item = &'static str> + Clone {
    POOLS.iter().map(|pool| pool.name)
}

const ZONES: [&str; 3] = ["eu-1a", "eu-1b", "eu-1c"];

/// Names of the pods that look for a node.
#[derive(Debug, Default)]
pub struct Asked {
    /// With requests, tolerations and node affinity.
    pub plain: Vec<String>,
    /// With zone spread and anti-affinity over host names as well.
    pub spread: Vec<String>,
}

/// The namespace of the pods that look for a node: that of their template.
impl Asked {
    /// The names that a cluster of this size has, as namespace/name.
    pub fn of(size: Size) -> Asked {
        let names = |of: fn(&Template) -> bool, sort: &str| {
            let templates = Template::all(size.templates).filter(of);
            let templates: Vec<Template> = templates.collect();
            let each = templates.iter().cycle().take(size.asked).enumerate();
            each.map(|(at, template)| format!("{}/{sort}-{at}", template.namespace()))
                .collect()
        };
        Asked {
            plain: names(Template::is_plain, "plain"),
            spread: names(Template::keeps_apart, "spread"),
        }
    }
}

/// What is left of a node while it is filled.
struct Room {
    milli_cpu: usize,
    mebibytes: usize,
    pods: usize,
}

/// Calls back with each object of a cluster.
///
/// # Errors
///
/// The callback's.
pub fn each(
    size: Size,
    dress: Dress,
    mut take: impl FnMut(&Value) -> io::Result<()>,
) -> io::Result<()> {
    for at in 0..size.nodes {
        take(&node(at))?;
    }
    let mut rooms: Vec<Room> = (0..size.nodes).map(room).collect();
    let mut left = size.pods;
    for number in 0..DAEMONS.min(left / size.nodes.max(1)) {
        for (at, room) in rooms.iter_mut().enumerate() {
            room.take(100, 128);
            take(&daemon(number, &node_name(at), dress))?;
            left -= 1;
        }
    }
    let mut rng = Rng::new(20_260_101);
    let templates: Vec<Template> = Template::all(size.templates).collect();
    let mut misses = 0;
    for replica in 0.. {
        for template in &templates {
            if left == 0 || misses > size.templates {
                return pending(&templates, size.asked, dress, take);
            }
            match find(&mut rng, &mut rooms, template, replica) {
                Some(at) => {
                    take(&template.pod(replica, Some(&node_name(at)), dress))?;
                    left -= 1;
                    misses = 0;
                }
                None => misses += 1,
            }
        }
    }
    Ok(())
}

/// The pods that look for a node.
fn pending(
    templates: &[Template],
    asked: usize,
    dress: Dress,
    mut take: impl FnMut(&Value) -> io::Result<()>,
) -> io::Result<()> {
    let sorts = [
        (Template::is_plain as fn(&Template) -> bool, "plain"),
        (Template::keeps_apart, "spread"),
    ];
    for (of, sort) in sorts {
        let like = templates.iter().filter(|template| of(template));
        let like: Vec<&Template> = like.collect();
        for (at, template) in like.iter().cycle().take(asked).enumerate() {
            let mut pod = template.pod(0, None, dress);
            pod["metadata"]["name"] = json!(format!("{sort}-{at}"));
            pod["metadata"]["uid"] = json!(format!("uid-{sort}-{at}"));
            take(&pod)?;
        }
    }
    Ok(())
}

/// Writes a cluster as the list that kubectl writes.
///
/// # Errors
///
/// The writer's.
pub fn write(size: Size, dress: Dress, out: &mut impl Write) -> io::Result<()> {
    write!(out, r#"{{"apiVersion":"v1","items":["#)?;
    let mut separator = "";
    each(size, dress, |object| {
        out.write_all(separator.as_bytes())?;
        separator = ",\n";
        match dress {
            Dress::Bare => serde_json::to_writer(&mut *out, object)?,
            Dress::Full => serde_json::to_writer_pretty(&mut *out, object)?,
        }
        Ok(())
    })?;
    write!(
        out,
        r#"],"kind":"List","metadata":{{"resourceVersion":""}}}}"#
    )?;
    out.flush()
}

fn node_name(at: usize) -> String {
    format!("node-{at:05}")
}

fn pool_of(at: usize) -> &'static Pool {
    &POOLS[at % POOLS.len()]
}

fn zone_of(at: usize) -> usize {
    at / POOLS.len() % ZONES.len()
}

fn room(at: usize) -> Room {
    let pool = pool_of(at);
    Room {
        milli_cpu: pool.milli_cpu,
        mebibytes: pool.gibibytes * 1024,
        pods: 110,
    }
}

impl Room {
    fn holds(&self, milli_cpu: usize, mebibytes: usize) -> bool {
        self.pods > 0 && self.milli_cpu >= milli_cpu && self.mebibytes >= mebibytes
    }

    fn take(&mut self, milli_cpu: usize, mebibytes: usize) {
        self.pods -= 1;
        self.milli_cpu -= milli_cpu;
        self.mebibytes -= mebibytes;
    }
}

/// Finds a node for a pod: at random, in the zone whose turn it is.
fn find(rng: &mut Rng, rooms: &mut [Room], template: &Template, replica: usize) -> Option<usize> {
    for _ in 0..200 {
        let at = rng.below(rooms.len());
        let right_zone = !template.keeps_apart() || zone_of(at) == replica % ZONES.len();
        let pool = pool_of(at);
        let allowed = template.likes(pool.name) && (pool.taint.is_none() || template.tolerates());
        if right_zone && allowed && rooms[at].holds(template.milli_cpu(), template.mebibytes()) {
            rooms[at].take(template.milli_cpu(), template.mebibytes());
            return Some(at);
        }
    }
    None
}

fn node(at: usize) -> Value {
    let pool = pool_of(at);
    let zone = ZONES[zone_of(at)];
    let name = node_name(at);
    let instance = format!("x{}.{}", pool.gibibytes, pool.milli_cpu);
    let mut taints = Vec::new();
    if let Some((key, value)) = pool.taint {
        taints.push(json!({"key": key, "value": value, "effect": "NoSchedule"}));
    }
    let cordoned = at % 50 == 17;
    if cordoned {
        taints.push(json!({"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}));
    }
    let amounts = json!({
        "cpu": format!("{}m", pool.milli_cpu), "memory": format!("{}Gi", pool.gibibytes),
        "ephemeral-storage": "200Gi", "pods": "110", "hugepages-1Gi": "0", "hugepages-2Mi": "0",
    });
    let mut node = json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": {"name": name, "uid": format!("uid-{name}"), "labels": {
            "kubernetes.io/hostname": name, "kubernetes.io/arch": "amd64", "kubernetes.io/os": "linux",
            "beta.kubernetes.io/arch": "amd64", "beta.kubernetes.io/os": "linux",
            "node.kubernetes.io/instance-type": instance, "beta.kubernetes.io/instance-type": instance,
            "topology.kubernetes.io/zone": zone, "topology.kubernetes.io/region": "eu-1",
            "failure-domain.beta.kubernetes.io/zone": zone, "failure-domain.beta.kubernetes.io/region": "eu-1",
            "example.com/pool": pool.name, "example.com/network": "10g", "example.com/disk": "nvme",
            "example.com/generation": "7",
        }},
        "spec": {"taints": taints},
        "status": {"allocatable": amounts, "capacity": amounts},
    });
    if cordoned {
        node["spec"]["unschedulable"] = json!(true);
    }
    node
}
