//! A plan as one HTML file with pictures, to attach to a change ticket: it needs no network, no script and no colour.
//!
//! Names and messages come from the cluster, so every text that the templates print is a `Text`: cleaned here, escaped by
//! the templates. What a picture shows is said in words beside it.

mod amounts;
mod bars;
mod flow;
mod gauges;
mod next;
mod pods;
#[cfg(test)]
mod tests;
mod time_line;

use std::fmt;

use askama::Template;

use crate::domain::assume::Outcome;
use crate::domain::drain::fate::Fate;
use crate::domain::drain::plan::{DrainPlan, PodPlan, Verdict};

use super::assumed;
use super::plan_course;
use super::plan_summary::conclusion;
use super::plan_table::{self, Page, verdict_name};
use super::style::Colors;
use super::text::{clean, count};
use super::unread::grouped;
use bars::Group;
use flow::Flow;
use gauges::Gauge;
use next::Step;
use pods::Section;
use time_line::TimeLine;

/// Returns the document; `arguments` are those of the drain as they would be typed, for the next command.
///
/// # Errors
///
/// When a template cannot be written, which only the memory's end brings about.
pub fn plan_html(plan: &DrainPlan, arguments: &str) -> Result<String, fmt::Error> {
    let mut page = View::new(plan, arguments)
        .render()
        .map_err(|_| fmt::Error)?;
    page.push('\n');
    Ok(page)
}

/// A text of the cluster, or around one, without anything that would steer the reader's eye or screen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Text(String);

impl Text {
    fn of(text: impl AsRef<str>) -> Text {
        Text(clean(text.as_ref()))
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Tells whether it is a flag to add and not a whole command.
    fn is_flag(&self) -> bool {
        self.0.starts_with("--")
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How a thing looks: a class of the style sheet, and a sign that says the same without colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Look {
    class: &'static str,
    sign: &'static str,
}

impl Look {
    const GOOD: Look = Look {
        class: "good",
        sign: "✓",
    };
    const CAUTION: Look = Look {
        class: "caution",
        sign: "!",
    };
    const BAD: Look = Look {
        class: "bad",
        sign: "✕",
    };
    const FAINT: Look = Look {
        class: "faint",
        sign: "–",
    };
}

impl From<Verdict> for Look {
    fn from(verdict: Verdict) -> Look {
        match verdict {
            Verdict::Ready => Look::GOOD,
            Verdict::Refused | Verdict::Unknown => Look::CAUTION,
            Verdict::Blocked => Look::BAD,
        }
    }
}

impl From<Fate> for Look {
    fn from(fate: Fate) -> Look {
        match fate {
            Fate::Evict | Fate::Delete => Look::GOOD,
            Fate::Skip => Look::FAINT,
            Fate::Refused => Look::CAUTION,
            Fate::Blocked => Look::BAD,
        }
    }
}

/// A message with what to do about it.
struct Note {
    about: Text,
    message: Text,
    hint: Text,
    look: Look,
}

/// What is said of the order of nodes.
struct Part {
    title: &'static str,
    summary: Text,
    lines: Vec<Text>,
}

/// A number of pods and what they have in common.
struct Figure {
    number: usize,
    words: &'static str,
    look: Look,
}

#[derive(Template)]
#[template(path = "plan.html", config = "src/present/html/askama.toml")]
struct View {
    title: Text,
    names: Text,
    verdict: &'static str,
    look: Look,
    summary: Text,
    facts: Vec<(&'static str, Text)>,
    steps: Vec<Step>,
    more_steps: usize,
    figures: Vec<Figure>,
    obstacles: Vec<Note>,
    more_obstacles: Vec<Note>,
    guards: Vec<Note>,
    groups: Vec<Group>,
    flow: Option<Flow>,
    gauges: Vec<Gauge>,
    more_gauges: Vec<Gauge>,
    time_line: Option<TimeLine>,
    /// What is not so, and what it would come to without.
    assumed: Vec<Text>,
    /// The order of several nodes.
    course: Vec<Part>,
    sections: Vec<Section>,
    unread: Vec<Note>,
}

impl View {
    fn new(plan: &DrainPlan, arguments: &str) -> View {
        let names: Vec<&str> = plan.nodes.iter().map(|n| n.node.name.as_str()).collect();
        let (steps, more_steps) = next::steps(plan, arguments);
        let (obstacles, more_obstacles) = cut(obstacles(plan), 12);
        let (gauges, more_gauges) = cut(gauges::gauges(plan), 12);
        View {
            title: Text::of(title(&names)),
            names: Text::of(names.join(", ")),
            verdict: verdict_name(plan.verdict),
            look: plan.verdict.into(),
            summary: Text::of(summary(plan)),
            facts: facts(plan),
            steps,
            more_steps,
            figures: figures(plan),
            obstacles,
            more_obstacles,
            guards: guards(plan),
            groups: bars::groups(plan),
            flow: Flow::of(plan),
            gauges,
            more_gauges,
            time_line: TimeLine::of(plan),
            assumed: assumed(plan),
            course: course(plan),
            sections: pods::sections(plan),
            unread: unread(plan),
        }
    }
}

/// Splits what is shown at once from what is shown on request.
fn cut<T>(mut items: Vec<T>, most: usize) -> (Vec<T>, Vec<T>) {
    let rest = items.split_off(items.len().min(most));
    (items, rest)
}

/// Many nodes are counted, so that the title of a window stays a title.
fn title(names: &[&str]) -> String {
    match names {
        [] => "nothing".to_owned(),
        [first, .., last] if names.len() > 3 => {
            format!("{first} to {last} ({})", count(names.len(), "node"))
        }
        _ => names.join(", "),
    }
}

/// Says what the plan comes to, without the verdict, which stands before it.
fn summary(plan: &DrainPlan) -> String {
    let page = Page {
        colors: Colors::Off,
        width: None,
        detail: plan_table::Detail::Normal,
    };
    let text = conclusion(plan, page).join(" ");
    let verdict = format!("{}: ", verdict_name(plan.verdict));
    match text.strip_prefix(&verdict) {
        Some(rest) => rest.to_owned(),
        None => text,
    }
}

fn facts(plan: &DrainPlan) -> Vec<(&'static str, Text)> {
    let all = [
        ("Cluster", plan.cluster.server.clone()),
        ("Version", plan.cluster.version.clone()),
        ("As of", plan.taken_at.to_string()),
    ];
    let said = all.into_iter().filter(|(_, text)| !text.is_empty());
    said.map(|(name, text)| (name, Text::of(text))).collect()
}

fn figures(plan: &DrainPlan) -> Vec<Figure> {
    let number = |fates: &[Fate]| plan.pods().filter(|pod| fates.contains(&pod.fate)).count();
    let waves = plan.span.waves as usize;
    let figure = |number, words, look| Figure {
        number,
        words,
        look,
    };
    let all = [
        figure(number(&[Fate::Evict, Fate::Delete]), "leave", Look::GOOD),
        figure(
            waves,
            if waves == 1 { "wave" } else { "waves" },
            Look::FAINT,
        ),
        figure(number(&[Fate::Blocked]), "blocked", Look::BAD),
        figure(number(&[Fate::Refused]), "need a flag", Look::CAUTION),
        figure(number(&[Fate::Skip]), "stay", Look::FAINT),
        figure(plan_table::lost(plan.pods()), "lost for good", Look::BAD),
        figure(plan_table::stranded(plan.pods()), "land nowhere", Look::BAD),
    ];
    let mut all = Vec::from(all);
    // The first one says how much there is to do, even where that is nothing.
    let mut first = true;
    all.retain(|figure| std::mem::take(&mut first) || figure.number > 0);
    all
}

/// What keeps pods: each reason once with the pods that it keeps.
fn obstacles(plan: &DrainPlan) -> Vec<Note> {
    let mut found: Vec<(Fate, &str, &str, Vec<String>)> = Vec::new();
    for pod in kept(plan) {
        for reason in next::obstacles_of(pod) {
            let (message, hint) = (reason.message.as_str(), reason.hint.as_str());
            let same = found
                .iter_mut()
                .find(|one| one.0 == pod.fate && one.1 == message && one.2 == hint);
            match same {
                Some((.., pods)) => pods.push(pod.pod.id.path()),
                None => found.push((pod.fate, message, hint, vec![pod.pod.id.path()])),
            }
        }
    }
    let note = |(fate, message, hint, pods): (Fate, &str, &str, Vec<String>)| Note {
        about: Text::of(listed(&pods)),
        message: Text::of(message),
        hint: Text::of(hint),
        look: fate.into(),
    };
    found.into_iter().map(note).collect()
}

/// Pods that do not leave and should, those without a remedy first.
fn kept(plan: &DrainPlan) -> impl Iterator<Item = &PodPlan> {
    let of = |fate: Fate| plan.pods().filter(move |pod| pod.fate == fate);
    of(Fate::Blocked).chain(of(Fate::Refused))
}

/// Names a few and counts the rest: `a, b, c and 4 more`.
fn listed(names: &[String]) -> String {
    const SHOWN: usize = 4;
    match names.len() {
        0..=SHOWN => names.join(", "),
        all => format!("{} and {} more", names[..SHOWN].join(", "), all - SHOWN),
    }
}

fn assumed(plan: &DrainPlan) -> Vec<Text> {
    let Some(assumed) = &plan.assumed else {
        return Vec::new();
    };
    let sentences = assumed::sentences(assumed, &Outcome::of(plan));
    sentences.iter().map(Text::of).collect()
}

fn course(plan: &DrainPlan) -> Vec<Part> {
    let part = |part: &plan_course::Part| Part {
        title: part.title,
        summary: Text::of(&part.summary),
        lines: part.lines.iter().map(Text::of).collect(),
    };
    plan_course::parts(plan).iter().map(part).collect()
}

fn guards(plan: &DrainPlan) -> Vec<Note> {
    let note = |guard: &crate::domain::drain::plan::Guard| Note {
        about: Text::of(guard.node.as_deref().unwrap_or_default()),
        message: Text::of(&guard.message),
        hint: Text::of(&guard.hint),
        look: Look::CAUTION,
    };
    plan.guards.iter().map(note).collect()
}

fn unread(plan: &DrainPlan) -> Vec<Note> {
    let note = |one: super::unread::Group| Note {
        about: Text::of(&one.what),
        message: Text::of(&one.reason),
        hint: Text::of(""),
        look: Look::CAUTION,
    };
    grouped(&plan.unread).into_iter().map(note).collect()
}
