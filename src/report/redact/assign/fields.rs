//! Values in brackets or lines of their own behind a name: `TOKEN: { value: secret }`, `enum Secrets { A = "secret" }`,
//! `? password` with `: secret` below.

use super::settings::Region;
use super::{Class, Finder, Name, PieceKind, Trust, pairs};
use crate::report::redact::lex::Grammar;
use crate::report::redact::scan::is_name;

/// How far a bracket is looked into.
const FAR: usize = 600;

impl<'a> Finder<'_, 'a, '_> {
    /// `{ value: secret }`: the field of the bracket at `open` that holds what the name before it is the name of.
    pub(super) fn value_field(&mut self, open: usize, class: Class) {
        let scan = self.scan;
        let limit = scan.until(open + 1, open + FAR, |byte| matches!(byte, b'{' | b'}'));
        let mut at = open + 1;
        while at < limit {
            if !is_name(scan.at(at)) {
                at += 1;
                continue;
            }
            let end = scan.run(at, limit, is_name);
            if pairs::VALUES.contains(&scan.slice(at, end))
                && let Some((start, stop)) = pairs::field(self, end)
            {
                self.hide(start, stop.min(limit), class, Trust::Given);
            }
            at = end;
        }
        scan.count(limit - open.min(limit));
    }

    /// `enum Secrets { A = "secret" }`: what looks like a secret in a class that is called after them.
    pub(super) fn members(&mut self, name: Name<'a>) {
        let scan = self.scan;
        let before = scan.slice(name.start.saturating_sub(6), name.start);
        let open = scan.blanks(name.end, name.end + 8);
        if !(before.ends_with("enum ") || before.ends_with("class ")) || scan.at(open) != b'{' {
            return;
        }
        let limit = scan.len().min(open + FAR);
        let (mut at, mut depth) = (open, 0usize);
        let mut index = self.piece_from(open);
        while at < limit {
            if let Some(piece) = self.pieces.get(index).copied().filter(|piece| piece.open <= at) {
                index += 1;
                // What its methods say is about secrets, and none.
                if piece.close > at && piece.kind == PieceKind::Literal && depth == 1 {
                    self.hide(piece.start, piece.end, name.class, Trust::Near);
                }
                at = piece.close.max(at);
                continue;
            }
            match scan.at(at) {
                b'{' => depth += 1,
                b'}' if depth <= 1 => break,
                b'}' => depth -= 1,
                _ => {}
            }
            at += 1;
        }
        scan.count(at - open);
    }

    /// `A, PASSWORD = "a", "secret"`: the value at the place of the name.
    pub(super) fn unpacked(&mut self, name: Name<'a>) {
        let scan = self.scan;
        let mut start = name.start;
        while start > 0 && name.start - start < 80 && scan.before(start) != b'\n' {
            start -= 1;
        }
        scan.count(name.start - start);
        let names = |byte: u8| is_name(byte) || matches!(byte, b',' | b' ' | b'\t');
        let before = scan.slice(start, name.start);
        let equals = scan.run(name.end, name.end + 80, names);
        let is_list = before.bytes().all(names) && scan.at(equals) == b'=' && scan.at(equals + 1) != b'=';
        if !is_list || !(before.contains(',') || scan.slice(name.end, equals).contains(',')) {
            return;
        }
        let place = before.matches(',').count();
        let line = scan.line_end(equals);
        let (mut at, mut depth, mut value) = (equals + 1, 0usize, 0usize);
        let mut index = self.piece_from(at);
        while at < line.min(equals + FAR) && value <= place {
            if let Some(piece) = self.pieces.get(index).copied().filter(|piece| piece.open <= at) {
                index += 1;
                if piece.close > at && value == place && depth == 0 && piece.kind == PieceKind::Literal {
                    self.hide(piece.start, piece.end, name.class, Trust::Given);
                }
                at = piece.close.max(at);
                continue;
            }
            match scan.at(at) {
                b'(' | b'[' | b'{' => depth += 1,
                b')' | b']' | b'}' => depth = depth.saturating_sub(1),
                b',' if depth == 0 => value += 1,
                _ => {}
            }
            at += 1;
        }
        scan.count(at - equals);
    }

    /// `? password` with `: secret` on the line below.
    pub(super) fn asked_key(&mut self, name: Name<'a>, at: usize) -> Option<usize> {
        let scan = self.scan;
        let mut mark = name.start;
        while mark > 0 && name.start - mark < 40 && matches!(scan.before(mark), b' ' | b'"' | b'\'') {
            mark -= 1;
        }
        if self.grammar != Grammar::Yaml || scan.before(mark) != b'?' || mark == name.start {
            return None;
        }
        let rest = scan.blanks(at, at + 40);
        if !matches!(scan.at(rest), b'\n' | b'\r' | b'#') {
            return None;
        }
        let next = scan.spaces(scan.line_end(rest), rest + 400);
        if scan.at(next) != b':' || !scan.at(next + 1).is_ascii_whitespace() {
            return None;
        }
        let region = Region { limit: scan.len(), embedded: false, comment: false, leads: false };
        Some(self.value(name, next + 1, region))
    }
}
