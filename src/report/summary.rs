//! What a run says besides its findings: how many there are, what was read, and what was not.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::redact::Form;
use super::words::{Counts, counted};
use super::{Links, Page, Paint, Statistics, Style, View, coverage, links};
use crate::base::{FileId, escape};
use crate::model::ConnectionId;
use crate::rules::{RuleId, Severity};

/// Findings from which on a summary by rule follows them.
const FEWEST_SUMMED: usize = 3;

/// The summary line by itself, with a line break at its end: what is said beside a report for programs.
#[must_use]
pub fn line(view: &View<'_>) -> Page {
    view.page(text(view), Form::Plain)
}

/// How many findings each rule has, in how many files and connections, by itself.
#[must_use]
pub fn statistics(view: &View<'_>) -> Page {
    let style = Style { statistics: Statistics::Full, ..Style::default() };
    view.page(by_rule(view, style), Form::Plain)
}

/// Each file that was not read, with the reason, by itself.
#[must_use]
pub fn skipped(view: &View<'_>) -> Page {
    view.page(not_read(view, &coverage::of(view)), Form::Plain)
}

pub(super) fn text(view: &View<'_>) -> String {
    let counts = Counts::of(view.findings());
    let covered = coverage::of(view);
    let end = match covered.connections {
        0 => String::new(),
        _ if covered.reached_an_end => String::new(),
        count => {
            format!("; of {} none could be followed to its end: see `wirelint trace`", counted(count, "connection"))
        }
    };
    format!("{} ({}){end}\n", counts.words(), covered.summary())
}

/// What is counted of a rule's findings of a severity.
#[derive(Default)]
struct Count {
    findings: usize,
    files: BTreeSet<FileId>,
    connections: BTreeSet<ConnectionId>,
}

/// How many findings each rule has: the worst first, then those with most.
pub(super) fn by_rule(view: &View<'_>, style: Style) -> String {
    let mut counts: BTreeMap<(Reverse<Severity>, RuleId), Count> = BTreeMap::new();
    for finding in view.open() {
        let count = counts.entry((Reverse(finding.severity), finding.rule)).or_default();
        count.findings += 1;
        count.files.extend(view.path(finding.place.file).map(|_| finding.place.file));
        count.connections.extend(finding.chains.iter().filter_map(|chain| Some(chain.wire?.0)));
    }
    let all: usize = counts.values().map(|count| count.findings).sum();
    if all == 0 || style.statistics == Statistics::Brief && all < FEWEST_SUMMED {
        return String::new();
    }
    let mut rows: Vec<((Reverse<Severity>, RuleId), Count)> = counts.into_iter().collect();
    rows.sort_by_key(|((severity, rule), count)| (*severity, Reverse(count.findings), *rule));
    let width = rows.iter().map(|((_, rule), _)| rule.0.len()).max().unwrap_or(0);
    let lines = rows.iter().map(|((Reverse(severity), rule), count)| {
        let shown = match (style.paint, style.links) {
            (Paint::Colour, Links::With) => links::linked(*rule),
            _ => rule.to_string(),
        };
        let more = match style.statistics {
            Statistics::Brief => String::new(),
            Statistics::Full => format!(
                "{}  in {}, {}",
                " ".repeat(width - rule.0.len()),
                counted(count.files.len(), "file"),
                counted(count.connections.len(), "connection")
            ),
        };
        format!("{:>5}  {:<7}  {shown}{more}\n", count.findings, severity.name())
    });
    format!("By rule:\n{}\n", lines.collect::<String>())
}

/// Suppressed findings, and everything that was not read or not known.
pub(super) fn details(view: &View<'_>) -> String {
    let suppressed = view.findings().iter().filter_map(|finding| {
        let why = finding.suppressed.as_ref()?;
        if why.by.is_from_before() {
            return None;
        }
        let path = view.path(finding.place.file)?;
        let reason = if why.reason.is_empty() { "no reason given".to_owned() } else { view.prose(&why.reason) };
        let at = view.shown_path(&format!("{path}:{}", view.position(finding.place).line));
        Some(format!("{at} {}: {reason}", finding.rule))
    });
    let covered = coverage::of(view);
    let ways = format!(
        "{} seen, {} read, {} parsed; {} followed in {}, {} of them with a step that is not known",
        counted(covered.seen, "file"),
        covered.read,
        covered.parsed,
        counted(covered.connections, "connection"),
        counted(covered.handshakes, "handshake"),
        covered.partly_unknown
    );
    [
        section("suppressed", suppressed),
        not_read(view, &covered),
        section("partly read", pairs(view, &covered.partly_read)),
        section("not found", pairs(view, &covered.not_found)),
        section("not followed", pairs(view, &covered.unresolved)),
        section("covered", [ways]),
    ]
    .concat()
}

/// Files that were left out, and what is in the tree and no file that is read.
pub(super) fn not_read(view: &View<'_>, covered: &coverage::Covered) -> String {
    [section("left out", pairs(view, &covered.skipped)), section("not read", pairs(view, &covered.not_read))].concat()
}

fn section(title: &str, lines: impl IntoIterator<Item = String>) -> String {
    let lines: Vec<String> = lines.into_iter().map(|line| format!("  {}\n", escape::inline(&line))).collect();
    if lines.is_empty() { String::new() } else { format!("{title}:\n{}\n", lines.concat()) }
}

fn pairs<'l>(view: &'l View<'_>, list: &'l [(String, String)]) -> impl Iterator<Item = String> + 'l {
    list.iter().map(|(at, what)| format!("{}: {what}", view.shown_path(at)))
}
