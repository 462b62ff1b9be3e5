//! What Envoy does to a path before it looks at it.

use super::config::{EscapedSlashes, PathTerms};

/// What became of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Read {
    /// It goes on as this.
    Path(String),
    /// The client is sent to this.
    Redirect(String),
    /// It is not valid.
    Refused,
    /// What becomes of it is not known.
    Unknown,
}

/// Reads a path without its query.
pub(super) fn read(path: &str, terms: &PathTerms) -> Read {
    let mut path = path.to_owned();
    let mut redirects = false;
    if terms.escaped != EscapedSlashes::Kept {
        let plain = unescape_slashes(&path);
        if plain != path {
            match terms.escaped {
                EscapedSlashes::Refused => return Read::Refused,
                EscapedSlashes::Redirected => redirects = true,
                EscapedSlashes::Unescaped | EscapedSlashes::Kept => {}
            }
        }
        path = plain;
    }
    if terms.normalize {
        match canonical(&path) {
            Some(normal) => path = normal,
            None => return Read::Unknown,
        }
    }
    if terms.merge_slashes {
        path = merge_slashes(&path);
    }
    if redirects { Read::Redirect(path) } else { Read::Path(path) }
}

fn unescape_slashes(path: &str) -> String {
    path.replace("%2F", "/").replace("%2f", "/").replace("%5C", "\\").replace("%5c", "\\")
}

fn merge_slashes(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for letter in path.chars() {
        if letter != '/' || !out.ends_with('/') {
            out.push(letter);
        }
    }
    out
}

/// The path without dots that name folders, and without escapes that are not needed; `None` for what is seldom sent.
fn canonical(path: &str) -> Option<String> {
    let bytes = path.as_bytes();
    let mut out: Vec<u8> = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let rest = bytes.get(at..).unwrap_or_default();
        if out.last() == Some(&b'/')
            && let Some((dots, length)) = dots(rest)
        {
            at += length;
            if dots == 2 {
                up(&mut out);
            }
            continue;
        }
        match byte {
            b'\\' | b'/' => out.push(b'/'),
            b'%' => {
                let code = rest.get(1..3).and_then(|code| std::str::from_utf8(code).ok());
                match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
                    Some(0) | None => return None,
                    Some(letter) if letter.is_ascii_alphanumeric() || b"-._~".contains(&letter) => out.push(letter),
                    Some(_) => out.extend(rest.get(..3)?),
                }
                at += 2;
            }
            b'"' | b'<' | b'>' | b'`' | b'{' | b'}' | b'^' | b'|' | 0..=b' ' | 0x7F.. => return None,
            _ => out.push(*byte),
        }
        at += 1;
    }
    String::from_utf8(out).ok()
}

/// One dot or two that fill a whole segment, with the slash behind them: how many, and how long they are.
fn dots(rest: &[u8]) -> Option<(usize, usize)> {
    let mut at = 0;
    let mut count = 0;
    loop {
        let tail = rest.get(at..).unwrap_or_default();
        let escaped = tail.get(..3).is_some_and(|code| code.eq_ignore_ascii_case(b"%2e"));
        match tail.first() {
            Some(b'.') => at += 1,
            Some(b'%') if escaped => at += 3,
            Some(b'/' | b'\\') if (1..=2).contains(&count) => return Some((count, at + 1)),
            None if (1..=2).contains(&count) => return Some((count, at)),
            _ => return None,
        }
        count += 1;
    }
}

/// Takes the last segment off; `out` ends with a slash before and after.
fn up(out: &mut Vec<u8>) {
    if out.len() > 1 {
        out.pop();
        while out.last().is_some_and(|byte| *byte != b'/') {
            out.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_canonical() {
        for (path, expected) in [
            ("/a/../b", Some("/b")),
            ("/a/./b/.", Some("/a/b/")),
            ("/a/..", Some("/")),
            ("/..", Some("/")),
            ("/a//../b", Some("/a/b")),
            ("/%77s/%2e%2E/x", Some("/x")),
            ("/a%2Fb", Some("/a%2Fb")),
            ("/...", Some("/...")),
            ("/a\\b", Some("/a/b")),
            ("/%zz", None),
        ] {
            assert_eq!(canonical(path).as_deref(), expected, "{path}");
        }
        assert_eq!(merge_slashes("//a///b/"), "/a/b/");
    }
}
