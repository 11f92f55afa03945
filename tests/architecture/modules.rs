//! Which file declares which: so that no file is forgotten, and a file that only tests compile
//! is known as such.

use std::collections::BTreeSet;

use super::lexer::{Token, tokens};
use super::mentions::{Place, places};
use super::tree::Tree;

/// A `mod NAME;`, maybe with the file that `#[path]` names.
struct Declaration {
    name: String,
    path: Option<String>,
    place: Place,
}

/// All files that `roots` lead to, the roots with them.
pub fn reached<'a>(tree: &Tree, roots: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for root in roots {
        follow(tree, root, &mut found);
    }
    found
}

/// The files of `src/` that only tests compile: declared under `#[cfg(test)]`, or by such a file.
pub fn test_files(tree: &Tree) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for file in tree.under("src/") {
        let declared = declarations(&file.text).into_iter();
        for declaration in declared.filter(|declaration| declaration.place == Place::Test) {
            for path in files_of(tree, &file.path, &declaration) {
                follow(tree, &path, &mut found);
            }
        }
    }
    found
}

fn follow(tree: &Tree, path: &str, found: &mut BTreeSet<String>) {
    if !found.insert(path.to_owned()) {
        return;
    }
    for declaration in declarations(tree.text(path)) {
        for next in files_of(tree, path, &declaration) {
            follow(tree, &next, found);
        }
    }
}

fn declarations(text: &str) -> Vec<Declaration> {
    let tokens = tokens(text);
    let places = places(&tokens, Place::Product);
    let declares = |window: &[Token]| window[0].is("mod") && window[2].is(";");
    let starts = (0..tokens.len().saturating_sub(2)).filter(|&at| declares(&tokens[at..at + 3]));
    starts
        .map(|at| Declaration {
            name: tokens[at + 1].text.clone(),
            path: path_attribute(&tokens[..at]),
            place: places[at],
        })
        .collect()
}

/// The file that `#[path = "FILE"]` right before an item, or before its visibility, names.
fn path_attribute(before: &[Token]) -> Option<String> {
    let visibility = before.iter().rposition(|token| token.is("pub"));
    let attribute = match visibility {
        Some(at) if !before[at..].iter().any(|token| token.is("]")) => &before[..at],
        _ => before,
    };
    let [.., open, path, equals, file, close] = attribute else {
        return None;
    };
    let is = open.is("[") && path.is("path") && equals.is("=") && close.is("]");
    let name = file.text.strip_prefix('"')?;
    is.then(|| name.to_owned())
}

/// The files that a module, declared in `path`, may stand in.
fn files_of(tree: &Tree, path: &str, declaration: &Declaration) -> Vec<String> {
    if let Some(file) = &declaration.path {
        let (folder, _) = path.rsplit_once('/').unwrap_or(("", path));
        return vec![format!("{folder}/{file}")];
    }
    let (folder, name) = (folder_of(path), &declaration.name);
    let candidates = [
        format!("{folder}{name}.rs"),
        format!("{folder}{name}/mod.rs"),
    ];
    candidates
        .into_iter()
        .filter(|path| tree.has(path))
        .collect()
}

/// The folder in which the modules that `path` declares are looked for.
fn folder_of(path: &str) -> String {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    match name {
        "main.rs" | "lib.rs" | "mod.rs" => format!("{folder}/"),
        _ if is_test_root(path) => format!("{folder}/"),
        _ => format!("{}/", path.trim_end_matches(".rs")),
    }
}

/// Whether cargo takes the file for a program of its own: one in `tests/` of another package, a
/// benchmark's, or a target of the fuzzer.
pub fn is_test_root(path: &str) -> bool {
    let benchmark = path
        .strip_prefix("benches/")
        .or(path.strip_prefix("tests/conformance/benches/"));
    if let Some(benchmark) = benchmark {
        return !benchmark.contains('/') || benchmark.ends_with("/main.rs");
    }
    let inside = path
        .strip_prefix("tests/cluster/tests/")
        .or(path.strip_prefix("fuzz/fuzz_targets/"))
        .or(path.strip_prefix("xtask/tests/"));
    inside.is_some_and(|name| !name.contains('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_declared_for_tests_are_test_files_with_all_below() {
        let tree = Tree::of(&[
            ("src/lib.rs", "mod a;\n#[cfg(test)]\nmod b;"),
            (
                "src/a.rs",
                "#[cfg(any(test, feature = \"x\"))] mod c; mod d;",
            ),
            ("src/a/c.rs", ""),
            ("src/a/d.rs", ""),
            ("src/b/mod.rs", "mod e;"),
            ("src/b/e.rs", ""),
        ]);
        let found: Vec<String> = test_files(&tree).into_iter().collect();
        assert_eq!(found, ["src/a/c.rs", "src/b/e.rs", "src/b/mod.rs"]);
    }

    #[test]
    fn files_named_by_path_are_followed() {
        let tree = Tree::of(&[
            ("src/a/mod.rs", "mod b;"),
            (
                "src/a/b.rs",
                "#[cfg(test)]\n#[path = \"b_tests.rs\"]\npub(super) mod tests;",
            ),
            ("src/a/b_tests.rs", ""),
        ]);
        assert!(reached(&tree, ["src/a/mod.rs"]).contains("src/a/b_tests.rs"));
        assert!(test_files(&tree).contains("src/a/b_tests.rs"));
    }

    #[test]
    fn tests_of_other_packages_are_roots() {
        assert!(is_test_root("xtask/tests/lifecycle.rs"));
        assert!(!is_test_root("xtask/tests/support/mod.rs"));
        assert!(!is_test_root("tests/completion.rs"));
        assert!(is_test_root("benches/drain/main.rs"));
        assert!(is_test_root("fuzz/fuzz_targets/taint.rs"));
        assert!(!is_test_root("benches/drain/fleet.rs"));
        assert!(is_test_root("tests/conformance/benches/fit/main.rs"));
        assert_eq!(folder_of("xtask/tests/a.rs"), "xtask/tests/");
        assert_eq!(folder_of("tests/a.rs"), "tests/a/");
    }
}
