//! Values that go on in the lines below their name: YAML blocks and lists, heredocs, Kubernetes secrets.

use super::settings::Region;
use super::{Class, Finder, Name, Trust};
use crate::report::redact::lex::Grammar;
use crate::report::redact::scan::is_name;

impl<'a> Finder<'_, 'a, '_> {
    /// Lines that a value without quotes goes on in.
    pub(super) fn continued(&mut self, name: Name<'a>, end: usize) -> usize {
        let scan = self.scan;
        let mut end = end;
        // A backslash at the end of a line.
        while scan.before(end) == b'\\' && scan.at(end) == b'\n' || scan.at(end) == b'\\' && scan.at(end + 1) == b'\n' {
            let start = end + 1 + usize::from(scan.at(end) == b'\\');
            let from = scan.blanks(start, scan.len());
            let line = scan.line_end(from);
            let to = if matches!(self.grammar, Grammar::Shell | Grammar::Docker) && from > start {
                return end;
            } else {
                line
            };
            self.mask.hide(from, to);
            end = to.max(end + 1);
        }
        if self.grammar == Grammar::Yaml && !self.in_flow(name) {
            return self.deeper(name, end, false);
        }
        end
    }

    /// What follows a closed quote without a space: `"a"'b'`.
    pub(super) fn rest(&mut self, at: usize, name: Name<'a>) -> usize {
        let scan = self.scan;
        if !matches!(self.grammar, Grammar::Shell | Grammar::Docker | Grammar::Env) || name.class < Class::Secret {
            return at;
        }
        let end = scan.run(at, scan.len(), |byte| !byte.is_ascii_whitespace() && !b";)}],&|".contains(&byte));
        self.mask.hide(at, end);
        end
    }

    /// A block scalar: every line that is deeper than its key.
    pub(super) fn block(&mut self, name: Name<'a>, at: usize) -> usize {
        let line = self.scan.line_end(at);
        self.deeper(name, line, true)
    }

    /// Hides the lines below that are deeper than the key; in a plain text only those that are no keys.
    fn deeper(&mut self, name: Name<'a>, line: usize, block: bool) -> usize {
        let scan = self.scan;
        let column = self.column(name.start);
        let mut at = line;
        loop {
            let start = next_line(scan.bytes, at);
            if start >= scan.len() {
                return at;
            }
            let from = scan.blanks(start, scan.len());
            let end = scan.line_end(from);
            if from == end {
                at = end;
                if end >= scan.len() {
                    return at;
                }
                continue;
            }
            let content = scan.slice(from, end);
            let plain = !content.starts_with(['-', '#']) && !is_key(content);
            if from - start <= column || !(block || plain) {
                return at;
            }
            if name.class == Class::Secret {
                let opens = content.contains("${") && secret_reference(content);
                if !opens {
                    self.mask.hide(from, end);
                }
            } else {
                self.hide(from, end, name.class, Trust::Near);
            }
            at = end;
        }
    }

    /// The column of the key that a place belongs to.
    fn column(&self, at: usize) -> usize {
        let mut start = at;
        while start > 0 && at - start < 400 && self.scan.before(start) != b'\n' {
            start -= 1;
        }
        let line = self.scan.slice(start, at);
        self.scan.count(line.len());
        // `- key: |`: the key stands behind the dash; `- "NAME=..."` is none.
        line.len() - line.trim_start_matches([' ', '-', '\t']).len()
    }

    /// A value on the lines below its name.
    pub(super) fn below(&mut self, name: Name<'a>, at: usize) -> usize {
        let scan = self.scan;
        let line = scan.line_end(at);
        match self.grammar {
            Grammar::Json => {
                let next = scan.spaces(line, line + 400);
                match scan.at(next) {
                    b'"' => self.value(
                        name,
                        next,
                        Region { limit: scan.len(), embedded: false, comment: false, leads: false },
                    ),
                    b'[' => self.list(
                        name,
                        next,
                        Region { limit: scan.len(), embedded: false, comment: false, leads: false },
                    ),
                    _ => name.end,
                }
            }
            Grammar::Yaml => {
                let mut start = next_line(scan.bytes, line);
                let mut from = scan.blanks(start, scan.len());
                let mut skipped = 0;
                while matches!(scan.at(from), b'\n' | b'\r' | b'#') && skipped < 8 {
                    start = next_line(scan.bytes, scan.line_end(from));
                    from = scan.blanks(start, scan.len());
                    skipped += 1;
                }
                let end = scan.line_end(from);
                let content = scan.slice(from, end);
                let column = self.column(name.start);
                if content.is_empty() || from - start < column || (from - start == column && !content.starts_with("- "))
                {
                    return name.end;
                }
                if let Some(rest) = content.strip_prefix("- ") {
                    // A list of secrets.
                    if is_key(rest) {
                        return name.end;
                    }
                    return self.items(name, start, column);
                }
                if is_key(content) {
                    return self.inner(name, start, column);
                }
                if matches!(scan.at(from), b'"' | b'\'' | b'|' | b'>' | b'!' | b'&') {
                    return self.value(
                        name,
                        from,
                        Region { limit: scan.len(), embedded: false, comment: false, leads: false },
                    );
                }
                self.hide(from, end, name.class, Trust::Given);
                self.deeper(name, end, false)
            }
            _ => name.end,
        }
    }

    /// `password:` with `value:` or `default:` below.
    fn inner(&mut self, name: Name<'a>, start: usize, column: usize) -> usize {
        let scan = self.scan;
        let mut at = start;
        for _ in 0..6 {
            let from = scan.blanks(at, scan.len());
            let end = scan.line_end(from);
            if from - at <= column {
                break;
            }
            let content = scan.slice(from, end);
            let key = ["value:", "default:", "plain:", "text:", "content:", "literal:"]
                .iter()
                .find(|key| content.starts_with(**key));
            if let Some(key) = key {
                let value = from + key.len();
                self.hide(value, end, name.class, Trust::Given);
            }
            at = next_line(scan.bytes, end);
        }
        name.end
    }

    /// The items of a list below a name.
    fn items(&mut self, name: Name<'a>, start: usize, column: usize) -> usize {
        let scan = self.scan;
        let mut at = start;
        let mut last = name.end;
        while at < scan.len() {
            let from = scan.blanks(at, scan.len());
            let end = scan.line_end(from);
            let content = scan.slice(from, end);
            if from - at < column || !content.starts_with("- ") || is_key(&content[2..]) {
                break;
            }
            let plural = name.text.to_ascii_lowercase().ends_with('s');
            let bare = content[2..].trim().bytes().all(is_name);
            // compose lists the names of secrets below `secrets`.
            self.hide(from + 2, end, name.class, if bare && plural { Trust::Near } else { Trust::Given });
            last = end;
            at = next_line(scan.bytes, end);
        }
        last
    }

    /// `[a, "b"]` under the name of a secret.
    pub(super) fn list(&mut self, name: Name<'a>, at: usize, region: Region) -> usize {
        let scan = self.scan;
        let mut end = at + 1;
        let mut from = end;
        let mut depth = 0usize;
        let limit = region.limit.min(at + 600);
        while end < limit {
            let piece = self.pieces.get(self.piece_from(end)).copied().filter(|piece| piece.open == end);
            if let Some(piece) = piece {
                if scan.at(scan.blanks(piece.close, piece.close + 8)) != b':' {
                    self.hide(piece.start, piece.end, name.class, Trust::Near);
                }
                end = piece.close.max(end + 1);
                from = end;
                continue;
            }
            match scan.at(end) {
                b'[' | b'{' => depth += 1,
                b']' | b'}' if depth == 0 => break,
                b']' | b'}' => depth -= 1,
                b',' => {
                    self.hide(from, end, name.class, Trust::Near);
                    from = end + 1;
                }
                _ => {}
            }
            end += 1;
        }
        if depth == 0 {
            self.hide(from, end, name.class, Trust::Near);
        }
        scan.count(end - at);
        at + 1
    }

    /// `NAME=<<EOF`: the lines up to the mark.
    pub(super) fn heredoc(&mut self, name: Name<'a>, at: usize) -> usize {
        let scan = self.scan;
        let start = scan.run(at, at + 8, |byte| matches!(byte, b'<' | b'-' | b'~' | b'"' | b'\''));
        let end = scan.run(start, start + 60, is_name);
        let mark = scan.slice(start, end);
        if mark.is_empty() {
            return name.end;
        }
        let line = scan.line_end(end);
        let Some(length) = memchr::memmem::find(&scan.bytes[line..], format!("\n{mark}").as_bytes()) else {
            return line;
        };
        self.mask.hide(next_line(scan.bytes, line), line + length);
        scan.count(length);
        line + length
    }
}

/// The start of the line behind the line break at `at`.
fn next_line(bytes: &[u8], at: usize) -> usize {
    let mut at = at;
    if bytes.get(at) == Some(&b'\r') {
        at += 1;
    }
    (at + 1).min(bytes.len())
}

/// `key: ...` or `key:`
fn is_key(content: &str) -> bool {
    let end = content.find([':', ' ', '"', '\'']).unwrap_or(content.len());
    let after = &content[end..];
    let content = content.trim_start_matches(['"', '\'']);
    let quoted = content
        .find("\":")
        .or_else(|| content.find("':"))
        .is_some_and(|at| content[..at].bytes().all(|byte| is_name(byte) || byte == b'.'));
    quoted || end > 0 && after.starts_with(':') && (after.len() == 1 || after.as_bytes()[1] == b' ')
}

/// A line that is a reference as a whole.
fn secret_reference(content: &str) -> bool {
    crate::report::redact::value::secret_part(content).is_none()
}

/// The values of Kubernetes secrets: `kind: Secret` with `data` or `stringData`.
pub(super) fn kubernetes(finder: &mut Finder<'_, '_, '_>) {
    let scan = finder.scan;
    let mut start = 0;
    for document in scan.text.split_inclusive("\n---") {
        let secret = document.lines().any(|line| {
            line.trim_start()
                .strip_prefix("kind:")
                .is_some_and(|kind| kind.trim().trim_matches(['"', '\'']).ends_with("Secret"))
        });
        scan.count(document.len());
        if secret {
            data(finder, start, start + document.len());
        }
        start += document.len();
    }
}

fn data(finder: &mut Finder<'_, '_, '_>, start: usize, end: usize) {
    let scan = finder.scan;
    let mut at = start;
    let mut inside: Option<usize> = None;
    while at < end {
        let from = scan.blanks(at, end);
        let line = scan.line_end(from).min(end);
        let content = scan.slice(from, line);
        let indent = from - at;
        if !content.is_empty() {
            if inside.is_some_and(|outer| indent <= outer) {
                inside = None;
            }
            match inside {
                Some(_) => match content.find(": ") {
                    Some(colon) if is_key(content) => finder.mask.hide(from + colon + 2, line),
                    _ if !is_key(content) => finder.mask.hide(from, line),
                    _ => {}
                },
                None if matches!(content.trim_end(), "data:" | "stringData:" | "encryptedData:") => {
                    inside = Some(indent)
                }
                None => {}
            }
        }
        at = next_line(scan.bytes, line).max(at + 1);
    }
}
