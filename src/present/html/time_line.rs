//! Waves on a line of time: one row for each budget that makes pods wait, one for all that leave at once.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::domain::drain::plan::{DrainPlan, Track, TrackWave};

use super::amounts::{permille, width};
use super::{Text, cut, listed};
use crate::present::plan_summary::duration;
use crate::present::text::count;

/// More waves than this are dots without numbers.
const NUMBERED: usize = 10;
/// So many rows are shown at once.
const SHOWN: usize = 12;
/// Leaves room for the first and the last dot.
const EDGE: i64 = 40;

/// The picture.
pub(super) struct TimeLine {
    pub rows: Vec<Row>,
    /// Shown on request.
    pub more_rows: Vec<Row>,
    /// What its length means.
    pub scale: String,
    /// The waves with their pods.
    pub waves: Vec<Wave>,
}

/// One row.
pub(super) struct Row {
    /// Unique on the page.
    pub id: String,
    pub name: Text,
    pub words: Text,
    pub dots: Vec<Dot>,
    pub end: String,
}

/// One wave of a row.
pub(super) struct Dot {
    pub x: String,
    pub radius: u8,
    /// Its number; empty where there are too many.
    pub label: String,
}

/// One wave over all rows.
pub(super) struct Wave {
    pub number: u32,
    pub pods: usize,
    pub names: Text,
}

/// Whether the length means time, or the order alone.
#[derive(Clone, Copy)]
enum Scale {
    Seconds(i64),
    Order(usize),
}

impl Scale {
    fn of(tracks: &[&Track]) -> Scale {
        let last = tracks.iter().flat_map(|track| track.waves.last());
        let longest = last.map(|wave| wave.begins).max().unwrap_or(0);
        // Waves of which nothing tells how long they take would all be in one place.
        let known = tracks.iter().all(|track| rises(&track.waves));
        match known && longest > 0 {
            true => Scale::Seconds(longest),
            false => Scale::Order(tracks.iter().map(|t| t.waves.len()).max().unwrap_or(1)),
        }
    }

    fn place(self, at: usize, wave: &TrackWave) -> String {
        let part = match self {
            Scale::Seconds(all) => permille(wave.begins, all),
            Scale::Order(all) => {
                let last = all.saturating_sub(1).max(1);
                permille(number(at), number(last))
            }
        };
        width(EDGE + part * (1000 - 2 * EDGE) / 1000)
    }

    fn words(self) -> String {
        match self {
            Scale::Seconds(all) => format!(
                "From now to the right edge: at least {}, as quick as the quickest replacements before them.",
                duration(all)
            ),
            Scale::Order(_) => {
                "The order alone: how long replacements take is not known of all of them."
                    .to_owned()
            }
        }
    }
}

/// What makes a row the longer one: its time, then its waves.
fn length(track: &Track) -> (i64, usize) {
    let last = track.waves.last().map_or(0, |wave| wave.begins);
    (last, track.waves.len())
}

fn rises(waves: &[TrackWave]) -> bool {
    waves.windows(2).all(|pair| pair[0].begins < pair[1].begins)
}

fn number(at: usize) -> i64 {
    i64::try_from(at).unwrap_or(i64::MAX)
}

impl TimeLine {
    /// `None` where nothing leaves.
    pub fn of(plan: &DrainPlan) -> Option<TimeLine> {
        let waves = waves(plan);
        if waves.is_empty() {
            return None;
        }
        let mut tracks: Vec<&Track> = plan.span.tracks.iter().collect();
        tracks.sort_by_key(|track| Reverse(length(track)));
        let scale = Scale::of(&tracks);
        let mut rows = Vec::new();
        let waiting: usize = tracks.iter().flat_map(|t| &t.waves).map(|w| w.pods).sum();
        let leaving = plan.pods().filter(|pod| pod.leaves()).count();
        let at_once = leaving.saturating_sub(waiting);
        if at_once > 0 {
            rows.push(at_once_row(at_once));
        }
        rows.extend(tracks.iter().enumerate().map(|(at, t)| row(at, t, scale)));
        let (rows, more_rows) = cut(rows, SHOWN);
        Some(TimeLine {
            scale: match tracks.is_empty() {
                true => "Everything leaves at once.".to_owned(),
                false => scale.words(),
            },
            rows,
            more_rows,
            waves,
        })
    }
}

fn at_once_row(pods: usize) -> Row {
    let x = width(EDGE);
    Row {
        id: "t-at-once".to_owned(),
        name: Text::of("pods that need not wait"),
        words: Text::of(format!("{} in wave 1", count(pods, "pod"))),
        dots: vec![Dot {
            x: x.clone(),
            radius: 10,
            label: "1".to_owned(),
        }],
        end: x,
    }
}

fn row(at: usize, track: &Track, scale: Scale) -> Row {
    let numbered = track.waves.len() <= NUMBERED;
    let dot = |(at, wave): (usize, &TrackWave)| Dot {
        x: scale.place(at, wave),
        radius: if numbered { 10 } else { 4 },
        label: match numbered {
            true => wave.number.to_string(),
            false => String::new(),
        },
    };
    let dots: Vec<Dot> = track.waves.iter().enumerate().map(dot).collect();
    Row {
        id: format!("t{at}"),
        name: Text::of(format!("budget {}", track.budget.path())),
        words: Text::of(words(track)),
        end: dots.last().map(|dot| dot.x.clone()).unwrap_or_default(),
        dots,
    }
}

fn words(track: &Track) -> String {
    let pods: usize = track.waves.iter().map(|wave| wave.pods).sum();
    let waves = count(track.waves.len(), "wave");
    let last = track.waves.last();
    let least = last.map_or(0, |wave| wave.begins);
    let most = last.and_then(|wave| wave.begins_at_most);
    let when = match most {
        Some(most) if most > least => format!(
            ", the last begins after {} to {}",
            duration(least),
            duration(most)
        ),
        Some(most) => format!(", the last begins after about {}", duration(most)),
        None if least > 0 => format!(", the last begins after at least {}", duration(least)),
        None => String::new(),
    };
    format!("{} in {waves}{when}", count(pods, "pod"))
}

fn waves(plan: &DrainPlan) -> Vec<Wave> {
    let mut found: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    for pod in plan.pods().filter(|pod| pod.leaves()) {
        let names = found.entry(pod.wave.unwrap_or(1)).or_default();
        names.push(pod.pod.id.path());
    }
    let wave = |(number, names): (u32, Vec<String>)| Wave {
        number,
        pods: names.len(),
        names: Text::of(match names.len() {
            0..=12 => names.join(", "),
            _ => listed(&names),
        }),
    };
    found.into_iter().map(wave).collect()
}
