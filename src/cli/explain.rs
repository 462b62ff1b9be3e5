//! `wirelint explain`.

use std::process::ExitCode;

use super::args::ExplainArgs;
use super::output::{self, Failure};
use crate::report::manual;
use crate::rules::{RULES, find, nearest};

/// Runs the command.
pub fn run(options: &ExplainArgs) -> Result<ExitCode, Failure> {
    let name = &options.rule;
    let Some(rule) = find(name) else {
        if RULES.iter().any(|rule| rule.metadata().family.name() == name) {
            return Err(Failure::Message(format!(
                "`{name}` is a family of rules, not a rule (`wirelint rules` lists its rules)"
            )));
        }
        let near = nearest(name).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        return Err(Failure::Message(format!("no rule is called `{name}`{near} (`wirelint rules` lists them)")));
    };
    output::write(&manual::explain(rule), None)?;
    Ok(ExitCode::SUCCESS)
}
