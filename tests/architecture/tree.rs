//! The files the rules look at: those of the repository, or a few made up by a test.

use std::path::Path;

/// A text file, its path relative to the repository's top with `/` between the parts.
pub struct SourceFile {
    pub path: String,
    pub text: String,
}

pub struct Tree {
    pub files: Vec<SourceFile>,
    /// The paths of what is no text: pages may name it, no rule reads it.
    pub binaries: Vec<String>,
}

/// Whether a file or folder of this name can be ours: what is hidden belongs to the machine (an editor, a worktree's
/// `.git` file, a cache), but for the few that the repository has; `target` is what cargo makes, the others what a fuzzer
/// does.
fn is_ours(name: &str) -> bool {
    match name {
        ".ci" | ".cargo" | ".gitignore" => true,
        "target" | "corpus" | "artifacts" | "coverage" => false,
        _ => !name.starts_with('.'),
    }
}

impl Tree {
    /// Reads all text files below `top`; what is no UTF-8 is no text.
    pub fn read(top: &Path) -> Self {
        let mut tree = Self::of(&[]);
        tree.read_folder(top, "");
        tree.files.sort_by(|a, b| a.path.cmp(&b.path));
        tree
    }

    pub fn of(files: &[(&str, &str)]) -> Self {
        let file = |(path, text): &(&str, &str)| SourceFile {
            path: (*path).to_owned(),
            text: (*text).to_owned(),
        };
        Self {
            files: files.iter().map(file).collect(),
            binaries: Vec::new(),
        }
    }

    pub fn under(&self, folder: &str) -> impl Iterator<Item = &SourceFile> {
        self.files
            .iter()
            .filter(move |file| file.path.starts_with(folder) && file.is_rust())
    }

    pub fn has(&self, path: &str) -> bool {
        self.files.iter().any(|file| file.path == path)
            || self.binaries.iter().any(|binary| binary == path)
    }

    pub fn text(&self, path: &str) -> &str {
        let file = self.files.iter().find(|file| file.path == path);
        &file.unwrap_or_else(|| panic!("{path} is missing")).text
    }

    fn read_folder(&mut self, folder: &Path, prefix: &str) {
        let entries = std::fs::read_dir(folder).expect("the repository can be read");
        for entry in entries {
            let entry = entry.expect("the repository can be read");
            let name = entry.file_name().to_string_lossy().into_owned();
            if !is_ours(&name) {
                continue;
            }
            let path = format!("{prefix}{name}");
            let kind = entry.file_type().expect("the repository can be read");
            if kind.is_dir() {
                self.read_folder(&entry.path(), &format!("{path}/"));
            } else if let Ok(text) = std::fs::read_to_string(entry.path()) {
                self.files.push(SourceFile { path, text });
            } else {
                self.binaries.push(path);
            }
        }
    }
}

impl SourceFile {
    pub fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }
}

#[test]
fn what_lies_about_on_a_machine_is_not_read() {
    let top = tempfile::tempdir().expect("a folder can be made");
    for path in [
        "src/lib.rs",
        ".ci/run",
        ".cargo/config.toml",
        ".gitignore",
        ".git",
        ".cache/x.rs",
        ".vscode/settings.json",
        "src/.lib.rs.swp",
        "src/.idea/x.rs",
        "target/debug/x.rs",
        "fuzz/corpus/taint/x",
    ] {
        let path = top.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("it can be made");
        std::fs::write(path, "text").expect("it can be written");
    }
    std::fs::write(top.path().join("goldens.gz"), [0x1f, 0x8b]).expect("it can be written");
    let tree = Tree::read(top.path());
    let read: Vec<&str> = tree.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(
        read,
        [".cargo/config.toml", ".ci/run", ".gitignore", "src/lib.rs"]
    );
    assert!(tree.has("goldens.gz"), "a page may name it");
}
