//! Whatever ends a test run, nothing of its control plane stays: no process, no folder.
//! And what a newcomer reads while it is built, or when it cannot be.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use controlplane::Description;
use controlplane::assets;
use controlplane::description::CLUSTER_VARIABLE;
use controlplane::programs::Program;
use controlplane::supervisor::{SUPERVISE_COMMAND, Supervised};
use rustix::process::{Pid, Signal, kill_process};

const XTASK: &str = env!("CARGO_BIN_EXE_xtask");
const DEADLINE: Duration = Duration::from_secs(60);

/// One control plane at a time: each takes a gigabyte.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn supervised() -> Supervised {
    Supervised::start(Command::new(XTASK).arg(SUPERVISE_COMMAND)).expect("a control plane")
}

#[track_caller]
fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + DEADLINE;
    while !holds() {
        assert!(Instant::now() < deadline, "waited in vain for: {what}");
        thread::sleep(Duration::from_millis(50));
    }
}

/// A zombie counts as gone: it runs nothing, and its new parent will collect it.
fn is_alive(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ")
        .is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

fn living(cluster: &Description) -> Vec<&str> {
    cluster
        .pids
        .iter()
        .filter(|(_, pid)| is_alive(**pid))
        .map(|(name, _)| name.as_str())
        .collect()
}

#[track_caller]
fn assert_runs(cluster: &Description) {
    let names = [
        "etcd",
        "kube-apiserver",
        "kube-controller-manager",
        "kube-scheduler",
        "kwok",
        "supervisor",
    ];
    assert_eq!(living(cluster), names);
    assert!(cluster.folder.is_dir());
}

#[track_caller]
fn assert_nothing_is_left(cluster: &Description) {
    wait_until("no process is left", || living(cluster).is_empty());
    wait_until("no folder is left", || !cluster.folder.exists());
}

fn send(pid: u32, signal: Signal) {
    let pid = Pid::from_raw(i32::try_from(pid).expect("a pid")).expect("not 0");
    kill_process(pid, signal).expect("our own process");
}

/// `xtask cluster` and the description of what it started.
fn foreground() -> (Child, Description) {
    let mut child = Command::new(XTASK)
        .arg("cluster")
        .stdout(Stdio::piped())
        .spawn()
        .expect("starts");
    let output = child.stdout.take().expect("piped");
    let marker = format!("export {CLUSTER_VARIABLE}=");
    let path = BufReader::new(output)
        .lines()
        .map_while(Result::ok)
        .find_map(|line| {
            line.split_once(&marker)
                .map(|(_, path)| PathBuf::from(path.trim()))
        })
        .expect("it says where the description is");
    let description = Description::load(&path).expect("a description");
    (child, description)
}

#[test]
fn nothing_is_left_after_a_normal_end() {
    let _alone = alone();
    let supervised = supervised();
    let cluster = supervised.description().clone();
    assert_runs(&cluster);
    drop(supervised);
    assert!(
        living(&cluster).is_empty(),
        "the end waits for the programs: {:?}",
        living(&cluster)
    );
    assert!(!cluster.folder.exists());
}

#[test]
fn nothing_is_left_after_a_panic() {
    let _alone = alone();
    let (sender, receiver) = std::sync::mpsc::channel();
    let outcome = thread::spawn(move || {
        let supervised = supervised();
        sender
            .send(supervised.description().clone())
            .expect("the test waits");
        panic!("a test failed (on purpose)");
    })
    .join();
    assert!(outcome.is_err());
    assert_nothing_is_left(&receiver.recv().expect("it had started"));
}

#[test]
fn nothing_is_left_after_ctrl_c() {
    let _alone = alone();
    let (mut child, cluster) = foreground();
    assert_runs(&cluster);
    send(child.id(), Signal::INT);
    assert!(child.wait().expect("ends").success());
    assert_nothing_is_left(&cluster);
}

#[test]
fn nothing_is_left_after_the_starter_was_killed() {
    let _alone = alone();
    let (mut child, cluster) = foreground();
    send(child.id(), Signal::KILL);
    assert!(!child.wait().expect("ends").success());
    assert_nothing_is_left(&cluster);
}

#[test]
fn a_killed_supervisor_takes_its_programs_along_and_the_next_run_removes_its_folder() {
    let _alone = alone();
    let mut first = supervised();
    let cluster = first.description().clone();
    send(cluster.pids["supervisor"], Signal::KILL);
    wait_until("the supervisor has ended", || first.has_ended());
    wait_until("no process is left", || living(&cluster).is_empty());
    assert!(cluster.folder.exists(), "nobody was left to remove it");
    let second = supervised();
    assert!(!cluster.folder.exists());
    assert_runs(second.description());
}

#[test]
fn the_others_end_when_one_program_dies() {
    let _alone = alone();
    let mut supervised = supervised();
    let cluster = supervised.description().clone();
    send(cluster.pids["kube-scheduler"], Signal::KILL);
    wait_until("the supervisor has ended", || supervised.has_ended());
    assert_nothing_is_left(&cluster);
}

#[test]
fn the_demo_can_be_drained_by_kubectl() {
    let _alone = alone();
    let mut child = Command::new(XTASK)
        .args(["cluster", "--demo"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("starts");
    let mut output = BufReader::new(child.stdout.take().expect("piped"));
    let mut variable = |name: &str| {
        let marker = format!("export {name}=");
        let mut line = String::new();
        while !line.contains(&marker) {
            line.clear();
            assert_ne!(output.read_line(&mut line).expect("text"), 0, "no {name}");
        }
        line.trim().trim_start_matches(&marker).to_owned()
    };
    let kubeconfig = variable("KUBECONFIG");
    let cluster = Description::load(Path::new(&variable(CLUSTER_VARIABLE))).expect("a description");
    let kubectl = |arguments: &str| {
        let mut command = Command::new(cluster.programs.join(Program::Kubectl.name()));
        command
            .env("KUBECONFIG", &kubeconfig)
            .env("HOME", &cluster.folder)
            .args(arguments.split_whitespace());
        let output = command.output().expect("runs");
        (
            output.status.success(),
            String::from_utf8_lossy(&output.stdout).into_owned(),
        )
    };
    assert!(kubectl("wait -n shop deployment/web --for=condition=Available --timeout=60s").0);
    let (drained, said) = kubectl("drain worker-1 --ignore-daemonsets --timeout=60s");
    assert!(drained && said.contains("node/worker-1 drained"), "{said}");
    send(child.id(), Signal::TERM);
    assert!(child.wait().expect("ends").success());
    assert_nothing_is_left(&cluster);
}

/// A folder for one test, removed with it.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path =
            std::env::temp_dir().join(format!("nodemaint-xtask-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).expect("made");
        Self(path)
    }

    /// A `go` that is a shell script; `$part` is the file that a build must write.
    fn go(&self, version: &str, build: &str) -> &Self {
        let script = format!(
            "#!/bin/sh\n[ \"$1\" = version ] && echo 'go version {version} linux/amd64' && exit 0\n\
             while [ \"$1\" != -o ]; do shift; done; part=\"$2\"\necho \"$3\" >> {log}\n{build}\n",
            log = self.0.join("built.log").display()
        );
        let path = self.0.join("go");
        fs::write(&path, script).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("executable");
        self
    }

    /// The supervisor with this `go` and an empty cache.
    fn supervisor(&self) -> Command {
        let mut command = Command::new(XTASK);
        command
            .arg(SUPERVISE_COMMAND)
            .env("PATH", format!("{}:/usr/bin:/bin", self.0.display()))
            .env(assets::CACHE_VARIABLE, self.0.join("cache"))
            .env_remove(assets::ASSETS_VARIABLE)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        command
    }

    /// What was asked to be built, in order.
    fn built(&self) -> Vec<String> {
        let log = fs::read_to_string(self.0.join("built.log")).unwrap_or_default();
        log.lines()
            .map(|package| package.rsplit('/').next().unwrap_or(package).to_owned())
            .collect()
    }

    /// The cache's files but for lock and logs.
    fn cached(&self) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(self.0.join("cache").join("controlplane"))
            .into_iter()
            .flatten()
            .flatten()
            .flat_map(|key| fs::read_dir(key.path()).into_iter().flatten().flatten())
            .map(|file| file.file_name().to_string_lossy().into_owned())
            .filter(|name| name != ".lock" && !name.ends_with(".log"))
            .collect();
        names.sort();
        names
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Runs the supervisor until it ends by itself; its pipe is held meanwhile.
fn failure(mut command: Command) -> String {
    let mut child = command.spawn().expect("starts");
    let _hold: Option<ChildStdin> = child.stdin.take();
    let mut said = String::new();
    child
        .stderr
        .take()
        .expect("piped")
        .read_to_string(&mut said)
        .expect("text");
    assert!(!child.wait().expect("ends").success(), "{said}");
    said
}

#[test]
fn without_go_the_message_says_where_to_get_it() {
    let scratch = Scratch::new("no-go");
    let mut command = scratch.supervisor();
    command.env("PATH", &scratch.0);
    let said = failure(command);
    let expected =
        "the programs that the tests need are built with Go 1.26 or newer: https://go.dev/dl/";
    assert!(
        said.contains("error: there is no Go here") && said.contains(expected),
        "{said}"
    );
}

#[test]
fn an_old_go_is_refused_before_anything_is_built() {
    let scratch = Scratch::new("old-go");
    let said = failure(scratch.go("go1.24.1", "exit 1").supervisor());
    assert!(said.contains("error: the Go here is go1.24.1; "), "{said}");
    assert_eq!(scratch.built(), Vec::<String>::new());
}

#[test]
fn a_failed_build_shows_what_the_compiler_said_and_leaves_no_half_program() {
    let scratch = Scratch::new("failed");
    let said = failure(
        scratch
            .go(
                "go1.26.0",
                "echo half > \"$part\"; echo no such package >&2; exit 1",
            )
            .supervisor(),
    );
    assert!(
        said.contains("error: building etcd failed (exit status: 1):\nno such package"),
        "{said}"
    );
    assert_eq!(scratch.cached(), Vec::<String>::new());
}

#[test]
fn an_interrupted_build_leaves_no_half_program_and_no_compiler() {
    let scratch = Scratch::new("interrupted");
    scratch.go(
        "go1.26.0",
        "echo half > \"$part\"; echo $$ > \"$part.pid\"; exec sleep 600",
    );
    let mut child = scratch.supervisor().spawn().expect("starts");
    let pid_file = || {
        scratch
            .cached()
            .into_iter()
            .find(|name| name.ends_with(".pid"))
    };
    wait_until("the build runs", || {
        pid_file().is_some_and(|name| !read_in_cache(&scratch, &name).is_empty())
    });
    let pid: u32 = read_in_cache(&scratch, &pid_file().expect("there"))
        .trim()
        .parse()
        .expect("a pid");
    assert!(is_alive(pid));
    drop(child.stdin.take());
    assert!(
        child.wait().expect("ends").success(),
        "being told to stop is no error"
    );
    wait_until("the compiler has ended", || !is_alive(pid));
    let left: Vec<_> = scratch
        .cached()
        .into_iter()
        .filter(|name| !name.ends_with(".pid"))
        .collect();
    assert_eq!(left, Vec::<String>::new());
}

fn read_in_cache(scratch: &Scratch, name: &str) -> String {
    let keys = fs::read_dir(scratch.0.join("cache").join("controlplane")).expect("listed");
    keys.flatten()
        .find_map(|key| fs::read_to_string(key.path().join(name)).ok())
        .unwrap_or_default()
}

#[test]
fn two_runs_build_each_program_once() {
    let scratch = Scratch::new("twice");
    // Each built program is one that ends at once, so that no control plane comes of it.
    scratch.go(
        "go1.26.0",
        "sleep 0.3; printf '#!/bin/sh\\nexit 7\\n' > \"$part\"; chmod +x \"$part\"",
    );
    let said: Vec<_> = thread::scope(|scope| {
        let runs = [(); 2].map(|()| scope.spawn(|| failure(scratch.supervisor())));
        runs.map(|run| run.join().expect("ran")).into()
    });
    assert_eq!(
        scratch.built().len(),
        Program::ALL.len(),
        "{:?}",
        scratch.built()
    );
    let mut names: Vec<_> = Program::ALL
        .iter()
        .map(|program| program.name().to_owned())
        .collect();
    names.sort();
    assert_eq!(scratch.cached(), names);
    for text in said {
        assert!(
            // Which of them is looked at first is the machine's choice.
            text.contains(" ended by itself (exit status: 7)"),
            "{text}"
        );
    }
}

#[test]
fn a_folder_of_programs_that_lacks_some_is_named_with_what_it_lacks() {
    let scratch = Scratch::new("lacks");
    let given = scratch.0.join("given");
    fs::create_dir_all(&given).expect("made");
    for program in Program::ALL
        .into_iter()
        .filter(|program| *program != Program::Kwok)
    {
        fs::write(given.join(program.name()), "").expect("written");
    }
    let mut command = scratch.go("go1.24.0", "exit 1").supervisor();
    command.env(assets::ASSETS_VARIABLE, &given);
    let said = failure(command);
    let expected = format!(
        "control plane: KUBEBUILDER_ASSETS={} has no kwok; using programs of our own",
        given.display()
    );
    assert!(said.contains(&expected), "{said}");
}

#[test]
fn an_unknown_task_is_refused_and_help_is_given() {
    let run = |arguments: &[&str]| Command::new(XTASK).args(arguments).output().expect("runs");
    let unknown = run(&["tset"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert_eq!(
        String::from_utf8_lossy(&unknown.stderr),
        "error: there is no task \"tset\"; `cargo xtask help` lists them\n"
    );
    assert_eq!(run(&["cluster", "--dmeo"]).status.code(), Some(2));
    let help = run(&["help"]);
    assert!(help.status.success());
    for task in [
        "cargo xtask test",
        "cargo xtask cluster",
        "cargo xtask help",
    ] {
        assert!(
            String::from_utf8_lossy(&help.stdout).contains(task),
            "{task}"
        );
    }
}
