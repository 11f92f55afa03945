//! `fit`: on which nodes a pod can run, by the scheduler's own rules, and what refuses the others.

mod rules;
mod show;
mod subjects;

use clap::{ArgGroup, Args, ValueEnum};

use crate::cli::args::SourceArgs;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::place::Place;
use crate::cli::scheduler::{self, Profiles, SchedulerArgs, minor};
use crate::domain::fit::evaluate::evaluate;
use crate::domain::fit::removed::Requested;
use crate::domain::fit::world::{NodeIx, World};
use crate::present::fit_report::{FitReport, Pod, Verdict, report};
use crate::present::plan_table::Detail;

use subjects::Subject;

/// Tell on which nodes a pod can run, which rules refuse the others, and why
#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new("what").required(true).args(["pods", "filename", "pending", "explain"]),
    after_help = "Examples:
  # Where could this pod go if it left its node? On the cluster that ships inside the program
  kubectl nodemaint fit shop/web-gknqww-xjggt --snapshot demo

  # Why does every pod that waits for a node wait?
  kubectl nodemaint fit --pending -A

  # Where would a pod of this workload fit? Nothing is created
  kubectl nodemaint fit -f deployment.yaml -n shop

  # Everything that one node has against a pod
  kubectl nodemaint fit web-0 -n shop --why-not worker-2

  # By the scheduler's own configuration, and by a rule that today's scheduler does not have
  kubectl nodemaint fit --pending -A --scheduler-config scheduler.yaml --rule CheckNodeCondition

  # What is the rule that a runbook names?
  kubectl nodemaint fit --explain PodFitsResources

Exit codes: 0 every pod fits a node, 1 error, 2 usage, 3 a pod fits none or it is not known"
)]
pub struct FitCommand {
    /// Pods: NAME, pod/NAME, or NAMESPACE/NAME; each is judged as the pod that would follow it
    #[arg(value_name = "POD", conflicts_with_all = ["filename", "pending", "explain"])]
    pub pods: Vec<String>,
    /// Judge the pods that this manifest asks for, `-` is standard input
    #[arg(short = 'f', long, value_name = "FILE", conflicts_with_all = ["pending", "explain"])]
    pub filename: Option<String>,
    /// Judge every pod without a node
    #[arg(long, conflicts_with = "explain")]
    pub pending: bool,
    /// With --pending: in all namespaces
    #[arg(short = 'A', long, requires = "pending", conflicts_with_all = ["pods", "filename", "explain"])]
    pub all_namespaces: bool,
    /// Explain a rule, by today's name or by that of an older predicate or priority
    #[arg(long, value_name = "NAME", conflicts_with = "snapshot")]
    pub explain: Option<String>,
    /// Tell about these nodes only
    #[arg(long, value_name = "NODE", value_delimiter = ',')]
    pub nodes: Vec<String>,
    /// Tell everything that this node has against the pod
    #[arg(long, value_name = "NODE", conflicts_with = "nodes")]
    pub why_not: Option<String>,
    /// Judge what the owner's template makes today instead of a copy of the pod that runs
    #[arg(long, requires = "pods", conflicts_with_all = ["filename", "pending", "explain"])]
    pub from_template: bool,
    /// Whose rules.
    #[command(flatten)]
    pub scheduler: SchedulerArgs,
    /// Judge by a rule that upstream removed too, such as CheckNodeCondition or CheckNodeLabelPresence=rack
    #[arg(long = "rule", value_name = "RULE")]
    pub rules: Vec<String>,
    /// A policy file of the old scheduler: of its rules those that upstream removed
    #[arg(long, value_name = "FILE")]
    pub policy: Option<String>,
    /// Live or from a file.
    #[command(flatten)]
    pub source: SourceArgs,
    /// Output: the report as a document (json, yaml), or each node by itself with its scores (wide)
    #[arg(short = 'o', long, value_enum, value_name = "FORMAT")]
    pub output: Option<FitFormat>,
}

/// What `-o` may say of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FitFormat {
    /// One JSON document of kind FitReport.
    Json,
    /// The same as YAML.
    Yaml,
    /// Each node by itself.
    Wide,
}

/// Runs the command.
///
/// # Errors
///
/// Wrong usage, pods or nodes that are not there, a cluster or file that cannot be read.
pub async fn run(command: FitCommand, context: &Context) -> Result<Exit, CliError> {
    if let Some(name) = &command.explain {
        return show::explain(name, &context.ui);
    }
    check_standard_input(&command)?;
    let asked = command.scheduler.asked()?;
    let requested = rules::requested(&command, &context.ui)?;
    let config = command.scheduler.config()?;
    let place = Place::open(&command.source, context).await?;
    let planned = subjects::planned(&command, &place).await?;
    let read = place.world(asked, &planned.additions).await?;
    minor::tell(asked, &read, &context.ui);
    show::skipped(&read.skipped, &planned.skipped, &context.ui);
    let mut world = read.world;
    let subjects = subjects::find(&command, &planned, &place, &world)?;
    let nodes = nodes(&command, &world)?;
    let profiles = scheduler::profiles(config.as_ref(), world.minor)?;
    let pods = judge(&mut world, &subjects, &nodes, &profiles, &requested);
    let report = FitReport::new(world.minor, pods);
    let detail = match (command.output, &command.why_not) {
        (Some(FitFormat::Wide), _) | (_, Some(_)) => Detail::Wide,
        _ => Detail::Normal,
    };
    show::report(&report, command.output, detail, &context.ui)?;
    Ok(exit(&report))
}

/// Refuses to read standard input twice: the second time it would be empty.
fn check_standard_input(command: &FitCommand) -> Result<(), CliError> {
    let flags = [
        ("--snapshot", &command.source.snapshot),
        ("--filename", &command.filename),
        ("--scheduler-config", &command.scheduler.scheduler_config),
        ("--policy", &command.policy),
    ];
    let mut reading = flags
        .iter()
        .filter(|(_, name)| name.as_deref() == Some("-"));
    match (reading.next(), reading.next()) {
        (Some((one, _)), Some((other, _))) => Err(CliError::usage(format!(
            "{one} and {other} cannot both be standard input"
        ))),
        _ => Ok(()),
    }
}

/// Judges each pod by itself: the others stay where they are.
fn judge(
    world: &mut World,
    subjects: &[Subject],
    nodes: &[NodeIx],
    profiles: &Profiles,
    requested: &Requested,
) -> Vec<Pod> {
    let judged = subjects.iter().map(|subject| {
        let home = world.succeed(subject.pod);
        let profile = profiles.of(&world.kind_of(subject.pod).spec.scheduler_name);
        let found = report(&evaluate(world, profile, subject.pod), nodes, requested);
        world.restore(subject.pod, home);
        found
    });
    judged.collect()
}

/// Returns the nodes to tell about.
fn nodes(command: &FitCommand, world: &World) -> Result<Vec<NodeIx>, CliError> {
    let asked: Vec<&String> = command.nodes.iter().chain(&command.why_not).collect();
    if asked.is_empty() {
        return Ok(world.node_indexes().collect());
    }
    let names = crate::cli::args::node_names(asked)?;
    let missing = names.iter().filter(|name| world.node_named(name).is_none());
    let missing: Vec<&str> = missing.map(String::as_str).collect();
    if let Some(error) = crate::cli::args::nodes_not_found(&missing) {
        return Err(error.with_hint(known_nodes(world)));
    }
    let mut nodes: Vec<NodeIx> = names
        .iter()
        .filter_map(|name| world.node_named(name))
        .collect();
    nodes.sort();
    nodes.dedup();
    Ok(nodes)
}

/// Names the nodes that there are, as far as they fit a line.
fn known_nodes(world: &World) -> String {
    let mut names: Vec<&str> = world
        .node_indexes()
        .map(|node| world.node(node).object.name.as_str())
        .collect();
    names.sort_unstable();
    let shown: Vec<String> = names
        .iter()
        .take(8)
        .map(|name| name.escape_default().to_string())
        .collect();
    match names.len() - shown.len() {
        0 => format!("the nodes are {}", shown.join(", ")),
        more => format!("the nodes are {} and {more} more", shown.join(", ")),
    }
}

/// Returns the exit code that a report means.
fn exit(report: &FitReport) -> Exit {
    let fits = |pod: &Pod| pod.not_decided.is_none() && pod.count(Verdict::Fits) > 0;
    match report.pods.iter().all(fits) {
        true => Exit::Done,
        false => Exit::Blocked,
    }
}
