//! Fixes as reports carry them: bytes of files that are replaced, with what takes their place.

use imara_diff::{Algorithm, BasicLineDiffPrinter, Diff, InternedInput, UnifiedDiffConfig};

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
    change.replacements.iter().all(|replacement| {
        // The lines that it is on say what a value is.
        let start = change.moved(replacement.span.start) as usize;
        let end = start + replacement.text.len();
        let first = after.get(..start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
        let last = after.get(end..).and_then(|rest| rest.find('\n')).map_or(after.len(), |at| end + at);
        let lines = after.get(first..last).unwrap_or_default();
        let shown = redact::source(lines, facts.kind, view.known());
        shown.get(start - first..end - first) == Some(replacement.text.as_str())
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
    let hunks =
        lines.unified_diff(&BasicLineDiffPrinter(&input.interner), UnifiedDiffConfig::default(), &input).to_string();
    format!("--- a/{path}\n+++ b/{path}\n{hunks}")
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
