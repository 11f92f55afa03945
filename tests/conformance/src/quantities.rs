//! The notation of amounts, compared with the API's own parser: texts, what Go makes of each, and what differs.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use nodemaint::domain::quantity::Quantity;

use crate::generator::rng::Rng;
use crate::oracle::Error;

/// What Go says of a text that is no quantity.
const REFUSED: &str = "error";
/// What stands for a canonical text that Go itself reads as another amount.
const UNREADABLE: &str = "?";
/// Mantissas of more digits are not held exactly, by design.
const MOST_DIGITS: usize = 37;

/// How many of the texts that never change were thrown.
const THROWN: usize = 1500;

const SUFFIXES: [&str; 16] = [
    "", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei",
];

const EXPONENTS: [&str; 14] = [
    "e0",
    "e1",
    "E2",
    "e-1",
    "e3",
    "E+03",
    "e-3",
    "e-9",
    "e-10",
    "e18",
    "e19",
    "e40",
    "e-40",
    "e4294967297",
];

const NUMBERS: [&str; 34] = [
    "",
    "0",
    "1",
    "5",
    "10",
    "100",
    "999",
    "1000",
    "1023",
    "1024",
    "1500",
    "1048576",
    "007",
    "000",
    ".",
    ".5",
    "5.",
    "0.5",
    "1.5",
    "1.500",
    "0.001",
    "0.0001",
    "1.000000001",
    "0.0000000001",
    "1.23456789012",
    "1023.9999999999",
    "999999999999999999",
    "1234567890123456789",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551617",
    "99999999999999999999",
    "12345678901234567890123456789",
    "1.00000000000000000000000001",
];

/// Texts beside the grammar, and some that only look so.
const OTHERS: [&str; 40] = [
    "-", "+", "--1", "+-1", "1 ", " 1", "1e", "1E", "1e+", "1E-", "1e1.5", "1ee5", "1Ei5", "1e5i",
    "1i", "1I", "1K", "1ki", "1g", "1mi", "1Zi", "1mm", "1kk", "1 k", "0x1", "1_000", "1,000",
    "1.2.3", "..", "a", "cpu", "NaN", "inf", "٣", "½", "1e٣", "-0", "+0.0", "e5", "-.5e-9",
];

/// Texts that never change: every number with every suffix, some of them signed, what is no quantity, and some that were
/// thrown once.
pub fn fixed() -> Vec<String> {
    let mut texts: Vec<String> = OTHERS.map(str::to_owned).to_vec();
    let suffixes = SUFFIXES.iter().chain(&EXPONENTS);
    for (at, suffix) in suffixes.enumerate() {
        for (row, number) in NUMBERS.iter().enumerate() {
            texts.push(format!("{number}{suffix}"));
            match (at + row) % 6 {
                0 => texts.push(format!("-{number}{suffix}")),
                1 => texts.push(format!("+{number}{suffix}")),
                _ => {}
            }
        }
    }
    texts.extend(random(0, THROWN));
    // An empty line is no text.
    texts.retain(|text| !text.is_empty());
    texts
}

/// Random texts: most of the grammar, some of its letters in any order.
pub fn random(seed: u64, count: usize) -> Vec<String> {
    let mut rng = Rng::new(seed);
    let texts = (0..count).map(|_| random_text(&mut rng));
    texts.filter(|text| !text.is_empty()).collect()
}

fn random_text(rng: &mut Rng) -> String {
    if rng.percent(10) {
        let letters: Vec<char> = "0019.+-eEinumkKMGTP".chars().collect();
        return (0..rng.between(1, 8))
            .map(|_| *rng.pick(&letters))
            .filter(|c| !c.is_whitespace())
            .collect();
    }
    let mut text = String::new();
    text.push_str(rng.weighted(&[(8, ""), (1, "-"), (1, "+")]));
    let lengths = [(1, 0), (6, 3), (3, 9), (3, 19), (1, 30)];
    digits(rng.weighted(&lengths), rng, &mut text);
    if rng.percent(40) {
        text.push('.');
        digits(
            rng.weighted(&[(1, 0), (6, 3), (2, 10), (1, 20)]),
            rng,
            &mut text,
        );
    }
    if rng.percent(25) {
        text.push(*rng.pick(&['e', 'E']));
        text.push_str(rng.weighted(&[(2, ""), (1, "-"), (1, "+")]));
        text.push_str(&rng.between(0, 45).to_string());
    } else {
        let suffix: &&str = rng.pick(&SUFFIXES);
        text.push_str(suffix);
    }
    text
}

/// Digits up to a number of them; zeros more often than by chance, for they are where notations differ.
fn digits(most: usize, rng: &mut Rng, text: &mut String) {
    for _ in 0..rng.between(0, most) {
        let digit = if rng.percent(30) { 0 } else { rng.below(10) };
        text.push_str(&digit.to_string());
    }
}

/// Asks the oracle about texts; each answer is one line of its own.
///
/// # Errors
///
/// When the program cannot be started, or does not answer each text.
pub fn ask(program: &Path, texts: &[String]) -> Result<Vec<String>, Error> {
    let mut child = Command::new(program)
        .arg("-quantities")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let (Some(mut input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(Error::Ended);
    };
    let lines: String = texts.iter().map(|text| format!("{text}\n")).collect();
    let writer = thread::spawn(move || input.write_all(lines.as_bytes()));
    let answers: Vec<String> = BufReader::new(output).lines().collect::<Result<_, _>>()?;
    let written = writer.join();
    child.wait()?;
    match (written, answers.len() == texts.len()) {
        (Ok(Ok(())), true) => Ok(answers),
        _ => Err(Error::Ended),
    }
}

/// Says how this program's reading of a text differs from Go's.
pub fn difference(text: &str, answer: &str) -> Option<String> {
    let read = Quantity::parse(text);
    let (Ok(read), false) = (&read, answer == REFUSED) else {
        let agree = read.is_err() == (answer == REFUSED);
        return (!agree).then(|| format!("{text:?}: {read:?}, and Go says {answer:?}"));
    };
    let fields: Vec<&str> = answer.split('\t').collect();
    let [value, milli, canonical] = fields[..] else {
        return Some(format!("{text:?}: no answer: {answer:?}"));
    };
    if is_beyond(text) {
        return None;
    }
    let own = (
        read.value().to_string(),
        read.milli_value().to_string(),
        read.to_string(),
    );
    let same_text = canonical == UNREADABLE || own.2 == canonical;
    let agree = own.0 == value && own.1 == milli && same_text;
    (!agree).then(|| format!("{text:?}: {own:?}, and Go says {answer:?}"))
}

/// Whether a text has more digits than are held, or is a debt of more than 10^29, of which Go keeps the low bits of the
/// wrong number.
fn is_beyond(text: &str) -> bool {
    let number = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let digits = mantissa.chars().filter(char::is_ascii_digit).count();
    let whole = mantissa.split('.').next().unwrap_or_default().len();
    let magnitude = whole as i64 + exponent.parse::<i64>().unwrap_or_default() + 18;
    digits > MOST_DIGITS || (text.starts_with('-') && magnitude > 29 && digits > 0)
}
