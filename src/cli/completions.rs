//! `wirelint completions`.

use std::process::ExitCode;

use clap::CommandFactory;

use super::args::{Cli, CompletionsArgs};
use super::output::{self, Failure};
use crate::report::manual;

/// Runs the command.
pub fn run(options: &CompletionsArgs) -> Result<ExitCode, Failure> {
    let mut command = Cli::command();
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut command, name, &mut script);
    output::write(&manual::generated(&String::from_utf8_lossy(&script)), None)?;
    Ok(ExitCode::SUCCESS)
}
