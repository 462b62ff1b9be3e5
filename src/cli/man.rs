//! `wirelint man`.

use std::process::ExitCode;

use clap::CommandFactory;

use super::args::{Cli, ManArgs};
use super::output::{self, Failure};
use crate::report::manual;

/// Runs the command.
pub fn run(options: &ManArgs) -> Result<ExitCode, Failure> {
    let mut program = Cli::command();
    // Gives the commands the names of their pages (`wirelint-check`).
    program.build();
    let command = match &options.command {
        None => program,
        Some(name) => match program.find_subcommand(name) {
            Some(command) => command.clone(),
            None => {
                return Err(Failure::Message(format!("no command is called `{name}` (`wirelint help` lists them)")));
            }
        },
    };
    let mut page = Vec::new();
    let source = concat!("wirelint ", env!("CARGO_PKG_VERSION"));
    clap_mangen::Man::new(command).source(source).render(&mut page)?;
    output::write(&manual::generated(&String::from_utf8_lossy(&page)), None)?;
    Ok(ExitCode::SUCCESS)
}
