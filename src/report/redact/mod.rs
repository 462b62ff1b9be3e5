//! Text without secrets, byte for byte as long as before.
//!
//! Everything under `report` sees text only through here: a line of context, a message and a label can all hold a
//! secret. Hiding too much costs a word in a snippet; showing too much costs a password.
//!
//! One pass over a text finds its secrets by their form (`shapes`), by the name in front of them (`assign`), and by being
//! a value that is known to be secret from another place (`known`). The work grows with the length of the text and no
//! faster; a test counts it.

mod address;
mod assign;
mod known;
mod lex;
mod mask;
mod scan;
mod shapes;
mod token_list;
mod value;
mod word_lists;
mod words;

#[cfg(test)]
mod tests;

pub(super) use known::Known;

use crate::base::FileKind;
use crate::base::escape::Page;
use lex::Grammar;
use mask::{Mask, overwritten};
use scan::Scan;

/// Where the secrets of a file's text are, sorted, without overlaps.
fn secrets(text: &str, grammar: Grammar) -> (Vec<(usize, usize)>, usize) {
    let scan = Scan::new(text);
    let mut mask = Mask::default();
    shapes::mark(&scan, &mut mask);
    assign::mark(&scan, grammar, &mut mask);
    if grammar == Grammar::Prose {
        quotations(&scan, &mut mask);
    }
    (mask.ranges(), scan.looked())
}

/// A sentence quotes code between backticks, which is looked at as code of each kind.
fn quotations(scan: &Scan<'_>, mask: &mut Mask) {
    let mut parts = memchr::memchr_iter(b'`', scan.bytes);
    while let (Some(open), Some(close)) = (parts.next(), parts.next()) {
        let inner = scan.slice(open + 1, close);
        for grammar in [Grammar::Ecma, Grammar::Python, Grammar::Nginx, Grammar::Docker, Grammar::Yaml] {
            let part = Scan::new(inner);
            let mut found = Mask::default();
            assign::mark(&part, grammar, &mut found);
            found.ranges().into_iter().for_each(|(start, end)| mask.hide(open + 1 + start, open + 1 + end));
            scan.count(part.looked());
        }
    }
}

/// A file's text with its secrets overwritten by `*`; spans and lines stay where they are.
pub(super) fn source(text: &str, kind: FileKind, known: &Known) -> String {
    let (mut ranges, _) = secrets(text, Grammar::of(kind));
    ranges.extend(known.ranges(text));
    overwritten(text, &merged(ranges))
}

/// The secret values of a file that can be told from other text.
pub(super) fn values(text: &str, kind: FileKind) -> Vec<String> {
    let (ranges, _) = secrets(text, Grammar::of(kind));
    let values = ranges.into_iter().filter_map(|(start, end)| text.get(start..end));
    values
        .map(|value| value.trim().trim_matches(['"', '\'']))
        .filter(|value| known::is_telling(value))
        .map(str::to_owned)
        .collect()
}

/// A sentence with its secrets overwritten by `*`.
pub(super) fn prose(text: &str, known: &Known) -> String {
    let (mut ranges, _) = secrets(text, Grammar::Prose);
    ranges.extend(known.ranges(text));
    overwritten(text, &merged(ranges))
}

/// What a whole output is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Plain,
    /// With the colours of a renderer.
    Coloured,
    Json,
}

/// A whole output, in which everything was redacted where it was known what it is: once more for what its form gives
/// away. Paths and names go through here, and whatever a renderer forgot. Nothing else makes a page of text, and nothing
/// but a page is written.
pub(super) fn page(text: String, known: &Known, form: Form) -> Page {
    let scan = Scan::new(&text);
    let mut mask = Mask::default();
    shapes::mark_words(&scan, &mut mask);
    let mut ranges = mask.ranges();
    ranges.extend(known.ranges(&text).into_iter().filter(|range| !is_in_path(&text, *range)));
    let text = overwritten(&text, &merged(ranges));
    match form {
        Form::Plain => Page::plain(&text),
        Form::Coloured => Page::coloured(&text),
        Form::Json => Page::json(&text),
    }
}

/// Bytes on either side among which the rest of a path is looked for.
const LONGEST_PATH: usize = 512;

/// Whether a part of a text is inside a path: a folder may be called as a password is, and its files are to be found.
fn is_in_path(text: &str, (start, end): (usize, usize)) -> bool {
    let is_of_path = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'/');
    let before = text.as_bytes().get(..start).unwrap_or_default().iter().rev().take(LONGEST_PATH);
    let after = text.as_bytes().get(end..).unwrap_or_default().iter().take(LONGEST_PATH);
    let mut around = before.take_while(|byte| is_of_path(byte)).chain(after.take_while(|byte| is_of_path(byte)));
    around.any(|byte| *byte == b'/')
}

/// wirelint's own words, which are part of the program.
pub(super) fn own(text: &str) -> Page {
    Page::plain(text)
}

fn merged(ranges: Vec<(usize, usize)>) -> Vec<(usize, usize)> {
    let mut mask = Mask::default();
    ranges.into_iter().for_each(|(start, end)| mask.hide(start, end));
    mask.ranges()
}
