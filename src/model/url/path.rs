//! The path of a URL with placeholders, back to known and unknown pieces.

use std::sync::Arc;

use super::flatten::{Flat, TOKEN_END, TOKEN_START};
use crate::model::{PathPiece, PathText};

/// The pieces of `path`, percent-decoded.
pub(super) fn pieces(path: &str, flat: &Flat) -> PathText {
    let mut pieces = Vec::new();
    let mut rest = path;
    while let Some(start) = rest.find(TOKEN_START) {
        let after = &rest[start + TOKEN_START.len()..];
        let Some(end) = after.find(TOKEN_END) else { break };
        let known_token = after[..end].parse::<usize>().is_ok_and(|index| index < flat.holes.len());
        let tail = &after[end + TOKEN_END.len()..];
        if !known_token {
            break;
        }
        push_known(&mut pieces, &rest[..start]);
        let opens_segment = rest[..start].ends_with('/');
        let inside_path = opens_segment && tail.starts_with('/');
        pieces.push(if inside_path { PathPiece::Segment } else { PathPiece::Rest });
        rest = tail;
    }
    push_known(&mut pieces, rest);
    PathText(pieces)
}

fn push_known(pieces: &mut Vec<PathPiece>, text: &str) {
    if !text.is_empty() {
        pieces.push(PathPiece::Known(Arc::from(decode(text))));
    }
}

/// Percent-decodes; what does not decode to UTF-8 stays as it is.
fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    if !bytes.contains(&b'%') {
        return text.to_owned();
    }
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while index < bytes.len() {
        let value = if bytes[index] == b'%' {
            text.get(index + 1..index + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok())
        } else {
            None
        };
        decoded.push(value.unwrap_or(bytes[index]));
        index += if value.is_some() { 3 } else { 1 };
    }
    String::from_utf8(decoded).unwrap_or_else(|_| text.to_owned())
}
