//! `wirelint: ignore[rule-id] reason` comments.

mod request;

use std::sync::Arc;

use super::{MalformedSuppression, SuppressionFact, SuppressionFault};
use crate::base::{LineIndex, Span};
use request::Request;

/// What a suppression begins with.
const NAME: &str = "wirelint";

/// What opens a comment in the formats that wirelint reads, with what closes it (the line's end when nothing does).
const COMMENTS: [(&str, &str); 5] = [("<!--", "-->"), ("/**", "*/"), ("/*", "*/"), ("//", ""), ("#", "")];

const MAX_REASON: usize = 1_000;

/// Whether bytes may hold suppression comments: one that is left over is in a file that says nothing else.
#[must_use]
pub fn may_hold(bytes: &[u8]) -> bool {
    memchr::memmem::find(bytes, NAME.as_bytes()).is_some()
}

/// All suppression comments of a text, and those that were meant as one, in the order of their lines.
#[must_use]
pub fn find(text: &str, lines: &LineIndex) -> (Vec<SuppressionFact>, Vec<MalformedSuppression>) {
    let mut reader = Reader { text, lines, line: 0..0, covered: None, found: Vec::new(), malformed: Vec::new() };
    for start in memchr::memmem::find_iter(text.as_bytes(), NAME) {
        // `None` for what is no comment, and for prose.
        let _ = reader.read(start);
    }
    (reader.found, reader.malformed)
}

/// Reads comments from the first to the last, so that no part of the text is looked at for each of them.
struct Reader<'t> {
    text: &'t str,
    lines: &'t LineIndex,
    /// The bytes of the line of the comment that was read last.
    line: std::ops::Range<usize>,
    /// The line of a comment that stands alone, and that of the statement below it.
    covered: Option<(u32, Option<u32>)>,
    found: Vec<SuppressionFact>,
    malformed: Vec<MalformedSuppression>,
}

impl Reader<'_> {
    /// The comment in which wirelint's name is at byte `start`.
    fn read(&mut self, start: usize) -> Option<()> {
        let text = self.text;
        if !self.line.contains(&start) {
            let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
            self.line = line_start..text[start..].find('\n').map_or(text.len(), |length| start + length);
        }
        let (line_start, line_end) = (self.line.start, self.line.end);
        let before = text[line_start..start].trim_end();
        let opened = COMMENTS.into_iter().find(|(opener, _)| before.ends_with(opener));
        // A line inside of a longer comment, as editors begin them.
        let is_inside = opened.is_none() && before.trim_start() == "*";
        let (opener, closer) = opened.or_else(|| is_inside.then_some(("*", "*/")))?;
        let comment_start = line_start + before.len() - opener.len();
        let after = start + NAME.len();
        let comment = cut(&text[after..line_end], request::MAX_NAMES + MAX_REASON);
        let (length, closed) = match closer {
            "" => (comment.len(), comment.len()),
            closer => comment.find(closer).map_or((comment.len(), comment.len()), |at| (at, at + closer.len())),
        };
        let said = &comment[..length];
        let reason = |at: usize| Arc::from(cut(&said[at..], MAX_REASON).trim());
        let span = Span::new(comment_start, after + closed);
        match request::read(said)? {
            Request::Suppression { names, reason: at } if is_inside => self.malformed.push(MalformedSuppression {
                span,
                fault: SuppressionFault::Inside,
                names: self::names(&said[names], 0).into_iter().map(|(name, _)| name).collect(),
                reason: reason(at),
            }),
            Request::Suppression { names, reason: at } => {
                let own_line = self.lines.position(Span::new(start, start).start).line;
                // `{/* ... */}` is how JSX carries a comment.
                let stands_alone = matches!(text[line_start..comment_start].trim(), "" | "{");
                let covered = if stands_alone { self.next_statement(own_line) } else { own_line };
                self.found.push(SuppressionFact {
                    span,
                    rules: self::names(&said[names.clone()], after + names.start),
                    reason: reason(at),
                    first_line: own_line,
                    last_line: covered,
                });
            }
            Request::Malformed { fault, names, reason: at } => self.malformed.push(MalformedSuppression {
                span,
                fault,
                names: names.iter().map(|name| Arc::from(name.as_str())).collect(),
                reason: reason(at),
            }),
        }
        Some(())
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
        let (found, malformed) = find(text, &LineIndex::new(text));
        assert_eq!((found.len(), malformed.len()), (1, 0), "in {text:?}");
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
            ("/** wirelint: ignore[url-disagreement] old */\nx\n", "old", 1, 2),
        ];
        for (text, reason, first, last) in table {
            assert_eq!(one(text), (vec!["url-disagreement".to_owned()], reason.to_owned(), first, last), "in {text:?}");
        }
        assert_eq!(one("# wirelint: ignore[a-b , c-d]\nx").0, ["a-b", "c-d"]);
        let text = "const s = 'wirelint: ignore[a]'";
        assert!(find(text, &LineIndex::new(text)).0.is_empty(), "a string is no comment");
    }

    #[test]
    fn what_was_meant_as_one_is_told_of_with_what_is_wrong() {
        let malformed = |text: &str| {
            let (found, malformed) = find(text, &LineIndex::new(text));
            assert!(found.is_empty(), "in {text:?}");
            let shown = |one: &MalformedSuppression| {
                (text[one.span.range()].to_owned(), one.fault.clone(), one.reason.to_string())
            };
            malformed.iter().map(shown).collect::<Vec<_>>()
        };
        let inside = "/*\n * wirelint: ignore[a-b] why\n */\nx";
        assert_eq!(
            malformed(inside),
            [("* wirelint: ignore[a-b] why".to_owned(), SuppressionFault::Inside, "why".to_owned())]
        );
        let html = "<p><!-- wirelint-ignore a-b old --></p>";
        assert_eq!(
            malformed(html),
            [("<!-- wirelint-ignore a-b old -->".to_owned(), SuppressionFault::Bare, "old".to_owned())]
        );
        assert!(
            malformed("# wirelint is run by the pipeline\n# see wirelint: ignore[a]\nwirelint: ignore[a]\n").is_empty()
        );
    }
}
