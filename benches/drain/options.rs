//! What the command line of the benchmark says.

use std::collections::BTreeSet;

use clap::{Parser, ValueEnum};

/// Runs kubectl and this plugin in turn on one control plane and compares what they cost.
#[derive(Debug, Parser)]
#[command(name = "cargo bench --bench drain --")]
pub struct Options {
    /// How often each program runs each case
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    pub pairs: u32,
    /// Only these parts, by comma
    #[arg(long, value_delimiter = ',', ignore_case = true)]
    pub only: Vec<Part>,
    /// Pods on the node in D1 and D2
    #[arg(long, default_value_t = 110, value_parser = clap::value_parser!(u32).range(1..=500))]
    pub pods: u32,
    /// How often each program starts for the start-up part
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    pub starts: u32,
    /// Pods in the parts that read a large cluster
    #[arg(long, default_value_t = 15_000, value_parser = clap::value_parser!(u32).range(1..=30_000))]
    pub cluster_pods: u32,
    /// Nodes in them
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub cluster_nodes: u32,
    /// How often each program reads the large cluster
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    pub readings: u32,
    /// What cargo passes to every benchmark
    #[arg(long, hide = true)]
    pub bench: bool,
}

/// What can be measured by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Part {
    /// A full node, pods gone after a second and not replaced.
    D1,
    /// A full node, pods gone after thirty seconds and not replaced.
    D2,
    /// As D1, with pods of Deployments, which are replaced while the drain runs.
    D1Replaced,
    /// As D2, with pods of Deployments.
    D2Replaced,
    /// Ten pods under a budget that lets one go at a time.
    D3,
    /// `--help`.
    Startup,
    /// The size of the programs.
    Size,
    /// A large cluster, next to curl.
    Read,
    /// As many pods as kubectl reads into its types, next to kubectl.
    Typed,
}

impl Options {
    /// The parts to run, in the order of the report.
    pub fn parts(&self) -> BTreeSet<Part> {
        if self.only.is_empty() {
            return Part::value_variants().iter().copied().collect();
        }
        self.only.iter().copied().collect()
    }
}
