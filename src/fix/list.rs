//! Elements of lists: of a language, of YAML, and of texts with separators.

use std::ops::Range;

use super::Replacement;
use super::document::Document;
use super::member;
use super::scan;
use super::word::is_script;
use crate::base::FileKind;

/// One more element: beside the one that is there, or in the list that is there.
pub(super) fn element(document: &Document<'_>, at: Range<usize>, value: &str) -> Option<Vec<Replacement>> {
    if value.contains(['\'', '"', '`', '\\', '\n', '\r', '$', ' ']) {
        return None;
    }
    let written = document.at(at.clone());
    if written.ends_with([']', ')', '}']) && written.starts_with(['[', '(', '{']) {
        let pieces = scan::pieces(document, at.clone());
        let quote = pieces.iter().find(|piece| matches!(piece, scan::Piece::Quoted(_)));
        let quote = quote.map_or("'", |piece| document.at(piece.range().start..piece.range().start + 1));
        let quote = if document.kind == FileKind::Python && quote == "'" && !document.text.contains('\'') {
            "\""
        } else {
            quote
        };
        return member::add(document, at, &format!("{quote}{value}{quote}"));
    }
    match document.kind {
        FileKind::Env => separated(document, at, value),
        FileKind::Yaml | FileKind::Compose => item(document, at, value),
        FileKind::Python => beside(document, at, value),
        kind if is_script(kind) => beside(document, at, value),
        FileKind::Json | FileKind::PackageJson => beside(document, at, value),
        _ => None,
    }
}

/// In an env file: `a,b` gets `,c` at its end.
fn separated(document: &Document<'_>, at: Range<usize>, value: &str) -> Option<Vec<Replacement>> {
    let line = document.at(at.start..document.line_end(at.start));
    // The place may be the entry or the whole value: the new one goes behind what is there.
    let stop = line.get(at.len()..)?.find([',', ' ', '"', '\'']).unwrap_or(line.len() - at.len());
    let end = at.end + stop;
    let written = document.at(document.line_start(at.start)..document.line_end(end));
    let written = written.split(" #").next()?;
    let separator = match () {
        () if written.starts_with(['[', '\'']) || written.contains("=[") => return None,
        () if written.contains(", ") => ", ",
        () if written.contains(',') => ",",
        () if written.contains(';') => ";",
        () if written.split_once('=').is_some_and(|(_, list)| list.trim().contains(' ')) => " ",
        () => ",",
    };
    Some(vec![Replacement::new(end..end, format!("{separator}{value}"))])
}

/// In YAML: `- a` gets `- b` below it, `[a, b]` one more.
fn item(document: &Document<'_>, at: Range<usize>, value: &str) -> Option<Vec<Replacement>> {
    let written = document.at(at.clone());
    let quote =
        written.chars().next().filter(|first| matches!(first, '\'' | '"')).map(String::from).unwrap_or_default();
    let before = document.at(document.line_start(at.start)..at.start);
    if before.trim() == "-" && !written.contains('=') && document.ends_line_or_comment(at.end) {
        let end = document.line_end(at.end);
        let line_break = document.line_break(end);
        return Some(vec![Replacement::new(end..end, format!("{line_break}{before}{quote}{value}{quote}"))]);
    }
    // `- NAME=a,b` and `NAME: a` are settings, whose readers part them.
    let set = written.trim_matches(['"', '\'']).split_once('=').is_some_and(|(name, _)| {
        name.chars().all(|char| char.is_ascii_uppercase() || char.is_ascii_digit() || char == '_')
    });
    let named = before.trim_end().ends_with(':') && !before.trim_start().starts_with('-');
    if (set || named) && document.ends_line_or_comment(at.end) && !written.ends_with(['|', '>']) {
        let end = at.end - quote.len();
        return Some(vec![Replacement::new(end..end, format!(",{value}"))]);
    }
    let left = before.trim_end().chars().next_back();
    let right = document.at(at.end..document.line_end(at.end)).trim_start().chars().next();
    let inside = matches!(left, Some('[' | ',')) && matches!(right, Some(']' | ','));
    inside.then(|| vec![Replacement::new(at.end..at.end, format!(", {quote}{value}{quote}"))])
}

/// In source code: behind the string that is there, in its quotes.
fn beside(document: &Document<'_>, at: Range<usize>, value: &str) -> Option<Vec<Replacement>> {
    let written = document.at(at.clone());
    let quote = written.chars().next().filter(|first| matches!(first, '\'' | '"' | '`'))?;
    if scan::quoted(written.as_bytes()) != written.len() {
        return None;
    }
    let literal = format!("{quote}{value}{quote}");
    let left = document.at(0..at.start).trim_end().chars().next_back();
    let rest = document.at(at.end..document.text.len());
    let right = rest.trim_start().chars().next();
    let listed = matches!(left, Some('[' | ',' | '(' | '{')) && matches!(right, Some(',' | ']' | ')' | '}'));
    // A call's argument is no element.
    let called = left == Some('(') && is_call(document, at.start);
    if listed && !called {
        let has_comma = right == Some(',');
        let line_break = document.line_break(at.start);
        if document.begins_line(at.start) {
            let indent = document.indent(at.start);
            return Some(vec![if has_comma {
                let comma = at.end + rest.find(',')? + 1;
                Replacement::new(comma..comma, format!("{line_break}{indent}{literal},"))
            } else {
                Replacement::new(at.end..at.end, format!(",{line_break}{indent}{literal}"))
            }]);
        }
        return Some(vec![Replacement::new(at.end..at.end, format!(", {literal}"))]);
    }
    // A text of several, which its reader parts.
    if written.contains("://") && written.contains(',') {
        let separator = if written.contains(", ") { ", " } else { "," };
        return Some(vec![Replacement::new(at.end - 1..at.end - 1, format!("{separator}{value}"))]);
    }
    // `origin: 'https://a'` takes a list as well.
    let key = document.at(0..at.start).trim_end().strip_suffix(':').map(str::trim_end)?;
    let takes_lists = is_script(document.kind) && ["origin", "origins"].iter().any(|name| key.ends_with(name));
    takes_lists.then(|| vec![Replacement::new(at, format!("[{written}, {literal}]"))])
}

/// Whether the bracket before a byte is that of a call.
fn is_call(document: &Document<'_>, offset: usize) -> bool {
    let before = document.at(0..offset).trim_end().strip_suffix('(').unwrap_or_default().trim_end();
    before.chars().next_back().is_some_and(|char| char.is_alphanumeric() || char == '_')
}
