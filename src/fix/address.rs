//! Parts of addresses.

use std::ops::Range;

use super::Replacement;
use super::document::Document;
use super::word::{alone, word};

/// Host and port become others: both together, or the one that differs.
pub(super) fn address(document: &Document<'_>, at: Range<usize>, from: &str, to: &str) -> Option<Vec<Replacement>> {
    if alone(document, at.clone(), from).is_some() {
        return word(document, at, from, to);
    }
    let ((old_host, old_port), (host, port)) = (from.rsplit_once(':')?, to.rsplit_once(':')?);
    if old_host == host && alone(document, at.clone(), old_port).is_some() {
        return word(document, at, old_port, port);
    }
    // A default port is not written.
    let silent = matches!(old_port, "80" | "443");
    let found = alone(document, at.clone(), old_host).filter(|_| silent || old_port == port)?;
    let after = document.at(found.end..document.text.len());
    match (old_port == port, after.starts_with(':')) {
        (true, _) => word(document, at, old_host, host),
        (false, false) => word(document, at, old_host, to),
        (false, true) => None,
    }
}

/// A path becomes another one: whole, or without the parts that both begin with.
pub(super) fn path(document: &Document<'_>, at: Range<usize>, from: &str, to: &str) -> Option<Vec<Replacement>> {
    let (mut from, mut to) = (from, to);
    loop {
        if from.len() > 1 && alone(document, at.clone(), from).is_some() {
            return word(document, at, from, to);
        }
        let (old, new) = (first_part(from)?, first_part(to)?);
        if old != new {
            return None;
        }
        from = from.get(old.len()..)?;
        to = to.get(new.len()..)?;
    }
}

/// `/api` of `/api/books`.
fn first_part(path: &str) -> Option<&str> {
    let end = path.get(1..)?.find('/')? + 1;
    path.starts_with('/').then(|| path.get(..end)).flatten()
}

/// The text of a string or setting ends in this as well.
pub(super) fn ending(document: &Document<'_>, at: Range<usize>, ending: &str) -> Option<Vec<Replacement>> {
    let written = document.at(at.clone());
    let quote = written.chars().next_back().filter(|last| matches!(last, '\'' | '"' | '`'));
    let end = at.end - quote.map_or(0, char::len_utf8);
    let text = document.at(at.start..end);
    let plain = !ending.contains(['\'', '"', '`', '\\', '$']) && !text.contains(['?', '#']) && !text.ends_with('/');
    plain.then(|| vec![Replacement::new(end..end, ending)])
}
