//! Patterns that let in more than they look like.

use crate::model::follow::Comparing;

/// What a stranger's origin needs to match, as a clause about the pattern; `None` when nothing is wrong or known.
pub fn weakness(pattern: &str, comparing: Comparing<'_>) -> Option<String> {
    let shown = shown(pattern);
    let matches = |origin: &str| comparing.is_match(pattern, origin) == Some(true);
    if matches("https://evil.invalid") && matches("http://stranger.test:81") {
        return Some(format!("every origin (the pattern `{shown}` matches all of them)"));
    }
    let sample = sample(shown);
    let origin = if sample.contains("://") { sample.clone() } else { format!("https://{sample}") };
    if !matches(&origin) {
        return None;
    }
    let longer = format!("{origin}.evil.invalid");
    if matches(&longer) {
        return Some(format!("`{longer}`, because the pattern `{shown}` has no `$` at its end"));
    }
    let host = origin.split_once("://").map_or(origin.as_str(), |(_, host)| host);
    let other = format!("https://evil{host}");
    // With a wildcard in front, sub-domains are meant; a name glued to the front is not.
    if !shown.contains("://") && matches(&other) {
        return Some(format!("`{other}`, because the pattern `{shown}` has no `^` and no dot in front"));
    }
    let unescaped = unescaped_dot(shown)?;
    let wrong = sample_with(shown, Some(unescaped));
    let wrong = if wrong.contains("://") { wrong } else { format!("https://{wrong}") };
    (wrong != origin && matches(&wrong))
        .then(|| format!("`{wrong}`, because a dot in the pattern `{shown}` is not escaped"))
}

/// The pattern as it is written, without what full matches add.
fn shown(pattern: &str) -> &str {
    let bare = pattern.strip_prefix("(?i)").unwrap_or(pattern);
    let bare = bare.strip_prefix("\\A(?:").unwrap_or(bare);
    bare.strip_suffix(")\\z").or_else(|| bare.strip_suffix(')').filter(|_| pattern.contains("\\A(?:"))).unwrap_or(bare)
}

/// Byte of the first dot that stands for any character between letters of a name.
fn unescaped_dot(pattern: &str) -> Option<usize> {
    let bytes = pattern.as_bytes();
    let letter = |index: Option<usize>| {
        index
            .and_then(|index| bytes.get(index))
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b')' || *byte == b'(')
    };
    let mut class = false;
    (0..bytes.len()).find(|index| {
        match bytes[*index] {
            b'[' => class = true,
            b']' => class = false,
            _ => {}
        }
        let escaped = *index > 0 && bytes[*index - 1] == b'\\';
        bytes[*index] == b'.' && !escaped && !class && letter(index.checked_sub(1)) && letter(Some(*index + 1))
    })
}

fn sample(pattern: &str) -> String {
    sample_with(pattern, None)
}

/// A text that a simple pattern matches: repetitions become one character, optional parts are left out or kept as they
/// are, the first alternative is taken. The dot at `wrong` becomes another character.
fn sample_with(pattern: &str, wrong: Option<usize>) -> String {
    let mut out = String::new();
    let mut depth: Vec<(usize, bool)> = Vec::new();
    let mut skip = false;
    let mut last_start = 0;
    let mut characters = pattern.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        match character {
            '^' | '$' => {}
            '(' => {
                depth.push((out.len(), skip));
                if characters.peek().is_some_and(|(_, next)| *next == '?') {
                    characters.next();
                    characters.next();
                }
            }
            ')' => {
                if let Some((start, outer)) = depth.pop() {
                    last_start = start;
                    skip = outer;
                }
            }
            '|' => skip = true,
            _ if skip => {}
            '\\' => {
                last_start = out.len();
                match characters.next() {
                    Some((_, 'd')) => out.push('1'),
                    Some((_, 'w')) => out.push('x'),
                    Some((_, 's' | 'b')) | None => {}
                    Some((_, other)) => out.push(other),
                }
            }
            '[' => {
                last_start = out.len();
                let mut class = String::new();
                for (_, inner) in characters.by_ref() {
                    if inner == ']' {
                        break;
                    }
                    class.push(inner);
                }
                out.push(if class.starts_with('^') || class.contains('a') {
                    'x'
                } else {
                    class.chars().next().unwrap_or('x')
                });
            }
            '.' => {
                last_start = out.len();
                let repeated = characters.peek().is_some_and(|(_, next)| matches!(next, '*' | '+' | '{'));
                out.push(if wrong == Some(at) || repeated { 'x' } else { '.' });
            }
            '?' => out.truncate(last_start),
            '*' | '+' => {}
            '{' => {
                for (_, inner) in characters.by_ref() {
                    if inner == '}' {
                        break;
                    }
                }
            }
            other => {
                last_start = out.len();
                out.push(other);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_patterns_are_told_from_sound_ones() {
        let cases = [
            (r"^https:\/\/app\.example\.com$", None),
            (r"^https?:\/\/localhost(:\d+)?$", None),
            (r"^https:\/\/([a-z0-9-]+\.)?example\.com$", None),
            (r"\A(?:https://.*\.example\.com)\z", None),
            (r"^https:\/\/app\.example\.com", Some("no `$`")),
            (r"example\.com$", Some("no `^`")),
            (r"^https://app.example.com$", Some("not escaped")),
            (r"\A(?:https?://.*)\z", Some("every origin")),
            (r".*", Some("every origin")),
        ];
        for (pattern, expected) in cases {
            let comparisons = crate::model::follow::Comparisons::default();
            let here = crate::base::Place { file: crate::base::FileId(0), span: crate::base::Span::default() };
            let found = weakness(pattern, comparisons.at(here));
            match expected {
                None => assert_eq!(found, None, "{pattern}"),
                Some(part) => assert!(found.as_deref().is_some_and(|text| text.contains(part)), "{pattern}: {found:?}"),
            }
        }
    }
}
