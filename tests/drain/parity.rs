//! The same command line by real kubectl and by the plugin, on twin nodes: standard output is equal wherever kubectl
//! behaves as its users want, and every difference is written down with its reason.

use controlplane::{Space, shared, space};

use super::rows::{Row, rows};
use super::{Ran, plugin};

/// Runs a row by both programs and returns what each did.
fn run(row: &Row) -> (Ran, Ran) {
    let name: String = row.name.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
    let hint = name.chars().take(20).collect::<String>();
    (
        by_kubectl(row, &space(&hint)),
        by_plugin(row, &space(&hint)),
    )
}

/// Fills in the names of this space's nodes and itself.
fn arguments(row: &Row, space: &Space) -> Vec<String> {
    let fill = |word: &&str| {
        word.replace("{a}", &space.node_name("a"))
            .replace("{b}", &space.node_name("b"))
            .replace("{space}", space.name())
    };
    row.arguments.iter().map(fill).collect()
}

fn by_kubectl(row: &Row, space: &Space) -> Ran {
    let kubeconfig = (row.setup)(space).unwrap_or_else(|| space.kubeconfig());
    let words = arguments(row, space);
    let mut command = shared().kubectl(&kubeconfig, words.iter().map(String::as_str));
    Ran::new(space, &command.output().expect("kubectl starts"))
}

fn by_plugin(row: &Row, space: &Space) -> Ran {
    let kubeconfig = (row.setup)(space).unwrap_or_else(|| space.kubeconfig());
    let words = arguments(row, space);
    let mut command = plugin(&kubeconfig, words.iter().map(String::as_str));
    Ran::new(space, &command.output().expect("the plugin starts"))
}

/// Compares one row and returns what is wrong with it.
fn check(row: &Row) -> Result<(), String> {
    let (kubectl, ours) = run(row);
    let report = |what: &str| {
        Err(format!(
            "{}: {what}\n--- kubectl, rc {:?}\n{}{}\n--- plugin, rc {:?}\n{}{}",
            row.name, kubectl.code, kubectl.out, kubectl.err, ours.code, ours.out, ours.err
        ))
    };
    if kubectl.code != Some(row.kubectl_code) {
        return report(&format!(
            "kubectl was expected to end with {}",
            row.kubectl_code
        ));
    }
    if ours.code != Some(row.code) {
        return report(&format!("the plugin was expected to end with {}", row.code));
    }
    match (&row.difference, kubectl.lines() == ours.lines()) {
        (None, false) => report("standard output differs"),
        (Some(reason), true) => report(&format!(
            "nothing differs any more, yet a reason is given: {reason}"
        )),
        _ => Ok(()),
    }
}

/// Runs a share of the table; the shares run in parallel.
fn share(index: usize, of: usize) {
    let rows = rows();
    let mine = rows.iter().skip(index).step_by(of);
    let wrong: Vec<String> = mine.filter_map(|row| check(row).err()).collect();
    assert!(
        wrong.is_empty(),
        "{} rows are wrong:\n\n{}",
        wrong.len(),
        wrong.join("\n\n")
    );
}

#[test]
fn drains_print_what_kubectl_prints_1() {
    share(0, 4);
}

#[test]
fn drains_print_what_kubectl_prints_2() {
    share(1, 4);
}

#[test]
fn drains_print_what_kubectl_prints_3() {
    share(2, 4);
}

#[test]
fn drains_print_what_kubectl_prints_4() {
    share(3, 4);
}

#[test]
fn the_table_is_long_enough_and_every_row_has_its_own_name() {
    let mut names: Vec<&str> = rows().iter().map(|row| row.name).collect();
    let rows = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), rows);
    assert!(rows >= 45, "{rows} rows");
}
