//! For people, in a terminal.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceCode,
    SourceSpan, SpanContents, ThemeCharacters, ThemeStyles,
};
use textwrap::{WordSeparator, WordSplitter};

use super::words::{self, Counts, counted};
use super::{Detail, Paint, Run, Source, Style, View, coverage};
use crate::base::escape::{self, Page};
use crate::base::{FileId, Place};
use crate::rules::{Finding, Severity};

/// In how many other files the evidence of a finding is drawn.
const MOST_FILES: usize = 6;

/// The findings with their sources, and a summary.
#[must_use]
pub fn render(run: Run<'_>, style: Style) -> Page {
    let view = View::new(run);
    let handler = handler(style);
    let mut out = String::new();
    for finding in run.findings.iter().filter(|finding| finding.suppressed.is_none()) {
        for part in parts(&view, finding) {
            // Writing into a string cannot fail.
            let _ = handler.render_report(&mut out, &part);
        }
        out.push('\n');
    }
    if style.detail == Detail::Full {
        details(&view, run.findings, &mut out);
    }
    out.push_str(&summary(&view, run.findings));
    match style.paint {
        Paint::Colour => Page::coloured(&out),
        Paint::Plain => Page::plain(&out),
    }
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
        let part = self.source.visible().text().read_span(span, before, after)?;
        let lines = part.data().iter().filter(|byte| **byte == b'\n').count();
        Ok(Box::new(MietteSpanContents::new_named(
            self.path.clone(),
            part.data(),
            *part.span(),
            part.line(),
            part.column(),
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

/// The finding at its fix, then its evidence file by file.
fn parts(view: &View<'_>, finding: &Finding) -> Vec<Shown> {
    let mut by_file: BTreeMap<FileId, Vec<(Place, String)>> = BTreeMap::new();
    let mut order: Vec<FileId> = Vec::new();
    for (place, shows) in words::places(view, finding) {
        if !order.contains(&place.file) {
            order.push(place.file);
        }
        by_file.entry(place.file).or_default().push((place, shows));
    }
    let mut own = vec![(finding.place, view.prose(&finding.label))];
    own.extend(by_file.remove(&finding.place.file).unwrap_or_default());
    let others = order.iter().filter(|file| **file != finding.place.file);
    let evidence: Vec<Shown> =
        others.clone().take(MOST_FILES).filter_map(|file| in_file(view, by_file.get(file)?)).collect();
    let hidden = others.count().saturating_sub(evidence.len());
    let fix = Shown {
        message: view.prose(&finding.message),
        code: Some(format!("{} {}", finding.severity.name(), finding.rule)),
        severity: Some(match finding.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
            Severity::Note => miette::Severity::Advice,
        }),
        help: help(view, finding, hidden),
        source: source(view, finding.place.file),
        labels: labels(view, &own),
    };
    std::iter::once(fix).chain(evidence).collect()
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
fn help(view: &View<'_>, finding: &Finding, hidden_files: usize) -> Option<String> {
    let mut lines: Vec<String> = finding.help.iter().map(|help| view.paragraph(help)).collect();
    if !finding.assumptions.is_empty() {
        let all: Vec<String> = words::assumptions(&finding.assumptions).iter().map(|one| view.prose(one)).collect();
        lines.push(format!("likely, not proven: it holds if {}", all.join(", and if ")));
    }
    let connections: BTreeSet<_> = finding.chains.iter().filter_map(|chain| Some(chain.wire?.0)).collect();
    if connections.len() > 1 {
        lines.push(format!("{} of the repository are affected", counted(connections.len(), "connection")));
    }
    if hidden_files > 0 {
        lines.push(format!("evidence in {} is not shown", counted(hidden_files, "more file")));
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
    format!("{} ({})\n", parts.join(", "), coverage::of(view).summary())
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
        let reason = if why.reason.is_empty() { "no reason given".to_owned() } else { view.prose(&why.reason) };
        Some(format!("{path}:{} {}: {reason}", view.position(finding.place).line, finding.rule))
    });
    section("suppressed", suppressed.collect());
    let covered = coverage::of(view);
    let pairs = |list: &[(String, String)]| list.iter().map(|(at, what)| format!("{at}: {what}")).collect::<Vec<_>>();
    section("left out", pairs(&covered.skipped));
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
