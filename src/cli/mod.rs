//! The command line: one file for each command.

mod args;
mod check;
mod output;
mod tree;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

pub use output::Failure;

/// Runs the program with these arguments.
#[must_use]
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let outcome = match args::Cli::try_parse_from(args::with_default_command(arguments)) {
        Ok(cli) => match cli.command {
            args::Command::Check(options) => check::run(&options),
        },
        Err(error) => Err(Failure::Usage(Box::new(error))),
    };
    match outcome {
        Ok(code) => code,
        Err(failure) => failure.report(),
    }
}
