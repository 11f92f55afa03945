//! Reads one object of any kind that this program knows, as the server wrote it.

use super::http::{Call, Http, decode};
use super::target::Target;
use crate::adapters::files::Wanted;
use crate::engine::cluster::Failure;

/// Kinds that are asked for by name: group, kind, path of the group, and its part for the kind.
const BY_NAME: [(&str, &str, &str, &str); 9] = [
    ("", "Pod", "/api/v1", "/pods"),
    (
        "",
        "ReplicationController",
        "/api/v1",
        "/replicationcontrollers",
    ),
    ("apps", "Deployment", "/apis/apps/v1", "/deployments"),
    ("apps", "ReplicaSet", "/apis/apps/v1", "/replicasets"),
    ("apps", "StatefulSet", "/apis/apps/v1", "/statefulsets"),
    ("apps", "DaemonSet", "/apis/apps/v1", "/daemonsets"),
    ("batch", "Job", "/apis/batch/v1", "/jobs"),
    ("batch", "CronJob", "/apis/batch/v1", "/cronjobs"),
    (
        "scheduling.k8s.io",
        "PriorityClass",
        "/apis/scheduling.k8s.io/v1",
        "/priorityclasses",
    ),
];

/// Reads one object; `None` where the server has none of that name, or where the kind is not known here.
pub(super) async fn find(
    http: &Http,
    wanted: Wanted<'_>,
) -> Result<Option<serde_json::Value>, Failure> {
    let mut kinds = BY_NAME.iter();
    let known = kinds.find(|(group, kind, ..)| *group == wanted.group && *kind == wanted.kind);
    let Some((_, _, base, part)) = known else {
        return Ok(None);
    };
    let group = Target::new(base);
    let group = match wanted.namespace {
        "" => group,
        namespace => group.part("/namespaces").name(namespace)?,
    };
    let call = Call::get(group.part(part).name(wanted.name)?);
    let resource = part.trim_start_matches('/');
    let body = http.send(call).await?.into_found(resource)?;
    body.map(|body| decode(&body)).transpose()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::adapters::live::testing::{Reply, Script};

    #[tokio::test]
    async fn an_object_is_asked_for_by_name_and_unknown_kinds_are_not() {
        let script = Script::new([
            Reply::json(200, json!({"metadata": {"name": "web"}})),
            Reply::json(
                404,
                json!({"kind": "Status", "reason": "NotFound", "code": 404}),
            ),
        ]);
        let wanted = Wanted {
            group: "apps",
            kind: "ReplicaSet",
            namespace: "shop",
            name: "web",
        };
        assert!(find(&script.http(), wanted).await.unwrap().is_some());
        let class = Wanted {
            group: "scheduling.k8s.io",
            kind: "PriorityClass",
            namespace: "",
            name: "high",
        };
        let _ = find(&script.http(), class).await;
        let custom = Wanted {
            group: "x.example.com",
            ..wanted
        };
        assert_eq!(find(&script.http(), custom).await.unwrap(), None);
        let expected = [
            "GET /apis/apps/v1/namespaces/shop/replicasets/web",
            "GET /apis/scheduling.k8s.io/v1/priorityclasses/high",
        ];
        assert_eq!(script.lines(), expected);
    }
}
