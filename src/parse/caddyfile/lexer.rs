//! The token rules of a Caddyfile.
//!
//! Caddy puts environment variables into the text before it reads words. Their values are not known here, so a `{$NAME}` is
//! a hole of the word that it is in, whatever it may hold.

use crate::base::Span;

/// A word as Caddy reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub text: String,
    pub span: Span,
    pub quote: Quote,
    pub holes: Vec<EnvHole>,
    /// The line that it begins on, from 1; escaped line ends do not count.
    pub line: usize,
    /// The line that it ends on.
    pub last_line: usize,
}

/// What is around a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quote {
    /// Nothing.
    None,
    /// `"`
    Double,
    /// A back tick.
    Backtick,
    /// `<<MARKER`
    Heredoc,
}

/// An environment variable in a word: `{$NAME}`, `{$NAME:default}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvHole {
    /// Where in the word's text it is.
    pub span: Span,
    /// The variable.
    pub name: String,
    /// What is there when it is not set; Caddy puts nothing there when this is not written.
    pub default: Option<String>,
}

/// Why Caddy cannot read words: where, and what, without a full stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct BadToken(pub Span, pub String);

/// All words of a text; those before a fault, when there is one.
pub(super) fn tokens(text: &str) -> (Vec<Token>, Option<BadToken>) {
    let mut lexer = Lexer { text, at: if text.starts_with('\u{feff}') { 3 } else { 0 }, line: 1, skipped: 0 };
    let mut found = Vec::new();
    loop {
        match lexer.next() {
            Ok(Some(token)) => found.push(token),
            Ok(None) => return (found, None),
            Err(fault) => return (found, Some(fault)),
        }
    }
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    line: usize,
    /// Line ends since then that were escaped.
    skipped: usize,
}

/// A word while it is read.
struct Draft {
    text: String,
    start: usize,
    line: usize,
    quote: Quote,
    holes: Vec<EnvHole>,
}

impl Lexer<'_> {
    fn peek(&self) -> Option<char> {
        self.text.get(self.at..)?.chars().next()
    }

    /// The environment variable that begins here, with how long it is written.
    fn hole(&self) -> Option<(EnvHole, usize)> {
        let inner = self.text.get(self.at..)?.strip_prefix("{$")?;
        let end = inner.find('}')?;
        let inner = inner.get(..end).filter(|inner| !inner.is_empty())?;
        let (name, default) = inner.split_once(':').map_or((inner, None), |(name, default)| (name, Some(default)));
        let hole = EnvHole { span: Span::default(), name: name.to_owned(), default: default.map(str::to_owned) };
        Some((hole, end + 3))
    }

    fn next(&mut self) -> Result<Option<Token>, BadToken> {
        let mut word =
            Draft { text: String::new(), start: self.at, line: self.line, quote: Quote::None, holes: Vec::new() };
        let (mut comment, mut escaped, mut plain_heredoc) = (false, false, false);
        loop {
            let Some(ch) = self.peek() else {
                return Ok((!word.text.is_empty()).then(|| self.finish(word, self.at)));
            };
            if !comment && let Some((hole, length)) = self.hole() {
                self.begin(&mut word);
                if escaped {
                    word.text.push('\\');
                    escaped = false;
                }
                self.take_hole(&mut word, hole, length);
                continue;
            }
            let here = self.at;
            self.at += ch.len_utf8();
            if word.quote == Quote::None && !plain_heredoc && word.text.starts_with("<<") {
                match ch {
                    ' ' => return Ok(Some(self.finish(word, here))),
                    '\r' => {}
                    '\n' => return self.heredoc(word).map(Some),
                    _ => word.text.push(ch),
                }
                continue;
            }
            if !escaped && word.quote != Quote::Backtick && ch == '\\' {
                escaped = true;
                if word.text.is_empty() {
                    word.start = here;
                }
                continue;
            }
            if word.quote != Quote::None {
                if word.quote == Quote::Double && escaped {
                    if ch != '"' {
                        word.text.push('\\');
                    }
                    escaped = false;
                } else if ch == (if word.quote == Quote::Double { '"' } else { '`' }) {
                    return Ok(Some(self.finish(word, self.at)));
                }
                if ch == '\n' {
                    self.line += 1 + std::mem::take(&mut self.skipped);
                }
                word.text.push(ch);
                continue;
            }
            if ch.is_whitespace() {
                if ch == '\r' {
                    continue;
                }
                let finished = (!word.text.is_empty()).then(|| {
                    let empty = Draft { text: String::new(), holes: Vec::new(), ..word };
                    self.finish(std::mem::replace(&mut word, empty), here)
                });
                if ch == '\n' {
                    if escaped {
                        self.skipped += 1;
                        escaped = false;
                    } else {
                        self.line += 1 + std::mem::take(&mut self.skipped);
                    }
                    comment = false;
                }
                if finished.is_some() {
                    return Ok(finished);
                }
                continue;
            }
            if ch == '#' && word.text.is_empty() {
                comment = true;
            }
            if comment {
                continue;
            }
            if word.text.is_empty() {
                (word.start, word.line) = (if escaped { word.start } else { here }, self.line);
                match ch {
                    '"' => word.quote = Quote::Double,
                    '`' => word.quote = Quote::Backtick,
                    _ => {}
                }
                if word.quote != Quote::None {
                    continue;
                }
            }
            if escaped {
                if ch == '<' {
                    plain_heredoc = true;
                } else {
                    word.text.push('\\');
                }
                escaped = false;
            }
            word.text.push(ch);
        }
    }

    fn begin(&self, word: &mut Draft) {
        if word.text.is_empty() && word.quote == Quote::None {
            (word.start, word.line) = (self.at, self.line);
        }
    }

    fn take_hole(&mut self, word: &mut Draft, hole: EnvHole, length: usize) {
        let from = word.text.len();
        word.text.push_str(self.text.get(self.at..self.at + length).unwrap_or_default());
        word.holes.push(EnvHole { span: Span::new(from, word.text.len()), ..hole });
        self.at += length;
    }

    /// The text between `<<MARKER` and the marker, without the white space that is in front of the marker.
    fn heredoc(&mut self, word: Draft) -> Result<Token, BadToken> {
        let head = Span::new(word.start, self.at - 1);
        let marker = word.text.get(2..).unwrap_or_default().to_owned();
        let good = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if marker.is_empty() || !marker.chars().all(good) {
            let rule = "it must hold only letters, digits, dashes and underscores";
            return Err(BadToken(head, format!("the heredoc marker is not valid: {rule}")));
        }
        let content = self.at;
        let rest = self.text.get(content..).unwrap_or_default();
        let Some(end) = rest.find(&marker) else {
            return Err(BadToken(head, format!("the heredoc is not closed: `{marker}` expected")));
        };
        let body = rest.get(..end).unwrap_or_default();
        self.at = content + end + marker.len();
        let padding = body.rsplit('\n').next().unwrap_or_default();
        let lines: Vec<&str> = body.split('\n').collect();
        let mut text = String::new();
        for line in lines.get(..lines.len() - 1).unwrap_or_default() {
            if line.is_empty() || *line == "\r" {
                text.push('\n');
                continue;
            }
            let Some(line) = line.strip_prefix(padding) else {
                return Err(BadToken(
                    head,
                    "a line of the heredoc is indented less than its closing marker".to_owned(),
                ));
            };
            text.extend(line.chars().filter(|c| *c != '\r'));
            text.push('\n');
        }
        text.pop();
        // holes were left as they are written
        let mut word = Draft { text: String::new(), quote: Quote::Heredoc, ..word };
        let line = word.line;
        word.holes = holes_of(&text);
        word.text = text;
        self.line += lines.len();
        let mut token = self.finish(word, self.at);
        token.line = line;
        token.last_line = self.line;
        Ok(token)
    }

    fn finish(&self, word: Draft, end: usize) -> Token {
        let Draft { text, start, line, quote, holes } = word;
        let breaks = text.bytes().filter(|byte| *byte == b'\n').count();
        Token { text, span: Span::new(start, end), quote, holes, line, last_line: line + breaks }
    }
}

/// The environment variables in a text.
fn holes_of(text: &str) -> Vec<EnvHole> {
    let mut found = Vec::new();
    let mut lexer = Lexer { text, at: 0, line: 1, skipped: 0 };
    while let Some(offset) = text.get(lexer.at..).and_then(|rest| rest.find("{$")) {
        lexer.at += offset;
        match lexer.hole() {
            Some((hole, length)) => {
                found.push(EnvHole { span: Span::new(lexer.at, lexer.at + length), ..hole });
                lexer.at += length;
            }
            None => lexer.at += 2,
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let (found, fault) = tokens(text);
        assert_eq!(fault, None, "{text}");
        found.into_iter().map(|token| token.text).collect()
    }

    #[test]
    fn words_as_caddy_reads_them() {
        let table: [(&str, &[&str]); 13] = [
            ("a b#c # d\ne", &["a", "b#c", "e"]),
            (r#""a \"b\" \n" `c\d`"#, &[r#"a "b" \n"#, r"c\d"]),
            ("a\\\n b\nc", &["a", "b", "c"]),
            (r"C:\dir \<x", &[r"C:\dir", "<x"]),
            ("\u{feff}a", &["a"]),
            ("a \"b c\nd\" e", &["a", "b c\nd", "e"]),
            ("respond <<END\n  one\n    two\n  END 200", &["respond", "one\n  two", "200"]),
            ("a << b", &["a", "<<", "b"]),
            ("{$HOST:a b}:80 {", &["{$HOST:a b}:80", "{"]),
            ("{$} {$A", &["{$}", "{$A"]),
            ("\"{$A:\"}\"", &["{$A:\"}"]),
            ("a\"b c", &["a\"b", "c"]),
            ("", &[]),
        ];
        for (text, expected) in table {
            assert_eq!(words(text), expected, "{text}");
        }
    }

    #[test]
    fn places_and_holes_are_known() {
        let (found, _) = tokens("x {$A:b}/c \"d\"\ny");
        let spans: Vec<_> = found.iter().map(|token| (token.span.start, token.span.end, token.line)).collect();
        assert_eq!(spans, [(0, 1, 1), (2, 10, 1), (11, 14, 1), (15, 16, 2)]);
        let hole = EnvHole { span: Span::new(0, 6), name: "A".into(), default: Some("b".into()) };
        assert_eq!(found[1].holes, [hole]);
    }

    #[test]
    fn bad_heredocs_are_refused() {
        for text in ["x <<\nA", "x <<a!\nb\na!", "x <<END\nabc", "x <<END\na\n  END"] {
            assert!(tokens(text).1.is_some(), "{text}");
        }
    }
}
