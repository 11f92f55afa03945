//! The README shows what the program prints, and its commands exist.

use std::path::Path;
use std::process::Command;

fn file(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|cause| panic!("{name}: {cause}"))
}

#[test]
fn the_recording_is_what_the_program_prints() {
    let output = Command::new(env!("CARGO_BIN_EXE_kubectl-nodemaint"))
        .args(["preview", "drain", "worker-2", "--snapshot", "demo"])
        .env_remove("CLICOLOR_FORCE")
        .output()
        .expect("the plugin starts");
    let printed = String::from_utf8(output.stdout).expect("text");
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(printed, file("tests/fixtures/readme-preview.txt"));
    assert!(
        file("README.md").contains(printed.trim_end()),
        "the README's recording is old: paste tests/fixtures/readme-preview.txt"
    );
}

#[test]
fn both_commands_are_in_the_readme() {
    let readme = file("README.md");
    for command in [
        "cargo run --release -- preview drain worker-2 --snapshot demo",
        "cargo xtask test",
    ] {
        assert!(readme.contains(command), "{command}");
    }
}
