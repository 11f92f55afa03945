//! Owners: how many requests they cost, and what is said about those that cannot be read.

use serde_json::{Value, json};

use super::*;
use crate::adapters::live::testing::{Reply, Script};

fn wanted(namespace: &str, api_version: &str, kind: &str, name: &str, uid: &str) -> Wanted {
    let controller = ControllerRef {
        api_version: api_version.into(),
        kind: kind.into(),
        name: name.into(),
        uid: uid.into(),
    };
    (namespace.into(), controller)
}

fn replica_set(name: &str, uid: &str) -> Value {
    json!({"metadata": {"name": name, "namespace": "shop", "uid": uid}, "spec": {"replicas": 2}})
}

async fn answers(script: &Script, wanted: &[Wanted]) -> Vec<OwnerLookup> {
    let answers = look_up(&script.http(), wanted, 500).await;
    assert!(
        answers.iter().map(|(key, _)| key).eq(wanted),
        "order is kept"
    );
    answers.into_iter().map(|(_, answer)| answer).collect()
}

#[tokio::test]
async fn one_owner_is_read_by_name() {
    let script = Script::new([Reply::json(200, replica_set("web", "u"))]);
    let wanted = [wanted("shop", "apps/v1", "ReplicaSet", "web", "u")];
    let found = answers(&script, &wanted).await;
    let [OwnerLookup::Found(workload)] = &found[..] else {
        panic!("{found:?}");
    };
    assert_eq!(workload.id, wanted[0].1);
    assert_eq!(workload.replicas, Some(2));
    assert_eq!(
        script.lines(),
        ["GET /apis/apps/v1/namespaces/shop/replicasets/web"]
    );
}

#[tokio::test]
async fn several_owners_of_a_kind_cost_one_list() {
    let items = [
        replica_set("a", "1"),
        replica_set("b", "2"),
        replica_set("other", "3"),
    ];
    let list = json!({"metadata": {"resourceVersion": "5"}, "items": items});
    let script = Script::new([Reply::json(200, list)]);
    let owner = |name, uid| wanted("shop", "apps/v1", "ReplicaSet", name, uid);
    let found = answers(
        &script,
        &[
            owner("a", "1"),
            owner("b", "other"),
            owner("c", "4"),
            owner("a", "1"),
        ],
    )
    .await;
    assert!(matches!(&found[0], OwnerLookup::Found(w) if w.id.name == "a"));
    assert_eq!(found[1], OwnerLookup::Gone, "another object has the name");
    assert_eq!(found[2], OwnerLookup::Gone);
    assert_eq!(found[3], found[0]);
    assert_eq!(
        script.lines(),
        ["GET /apis/apps/v1/namespaces/shop/replicasets?limit=500"]
    );
}

#[tokio::test]
async fn what_cannot_be_read_does_not_spoil_the_rest() {
    let forbidden = r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"jobs.batch \"j\" is forbidden: User \"viewer\" cannot get resource \"jobs\" in API group \"batch\" in the namespace \"shop\"","reason":"Forbidden","details":{"name":"j","group":"batch","kind":"jobs"},"code":403}"#;
    let missing = r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"replicationcontrollers \"rc\" not found","reason":"NotFound","details":{"name":"rc","kind":"replicationcontrollers"},"code":404}"#;
    let script = Script::new([Reply::json(403, forbidden), Reply::json(404, missing)]);
    let found = answers(
        &script,
        &[
            wanted("shop", "batch/v1", "Job", "j", "1"),
            wanted("shop", "apps.kruise.io/v1alpha1", "CloneSet", "c", "2"),
            wanted("shop", "v1", "ReplicationController", "rc", "3"),
        ],
    )
    .await;
    let unreadable = |reason: &str| OwnerLookup::Unreadable {
        reason: reason.into(),
    };
    assert_eq!(
        found,
        [
            unreadable(
                r#"jobs.batch "j" is forbidden: User "viewer" cannot get resource "jobs" in API group "batch" in the namespace "shop""#
            ),
            unreadable("is of a kind that this program does not know"),
            OwnerLookup::Gone,
        ]
    );
    let mut lines = script.lines();
    lines.sort();
    assert_eq!(
        lines,
        [
            "GET /api/v1/namespaces/shop/replicationcontrollers/rc",
            "GET /apis/batch/v1/namespaces/shop/jobs/j",
        ]
    );
}
