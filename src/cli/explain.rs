//! `wirelint explain`.

use std::process::ExitCode;

use super::args::ExplainArgs;
use super::output::{self, Failure};
use crate::report::manual;
use crate::rules::{find, nearest};

/// Runs the command.
pub fn run(options: &ExplainArgs) -> Result<ExitCode, Failure> {
    let name = &options.rule;
    let Some(rule) = find(name) else {
        let near = nearest(name).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        return Err(Failure::Message(format!("no rule is called `{name}`{near} (`wirelint rules` lists them)")));
    };
    output::write(&manual::explain(rule), None)?;
    Ok(ExitCode::SUCCESS)
}
