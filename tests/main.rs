//! All integration tests in one program: they share one control plane and one link step.

mod architecture;
mod completion;
mod connect;
mod cordon;
mod deploy;
mod drain;
mod krew;
mod live;
mod support;
mod taint;
