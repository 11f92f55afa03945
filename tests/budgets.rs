//! `budgets`: offline on the demo and on files, and against what the real server answers.

use controlplane::{Space, shared, space, wait_until};
use nodemaint::present::budget_report::{Budget, BudgetReport, Verdict};
use nodemaint::present::node_description::Cause;

use crate::preview::{Run, offline, online, piped};

fn report_of(run: &Run) -> BudgetReport {
    serde_json::from_str(&run.out).unwrap_or_else(|e| panic!("{e}: {run:?}"))
}

fn named<'a>(report: &'a BudgetReport, name: &str) -> &'a Budget {
    let found = report.budgets.iter().find(|budget| budget.name == name);
    found.unwrap_or_else(|| panic!("no budget {name} in {report:#?}"))
}

fn held(budget: &Budget) -> Vec<&str> {
    budget.nodes.iter().map(|node| node.name.as_str()).collect()
}

fn first_cause(budget: &Budget) -> (Cause, &str) {
    let finding = &budget.sick[0].findings[0];
    (finding.cause, finding.message.as_str())
}

/// arguments after `budgets`, exit code, beginning of standard error
type Row<'a> = (&'a [&'a str], i32, &'a str);

#[test]
fn wrong_usage_is_told_exactly() {
    let table: &[Row] = &[
        (&["x"], 2, "error: unexpected argument 'x' found"),
        (
            &["--snapshot", "demo", "--context", "prod"],
            2,
            "error: --context belongs to a live cluster; with --snapshot nothing is connected to",
        ),
        (
            &["--snapshot", "/nowhere/file"],
            1,
            "error: cannot read /nowhere/file: ",
        ),
        (
            &["--snapshot", "demo", "-o", "csv"],
            2,
            "error: invalid value 'csv' for '--output <FORMAT>'",
        ),
    ];
    for (args, code, message) in table {
        let all: Vec<&str> = ["budgets"].iter().chain(*args).copied().collect();
        let run = offline(&all);
        assert_eq!((run.code, run.out.as_str()), (*code, ""), "{args:?}");
        assert!(run.err.starts_with(message), "{args:?}: {}", run.err);
    }
}

#[test]
fn the_demo_has_a_budget_of_every_kind() {
    let run = offline(&["budgets", "-A", "--snapshot", "demo", "-o", "json"]);
    let report = report_of(&run);
    assert_eq!((run.code, report.complete), (0, true), "{}", run.err);
    let verdicts: Vec<(&str, Verdict)> = [
        "api",
        "cart",
        "checkout",
        "frontend",
        "search",
        "gateway",
        "fraud",
        "settlement",
        "web",
        "nginx",
    ]
    .map(|name| (name, named(&report, name).verdict))
    .to_vec();
    assert_eq!(
        verdicts,
        [
            ("api", Verdict::Never),
            ("cart", Verdict::Waiting),
            ("checkout", Verdict::Overlap),
            ("frontend", Verdict::Overlap),
            ("search", Verdict::Stale),
            ("gateway", Verdict::Never),
            ("fraud", Verdict::Never),
            ("settlement", Verdict::Never),
            ("web", Verdict::Waves),
            ("nginx", Verdict::Ok),
        ]
    );
    assert_eq!(named(&report, "checkout").overlaps, ["shop/frontend"]);
    assert_eq!(held(named(&report, "web")), ["worker-2"]);
}

#[test]
fn what_is_held_up_is_what_the_plan_of_the_node_says() {
    let run = offline(&["budgets", "-A", "--snapshot", "demo", "-o", "json"]);
    let report = report_of(&run);
    let demo = nodemaint::adapters::files::demo().unwrap();
    let flags = [
        "--force",
        "--ignore-daemonsets",
        "--delete-emptydir-data",
        "--scope",
        "node",
        "--snapshot",
        "demo",
        "-o",
        "json",
    ];
    for node in demo.nodes.keys() {
        let args: Vec<&str> = ["preview", "drain", node]
            .into_iter()
            .chain(flags)
            .collect();
        let plan: nodemaint::present::drain_plan::DrainPlan =
            serde_json::from_str(&offline(&args).out).unwrap();
        let ok = nodemaint::present::drain_plan::BudgetVerdict::Ok;
        let planned: Vec<_> = plan
            .budgets
            .iter()
            .filter(|budget| budget.verdict != ok)
            .map(|b| (format!("{}/{}", b.namespace, b.name), b.needed, b.verdict))
            .collect();
        let told: Vec<_> = report
            .budgets
            .iter()
            .flat_map(|b| b.nodes.iter().map(move |held| (b, held)))
            .filter(|(_, held)| held.name == *node)
            .map(|(b, held)| {
                (
                    format!("{}/{}", b.namespace, b.name),
                    held.needed,
                    held.verdict,
                )
            })
            .collect();
        assert_eq!(told, planned, "{node}");
    }
}

#[test]
fn the_table_fits_a_page_and_begins_with_the_summary() {
    let run = offline(&["budgets", "-A", "--snapshot", "demo"]);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    let first = run.out.lines().next().unwrap_or_default();
    assert!(first.contains(" budgets: 5 never, "), "{first}");
    let rows = run.out.lines().filter(|line| !line.starts_with(' '));
    for row in rows {
        assert!(row.chars().count() <= 100, "{row}");
    }
    let sick = offline(&["budgets", "-A", "--snapshot", "demo", "--problems"]);
    assert!(!sick.out.contains("\ningress/nginx"), "{}", sick.out);
    assert!(sick.out.contains("\nshop/api"), "{}", sick.out);
}

#[test]
fn a_namespace_can_be_chosen_and_an_empty_one_is_said() {
    let names = offline(&[
        "budgets",
        "-n",
        "logging",
        "--snapshot",
        "demo",
        "-o",
        "name",
    ]);
    assert_eq!(names.out, "poddisruptionbudget.policy/loki\n");
    let none = offline(&["budgets", "--snapshot", "demo"]);
    assert_eq!((none.code, none.out.as_str()), (0, ""));
    assert_eq!(
        none.err,
        "no budget in namespace default; -A looks at all namespaces\n"
    );
    let yaml = offline(&["budgets", "-n", "shop", "--snapshot", "demo", "-o", "yaml"]);
    assert!(yaml.out.contains("kind: BudgetReport"), "{}", yaml.out);
}

#[test]
fn a_file_without_budgets_is_no_good_news() {
    let node = r#"{"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n"}}"#;
    let run = piped(&["budgets", "-A", "--snapshot", "-"], node);
    assert_eq!((run.code, run.out.as_str()), (1, ""));
    assert!(
        run.err.starts_with(
            "error: the budgets are not known: poddisruptionbudgets.policy: the file holds no PodDisruptionBudget"
        ),
        "{}",
        run.err
    );
}

/// Asks the server itself whether it would let a pod of each budget go.
fn evict(space: &Space, pod: &str) -> Option<String> {
    let path = format!("/api/v1/namespaces/{}/pods/{pod}/eviction", space.name());
    let metadata = serde_json::json!({"name": pod});
    let eviction =
        serde_json::json!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": metadata});
    space.try_post(&path, eviction).err().map(|e| e.to_string())
}

#[test]
fn on_a_real_cluster_the_verdicts_are_what_evictions_are_answered() {
    let space = space("budgets_live");
    let [a, b] = space.nodes(["a", "b"]);
    space.deployment("tight").replicas(2).on(&a).create_ready();
    space.budget("tight").min_available(2).create_allowing(0);
    space.deployment("roomy").replicas(2).on(&a).create_ready();
    space.budget("roomy").min_available(1).create_allowing(1);
    space.deployment("twice").replicas(1).on(&b).create_ready();
    space.budget("twice").min_available(0).create_allowing(1);
    let second = space.budget("second").selecting("app", "twice");
    second.max_unavailable(1).create_allowing(1);
    space.budget("idle").min_available(1).create_allowing(0);
    space
        .pod("sick")
        .on(&b)
        .label("app", "sick")
        .ready_after("never")
        .create();
    space.pod("well").on(&b).label("app", "sick").create_ready();
    space.budget("sick").min_available(1).create_allowing(0);
    let user = space
        .user("viewer")
        .can("get,list", "pods")
        .can("get,list", "replicasets.apps")
        .can("get,list", "poddisruptionbudgets.policy")
        .create();
    let mark = shared().audit_mark();
    let run = online(user.kubeconfig(), &["budgets", "-o", "json"]);
    let report = report_of(&run);
    assert_eq!((run.code, report.complete), (0, true), "{run:?}");
    let verdict = |name: &str| named(&report, name).verdict;
    assert_eq!(verdict("tight"), Verdict::Never);
    assert_eq!(verdict("roomy"), Verdict::Waves);
    assert_eq!(verdict("twice"), Verdict::Overlap);
    assert_eq!(verdict("second"), Verdict::Overlap);
    assert_eq!(verdict("idle"), Verdict::MatchesNothing);
    assert_eq!(verdict("sick"), Verdict::Waiting);
    assert_eq!(held(named(&report, "tight")), [a.name()]);
    assert_eq!(held(named(&report, "sick")), [b.name()]);
    let path = format!("{}/sick", space.name());
    assert!(
        named(&report, "sick").message.contains(&path),
        "{report:#?}"
    );
    let asked = shared().audit_since(mark).by_user(user.name());
    let reads = asked.only(|r| ["get", "list"].contains(&r.verb.as_str()));
    assert_eq!(reads.count(), asked.count(), "only reads: {asked:#?}");
    assert!(asked.count() <= 6, "few requests: {asked:#?}");

    for (app, goes) in [
        ("tight", false),
        ("roomy", true),
        ("twice", false),
        ("well", false),
    ] {
        let pods = space.pods();
        let names = pods.iter().filter_map(|pod| pod.metadata.name.as_deref());
        let mut names = names.filter(|name| name.starts_with(app));
        let refused = evict(&space, names.next().unwrap());
        assert_eq!(refused.is_none(), goes, "{app}: {refused:?}");
    }
}

#[test]
fn what_may_not_be_read_is_unknown_and_without_the_budgets_there_is_nothing_to_say() {
    let space = space("budgets_rights");
    let node = space.node("a").create();
    space.deployment("web").replicas(2).on(&node).create_ready();
    space.budget("web").min_available(1).create_allowing(1);
    let blind = space
        .user("blind")
        .can("get,list", "poddisruptionbudgets.policy")
        .create();
    let report = report_of(&online(blind.kubeconfig(), &["budgets", "-o", "json"]));
    assert_eq!(named(&report, "web").verdict, Verdict::Unknown);
    assert_eq!(named(&report, "web").selected, None);
    assert_eq!(report.unread[0].what, "pods");
    let table = online(blind.kubeconfig(), &["budgets"]);
    assert!(
        table.out.contains("could not be read:\n  pods: "),
        "{}",
        table.out
    );
    let nobody = space.user("nobody").can("get,list", "pods").create();
    let run = online(nobody.kubeconfig(), &["budgets"]);
    assert_eq!((run.code, run.out.as_str()), (6, ""), "{run:?}");
}

#[test]
fn a_pod_that_a_budget_waits_for_and_that_has_no_node_gets_the_answer_of_the_rules() {
    let space = space("budgets_pending");
    let node = space.node("a").create();
    space
        .pod("well")
        .on(&node)
        .label("app", "big")
        .create_ready();
    space
        .pod("huge")
        .label("app", "big")
        .request("cpu", "99")
        .create();
    space.budget("big").min_available(1).create_allowing(0);
    wait_until("the scheduler has spoken", || {
        let pod = space.get_pod("huge").unwrap();
        let conditions = pod["status"]["conditions"].as_array().cloned();
        conditions.is_some_and(|all| all.iter().any(|one| one["reason"] == "Unschedulable"))
    });
    let all = report_of(&online(&space.kubeconfig(), &["budgets", "-o", "json"]));
    let (cause, words) = first_cause(named(&all, "big"));
    assert_eq!(cause, Cause::NotScheduled);
    assert!(words.starts_with("fits no node: 0/"), "{words}");
    let user = space
        .user("viewer")
        .can("get,list", "pods")
        .can("get,list", "poddisruptionbudgets.policy")
        .create();
    let some = report_of(&online(user.kubeconfig(), &["budgets", "-o", "json"]));
    let (cause, words) = first_cause(named(&some, "big"));
    assert_eq!(cause, Cause::NotScheduled);
    assert!(
        words.starts_with("has no node; the scheduler says: 0/"),
        "{words}"
    );
    let table = online(user.kubeconfig(), &["budgets"]);
    let line = format!(
        "  {}/huge: has no node; the scheduler says: 0/",
        space.name()
    );
    assert!(table.out.contains(&line), "{}", table.out);
}
