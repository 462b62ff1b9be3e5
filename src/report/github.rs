//! Workflow commands, which GitHub's runner reads in the log of a step and shows as annotations at the lines.
//!
//! The runner takes `::name key=value,key=value::text`, undoes the escapes of `%`, carriage return and line feed everywhere, and
//! those of `:` and `,` in values. GitHub shows ten annotations of a kind for each step, and drops the rest without a word.

use super::guard::{UNWRITTEN, guarded};
use super::redact::Form;
use super::words::{counted, cut};
use super::{Page, View};
use crate::rules::{Finding, Severity};

/// Annotations of a kind that GitHub shows for each step.
const MOST: usize = 10;
/// Characters of an annotation: no message of a rule is longer, a hostile one may be.
const MOST_CHARACTERS: usize = 4_000;
/// How each line begins.
const COMMANDS: &[&str] = &["::error ", "::warning ", "::notice "];

/// The worst open findings, and how many are left out.
#[must_use]
pub fn render(view: &View<'_>) -> Page {
    let all = Severity::ALL.map(|severity| (severity, view.open_of(severity)));
    let is_cut = all.iter().any(|(_, findings)| findings.len() > MOST);
    let mut out = String::new();
    let mut left_out = Vec::new();
    for (severity, findings) in &all {
        // The line that says how many are left out is an annotation of the lowest kind, too.
        let most = if is_cut && *severity == Severity::Note { MOST - 1 } else { MOST };
        for finding in findings.iter().take(most) {
            out.push_str(&guarded(|| command(view, finding)).unwrap_or_else(|| bare(finding)));
        }
        let more = findings.len().saturating_sub(most);
        if more > 0 {
            left_out.push(counted(more, severity.name()));
        }
    }
    if !left_out.is_empty() {
        let text = format!(
            "{} more: GitHub shows {MOST} annotations of a kind for each step. `wirelint check` shows them all.",
            left_out.join(", ")
        );
        out.push_str(&format!("::notice title=wirelint::{}\n", data(&text)));
    }
    view.page(out, Form::Commands(COMMANDS))
}

fn command(view: &View<'_>, finding: &Finding) -> String {
    let mut properties = Vec::new();
    let place = finding.first_place();
    if let Some(path) = view.path(place.file) {
        let position = view.position(place);
        properties.push(format!("file={}", property(&path.to_string())));
        properties.push(format!("line={}", position.line));
        // Columns of a place of several lines are refused.
        if position.line == position.end_line {
            properties.push(format!("col={}", position.column));
        }
        properties.push(format!("endLine={}", position.end_line));
        if position.line == position.end_line {
            properties.push(format!("endColumn={}", position.end_column));
        }
    }
    properties.push(format!("title={}", title(finding)));
    let mut text = view.prose(&finding.message);
    if let Some(help) = &finding.help {
        text.push_str(&format!("\nFix: {}", view.paragraph(help)));
    }
    format!("::{} {}::{}\n", kind(finding.severity), properties.join(","), data(&cut(&text, MOST_CHARACTERS)))
}

fn bare(finding: &Finding) -> String {
    format!("::{} title={}::{}\n", kind(finding.severity), title(finding), data(UNWRITTEN))
}

fn title(finding: &Finding) -> String {
    property(&format!("wirelint ({})", finding.rule))
}

fn kind(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    }
}

/// The text of a command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
