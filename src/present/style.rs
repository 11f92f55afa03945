//! All decisions about colour: what a thing means decides how it looks, in one table.
//!
//! Colour never carries anything alone; every coloured word says the same without it.

use colored::{Color, Colorize};

use crate::domain::drain::budgets::State;
use crate::domain::drain::fate::Fate;
use crate::domain::drain::plan::{BudgetVerdict, Verdict};

/// Tells whether colours are written; decided by whoever owns the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colors {
    /// Escape sequences.
    On,
    /// Plain text.
    Off,
}

/// What a word means to the reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// As wished.
    Good,
    /// Takes patience or a flag.
    Caution,
    /// Does not work.
    Bad,
    /// Beside the point.
    Faint,
    /// A title.
    Heading,
    /// Something to type.
    Command,
}

impl Meaning {
    fn look(self) -> (Option<Color>, Weight) {
        match self {
            Meaning::Good => (Some(Color::Green), Weight::Normal),
            Meaning::Caution => (Some(Color::Yellow), Weight::Normal),
            Meaning::Bad => (Some(Color::Red), Weight::Normal),
            Meaning::Faint => (None, Weight::Faint),
            Meaning::Heading => (None, Weight::Bold),
            Meaning::Command => (Some(Color::Cyan), Weight::Normal),
        }
    }
}

/// How strong a word is.
#[derive(Clone, Copy)]
enum Weight {
    Normal,
    Bold,
    Faint,
}

/// Colours a text by what it means.
pub fn paint(text: &str, meaning: Meaning, colors: Colors) -> String {
    if colors == Colors::Off || text.is_empty() {
        return text.to_owned();
    }
    // The library has a switch of its own for the whole process; here the caller has decided.
    colored::control::set_override(true);
    let (color, weight) = meaning.look();
    let weighted = match weight {
        Weight::Normal => text.normal(),
        Weight::Bold => text.bold(),
        Weight::Faint => text.dimmed(),
    };
    match color {
        Some(color) => weighted.color(color).to_string(),
        None => weighted.to_string(),
    }
}

impl From<Fate> for Meaning {
    fn from(fate: Fate) -> Meaning {
        match fate {
            Fate::Evict | Fate::Delete => Meaning::Good,
            Fate::Skip => Meaning::Faint,
            Fate::Refused => Meaning::Caution,
            Fate::Blocked => Meaning::Bad,
        }
    }
}

impl From<Verdict> for Meaning {
    fn from(verdict: Verdict) -> Meaning {
        match verdict {
            Verdict::Ready => Meaning::Good,
            Verdict::Unknown | Verdict::Refused => Meaning::Caution,
            Verdict::Blocked => Meaning::Bad,
        }
    }
}

impl From<BudgetVerdict> for Meaning {
    fn from(verdict: BudgetVerdict) -> Meaning {
        match verdict {
            BudgetVerdict::Ok => Meaning::Good,
            BudgetVerdict::Waves | BudgetVerdict::Waiting | BudgetVerdict::Stale => {
                Meaning::Caution
            }
            BudgetVerdict::Never | BudgetVerdict::Overlap => Meaning::Bad,
        }
    }
}

impl From<State> for Meaning {
    fn from(state: State) -> Meaning {
        match state {
            State::Ok => Meaning::Good,
            State::Waves
            | State::Waiting
            | State::Stale
            | State::MatchesNothing
            | State::Unknown => Meaning::Caution,
            State::Never | State::Overlap => Meaning::Bad,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_written_only_when_asked_for() {
        assert_eq!(paint("x", Meaning::Bad, Colors::Off), "x");
        assert_eq!(paint("x", Meaning::Bad, Colors::On), "\u{1b}[31mx\u{1b}[0m");
        assert_eq!(
            paint("x", Meaning::Heading, Colors::On),
            "\u{1b}[1mx\u{1b}[0m"
        );
        assert_eq!(paint("", Meaning::Bad, Colors::On), "");
    }
}
