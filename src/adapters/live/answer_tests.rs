//! Bodies as a kube-apiserver 1.37.2 sent them, names shortened.

use super::*;

fn refusal(code: u16, retry_after: Option<u64>, body: &str) -> Refusal {
    let retry_after = retry_after.map(Duration::from_secs);
    Refusal::read(code, retry_after, body.as_bytes(), 1024)
}

fn removal(code: u16, retry_after: Option<u64>, body: &str) -> RemoveOutcome {
    match refusal(code, retry_after, body).removal("shop") {
        Removal::Decided(outcome) => outcome,
        Removal::Conflict(failure) => panic!("undecided: {failure:?}"),
    }
}

const VIOLATES: &str = "Cannot evict pod as it would violate the pod's disruption budget.";

fn by_budget(cause: &str) -> String {
    format!(
        r#"{{"kind":"Status","apiVersion":"v1","metadata":{{}},"status":"Failure","message":"{VIOLATES}","reason":"TooManyRequests","details":{{"causes":[{{"reason":"DisruptionBudget","message":"{cause}"}}]}},"code":429}}"#
    )
}

fn blocked(
    block: BudgetBlock,
    needs: Option<i64>,
    has: Option<i64>,
    cause: &str,
    retry_after: Option<u64>,
) -> RemoveOutcome {
    RemoveOutcome::BlockedByBudget {
        budget: Some(BudgetRef {
            namespace: "shop".into(),
            name: "web.v2".into(),
        }),
        block,
        needs,
        has,
        message: VIOLATES.into(),
        cause: cause.into(),
        retry_after: retry_after.map(Duration::from_secs),
    }
}

#[test]
fn every_way_in_which_a_budget_says_no() {
    use BudgetBlock::{Exhausted, StillProcessing, SyncFailed};
    for (block, needs, has, cause, retry_after) in [
        (
            Exhausted,
            Some(3),
            Some(2),
            "The disruption budget web.v2 needs 3 healthy pods and has 2 currently",
            None,
        ),
        (
            Exhausted,
            Some(0),
            Some(0),
            "The disruption budget web.v2 needs 0 healthy pods and has 0 currently",
            None,
        ),
        (
            StillProcessing,
            None,
            None,
            "The disruption budget web.v2 is still being processed by the server.",
            Some(10),
        ),
        (
            SyncFailed,
            None,
            None,
            "The disruption budget web.v2 does not allow evicting pods currently because it failed sync: jobs.batch does not implement the scale subresource",
            None,
        ),
        (
            Exhausted,
            None,
            None,
            "The disruption budget web.v2 does not allow evicting pods currently",
            None,
        ),
        (
            Exhausted,
            None,
            None,
            "The disruption budget web.v2 does not allow evicting pods currently (InsufficientPods): it needs 3 healthy pods",
            None,
        ),
    ] {
        assert_eq!(
            removal(429, retry_after, &by_budget(cause)),
            blocked(block, needs, has, cause, retry_after)
        );
    }
}

#[test]
fn a_cause_of_words_unknown_still_blocks() {
    let RemoveOutcome::BlockedByBudget { budget, block, .. } =
        removal(429, None, &by_budget("Something new"))
    else {
        panic!("not blocked");
    };
    assert_eq!(budget, None);
    assert_eq!(block, BudgetBlock::Exhausted);
}

#[test]
fn the_servers_advice_is_read_from_the_body_where_a_proxy_ate_the_header() {
    let body = r#"{"kind":"Status","metadata":{},"status":"Failure","message":"m","reason":"TooManyRequests","details":{"retryAfterSeconds":10,"causes":[{"reason":"DisruptionBudget","message":"The disruption budget b is still being processed by the server."}]},"code":429}"#;
    let RemoveOutcome::BlockedByBudget { retry_after, .. } = removal(429, None, body) else {
        panic!("not blocked");
    };
    assert_eq!(retry_after, Some(Duration::from_secs(10)));
}

#[test]
fn too_many_unconfirmed_evictions_block_as_a_budget_does() {
    let message = r#"poddisruptionbudget.policy \"web.v2\" is forbidden: DisruptedPods map too big - too many evictions not confirmed by PDB controller"#;
    for causes in [
        "",
        r#","causes":[{"reason":"DisruptionBudget","message":"The disruption budget web.v2 does not allow evicting pods currently: too many pending evictions not confirmed by PDB controller"}]"#,
    ] {
        let body = format!(
            r#"{{"kind":"Status","metadata":{{}},"status":"Failure","message":"{message}","reason":"Forbidden","details":{{"name":"web.v2","group":"policy","kind":"poddisruptionbudget"{causes}}},"code":403}}"#
        );
        let RemoveOutcome::BlockedByBudget { budget, block, .. } = removal(403, None, &body) else {
            panic!("not blocked: {body}");
        };
        assert_eq!(budget.unwrap().path(), "shop/web.v2");
        assert_eq!(block, BudgetBlock::Exhausted);
    }
}

#[test]
fn failure_25_several_budgets_are_told_from_other_faults_of_the_server() {
    let message = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
    let body = format!(
        r#"{{"kind":"Status","apiVersion":"v1","metadata":{{}},"status":"Failure","message":"{message}","code":500}}"#
    );
    assert_eq!(
        removal(500, None, &body),
        RemoveOutcome::OverlappingBudgets {
            message: message.into()
        }
    );
    let unreachable = r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Internal error occurred: failed calling webhook \"w.example.com\": failed to call webhook: Post \"https://127.0.0.1:1/x?timeout=10s\": dial tcp 127.0.0.1:1: connect: connection refused","reason":"InternalError","details":{"causes":[{"message":"failed calling webhook \"w.example.com\": failed to call webhook: Post \"https://127.0.0.1:1/x?timeout=10s\": dial tcp 127.0.0.1:1: connect: connection refused"}]},"code":500}"#;
    let RemoveOutcome::Failed(failure) = removal(500, None, unreachable) else {
        panic!("not a failure");
    };
    assert_eq!(failure.kind, FailureKind::Server);
    assert!(
        failure
            .message
            .contains("failed calling webhook \"w.example.com\"")
    );
}

#[test]
fn failure_g_429_and_409_have_several_authors() {
    let overload = removal(429, Some(1), "Too many requests, please try again later.\n");
    assert_eq!(
        overload,
        RemoveOutcome::Throttled {
            retry_after: Some(Duration::from_secs(1)),
            message: "Too many requests, please try again later.".into()
        }
    );
    for (code, reason) in [
        (429, "TooManyRequests"),
        (409, "Conflict"),
        (404, "NotFound"),
        (500, ""),
    ] {
        // A webhook may copy the details of a budget, too.
        let body = format!(
            r#"{{"kind":"Status","apiVersion":"v1","metadata":{{}},"status":"Failure","message":"admission webhook \"w.example.com\" denied the request: wait","reason":"{reason}","details":{{"name":"web-1","kind":"pods","causes":[{{"reason":"DisruptionBudget","message":"mine"}}]}},"code":{code}}}"#
        );
        assert_eq!(
            removal(code, None, &body),
            RemoveOutcome::Denied {
                by: Some("w.example.com".into()),
                message: "admission webhook \"w.example.com\" denied the request: wait".into()
            },
            "{code}"
        );
    }
    let storage = r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"storage is (re)initializing","reason":"TooManyRequests","details":{"retryAfterSeconds":1},"code":429}"#;
    assert!(matches!(
        removal(429, None, storage),
        RemoveOutcome::Throttled {
            retry_after: Some(_),
            ..
        }
    ));
}

#[test]
fn denials_name_the_webhook_or_the_policy() {
    for (code, message, by) in [
        (
            400,
            "admission webhook \"w.example.com\" denied the request: TEXT",
            "w.example.com",
        ),
        (
            403,
            "admission webhook \"w\" denied the request without explanation",
            "w",
        ),
        (
            422,
            "pods \"u\" is forbidden: ValidatingAdmissionPolicy 'deny' with binding 'b' denied request: not now",
            "deny",
        ),
        (
            403,
            "pods \"u\" is forbidden: ValidatingAdmissionPolicy 'deny' denied request: it's late",
            "deny",
        ),
        (
            413,
            "pods \"u\" is forbidden: ValidatingAdmissionPolicy 'deny' with binding 'b' denied request: r",
            "deny",
        ),
        (
            403,
            "pods \"u\" is forbidden: policy 'mutate' with binding 'b' denied request: r",
            "mutate",
        ),
    ] {
        let body = serde_json::json!({"kind": "Status", "status": "Failure", "message": message, "code": code});
        assert_eq!(
            removal(code, None, &body.to_string()),
            RemoveOutcome::Denied {
                by: Some(by.into()),
                message: message.into()
            }
        );
    }
    assert_eq!(
        webhook_that_denied("admission webhook \"w\" does not support dry run"),
        None
    );
    assert_eq!(policy_that_denied("User \"denied request\" cannot"), None);
}

#[test]
fn failure_24_a_namespace_that_ends_is_not_a_missing_right() {
    let ending = r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"pods \"ex\" is forbidden: unable to create new content in namespace cap because it is being terminated","reason":"Forbidden","details":{"name":"ex","kind":"pods","causes":[{"reason":"NamespaceTerminating","message":"namespace cap is being terminated","field":"metadata.namespace"}]},"code":403}"#;
    assert_eq!(
        removal(403, None, ending),
        RemoveOutcome::NamespaceEnding {
            message: "pods \"ex\" is forbidden: unable to create new content in namespace cap because it is being terminated".into()
        }
    );
    let message = r#"pods \"u\" is forbidden: User \"viewer\" cannot create resource \"pods/eviction\" in API group \"\" in the namespace \"cap\""#;
    let no_right = format!(
        r#"{{"kind":"Status","apiVersion":"v1","metadata":{{}},"status":"Failure","message":"{message}","reason":"Forbidden","details":{{"name":"u","kind":"pods"}},"code":403}}"#
    );
    assert_eq!(
        removal(403, None, &no_right),
        RemoveOutcome::Forbidden {
            message: message.replace('\\', "")
        }
    );
}

#[test]
fn only_the_pods_own_404_means_gone() {
    let missing = |name: &str, kind: &str| {
        format!(
            r#"{{"kind":"Status","apiVersion":"v1","metadata":{{}},"status":"Failure","message":"{kind} \"{name}\" not found","reason":"NotFound","details":{{"name":"{name}","kind":"{kind}"}},"code":404}}"#
        )
    };
    assert_eq!(
        removal(404, None, &missing("nope", "pods")),
        RemoveOutcome::Gone
    );
    assert_eq!(
        removal(404, None, &missing("nonono", "namespaces")),
        RemoveOutcome::Gone
    );
    let kind = |body: &str| match removal(404, None, body) {
        RemoveOutcome::Failed(failure) => failure.kind,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        kind(&missing("web", "poddisruptionbudgets")),
        FailureKind::Conflict
    );
    assert_eq!(kind("404 page not found\n"), FailureKind::NotFound);
    let no_such_api = r#"{"kind":"Status","status":"Failure","message":"the server could not find the requested resource","reason":"NotFound","details":{},"code":404}"#;
    assert_eq!(kind(no_such_api), FailureKind::NotFound);
}

#[test]
fn a_misspelt_field_is_the_requests_own_fault() {
    let strict = r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Eviction in version \"v1\" cannot be handled as a Eviction: strict decoding error: unknown field \"delete_options\"","reason":"BadRequest","code":400}"#;
    let RemoveOutcome::Failed(failure) = removal(400, None, strict) else {
        panic!("not a failure");
    };
    assert_eq!(failure.kind, FailureKind::Invalid);
    assert!(!failure.is_transient());
}

#[test]
fn failures_keep_the_servers_words_or_client_gos() {
    let unauthorized = r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Unauthorized","reason":"Unauthorized","code":401}"#;
    let page = "<html>Bad Gateway</html>";
    for (code, body, kind, message) in [
        (401, unauthorized, FailureKind::Unauthorized, "Unauthorized"),
        (
            401,
            "",
            FailureKind::Unauthorized,
            "the server has asked for the client to provide credentials",
        ),
        (
            502,
            page,
            FailureKind::Server,
            "an error on the server (\"unknown\") has prevented the request from succeeding",
        ),
        (
            500,
            "broken\n",
            FailureKind::Server,
            "an error on the server (\"broken\") has prevented the request from succeeding",
        ),
        (
            503,
            page,
            FailureKind::Server,
            "the server is currently unable to handle the request",
        ),
        (
            429,
            "",
            FailureKind::Throttled,
            "the server has received too many requests and has asked us to try again later",
        ),
        (
            404,
            page,
            FailureKind::NotFound,
            "the server could not find the requested resource",
        ),
        (
            302,
            "",
            FailureKind::Malformed,
            "the server responded with the status code 302 but did not return more information",
        ),
        (
            403,
            r#"{"kind":"Pod","message":"x"}"#,
            FailureKind::Forbidden,
            "the server responded with the status code 403 but did not return more information",
        ),
    ] {
        let failure = refusal(code, None, body).failure();
        assert_eq!((failure.kind, failure.message.as_str()), (kind, message));
    }
    let long = "x".repeat(2000);
    assert_eq!(
        refusal(400, None, &long).failure().message,
        "the server rejected our request for an unknown reason"
    );
}
