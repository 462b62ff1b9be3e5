//! Strings, comments and brackets, as far as all languages have them alike.

use std::ops::Range;

use crate::base::FileKind;

use super::document::Document;

/// A piece of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// A string with its quotes.
    Quoted(Range<usize>),
    /// An opening bracket.
    Open(usize),
    /// A closing one.
    Close(usize),
    /// A comma.
    Comma(usize),
    /// Any other byte that is no blank and in no comment.
    Other(usize),
}

impl Piece {
    /// Its bytes.
    pub fn range(&self) -> Range<usize> {
        match self {
            Self::Quoted(range) => range.clone(),
            Self::Open(at) | Self::Close(at) | Self::Comma(at) | Self::Other(at) => *at..*at + 1,
        }
    }
}

/// How a language writes strings and comments.
struct Notation {
    quotes: &'static [u8],
    line_comments: &'static [&'static str],
    block_comments: bool,
}

fn notation(kind: FileKind) -> Notation {
    match kind {
        FileKind::TypeScript | FileKind::Tsx | FileKind::Vue | FileKind::Svelte | FileKind::Html => {
            Notation { quotes: b"'\"`", line_comments: &["//"], block_comments: true }
        }
        FileKind::Json | FileKind::PackageJson => {
            Notation { quotes: b"\"", line_comments: &["//"], block_comments: true }
        }
        _ => Notation { quotes: b"'\"", line_comments: &["#"], block_comments: false },
    }
}

/// The pieces of a range of a text.
pub(super) fn pieces(document: &Document<'_>, range: Range<usize>) -> Vec<Piece> {
    let notation = notation(document.kind);
    let text = document.at(range.clone());
    let bytes = text.as_bytes();
    let mut pieces = Vec::new();
    let mut at = 0;
    while let Some(byte) = bytes.get(at).copied() {
        let rest = bytes.get(at..).unwrap_or_default();
        let offset = range.start + at;
        if notation.line_comments.iter().any(|mark| rest.starts_with(mark.as_bytes())) {
            at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            continue;
        }
        if notation.block_comments && rest.starts_with(b"/*") {
            at += memchr::memmem::find(rest, b"*/").map_or(rest.len(), |end| end + 2);
            continue;
        }
        if notation.quotes.contains(&byte) {
            let length = quoted(rest);
            pieces.push(Piece::Quoted(offset..offset + length));
            at += length;
            continue;
        }
        match byte {
            b'(' | b'[' | b'{' => pieces.push(Piece::Open(offset)),
            b')' | b']' | b'}' => pieces.push(Piece::Close(offset)),
            b',' => pieces.push(Piece::Comma(offset)),
            _ if byte.is_ascii_whitespace() => {}
            _ => pieces.push(Piece::Other(offset)),
        }
        at += 1;
    }
    pieces
}

/// How long the string at the beginning of a text is, its quotes included.
pub(super) fn quoted(text: &[u8]) -> usize {
    let Some(quote) = text.first().copied() else { return 0 };
    let long = [quote; 3];
    let end: &[u8] = if text.starts_with(&long) && quote != b'`' { &long } else { &long[..1] };
    let mut at = end.len();
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with(b"\\") {
            at += 2;
        } else if rest.starts_with(end) {
            return at + end.len();
        } else {
            at += 1;
        }
    }
    text.len()
}

/// The index of the bracket that closes the one at index `open` of some pieces.
pub(super) fn closing(pieces: &[Piece], open: usize) -> Option<usize> {
    let mut depth = 0usize;
    for (index, piece) in pieces.iter().enumerate().skip(open) {
        match piece {
            Piece::Open(_) => depth += 1,
            Piece::Close(_) => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(index);
                }
            }
            _ => {}
        }
    }
    None
}

/// The index of the bracket that the one at index `close` of some pieces closes.
pub(super) fn opening(pieces: &[Piece], close: usize) -> Option<usize> {
    let mut depth = 0usize;
    for index in (0..=close).rev() {
        match pieces.get(index)? {
            Piece::Close(_) => depth += 1,
            Piece::Open(_) => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(index);
                }
            }
            _ => {}
        }
    }
    None
}
