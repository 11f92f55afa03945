//! The only door to the streams and to prompts.
//!
//! Results go to standard output, everything else to standard error. Each stream has its own colour decision, names from
//! the cluster are cleaned before they reach a terminal, and nothing is ever asked without one.

use std::io::{self, IsTerminal, Write};
use std::sync::Mutex;

use indicatif::MultiProgress;

use super::error::CliError;

/// What `--color` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless the environment says no.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Tells whether a stream gets colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paint {
    /// Escape sequences are written.
    Color,
    /// Plain text.
    Plain,
}

/// Tells what is on the other end of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    /// A person.
    Terminal,
    /// A file, a pipe or nothing.
    Pipe,
}

/// The answer to a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Go on.
    Yes,
    /// Stop.
    No,
}

/// Standard output, standard error and the keyboard.
#[derive(Debug)]
pub struct Ui {
    /// What is behind standard input.
    pub input: Peer,
    /// What is behind standard output.
    pub output: Peer,
    /// What is behind standard error.
    pub errors: Peer,
    /// Colours on standard output.
    pub output_paint: Paint,
    /// Colours on standard error.
    pub errors_paint: Paint,
    /// Live progress, drawn on standard error; lines are printed through it so that they do not tear the bars.
    pub progress: MultiProgress,
    lines: Mutex<()>,
}

impl Ui {
    /// Looks at the process's streams once.
    pub fn from_process(choice: ColorChoice, variable: impl Fn(&str) -> Option<String>) -> Ui {
        let peer = |terminal| if terminal { Peer::Terminal } else { Peer::Pipe };
        let output = peer(io::stdout().is_terminal());
        let errors = peer(io::stderr().is_terminal());
        Ui {
            input: peer(io::stdin().is_terminal()),
            output,
            errors,
            output_paint: paint(choice, output, &variable),
            errors_paint: paint(choice, errors, &variable),
            progress: MultiProgress::new(),
            lines: Mutex::new(()),
        }
    }

    /// Writes a result line.
    pub fn out(&self, line: &str) {
        self.print(&mut io::stdout(), self.output, line);
    }

    /// Writes a message line.
    pub fn err(&self, line: &str) {
        self.print(&mut io::stderr(), self.errors, line);
    }

    /// Writes a whole document that already ends its lines.
    pub fn document(&self, text: &str) {
        self.out(text.trim_end_matches('\n'));
    }

    /// Returns the columns of the terminal behind standard error; `None` where there is none.
    pub fn errors_width(&self) -> Option<usize> {
        let (_, columns) = dialoguer::console::Term::stderr().size_checked()?;
        (self.errors == Peer::Terminal).then_some(usize::from(columns))
    }

    /// Returns the columns of the terminal behind standard output; `None` where there is none.
    pub fn output_width(&self) -> Option<usize> {
        let (_, columns) = dialoguer::console::Term::stdout().size_checked()?;
        (self.output == Peer::Terminal).then_some(usize::from(columns))
    }

    /// Writes text as it is, without a line end of its own.
    pub fn raw(&self, text: &str) {
        self.write(&mut io::stdout(), self.output, text);
    }

    /// Writes an error and its hints.
    pub fn error(&self, error: &CliError) {
        self.err(&error.message);
        for hint in &error.hints {
            self.err(&format!("hint: {hint}"));
        }
    }

    /// Asks a yes-or-no question whose default is no; `None` where nobody can be asked.
    ///
    /// Blocks; call it through `spawn_blocking`.
    pub fn confirm(&self, question: &str) -> Option<Answer> {
        if self.input != Peer::Terminal || self.errors != Peer::Terminal {
            return None;
        }
        let answer = dialoguer::Confirm::new()
            .with_prompt(question)
            .default(false)
            .interact_opt();
        match answer {
            Ok(Some(true)) => Some(Answer::Yes),
            // Escape, end of input and a broken terminal are no consent.
            Ok(_) | Err(_) => Some(Answer::No),
        }
    }

    /// Makes the cursor visible again, whoever hid it.
    pub fn show_cursor(&self) {
        if self.errors == Peer::Terminal {
            // Nothing can be done about a terminal that is gone.
            let _ = dialoguer::console::Term::stderr().show_cursor();
        }
    }

    fn print(&self, stream: &mut dyn Write, peer: Peer, line: &str) {
        self.write(stream, peer, &format!("{line}\n"));
    }

    fn write(&self, stream: &mut dyn Write, peer: Peer, text: &str) {
        let cleaned = match peer {
            Peer::Terminal => clean(text),
            Peer::Pipe => text.to_owned(),
        };
        let guard = self.lines.lock();
        // A reader that went away (`| head`) has what it wanted: the work goes on without it.
        self.progress.suspend(|| {
            let _ = stream.write_all(cleaned.as_bytes());
            let _ = stream.flush();
        });
        drop(guard);
    }
}

/// Decides on colours as kubectl does, with the flag first: `NO_COLOR` counts even when empty.
fn paint(choice: ColorChoice, peer: Peer, variable: &impl Fn(&str) -> Option<String>) -> Paint {
    let on = match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => {
            let set = |name: &str| variable(name).is_some_and(|v| v != "0");
            let refused = variable("NO_COLOR").is_some()
                || variable("CLICOLOR").is_some_and(|v| v == "0")
                || variable("TERM").is_some_and(|v| v == "dumb");
            !refused && (peer == Peer::Terminal || set("CLICOLOR_FORCE"))
        }
    };
    if on { Paint::Color } else { Paint::Plain }
}

/// Replaces control characters, except the line ends, tabs and colour sequences that this program writes itself.
///
/// Names and messages come from the cluster, where others can write: a terminal must not obey them.
fn clean(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some(sequence) = colour_sequence(rest) {
            cleaned.push_str(sequence);
            rest = &rest[sequence.len()..];
            continue;
        }
        match c {
            '\n' | '\t' => cleaned.push(c),
            c if c.is_control() => cleaned.extend(c.escape_default()),
            c => cleaned.push(c),
        }
        rest = &rest[c.len_utf8()..];
    }
    cleaned
}

/// Returns the colour sequence (`ESC [ digits and semicolons m`) that a text begins with.
fn colour_sequence(text: &str) -> Option<&str> {
    let body = text.strip_prefix("\u{1b}[")?;
    let end = body.find(|c: char| !(c.is_ascii_digit() || c == ';'))?;
    (body[end..].starts_with('m')).then(|| &text[..end + 3])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_do_not_reach_a_terminal() {
        assert_eq!(clean("a\u{1b}[2Jb\r\u{7}"), "a\\u{1b}[2Jb\\r\\u{7}");
        assert_eq!(
            clean("\u{1b}[31mred\u{1b}[0m\tx\n"),
            "\u{1b}[31mred\u{1b}[0m\tx\n"
        );
        assert_eq!(clean("naïve \u{9b}31m"), "naïve \\u{9b}31m");
    }

    #[test]
    fn colours_follow_flag_then_environment_then_terminal() {
        let vars = |pairs: &'static [(&'static str, &'static str)]| {
            move |name: &str| {
                pairs
                    .iter()
                    .find(|(k, _)| *k == name)
                    .map(|(_, v)| (*v).to_owned())
            }
        };
        use ColorChoice::{Always, Auto, Never};
        assert_eq!(paint(Auto, Peer::Terminal, &vars(&[])), Paint::Color);
        assert_eq!(paint(Auto, Peer::Pipe, &vars(&[])), Paint::Plain);
        let no = vars(&[("NO_COLOR", ""), ("CLICOLOR_FORCE", "1")]);
        assert_eq!(paint(Auto, Peer::Terminal, &no), Paint::Plain);
        assert_eq!(paint(Always, Peer::Pipe, &no), Paint::Color);
        assert_eq!(paint(Never, Peer::Terminal, &vars(&[])), Paint::Plain);
        assert_eq!(
            paint(Auto, Peer::Pipe, &vars(&[("CLICOLOR_FORCE", "1")])),
            Paint::Color
        );
        assert_eq!(
            paint(Auto, Peer::Terminal, &vars(&[("TERM", "dumb")])),
            Paint::Plain
        );
    }
}
