//! All integration tests in one program: they share one control plane and one link step.

#![expect(
    clippy::disallowed_methods,
    reason = "tests look at the real clock and the environment of the process that runs them"
)]

mod architecture;
mod browser;
mod budgets;
mod completion;
mod connect;
mod cordon;
mod deploy;
mod describe;
mod documents;
mod drain;
mod fit;
mod halfway;
mod krew;
mod live;
mod preview;
mod readme;
mod reality;
mod support;
mod taint;
