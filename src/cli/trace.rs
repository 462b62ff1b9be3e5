//! `wirelint trace`.

use std::process::ExitCode;

use super::args::TraceArgs;
use super::output::{self, Failure};
use super::tree;
use crate::IgnoredEnv;

/// Runs the command. What happens on this machine is the question, so git-ignored env files are read.
pub fn run(options: &TraceArgs) -> Result<ExitCode, Failure> {
    let paths: Vec<_> = options.path.iter().cloned().collect();
    let mut opened = tree::open(&paths, &options.tree)?;
    opened.settings.ignored_env = IgnoredEnv::Read;
    let wiring = crate::wire(&*opened.tree, &opened.settings);
    output::write(&format!("{:#?}\n", wiring.handshakes), None)?;
    Ok(ExitCode::SUCCESS)
}
