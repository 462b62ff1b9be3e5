//! References to other names inside a value.

/// Which forms of reference a reader replaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Forms {
    /// None.
    None,
    /// `$A`, `${A}`, `${A:-d}`, `${A-d}`.
    BareAndBraces,
    /// `$A`, `${A}`, `${A:-d}`; `${A-d}` ends after the name.
    BareAndBracesColonOnly,
    /// `${A}`, `${A:-d}`.
    BracesOnly,
}

/// The text with its references replaced; a name without a value is empty.
pub(super) fn expand(text: &str, forms: Forms, lookup: &dyn Fn(&str) -> Option<String>) -> String {
    if forms == Forms::None || !text.contains('$') {
        return text.to_owned();
    }
    let mut expanded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        let (before, from) = rest.split_at(at);
        if let Some(escaped) = before.strip_suffix('\\').filter(|_| forms != Forms::BracesOnly) {
            expanded.push_str(escaped);
            expanded.push('$');
            rest = from.get(1..).unwrap_or("");
            continue;
        }
        expanded.push_str(before);
        match reference(from, forms) {
            Some((name, default, len)) => {
                let value = lookup(name).filter(|value| !value.is_empty() || default.is_none());
                expanded.push_str(&value.or_else(|| default.map(str::to_owned)).unwrap_or_default());
                rest = from.get(len..).unwrap_or("");
            }
            None => {
                expanded.push('$');
                rest = from.get(1..).unwrap_or("");
            }
        }
    }
    expanded.push_str(rest);
    expanded
}

/// Name, default and length of the reference at the start of `text`.
fn reference(text: &str, forms: Forms) -> Option<(&str, Option<&str>, usize)> {
    let body = text.get(1..)?;
    let braced = body.starts_with('{');
    if !braced && forms == Forms::BracesOnly {
        return None;
    }
    let from = usize::from(braced);
    let inner = body.get(from..)?;
    let len = inner.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(inner.len());
    let name = inner.get(..len).filter(|name| !name.is_empty())?;
    let after = inner.get(len..)?;
    let taken = 1 + from + len;
    if !braced {
        return Some((name, None, taken));
    }
    if after.starts_with('}') {
        return Some((name, None, taken + 1));
    }
    let dash = match (after.strip_prefix(":-"), after.strip_prefix('-')) {
        (Some(rest), _) => Some((rest, 2)),
        (None, Some(rest)) if forms == Forms::BareAndBraces => Some((rest, 1)),
        _ => None,
    };
    match dash {
        Some((rest, width)) => {
            let end = rest.find('}')?;
            Some((name, rest.get(..end), taken + width + end + 1))
        }
        // The reader stops after the name; what follows stays in the text.
        None => Some((name, None, taken)),
    }
}
