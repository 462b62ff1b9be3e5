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
mod page;
mod scan;
mod shapes;
mod token_list;
mod value;
mod word_lists;
mod words;

#[cfg(test)]
mod tests;

pub(super) use known::Known;
pub use page::Page;
pub(super) use page::{Form, own, page};

use crate::base::FileKind;
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

fn merged(ranges: Vec<(usize, usize)>) -> Vec<(usize, usize)> {
    let mut mask = Mask::default();
    ranges.into_iter().for_each(|(start, end)| mask.hide(start, end));
    mask.ranges()
}
