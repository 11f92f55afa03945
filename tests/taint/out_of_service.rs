//! The out-of-service taint is kept off machines that are alive, unless somebody insists.

use controlplane::{shared, space};

use crate::support::{ours, plugin_writes, taints};

const SPEC: &str = "node.kubernetes.io/out-of-service=nodeshutdown:NoExecute";

#[test]
fn a_node_whose_kubelet_reports_is_not_declared_lost() {
    let space = space("taint_lost_alive");
    let node = space.node("a").create();
    let config = space.kubeconfig();
    let before = shared().audit_mark();
    for words in [
        vec!["taint", "add", node.name(), SPEC],
        vec!["taint", "patch", node.name(), "--set", SPEC],
    ] {
        let refused = ours(&config, &words).tidy(&space);
        assert_eq!(
            (refused.code, refused.out.as_str()),
            (Some(3), ""),
            "{refused:?}"
        );
        let start = "error: node a is called out of service, but its kubelet reports that the node is ready: the machine is alive\n\
                     warning: node.kubernetes.io/out-of-service: once the node is not Ready, ";
        assert!(refused.err.contains(start), "{refused:?}");
        let end = "nothing was changed; refused by a\nhint: --force writes it all the same\n";
        assert!(refused.err.ends_with(end), "{refused:?}");
    }
    assert_eq!(plugin_writes(&space, before), 0);
    let forced = ours(&config, &["taint", "add", node.name(), SPEC, "--force"]).tidy(&space);
    assert_eq!(
        (forced.code, forced.out.as_str()),
        (Some(0), "node/a tainted\n")
    );
    assert!(
        forced
            .err
            .starts_with("warning: node a is called out of service, but "),
        "{forced:?}"
    );
    assert_eq!(taints(&space, node.name()), [SPEC]);
    let again = ours(&config, &["taint", "add", node.name(), SPEC]).tidy(&space);
    assert_eq!(
        (again.code, again.err.as_str()),
        (Some(0), ""),
        "it was declared lost before: {again:?}"
    );
}

#[test]
fn kubectls_own_form_warns_and_writes() {
    let space = space("taint_lost_kubectl");
    let node = space.node("a").create();
    let run = ours(&space.kubeconfig(), &["taint", "nodes", node.name(), SPEC]).tidy(&space);
    assert_eq!((run.code, run.out.as_str()), (Some(0), "node/a tainted\n"));
    assert!(
        run.err
            .starts_with("warning: node a is called out of service, but "),
        "{run:?}"
    );
}

#[test]
fn a_node_whose_kubelet_is_silent_is_declared_lost_with_a_warning() {
    let space = space("taint_lost_silent");
    let node = space.node("a").create_never_ready();
    let run = ours(&space.kubeconfig(), &["taint", "add", node.name(), SPEC]).tidy(&space);
    assert_eq!(
        (run.code, run.out.as_str()),
        (Some(0), "node/a tainted\n"),
        "{run:?}"
    );
    assert!(
        run.err
            .starts_with("warning: node.kubernetes.io/out-of-service: once "),
        "{run:?}"
    );
}

#[test]
fn a_preview_names_the_danger() {
    let space = space("taint_lost_preview");
    let node = space.node("a").create();
    let run = ours(
        &space.kubeconfig(),
        &["preview", "taint", node.name(), SPEC],
    )
    .tidy(&space);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(
        run.out
            .contains("danger: node.kubernetes.io/out-of-service: "),
        "{run:?}"
    );
    assert!(
        run.out
            .contains("`taint add` refuses node.kubernetes.io/out-of-service without --force"),
        "{run:?}"
    );
}
