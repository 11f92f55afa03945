//! Taint specs: one that is taken prints itself back, and so does what it is read from again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use nodemaint::domain::taint::spec::{Changes, TaintSpec};

fn check(text: &str) {
    let Ok(spec) = TaintSpec::parse(text) else {
        return;
    };
    let printed = spec.to_string();
    let expected = match &spec {
        // An addition without a value is written in one way.
        TaintSpec::Add(_) => text.replace("=:", ":"),
        TaintSpec::Remove(_) => text.to_owned(),
    };
    assert_eq!(printed, expected);
    assert_eq!(
        TaintSpec::parse(&printed),
        Ok(spec),
        "printed as {printed:?}"
    );
    assert!(
        TaintSpec::looks_like(text),
        "{text:?} would be taken for a node's name"
    );
}

fuzz_target!(|text: &str| {
    let words: Vec<&str> = text.split(' ').collect();
    words.iter().copied().for_each(check);
    if let Ok(changes) = Changes::parse(&words) {
        assert_eq!(changes.add.len() + changes.remove.len(), words.len());
        let _ = changes.check_conflicts();
    }
});
