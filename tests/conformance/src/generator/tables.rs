//! The words that clusters are made of. Few of each, so that things meet.

/// Label key of a node's own name.
pub const HOSTNAME: &str = "kubernetes.io/hostname";
/// Label key of a node's zone.
pub const ZONE: &str = "topology.kubernetes.io/zone";
/// Label key of a node's region.
pub const REGION: &str = "topology.kubernetes.io/region";
/// What zones were labelled with before 1.17; volumes still may be.
pub const BETA_ZONE: &str = "failure-domain.beta.kubernetes.io/zone";
/// What regions were labelled with before 1.17.
pub const BETA_REGION: &str = "failure-domain.beta.kubernetes.io/region";
/// What the driver that took over in-tree EBS volumes labels nodes with.
pub const EBS_ZONE: &str = "topology.ebs.csi.aws.com/zone";
/// The taint of a cordoned node.
pub const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";

pub const ZONES: [&str; 3] = ["z1", "z2", "z3"];
pub const REGIONS: [&str; 2] = ["r1", "r2"];
pub const NAMESPACES: [&str; 4] = ["default", "shop", "infra", "lab"];
/// What pods, nodes and terms are spread over.
pub const TOPOLOGY_KEYS: [&str; 5] = [HOSTNAME, ZONE, HOSTNAME, "rack", REGION];

pub const DISKS: [&str; 3] = ["ssd", "hdd", "nvme"];
pub const RACKS: [&str; 3] = ["a", "b", "c"];
pub const POOLS: [&str; 2] = ["blue", "green"];
/// Integers as node labels spell them, with some that are none and the largest that fits.
pub const GENERATIONS: [&str; 9] = [
    "1",
    "2",
    "3",
    "10",
    "20",
    "007",
    "x",
    "9223372036854775807",
    "2.5",
];
/// What terms compare generations with. The scheduler reads label values only: a negative number is none, and makes its
/// term unreadable. Servers of today refuse it in a new pod's required terms, not in preferred ones.
pub const BOUNDS: [&str; 8] = ["0", "1", "2", "9", "-7", "abc", "9223372036854775808", "02"];

pub const APPS: [&str; 4] = ["web", "db", "cache", "batch"];
pub const TIERS: [&str; 2] = ["front", "back"];
pub const VERSIONS: [&str; 3] = ["v1", "v2", "v3"];
pub const TEAMS: [&str; 2] = ["a", "b"];

pub const TAINT_KEYS: [&str; 6] = [
    "dedicated",
    "gpu",
    "node.kubernetes.io/memory-pressure",
    "node.kubernetes.io/disk-pressure",
    "level",
    "node.kubernetes.io/not-ready",
];
pub const TAINT_VALUES: [&str; 5] = ["", "db", "5", "10", "web"];
pub const EFFECTS: [&str; 3] = ["NoSchedule", "NoExecute", "PreferNoSchedule"];

pub const CPU_ALLOCATABLE: [&str; 10] = [
    "4", "8", "3500m", "16", "8e0", "1e1", "4.5", "7910m", "12000m", "0.64e1",
];
pub const CPU_SMALL: [&str; 8] = ["1", "500m", "1500m", "2", "1e-1", "0.75", "0", "12e-1"];
pub const CPU_REQUESTS: [&str; 14] = [
    "100m",
    "250m",
    "1",
    "500m",
    "1e-1",
    "0.2",
    "0",
    "1500m",
    "2",
    "0.0001",
    "100u",
    "333333333n",
    "3E-1",
    ".5",
];
pub const MEMORY_ALLOCATABLE: [&str; 9] = [
    "16Gi",
    "8Gi",
    "32G",
    "12500M",
    "16e9",
    "0.02Ti",
    "9876543210",
    "15.5Gi",
    "33554432Ki",
];
pub const MEMORY_SMALL: [&str; 7] = ["1Gi", "1G", "512Mi", "0.5Gi", "900e6", "0", "1536M"];
pub const MEMORY_REQUESTS: [&str; 14] = [
    "128Mi",
    "256Mi",
    "0.5Gi",
    "100M",
    "1Gi",
    "1e8",
    "0",
    "1500000k",
    "64Ki",
    "1.5Gi",
    "300000000",
    "1e-1",
    "128974848000m",
    "2G",
];
pub const EPHEMERAL_ALLOCATABLE: [&str; 4] = ["100Gi", "50G", "2Gi", "1e10"];
pub const EPHEMERAL_REQUESTS: [&str; 4] = ["1Gi", "500M", "5e9", "0"];
/// Scalars: extended, native with a prefix, and huge pages.
pub const SCALARS: [&str; 4] = [
    "example.com/gpu",
    "example.com/licence",
    "kubernetes.io/batch-slots",
    "hugepages-2Mi",
];
pub const HOST_IPS: [&str; 7] = ["", "", "0.0.0.0", "10.0.0.1", "127.0.0.1", "::", "fd00::1"];
pub const PROTOCOLS: [&str; 4] = ["TCP", "TCP", "UDP", "SCTP"];
pub const HOST_PORTS: [usize; 4] = [80, 443, 8080, 9100];

/// Images with sizes in MiB, under all names a node knows them by.
pub const IMAGES: [(&[&str], usize); 6] = [
    (&["registry.example/web:v1"], 180),
    (
        &["registry.example/web:latest", "registry.example/web:v2"],
        640,
    ),
    (&["redis:latest", "redis:7", "redis:7.2.4"], 45),
    (&["registry.example:5000/db:latest"], 1900),
    (
        &[
            "registry.example/tool@sha256:00000000000000000000000000000000000000000000000000000000000000aa",
        ],
        900,
    ),
    (&["pause:3.9"], 1),
];
/// What containers ask for: the same images, with and without a tag, and one that no node has.
pub const IMAGE_NAMES: [&str; 8] = [
    "registry.example/web:v1",
    "registry.example/web",
    "redis",
    "redis:7",
    "registry.example:5000/db",
    "registry.example/tool@sha256:00000000000000000000000000000000000000000000000000000000000000aa",
    "pause:3.9",
    "nowhere/unknown:v1",
];

/// What kubelets declare, sorted; the scheduler asks for some of them.
pub const DECLARED_FEATURES: [&str; 4] = [
    "AnotherFeature",
    "RestartAllContainersOnContainerExits",
    "UserNamespacesHostNetworkSupport",
    "VolumeBindMountOptions",
];

pub const PRIORITIES: [i64; 6] = [0, 0, 100, 1000, -5, 2_000_000_000];
/// Those of clusters in which pods make room for each other.
pub const RANKS: [i64; 7] = [0, 10, -5, 10, 100, 0, 1000];
