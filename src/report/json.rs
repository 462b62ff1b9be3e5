//! One JSON document for programs.
//!
//! `schema_version` grows when a field changes its meaning or goes; new fields may come at any time.

use serde::Serialize;

use super::guard::{UNWRITTEN, guarded};
use super::words::{self, Counts};
use super::{Chosen, Compared, Page, View, coverage, fixes};
use crate::base::Place;
use crate::rules::{BaselineState, Finding, find};

/// `docs/wirelint-report.schema.json` says what each field holds.
#[derive(Serialize)]
pub(super) struct Document<'a> {
    schema_version: u32,
    tool: Tool,
    /// None where they were written before.
    #[serde(skip_serializing_if = "Option::is_none")]
    findings: Option<Vec<JsonFinding<'a>>>,
    summary: Summary,
    compared: Option<JsonCompared<'a>>,
    coverage: JsonCoverage,
}

/// What the findings were compared with.
#[derive(Serialize)]
struct JsonCompared<'a> {
    baseline: Option<JsonBaseline>,
    since: Option<JsonSince<'a>>,
}

#[derive(Serialize)]
struct JsonBaseline {
    file: String,
    stale: Vec<JsonStale>,
}

#[derive(Serialize)]
struct JsonStale {
    rule: String,
    path: String,
    message: String,
}

#[derive(Serialize)]
struct JsonSince<'a> {
    revision: String,
    commit: Option<&'a str>,
    is_merge_base: bool,
}

/// Who wrote a document.
#[derive(Serialize)]
pub(super) struct Tool {
    name: &'static str,
    version: &'static str,
}

impl Tool {
    /// This program.
    pub(super) fn this() -> Self {
        Self { name: "wirelint", version: env!("CARGO_PKG_VERSION") }
    }
}

/// A finding.
#[derive(Serialize)]
pub(super) struct JsonFinding<'a> {
    rule: &'a str,
    family: &'a str,
    severity: &'a str,
    message: String,
    place: Option<JsonPlace>,
    anchor: Option<JsonPlace>,
    label: String,
    help: Option<String>,
    fix: Option<JsonFix<'a>>,
    chains: Vec<Vec<Link>>,
    rests_on: Vec<String>,
    assumptions: Vec<String>,
    deployments: Vec<String>,
    fingerprint: String,
    local: bool,
    state: Option<&'a str>,
    suppressed: Option<JsonSuppressed<'a>>,
}

/// The edits that fix a finding.
#[derive(Serialize)]
struct JsonFix<'a> {
    title: String,
    applicability: &'a str,
    edits: Vec<JsonEdit>,
}

#[derive(Serialize)]
struct JsonEdit {
    #[serde(flatten)]
    place: JsonPlace,
    text: String,
}

/// A place as editors count.
#[derive(Serialize)]
pub(super) struct JsonPlace {
    path: String,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
}

#[derive(Serialize)]
struct Link {
    #[serde(flatten)]
    place: JsonPlace,
    shows: String,
}

#[derive(Serialize)]
struct JsonSuppressed<'a> {
    by: &'a str,
    reason: String,
}

#[derive(Serialize)]
struct Summary {
    errors: usize,
    warnings: usize,
    notes: usize,
    suppressed: usize,
    known: usize,
}

#[derive(Serialize)]
struct JsonCoverage {
    files_seen: usize,
    files_read: usize,
    files_parsed: usize,
    files_left_out: Vec<Gap>,
    not_read: Vec<Gap>,
    files_partly_read: Vec<Gap>,
    files_not_found: Vec<Gap>,
    ignored_env_files: usize,
    connections: usize,
    handshakes: usize,
    handshakes_partly_unknown: usize,
    urls_not_resolved: Vec<Gap>,
}

#[derive(Serialize)]
struct Gap {
    at: String,
    what: String,
}

/// The document, with a line break at its end.
#[must_use]
pub fn render(view: &View<'_>) -> Page {
    let findings = view.findings().iter().map(|one| finding(view, one)).collect();
    view.document(&Document { findings: Some(findings), ..rest(view) })
}

/// Everything but the findings.
pub(super) fn rest<'a>(view: &View<'a>) -> Document<'a> {
    let counts = Counts::of(view.findings());
    Document {
        schema_version: 1,
        tool: Tool::this(),
        findings: None,
        summary: Summary {
            errors: counts.errors,
            warnings: counts.warnings,
            notes: counts.notes,
            suppressed: counts.suppressed,
            known: counts.known,
        },
        compared: view.compared().map(|compared| json_compared(view, compared)),
        coverage: json_coverage(view),
    }
}

fn json_compared<'a>(view: &View<'_>, compared: &'a Compared) -> JsonCompared<'a> {
    let baseline = compared.baseline.as_ref().map(|baseline| JsonBaseline {
        file: view.prose(&baseline.file),
        stale: (baseline.stale.iter())
            .map(|stale| JsonStale {
                rule: view.prose(&stale.rule),
                path: view.prose(&stale.path),
                message: view.prose(&stale.message),
            })
            .collect(),
    });
    let since = compared.since.as_ref().map(|since| JsonSince {
        revision: view.prose(&since.revision),
        commit: since.commit.as_deref(),
        is_merge_base: since.chosen == Chosen::MergeBase,
    });
    JsonCompared { baseline, since }
}

/// A finding, or what is left of one that could not be written.
pub(super) fn finding<'a>(view: &View<'_>, finding: &'a Finding) -> JsonFinding<'a> {
    guarded(|| json_finding(view, finding)).unwrap_or_else(|| json_bare(finding))
}

fn json_finding<'a>(view: &View<'_>, finding: &'a Finding) -> JsonFinding<'a> {
    let chains = words::ordered(finding).into_iter().map(|chain| {
        let links = chain.links.iter();
        links
            .filter_map(|(place, shows)| Some(Link { place: json_place(view, *place)?, shows: view.prose(shows) }))
            .collect()
    });
    JsonFinding {
        rule: finding.rule.0,
        family: find(finding.rule.0).map_or("", |rule| rule.metadata().family.name()),
        severity: finding.severity.name(),
        message: view.prose(&finding.message),
        place: json_place(view, finding.place),
        anchor: finding.anchor.and_then(|anchor| json_place(view, anchor)),
        label: view.prose(&finding.label),
        help: finding.help.as_deref().map(|help| view.paragraph(help)),
        fix: json_fix(view, finding),
        chains: chains.collect(),
        rests_on: words::rests_on(view, finding),
        assumptions: words::assumptions(&finding.assumptions).iter().map(|one| view.prose(one)).collect(),
        deployments: words::deployments(view, finding),
        fingerprint: view.fingerprint(finding),
        local: finding.local,
        state: finding.state.map(BaselineState::name),
        suppressed: finding
            .suppressed
            .as_ref()
            .map(|suppressed| JsonSuppressed { by: suppressed.by.name(), reason: view.prose(&suppressed.reason) }),
    }
}

fn json_fix<'a>(view: &View<'_>, finding: &'a Finding) -> Option<JsonFix<'a>> {
    let shown = fixes::of(view, finding)?;
    let edits =
        shown.edits.into_iter().map(|edit| Some(JsonEdit { place: json_place(view, edit.place)?, text: edit.text }));
    Some(JsonFix {
        title: view.prose(&shown.fix.title),
        applicability: shown.fix.applicability.name(),
        edits: edits.collect::<Option<_>>()?,
    })
}

/// What is left of a finding that could not be written.
fn json_bare(finding: &Finding) -> JsonFinding<'_> {
    JsonFinding {
        deployments: Vec::new(),
        rule: finding.rule.0,
        family: "",
        severity: finding.severity.name(),
        message: UNWRITTEN.to_owned(),
        place: None,
        anchor: None,
        label: String::new(),
        help: None,
        fix: None,
        chains: Vec::new(),
        rests_on: Vec::new(),
        assumptions: Vec::new(),
        fingerprint: String::new(),
        local: finding.local,
        state: None,
        suppressed: None,
    }
}

pub(super) fn json_place(view: &View<'_>, place: Place) -> Option<JsonPlace> {
    let path = view.path(place.file)?.as_str().to_owned();
    let position = view.position(place);
    Some(JsonPlace {
        path,
        line: position.line,
        column: position.column,
        end_line: position.end_line,
        end_column: position.end_column,
    })
}

fn json_coverage(view: &View<'_>) -> JsonCoverage {
    let covered = coverage::of(view);
    let gaps = |list: Vec<(String, String)>| list.into_iter().map(|(at, what)| Gap { at, what }).collect();
    JsonCoverage {
        files_seen: covered.seen,
        files_read: covered.read,
        files_parsed: covered.parsed,
        files_left_out: gaps(covered.skipped),
        not_read: gaps(covered.not_read),
        files_partly_read: gaps(covered.partly_read),
        files_not_found: gaps(covered.not_found),
        ignored_env_files: covered.ignored_env_files,
        connections: covered.connections,
        handshakes: covered.handshakes,
        handshakes_partly_unknown: covered.partly_unknown,
        urls_not_resolved: gaps(covered.unresolved),
    }
}
