//! `ProxyPass` and `ProxyPassMatch`, taken apart.

use super::tree::{Argument, Directive};

/// A `ProxyPass` or `ProxyPassMatch` in its parts.
#[derive(Clone, Debug)]
pub(super) struct Pass<'a> {
    pub directive: &'a Directive,
    /// The prefix or pattern, or the path of its section.
    pub from: &'a Argument,
    pub to: &'a Argument,
    pub is_pattern: bool,
    /// `nocanon`
    pub raw: bool,
    /// `noquery`
    pub no_query: bool,
    /// `mapping=encoded` and `mapping=servlet` map by rules of their own.
    pub other_mapping: bool,
    /// `interpolate`
    pub interpolated: bool,
    pub parameters: Vec<(&'a str, &'a str)>,
}

/// The parts of a directive; `section` is the first word of the `<Location>` around it.
pub(super) fn pass<'a>(directive: &'a Directive, section: Option<&'a Argument>) -> Option<Pass<'a>> {
    let mut words = directive.args.iter();
    let mut is_pattern = &*directive.name == "proxypassmatch";
    let mut first = words.next()?;
    if section.is_none() && first.is("~") {
        is_pattern = true;
        first = words.next()?;
    }
    let (from, to) = match section {
        Some(section) => (section, first),
        None => (first, words.next()?),
    };
    if section.is_some() && from.text.contains(['*', '?', '[']) {
        is_pattern = true;
    }
    let mut found = Pass {
        directive,
        from,
        to,
        is_pattern,
        raw: false,
        no_query: false,
        other_mapping: false,
        interpolated: false,
        parameters: Vec::new(),
    };
    for word in words {
        match word.text.to_ascii_lowercase().as_str() {
            "nocanon" => found.raw = true,
            "noquery" => found.no_query = true,
            "interpolate" => found.interpolated = true,
            text if text.starts_with("mapping=") => found.other_mapping = true,
            _ => found.parameters.extend(word.text.split_once('=')),
        }
    }
    Some(found)
}
