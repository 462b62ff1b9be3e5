//! For people, in a terminal.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceCode,
    SourceSpan, SpanContents, ThemeCharacters, ThemeStyles,
};
use textwrap::{WordSeparator, WordSplitter};

use super::fixes::Fixable;
use super::guard::{UNWRITTEN, guarded};
use super::redact::Form;
use super::words::{self, MOST_PLACES, counted};
use super::{Detail, Links, Page, Paint, Skipped, Source, Style, View, compared, coverage, links, summary};
use crate::base::{FileId, Place};
use crate::rules::{Finding, Severity};

/// Deployments of a finding that are named.
const MOST_DEPLOYMENTS: usize = 3;

/// The findings with their sources, and a summary.
#[must_use]
pub fn render(view: &View<'_>, style: Style) -> Page {
    let handler = handler(style);
    let mut out = String::new();
    for finding in view.open() {
        let drawn = guarded(|| drawn(view, &handler, finding, style)).or_else(|| guarded(|| plain(view, finding)));
        out.push_str(&drawn.unwrap_or_else(|| format!("{} {}: {UNWRITTEN}\n", finding.severity.name(), finding.rule)));
        out.push('\n');
    }
    if style.detail == Detail::Full {
        out.push_str(&summary::details(view));
    } else if style.skipped == Skipped::Listed {
        out.push_str(&summary::not_read(view, &coverage::of(view)));
    }
    if style.detail != Detail::Findings {
        out.push_str(&summary::by_rule(view, style));
        out.push_str(&summary::text(view));
        out.push_str(&Fixable::of(view).line());
        out.push_str(&compared::text(view, style.detail));
    }
    let form = match (style.paint, style.links) {
        (Paint::Plain, _) => Form::Plain,
        (Paint::Colour, Links::Without) => Form::Coloured,
        (Paint::Colour, Links::With) => Form::Linked,
    };
    view.page(out, form)
}

fn drawn(view: &View<'_>, handler: &GraphicalReportHandler, finding: &Finding, style: Style) -> String {
    let mut out = String::new();
    let (parts, further) = parts(view, finding, style);
    for part in parts {
        // Writing into a string cannot fail.
        let _ = handler.render_report(&mut out, &part);
    }
    out.push_str(&further);
    out
}

/// A finding without its sources: miette cannot draw a place behind column 65,535, and nobody could read it.
fn plain(view: &View<'_>, finding: &Finding) -> String {
    let at = |place: Place| words::at(view, place).map(|at| format!("{}: ", view.shown_path(&at))).unwrap_or_default();
    let message = view.sentence(&finding.message);
    let mut out = format!("{}{} {}: {message}\n", at(finding.place), finding.severity.name(), finding.rule);
    for (place, shows) in words::places(view, finding) {
        out.push_str(&format!("  {}{}\n", at(place), view.placed(&shows)));
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
fn parts(view: &View<'_>, finding: &Finding, style: Style) -> (Vec<Shown>, String) {
    let mut by_file: BTreeMap<FileId, Vec<(Place, String)>> = BTreeMap::new();
    let mut order: Vec<FileId> = Vec::new();
    let places = words::places(view, finding).into_iter();
    let mut places: Vec<(Place, String)> = places.map(|(place, shows)| (place, view.placed(&shows))).collect();
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
    let mut own = vec![(finding.place, view.sentence(&finding.label))];
    own.extend(by_file.remove(&finding.place.file).unwrap_or_default());
    let others = order.iter().filter(|file| **file != finding.place.file);
    let evidence: Vec<Shown> = others.filter_map(|file| in_file(view, by_file.get(file)?)).collect();
    let fix = Shown {
        message: view.sentence(&finding.message),
        code: Some(format!("{} {}", finding.severity.name(), rule(finding, style))),
        severity: Some(match finding.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
            Severity::Note => miette::Severity::Advice,
        }),
        help: help(view, finding, style.detail),
        source: source(view, finding.place.file),
        labels: labels(view, &own),
    };
    let room = match style.detail {
        Detail::Findings | Detail::Summary => MOST_PLACES - 1 - drawn,
        Detail::Full => usize::MAX,
    };
    (std::iter::once(fix).chain(evidence).collect(), lines(view, &further, shown, room))
}

/// The rule's id, which leads to its page where that is shown.
fn rule(finding: &Finding, style: Style) -> String {
    match (style.paint, style.links) {
        (Paint::Colour, Links::With) => links::linked(finding.rule),
        _ => finding.rule.to_string(),
    }
}

/// One line for each place on a line that is not yet in `seen`, and how many are left out.
fn lines(view: &View<'_>, places: &[(Place, String)], mut seen: BTreeSet<(FileId, u32)>, room: usize) -> String {
    let mut all = Vec::new();
    for (place, shows) in places {
        let line = view.line(*place);
        if let Some(path) = view.path(place.file)
            && seen.insert((place.file, line))
        {
            let at = view.shown_path(&format!("{path}:{line}"));
            all.push(format!("  also {at}  {shows}\n"));
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
        message: format!("evidence in {}", view.shown_path(&view.path(first.file)?.to_string())),
        code: None,
        severity: Some(miette::Severity::Advice),
        help: None,
        source: source(view, first.file),
        labels: labels(view, places),
    })
}

fn source(view: &View<'_>, file: FileId) -> Option<Listing> {
    Some(Listing { path: view.shown_path(&view.path(file)?.to_string()), source: view.source(file) })
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
    let mut lines: Vec<String> = finding.help.iter().map(|help| view.placed(&view.paragraph(help))).collect();
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
        let named = deployments
            .iter()
            .take(MOST_DEPLOYMENTS)
            .map(|name| view.shown_deployment(name))
            .collect::<Vec<_>>()
            .join("; ");
        let more = if hidden > 0 { format!("; and {hidden} more") } else { String::new() };
        lines.push(format!("breaks in {named}{more}"));
    }
    if detail == Detail::Full && !finding.rests_on.is_empty() {
        let files: Vec<String> = words::rests_on(view, finding).iter().map(|path| view.shown_path(path)).collect();
        let files = files.join(", ");
        lines.push(view.prose(&format!("rests on these files, too: {files}")));
    }
    if finding.local {
        lines.push("git-ignored files take part: this is about this machine".to_owned());
    }
    (!lines.is_empty()).then(|| lines.join("\n"))
}
