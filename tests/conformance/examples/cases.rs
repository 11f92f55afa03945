//! Prints random cases, one a line, as the oracle reads them:
//! `cargo run -p conformance --example cases -- FIRST-SEED COUNT`.

use std::env;
use std::error::Error;
use std::io::{self, BufWriter, Write};

use conformance::generator;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let first: u64 = arguments.next().as_deref().unwrap_or("1").parse()?;
    let count: u64 = arguments.next().as_deref().unwrap_or("1").parse()?;
    let mut output = BufWriter::new(io::stdout().lock());
    for seed in first..first + count {
        writeln!(output, "{}", generator::case(seed).to_json())?;
    }
    Ok(output.flush()?)
}
