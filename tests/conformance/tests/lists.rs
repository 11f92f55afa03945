//! A cluster that is read in protobuf is the cluster that is read in JSON: the same lists, encoded by Kubernetes' own code in
//! both formats, are served to the program, and what it makes of them is compared whole.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use conformance::generator::case;
use controlplane::lease::Lease;
use http::{Request, Response, header};
use jiff::Timestamp;
use kube::Client;
use kube::client::Body;
use nodemaint::adapters::live::{Asked, LiveCluster, LiveOptions, Picture, Whose};
use serde::Deserialize;
use serde_json::{Value, json};

/// Random clusters that are compared.
const CLUSTERS: u64 = 150;

/// The list of a kind as an API server encodes it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Lists {
    api_version: String,
    kind: String,
    json: String,
    protobuf: String,
}

/// What the server makes of a request for protobuf.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Server {
    /// Answers in it.
    SpeaksProtobuf,
    /// Answers in JSON.
    SpeaksJson,
}

/// Asks Kubernetes' own code for the lists of clusters.
fn encode(program: &Path, clusters: &[Vec<Value>]) -> Vec<Vec<Lists>> {
    let mut child = Command::new(program)
        .arg("-lists")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the oracle starts");
    let mut input = child.stdin.take().expect("a pipe");
    let lines = clusters.iter();
    let lines: String = lines
        .map(|objects| format!("{}\n", json!({"objects": objects})))
        .collect();
    let writer = thread::spawn(move || input.write_all(lines.as_bytes()));
    let output = BufReader::new(child.stdout.take().expect("a pipe"));
    let answers = output
        .lines()
        .map(|line| serde_json::from_str(&line.expect("a line")).expect("lists"))
        .collect();
    writer.join().expect("the writer").expect("all is written");
    assert!(child.wait().expect("an end").success());
    answers
}

/// Returns the path under which a kind is listed.
fn path(lists: &Lists) -> String {
    let group = match lists.api_version.as_str() {
        "v1" => "/api/v1".to_owned(),
        group => format!("/apis/{group}"),
    };
    let name = lists.kind.to_lowercase();
    match name.strip_suffix('s') {
        Some(class) => format!("{group}/{class}ses"),
        None => match name.strip_suffix("ity") {
            Some(stem) => format!("{group}/{stem}ities"),
            None => format!("{group}/{name}s"),
        },
    }
}

fn client(lists: &[Lists], server: Server) -> Client {
    let bodies = lists.iter().map(|one| (path(one), one.clone()));
    let bodies: Arc<BTreeMap<String, Lists>> = Arc::new(bodies.collect());
    let answer = move |request: Request<Body>| {
        let accepts = request.headers()[header::ACCEPT].to_str().expect("text");
        let wants_protobuf = accepts.starts_with("application/vnd.kubernetes.protobuf");
        let body = match bodies.get(request.uri().path()) {
            None => br#"{"metadata": {}, "items": []}"#.to_vec(),
            Some(one) if wants_protobuf && server == Server::SpeaksProtobuf => {
                BASE64_STANDARD.decode(&one.protobuf).expect("base64")
            }
            Some(one) => BASE64_STANDARD.decode(&one.json).expect("base64"),
        };
        async move { Ok::<_, Infallible>(Response::new(Body::from(body))) }
    };
    Client::new(tower::service_fn(answer), "default")
}

/// Reads as the program does, but for the threads: on one the kinds are folded in the order in which they are asked for, and
/// what is numbered as it comes has the same number each time.
fn read(lists: &[Lists], server: Server) -> Picture {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.max_blocking_threads(1).build().expect("a runtime");
    runtime.block_on(picture(lists, server))
}

async fn picture(lists: &[Lists], server: Server) -> Picture {
    let client = client(lists, server);
    let cluster = LiveCluster::new(client, Arc::new(AtomicU64::new(0)), LiveOptions::default());
    let asked = Asked {
        whose: Whose::All,
        minor: None,
        server: String::new(),
        now: Timestamp::UNIX_EPOCH,
    };
    cluster.picture(asked).await.expect("a picture")
}

/// Shows all of a picture, in lines. They are sorted: some tables in it have no order of their own.
fn show(picture: &Picture) -> Vec<String> {
    let text = format!("{picture:#?}");
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

fn compare(name: &str, lists: &[Lists]) {
    let protobuf = show(&read(lists, Server::SpeaksProtobuf));
    let json = show(&read(lists, Server::SpeaksJson));
    let differing = protobuf.iter().zip(&json).find(|(a, b)| a != b);
    assert_eq!(differing, None, "{name}: protobuf and JSON");
    assert_eq!(protobuf.len(), json.len(), "{name}");
}

fn first_seed() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(1, |time| u64::try_from(time.as_millis()).unwrap_or(1))
}

#[test]
fn random_clusters_are_the_same_in_protobuf_and_in_json() {
    let program = controlplane::oracle::ensure(&Lease::default()).expect("the oracle can be built");
    let first = first_seed();
    let seeds: Vec<u64> = (first..first + CLUSTERS).collect();
    let clusters: Vec<Vec<Value>> = seeds.iter().map(|seed| case(*seed).objects).collect();
    for (seed, lists) in seeds.iter().zip(encode(&program, &clusters)) {
        compare(&format!("seed {seed}"), &lists);
    }
}

#[test]
fn every_field_that_is_read_is_the_same_in_protobuf_and_in_json() {
    let program = controlplane::oracle::ensure(&Lease::default()).expect("the oracle can be built");
    let objects = include_str!("lists.json");
    let objects: Vec<Value> = serde_json::from_str(objects).expect("objects");
    let lists = encode(&program, &[objects]).remove(0);
    compare("the objects with every field", &lists);
    let picture = read(&lists, Server::SpeaksProtobuf);
    let shown = show(&picture).join("\n");
    // Each stands in one field of the objects alone.
    for value in [
        "wanted-phase-reason",
        "wanted-manager",
        "wanted-pool",
        "2026-01-02T03:04:05Z",
    ] {
        assert!(shown.contains(value), "{value}");
    }
    assert!(!picture.snapshot.owners.is_empty());
    assert!(picture.snapshot.ending_namespaces.contains("ending"));
}
