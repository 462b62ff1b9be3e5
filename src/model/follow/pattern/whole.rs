//! Patterns as regular expressions, as each framework reads them: for paths that are wholly known. The real frameworks are
//! asked by `cargo test --features live --test live the_route_that`.

use std::fmt::Write;

use super::Comparing;
use crate::facts::PatternSyntax;

/// Patterns beyond this length are no ordinary ones.
const LONGEST: usize = 1_000;

/// Whether a known path matches a pattern; `None` for patterns that are not understood, and for those whose text alone says
/// it.
pub(super) fn matches(
    path: &str,
    pattern: &str,
    syntax: PatternSyntax,
    loose: bool,
    comparing: Comparing<'_>,
) -> Option<bool> {
    if pattern.len() > LONGEST {
        return None;
    }
    let expression = match syntax {
        PatternSyntax::Starlette => between(pattern, '{', '}', |inside| match inside.split_once(':') {
            None => Some("[^/]+".to_owned()),
            Some((_, kind)) if kind.trim() == "path" => Some(".*".to_owned()),
            Some((_, kind)) => converter(kind),
        })?,
        PatternSyntax::Aiohttp => between(pattern, '{', '}', |inside| {
            Some(inside.split_once(':').map_or("[^{}/]+", |(_, expression)| expression).to_owned())
        })?,
        PatternSyntax::Angle => between(pattern, '<', '>', |inside| match inside.split_once(':') {
            None => Some("[^/]+".to_owned()),
            Some((kind, _)) => converter(kind),
        })?,
        PatternSyntax::Express => express(pattern)?,
        PatternSyntax::FindMyWay => find_my_way(pattern)?,
        PatternSyntax::Regex | PatternSyntax::Exact | PatternSyntax::Prefix => return None,
    };
    let (fold, path, expression, tail) = match (syntax, loose) {
        // Express takes one slash more at the end, and none where its pattern has one.
        (PatternSyntax::Express, _) => ("(?i)", path, expression.trim_end_matches('/'), "/?"),
        (_, true) => ("", path.trim_end_matches('/'), expression.trim_end_matches('/'), "/?"),
        (_, false) => ("", path, &*expression, ""),
    };
    comparing.is_match(&format!("{fold}\\A(?:{expression}){tail}\\z"), path)
}

/// What a converter of Starlette, Flask or Django takes.
fn converter(kind: &str) -> Option<String> {
    let expression = match kind.trim() {
        "str" | "string" => "[^/]+",
        "int" => "[0-9]+",
        "float" => "[0-9]+(?:\\.[0-9]+)?",
        "uuid" => "[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}",
        "slug" => "[-a-zA-Z0-9_]+",
        "path" => ".+",
        _ => return None,
    };
    Some(expression.to_owned())
}

/// A pattern whose parameters stand between two characters.
fn between(pattern: &str, open: char, close: char, what: impl Fn(&str) -> Option<String>) -> Option<String> {
    if !pattern.contains(open) {
        return None;
    }
    let mut out = String::new();
    let mut rest = pattern;
    while let Some((literal, after)) = rest.split_once(open) {
        let end = closing(after, open, close)?;
        let (inside, tail) = (after.get(..end)?, after.get(end + close.len_utf8()..)?);
        let _ = write!(out, "{}(?:{})", quoted(literal), what(inside)?);
        rest = tail;
    }
    out.push_str(&quoted(rest));
    Some(out)
}

/// Where the bracket that is open closes: an expression inside may have brackets of its own.
pub(super) fn closing(text: &str, open: char, close: char) -> Option<usize> {
    let mut depth = 0usize;
    for (at, c) in text.char_indices() {
        if c == open {
            depth += 1;
        } else if c == close {
            if depth == 0 {
                return Some(at);
            }
            depth -= 1;
        }
    }
    None
}

/// An Express pattern: `/:id(\d+)`, `/ab(cd)?`, and since version 5 `/items{/:id}` and `/files/*rest`.
fn express(pattern: &str) -> Option<String> {
    if !pattern.contains([':', '*', '{', '(', '?', '+']) {
        return None;
    }
    let mut out = String::new();
    let mut rest = pattern;
    let mut open = 0usize;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        rest = match c {
            ':' => {
                let end = after.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(after.len());
                let tail = &after[end..];
                let (kind, tail) = match tail.starts_with('(') {
                    true => {
                        let length = group(tail)?;
                        (tail.get(..length)?, tail.get(length..)?)
                    }
                    false => ("[^/]+?", tail),
                };
                match tail.chars().next() {
                    // An optional parameter takes the slash before it along.
                    Some('?') => {
                        let slash = if out.ends_with('/') { out.pop() } else { None };
                        let _ = write!(out, "(?:{}{kind})?", slash.map_or("", |_| "/"));
                        tail.get(1..)?
                    }
                    Some('*' | '+') => return None,
                    _ => {
                        out.push_str(kind);
                        tail
                    }
                }
            }
            '(' => {
                let length = group(rest)?;
                out.push_str(rest.get(..length)?);
                rest.get(length..)?
            }
            '*' => {
                let tail = after.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_');
                // With a name it is of version 5, and takes at least one character.
                out.push_str(if tail.len() < after.len() { ".+" } else { ".*" });
                tail
            }
            '{' => {
                open += 1;
                out.push_str("(?:");
                after
            }
            '}' => {
                open = open.checked_sub(1)?;
                out.push_str(")?");
                after
            }
            // What stands before may be missing or come again.
            '?' | '+' => {
                out.push(c);
                after
            }
            '[' | ']' => return None,
            _ => {
                out.push_str(&quoted(c.encode_utf8(&mut [0; 4])));
                after
            }
        };
    }
    (open == 0).then_some(out)
}

/// A pattern of Fastify: `/:id`, `/:id(^\\d+$)`, `/:from-:to`, `/files/*`, `/items/:id?`.
fn find_my_way(pattern: &str) -> Option<String> {
    if !pattern.contains([':', '*']) {
        return None;
    }
    let mut out = String::new();
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        rest = match c {
            // two colons are one that is meant
            ':' if after.starts_with(':') => {
                out.push(':');
                after.get(1..)?
            }
            ':' => {
                let end = after.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(after.len());
                let tail = &after[end..];
                if tail.starts_with('(') {
                    return None;
                }
                match tail.strip_prefix('?') {
                    Some(tail) => {
                        let slash = if out.ends_with('/') { out.pop() } else { None };
                        let _ = write!(out, "(?:{}[^/]+?)?", slash.map_or("", |_| "/"));
                        tail
                    }
                    None => {
                        // One at the end may be empty.
                        out.push_str(if tail.is_empty() { "[^/]*?" } else { "[^/]+?" });
                        tail
                    }
                }
            }
            '*' => {
                out.push_str(".*");
                after
            }
            _ => {
                out.push_str(&quoted(c.encode_utf8(&mut [0; 4])));
                after
            }
        };
    }
    Some(out)
}

/// The length of the group that a text begins with.
fn group(text: &str) -> Option<usize> {
    let mut depth = 0usize;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '(' => depth += 1,
            ')' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

fn quoted(literal: &str) -> String {
    let mut out = String::new();
    for c in literal.chars() {
        if !c.is_alphanumeric() && !matches!(c, '/' | '_') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::Comparisons;
    use super::*;
    use crate::base::{FileId, Place, Span};

    #[test]
    fn parameters_take_what_their_kind_takes() {
        let comparisons = Comparisons::default();
        let comparing = comparisons.at(Place { file: FileId(0), span: Span { start: 0, end: 0 } });
        use PatternSyntax::{Aiohttp, Angle, Express, Starlette};
        for (path, pattern, syntax, expected) in [
            ("/rooms/7", "/rooms/{id:int}", Starlette, Some(true)),
            ("/rooms/lobby", "/rooms/{id:int}", Starlette, Some(false)),
            ("/files/a/b", "/files/{name:path}", Starlette, Some(true)),
            ("/rooms/7", "/rooms/{id}", Starlette, Some(true)),
            ("/rooms/", "/rooms/{rest:path}", Starlette, Some(true)),
            ("/rooms/", "/rooms/<path:rest>", Angle, Some(false)),
            ("/rooms/12", r"/rooms/{id:\d{2}}", Aiohttp, Some(true)),
            ("/rooms/123", r"/rooms/{id:\d{2}}", Aiohttp, Some(false)),
            ("/items", "/items{/:id}", Express, Some(true)),
            ("/items7", "/items{/:id}", Express, Some(false)),
            ("/Items/7/", "/items{/:id}", Express, Some(true)),
            ("/items", "/items/:id?", Express, Some(true)),
            ("/files/", "/files/*rest", Express, Some(false)),
            ("/rooms/7", "/rooms/{id:own}", Starlette, None),
            ("/user/x", "/user/<int:id>", Angle, Some(false)),
            ("/user/a-b", "/user/<slug:id>", Angle, Some(true)),
            ("/user/7", r"/user/:id(\d+)", Express, Some(true)),
            ("/user/me", r"/user/:id(\d+)", Express, Some(false)),
            ("/abcd", "/ab(cd)?", Express, Some(true)),
            ("/ab", "/ab(cd)?", Express, Some(true)),
            ("/abc", "/ab(cd)?", Express, Some(false)),
        ] {
            assert_eq!(matches(path, pattern, syntax, false, comparing), expected, "{path} and {pattern}");
        }
    }
}
