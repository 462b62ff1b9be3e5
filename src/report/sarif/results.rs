//! Findings as SARIF results.

use std::collections::BTreeMap;

use serde_json::Value;

use super::types::{
    ArtifactChange, ArtifactContent, ArtifactLocation, CodeFlow, Location, Message, PhysicalLocation, Properties,
    Region, Replacement, SarifFix, SarifResult, Step, Suppression, ThreadFlow,
};
use crate::base::{Place, RepoPath};
use crate::report::guard::UNWRITTEN;
use crate::report::view::Columns;
use crate::report::{View, fixes, words};
use crate::rules::{BaselineState, Evidence, Finding, RULES, Severity, SuppressedBy};

/// What paths are relative to, in the name that code scanning knows.
pub(super) const ROOT: &str = "%SRCROOT%";
/// Wires whose chains are written; the first one is what viewers show.
const MOST_FLOWS: usize = 10;
/// Consumers show no more steps of a result than this.
const MOST_STEPS: usize = 1_000;
/// The strictest consumer cuts or drops a whole result with a message of 2,048.
const MOST_CHARACTERS: usize = 1_000;

/// The result of a finding.
pub(super) fn of(view: &View<'_>, finding: &Finding) -> SarifResult {
    let mut related = words::places(view, finding);
    if let Some(anchor) = finding.anchor {
        related.retain(|(place, _)| *place != anchor);
        related.insert(0, (finding.place, view.prose(&finding.label)));
    }
    related.truncate(words::MOST_RELATED);
    let mut prints = BTreeMap::from([("wirelint/v1", view.fingerprint(finding))]);
    // Code scanning takes the line of the first location.
    if let Some(hash) = view.line_hash(finding.first_place()) {
        prints.insert("primaryLocationLineHash", hash);
    }
    SarifResult {
        baseline_state: finding.state.map(BaselineState::name),
        code_flows: code_flows(view, finding),
        fixes: fixes(view, finding),
        level: finding.severity.name(),
        locations: location(view, finding.first_place()).into_iter().collect(),
        message: Message { text: message(view, finding, &related) },
        partial_fingerprints: Some(prints),
        properties: properties(view, finding),
        rank: Some(rank(finding)),
        related_locations: related_locations(view, &related),
        rule_id: finding.rule.0,
        rule_index: RULES.iter().position(|rule| rule.id == finding.rule),
        suppressions: suppressions(view, finding),
    }
}

/// What is left of a result that could not be written: wirelint failed over its places.
pub(super) fn bare(view: &View<'_>, finding: &Finding) -> SarifResult {
    let location = |path: &RepoPath| Location {
        physical_location: PhysicalLocation { artifact_location: artifact(path), region: None },
        ..Location::default()
    };
    SarifResult {
        level: finding.severity.name(),
        locations: view.path(finding.place.file).map(location).into_iter().collect(),
        message: Message { text: UNWRITTEN.to_owned() },
        rule_id: finding.rule.0,
        ..SarifResult::default()
    }
}

/// The message, followed by links to the related locations: viewers show only those that it links to.
fn message(view: &View<'_>, finding: &Finding, related: &[(Place, String)]) -> String {
    // `](` would begin a link of its own.
    let text = view.prose(&finding.message).replace("](", "] (");
    let mut text = words::cut(&text, MOST_CHARACTERS - 1).into_owned();
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

/// Where a list sorted by importance puts it: what is proven is above what is likely.
fn rank(finding: &Finding) -> f64 {
    let base = match finding.severity {
        Severity::Error => 80.0,
        Severity::Warning => 50.0,
        Severity::Note => 20.0,
    };
    if finding.assumptions.is_empty() { base + 5.0 } else { base }
}

/// The edits that fix a finding, by file.
fn fixes(view: &View<'_>, finding: &Finding) -> Option<Vec<SarifFix>> {
    let shown = fixes::of(view, finding)?;
    let mut files: BTreeMap<&RepoPath, Vec<Replacement>> = BTreeMap::new();
    for edit in shown.edits {
        let inserted_content = (!edit.text.is_empty()).then_some(ArtifactContent { text: edit.text });
        let replacement = Replacement { deleted_region: region(view, edit.place), inserted_content };
        files.entry(view.path(edit.place.file)?).or_default().push(replacement);
    }
    let changes = files.into_iter();
    let artifact_changes =
        changes.map(|(path, replacements)| ArtifactChange { artifact_location: artifact(path), replacements });
    let fix = shown.fix;
    let description = Message { text: format!("{} ({})", view.prose(&fix.title), fix.applicability.name()) };
    Some(vec![SarifFix { artifact_changes: artifact_changes.collect(), description }])
}

fn region(view: &View<'_>, place: Place) -> Region {
    let position = view.counted(place, Columns::Utf16);
    Region {
        end_column: position.end_column,
        end_line: position.end_line,
        start_column: position.column,
        start_line: position.line,
    }
}

fn location(view: &View<'_>, place: Place) -> Option<Location> {
    let artifact_location = artifact(view.path(place.file)?);
    let physical_location = PhysicalLocation { artifact_location, region: Some(region(view, place)) };
    Some(Location { physical_location, ..Location::default() })
}

fn artifact(path: &RepoPath) -> ArtifactLocation {
    ArtifactLocation { uri: Some(uri(path)), uri_base_id: Some(ROOT), ..ArtifactLocation::default() }
}

/// A place with what is to be seen there, in words that are ready to be shown.
fn told(view: &View<'_>, place: Place, shows: String) -> Option<Location> {
    let message = Some(Message { text: shows });
    Some(Location { message, ..location(view, place)? })
}

fn related_locations(view: &View<'_>, related: &[(Place, String)]) -> Option<Vec<Location>> {
    let locations: Vec<Location> = (1..)
        .zip(related)
        .filter_map(|(id, (place, shows))| Some(Location { id: Some(id), ..told(view, *place, shows.clone())? }))
        .collect();
    (!locations.is_empty()).then_some(locations)
}

/// One flow for each wire, the most telling first.
fn code_flows(view: &View<'_>, finding: &Finding) -> Option<Vec<CodeFlow>> {
    let mut room = MOST_STEPS;
    let mut flows = Vec::new();
    for chain in words::ordered(finding).into_iter().take(MOST_FLOWS) {
        let mut locations = steps(view, finding, chain);
        locations.truncate(room);
        room -= locations.len();
        if !locations.is_empty() {
            flows.push(CodeFlow { thread_flows: vec![ThreadFlow { locations }] });
        }
    }
    (!flows.is_empty()).then_some(flows)
}

/// What the browser's connection meets, and at the end the place of the fix where it is none of those.
fn steps(view: &View<'_>, finding: &Finding, chain: &Evidence) -> Vec<Step> {
    let mut links: Vec<(Place, &str)> = chain.links.iter().map(|(place, shows)| (*place, shows.as_str())).collect();
    if !links.is_empty() && links.iter().all(|(place, _)| *place != finding.place) {
        links.truncate(MOST_STEPS - 1);
        links.push((finding.place, &finding.label));
    }
    links
        .into_iter()
        .filter_map(|(place, shows)| Some(Step { location: told(view, place, view.prose(shows))? }))
        .collect()
}

fn suppressions(view: &View<'_>, finding: &Finding) -> Option<Vec<Suppression>> {
    let suppressed = finding.suppressed.as_ref()?;
    let kind = match suppressed.by {
        SuppressedBy::Comment => "inSource",
        SuppressedBy::Settings | SuppressedBy::Baseline => "external",
        // Nobody has accepted it: `baselineState` says that it is there from before.
        SuppressedBy::Revision => return None,
    };
    let justification = (!suppressed.reason.is_empty()).then(|| view.prose(&suppressed.reason));
    Some(vec![Suppression { justification, kind }])
}

fn properties(view: &View<'_>, finding: &Finding) -> Option<Properties> {
    let assumptions: Vec<String> = words::assumptions(&finding.assumptions).iter().map(|one| view.prose(one)).collect();
    let lists = [("assumptions", assumptions), ("deployments", words::deployments(view, finding))];
    let more: BTreeMap<&'static str, Value> =
        lists.into_iter().filter(|(_, list)| !list.is_empty()).map(|(name, list)| (name, Value::from(list))).collect();
    (!more.is_empty()).then_some(Properties { tags: None, more })
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
