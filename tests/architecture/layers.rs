//! The dependency rule: which layer may name which layer and which crate, and what stays
//! outside everything below `cli`.

use super::Violation;
use super::mentions::{Mention, Place, Target, mentions};
use super::modules::test_files;
use super::tree::{SourceFile, Tree};

/// A folder of `src/` and the parts of this library it may name.
struct Layer {
    name: &'static str,
    may_name: &'static [&'static str],
    remedy: &'static str,
}

const LAYERS: [Layer; 6] = [
    Layer {
        name: "domain",
        may_name: &["domain"],
        remedy: "the domain knows nobody: take the value as a parameter, or move the code outwards",
    },
    Layer {
        name: "engine",
        may_name: &["domain", "engine"],
        remedy: "put a method on a trait of the engine (`Cluster`, `Clock`) and implement it outside",
    },
    Layer {
        name: "adapters",
        may_name: &["domain", "engine", "adapters"],
        remedy: "return data and let `cli` bring both together",
    },
    Layer {
        name: "present",
        may_name: &["domain", "engine::event", "present"],
        remedy: "show domain values and `engine::event` only; let `cli` hand over the rest",
    },
    Layer {
        name: "cli",
        may_name: &["domain", "engine", "adapters", "present", "cli"],
        remedy: "builders for tests stay out of the program",
    },
    Layer {
        name: "testing",
        may_name: &["domain", "engine", "testing"],
        remedy: "builders make domain values; what needs more belongs to the test that uses it",
    },
];

/// Crates of `[dependencies]` and the layers that may name them.
const CRATES: &[(&[&str], &[&str])] = &[
    (
        &["serde", "thiserror", "jiff"],
        &["domain", "engine", "adapters", "present", "cli", "testing"],
    ),
    (
        &["futures", "tokio", "tracing"],
        &["engine", "adapters", "cli"],
    ),
    (&["kube", "k8s_openapi"], &["adapters"]),
    (
        &[
            "base64",
            "flate2",
            "http",
            "http_body",
            "http_body_util",
            "hyper",
            "hyper_util",
            "ipnet",
            "percent_encoding",
            "prost",
            "rustls",
            "rustls_platform_verifier",
            "secrecy",
            "tokio_rustls",
            "tower",
        ],
        &["adapters"],
    ),
    (
        &["serde_json", "serde_saphyr"],
        &["engine", "adapters", "present", "cli"],
    ),
    (&["json_patch"], &["engine"]),
    (&["schemars"], &["present", "cli"]),
    (&["askama"], &["present"]),
    (
        &["colored", "comfy_table", "indicatif"],
        &["present", "cli"],
    ),
    (
        &[
            "clap",
            "clap_complete",
            "clap_mangen",
            "dialoguer",
            "gethostname",
            "tracing_subscriber",
        ],
        &["cli"],
    ),
];

/// Modules of the standard library and of tokio that a layer must do without.
const OUTSIDE: &[(&str, &[&str])] = &[
    (
        "domain",
        &[
            "std::fs",
            "std::net",
            "std::io",
            "std::env",
            "std::process",
            "std::thread",
            "std::time::Instant",
            "std::time::SystemTime",
        ],
    ),
    (
        "engine",
        &[
            "std::fs",
            "std::net",
            "std::env",
            "std::process",
            "std::thread",
            "tokio::time",
            "tokio::net",
            "tokio::fs",
            "tokio::process",
            "tokio::signal",
            "tokio::io",
        ],
    ),
    (
        "present",
        &["std::fs", "std::net", "std::process", "std::thread"],
    ),
];

/// Calls that reach the user, the environment or the end of the process: `cli` alone.
const STREAMS: &[(&str, &[&str])] = &[
    (
        "io",
        &[
            "stdin",
            "stdout",
            "stderr",
            "Stdin",
            "Stdout",
            "Stderr",
            "IsTerminal",
        ],
    ),
    ("process", &["exit", "abort"]),
    (
        "env",
        &[
            "var",
            "var_os",
            "vars",
            "vars_os",
            "set_var",
            "remove_var",
            "args",
            "args_os",
            "current_dir",
        ],
    ),
];

const PRINTING: [&str; 5] = ["print", "println", "eprint", "eprintln", "dbg"];

/// Checks every file of `src/` against the rule, and `dependencies` (crate names as code
/// writes them) against the table of crates.
pub fn check(tree: &Tree, dependencies: &[String]) -> Vec<Violation> {
    let mut found = unlisted(dependencies);
    let test_files = test_files(tree);
    for file in tree.under("src/") {
        match layer_of(&file.path) {
            Ok(Some(layer)) => {
                let for_tests = test_files.contains(&file.path);
                let place = if for_tests {
                    Place::Test
                } else {
                    Place::Product
                };
                check_file(file, place, layer, &mut found);
            }
            Ok(None) => {}
            Err(violation) => found.push(violation),
        }
    }
    found
}

fn unlisted(dependencies: &[String]) -> Vec<Violation> {
    let listed = |name: &String| {
        CRATES
            .iter()
            .any(|(names, _)| names.contains(&name.as_str()))
    };
    let complain = |name: &String| Violation {
        rule: "crates have a place",
        path: "Cargo.toml".to_owned(),
        line: 1,
        what: format!("the dependency {name} belongs to no layer"),
        remedy: "add it to CRATES in tests/architecture/layers.rs with the layers that may name it",
    };
    dependencies
        .iter()
        .filter(|name| !listed(name))
        .map(complain)
        .collect()
}

/// The layer of a file; none for `lib.rs` and `main.rs`, which only tie the layers together.
fn layer_of(path: &str) -> Result<Option<&'static Layer>, Violation> {
    let inner = path.trim_start_matches("src/");
    if inner == "lib.rs" || inner == "main.rs" {
        return Ok(None);
    }
    let name = inner
        .split('/')
        .next()
        .unwrap_or(inner)
        .trim_end_matches(".rs");
    let layer = LAYERS.iter().find(|layer| layer.name == name);
    layer.map(Some).ok_or_else(|| Violation {
        rule: "files have a layer",
        path: path.to_owned(),
        line: 1,
        what: format!("{name} is no layer"),
        remedy: "move it into domain, engine, adapters, present or cli",
    })
}

fn check_file(file: &SourceFile, place: Place, layer: &Layer, found: &mut Vec<Violation>) {
    for mention in mentions(&file.path, &file.text, place) {
        let broken = other_layer(layer, &mention)
            .or_else(|| outside_tests(&mention, || foreign_crate(layer, &mention.target)))
            .or_else(|| outside_tests(&mention, || outside_world(layer, &mention.target)))
            .or_else(|| outside_tests(&mention, || asynchronous(layer, &mention.target)));
        if let Some((rule, what, remedy)) = broken {
            let (path, line) = (file.path.clone(), mention.line);
            found.push(Violation {
                rule,
                path,
                line,
                what,
                remedy,
            });
        }
    }
}

type Broken = Option<(&'static str, String, &'static str)>;

fn outside_tests(mention: &Mention, rule: impl FnOnce() -> Broken) -> Broken {
    match mention.place {
        Place::Product => rule(),
        Place::Test => None,
    }
}

/// Whether `path` is `prefix` or something inside it.
fn within(path: &[String], prefix: &str) -> bool {
    let mut segments = path.iter();
    prefix
        .split("::")
        .all(|wanted| segments.next().is_some_and(|segment| segment == wanted))
}

/// Test code obeys this rule too, and may use the builders besides.
fn other_layer(layer: &Layer, mention: &Mention) -> Broken {
    let Target::Own(path) = &mention.target else {
        return None;
    };
    let first = path.first()?;
    if !LAYERS.iter().any(|other| other.name == first) {
        return None;
    }
    let in_test = first == "testing" && mention.place == Place::Test;
    if in_test || layer.may_name.iter().any(|allowed| within(path, allowed)) {
        return None;
    }
    let what = format!("{} must not name crate::{}", layer.name, path.join("::"));
    Some(("dependency rule", what, layer.remedy))
}

fn foreign_crate(layer: &Layer, target: &Target) -> Broken {
    let Target::Foreign(path) = target else {
        return None;
    };
    let (_, layers) = CRATES
        .iter()
        .find(|(names, _)| names.contains(&path[0].as_str()))?;
    if layers.contains(&layer.name) {
        return None;
    }
    let what = format!(
        "{} must not name {}; only {} may",
        layer.name,
        path.join("::"),
        layers.join(", ")
    );
    Some((
        "crates have a place",
        what,
        "move the code to that layer and pass plain values",
    ))
}

fn outside_world(layer: &Layer, target: &Target) -> Broken {
    if layer.name == "cli" {
        return None;
    }
    let what = match target {
        Target::Macro(name) if PRINTING.contains(&name.as_str()) => format!("{name}!"),
        Target::Foreign(path) if is_stream(path) || is_banned_module(layer, path) => {
            path.join("::")
        }
        _ => return None,
    };
    let what = format!("{} must not reach outside by {what}", layer.name);
    let remedy = "take a writer, a value or a trait as a parameter; only `cli` opens streams, reads \
                  the environment and ends the process";
    Some(("nothing below cli reaches outside", what, remedy))
}

fn is_stream(path: &[String]) -> bool {
    let is_call = |pair: &[String]| {
        let names = STREAMS
            .iter()
            .find(|(module, _)| pair[0] == *module)
            .map(|(_, names)| names);
        names.is_some_and(|names| names.contains(&pair[1].as_str()))
    };
    path.windows(2).any(is_call)
}

fn is_banned_module(layer: &Layer, path: &[String]) -> bool {
    let banned = OUTSIDE
        .iter()
        .find(|(name, _)| *name == layer.name)
        .map(|(_, modules)| modules);
    banned.is_some_and(|modules| modules.iter().any(|module| within(path, module)))
}

fn asynchronous(layer: &Layer, target: &Target) -> Broken {
    if layer.name != "domain" || *target != Target::Async {
        return None;
    }
    let what = "the domain must not be async".to_owned();
    Some((
        "no async in the domain",
        what,
        "wait in the engine and pass the answer in",
    ))
}

#[cfg(test)]
mod tests;
