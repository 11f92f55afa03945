//! Answers a shell, or kubectl on its behalf, that asks what could come next.
//!
//! The protocol is cobra's, which kubectl has spoken to plugins since 1.26: it runs `kubectl_complete-nodemaint` with the
//! words after the plugin's name, the last of them unfinished, and reads one candidate a line, each maybe followed by a
//! tab and a description, and at last a line `:N`. The scripts in `completions/` speak it too. Whoever asks cannot make
//! use of an error: the answer always comes with exit code 0, and standard error stays silent.

mod names;

use std::ffi::{OsStr, OsString};
use std::path::Path;

use clap::ValueHint;
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate, complete};

use super::args::is_node_kind;

/// The program that kubectl looks for; a link of this name, or a script, leads here.
pub const COMPLETER: &str = "kubectl_complete-nodemaint";

/// The hidden command that asks the same.
const HIDDEN: &str = "__complete";

/// Stands among the candidates where file names are wanted: the shell knows them better.
const FILES: &str = "\0files";

/// Stands among the candidates where names of nodes are wanted.
const NODES: &str = "\0nodes";

/// Stands among the candidates where names of pods are wanted.
const PODS: &str = "\0pods";

/// Stands among the candidates where kubectl's form of `taint` wants `nodes`, then names of nodes, then taints.
const KIND_AND_NODES: &str = "\0kind";

/// Arguments by name, and the sign for what may be typed there: names, maybe with taints behind them.
const MARKED_ARGUMENTS: [(&str, &str); 5] = [
    ("nodes", NODES),
    ("words", NODES),
    ("why_not", NODES),
    ("kind_and_words", KIND_AND_NODES),
    ("pods", PODS),
];

/// What the cluster is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Names {
    /// Its nodes.
    Nodes,
    /// The pods of the namespace that was typed, or of the context's.
    Pods,
}

impl Names {
    /// Returns what may stand before a name.
    fn prefixes(self) -> [&'static str; 3] {
        match self {
            Names::Nodes => ["node/", "nodes/", "no/"],
            Names::Pods => ["pod/", "pods/", "po/"],
        }
    }
}

/// What the shell should do besides: cobra's `ShellCompDirective`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Directive {
    /// Complete file names where there are no candidates.
    Files = 0,
    /// Complete no file names.
    NoFiles = 4,
}

/// Returns the words to be completed, where the arguments (with the program's name) ask for that.
pub fn request(args: &[OsString]) -> Option<&[OsString]> {
    let (program, rest) = args.split_first()?;
    // On Windows the name ends in `.exe`.
    if Path::new(program).file_stem() == Some(OsStr::new(COMPLETER)) {
        return Some(rest);
    }
    match rest.split_first() {
        Some((first, words)) if first == HIDDEN => Some(words),
        _ => None,
    }
}

/// Returns the lines that answer a request; `words` ends with the unfinished word, empty where none was begun.
pub fn answer(command: &clap::Command, words: &[OsString]) -> String {
    answer_with(command, words, |wanted| {
        names::read(command.clone(), words, wanted)
    })
}

/// As [`answer`], with the names in the cluster from `names`, which is asked only where they are wanted.
fn answer_with(
    command: &clap::Command,
    words: &[OsString],
    names: impl FnOnce(Names) -> Vec<String>,
) -> String {
    let unfinished = words.last().map(|word| word.to_string_lossy());
    let unfinished = unfinished.as_deref().unwrap_or_default();
    let (mut directive, mut wanted) = (Directive::NoFiles, None);
    let mut lines = Vec::new();
    for candidate in candidates(command.clone(), words) {
        let value = candidate.get_value().to_string_lossy();
        if value.contains(FILES) {
            directive = Directive::Files;
        } else if value.contains(NODES) {
            wanted = Some(Names::Nodes);
        } else if value.contains(PODS) {
            wanted = Some(Names::Pods);
        } else if value.contains(KIND_AND_NODES) {
            let is_named = names_kind(words);
            wanted = is_named.then_some(Names::Nodes);
            lines.extend(kind(unfinished).filter(|_| !is_named));
        } else if unfinished.starts_with('-') || !value.starts_with('-') {
            lines.push(line(&candidate, unfinished, &value));
        }
    }
    if let Some(wanted) = wanted
        && !unfinished.starts_with('-')
    {
        lines.extend(fitting(names(wanted), wanted, words, unfinished));
    }
    lines.push(format!(":{}\n", directive as u8));
    lines.join("\n")
}

/// Tells whether a finished word says that nodes are meant, as kubectl's form of `taint` wants it first.
fn names_kind(words: &[OsString]) -> bool {
    let before = words.split_last().map_or(words, |(_, before)| before);
    before
        .iter()
        .any(|word| is_node_kind(&word.to_string_lossy()))
}

/// Returns the candidate that begins kubectl's form, where the unfinished word may become it.
fn kind(unfinished: &str) -> Option<String> {
    "nodes"
        .starts_with(unfinished)
        .then(|| "nodes\tkubectl's own form: nodes NODE... SPEC... SPEC-".to_owned())
}

/// Returns the names that the unfinished word may become and that were not typed before, in the form of the word.
fn fitting(names: Vec<String>, wanted: Names, words: &[OsString], unfinished: &str) -> Vec<String> {
    let prefix = wanted
        .prefixes()
        .into_iter()
        .find(|prefix| unfinished.starts_with(prefix))
        .unwrap_or_default();
    let before = words.split_last().map_or(words, |(_, before)| before);
    if before.iter().any(|word| ends_names(word)) {
        return Vec::new();
    }
    let is_named = |name: &str| before.iter().any(|word| is_whole(word, name));
    names
        .into_iter()
        .filter(|name| !is_named(name))
        .map(|name| format!("{prefix}{name}"))
        .filter(|name| name.starts_with(unfinished))
        .collect()
}

/// Tells whether no name of a node follows a word: it is a taint, or a selector that stands instead of names.
fn ends_names(word: &OsStr) -> bool {
    let word = word.to_string_lossy();
    !word.starts_with('-') && (word.contains([':', '=']) || word.ends_with('-'))
}

/// Tells whether a word is this name or `KIND/NAME`.
fn is_whole(word: &OsStr, name: &str) -> bool {
    let word = word.to_string_lossy();
    word.rsplit('/').next() == Some(name)
}

fn candidates(command: clap::Command, words: &[OsString]) -> Vec<CompletionCandidate> {
    let mut args = vec![OsString::from(command.get_name())];
    args.extend_from_slice(words);
    if words.is_empty() {
        args.push(OsString::new());
    }
    let unfinished = args.len() - 1;
    // Words that make no sense have no completion.
    complete(&mut with_marks(command), args, unfinished, None).unwrap_or_default()
}

/// Marks the arguments that are files, so that the shell completes them with its own rules for `~` and quotes, and those
/// that are nodes, so that the cluster is asked only when it matters.
fn with_marks(command: clap::Command) -> clap::Command {
    let mark = |arg: clap::Arg| {
        let is_file = matches!(
            arg.get_value_hint(),
            ValueHint::AnyPath | ValueHint::FilePath | ValueHint::DirPath
        );
        let marked = MARKED_ARGUMENTS
            .iter()
            .find(|(name, _)| *name == arg.get_id().as_str());
        let text = match (marked, is_file) {
            (Some((_, text)), _) => *text,
            (None, true) => FILES,
            (None, false) => return arg,
        };
        arg.add(ArgValueCompleter::new(move |_: &OsStr| {
            vec![CompletionCandidate::new(text)]
        }))
    };
    command.mut_args(mark).mut_subcommands(with_marks)
}

/// Formats a candidate; after `--flag=` it is the value alone.
fn line(candidate: &CompletionCandidate, unfinished: &str, value: &str) -> String {
    let flag = unfinished.find('=').filter(|_| unfinished.starts_with('-'));
    let value = flag.and_then(|at| value.get(at + 1..)).unwrap_or(value);
    let help = candidate.get_help().map(ToString::to_string);
    match help.as_deref().and_then(|help| help.lines().next()) {
        Some(help) => format!("{value}\t{}", help.replace('\t', " ")),
        None => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &[&str]) -> Vec<OsString> {
        text.iter().map(OsString::from).collect()
    }

    /// The candidates without their descriptions, and the directive.
    fn answered(text: &[&str]) -> Vec<String> {
        let names = |wanted| match wanted {
            Names::Nodes => ["blue-1", "blue-2", "green"].map(str::to_owned).to_vec(),
            Names::Pods => ["web-1", "web-2"].map(str::to_owned).to_vec(),
        };
        let answer = answer_with(&crate::cli::command(), &words(text), names);
        let value = |line: &str| line.split('\t').next().unwrap_or_default().to_owned();
        answer.lines().map(value).collect()
    }

    #[test]
    fn requests_are_told_from_commands() {
        let asked = |args: &[&str]| request(&words(args)).map(<[OsString]>::to_vec);
        assert_eq!(
            asked(&["/x/kubectl_complete-nodemaint", "dr"]),
            Some(words(&["dr"]))
        );
        assert_eq!(
            asked(&["kubectl_complete-nodemaint.exe", ""]),
            Some(words(&[""]))
        );
        assert_eq!(
            asked(&["kubectl-nodemaint", "__complete", "a", ""]),
            Some(words(&["a", ""]))
        );
        assert_eq!(asked(&["kubectl-nodemaint", "drain", "__complete"]), None);
        assert_eq!(asked(&["kubectl-nodemaint"]), None);
        assert_eq!(asked(&[]), None);
    }

    #[test]
    fn commands_come_with_their_help() {
        let answer = answer(&crate::cli::command(), &words(&["complet"]));
        assert!(answer.starts_with("completion\tPrint"), "{answer}");
        assert!(answer.ends_with("\n:4\n"), "{answer}");
    }

    #[test]
    fn flags_are_offered_after_a_dash_only() {
        let begun = answered(&["completion", "--ku"]);
        assert_eq!(begun, ["--kubeconfig", ":4"]);
        for text in [&["completion", ""][..], &[][..]] {
            let offered = answered(text);
            assert!(offered.len() > 2, "{offered:?}");
            assert!(
                !offered.iter().any(|value| value.starts_with('-')),
                "{offered:?}"
            );
        }
    }

    #[test]
    fn values_of_flags_are_offered() {
        assert_eq!(answered(&["--color", "a"]), ["auto", "always", ":4"]);
        assert_eq!(
            answered(&["completion", "--color", ""]),
            ["auto", "always", "never", ":4"]
        );
    }

    #[test]
    fn after_an_equals_sign_the_value_stands_alone() {
        assert_eq!(answered(&["--color=al"]), ["always", ":4"]);
    }

    #[test]
    fn files_are_left_to_the_shell() {
        assert_eq!(answered(&["--kubeconfig", ""]), [":0"]);
        assert_eq!(answered(&["completion", "bash", "--kubeconfig=/x"]), [":0"]);
    }

    #[test]
    fn what_makes_no_sense_has_no_candidates() {
        for text in [
            &["--nonsense", "x"][..],
            &["--context", "a"],
            &["--", "--c"],
        ] {
            assert_eq!(answered(text), [":4"], "{text:?}");
        }
    }

    #[test]
    fn nodes_are_offered_by_what_was_begun() {
        assert_eq!(
            answered(&["drain", ""]),
            ["blue-1", "blue-2", "green", ":4"]
        );
        assert_eq!(
            answered(&["drain", "blue-2", "--force", "bl"]),
            ["blue-1", ":4"]
        );
        assert_eq!(
            answered(&["drain", "node/blue-2", "node/b"]),
            ["node/blue-1", ":4"]
        );
        assert_eq!(answered(&["drain", "x"]), [":4"]);
        assert_eq!(answered(&["describe", "g"]), ["green", ":4"]);
        assert_eq!(answered(&["budgets", ""]), [":4"]);
        assert_eq!(answered(&["drain", "-l", "a=b", ""]), [":4"]);
    }

    #[test]
    fn nodes_come_before_taints() {
        assert_eq!(answered(&["taint", "add", "gr"]), ["green", ":4"]);
        assert_eq!(
            answered(&["taint", "nodes", "green", "blue"]),
            ["blue-1", "blue-2", ":4"]
        );
        assert_eq!(
            answered(&["taint", "add", "green", "a=b:NoSchedule", "b"]),
            [":4"]
        );
    }

    #[test]
    fn taint_begins_with_a_verb_or_with_kubectls_word() {
        let offered = answered(&["taint", ""]);
        for word in ["add", "remove", "patch", "nodes"] {
            assert!(offered.contains(&word.to_owned()), "{offered:?}");
        }
        assert!(!offered.contains(&"green".to_owned()), "{offered:?}");
        assert_eq!(answered(&["taint", "no"]), ["nodes", ":4"]);
        assert_eq!(answered(&["taint", "--overwrite", "n"]), ["nodes", ":4"]);
        assert_eq!(answered(&["taint", "b"]), [":4"]);
        for kind in ["no", "node", "nodes"] {
            let offered = answered(&["taint", kind, ""]);
            assert_eq!(offered, ["blue-1", "blue-2", "green", ":4"], "{kind}");
        }
    }

    #[test]
    fn pods_are_offered_to_fit_and_nodes_to_its_flags() {
        assert_eq!(answered(&["fit", "we"]), ["web-1", "web-2", ":4"]);
        assert_eq!(answered(&["fit", "web-1", "pod/"]), ["pod/web-2", ":4"]);
        assert_eq!(
            answered(&["fit", "web-1", "--why-not", "g"]),
            ["green", ":4"]
        );
    }

    #[test]
    fn the_cluster_is_asked_for_names_only() {
        let asked = |text: &[&str]| {
            let mut asked = false;
            let names = |_| {
                asked = true;
                Vec::new()
            };
            answer_with(&crate::cli::command(), &words(text), names);
            asked
        };
        assert!(asked(&["drain", ""]));
        assert!(asked(&["taint", "nodes", ""]));
        for text in [
            &["drain", "--"][..],
            &["drain", "--timeout", ""],
            &["comp"],
            &["man", ""],
            &["taint", ""],
        ] {
            assert!(!asked(text), "{text:?}");
        }
    }
}
