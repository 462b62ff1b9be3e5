//! `wirelint check`.

use std::process::ExitCode;

use super::args::{CheckArgs, Target};
use super::output::{self, FAULT, FOUND, Failure};
use super::past::Past;
use super::times::Times;
use super::{baseline, outputs, tree};
use crate::Settings;
use crate::report::{Compared, Format, Origin, Run, View};
use crate::rules::{Finding, Level, Selector, Severity, Suppressions};

/// Runs the command.
pub fn run(options: &CheckArgs) -> Result<ExitCode, Failure> {
    let outputs = outputs::wanted(&options.output)?;
    let mut times = Times::start();
    let opened = tree::open(&options.paths, &options.tree)?;
    let settings = with_selection(opened.settings.clone(), options)?;
    let past = Past::open(&opened, &options.past)?;
    let mut report = crate::check_in_stages(&*opened.tree, &settings, &mut |stage| times.note(stage.name()));
    if let Some(file) = &options.past.write_baseline {
        return baseline::write(&opened, &settings, report, file);
    }
    let compared = past.compare(&opened, &settings, &mut report);
    times.note("compare");
    report.findings.retain(|finding| opened.focus.covers(&report.wiring, finding));
    let compared = compared.as_ref();
    let run = Run { tree: &*opened.tree, wiring: &report.wiring, findings: &report.findings, compared };
    let origin = outputs::say_the_origin(&outputs)
        .then(|| opened.origin())
        .flatten()
        .map(|head| Origin { repository: head.repository, revision: head.revision });
    outputs::write(&View::new(run), &outputs, &options.output, origin.as_ref())?;
    times.note("write");
    if options.output.statistics {
        times.say();
    }
    let is_read_by_people =
        |output: &outputs::Output| output.format == Format::Human && output.target == Target::Standard;
    if !options.output.quiet && outputs.iter().any(is_read_by_people) {
        let up = opened.up().filter(|_| report.findings.iter().any(|finding| finding.suppressed.is_none()));
        opened.note.iter().chain(&up).for_each(|note| output::note(note));
    }
    let threshold = options.fail_on.map(|level| level.severity()).or(settings.config.fail_on);
    let mut code = exit_code(&report.findings, threshold.unwrap_or(Severity::Warning), options);
    if code == ExitCode::SUCCESS && options.past.fail_on_stale && !options.exit_zero && is_stale(compared) {
        code = ExitCode::from(FOUND);
    }
    // The process ends here: taking the wiring apart piece by piece would be a measurable part of a run.
    std::mem::forget(report);
    Ok(code)
}

/// Rules and families as they are typed.
pub fn selectors(names: &[String]) -> Result<Vec<Selector>, Failure> {
    names.iter().map(|name| Selector::parse(name).map_err(|error| Failure::Message(error.to_string()))).collect()
}

/// What the command line selects replaces the configuration's selection; what it ignores comes on top.
fn with_selection(mut settings: Settings, options: &CheckArgs) -> Result<Settings, Failure> {
    if !options.select.is_empty() {
        settings.config.select = selectors(&options.select)?;
        // Who asks for a rule by name wants to hear of it, though it is off for the others.
        let selected = settings.config.select.clone();
        let is_off = |(rule, level): (Selector, Level)| level == Level::Off && selected.contains(&rule);
        settings.config.levels.retain(|stated| !is_off(stated.value));
    }
    settings.config.ignore.extend(selectors(&options.ignore)?);
    if options.no_ignores {
        settings.suppressions = Suppressions::LeaveOut;
    }
    Ok(settings)
}

fn is_stale(compared: Option<&Compared>) -> bool {
    compared.and_then(|compared| compared.baseline.as_ref()).is_some_and(|baseline| !baseline.stale.is_empty())
}

/// An internal error is not what the user asked about: it has its own code, whatever the threshold is.
fn exit_code(findings: &[Finding], threshold: Severity, options: &CheckArgs) -> ExitCode {
    let mut open = findings.iter().filter(|finding| finding.suppressed.is_none());
    if options.exit_zero {
        ExitCode::SUCCESS
    } else if findings.iter().any(|finding| finding.rule.0 == "internal-error") {
        ExitCode::from(FAULT)
    } else if open.any(|finding| finding.severity >= threshold) {
        ExitCode::from(FOUND)
    } else {
        ExitCode::SUCCESS
    }
}
