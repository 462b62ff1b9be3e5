//! Source code: only texts are values.

use super::walk::{READERS, Walk};
use super::{Class, Finder, Name, PieceKind, Trust};
use crate::report::redact::lex::Grammar;
use crate::report::redact::scan::is_identifier;
use crate::report::redact::value::secret_part;
use crate::report::redact::words::is_only_words;

/// Expressions that may be inside one another and still be looked at one by one.
const MOST_LEVELS: usize = 6;
/// Longer expressions are looked at in their beginning.
const LONGEST: usize = 20_000;

/// Methods that compare.
const COMPARING: [&str; 16] = [
    "toBe",
    "toEqual",
    "toStrictEqual",
    "toMatch",
    "startsWith",
    "startswith",
    "endsWith",
    "endswith",
    "includes",
    "equals",
    "localeCompare",
    "match",
    "concat",
    "indexOf",
    "padEnd",
    "strip_prefix",
];

/// How a value is connected with the name before it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Link {
    Given,
    Argument,
    Call,
}

impl<'a> Finder<'_, 'a, '_> {
    pub(super) fn in_code(&mut self, name: Name<'a>) -> usize {
        let scan = self.scan;
        self.compared_before(name);
        self.cases(name);
        self.returned(name);
        self.members(name);
        self.unpacked(name);
        let whole = name.piece.map(|piece| self.pieces[piece]);
        let mut at = whole.map_or(name.end, |piece| piece.close);
        if self.grammar == Grammar::Markup && self.element(name) {
            return name.end;
        }
        let mut closed = false;
        // Past what may be between a name and what is done with it.
        for _ in 0..12 {
            at = scan.spaces(at, at + 200);
            match scan.at(at) {
                b']' => at += 1,
                b')' => {
                    closed = true;
                    at += 1;
                }
                b'!' if scan.at(at + 1) != b'=' => at += 1,
                b'?' if matches!(scan.at(at + 1), b':' | b'.') => at += 1 + usize::from(scan.at(at + 1) == b'.'),
                b'a' if scan.has(at, "as ") => {
                    let word = scan.blanks(at + 3, at + 20);
                    at = scan.run(word, word + 60, is_identifier);
                }
                b'.' if whole.is_none() => match self.method(at) {
                    Some((method, inside, end)) if COMPARING.contains(&method) => {
                        return self.arguments(inside, name.class, Trust::Given).max(end.min(inside));
                    }
                    Some((_, _, end)) if end > at => at = end,
                    _ => break,
                },
                _ => break,
            }
        }
        let (link, from) = match scan.at(at) {
            b'=' if scan.has(at, "===") => (Link::Given, at + 3),
            b'=' if scan.has(at, "==") => (Link::Given, at + 2),
            b'=' if scan.has(at, "=>") => {
                if whole.is_none() {
                    return name.end;
                }
                (Link::Given, at + 2)
            }
            b'=' if !closed => (Link::Given, at + 1),
            b'!' if scan.has(at, "!==") => (Link::Given, at + 3),
            b'!' if scan.has(at, "!=") => (Link::Given, at + 2),
            b'|' if scan.has(at, "||=") => (Link::Given, at + 3),
            b'|' if scan.has(at, "||") => (Link::Given, at + 2),
            b'?' if scan.has(at, "??=") => (Link::Given, at + 3),
            b'?' if scan.has(at, "??") => (Link::Given, at + 2),
            b'+' if scan.has(at, "+=") => (Link::Given, at + 2),
            b':' if scan.has(at, ":=") => (Link::Given, at + 2),
            b':' if !closed && !self.is_branch(name) => (Link::Given, at + 1),
            b'o' if scan.has(at, "or ") => (Link::Given, at + 3),
            b'n' if scan.has(at, "not in ") => (Link::Given, at + 7),
            b'i' if scan.has(at, "in ") && self.grammar == Grammar::Python => (Link::Given, at + 3),
            b'i' if scan.has(at, "is ") && self.grammar == Grammar::Python => (Link::Given, at + 3),
            b',' if whole.is_some() || !closed => match self.first_argument(name) {
                Some(link) => {
                    // `defineProperty(object, "token", { value: "..." })`
                    let open = scan.spaces(at + 1, at + 40);
                    if scan.at(open) == b'{' && name.class == Class::Secret {
                        self.value_field(open, name.class);
                    }
                    (link, at + 1)
                }
                None => return name.end,
            },
            b'(' if whole.is_none() && name.class == Class::Secret => (Link::Call, at + 1),
            _ => return name.end,
        };
        if self.levels.len() >= MOST_LEVELS {
            // Too deep to look at each expression: the next text belongs to it.
            let next = self.piece_from(from);
            if let Some(piece) = self.pieces.get(next).copied().filter(|piece| piece.open < from + 8) {
                self.hide(piece.start, piece.end, name.class, Trust::Given);
            }
            return from;
        }
        match link {
            Link::Given => self.expression(from, name, Trust::Given),
            Link::Argument => self.arguments(from, name.class, Trust::Given),
            Link::Call => {
                let sets = ["set", "with", "use"].iter().any(|verb| name.text.starts_with(verb));
                self.arguments(from, name.class, if sets { Trust::Given } else { Trust::Near })
            }
        }
    }

    /// `.name(`: the method, where its arguments begin, and where a short call without texts ends.
    fn method(&self, at: usize) -> Option<(&'a str, usize, usize)> {
        let scan = self.scan;
        let end = scan.run(at + 1, at + 40, is_identifier);
        let method = scan.slice(at + 1, end);
        if scan.at(end) != b'(' {
            // `config.token.value = `
            return ["value", "current", "default"].contains(&method).then_some((method, end, end));
        }
        let close = scan.until(end + 1, end + 40, |byte| matches!(byte, b')' | b'(' | b'"' | b'\'' | b'`'));
        let end_of_call = if scan.at(close) == b')' { close + 1 } else { at };
        Some((method, end + 1, end_of_call))
    }

    /// Whether the colon after a name ends the head of a statement, or the first half of a choice.
    fn is_branch(&self, name: Name<'_>) -> bool {
        let scan = self.scan;
        let mut start = name.start;
        while start > 0 && name.start - start < 200 && scan.before(start) != b'\n' {
            start -= 1;
        }
        scan.count(name.start - start);
        let before = scan.slice(start, name.start);
        let before = before.trim();
        if self.grammar == Grammar::Python {
            let head = before.split_whitespace().next().unwrap_or("");
            if ["if", "elif", "while", "for", "with", "lambda", "except", "case", "match"].contains(&head) {
                return true;
            }
        }
        before.ends_with('?') || before.ends_with("case")
    }

    /// What the first argument of a call is followed by: `getenv("NAME", "value")`, `headers.set("Name", "value")`,
    /// `compare(token, "value")`, `["Name", "value"]`.
    fn first_argument(&self, name: Name<'_>) -> Option<Link> {
        let scan = self.scan;
        let mut at = name.piece.map_or(name.start, |piece| self.pieces[piece].open);
        // `req.query.token`
        while name.piece.is_none()
            && at > 0
            && name.start - at < 60
            && (is_identifier(scan.before(at)) || scan.before(at) == b'.')
        {
            at -= 1;
        }
        let mut steps = 0;
        while at > 0
            && steps < 80
            && (scan.before(at).is_ascii_whitespace() || matches!(scan.before(at), b'b' | b'f' | b'u' | b'r'))
        {
            at -= 1;
            steps += 1;
        }
        scan.count(steps);
        let callee = |at: usize| {
            let mut start = at;
            while start > 0 && at - start < 40 && is_identifier(scan.before(start)) {
                start -= 1;
            }
            scan.slice(start, at)
        };
        // `setattr(object, "name", "value")`
        let mut open = at;
        if scan.before(at) == b',' && name.piece.is_some() {
            open = at - 1;
            while open > 0 && at - open < 60 && (is_identifier(scan.before(open)) || scan.before(open) == b'.') {
                open -= 1;
            }
            let of = callee(open.saturating_sub(1));
            let sets = ["set", "setattr", "defineProperty", "setProperty", "put", "assign"].contains(&of);
            return (scan.before(open) == b'(' && sets).then_some(Link::Argument);
        }
        match scan.before(open) {
            b'(' => {
                let callee = callee(at - 1);
                if name.piece.is_none() {
                    let compares = ["compare", "digest", "equal", "Equal", "eq", "verify", "check", "match"];
                    return compares.iter().any(|word| callee.contains(word)).then_some(Link::Argument);
                }
                let sets = ["set", "add", "append", "put", "with"].iter().any(|verb| callee.starts_with(verb));
                Some(if READERS.contains(&callee) || callee.is_empty() || sets { Link::Argument } else { Link::Call })
            }
            // `["X-Api-Key", "value"]`: a header with its value, not a list of names.
            b'[' if name.piece.is_some() => {
                let header = name.text.contains('-')
                    || ["authorization", "cookie"].iter().any(|one| name.text.eq_ignore_ascii_case(one));
                let end = name.piece.map_or(name.end, |piece| self.pieces[piece].close);
                let next = self.pieces.get(self.piece_from(end)).map_or("", |piece| scan.slice(piece.start, piece.end));
                Some(if header && !is_header_name(next) { Link::Argument } else { Link::Call })
            }
            _ => None,
        }
    }

    /// `"value" === token`.
    fn compared_before(&mut self, name: Name<'_>) {
        let scan = self.scan;
        let index = self.piece_from(name.start);
        let Some(piece) = index.checked_sub(1).and_then(|index| self.pieces.get(index)).copied() else { return };
        let own = name.piece.is_some();
        if own || piece.kind != PieceKind::Literal || piece.close > name.start || name.start - piece.close > 60 {
            return;
        }
        let between = scan.slice(piece.close, name.start).trim();
        scan.count(between.len());
        let rest = ["===", "!==", "==", "!="].iter().find_map(|mark| between.strip_prefix(mark));
        let path = |text: &str| text.trim().bytes().all(|byte| is_identifier(byte) || byte == b'.' || byte == b'[');
        if rest.is_some_and(path) {
            self.hide(piece.start, piece.end, name.class, Trust::Given);
        }
    }

    /// `switch (token) { case "value": }`, `match token: case "value":`
    fn cases(&mut self, name: Name<'a>) {
        let scan = self.scan;
        let before = scan.slice(name.start.saturating_sub(30), name.start);
        if name.piece.is_some() || !before.contains("switch") && !before.contains("match ") {
            return;
        }
        let limit = scan.len().min(name.end + 600);
        let mut index = self.piece_from(name.end);
        while let Some(piece) = self.pieces.get(index).copied().filter(|piece| piece.open < limit) {
            if scan.slice(name.end, piece.open).trim_end().ends_with("case") {
                self.hide(piece.start, piece.end, name.class, Trust::Given);
            }
            scan.count(8);
            index += 1;
        }
    }

    /// `function getToken() { return "value" }`
    fn returned(&mut self, name: Name<'a>) {
        let scan = self.scan;
        if name.piece.is_some() || scan.at(name.end) != b'(' {
            return;
        }
        let close = scan.until(name.end, name.end + 100, |byte| byte == b')');
        let open = scan.until(close, close + 60, |byte| matches!(byte, b'{' | b';' | b':' | b'\n'));
        let body = scan.spaces(open + 1, open + 60);
        if !matches!(scan.at(open), b'{' | b':') || !scan.has(body, "return ") {
            return;
        }
        let piece = self.pieces.get(self.piece_from(body)).copied().filter(|piece| piece.open == body + 7);
        if let Some(piece) = piece {
            self.hide(piece.start, piece.end, name.class, Trust::Near);
        }
    }

    /// `<password>value</password>`
    fn element(&mut self, name: Name<'_>) -> bool {
        let scan = self.scan;
        if scan.before(name.start) != b'<' || scan.at(name.end) != b'>' {
            return false;
        }
        let end = scan.until(name.end + 1, scan.len(), |byte| byte == b'<');
        if scan.has(end, "</") {
            self.hide(name.end + 1, end, name.class, Trust::Given);
        }
        true
    }

    /// The texts of the expression that begins at `from`. Where to go on: at its first bracket, or after it.
    fn expression(&mut self, from: usize, name: Name<'a>, trust: Trust) -> usize {
        let scan = self.scan;
        let mut walk = Walk::new();
        let limit = scan.len().min(from + LONGEST);
        let mut at = from;
        let mut index = self.piece_from(from);
        while at < limit {
            if let Some(piece) = self.pieces.get(index).copied().filter(|piece| piece.open <= at) {
                index += 1;
                if piece.close <= at {
                    continue;
                }
                if piece.kind == PieceKind::Literal {
                    self.text(piece, &walk, name, trust);
                    walk.after_text();
                }
                at = piece.close;
                continue;
            }
            let byte = scan.at(at);
            match byte {
                b'(' | b'[' | b'{' => {
                    // `apiKey={"value"}` of JSX is a mere bracket.
                    let next =
                        self.pieces.get(index).filter(|piece| byte == b'{' && walk.fresh && piece.open == at + 1);
                    let mere = next.is_some_and(|piece| scan.at(piece.close) == b'}');
                    walk.open(if mere { b'(' } else { byte }, if mere { "" } else { callee(scan, at) });
                    // A function or an object: its parts have names of their own.
                    if byte == b'{' && walk.after_arrow {
                        break;
                    }
                }
                b')' | b']' | b'}' => {
                    if !walk.close() {
                        break;
                    }
                }
                b';' if walk.depth() == 0 => break,
                b',' => {
                    if walk.depth() == 0 {
                        break;
                    }
                    walk.comma();
                }
                b'>' if scan.before(at) == b'=' => walk.after_arrow = true,
                b'>' if self.grammar == Grammar::Markup && walk.depth() == 0 => break,
                b'\n' if walk.depth() == 0 && self.ends_line(from, at) => break,
                b' ' | b'\t' | b'\r' | b'\n' => {}
                _ if byte.is_ascii_digit() && walk.fresh && walk.depth() == 0 => {
                    let end = scan.run(at, at + 40, |byte| byte.is_ascii_digit());
                    let counts = name.text.to_ascii_lowercase().contains("token");
                    if end - at >= 4 && !counts && !is_identifier(scan.at(end)) && scan.at(end) != b'.' {
                        self.hide(at, end, name.class, Trust::Given);
                    }
                    at = end.max(at + 1);
                    walk.fresh = false;
                    continue;
                }
                _ if walk.after_text && walk.depth() == 0 && is_identifier(byte) => {
                    // A word behind a text begins something else, unless it joins two values.
                    let end = scan.run(at, at + 40, is_identifier);
                    if !["if", "else", "or", "and", "as", "in", "is", "not", "satisfies"].contains(&scan.slice(at, end))
                    {
                        break;
                    }
                    walk.after_text = false;
                    at = end;
                    continue;
                }
                _ => {
                    walk.after_arrow = false;
                    walk.after_text = false;
                    walk.fresh = false;
                }
            }
            at += 1;
        }
        scan.count(at - from);
        self.levels.push(at);
        from.max(name.end)
    }

    /// Whether an expression ends with the line break at `at`.
    fn ends_line(&self, from: usize, at: usize) -> bool {
        let scan = self.scan;
        let mut before = at;
        while before > from && scan.before(before).is_ascii_whitespace() {
            before -= 1;
        }
        let next = scan.spaces(at, at + 400);
        scan.count(at - before);
        let open = before == from || b"+|&?:=([{,.\\".contains(&scan.before(before));
        let goes_on = b"+|&?:.".contains(&scan.at(next)) || scan.has(next, "or ");
        !(open || goes_on)
    }

    /// A text inside an expression.
    pub(super) fn text(&mut self, piece: super::Piece, walk: &Walk<'_>, name: Name<'a>, trust: Trust) {
        let value = self.scan.slice(piece.start, piece.end);
        let only_words = value.len() < 60 && is_only_words(value);
        let key = walk.depth() > 0 && self.scan.at(self.scan.blanks(piece.close, piece.close + 8)) == b':';
        if key || (only_words && (value.len() < 4 || value != name.text && walk.reads() || self.grammar.is_code())) {
            return;
        }
        if walk.reads() && walk.argument() == 0 && is_setting(value) && walk.depth() > 0 {
            return;
        }
        let named = walk.depth() > 0 && self.scan.before(piece.open) == b'=';
        let told = ["default", "value", "fallback", "secret", "key", "default_value", "initial"];
        let elsewhere = named && !told.contains(&callee(self.scan, piece.open - 1));
        let trust = if elsewhere || walk.is_near() { Trust::Near } else { trust };
        let class = name.class;
        if trust == Trust::Given && class == Class::Secret {
            // A part of a text with expressions in it is no word, whatever it looks like.
            let part = self.scan.at(piece.end) == b'$' || self.scan.at(piece.open) == b'}';
            if part && (value.trim().len() < 4 || secret_part(value).is_none()) {
                return;
            }
        }
        self.hide(piece.start, piece.end, class, trust);
    }
}

/// Whether a text is the name of a setting.
fn is_setting(text: &str) -> bool {
    !text.is_empty()
        && text.len() < 80
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
        || text.bytes().all(|byte| byte.is_ascii_lowercase() || b"_.-:".contains(&byte)) && text.len() < 60
        || is_only_words(text)
}

/// `Content-Type`, `*`
fn is_header_name(text: &str) -> bool {
    text.split('-').all(|part| {
        part.bytes().next().is_none_or(|byte| byte.is_ascii_uppercase() || byte == b'*')
            && part.bytes().skip(1).all(|byte| byte.is_ascii_lowercase())
    })
}

/// The name of the function whose bracket opens at `at`; empty for a mere bracket.
pub(super) fn callee<'a>(scan: &super::Scan<'a>, at: usize) -> &'a str {
    let mut start = at;
    while start > 0 && at - start < 40 && is_identifier(scan.before(start)) {
        start -= 1;
    }
    scan.slice(start, at)
}
