//! Calls that take a secret, and functions whose parameters say so.

use super::code::callee;
use super::{Class, Finder, Name, PieceKind, Trust};
use crate::report::redact::scan::is_identifier;
use crate::report::redact::words::{is_only_words, is_query_key};

/// What a function compares or takes as a secret: its name, and at which position.
const CALLS: [(&str, usize); 27] = [
    ("URLSafeSerializer", 0),
    ("URLSafeTimedSerializer", 0),
    ("TimestampSigner", 0),
    ("btoa", 0),
    ("b64encode", 0),
    ("encode_base64", 0),
    ("createHmac", 1),
    ("createCipheriv", 1),
    ("createDecipheriv", 1),
    ("createSecretKey", 0),
    ("HTTPBasicAuth", 1),
    ("HTTPDigestAuth", 1),
    ("BasicAuth", 1),
    ("basicAuth", 1),
    ("cookieParser", 0),
    ("pbkdf2Sync", 0),
    ("scryptSync", 0),
    ("Fernet", 0),
    ("SignJWT", 1),
    ("sign_jwt", 1),
    ("compare_digest", 0),
    ("compare_digest", 1),
    ("timingSafeEqual", 0),
    ("timingSafeEqual", 1),
    ("safeCompare", 1),
    ("Sequelize", 2),
    ("safe_str_cmp", 1),
];

/// The same for methods of an object of this name.
const METHODS: [(&str, &str, usize); 12] = [
    ("jwt", "sign", 1),
    ("jwt", "verify", 1),
    ("jwt", "encode", 1),
    ("jwt", "decode", 1),
    ("hmac", "new", 0),
    ("hmac", "digest", 0),
    ("jsonwebtoken", "sign", 1),
    ("jsonwebtoken", "verify", 1),
    ("jose", "encode", 1),
    ("aiohttp", "BasicAuth", 1),
    ("request", "auth", 1),
    ("redis", "auth", 0),
];

impl<'a> Finder<'_, 'a, '_> {
    /// The texts among the arguments from `from` on, to the closing bracket.
    pub(super) fn arguments(&mut self, from: usize, class: Class, trust: Trust) -> usize {
        let scan = self.scan;
        let limit = scan.len().min(from + 2_000);
        let mut depth = 0usize;
        let mut at = from;
        let mut index = self.piece_from(from);
        while at < limit {
            if let Some(piece) = self.pieces.get(index).copied().filter(|piece| piece.open <= at) {
                index += 1;
                if piece.close > at {
                    let value = scan.slice(piece.start, piece.end);
                    if piece.kind == PieceKind::Literal && !(value.len() < 60 && is_only_words(value)) {
                        self.hide(piece.start, piece.end, class, trust);
                    }
                    at = piece.close;
                }
                continue;
            }
            match scan.at(at) {
                b'(' | b'[' => depth += 1,
                b'{' | b';' => break,
                b')' | b']' | b'}' if depth == 0 => break,
                b')' | b']' => depth -= 1,
                b'>' if scan.before(at) == b'=' => break,
                _ => {}
            }
            at += 1;
        }
        scan.count(at - from);
        self.levels.push(at);
        from
    }

    /// Calls that take a secret at a known position: of libraries, and of functions of this text whose parameter says so.
    pub(super) fn known_call(&mut self, name: Name<'a>) -> Option<usize> {
        let scan = self.scan;
        if name.piece.is_some() {
            self.named_argument(name);
            return None;
        }
        self.query_field(name);
        let mut positions: Vec<usize> = Vec::new();
        let mut open = name.end;
        if scan.at(open) == b'(' {
            positions.extend(CALLS.iter().filter(|(call, _)| *call == name.text).map(|(_, position)| *position));
            positions.extend(self.functions.get(name.text).into_iter().flatten());
        } else if scan.at(open) == b'.' {
            let end = scan.run(open + 1, open + 40, is_identifier);
            let method = scan.slice(open + 1, end);
            let object = name.text.to_ascii_lowercase();
            let known = METHODS.iter().filter(|(of, call, _)| object.ends_with(of) && *call == method);
            positions.extend(known.map(|(_, _, position)| *position));
            open = end;
        }
        if positions.is_empty() || scan.at(open) != b'(' {
            return None;
        }
        let limit = scan.len().min(open + 2_000);
        let (mut at, mut depth, mut argument) = (open + 1, 0usize, 0usize);
        let mut index = self.piece_from(at);
        while at < limit {
            if let Some(piece) = self.pieces.get(index).copied().filter(|piece| piece.open <= at) {
                index += 1;
                if piece.close > at {
                    let named = scan.before(piece.open) == b'=';
                    let key = named && callee(scan, piece.open - 1) == "key";
                    if piece.kind == PieceKind::Literal && (key || positions.contains(&argument) && !named) {
                        self.hide(piece.start, piece.end, Class::Secret, Trust::Given);
                    }
                    at = piece.close;
                }
                continue;
            }
            match scan.at(at) {
                b'(' | b'[' | b'{' => depth += 1,
                b')' | b']' | b'}' if depth == 0 => break,
                b')' | b']' | b'}' => depth -= 1,
                b',' if depth == 0 => argument += 1,
                _ => {}
            }
            at += 1;
        }
        scan.count(at - open);
        None
    }

    /// `searchParams.set("key", "value")`: keys of a query that are no secret names elsewhere.
    fn named_argument(&mut self, name: Name<'a>) {
        self.query_field(name);
        let Some(piece) = name.piece.map(|piece| self.pieces[piece]) else { return };
        if name.class != Class::Plain
            || name.text.len() > 12
            || !is_query_key(name.text)
            || self.scan.before(piece.open) != b'('
        {
            return;
        }
        let mut start = piece.open - 1;
        while start > 0 && piece.open - start < 20 && is_identifier(self.scan.before(start)) {
            start -= 1;
        }
        if ["set", "append", "header", "setHeader", "add", "cookie"].contains(&self.scan.slice(start, piece.open - 1)) {
            self.arguments(piece.close, Class::Perhaps, Trust::Near);
        }
    }

    /// `query: { key: "value" }`
    fn query_field(&mut self, name: Name<'a>) {
        let scan = self.scan;
        let end = name.piece.map_or(name.end, |piece| self.pieces[piece].close);
        if name.class != Class::Plain || name.text.len() > 12 || scan.at(end) != b':' || !is_query_key(name.text) {
            return;
        }
        let before = scan.slice(name.start.saturating_sub(80), name.start);
        scan.count(before.len());
        let open = before.rfind('{').map(|at| before[..at].trim_end().trim_end_matches([':', '=', '(']).trim_end());
        let of_query = open.is_some_and(|open| {
            [
                "query",
                "params",
                "auth",
                "searchParams",
                "URLSearchParams",
                "Params",
                "qs.stringify",
                "querystring.stringify",
            ]
            .iter()
            .any(|word| open.ends_with(word))
        });
        let piece = self.pieces.get(self.piece_from(end)).copied().filter(|piece| piece.open <= end + 2);
        if let Some(piece) = piece.filter(|piece| of_query && piece.kind == PieceKind::Literal) {
            self.hide(piece.start, piece.end, Class::Perhaps, Trust::Near);
        }
    }

    /// Which functions of this text have parameters with secret names.
    pub(super) fn parameters(&mut self) {
        let scan = self.scan;
        let mut at = 0;
        while at < scan.len() {
            let byte = scan.at(at);
            if !is_identifier(byte) {
                at += 1;
                continue;
            }
            let end = scan.run(at, scan.len(), is_identifier);
            let word = scan.slice(at, end);
            if matches!(word, "function" | "def" | "const" | "let" | "var" | "constructor" | "class") {
                self.declaration(word, end);
            }
            at = end;
        }
        scan.count(scan.len());
    }

    fn declaration(&mut self, word: &str, at: usize) {
        let scan = self.scan;
        let start = scan.blanks(at, at + 8);
        let end = scan.run(start, start + 60, is_identifier);
        let mut open = end;
        if matches!(word, "const" | "let" | "var") {
            open = scan.blanks(open, open + 8);
            if scan.at(open) != b'=' {
                return;
            }
            open = scan.blanks(open + 1, open + 8);
            for lead in ["async ", "function "] {
                open = if scan.has(open, lead) { scan.blanks(open + lead.len(), open + 20) } else { open };
            }
        }
        if scan.at(open) != b'(' {
            return;
        }
        let close = scan.until(open + 1, open + 400, |byte| matches!(byte, b')' | b'{'));
        let list = scan.slice(open + 1, close);
        let mut positions = Vec::new();
        let mut position = 0usize;
        for part in list.split(',') {
            let part = part.trim_start().trim_start_matches(['*', '.']);
            let length = part.bytes().take_while(|byte| is_identifier(*byte)).count();
            let parameter = &part[..length];
            if matches!(parameter, "self" | "cls") {
                continue;
            }
            if self.class(parameter) == Class::Secret {
                positions.push(position);
            }
            position += 1;
        }
        if !positions.is_empty() && start < end {
            self.functions.insert(scan.slice(start, end), positions);
        }
    }
}
