//! `wirelint check --fix` and `--diff`.

mod write;

use std::collections::BTreeMap;

use super::args::FixArgs;
use super::output::{self, Failure};
use super::tree::Opened;
use crate::apply::{self, Outcome, Text, Tried};
use crate::base::RepoPath;
use crate::report::{self, Run, View};
use crate::rules::{Applicability, Finding};
use crate::{Report, Settings};

/// Fixes that were held back and are named.
const MOST_NAMED: usize = 20;

/// Whether files changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Files {
    /// At least one.
    Changed,
    /// None.
    AsBefore,
}

/// What the fixes of a run would change, tried in memory. Only findings that are shown are fixed: open ones in the focus, and new ones
/// where they are compared with an earlier state.
pub fn tried(opened: &Opened, settings: &Settings, report: &Report, allowed: Applicability) -> Outcome {
    let wanted = |finding: &Finding| opened.focus.covers(&report.wiring, finding);
    apply::fixes(&*opened.tree, settings, report, allowed, &wanted)
}

/// Shows what would change, and says whether there is something.
pub fn show(opened: &Opened, report: &Report, outcome: &Outcome, options: &FixArgs) -> Result<Files, Failure> {
    let run = Run { tree: &*opened.tree, wiring: &report.wiring, findings: &report.findings, compared: None };
    let view = View::new(run);
    let diff: String =
        (outcome.texts.iter()).map(|(path, text)| report::diff(&view, path, &text.before, &text.after)).collect();
    output::write(&report::notice(&diff), None)?;
    say(outcome, "would be fixed", options);
    Ok(changed(&outcome.texts))
}

/// Writes what was fixed.
pub fn write(opened: &Opened, outcome: &Outcome, options: &FixArgs) -> Result<Files, Failure> {
    write::all(opened.root(), &outcome.texts).map_err(Failure::Message)?;
    say(outcome, "fixed", options);
    Ok(changed(&outcome.texts))
}

fn changed(texts: &BTreeMap<RepoPath, Text>) -> Files {
    if texts.is_empty() { Files::AsBefore } else { Files::Changed }
}

/// Says what was done and what was not, on standard error.
fn say(outcome: &Outcome, done: &str, options: &FixArgs) {
    for fixed in &outcome.fixed {
        output::note(&format!("{done}: {}", words(fixed)));
    }
    for held in outcome.held_back.iter().take(MOST_NAMED) {
        output::note(&format!("held back: {}", words(held)));
    }
    let files = outcome.texts.len();
    let fixed = counted(outcome.fixed.len(), "finding");
    let mut line = match outcome.fixed.is_empty() {
        true => format!("nothing {done}"),
        false => format!("{fixed} {done} in {}", counted(files, "file")),
    };
    if !outcome.held_back.is_empty() {
        line.push_str(&format!(
            "; {} held back, which would leave the finding or bring another one",
            counted(outcome.held_back.len(), "fix")
        ));
    }
    if outcome.fixed.is_empty() && !options.unsafe_fixes {
        line.push_str("; `--unsafe-fixes` has more where a person decides");
    }
    output::note(&line);
}

fn words(tried: &Tried) -> String {
    format!("{}:{} {}: {}", tried.path, tried.line, tried.rule, tried.title)
}

fn counted(count: usize, what: &str) -> String {
    match (count, what) {
        (1, what) => format!("1 {what}"),
        (count, "fix") => format!("{count} fixes"),
        (count, what) => format!("{count} {what}s"),
    }
}
