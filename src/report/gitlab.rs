//! A code quality report for GitLab: what a merge request shows beside the lines, and the difference to the target branch.

use serde::Serialize;

use super::guard::{UNWRITTEN, guarded};
use super::words::cut;
use super::{Page, View};
use crate::rules::{Finding, Severity};

/// Characters of a description: it is shown in one line.
const MOST_CHARACTERS: usize = 1_000;
/// Where a finding is that no file has; a path is required.
const NOWHERE: &str = ".";

#[derive(Serialize)]
struct Issue<'a> {
    description: String,
    check_name: &'a str,
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
}

/// The open findings that are not about one machine alone, as one JSON array with a line break at its end.
#[must_use]
pub fn render(view: &View<'_>) -> Page {
    let all = view.open().filter(|finding| !finding.local).enumerate();
    let issues: Vec<Issue<'_>> =
        all.map(|(index, finding)| guarded(|| issue(view, finding)).unwrap_or_else(|| bare(finding, index))).collect();
    view.document(&issues)
}

fn issue<'a>(view: &View<'_>, finding: &'a Finding) -> Issue<'a> {
    let place = finding.first_place();
    let path = view.path(place.file);
    Issue {
        description: cut(&view.prose(&finding.message), MOST_CHARACTERS).into_owned(),
        check_name: finding.rule.0,
        fingerprint: view.fingerprint(finding),
        severity: severity(finding.severity),
        location: Location {
            path: path.map_or(NOWHERE, |path| path.as_str()).to_owned(),
            lines: Lines { begin: path.map_or(1, |_| view.position(place).line) },
        },
    }
}

/// What is left of a finding that could not be written. Issues with one fingerprint would be merged.
fn bare(finding: &Finding, index: usize) -> Issue<'_> {
    Issue {
        description: UNWRITTEN.to_owned(),
        check_name: finding.rule.0,
        fingerprint: format!("{}-{index}", finding.rule),
        severity: severity(finding.severity),
        location: Location { path: NOWHERE.to_owned(), lines: Lines { begin: 1 } },
    }
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "critical",
        Severity::Warning => "major",
        Severity::Note => "info",
    }
}
