//! The same words to kubectl and to the plugin, on twin nodes, in the same order.

use controlplane::{Space, space};

use crate::support::{is_cordoned, kubectl, ours};

/// Words in which `a`, `b` and `POOL` stand for each side's own nodes; and kubectl's and our exit code.
const ROWS: &[(&[&str], i32, i32)] = &[
    (&["cordon", "{a}"], 0, 0),
    (&["cordon", "{a}"], 0, 0),
    (&["cordon", "node/{a}", "{b}"], 0, 0),
    (&["uncordon", "{a}", "--dry-run=client"], 0, 0),
    (&["uncordon", "{a}", "--dry-run=server"], 0, 0),
    (&["uncordon", "nodes/{a}", "no/{b}"], 0, 0),
    (&["uncordon", "{b}"], 0, 0),
    (&["cordon", "{b}", "--dry-run"], 0, 0),
    (&["cordon", "{b}", "--dry-run=true"], 0, 0),
    (&["cordon", "{b}", "--dry-run=none"], 0, 0),
    (&["cordon", "{b}", "{a}", "--dry-run=server"], 0, 0),
    (&["uncordon", "-l", "pool={pool}"], 0, 0),
    (&["cordon", "--selector=pool in ({pool})"], 0, 0),
    (&["uncordon", "{a}", "{b}"], 0, 0),
    (&["cordon", "{a}", "nope"], 1, 1),
    (&["cordon", "nope", "{a}", "nope2"], 1, 1),
    (&["cordon", "{a}", "-l", "pool={pool}"], 1, 2),
    (&["cordon"], 1, 2),
    (&["cordon", "{a}", "--dry-run=x"], 1, 2),
];

#[test]
fn words_mean_what_they_mean_to_kubectl() {
    let space = space("cordon_parity");
    let drafts = ["k-a", "k-b", "o-a", "o-b"];
    for name in drafts {
        let pool = name.split('-').next().unwrap();
        space.node(name).label("pool", pool).create();
    }
    let config = space.kubeconfig();
    for (number, (words, theirs, mine)) in ROWS.iter().enumerate() {
        let reference = kubectl(&config, &fill(&space, words, "k")).tidy(&space);
        let result = ours(&config, &fill(&space, words, "o")).tidy(&space);
        let row = format!("row {number}: {words:?}\n{reference:?}\n{result:?}");
        assert_eq!(result.out.replace("o-", "k-"), reference.out, "{row}");
        assert_eq!(
            (reference.code, result.code),
            (Some(*theirs), Some(*mine)),
            "{row}"
        );
        // What kubectl says about an error is said word for word; the pointer to the help names the plugin.
        let first = |text: &str| text.lines().next().unwrap_or_default().replace("o-", "k-");
        if *theirs != 0 {
            assert_eq!(first(&result.err), first(&reference.err), "{row}");
        }
        for node in ["a", "b"] {
            let state =
                |side: &str| is_cordoned(&space, &space.node_name(&format!("{side}-{node}")));
            assert_eq!(state("o"), state("k"), "node {node} after {row}");
        }
    }
}

fn fill(space: &Space, words: &[&str], side: &str) -> Vec<String> {
    let node = |short: &str| space.node_name(&format!("{side}-{short}"));
    words
        .iter()
        .map(|word| {
            word.replace("{a}", &node("a"))
                .replace("{b}", &node("b"))
                .replace("{pool}", side)
        })
        .collect()
}
