//! `wirelint check`.

use std::process::ExitCode;

use super::args::CheckArgs;
use super::output::{self, FOUND, Failure};
use super::tree;
use crate::base::Tree;
use crate::config::{Config, ConfigError};
use crate::rules::{Finding, Selector, Severity};
use crate::{IgnoredEnv, Report, Settings};

/// Runs the command.
pub fn run(options: &CheckArgs) -> Result<ExitCode, Failure> {
    let root = tree::root_of(&options.paths)?;
    let source = tree::open(&root, &options.tree)?;
    let settings = settings(&*source, options)?;
    let report = crate::check(&*source, &settings);
    output::write(&render(&report), options.output.as_deref())?;
    let threshold = options.fail_on.map_or(settings.config.fail_on, |level| Some(level.severity()));
    Ok(exit_code(&report.findings, threshold.unwrap_or(Severity::Warning), options))
}

/// The repository's configuration, with what the command line says instead.
fn settings(tree: &dyn Tree, options: &CheckArgs) -> Result<Settings, Failure> {
    let mut config = Config::of_tree(tree)?;
    let selectors = |names: &[String]| -> Result<Vec<Selector>, Failure> {
        names.iter().map(|name| Selector::parse(name).map_err(|error| Failure::Message(error.to_string()))).collect()
    };
    if !options.select.is_empty() {
        config.select = selectors(&options.select)?;
    }
    config.ignore.extend(selectors(&options.ignore)?);
    let ignored_env = if options.tree.local { IgnoredEnv::Read } else { IgnoredEnv::LeaveOut };
    Ok(Settings { ignored_env, threads: super::tree::threads(&options.tree), ..Settings::new(config) })
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::Message(error.to_string())
    }
}

/// A fault of wirelint is not what the user asked about: it has the code of faults, whatever the threshold is.
fn exit_code(findings: &[Finding], threshold: Severity, options: &CheckArgs) -> ExitCode {
    let mut open = findings.iter().filter(|finding| finding.suppressed.is_none());
    if options.exit_zero {
        ExitCode::SUCCESS
    } else if findings.iter().any(|finding| finding.rule.0 == "internal-error") {
        ExitCode::from(output::FAULT)
    } else if open.any(|finding| finding.severity >= threshold) {
        ExitCode::from(FOUND)
    } else {
        ExitCode::SUCCESS
    }
}

fn render(report: &Report) -> String {
    let mut text = String::new();
    for finding in &report.findings {
        let facts = report.wiring.repository.get(finding.place.file);
        let line = facts.map_or(0, |facts| facts.lines.position(finding.place.span.start).line);
        let path = facts.map_or("", |facts| facts.path.as_str());
        text.push_str(&format!("{path}:{line} {} {} {}\n", finding.severity.name(), finding.rule.0, finding.message));
    }
    text
}
