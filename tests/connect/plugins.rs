//! Credential plugins: run once, once more after a 401, and told what the protocol says.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use nodemaint::adapters::live::connect::{Listeners, connect};
use serde_json::{Value, json};

use super::servers::{Reply, Seen, Server, echo, runtime};
use super::sides::{Outcome, Probe, REVIEW, Situation, env, flags, kubectl, ours, read, send};
use super::table::{base64, world};

const V1: &str = "client.authentication.k8s.io/v1";
const V1BETA1: &str = "client.authentication.k8s.io/v1beta1";

/// A plugin that counts its runs beside itself, keeps what it was told, and prints this status; `$n` is the run.
fn counting(status: &str, version: &str) -> String {
    format!(
        "cd \"$(dirname \"$0\")\"\necho run >> runs\nn=$(wc -l < runs)\nprintf %s \"$KUBERNETES_EXEC_INFO\" > told\nprintf %s \"$EXTRA\" > extra\n\
         cat <<END\n{{\"apiVersion\":\"{version}\",\"kind\":\"ExecCredential\",\"status\":{status}}}\nEND"
    )
}

fn runs(situation: &Situation) -> usize {
    let path = situation.path("runs");
    let count = std::fs::read_to_string(&path)
        .unwrap_or_default()
        .lines()
        .count();
    // Absent when no run took place.
    let _ = std::fs::remove_file(path);
    count
}

fn exec(version: &str) -> Value {
    json!({"apiVersion": version, "command": "./plugin", "interactiveMode": "Never", "env": [{"name": "EXTRA", "value": "x y"}], "args": ["a"]})
}

fn situation(server: &Server, exec: &Value, script: &str) -> Situation {
    Situation::new(Probe::Get("/version"))
        .config(&world().config(server, &json!({"exec": exec})))
        .script("plugin", script)
}

/// Both sides answer the same; how often did each run the plugin?
fn runs_of_both(situation: &Situation) -> (Outcome, usize, usize) {
    let theirs = kubectl(situation);
    let their_runs = runs(situation);
    let mine = ours(situation);
    assert_eq!(theirs, mine);
    (mine, their_runs, runs(situation))
}

#[test]
fn a_plugin_runs_once_for_many_requests() {
    let situation = situation(
        &world().red,
        &exec(V1),
        &counting(r#"{"token":"run-$n"}"#, V1),
    );
    let (outcome, theirs, mine) = runs_of_both(&situation);
    assert!(outcome.out.contains("Bearer run-1"), "{outcome:?}");
    assert_eq!((theirs, mine), (1, 1));

    runtime().block_on(async {
        let connection = connect(
            &flags(&situation.args),
            &env(&situation),
            Listeners::default(),
            "ua".into(),
        )
        .await
        .unwrap();
        assert!(
            !situation.path("runs").exists(),
            "connecting alone asks for nothing"
        );
        let together =
            futures::future::join_all((0..20).map(|_| send(&connection, &situation.probe))).await;
        assert!(
            together
                .iter()
                .all(|answer| answer.as_ref().unwrap().contains("Bearer run-1"))
        );
        for _ in 0..5 {
            send(&connection, &situation.probe).await.unwrap();
        }
        assert_eq!(connection.requests.load(Ordering::Relaxed), 25);
    });
    assert_eq!(runs(&situation), 1);
}

/// A server that believes only this token.
fn believing(token: &'static str) -> impl Fn(&Seen) -> Reply + Send + Sync + 'static {
    move |seen| {
        if seen.header("authorization") == format!("Bearer {token}") {
            echo("picky")(seen)
        } else {
            Reply::unauthorized()
        }
    }
}

fn picky(token: &'static str) -> Server {
    Server::secure(&world().authority.server(&["127.0.0.1"]), believing(token))
}

#[test]
fn after_a_401_the_plugin_runs_once_more_and_the_request_is_sent_again() {
    let server = picky("run-2");
    let situation = Situation {
        probe: Probe::WhoAmI,
        ..situation(&server, &exec(V1), &counting(r#"{"token":"run-$n"}"#, V1))
    };
    runtime().block_on(async {
        let connection = connect(
            &flags(&[]),
            &env(&situation),
            Listeners::default(),
            "ua".into(),
        )
        .await
        .unwrap();
        let together =
            futures::future::join_all((0..10).map(|_| send(&connection, &situation.probe))).await;
        assert!(together.iter().all(Result::is_ok), "{together:?}");
    });
    assert_eq!(
        runs(&situation),
        2,
        "ten refusals at once are one reason to ask again"
    );
    let bodies: Vec<String> = server.take().into_iter().map(|seen| seen.body).collect();
    assert!(
        bodies.len() > 10 && bodies.iter().all(|body| body == REVIEW),
        "{bodies:?}"
    );
}

#[test]
fn a_server_that_never_believes_gets_two_runs_in_all() {
    let server = picky("never");
    let situation = situation(&server, &exec(V1), &counting(r#"{"token":"run-$n"}"#, V1));
    let expected = "error: You must be logged in to the server (Unauthorized)";
    runtime().block_on(async {
        let connection = connect(
            &flags(&[]),
            &env(&situation),
            Listeners::default(),
            "ua".into(),
        )
        .await
        .unwrap();
        for _ in 0..4 {
            assert_eq!(
                send(&connection, &situation.probe).await.unwrap_err(),
                expected
            );
        }
    });
    assert_eq!(runs(&situation), 2);
    let kubectl = kubectl(&situation);
    assert_eq!(kubectl.err.trim(), expected);
}

#[test]
fn a_token_that_ends_later_is_renewed_again() {
    // Believes run 1 for two requests, then run 2 for two, then run 3.
    let count = AtomicUsize::new(0);
    let server = Server::secure(&world().authority.server(&["127.0.0.1"]), move |seen| {
        let wanted = format!("Bearer run-{}", count.load(Ordering::Relaxed) / 2 + 1);
        if seen.header("authorization") != wanted {
            return Reply::unauthorized();
        }
        count.fetch_add(1, Ordering::Relaxed);
        echo("changing")(seen)
    });
    let situation = situation(
        &server,
        &exec(V1BETA1),
        &counting(r#"{"token":"run-$n"}"#, V1BETA1),
    );
    runtime().block_on(async {
        let connection = connect(
            &flags(&[]),
            &env(&situation),
            Listeners::default(),
            "ua".into(),
        )
        .await
        .unwrap();
        for _ in 0..6 {
            send(&connection, &situation.probe).await.unwrap();
        }
        assert_eq!(connection.requests.load(Ordering::Relaxed), 8);
    });
    assert_eq!(runs(&situation), 3);
}

#[test]
fn an_expired_token_is_renewed_before_it_is_sent() {
    let situation = situation(
        &world().red,
        &exec(V1),
        &counting(
            r#"{"token":"run-$n","expirationTimestamp":"2020-01-01T00:00:00Z"}"#,
            V1,
        ),
    );
    runtime().block_on(async {
        let connection = connect(
            &flags(&[]),
            &env(&situation),
            Listeners::default(),
            "ua".into(),
        )
        .await
        .unwrap();
        assert!(
            send(&connection, &situation.probe)
                .await
                .unwrap()
                .contains("run-1")
        );
        assert!(
            send(&connection, &situation.probe)
                .await
                .unwrap()
                .contains("run-2")
        );
    });
    assert_eq!(runs(&situation), 2);
}

#[test]
fn a_plugin_may_give_a_certificate_and_then_another() {
    let world = world();
    let (one, two) = (
        world.authority.client("first"),
        world.authority.client("the second one"),
    );
    let second = pem_length(&two.certificate);
    let server = Server::strict(&world.authority.server(&["127.0.0.1"]), move |seen| {
        let length = seen.peer.as_ref().map(|der| der.len());
        if length == Some(second) {
            echo("strict")(seen)
        } else {
            Reply::unauthorized()
        }
    });
    let script = "cd \"$(dirname \"$0\")\"\necho run >> runs\ncat status$(wc -l < runs)";
    let status = |pair: &super::servers::Pair| {
        let status = json!({"clientCertificateData": pair.certificate, "clientKeyData": pair.key});
        json!({"apiVersion": V1, "kind": "ExecCredential", "status": status}).to_string()
    };
    let situation = situation(&server, &exec(V1), script)
        .file("status1", status(&one))
        .file("status2", status(&two));
    assert_ne!(
        pem_length(&one.certificate),
        second,
        "the server tells the two apart by their length"
    );
    let outcome = ours(&situation);
    assert!(outcome.succeeded, "{outcome:?}");
    assert_eq!(runs(&situation), 2);
    let connections: Vec<usize> = server.take().iter().map(|seen| seen.connection).collect();
    assert_eq!(connections.len(), 2);
    assert_ne!(
        connections[0], connections[1],
        "another certificate needs another connection"
    );
}

fn pem_length(pem: &str) -> usize {
    use rustls::pki_types::pem::PemObject as _;
    rustls::pki_types::CertificateDer::from_pem_slice(pem.as_bytes())
        .unwrap()
        .len()
}

#[test]
fn static_credentials_leave_the_plugin_alone() {
    let world = world();
    let client = &world.client;
    let mut with_certificate = json!({"exec": exec(V1)});
    with_certificate["client-certificate-data"] = json!(base64(&client.certificate));
    with_certificate["client-key-data"] = json!(base64(&client.key));
    let script = counting(r#"{"token":"run-$n"}"#, V1);
    let plain = || situation(&world.red, &exec(V1), &script);
    let cases = [
        plain().args(&["--token=flagged"]),
        plain().args(&["--username=ann", "--password=x"]),
        Situation::new(Probe::Get("/version"))
            .config(&world.config(&world.red, &with_certificate))
            .script("plugin", &script),
    ];
    for case in &cases {
        let (_, theirs, mine) = runs_of_both(case);
        assert_eq!((theirs, mine), (0, 0), "{:?}", case.args);
    }
}

/// What both sides told the plugin.
fn told(situation: &Situation) -> (Value, Value) {
    let one = |run: fn(&Situation) -> Outcome| {
        let outcome = run(situation);
        assert!(outcome.succeeded, "{outcome:?}");
        serde_json::from_str::<Value>(&read(&situation.path("told"))).unwrap()
    };
    (one(kubectl), one(ours))
}

#[test]
fn a_plugin_is_told_what_kubectl_tells_it() {
    let world = world();
    for version in [V1, V1BETA1] {
        let script = counting(r#"{"token":"t"}"#, version);
        let without = situation(&world.red, &exec(version), &script);
        let (theirs, mine) = told(&without);
        assert_eq!(theirs, mine);
        assert_eq!(read(&without.path("extra")), "x y");

        let mut config = exec(version);
        config["provideClusterInfo"] = json!(true);
        let mut cluster = world.cluster(&world.red);
        cluster["tls-server-name"] = json!("api.test");
        cluster["extensions"] = json!([
            {"name": "something", "extension": {"else": 1}},
            {"name": "client.authentication.k8s.io/exec", "extension": {"audience": "me", "list": [1, null]}}
        ]);
        let full = super::sides::simple_config(&cluster, &json!({"exec": config}));
        let with = Situation::new(Probe::Get("/version"))
            .config(&full)
            .script("plugin", &script);
        let (theirs, mine) = told(&with);
        assert_eq!(theirs, mine);
        assert_eq!(mine["spec"]["cluster"]["config"]["audience"], "me");

        let careless = json!({"server": world.red.url(), "insecure-skip-tls-verify": true, "disable-compression": true});
        let careless = super::sides::simple_config(&careless, &json!({"exec": config}));
        let (theirs, mine) = told(
            &Situation::new(Probe::Get("/version"))
                .config(&careless)
                .script("plugin", &script),
        );
        assert_eq!(theirs, mine);
    }
}

#[test]
fn connect_table_plugins_that_fail() {
    let red = &world().red;
    let with = |change: &dyn Fn(&mut Value), script: &str| {
        let mut config = exec(V1);
        change(&mut config);
        situation(red, &config, script)
    };
    let same = |_: &mut Value| {};
    let print = |text: &str| format!("cat <<END\n{text}\nEND");
    let credential = |status: &str| {
        print(&format!(
            r#"{{"apiVersion":"{V1}","kind":"ExecCredential","status":{status}}}"#
        ))
    };
    // Situation, what both say; the last column where only this much is the same.
    let rows = [
        (with(&same, "exit 3"), "failed with exit code 3"),
        (
            with(&same, &credential("{}")),
            "exec plugin didn't return a token or cert/key pair",
        ),
        (
            with(&same, &credential(r#"{"clientKeyData":"k"}"#)),
            "exec plugin returned only certificate or key, not both",
        ),
        (
            with(&same, &credential("null")),
            "exec plugin didn't return a status field",
        ),
        (
            with(
                &same,
                &print(&format!(
                    r#"{{"apiVersion":"{V1BETA1}","kind":"ExecCredential","status":{{"token":"t"}}}}"#
                )),
            ),
            "plugin returned version client.authentication.k8s.io/v1beta1",
        ),
        (
            with(&|config| config["command"] = json!("./gone"), ""),
            "no such file or directory",
        ),
        (
            with(
                &|config| {
                    config["command"] = json!("no-such-program-anywhere");
                    config["installHint"] = json!("brew install \u{1b}[1mit");
                },
                "",
            ),
            "brew install U+001B[1mit",
        ),
        (
            with(&|config| config["interactiveMode"] = json!("Always"), ""),
            "standard input is not a terminal",
        ),
        (
            with(&|config| config["interactiveMode"] = json!(""), ""),
            "interactiveMode must be specified for main",
        ),
        (
            with(&|config| config["interactiveMode"] = json!("Often"), ""),
            "invalid interactiveMode for main: \"Often\"",
        ),
        (
            with(
                &|config| config["apiVersion"] = json!("client.authentication.k8s.io/v1alpha1"),
                "",
            ),
            "exec plugin: invalid apiVersion",
        ),
        (
            with(&|config| config["apiVersion"] = json!(""), ""),
            "apiVersion must be specified for main",
        ),
        (
            with(&|config| config["command"] = json!(""), ""),
            "command must be specified for main",
        ),
        (
            with(
                &|config| config["env"] = json!([{"name": "", "value": "x"}]),
                "",
            ),
            "env variable name must be specified for main",
        ),
    ];
    for (situation, says) in rows {
        let situation = Situation {
            probe: Probe::Node,
            ..situation
        };
        let (theirs, mine) = (kubectl(&situation), ours(&situation));
        assert!(
            theirs.err.contains(says),
            "kubectl says {theirs:?}, not {says}"
        );
        assert_eq!(theirs, mine);
    }
    for script in [
        "echo nonsense",
        "true",
        "echo '{\"kind\":\"Pod\",\"apiVersion\":\"v1\"}'",
    ] {
        let situation = with(&same, script);
        let (theirs, mine) = (kubectl(&situation), ours(&situation));
        let says = "Unable to connect to the server: getting credentials: ";
        assert!(
            theirs.err.contains(says) && mine.err.contains(says),
            "{theirs:?} {mine:?}"
        );
    }
}

#[test]
fn a_plugin_is_found_in_the_search_path_and_beside_the_kubeconfig() {
    let beside = situation(&world().red, &exec(V1), &counting(r#"{"token":"t"}"#, V1));
    assert!(Path::new(&beside.path("plugin")).is_absolute());
    let (outcome, ..) = runs_of_both(&beside);
    assert!(outcome.succeeded);
    let mut config = exec(V1);
    config["command"] = json!("sh");
    config["args"] = json!([
        "-c",
        format!(
            "echo '{{\"apiVersion\":\"{V1}\",\"kind\":\"ExecCredential\",\"status\":{{\"token\":\"by-path\"}}}}'"
        )
    ]);
    let (outcome, ..) = runs_of_both(&situation(&world().red, &config, ""));
    assert!(outcome.out.contains("Bearer by-path"), "{outcome:?}");
}
