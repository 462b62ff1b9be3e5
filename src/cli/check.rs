//! `wirelint check`.

use std::process::ExitCode;

use super::args::{CheckArgs, Format};
use super::baseline;
use super::output::{self, FAULT, FOUND, Failure};
use super::past::Past;
use super::tree::{self, Opened};
use crate::report::{Compared, Detail, Page, Run, Style, human, json, sarif};
use crate::rules::{Finding, Selector, Severity};
use crate::{Report, Settings};

/// Runs the command.
pub fn run(options: &CheckArgs) -> Result<ExitCode, Failure> {
    let opened = tree::open(&options.paths, &options.tree)?;
    let settings = with_selection(opened.settings.clone(), options)?;
    let past = Past::open(&opened, &options.past)?;
    let mut report = crate::check(&*opened.tree, &settings);
    if let Some(file) = &options.past.write_baseline {
        return baseline::write(&opened, &settings, report, file);
    }
    let compared = past.compare(&opened, &settings, &mut report);
    report.findings.retain(|finding| opened.focus.covers(&report.wiring, finding));
    output::write(&render(&opened, &report, compared.as_ref(), options), options.output.as_deref())?;
    let threshold = options.fail_on.map(|level| level.severity()).or(settings.config.fail_on);
    let mut code = exit_code(&report.findings, threshold.unwrap_or(Severity::Warning), options);
    if code == ExitCode::SUCCESS && options.past.fail_on_stale && !options.exit_zero && is_stale(compared.as_ref()) {
        code = ExitCode::from(FOUND);
    }
    // The process ends here: taking the wiring apart piece by piece would be a measurable part of a run.
    std::mem::forget(report);
    Ok(code)
}

/// What the command line selects replaces the configuration's selection; what it ignores comes on top.
fn with_selection(mut settings: Settings, options: &CheckArgs) -> Result<Settings, Failure> {
    let selectors = |names: &[String]| -> Result<Vec<Selector>, Failure> {
        names.iter().map(|name| Selector::parse(name).map_err(|error| Failure::Message(error.to_string()))).collect()
    };
    if !options.select.is_empty() {
        settings.config.select = selectors(&options.select)?;
    }
    settings.config.ignore.extend(selectors(&options.ignore)?);
    Ok(settings)
}

fn is_stale(compared: Option<&Compared>) -> bool {
    compared.and_then(|compared| compared.baseline.as_ref()).is_some_and(|baseline| !baseline.stale.is_empty())
}

fn render(opened: &Opened, report: &Report, compared: Option<&Compared>, options: &CheckArgs) -> Page {
    let run = Run { tree: &*opened.tree, wiring: &report.wiring, findings: &report.findings, compared };
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
