//! HTML start tags with their attributes. Pages are read for what they load, not for their structure.

use crate::base::Span;

/// A start tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag<'t> {
    /// The whole tag.
    pub span: Span,
    /// Its name as written.
    pub name: &'t str,
    /// Its attributes in order.
    pub attributes: Vec<Attribute<'t>>,
}

/// An attribute of a start tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attribute<'t> {
    /// Its name as written.
    pub name: &'t str,
    /// Its value without quotes; empty when it has none.
    pub value: &'t str,
    /// The value's place.
    pub span: Span,
}

impl<'t> Tag<'t> {
    /// The attribute `name` (lower case), when the tag has it.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&Attribute<'t>> {
        self.attributes.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name))
    }

    /// Whether the tag is called `name` (lower case).
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }
}

/// All start tags of a text outside comments and scripts.
#[must_use]
pub fn tags(text: &str) -> Vec<Tag<'_>> {
    let bytes = text.as_bytes();
    let mut tags: Vec<Tag<'_>> = Vec::new();
    let mut at = 0;
    while let Some(found) = bytes.get(at..).and_then(|rest| memchr::memchr(b'<', rest)).map(|offset| at + offset) {
        at = found + 1;
        if bytes[found..].starts_with(b"<!--") {
            at = memchr::memmem::find(&bytes[found..], b"-->").map_or(bytes.len(), |end| found + end + 3);
            continue;
        }
        if !bytes.get(at).is_some_and(u8::is_ascii_alphabetic) {
            continue;
        }
        let tag = read_tag(text, found);
        at = tag.span.end as usize;
        if tag.is("script") || tag.is("style") {
            at = end_of_raw_text(bytes, at, tag.name.as_bytes());
        }
        tags.push(tag);
    }
    tags
}

fn read_tag(text: &str, start: usize) -> Tag<'_> {
    let bytes = text.as_bytes();
    let mut at = start + 1;
    let name_end = end_of(bytes, at, |byte| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/'));
    let name = text.get(at..name_end).unwrap_or("");
    let mut attributes = Vec::new();
    at = name_end;
    loop {
        at = end_of(bytes, at, |byte| !byte.is_ascii_whitespace() && byte != b'/');
        match bytes.get(at) {
            None => break,
            Some(b'>') => {
                at += 1;
                break;
            }
            Some(_) => {}
        }
        let name_start = at;
        at = end_of(bytes, at + 1, |byte| byte.is_ascii_whitespace() || matches!(byte, b'=' | b'>' | b'/'));
        let name = text.get(name_start..at).unwrap_or("");
        let equals = end_of(bytes, at, |byte| !byte.is_ascii_whitespace());
        let mut value = Span::new(at, at);
        if bytes.get(equals) == Some(&b'=') {
            let from = end_of(bytes, equals + 1, |byte| !byte.is_ascii_whitespace());
            match bytes.get(from) {
                Some(quote @ (b'"' | b'\'')) => {
                    let end = end_of(bytes, from + 1, |byte| byte == *quote);
                    value = Span::new(from + 1, end);
                    at = end + 1;
                }
                _ => {
                    at = end_of(bytes, from, |byte| byte.is_ascii_whitespace() || byte == b'>');
                    value = Span::new(from, at);
                }
            }
        }
        attributes.push(Attribute { name, value: text.get(value.range()).unwrap_or(""), span: value });
    }
    Tag { span: Span::new(start, at.min(bytes.len())), name, attributes }
}

fn end_of(bytes: &[u8], from: usize, is_end: impl Fn(u8) -> bool) -> usize {
    let from = from.min(bytes.len());
    bytes[from..].iter().position(|byte| is_end(*byte)).map_or(bytes.len(), |offset| from + offset)
}

/// Where the element `name`, whose text is no markup, ends: its end tag, or the end of the text.
pub(super) fn end_of_raw_text(bytes: &[u8], from: usize, name: &[u8]) -> usize {
    let mut at = from.min(bytes.len());
    while let Some(offset) = memchr::memmem::find(&bytes[at..], b"</") {
        let found = at + offset;
        if starts_with_tag(&bytes[found + 2..], name) {
            return found;
        }
        at = found + 2;
    }
    bytes.len()
}

/// Whether the tag `name` is here, and not one with a longer name.
pub(super) fn starts_with_tag(bytes: &[u8], name: &[u8]) -> bool {
    bytes.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name))
        && bytes.get(name.len()).is_none_or(|next| matches!(next, b' ' | b'\t' | b'\r' | b'\n' | b'>' | b'/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_attributes_of_every_spelling() {
        let text = "<!DOCTYPE html><!-- <img src=x> --><SCRIPT async SRC='/a.js'>if (a<b) {}</script><img src=http://h/i.png alt><p class=\"a>b\"";
        let shown: Vec<String> = tags(text)
            .iter()
            .map(|tag| {
                let attributes: Vec<String> =
                    tag.attributes.iter().map(|attribute| format!("{}={}", attribute.name, attribute.value)).collect();
                format!("{} {}", tag.name, attributes.join(" "))
            })
            .collect();
        assert_eq!(shown, ["SCRIPT async= SRC=/a.js", "img src=http://h/i.png alt=", "p class=a>b"]);
    }
}
