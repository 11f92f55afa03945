//! What goes over the wire beside the credentials: agent, compression, warnings, time limits, log; and that nothing is
//! sent twice.

use std::io::Write as _;
use std::sync::atomic::Ordering;

use nodemaint::adapters::live::connect::{
    ErrorClass, Listeners, LogDetail, connect, describe_error,
};
use serde_json::json;

use super::servers::{Reply, Seen, Server, echo, runtime};
use super::sides::{Probe, Situation, env, flags, kubectl, logging, ours, send, simple_config};
use super::table::world;

fn secure(script: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Server {
    Server::secure(&world().authority.server(&["127.0.0.1"]), script)
}

fn on(server: &Server) -> Situation {
    Situation::new(Probe::Get("/version"))
        .config(&world().config(server, &json!({"token": "s3cret"})))
}

/// Sends the situation's probe this many times on one connection.
fn times(
    situation: &Situation,
    count: usize,
    listeners: Listeners,
) -> (Vec<Result<String, String>>, u64) {
    runtime().block_on(async {
        let connection = connect(
            &flags(&situation.args),
            &env(situation),
            listeners,
            "kubectl-nodemaint/1.2.3 (linux/amd64)".into(),
        )
        .await
        .unwrap();
        let mut answers = Vec::new();
        for _ in 0..count {
            answers.push(send(&connection, &situation.probe).await);
        }
        (answers, connection.requests.load(Ordering::Relaxed))
    })
}

#[test]
fn requests_say_who_sends_them_on_one_connection() {
    // On HTTP/1.1 the next request may come before the last connection is put back, and open another.
    let server = Server::modern(&world().authority.server(&["127.0.0.1"]), echo("x"));
    let (answers, count) = times(&on(&server), 5, Listeners::default());
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(count, 5);
    let seen = server.take();
    assert!(
        seen.iter()
            .all(|seen| seen.header("user-agent") == "kubectl-nodemaint/1.2.3 (linux/amd64)")
    );
    let first = seen[0].connection;
    assert!(
        seen.iter().all(|seen| seen.connection == first),
        "one connection serves them all"
    );
}

#[test]
fn answers_are_compressed_unless_told_otherwise() {
    let server = secure(|seen| {
        if seen.header("accept-encoding") != "gzip" {
            return echo("plain")(seen);
        }
        Reply::Say {
            status: 200,
            headers: vec![("content-encoding", "gzip".into())],
            body: gzip(b"{\"unpacked\":true}"),
        }
    });
    assert_eq!(ours(&on(&server)).out, "{\"unpacked\":true}");
    assert!(
        ours(&on(&server).args(&["--disable-compression"]))
            .out
            .contains("plain")
    );
    let mut cluster = world().cluster(&server);
    cluster["disable-compression"] = json!(true);
    let by_file = Situation::new(Probe::Get("/version"))
        .config(&simple_config(&cluster, &json!({"token": "t"})));
    assert!(ours(&by_file).out.contains("plain"));
    // Each event of a watch would be a gzip stream of its own.
    let watch = Situation {
        probe: Probe::Get("/api/v1/pods?watch=true"),
        ..on(&server)
    };
    assert!(ours(&watch).out.contains("plain"));
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn warnings_are_said_once_as_kubectl_says_them() {
    let server = secure(|seen| {
        echo("x")(seen)
            .with_header("warning", "299 - \"old \\\"thing\\\"\"")
            .with_header("warning", "299 - \"two\", 199 - \"no\"")
    });
    let (theirs, mine) = (kubectl(&on(&server)), ours(&on(&server)));
    assert_eq!(theirs, mine);
    assert_eq!(mine.err, "Warning: old \"thing\"\nWarning: two\n");

    let heard = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let log = heard.clone();
    let listeners = Listeners {
        warning: std::sync::Arc::new(move |text| log.lock().unwrap().push(text.to_owned())),
        ..Listeners::default()
    };
    times(&on(&server), 3, listeners);
    assert_eq!(*heard.lock().unwrap(), ["old \"thing\"", "two"]);
}

#[test]
fn failure_29_nothing_is_sent_twice() {
    for status in [429, 500, 502, 503, 504] {
        let server = secure(move |_| {
            Reply::json(
                status,
                &json!({"kind": "Status", "code": status, "message": "later"}),
            )
            .with_header("retry-after", "1")
        });
        let (answers, count) = times(&on(&server), 1, Listeners::default());
        assert_eq!(count, 1, "{status}");
        assert_eq!(server.take().len(), 1, "{status}");
        assert_eq!(answers[0].as_ref().unwrap_err(), "Error from server: later");
    }
    let server = secure(|_| Reply::unauthorized());
    let (_, count) = times(&on(&server), 1, Listeners::default());
    assert_eq!(
        count, 1,
        "a token that cannot be replaced is not tried again"
    );
}

#[test]
fn a_time_limit_covers_headers_and_body() {
    for silence in [|| Reply::Never, || Reply::NoBody] {
        let server = secure(move |_| silence());
        let situation = on(&server).args(&["--request-timeout=300ms"]);
        let (theirs, mine) = (kubectl(&situation), ours(&situation));
        assert!(
            theirs.err.contains("Client.Timeout") || theirs.err.contains("deadline exceeded"),
            "{theirs:?}"
        );
        assert!(
            mine.err.starts_with(
                "Unable to connect to the server: context deadline exceeded (Client.Timeout"
            ),
            "{mine:?}"
        );
        let (listeners, lines) = logging(LogDetail::Line);
        times(&situation, 1, listeners);
        assert!(lines.lock().unwrap()[0].contains("/version?timeout=300ms "));
        let seen = server.take();
        assert!(
            seen.iter()
                .all(|seen| seen.target == "/version?timeout=300ms"),
            "{seen:?}"
        );
    }
}

#[test]
fn a_time_limit_does_not_cut_a_watch_short() {
    let server = secure(|seen| {
        if seen.target.contains("watch") {
            Reply::NoBody
        } else {
            Reply::Never
        }
    });
    let situation = on(&server).args(&["--request-timeout=1500ms"]);
    runtime().block_on(async {
        let connection = connect(
            &flags(&situation.args),
            &env(&situation),
            Listeners::default(),
            "ua".into(),
        )
        .await
        .unwrap();
        let request = http::Request::get("/api/v1/pods?watch=1")
            .body(kube::client::Body::empty())
            .unwrap();
        let watch = connection.client.send(request).await.unwrap();
        let body = tokio::spawn(watch.into_body().collect_bytes());
        // Sent after the watch, so the watch has been open for longer than the limit when this one is given up.
        let error = send(&connection, &Probe::Get("/version"))
            .await
            .unwrap_err();
        assert!(error.contains("Client.Timeout"), "{error}");
        assert!(!body.is_finished(), "the watch goes on");
        body.abort();
    });
    assert_eq!(
        server.take()[0].target,
        "/api/v1/pods?watch=1",
        "a watch has its own limit in its own parameter"
    );
}

#[test]
fn the_log_shows_every_request_and_no_secret() {
    let server = secure(|seen| {
        Reply::json(
            200,
            &json!({"method": seen.method, "env": [{"value": "s3cret"}], "long": "x".repeat(2000)}),
        )
    });
    let levels = [
        (LogDetail::Line, "milliseconds", None),
        (
            LogDetail::Headers,
            "authorization: <masked>",
            Some("authorization"),
        ),
        (
            LogDetail::Bodies(1024),
            "\"env\":[{\"value\":\"<masked>\"}]",
            Some("[truncated]"),
        ),
    ];
    for (detail, expected, deeper) in levels {
        let (listeners, lines) = logging(detail);
        let (answers, _) = times(&on(&server), 1, listeners);
        assert!(answers[0].is_ok());
        let text = lines.lock().unwrap().join("\n");
        assert!(
            text.contains(&format!("GET {}/version 200 OK in ", server.url())),
            "{text}"
        );
        assert!(text.contains(expected), "{text}");
        assert!(deeper.is_none_or(|deeper| text.contains(deeper)), "{text}");
        assert!(!text.contains("s3cret"), "{text}");
    }
    let (listeners, lines) = logging(LogDetail::Line);
    times(&on(&server), 3, listeners);
    assert_eq!(lines.lock().unwrap().len(), 3, "one line a request");
}

#[test]
fn the_log_shows_requests_without_an_answer() {
    let situation = Situation::new(Probe::Get("/version"))
        .args(&["--server", &format!("http://{}", super::table::nobody())]);
    let (listeners, lines) = logging(LogDetail::Line);
    times(&situation, 1, listeners);
    let lines = lines.lock().unwrap();
    assert!(
        lines[0].contains("/version failed in ")
            && lines[0].ends_with("connect: connection refused"),
        "{lines:?}"
    );
}

#[test]
fn failures_have_classes() {
    let refused = format!("http://{}", super::table::nobody());
    let unauthorized = secure(|_| Reply::unauthorized());
    let nonsense = secure(|_| Reply::Say {
        status: 200,
        headers: vec![],
        body: b"{".to_vec(),
    });
    let missing = secure(|_| Reply::Say {
        status: 404,
        headers: vec![],
        body: b"<html>no".to_vec(),
    });
    let rows = [
        (
            on(&unauthorized).args(&["--server", &refused]),
            ErrorClass::Refused,
        ),
        (
            on(&unauthorized).args(&["--server=https://no-such-host.invalid"]),
            ErrorClass::Unreachable,
        ),
        (on(&unauthorized), ErrorClass::Unauthorized),
        (on(&missing), ErrorClass::Server),
        (on(&nonsense), ErrorClass::Other),
    ];
    for (situation, class) in rows {
        let error = runtime().block_on(async {
            let connection = connect(
                &flags(&situation.args),
                &env(&situation),
                Listeners::default(),
                "ua".into(),
            )
            .await
            .unwrap();
            let request = http::Request::get("/version").body(Vec::new()).unwrap();
            let error = connection
                .client
                .request::<serde_json::Value>(request)
                .await
                .unwrap_err();
            describe_error(&error)
        });
        assert_eq!(error.class, class, "{error}");
    }
}

#[test]
fn a_token_file_that_changes_is_read_again_when_the_old_token_is_refused() {
    let server = secure(|seen| {
        if seen.header("authorization") == "Bearer new" {
            echo("x")(seen)
        } else {
            Reply::unauthorized()
        }
    });
    let situation = Situation::new(Probe::Get("/version"))
        .config(&world().config(&server, &json!({"tokenFile": "token"})))
        .file("token", "old\n");
    runtime().block_on(async {
        let connection = connect(
            &flags(&[]),
            &env(&situation),
            Listeners::default(),
            "ua".into(),
        )
        .await
        .unwrap();
        assert!(send(&connection, &situation.probe).await.is_err());
        std::fs::write(situation.path("token"), "new\n").unwrap();
        assert!(send(&connection, &situation.probe).await.is_ok());
        assert_eq!(connection.requests.load(Ordering::Relaxed), 3);
    });
}

#[test]
fn a_connection_that_breaks_is_named() {
    // Accepts and hangs up.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || listener.incoming().take(8).for_each(drop));
    for scheme in ["http", "https"] {
        let situation = Situation::new(Probe::Get("/version")).args(&[
            "--token=t",
            "--server",
            &format!("{scheme}://{address}"),
        ]);
        let mine = ours(&situation);
        let known = ["EOF", "read: connection reset by peer"];
        assert!(
            known
                .iter()
                .any(|text| mine.err.trim() == format!("Unable to connect to the server: {text}")),
            "{mine:?}"
        );
    }
}

/// On how many connections thirty requests at once arrive.
fn connections_of_a_burst(situation: &Situation, server: &Server) -> usize {
    runtime().block_on(async {
        let connection = connect(
            &flags(&[]),
            &env(situation),
            Listeners::default(),
            "ua".into(),
        )
        .await
        .unwrap();
        send(&connection, &situation.probe).await.unwrap();
        let together =
            futures::future::join_all((0..30).map(|_| send(&connection, &situation.probe))).await;
        assert!(together.iter().all(Result::is_ok), "{together:?}");
    });
    let connections: std::collections::HashSet<usize> =
        server.take().iter().map(|seen| seen.connection).collect();
    connections.len()
}

#[test]
fn requests_at_once_share_a_connection_where_the_server_speaks_http2() {
    let modern = Server::modern(&world().authority.server(&["127.0.0.1"]), echo("modern"));
    assert_eq!(connections_of_a_burst(&on(&modern), &modern), 1);
    let told_not_to = on(&modern).var("DISABLE_HTTP2", "1");
    assert!(connections_of_a_burst(&told_not_to, &modern) > 1);
    let old = secure(echo("old"));
    assert!(connections_of_a_burst(&on(&old), &old) > 1);
}

#[test]
fn the_real_server_is_watched_and_written_to() {
    use futures::TryStreamExt as _;
    use k8s_openapi::api::core::v1::ConfigMap;
    use kube::api::{Api, PostParams, WatchEvent, WatchParams};
    let space = controlplane::space("watched");
    let situation = Situation::new(Probe::Get("/version"))
        .var("KUBECONFIG", &space.kubeconfig().display().to_string())
        .args(&["--request-timeout=10s"]);
    runtime().block_on(async {
        let flags = flags(&situation.args);
        let env = env(&situation);
        let connection = connect(&flags, &env, Listeners::default(), "ua".into());
        let connection = connection.await.unwrap();
        assert_eq!(connection.namespace, space.name());
        let maps: Api<ConfigMap> = Api::default_namespaced(connection.client.clone());
        let one = WatchParams::default().fields("metadata.name=seen");
        let watch = maps.watch(&one.disable_bookmarks(), "0").await.unwrap();
        let mut map = ConfigMap::default();
        map.metadata.name = Some("seen".into());
        maps.create(&PostParams::default(), &map).await.unwrap();
        let event = std::pin::pin!(watch).try_next().await.unwrap().unwrap();
        let WatchEvent::Added(seen) = event else {
            panic!("{event:?}")
        };
        assert_eq!(seen.metadata.name, map.metadata.name);
    });
}
