//! The scheduler's configuration: some clusters have one, with profiles of their own.
//!
//! Valid ones only: every minor's own validation accepts them.

use serde_json::{Value, json};

use super::tables::{DISKS, HOSTNAME, POOLS, RACKS, REGION, ZONE, ZONES};
use super::world::{DEFAULT_SCHEDULER, World, put};

/// How many of a hundred clusters have a configuration.
const CONFIGURED: usize = 20;
/// What profiles are called, besides the default name.
const NAMES: [&str; 2] = ["packing", "careful"];

/// Plugins that filter.
const FILTERS: [&str; 13] = [
    "NodeName",
    "NodeUnschedulable",
    "TaintToleration",
    "NodeAffinity",
    "NodePorts",
    "NodeResourcesFit",
    "VolumeRestrictions",
    "NodeVolumeLimits",
    "VolumeBinding",
    "VolumeZone",
    "PodTopologySpread",
    "InterPodAffinity",
    "DynamicResources",
];
/// Plugins that score in every minor.
const SCORES: [&str; 7] = [
    "TaintToleration",
    "NodeAffinity",
    "NodeResourcesFit",
    "PodTopologySpread",
    "InterPodAffinity",
    "NodeResourcesBalancedAllocation",
    "ImageLocality",
];
/// Plugins that do something before they filter.
const PREFILTERS: [&str; 5] = [
    "NodeAffinity",
    "NodeResourcesFit",
    "VolumeRestrictions",
    "VolumeZone",
    "DynamicResources",
];

/// Makes a configuration, or null, and notes the schedulers' names for the pods.
pub fn configuration(w: &mut World) -> Value {
    if !w.rng.percent(CONFIGURED) {
        return Value::Null;
    }
    let mut names = w.rng.some(&NAMES, 0, 2);
    if names.is_empty() || w.rng.percent(70) {
        names.insert(0, DEFAULT_SCHEDULER);
    }
    let mut profiles: Vec<_> = names.iter().map(|name| profile(w, name)).collect();
    // A single profile need not say its name.
    if names == [DEFAULT_SCHEDULER]
        && w.rng.percent(50)
        && let Some(fields) = profiles[0].as_object_mut()
    {
        fields.remove("schedulerName");
    }
    w.schedulers = names;
    json!({"apiVersion": "kubescheduler.config.k8s.io/v1", "kind": "KubeSchedulerConfiguration", "profiles": profiles})
}

fn profile(w: &mut World, name: &str) -> Value {
    let mut profile = json!({"schedulerName": name});
    if w.rng.percent(70) {
        let plugins = plugins(w);
        profile["plugins"] = plugins;
    }
    let arguments = arguments(w);
    if !arguments.is_empty() {
        profile["pluginConfig"] = json!(arguments);
    }
    profile
}

/// Plugins on and off, in another order and with other weights.
fn plugins(w: &mut World) -> Value {
    let mut plugins = json!({});
    if w.rng.percent(40) {
        plugins["multiPoint"] = everywhere(w);
    }
    if w.rng.percent(25) {
        let disabled = w.rng.some(&FILTERS, 1, 2);
        plugins["filter"]["disabled"] = named(&disabled);
    }
    if w.rng.percent(20) {
        let mut first = w.rng.some(&FILTERS, 1, 3);
        first.reverse();
        plugins["filter"]["enabled"] = named(&first);
    }
    if w.rng.percent(8) {
        let mut first = w.rng.some(&PREFILTERS, 1, 2);
        first.reverse();
        plugins["preFilter"]["enabled"] = named(&first);
    }
    if w.rng.percent(3) {
        plugins["preFilter"]["disabled"] = named(&[w.word(&PREFILTERS)]);
    }
    if w.rng.percent(35) {
        plugins["score"] = scores(w);
    }
    plugins
}

fn named(names: &[&str]) -> Value {
    names.iter().map(|name| json!({"name": name})).collect()
}

fn weighed(w: &mut World, names: &[&str]) -> Value {
    let each = names.iter().map(|name| {
        let mut entry = json!({"name": name});
        if w.rng.percent(80) {
            entry["weight"] = json!(w.rng.between(0, 10));
        }
        entry
    });
    each.collect()
}

fn everywhere(w: &mut World) -> Value {
    let mut set = json!({});
    if w.rng.percent(60) {
        let names: Vec<&str> = FILTERS.iter().chain(&SCORES).copied().collect();
        let mut disabled = w.rng.some(&names, 1, 2);
        disabled.dedup();
        if w.rng.percent(20) {
            disabled.push("NodeDeclaredFeatures");
        }
        set["disabled"] = named(&disabled);
    }
    if w.rng.percent(60) {
        let names = w.rng.some(&SCORES, 1, 3);
        set["enabled"] = weighed(w, &names);
    }
    set
}

fn scores(w: &mut World) -> Value {
    let mut set = json!({});
    if w.rng.percent(20) {
        set["disabled"] = named(&["*"]);
    } else if w.rng.percent(50) {
        let disabled = w.rng.some(&SCORES, 1, 2);
        set["disabled"] = named(&disabled);
    }
    if w.rng.percent(70) {
        let names = w.rng.some(&SCORES, 1, 3);
        set["enabled"] = weighed(w, &names);
    }
    set
}

/// Makes the arguments of a plugin.
type Maker = fn(&mut World) -> Value;

fn arguments(w: &mut World) -> Vec<Value> {
    let mut all = Vec::new();
    let makers: [(usize, &str, Maker); 5] = [
        (50, "NodeResourcesFit", fit),
        (15, "NodeResourcesBalancedAllocation", balanced),
        (25, "NodeAffinity", added_affinity),
        (30, "PodTopologySpread", default_spread),
        (30, "InterPodAffinity", inter_pod_affinity),
    ];
    for (percent, name, make) in makers {
        if w.rng.percent(percent) {
            let args = make(w);
            all.push(json!({"name": name, "args": args}));
        }
    }
    all
}

fn fit(w: &mut World) -> Value {
    let mut args = json!({});
    if w.rng.percent(30) {
        args["ignoredResources"] =
            w.words(&["example.com/gpu", "example.com/licence", "cpu"], 1, 2);
    }
    if w.rng.percent(20) {
        args["ignoredResourceGroups"] = w.words(&["example.com", "kubernetes.io"], 1, 2);
    }
    if w.rng.percent(80) {
        args["scoringStrategy"] = strategy(w);
    }
    args
}

fn strategy(w: &mut World) -> Value {
    let kind = w.word(&[
        "LeastAllocated",
        "MostAllocated",
        "RequestedToCapacityRatio",
        "RequestedToCapacityRatio",
    ]);
    let mut strategy = json!({"type": kind});
    if w.rng.percent(70) {
        let names = w.rng.some(
            &[
                "cpu",
                "memory",
                "ephemeral-storage",
                "example.com/gpu",
                "hugepages-2Mi",
            ],
            1,
            3,
        );
        let each = names.iter().map(|name| {
            let mut resource = json!({"name": name});
            if w.rng.percent(80) {
                resource["weight"] = json!(w.rng.between(0, 9));
            }
            resource
        });
        strategy["resources"] = each.collect();
    }
    if kind == "RequestedToCapacityRatio" {
        strategy["requestedToCapacityRatio"] = json!({"shape": shape(w)});
    }
    strategy
}

/// A broken line: rising, falling, or up and down.
fn shape(w: &mut World) -> Vec<Value> {
    let at = w.rng.some(&[0, 7, 30, 50, 71, 90, 100], 1, 4);
    at.iter()
        .map(|at| json!({"utilization": at, "score": w.rng.between(0, 10)}))
        .collect()
}

fn balanced(w: &mut World) -> Value {
    let names = w.rng.some(
        &["cpu", "memory", "ephemeral-storage", "example.com/licence"],
        1,
        4,
    );
    let each = names.iter().map(|name| json!({"name": name, "weight": 1}));
    json!({"resources": each.collect::<Vec<_>>()})
}

fn added_affinity(w: &mut World) -> Value {
    let mut added = json!({});
    if w.rng.percent(50) {
        let terms: Vec<_> = (0..w.rng.between(1, 2)).map(|_| node_term(w)).collect();
        added["requiredDuringSchedulingIgnoredDuringExecution"] =
            json!({"nodeSelectorTerms": terms});
    }
    if w.rng.percent(60) {
        let terms: Vec<_> = (0..w.rng.between(1, 2))
            .map(|_| json!({"weight": w.rng.between(1, 100), "preference": node_term(w)}))
            .collect();
        added["preferredDuringSchedulingIgnoredDuringExecution"] = json!(terms);
    }
    json!({"addedAffinity": added})
}

/// A term that can be read: another one is no valid argument.
fn node_term(w: &mut World) -> Value {
    let expression = match w.rng.below(6) {
        0 => json!({"key": "pool", "operator": "NotIn", "values": [w.word(&POOLS)]}),
        1 => json!({"key": "disk", "operator": "In", "values": w.words(&DISKS, 1, 3)}),
        2 => json!({"key": "rack", "operator": "NotIn", "values": w.words(&RACKS, 1, 2)}),
        3 => json!({"key": "gen", "operator": "Exists"}),
        4 => json!({"key": "gen", "operator": "Gt", "values": ["2"]}),
        _ => json!({"key": ZONE, "operator": "In", "values": w.words(&ZONES, 1, 3)}),
    };
    let mut term = json!({"matchExpressions": [expression]});
    if w.rng.percent(10) {
        term["matchFields"] =
            json!([{"key": "metadata.name", "operator": "NotIn", "values": [w.node()]}]);
    }
    term
}

fn default_spread(w: &mut World) -> Value {
    if w.rng.percent(20) {
        return json!({"defaultingType": "System"});
    }
    let keys = w.rng.some(&[HOSTNAME, ZONE, "rack", REGION], 0, 3);
    let constraint = |key: &&str| {
        let when = w.word(&["DoNotSchedule", "ScheduleAnyway", "ScheduleAnyway"]);
        let mut made =
            json!({"maxSkew": w.rng.between(1, 4), "topologyKey": key, "whenUnsatisfiable": when});
        if when == "DoNotSchedule" && w.rng.percent(20) {
            put(&mut made, "minDomains", json!(w.rng.between(1, 3)));
        }
        if w.rng.percent(15) {
            made["nodeTaintsPolicy"] = json!(w.word(&["Honor", "Ignore"]));
        }
        if w.rng.percent(15) {
            made["nodeAffinityPolicy"] = json!(w.word(&["Honor", "Ignore"]));
        }
        made
    };
    let constraints: Vec<_> = keys.iter().map(constraint).collect();
    json!({"defaultingType": "List", "defaultConstraints": constraints})
}

fn inter_pod_affinity(w: &mut World) -> Value {
    let mut args = json!({});
    if w.rng.percent(80) {
        args["hardPodAffinityWeight"] = json!(*w.rng.pick(&[0, 1, 2, 40, 100]));
    }
    if w.rng.percent(40) {
        args["ignorePreferredTermsOfExistingPods"] = json!(true);
    }
    args
}
