//! The report: Markdown, ready for `docs/performance.md`.

use std::fmt;

/// What is asked of a figure: at most the first, and the second is aimed at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Goal {
    /// At most this passes.
    pub most: f64,
    /// This is aimed at.
    pub aim: f64,
}

/// A figure.
#[derive(Debug, Clone)]
pub struct Row {
    /// What was measured.
    pub what: String,
    /// How much it took.
    pub figure: f64,
    /// In which unit.
    pub unit: &'static str,
    /// What is asked of it; `None` for information.
    pub goal: Option<Goal>,
    /// The scheduler's own plugins for the same, in the same unit.
    pub scheduler: Option<f64>,
}

/// The rows so far.
#[derive(Debug, Default)]
pub struct Report {
    /// In the order in which they were measured.
    pub rows: Vec<Row>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| what | nodemaint | goal | result | scheduler's plugins | ratio |"
        )?;
        writeln!(f, "|---|---|---|---|---|---|")?;
        self.rows.iter().try_for_each(|row| writeln!(f, "{row}"))
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Row {
            what, figure, unit, ..
        } = self;
        write!(f, "| {what} | {} {unit} |", shown(*figure))?;
        match self.goal {
            Some(Goal { most, aim }) => {
                let result = match figure {
                    figure if *figure <= aim => "PASS, aim reached",
                    figure if *figure <= most => "PASS",
                    _ => "MISS",
                };
                write!(f, " at most {most} {unit}, aim {aim} | {result} |")?;
            }
            None => write!(f, " | |")?,
        }
        match self.scheduler {
            Some(theirs) => write!(
                f,
                " {} {unit} | {} |",
                shown(theirs),
                shown(theirs / figure)
            ),
            None => write!(f, " | |"),
        }
    }
}

fn shown(figure: f64) -> String {
    let decimals = match figure.abs() {
        size if size < 10.0 => 2,
        size if size < 100.0 => 1,
        _ => 0,
    };
    format!("{figure:.decimals$}")
}
