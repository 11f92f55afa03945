//! The evaluator says what the plugins of every minor said about clusters that are kept: no oracle is needed, so the older
//! minors are compared on every machine.

use std::io::{self, Write};

use conformance::compare::{Comparison, compare};
use conformance::coverage::Coverage;
use conformance::goldens::{self, Head};
use nodemaint::domain::fit::plugin::Plugin;
use nodemaint::domain::fit::profile::{Minor, Profile};

/// Also where the test's output is kept back.
fn say(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

#[test]
fn the_evaluator_agrees_with_the_plugins_of_every_minor_on_the_goldens() {
    let (_, goldens) = goldens::read(&goldens::file()).expect("the goldens");
    for minor in Minor::ALL {
        let mut coverage = Coverage::default();
        let mut found = Comparison::default();
        for golden in &goldens {
            let answer = golden.answer(minor);
            coverage.add(&answer);
            let one = compare(&golden.case, &answer, minor);
            found.pairs += one.pairs;
            found.unknown += one.unknown;
            found.differences.extend(one.differences);
        }
        let (clusters, pairs, unknown) = (goldens.len(), found.pairs, found.unknown);
        say(&format!(
            "{minor}: {pairs} pairs of {clusters} clusters, {unknown} unknown"
        ));
        for (plugin, count) in coverage.first() {
            say(&format!("  {count:>6} first refused by {plugin}"));
        }
        let shown: Vec<String> = found.differences.iter().map(ToString::to_string).collect();
        assert!(shown.is_empty(), "{minor}:\n{}", shown.join("\n"));
        check_coverage(minor, &coverage);
    }
}

/// Every rule and score of the minor has something to say. The pods name no node, so one rule has not.
fn check_coverage(minor: Minor, coverage: &Coverage) {
    let profile = Profile::default_of(minor);
    let filters = profile.filters.iter();
    for plugin in filters.filter(|plugin| **plugin != Plugin::NodeName) {
        let count = coverage.first().get(plugin.name()).copied().unwrap_or(0);
        assert!(count >= 3, "{minor}: {plugin} refuses {count} pairs first");
    }
    for (plugin, _) in &profile.scores {
        let count = coverage.scores().get(plugin.name()).copied().unwrap_or(0);
        assert!(
            count >= 3,
            "{minor}: {} scores {count} pairs",
            plugin.name()
        );
    }
}

#[test]
fn the_goldens_are_of_the_versions_that_oracles_are_built_of() {
    let (head, _) = goldens::read(&goldens::file()).expect("the goldens");
    let today = Head::of_today().expect("the oracles' sources");
    assert_eq!(
        head, today,
        "`cargo xtask conformance --goldens` makes them anew"
    );
}
