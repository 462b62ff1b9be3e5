//! The command line: one file for each command.

mod args;
mod baseline;
mod check;
mod completions;
mod config;
mod explain;
mod fix;
mod ignore;
mod init;
mod lsp;
mod man;
mod output;
mod outputs;
mod past;
mod progress;
mod root;
mod rules;
mod times;
mod trace;
mod tree;
mod watch;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

pub use output::Failure;

use crate::base::on_deep_stack;

/// Runs the program with these arguments, the first of which is its own name.
#[must_use]
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let code = on_deep_stack(|| command(arguments));
    code.unwrap_or_else(|problem| Failure::Message(format!("wirelint failed inside: {problem}")).report())
}

fn command(arguments: Vec<OsString>) -> ExitCode {
    let outcome = match args::Cli::try_parse_from(args::with_default_command(arguments)) {
        Ok(cli) => match cli.command {
            args::Command::Check(options) => check::run(&options),
            args::Command::Init(options) => init::run(&options),
            args::Command::Trace(options) => trace::run(&options),
            args::Command::Ignore(options) => ignore::run(&options),
            args::Command::Config(options) => config::run(&options),
            args::Command::Explain(options) => explain::run(&options),
            args::Command::Baseline(options) => baseline::run(&options),
            args::Command::Rules => rules::run(),
            args::Command::Lsp(_) => lsp::run(),
            args::Command::Completions(options) => completions::run(&options),
            args::Command::Man(options) => man::run(&options),
        },
        Err(error) => Err(Failure::Usage(Box::new(error))),
    };
    outcome.unwrap_or_else(Failure::report)
}
