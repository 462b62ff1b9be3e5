//! `wirelint trace`.

use std::process::ExitCode;

use super::args::TraceArgs;
use super::output::{self, Failure};
use super::tree;
use crate::IgnoredEnv;
use crate::report::trace;

/// Runs the command. What happens on this machine is the question, so git-ignored env files are read.
pub fn run(options: &TraceArgs) -> Result<ExitCode, Failure> {
    let paths: Vec<_> = options.path.iter().cloned().collect();
    let mut opened = tree::open(&paths, &options.tree)?;
    opened.settings.ignored_env = IgnoredEnv::Read;
    let wiring = crate::wire(&*opened.tree, &opened.settings);
    let target = trace::Target::parse(options.at.as_deref());
    output::write(&trace::render(&wiring, &target), None)?;
    Ok(ExitCode::SUCCESS)
}
