//! Which minor of the scheduler decides, and saying so where it is not the one that was asked for.

use crate::cli::error::CliError;
use crate::cli::ui::Ui;
use crate::domain::fit::profile::Minor;

use crate::cli::place::Read;

/// The version that somebody typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    number: u32,
    /// The modelled minor nearest to it.
    pub minor: Minor,
}

/// Reads `--scheduler-version`.
pub fn asked(typed: Option<&str>) -> Result<Option<Asked>, CliError> {
    let Some(typed) = typed else {
        return Ok(None);
    };
    let number = Minor::in_version(typed).ok_or_else(|| {
        CliError::usage(format!(
            "--scheduler-version {typed:?} is not a version such as 1.36"
        ))
    })?;
    Ok(Some(Asked {
        number,
        minor: Minor::nearest(number),
    }))
}

/// Says whose rules were applied, where it is not those of the version that was typed or read.
pub fn tell(asked: Option<Asked>, read: &Read, ui: &Ui) {
    let minor = read.world.minor;
    let number = asked
        .map(|asked| asked.number)
        .or_else(|| Minor::in_version(&read.version));
    match number {
        Some(number) if number == minor.number() => {}
        Some(number) => ui.err(&format!(
            "note: the rules of scheduler 1.{number} are not known here: judged by those of {minor}"
        )),
        None => ui.err(&format!(
            "note: nothing says which version the scheduler has: judged by the rules of {minor}, --scheduler-version names another"
        )),
    }
}
