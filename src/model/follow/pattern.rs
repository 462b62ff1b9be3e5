//! Whether a path with unknown pieces and a route's pattern can mean the same path.

use crate::facts::PatternSyntax;
use crate::model::{PathPiece, PathText};

mod comparisons;
mod whole;

pub(in crate::model) use comparisons::Comparing;
pub use comparisons::Comparisons;

/// A piece of a path or pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    /// This character.
    Is(char),
    /// One character that is no slash.
    One,
    /// Any number of characters that are no slash.
    Many,
    /// Any number of any characters.
    Rest,
}

/// Whether `path` may be one that the pattern takes.
pub(super) fn may_match(
    path: &PathText,
    pattern: &str,
    syntax: PatternSyntax,
    slash: Slash,
    comparing: Comparing<'_>,
) -> bool {
    if !comparing.spend(1 + pattern.len() / 8) {
        return true;
    }
    if syntax == PatternSyntax::Regex {
        return regex_may_match(path, pattern, comparing);
    }
    let fold = syntax == PatternSyntax::Express;
    // Most patterns say at their beginning that they are others, and this is cheap to see.
    if begins_otherwise(path, pattern, syntax, fold) {
        return false;
    }
    if let Some(known) = path.as_known()
        && let Some(matches) = whole::matches(&known, pattern, syntax, slash == Slash::Loose, comparing)
    {
        return matches;
    }
    let mut path = path_tokens(path, fold);
    let mut pattern = pattern_tokens(pattern, syntax, fold);
    if slash == Slash::Loose {
        for tokens in [&mut path, &mut pattern] {
            while tokens.len() > 1 && tokens.last() == Some(&Token::Is('/')) {
                tokens.pop();
            }
        }
        // The slash that is before something unknown may be the last one.
        return unify(&path, &pattern, comparing)
            || path.last() == Some(&Token::Rest) && unify(trim(&path), &pattern, comparing);
    }
    unify(&path, &pattern, comparing)
}

/// Whether the certain beginnings of both differ. Most routes of an application differ there, and this is cheap to see.
fn begins_otherwise(path: &PathText, pattern: &str, syntax: PatternSyntax, fold: bool) -> bool {
    let Some(PathPiece::Known(begin)) = path.0.first() else { return false };
    // Slashes at the end may fall away.
    let mut certain = certain_beginning(pattern, syntax);
    // What stands before a mark may be missing.
    if matches!(syntax, PatternSyntax::Express | PatternSyntax::FindMyWay) && certain.len() < pattern.len() {
        certain = certain.rsplit_once('/').map_or("", |(complete, _)| complete);
    }
    let certain = certain.trim_end_matches('/');
    let begin = begin.trim_end_matches('/');
    begin.chars().zip(certain.chars()).any(|(a, b)| folded(a, fold) != folded(b, fold))
}

/// What is before the first part of a pattern that stands for something else.
pub(super) fn certain_beginning(pattern: &str, syntax: PatternSyntax) -> &str {
    let special: &[char] = match syntax {
        PatternSyntax::Starlette | PatternSyntax::Aiohttp => &['{'],
        PatternSyntax::Angle => &['<'],
        PatternSyntax::Express => &[':', '*', '{', '}', '(', ')', '?', '+'],
        PatternSyntax::FindMyWay => &[':', '*'],
        _ => &[],
    };
    pattern.split(special).next().unwrap_or_default()
}

/// Whether a slash at the end matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slash {
    /// It does.
    Exact,
    /// It does not, or a redirect fixes it.
    Loose,
}

fn trim(path: &[Token]) -> &[Token] {
    let end = path.iter().rposition(|token| !matches!(token, Token::Rest | Token::Is('/'))).map_or(0, |end| end + 1);
    &path[..end]
}

fn path_tokens(path: &PathText, fold: bool) -> Vec<Token> {
    let mut tokens = Vec::new();
    for piece in &path.0 {
        match piece {
            PathPiece::Known(text) => tokens.extend(text.chars().map(|c| Token::Is(folded(c, fold)))),
            PathPiece::Segment => tokens.extend([Token::One, Token::Many]),
            PathPiece::Rest => tokens.push(Token::Rest),
        }
    }
    tokens
}

fn folded(c: char, fold: bool) -> char {
    if fold { c.to_ascii_lowercase() } else { c }
}

fn pattern_tokens(pattern: &str, syntax: PatternSyntax, fold: bool) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        rest = match (syntax, c) {
            (PatternSyntax::Starlette, '{') | (PatternSyntax::Angle, '<') => {
                let close = if c == '{' { '}' } else { '>' };
                let (name, tail) = after.split_once(close).unwrap_or((after, ""));
                if name.ends_with(":path") || name.starts_with("path:") {
                    tokens.push(Token::Rest);
                } else {
                    tokens.extend([Token::One, Token::Many]);
                }
                tail
            }
            (PatternSyntax::Aiohttp, '{') => {
                // A parameter may have any expression.
                let end = whole::closing(after, '{', '}').unwrap_or(after.len());
                let (inside, tail) = after.split_at(end);
                let piece: &[Token] = if inside.contains(':') { &[Token::Rest] } else { &[Token::One, Token::Many] };
                tokens.extend(piece);
                tail.strip_prefix('}').unwrap_or(tail)
            }
            (PatternSyntax::Express | PatternSyntax::FindMyWay, ':') => {
                let end = after.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(after.len());
                let mut tail = &after[end..];
                if tail.starts_with('(') {
                    tail = tail.split_once(')').map_or("", |(_, tail)| tail);
                }
                match tail.chars().next() {
                    Some('*') => tokens.push(Token::Rest),
                    Some('+') => tokens.extend([Token::One, Token::Rest]),
                    Some('?') => {
                        // An optional parameter takes the slash before it along.
                        if tokens.last() == Some(&Token::Is('/')) {
                            tokens.pop();
                        }
                        tokens.push(Token::Rest);
                    }
                    None if syntax == PatternSyntax::FindMyWay => tokens.push(Token::Many),
                    _ => tokens.extend([Token::One, Token::Many]),
                }
                tail.strip_prefix(['*', '+', '?']).unwrap_or(tail)
            }
            (PatternSyntax::Express | PatternSyntax::FindMyWay, '*') => {
                tokens.push(Token::Rest);
                after.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_')
            }
            (PatternSyntax::Express, '{' | '}' | '(' | ')' | '?' | '+') => {
                // Groups of any kind: what is there may be anything.
                tokens.push(Token::Rest);
                after
            }
            _ => {
                tokens.push(Token::Is(folded(c, fold)));
                after
            }
        };
    }
    if syntax == PatternSyntax::Prefix {
        while tokens.last() == Some(&Token::Is('/')) {
            tokens.pop();
        }
        tokens.push(Token::Rest);
    }
    tokens
}

/// Whether two token lists have a text in common.
fn unify(one: &[Token], other: &[Token], comparing: Comparing<'_>) -> bool {
    if !comparing.are_short(one.len(), other.len()) || !comparing.spend(one.len() * other.len() / 16) {
        return true;
    }
    let width = other.len() + 1;
    // reach[i][j]: the first i and j tokens can stand for the same text.
    let mut reach = vec![false; (one.len() + 1) * width];
    reach[0] = true;
    for i in 0..=one.len() {
        for j in 0..=other.len() {
            if !reach[i * width + j] {
                continue;
            }
            let (a, b) = (one.get(i), other.get(j));
            let mut mark = |i: usize, j: usize| reach[i * width + j] = true;
            if let Some(a @ (Token::Many | Token::Rest)) = a {
                mark(i + 1, j);
                if b.is_some_and(|b| stretches_over(*a, *b)) {
                    mark(i, j + 1);
                }
            }
            if let Some(b @ (Token::Many | Token::Rest)) = b {
                mark(i, j + 1);
                if a.is_some_and(|a| stretches_over(*b, *a)) {
                    mark(i + 1, j);
                }
            }
            if let (Some(a), Some(b)) = (a, b)
                && single(*a, *b)
            {
                mark(i + 1, j + 1);
            }
        }
    }
    reach[one.len() * width + other.len()]
}

/// Whether a repeating token can take in another token.
fn stretches_over(repeating: Token, token: Token) -> bool {
    match (repeating, token) {
        (Token::Rest, _) | (Token::Many, Token::One | Token::Many | Token::Rest) => true,
        (Token::Many, Token::Is(c)) => c != '/',
        _ => false,
    }
}

fn single(a: Token, b: Token) -> bool {
    match (a, b) {
        (Token::Is(a), Token::Is(b)) => a == b,
        (Token::Is(c), Token::One) | (Token::One, Token::Is(c)) => c != '/',
        (Token::One, Token::One) => true,
        _ => false,
    }
}

fn regex_may_match(path: &PathText, pattern: &str, comparing: Comparing<'_>) -> bool {
    let Some(path) = path.as_known() else { return ends_may_match(path, pattern, comparing) };
    let bare = path.trim_start_matches('/');
    // Django matches without the leading slash, others with it.
    [path.as_str(), bare].iter().any(|text| comparing.is_match(pattern, text).unwrap_or(true))
}

/// Whether a path that is not wholly known can begin and end as an anchored expression does; what is between may be
/// anything.
fn ends_may_match(path: &PathText, pattern: &str, comparing: Comparing<'_>) -> bool {
    let Some(inside) = pattern.strip_prefix('^').filter(|inside| !inside.contains('|')) else { return true };
    let special = |c: char| !(c.is_alphanumeric() || matches!(c, '/' | '-' | '_'));
    let end = inside.find(special).unwrap_or(inside.len());
    let (literal, after) = inside.split_at(end);
    let mut tokens: Vec<Token> = literal.chars().map(Token::Is).collect();
    if after.starts_with(['?', '*', '{']) {
        tokens.pop();
    }
    if after != "$" {
        tokens.push(Token::Rest);
        if after.ends_with("/$") {
            tokens.push(Token::Is('/'));
        }
    }
    let path = path_tokens(path, false);
    let bare = path.strip_prefix(&[Token::Is('/')]).unwrap_or(&path);
    unify(&path, &tokens, comparing) || unify(bare, &tokens, comparing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{FileId, Place, Span};
    use std::sync::Arc;

    fn path(sketch: &str) -> PathText {
        let mut pieces = Vec::new();
        for part in sketch.split_inclusive(['#', '~']) {
            let (known, hole) = match part.strip_suffix('#') {
                Some(known) => (known, Some(PathPiece::Segment)),
                None => part.strip_suffix('~').map_or((part, None), |known| (known, Some(PathPiece::Rest))),
            };
            if !known.is_empty() {
                pieces.push(PathPiece::Known(Arc::from(known)));
            }
            pieces.extend(hole);
        }
        PathText(pieces)
    }

    #[test]
    fn patterns_take_the_paths_that_their_framework_takes() {
        use PatternSyntax::{Angle, Exact, Express, Prefix, Regex, Starlette};
        for (sketch, pattern, syntax, slash, expected) in [
            ("/ws/chat", "/ws/chat", Starlette, Slash::Exact, true),
            ("/ws/chat/", "/ws/chat", Starlette, Slash::Exact, false),
            ("/ws/chat/", "/ws/chat", Starlette, Slash::Loose, true),
            ("/ws/7", "/ws/{id}", Starlette, Slash::Exact, true),
            ("/ws/7/8", "/ws/{id}", Starlette, Slash::Exact, false),
            ("/ws/7/8", "/ws/{id:path}", Starlette, Slash::Exact, true),
            ("/ws/#/live", "/ws/room/live", Starlette, Slash::Exact, true),
            ("/ws/#/live", "/ws/{id}/dead", Starlette, Slash::Exact, false),
            ("/api/~", "/ws/{id}", Starlette, Slash::Exact, false),
            ("/api/~", "/api/users/{id}", Starlette, Slash::Exact, true),
            ("~/users", "/api/users", Starlette, Slash::Exact, true),
            ("/API/Users/", "/api/users", Express, Slash::Loose, true),
            ("/api/users/7", "/api/users/:id", Express, Slash::Loose, true),
            ("/api/users", "/api/users/:id?", Express, Slash::Loose, true),
            ("/files/a/b", "/files/*", Express, Slash::Loose, true),
            ("/user/7/", "/user/<int:id>/", Angle, Slash::Exact, true),
            ("/socket.io/", "/socket.io", Prefix, Slash::Exact, true),
            ("/ws/", "/ws", Exact, Slash::Exact, false),
            ("/ws/chat/7/", r"^ws/chat/(\w+)/$", Regex, Slash::Exact, true),
            ("/ws/chat/7", r"^ws/chat/(\w+)/$", Regex, Slash::Exact, false),
            ("/ws/chat/#/", r"^ws/chat/(\w+)/$", Regex, Slash::Exact, true),
            ("/ws/chat/#", r"^ws/chat/(\w+)/$", Regex, Slash::Exact, false),
            ("/ws/chat/#", r"^ws/chat/(\w+)/?$", Regex, Slash::Exact, true),
            ("/chat/#/", r"^ws/chat/(\w+)/$", Regex, Slash::Exact, false),
            ("/chat/#/", r"chat/(\w+)/$", Regex, Slash::Exact, true),
        ] {
            let comparisons = Comparisons::default();
            let comparing = comparisons.at(Place { file: FileId(0), span: Span { start: 0, end: 0 } });
            let matches = may_match(&path(sketch), pattern, syntax, slash, comparing);
            assert_eq!(matches, expected, "{sketch} and {pattern}");
        }
    }
}
