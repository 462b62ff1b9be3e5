//! Text with actions of Go's template language in it (`{{ .Values.a }}`), made readable for the language around them.

use std::sync::Arc;

use crate::base::{Limit, Span};

/// Open statements in one another; what is in more may be there or not.
pub const DEPTH: Limit = Limit::new(
    64,
    "statements of a template inside of one another",
    "whether the lines below are there is unknown",
    "put the inner statements into a template of their own",
);

/// A text with its actions taken out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Masked {
    /// The text, of the same length: an action on a line of its own is white space, another one a word.
    pub text: String,
    /// The actions that are part of a line, in order, with what is between the braces.
    pub holes: Vec<(Span, Arc<str>)>,
    /// Lines that a statement may leave out: where, the statement, and whether they are those behind its `else`.
    pub conditions: Vec<Condition>,
    /// Actions that stand for whole lines.
    pub insertions: Vec<Span>,
    /// Statements that end on the line on which they begin, without those inside of others, in order.
    pub inline: Vec<Span>,
    /// The first statement that is in too many others.
    pub too_deep: Option<Span>,
}

/// Lines that a statement may leave out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// The lines.
    pub span: Span,
    /// The statement as written.
    pub statement: Arc<str>,
    /// Whether they are behind its `else`.
    pub is_else: bool,
}

/// A statement whose end has not come yet.
struct Open {
    /// Where its action begins.
    start: usize,
    from: usize,
    statement: Arc<str>,
    is_else: bool,
}

/// Takes the actions out of a text; what has no end stays as it is.
#[must_use]
pub fn mask(text: &str) -> Masked {
    let mut masked = Masked { text: text.to_owned(), ..Masked::default() };
    let mut bytes = text.as_bytes().to_vec();
    let mut open: Vec<Open> = Vec::new();
    // statements inside of those that are told apart
    let mut deeper = 0_usize;
    let mut lines = Lines::default();
    let mut at = 0;
    while let Some(start) = find(text, "{{", at) {
        let Some(end) = end_of(text, start) else { break };
        at = end;
        let inner = text.get(start + 2..end - 2).unwrap_or_default();
        let inner = inner.trim_start_matches('-').trim_end_matches('-').trim();
        let is_line = lines.is_blank_before(text, start) && is_blank_after(text, end);
        let fill = if is_line || is_statement(inner) { b' ' } else { b'x' };
        for byte in bytes.get_mut(start..end).into_iter().flatten().filter(|byte| **byte != b'\n') {
            *byte = fill;
        }
        match inner.split_whitespace().next().unwrap_or_default() {
            "if" | "range" | "with" | "define" | "block" if deeper == 0 && open.len() < DEPTH.most_items() => {
                open.push(Open { start, from: end, statement: inner.into(), is_else: false });
            }
            "if" | "range" | "with" | "define" | "block" => {
                deeper += 1;
                if masked.too_deep.is_none() {
                    masked.too_deep = Some(Span::new(start, end));
                    // whether anything from here on is there is not known
                    masked.conditions.push(Condition {
                        span: Span::new(start, text.len()),
                        statement: "range".into(),
                        is_else: false,
                    });
                }
            }
            "else" if deeper > 0 => {}
            "end" if deeper > 0 => deeper -= 1,
            "else" => {
                if let Some(last) = open.last_mut() {
                    let nested = inner.strip_prefix("else").map(str::trim).filter(|rest| !rest.is_empty());
                    let statement: Arc<str> = nested.map_or_else(|| Arc::clone(&last.statement), |_| "range".into());
                    let next = Open { start: last.start, from: end, statement, is_else: true };
                    masked.conditions.push(closed(std::mem::replace(last, next), start));
                }
            }
            "end" => {
                if let Some(last) = open.pop() {
                    if last.start >= lines.start {
                        masked.add_inline(Span::new(last.start, end));
                    }
                    masked.conditions.push(closed(last, start));
                }
            }
            word if word.starts_with("/*") || word.starts_with('$') && inner.contains(":=") => {}
            _ if is_line => masked.insertions.push(Span::new(start, end)),
            _ => masked.holes.push((Span::new(start, end), inner.into())),
        }
    }
    masked.conditions.extend(open.into_iter().map(|open| closed(open, text.len())));
    masked.conditions.sort_by_key(|condition| (condition.span.start, std::cmp::Reverse(condition.span.end)));
    masked.text = String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned());
    masked
}

impl Masked {
    /// Statements come by their ends: those inside of one are behind its beginning.
    fn add_inline(&mut self, span: Span) {
        while self.inline.last().is_some_and(|last| last.start >= span.start) {
            self.inline.pop();
        }
        self.inline.push(span);
    }

    /// The statement on one line that has something in common with a piece of text.
    #[must_use]
    pub fn inline_at(&self, span: Span) -> Option<Span> {
        let first = self.inline.partition_point(|one| one.end <= span.start);
        self.inline.get(first).copied().filter(|one| one.start < span.end)
    }
}

fn closed(open: Open, end: usize) -> Condition {
    Condition { span: Span::new(open.from, end.max(open.from)), statement: open.statement, is_else: open.is_else }
}

pub(super) fn is_statement(inner: &str) -> bool {
    let word = inner.split_whitespace().next().unwrap_or_default();
    matches!(word, "if" | "else" | "end" | "range" | "with" | "define" | "block") || word.starts_with("/*")
}

fn find(text: &str, what: &str, from: usize) -> Option<usize> {
    text.get(from..)?.find(what).map(|at| from + at)
}

/// The end of the action that begins at `start`: braces in its own strings are none.
pub(super) fn end_of(text: &str, start: usize) -> Option<usize> {
    let mut quote: Option<u8> = None;
    let bytes = text.as_bytes();
    let mut at = start + 2;
    while let Some(byte) = bytes.get(at) {
        match (quote, byte) {
            (None, b'}') if bytes.get(at + 1) == Some(&b'}') => return Some(at + 2),
            (None, b'"' | b'`') => quote = Some(*byte),
            (Some(b'"'), b'\\') => at += 1,
            (Some(open), byte) if open == *byte => quote = None,
            _ => {}
        }
        at += 1;
    }
    None
}

/// The line that was looked at last: lines may hold as many actions as they like.
#[derive(Default)]
struct Lines {
    /// Its first byte.
    start: usize,
    /// How far it was looked for the next one.
    seen: usize,
    /// Its first byte that is no white space.
    first: usize,
}

impl Lines {
    /// Whether nothing but white space is in front of an action on its line. Actions are asked for in order.
    fn is_blank_before(&mut self, text: &str, at: usize) -> bool {
        let before = text.get(self.seen..at).unwrap_or_default();
        if let Some(last) = before.rfind('\n') {
            self.start = self.seen + last + 1;
            let line = text.get(self.start..).unwrap_or_default();
            self.first = self.start + (line.len() - line.trim_start().len());
        } else if self.seen == 0 {
            self.first = text.len() - text.trim_start().len();
        }
        self.seen = at;
        self.first >= at
    }
}

/// Whether nothing but white space, or another action, comes behind an action on its line.
fn is_blank_after(text: &str, end: usize) -> bool {
    let after = text.get(end..).unwrap_or_default();
    let rest = after.trim_start_matches(|c: char| c.is_whitespace() && c != '\n');
    rest.is_empty() || rest.starts_with('\n') || rest.starts_with("{{")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_become_words_and_statements_white_space() {
        let text = "a: {{ .Values.a }}\n{{- if .Values.b }}\nb: \"{{ .Values.c | default \"}}\" }}-x\"\n{{- else }}\nc: 1\n{{- end }}\n{{ toYaml .x | nindent 2 }}\n";
        let masked = mask(text);
        assert_eq!(masked.text.len(), text.len());
        assert!(masked.text.starts_with("a: xxxxxxxxxxxxxxx\n"));
        let holes: Vec<&str> = masked.holes.iter().map(|(_, inner)| &**inner).collect();
        assert_eq!(holes, [".Values.a", ".Values.c | default \"}}\""]);
        let conditions: Vec<(&str, bool)> =
            masked.conditions.iter().map(|one| (&*one.statement, one.is_else)).collect();
        assert_eq!(conditions, [("if .Values.b", false), ("if .Values.b", true)]);
        assert_eq!(masked.insertions.len(), 1);
    }

    #[test]
    fn hostile_texts_end() {
        assert_eq!(mask("{{ a").text, "{{ a");
        let deep = mask(&"{{ if a }}".repeat(500));
        assert_eq!(deep.conditions.len(), DEPTH.most_items() + 1);
        assert_eq!(deep.too_deep.map(|span| span.start), Some(640));
        assert!(mask("{{ \"é }}\" }}é").text.ends_with('é'));
    }
}
