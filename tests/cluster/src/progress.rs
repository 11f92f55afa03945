//! Tells a person on standard error what they wait for: one rewritten line on a terminal,
//! else a line at each change and a heartbeat, so that a log does not look stuck.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

/// Without a terminal, the time between two lines that say the same.
const HEARTBEAT: Duration = Duration::from_secs(30);

/// The work that is going on, and for how long.
#[derive(Debug)]
pub struct Progress {
    subject: &'static str,
    started: Instant,
    last_line: Instant,
    what: String,
    terminal: bool,
}

impl Progress {
    /// Starts without a line. The subject opens every line.
    #[must_use]
    pub fn start(subject: &'static str) -> Self {
        let now = Instant::now();
        Self {
            subject,
            started: now,
            last_line: now,
            what: String::new(),
            terminal: io::stderr().is_terminal(),
        }
    }

    /// Says what is being done from now on.
    pub fn now(&mut self, what: impl Into<String>) {
        self.what = what.into();
        self.print();
    }

    /// To be called often: keeps the terminal line current, and sends the heartbeat.
    pub fn tick(&mut self) {
        let due = if self.terminal {
            Duration::from_secs(1)
        } else {
            HEARTBEAT
        };
        if self.last_line.elapsed() >= due {
            self.print();
        }
    }

    /// Ends the line that was being rewritten, and says how it went.
    pub fn done(&mut self, what: impl Into<String>) {
        self.now(what);
        if self.terminal {
            self.write("\n");
        }
    }

    fn print(&mut self) {
        self.last_line = Instant::now();
        let elapsed = span(self.started.elapsed());
        let line = if self.terminal {
            format!("\r\x1b[K{}: {} ({elapsed})", self.subject, self.what)
        } else {
            format!("{}: {} ({elapsed})\n", self.subject, self.what)
        };
        self.write(&line);
    }

    /// A closed standard error is no reason to stop.
    fn write(&self, text: &str) {
        let mut stderr = io::stderr().lock();
        let _ = stderr
            .write_all(text.as_bytes())
            .and_then(|()| stderr.flush());
    }
}

/// A duration as people say it: `45 s`, `2 min 5 s`.
fn span(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds / 60 {
        0 => format!("{seconds} s"),
        minutes => format!("{minutes} min {} s", seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_as_people_say_them() {
        assert_eq!(span(Duration::from_millis(59_900)), "59 s");
        assert_eq!(span(Duration::from_secs(125)), "2 min 5 s");
    }
}
