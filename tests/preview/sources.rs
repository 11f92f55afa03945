//! The same cluster read live, from a snapshot and from what kubectl writes gives the same plan.

use controlplane::space;
use nodemaint::present::drain_plan::DrainPlan;

use super::{offline, online, piped, plan_of};

/// A plan without what a file cannot know: which server it came from, and when kubectl read it.
fn comparable(mut plan: DrainPlan) -> DrainPlan {
    plan.cluster.server.clear();
    plan.cluster.version.clear();
    plan.taken_at.clear();
    plan
}

#[test]
fn live_snapshot_and_kubectl_agree() {
    let space = space("preview_sources");
    let [a, b] = space.nodes(["a", "b"]);
    space.deployment("web").replicas(3).on(&a).create_ready();
    space.budget("web").min_available(2).create_allowing(1);
    space
        .stateful_set("db")
        .replicas(2)
        .on(&b)
        .empty_dir("data")
        .create_ready();
    space.budget("db").max_unavailable(0).create_allowing(0);
    space.pod("bare").on(&a).create_ready();
    space.job("task").on(&b).create_ready();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let drain = |more: &[&str]| {
        // The nodes of other tests come and go between two looks.
        let scope = "--scope=node";
        let args = ["preview", "drain", a.name(), b.name(), scope, "-o", "json"];
        args.iter()
            .chain(more)
            .map(|&word| word.to_owned())
            .collect::<Vec<String>>()
    };
    let args = drain(&[]);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let live = comparable(plan_of(&online(&space.kubeconfig(), &args)));
    assert!(live.complete, "{live:#?}");

    for name in ["cluster.yaml", "cluster.json"] {
        let file = path(name);
        let run = online(&space.kubeconfig(), &["snapshot", "-o", &file]);
        assert_eq!((run.code, run.out.as_str()), (0, ""), "{run:?}");
        assert!(run.err.starts_with(&format!("{file}: ")), "{}", run.err);
        let again = online(&space.kubeconfig(), &["snapshot", "-o", &file]);
        assert_eq!(again.code, 0, "a second time replaces the first");
        let args = drain(&["--snapshot", &file]);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        assert_eq!(comparable(plan_of(&offline(&args))), live, "{name}");
        assert!(!folder.path().join(format!("{name}.part")).exists());
    }

    let kinds = "nodes,pods,pdb,replicasets,deployments,statefulsets,daemonsets,jobs,namespaces";
    for form in ["yaml", "json"] {
        let text = space.kubectl_ok(["get", kinds, "-A", "-o", form]);
        let args = drain(&["--snapshot", "-"]);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        assert_eq!(
            comparable(plan_of(&piped(&args, &text))),
            live,
            "kubectl get -o {form}"
        );
    }
}

#[test]
fn a_snapshot_holds_no_secrets_and_is_the_owners_alone() {
    let space = space("preview_secrets");
    let node = space
        .node("a")
        .annotation("example.com/note", "tell-nobody")
        .create();
    space
        .pod("web")
        .on(&node)
        .annotation("example.com/note", "tell-nobody")
        .spec(|spec| {
            spec["containers"][0]["env"] =
                serde_json::json!([{"name": "PASSWORD", "value": "hunter2"}]);
        })
        .create_ready();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cluster.yaml");
    let run = online(
        &space.kubeconfig(),
        &["snapshot", "-o", &file.display().to_string()],
    );
    assert_eq!(run.code, 0, "{run:?}");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains(node.name()));
    for secret in ["hunter2", "PASSWORD", "tell-nobody"] {
        assert!(!text.contains(secret), "{secret}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn a_snapshot_that_cannot_be_written_says_so() {
    let space = space("preview_unwritable");
    let folder = tempfile::tempdir().unwrap();
    let missing = folder
        .path()
        .join("no/such/folder.yaml")
        .display()
        .to_string();
    let run = online(&space.kubeconfig(), &["snapshot", "-o", &missing]);
    assert_eq!(
        (run.code, run.err),
        (
            1,
            format!("error: cannot write {missing}: No such file or directory (os error 2)\n")
        )
    );
    let directory = folder.path().display().to_string();
    let run = online(&space.kubeconfig(), &["snapshot", "-o", &directory]);
    let first = format!("error: {directory} is a directory, not a snapshot file");
    assert_eq!(
        (run.code, run.err.lines().next()),
        (1, Some(first.as_str()))
    );
}
