//! Where the texts and comments of a file are. Just enough of each grammar to know what a name belongs to: a file that
//! is no valid program is looked at as well, and what is opened and never closed ends with its line.

use super::scan::Scan;
use crate::base::FileKind;

/// How a text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grammar {
    Ecma,
    Markup,
    Python,
    Nginx,
    Env,
    Yaml,
    Json,
    Toml,
    Docker,
    Shell,
    /// A sentence of wirelint.
    Prose,
}

impl Grammar {
    pub fn of(kind: FileKind) -> Self {
        match kind {
            FileKind::TypeScript | FileKind::Tsx => Self::Ecma,
            FileKind::Vue | FileKind::Svelte | FileKind::Html => Self::Markup,
            FileKind::Python => Self::Python,
            FileKind::Nginx | FileKind::NginxTemplate | FileKind::Caddyfile => Self::Nginx,
            FileKind::Env => Self::Env,
            FileKind::Compose | FileKind::Yaml | FileKind::BackEnd => Self::Yaml,
            FileKind::Json | FileKind::PackageJson => Self::Json,
            FileKind::Toml => Self::Toml,
            FileKind::Dockerfile => Self::Docker,
            FileKind::Pem
            | FileKind::Apache
            | FileKind::Haproxy
            | FileKind::Shell
            | FileKind::Procfile
            | FileKind::Recipes
            | FileKind::Processes
            | FileKind::Requirements
            | FileKind::GitIgnore
            | FileKind::Hosting
            | FileKind::Other => Self::Shell,
        }
    }

    /// Whether names stand for values, so that only texts are values.
    pub fn is_code(self) -> bool {
        matches!(self, Self::Ecma | Self::Markup | Self::Python)
    }

    fn spans_lines(self, quote: u8) -> bool {
        match self {
            Self::Env | Self::Yaml | Self::Shell | Self::Docker | Self::Nginx => true,
            Self::Prose => quote == b'`',
            _ => false,
        }
    }
}

/// What a piece of a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PieceKind {
    /// What is between two quotes, or a part of it between two expressions.
    Literal,
    Comment,
}

/// A piece of a text: its marks and what is between them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    pub open: usize,
    pub start: usize,
    pub end: usize,
    pub close: usize,
    pub kind: PieceKind,
}

/// The pieces of a text, in its order, without overlaps.
pub(super) fn pieces(scan: &Scan<'_>, grammar: Grammar) -> Vec<Piece> {
    let mut lexer = Lexer { scan, grammar, pieces: Vec::new(), templates: Vec::new(), next_quote: [(0, 0); 3] };
    let mut at = 0;
    while at < scan.len() {
        let next = if grammar.is_code() { lexer.code(at) } else { lexer.settings(at) };
        at = next.max(at + 1);
    }
    scan.count(scan.len());
    lexer.pieces
}

struct Lexer<'s, 'a> {
    scan: &'s Scan<'a>,
    grammar: Grammar,
    pieces: Vec<Piece>,
    /// Open braces in each expression of a template text around the current place.
    templates: Vec<usize>,
    /// For each quote: no other one is between these two places.
    next_quote: [(usize, usize); 3],
}

impl Lexer<'_, '_> {
    fn push(&mut self, open: usize, start: usize, end: usize, close: usize, kind: PieceKind) -> usize {
        self.pieces.push(Piece { open, start, end, close, kind });
        close
    }

    fn comment(&mut self, at: usize, marks: usize) -> usize {
        let end = self.scan.line_end(at);
        self.push(at, at + marks, end, end, PieceKind::Comment)
    }

    fn block(&mut self, at: usize, marks: usize, close: &str) -> usize {
        let rest = self.scan.slice(at + marks, self.scan.len());
        let end = memchr::memmem::find(rest.as_bytes(), close.as_bytes()).map(|length| at + marks + length);
        let close = end.map_or(self.scan.len(), |end| end + close.len());
        self.scan.count(close - at);
        self.push(at, at + marks, end.unwrap_or(close), close, PieceKind::Comment)
    }

    fn code(&mut self, at: usize) -> usize {
        let scan = self.scan;
        let python = self.grammar == Grammar::Python;
        match scan.at(at) {
            b'#' if python => self.comment(at, 1),
            b'/' if !python && scan.at(at + 1) == b'/' && scan.before(at) != b':' => self.comment(at, 2),
            b'/' if !python && scan.at(at + 1) == b'*' => self.block(at, 2, "*/"),
            b'/' if !python => self.pattern(at),
            b'<' if self.grammar == Grammar::Markup && scan.has(at, "<!--") => self.block(at, 4, "-->"),
            quote @ (b'"' | b'\'') if python && scan.at(at + 1) == quote && scan.at(at + 2) == quote => {
                let close = [quote; 3];
                let rest = &scan.bytes[at + 3..];
                let end = memchr::memmem::find(rest, &close).map_or(scan.len(), |length| at + 3 + length);
                scan.count(end - at);
                self.push(at, at + 3, end, (end + 3).min(scan.len()), PieceKind::Literal)
            }
            quote @ (b'"' | b'\'') if self.opens(at, quote) => {
                let mut limit = scan.line_end(at);
                while scan.before(limit) == b'\\' && limit < scan.len() {
                    limit = scan.line_end(limit + 1);
                }
                match scan.closing(at + 1, limit, quote) {
                    Some(end) => self.push(at, at + 1, end, end + 1, PieceKind::Literal),
                    None => at + 1,
                }
            }
            b'\\' => at + 2,
            b'`' if !python => self.template(at),
            b'{' if !self.templates.is_empty() => {
                if let Some(depth) = self.templates.last_mut() {
                    *depth += 1;
                }
                at + 1
            }
            b'}' => match self.templates.last_mut() {
                Some(0) => {
                    self.templates.pop();
                    self.template(at)
                }
                Some(depth) => {
                    *depth -= 1;
                    at + 1
                }
                None => at + 1,
            },
            _ => at + 1,
        }
    }

    /// An apostrophe inside a word opens nothing.
    fn opens(&self, at: usize, quote: u8) -> bool {
        let before = self.scan.before(at);
        if !before.is_ascii_alphanumeric() || quote == b'"' {
            return true;
        }
        let mut start = at;
        while start > 0 && at - start < 8 && self.scan.before(start).is_ascii_alphanumeric() {
            start -= 1;
        }
        let word = self.scan.slice(start, at).to_ascii_lowercase();
        let prefixes = ["r", "b", "f", "u", "rb", "br", "fr", "rf"];
        let keywords =
            ["return", "case", "typeof", "in", "of", "import", "from", "else", "default", "or", "and", "not"];
        if self.grammar == Grammar::Python {
            prefixes.contains(&word.as_str()) || keywords.contains(&word.as_str())
        } else {
            keywords.contains(&word.as_str())
        }
    }

    /// A regular expression: a slash where a value begins, closed on its line.
    fn pattern(&mut self, at: usize) -> usize {
        let scan = self.scan;
        let mut before = at;
        while before > 0 && at - before < 64 && matches!(scan.before(before), b' ' | b'\t') {
            before -= 1;
        }
        if !matches!(scan.before(before), b'(' | b',' | b'=' | b':' | b'[' | b'!' | b'&' | b'|' | b'?' | b'{' | b';') {
            return at + 1;
        }
        let limit = scan.line_end(at);
        let mut end = at + 1;
        let mut class = false;
        while end < limit {
            match scan.at(end) {
                b'\\' => end += 1,
                b'[' => class = true,
                b']' => class = false,
                b'/' if !class => return self.push(at, at + 1, end, end + 1, PieceKind::Literal),
                _ => {}
            }
            end += 1;
        }
        scan.count(end - at);
        limit.min(at + 1)
    }

    /// A part of a template text that begins after the mark at `at`.
    fn template(&mut self, at: usize) -> usize {
        let scan = self.scan;
        let mut end = at + 1;
        while end < scan.len() {
            match scan.at(end) {
                b'\\' => end += 1,
                b'`' => return self.push(at, at + 1, end, end + 1, PieceKind::Literal),
                b'$' if scan.at(end + 1) == b'{' => {
                    self.templates.push(0);
                    return self.push(at, at + 1, end, end + 2, PieceKind::Literal);
                }
                _ => {}
            }
            end += 1;
        }
        self.push(at, at + 1, scan.len(), scan.len(), PieceKind::Literal)
    }

    fn settings(&mut self, at: usize) -> usize {
        let scan = self.scan;
        let before = scan.before(at);
        let starts = before == 0 || before.is_ascii_whitespace();
        match scan.at(at) {
            b'#' if self.grammar != Grammar::Prose && self.grammar != Grammar::Json && (starts || before == b';') => {
                self.comment(at, 1)
            }
            b'/' if self.grammar == Grammar::Json && scan.at(at + 1) == b'/' && starts => self.comment(at, 2),
            quote @ (b'"' | b'\'' | b'`') if starts || b"=:,([{-!&|>~;@".contains(&before) => self.quoted(at, quote),
            b'\\' => at + 2,
            _ => at + 1,
        }
    }

    fn quoted(&mut self, at: usize, quote: u8) -> usize {
        let scan = self.scan;
        if quote == b'`' && self.grammar != Grammar::Prose {
            return at + 1;
        }
        let triple = [quote; 3];
        if self.grammar == Grammar::Toml && scan.bytes[at..].starts_with(&triple) {
            let end = memchr::memmem::find(&scan.bytes[at + 3..], &triple).map_or(scan.len(), |length| at + 3 + length);
            scan.count(end - at);
            return self.push(at, at + 3, end, (end + 3).min(scan.len()), PieceKind::Literal);
        }
        let line = scan.line_end(at);
        if let Some(end) = self.close_of(at + 1, line, quote) {
            return self.push(at, at + 1, end, end + 1, PieceKind::Literal);
        }
        if !self.grammar.spans_lines(quote) {
            return at + 1;
        }
        // Searched for once: where no other quote is, every later one is as lonely.
        let slot = match quote {
            b'"' => 0,
            b'\'' => 1,
            _ => 2,
        };
        let (from, to) = self.next_quote[slot];
        let end = if from <= at && at < to {
            to
        } else {
            let end = self.close_of(at + 1, scan.len(), quote).unwrap_or(scan.len());
            self.next_quote[slot] = (at, end);
            end
        };
        if end < scan.len() { self.push(at, at + 1, end, end + 1, PieceKind::Literal) } else { at + 1 }
    }

    fn close_of(&self, at: usize, limit: usize, quote: u8) -> Option<usize> {
        let escapes = quote == b'"' || self.grammar != Grammar::Yaml && self.grammar != Grammar::Shell;
        if escapes {
            return self.scan.closing(at, limit, quote);
        }
        let mut end = self.scan.until(at, limit, |byte| byte == quote);
        // Two of them are one.
        while self.grammar == Grammar::Yaml && end < limit && self.scan.at(end + 1) == quote {
            end = self.scan.until(end + 2, limit, |byte| byte == quote);
        }
        (end < limit).then_some(end)
    }
}
