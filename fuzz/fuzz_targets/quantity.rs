//! Amounts: what is printed is read as the same amount, and sums do not depend on their order.

#![no_main]

use std::cmp::Ordering;

use libfuzzer_sys::fuzz_target;
use nodemaint::domain::quantity::Quantity;

fn check(text: &str) -> Option<Quantity> {
    let read = Quantity::parse(text).ok()?;
    let printed = read.to_string();
    let again = Quantity::parse(&printed)
        .unwrap_or_else(|_| panic!("{text:?} is printed as {printed:?}, which is refused"));
    assert_eq!(
        again.compare(read),
        Ordering::Equal,
        "{text:?} is printed as {printed:?}"
    );
    // A binary amount may print without a suffix, and is a decimal one from then on: that must be the end of it.
    let settled = again.to_string();
    let once_more = Quantity::parse(&settled).map(|quantity| quantity.to_string());
    assert_eq!(once_more.as_ref(), Ok(&settled), "{text:?}");
    // What they are past 64 bits is upstream's business; that they are something is asked here.
    let _ = (read.value(), read.milli_value());
    Some(read)
}

fuzz_target!(|text: &str| {
    let mut words = text.split(' ');
    let amounts = (words.next(), words.next());
    let (Some(first), Some(second)) = (amounts.0.and_then(check), amounts.1.and_then(check)) else {
        return;
    };
    assert_eq!(
        (first + second).compare(second + first),
        Ordering::Equal,
        "the sum of {text:?} depends on the order"
    );
    let more = (first + second).compare(first);
    assert_eq!(more, second.compare(Quantity::ZERO), "the sum of {text:?}");
    assert_eq!(first.compare(second), second.compare(first).reverse());
});
