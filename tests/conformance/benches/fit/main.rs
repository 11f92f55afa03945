//! How fast the evaluator is on a cluster as large as Kubernetes supports, next to the scheduler's own plugins.
//!
//! `cargo bench -p conformance --bench fit`; prints a table with goals.

mod cluster;
mod fleet;
mod load;
mod report;
mod scheduler;
mod template;

use std::collections::BTreeSet;
use std::error::Error;
use std::fs::File;
use std::hint::black_box;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::{Parser, ValueEnum};
use criterion::Criterion;
use nodemaint::domain::drain::fleet::fleet as every_node;
use nodemaint::domain::drain::policy::DrainPolicy;
use nodemaint::domain::fit::emptying::Emptying;
use nodemaint::domain::fit::evaluate::evaluate;
use nodemaint::domain::fit::profile::{Minor, Profile};
use nodemaint::domain::fit::world::{PodIx, World};

use cluster::{Asked, Dress, Size};
use report::{Goal, Report, Row};
use scheduler::Spent;

/// Measures the evaluator
#[derive(Debug, Parser)]
struct Options {
    /// Only these parts
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Part>,
    /// Let the scheduler's plugins judge the large cluster too: minutes, and several GB of memory
    #[arg(long)]
    large: bool,
    /// Where the generated clusters are kept for the next run
    #[arg(long, value_name = "FOLDER")]
    keep: Option<PathBuf>,
    /// Given by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
enum Part {
    /// Pods against nodes
    Pairs,
    /// Which nodes could be emptied
    Emptying,
    /// Every node drained alone
    Fleet,
    /// Reading files
    Memory,
    /// The scheduler's plugins
    Scheduler,
}

fn main() -> ExitCode {
    if let Some(code) = load::serve() {
        return code;
    }
    match run(&Options::parse()) {
        Ok(report) => {
            println!("\n{report}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<Report, Box<dyn Error>> {
    let scratch = tempfile::tempdir()?;
    let folder = options.keep.as_deref().unwrap_or(scratch.path());
    let wanted: BTreeSet<Part> = match options.only.as_slice() {
        [] => Part::value_variants().iter().copied().collect(),
        some => some.iter().copied().collect(),
    };
    let mut report = Report::default();
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3))
        .without_plots();
    let sizes = [
        ("1,000 nodes, 30,000 pods", Size::MEDIUM),
        ("5,000 nodes, 150,000 pods", Size::LARGE),
    ];
    for (name, size) in sizes {
        let is_large = size.nodes == Size::LARGE.nodes;
        let asks = wanted.contains(&Part::Scheduler) && (options.large || !is_large);
        let theirs = asks.then(|| scheduler::measure(size, 3)).transpose()?;
        let needs_world =
            wanted.contains(&Part::Pairs) || is_large && wanted.contains(&Part::Emptying);
        if !needs_world {
            continue;
        }
        let mut world = load::world(&file(folder, size, Dress::Bare)?)?;
        if wanted.contains(&Part::Pairs) {
            pairs(
                &mut criterion,
                &mut report,
                &mut world,
                (name, size),
                theirs,
            );
        }
        if is_large && wanted.contains(&Part::Emptying) {
            emptying(&mut criterion, &mut report, &mut world);
        }
    }
    if wanted.contains(&Part::Fleet) {
        whole_fleet(&mut criterion, &mut report, folder)?;
    }
    if wanted.contains(&Part::Memory) {
        memory(&mut report, folder)?;
    }
    Ok(report)
}

/// Writes a cluster to a file, unless it is there from the last run.
fn file(folder: &Path, size: Size, dress: Dress) -> Result<PathBuf, Box<dyn Error>> {
    let path = folder.join(format!("{}-{}-{dress:?}.json", size.nodes, size.pods));
    if !path.exists() {
        cluster::write(size, dress, &mut BufWriter::new(File::create(&path)?))?;
    }
    Ok(path)
}

/// Lets criterion measure, and returns the median time of a call.
fn median(criterion: &mut Criterion, name: &str, mut call: impl FnMut()) -> Duration {
    let mut samples = Vec::new();
    criterion.bench_function(name, |bencher| {
        samples.clear();
        bencher.iter_custom(|rounds| {
            let start = Instant::now();
            for _ in 0..rounds {
                call();
            }
            let spent = start.elapsed();
            samples.push(spent.as_secs_f64() / rounds as f64);
            spent
        });
    });
    samples.sort_by(f64::total_cmp);
    Duration::from_secs_f64(samples.get(samples.len() / 2).copied().unwrap_or_default())
}

fn pairs(
    criterion: &mut Criterion,
    report: &mut Report,
    world: &mut World,
    (name, size): (&str, Size),
    theirs: Option<[Spent; 2]>,
) {
    let asked = Asked::of(size);
    let profile = Profile::default_of(Minor::NEWEST);
    let sorts = [
        ("resources, taints, node affinity", &asked.plain),
        ("with zone spread and hostname anti-affinity", &asked.spread),
    ];
    for (sort, (rules, pods)) in sorts.into_iter().enumerate() {
        let found = pods.iter().filter_map(|path| {
            let (namespace, name) = path.split_once('/')?;
            world.find_pod(namespace, name)
        });
        let pods: Vec<PodIx> = found.collect();
        let fits: usize = pods
            .iter()
            .map(|pod| evaluate(world, &profile, *pod).feasible().len())
            .sum();
        let title = format!("{} pods, {name}: {rules}", pods.len());
        let spent = median(criterion, &title, || {
            for pod in &pods {
                black_box(evaluate(world, &profile, *pod).marks());
            }
        });
        let number = (pods.len() * world.nodes.len()) as f64;
        let is_large = size.nodes == Size::LARGE.nodes;
        let goal = |most, aim| is_large.then_some(Goal { most, aim });
        let theirs = theirs.map(|both| both[sort]);
        report.rows.push(Row {
            what: format!("{title} ({fits} pairs fit): each pair"),
            figure: spent.as_nanos() as f64 / number,
            unit: "ns",
            goal: goal(10.0, 2.0).filter(|_| sort == 0),
            scheduler: theirs.map(|spent| spent.filter / number),
        });
        report.rows.push(Row {
            what: format!("{title}: all, set-up included"),
            figure: spent.as_secs_f64() * 1e3,
            unit: "ms",
            goal: goal(10.0, 2.0).filter(|_| sort == 1),
            scheduler: theirs.map(|spent| (spent.filter + spent.prefilter) / 1e6),
        });
    }
}

fn emptying(criterion: &mut Criterion, report: &mut Report, world: &mut World) {
    let profile = Profile::default_of(Minor::NEWEST);
    // A drain leaves the pods of DaemonSets where they are.
    let stays = |pod: &PodIx| {
        let controller = world.pod(*pod).controller.as_ref();
        controller.is_some_and(|controller| controller.is_daemon_set())
    };
    let moving: Vec<Vec<PodIx>> = world
        .on_node
        .iter()
        .map(|pods| pods.iter().filter(|pod| !stays(pod)).copied().collect())
        .collect();
    let pods: usize = moving.iter().map(Vec::len).sum();
    let mut empty = 0;
    let spent = median(criterion, "which of 5,000 nodes could be emptied", || {
        let nodes: Vec<_> = world.node_indexes().collect();
        let mut emptying = Emptying::new(world, &profile);
        let can_be = nodes
            .into_iter()
            .filter(|node| emptying.stranded(*node, &moving[node.index()]).is_empty());
        empty = can_be.count();
    });
    report.rows.push(Row {
        what: format!(
            "which of {} nodes could be emptied ({pods} pods placed; {empty} nodes)",
            moving.len()
        ),
        figure: spent.as_secs_f64() * 1e3,
        unit: "ms",
        goal: Some(Goal {
            most: 2_000.0,
            aim: 100.0,
        }),
        scheduler: None,
    });
}

/// `fleet`, from the moment at which the cluster is in memory until every node has its verdict.
fn whole_fleet(
    criterion: &mut Criterion,
    report: &mut Report,
    folder: &Path,
) -> Result<(), Box<dyn Error>> {
    let file = file(folder, Size::LARGE, Dress::Bare)?;
    let snapshot = fleet::snapshot(&file)?;
    let mut world = load::world(&file)?;
    let profile = Profile::default_of(Minor::NEWEST);
    let names: Vec<String> = snapshot.nodes.keys().cloned().collect();
    let policy = DrainPolicy::default();
    let mut drained = 0;
    let spent = median(criterion, "every node drained alone", || {
        let mut emptying = Emptying::new(&mut world, &profile);
        let now = snapshot.taken_at;
        let nodes = every_node(&snapshot, &names, &policy, now, Some(&mut emptying));
        drained = nodes.iter().filter(|node| node.can_be_drained()).count();
    });
    report.rows.push(Row {
        what: format!(
            "`fleet` of {} nodes, {} pods, {} budgets ({drained} nodes can be drained)",
            names.len(),
            snapshot.pods.len(),
            snapshot.budgets.len()
        ),
        figure: spent.as_secs_f64() * 1e3,
        unit: "ms",
        goal: Some(Goal {
            most: 2_000.0,
            aim: 100.0,
        }),
        scheduler: None,
    });
    Ok(())
}

fn memory(report: &mut Report, folder: &Path) -> Result<(), Box<dyn Error>> {
    let fleet = Size {
        nodes: 667,
        pods: 20_000,
        templates: 267,
        asked: 0,
    };
    let list = file(folder, fleet, Dress::Full)?;
    let bytes = std::fs::metadata(&list)?.len();
    let load = load::measure(&list)?;
    let megabytes = |bytes: u64| bytes as f64 / 1e6;
    let what = format!(
        "`kubectl get -o json` of {} pods, {:.0} MB of file",
        load.pods,
        megabytes(bytes)
    );
    report.rows.push(Row {
        what: format!("{what}: peak memory of the process"),
        figure: megabytes(load.peak),
        unit: "MB",
        goal: Some(Goal {
            most: 64.0,
            aim: 20.0,
        }),
        scheduler: None,
    });
    report.rows.push(Row {
        what: format!("{what}: time"),
        figure: load.time.as_secs_f64() * 1e3,
        unit: "ms",
        goal: None,
        scheduler: None,
    });
    let load = load::measure(&file(folder, Size::LARGE, Dress::Bare)?)?;
    let per_pod = |bytes: u64| bytes.saturating_sub(load.before) as f64 / load.pods as f64;
    let what = format!("{} pods and 5,000 nodes loaded from a file", load.pods);
    let rows = [
        (
            "memory for each pod, nodes included",
            per_pod(load.after),
            "bytes",
            Some(Goal {
                most: 1_000.0,
                aim: 400.0,
            }),
        ),
        (
            "peak while loading, for each pod",
            per_pod(load.peak),
            "bytes",
            None,
        ),
        (
            "time for each pod",
            load.time.as_secs_f64() * 1e6 / load.pods as f64,
            "µs",
            None,
        ),
    ];
    report
        .rows
        .extend(rows.map(|(part, figure, unit, goal)| Row {
            what: format!("{what}: {part}"),
            figure,
            unit,
            goal,
            scheduler: None,
        }));
    Ok(())
}
