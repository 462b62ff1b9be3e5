//! `wirelint check`.

use std::process::ExitCode;

use super::args::{CheckArgs, Target};
use super::fix::{self, Files};
use super::output::{self, FAULT, FOUND, Failure, Reader};
use super::past::Past;
use super::progress::{Progress, Wanted};
use super::times::Times;
use super::{baseline, outputs, tree, watch};
use crate::report::{self, Compared, Format, Origin, Run, View};
use crate::rules::{Finding, Level, RuleId, Selector, Severity, Suppressions};
use crate::{Report, Settings};

/// Runs the command.
pub fn run(options: &CheckArgs) -> Result<ExitCode, Failure> {
    if options.watch {
        return watch::run(options);
    }
    let Checked { report, code, .. } = once(options)?;
    // The process ends here: taking the wiring apart piece by piece would be a measurable part of a run.
    std::mem::forget(report);
    Ok(code)
}

/// What a run came to, after everything was written.
pub struct Checked {
    /// What was found, and the wiring; empty when a baseline was written.
    pub report: Report,
    /// What the program says when it ends.
    pub code: ExitCode,
    /// Whether somebody read the report to its end, as far as there is one on standard output.
    pub reader: Reader,
}

/// Checks the repository, and writes the reports.
pub fn once(options: &CheckArgs) -> Result<Checked, Failure> {
    let outputs = outputs::wanted(&options.output)?;
    let mut times = Times::start();
    let opened = tree::open(&options.paths, &options.tree)?;
    let settings = with_selection(opened.settings.clone(), options)?;
    let past = Past::open(&opened, &options.past)?;
    let progress = Progress::start(if options.output.quiet { Wanted::No } else { Wanted::Yes });
    let mut report = crate::check_in_stages(&*opened.tree, &settings, &mut |stage| {
        times.note(stage.name());
        progress.ended(stage);
    });
    if let Some(file) = &options.past.write_baseline {
        drop(progress);
        let code = baseline::write(&opened, &settings, report, file)?;
        return Ok(Checked { report: Report::default(), code, reader: Reader::There });
    }
    if past.is_asked() {
        progress.say("comparing");
    }
    let mut compared = past.compare(&opened, &settings, &mut report)?;
    times.note("compare");
    if let Some(allowed) = options.fix.allowed() {
        progress.say("fixing");
        let outcome = fix::tried(&opened, &settings, &report, allowed);
        times.note("fix");
        // From here on the report is seen.
        drop(progress);
        if options.fix.diff {
            let files = fix::show(&opened, &report, &outcome, &options.fix)?;
            let is_quiet = files == Files::AsBefore || options.exit_zero;
            let code = if is_quiet { ExitCode::SUCCESS } else { ExitCode::from(FOUND) };
            return Ok(Checked { report, code, reader: Reader::There });
        }
        if fix::write(&opened, &outcome, &options.fix)? == Files::Changed {
            report = crate::check(&*opened.tree, &settings);
            compared = past.compare(&opened, &settings, &mut report)?;
        }
    } else {
        drop(progress);
    }
    let is_meant =
        |finding: &Finding| finding.rule == RuleId::INTERNAL_ERROR || opened.focus.covers(&report.wiring, finding);
    report.findings.retain(is_meant);
    let compared = compared.as_ref();
    let run = Run { tree: &*opened.tree, wiring: &report.wiring, findings: &report.findings, compared };
    let origin = outputs::say_the_origin(&outputs)
        .then(|| opened.origin())
        .flatten()
        .map(|head| Origin { repository: head.repository, revision: head.revision });
    let here = opened.here();
    let view = View::new(run).seen_from(here.clone());
    let reader = outputs::write(&view, &outputs, &options.output, origin.as_ref())?;
    times.note("write");
    if options.output.statistics {
        times.say();
    }
    let is_read_by_people =
        |output: &outputs::Output| output.format == Format::Human && output.target == Target::Standard;
    if !options.output.quiet && outputs.iter().any(is_read_by_people) {
        let root = report::root_from(&here).filter(|_| report::sentences_name_files(&view));
        let up = root.map(|root| format!("paths in sentences are relative to `{root}`, the root of the repository"));
        opened.note.iter().chain(&up).for_each(|note| output::note(note));
    }
    let threshold = options.fail_on.map(|level| level.severity()).or(settings.config.fail_on);
    let mut code = exit_code(&report.findings, threshold.unwrap_or(Severity::Warning), options);
    if code == ExitCode::SUCCESS && options.past.fail_on_stale && !options.exit_zero && is_stale(compared) {
        code = ExitCode::from(FOUND);
    }
    Ok(Checked { report, code, reader })
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
    } else if findings.iter().any(|finding| finding.rule == RuleId::INTERNAL_ERROR) {
        ExitCode::from(FAULT)
    } else if open.any(|finding| finding.severity >= threshold) {
        ExitCode::from(FOUND)
    } else {
        ExitCode::SUCCESS
    }
}
