//! `wirelint check`.

use std::process::ExitCode;

use super::args::CheckArgs;
use super::output::{self, Failure};
use super::tree;
use crate::Settings;
use crate::engine::{CollectSettings, IgnoredEnv};

/// Runs the command.
pub fn run(options: &CheckArgs) -> Result<ExitCode, Failure> {
    let root = tree::root_of(&options.paths)?;
    let source = tree::open(&root, &options.tree)?;
    let settings = Settings {
        collect: CollectSettings {
            threads: tree::threads(&options.tree),
            ignored_env: if options.tree.local { IgnoredEnv::Read } else { IgnoredEnv::LeaveOut },
            exclude: Vec::new(),
        },
        rules: crate::rules::Options::default(),
    };
    let report = crate::check(&*source, &settings);
    output::write(&format!("{:?}\n", report.findings), options.output.as_deref())?;
    Ok(ExitCode::SUCCESS)
}
