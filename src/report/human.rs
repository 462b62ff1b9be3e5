//! For people, in a terminal.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceCode,
    SourceSpan, SpanContents, ThemeCharacters, ThemeStyles,
};
use textwrap::{WordSeparator, WordSplitter};

use super::guard::{UNWRITTEN, guarded};
use super::redact::Form;
use super::words::{self, Counts, counted};
use super::{Detail, Page, Paint, Run, Source, Style, View, compared, coverage};
use crate::base::escape;
use crate::base::{FileId, Place};
use crate::rules::{Finding, RuleId, Severity};

/// Places of a finding that are shown, that of the fix included; `--verbose` shows all.
const MOST_PLACES: usize = 10;
/// Deployments of a finding that are named.
const MOST_DEPLOYMENTS: usize = 3;
/// Findings from which on a summary by rule follows them.
const FEWEST_SUMMED: usize = 3;

/// The findings with their sources, and a summary.
#[must_use]
pub fn render(run: Run<'_>, style: Style) -> Page {
    let view = View::new(run);
    let handler = handler(style);
    let mut out = String::new();
    for finding in run.findings.iter().filter(|finding| finding.suppressed.is_none()) {
        let drawn =
            guarded(|| drawn(&view, &handler, finding, style.detail)).or_else(|| guarded(|| plain(&view, finding)));
        out.push_str(&drawn.unwrap_or_else(|| format!("{} {}: {UNWRITTEN}\n", finding.severity.name(), finding.rule)));
        out.push('\n');
    }
    if style.detail == Detail::Full {
        details(&view, run.findings, &mut out);
    }
    out.push_str(&by_rule(run.findings));
    out.push_str(&summary(&view, run.findings));
    out.push_str(&compared::text(&view, style.detail));
    view.page(
        out,
        match style.paint {
            Paint::Colour => Form::Coloured,
            Paint::Plain => Form::Plain,
        },
    )
}

fn drawn(view: &View<'_>, handler: &GraphicalReportHandler, finding: &Finding, detail: Detail) -> String {
    let mut out = String::new();
    let (parts, further) = parts(view, finding, detail);
    for part in parts {
        // Writing into a string cannot fail.
        let _ = handler.render_report(&mut out, &part);
    }
    out.push_str(&further);
    out
}

/// A finding without its sources: miette cannot draw a place behind column 65,535, and nobody could read it.
fn plain(view: &View<'_>, finding: &Finding) -> String {
    let at = |place: Place| {
        let position = view.position(place);
        view.path(place.file).map(|path| format!("{path}:{}:{}: ", position.line, position.column)).unwrap_or_default()
    };
    let message = view.prose(&finding.message);
    let mut out = format!("{}{} {}: {message}\n", at(finding.place), finding.severity.name(), finding.rule);
    for (place, shows) in words::places(view, finding) {
        out.push_str(&format!("  {}{shows}\n", at(place)));
    }
    for line in help(view, finding, Detail::Summary).iter().flat_map(|help| help.lines()) {
        out.push_str(&format!("  help: {line}\n"));
    }
    out
}

fn handler(style: Style) -> GraphicalReportHandler {
    let styles = match style.paint {
        Paint::Colour => ThemeStyles::ansi(),
        Paint::Plain => ThemeStyles::none(),
    };
    GraphicalReportHandler::new_themed(GraphicalTheme { characters: ThemeCharacters::unicode(), styles })
        .with_width(style.width)
        .with_word_separator(WordSeparator::AsciiSpace)
        .with_word_splitter(WordSplitter::NoHyphenation)
        .with_break_words(false)
        .with_links(false)
        .with_context_lines(1)
        .without_cause_chain()
}

/// A file's text for miette. Its own sources count the lines of a part from the beginning of the file, so that it
/// draws parts as one that are far apart.
#[derive(Debug)]
struct Listing {
    path: String,
    source: Arc<Source>,
}

impl SourceCode for Listing {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        // miette's own reading begins at the start of the file, which is much where a file has many findings.
        let window =
            self.source.visible_window(span.offset(), span.len(), before, after).ok_or(MietteError::OutOfBounds)?;
        let lines = window.text.bytes().filter(|byte| *byte == b'\n').count();
        Ok(Box::new(MietteSpanContents::new_named(
            self.path.clone(),
            window.text.as_bytes(),
            (window.start, window.text.len()).into(),
            window.line,
            window.column,
            lines,
        )))
    }
}

/// What miette draws at once: a finding, or its evidence in one other file.
#[derive(Debug)]
struct Shown {
    message: String,
    code: Option<String>,
    severity: Option<miette::Severity>,
    help: Option<String>,
    source: Option<Listing>,
    labels: Vec<LabeledSpan>,
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Shown {}

impl Diagnostic for Shown {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.code.as_ref().map(|code| Box::new(code) as Box<dyn fmt::Display>)
    }

    fn severity(&self) -> Option<miette::Severity> {
        self.severity
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
}

/// The finding at its fix, then the evidence of its leading chain file by file; then, as text, a line for each further place.
fn parts(view: &View<'_>, finding: &Finding, detail: Detail) -> (Vec<Shown>, String) {
    let mut by_file: BTreeMap<FileId, Vec<(Place, String)>> = BTreeMap::new();
    let mut order: Vec<FileId> = Vec::new();
    let mut places = words::places(view, finding);
    let leading: BTreeSet<Place> =
        words::leading(finding).into_iter().flat_map(|chain| &chain.links).map(|(place, _)| *place).collect();
    // The leading chain's come first.
    let drawn = places.iter().take_while(|(place, _)| leading.contains(place)).count().min(MOST_PLACES - 1);
    let further = places.split_off(drawn);
    let shown = std::iter::once(finding.place).chain(places.iter().map(|(place, _)| *place));
    let shown: BTreeSet<(FileId, u32)> = shown.map(|place| (place.file, view.line(place))).collect();
    for (place, shows) in places {
        if !order.contains(&place.file) {
            order.push(place.file);
        }
        by_file.entry(place.file).or_default().push((place, shows));
    }
    let mut own = vec![(finding.place, view.prose(&finding.label))];
    own.extend(by_file.remove(&finding.place.file).unwrap_or_default());
    let others = order.iter().filter(|file| **file != finding.place.file);
    let evidence: Vec<Shown> = others.filter_map(|file| in_file(view, by_file.get(file)?)).collect();
    let fix = Shown {
        message: view.prose(&finding.message),
        code: Some(format!("{} {}", finding.severity.name(), finding.rule)),
        severity: Some(match finding.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
            Severity::Note => miette::Severity::Advice,
        }),
        help: help(view, finding, detail),
        source: source(view, finding.place.file),
        labels: labels(view, &own),
    };
    let room = match detail {
        Detail::Summary => MOST_PLACES - 1 - drawn,
        Detail::Full => usize::MAX,
    };
    (std::iter::once(fix).chain(evidence).collect(), lines(view, &further, shown, room))
}

/// One line for each place on a line that is not yet in `seen`, and how many are left out.
fn lines(view: &View<'_>, places: &[(Place, String)], mut seen: BTreeSet<(FileId, u32)>, room: usize) -> String {
    let mut all = Vec::new();
    for (place, shows) in places {
        let line = view.line(*place);
        if let Some(path) = view.path(place.file)
            && seen.insert((place.file, line))
        {
            all.push(format!("  also {path}:{line}  {shows}\n"));
        }
    }
    let hidden = all.len().saturating_sub(room);
    all.truncate(room);
    let mut text = all.concat();
    if hidden > 0 {
        text.push_str(&format!("  and {} (`--verbose` shows all)\n", counted(hidden, "more place")));
    }
    text
}

/// The places of the chains in one other file.
fn in_file(view: &View<'_>, places: &[(Place, String)]) -> Option<Shown> {
    let (first, _) = places.first()?;
    Some(Shown {
        message: format!("evidence in {}", view.path(first.file)?),
        code: None,
        severity: Some(miette::Severity::Advice),
        help: None,
        source: source(view, first.file),
        labels: labels(view, places),
    })
}

fn source(view: &View<'_>, file: FileId) -> Option<Listing> {
    Some(Listing { path: view.path(file)?.to_string(), source: view.source(file) })
}

/// Labels that do not overlap: overlapping ones are drawn wrong. An earlier one of the list wins.
fn labels(view: &View<'_>, places: &[(Place, String)]) -> Vec<LabeledSpan> {
    let mut taken: Vec<std::ops::Range<usize>> = Vec::new();
    let mut labels = Vec::new();
    for (place, text) in places {
        if view.path(place.file).is_none() {
            continue;
        }
        let range = first_line(&view.source(place.file).text, view.clamped(*place).range());
        if taken
            .iter()
            .any(|known| range.start < known.end.max(known.start + 1) && known.start < range.end.max(range.start + 1))
        {
            continue;
        }
        taken.push(range.clone());
        let visible = view.source(place.file);
        let (start, end) = (visible.visible().at(range.start), visible.visible().at(range.end));
        labels.push(LabeledSpan::new(Some(text.clone()), start, end.saturating_sub(start)));
    }
    labels
}

/// A span that runs over many lines is shown by its first one.
fn first_line(text: &str, range: std::ops::Range<usize>) -> std::ops::Range<usize> {
    let length = text[range.clone()].find('\n').unwrap_or(range.len());
    range.start..range.start + text[range.start..range.start + length].trim_end().len()
}

/// The help line, what the finding rests on, and what is not drawn.
fn help(view: &View<'_>, finding: &Finding, detail: Detail) -> Option<String> {
    let mut lines: Vec<String> = finding.help.iter().map(|help| view.paragraph(help)).collect();
    if !finding.assumptions.is_empty() {
        let all: Vec<String> = words::assumptions(&finding.assumptions).iter().map(|one| view.prose(one)).collect();
        lines.push(format!("likely, not proven: it holds if {}", all.join(", and if ")));
    }
    let connections: BTreeSet<_> = finding.chains.iter().filter_map(|chain| Some(chain.wire?.0)).collect();
    if connections.len() > 1 {
        lines.push(format!("{} are affected", counted(connections.len(), "connection")));
    }
    let deployments = words::deployments(view, finding);
    if !deployments.is_empty() {
        let hidden = deployments.len().saturating_sub(MOST_DEPLOYMENTS);
        let named = deployments.iter().take(MOST_DEPLOYMENTS).cloned().collect::<Vec<_>>().join("; ");
        let more = if hidden > 0 { format!("; and {hidden} more") } else { String::new() };
        lines.push(format!("breaks in {named}{more}"));
    }
    if detail == Detail::Full && !finding.rests_on.is_empty() {
        let files = words::rests_on(view, finding).join(", ");
        lines.push(view.prose(&format!("rests on these files, too: {files}")));
    }
    if finding.local {
        lines.push("git-ignored files take part: this is about this machine".to_owned());
    }
    (!lines.is_empty()).then(|| lines.join("\n"))
}

fn summary(view: &View<'_>, findings: &[Finding]) -> String {
    let counts = Counts::of(findings);
    let mut parts =
        vec![counted(counts.errors, "error"), counted(counts.warnings, "warning"), counted(counts.notes, "note")];
    if counts.suppressed > 0 {
        parts.push(format!("{} suppressed", counts.suppressed));
    }
    if counts.known > 0 {
        parts.push(format!("{} known", counts.known));
    }
    let covered = coverage::of(view);
    let end = match covered.connections {
        0 => String::new(),
        _ if covered.reached_an_end => String::new(),
        count => {
            format!("; of {} none could be followed to its end: see `wirelint trace`", counted(count, "connection"))
        }
    };
    format!("{} ({}){end}\n", parts.join(", "), covered.summary())
}

/// How many findings each rule has, in the order of the findings.
fn by_rule(findings: &[Finding]) -> String {
    let mut rules: Vec<(Severity, RuleId)> = Vec::new();
    let mut counts: BTreeMap<(Severity, RuleId), usize> = BTreeMap::new();
    for finding in findings.iter().filter(|finding| finding.suppressed.is_none()) {
        let count = counts.entry((finding.severity, finding.rule)).or_default();
        if *count == 0 {
            rules.push((finding.severity, finding.rule));
        }
        *count += 1;
    }
    if counts.values().sum::<usize>() < FEWEST_SUMMED {
        return String::new();
    }
    rules.sort_by_key(|key| (Reverse(key.0), Reverse(counts.get(key).copied()), key.1));
    let line = |key: &(Severity, RuleId)| {
        format!("{:>5}  {:<7}  {}\n", counts.get(key).copied().unwrap_or_default(), key.0.name(), key.1)
    };
    format!("By rule:\n{}\n", rules.iter().map(line).collect::<String>())
}

/// Suppressed findings, and everything that was not read or not known.
fn details(view: &View<'_>, findings: &[Finding], out: &mut String) {
    let mut section = |title: &str, lines: Vec<String>| {
        if !lines.is_empty() {
            out.push_str(&format!(
                "{title}:\n{}\n\n",
                lines.iter().map(|line| format!("  {}", escape::inline(line))).collect::<Vec<_>>().join("\n")
            ));
        }
    };
    let suppressed = findings.iter().filter_map(|finding| {
        let why = finding.suppressed.as_ref()?;
        let path = view.path(finding.place.file)?;
        if why.by.is_from_before() {
            return None;
        }
        let reason = if why.reason.is_empty() { "no reason given".to_owned() } else { view.prose(&why.reason) };
        Some(format!("{path}:{} {}: {reason}", view.position(finding.place).line, finding.rule))
    });
    section("suppressed", suppressed.collect());
    let covered = coverage::of(view);
    let pairs = |list: &[(String, String)]| list.iter().map(|(at, what)| format!("{at}: {what}")).collect::<Vec<_>>();
    section("left out", pairs(&covered.skipped));
    section("not read", pairs(&covered.not_read));
    section("partly read", pairs(&covered.partly_read));
    section("not found", pairs(&covered.not_found));
    section("not followed", pairs(&covered.unresolved));
    let ways = format!(
        "{} seen, {} read, {} parsed; {} followed in {}, {} of them with a step that is not known",
        counted(covered.seen, "file"),
        covered.read,
        covered.parsed,
        counted(covered.connections, "connection"),
        counted(covered.handshakes, "handshake"),
        covered.partly_unknown
    );
    section("covered", vec![ways]);
}
