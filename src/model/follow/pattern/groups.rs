//! Patterns whose parameters say what they stand for (`{id:int}`, `<uuid:id>`, `:id(\d+)`), as regular expressions.

use std::fmt::Write;

use crate::facts::PatternSyntax;

/// Patterns beyond this length are no ordinary ones.
const LONGEST: usize = 1_000;

/// Whether a known path matches such a pattern; `None` for patterns without, and for those that are not understood.
pub(super) fn matches(path: &str, pattern: &str, syntax: PatternSyntax, loose: bool) -> Option<bool> {
    let expression = match syntax {
        PatternSyntax::Starlette => between(pattern, '{', '}', |inside| {
            inside.split_once(':').map_or(Some("[^/]+"), |(_, kind)| converter(kind))
        })?,
        PatternSyntax::Angle => between(pattern, '<', '>', |inside| {
            inside.split_once(':').map_or(Some("[^/]+"), |(kind, _)| converter(kind))
        })?,
        PatternSyntax::Express => express(pattern)?,
        PatternSyntax::Regex | PatternSyntax::Exact | PatternSyntax::Prefix => return None,
    };
    let fold = if syntax == PatternSyntax::Express { "(?i)" } else { "" };
    let (path, tail) = match loose {
        true => (path.trim_end_matches('/'), "/?"),
        false => (path, ""),
    };
    let expression = match loose {
        true => expression.trim_end_matches('/'),
        false => &*expression,
    };
    let regex = pcre2::bytes::Regex::new(&format!("{fold}\\A(?:{expression}){tail}\\z")).ok()?;
    regex.is_match(path.as_bytes()).ok()
}

/// What a converter of Starlette, Flask or Django takes.
fn converter(kind: &str) -> Option<&'static str> {
    Some(match kind.trim() {
        "str" | "string" => "[^/]+",
        "int" => "[0-9]+",
        "float" => "[0-9]+(?:\\.[0-9]+)?",
        "uuid" => "[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}",
        "slug" => "[-a-zA-Z0-9_]+",
        "path" => ".*",
        _ => return None,
    })
}

/// A pattern whose parameters stand between two characters, when one of them has a converter.
fn between(pattern: &str, open: char, close: char, what: impl Fn(&str) -> Option<&'static str>) -> Option<String> {
    if pattern.len() > LONGEST || !pattern.contains(':') {
        return None;
    }
    let mut out = String::new();
    let mut rest = pattern;
    while let Some((literal, after)) = rest.split_once(open) {
        let (inside, tail) = after.split_once(close)?;
        let _ = write!(out, "{}(?:{})", quoted(literal), what(inside)?);
        rest = tail;
    }
    out.push_str(&quoted(rest));
    Some(out)
}

/// An Express pattern with groups: `/:id(\d+)`, `/ab(cd)?`.
fn express(pattern: &str) -> Option<String> {
    if pattern.len() > LONGEST || !pattern.contains('(') {
        return None;
    }
    let mut out = String::new();
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        rest = match c {
            ':' => {
                let end = after.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(after.len());
                let tail = &after[end..];
                if tail.starts_with('(') {
                    let length = group(tail)?;
                    out.push_str(tail.get(..length)?);
                    tail.get(length..)?
                } else {
                    out.push_str("[^/]+");
                    tail
                }
            }
            '(' => {
                let length = group(rest)?;
                out.push_str(rest.get(..length)?);
                rest.get(length..)?
            }
            '*' => {
                out.push_str(".*");
                after.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_')
            }
            // What stands before may be missing or come again.
            '?' | '+' => {
                out.push(c);
                after
            }
            '{' | '}' | '[' | ']' => return None,
            _ => {
                out.push_str(&quoted(&c.to_string()));
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
    use super::*;

    #[test]
    fn parameters_take_what_their_kind_takes() {
        use PatternSyntax::{Angle, Express, Starlette};
        for (path, pattern, syntax, expected) in [
            ("/rooms/7", "/rooms/{id:int}", Starlette, Some(true)),
            ("/rooms/lobby", "/rooms/{id:int}", Starlette, Some(false)),
            ("/files/a/b", "/files/{name:path}", Starlette, Some(true)),
            ("/rooms/7", "/rooms/{id}", Starlette, None),
            ("/rooms/7", "/rooms/{id:own}", Starlette, None),
            ("/user/x", "/user/<int:id>", Angle, Some(false)),
            ("/user/a-b", "/user/<slug:id>", Angle, Some(true)),
            ("/user/7", r"/user/:id(\d+)", Express, Some(true)),
            ("/user/me", r"/user/:id(\d+)", Express, Some(false)),
            ("/abcd", "/ab(cd)?", Express, Some(true)),
            ("/ab", "/ab(cd)?", Express, Some(true)),
            ("/abc", "/ab(cd)?", Express, Some(false)),
        ] {
            assert_eq!(matches(path, pattern, syntax, false), expected, "{path} and {pattern}");
        }
    }
}
