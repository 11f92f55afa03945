//! Proves on made-up sources that each part of the dependency rule can fail, and that it
//! leaves alone what it should.

use super::*;

/// The broken rules of one file, as `rule:line`.
fn broken(path: &str, text: &str) -> Vec<String> {
    let tree = Tree::of(&[(path, text)]);
    let found = check(&tree, &[]);
    found
        .iter()
        .map(|violation| format!("{}:{}", violation.rule, violation.line))
        .collect()
}

#[test]
fn each_forbidden_arrow_is_found() {
    let arrows = [
        ("domain", "engine"),
        ("domain", "adapters"),
        ("domain", "present"),
        ("domain", "cli"),
        ("engine", "adapters"),
        ("engine", "present"),
        ("engine", "cli"),
        ("adapters", "present"),
        ("adapters", "cli"),
        ("present", "adapters"),
        ("present", "cli"),
        ("present", "engine"),
    ];
    for (from, to) in arrows {
        let found = broken(
            &format!("src/{from}/x.rs"),
            &format!("\nuse crate::{to}::y;"),
        );
        assert_eq!(found, ["dependency rule:2"], "{from} -> {to}");
    }
}

#[test]
fn each_allowed_arrow_passes() {
    let arrows = [
        ("engine", "domain"),
        ("adapters", "domain"),
        ("adapters", "engine"),
        ("present", "domain"),
        ("present", "engine::event"),
        ("cli", "domain"),
        ("cli", "engine"),
        ("cli", "adapters"),
        ("cli", "present"),
    ];
    for (from, to) in arrows {
        let found = broken(&format!("src/{from}/x.rs"), &format!("use crate::{to}::Y;"));
        assert!(found.is_empty(), "{from} -> {to}: {found:?}");
    }
}

#[test]
fn the_rule_holds_for_paths_in_code_and_through_super() {
    assert_eq!(
        broken("src/domain/x.rs", "fn f() { crate::cli::g() }"),
        ["dependency rule:1"]
    );
    assert_eq!(
        broken(
            "src/present/a/b.rs",
            "use super::super::super::adapters::x;"
        ),
        ["dependency rule:1"]
    );
    assert_eq!(
        broken("src/engine.rs", "use super::{domain, adapters};"),
        ["dependency rule:1"]
    );
}

#[test]
fn test_code_obeys_the_dependency_rule_too() {
    let source = "#[cfg(test)]\nmod tests {\n use crate::adapters::x;\n}";
    assert_eq!(broken("src/engine/x.rs", source), ["dependency rule:3"]);
}

#[test]
fn kubernetes_crates_stay_in_the_adapters() {
    for crate_name in ["kube", "k8s_openapi"] {
        for layer in ["domain", "engine", "present", "cli"] {
            let source = format!("fn f() {{ {crate_name}::x() }}");
            let found = broken(&format!("src/{layer}/x.rs"), &source);
            assert_eq!(found, ["crates have a place:1"], "{crate_name} in {layer}");
        }
    }
    assert!(broken("src/adapters/x.rs", "use kube::Api; use k8s_openapi::api;").is_empty());
}

#[test]
fn arguments_and_prompts_stay_in_cli() {
    for crate_name in ["clap", "clap_complete", "clap_mangen", "dialoguer"] {
        let source = format!("use {crate_name}::x;");
        assert_eq!(
            broken("src/present/x.rs", &source),
            ["crates have a place:1"]
        );
        assert!(broken("src/cli/commands/completion.rs", &source).is_empty());
    }
}

#[test]
fn streams_environment_and_exit_stay_in_cli() {
    let sources = [
        "use std::io::stdout;",
        "fn f() { std::io::stderr() }",
        "fn f() { tokio::io::stdin() }",
        "fn f() { io::stdin() }",
        "use std::io::{self, IsTerminal};",
        "fn f() { println!(\"\") }",
        "fn f() { dbg!(1) }",
        "fn f() { std::env::var(\"A\") }",
        "use std::env::args;",
        "fn f() { std::process::exit(1) }",
        "fn f() { process::abort() }",
    ];
    for source in sources {
        let found = broken("src/adapters/x.rs", source);
        assert_eq!(found, ["nothing below cli reaches outside:1"], "{source}");
        assert!(broken("src/cli/x.rs", source).is_empty(), "{source}");
    }
}

#[test]
fn what_only_looks_like_the_outside_passes() {
    let source =
        "use std::io::Write; fn f() { env!(\"A\"); std::env::consts::OS; writeln!(out, \"\") }";
    assert!(broken("src/adapters/x.rs", source).is_empty());
}

#[test]
fn unit_tests_may_reach_outside() {
    let source = "#[cfg(test)]\nmod tests { fn f() { std::env::var(\"A\"); println!(\"\") } }";
    assert!(broken("src/engine/x.rs", source).is_empty());
    let declared = ("src/engine/x.rs", "#[cfg(test)]\nmod tests;");
    let file = ("src/engine/x/tests.rs", "fn f() { std::env::var(\"A\") }");
    assert!(check(&Tree::of(&[declared, file]), &[]).is_empty());
    assert_eq!(check(&Tree::of(&[file]), &[]).len(), 1);
}

#[test]
fn the_engine_waits_through_its_clock() {
    let found = broken(
        "src/engine/x.rs",
        "async fn f() { tokio::time::sleep(d).await }",
    );
    assert_eq!(found, ["nothing below cli reaches outside:1"]);
    assert!(broken("src/engine/x.rs", "use tokio::sync::mpsc;").is_empty());
}

#[test]
fn the_domain_is_pure() {
    assert_eq!(
        broken("src/domain/x.rs", "async fn f() {}"),
        ["no async in the domain:1"]
    );
    assert_eq!(
        broken("src/domain/x.rs", "fn f() { g.await }"),
        ["no async in the domain:1"]
    );
    assert_eq!(
        broken("src/domain/x.rs", "use tokio::sync::mpsc;"),
        ["crates have a place:1"]
    );
    for module in ["std::fs::read", "std::time::Instant", "std::thread::spawn"] {
        let found = broken("src/domain/x.rs", &format!("use {module};"));
        assert_eq!(found, ["nothing below cli reaches outside:1"], "{module}");
    }
    assert!(
        broken(
            "src/domain/x.rs",
            "use std::time::Duration; use jiff::Timestamp;"
        )
        .is_empty()
    );
}

#[test]
fn words_in_comments_and_strings_break_nothing() {
    let source =
        "//! Like kube::Api.\nconst A: &str = \"crate::cli::x println!\"; // std::env::var";
    assert!(broken("src/domain/x.rs", source).is_empty());
}

#[test]
fn a_file_outside_the_layers_is_found() {
    assert_eq!(
        broken("src/util.rs", "//! Odds and ends."),
        ["files have a layer:1"]
    );
    assert!(broken("src/lib.rs", "pub mod cli;").is_empty());
}

#[test]
fn a_new_dependency_needs_a_place() {
    let found = check(&Tree::of(&[]), &["serde".to_owned(), "newcomer".to_owned()]);
    assert_eq!(found.len(), 1);
    assert!(found[0].what.contains("newcomer"));
}

#[test]
fn the_message_says_where_what_and_how_to_mend_it() {
    let tree = Tree::of(&[("src/engine/x.rs", "\n\nuse crate::adapters::live::Live;")]);
    let message = check(&tree, &[])[0].to_string();
    let expected = "src/engine/x.rs:3: dependency rule: engine must not name \
                    crate::adapters::live::Live\n    put a method on a trait of the engine \
                    (`Cluster`, `Clock`) and implement it outside";
    assert_eq!(message, expected);
}

#[test]
fn builders_for_tests_stay_in_tests() {
    let source = "#[cfg(test)]\nmod tests { use crate::testing::pod; }";
    assert!(broken("src/domain/x.rs", source).is_empty());
    assert!(broken("src/testing.rs", "use crate::domain::pod::Pod;").is_empty());
    for layer in ["domain", "engine", "adapters", "present", "cli"] {
        let found = broken(&format!("src/{layer}/x.rs"), "use crate::testing::pod;");
        assert_eq!(found, ["dependency rule:1"], "{layer}");
    }
    assert_eq!(
        broken("src/testing.rs", "use crate::cli::x;"),
        ["dependency rule:1"]
    );
}
