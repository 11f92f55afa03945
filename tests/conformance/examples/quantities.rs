//! Prints what Go makes of texts that never change: `tests/conformance/goldens/quantities.txt`.

use std::error::Error;

use conformance::quantities::{ask, fixed};
use controlplane::lease::Lease;

fn main() -> Result<(), Box<dyn Error>> {
    let program = controlplane::oracle::ensure(&Lease::until_signal()?)?;
    let texts = fixed();
    let answers = ask(&program, &texts)?;
    for (text, answer) in texts.iter().zip(answers) {
        println!("{text}\t{answer}");
    }
    Ok(())
}
