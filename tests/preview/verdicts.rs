//! What a preview says of a budget is what the real server answers to evictions.

use controlplane::{Made, Space, space, wait_until};
use nodemaint::present::drain_plan::{BudgetVerdict, Code, DrainPlan, Fate};
use serde_json::json;

use super::{online, plan_of, pod};

fn preview(space: &Space, node: &Made) -> DrainPlan {
    let args = [
        "preview",
        "drain",
        node.name(),
        // What is arithmetic does not wait for room.
        "--scope=node",
        "-o",
        "json",
        "--force",
        "--ignore-daemonsets",
        "--delete-emptydir-data",
    ];
    plan_of(&online(&space.kubeconfig(), &args))
}

fn verdict(plan: &DrainPlan, budget: &str) -> BudgetVerdict {
    let found = plan.budgets.iter().find(|b| b.name == budget);
    found
        .unwrap_or_else(|| panic!("no budget {budget} in {plan:#?}"))
        .verdict
}

fn codes(plan: &DrainPlan, name: &str) -> Vec<Code> {
    pod(plan, name).reasons.iter().map(|r| r.code).collect()
}

/// Asks the server to evict a pod, and returns its answer's code and words.
fn evict(space: &Space, name: &str) -> (u16, String) {
    let path = format!("/api/v1/namespaces/{}/pods/{name}/eviction", space.name());
    let eviction =
        json!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name}});
    match space.try_post(&path, eviction) {
        Ok(_) => (201, String::new()),
        Err(kube::Error::Api(status)) => {
            let causes = status.details.iter().flat_map(|details| &details.causes);
            let cause = causes.map(|cause| cause.message.clone()).next();
            (status.code, cause.unwrap_or(status.message.clone()))
        }
        Err(other) => panic!("{other}"),
    }
}

/// Evicts the pod whose name begins so, and checks that the preview foretold the answer.
fn as_foretold(space: &Space, plan: &DrainPlan, name: &str) -> String {
    let planned = pod(plan, name);
    let (code, words) = evict(space, &planned.name);
    let goes = planned.fate == Fate::Evict;
    assert_eq!(
        goes,
        code == 201,
        "{name}: the server said {code} {words}, the plan {planned:#?}"
    );
    words
}

#[test]
fn exhausted_and_roomy_budgets() {
    let space = space("verdict_room");
    let node = space.node("a").create();
    space
        .deployment("tight")
        .replicas(2)
        .on(&node)
        .create_ready();
    space.budget("tight").min_available(2).create_allowing(0);
    space
        .deployment("zero")
        .replicas(1)
        .on(&node)
        .create_ready();
    space.budget("zero").max_unavailable(0).create_allowing(0);
    space
        .deployment("roomy")
        .replicas(2)
        .on(&node)
        .create_ready();
    space
        .budget("roomy")
        .max_unavailable("1%")
        .create_allowing(1);
    let plan = preview(&space, &node);
    assert_eq!(verdict(&plan, "tight"), BudgetVerdict::Never);
    assert_eq!(verdict(&plan, "zero"), BudgetVerdict::Never);
    assert_eq!(
        verdict(&plan, "roomy"),
        BudgetVerdict::Waves,
        "1 % of 2 is one pod"
    );
    let words = as_foretold(&space, &plan, "tight-");
    assert_eq!(
        words,
        "The disruption budget tight needs 2 healthy pods and has 2 currently"
    );
    let ours = &pod(&plan, "tight-").reasons[0].message;
    let numbers = format!(
        "budget {}/tight needs 2 healthy pods and has 2",
        space.name()
    );
    assert!(ours.starts_with(&numbers), "{ours}");
    as_foretold(&space, &plan, "zero-");
    as_foretold(&space, &plan, "roomy-");
}

#[test]
fn budgets_are_spent_jointly() {
    let space = space("verdict_joint");
    let a = space.node("a").create();
    // A StatefulSet does not replace a pod that is still ending, so nothing is given back here.
    space
        .stateful_set("db")
        .replicas(2)
        .on(&a)
        .never_gone()
        .create_ready();
    space.budget("db").max_unavailable(1).create_allowing(1);
    let plan = preview(&space, &a);
    assert_eq!(verdict(&plan, "db"), BudgetVerdict::Waves);
    let waves: Vec<Option<u32>> = ["db-0", "db-1"].map(|name| pod(&plan, name).wave).to_vec();
    assert_eq!(waves, [Some(1), Some(2)]);
    assert_eq!(evict(&space, "db-0").0, 201, "the first wave goes");
    let later = preview(&space, &a);
    assert_eq!(verdict(&later, "db"), BudgetVerdict::Waiting);
    assert_eq!(
        pod(&later, "db-0").fate,
        Fate::Delete,
        "it ends and is waited for"
    );
    assert_eq!(pod(&later, "db-1").fate, Fate::Blocked);
    assert_eq!(evict(&space, "db-1").0, 429, "the second waits");
}

#[test]
fn failure_e_without_a_healthy_pod_a_minimum_of_0_blocks() {
    let space = space("verdict_no_healthy");
    let node = space.node("a").create();
    space
        .deployment("sick")
        .replicas(2)
        .on(&node)
        .never_ready()
        .create();
    space
        .deployment("free")
        .replicas(1)
        .on(&node)
        .never_ready()
        .create();
    wait_until("the pods run", || {
        let pods = space.pods_on(node.name());
        let phase = |p: &k8s_openapi::api::core::v1::Pod| p.status.as_ref()?.phase.clone();
        pods.len() == 3 && pods.iter().all(|p| phase(p).as_deref() == Some("Running"))
    });
    space.budget("sick").min_available(0).create_allowing(0);
    space
        .budget("free")
        .min_available(0)
        .unhealthy("AlwaysAllow")
        .create_allowing(0);
    let plan = preview(&space, &node);
    assert_eq!(verdict(&plan, "sick"), BudgetVerdict::Never);
    assert_eq!(
        codes(&plan, "sick-"),
        [Code::NoHealthyPod, Code::UnhealthyProtected]
    );
    assert_eq!(verdict(&plan, "free"), BudgetVerdict::Ok);
    let words = as_foretold(&space, &plan, "sick-");
    assert_eq!(
        words,
        "The disruption budget sick needs 0 healthy pods and has 0 currently"
    );
    as_foretold(&space, &plan, "free-");
}

#[test]
fn failure_26_unready_pods_under_both_policies() {
    let space = space("verdict_unhealthy");
    let node = space.node("a").create();
    for (team, policy) in [("kept", "IfHealthyBudget"), ("let", "AlwaysAllow")] {
        let well = format!("{team}-well");
        let sick = format!("{team}-sick");
        space
            .deployment(&well)
            .replicas(1)
            .on(&node)
            .label("team", team)
            .create_ready();
        space
            .deployment(&sick)
            .replicas(1)
            .on(&node)
            .label("team", team)
            .never_ready()
            .create();
        let budget = space
            .budget(team)
            .selecting("team", team)
            .min_available(2)
            .unhealthy(policy);
        budget.create();
    }
    wait_until("the pods run and the budgets count them", || {
        let budget = |name: &str| {
            let path = format!(
                "/apis/policy/v1/namespaces/{}/poddisruptionbudgets/{name}",
                space.name()
            );
            let status = space
                .get(&path)
                .map(|b| b["status"].clone())
                .unwrap_or_default();
            (
                status["currentHealthy"].as_i64(),
                status["expectedPods"].as_i64(),
            ) == (Some(1), Some(2))
        };
        let running = space.pods_on(node.name()).iter().all(|p| {
            let phase = p.status.as_ref().and_then(|status| status.phase.as_deref());
            phase == Some("Running")
        });
        running && budget("kept") && budget("let")
    });
    let plan = preview(&space, &node);
    assert!(codes(&plan, "kept-sick").contains(&Code::UnhealthyProtected));
    assert_eq!(pod(&plan, "let-sick").fate, Fate::Evict);
    assert_eq!(pod(&plan, "let-well").fate, Fate::Blocked);
    for name in ["kept-sick", "kept-well", "let-well", "let-sick"] {
        as_foretold(&space, &plan, name);
    }
}

#[test]
fn a_budget_that_cannot_be_computed_is_for_ever() {
    let space = space("verdict_sync_failed");
    let node = space.node("a").create();
    space.job("task").on(&node).create_ready();
    space.budget("task").max_unavailable(1).create();
    wait_until("the controller gives up on the budget", || {
        let path = format!(
            "/apis/policy/v1/namespaces/{}/poddisruptionbudgets/task",
            space.name()
        );
        let status = space
            .get(&path)
            .map(|b| b["status"].clone())
            .unwrap_or_default();
        status["conditions"][0]["reason"] == "SyncFailed"
    });
    let plan = preview(&space, &node);
    assert_eq!(verdict(&plan, "task"), BudgetVerdict::Never);
    assert_eq!(codes(&plan, "task-"), [Code::BudgetNotComputable]);
    let words = as_foretold(&space, &plan, "task-");
    assert_eq!(
        words,
        "The disruption budget task is still being processed by the server."
    );
}

#[test]
fn bare_pods_under_a_percentage_are_never_let_go() {
    let space = space("verdict_bare");
    let node = space.node("a").create();
    space.pod("bare").on(&node).create_ready();
    space
        .budget("bare")
        .max_unavailable("50%")
        .create_allowing(0);
    let plan = preview(&space, &node);
    assert_eq!(verdict(&plan, "bare"), BudgetVerdict::Never);
    assert!(
        pod(&plan, "bare")
            .reasons
            .iter()
            .any(|r| r.message.contains("expects 0 pods"))
    );
    as_foretold(&space, &plan, "bare");
}

#[test]
fn two_budgets_on_a_pod() {
    let space = space("verdict_overlap");
    let node = space.node("a").create();
    space
        .deployment("web")
        .replicas(2)
        .on(&node)
        .label("tier", "front")
        .create_ready();
    space.budget("web").min_available(1).create_allowing(1);
    space
        .budget("front")
        .selecting("tier", "front")
        .min_available(1)
        .create_allowing(1);
    let plan = preview(&space, &node);
    assert_eq!(codes(&plan, "web-"), [Code::MultipleBudgets]);
    assert_eq!(verdict(&plan, "front"), BudgetVerdict::Overlap);
    assert_eq!(verdict(&plan, "web"), BudgetVerdict::Overlap);
    let words = as_foretold(&space, &plan, "web-");
    assert!(
        words.contains("more than one PodDisruptionBudget"),
        "{words}"
    );
}

#[test]
fn the_sick_pod_that_a_budget_waits_for_is_named_wherever_it_runs() {
    let space = space("verdict_waiting");
    let [a, b] = space.nodes(["a", "b"]);
    space
        .deployment("well")
        .replicas(2)
        .on(&a)
        .label("team", "x")
        .create_ready();
    space
        .deployment("sick")
        .replicas(1)
        .on(&b)
        .label("team", "x")
        .never_ready()
        .create();
    space
        .budget("x")
        .selecting("team", "x")
        .min_available(2)
        .create();
    wait_until("the budget counts the sick pod", || {
        let path = format!(
            "/apis/policy/v1/namespaces/{}/poddisruptionbudgets/x",
            space.name()
        );
        let status = space
            .get(&path)
            .map(|b| b["status"].clone())
            .unwrap_or_default();
        (
            status["currentHealthy"].as_i64(),
            status["expectedPods"].as_i64(),
        ) == (Some(2), Some(3))
    });
    let plan = preview(&space, &a);
    assert_eq!(verdict(&plan, "x"), BudgetVerdict::Waiting);
    let message = &pod(&plan, "well-").reasons[0].message;
    assert!(
        message.contains(&format!("waits until {}/sick-", space.name())),
        "{message}"
    );
    as_foretold(&space, &plan, "well-");
}
