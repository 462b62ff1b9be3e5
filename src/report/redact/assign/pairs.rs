//! Names and values in fields of their own: `{ "name": "DB_PASSWORD", "value": "..." }`, `<input name="token" value="...">`.

use super::{Class, Finder, Trust};
use crate::report::redact::lex::Grammar;
use crate::report::redact::scan::is_name;
use crate::report::redact::words::{class, is_query_key};

/// Fields that hold a name.
const NAMES: [&str; 13] = [
    "name",
    "key",
    "id",
    "variable",
    "header",
    "param",
    "field",
    "type",
    "property",
    "http-equiv",
    "env",
    "var",
    "ParameterKey",
];

/// Fields that hold what it names.
pub(super) const VALUES: [&str; 9] =
    ["value", "content", "default", "defaultValue", "secretValue", "val", "plaintext", "ParameterValue", "data-value"];

/// How far the two may be from each other.
const NEAR: usize = 400;

/// What a field says.
#[derive(Clone, Copy)]
struct Field {
    at: usize,
    start: usize,
    end: usize,
    class: Class,
}

/// Looks for a name and its value between the same brackets, in either order.
pub(super) fn mark(finder: &mut Finder<'_, '_, '_>) {
    let scan = finder.scan;
    let mut name: Option<Field> = None;
    let mut value: Option<Field> = None;
    let mut at = 0;
    while at < scan.len() {
        let byte = scan.at(at);
        if matches!(byte, b'{' | b'}' | b'<') && scan.before(at) != b'$' {
            (name, value) = (None, None);
        }
        // The next item of a list.
        if byte == b'-' && scan.at(at + 1) == b' ' && starts_line(finder, at) {
            (name, value) = (None, None);
        }
        if !is_name(byte) {
            at += 1;
            continue;
        }
        let end = scan.run(at, scan.len(), is_name);
        let word = scan.slice(at, end);
        let is_key = NAMES.contains(&word);
        if (is_key || VALUES.contains(&word))
            && let Some((start, stop)) = field(finder, end)
        {
            let text = scan.slice(start, stop).trim();
            if is_key && text.len() <= 96 {
                let of = if word == "type" && text != "password" { Class::Plain } else { class(text) };
                let of = if of == Class::Plain && is_query_key(text) && text.len() > 3 { Class::Perhaps } else { of };
                if of > Class::Plain {
                    name = Some(Field { at, start, end: stop, class: of });
                }
            } else if !is_key {
                value = Some(Field { at, start, end: stop, class: Class::Plain });
            }
            if let (Some(known), Some(given)) = (name, value)
                && known.at.abs_diff(given.at) < NEAR
            {
                finder.hide(given.start, given.end, known.class, Trust::Given);
                value = None;
            }
            let _ = name.map(|name| (name.start, name.end));
        }
        at = end;
    }
    scan.count(scan.len());
}

fn starts_line(finder: &Finder<'_, '_, '_>, at: usize) -> bool {
    let mut before = at;
    while before > 0 && at - before < 64 && matches!(finder.scan.before(before), b' ' | b'\t') {
        before -= 1;
    }
    before == 0 || finder.scan.before(before) == b'\n'
}

/// The value of the field whose name ends at `at`.
pub(super) fn field(finder: &Finder<'_, '_, '_>, at: usize) -> Option<(usize, usize)> {
    let scan = finder.scan;
    let mut from = at;
    let quoted = matches!(scan.at(from), b'"' | b'\'') || scan.at(from) == b'\\';
    if quoted {
        from += 1 + usize::from(scan.at(from) == b'\\');
    }
    from = scan.blanks(from, from + 16);
    if !matches!(scan.at(from), b':' | b'=') || scan.at(from + 1) == b'=' {
        return None;
    }
    from = scan.spaces(from + 1, from + 60);
    if scan.at(from) == b'{' && matches!(scan.at(from + 1), b'"' | b'\'' | b'`') {
        from += 1;
    }
    let escaped = scan.at(from) == b'\\';
    let quote = scan.at(from + usize::from(escaped));
    if matches!(quote, b'"' | b'\'' | b'`') {
        let start = from + 1 + usize::from(escaped);
        let end = scan.closing(start, start + 1_000, quote).or_else(|| {
            let end = scan.until(start, start + 400, |byte| byte == quote || byte == b'\n');
            (scan.at(end) == quote).then_some(end)
        })?;
        return Some((start, end));
    }
    if finder.grammar == Grammar::Markup && is_name(quote) && scan.before(from) == b'=' {
        // `<input name=token>`
        return Some((from, scan.run(from, from + 300, |byte| !byte.is_ascii_whitespace() && byte != b'>')));
    }
    if finder.grammar.is_code() || quote == b'[' {
        return None;
    }
    let end = scan.until(from, (from + 300).min(scan.line_end(from)), |byte| matches!(byte, b',' | b'}'));
    (end > from).then_some((from, end))
}
