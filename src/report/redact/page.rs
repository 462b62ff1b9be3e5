//! What may be written: a text that went through here.

use super::known::Known;
use super::mask::{Mask, overwritten};
use super::scan::Scan;
use super::shapes;
use crate::base::escape;
use crate::report::links::OWN_PAGES;

/// A whole text that may be written to a terminal, a log or a file. The command line writes nothing else, and only this file
/// can make one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page(String);

impl Page {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a whole output is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::report) enum Form {
    Plain,
    /// With the colours of a renderer.
    Coloured,
    /// With colours, and with links to wirelint's own pages.
    Linked,
    /// Commands of GitHub's runner, each of which begins with one of these.
    Commands(&'static [&'static str]),
    Json,
}

/// A whole output, in which everything was redacted where it was known what it is: once more for what its form gives
/// away. Paths and names go through here, and whatever a renderer forgot.
pub(in crate::report) fn page(text: &str, known: &Known, form: Form) -> Page {
    let scan = Scan::new(text);
    let mut mask = Mask::default();
    shapes::mark_words(&scan, &mut mask);
    let mut ranges = mask.ranges();
    ranges.extend(known.ranges(text).into_iter().filter(|range| !is_in_path(text, *range)));
    let text = overwritten(text, &super::merged(ranges));
    Page(match form {
        Form::Plain => escape::plain(&text),
        Form::Coloured => escape::coloured(&text),
        Form::Linked => escape::linked(&text, OWN_PAGES),
        Form::Commands(own) => escape::commands(&text, own),
        Form::Json => escape::json(&text),
    })
}

/// wirelint's own words, which are part of the program.
pub(in crate::report) fn own(text: &str) -> Page {
    Page(escape::plain(text))
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
