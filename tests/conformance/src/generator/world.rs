//! What the parts of one cluster know of each other while it is being made.

use serde_json::{Value, json};

use super::rng::Rng;
use super::storage::Storage;
use super::tables::{NAMESPACES, ZONES};

/// The scheduler that pods name where nobody says otherwise.
pub const DEFAULT_SCHEDULER: &str = "default-scheduler";

/// What a cluster is about. Each cluster has a few of these in plenty and the others now and then: all at once nothing
/// would ever fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feature {
    Cordons,
    Taints,
    NodeAffinity,
    Ports,
    Resources,
    Scalars,
    Resizes,
    Disks,
    Limits,
    Claims,
    Zones,
    Spread,
    PodAffinity,
    Devices,
    Declared,
    Images,
    Owners,
    Nominations,
}

const FEATURES: usize = Feature::Nominations as usize + 1;
/// How many of a hundred clusters have a feature in plenty.
const HOT_CLUSTERS: usize = 24;

/// How large a cluster is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// Some five to fifteen nodes, now and then a hundred.
    Any,
    /// A few nodes and pods, to be kept.
    Small,
}

/// A cluster that is being made.
#[derive(Debug)]
pub struct World {
    pub rng: Rng,
    pub size: Size,
    pub nodes: Vec<String>,
    pub namespaces: Vec<&'static str>,
    pub zones: Vec<&'static str>,
    pub storage: Storage,
    /// The names of the scheduler's profiles.
    pub schedulers: Vec<&'static str>,
    pub objects: Vec<Value>,
    /// Whether pods are of many priorities, which takes no random number.
    pub ranked: bool,
    hot: [bool; FEATURES],
    serial: usize,
}

impl World {
    pub fn new(seed: u64, size: Size) -> Self {
        let mut rng = Rng::new(seed);
        let hot = std::array::from_fn(|_| rng.percent(HOT_CLUSTERS));
        let big = rng.below(60) == 0;
        let count = match (size, big) {
            (Size::Small, _) => rng.between(3, 7),
            (Size::Any, true) => rng.between(60, 150),
            (Size::Any, false) => rng.between(5, 15),
        };
        let nodes = (1..=count).map(|number| format!("n{number}")).collect();
        let namespaces = rng.some(&NAMESPACES, 1, 4);
        let zones = rng.some(&ZONES, 1, 3);
        Self {
            rng,
            size,
            nodes,
            namespaces,
            zones,
            storage: Storage::default(),
            schedulers: vec![DEFAULT_SCHEDULER],
            objects: Vec::new(),
            ranked: seed.is_multiple_of(2),
            hot,
            serial: 0,
        }
    }

    /// True in `hot` of a hundred calls where the cluster has the feature in plenty, else in `cold`.
    pub fn chance(&mut self, feature: Feature, hot: usize, cold: usize) -> bool {
        let percent = if self.has(feature) { hot } else { cold };
        self.rng.percent(percent)
    }

    /// Whether the cluster has the feature in plenty.
    pub fn has(&self, feature: Feature) -> bool {
        self.hot[feature as usize]
    }

    pub fn word(&mut self, words: &[&'static str]) -> &'static str {
        self.rng.pick::<&str>(words)
    }

    /// Some of the words, as a JSON list.
    pub fn words(&mut self, words: &[&'static str], low: usize, high: usize) -> Value {
        json!(self.rng.some(words, low, high))
    }

    pub fn node(&mut self) -> String {
        self.rng.pick(&self.nodes).clone()
    }

    pub fn namespace(&mut self) -> &'static str {
        self.rng.pick::<&str>(&self.namespaces)
    }

    /// A number that no other thing of the cluster has.
    pub fn serial(&mut self) -> usize {
        self.serial += 1;
        self.serial
    }
}

/// Sets a field, unless there is nothing to be set.
pub fn put(object: &mut Value, field: &str, value: Value) {
    if !value.is_null() {
        object[field] = value;
    }
}

/// The time at which objects of the cluster were made; no plugin reads a clock.
pub const CREATED: &str = "2026-01-01T00:00:00Z";
/// The time at which what is being deleted was told so.
pub const DELETED: &str = "2026-01-02T00:00:00Z";
