//! `taint add`, `remove` and `patch`, which kubectl does not have.

use controlplane::{Made, Space, shared, space};

use crate::support::{Ran, ours, plugin_writes, taints};

fn run(space: &Space, words: &[&str]) -> Ran {
    ours(&space.kubeconfig(), &[&["taint"], words].concat()).tidy(space)
}

fn lines(ran: &Ran) -> (&str, &str, Option<i32>) {
    (&ran.out, &ran.err, ran.code)
}

fn setup(hint: &str, specs: &[&str]) -> (Space, Made) {
    let space = space(hint);
    let draft = specs
        .iter()
        .fold(space.node("a"), |node, spec| node.taint(spec));
    let node = draft.create();
    (space, node)
}

const UNSCHEDULABLE: &str = "node.kubernetes.io/test:NoSchedule";

#[test]
fn adding_and_removing_are_safe_to_run_twice() {
    let (space, node) = setup("taint_twice", &["old=1:NoSchedule"]);
    let a = node.name();
    let spec = "dedicated=db:NoSchedule";
    assert_eq!(
        lines(&run(&space, &["add", a, spec])),
        ("node/a tainted\n", "", Some(0))
    );
    let before = shared().audit_mark();
    assert_eq!(
        lines(&run(&space, &["add", a, spec])),
        ("node/a already tainted\n", "", Some(0))
    );
    assert_eq!(plugin_writes(&space, before), 0);
    assert_eq!(
        lines(&run(
            &space,
            &["add", a, "dedicated=web:NoSchedule", "gpu:NoExecute"]
        )),
        (
            "",
            "error: node a already has dedicated taint(s) with same effect(s) and --overwrite is false\n\
             nothing was changed; refused by a\n",
            Some(3)
        )
    );
    assert_eq!(taints(&space, a), [spec, "old=1:NoSchedule"]);
    let overwrite = run(
        &space,
        &["add", a, "dedicated=web:NoSchedule", "--overwrite"],
    );
    assert_eq!(lines(&overwrite), ("node/a modified\n", "", Some(0)));

    assert_eq!(
        lines(&run(
            &space,
            &["remove", a, "dedicated=db:NoSchedule", "old"]
        )),
        (
            "",
            "error: taint \"dedicated=db:NoSchedule\" not found: \"dedicated:NoSchedule\" is there with the value \"web\"\n\
             nothing was changed; refused by a\n",
            Some(3)
        )
    );
    let both = ["remove", a, "dedicated=web:NoSchedule", "old-"];
    assert_eq!(
        lines(&run(&space, &both)),
        ("node/a untainted\n", "", Some(0))
    );
    assert_eq!(
        lines(&run(&space, &both)),
        (
            "node/a already untainted\n",
            "node a has no taint \"dedicated:NoSchedule\"\nnode a has no taint \"old\"\n",
            Some(0)
        )
    );
    assert_eq!(taints(&space, a), [""; 0]);
}

#[test]
fn a_replaced_list_is_shown_first_and_keeps_what_kubernetes_owns() {
    let (space, node) = setup(
        "taint_replace",
        &["old=1:NoSchedule", "same:NoExecute", UNSCHEDULABLE],
    );
    let a = node.name();
    let words = [
        "patch",
        a,
        "--set",
        "same:NoExecute",
        "old=2:NoSchedule",
        "new:NoSchedule",
    ];
    let dry: Vec<&str> = words.iter().copied().chain(["--dry-run"]).collect();
    let shown = "node/a\n    same:NoExecute\n  - old=1:NoSchedule\n  + old=2:NoSchedule\n  + new:NoSchedule\n    \
                 node.kubernetes.io/test:NoSchedule\nnode a: node.kubernetes.io/test:NoSchedule stays, because \
                 Kubernetes itself keeps it there; --drop node.kubernetes.io/test takes it away\n";
    assert_eq!(
        lines(&run(&space, &dry)),
        ("node/a patched (dry run)\n", shown, Some(0))
    );
    assert_eq!(
        lines(&run(&space, &words)),
        ("node/a patched\n", shown, Some(0))
    );
    assert_eq!(
        taints(&space, a),
        [
            "same:NoExecute",
            "old=2:NoSchedule",
            "new:NoSchedule",
            UNSCHEDULABLE
        ]
    );
    let before = shared().audit_mark();
    assert_eq!(run(&space, &words).out, "node/a patched (no change)\n");
    assert_eq!(plugin_writes(&space, before), 0);

    assert_eq!(
        run(&space, &["patch", a, "--clear"]).out,
        "node/a patched\n"
    );
    assert_eq!(taints(&space, a), [UNSCHEDULABLE]);
    let drop = run(
        &space,
        &["patch", a, "--clear", "--drop", "node.kubernetes.io/test"],
    );
    assert_eq!(
        lines(&drop),
        (
            "node/a patched\n",
            "node/a\n  - node.kubernetes.io/test:NoSchedule\n",
            Some(0)
        )
    );
    assert_eq!(taints(&space, a), [""; 0]);
}

#[test]
fn patches_of_every_type() {
    let (space, node) = setup("taint_patch", &["old=1:NoSchedule", UNSCHEDULABLE]);
    let a = node.name();
    for form in ["strategic", "merge"] {
        let patch = format!(r#"{{"spec":{{"taints":[{{"key":"{form}","effect":"NoExecute"}}]}}}}"#);
        let ran = run(&space, &["patch", a, "--type", form, "-p", &patch]);
        assert_eq!(
            (ran.out.as_str(), ran.code),
            ("node/a patched\n", Some(0)),
            "{ran:?}"
        );
        assert_eq!(
            taints(&space, a),
            [format!("{form}:NoExecute"), UNSCHEDULABLE.to_owned()]
        );
    }
    let add = r#"[{"op":"test","path":"/spec/taints/0/key","value":"merge"},
                  {"op":"replace","path":"/spec/taints/0/key","value":"json"}]"#;
    let ran = run(&space, &["patch", a, "--type=json", "-p", add]);
    assert_eq!(
        (ran.out.as_str(), ran.code),
        ("node/a patched\n", Some(0)),
        "{ran:?}"
    );
    assert_eq!(taints(&space, a), ["json:NoExecute", UNSCHEDULABLE]);
    let again = run(&space, &["patch", a, "--type=json", "-p", add]);
    assert_eq!((again.out.as_str(), again.code), ("", Some(3)));
    assert!(
        again
            .err
            .starts_with("error: node a: the patch does not apply to the taints that are there: "),
        "{again:?}"
    );
    assert_eq!(taints(&space, a), ["json:NoExecute", UNSCHEDULABLE]);
}

#[test]
fn several_nodes_are_changed_together_or_not_at_all() {
    let space = space("taint_together");
    let [a, b] = space.nodes(["a", "b"]);
    run(&space, &["add", b.name(), "x=1:NoSchedule"]);
    let before = shared().audit_mark();
    let refused = run(&space, &["nodes", a.name(), b.name(), "x=2:NoSchedule"]);
    assert_eq!(
        lines(&refused),
        (
            "",
            "error: node b already has x taint(s) with same effect(s) and --overwrite is false\n\
             nothing was changed; refused by b of 2 nodes\n",
            Some(3)
        )
    );
    assert_eq!(plugin_writes(&space, before), 0);
    assert_eq!(taints(&space, a.name()), [""; 0]);
    let all = run(
        &space,
        &[
            "nodes",
            "--all",
            "x=2:NoSchedule",
            "--overwrite",
            "--dry-run",
            "-o",
            "name",
        ],
    );
    for node in ["node/a\n", "node/b\n"] {
        assert!(all.out.contains(node), "{all:?}");
    }
}
