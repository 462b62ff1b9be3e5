//! SARIF 2.1.0, for code scanning and editors.
//!
//! Viewers show little of the format: one location, related locations that the message links to, the first thread flow,
//! the rule's help. What they show is filled; limits of the strictest consumer hold.

mod results;
mod rules;

use serde_json::Value;
use serde_sarif::sarif::{Invocation, Notification, Run as SarifRun, RunAutomationDetails, Sarif, Tool, ToolComponent};

use super::guard::guarded;
use super::{Page, Run, View};
use crate::base::escape::inline;
use crate::rules::{Finding, Severity};

/// Consumers cut or refuse more results than this.
const MOST_RESULTS: usize = 5_000;
/// Paths that were not read, of which each is a notification.
const MOST_UNREAD: usize = 100;

/// The document, with a line break at its end.
#[must_use]
pub fn render(run: Run<'_>) -> Page {
    let view = View::new(run);
    // What happens on one machine is nobody else's alert.
    let (placed, unplaced): (Vec<&Finding>, Vec<&Finding>) = run
        .findings
        .iter()
        .filter(|finding| !finding.local)
        .partition(|finding| view.path(finding.place.file).is_some());
    let cut = placed.len().saturating_sub(MOST_RESULTS);
    let shown = worst(placed);
    let mut notifications: Vec<Notification> =
        unplaced.iter().map(|finding| notification(view.prose(&finding.message), level(finding))).collect();
    if cut > 0 {
        let text = format!(
            "{cut} more results are left out, because consumers take {MOST_RESULTS} at most; the worst are kept."
        );
        notifications.push(notification(text, "warning"));
    }
    let unread = run.wiring.repository.coverage.unread.iter().filter(|unread| unread.why.may_matter());
    for unread in unread.take(MOST_UNREAD) {
        let text = format!("{} is not read: {}", inline(&unread.at), inline(&unread.why.to_string()));
        notifications.push(notification(text, "warning"));
    }
    let invocation = Invocation::builder()
        .execution_successful(unplaced.iter().all(|finding| finding.severity == Severity::Note))
        .tool_execution_notifications(notifications)
        .build();
    let results: Vec<_> = shown
        .into_iter()
        .map(|finding| guarded(|| results::of(&view, finding)).unwrap_or_else(|| results::bare(&view, finding)))
        .collect();
    let run = SarifRun::builder()
        .tool(Tool::builder().driver(driver()).build())
        .column_kind(Value::from("utf16CodeUnits"))
        .automation_details(RunAutomationDetails::builder().id("wirelint/").build())
        .invocations(vec![invocation])
        .results(results)
        .build();
    let document = Sarif::builder()
        .schema("https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json")
        .version(Value::from("2.1.0"))
        .runs(vec![run])
        .build();
    view.document(&document)
}

fn driver() -> ToolComponent {
    ToolComponent::builder().name("wirelint").semantic_version(env!("CARGO_PKG_VERSION")).rules(rules::all()).build()
}

fn level(finding: &Finding) -> &'static str {
    match finding.severity {
        Severity::Error | Severity::Warning => "error",
        Severity::Note => "note",
    }
}

fn notification(text: String, level: &str) -> Notification {
    let message = serde_sarif::sarif::Message::builder().text(text).build();
    Notification::builder().message(message).level(Value::from(level)).build()
}

/// At most as many findings as consumers take, the worst ones, in their order.
fn worst(findings: Vec<&Finding>) -> Vec<&Finding> {
    if findings.len() <= MOST_RESULTS {
        return findings;
    }
    let mut kept = Vec::with_capacity(MOST_RESULTS);
    for severity in [Severity::Error, Severity::Warning, Severity::Note] {
        kept.extend(findings.iter().copied().filter(|finding| finding.severity == severity));
    }
    kept.truncate(MOST_RESULTS);
    kept
}
