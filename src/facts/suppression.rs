//! `wirelint: ignore[rule-id] reason` comments.

use std::sync::Arc;

use super::SuppressionFact;
use crate::base::{LineIndex, Span};

const MARK: &str = "wirelint: ignore[";

/// What opens a comment in the formats that wirelint reads, with what closes it (the line's end when nothing does).
const COMMENTS: [(&str, &str); 4] = [("<!--", "-->"), ("/*", "*/"), ("//", ""), ("#", "")];

/// All suppression comments of a text.
#[must_use]
pub fn find(text: &str, lines: &LineIndex) -> Vec<SuppressionFact> {
    let finder = memchr::memmem::find_iter(text.as_bytes(), MARK);
    finder.filter_map(|start| read(text, start, lines)).collect()
}

/// The suppression whose mark starts at byte `start`.
fn read(text: &str, start: usize, lines: &LineIndex) -> Option<SuppressionFact> {
    let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
    let line_end = text[start..].find('\n').map_or(text.len(), |length| start + length);
    let (opener, closer) =
        COMMENTS.into_iter().find(|(opener, _)| text[line_start..start].trim_end().ends_with(opener))?;
    let comment_start = line_start + text[line_start..start].rfind(opener)?;
    let names_start = start + MARK.len();
    let names_end = names_start + text[names_start..line_end].find(']')?;
    let end = match closer {
        "" => line_end,
        closer => text[names_end..line_end].find(closer).map_or(line_end, |length| names_end + length + closer.len()),
    };
    let reason = text[names_end + 1..end].trim().trim_end_matches(closer).trim();
    let own_line = lines.position(Span::new(start, start).start).line;
    // `{/* ... */}` is how JSX carries a comment.
    let stands_alone = matches!(text[line_start..comment_start].trim(), "" | "{");
    let covered = if stands_alone { next_statement(text, line_end, own_line) } else { own_line };
    Some(SuppressionFact {
        span: Span::new(comment_start, end),
        rules: names(&text[names_start..names_end], names_start),
        reason: Arc::from(reason),
        first_line: own_line,
        last_line: covered,
    })
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
fn next_statement(text: &str, line_end: usize, own_line: u32) -> u32 {
    let below = text.get(line_end + 1..).unwrap_or("");
    let mut line = own_line;
    for content in below.lines() {
        line += 1;
        let content = content.trim_start().trim_start_matches('{');
        if !content.is_empty() && !COMMENTS.iter().any(|(opener, _)| content.starts_with(opener)) {
            return line;
        }
    }
    own_line
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
