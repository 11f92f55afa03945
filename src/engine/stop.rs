//! The user's wish to stop, as the engine sees it.

use tokio::sync::watch;

/// Tells whether the user asked to stop.
#[derive(Debug, Clone)]
pub struct Stop {
    asked: watch::Receiver<bool>,
}

impl Stop {
    /// Builds it on a channel whose value becomes `true` when the user asks.
    pub fn new(asked: watch::Receiver<bool>) -> Stop {
        Stop { asked }
    }

    /// Completes when the user asked to stop; at once when that was before.
    pub async fn asked(&mut self) {
        if self.asked.wait_for(|asked| *asked).await.is_err() {
            // The sender is gone without having asked: nobody will ask any more.
            std::future::pending::<()>().await;
        }
    }

    /// Tells whether the user asked to stop.
    pub fn was_asked(&self) -> bool {
        *self.asked.borrow()
    }
}
