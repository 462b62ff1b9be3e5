//! `wirelint rules`.

use std::process::ExitCode;

use super::output::{self, Failure};
use crate::report::manual;

/// Runs the command.
pub fn run() -> Result<ExitCode, Failure> {
    output::write(&manual::list(), None)?;
    Ok(ExitCode::SUCCESS)
}
