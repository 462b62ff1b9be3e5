//! The words of a line.

use super::lines::Line;
use crate::base::Span;
use crate::parse::nginx::Hole;

/// A word of a directive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Word {
    /// Its text without quotes and escapes.
    pub text: String,
    /// Where it is, quotes included.
    pub span: Span,
    /// Placeholders in `text`: of a template language, and `${NAME}`, which httpd fills from `Define` and the environment.
    pub holes: Vec<Hole>,
}

/// Reads the words of a line one after the other.
pub(super) struct Words<'a> {
    line: &'a Line,
    /// Places of placeholders of a template language in the file, in order.
    marks: &'a [Hole],
    at: usize,
}

impl<'a> Words<'a> {
    pub fn new(line: &'a Line, marks: &'a [Hole]) -> Self {
        let mut words = Self { line, marks, at: 0 };
        words.skip_spaces();
        words
    }

    /// Where the next word starts.
    pub fn position(&self) -> usize {
        self.at
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.line.bytes.get(at).copied()
    }

    fn skip_spaces(&mut self) {
        while self.byte(self.at).is_some_and(is_space) {
            self.at += 1;
        }
    }

    /// The next word as most directives read it: in quotes, `\` takes the meaning of the quote and of itself away.
    pub fn common(&mut self) -> Option<Word> {
        self.word(|byte, next, quote| match (quote, next) {
            (Some(quote), Some(next)) => byte == b'\\' && (next == quote || next == b'\\'),
            _ => false,
        })
    }

    /// The next word as mod_rewrite reads it: `\` before a space keeps the word together, and stays in it.
    pub fn of_rewrite(&mut self) -> Option<Word> {
        self.byte(self.at)?;
        let start = self.at;
        let quote = self.byte(start).filter(|byte| matches!(byte, b'"' | b'\''));
        let from = start + usize::from(quote.is_some());
        let mut at = from;
        while let Some(byte) = self.byte(at) {
            let ends = match quote {
                Some(quote) => byte == quote,
                None => is_space(byte),
            };
            if ends {
                break;
            }
            let kept = byte == b'\\' && self.byte(at + 1).is_some_and(is_space);
            at += if kept { 2 } else { 1 };
        }
        let at = at.min(self.line.bytes.len());
        let end = if quote.is_some() && at < self.line.bytes.len() { at + 1 } else { at };
        let kept: Vec<usize> = (from..at).collect();
        self.at = end;
        self.skip_spaces();
        Some(self.finish(start, end, &kept))
    }

    /// All that is left of the line, as it is.
    pub fn rest(&self) -> Word {
        let bytes = &self.line.bytes;
        let end = bytes.iter().rposition(|byte| !is_space(*byte)).map_or(0, |last| last + 1).max(self.at);
        let kept: Vec<usize> = (self.at..end).collect();
        self.finish(self.at, end, &kept)
    }

    fn word(&mut self, escapes: impl Fn(u8, Option<u8>, Option<u8>) -> bool) -> Option<Word> {
        let first = self.byte(self.at)?;
        let start = self.at;
        let quote = Some(first).filter(|byte| matches!(byte, b'"' | b'\''));
        let mut at = start + usize::from(quote.is_some());
        let mut kept = Vec::new();
        let mut end = at;
        while let Some(byte) = self.byte(at) {
            if quote == Some(byte) {
                end = at + 1;
                break;
            }
            if quote.is_none() && is_space(byte) {
                end = at;
                break;
            }
            if escapes(byte, self.byte(at + 1), quote) {
                at += 1;
            }
            kept.push(at);
            at += 1;
            end = at;
        }
        self.at = end;
        self.skip_spaces();
        Some(self.finish(start, end, &kept))
    }

    /// The word of these bytes of the line.
    fn finish(&self, start: usize, end: usize, kept: &[usize]) -> Word {
        let span = self.line.span(start, end);
        let bytes: Vec<u8> = kept.iter().filter_map(|at| self.byte(*at)).collect();
        let mut text = String::from_utf8_lossy(&bytes).into_owned();
        let mut holes = Vec::new();
        let first = self.marks.partition_point(|mark| mark.span.start < span.start);
        for mark in self.marks.iter().skip(first).take_while(|mark| mark.span.end <= span.end) {
            let offset = |at: &usize| self.line.span(*at, *at + 1).start;
            let from = kept.partition_point(|at| offset(at) < mark.span.start);
            let end = from + (mark.span.end - mark.span.start) as usize;
            if kept.get(from).map(offset) == Some(mark.span.start) && text.get(from..end).is_some() {
                text.replace_range(from..end, &mark.text);
                holes.push(Hole { span: Span::new(from, end), text: mark.text.clone() });
            }
        }
        holes.extend(variables(&text));
        holes.sort_by_key(|hole| hole.span);
        Word { text, span, holes }
    }
}

/// `${NAME}` in a text. A name with a colon belongs to mod_rewrite's maps.
fn variables(text: &str) -> Vec<Hole> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = text.get(at..).and_then(|rest| rest.find("${")).map(|start| at + start) {
        let Some(length) = text.get(start..).and_then(|rest| rest.find('}')) else { break };
        let end = start + length + 1;
        let name = text.get(start + 2..end - 1).unwrap_or_default();
        if !name.is_empty() && !name.contains(':') {
            found.push(Hole { span: Span::new(start, end), text: format!("${{{name}}}") });
        }
        at = end;
    }
    found
}

fn is_space(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == 0x0b
}
