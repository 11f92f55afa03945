//! `--feature-gates`, as the cluster's own components take it: what they were started with is not in the cluster.

use clap::Args;

use crate::cli::error::CliError;
use crate::domain::taint::toleration::Comparisons;

use super::dry_run::parse_bool;

/// The one gate that changes an answer.
const GATE: &str = "TaintTolerationComparisonOperators";

/// Feature gates of the cluster.
#[derive(Debug, Clone, Default, Args)]
pub struct GateArgs {
    /// Feature gates of the cluster that are not at their default: TaintTolerationComparisonOperators=true lets tolerations
    /// with Gt and Lt count
    #[arg(long, value_name = "GATE=BOOL", value_delimiter = ',')]
    pub feature_gates: Vec<String>,
}

impl GateArgs {
    /// Returns whether `Gt` and `Lt` count.
    ///
    /// # Errors
    ///
    /// Another gate, a value that is none.
    pub fn comparisons(&self) -> Result<Comparisons, CliError> {
        let mut comparisons = Comparisons::Off;
        for pair in &self.feature_gates {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            if name != GATE {
                return Err(CliError::usage(format!(
                    "--feature-gates {:?}: the gate that matters here is {GATE}",
                    pair
                )));
            }
            comparisons = match parse_bool(value) {
                Some(true) => Comparisons::On,
                Some(false) => Comparisons::Off,
                None => {
                    return Err(CliError::usage(format!(
                        "--feature-gates {pair:?}: write {GATE}=true or {GATE}=false"
                    )));
                }
            };
        }
        Ok(comparisons)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[&str]) -> Result<Comparisons, CliError> {
        let feature_gates = pairs.iter().map(|pair| (*pair).to_owned()).collect();
        GateArgs { feature_gates }.comparisons()
    }

    #[test]
    fn the_gate_is_off_until_somebody_says_that_it_is_on() {
        let on = format!("{GATE}=true");
        let off = format!("{GATE}=false");
        assert_eq!(read(&[]), Ok(Comparisons::Off));
        assert_eq!(read(&[&on]), Ok(Comparisons::On));
        assert_eq!(read(&[&on, &off]), Ok(Comparisons::Off));
        for wrong in [
            GATE,
            "Other=true",
            "",
            "TaintTolerationComparisonOperators=maybe",
        ] {
            assert!(read(&[wrong]).is_err(), "{wrong}");
        }
    }
}
