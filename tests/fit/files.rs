//! Files that cannot be used: each refusal names the file, the document, the object and the field, and what to do.

use crate::preview::{offline, piped};

use super::{report_of, words};

const NODE: &str = "apiVersion: v1\nkind: Node\nmetadata: {name: n1}\nstatus: {allocatable: {cpu: 2, memory: 1Gi, pods: 10}}\n";

/// A pod as kubectl lists it.
fn listed(spec: &str) -> String {
    format!(
        r#"{{"apiVersion": "v1", "items": [{{"apiVersion": "v1", "kind": "Pod", "metadata": {{"name": "ok", "namespace": "shop"}}}},
            {{"apiVersion": "v1", "kind": "Pod", "metadata": {{"name": "web", "namespace": "shop"}}, "spec": {spec}}}], "kind": "List"}}"#
    )
}

const TAKE_ANEW: &str = "hint: take it with 'kubectl nodemaint snapshot -o FILE'";

#[test]
fn an_object_of_a_cluster_is_named_with_its_document_its_index_and_its_field() {
    let container =
        |resources: &str| format!(r#"{{"containers": [{{}}, {{"resources": {resources}}}]}}"#);
    let table = [
        (
            format!(
                "{NODE}---\n# a comment\n---\n{NODE}---\napiVersion: v1\nkind: Node\nmetadata: {{name: n2}}\nstatus: {{allocatable: {{cpu: lots}}}}\n"
            ),
            "document 3: Node n2: status.allocatable.cpu: \"lots\" is not a quantity such as 500m, 2 or 1Gi",
        ),
        (
            listed(&container(r#"{"requests": {"cpu": "1.5.2"}}"#)),
            "document 1, items[1]: Pod shop/web: spec.containers[1].resources.requests.cpu: \"1.5.2\" is not a quantity such as \
             500m, 2 or 1Gi",
        ),
        (
            format!(
                "{} {}",
                listed("{}"),
                listed(&container(r#"{"requests": {"memory": []}}"#))
            ),
            "document 2, items[1]: Pod shop/web: spec.containers[1].resources.requests.memory: invalid type: sequence, expected a \
             quantity",
        ),
        (
            listed(r#"{"tolerations": [{"key": "a"}, {"key": 5}]}"#),
            "document 1, items[1]: Pod shop/web: spec.tolerations[1].key: invalid type: integer `5`, expected a string",
        ),
        (
            listed(r#"{"topologySpreadConstraints": [{"whenUnsatisfiable": "Never"}]}"#),
            "document 1, items[1]: Pod shop/web: spec.topologySpreadConstraints[0].whenUnsatisfiable: \"Never\" is not DoNotSchedule \
             or ScheduleAnyway",
        ),
        (
            format!(
                "{NODE}---\napiVersion: apps/v1\nkind: ReplicaSet\nmetadata: {{name: web, namespace: shop}}\nspec: {{selector: {{matchLabels: [app]}}}}\n"
            ),
            "document 2: ReplicaSet shop/web: spec.selector.matchLabels: invalid type: sequence, expected a map",
        ),
        (
            format!("{NODE}---\napiVersion: v1\nkind: Pod\nmetadata: {{namespace: shop}}\n"),
            "document 2: Pod shop/without a name: metadata.name: is missing",
        ),
        (
            format!("{NODE}---\njust words\n"),
            "document 2 (line 6) has no kind: it is neither a Snapshot nor what kubectl get writes",
        ),
    ];
    for (text, problem) in table {
        let run = piped(&words("fit shop/web --snapshot -"), &text);
        assert_eq!((run.code, run.out.as_str()), (1, ""), "{run:?}");
        let mut lines = run.err.lines();
        let first = format!("error: standard input: {problem}");
        assert_eq!(lines.next(), Some(first.as_str()));
        assert!(lines.next().is_some_and(|hint| hint.starts_with(TAKE_ANEW)));
    }
}

#[test]
fn a_budget_whose_selector_is_wrong_is_an_error_of_that_budget() {
    let budget = |expression: &str| {
        format!(
            "{NODE}---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {{name: web, namespace: shop}}\nspec: \
             {{minAvailable: 1, selector: {{matchExpressions: [{{key: a, operator: Exists}}, {expression}]}}}}\n"
        )
    };
    let table = [
        (
            "{key: app, operator: Near, values: [x]}",
            "operator: \"Near\" is not In, NotIn, Exists or DoesNotExist",
        ),
        ("{key: app, operator: In}", "values: In needs one at least"),
        (
            "{key: app, operator: Exists, values: [x]}",
            "values: Exists takes none",
        ),
        (
            "{key: app, operator: In, values: x}",
            "values: invalid type: string \"x\", expected a sequence",
        ),
    ];
    for (expression, problem) in table {
        let run = piped(&words("preview drain n1 --snapshot -"), &budget(expression));
        assert_eq!((run.code, run.out.as_str()), (1, ""), "{run:?}");
        let first = format!(
            "error: standard input: document 2: PodDisruptionBudget shop/web: spec.selector.matchExpressions[1].{problem}"
        );
        assert_eq!(run.err.lines().next(), Some(first.as_str()));
    }
}

#[test]
fn an_object_of_a_manifest_is_named_with_its_document_and_its_own_field() {
    let pod = |spec: &str| {
        format!(
            "kind: Service\nmetadata: {{name: s}}\n---\nkind: Pod\nmetadata: {{name: p}}\nspec: {spec}\n"
        )
    };
    let table = [
        (
            "kind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: {containers: [{name: c, resources: {requests: {cpu: 1x}}}]}}}\n".to_owned(),
            "document 1: Deployment default/web: spec.template.spec.containers[0].resources.requests.cpu: \"1x\" is not a quantity \
             such as 500m, 2 or 1Gi",
        ),
        (
            pod("{containers: [{name: c, resources: {limits: {cpu: 1x}}}]}"),
            "document 2: Pod default/p: spec.containers[0].resources.limits.cpu: \"1x\" is not a quantity such as 500m, 2 or 1Gi",
        ),
        (
            "kind: CronJob\nmetadata: {name: c, namespace: shop}\nspec: {jobTemplate: {spec: {template: {spec: {nodeSelector: [a]}}}}}\n".to_owned(),
            "document 1: CronJob shop/c: spec.jobTemplate.spec.template.spec.nodeSelector: invalid type: sequence, expected a map",
        ),
        (
            "kind: StatefulSet\nmetadata: {name: db}\nspec: {template: {spec: {containers: [{name: c}]}}, volumeClaimTemplates: [{metadata: {name: d}, spec: {resources: {requests: {storage: big}}}}]}\n".to_owned(),
            "document 1: StatefulSet default/db: spec.volumeClaimTemplates[0].spec.resources.requests.storage: \"big\" is not a \
             quantity such as 500m, 2 or 1Gi",
        ),
        (
            r#"{"kind": "PodList", "items": [{"metadata": {"name": "a"}, "spec": {"containers": [{"name": "c"}]}}, {"metadata": {"name": "b"}, "spec": "x"}]}"#.to_owned(),
            "document 1, items[1]: Pod default/b: spec: is not an object",
        ),
        (
            "kind: Deployment\nmetadata: {name: web}\nspec: {replicas: 2}\n".to_owned(),
            "document 1: Deployment default/web: spec.template.spec: is missing",
        ),
        (pod("{container: [{name: c}]}"), "document 2: Pod default/p: spec.containers: has no container"),
        (pod("{tolerations: yes}"), "document 2: Pod default/p: spec.tolerations: invalid type: boolean `true`, expected a sequence"),
        ("metadata: {name: p}\n".to_owned(), "document 1: it is not an object with a kind"),
        ("kind: Pod\nmetadata: {name: 5}\n".to_owned(), "document 1: Pod default/without a name: metadata.name: is not a text"),
        (
            format!("{0}---\n{0}", "kind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c}]}\n"),
            "document 2: Pod default/p: pod default/p was there before",
        ),
    ];
    for (text, problem) in table {
        let run = piped(&words("fit -f - --snapshot demo"), &text);
        assert_eq!((run.code, run.out.as_str()), (1, ""), "{run:?}");
        assert_eq!(run.err, format!("error: standard input: {problem}\n"));
    }
}

#[test]
fn what_stands_around_a_quantity_is_dropped_as_the_server_drops_it() {
    let pod = "kind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, resources: {requests: {cpu: ' 0.5 '}}}]}\n";
    let run = piped(&words("fit -f - --snapshot demo -o json"), pod);
    assert_eq!(run.code, 0, "{run:?}");
}

#[test]
fn files_that_hold_nothing_of_use_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.display().to_string()
    };
    let whole = listed("{}");
    let half = write("half.json", &whole.as_bytes()[..whole.len() / 2]);
    let empty = write("empty", b"\n");
    let binary = write("binary", b"kind: Pod\n\xff\xfe\0");
    let directory = folder.path().display().to_string();
    let cut = "is only a part of a file: it ends on line 2 in the middle of a value";
    let clusters = [
        (&half, format!("{half} {cut}")),
        (&empty, format!("{empty} is empty")),
        (&binary, format!("{binary}: line 2 is not UTF-8 text")),
        (
            &directory,
            format!("{directory} is a directory, not a snapshot file"),
        ),
    ];
    for (file, problem) in clusters {
        check(&["fit", "p", "--snapshot", file], &problem, "hint: ");
    }
    let manifests = [
        (&half, format!("{half} {cut}")),
        (&empty, format!("{empty} is empty")),
        (&binary, format!("{binary}: line 2 is not UTF-8 text")),
    ];
    for (file, problem) in manifests {
        let hint = "hint: it takes what 'kubectl apply -f' takes: a pod, a workload with a template, or a list of such";
        check(&["fit", "-f", file, "--snapshot", "demo"], &problem, hint);
    }
    check(
        &["fit", "-f", &directory, "--snapshot", "demo"],
        &format!("{directory} is a directory, not a manifest"),
        "hint: name a file in it, or '-' for standard input",
    );
    for flag in ["--scheduler-config", "--policy"] {
        let hint = "hint: it takes one document, in YAML or JSON, as the scheduler itself takes it";
        let args = |file| ["fit", "shop/redis-0", "--snapshot", "demo", flag, file];
        check(&args(&empty), &format!("{empty} is empty"), hint);
        check(&args(&half), &format!("{half} {cut}"), hint);
        check(
            &args(&directory),
            &format!("{directory} is a directory, not a configuration"),
            "hint: name a file in it, or '-' for standard input",
        );
    }
}

fn check(args: &[&str], problem: &str, hint: &str) {
    let run = offline(args);
    assert_eq!((run.code, run.out.as_str()), (1, ""), "{args:?}: {run:?}");
    let mut lines = run.err.lines();
    assert_eq!(
        lines.next(),
        Some(format!("error: {problem}").as_str()),
        "{args:?}"
    );
    let said = lines.next().unwrap_or_default();
    assert!(said.starts_with(hint), "{args:?}: {said}");
    assert_eq!(lines.next(), None, "{args:?}");
}

#[test]
fn a_policy_is_named_with_its_field() {
    let policy = "kind: Policy\npredicates: [{name: A}, {name: B, argument: {labelsPresence: {labels: rack}}}]\n";
    let run = piped(
        &words("fit shop/redis-0 --snapshot demo --policy -"),
        policy,
    );
    assert_eq!((run.code, run.out.as_str()), (1, ""));
    assert_eq!(
        run.err,
        "error: standard input: document 1: Policy: predicates[1].argument.labelsPresence.labels: invalid type: string \
         \"rack\", expected a sequence\n"
    );
}

#[test]
fn what_the_rules_cannot_follow_makes_the_answer_unknown() {
    let config = "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\nprofiles:\n- plugins: {filter: {enabled: [{name: Coscheduling}]}}\nextenders: [{urlPrefix: 'http://gpu.example'}]\n";
    let run = piped(
        &words("fit shop/redis-0 --snapshot demo --scheduler-config - -o json"),
        config,
    );
    assert_eq!(run.code, 3);
    let report = report_of(&run);
    let home = &report.pods[0].nodes[0];
    let detail = home.detail.as_deref().unwrap_or_default();
    assert!(
        detail.contains("plugin Coscheduling") && detail.contains("extender http://gpu.example"),
        "{detail}"
    );
}

#[test]
fn kinds_that_no_rule_reads_are_counted_once() {
    let other = "apiVersion: example.com/v1\nkind: Gadget\nmetadata: {name: g}\n";
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\n";
    let text = format!("{NODE}---\n{other}---\n{pod}---\n{other}");
    let run = piped(
        &words("fit shop/web --snapshot - --scheduler-version 1.37"),
        &text,
    );
    assert_eq!(
        run.err,
        "note: no rule reads these, they were skipped: 2 Gadget\n"
    );
}
