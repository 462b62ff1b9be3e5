//! What would be written, as `diff -U0` writes it: lines around it may hold what nobody should see.

use crate::base::RepoPath;
use crate::suppress::Edit;

/// The new lines of a file.
pub fn unified(path: &RepoPath, edit: &Edit) -> String {
    let from = if edit.before.is_empty() { "/dev/null".to_owned() } else { format!("a/{path}") };
    let mut out = format!("--- {from}\n+++ b/{path}\n");
    let lines: Vec<&str> = edit.after.lines().collect();
    let mut at = 0;
    while let Some(first) = edit.added.get(at).copied() {
        let count = edit.added.iter().skip(at).zip(first..).take_while(|(line, expected)| **line == *expected).count();
        // The line of the old text that they stand behind.
        let behind = first - at;
        out.push_str(&format!("@@ -{behind},0 +{},{count} @@\n", first + 1));
        for line in lines.iter().skip(first).take(count) {
            out.push_str(&format!("+{line}\n"));
        }
        at += count;
    }
    out
}
