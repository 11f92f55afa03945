//! Wrong input, and the explanation of rules.

use crate::preview::{offline, piped};

use super::words;

#[test]
fn wrong_input_is_named_with_its_exit_code() {
    let table = [
        (
            "fit",
            2,
            "the following required arguments were not provided",
        ),
        ("fit a --pending", 2, "cannot be used with"),
        ("fit a -A --snapshot demo", 2, "cannot be used with"),
        (
            "fit nope --snapshot demo",
            1,
            "Error from server (NotFound): pods \"nope\" not found\nhint: no unfinished pod is in namespace default\n",
        ),
        (
            "fit nope -n shop --snapshot demo",
            1,
            "hint: no unfinished pod of that name is in namespace shop; NAMESPACE/NAME or -n names another\n",
        ),
        (
            "fit redis-0 --snapshot demo",
            1,
            "Error from server (NotFound): pods \"redis-0\" not found\nhint: there is shop/redis-0\n",
        ),
        (
            "fit deployment/web --snapshot demo",
            1,
            "hint: fit judges pods: for those that it makes, 'kubectl get deployment web -o yaml | kubectl nodemaint fit -f -'\n",
        ),
        (
            "fit pod redis-0 --snapshot demo",
            2,
            "error: \"pod\" is a kind, not a name: write pod/redis-0, or redis-0 alone\n",
        ),
        (
            "fit shop/redis-0 --why-not pod/redis-1 --snapshot demo",
            2,
            "error: expected resource of type node, got \"pod\" in \"pod/redis-1\"\n",
        ),
        (
            "fit shop/redis-0 --why-not worker-99 --snapshot demo",
            1,
            "Error from server (NotFound): nodes \"worker-99\" not found\nhint: the nodes are control-plane-1, control-plane-2, \
             control-plane-3, worker-1, worker-2, worker-3, worker-4, worker-5 and 4 more\n",
        ),
        (
            "fit shop/redis-0 --rule CheckNodeConditon --snapshot demo",
            2,
            "fit --explain NAME tells of each\nhint: did you mean CheckNodeCondition, CheckNodePIDPressure",
        ),
        (
            "fit shop/redis-0 --rule xyz --snapshot demo",
            2,
            "hint: the rules are CheckNodeCondition, CheckNodeMemoryPressure, ",
        ),
        (
            "fit shop/redis-0 --rule SelectorSpread=-1 --snapshot demo",
            2,
            "error: --rule SelectorSpread: weight -1 is not of 1 to 2147483647\n",
        ),
        (
            "fit shop/redis-0 --policy - --scheduler-config - --snapshot demo",
            2,
            "error: --scheduler-config and --policy cannot both be standard input\n",
        ),
        (
            "fit shop/redis-0 --scheduler-config /nowhere/c.yaml --snapshot demo",
            1,
            "error: cannot read /nowhere/c.yaml: No such file or directory (os error 2)\n",
        ),
        (
            "fit shop/redis-0 --snapshot /nowhere/c.json",
            1,
            "error: cannot read /nowhere/c.json: No such file or directory (os error 2)\n",
        ),
        (
            "fit shop/redis-0 --nodes nope --snapshot demo",
            1,
            "Error from server (NotFound): nodes \"nope\" not found",
        ),
        (
            "fit a/b/c --snapshot demo",
            2,
            "error: \"a/b/c\" is not NAME, pod/NAME or NAMESPACE/NAME",
        ),
        (
            "fit x --snapshot demo --context prod",
            2,
            "error: --context belongs to a live cluster; with --snapshot nothing is connected to",
        ),
        (
            "fit x --snapshot demo --scheduler-version new",
            2,
            "error: --scheduler-version \"new\" is not a version such as 1.36",
        ),
        (
            "fit -f - --snapshot -",
            2,
            "error: --snapshot and --filename cannot both be standard input",
        ),
        (
            "fit -f /nowhere/x.yaml --snapshot demo",
            1,
            "error: cannot read /nowhere/x.yaml: No such file or directory (os error 2)",
        ),
        (
            "fit -f / --snapshot demo",
            1,
            "error: / is a directory, not a manifest\nhint: name a file in it, or '-' for standard input",
        ),
        (
            "fit shop/web-gknqww-none --from-template --snapshot demo",
            1,
            "Error from server (NotFound): pods \"web-gknqww-none\" not found",
        ),
        (
            "fit --explain PodFitsResource",
            2,
            "error: no rule of the scheduler is, or was, called \"PodFitsResource\"\nhint: did you mean PodFitsResources, ",
        ),
    ];
    for (line, code, message) in table {
        let run = offline(&words(line));
        assert_eq!(run.code, code, "{line}: {run:?}");
        assert!(run.err.contains(message), "{line}: {}", run.err);
        assert_eq!(run.out, "", "{line}");
    }
}

#[test]
fn manifests_that_are_wrong_say_where() {
    let table = [
        ("", "error: standard input is empty"),
        (
            "kind: Service\nmetadata: {name: s}\n",
            "error: standard input holds no pod, and nothing that makes pods",
        ),
        ("a: [", "error: standard input: line 1: "),
        (
            "kind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, resources: {requests: {cpu: lots}}}]}\n",
            "error: standard input: document 1: Pod default/p: spec.containers[0].resources.requests.cpu: \"lots\" is not a quantity",
        ),
        (
            "kind: Pod\nmetadata: {name: p}\nspec: {priorityClassName: nope, containers: [{name: c}]}\n",
            "error: standard input: document 1: Pod default/p: spec.priorityClassName: no PriorityClass with name nope was found",
        ),
        (
            "kind: Pod\nspec: {}\n",
            "error: standard input: document 1: Pod default/without a name: metadata.name: is missing",
        ),
    ];
    for (text, message) in table {
        let run = piped(&words("fit -f - --snapshot demo"), text);
        assert_eq!((run.code, run.out.as_str()), (1, ""), "{run:?}");
        assert!(run.err.contains(message), "{}", run.err);
    }
}

#[test]
fn a_rule_is_explained_under_either_name() {
    let older = offline(&words("fit --explain PodFitsResources"));
    let today = offline(&words("fit --explain noderesourcesfit"));
    assert_eq!(older.code, 0);
    assert!(
        older.out.starts_with("NodeResourcesFit (filter)\n"),
        "{}",
        older.out
    );
    assert!(
        today.out.starts_with(&older.out),
        "and the scores of that name"
    );
    let gone = offline(&words("fit --explain CheckNodeCondition"));
    assert!(
        gone.out
            .starts_with("CheckNodeCondition (filter, removed)\n"),
        "{}",
        gone.out
    );
}

#[test]
fn the_examples_of_the_help_are_about_pods_of_the_demo() {
    let help = offline(&words("fit --help"));
    let example = help
        .out
        .lines()
        .find(|line| line.contains("--snapshot demo"))
        .unwrap();
    let typed = example.trim().strip_prefix("kubectl nodemaint ").unwrap();
    assert_eq!(offline(&words(typed)).code, 0, "{typed}");
}
