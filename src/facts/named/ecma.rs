//! Imports of ECMAScript, and strings that look like paths of modules.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

use super::{LONGEST, Named, quoted};

/// Words before a module, the starts of relative paths, and the ends of paths of scripts.
const MARKS: [&str; 27] = [
    "from", "import", "require", "\"./", "'./", "`./", "\"../", "'../", "`../", ".js\"", ".js'", ".js`", ".ts\"",
    ".ts'", ".ts`", ".mjs\"", ".mjs'", ".mjs`", ".cjs\"", ".cjs'", ".cjs`", ".jsx\"", ".jsx'", ".tsx\"", ".tsx'",
    ".mts\"", ".mts'",
];

static SCAN: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(MARKS).ok());

/// What the text names.
pub fn named(text: &[u8]) -> Vec<Named> {
    let Some(scan) = SCAN.as_ref() else { return vec![Named::Anything] };
    let mut found = Vec::new();
    for mark in scan.find_iter(text) {
        match mark.pattern().as_usize() {
            0..=2 => after_word(text, mark.start(), mark.end(), &mut found),
            3..=8 => found.extend(quoted(text, mark.start()).and_then(of_path)),
            _ => found.extend(backwards(text, mark.end() - 1).and_then(of_path)),
        }
    }
    found
}

/// `from 'x'`, `import 'x'`, `import('x')`, `require('x')`, `require.context('x')`, `import.meta.glob('x')`.
fn after_word(text: &[u8], start: usize, end: usize, found: &mut Vec<Named>) {
    let is_word = |at: Option<usize>| {
        at.and_then(|at| text.get(at)).is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$'))
    };
    if is_word(start.checked_sub(1)) || is_word(Some(end)) {
        return;
    }
    let word = text.get(start..end).unwrap_or_default();
    let rest = text.get(end..).unwrap_or_default();
    for (call, is_pattern) in [(".meta.glob", true), (".context(", false)] {
        if rest.starts_with(call.as_bytes()) {
            patterns(rest, is_pattern, found);
            return;
        }
    }
    let is_call = rest.first() == Some(&b'(');
    let at = skip_blank(text, if is_call { end + 1 } else { end });
    match text.get(at) {
        Some(b'"' | b'\'' | b'`') => found.extend(quoted(text, at).and_then(of_path)),
        // `import(path)`; a type may be named so as well: `typeof import("x")` has its quote.
        Some(_) if is_call && word != b"from" => found.push(Named::Anything),
        _ => {}
    }
}

/// The folders of the patterns in the arguments of a call.
fn patterns(call: &[u8], is_pattern: bool, found: &mut Vec<Named>) {
    let Some(open) = call.iter().take(200).position(|byte| *byte == b'(') else {
        found.push(Named::Anything);
        return;
    };
    let close = call.iter().skip(open).take(2_000).position(|byte| *byte == b')').map_or(call.len(), |at| open + at);
    let (mut at, mut any) = (open, false);
    while let Some(quote) = call
        .get(at..close)
        .and_then(|rest| rest.iter().position(|byte| matches!(byte, b'"' | b'\'' | b'`')).map(|found| at + found))
    {
        let Some(text) = quoted(call, quote) else { break };
        at = quote + text.len() + 2;
        let folder = if is_pattern { text.split(['*', '{', '$']).next().unwrap_or("") } else { text };
        let folder =
            if folder.len() < text.len() { folder.rsplit_once('/').map_or("", |(head, _)| head) } else { folder };
        match text.as_bytes().first() {
            Some(b'.') => found.push(Named::Below(Box::from(folder))),
            Some(b'!') => continue,
            _ => found.push(Named::Anything),
        }
        any = true;
        if !is_pattern {
            break;
        }
    }
    if !any {
        found.push(Named::Anything);
    }
}

/// Past white space and comments: `import(/* webpackChunkName: "x" */ './x')`.
fn skip_blank(text: &[u8], mut at: usize) -> usize {
    loop {
        match text.get(at) {
            Some(byte) if byte.is_ascii_whitespace() => at += 1,
            Some(b'/') if text.get(at + 1) == Some(&b'*') => {
                let Some(end) = memchr::memmem::find(text.get(at..).unwrap_or_default(), b"*/") else { return at };
                at += end + 2;
            }
            _ => return at,
        }
    }
}

/// The text of a string literal whose closing quote is at `end`.
fn backwards(text: &[u8], end: usize) -> Option<&str> {
    let quote = *text.get(end)?;
    let from = end.saturating_sub(LONGEST);
    let body = text.get(from..end)?;
    let start = body.iter().rposition(|byte| *byte == quote || *byte == b'\n')?;
    (body.get(start) == Some(&quote)).then(|| std::str::from_utf8(body.get(start + 1..)?).ok()).flatten()
}

fn of_path(text: &str) -> Option<Named> {
    // `./worker?worker`, `./x.module#Module`; `#deep/users` is an alias
    let end = text.char_indices().skip(1).find(|(_, c)| matches!(c, '?' | '#')).map_or(text.len(), |(at, _)| at);
    let text = text.get(..end).unwrap_or(text);
    if let Some((head, _)) = text.split_once("${") {
        let folder = head.rsplit_once('/').map(|(folder, _)| folder);
        return Some(match folder {
            Some(folder) if folder.starts_with('.') => Named::Below(Box::from(folder)),
            _ => Named::Anything,
        });
    }
    if text.is_empty() || text.contains("://") || text.contains([' ', '\t', '<', '(', ',']) {
        return None;
    }
    let is_relative = text.starts_with("./") || text.starts_with("../") || matches!(text, "." | "..");
    Some(if is_relative { Named::Relative(Box::from(text)) } else { Named::Absolute(Box::from(text)) })
}
