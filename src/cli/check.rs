//! `wirelint check`.

use std::process::ExitCode;

use super::args::{CheckArgs, Format};
use super::output::{self, FAULT, FOUND, Failure};
use super::tree::{self, Opened};
use crate::report::{Detail, Page, Run, Style, human, json, sarif};
use crate::rules::{Finding, Level, Selector, Severity, Suppressions};
use crate::{Report, Settings};

/// Runs the command.
pub fn run(options: &CheckArgs) -> Result<ExitCode, Failure> {
    let opened = tree::open(&options.paths, &options.tree)?;
    let settings = with_selection(opened.settings.clone(), options)?;
    let mut report = crate::check(&*opened.tree, &settings);
    report.findings.retain(|finding| opened.focus.covers(&report.wiring, finding));
    output::write(&render(&opened, &report, options), options.output.as_deref())?;
    if options.format == Format::Human {
        let up = opened.up().filter(|_| report.findings.iter().any(|finding| finding.suppressed.is_none()));
        opened.note.iter().chain(&up).for_each(|note| output::note(note));
    }
    let threshold = options.fail_on.map(|level| level.severity()).or(settings.config.fail_on);
    let code = exit_code(&report.findings, threshold.unwrap_or(Severity::Warning), options);
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

fn render(opened: &Opened, report: &Report, options: &CheckArgs) -> Page {
    let run = Run { tree: &*opened.tree, wiring: &report.wiring, findings: &report.findings };
    let detail = if options.verbose { Detail::Full } else { Detail::Summary };
    match options.format {
        Format::Human => {
            let look = output::look(options.color, options.output.as_deref());
            human::render(run, Style { paint: look.paint, width: look.width, detail })
        }
        Format::Json => json::render(run),
        Format::Sarif => sarif::render(run),
    }
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
