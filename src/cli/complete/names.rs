//! Names in the cluster, for completion: asked once, not for long, and without a word.

use std::ffi::OsString;
use std::time::Duration;

use clap::FromArgMatches;

use crate::adapters::live::LiveOptions;
use crate::cli::args::GlobalArgs;
use crate::cli::context::connect_silently;
use crate::engine::cluster::{Cluster, NodeQuery, PodQuery};

use super::Names;

/// Somebody holds a key down and waits: after this there are no names.
const LONGEST: Duration = Duration::from_secs(2);

/// Returns names in the cluster that the words are about, sorted; none where it cannot be read.
pub(super) fn read(command: clap::Command, words: &[OsString], wanted: Names) -> Vec<String> {
    ask(command, words, wanted).unwrap_or_default()
}

fn ask(command: clap::Command, words: &[OsString], wanted: Names) -> Option<Vec<String>> {
    let global = global_flags(command, words)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .ok()?;
    let names = runtime.block_on(async {
        tokio::select! {
            names = list(&global, wanted) => names,
            () = patience() => None,
        }
    });
    // A request that hangs must not hold the shell.
    runtime.shutdown_background();
    names
}

#[expect(
    clippy::disallowed_methods,
    reason = "completion never runs in a rehearsal: somebody waits for it"
)]
async fn patience() {
    tokio::time::sleep(LONGEST).await;
}

async fn list(global: &GlobalArgs, wanted: Names) -> Option<Vec<String>> {
    let options = LiveOptions { chunk_size: 500 };
    let live = connect_silently(&global.connection, options).await.ok()?;
    match wanted {
        Names::Nodes => {
            let nodes = live.cluster.nodes(&NodeQuery::All).await.ok()?;
            Some(nodes.iter().map(|node| node.name().to_owned()).collect())
        }
        Names::Pods => {
            let query = PodQuery::Selected {
                namespace: live.namespace.clone(),
                selector: String::new(),
            };
            let pods = live.cluster.pods(&query).await.ok()?;
            let mut names: Vec<String> = pods.into_iter().map(|pod| pod.id.name).collect();
            names.sort();
            Some(names)
        }
    }
}

/// Reads the flags that say which cluster, whatever else is missing or misspelt.
fn global_flags(command: clap::Command, words: &[OsString]) -> Option<GlobalArgs> {
    let program = OsString::from(command.get_name());
    let before = words.split_last().map_or(words, |(_, before)| before);
    let args = std::iter::once(program).chain(before.iter().cloned());
    let matches = command
        .ignore_errors(true)
        .try_get_matches_from(args)
        .ok()?;
    GlobalArgs::from_arg_matches(&matches).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cluster_is_the_one_that_was_typed() {
        let context = |text: &[&str]| {
            let words: Vec<OsString> = text.iter().map(OsString::from).collect();
            let flags = global_flags(crate::cli::command(), &words).expect("flags can be read");
            flags.connection.context
        };
        let prod = Some("prod".to_owned());
        assert_eq!(context(&["--context", "prod", "drain", ""]), prod);
        assert_eq!(context(&["drain", "--context=prod", "n1", "n"]), prod);
        assert_eq!(context(&["drain", "n1", ""]), None);
        assert_eq!(
            context(&["drain", "--context", "prod"]),
            None,
            "still being typed"
        );
        assert_eq!(context(&[]), None);
    }

    #[test]
    fn without_a_cluster_there_are_no_names() {
        let words = ["drain", "--kubeconfig", "/nowhere/config", ""].map(OsString::from);
        for wanted in [Names::Nodes, Names::Pods] {
            let names = read(crate::cli::command(), &words, wanted);
            assert_eq!(names, Vec::<String>::new());
        }
    }
}
