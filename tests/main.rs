//! All integration tests in one program: they share one control plane and one link step.

mod architecture;
mod connect;
mod completion;
mod deploy;
mod krew;
