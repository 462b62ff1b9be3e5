//! What stands behind an error in a YAML text: lines that stop its reader are taken out, one after the other.

use std::collections::BTreeSet;

use crate::base::Span;

/// Lines that are taken out of one text.
const REPAIRS: usize = 12;
/// Bytes that may be read once more to find these lines.
const READ_AGAIN: usize = 16 * 1024 * 1024;

/// The text with spaces in place of the lines that stop its reader, so that every offset stays where it was. `stop` says
/// where a text stops it, `first` is where this one does.
pub(super) fn repaired(text: &str, first: usize, stop: impl Fn(&str) -> Option<usize>) -> String {
    let mut repaired = text.to_owned();
    let mut at = first;
    let mut left = READ_AGAIN / text.len().max(1);
    let mut try_without = |repaired: &str, line: Span, at: usize| {
        left = left.checked_sub(1)?;
        let text = without(repaired, line);
        let now = stop(&text);
        now.is_none_or(|now| now > at).then_some((now, text))
    };
    for _ in 0..REPAIRS {
        // A quote that is not closed on its line swallows the keys behind it, to the next quote.
        let quote = swallowing_quote(&repaired, at).and_then(|line| try_without(&repaired, line, at));
        let found = quote.or_else(|| {
            // The line before the one that stops the reader may have begun what does not end; of two that help the stopping
            // one is taken.
            let lines = [line_before(&repaired, at), line_at(&repaired, at)].into_iter().flatten();
            let tries = lines.filter_map(|line| try_without(&repaired, line, at));
            tries.max_by_key(|(now, _)| now.unwrap_or(usize::MAX))
        });
        let Some((now, text)) = found else { break };
        repaired = text;
        let Some(now) = now else { break };
        at = now;
    }
    repaired
}

/// The last line before `at` in which a quote is opened and not closed, with what follows it, up to a line that looks like
/// a key and is indented as one before: a text of several lines holds no such line.
fn swallowing_quote(text: &str, at: usize) -> Option<Span> {
    let end = line_at(text, at).map_or(text.len(), |line| line.end as usize);
    let mut keys = BTreeSet::new();
    let mut open = None;
    let mut found = None;
    let mut start = 0;
    for line in text.get(..end)?.split_inclusive('\n') {
        let content = line.trim_start_matches([' ', '-']);
        if is_key(content) {
            let indentation = line.len() - content.len();
            if keys.contains(&indentation)
                && let Some(open) = open.take()
            {
                found = Some(Span::new(open, start - 1));
            }
            keys.insert(indentation);
        }
        if opens_quote(content) {
            open = Some(start);
        }
        start += line.len();
    }
    found
}

/// `name:` with nothing or a space behind it.
fn is_key(content: &str) -> bool {
    let Some((name, value)) = content.split_once(':') else { return false };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./\"'$".contains(&byte);
    !name.is_empty() && name.bytes().all(plain) && (value.is_empty() || value.starts_with([' ', '\n', '\r']))
}

/// Whether a quote is opened where a value may begin, and not closed on its line.
fn opens_quote(content: &str) -> bool {
    let mut open = None;
    let mut before = b' ';
    let mut bytes = content.bytes();
    while let Some(byte) = bytes.next() {
        match (open, byte) {
            (None, b'#') if before == b' ' => return false,
            (None, b'"' | b'\'') if b" \t[{(,:".contains(&before) => open = Some(byte),
            (Some(b'"'), b'\\') => {
                bytes.next();
            }
            (Some(quote), byte) if quote == byte => open = None,
            _ => {}
        }
        before = byte;
    }
    open.is_some()
}

/// The line of a byte, when there is something on it.
fn line_at(text: &str, at: usize) -> Option<Span> {
    let bytes = text.as_bytes();
    let at = at.min(bytes.len());
    let start = memchr::memrchr(b'\n', bytes.get(..at)?).map_or(0, |newline| newline + 1);
    let end = memchr::memchr(b'\n', bytes.get(start..)?).map_or(bytes.len(), |length| start + length);
    let line = bytes.get(start..end)?;
    line.iter().any(|byte| !byte.is_ascii_whitespace()).then(|| Span::new(start, end))
}

/// The last line before that of a byte with something on it.
fn line_before(text: &str, at: usize) -> Option<Span> {
    let head = text.as_bytes().get(..at.min(text.len()))?;
    let head = head.get(..memchr::memrchr(b'\n', head)?)?;
    line_at(text, head.trim_ascii_end().len())
}

/// The text with spaces in place of a part.
fn without(text: &str, line: Span) -> String {
    let (head, tail) = (text.get(..line.start as usize), text.get(line.end as usize..));
    [head.unwrap_or_default(), &" ".repeat(line.range().len()), tail.unwrap_or_default()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_that_swallows_keys_is_told_from_one_that_ends() {
        let line = |text: &str| swallowing_quote(text, text.len()).map(|line| text[line.range()].to_owned());
        assert_eq!(line("a:\n  b: \"x\n  c: 'y'\n").as_deref(), Some("  b: \"x"));
        assert_eq!(line("a:\n  b: \"x\n    y\n  c: 'y'\n").as_deref(), Some("  b: \"x\n    y"));
        assert_eq!(line("a:\n  b: 1\n>: '\n  c: 'y'\n").as_deref(), Some(">: '"));
        assert_eq!(line("a:\n  b: \"x\n    c: y\n    d\"\n  e f\n"), None);
        assert_eq!(line("a:\n  b: it's\n  c: say\"\n  d: 'it''s'\n  e: \"a \\\" b\" # it's\n"), None);
    }
}
