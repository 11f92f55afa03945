//! The names of the cluster's nodes, for completion: asked once, not for long, and without a word.

use std::ffi::OsString;
use std::time::Duration;

use clap::FromArgMatches;

use crate::adapters::live::LiveOptions;
use crate::cli::args::GlobalArgs;
use crate::cli::context::connect_silently;
use crate::engine::cluster::{Cluster, NodeQuery};

/// Somebody holds a key down and waits: after this there are no names.
const LONGEST: Duration = Duration::from_secs(2);

/// Returns the names of the nodes of the cluster that the words are about, sorted; none where it cannot be read.
pub(super) fn names(command: clap::Command, words: &[OsString]) -> Vec<String> {
    read(command, words).unwrap_or_default()
}

fn read(command: clap::Command, words: &[OsString]) -> Option<Vec<String>> {
    let global = global_flags(command, words)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .ok()?;
    let names = runtime.block_on(async {
        tokio::select! {
            names = list(&global) => names,
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

async fn list(global: &GlobalArgs) -> Option<Vec<String>> {
    let options = LiveOptions { chunk_size: 500 };
    let live = connect_silently(&global.connection, options).await.ok()?;
    let nodes = live.cluster.nodes(&NodeQuery::All).await.ok()?;
    Some(nodes.iter().map(|node| node.name().to_owned()).collect())
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
        assert_eq!(names(crate::cli::command(), &words), Vec::<String>::new());
    }
}
