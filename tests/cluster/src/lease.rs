//! Stop requests: one flag that standard input's end and the signals raise, and that every
//! long step looks at. The name: whoever started us holds the other end of the pipe, and
//! we live as long as they hold it.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;

use crate::error::{Error, running};

/// Whether to go on.
#[derive(Debug, Clone, Default)]
pub struct Lease {
    over: Arc<AtomicBool>,
}

impl Lease {
    /// A lease that ends with SIGINT, SIGTERM or SIGHUP.
    ///
    /// # Errors
    /// When the signals cannot be caught.
    pub fn until_signal() -> Result<Self, Error> {
        let lease = Self::default();
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            flag::register(signal, Arc::clone(&lease.over)).map_err(running("signals"))?;
        }
        Ok(lease)
    }

    /// Ends it also when standard input ends: the parent closed it, or is no more.
    pub fn and_until_input_ends(self) -> Self {
        let raised = self.clone();
        thread::spawn(move || {
            let mut input = std::io::stdin().lock();
            let mut ignored = [0_u8; 256];
            while matches!(input.read(&mut ignored), Ok(read) if read > 0) {}
            raised.end();
        });
        self
    }

    /// Whether it is time to stop.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.over.load(Ordering::SeqCst)
    }

    /// An error once it is time to stop.
    ///
    /// # Errors
    /// [`Error::Stopped`].
    pub fn check(&self) -> Result<(), Error> {
        if self.is_over() {
            Err(Error::Stopped)
        } else {
            Ok(())
        }
    }

    fn end(&self) {
        self.over.store(true, Ordering::SeqCst);
    }
}
