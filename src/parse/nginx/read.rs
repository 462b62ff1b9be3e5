//! The token rules of nginx.

use super::lua;
use super::mask::{self, Control, Hole, Style};
use crate::base::{Limit, Span};

/// Blocks deeper than this are not followed: no configuration that people write comes near.
const DEPTH: Limit = Limit::new(
    100,
    "blocks inside each other",
    "what the file says from here on is unknown",
    "nest blocks less deeply, or leave the file out with `exclude` in `wirelint.toml`",
);

/// What a text says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parsed {
    /// Statements in order. Every [`Event::Open`] has its [`Event::Close`].
    pub events: Vec<Event>,
    /// Where nginx would refuse the text, or reading stopped.
    pub failure: Option<Failure>,
    /// Statements of a template language around the configuration.
    pub controls: Vec<Control>,
}

/// A statement or an end of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// `name args;`
    Simple(Vec<Word>, Span),
    /// `name args {`
    Open(Vec<Word>, Span),
    /// `}`
    Close(Span),
}

/// A word of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Its text without quotes and escapes.
    pub text: String,
    /// Where it is, quotes included.
    pub span: Span,
    /// Placeholders of a template language in `text`.
    pub holes: Vec<Hole>,
}

/// The first thing that stops nginx.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Where.
    pub span: Span,
    /// Who stops, and why.
    pub kind: FailureKind,
}

/// Whether nginx refuses or wirelint gives up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// nginx refuses: why, without a full stop.
    Refused(String),
    /// A limit of wirelint.
    Limit(Limit),
}

/// Reads a configuration text. Never fails: the events before a failure are kept, open blocks are closed.
#[must_use]
pub fn parse(text: &str, style: Style) -> Parsed {
    let masked = mask::mask(text, style);
    let mut reader = Reader {
        source: text.as_bytes(),
        bytes: &masked.bytes,
        holes: &masked.holes,
        position: if text.starts_with('\u{feff}') { 3 } else { 0 },
        events: Vec::new(),
        open: Vec::new(),
        closes: lua::Closes::default(),
    };
    let failure = reader.run();
    let end = Span::new(text.len(), text.len());
    let Reader { mut events, open, .. } = reader;
    events.extend(open.iter().map(|_| Event::Close(end)));
    Parsed { events, failure, controls: masked.controls }
}

struct Reader<'a> {
    source: &'a [u8],
    bytes: &'a [u8],
    holes: &'a [Hole],
    position: usize,
    events: Vec<Event>,
    /// The heads of the open blocks.
    open: Vec<Span>,
    /// Long brackets of Lua.
    closes: lua::Closes,
}

/// How a statement ends.
enum End {
    Semicolon,
    Block,
    CloseBrace(usize),
    File,
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

impl Reader<'_> {
    fn run(&mut self) -> Option<Failure> {
        loop {
            let mut words = Vec::new();
            let end = match self.statement(&mut words) {
                Ok(end) => end,
                Err(failure) => return Some(failure),
            };
            let span = words.first().map_or_else(
                || Span::new(self.position, self.position),
                |word: &Word| Span::new(word.span.start as usize, self.position),
            );
            match end {
                End::Semicolon => self.events.push(Event::Simple(words, span)),
                End::Block if words.first().is_some_and(|word| word.text.ends_with("_by_lua_block")) => {
                    let Some(after) = lua::end_of_block(self.source, self.position, &mut self.closes) else {
                        return Some(refused(span, "the Lua block is not closed"));
                    };
                    self.position = after;
                    self.events.push(Event::Simple(words, span));
                }
                End::Block => {
                    if self.open.len() >= DEPTH.most_items() {
                        return Some(Failure { span, kind: FailureKind::Limit(DEPTH) });
                    }
                    let head = Span::new(span.start as usize, span.end.saturating_sub(1) as usize);
                    self.events.push(Event::Open(words, head));
                    self.open.push(head);
                }
                End::CloseBrace(at) => {
                    let brace = Span::new(at, at + 1);
                    if self.open.pop().is_none() {
                        return Some(refused(brace, "unexpected \"}\""));
                    }
                    self.events.push(Event::Close(brace));
                }
                End::File => {
                    let head = self.open.last()?;
                    return Some(refused(*head, "the block is not closed: end of file, \"}\" expected"));
                }
            }
        }
    }

    /// Reads words until `;`, `{`, `}` or the end of the text.
    fn statement(&mut self, words: &mut Vec<Word>) -> Result<End, Failure> {
        loop {
            let Some(&byte) = self.bytes.get(self.position) else {
                let Some(first) = words.first() else {
                    return Ok(End::File);
                };
                let last = words.last().map_or(first.span, |word| word.span);
                return Err(refused(first.span.cover(last), "the statement has no \";\" before the end of the file"));
            };
            match byte {
                byte if is_space(byte) => self.position += 1,
                b'#' => {
                    let rest = self.bytes.get(self.position..).unwrap_or_default();
                    self.position += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
                }
                b';' | b'{' if words.is_empty() => {
                    let span = Span::new(self.position, self.position + 1);
                    return Err(refused(span, &format!("unexpected \"{}\"", char::from(byte))));
                }
                b';' => {
                    self.position += 1;
                    return Ok(End::Semicolon);
                }
                b'{' => {
                    self.position += 1;
                    return Ok(End::Block);
                }
                b'}' => {
                    if let Some(last) = words.last() {
                        return Err(refused(last.span, "the statement has no \";\": unexpected \"}\""));
                    }
                    self.position += 1;
                    return Ok(End::CloseBrace(self.position - 1));
                }
                quote @ (b'"' | b'\'') => words.push(self.quoted(quote)?),
                _ => words.push(self.plain()),
            }
        }
    }

    /// A word that starts with a quote; after it nginx wants a space, `;`, `{` or `)`.
    fn quoted(&mut self, quote: u8) -> Result<Word, Failure> {
        let start = self.position;
        let mut at = start + 1;
        loop {
            match self.bytes.get(at) {
                None => return Err(refused(Span::new(start, start + 1), "the quote is not closed")),
                Some(b'\\') => at += 2,
                Some(&byte) if byte == quote => break,
                Some(_) => at += 1,
            }
        }
        let word = self.word(start + 1, at, Span::new(start, at + 1));
        self.position = at + 1;
        match self.bytes.get(self.position) {
            Some(&byte) if !is_space(byte) && !matches!(byte, b';' | b'{' | b')') => {
                let span = Span::new(start, at + 2);
                Err(refused(span, &format!("unexpected \"{}\" after the closing quote", char::from(byte))))
            }
            _ => Ok(word),
        }
    }

    /// A word without quotes: ends at a space, `;` or `{` that does not follow `$`.
    fn plain(&mut self) -> Word {
        let start = self.position;
        let mut at = start;
        let mut after_dollar = false;
        while let Some(&byte) = self.bytes.get(at) {
            match byte {
                b'\\' => {
                    after_dollar = false;
                    at += 2;
                    continue;
                }
                b'$' => after_dollar = true,
                // nginx keeps its "variable" mark over the brace, so `${{` goes on too
                b'{' if after_dollar => {}
                byte if is_space(byte) || byte == b';' || byte == b'{' => break,
                _ => after_dollar = false,
            }
            at += 1;
        }
        let end = at.min(self.bytes.len());
        self.position = end;
        self.word(start, end, Span::new(start, end))
    }

    /// The text of `start..end` with escapes resolved and template placeholders put back.
    fn word(&self, start: usize, end: usize, span: Span) -> Word {
        let mut text: Vec<u8> = Vec::with_capacity(end - start);
        let mut holes = Vec::new();
        let mut next_hole = self.holes.partition_point(|hole| (hole.span.end as usize) <= start);
        let mut at = start;
        while at < end {
            if let Some(hole) = self.holes.get(next_hole).filter(|hole| hole.span.start as usize == at) {
                let from = text.len();
                text.extend_from_slice(self.source.get(hole.span.range()).unwrap_or_default());
                holes.push(Hole { span: Span::new(from, text.len()), text: hole.text.clone() });
                at = hole.span.end as usize;
                next_hole += 1;
                continue;
            }
            let byte = self.source.get(at).copied().unwrap_or(b' ');
            let escaped = if byte == b'\\' { self.source.get(at + 1) } else { None };
            match escaped {
                Some(quote @ (b'"' | b'\'' | b'\\')) => text.push(*quote),
                Some(b't') => text.push(b'\t'),
                Some(b'r') => text.push(b'\r'),
                Some(b'n') => text.push(b'\n'),
                _ => {
                    text.push(byte);
                    at += 1;
                    continue;
                }
            }
            at += 2;
        }
        Word { text: String::from_utf8_lossy(&text).into_owned(), span, holes }
    }
}

fn refused(span: Span, message: &str) -> Failure {
    Failure { span, kind: FailureKind::Refused(message.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<Vec<String>> {
        let parsed = parse(text, Style::Plain);
        assert_eq!(parsed.failure, None, "{text}");
        let text_of = |words: &[Word]| words.iter().map(|word| word.text.clone()).collect::<Vec<_>>();
        parsed
            .events
            .iter()
            .map(|event| match event {
                Event::Simple(words, _) => text_of(words),
                Event::Open(words, _) => [text_of(words), vec!["{".to_owned()]].concat(),
                Event::Close(_) => vec!["}".to_owned()],
            })
            .collect()
    }

    #[test]
    fn words_as_nginx_reads_them() {
        for (text, expected) in [
            ("proxy_pass http://${HOST}:80/;", vec!["proxy_pass", "http://${HOST}:80/"]),
            ("a x#y 'it''s' ;", vec![]),
            ("return 200 a\"b;", vec!["return", "200", "a\"b"]),
            ("rewrite ^/x}$ /y;", vec!["rewrite", "^/x}$", "/y"]),
            (r#"set $a "q\"\\\.";"#, vec!["set", "$a", r#"q"\\."#]),
            ("log_format m '$a'\r\n  '$b' # note\r\n;", vec!["log_format", "m", "$a", "$b"]),
            ("content_by_lua_block { if x then y = '}' end -- }\n }", vec!["content_by_lua_block"]),
            ("\u{feff}user x;", vec!["user", "x"]),
        ] {
            if expected.is_empty() {
                assert!(parse(text, Style::Plain).failure.is_some(), "{text}");
            } else {
                assert_eq!(words(text), vec![expected], "{text}");
            }
        }
        assert_eq!(words("if ($a ~ \"x{2}\") { return 1; }").len(), 3);
    }

    #[test]
    fn what_nginx_refuses() {
        for (text, at) in [
            ("server { listen 80 }", 16),
            ("server { listen 80;", 0),
            ("listen 80", 0),
            ("a;}", 2),
            ("a 'x;", 2),
            (";", 0),
        ] {
            let failure = parse(text, Style::Plain).failure.expect(text);
            assert_eq!(failure.span.start, at, "{text}: {failure:?}");
            assert!(matches!(failure.kind, FailureKind::Refused(_)), "{text}: {failure:?}");
        }
        let deep = "a {".repeat(5000);
        assert_eq!(parse(&deep, Style::Plain).failure.expect("deep").kind, FailureKind::Limit(DEPTH));
    }

    #[test]
    fn templates_keep_their_holes() {
        let text =
            "{% if tls %}\nlisten {{ port }} ssl;\n{% endif %}\nserver_name @@HOST@@ <%= name %>;\n{{ extra }}\n";
        let parsed = parse(text, Style::Template);
        assert_eq!(parsed.failure, None);
        let Some(Event::Simple(listen, _)) = parsed.events.first() else { panic!("listen") };
        assert_eq!(listen.iter().map(|word| &*word.text).collect::<Vec<_>>(), ["listen", "{{ port }}", "ssl"]);
        assert_eq!(listen[1].holes, [Hole { span: Span::new(0, 10), text: "{{ port }}".into() }]);
        assert_eq!(parsed.events.len(), 2);
        assert_eq!(parsed.controls.len(), 3);
    }
}
