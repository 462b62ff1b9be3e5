//! Words to lines, and lines to blocks.

use super::lexer::{self, BadToken, EnvHole, Quote, Token};
use crate::base::{Limit, Span};

/// Blocks deeper than this are not followed: no configuration that people write comes near.
const DEPTH: Limit = Limit::new(
    100,
    "blocks of a Caddyfile inside each other",
    "what the file says from here on is unknown",
    "nest blocks less deeply, or leave the file out with `exclude` in `wirelint.toml`",
);

/// What a text says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parsed {
    /// Its lines in order.
    pub lines: Vec<Line>,
    /// The first thing that Caddy would refuse, or where reading stopped.
    pub failure: Option<Failure>,
}

/// A line, with the block that it opens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// Its words; none for the block of global options.
    pub words: Vec<Word>,
    /// From its first word to its last one.
    pub span: Span,
    /// What is between its braces.
    pub block: Option<Vec<Line>>,
}

/// A word of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Its text without quotes and escapes; environment variables as written.
    pub text: String,
    /// Where it is, quotes included.
    pub span: Span,
    /// What is around it.
    pub quote: Quote,
    /// The environment variables in `text`.
    pub holes: Vec<EnvHole>,
}

/// The first thing that stops Caddy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Where.
    pub span: Span,
    /// Who stops, and why.
    pub kind: FailureKind,
}

/// Whether Caddy refuses or wirelint gives up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// Caddy refuses: why, without a full stop.
    Refused(String),
    /// A limit of wirelint.
    Limit(Limit),
}

/// Reads a Caddyfile or a part of one. Never fails: lines after a fault are read as far as braces allow.
#[must_use]
pub fn parse(text: &str) -> Parsed {
    let (tokens, fault) = lexer::tokens(text);
    let mut reader = Reader { open: Vec::new(), lines: Vec::new(), failure: None, end: 0 };
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        if !reader.take(token, tokens.peek()) {
            break;
        }
    }
    if let Some(BadToken(span, message)) = fault {
        reader.refuse(span, &message);
    }
    reader.finish()
}

struct Reader {
    /// The lines whose blocks are open, with the lines before each.
    open: Vec<(Line, Vec<Line>)>,
    lines: Vec<Line>,
    failure: Option<Failure>,
    /// The line that the last word ends on.
    end: usize,
}

impl Reader {
    fn refuse(&mut self, span: Span, message: &str) {
        let failure = Failure { span, kind: FailureKind::Refused(message.to_owned()) };
        if self.failure.as_ref().is_none_or(|known| span.start < known.span.start) {
            self.failure = Some(failure);
        }
    }

    /// Takes in a word; `false` when nothing more is read.
    fn take(&mut self, token: Token, next: Option<&Token>) -> bool {
        let new_line = token.line > self.end;
        let next_on_line = next.is_some_and(|next| next.line <= token.last_line);
        self.end = token.last_line;
        match token.text.as_str() {
            "{" if token.quote == Quote::None => return self.begin_block(&token, new_line, next_on_line),
            "}" if token.quote == Quote::None => self.end_block(&token),
            _ => self.word(token, new_line),
        }
        true
    }

    fn begin_block(&mut self, token: &Token, new_line: bool, next_on_line: bool) -> bool {
        if self.open.len() >= DEPTH.most_items() {
            self.failure = Some(Failure { span: token.span, kind: FailureKind::Limit(DEPTH) });
            return false;
        }
        // the block of global options has no words, and that of a site may begin on a line of its own
        let belongs = if self.open.is_empty() {
            self.lines.last().is_some_and(|line| line.block.is_none())
        } else {
            if new_line {
                self.refuse(token.span, "`{` is on a line of its own: put it at the end of the line before");
            }
            if next_on_line {
                self.refuse(token.span, "a word follows `{` on the same line");
            }
            self.lines.last().is_some_and(|line| line.block.is_none())
        };
        let head = if belongs { self.lines.pop() } else { None };
        let head = head.unwrap_or_else(|| Line { span: token.span, ..Line::default() });
        self.open.push((head, std::mem::take(&mut self.lines)));
        true
    }

    fn end_block(&mut self, token: &Token) {
        match self.open.pop() {
            Some((mut line, outer)) => {
                line.block = Some(std::mem::replace(&mut self.lines, outer));
                self.lines.push(line);
            }
            None => self.refuse(token.span, "unexpected `}`: no block is open"),
        }
    }

    fn word(&mut self, token: Token, new_line: bool) {
        let word = Word { text: token.text, span: token.span, quote: token.quote, holes: token.holes };
        let top = self.open.is_empty();
        if top && word.quote == Quote::None && word.text.len() > 1 && word.text.ends_with('{') {
            self.refuse(word.span, "a site address cannot end with `{`: put a space in front of it");
        }
        // a comma at the end of a line says that another address follows
        let goes_on = |line: &Line| {
            let comma = line.words.last().is_some_and(|word| word.text.ends_with(','));
            line.block.is_none() && (!new_line || top && comma)
        };
        match self.lines.last_mut() {
            Some(line) if goes_on(line) => {
                line.span = line.span.cover(word.span);
                line.words.push(word);
            }
            _ => self.lines.push(Line { span: word.span, words: vec![word], block: None }),
        }
    }

    fn finish(mut self) -> Parsed {
        if let Some((line, _)) = self.open.last() {
            let span = line.span;
            // behind a limit nothing is known
            let limited = self.failure.as_ref().is_some_and(|known| matches!(known.kind, FailureKind::Limit(_)));
            if !limited {
                self.refuse(span, "the block is not closed: end of file, `}` expected");
            }
        }
        while let Some((mut line, outer)) = self.open.pop() {
            line.block = Some(std::mem::replace(&mut self.lines, outer));
            self.lines.push(line);
        }
        Parsed { lines: self.lines, failure: self.failure }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(lines: &[Line]) -> String {
        let one = |line: &Line| {
            let words: Vec<_> = line.words.iter().map(|word| word.text.as_str()).collect();
            let block = line.block.as_ref().map(|block| format!("{{{}}}", shown(block)));
            format!("{}{}", words.join(" "), block.unwrap_or_default())
        };
        lines.iter().map(one).collect::<Vec<_>>().join("|")
    }

    #[test]
    fn lines_and_blocks() {
        for (text, expected) in [
            ("{\n\tadmin off\n}\na.example, b.example {\n\tencode\n}\n", "{admin off}|a.example, b.example{encode}"),
            ("a.example,\nb.example\n{\n\tlog\n}", "a.example, b.example{log}"),
            (":80\n\nreverse_proxy /api/* b:80\nlog", ":80|reverse_proxy /api/* b:80|log"),
            (
                "a {\n\thandle /x {\n\t\trespond \"{\" 200\n\t}\n\tlog\n}\n(s) {\n}\n",
                "a{handle /x{respond { 200}|log}|(s){}",
            ),
            ("a {\n\tmap {path} {x} {\n\t\t/a b\n\t}\n}", "a{map {path} {x}{/a b}}"),
        ] {
            let parsed = parse(text);
            assert_eq!(parsed.failure, None, "{text}");
            assert_eq!(shown(&parsed.lines), expected, "{text}");
        }
    }

    #[test]
    fn what_caddy_refuses_and_what_is_read_all_the_same() {
        for (text, at, expected) in [
            ("a {\n\tlog\n", 0, "a{log}"),
            ("a {\n\tlog\n}\n}\nb {\n}", 11, "a{log}|b{}"),
            ("a {\n\thandle { respond x }\n\tlog\n}", 12, "a{handle{respond x}|log}"),
            ("a {\n\thandle\n\t{\n\t}\n}", 13, "a{handle{}}"),
            ("a{\n\tlog\n}", 0, "a{|log"),
        ] {
            let parsed = parse(text);
            let failure = parsed.failure.expect(text);
            assert!(matches!(failure.kind, FailureKind::Refused(_)), "{text}: {failure:?}");
            assert_eq!((failure.span.start, shown(&parsed.lines).as_str()), (at, expected), "{text}");
        }
        let deep = "a {\n".repeat(3_000);
        assert_eq!(parse(&deep).failure.expect("deep").kind, FailureKind::Limit(DEPTH));
    }
}
