//! Fixes as reports carry them: bytes of files that are replaced, with what takes their place.

use imara_diff::{Algorithm, Diff, Hunk, InternedInput};

use super::{View, redact};
use crate::base::{FileId, Place, RepoPath};
use crate::fix::{self, FileChange};
use crate::rules::{Applicability, Finding, Fix};

/// A replacement in a file.
pub(super) struct Edit {
    /// What is replaced.
    pub place: Place,
    /// What takes its place.
    pub text: String,
}

/// A fix whose edits are known.
pub(super) struct Shown<'a> {
    /// What it is.
    pub fix: &'a Fix,
    /// Its edits, by path and place.
    pub edits: Vec<Edit>,
}

/// The fix of a finding, when its edits are possible in the text and tell no secret.
pub(super) fn of<'a>(view: &View<'_>, finding: &'a Finding) -> Option<Shown<'a>> {
    let fix = finding.fix.as_ref().filter(|_| finding.suppressed.is_none())?;
    let repository = &view.wiring().repository;
    let mut edits = Vec::new();
    for (path, change) in fix::changes(view.tree(), view.wiring(), fix)? {
        let file = repository.find(&path)?;
        if !is_harmless(view, file, &change) {
            return None;
        }
        let made = change.replacements.into_iter();
        edits.extend(made.map(|one| Edit { place: Place::new(file, one.span), text: one.text }));
    }
    Some(Shown { fix, edits })
}

/// Whether what is written anew would be shown as it is.
fn is_harmless(view: &View<'_>, file: FileId, change: &FileChange) -> bool {
    let Some(facts) = view.wiring().repository.get(file) else { return false };
    let after = change.after();
    change.replacements.iter().zip(change.written()).all(|(replacement, written)| {
        // The lines that it is on say what a value is.
        let first = after.get(..written.start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
        let rest = after.get(written.end..).unwrap_or_default();
        let last = rest.find('\n').map_or(after.len(), |at| written.end + at);
        let lines = after.get(first..last).unwrap_or_default();
        let shown = redact::source(lines, facts.kind, view.known());
        shown.get(written.start - first..written.end - first) == Some(replacement.text.as_str())
    })
}

/// How many open findings have fixes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Fixable {
    /// By `--fix`.
    pub safe: usize,
    /// By `--unsafe-fixes` alone.
    pub more: usize,
}

impl Fixable {
    /// Of a run.
    pub fn of(view: &View<'_>) -> Self {
        let mut fixable = Self::default();
        for finding in view.open() {
            let Some(fix) = &finding.fix else { continue };
            if fix::changes(view.tree(), view.wiring(), fix).is_none() {
                continue;
            }
            match fix.applicability {
                Applicability::Safe => fixable.safe += 1,
                Applicability::Unsafe => fixable.more += 1,
            }
        }
        fixable
    }

    /// As a line, with a line break at its end; nothing when there are none.
    pub fn line(self) -> String {
        match (self.safe, self.more) {
            (0, 0) => String::new(),
            (safe, 0) => format!("{safe} fixable with `--fix`\n"),
            (0, more) => format!("{more} fixable with `--unsafe-fixes`\n"),
            (safe, more) => format!("{safe} fixable with `--fix`, {more} more with `--unsafe-fixes`\n"),
        }
    }
}

/// A text before and after an edit, as `diff -u` shows what differs, without secrets.
pub fn diff(view: &View<'_>, path: &RepoPath, before: &str, after: &str) -> String {
    let repository = &view.wiring().repository;
    let kind = repository.find(path).and_then(|file| repository.get(file)).map(|facts| facts.kind);
    let Some(kind) = kind else { return String::new() };
    let shown = |text: &str| redact::source(text, kind, view.known());
    let (before, after) = (shown(before), shown(after));
    let input = InternedInput::new(before.as_str(), after.as_str());
    let mut lines = Diff::compute(Algorithm::Histogram, &input);
    lines.postprocess_lines(&input);
    let hunks: Vec<Hunk> = lines.hunks().collect();
    let (old, new): (Vec<&str>, Vec<&str>) =
        (before.split_inclusive('\n').collect(), after.split_inclusive('\n').collect());
    let mut out = format!("--- a/{path}\n+++ b/{path}\n");
    // Hunks whose lines around them meet are one.
    for group in hunks.chunk_by(|one, next| next.before.start - one.before.end <= 2 * CONTEXT) {
        out.push_str(&grouped(group, &old, &new));
    }
    out
}

/// Lines that are shown around what differs.
const CONTEXT: u32 = 3;

/// Some hunks with the lines around them.
fn grouped(hunks: &[Hunk], old: &[&str], new: &[&str]) -> String {
    let (Some(first), Some(last)) = (hunks.first(), hunks.last()) else { return String::new() };
    let end = |lines: &[&str]| u32::try_from(lines.len()).unwrap_or(u32::MAX);
    let above = first.before.start.min(CONTEXT);
    let below = (end(old) - last.before.end).min(CONTEXT);
    let (from, to) = (first.before.start - above, last.before.end + below);
    let (new_from, new_to) = (first.after.start - above, last.after.end + below);
    // Where there is nothing, the line before it is named.
    let at = |from: u32, to: u32| if from == to { from } else { from + 1 };
    let mut out = format!("@@ -{},{} +{},{} @@\n", at(from, to), to - from, at(new_from, new_to), new_to - new_from);
    let mut push = |sign: char, lines: &[&str], range: std::ops::Range<u32>| {
        for line in lines.get(range.start as usize..range.end as usize).unwrap_or_default() {
            out.push(sign);
            out.push_str(line);
            if !line.ends_with('\n') {
                out.push_str("\n\\ No newline at end of file\n");
            }
        }
    };
    let mut line = from;
    for hunk in hunks {
        push(' ', old, line..hunk.before.start);
        push('-', old, hunk.before.clone());
        push('+', new, hunk.after.clone());
        line = hunk.before.end;
    }
    push(' ', old, line..to);
    out
}

#[cfg(test)]
mod tests {
    use super::Fixable;

    #[test]
    fn the_line_says_what_each_option_does() {
        let line = |safe, more| Fixable { safe, more }.line();
        assert_eq!(line(0, 0), "");
        assert_eq!(line(2, 0), "2 fixable with `--fix`\n");
        assert_eq!(line(0, 1), "1 fixable with `--unsafe-fixes`\n");
        assert_eq!(line(3, 1), "3 fixable with `--fix`, 1 more with `--unsafe-fixes`\n");
    }
}
