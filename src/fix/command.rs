//! Words of commands: in a shell, in YAML, in a list of strings.

use std::ops::Range;

use super::Replacement;
use super::document::Document;
use super::member;
use crate::base::FileKind;

/// More words at the end of the command at a place.
pub(super) fn words(document: &Document<'_>, at: Range<usize>, words: &[String]) -> Option<Vec<Replacement>> {
    let written = document.at(at.clone());
    if words
        .iter()
        .any(|word| word.contains(|char: char| !char.is_alphanumeric() && !matches!(char, '.' | '-' | '_' | ':' | '=')))
    {
        return None;
    }
    if written.starts_with('[') && written.ends_with(']') {
        let listed: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
        return member::add(document, at, &listed.join(", "));
    }
    let end = at.end;
    let before = document.at(document.line_start(at.start)..at.start);
    // A list of YAML over lines: each word is an item.
    if matches!(document.kind, FileKind::Yaml | FileKind::Compose) && before.trim() == "-" && written.contains('\n') {
        let last = document.line_start(end);
        let indent = document.indent(last);
        let line_break = document.line_break(end);
        let items: String = words.iter().map(|word| format!("{line_break}{indent}- \"{word}\"")).collect();
        return Some(vec![Replacement::new(end..end, items)]);
    }
    // A quote at the end is that of the command's last word or of the text around it.
    let plain = !written.is_empty() && !written.ends_with(['\\', '&', '|', ';', '>', '<', ',']);
    plain.then(|| vec![Replacement::new(end..end, format!(" {}", words.join(" ")))])
}
