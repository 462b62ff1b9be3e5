//! Fixes as edits of text: what a rule says is to be changed becomes bytes that are replaced, in the words, quotes and indentation of
//! the file that they are in.
//!
//! Nothing is read of a language but its strings, comments and brackets. Where the text at a place is not what the change is for, there is
//! no edit and no fix: a wrong edit costs more than a missing one.

mod address;
mod command;
mod comment;
mod document;
mod list;
mod member;
mod scan;
mod statement;
mod word;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::base::{RepoPath, Span, Tree};
use crate::model::Wiring;
use crate::rules::{Change, Edit, Fix};
use document::Document;

/// Bytes of a text, and what takes their place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Replacement {
    /// The bytes of the text before.
    pub span: Span,
    /// What takes their place.
    pub text: String,
}

impl Replacement {
    fn new(range: std::ops::Range<usize>, text: impl Into<String>) -> Self {
        Self { span: range.into(), text: text.into() }
    }
}

/// What becomes of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileChange {
    /// Its text before.
    pub before: String,
    /// What is replaced, in the order of the text, none over another.
    pub replacements: Vec<Replacement>,
}

impl FileChange {
    /// Its text after.
    #[must_use]
    pub fn after(&self) -> String {
        let mut text = String::with_capacity(self.before.len());
        let mut at = 0;
        for replacement in &self.replacements {
            let range = replacement.span.range();
            text.push_str(self.before.get(at..range.start).unwrap_or_default());
            text.push_str(&replacement.text);
            at = range.end;
        }
        text.push_str(self.before.get(at..).unwrap_or_default());
        text
    }

    /// Where each replacement is in the text after, in their order.
    #[must_use]
    pub fn written(&self) -> Vec<std::ops::Range<usize>> {
        let mut ranges = Vec::new();
        // How long the text after is at the end of the last one, and where that end was before.
        let (mut after, mut before) = (0, 0);
        for Replacement { span, text } in &self.replacements {
            let range = span.range();
            let start = after + range.start - before;
            ranges.push(start..start + text.len());
            (after, before) = (start + text.len(), range.end);
        }
        ranges
    }

    /// Where a byte of the text before is in the text after; what was replaced is where its replacement begins.
    #[must_use]
    pub fn moved(&self, offset: u32) -> u32 {
        let mut moved = i64::from(offset);
        for Replacement { span, text } in &self.replacements {
            if span.end <= offset {
                moved += i64::try_from(text.len()).unwrap_or(0) - i64::from(span.end - span.start);
            } else if span.start < offset {
                moved -= i64::from(offset - span.start);
            }
        }
        u32::try_from(moved).unwrap_or(0)
    }

    /// Takes other edits of the same text in, when they are over none of those that are there.
    fn join(&mut self, other: &[Replacement]) -> bool {
        let meets = |one: &Replacement, other: &Replacement| {
            let (one, other) = (one.span, other.span);
            one == other || one.start < other.end && other.start < one.end
        };
        if other.iter().any(|new| self.replacements.iter().any(|known| meets(known, new) && known != new)) {
            return false;
        }
        self.replacements
            .extend(other.iter().filter(|new| !self.replacements.contains(new)).cloned().collect::<Vec<_>>());
        self.replacements.sort();
        true
    }
}

/// What becomes of files, by path.
pub type Changes = BTreeMap<RepoPath, FileChange>;

/// The edits of a fix in the files of a tree; `None` where the text of one is not what it is for.
#[must_use]
pub fn changes(tree: &dyn Tree, wiring: &Wiring, fix: &Fix) -> Option<Changes> {
    let mut changes = Changes::new();
    for edit in &fix.edits {
        let facts = wiring.repository.get(edit.place.file)?;
        if !changes.contains_key(&facts.path) {
            let mut bytes = Vec::new();
            tree.read(&facts.path, &mut bytes).ok()?;
            // What is not UTF-8 or holds NULs is not written anew.
            let before = String::from_utf8(bytes).ok().filter(|text| !text.contains('\0'))?;
            changes.insert(facts.path.clone(), FileChange { before, replacements: Vec::new() });
        }
        let change = changes.get_mut(&facts.path)?;
        let made = made(&Document { text: &change.before, kind: facts.kind }, wiring, edit)?;
        if !change.join(&made) {
            return None;
        }
    }
    let differs = !changes.is_empty() && changes.values().all(|change| change.after() != change.before);
    differs.then_some(changes)
}

/// Puts the edits of two fixes together; `None` when one is over the other.
#[must_use]
pub fn together(one: &Changes, other: &Changes) -> Option<Changes> {
    let mut all = one.clone();
    for (path, change) in other {
        match all.get_mut(path) {
            None => {
                all.insert(path.clone(), change.clone());
            }
            Some(known) if known.before == change.before && apart(known, change) => {
                if !known.join(&change.replacements) {
                    return None;
                }
            }
            Some(_) => return None,
        }
    }
    Some(all)
}

/// Whether no edit of one file is at the edge of one of the other: two lines that are put at one place are put there one after the other.
fn apart(one: &FileChange, other: &FileChange) -> bool {
    let touches = |a: Span, b: Span| a.start <= b.end && b.start <= a.end;
    !one.replacements.iter().any(|one| other.replacements.iter().any(|other| touches(one.span, other.span)))
}

fn made(document: &Document<'_>, wiring: &Wiring, edit: &Edit) -> Option<Vec<Replacement>> {
    let at = edit.place.span.range();
    // Places are of the text that was read; it is the same one unless the file changed since.
    document.text.get(at.clone())?;
    match &edit.change {
        Change::Word { from, to } => word::word(document, at, from, to),
        Change::Address { from, to } => address::address(document, at, from, to),
        Change::Path { from, to } => address::path(document, at, from, to),
        Change::Text(to) => word::text(document, at, to),
        Change::Ending(ending) => address::ending(document, at, ending),
        Change::Behind(text) => word::behind(document, at, text),
        Change::Expression { from, code } => word::expression(document, at, from, code),
        Change::Compared { from, to } => word::compared(document, at, from, to),
        Change::Wrapped(function) => word::wrapped(document, at, function),
        Change::After(lines) => statement::after(document, at, lines),
        Change::Before(lines) => statement::before(document, at, lines),
        Change::First(lines) => statement::first(document, at, lines),
        Change::Statement(lines) => statement::instead(document, at, lines),
        Change::Remove => statement::remove(document, at),
        Change::MoveBefore(target) => {
            let same = wiring.repository.get(target.file).is_some() && target.file == edit.place.file;
            statement::move_before(document, at, target.span.range()).filter(|_| same)
        }
        Change::Element(value) => list::element(document, at, value),
        Change::Member(member) => member::add(document, at, member),
        Change::Option { member } => member::option(document, at, member),
        Change::ListOf { name, value } => member::list_of(document, at, name, value),
        Change::Property { name, with } => member::replace(document, at, name, with),
        Change::Spread { name, member } => member::spread(document, at, name, member),
        Change::Extra { name, extra } => word::extra(document, at, name, extra),
        Change::Words(words) => command::words(document, at, words),
        Change::Line(line) => statement::at_the_end(document, line),
        Change::Comment => comment::without(document, at),
        Change::CommentWords(words) => comment::words(document, at, words),
        Change::Listed(name) => comment::unlisted(document, at, name),
    }
}
