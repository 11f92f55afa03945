//! Figures side by side: medians with their range, ratios, and whether a goal is met.

use std::fmt;

/// What a figure counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Seconds.
    Seconds,
    /// Seconds, shown in thousandths.
    Milliseconds,
    /// Bytes, shown in millions.
    Megabytes,
    /// A plain number.
    Number,
}

/// What is asked of the plugin's figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Goal {
    /// kubectl's figure is at least this many times ours.
    Times(f64),
    /// The same, and more is aimed at.
    TimesAim(f64, f64),
    /// Ours is at most this, in the row's unit as shown.
    AtMost(f64),
    /// None: for information.
    None,
}

/// Figures of both programs for one thing.
#[derive(Debug, Clone)]
pub struct Row {
    /// Of which case.
    pub case: &'static str,
    /// What is counted.
    pub what: String,
    /// What the figures count.
    pub unit: Unit,
    /// kubectl's, one a run.
    pub kubectl: Vec<f64>,
    /// The plugin's, one a run.
    pub nodemaint: Vec<f64>,
    /// What is asked.
    pub goal: Goal,
}

/// The middle value; of an even number the mean of both middle ones, of none NaN.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match (sorted.get(middle), sorted.len() % 2) {
        (None, _) => f64::NAN,
        (Some(&upper), 0) => (sorted[middle - 1] + upper) / 2.0,
        (Some(&value), _) => value,
    }
}

impl Unit {
    fn shown(self, value: f64) -> f64 {
        match self {
            Self::Seconds | Self::Number => value,
            Self::Milliseconds => value * 1e3,
            Self::Megabytes => value / 1e6,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Seconds => " s",
            Self::Milliseconds => " ms",
            Self::Megabytes => " MB",
            Self::Number => "",
        }
    }

    fn text(self, value: f64) -> String {
        let shown = self.shown(value);
        let decimals = if shown.abs() < 20.0 { 2 } else { 1 };
        format!("{shown:.decimals$}")
    }
}

impl Row {
    /// How many times kubectl's median is the plugin's.
    pub fn ratio(&self) -> f64 {
        median(&self.kubectl) / median(&self.nodemaint)
    }

    /// Whether the goal is met; none where there is none.
    pub fn passes(&self) -> Option<bool> {
        match self.goal {
            Goal::Times(least) | Goal::TimesAim(least, _) => Some(self.ratio() >= least),
            Goal::AtMost(most) => Some(self.unit.shown(median(&self.nodemaint)) <= most),
            Goal::None => None,
        }
    }

    fn cell(&self, values: &[f64]) -> String {
        if values.is_empty() {
            return "-".to_owned();
        }
        let unit = self.unit;
        let middle = format!("{}{}", unit.text(median(values)), unit.name());
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let range = [unit.text(least), unit.text(most)];
        if range[0] == range[1] {
            middle
        } else {
            format!("{middle} ({} to {})", range[0], range[1])
        }
    }

    fn asked(&self) -> String {
        match self.goal {
            Goal::Times(least) => format!("at least {least} times"),
            Goal::TimesAim(least, aim) => format!("at least {least} times, aim {aim}"),
            Goal::AtMost(most) => format!("at most {most}{}", self.unit.name()),
            Goal::None => String::new(),
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ratio = self.ratio();
        let ratio = if ratio.is_finite() {
            format!("{ratio:.1}")
        } else {
            "-".to_owned()
        };
        let result = match self.passes() {
            Some(true) => "PASS",
            Some(false) => "MISS",
            None => "",
        };
        write!(
            f,
            "| {} | {} | {} | {} | {ratio} | {} | {result} |",
            self.case,
            self.what,
            self.cell(&self.kubectl),
            self.cell(&self.nodemaint),
            self.asked(),
        )
    }
}
