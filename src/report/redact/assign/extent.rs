//! How far a value that needs no quotes goes.

use super::settings::Region;
use super::{Class, Finder, Name, PieceKind, Trust};
use crate::report::redact::lex::Grammar;
use crate::report::redact::scan::is_name;
use crate::report::redact::value::looks_secret;

impl<'a> Finder<'_, 'a, '_> {
    /// The value that begins at or after `from`.
    pub(super) fn value(&mut self, name: Name<'a>, from: usize, region: Region) -> usize {
        let scan = self.scan;
        let mut at = scan.blanks(from, region.limit);
        // Tags and anchors.
        while self.grammar == Grammar::Yaml
            && matches!(scan.at(at), b'!' | b'&')
            && !region.embedded
            && is_name(scan.at(at + 1))
        {
            at = scan.run(at, region.limit, |byte| !byte.is_ascii_whitespace());
            at = scan.blanks(at, region.limit);
        }
        let byte = scan.at(at);
        if at >= region.limit || matches!(byte, b'\n' | b'\r' | b'#') && !region.embedded {
            return if region.embedded { name.end } else { self.below(name, at) };
        }
        // A text that is a piece of its own.
        let index = self.piece_from(at);
        let piece =
            self.pieces.get(index).copied().filter(|piece| piece.open == at && piece.kind == PieceKind::Literal);
        if let Some(piece) = piece.filter(|_| !region.embedded || self.grammar == Grammar::Prose) {
            self.hide(piece.start, piece.end, name.class, Trust::Given);
            // What goes on behind the quote belongs to it: `"a"b`, `'a' \`.
            return self.rest(piece.close, name);
        }
        match byte {
            b'"' | b'\'' => {
                let end = self.end_of_quoted(at, region.limit, byte);
                self.hide(at + 1, end, name.class, Trust::Given);
                end
            }
            b'\\' if matches!(scan.at(at + 1), b'"' | b'\'') => {
                let mark = scan.at(at + 1);
                let mut end = scan.until(at + 2, region.limit, |byte| byte == mark);
                // A quote inside the inner quotes has three backslashes.
                while end < region.limit && scan.slice(end.saturating_sub(3), end) == "\\\\\\" {
                    end = scan.until(end + 1, region.limit, |byte| byte == mark);
                }
                let close = if scan.before(end) == b'\\' { end - 1 } else { end };
                self.hide(at + 2, close, name.class, Trust::Given);
                end
            }
            b'|' | b'>' if self.grammar == Grammar::Yaml && !region.embedded => self.block(name, at),
            b'[' if !region.embedded => self.list(name, at, region),
            b'{' if scan.at(at + 1) != b'{'
                && (self.grammar != Grammar::Env || scan.slice(at, scan.line_end(at)).contains(['"', ':'])) =>
            {
                // The fields have names of their own; what looks like a secret is one here.
                if !region.embedded && name.class == Class::Secret {
                    self.value_field(at, name.class);
                    self.list(name, at, region);
                }
                name.end.max(at)
            }
            b'<' if scan.has(at, "<<") => self.heredoc(name, at),
            _ => {
                let end = self.plain_end(name, at, region);
                if region.comment && !self.is_told(name, from, at, end) {
                    return name.end;
                }
                let hidden = self.hide(at, end, name.class, Trust::Given);
                if hidden || end - at > 256 {
                    let next = if region.embedded { end } else { self.continued(name, end) };
                    return next.max(name.end);
                }
                name.end
            }
        }
    }

    /// Whether what stands behind a name in a comment is a value, not a sentence.
    fn is_told(&self, name: Name<'_>, from: usize, at: usize, end: usize) -> bool {
        let value = self.scan.slice(at, end);
        let tight = at == from && self.scan.before(from) == b'=' && name.class == Class::Secret;
        let call = value.contains(['(', ')']);
        (tight && !call) || looks_secret(value.trim_end_matches(['.', ',', ';']))
    }

    fn end_of_quoted(&self, at: usize, limit: usize, quote: u8) -> usize {
        self.scan.closing(at + 1, limit, quote).unwrap_or_else(|| self.scan.line_end(at).min(limit))
    }

    /// The end of a value without quotes.
    fn plain_end(&self, name: Name<'_>, at: usize, region: Region) -> usize {
        let scan = self.scan;
        if region.embedded {
            let colon = scan.before(scan.text[..at].trim_end_matches([' ', '\t']).len()) == b':';
            let header = region.leads && (colon || self.grammar != Grammar::Prose);
            let line = scan.line_end(at).min(region.limit);
            if header && !region.comment && self.grammar != Grammar::Prose {
                // Settings inside a text of several lines end with their line, whatever the quotes say.
                let escaped = scan.slice(at, line).find("\\n").map_or(line, |length| at + length);
                return escaped;
            }
            let header = colon
                && matches!(
                    name.text.to_ascii_lowercase().as_str(),
                    "authorization" | "proxy-authorization" | "cookie" | "set-cookie"
                );
            if header {
                return scan.until(at, line, |byte| matches!(byte, b'"' | b'\'' | b'`' | b'\\'));
            }
            let mut end = at;
            let mut depth = 0usize;
            while end < line {
                let byte = scan.at(end);
                match byte {
                    b'$' if scan.at(end + 1) == b'{' => {
                        depth += 1;
                        end += 1;
                    }
                    b'}' if depth > 0 => depth -= 1,
                    _ if depth > 0 => {}
                    b'"' | b'\'' | b'`' | b'\\' | b';' | b'&' | b',' | b')' | b'}' | b']' | b'<' | b'|' => {
                        // Marks inside a value do not end it.
                        let next = scan.at(end + 1);
                        let inside = matches!(byte, b';' | b'&' | b',' | b'|' | b')' | b'}' | b']')
                            && (next.is_ascii_alphanumeric() && matches!(byte, b'|' | b')' | b'}' | b']'));
                        if !inside {
                            break;
                        }
                    }
                    _ if byte.is_ascii_whitespace() => break,
                    _ => {}
                }
                end += 1;
            }
            scan.count(end - at);
            return end;
        }
        let line = scan.line_end(at);
        match self.grammar {
            Grammar::Shell | Grammar::Docker => self.word_end(at, line),
            Grammar::Nginx => {
                let end =
                    scan.until(at, line, |byte| byte.is_ascii_whitespace() || matches!(byte, b';' | b'"' | b'\''));
                // `if ($arg_token = value)`
                if scan.before(end) == b')' && !scan.slice(at, end).contains('(') { end - 1 } else { end }
            }
            Grammar::Json | Grammar::Toml => scan.until(at, line, |byte| matches!(byte, b',' | b'}' | b']' | b'#')),
            Grammar::Yaml => {
                let flow = self.in_flow(name);
                let mut end = at;
                while end < line {
                    let byte = scan.at(end);
                    if flow
                        && matches!(byte, b',' | b'}' | b']')
                        && !(byte == b'}' && scan.slice(at, end).contains("${"))
                        || byte == b'#' && scan.before(end).is_ascii_whitespace()
                    {
                        break;
                    }
                    end += 1;
                }
                scan.count(end - at);
                end
            }
            _ => line,
        }
    }

    /// Whether a brace is opened before `at` on its line, as far as is looked.
    fn is_brace_before(&self, at: usize) -> bool {
        let before = self.scan.bytes[at.saturating_sub(400)..at].iter();
        before.rev().find(|byte| matches!(byte, b'{' | b'\n')).is_some_and(|byte| *byte == b'{')
    }

    /// Whether a name of YAML is inside `{ }` or `[ ]` on its line.
    pub(super) fn in_flow(&self, name: Name<'_>) -> bool {
        let scan = self.scan;
        let open = name.piece.map_or(name.start, |piece| self.pieces[piece].open);
        let mut start = open;
        while start > 0 && open - start < 400 {
            match scan.before(start) {
                b'{' | b'[' | b',' if start < 2 || scan.at(start - 2) != b'$' => {
                    let own = scan.before(start);
                    let head = scan.slice(start, open).trim();
                    if own != b',' || head.is_empty() {
                        return own != b',' || self.is_brace_before(start) || head.is_empty();
                    }
                    start -= 1;
                }
                b'}' | b']' => return false,
                b'\n' => return false,
                _ => start -= 1,
            }
        }
        scan.count(open - start);
        false
    }
}
