//! Paths as httpd reads them, and the ways in which it writes them again.

/// What httpd does with `%2F` in a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EncodedSlashes {
    /// Answers 404.
    Refused,
    /// Decodes them.
    Decoded,
    /// Leaves them as they are.
    Kept,
}

/// Whether `//` is `/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slashes {
    Merged,
    Kept,
}

/// Why a path is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BadPath {
    /// httpd answers with this status.
    Refused(u16),
    /// It is no text when it is decoded.
    NotText,
}

fn hex(bytes: &[u8], at: usize) -> Option<u8> {
    let digit = |at: usize| char::from(*bytes.get(at)?).to_digit(16);
    u8::try_from(digit(at)? * 16 + digit(at + 1)?).ok()
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

/// The path that rules and sections see for the path that a client sends.
pub(super) fn read(raw: &str, slashes: Slashes, encoded: EncodedSlashes) -> Result<String, BadPath> {
    let mut path = normalize(raw.as_bytes(), slashes, Unreserved::Decoded)?;
    path = decode(&path, encoded)?;
    if encoded == EncodedSlashes::Decoded {
        path = normalize(&path, slashes, Unreserved::Kept).unwrap_or(path);
    }
    String::from_utf8(path).map_err(|_| BadPath::NotText)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Unreserved {
    Decoded,
    Kept,
}

/// Removes `.` and `..` segments and doubled slashes.
fn normalize(path: &[u8], slashes: Slashes, unreserved: Unreserved) -> Result<Vec<u8>, BadPath> {
    const REFUSED: BadPath = BadPath::Refused(400);
    if path.first() != Some(&b'/') {
        return if path == b"*" { Ok(path.to_vec()) } else { Err(REFUSED) };
    }
    // decoding first is the same as decoding on the way, for no unreserved character makes an escape
    let mut text = Vec::with_capacity(path.len());
    let mut at = 0;
    while let Some(byte) = path.get(at) {
        match (unreserved, byte, hex(path, at + 1)) {
            (Unreserved::Decoded, b'%', None) => return Err(REFUSED),
            (Unreserved::Decoded, b'%', Some(decoded)) if is_unreserved(decoded) => {
                text.push(decoded);
                at += 3;
            }
            _ => {
                text.push(*byte);
                at += 1;
            }
        }
    }
    let mut out: Vec<u8> = vec![b'/'];
    let mut starts: Vec<usize> = Vec::new();
    let segments = text.get(1..).unwrap_or_default().split(|byte| *byte == b'/');
    let mut segments = segments.peekable();
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        match segment {
            b"" if is_last => {}
            b"" if slashes == Slashes::Merged => {}
            b"." => {}
            b".." => match starts.pop() {
                Some(start) => out.truncate(start),
                None => return Err(REFUSED),
            },
            _ => {
                starts.push(out.len());
                out.extend_from_slice(segment);
                if !is_last {
                    out.push(b'/');
                }
            }
        }
    }
    Ok(out)
}

/// Takes escapes away.
fn decode(path: &[u8], encoded: EncodedSlashes) -> Result<Vec<u8>, BadPath> {
    let mut out = Vec::with_capacity(path.len());
    let mut at = 0;
    let mut refused = false;
    while let Some(byte) = path.get(at) {
        if *byte != b'%' {
            out.push(*byte);
            at += 1;
            continue;
        }
        let decoded = hex(path, at + 1).ok_or(BadPath::Refused(400))?;
        at += 3;
        match (decoded, encoded) {
            (0, _) | (b'/', EncodedSlashes::Refused) => refused = true,
            (b'/', EncodedSlashes::Kept) => out.extend_from_slice(b"%2F"),
            _ if is_unreserved(decoded) => out.extend_from_slice(path.get(at - 3..at).unwrap_or_default()),
            _ => out.push(decoded),
        }
    }
    if refused { Err(BadPath::Refused(404)) } else { Ok(out) }
}

/// Escapes a path for an upstream. An escaped slash stays as it is where httpd was told to leave it; then a `%` without digits
/// is refused.
pub(super) fn canonical(path: &str, encoded: EncodedSlashes) -> Option<String> {
    let bytes = path.as_bytes();
    let mut out = String::with_capacity(path.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        if encoded == EncodedSlashes::Kept && *byte == b'%' && hex(bytes, at + 1)? == b'/' {
            out += path.get(at..at + 3).unwrap_or_default();
            at += 3;
            continue;
        }
        let plain = byte.is_ascii_alphanumeric() || b"/~$-_.+!*'(),;:@&=".contains(byte);
        if plain || char::from(*byte) == super::tree::GAP {
            out.push(char::from(*byte));
        } else {
            out += &format!("%{byte:02X}");
        }
        at += 1;
    }
    Some(out)
}

/// Escapes a path for a Location header.
pub(super) fn escaped(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"$-_.+!*'(),:;@&=/~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out += &format!("%{byte:02x}");
        }
    }
    out
}

/// How much of a path a prefix matches; any number of slashes matches any other. `None`: it does not match.
pub(super) fn prefix_length(path: &str, prefix: &str) -> Option<usize> {
    let (path, prefix) = (path.as_bytes(), prefix.as_bytes());
    let (mut at, mut known) = (0, 0);
    while let Some(wanted) = prefix.get(known) {
        if *wanted == b'/' {
            if path.get(at) != Some(&b'/') {
                return None;
            }
            while prefix.get(known) == Some(&b'/') {
                known += 1;
            }
            while path.get(at) == Some(&b'/') {
                at += 1;
            }
        } else {
            if path.get(at) != Some(wanted) {
                return None;
            }
            at += 1;
            known += 1;
        }
    }
    let ends = prefix.last() == Some(&b'/') || matches!(path.get(at), None | Some(b'/'));
    (ends && at > 0).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_as_httpd_reads_them() {
        let table: [(&str, Result<&str, BadPath>); 13] = [
            ("/a/b", Ok("/a/b")),
            ("/a//b/", Ok("/a/b/")),
            ("//a", Ok("/a")),
            ("/a/./b/../c", Ok("/a/c")),
            ("/a/..", Ok("/")),
            ("/a/b/..", Ok("/a/")),
            ("/a/.", Ok("/a/")),
            ("/../a", Err(BadPath::Refused(400))),
            ("/%61%20b", Ok("/a b")),
            ("/a%2Fb", Err(BadPath::Refused(404))),
            ("/a%2", Err(BadPath::Refused(400))),
            ("/%2e%2e/a", Err(BadPath::Refused(400))),
            ("/a%ff", Err(BadPath::NotText)),
        ];
        for (raw, expected) in table {
            let found = read(raw, Slashes::Merged, EncodedSlashes::Refused);
            assert_eq!(found.as_deref().map_err(|why| *why), expected, "{raw}");
        }
        assert_eq!(read("/a//b", Slashes::Kept, EncodedSlashes::Refused).as_deref(), Ok("/a//b"));
    }

    #[test]
    fn prefixes_match_whole_segments() {
        let table = [
            ("/ws", "/ws", Some(3)),
            ("/ws/a", "/ws", Some(3)),
            ("/wsx", "/ws", None),
            ("/ws", "/ws/", None),
            ("/ws/a", "/ws/", Some(4)),
            ("/a", "/", Some(1)),
        ];
        for (path, prefix, expected) in table {
            assert_eq!(prefix_length(path, prefix), expected, "{path} {prefix}");
        }
    }
}
