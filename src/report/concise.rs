//! One line for each finding: `path:line:column: severity rule message`, which editors and `grep` read.

use super::guard::{UNWRITTEN, guarded};
use super::redact::Form;
use super::{Page, View, words};
use crate::rules::Finding;

/// Where a finding is that no file has: the root.
const NOWHERE: &str = ".:1:1";

/// The open findings, a line for each.
#[must_use]
pub fn render(view: &View<'_>) -> Page {
    let lines = view.open().map(|finding| guarded(|| line(view, finding)).unwrap_or_else(|| bare(finding)));
    view.page(lines.collect(), Form::Plain)
}

fn line(view: &View<'_>, finding: &Finding) -> String {
    let at = words::at(view, finding.place).unwrap_or_else(|| NOWHERE.to_owned());
    format!("{at}: {} {} {}\n", finding.severity.name(), finding.rule, view.prose(&finding.message))
}

fn bare(finding: &Finding) -> String {
    format!("{NOWHERE}: {} {} {UNWRITTEN}\n", finding.severity.name(), finding.rule)
}
