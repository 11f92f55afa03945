//! Signals: the first asks the work to stop and tell what it did, the second ends the process at once.

use std::sync::Arc;

use tokio::sync::watch;

use super::exit::Exit;
use super::ui::Ui;

/// Tells whether the user asked to stop.
#[derive(Debug, Clone)]
pub struct Interrupt {
    asked: watch::Receiver<bool>,
}

impl Interrupt {
    /// Starts to listen for SIGINT and SIGTERM; must be called inside the runtime.
    ///
    /// # Errors
    ///
    /// When the operating system does not let the process listen.
    pub fn listen(ui: Arc<Ui>) -> std::io::Result<Interrupt> {
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
        Ok(Interrupt { asked })
    }

    /// Completes when the user asked to stop; at once when that was before.
    pub async fn asked(&mut self) {
        if self.asked.wait_for(|asked| *asked).await.is_err() {
            // The listener ended without a signal: nobody will ask any more.
            std::future::pending::<()>().await;
        }
    }

    /// Tells whether the user asked to stop.
    pub fn was_asked(&self) -> bool {
        *self.asked.borrow()
    }
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
