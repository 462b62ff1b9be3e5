//! Findings as SARIF results.

use std::collections::BTreeMap;

use serde_json::Value;
use serde_sarif::sarif::{
    ArtifactLocation, CodeFlow, Location, Message, PhysicalLocation, PropertyBag, Region, Result as SarifResult,
    ResultLevel, Suppression, ThreadFlow, ThreadFlowLocation,
};

use crate::base::{Place, RepoPath};
use crate::report::guard::UNWRITTEN;
use crate::report::view::Columns;
use crate::report::{View, words};
use crate::rules::{Evidence, Finding, RULES, Severity, SuppressedBy};

/// Consumers show no more related locations than this.
const MOST_RELATED: usize = 90;
/// Wires whose chains are written; the first one is what viewers show.
const MOST_FLOWS: usize = 10;
/// The strictest consumer drops a whole result with a longer message.
const MOST_CHARACTERS: usize = 1_000;

/// The result of a finding.
pub(super) fn of(view: &View<'_>, finding: &Finding) -> SarifResult {
    let mut related = words::places(view, finding);
    if let Some(anchor) = finding.anchor {
        related.retain(|(place, _)| *place != anchor);
        related.insert(0, (finding.place, view.prose(&finding.label)));
    }
    related.truncate(MOST_RELATED);
    let mut prints = BTreeMap::from([("wirelint/v1".to_owned(), view.fingerprint(finding))]);
    // Code scanning takes the line of the first location.
    if let Some(hash) = view.line_hash(finding.first_place()) {
        prints.insert("primaryLocationLineHash".to_owned(), hash);
    }
    let mut result = SarifResult::builder()
        .rule_id(finding.rule.0)
        .message(Message::builder().text(message(view, finding, &related)).build())
        .level(level(finding.severity))
        .locations(location(view, finding.first_place()).into_iter().collect::<Vec<_>>())
        .partial_fingerprints(prints)
        .rank(rank(finding))
        .build();
    result.rule_index =
        RULES.iter().position(|rule| rule.id == finding.rule).and_then(|index| i64::try_from(index).ok());
    result.related_locations = related_locations(view, &related);
    result.code_flows = code_flows(view, finding);
    result.suppressions = suppressions(view, finding);
    result.baseline_state = finding.state.map(|state| Value::from(state.name()));
    result.properties = properties(view, finding);
    result
}

/// What is left of a result that could not be written: wirelint failed over its places.
pub(super) fn bare(view: &View<'_>, finding: &Finding) -> SarifResult {
    let path = view.path(finding.place.file).map(uri);
    let artifact = path.map(|uri| ArtifactLocation::builder().uri(uri).build());
    let physical = artifact.map(|artifact| PhysicalLocation::builder().artifact_location(artifact).build());
    let location = physical.map(|physical| Location::builder().physical_location(physical).build());
    SarifResult::builder()
        .rule_id(finding.rule.0)
        .message(Message::builder().text(UNWRITTEN).build())
        .level(level(finding.severity))
        .locations(location.into_iter().collect::<Vec<_>>())
        .build()
}

/// The message, followed by links to the related locations: viewers show only those that it links to.
fn message(view: &View<'_>, finding: &Finding, related: &[(Place, String)]) -> String {
    // `](` would begin a link of its own.
    let mut text = view.prose(&finding.message).replace("](", "] (");
    if let Some(help) = &finding.help {
        let help = format!(" Fix: {}.", view.paragraph(help).replace("](", "] (").replace('\n', " "));
        push_if_short(&mut text, &help);
    }
    let deployments = words::deployments(view, finding);
    if deployments.len() > 1 || view.wiring().deployments.len() > 1 && !deployments.is_empty() {
        push_if_short(&mut text, &format!(" Breaks in {}.", deployments.join("; ").replace("](", "] (")));
    }
    for (index, (place, shows)) in related.iter().enumerate() {
        let Some(path) = view.path(place.file) else { continue };
        let at = format!("{path}:{}", view.position(*place).line).replace(['[', ']'], "");
        let lead = if index == 0 { " Evidence:" } else { ";" };
        let shows = shows.replace("](", "] (");
        if !push_if_short(&mut text, &format!("{lead} [{at}]({}) {shows}", index + 1)) {
            break;
        }
    }
    text
}

fn push_if_short(text: &mut String, more: &str) -> bool {
    let fits = text.chars().count() + more.chars().count() < MOST_CHARACTERS;
    if fits {
        text.push_str(more);
    }
    fits
}

fn level(severity: Severity) -> ResultLevel {
    match severity {
        Severity::Error => ResultLevel::Error,
        Severity::Warning => ResultLevel::Warning,
        Severity::Note => ResultLevel::Note,
    }
}

/// Where a list sorted by importance puts it: what is proven is above what is likely.
fn rank(finding: &Finding) -> f64 {
    let base = match finding.severity {
        Severity::Error => 80.0,
        Severity::Warning => 50.0,
        Severity::Note => 20.0,
    };
    if finding.assumptions.is_empty() { base + 5.0 } else { base }
}

fn location(view: &View<'_>, place: Place) -> Option<Location> {
    let path = view.path(place.file)?;
    let position = view.counted(place, Columns::Utf16);
    let region = Region::builder()
        .start_line(i64::from(position.line))
        .start_column(i64::from(position.column))
        .end_line(i64::from(position.end_line))
        .end_column(i64::from(position.end_column))
        .build();
    let artifact = ArtifactLocation::builder().uri(uri(path)).build();
    let physical = PhysicalLocation::builder().artifact_location(artifact).region(region).build();
    Some(Location::builder().physical_location(physical).build())
}

fn told(view: &View<'_>, place: Place, shows: &str) -> Option<Location> {
    let mut location = location(view, place)?;
    location.message = Some(Message::builder().text(view.prose(shows)).build());
    Some(location)
}

fn related_locations(view: &View<'_>, related: &[(Place, String)]) -> Option<Vec<Location>> {
    let locations: Vec<Location> = (1..)
        .zip(related)
        .filter_map(|(id, (place, shows))| {
            let mut location = told(view, *place, shows)?;
            location.id = Some(id);
            Some(location)
        })
        .collect();
    (!locations.is_empty()).then_some(locations)
}

/// One flow for each wire, the most telling first.
fn code_flows(view: &View<'_>, finding: &Finding) -> Option<Vec<CodeFlow>> {
    let chains = words::ordered(finding).into_iter().take(MOST_FLOWS);
    let flows: Vec<CodeFlow> = chains.filter_map(|chain| code_flow(view, chain)).collect();
    (!flows.is_empty()).then_some(flows)
}

fn code_flow(view: &View<'_>, chain: &Evidence) -> Option<CodeFlow> {
    let steps: Vec<ThreadFlowLocation> = chain
        .links
        .iter()
        .filter_map(|(place, shows)| told(view, *place, shows))
        .map(|location| ThreadFlowLocation::builder().location(location).build())
        .collect();
    (!steps.is_empty())
        .then(|| CodeFlow::builder().thread_flows(vec![ThreadFlow::builder().locations(steps).build()]).build())
}

fn suppressions(view: &View<'_>, finding: &Finding) -> Option<Vec<Suppression>> {
    let suppressed = finding.suppressed.as_ref()?;
    let kind = match suppressed.by {
        SuppressedBy::Comment => "inSource",
        SuppressedBy::Settings | SuppressedBy::Baseline => "external",
        // Nobody has accepted it: `baselineState` says that it is there from before.
        SuppressedBy::Revision => return None,
    };
    let mut suppression = Suppression::builder().kind(Value::from(kind)).build();
    if !suppressed.reason.is_empty() {
        suppression.justification = Some(view.prose(&suppressed.reason));
    }
    Some(vec![suppression])
}

fn properties(view: &View<'_>, finding: &Finding) -> Option<PropertyBag> {
    let assumptions: Vec<String> = words::assumptions(&finding.assumptions).iter().map(|one| view.prose(one)).collect();
    let lists = [("assumptions", assumptions), ("deployments", words::deployments(view, finding))];
    let more: BTreeMap<String, Value> = lists
        .into_iter()
        .filter(|(_, list)| !list.is_empty())
        .map(|(name, list)| (name.to_owned(), Value::from(list)))
        .collect();
    if more.is_empty() {
        return None;
    }
    Some(PropertyBag::builder().additional_properties(more).build())
}

/// A path as a relative URI.
fn uri(path: &RepoPath) -> String {
    let mut uri = String::new();
    for byte in path.as_str().bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/!$&'()*+,;=@".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}
