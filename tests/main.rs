//! All integration tests in one program: they share one control plane and one link step.

mod architecture;
mod deploy;
mod krew;
mod preview;
