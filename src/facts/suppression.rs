//! `wirelint: ignore[rule-id] reason` comments.

use std::sync::Arc;

use super::SuppressionFact;
use crate::base::{LineIndex, Span};

const MARK: &str = "wirelint: ignore[";

/// What opens a comment in the formats that wirelint reads, with what closes it (the line's end when nothing does).
const COMMENTS: [(&str, &str); 4] = [("<!--", "-->"), ("/*", "*/"), ("//", ""), ("#", "")];

/// Names and reasons are read up to this length: on one line of many comments each could reach to the end.
const MAX_NAMES: usize = 1_000;
const MAX_REASON: usize = 1_000;

/// All suppression comments of a text.
#[must_use]
pub fn find(text: &str, lines: &LineIndex) -> Vec<SuppressionFact> {
    let mut reader = Reader { text, lines, line: 0..0, covered: None };
    let finder = memchr::memmem::find_iter(text.as_bytes(), MARK);
    finder.filter_map(|start| reader.read(start)).collect()
}

/// Reads comments from the first to the last, so that no part of the text is looked at for each of them.
struct Reader<'t> {
    text: &'t str,
    lines: &'t LineIndex,
    /// The bytes of the line of the comment that was read last.
    line: std::ops::Range<usize>,
    /// The line of a comment that stands alone, and that of the statement below it.
    covered: Option<(u32, Option<u32>)>,
}

impl Reader<'_> {
    /// The suppression whose mark starts at byte `start`.
    fn read(&mut self, start: usize) -> Option<SuppressionFact> {
        let text = self.text;
        if !self.line.contains(&start) {
            let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
            self.line = line_start..text[start..].find('\n').map_or(text.len(), |length| start + length);
        }
        let (line_start, line_end) = (self.line.start, self.line.end);
        let (opener, closer) =
            COMMENTS.into_iter().find(|(opener, _)| text[line_start..start].trim_end().ends_with(opener))?;
        let comment_start = line_start + text[line_start..start].rfind(opener)?;
        let names_start = start + MARK.len();
        let names_end = names_start + cut(&text[names_start..line_end], MAX_NAMES).find(']')?;
        let rest = &text[names_end..line_end];
        let end = names_end
            + match closer {
                "" => rest.len(),
                closer => cut(rest, MAX_REASON).find(closer).map_or(rest.len(), |length| length + closer.len()),
            };
        let reason = cut(&text[names_end + 1..end], MAX_REASON).trim().trim_end_matches(closer).trim();
        let own_line = self.lines.position(Span::new(start, start).start).line;
        // `{/* ... */}` is how JSX carries a comment.
        let stands_alone = matches!(text[line_start..comment_start].trim(), "" | "{");
        let covered = if stands_alone { self.next_statement(own_line) } else { own_line };
        Some(SuppressionFact {
            span: Span::new(comment_start, end),
            rules: names(&text[names_start..names_end], names_start),
            reason: Arc::from(reason),
            first_line: own_line,
            last_line: covered,
        })
    }

    /// The line of the first statement below a comment on a line of its own.
    fn next_statement(&mut self, own_line: u32) -> u32 {
        // Between the last comment and its statement there are only blank lines and further comments.
        if let Some((from, statement)) = self.covered
            && from <= own_line
            && statement.is_none_or(|statement| own_line < statement)
        {
            return statement.unwrap_or(own_line);
        }
        let statement = next_statement(self.text, self.line.end, own_line);
        self.covered = Some((own_line, statement));
        statement.unwrap_or(own_line)
    }
}

/// The start of a text, at most so many bytes long.
fn cut(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

fn names(text: &str, start: usize) -> Vec<(Arc<str>, Span)> {
    let mut names = Vec::new();
    let mut offset = start;
    for part in text.split(',') {
        let name = part.trim();
        if !name.is_empty() {
            let from = offset + (part.len() - part.trim_start().len());
            names.push((Arc::from(name), Span::new(from, from + name.len())));
        }
        offset += part.len() + 1;
    }
    names
}

/// The line of the first statement below a line: blank lines and further comments are passed over.
fn next_statement(text: &str, line_end: usize, own_line: u32) -> Option<u32> {
    let below = text.get(line_end + 1..).unwrap_or("");
    let mut line = own_line;
    for content in below.lines() {
        line += 1;
        let content = content.trim_start().trim_start_matches('{');
        if !content.is_empty() && !COMMENTS.iter().any(|(opener, _)| content.starts_with(opener)) {
            return Some(line);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> (Vec<String>, String, u32, u32) {
        let found = find(text, &LineIndex::new(text));
        assert_eq!(found.len(), 1, "in {text:?}");
        let names = found[0].rules.iter().map(|(name, span)| {
            assert_eq!(&text[span.range()], &**name);
            name.to_string()
        });
        (names.collect(), found[0].reason.to_string(), found[0].first_line, found[0].last_line)
    }

    #[test]
    fn comments_of_every_format_cover_their_statement() {
        let table = [
            ("A=b # wirelint: ignore[url-disagreement] known\n", "known", 1, 1),
            (
                "x;\n// wirelint: ignore[url-disagreement] one wire only\n\n// more\nnew WebSocket(u)\n",
                "one wire only",
                2,
                5,
            ),
            ("<!-- wirelint: ignore[url-disagreement] old page -->\n<script>\n", "old page", 1, 2),
            ("  {/* wirelint: ignore[url-disagreement] */}\n  <Chat/>\n", "", 1, 2),
            ("    # wirelint: ignore[url-disagreement]\n    location /ws {\n", "", 1, 2),
        ];
        for (text, reason, first, last) in table {
            assert_eq!(one(text), (vec!["url-disagreement".to_owned()], reason.to_owned(), first, last), "in {text:?}");
        }
        assert_eq!(one("# wirelint: ignore[a-b , c-d]\nx").0, ["a-b", "c-d"]);
        let text = "const s = 'wirelint: ignore[a]'";
        assert!(find(text, &LineIndex::new(text)).is_empty(), "a string is no comment");
    }
}
