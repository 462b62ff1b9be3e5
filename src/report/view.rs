//! The repository as renderers see it: paths, positions, and text without secrets.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use serde::Serialize;

use super::fingerprint::Fingerprints;
use super::redact::{Form, Known};
use super::{Compared, Page, Run, here, redact, upload_hash};
use crate::base::escape::{self, Visible};
use crate::base::{FileId, LineIndex, Place, RepoPath, Span, Tree, decode};
use crate::model::Wiring;
use crate::rules::{Finding, Severity};

/// A file's text without secrets, as long as the text of the file.
#[derive(Clone, Debug, Default)]
pub struct Source {
    /// The text.
    pub text: String,
    /// Where its lines start.
    lines: LineIndex,
    /// The text as it is shown.
    visible: OnceLock<Visible>,
    /// Where the lines of that start.
    visible_lines: OnceLock<LineIndex>,
    /// What code scanning calls the first line of each alert by.
    line_hashes: OnceLock<Vec<String>>,
}

impl Source {
    /// The text as a terminal may show it.
    #[must_use]
    pub fn visible(&self) -> &Visible {
        self.visible.get_or_init(|| Visible::new(&self.text))
    }

    /// The shown lines of a span, with so many before and after it; `None` when the span is outside of the text.
    pub(super) fn visible_window(
        &self,
        start: usize,
        length: usize,
        before: usize,
        after: usize,
    ) -> Option<Window<'_>> {
        let text = self.visible().text();
        let lines = self.visible_lines.get_or_init(|| LineIndex::new(text));
        let end = start.checked_add(length).filter(|end| *end <= text.len())?;
        let line = |offset: usize| Some(lines.position(u32::try_from(offset).ok()?).line as usize);
        let first = line(start)?.saturating_sub(before).max(1);
        let last = line(end.saturating_sub(1).max(start))?.saturating_add(after);
        let from = lines.start(first)? as usize;
        let to = lines.start(last + 1).map_or(text.len(), |start| start as usize);
        // Without lines before, it begins at the span itself, which is what heads a drawing: `file:line:column`.
        let (from, column) = if before == 0 { (start, start - from) } else { (from, 0) };
        Some(Window { text: text.get(from..to)?, start: from, line: first - 1, column })
    }
}

/// Some lines of a text.
pub(super) struct Window<'t> {
    pub text: &'t str,
    /// The byte that they begin at.
    pub start: usize,
    /// The first of them, from 0.
    pub line: usize,
    /// The byte of that line that they begin at.
    pub column: usize,
}

/// Where something is, as editors count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// First line, from 1.
    pub line: u32,
    /// First column, from 1.
    pub column: u32,
    /// Last line.
    pub end_line: u32,
    /// The column after the last one.
    pub end_column: u32,
}

/// What a column counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Columns {
    /// Characters.
    Characters,
    /// UTF-16 code units, as SARIF and editors do.
    Utf16,
}

/// A redacted view of the files of a run; texts are read when they are first needed.
pub struct View<'a> {
    run: Run<'a>,
    sources: RefCell<BTreeMap<FileId, Arc<Source>>>,
    prints: OnceCell<Fingerprints<'a>>,
    known: OnceCell<Known>,
    /// Texts that were shown before, without their secrets.
    said: RefCell<BTreeMap<String, String>>,
    here: RepoPath,
}

/// Texts that are kept without their secrets.
const MOST_SAID: usize = 10_000;

impl<'a> View<'a> {
    /// A view of the files of `run`.
    #[must_use]
    pub fn new(run: Run<'a>) -> Self {
        Self {
            run,
            sources: RefCell::default(),
            prints: OnceCell::new(),
            known: OnceCell::new(),
            said: RefCell::default(),
            here: RepoPath::root(),
        }
    }

    /// The same for a person in this folder of the tree: what is for people has paths that are relative to it.
    #[must_use]
    pub fn seen_from(self, here: RepoPath) -> Self {
        Self { here, ..self }
    }

    /// A path of the tree as it is shown to the person, with or without a line behind it.
    pub(super) fn shown_path(&self, path: &str) -> String {
        here::relative(&self.here, path)
    }

    /// The name of a deployment and more; most are called as their files.
    pub(super) fn shown_deployment(&self, name: &str) -> String {
        let (deployment, mode) = name.split_at(name.rfind(", ").unwrap_or(name.len()));
        match self.run.wiring.repository.paths.contains(deployment) {
            true => format!("{}{mode}", self.shown_path(deployment)),
            false => name.to_owned(),
        }
    }

    /// A sentence without secrets, in which places are as they are shown to the person.
    pub(super) fn sentence(&self, text: &str) -> String {
        self.placed(&self.prose(text))
    }

    /// A text without secrets in which places are made so.
    pub(super) fn placed(&self, text: &str) -> String {
        here::sentence(&self.here, &self.run.wiring.repository.paths, text)
    }

    /// What the findings were compared with, when they were.
    #[must_use]
    pub fn compared(&self) -> Option<&'a Compared> {
        self.run.compared
    }

    /// Where the texts are from.
    pub(super) fn tree(&self) -> &'a dyn Tree {
        self.run.tree
    }

    /// The wiring.
    #[must_use]
    pub fn wiring(&self) -> &'a Wiring {
        self.run.wiring
    }

    /// The findings of the run, in the order in which they are shown.
    #[must_use]
    pub fn findings(&self) -> &'a [Finding] {
        self.run.findings
    }

    /// Those of them that nothing was said against.
    pub(super) fn open(&self) -> impl Iterator<Item = &'a Finding> {
        self.run.findings.iter().filter(|finding| finding.suppressed.is_none())
    }

    /// The open findings of a severity.
    pub(super) fn open_of(&self, severity: Severity) -> Vec<&'a Finding> {
        self.open().filter(|finding| finding.severity == severity).collect()
    }

    /// The path of a file; `None` for places that no file has.
    #[must_use]
    pub fn path(&self, file: FileId) -> Option<&'a RepoPath> {
        self.run.wiring.repository.get(file).map(|facts| &facts.path)
    }

    /// A sentence without secrets, all on one line.
    #[must_use]
    pub fn prose(&self, text: &str) -> String {
        escape::inline(&self.raw_prose(text)).into_owned()
    }

    /// A text of several lines without secrets.
    #[must_use]
    pub fn paragraph(&self, text: &str) -> String {
        escape::lines(&self.raw_prose(text)).into_owned()
    }

    /// A text without secrets, its control characters as they are: the page shows them.
    pub(super) fn raw_prose(&self, text: &str) -> String {
        // Thousands of findings may say the same.
        if let Some(known) = self.said.borrow().get(text) {
            return known.clone();
        }
        let shown = redact::prose(text, self.known());
        let mut said = self.said.borrow_mut();
        if said.len() < MOST_SAID {
            said.insert(text.to_owned(), shown.clone());
        }
        shown
    }

    /// A whole output, looked at once more before it leaves.
    pub(super) fn page(&self, text: String, form: Form) -> Page {
        redact::page(&text, self.known(), form)
    }

    /// A JSON document, with a line break at its end.
    #[must_use]
    pub fn document(&self, document: &impl Serialize) -> Page {
        // A document holds text and numbers only, which always can be written.
        let mut text = serde_json::to_string_pretty(document).unwrap_or_default();
        text.push('\n');
        self.page(text, Form::Json)
    }

    /// A file's text without secrets; empty when it cannot be read any more.
    #[must_use]
    pub fn source(&self, file: FileId) -> Arc<Source> {
        if let Some(known) = self.sources.borrow().get(&file) {
            return Arc::clone(known);
        }
        let source = Arc::new(self.read(file).unwrap_or_default());
        self.sources.borrow_mut().insert(file, Arc::clone(&source));
        source
    }

    /// The secret values of every file that a finding shows, and of the files that hold settings: a message may quote
    /// one without its name.
    pub(super) fn known(&self) -> &Known {
        self.known.get_or_init(|| {
            let mut files: BTreeSet<FileId> = BTreeSet::new();
            for finding in self.run.findings {
                files.insert(finding.place.file);
                files.extend(finding.chains.iter().flat_map(|chain| &chain.links).map(|(place, _)| place.file));
            }
            if self.run.findings.is_empty() {
                let hops = self.run.wiring.handshakes.iter().flat_map(|way| &way.hops);
                files.extend(hops.flat_map(|hop| &hop.places).map(|place| place.file));
            }
            Known::of_files(self.run.tree, self.run.wiring, files)
        })
    }

    fn read(&self, file: FileId) -> Option<Source> {
        let facts = self.run.wiring.repository.get(file)?;
        let mut bytes = Vec::new();
        self.run.tree.read(&facts.path, &mut bytes).ok()?;
        let text = redact::source(&decode(bytes).text, facts.kind, self.known());
        Some(Source { lines: LineIndex::new(&text), text, ..Source::default() })
    }

    /// `span` cut to what the text holds, on character boundaries.
    #[must_use]
    pub fn clamped(&self, place: Place) -> Span {
        let source = self.source(place.file);
        let boundary = |offset: u32| {
            let mut offset = (offset as usize).min(source.text.len());
            while !source.text.is_char_boundary(offset) {
                offset -= 1;
            }
            offset
        };
        Span::new(boundary(place.span.start), boundary(place.span.end))
    }

    /// Where a place is, as editors count; columns are characters.
    #[must_use]
    pub fn position(&self, place: Place) -> Position {
        self.counted(place, Columns::Characters)
    }

    /// The line of a place, without reading the file again.
    pub(super) fn line(&self, place: Place) -> u32 {
        self.run.wiring.repository.get(place.file).map_or(1, |facts| facts.lines.position(place.span.start).line)
    }

    pub(super) fn counted(&self, place: Place, columns: Columns) -> Position {
        let source = self.source(place.file);
        let span = self.clamped(place);
        let count = |offset: u32| {
            let at = source.lines.position(offset);
            let last = &source.text[(offset + 1 - at.column) as usize..offset as usize];
            let column = match columns {
                Columns::Characters => last.chars().count(),
                Columns::Utf16 => last.encode_utf16().count(),
            };
            (at.line, u32::try_from(column + 1).unwrap_or(u32::MAX))
        };
        let (line, column) = count(span.start);
        let (end_line, end_column) = count(span.end);
        Position { line, column, end_line, end_column }
    }

    /// What code scanning calls the line of a place by.
    pub(super) fn line_hash(&self, place: Place) -> Option<String> {
        let line = self.position(place).line as usize;
        let source = self.source(place.file);
        let hashes = source.line_hashes.get_or_init(|| self.hashes(place.file).unwrap_or_default());
        hashes.get(line.checked_sub(1)?).cloned()
    }

    /// The action that uploads results computes the same from the file itself, secrets included.
    fn hashes(&self, file: FileId) -> Option<Vec<String>> {
        let facts = self.run.wiring.repository.get(file)?;
        let mut bytes = Vec::new();
        self.run.tree.read(&facts.path, &mut bytes).ok()?;
        Some(upload_hash::lines(&decode(bytes).text))
    }

    /// What a finding of the run is known by, whatever else changes in the repository.
    #[must_use]
    pub fn fingerprint(&self, finding: &Finding) -> String {
        if let Some(print) = &finding.fingerprint {
            return print.clone();
        }
        let run = self.run;
        let prints = self.prints.get_or_init(|| Fingerprints::new(run.tree, run.wiring, run.findings));
        prints.of(finding).unwrap_or_default()
    }
}
