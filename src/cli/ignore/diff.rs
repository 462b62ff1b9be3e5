//! What would be written, as `diff -U0` writes it: lines around it may hold what nobody should see.

use imara_diff::{Algorithm, Diff, InternedInput};

use crate::base::RepoPath;
use crate::suppress::Edit;

/// The lines of a file that change.
pub fn unified(path: &RepoPath, edit: &Edit) -> String {
    let from = if edit.before.is_none() { "/dev/null".to_owned() } else { format!("a/{path}") };
    let mut out = format!("--- {from}\n+++ b/{path}\n");
    let before: Vec<&str> = edit.before.as_deref().unwrap_or_default().lines().collect();
    let after: Vec<&str> = edit.after.lines().collect();
    let mut input: InternedInput<&str> = InternedInput::new("", "");
    input.update_before(before.iter().copied());
    input.update_after(after.iter().copied());
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_lines(&input);
    for hunk in diff.hunks() {
        let (old, new) = (range(&hunk.before), range(&hunk.after));
        // Of no lines, the number is that of the line before.
        let head = |lines: &std::ops::Range<usize>| (lines.start + usize::from(!lines.is_empty()), lines.len());
        let ((from, removed), (to, added)) = (head(&old), head(&new));
        out.push_str(&format!("@@ -{from},{removed} +{to},{added} @@\n"));
        for (sign, line) in lines('-', &before, old).chain(lines('+', &after, new)) {
            out.push_str(&format!("{sign}{line}\n"));
        }
    }
    out
}

fn range(lines: &std::ops::Range<u32>) -> std::ops::Range<usize> {
    lines.start as usize..lines.end as usize
}

fn lines<'t>(sign: char, lines: &[&'t str], which: std::ops::Range<usize>) -> impl Iterator<Item = (char, &'t str)> {
    let chosen: Vec<&str> = lines.get(which).unwrap_or_default().to_vec();
    chosen.into_iter().map(move |line| (sign, line))
}
