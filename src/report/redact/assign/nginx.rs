//! What nginx gives to, or compares with, a secret-looking name.

use super::{Class, Finder, Trust};
use crate::report::redact::scan::is_name;
use crate::report::redact::words::{class, is_query_key};

/// Directives that give a name of somebody's choice a value.
pub(super) const NAMING: [&str; 12] = [
    "proxy_set_header",
    "grpc_set_header",
    "add_header",
    "more_set_headers",
    "more_set_input_headers",
    "fastcgi_param",
    "uwsgi_param",
    "scgi_param",
    "set",
    "auth_request_set",
    "add_trailer",
    "proxy_set_body",
];

/// Directives whose arguments are secrets themselves.
const OWN: [&str; 4] = ["secure_link_secret", "secure_link_hmac_secret", "secure_link_md5", "secure_link_hmac_message"];

/// One word of a statement.
#[derive(Clone, Copy)]
struct Word {
    start: usize,
    end: usize,
}

/// Walks over the statements.
pub(super) fn mark(finder: &mut Finder<'_, '_, '_>) {
    let scan = finder.scan;
    let mut words: Vec<Word> = Vec::new();
    // What the entries of the block around are: keys that a secret is compared with, values of a secret, or nothing.
    let mut maps: Vec<(bool, bool)> = Vec::new();
    let mut at = 0;
    let mut index = 0;
    while at < scan.len() {
        while finder.pieces.get(index).is_some_and(|piece| piece.close <= at) {
            index += 1;
        }
        if let Some(piece) = finder.pieces.get(index).copied().filter(|piece| piece.open == at) {
            if piece.kind == super::PieceKind::Literal {
                words.push(Word { start: piece.start, end: piece.end });
            }
            at = piece.close.max(at + 1);
            continue;
        }
        match scan.at(at) {
            b';' => {
                statement(finder, &words, maps.last().copied());
                words.clear();
                at += 1;
            }
            b'{' => {
                maps.push(block(finder, &words));
                words.clear();
                at += 1;
            }
            b'}' => {
                // The last statement of a script, or one whose end is missing.
                statement(finder, &words, maps.last().copied());
                maps.pop();
                words.clear();
                at += 1;
            }
            byte if byte.is_ascii_whitespace() => at += 1,
            _ => {
                let mut end = at;
                let mut depth = 0usize;
                while end < scan.len() {
                    match scan.at(end) {
                        b'$' if scan.at(end + 1) == b'{' => {
                            depth += 1;
                            end += 1;
                        }
                        b'}' if depth > 0 => depth -= 1,
                        b';' | b'{' | b'}' => break,
                        b'\\' => end += 1,
                        byte if byte.is_ascii_whitespace() => break,
                        _ => {}
                    }
                    end += 1;
                }
                let end = end.min(scan.len()).max(at + 1);
                words.push(Word { start: at, end });
                at = end;
            }
        }
    }
    // A part of a file may end in the middle.
    statement(finder, &words, maps.last().copied());
    block(finder, &words);
    scan.count(scan.len());
}

/// What a statement gives to a name.
fn statement(finder: &mut Finder<'_, '_, '_>, words: &[Word], map: Option<(bool, bool)>) {
    let scan = finder.scan;
    let Some(first) = words.first() else { return };
    if let Some((keys, values)) = map.filter(|(keys, values)| *keys || *values) {
        let key = scan.slice(first.start, first.end);
        if keys && words.len() > 1 && !matches!(key, "default" | "include" | "hostnames" | "volatile" | "") {
            let lead = key.len() - key.trim_start_matches(['~', '*', '^']).len();
            hide(finder, Word { start: first.start + lead, end: first.end }, Class::Secret);
        }
        if values && let Some(value) = words.get(1) {
            hide(finder, *value, Class::Secret);
        }
        return;
    }
    let directive = scan.slice(first.start, first.end);
    if OWN.contains(&directive) {
        words[1..].iter().for_each(|word| hide_around_variables(finder, *word));
        return;
    }
    if directive == "env"
        && let Some(word) = words.get(1)
    {
        let text = scan.slice(word.start, word.end);
        if let Some(equals) = text.find('=')
            && class(&text[..equals]) > Class::Plain
        {
            hide(finder, Word { start: word.start + equals + 1, end: word.end }, class(&text[..equals]));
        }
        return;
    }
    if class(directive) == Class::Secret {
        words[1..].iter().for_each(|word| hide(finder, *word, Class::Secret));
        return;
    }
    let (true, Some(name)) = (NAMING.contains(&directive), words.get(1)) else { return };
    let text = scan.slice(name.start, name.end);
    let of = variable_class(text.trim_start_matches('$'));
    if of > Class::Plain {
        words[2..].iter().for_each(|word| {
            hide(finder, *word, of);
        });
    }
}

/// What the entries of a block are, and what a condition compares.
fn block(finder: &mut Finder<'_, '_, '_>, words: &[Word]) -> (bool, bool) {
    let scan = finder.scan;
    let text = |word: &Word| scan.slice(word.start, word.end);
    let Some(first) = words.first() else { return (false, false) };
    match text(first) {
        "map" if words.len() > 2 => {
            let secret = |word: &Word| {
                text(word)
                    .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
                    .any(|name| variable_class(name) == Class::Secret)
            };
            (secret(&words[1]), secret(&words[2]) && !is_switch(text(&words[2])))
        }
        "geo" if words.len() > 1 => (
            false,
            words.last().is_some_and(|word| variable_class(text(word).trim_start_matches('$')) == Class::Secret),
        ),
        "set_by_lua_block" => (
            false,
            words.get(1).is_some_and(|word| variable_class(text(word).trim_start_matches('$')) == Class::Secret),
        ),
        "if" => {
            condition(finder, &words[1..]);
            (false, false)
        }
        _ => (false, false),
    }
}

/// `$token_ok`, `$is_auth`: says whether, not what.
fn is_switch(name: &str) -> bool {
    ["ok", "valid", "allowed", "known", "is", "has", "deny", "denied"]
        .iter()
        .any(|word| name.trim_start_matches('$').split('_').any(|part| part == *word))
}

/// `($arg_token != "value")`
fn condition(finder: &mut Finder<'_, '_, '_>, words: &[Word]) {
    let scan = finder.scan;
    let Some(first) = words.first() else { return };
    let name = scan.slice(first.start, first.end).trim_start_matches('(');
    let end = name
        .bytes()
        .skip(1)
        .take_while(|byte| is_name(*byte) && *byte != b'-' || *byte == b'{' || *byte == b'}')
        .count()
        + 1;
    let variable = name.get(..end).unwrap_or(name).trim_matches(['$', '{', '}', '"']);
    let of = variable_class(variable);
    if of == Class::Plain {
        return;
    }
    // `($arg_token=value)`
    if let Some(value) = name.get(end..).filter(|rest| rest.len() > 1) {
        let start = first.end - value.len();
        let lead = value.len() - value.trim_start_matches(['=', '!', '~', '*', '^']).len();
        let close = if value.ends_with(')') { first.end - 1 } else { first.end };
        hide(finder, Word { start: start + lead, end: close }, of);
    }
    for word in &words[1..] {
        let value = scan.slice(word.start, word.end);
        if value.bytes().all(|byte| b"=!~*()".contains(&byte)) {
            continue;
        }
        let lead = value.len() - value.trim_start_matches(['=', '!', '~', '*', '^']).len();
        let close = word.end - usize::from(value.ends_with(')') && !value.contains('('));
        hide(finder, Word { start: word.start + lead, end: close }, of);
    }
}

/// What a variable holds; `$arg_key` is a key of a query.
fn variable_class(name: &str) -> Class {
    if let Some(key) = name.strip_prefix("arg_") {
        return if is_query_key(key) { Class::Secret } else { Class::Plain };
    }
    if let Some(cookie) = name.strip_prefix("cookie_") {
        let weak = class(cookie) > Class::Plain || matches!(cookie, "auth" | "gate" | "access");
        return if weak { Class::Secret } else { Class::Plain };
    }
    class(name.strip_prefix("http_").unwrap_or(name))
}

fn hide(finder: &mut Finder<'_, '_, '_>, word: Word, of: Class) {
    if word.start < word.end {
        let text = finder.scan.slice(word.start, word.end);
        if of == Class::Secret && text.contains('$') && !text.contains("$$") {
            hide_around_variables(finder, word);
        } else {
            finder.hide(word.start, word.end, of, Trust::Given);
        }
    }
}

/// A text with variables in it: what is between them.
fn hide_around_variables(finder: &mut Finder<'_, '_, '_>, word: Word) {
    let scan = finder.scan;
    let (mut at, mut from) = (word.start, word.start);
    while at < word.end {
        if scan.at(at) != b'$' {
            at += 1;
            continue;
        }
        part(finder, from, at);
        let brace = scan.at(at + 1) == b'{';
        let end = scan.run(at + 1 + usize::from(brace), word.end, |byte| byte.is_ascii_alphanumeric() || byte == b'_');
        at = (end + usize::from(brace)).max(at + 1);
        from = at;
    }
    part(finder, from, word.end);
}

fn part(finder: &mut Finder<'_, '_, '_>, from: usize, to: usize) {
    if from < to && finder.scan.slice(from, to).trim().len() > 2 {
        finder.hide(from, to, Class::Secret, Trust::Given);
    }
}
