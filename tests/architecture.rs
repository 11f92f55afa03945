//! Holds the dependency rule of ARCHITECTURE.md and the house rules of CONTRIBUTING.md, so
//! that a change that breaks one hears of it at once, with the line and the way to mend it.
//!
//! Each rule is also run on made-up sources that break it: a rule that cannot fail holds
//! nothing.

mod habits;
mod layers;
mod lexer;
mod mentions;
mod modules;
mod tree;

use std::fmt;
use std::path::Path;

use tree::Tree;

/// A rule, the line that breaks it and what to do.
pub struct Violation {
    rule: &'static str,
    path: String,
    line: usize,
    what: String,
    remedy: &'static str,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            rule,
            path,
            line,
            what,
            remedy,
        } = self;
        write!(f, "{path}:{line}: {rule}: {what}\n    {remedy}")
    }
}

fn repository() -> Tree {
    Tree::read(Path::new(env!("CARGO_MANIFEST_DIR")))
}

fn assert_none(found: &[Violation]) {
    let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert!(
        found.is_empty(),
        "{} broken:\n\n{}\n",
        found.len(),
        lines.join("\n")
    );
}

/// The crates of `[dependencies]`, written as code writes them.
fn dependencies(manifest: &str) -> Vec<String> {
    let lines = manifest
        .lines()
        .skip_while(|line| line.trim() != "[dependencies]")
        .skip(1);
    let section = lines.take_while(|line| !line.starts_with('['));
    let names = section
        .filter_map(|line| line.split_once('='))
        .map(|(name, _)| name.trim());
    names
        .filter(|name| !name.starts_with('#'))
        .map(|name| name.replace('-', "_"))
        .collect()
}

#[test]
fn the_dependency_rule_holds() {
    let tree = repository();
    let dependencies = dependencies(tree.text("Cargo.toml"));
    assert!(
        dependencies.contains(&"kube".to_owned()),
        "Cargo.toml was not understood"
    );
    assert_none(&layers::check(&tree, &dependencies));
}

#[test]
fn the_house_rules_hold() {
    assert_none(&habits::check(&repository()));
}

#[test]
fn dependencies_are_read_from_the_manifest() {
    let manifest = "[a]\nx = 1\n\n[dependencies]\n# why\nserde-saphyr = \"2\"\nkube = { version = \"5\" }\n\n[b]\ny = 2";
    assert_eq!(dependencies(manifest), ["serde_saphyr", "kube"]);
}
