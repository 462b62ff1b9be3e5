//! Findings as diagnostics.

use std::collections::BTreeMap;

use lsp_types::{
    CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, NumberOrString, Position, Range, Url,
};

use super::checked::{Checked, Ranges};
use super::client::Client;
use crate::base::RepoPath;
use crate::config::{ConfigError, FILE_NAME};
use crate::report::{Alert, Run, View, alerts, notice};
use crate::rules::{Finding, Severity};

/// What diagnostics are called by.
const SOURCE: &str = "wirelint";

/// A finding that is shown.
#[derive(Debug)]
pub struct Shown {
    /// Its file.
    pub path: RepoPath,
    /// Its number among the findings of the run.
    pub finding: usize,
    /// How it is told.
    pub diagnostic: Diagnostic,
}

/// What the editor shows of a run.
#[derive(Debug, Default)]
pub struct Diagnostics {
    /// The findings.
    pub shown: Vec<Shown>,
    /// What is wrong with the configuration.
    pub refused: Option<(RepoPath, Diagnostic)>,
    /// What no file has, in words.
    pub elsewhere: Vec<String>,
}

impl Diagnostics {
    /// The findings of a file that meet a range.
    pub fn in_range(&self, path: &RepoPath, range: Range) -> impl Iterator<Item = &Shown> {
        let meets = move |one: Range| one.start <= range.end && range.start <= one.end;
        self.shown.iter().filter(move |one| one.path == *path && meets(one.diagnostic.range))
    }

    /// Those of a run.
    #[must_use]
    pub fn new(checked: &Checked, client: &Client) -> Self {
        let Checked { report, buffers, .. } = checked;
        let run = Run { tree: &buffers.tree, wiring: &report.wiring, findings: &report.findings, compared: None };
        let view = View::new(run);
        let ranges = Ranges::new(checked);
        let mut all =
            Self { refused: checked.refused.as_ref().map(|error| refused(checked, error)), ..Self::default() };
        // Alerts are in the order of the findings.
        let mut numbers = report.findings.iter().enumerate();
        for alert in alerts(&view) {
            let finding = numbers.find(|(_, one)| std::ptr::eq(*one, alert.finding)).map(|(number, _)| number);
            if !checked.folder.shown.covers(&report.wiring, alert.finding) {
                continue;
            }
            match ranges.of(alert.finding.place).zip(finding) {
                Some(((path, range), finding)) => {
                    let diagnostic = diagnostic(&ranges, client, &alert, range);
                    all.shown.push(Shown { path: path.clone(), finding, diagnostic });
                }
                None => all.elsewhere.push(alert.text),
            }
        }
        all
    }

    /// The diagnostics of each file.
    #[must_use]
    pub fn by_file(&self, checked: &Checked) -> BTreeMap<Url, Vec<Diagnostic>> {
        let shown = self.shown.iter().map(|one| (&one.path, &one.diagnostic));
        let refused = self.refused.iter().map(|(path, diagnostic)| (path, diagnostic));
        let mut files: BTreeMap<Url, Vec<Diagnostic>> = BTreeMap::new();
        for (path, diagnostic) in refused.chain(shown) {
            if let Some(uri) = checked.uri(path) {
                files.entry(uri).or_default().push(diagnostic.clone());
            }
        }
        files
    }
}

fn diagnostic(ranges: &Ranges<'_>, client: &Client, alert: &Alert<'_>, range: Range) -> Diagnostic {
    let mut message = alert.text.clone();
    let mut related = Vec::new();
    for (place, shows) in &alert.related {
        let Some(location) = ranges.location(*place) else { continue };
        if client.shows_related() {
            related.push(DiagnosticRelatedInformation { location, message: shows.clone() });
        } else if let Some((path, range)) = ranges.of(*place) {
            let line = format!("{path}:{} {shows}", range.start.line + 1);
            message.push_str(&format!("\n{}", notice(&line).as_str()));
        }
    }
    Diagnostic {
        range,
        severity: Some(severity(alert.finding)),
        code: Some(NumberOrString::String(alert.finding.rule.0.to_owned())),
        code_description: Url::parse(&alert.page).ok().map(|href| CodeDescription { href }),
        source: Some(SOURCE.to_owned()),
        message,
        related_information: (!related.is_empty()).then_some(related),
        ..Diagnostic::default()
    }
}

fn severity(finding: &Finding) -> DiagnosticSeverity {
    match finding.severity {
        Severity::Error => DiagnosticSeverity::ERROR,
        Severity::Warning => DiagnosticSeverity::WARNING,
        Severity::Note => DiagnosticSeverity::INFORMATION,
    }
}

/// A configuration that cannot be used, at the line that says so.
fn refused(checked: &Checked, error: &ConfigError) -> (RepoPath, Diagnostic) {
    let path = RepoPath::new(FILE_NAME).unwrap_or_else(RepoPath::root);
    let text = checked.text(&path);
    let lines = checked.lines(&path, &text);
    let line = error.line.unwrap_or(1).saturating_sub(1);
    let end = lines.offset(Position::new(line, u32::MAX), checked.encoding);
    let range = Range::new(Position::new(line, 0), lines.position(end, checked.encoding));
    let message = format!("{}; nothing is configured until this is fixed", error.message);
    let message = notice(&message).as_str().to_owned();
    let severity = Some(DiagnosticSeverity::ERROR);
    let source = Some(SOURCE.to_owned());
    (path, Diagnostic { range, severity, source, message, ..Diagnostic::default() })
}
