//! Properties, arguments and elements between brackets.

use std::ops::Range;

use super::Replacement;
use super::document::Document;
use super::list;
use super::scan::{self, Piece};

/// One more member between the brackets that end a place.
pub(super) fn add(document: &Document<'_>, at: Range<usize>, member: &str) -> Option<Vec<Replacement>> {
    let pieces = scan::pieces(document, at);
    let close = pieces.len().checked_sub(1)?;
    if !matches!(pieces.get(close), Some(Piece::Close(_))) {
        return None;
    }
    let open = scan::opening(&pieces, close)?;
    if has(document, &pieces, open, close, key(member)) {
        return None;
    }
    Some(vec![into(document, &pieces, open, close, member)?])
}

/// The name of a member: `ws` of `ws: true`, `host` of `host="0.0.0.0"`.
fn key(member: &str) -> &str {
    let end = member.find(|char: char| !char.is_alphanumeric() && !matches!(char, '_' | '"')).unwrap_or(member.len());
    member.get(..end).unwrap_or_default().trim_matches('"')
}

/// Whether a member of a name is between two brackets, or is brought by what is spread there.
fn has(document: &Document<'_>, pieces: &[Piece], open: usize, close: usize, key: &str) -> bool {
    if key.is_empty() {
        return false;
    }
    let mut depth = 0usize;
    let mut begins = true;
    for piece in pieces.get(open + 1..close).unwrap_or_default() {
        let first = piece.range().start;
        if depth == 0 && begins {
            let rest = document.at(first..document.text.len()).trim_start_matches(['"', '\'']);
            let after = rest.strip_prefix(key).map(|rest| rest.trim_start_matches(['"', '\'']).trim_start());
            let named = after.is_some_and(|after| {
                after.starts_with([':', ',', '}', ')']) || after.starts_with('=') && !after.starts_with("==")
            });
            if named || rest.starts_with("...") || rest.starts_with("**") {
                return true;
            }
        }
        begins = depth == 0 && matches!(piece, Piece::Comma(_));
        match piece {
            Piece::Open(_) => depth += 1,
            Piece::Close(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

/// One more property of the object that is the last argument of the call there, which gets one where it has none.
pub(super) fn option(document: &Document<'_>, at: Range<usize>, member: &str) -> Option<Vec<Replacement>> {
    let pieces = scan::pieces(document, at.clone());
    let close = pieces.len().checked_sub(1)?;
    let end = pieces.get(close)?.range();
    match document.at(end) {
        "}" => add(document, at, member),
        ")" => {
            let open = scan::opening(&pieces, close)?;
            let last = pieces.get(close.checked_sub(1)?)?.range();
            if close > open + 1 && document.at(last.clone()) == "}" {
                let inner = scan::opening(&pieces, close - 1).filter(|inner| *inner > open)?;
                // A function's body is no object.
                let before = pieces.get(inner - 1).map(|piece| document.at(piece.range()))?;
                return matches!(before, "(" | ",").then(|| add(document, at.start..last.end, member)).flatten();
            }
            Some(vec![into(document, &pieces, open, close, &format!("{{ {member} }}"))?])
        }
        _ => None,
    }
}

/// One more element of the list that is there, or a list with it in the object that is there.
pub(super) fn list_of(document: &Document<'_>, at: Range<usize>, name: &str, value: &str) -> Option<Vec<Replacement>> {
    if document.at(at.clone()).ends_with(']') {
        return list::element(document, at, value);
    }
    let quote = if document.text.matches('"').count() > document.text.matches('\'').count() { '"' } else { '\'' };
    add(document, at, &format!("{name}: [{quote}{value}{quote}]"))
}

/// A member behind the last one between two brackets.
fn into(document: &Document<'_>, pieces: &[Piece], open: usize, close: usize, member: &str) -> Option<Replacement> {
    let (start, end) = (pieces.get(open)?.range().end, pieces.get(close)?.range().start);
    let last = pieces.get(close - 1).filter(|_| close > open + 1);
    let Some(last) = last else {
        let blanks = if document.at(end..end + 1) == "}" { " " } else { "" };
        return Some(Replacement::new(start..end, format!("{blanks}{member}{blanks}")));
    };
    let (behind, ended) = match last {
        Piece::Comma(at) => (*at + 1, true),
        other => (other.range().end, false),
    };
    if document.begins_line(end) && document.ends_line_or_comment(behind) {
        // The first member tells how far in they are; it may be below its bracket.
        let first = pieces.get(open + 1)?.range().start;
        let own = if document.begins_line(first) { first } else { last.range().start };
        let indent = document.indent(own);
        let line_break = document.line_break(behind);
        // A comment behind the last member stays behind it.
        let line_end = document.line_end(behind);
        let comment = document.at(behind..line_end);
        let comma = if ended { "" } else { "," };
        let trailing = if ended || trailing_commas(document) { "," } else { "" };
        return Some(Replacement::new(
            behind..line_end,
            format!("{comma}{comment}{line_break}{indent}{member}{trailing}"),
        ));
    }
    let (comma, trailing) = if ended { (" ", ",") } else { (", ", "") };
    Some(Replacement::new(behind..behind, format!("{comma}{member}{trailing}")))
}

/// Whether the file writes a comma behind the last member of what is over several lines.
fn trailing_commas(document: &Document<'_>) -> bool {
    let mut lines = document.text.lines().map(str::trim).filter(|line| !line.is_empty()).peekable();
    let mut found = false;
    while let Some(line) = lines.next() {
        let closes = lines.peek().is_some_and(|next| next.starts_with(['}', ']', ')']));
        found |= closes && line.ends_with(',');
    }
    found
}

/// A property of the object that is there, or that the value there is of, becomes another one.
pub(super) fn replace(document: &Document<'_>, at: Range<usize>, name: &str, with: &str) -> Option<Vec<Replacement>> {
    // `port: 24678`, of which the place is the value.
    let before = document.at(0..at.start).trim_end();
    let key = before.strip_suffix(':')?.trim_end();
    let key_start = key.strip_suffix(name).or_else(|| {
        let key = key.strip_suffix(['"', '\''])?.strip_suffix(name)?;
        key.strip_suffix(['"', '\''])
    })?;
    let joined = key_start.chars().next_back().is_some_and(|char| char.is_alphanumeric() || char == '_');
    (!joined).then(|| vec![Replacement::new(key_start.len()..at.end, with)])
}

/// A value that stands for an object with one property becomes that object, with one more member.
pub(super) fn spread(document: &Document<'_>, at: Range<usize>, name: &str, member: &str) -> Option<Vec<Replacement>> {
    let pieces = scan::pieces(document, at.clone());
    if matches!(pieces.last(), Some(Piece::Close(_))) {
        let open = scan::opening(&pieces, pieces.len() - 1)?;
        let is_object = document.at(pieces.get(open)?.range()) == "{";
        let is_call = document.at(pieces.get(open)?.range()) == "(";
        return match () {
            () if is_object => add(document, at, member),
            () if is_call => option(document, at, member),
            () => None,
        };
    }
    let colon =
        pieces.iter().position(|piece| matches!(piece, Piece::Other(at) if document.at(*at..*at + 1) == ":"))?;
    let first = pieces.get(colon + 1)?.range().start;
    let value = document.at(first..at.end);
    let quoted = value.as_bytes().first().is_some_and(|first| matches!(first, b'\'' | b'"' | b'`'));
    let whole = quoted && scan::quoted(value.as_bytes()) == value.len();
    let plain =
        !value.is_empty() && value.chars().all(|char| char.is_alphanumeric() || matches!(char, '_' | '$' | '.'));
    let key = if member.starts_with('"') { format!("\"{name}\"") } else { name.to_owned() };
    (whole || plain).then(|| vec![Replacement::new(first..at.end, format!("{{ {key}: {value}, {member} }}"))])
}
