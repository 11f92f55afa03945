//! Completion as its users meet it: the committed scripts are those of the binary, bash gets
//! its candidates from them, and kubectl finds the program it asks where `install` put it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use controlplane::{Space, space};

const PLUGIN: &str = env!("CARGO_BIN_EXE_kubectl-nodemaint");
const COMPLETER: &str = "kubectl_complete-nodemaint";

fn run(program: impl AsRef<Path>, path: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(program.as_ref());
    command
        .args(args)
        .env("PATH", format!("{}:/usr/bin:/bin", path.display()));
    command.output().expect("the program can be started")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("the output is text")
}

/// A folder with a link to the plugin in it, as krew makes one.
fn linked() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let link = folder.path().join("kubectl-nodemaint");
    std::os::unix::fs::symlink(PLUGIN, &link).expect("a link can be made");
    (folder, link)
}

fn committed(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("completions")
        .join(name);
    fs::read_to_string(path).expect("the script is committed")
}

#[test]
fn committed_scripts_are_the_binarys() {
    let (folder, link) = linked();
    for (args, name) in [
        (&["completion", "bash"][..], "kubectl-nodemaint.bash"),
        (&["completion", "zsh"], "_kubectl-nodemaint"),
        (&["completion", "fish"], "kubectl-nodemaint.fish"),
        (&["completion", "powershell"], "kubectl-nodemaint.ps1"),
        (&["completion", "install", "--print"], COMPLETER),
    ] {
        let output = run(&link, folder.path(), args);
        assert!(output.status.success(), "{name}: {output:?}");
        assert_eq!(text(&output.stdout), committed(name), "completions/{name}");
    }
}

#[test]
fn install_puts_the_completer_next_to_the_link() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, link) = linked();
    let file = folder.path().join(COMPLETER);
    let install = || run(&link, folder.path(), &["completion", "install"]);

    let first = install();
    assert_eq!(
        text(&first.stdout),
        format!("{} installed\n", file.display())
    );
    assert_eq!(text(&first.stderr), "");
    assert_eq!(
        fs::read_to_string(&file).expect("it was written"),
        committed(COMPLETER)
    );
    let mode = fs::metadata(&file)
        .expect("it was written")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o755);
    assert_eq!(
        text(&install().stdout),
        format!("{} already installed\n", file.display())
    );

    fs::write(
        &file,
        "#!/bin/sh\nexec /old/kubectl-nodemaint __complete \"$@\"\n",
    )
    .expect("ours");
    assert_eq!(
        text(&install().stdout),
        format!("{} updated\n", file.display())
    );
    assert_eq!(
        fs::read_to_string(&file).expect("it was written"),
        committed(COMPLETER)
    );
}

#[test]
fn the_installed_completer_answers() {
    let (folder, link) = linked();
    assert!(
        run(&link, folder.path(), &["completion", "install"])
            .status
            .success()
    );
    let answer = run(
        folder.path().join(COMPLETER),
        folder.path(),
        &["completion", "--color", "al"],
    );
    assert_eq!(text(&answer.stdout), "always\tAlways\n:4\n");
    assert_eq!((text(&answer.stderr), answer.status.code()), ("", Some(0)));
}

#[test]
fn install_leaves_somebody_elses_file_alone() {
    let (folder, link) = linked();
    let file = folder.path().join(COMPLETER);
    fs::write(&file, "#!/bin/sh\necho mine\n").expect("it can be written");
    let refused = run(&link, folder.path(), &["completion", "install"]);
    assert_eq!(refused.status.code(), Some(7));
    let message = format!(
        "error: {} exists and was not written by this program\n",
        file.display()
    );
    assert!(text(&refused.stderr).starts_with(&message), "{refused:?}");
    assert_eq!(
        fs::read_to_string(&file).expect("it is there"),
        "#!/bin/sh\necho mine\n"
    );
}

#[test]
fn install_says_when_kubectl_will_not_find_it() {
    let (folder, link) = linked();
    let output = run(&link, Path::new("/nowhere"), &["completion", "install"]);
    let warning = format!(
        "Warning: {} is not on the PATH: kubectl will not find it\n",
        folder.path().display()
    );
    assert_eq!(
        (output.status.code(), text(&output.stderr)),
        (Some(0), warning.as_str())
    );
}

#[test]
fn print_writes_nothing() {
    let (folder, link) = linked();
    let output = run(&link, folder.path(), &["completion", "install", "--print"]);
    let place = format!("# {}\n", folder.path().join(COMPLETER).display());
    assert_eq!(text(&output.stderr), place);
    assert!(!folder.path().join(COMPLETER).exists());
}

#[test]
fn a_link_named_after_the_completer_serves_too() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let link = folder.path().join(COMPLETER);
    std::os::unix::fs::symlink(PLUGIN, &link).expect("a link can be made");
    let answer = run(&link, folder.path(), &["completion", "zs"]);
    assert_eq!(text(&answer.stdout), "zsh\tPrint the script for zsh\n:4\n");
}

/// Completes `words` in bash, cut as bash cuts them.
fn in_bash(words: &[&str]) -> String {
    let (folder, _link) = linked();
    let script = "source \"$1\"; shift; COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); \
                  _kubectl_nodemaint; echo \"${COMPREPLY[*]}\"";
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("completions/kubectl-nodemaint.bash");
    let file = file.to_str().expect("the path is text");
    let mut args = vec!["--norc", "-c", script, "bash", file, "kubectl-nodemaint"];
    args.extend_from_slice(words);
    let output = run("/bin/bash", folder.path(), &args);
    text(&output.stdout).trim_end().to_owned()
}

#[test]
fn bash_completes_words_and_values() {
    assert_eq!(in_bash(&["comple"]), "completion");
    assert_eq!(in_bash(&["completion", "--kubec"]), "--kubeconfig");
    assert_eq!(in_bash(&["--color", "a"]), "auto always");
    assert_eq!(in_bash(&["completion", "--color", "=", "al"]), "always");
    assert_eq!(
        in_bash(&["completion", "--color", "="]),
        "auto always never"
    );
    assert_eq!(in_bash(&["--kubeconfig", "x"]), "");
}

/// What kubectl's own completion answers for words after `nodemaint`, with the completer where `install` puts it.
fn by_kubectl(space: &Space, words: &[&str]) -> Vec<String> {
    let (folder, link) = linked();
    assert!(
        run(&link, folder.path(), &["completion", "install"])
            .status
            .success()
    );
    let words = ["__complete", "nodemaint"].iter().chain(words).copied();
    let mut kubectl = space.kubectl(words);
    kubectl.env("PATH", format!("{}:/usr/bin:/bin", folder.path().display()));
    let answer = kubectl.output().expect("kubectl can be started");
    let candidate = |line: &str| line.split('\t').next().unwrap_or_default().to_owned();
    text(&answer.stdout).lines().map(candidate).collect()
}

/// kubectl's own completion, down to the server and back.
#[test]
fn kubectl_completes_the_names_of_nodes() {
    let space = space("completion");
    let [first, second] = space.nodes(["a", "b"]);
    let begun = space.node_name("");
    let both = [first.name(), second.name(), ":4"];
    for command in [
        &["drain"][..],
        &["cordon"],
        &["preview", "drain"],
        &["taint", "nodes"],
        &["taint", "add"],
    ] {
        let words = [command, &[begun.as_str()][..]].concat();
        assert_eq!(by_kubectl(&space, &words), both, "{command:?}");
        let words = [command, &[first.name(), begun.as_str()]].concat();
        assert_eq!(by_kubectl(&space, &words), both[1..], "{command:?}");
    }
}

#[test]
fn kubectl_completes_the_forms_of_taint() {
    let space = space("completion-taint");
    let [node] = space.nodes(["a"]);
    let offered = by_kubectl(&space, &["taint", ""]);
    for word in ["add", "remove", "patch", "nodes"] {
        assert!(offered.contains(&word.to_owned()), "{offered:?}");
    }
    assert!(!offered.contains(&node.name().to_owned()), "{offered:?}");
    assert_eq!(by_kubectl(&space, &["taint", "n"]), ["nodes", ":4"]);
}
