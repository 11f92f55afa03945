//! Every notation of amounts means what it means to the API server: on texts that never change, and on fresh ones.

use std::time::{SystemTime, UNIX_EPOCH};
use std::{env, io};

use conformance::quantities::{ask, difference, fixed, random};
use controlplane::lease::Lease;
use nodemaint::domain::quantity::Quantity;

const GOLDENS: &str = include_str!("../goldens/quantities.txt");
/// Texts that nobody has seen before.
const FRESH: usize = 100_000;
/// Names the seed, to have a run again.
const SEED: &str = "NODEMAINT_CONFORMANCE_SEED";

fn assert_none(differences: &[String]) {
    let shown: Vec<&str> = differences.iter().take(10).map(String::as_str).collect();
    assert!(
        differences.is_empty(),
        "{} differ\n{}",
        differences.len(),
        shown.join("\n")
    );
}

#[test]
fn texts_that_never_change_mean_what_they_mean_to_go() {
    let lines = GOLDENS.lines().map(|line| line.split_once('\t'));
    let pairs: Vec<(&str, &str)> = lines.map(|line| line.expect("two parts")).collect();
    let texts: Vec<&str> = pairs.iter().map(|(text, _)| *text).collect();
    assert_eq!(texts, fixed(), "`--example quantities` makes them anew");
    let differences = pairs.iter().filter_map(|(text, go)| difference(text, go));
    assert_none(&differences.collect::<Vec<_>>());
}

fn seed() -> u64 {
    let given = env::var(SEED).ok().and_then(|text| text.parse().ok());
    let now = || {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(1, |time| time.as_millis())
    };
    given.unwrap_or_else(|| u64::try_from(now()).unwrap_or(1))
}

#[test]
fn fresh_texts_mean_what_they_mean_to_go_and_are_read_as_they_are_printed() {
    let program = controlplane::oracle::ensure(&Lease::default()).expect("the oracle can be built");
    let seed = seed();
    // Also where the test's output is kept back: a run that cannot be had again teaches nothing.
    let _ = io::Write::write_fmt(&mut io::stderr().lock(), format_args!("{SEED}={seed}\n"));
    let texts = random(seed, FRESH);
    let answers = ask(&program, &texts).expect("answers");
    let pairs = texts.iter().zip(&answers);
    let differences = pairs.filter_map(|(text, go)| difference(text, go));
    assert_none(&differences.collect::<Vec<_>>());
    let read: Vec<Quantity> = texts
        .iter()
        .filter_map(|text| Quantity::parse(text).ok())
        .collect();
    assert!(read.len() > FRESH / 2, "most of them are quantities");
    for quantity in read {
        let printed = quantity.to_string();
        let again = Quantity::parse(&printed).expect("what is printed can be read");
        assert!(again.compare(quantity).is_eq(), "{printed}");
    }
}
