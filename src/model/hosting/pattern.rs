//! Whether the pattern of a hosting rule takes a path.

use crate::facts::{HostingPattern, HostingRule};

/// Whether it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::model) enum Takes {
    Yes,
    No,
    /// The pattern is of a kind that is not followed.
    Unknown,
}

/// Longer patterns and paths are not compared.
const LONGEST: usize = 2_000;

/// A piece of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    /// One or more characters up to the next slash.
    Segment,
    /// Any characters.
    Rest,
    /// Nothing, or a slash and any characters; only at the end.
    Below,
    /// Any characters, unless they begin with one of these.
    RestBut(Vec<String>),
}

/// Whether a rule takes a path that is wholly known.
pub(in crate::model) fn takes(rule: &HostingRule, path: &str) -> Takes {
    if rule.source.len() > LONGEST || path.len() > LONGEST {
        return Takes::Unknown;
    }
    let Some(pieces) = pieces(&rule.source, rule.syntax) else { return Takes::Unknown };
    if fits(&pieces, path) { Takes::Yes } else { Takes::No }
}

fn pieces(source: &str, syntax: HostingPattern) -> Option<Vec<Piece>> {
    let mut rest = source;
    if syntax == HostingPattern::Regex {
        rest = rest.strip_prefix('^').unwrap_or(rest);
        rest = rest.strip_suffix('$').unwrap_or(rest);
    }
    // Netlify's rules without a domain, and Firebase's without the slash, are of the site's root.
    let mut pieces = Vec::new();
    if syntax == HostingPattern::Glob && !rest.starts_with('/') && !rest.starts_with("**") {
        pieces.push(Piece::Text("/".to_owned()));
    }
    while !rest.is_empty() {
        let (piece, after) = match syntax {
            HostingPattern::Path => path_piece(rest)?,
            HostingPattern::Regex => regex_piece(rest)?,
            HostingPattern::Star => star_piece(rest)?,
            HostingPattern::Glob => glob_piece(rest)?,
        };
        match (pieces.last_mut(), piece) {
            (Some(Piece::Text(known)), Piece::Text(more)) => known.push_str(&more),
            (Some(Piece::Text(known)), piece @ (Piece::Rest | Piece::RestBut(_)))
                if takes_slash_away(syntax, known, rest, after) =>
            {
                // `/api/:path*` takes `/api` too
                known.pop();
                pieces.push(Piece::Below);
                if piece != Piece::Rest {
                    return None;
                }
            }
            (_, piece) => pieces.push(piece),
        }
        rest = after;
    }
    Some(pieces)
}

/// Whether what a piece stands for may be nothing, with the slash in front of it.
fn takes_slash_away(syntax: HostingPattern, before: &str, rest: &str, after: &str) -> bool {
    let optional = match syntax {
        HostingPattern::Path => rest.starts_with(':'),
        HostingPattern::Star => true,
        HostingPattern::Glob | HostingPattern::Regex => false,
    };
    optional && after.is_empty() && before.len() > 1 && before.ends_with('/')
}

fn name_end(text: &str) -> usize {
    text.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').unwrap_or(text.len())
}

/// `:name`, `:name*`, `(.*)`, `((?!api/).*)`.
fn path_piece(rest: &str) -> Option<(Piece, &str)> {
    if let Some(named) = rest.strip_prefix(':') {
        let after = named.get(name_end(named)..)?;
        if let Some(after) = after.strip_prefix('*') {
            return Some((Piece::Rest, after));
        }
        if after.starts_with('(') {
            return group(after);
        }
        return (after.is_empty() || after.starts_with('/')).then_some((Piece::Segment, after));
    }
    if rest.starts_with('(') {
        return group(rest);
    }
    literal(rest, &[':', '(', '*', '{', '}', '+', '?', ')'])
}

fn regex_piece(rest: &str) -> Option<(Piece, &str)> {
    if let Some(after) = rest.strip_prefix(".*") {
        return Some((Piece::Rest, after));
    }
    if let Some(after) = rest.strip_prefix("\\.") {
        return Some((Piece::Text(".".to_owned()), after));
    }
    if let Some(after) = rest.strip_prefix("\\/") {
        return Some((Piece::Text("/".to_owned()), after));
    }
    if rest.starts_with('(') {
        return group(rest);
    }
    if let Some(after) = rest.strip_prefix("[^/]+") {
        return Some((Piece::Segment, after));
    }
    literal(rest, &['(', ')', '*', '+', '?', '[', ']', '{', '}', '\\', '|', '.', '^', '$'])
}

/// A group: everything, a segment, or everything but what begins so.
fn group(rest: &str) -> Option<(Piece, &str)> {
    for (text, piece) in
        [("(.*)", Piece::Rest), ("(.+)", Piece::Rest), ("([^/]+)", Piece::Segment), ("([^/]*)", Piece::Segment)]
    {
        if let Some(after) = rest.strip_prefix(text) {
            return Some((piece, after));
        }
    }
    let inside = rest.strip_prefix("((?!").or_else(|| rest.strip_prefix("(?!"))?;
    let (words, after) = inside.split_once(')')?;
    let after = after.strip_prefix(".*)").or_else(|| after.strip_prefix(".*"))?;
    let plain = |word: &str| {
        word.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '/' | '_' | '-' | '.' | '\\'))
    };
    let words: Vec<&str> = words.split('|').collect();
    words.iter().all(|word| plain(word) && !word.is_empty()).then(|| {
        let words = words.iter().map(|word| word.replace('\\', "")).collect();
        (Piece::RestBut(words), after)
    })
}

/// `*` at the end, `:name`.
fn star_piece(rest: &str) -> Option<(Piece, &str)> {
    if let Some(after) = rest.strip_prefix('*') {
        return after.is_empty().then_some((Piece::Rest, after));
    }
    if let Some(named) = rest.strip_prefix(':') {
        return Some((Piece::Segment, named.get(name_end(named)..)?));
    }
    // An address of another domain: only there.
    if rest.contains("://") {
        return None;
    }
    literal(rest, &['*', ':'])
}

fn glob_piece(rest: &str) -> Option<(Piece, &str)> {
    if let Some(after) = rest.strip_prefix("**") {
        return Some((Piece::Rest, after.strip_prefix('/').filter(|after| !after.is_empty()).unwrap_or(after)));
    }
    if let Some(after) = rest.strip_prefix('*') {
        return Some((Piece::Segment, after));
    }
    literal(rest, &['*', '!', '{', '}', '@', '(', ')', '[', ']', '?', '+'])
}

/// Characters up to the next special one; `None` at a special one that is not followed.
fn literal<'r>(rest: &'r str, special: &[char]) -> Option<(Piece, &'r str)> {
    let end = rest.find(special).unwrap_or(rest.len());
    (end > 0)
        .then(|| (Piece::Text(rest.get(..end).unwrap_or_default().to_owned()), rest.get(end..).unwrap_or_default()))
}

/// Whether the pieces are the whole path. The last `Rest` that was passed is tried with one more character at a time.
fn fits(pieces: &[Piece], path: &str) -> bool {
    let (mut index, mut at) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    loop {
        let rest = path.get(at..).unwrap_or_default();
        let moved = match pieces.get(index) {
            None if rest.is_empty() => return true,
            None => None,
            Some(Piece::Text(text)) => rest.starts_with(text.as_str()).then_some(at + text.len()),
            Some(Piece::Segment) => {
                let end = rest.find('/').unwrap_or(rest.len());
                (end > 0).then_some(at + end)
            }
            Some(Piece::Below) => (rest.is_empty() || rest.starts_with('/')).then_some(path.len()),
            Some(Piece::RestBut(words)) if words.iter().any(|word| rest.starts_with(word.as_str())) => None,
            Some(Piece::Rest | Piece::RestBut(_)) => {
                retry = Some((index, at));
                Some(at)
            }
        };
        match (moved, retry) {
            (Some(to), _) => (index, at) = (index + 1, to),
            (None, Some((star, from))) => {
                let Some(next) = path.get(from..).and_then(|rest| rest.chars().next()) else { return false };
                retry = Some((star, from + next.len_utf8()));
                (index, at) = (star + 1, from + next.len_utf8());
            }
            (None, None) => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(source: &str, syntax: HostingPattern, path: &str) -> Takes {
        pieces(source, syntax).map_or(Takes::Unknown, |pieces| if fits(&pieces, path) { Takes::Yes } else { Takes::No })
    }

    #[test]
    fn patterns_of_vercel() {
        use HostingPattern::Path;
        for (source, path, expected) in [
            ("/(.*)", "/api/chat", Takes::Yes),
            ("/:path*", "/", Takes::Yes),
            ("/api/:path*", "/api", Takes::Yes),
            ("/api/:path*", "/apis", Takes::No),
            ("/api/(.*)", "/api/a/b", Takes::Yes),
            ("/blog/:slug", "/blog/a/b", Takes::No),
            ("/blog/:slug/x", "/blog/a/x", Takes::Yes),
            ("/((?!api/).*)", "/api/chat", Takes::No),
            ("/((?!api/|ws).*)", "/about", Takes::Yes),
            ("/:path((?!api).*)", "/api", Takes::No),
            ("/:a(\\d+)", "/12", Takes::Unknown),
        ] {
            assert_eq!(says(source, Path, path), expected, "{source} {path}");
        }
    }

    #[test]
    fn patterns_of_others() {
        use HostingPattern::{Glob, Regex, Star};
        assert_eq!(says("/api/*", Star, "/api/a/b"), Takes::Yes);
        assert_eq!(says("/api/*", Star, "/api"), Takes::Yes);
        assert_eq!(says("/*", Star, "/"), Takes::Yes);
        assert_eq!(says("/a/:id/b", Star, "/a/1/b"), Takes::Yes);
        assert_eq!(says("**", Glob, "/a/b"), Takes::Yes);
        assert_eq!(says("/api/**", Glob, "/api/a"), Takes::Yes);
        assert_eq!(says("api/**", Glob, "/apix"), Takes::No);
        assert_eq!(says("/!(api)/**", Glob, "/x/y"), Takes::Unknown);
        assert_eq!(says("^/api/(.*)$", Regex, "/api/x"), Takes::Yes);
        assert_eq!(says("/(.*)", Regex, "/x"), Takes::Yes);
        assert_eq!(says("/a|/b", Regex, "/a"), Takes::Unknown);
    }
}
