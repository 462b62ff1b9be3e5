//! Addresses as nginx takes them apart and puts them together.

use super::variables::{GAP, QUERY_GAP};

/// The path of a request as locations see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Normalized {
    /// Decoded, dot segments resolved, slashes merged unless that is off.
    pub path: String,
    /// Something in it was percent-encoded.
    pub quoted: bool,
    /// It holds a `+`.
    pub plus: bool,
}

/// What is wrong with a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BadPath {
    /// nginx refuses it: it leaves the root, or an escape is broken.
    Refused,
    /// It holds bytes that are no text.
    NotText,
}

/// Whether neighbouring slashes become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slashes {
    Merged,
    Kept,
}

/// The path as locations see it, step by step as nginx reads it: a `/` or `.` that comes out of an escape counts like a
/// plain one, except directly behind another escape's decision.
pub(super) fn normalize(path: &str, slashes: Slashes) -> Result<Normalized, BadPath> {
    let bytes = path.as_bytes();
    let mut out: Vec<u8> = Vec::with_capacity(bytes.len());
    let (mut quoted, mut plus) = (false, false);
    let mut segment = Segment::Usual;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        let mut byte = byte;
        let mut literal = false;
        if byte == b'#' {
            break;
        }
        if byte == b'%' {
            quoted = true;
            let hex = path.get(at..at + 2).filter(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
            byte = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()).ok_or(BadPath::Refused)?;
            at += 2;
            if byte == 0 {
                return Err(BadPath::Refused);
            }
            // these mean nothing special once they were escaped
            literal = matches!(byte, b'%' | b'#' | b'?');
        }
        plus |= byte == b'+';
        if literal {
            segment = Segment::Usual;
            out.push(byte);
            continue;
        }
        segment = match (segment, byte) {
            (Segment::Slash, b'/') => {
                if slashes == Slashes::Kept {
                    out.push(byte);
                }
                Segment::Slash
            }
            (Segment::Dot, b'/') => {
                out.pop();
                Segment::Slash
            }
            (Segment::DotDot, b'/') => {
                parent(&mut out)?;
                Segment::Slash
            }
            (_, b'/') => {
                out.push(byte);
                Segment::Slash
            }
            (Segment::Slash, b'.') => {
                out.push(byte);
                Segment::Dot
            }
            (Segment::Dot, b'.') => {
                out.push(byte);
                Segment::DotDot
            }
            _ => {
                out.push(byte);
                Segment::Usual
            }
        };
    }
    match segment {
        Segment::Dot => {
            out.pop();
        }
        Segment::DotDot => parent(&mut out)?,
        Segment::Usual | Segment::Slash => {}
    }
    let path = String::from_utf8(out).map_err(|_| BadPath::NotText)?;
    if path.contains([GAP, QUERY_GAP]) {
        return Err(BadPath::NotText);
    }
    Ok(Normalized { path, quoted, plus })
}

/// Where in a segment the reader is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Segment {
    Usual,
    Slash,
    Dot,
    DotDot,
}

/// Takes `/x/..` away, up to and without the slash before `x`.
fn parent(out: &mut Vec<u8>) -> Result<(), BadPath> {
    // `..` and the slash before it
    let end = out.len().checked_sub(3).ok_or(BadPath::Refused)?;
    let before = out.get(..end).and_then(|head| head.iter().rposition(|byte| *byte == b'/')).ok_or(BadPath::Refused)?;
    out.truncate(before + 1);
    Ok(())
}

/// What an escaped text is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Escape {
    /// A path.
    Path,
    /// A part of a query.
    Query,
}

/// Percent-encodes what may not be in an address.
pub(super) fn escape(text: &str, kind: Escape) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        let keep = match character {
            GAP | QUERY_GAP => true,
            ' ' | '"' | '#' | '%' | '<' | '>' | '?' | '\\' | '^' | '`' | '{' | '|' | '}' => false,
            '&' | '+' | ';' => kind == Escape::Path,
            other => other.is_ascii_graphic(),
        };
        if keep {
            out.push(character);
            continue;
        }
        let mut buffer = [0; 4];
        for byte in character.encode_utf8(&mut buffer).bytes() {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Decodes what needs no escape in the target of a redirect by `rewrite`.
pub(super) fn unescape_redirect(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['%', '?']) {
        let (plain, tail) = rest.split_at(at);
        out.push_str(plain);
        if tail.starts_with('?') {
            rest = tail;
            break;
        }
        let hex = tail.get(1..3).filter(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let Some(byte) = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) else {
            // a broken escape loses its sign
            rest = tail.get(1..).unwrap_or_default();
            continue;
        };
        if byte > b'%' && byte < 0x7f {
            out.push(char::from(byte));
        } else {
            out.push_str(tail.get(..3).unwrap_or_default());
        }
        rest = tail.get(3..).unwrap_or_default();
        if byte == b'?' {
            break;
        }
    }
    out.push_str(rest);
    out
}

/// Whether a path looks like that of a file: its last name has an ending.
pub(super) fn names_file(path: &str) -> bool {
    path.rsplit('/').next().unwrap_or(path).contains('.')
}

/// Splits an address at its query.
pub(super) fn split_query(text: &str) -> (&str, Option<&str>) {
    match text.find(['?', QUERY_GAP]) {
        Some(at) => {
            let (path, query) = text.split_at(at);
            (path, Some(query.strip_prefix('?').unwrap_or(query)))
        }
        None => (text, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_as_locations_see_them() {
        for (path, expected) in [
            ("/", Some("/")),
            ("//a//b", Some("/a/b")),
            ("/a/./b/", Some("/a/b/")),
            ("/a/../b", Some("/b")),
            ("/a/b/..", Some("/a/")),
            ("/a/.", Some("/a/")),
            ("/..", None),
            ("/../a", None),
            ("/%77s", Some("/ws")),
            ("/a%2Fb", Some("/a/b")),
            ("/a/%2e%2e/b", Some("/b")),
            ("/a%3Fb%23c%25d", Some("/a?b#c%d")),
            ("/a%zz", None),
            ("/a%2", None),
            ("/a%00", None),
            ("/...", Some("/...")),
            ("/a/..b", Some("/a/..b")),
        ] {
            let found = normalize(path, Slashes::Merged).map(|found| found.path);
            assert_eq!(found.ok().as_deref(), expected, "{path}");
        }
        assert_eq!(normalize("//a//b/", Slashes::Kept).map(|found| found.path).as_deref(), Ok("//a//b/"));
        assert_eq!(normalize("/%ff", Slashes::Merged), Err(BadPath::NotText));
    }

    #[test]
    fn escapes() {
        assert_eq!(escape("/a b?é+&", Escape::Path), "/a%20b%3F%C3%A9+&");
        assert_eq!(escape("a b+c&d", Escape::Query), "a%20b%2Bc%26d");
        assert_eq!(unescape_redirect("/a%20b%41%C3?x=%41"), "/a%20bA%C3?x=%41");
        assert_eq!(split_query("/a?b?c"), ("/a", Some("b?c")));
    }
}
