//! Comments: without them, and with other words.

use std::ops::Range;

use super::Replacement;
use super::document::Document;
use super::statement::with_line;
use super::word::alone;

/// How comments begin and end.
const MARKS: [(&str, &str); 5] = [("{/*", "*/}"), ("<!--", "-->"), ("/*", "*/"), ("//", ""), ("#", "")];

/// A comment goes, with its line where it has one.
pub(super) fn without(document: &Document<'_>, at: Range<usize>) -> Option<Vec<Replacement>> {
    inside(document, &at)?;
    Some(vec![Replacement::new(with_line(document, at), "")])
}

/// The words of a comment become others.
pub(super) fn words(document: &Document<'_>, at: Range<usize>, words: &str) -> Option<Vec<Replacement>> {
    let inside = inside(document, &at)?;
    let plain = !words.contains(['\n', '\r']) && !["*/", "-->"].iter().any(|end| words.contains(end));
    plain.then(|| vec![Replacement::new(inside, words)])
}

/// One entry of a list between brackets goes, with its comma.
pub(super) fn unlisted(document: &Document<'_>, at: Range<usize>, name: &str) -> Option<Vec<Replacement>> {
    let list = document.at(at.clone());
    let (open, close) = (list.find('[')?, list.find(']')?);
    let found = alone(document, at.start + open..at.start + close, name)?;
    let before = document.at(at.start + open + 1..found.start);
    let after = document.at(found.end..at.start + close);
    let blanks = |text: &str| text.len() - text.trim_start().len();
    if let Some(rest) = after.trim_start().strip_prefix(',') {
        let end = at.start + close - rest.len() + blanks(rest);
        return Some(vec![Replacement::new(found.start..end, "")]);
    }
    let start = before.trim_end().strip_suffix(',')?.len() + at.start + open + 1;
    Some(vec![Replacement::new(start..found.end, "")])
}

/// What is between the marks of a comment, without the blanks around it.
fn inside(document: &Document<'_>, at: &Range<usize>) -> Option<Range<usize>> {
    let text = document.at(at.clone());
    let (open, close) = MARKS.iter().find(|(open, _)| text.starts_with(open))?;
    let body = text.strip_prefix(open)?;
    let body = if close.is_empty() { body } else { body.trim_end().strip_suffix(close)? };
    let start = at.start + open.len() + body.len() - body.trim_start().len();
    Some(start..start + body.trim().len())
}
