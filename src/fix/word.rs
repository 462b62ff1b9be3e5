//! A word, a string, or an expression in the place of another one.

use std::ops::Range;

use super::Replacement;
use super::document::Document;
use super::scan;
use crate::base::FileKind;

/// How far before a value the comparison that chooses it may be.
const MOST_BEFORE: usize = 400;

/// What stands once and by itself in a range becomes something else.
pub(super) fn word(document: &Document<'_>, at: Range<usize>, from: &str, to: &str) -> Option<Vec<Replacement>> {
    let found = alone(document, at, from)?;
    // What goes into a string must not end it.
    let breaks = |char: char| matches!(char, '\'' | '"' | '`' | '\\' | '\n' | '\r' | '{' | '}') && !from.contains(char);
    (!to.contains(breaks)).then(|| vec![Replacement::new(found, to)])
}

/// A text right behind what is there. Quotes of it must not end those that the place is in.
pub(super) fn behind(document: &Document<'_>, at: Range<usize>, text: &str) -> Option<Vec<Replacement>> {
    let before = document.at(document.line_start(at.start)..at.start);
    let open = |quote: char| text.contains(quote) && before.matches(quote).count() % 2 == 1;
    let rest = document.at(at.end..document.text.len());
    // What is there already is not there twice.
    let known = rest.trim_start().starts_with(text.trim());
    (!open('\'') && !open('"') && !known).then(|| vec![Replacement::new(at.end..at.end, text)])
}

/// A required package with an extra.
pub(super) fn extra(document: &Document<'_>, at: Range<usize>, name: &str, extra: &str) -> Option<Vec<Replacement>> {
    let found = alone(document, at, name)?;
    let after = document.at(found.end..document.text.len());
    let plain = !after.starts_with('[') && !after.trim_start().starts_with(':');
    plain.then(|| vec![Replacement::new(found.end..found.end, format!("[{extra}]"))])
}

/// Where a word stands in a range, when it does so once, and no longer word is there.
pub(super) fn alone(document: &Document<'_>, at: Range<usize>, word: &str) -> Option<Range<usize>> {
    let joins = |inside: Option<char>, outside: Option<char>| {
        let letter = |char: char| char.is_alphanumeric() || char == '_';
        match (inside, outside) {
            (Some(inside), Some(outside)) if letter(inside) => letter(outside) || outside == '-',
            // `/ws` is a part of `/ws/chat` and of `/wss`, and none of `ws://host/ws`.
            (Some('/'), Some(outside)) => outside == '/',
            _ => false,
        }
    };
    let path = word.starts_with('/') && !word.ends_with('/');
    let text = document.at(at.clone());
    let mut found = text.match_indices(word).filter_map(|(start, _)| {
        let range = at.start + start..at.start + start + word.len();
        let before = document.at(0..range.start).chars().next_back();
        let after = document.at(range.end..document.text.len()).chars().next();
        let part = joins(word.chars().next(), before)
            || joins(word.chars().next_back(), after)
            || path && after.is_some_and(|after| after == '/');
        (!part).then_some(range)
    });
    let only = found.next()?;
    found.next().is_none().then_some(only)
}

/// The text of a string or setting, without its quotes, becomes another one.
pub(super) fn text(document: &Document<'_>, at: Range<usize>, to: &str) -> Option<Vec<Replacement>> {
    let written = document.at(at.clone());
    let quote = written.chars().next().filter(|first| matches!(first, '\'' | '"' | '`'));
    let inside = match quote {
        Some(quote) if written.len() >= 2 && written.ends_with(quote) => at.start + 1..at.end - 1,
        Some(_) => return None,
        None => at,
    };
    let breaks =
        |char: char| matches!(char, '\\' | '\n' | '\r') || Some(char) == quote || quote == Some('`') && char == '$';
    (!to.contains(breaks)).then(|| vec![Replacement::new(inside, to)])
}

/// Code in the place of a literal, or of its beginning.
pub(super) fn expression(
    document: &Document<'_>,
    at: Range<usize>,
    from: &str,
    code: &str,
) -> Option<Vec<Replacement>> {
    if !is_script(document.kind) {
        return None;
    }
    let written = document.at(at.clone());
    let before = document.at(0..at.start).chars().next_back();
    let quote = written.chars().next().filter(|first| matches!(first, '\'' | '"' | '`'));
    match quote {
        // A part of a template, whose back-ticks are outside of the place.
        None => {
            let rest = written.strip_prefix(from)?;
            let inside = matches!(before, Some('`' | '}'));
            inside.then(|| vec![Replacement::new(at.start..at.end - rest.len(), format!("${{{code}}}"))])
        }
        Some(quote) => {
            let inside = written.strip_prefix(quote)?.strip_suffix(quote)?;
            let rest = inside.strip_prefix(from)?;
            if from.is_empty() || rest.is_empty() {
                let code = if joined(document, &at) { format!("({code})") } else { code.to_owned() };
                return Some(vec![Replacement::new(at, code)]);
            }
            // A template says the same as the string, when it can.
            let plain = !rest.contains(['`', '\\']) && (quote == '`' || !rest.contains("${"));
            plain.then(|| vec![Replacement::new(at, format!("`${{{code}}}{rest}`"))])
        }
    }
}

/// Whether an operator is beside a value.
fn joined(document: &Document<'_>, at: &Range<usize>) -> bool {
    let before = document.at(0..at.start).trim_end().chars().next_back();
    let after = document.at(at.end..document.text.len()).trim_start().chars().next();
    [before, after].into_iter().flatten().any(|char| matches!(char, '+' | '?' | ':' | '|' | '&' | '.'))
        && !(before == Some(':') && matches!(after, Some(',' | '}')))
}

/// A string that a comparison before the place is with becomes another one.
pub(super) fn compared(document: &Document<'_>, at: Range<usize>, from: &str, to: &str) -> Option<Vec<Replacement>> {
    if !is_script(document.kind) {
        return None;
    }
    let mut first = at.start.saturating_sub(MOST_BEFORE);
    while !document.text.is_char_boundary(first) {
        first += 1;
    }
    let before = document.at(first..at.start);
    // The statement that the place is in, and none before it.
    let start = before.rfind(';').map_or(0, |end| end + 1);
    let statement = before.get(start..)?;
    let found: Vec<Range<usize>> = ['\'', '"', '`']
        .iter()
        .flat_map(|quote| {
            let written = format!("{quote}{from}{quote}");
            let places: Vec<usize> = statement.match_indices(&written).map(|(at, _)| at).collect();
            places.into_iter().map(move |at| at + 1..at + 1 + from.len())
        })
        .filter(|found| {
            let left = statement.get(..found.start - 1).unwrap_or_default().trim_end();
            ["==", "!="].iter().any(|sign| left.trim_end_matches('=').len() < left.len() && left.contains(sign))
        })
        .collect();
    let [only] = found.as_slice() else { return None };
    let base = first + start;
    Some(vec![Replacement::new(base + only.start..base + only.end, to)])
}

/// The value behind a literal goes through a function.
pub(super) fn wrapped(document: &Document<'_>, at: Range<usize>, function: &str) -> Option<Vec<Replacement>> {
    if !is_script(document.kind) {
        return None;
    }
    let rest = document.at(at.end..document.text.len());
    if rest.starts_with("${") {
        let start = at.end + 2;
        let open = scan::pieces(document, at.end + 1..document.text.len().min(start + MOST_BEFORE));
        let close = open.get(scan::closing(&open, 0)?)?.range().start;
        let value = document.at(start..close);
        let plain = !value.trim().is_empty() && !value.contains(function);
        return plain.then(|| vec![Replacement::new(start..close, format!("{function}({})", value.trim()))]);
    }
    // The literal ends with its quote, which may be outside of the place.
    let rest = rest.strip_prefix(['\'', '"', '`']).unwrap_or(rest);
    let value = rest.trim_start().strip_prefix('+')?.trim_start();
    let start = document.text.len() - value.len();
    let is_name = |char: char| char.is_alphanumeric() || matches!(char, '_' | '$' | '.');
    let end = start + value.find(|char| !is_name(char)).unwrap_or(value.len());
    let name = document.at(start..end);
    let after = document.at(end..document.text.len()).trim_start().chars().next();
    let whole = !name.is_empty() && !matches!(after, Some('(' | '[' | '`' | '?' | '*' | '/' | '-' | '!'));
    whole.then(|| vec![Replacement::new(start..end, format!("{function}({name})"))])
}

/// Whether a file holds JavaScript or TypeScript.
pub(super) fn is_script(kind: FileKind) -> bool {
    matches!(kind, FileKind::TypeScript | FileKind::Tsx | FileKind::Vue | FileKind::Svelte | FileKind::Html)
}
