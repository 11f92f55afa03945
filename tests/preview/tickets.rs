//! What people put into tickets: Markdown of every report, and the plan as a page.

use controlplane::space;

use super::{offline, online};

#[test]
fn every_report_has_a_markdown_form_that_begins_with_what_it_comes_to() {
    let cases: [(&[&str], i32, &str); 6] = [
        (
            &["preview", "drain", "worker-2"],
            3,
            "# Drain of worker-2\n\n**refused: needs ",
        ),
        (
            &["preview", "taint", "worker-2", "repair:NoExecute"],
            0,
            "# Taints of worker-2\n\n**breaks budgets: ",
        ),
        (&["taint", "show"], 0, "# Taints\n\n**"),
        (&["fleet"], 0, "# Drain of each node alone\n\n**12 nodes: "),
        (&["budgets", "-A"], 0, "# Budgets\n\n**"),
        (
            &["describe", "worker-2"],
            0,
            "# Node worker-2\n\n**refused: ",
        ),
    ];
    for (words, code, opening) in cases {
        let run = offline(&[words, &["--snapshot", "demo", "-o", "markdown"]].concat());
        assert_eq!(run.code, code, "{run:?}");
        assert!(run.out.starts_with(opening), "{words:?}: {}", run.out);
        assert!(
            run.out.contains("\n| --- |") || run.out.contains("| --- |"),
            "{}",
            run.out
        );
    }
}

#[test]
fn the_page_of_the_demo_says_what_to_type_with_the_flags_that_were_given() {
    let args = [
        "preview",
        "drain",
        "worker-2",
        "--ignore-daemonsets",
        "--grace-period=5",
        "--pod-selector=app notin (x)",
        "--snapshot",
        "demo",
        "-o",
        "html",
    ];
    let run = offline(&args);
    assert_eq!((run.code, run.err.as_str()), (3, ""));
    assert!(run.out.starts_with("<!doctype html>\n"), "{}", run.out);
    assert!(run.out.trim_end().ends_with("</html>"));
    let next = "kubectl nodemaint preview drain worker-2 --ignore-daemonsets --grace-period=5 &#39;--pod-selector=app notin (x)&#39; --delete-emptydir-data";
    assert!(run.out.contains(next), "{}", run.out);
}

#[test]
fn a_dry_run_prints_the_same_forms_and_a_drain_that_runs_has_none() {
    let space = space("ticket_forms");
    let [node] = space.nodes(["a"]);
    let args = ["drain", node.name(), "--dry-run", "-o"];
    let page = online(&space.kubeconfig(), &[&args[..], &["html"]].concat());
    assert_eq!(page.code, 0, "{page:?}");
    let title = format!("<title>Drain of {}: ready</title>", node.name());
    assert!(page.out.contains(&title), "{}", page.out);
    let text = online(&space.kubeconfig(), &[&args[..], &["markdown"]].concat());
    let opening = format!("# Drain of {}\n", node.name().replace('_', "\\_"));
    assert!(text.out.starts_with(&opening), "{text:?}");
    let args = ["drain", node.name(), "-o", "html"];
    let run = online(&space.kubeconfig(), &args);
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.err.contains("-o html needs --dry-run"), "{run:?}");
}
