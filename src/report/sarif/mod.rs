//! SARIF 2.1.0, for code scanning and editors.
//!
//! Viewers show little of the format: one location, related locations that the message links to, the first thread flow,
//! the rule's help. What they show is filled; limits of the strictest consumer hold.

mod results;
mod rules;
mod types;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::guard::guarded;
use super::{Page, View, links};
use crate::base::escape::inline;
use crate::rules::{Finding, Severity};
use results::ROOT;
use types::{
    ArtifactLocation, Id, Invocation, Message, Notification, Sarif, SarifRun, Tool, ToolComponent,
    VersionControlDetails,
};

/// Consumers cut or refuse more results than this.
const MOST_RESULTS: usize = 5_000;
/// Paths that were not read, of which each is a notification.
const MOST_UNREAD: usize = 100;

/// The commit that the files are of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The repository's address, without credentials.
    pub repository: String,
    /// The commit's id.
    pub revision: String,
}

/// The document, with a line break at its end.
#[must_use]
pub fn render(view: &View<'_>, origin: Option<&Origin>) -> Page {
    // What happens on one machine is nobody else's alert.
    let (placed, unplaced): (Vec<&Finding>, Vec<&Finding>) = view
        .findings()
        .iter()
        .filter(|finding| !finding.local)
        .partition(|finding| view.path(finding.place.file).is_some());
    let cut = placed.len().saturating_sub(MOST_RESULTS);
    let mut notifications: Vec<Notification> =
        unplaced.iter().map(|finding| notification(view.prose(&finding.message), level(finding))).collect();
    if cut > 0 {
        let text = format!(
            "{cut} more results are left out, because consumers take {MOST_RESULTS} at most; open ones come first, the worst before others."
        );
        notifications.push(notification(text, "warning"));
    }
    let unread = view.wiring().repository.coverage.unread.iter().filter(|unread| unread.why.may_matter());
    for unread in unread.take(MOST_UNREAD) {
        let text = format!("{} is not read: {}", inline(&unread.at), inline(&unread.why.to_string()));
        notifications.push(notification(text, "warning"));
    }
    let run = SarifRun {
        automation_details: Id { id: "wirelint/" },
        column_kind: "utf16CodeUnits",
        invocations: vec![Invocation {
            execution_successful: unplaced.iter().all(|finding| finding.severity == Severity::Note),
            tool_execution_notifications: notifications,
        }],
        original_uri_base_ids: BTreeMap::from([(ROOT, root())]),
        results: worst(placed)
            .into_iter()
            .map(|finding| guarded(|| results::of(view, finding)).unwrap_or_else(|| results::bare(view, finding)))
            .collect(),
        taxonomies: rules::taxonomies(),
        tool: Tool { driver: driver() },
        version_control_provenance: origin.map(|origin| vec![provenance(origin)]),
    };
    let document = Sarif {
        schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        runs: vec![run],
        version: "2.1.0",
    };
    view.document(&document)
}

fn driver() -> ToolComponent {
    ToolComponent {
        information_uri: Some(links::HOME),
        name: "wirelint",
        rules: Some(rules::all()),
        semantic_version: Some(env!("CARGO_PKG_VERSION")),
        supported_taxonomies: Some(rules::supported()),
        ..ToolComponent::default()
    }
}

/// The folder that was checked: where it is on this machine is nobody's business.
fn root() -> ArtifactLocation {
    let description = Message { text: "The folder that was checked.".to_owned() };
    ArtifactLocation { description: Some(description), ..ArtifactLocation::default() }
}

fn provenance(origin: &Origin) -> VersionControlDetails {
    VersionControlDetails {
        mapped_to: ArtifactLocation { uri_base_id: Some(ROOT), ..ArtifactLocation::default() },
        repository_uri: origin.repository.clone(),
        revision_id: origin.revision.clone(),
    }
}

fn level(finding: &Finding) -> &'static str {
    match finding.severity {
        Severity::Error | Severity::Warning => "error",
        Severity::Note => "note",
    }
}

fn notification(text: String, level: &'static str) -> Notification {
    Notification { level, message: Message { text } }
}

/// At most as many findings as consumers take: open ones before those that somebody accepted or that were there before, then the
/// worst ones, in their order.
fn worst(mut findings: Vec<&Finding>) -> Vec<&Finding> {
    if findings.len() > MOST_RESULTS {
        findings.sort_by_key(|finding| (finding.suppressed.is_some(), Reverse(finding.severity)));
        findings.truncate(MOST_RESULTS);
    }
    findings
}
