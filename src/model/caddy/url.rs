//! The address of a request as Caddy keeps it: the decoded path beside the written one, as Go's `net/url` does.

use super::version::Toggle;
use crate::facts::HoleReason;

/// The address of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Url {
    /// Decoded.
    pub path: String,
    /// As written, when that is not the usual way of writing `path`; else empty.
    pub raw_path: String,
    pub query: Query,
}

/// What follows the `?`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Query {
    pub text: Result<String, HoleReason>,
    /// Whether there is a `?` even when nothing follows it.
    pub mark: bool,
}

/// Why a path is no path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BadPath {
    /// Go answers 400.
    Refused,
    /// It decodes to something that is no text.
    NotText,
}

impl Url {
    /// From the path of a request line.
    pub fn new(written: &str, query: Query) -> Result<Self, BadPath> {
        if !written.starts_with('/') || written.bytes().any(|byte| byte < 0x20 || byte == 0x7f) {
            return Err(BadPath::Refused);
        }
        let path = unescape(written).ok_or(BadPath::Refused)?;
        let path = String::from_utf8(path).map_err(|_| BadPath::NotText)?;
        let raw_path = if escape_path(&path) == written { String::new() } else { written.to_owned() };
        Ok(Self { path, raw_path, query })
    }

    /// The path as it is sent.
    pub fn escaped_path(&self) -> String {
        if !self.raw_path.is_empty()
            && is_valid(&self.raw_path)
            && unescape(&self.raw_path).is_some_and(|path| path == self.path.as_bytes())
        {
            return self.raw_path.clone();
        }
        if self.path == "*" { "*".to_owned() } else { escape_path(&self.path) }
    }

    /// The path as a request line has it: an empty one is `/`.
    pub fn sent_path(&self) -> String {
        let path = self.escaped_path();
        if path.is_empty() { "/".to_owned() } else { path }
    }

    /// Path and query as a request line has them.
    pub fn request_uri(&self) -> Result<String, HoleReason> {
        let query = self.query.text.clone()?;
        let mark = if self.query.mark || !query.is_empty() { "?" } else { "" };
        Ok(format!("{}{mark}{query}", self.sent_path()))
    }

    /// Changes the path in its written form; `slash` puts in the slash that a path begins with.
    pub fn change_path(
        &mut self,
        (slash, keeps_spelling): (Toggle, Toggle),
        change: impl Fn(&str) -> String,
    ) -> Result<(), BadPath> {
        self.raw_path = change(&self.escaped_path());
        match unescape(&self.raw_path).filter(|path| !path.is_empty()) {
            Some(path) => self.path = String::from_utf8(path).map_err(|_| BadPath::NotText)?,
            None => self.path = change(&self.path),
        }
        if slash.is_on() {
            for path in [&mut self.raw_path, &mut self.path] {
                if !path.starts_with('/') {
                    path.insert(0, '/');
                }
            }
        }
        let usual = if keeps_spelling.is_on() { escape_path(&self.path) } else { self.path.clone() };
        if self.raw_path == usual {
            self.raw_path = String::new();
        }
        Ok(())
    }

    /// Sets the path from its written form.
    pub fn set_path(&mut self, written: &str) -> Result<(), BadPath> {
        self.path = match unescape(written) {
            Some(path) => String::from_utf8(path).map_err(|_| BadPath::NotText)?,
            None => written.to_owned(),
        };
        self.raw_path = String::new();
        Ok(())
    }
}

/// Percent-decodes; `None` when a `%` is not followed by two hexadecimal digits.
pub(super) fn unescape(text: &str) -> Option<Vec<u8>> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        if *byte == b'%' {
            let digit = |offset: usize| char::from(*bytes.get(at + offset)?).to_digit(16);
            let value = digit(1)? * 16 + digit(2)?;
            out.push(u8::try_from(value).ok()?);
            at += 3;
        } else {
            out.push(*byte);
            at += 1;
        }
    }
    Some(out)
}

/// Whether a byte stays as it is in a path that Go writes itself.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.~$&+,/:;=@".contains(&byte)
}

/// The usual way of writing a path.
pub(super) fn escape_path(path: &str) -> String {
    escape(path, is_plain)
}

/// Whether a path may be written this way.
fn is_valid(written: &str) -> bool {
    written.bytes().all(|byte| is_plain(byte) || b"!'()*[]%".contains(&byte))
}

/// `url.QueryEscape`: a space is `+`.
pub(super) fn escape_query(text: &str) -> String {
    escape(text, |byte| byte.is_ascii_alphanumeric() || b"-_.~ ".contains(&byte)).replace(' ', "+")
}

/// `url.PathEscape`: for one part of a path; the slash is left alone here.
pub(super) fn escape_segments(text: &str) -> String {
    escape(text, |byte| byte.is_ascii_alphanumeric() || b"-_.~$&+:=@/".contains(&byte))
}

fn escape(text: &str, plain: impl Fn(u8) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if plain(byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Whether double slashes in a path become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slashes {
    Merged,
    Kept,
}

impl Slashes {
    /// A pattern with a double slash means it.
    pub fn of(pattern: &str) -> Self {
        if pattern.contains("//") { Self::Kept } else { Self::Merged }
    }
}

/// The path without `.`, `..` and, unless they are kept, double slashes; a slash at the end stays.
pub(super) fn clean_path(path: &str, slashes: Slashes) -> String {
    if slashes == Slashes::Merged {
        return clean_whole(path);
    }
    // an impossible part between two slashes keeps them apart
    let mut apart = String::with_capacity(path.len());
    let mut previous = ' ';
    for ch in path.chars() {
        if ch == '/' && previous == '/' {
            apart.push('\u{1}');
        }
        apart.push(ch);
        previous = ch;
    }
    clean_whole(&apart).replace('\u{1}', "")
}

fn clean_whole(path: &str) -> String {
    let cleaned = clean(path);
    if cleaned != "/" && path.ends_with('/') { cleaned + "/" } else { cleaned }
}

/// Go's `path.Clean`.
pub(super) fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            _ => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(path: &str) -> Url {
        Url::new(path, Query { text: Ok(String::new()), mark: false }).expect(path)
    }

    #[test]
    fn paths_keep_how_they_are_written() {
        for (written, path, sent) in [
            ("/a%20b", "/a b", "/a%20b"),
            ("/a%2Fb", "/a/b", "/a%2Fb"),
            ("/%77s", "/ws", "/%77s"),
            ("/a!b", "/a!b", "/a!b"),
            ("//a/../b", "//a/../b", "//a/../b"),
            ("/é", "/é", "/%C3%A9"),
        ] {
            let url = url(written);
            assert_eq!((url.path.as_str(), url.escaped_path().as_str()), (path, sent), "{written}");
        }
        let query = || Query { text: Ok(String::new()), mark: false };
        assert_eq!(Url::new("/%zz", query()), Err(BadPath::Refused));
        assert_eq!(Url::new("/%FF", query()), Err(BadPath::NotText));
        assert_eq!(Url::new("*", query()), Err(BadPath::Refused));
    }

    #[test]
    fn paths_are_cleaned() {
        for (path, slashes, expected) in [
            ("/a//b/../c/", Slashes::Merged, "/a/c/"),
            ("/a//b", Slashes::Kept, "/a//b"),
            ("/..", Slashes::Merged, "/"),
            ("", Slashes::Merged, "."),
            ("//", Slashes::Merged, "/"),
        ] {
            assert_eq!(clean_path(path, slashes), expected, "{path}");
        }
    }
}
