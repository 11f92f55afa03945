//! `-o json`: one event a line, each by the schema, the last of them the summary.

use std::time::Duration;

use controlplane::space;
use nodemaint::domain::budget::BudgetRef;
use nodemaint::domain::drain::policy::Removal;
use nodemaint::domain::pod::PodRef;
use nodemaint::engine::event::{Event, EventKind, NodeEnd, Summary, WaitingFor};
use nodemaint::present::drain_event::{DrainEvent, json_line};
use serde_json::Value;

use super::{Ran, drain};
use crate::documents::check;

/// The events that a run printed, in order.
fn events(ran: &Ran) -> Vec<DrainEvent> {
    let event = |line: &str| serde_json::from_str(line).expect(line);
    ran.out.lines().map(event).collect()
}

/// The names of events.
fn types(events: &[DrainEvent]) -> Vec<Value> {
    let name = |event: &DrainEvent| serde_json::to_value(event.event).unwrap();
    events.iter().map(name).collect()
}

#[test]
fn events_are_one_json_document_a_line_and_the_last_is_the_summary() {
    let space = space("json-events");
    let a = space.node("a").create();
    space.stateful_set("web").on(&a).replicas(2).create_ready();
    let ran = drain(&space, ["drain", a.name(), "-o", "json"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let events: Vec<DrainEvent> = ran
        .out
        .lines()
        .map(|line| serde_json::from_str(line).expect(line))
        .collect();
    let types: Vec<Value> = events
        .iter()
        .map(|e| serde_json::to_value(e.event).unwrap())
        .collect();
    for wanted in [
        "cordoned",
        "planned",
        "evicting",
        "accepted",
        "gone",
        "nodeDrained",
    ] {
        assert!(
            types.iter().any(|t| t == wanted),
            "{wanted} is missing: {types:?}"
        );
    }
    let last = events.last().expect("a summary");
    assert_eq!(serde_json::to_value(last.event).unwrap(), "summary");
    assert_eq!(
        (last.evicted, last.remaining, last.exit_code),
        (Some(2), Some(0), Some(0))
    );
    assert!(last.requests.is_some_and(|sent| sent > 4));
}

#[test]
fn a_blocked_drain_tells_the_budget_and_ends_with_what_remains() {
    let space = space("json-blocked");
    let a = space.node("a").create();
    space.stateful_set("web").on(&a).replicas(1).create_ready();
    space.budget("web").max_unavailable(0).create_allowing(0);
    let ran = drain(&space, ["drain", a.name(), "-o", "json", "--timeout=2s"]);
    assert_eq!(ran.code, Some(4), "{ran:?}");
    let events = events(&ran);
    let blocked = events.iter().find(|event| event.budget.is_some());
    assert!(
        blocked.is_some_and(|e| e.needs == Some(1) && e.has == Some(1)),
        "{ran:?}"
    );
    let failed = events.iter().find(|event| event.errors.is_some());
    assert!(
        failed.is_some_and(|e| e.pods.as_ref().is_some_and(|p| p.len() == 1)),
        "{ran:?}"
    );
    let last = events.last().expect("a summary");
    assert_eq!((last.remaining, last.exit_code), (Some(1), Some(4)));
}

#[test]
fn a_refused_drain_ends_with_a_summary_too() {
    let space = space("json-refused");
    let a = space.node("a").create();
    space.pod("bare").on(&a).create_ready();
    let ran = drain(&space, ["drain", a.name(), "-o", "json"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    let events = events(&ran);
    assert_eq!(types(&events), ["summary"]);
    assert_eq!(events[0].exit_code, Some(3));
    assert!(ran.err.contains("nothing was changed"), "{ran:?}");
}

/// One event of every kind, with everything that it may carry.
fn every_kind() -> Vec<EventKind> {
    let pod = || PodRef {
        namespace: "shop".to_owned(),
        name: "web-1".to_owned(),
        uid: "u".to_owned(),
    };
    let budget = || BudgetRef {
        namespace: "shop".to_owned(),
        name: "web".to_owned(),
    };
    let text = || "the server's words".to_owned();
    let removal = Removal::Evict;
    let retry_after = Duration::from_millis(1500);
    let waiting = [
        WaitingFor::Turn,
        WaitingFor::Budget {
            budget: Some(budget()),
            message: text(),
        },
        WaitingFor::Termination {
            grace_left_seconds: Some(-3),
            stuck: Vec::new(),
        },
        WaitingFor::Retry { message: text() },
    ];
    let ends = [
        NodeEnd::Drained,
        NodeEnd::Refused,
        NodeEnd::NotCordoned,
        NodeEnd::NotPermitted,
        NodeEnd::DeadlineReached,
        NodeEnd::Failed,
        NodeEnd::Interrupted,
        NodeEnd::NotStarted,
    ];
    vec![
        EventKind::Planned {
            leaving: 2,
            staying: 1,
        },
        EventKind::Cordoned,
        EventKind::AlreadyCordoned { mark: Some(text()) },
        EventKind::CordonFailed { message: text() },
        EventKind::Evicting {
            pod: pod(),
            removal,
        },
        EventKind::Accepted { pod: pod() },
        EventKind::Blocked {
            pod: pod(),
            budget: Some(budget()),
            needs: Some(3),
            has: Some(3),
            message: text(),
            cause: text(),
        },
        EventKind::Held {
            pod: pod(),
            budget: budget(),
            message: text(),
        },
        EventKind::Throttled {
            pod: pod(),
            retry_after,
            message: text(),
        },
        EventKind::Denied {
            pod: pod(),
            by: Some(text()),
            message: text(),
        },
        EventKind::Retrying {
            pod: pod(),
            retry_after,
            message: text(),
        },
        EventKind::Replaced { pod: pod() },
        EventKind::NamespaceEnding {
            pod: pod(),
            message: text(),
        },
        EventKind::Gone {
            pod: pod(),
            removal: Removal::Delete,
        },
        EventKind::NotAwaited {
            pod: pod(),
            limit_seconds: 5,
        },
        EventKind::Failed {
            pod: pod(),
            message: text(),
        },
        EventKind::Degraded { message: text() },
        EventKind::Waiting {
            pods: waiting.map(|waits| (pod(), waits)).into(),
        },
        EventKind::Interrupted {
            remaining: vec![pod()],
        },
        EventKind::NodeDrained,
        EventKind::NodeFailed {
            errors: vec![text()],
            remaining: vec![pod()],
        },
        EventKind::Restored,
        EventKind::Summary(Summary {
            nodes: ends.map(|end| ("n1".to_owned(), end)).into(),
            evicted: 1,
            remaining: 2,
            requests: 30,
            took: Duration::from_millis(2750),
            exit_code: 5,
        }),
    ]
}

#[test]
fn an_event_of_every_kind_keeps_to_the_schema() {
    let kinds = every_kind();
    let lines: Vec<String> = kinds
        .into_iter()
        .map(|kind| {
            json_line(&Event {
                time: "2026-01-01T00:00:00.25Z".parse().unwrap(),
                node: Some("n1".to_owned()),
                kind,
            })
        })
        .collect();
    assert_eq!(check(&lines.join("\n")), lines.len());
    // Every name that the schema has is there, so none was forgotten above.
    let events: Vec<DrainEvent> = lines
        .iter()
        .map(|line| serde_json::from_str(line).expect(line))
        .collect();
    let schema = include_str!("../../schemas/drainevent.v1alpha1.json");
    let schema: Value = serde_json::from_str(schema).unwrap();
    let names = |value: &Value| -> Vec<String> {
        let names = value["oneOf"].as_array().or(value["enum"].as_array());
        let name = |one: &Value| one["const"].as_str().or(one.as_str()).map(str::to_owned);
        let mut names: Vec<String> = names.expect("names").iter().filter_map(name).collect();
        names.sort();
        names
    };
    let mut printed: Vec<String> = types(&events)
        .iter()
        .filter_map(|name| name.as_str().map(str::to_owned))
        .collect();
    printed.sort();
    assert_eq!(printed, names(&schema["$defs"]["EventType"]));
}
