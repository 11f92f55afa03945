//! The house rules: modules explain themselves, files stay short, no test file is forgotten,
//! and nothing tells on which machine it was written.

use super::Violation;
use super::modules::{is_test_root, reached};
use super::tree::{SourceFile, Tree};

const LONGEST: usize = 500;

/// Files that may be longer, each with the reason; only tables of data belong here.
const LONG_TABLES: &[(&str, &str)] = &[];

/// Where a program or a library of this repository begins.
const ROOTS: [&str; 18] = [
    "src/lib.rs",
    "src/main.rs",
    "tests/main.rs",
    "tests/cluster/src/lib.rs",
    "tests/cluster/tests/spaces.rs",
    "tests/conformance/examples/cases.rs",
    "tests/conformance/examples/coverage.rs",
    "tests/conformance/examples/quantities.rs",
    "tests/conformance/src/lib.rs",
    "tests/conformance/src/main.rs",
    "tests/conformance/tests/agreement.rs",
    "tests/conformance/tests/goldens.rs",
    "tests/conformance/tests/lists.rs",
    "tests/conformance/tests/metamorphic.rs",
    "tests/conformance/tests/oracle.rs",
    "tests/conformance/tests/quantities.rs",
    "xtask/src/main.rs",
    "xtask/tests/lifecycle.rs",
];

pub fn check(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for file in tree.files.iter().filter(|file| file.is_rust()) {
        found.extend(opening(file));
        found.extend(length(file, LONG_TABLES));
    }
    found.extend(tree.files.iter().flat_map(home_paths));
    let pages = tree.files.iter().filter(|file| file.path.ends_with(".md"));
    found.extend(pages.flat_map(|page| lost_paths(tree, page)));
    found.extend(unreached(tree));
    found
}

fn violation(
    rule: &'static str,
    file: &SourceFile,
    line: usize,
    what: String,
    remedy: &'static str,
) -> Violation {
    Violation {
        rule,
        path: file.path.clone(),
        line,
        what,
        remedy,
    }
}

fn opening(file: &SourceFile) -> Option<Violation> {
    let says_why = file
        .text
        .lines()
        .next()
        .is_some_and(|line| line.starts_with("//! "));
    let what = || "the file does not open with `//!`".to_owned();
    let remedy = "say in one or two lines what the module is for and why it exists";
    (!says_why).then(|| violation("modules explain themselves", file, 1, what(), remedy))
}

fn length(file: &SourceFile, long_tables: &[(&str, &str)]) -> Option<Violation> {
    let lines = file.text.lines().count();
    let exempt = long_tables.iter().any(|(path, _)| *path == file.path);
    let (what, remedy) = match (lines > LONGEST, exempt) {
        (true, false) => (
            format!("{lines} lines, {LONGEST} are the most"),
            "split it by idea; a table of data may be named in LONG_TABLES with its reason",
        ),
        (false, true) => ("is short again".to_owned(), "take it off LONG_TABLES"),
        _ => return None,
    };
    Some(violation(
        "files stay short",
        file,
        lines.min(LONGEST + 1),
        what,
        remedy,
    ))
}

/// Paths of somebody's home folder, which mean nothing on any other machine.
fn home_paths(file: &SourceFile) -> Vec<Violation> {
    // Put together here so that this file does not break its own rule.
    let homes = [
        ["/ho", "me/"],
        ["/ro", "ot/"],
        ["/Us", "ers/"],
        ["\\Us", "ers\\"],
    ]
    .map(|p| p.concat());
    let lines = file.text.lines().enumerate();
    let broken = lines.filter(|(_, line)| homes.iter().any(|home| names_home(line, home)));
    let complain = |(index, line): (usize, &str)| {
        let what = format!("an absolute home path in `{}`", line.trim());
        let remedy = "name it relative to the repository, or by $HOME";
        violation("no home paths", file, index + 1, what, remedy)
    };
    broken.map(complain).collect()
}

/// Whether `home` begins a path in `line` (and is not a later part of one or of an address).
fn names_home(line: &str, home: &str) -> bool {
    let begins = |(at, _): (usize, &str)| {
        let before = line[..at].chars().next_back();
        before.is_none_or(|c| !(c.is_alphanumeric() || "._-~}/".contains(c)))
    };
    line.match_indices(home).any(begins)
}

/// Paths of this repository that a page names between backticks or links to and that lead
/// nowhere.
fn lost_paths(tree: &Tree, page: &SourceFile) -> Vec<Violation> {
    let lines = page.text.lines().enumerate();
    let named = lines.flat_map(|(index, line)| {
        let quoted = line.split('`').skip(1).step_by(2);
        let paths = quoted.filter(|text| is_path(text)).map(str::to_owned);
        let links = linked(line).map(|target| from_top(&page.path, target));
        paths.chain(links).map(move |path| (index + 1, path))
    });
    let lost = named.filter(|(_, path)| !leads_somewhere(tree, path));
    let complain = |(line, path): (usize, String)| {
        let what = format!("`{path}` does not exist");
        violation(
            "pages name what exists",
            page,
            line,
            what,
            "name its new place, or take it out",
        )
    };
    lost.map(complain).collect()
}

/// The targets of a line's links, but for addresses and places on the same page.
fn linked(line: &str) -> impl Iterator<Item = &str> {
    let targets = line
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next());
    let files = targets.filter(|target| !target.contains("://") && !target.starts_with('#'));
    files.filter_map(|target| target.split('#').next())
}

/// The path from the repository's top of what `page` calls `target`.
fn from_top(page: &str, target: &str) -> String {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            ".." => {
                parts.pop();
            }
            "." | "" => {}
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

/// Whether a text looks like a path from the top; capitals (`VERB.rs`) are left to be filled in.
fn is_path(text: &str) -> bool {
    let folders = [
        "src/",
        "tests/",
        "xtask/",
        "benches/",
        "schemas/",
        "docs/",
        "deploy/",
        "fuzz/",
        "completions/",
        ".ci/",
    ];
    let whole = !text.contains(|c: char| c.is_whitespace() || c.is_ascii_uppercase());
    whole && folders.iter().any(|folder| text.starts_with(folder))
}

fn leads_somewhere(tree: &Tree, path: &str) -> bool {
    let folder = format!("{}/", path.trim_end_matches('/'));
    let is_within = |file: &SourceFile| file.path.starts_with(&folder);
    tree.has(path) || tree.files.iter().any(is_within)
}

/// Files that no root reaches by `mod`: they are never compiled, so their tests never run.
fn unreached(tree: &Tree) -> Vec<Violation> {
    let paths = || tree.files.iter().map(|file| file.path.as_str());
    let roots = paths().filter(|path| ROOTS.contains(path) || is_test_root(path));
    let reached = reached(tree, roots);
    let forgotten = |file: &&SourceFile| !reached.contains(&file.path);
    let complain = |file: &SourceFile| {
        let what = "no `mod` line leads here".to_owned();
        let remedy = "declare it in tests/main.rs (or in the module it belongs to), or delete it";
        violation("every file is compiled", file, 1, what, remedy)
    };
    let ours = ["src/", "tests/", "xtask/", "benches/", "fuzz/"]
        .into_iter()
        .flat_map(|folder| tree.under(folder));
    ours.filter(forgotten).map(complain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The broken rules, as `rule:path:line`.
    fn broken(files: &[(&str, &str)]) -> Vec<String> {
        let found = check(&Tree::of(files));
        found
            .iter()
            .map(|v| format!("{}:{}:{}", v.rule, v.path, v.line))
            .collect()
    }

    #[test]
    fn a_module_that_opens_with_code_is_found() {
        let found = broken(&[("src/lib.rs", "pub mod cli;\n//! Too late.")]);
        assert_eq!(found, ["modules explain themselves:src/lib.rs:1"]);
        assert!(broken(&[("src/lib.rs", "//! Ties the layers together.\n")]).is_empty());
    }

    #[test]
    fn an_empty_opening_is_no_explanation() {
        assert_eq!(
            broken(&[("src/lib.rs", "//!\n")]),
            ["modules explain themselves:src/lib.rs:1"]
        );
    }

    #[test]
    fn the_501st_line_is_found() {
        let lines = |count: usize| format!("//! Long.{}", "\n//".repeat(count - 1));
        assert!(broken(&[("src/lib.rs", &lines(500))]).is_empty());
        assert_eq!(
            broken(&[("src/lib.rs", &lines(501))]),
            ["files stay short:src/lib.rs:501"]
        );
    }

    #[test]
    fn a_table_may_be_long_but_not_exempt_for_nothing() {
        let tables = [("src/lib.rs", "the scheduler's reasons, one a line")];
        let file = |lines: usize| SourceFile {
            path: "src/lib.rs".into(),
            text: "x\n".repeat(lines),
        };
        assert!(length(&file(501), &tables).is_none());
        assert!(length(&file(500), &tables).is_some());
    }

    #[test]
    fn a_test_file_without_mod_line_is_found() {
        let main = ("tests/main.rs", "//! All.\nmod a;");
        let files = [
            main,
            ("tests/a.rs", "//! A.\nmod b;"),
            ("tests/a/b.rs", "//! B."),
        ];
        assert!(broken(&files).is_empty());
        let lost = [
            main,
            ("tests/a.rs", "//! A."),
            ("tests/a/b.rs", "//! B."),
            ("tests/c.rs", "//! C."),
        ];
        let expected = [
            "every file is compiled:tests/a/b.rs:1",
            "every file is compiled:tests/c.rs:1",
        ];
        assert_eq!(broken(&lost), expected);
    }

    #[test]
    fn a_mod_line_in_a_comment_reaches_nothing() {
        let files = [
            ("tests/main.rs", "//! All.\n// mod a;"),
            ("tests/a.rs", "//! A."),
        ];
        assert_eq!(broken(&files), ["every file is compiled:tests/a.rs:1"]);
    }

    #[test]
    fn home_paths_are_found_in_every_kind_of_file() {
        let line = |home: &str| format!("first\nsee {home}ada/notes");
        for home in [
            ["/ho", "me/"],
            ["/ro", "ot/"],
            ["/Us", "ers/"],
            ["C:\\Us", "ers\\"],
        ] {
            let text = line(&home.concat());
            assert_eq!(
                broken(&[("docs/x.md", &text)]),
                ["no home paths:docs/x.md:2"],
                "{text}"
            );
        }
    }

    #[test]
    fn what_only_contains_the_word_passes() {
        let text = [
            "https://x.example/ho",
            "me/ and $HO",
            "ME/.krew and ${X}/ro",
            "ot/",
        ]
        .concat();
        assert!(broken(&[("docs/x.md", &text)]).is_empty());
    }

    #[test]
    fn a_path_that_leads_nowhere_is_found() {
        let page =
            "See `src/cli/` and `tests/a.rs`.\n`src/lost.rs`, `docs/`, `src/VERB.rs`, `cargo run`";
        let files = [
            ("ARCHITECTURE.md", page),
            ("src/lib.rs", "//! Lib.\nmod cli;"),
            ("src/cli/mod.rs", "//! Cli."),
            ("tests/main.rs", "//! All.\nmod a;"),
            ("tests/a.rs", "//! A."),
        ];
        let expected = [
            "pages name what exists:ARCHITECTURE.md:2",
            "pages name what exists:ARCHITECTURE.md:2",
        ];
        assert_eq!(broken(&files), expected);
    }

    #[test]
    fn a_link_that_leads_nowhere_is_found() {
        let page = "[a](b.md) [c](../README.md#x) [d](https://x.example/y) [e](#f)\n[g](../h.md)";
        let files = [("docs/a.md", page), ("docs/b.md", ""), ("README.md", "")];
        assert_eq!(broken(&files), ["pages name what exists:docs/a.md:2"]);
    }
}
