//! Env files, lossless: every assignment as written, before any reader's dialect is applied.

use crate::base::Span;

/// One assignment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment<'a> {
    /// The name, without `export`.
    pub name: &'a str,
    /// The name's place.
    pub name_span: Span,
    /// The text between the quotes, or the rest of the line, trimmed.
    pub raw: &'a str,
    /// The place of `raw`.
    pub raw_span: Span,
    /// The quote character around it.
    pub quote: Option<char>,
    /// What separates name and value.
    pub separator: Separator,
}

/// What is between name and value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Separator {
    /// `A=b`.
    Equals,
    /// `A = b`, `A =b`, `A= b`.
    SpacedEquals,
    /// `A: b`.
    Colon,
}

/// All assignments of a text. A line that is neither an assignment nor a comment is passed over, as most readers do.
#[must_use]
pub fn assignments(text: &str) -> Vec<Assignment<'_>> {
    let mut found = Vec::new();
    let mut at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut closing = ClosingQuotes::default();
    while at < text.len() {
        let end = line_end(text, at);
        let next = match assignment(text, at, end, &mut closing) {
            Some((assignment, past)) => {
                found.push(assignment);
                past
            }
            None => end,
        };
        at = next.max(end) + 1;
    }
    found
}

fn line_end(text: &str, from: usize) -> usize {
    text.as_bytes().get(from..).and_then(|rest| memchr::memchr(b'\n', rest)).map_or(text.len(), |at| from + at)
}

/// The assignment on the line `start..end`, and the end of the last line that it takes.
fn assignment<'a>(
    text: &'a str,
    start: usize,
    end: usize,
    closing: &mut ClosingQuotes,
) -> Option<(Assignment<'a>, usize)> {
    let line = text.get(start..end)?;
    let mut from = start + (line.len() - line.trim_start().len());
    let body = text.get(from..end)?;
    if let Some(rest) = body.strip_prefix("export").filter(|rest| rest.starts_with([' ', '\t'])) {
        from += "export".len() + (rest.len() - rest.trim_start().len());
    }
    let body = text.get(from..end)?;
    let name_len = body.find(|c: char| !(c.is_ascii_alphanumeric() || "_.-".contains(c))).unwrap_or(body.len());
    if name_len == 0 {
        return None;
    }
    let after_name = body.get(name_len..)?;
    let gap = after_name.len() - after_name.trim_start().len();
    let rest = after_name.get(gap..)?;
    let value_from = from + name_len + gap + 1;
    let value_text = text.get(value_from..end).unwrap_or("");
    let spaced = gap > 0 || value_text.starts_with([' ', '\t']);
    let separator = match rest.chars().next()? {
        '=' if spaced => Separator::SpacedEquals,
        '=' => Separator::Equals,
        ':' if gap == 0 && value_text.starts_with([' ', '\t']) => Separator::Colon,
        _ => return None,
    };
    let trimmed_from = value_from + (value_text.len() - value_text.trim_start().len());
    let name_span = Span::new(from, from + name_len);
    let name = text.get(name_span.range())?;
    if let Some((raw_span, quote, past)) = quoted(text, trimmed_from, end, closing) {
        let raw = text.get(raw_span.range())?;
        return Some((Assignment { name, name_span, raw, raw_span, quote: Some(quote), separator }, past));
    }
    let raw = value_text.trim();
    let raw_span = Span::new(trimmed_from, trimmed_from + raw.len());
    Some((Assignment { name, name_span, raw, raw_span, quote: None, separator }, end))
}

/// Where no closing quote of a kind follows any more, so that a file full of open quotes stays linear.
#[derive(Default)]
struct ClosingQuotes {
    none_after: [Option<usize>; 3],
}

/// A value in quotes, which may span lines: its inside, and the end of its last line. `None` when the quote is not
/// closed, or something other than a comment follows.
fn quoted(text: &str, from: usize, line: usize, closing: &mut ClosingQuotes) -> Option<(Span, char, usize)> {
    let (quote, slot) = match text.get(from..line)?.chars().next()? {
        '"' => ('"', 0),
        '\'' => ('\'', 1),
        '`' => ('`', 2),
        _ => return None,
    };
    let memory = closing.none_after.get_mut(slot)?;
    if memory.is_some_and(|none| from >= none) {
        return None;
    }
    let bytes = text.as_bytes();
    let mut at = from + 1;
    loop {
        match bytes.get(at) {
            None => {
                *memory = Some(memory.map_or(from, |none| none.min(from)));
                return None;
            }
            Some(b'\\') if bytes.get(at + 1) == Some(&(quote as u8)) => at += 2,
            Some(byte) if *byte == quote as u8 => break,
            Some(_) => at += 1,
        }
    }
    let end = line_end(text, at);
    let tail = text.get(at + 1..end)?.trim_start();
    (tail.is_empty() || tail.starts_with('#')).then(|| (Span::new(from + 1, at), quote, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_keeps_its_spelling() {
        let text = "\u{feff}# c\nA=one # note\r\nexport B = 'two # x' # y\nC: three\nD=\"multi\nline\"\nE=\nF=\"open\nnot an assignment\nG-h.i=`x`\nURL=\"a\" b\n";
        let found: Vec<_> = assignments(text).into_iter().map(|a| (a.name, a.raw, a.quote, a.separator)).collect();
        assert_eq!(
            found,
            [
                ("A", "one # note", None, Separator::Equals),
                ("B", "two # x", Some('\''), Separator::SpacedEquals),
                ("C", "three", None, Separator::Colon),
                ("D", "multi\nline", Some('"'), Separator::Equals),
                ("E", "", None, Separator::Equals),
                ("F", "\"open", None, Separator::Equals),
                ("G-h.i", "x", Some('`'), Separator::Equals),
                ("URL", "\"a\" b", None, Separator::Equals),
            ]
        );
        for assignment in assignments(text) {
            assert_eq!(&text[assignment.raw_span.range()], assignment.raw);
            assert_eq!(&text[assignment.name_span.range()], assignment.name);
        }
    }
}
