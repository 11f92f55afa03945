//! Signals: the first asks the work to stop and tell what it did, the second ends the process at once.

use std::sync::Arc;

use tokio::sync::watch;

use crate::engine::stop::Stop;

use super::exit::Exit;
use super::ui::Ui;

/// Starts to listen for SIGINT and SIGTERM; must be called inside the runtime.
///
/// # Errors
///
/// When the operating system does not let the process listen.
pub fn listen(ui: Arc<Ui>) -> std::io::Result<Stop> {
    // Both are registered before the first wait, so that a quick second signal is not lost between two waits.
    let mut signals = Signals::register()?;
    let (tell, asked) = watch::channel(false);
    tokio::spawn(async move {
        signals.next().await;
        // Without a receiver there is nothing left to stop.
        let _ = tell.send(true);
        signals.next().await;
        ui.show_cursor();
        leave();
    });
    Ok(Stop::new(asked))
}

#[expect(
    clippy::disallowed_methods,
    reason = "a second Ctrl-C means now: no destructor may delay it"
)]
fn leave() -> ! {
    std::process::exit(i32::from(Exit::Interrupted.code()))
}

/// The process's signals that mean "stop".
#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn register() -> std::io::Result<Signals> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Signals {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// The process's signals that mean "stop".
#[cfg(windows)]
struct Signals {
    interrupt: tokio::signal::windows::CtrlC,
}

#[cfg(windows)]
impl Signals {
    fn register() -> std::io::Result<Signals> {
        Ok(Signals {
            interrupt: tokio::signal::windows::ctrl_c()?,
        })
    }

    async fn next(&mut self) {
        self.interrupt.recv().await;
    }
}
