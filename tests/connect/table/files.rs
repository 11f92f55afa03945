//! Which server, which user: lists of kubeconfigs, overrides, the home directory, a pod.

use serde_json::{Value, json};

use super::super::sides::{Probe, Situation};
use super::{Row, base64, check, world};

/// Two servers, two users, two contexts.
fn two() -> Value {
    let world = world();
    json!({
        "current-context": "red",
        "clusters": [{"name": "red", "cluster": world.cluster(&world.red)}, {"name": "blue", "cluster": world.cluster(&world.blue)}],
        "users": [{"name": "ann", "user": {"token": "ann-token"}}, {"name": "bob", "user": {"token": "bob-token"}}],
        "contexts": [{"name": "red", "context": {"cluster": "red", "user": "ann"}},
                     {"name": "blue", "context": {"cluster": "blue", "user": "bob", "namespace": "sea"}}],
    })
}

/// Another file that names the same things otherwise.
fn rival() -> Value {
    let world = world();
    json!({
        "current-context": "blue",
        "clusters": [{"name": "red", "cluster": world.cluster(&world.blue)}],
        "users": [{"name": "ann", "user": {"token": "rival-token", "as": "eve"}}],
        "contexts": [{"name": "red", "context": {"cluster": "blue", "user": "bob"}},
                     {"name": "extra", "context": {"cluster": "blue", "user": "ann"}}],
    })
}

fn get() -> Situation {
    Situation::new(Probe::Node)
}

fn list(situation: Situation, names: &[&str]) -> Situation {
    let paths: Vec<String> = names
        .iter()
        .map(|name| {
            if name.is_empty() {
                String::new()
            } else {
                situation.path(name).display().to_string()
            }
        })
        .collect();
    situation.var("KUBECONFIG", &paths.join(":"))
}

#[test]
fn connect_table_files() {
    let both = || {
        get()
            .file("one", two().to_string())
            .file("two", rival().to_string())
    };
    let on_two = |args: &[&str]| get().config(&two()).args(args);
    let world = world();
    let authority = world.authority.pem();
    check(vec![
        Row::new("the current context", "\"red\"", on_two(&[])),
        Row::new(
            "another context",
            "\"blue\"",
            on_two(&["--context", "blue"]),
        ),
        Row::new("another cluster", "\"blue\"", on_two(&["--cluster=blue"])),
        Row::new("another user", "bob-token", on_two(&["--user", "bob"])),
        Row::new(
            "all three",
            "ann-token",
            on_two(&["--context=blue", "--cluster=red", "--user=ann"]),
        ),
        Row::new(
            "another server, the same authority and user",
            "\"blue\"",
            on_two(&["--server", &world.blue.url()]),
        ),
        Row::new(
            "a list: the first file wins",
            "ann-token",
            list(both(), &["one", "two"]),
        ),
        Row::new(
            "a list the other way round",
            "bob-token",
            list(both(), &["two", "one"]),
        ),
        Row::new(
            "a list with absent, empty and repeated files",
            "ann-token",
            list(both(), &["absent", "", "one", "gone", "one", "two"]),
        ),
        Row::new(
            "a context of the second file with a user of the first",
            "ann-token",
            list(both(), &["one", "two"]).args(&["--context", "extra"]),
        ),
        Row::new("the first file's current context is empty", "bob-token", {
            let mut first = two();
            first["current-context"] = json!("");
            list(
                get()
                    .file("one", first.to_string())
                    .file("two", rival().to_string()),
                &["one", "two"],
            )
        }),
        Row::new("the flag instead of the list", "rival-token", {
            list(both(), &["one"]).args(&[
                "--kubeconfig",
                "{}/two",
                "--context=extra",
                "--cluster=red",
            ])
        }),
        Row::new(
            "the home directory",
            "ann-token",
            get().file(".kube/config", two().to_string()),
        ),
        Row::new(
            "the list hides the home directory",
            "localhost:8080 was refused",
            list(get().file(".kube/config", two().to_string()), &["absent"]),
        ),
        Row::new("nothing at all", "localhost:8080 was refused", get()),
        Row::new(
            "a server from the variable",
            "\"plain\"",
            get().var("KUBERNETES_MASTER", &world.plain.url()),
        ),
        Row::new("nothing but flags", "\"red\"", {
            get().file("ca.crt", &authority).args(&[
                "-s",
                &world.red.url(),
                "--certificate-authority={}/ca.crt",
                "--token=flagged",
            ])
        }),
        Row::new(
            "a server without a scheme gets no credentials",
            "\"plain\"",
            get().args(&["-s", &world.plain.address.to_string(), "--token=flagged"]),
        ),
        Row::new(
            "a server with a path in front",
            "/front/door/api/v1/nodes/probed-node\"",
            on_two(&["-s", &format!("{}/front/door/", world.red.url())]),
        ),
        Row::new(
            "a context that names what is not there",
            "localhost:8080 was refused",
            {
                get().config(&json!({"current-context": "x", "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}]}))
            },
        ),
        Row::new("JSON with nulls and things unknown", "\"red\"", {
            let mut config = two();
            config["preferences"] = json!(null);
            config["extensions"] = json!([{"name": "x", "extension": {"y": 1}}]);
            config["clusters"][0]["cluster"]["future-field"] = json!({"a": []});
            get().config(&config)
        }),
        Row::new(
            "credentials go to the server of the flag, too",
            "ann-token",
            on_two(&["--server", &world.blue.url(), "--as=eve"]),
        ),
        Row::new(
            "a request timeout in seconds",
            "timeout=30s",
            on_two(&["--request-timeout=30"]),
        ),
        Row::new(
            "a request timeout as a duration",
            "timeout=1m30.5s",
            on_two(&["--request-timeout=90500ms"]),
        ),
        Row::new(
            "no request timeout",
            "/api/v1/nodes/probed-node\"",
            on_two(&["--request-timeout=0"]),
        ),
        Row::new("an authority inline and YAML", "yaml-token", {
            get()
                .file(
                    "config",
                    format!(
                        "apiVersion: v1\nkind: Config\ncurrent-context: a b\ncontexts:\n- {{name: a b, context: {{cluster: c, user: u}}}}\nclusters:\n- name: c\n  cluster:\n    server: {}\n    certificate-authority-data: |\n      {}\nusers:\n- name: u\n  user: &u {{token: yaml-token}}\n",
                        world.red.url(),
                        base64(&authority)
                    ),
                )
                .args(&["--kubeconfig={}/config"])
        }),
    ]);
}
