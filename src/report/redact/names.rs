//! Secrets that are known by the name in front of them.

use super::Mask;
use crate::base::FileKind;

/// Words that make a name secret wherever they are in it.
const SECRET: [&str; 16] = [
    "secret",
    "secrets",
    "password",
    "passwords",
    "passwd",
    "passphrase",
    "pwd",
    "apikey",
    "credential",
    "credentials",
    "token",
    "tokens",
    "authorization",
    "bearer",
    "salt",
    "privatekey",
];

/// Last words of names that only speak about a secret.
const ABOUT: [&str; 30] = [
    "url",
    "uri",
    "host",
    "port",
    "issuer",
    "audience",
    "endpoint",
    "path",
    "file",
    "type",
    "expire",
    "expires",
    "expiry",
    "expiration",
    "minutes",
    "hours",
    "days",
    "seconds",
    "ttl",
    "length",
    "algorithm",
    "alg",
    "header",
    "field",
    "prefix",
    "name",
    "age",
    "cookie",
    "count",
    "limit",
];

/// Words that make a `key` a harmless one.
const HARMLESS_KEYS: [&str; 12] = [
    "public",
    "primary",
    "foreign",
    "cache",
    "sort",
    "partition",
    "unique",
    "query",
    "row",
    "map",
    "object",
    "storage",
];

/// Words around a `pass` that lets something through.
const PASSING: [&str; 9] = ["proxy", "fastcgi", "uwsgi", "scgi", "grpc", "memcached", "by", "through", "thru"];

/// What the option `credentials` of `fetch` may say (Fetch standard, `RequestCredentials`).
const FETCH_CREDENTIALS: [&str; 3] = ["omit", "same-origin", "include"];

/// Directives of nginx that give a name of somebody's choice a value.
const NGINX_NAMING: [&str; 10] = [
    "proxy_set_header",
    "grpc_set_header",
    "add_header",
    "more_set_headers",
    "more_set_input_headers",
    "fastcgi_param",
    "uwsgi_param",
    "scgi_param",
    "set",
    "if",
];

/// Directives of nginx whose own argument is a secret.
const NGINX_SECRETS: [&str; 2] = ["secure_link_secret", "env"];

/// Whether a value under this name is to be hidden.
pub(super) fn is_secret(name: &str) -> bool {
    let words = words(name);
    let Some(last) = words.last() else { return false };
    if ABOUT.contains(&last.as_str()) {
        return false;
    }
    let before = words.len().checked_sub(2).and_then(|index| words.get(index));
    let key = last == "key" && before.is_some_and(|word| !HARMLESS_KEYS.contains(&word.as_str()));
    key || words.iter().any(|word| SECRET.contains(&word.as_str())) || holds_pass(&words)
}

/// `DB_PASS`, not `proxy_pass`.
fn holds_pass(words: &[String]) -> bool {
    words.iter().any(|word| word == "pass") && !words.iter().any(|word| PASSING.contains(&word.as_str()))
}

/// `apiKey`, `API_KEY`, `x-api-key` as words in lower case.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = vec![String::new()];
    let mut before_is_lower = false;
    for c in name.chars() {
        if !c.is_ascii_alphanumeric() || (c.is_ascii_uppercase() && before_is_lower) {
            words.push(String::new());
        }
        if c.is_ascii_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.push(c.to_ascii_lowercase());
        }
        before_is_lower = c.is_ascii_lowercase() || c.is_ascii_digit();
    }
    words.retain(|word| !word.is_empty());
    words
}

/// A line, with where it starts in the text.
struct Line<'a> {
    start: usize,
    text: &'a str,
}

fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    let mut start = 0;
    text.split_inclusive('\n').map(move |line| {
        let found = Line { start, text: line.trim_end_matches(['\n', '\r']) };
        start += line.len();
        found
    })
}

/// Marks the values of secret-looking names.
pub(super) fn mark(text: &str, kind: FileKind, mask: &mut Mask) {
    match kind {
        FileKind::TypeScript | FileKind::Tsx | FileKind::Vue | FileKind::Svelte | FileKind::Html | FileKind::Python => {
            mark_code(text, mask)
        }
        FileKind::Nginx | FileKind::NginxTemplate => mark_nginx(text, mask),
        _ => mark_settings(text, kind, mask),
    }
}

/// `NAME=value` in a sentence.
pub(super) fn mark_assignments(text: &str, mask: &mut Mask) {
    for (start, end) in secret_names(text) {
        if let Some(rest) = text[end..].strip_prefix('=') {
            let length = rest.find(|c: char| c.is_whitespace() || "`'\"&,;".contains(c)).unwrap_or(rest.len());
            if !rest.starts_with(['$', '{']) && start < end {
                mask.hide(end + 1, end + 1 + length);
            }
        }
    }
}

/// Where secret-looking names are in `text`.
fn secret_names(text: &str) -> Vec<(usize, usize)> {
    let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let mut names = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find(part).map(|length| at + length) {
        let end = text[start..].find(|c| !part(c)).map_or(text.len(), |length| start + length);
        if is_secret(&text[start..end]) {
            names.push((start, end));
        }
        at = end;
    }
    names
}

/// Formats of names and values: env, YAML, JSON, TOML, Dockerfile, shell.
fn mark_settings(text: &str, kind: FileKind, mask: &mut Mask) {
    let mut block: Option<usize> = None;
    let mut value_of_secret = false;
    for line in lines(text) {
        let indent = line.text.len() - line.text.trim_start().len();
        let empty = line.text.trim().is_empty();
        if let Some(outer) = block {
            if empty || indent > outer {
                mask.hide(line.start + indent, line.start + line.text.len());
                continue;
            }
            block = None;
        }
        let content = line.text.trim_start().trim_start_matches("- ");
        if value_of_secret && let Some(value) = content.strip_prefix("value:") {
            let length = value.trim_start().len();
            mask.hide(line.start + line.text.len() - length, line.start + line.text.len());
        }
        value_of_secret = content.strip_prefix("name:").is_some_and(|name| is_secret(name.trim().trim_matches('"')));
        for (_, end) in secret_names(line.text) {
            let after = line.text[end..].trim_start_matches(['"', '\'']).trim_start();
            let Some(value) = after.strip_prefix([':', '=']).map(str::trim_start).or_else(|| {
                (kind == FileKind::Dockerfile && line.text.trim_start().starts_with("ENV ")).then_some(after)
            }) else {
                continue;
            };
            let start = line.start + line.text.len() - value.len();
            match value.chars().next() {
                None | Some('{') => {}
                Some('|' | '>') if matches!(kind, FileKind::Yaml | FileKind::Compose) => block = Some(indent),
                Some(quote @ ('"' | '\'' | '`')) => {
                    let limit = if kind == FileKind::Env { text } else { &text[..line.start + line.text.len()] };
                    let close = closing(&limit[start + 1..], quote).map_or(limit.len(), |length| start + 1 + length);
                    if !is_reference(&text[start + 1..close]) {
                        mask.hide(start + 1, close);
                    }
                }
                Some(_) if is_reference(value.trim()) => {}
                Some(_) => mask.hide(start, start + value.len()),
            }
            break;
        }
    }
}

/// `$NAME`, `${NAME}`, `${{ secrets.NAME }}`: says where the value is, not what it is.
fn is_reference(value: &str) -> bool {
    let inner = value.strip_prefix("${{").and_then(|rest| rest.strip_suffix("}}")).map(str::trim);
    let inner = inner.or_else(|| value.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')));
    let name = inner.or_else(|| value.strip_prefix('$')).unwrap_or(" ");
    name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'))
}

/// nginx: what a directive gives to a secret-looking name, unless it is a variable. Other directives say where things
/// are, whatever their names look like (`proxy_pass`, `ssl_password_file`).
fn mark_nginx(text: &str, mask: &mut Mask) {
    let mut compared = false;
    for line in lines(text) {
        let mut at = 0;
        for statement in line.text.split_inclusive([';', '{', '}']) {
            if compared {
                mark_key(statement, line.start + at, mask);
            }
            mark_statement(statement, line.start + at, mask);
            let is_map = statement.trim_start().starts_with("map ") && statement.ends_with('{');
            compared = (is_map && !secret_names(statement).is_empty()) || (compared && !statement.ends_with('}'));
            at += statement.len();
        }
    }
}

/// What a `map` compares a secret-looking variable with.
fn mark_key(statement: &str, at: usize, mask: &mut Mask) {
    let text = statement.trim_start();
    let Some(key) = text.split_whitespace().next() else { return };
    let is_word = matches!(key, "default" | "include" | "hostnames" | "volatile" | "\"\"" | "''" | "}");
    if !is_word && !key.starts_with(['#', '}']) {
        let start = at + statement.len() - text.len();
        mask.hide(start, start + key.len());
    }
}

fn mark_statement(statement: &str, at: usize, mask: &mut Mask) {
    let Some(directive) = statement.split_whitespace().next() else { return };
    let own = NGINX_SECRETS.contains(&directive);
    if !own && !NGINX_NAMING.contains(&directive) {
        return;
    }
    for (start, end) in secret_names(statement) {
        let rest = statement[end..].trim_start_matches(['"', '\'']);
        let value = rest.trim_start_matches(|c: char| c.is_whitespace() || "=!~*:".contains(c));
        let names_itself = start == statement.len() - statement.trim_start().len() && !own;
        if names_itself || rest.len() == value.len() {
            continue;
        }
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
        let value = value.trim_start_matches(['"', '\'']);
        let from = statement.len() - value.len();
        let length = match quote {
            Some(quote) => closing(value, quote),
            None => value.find(';').or_else(|| value.rfind(')')),
        };
        // Nothing between two quotes leaves the closing parenthesis first.
        if !value.starts_with(['$', ')', ';']) {
            mask.hide(at + from, at + from + length.unwrap_or(value.len()));
        }
    }
}

/// Source code: string literals that are given to a secret-looking name.
fn mark_code(text: &str, mask: &mut Mask) {
    let mut dangling = false;
    for line in lines(text) {
        let literals = literals(line.text);
        let mut hide = |(start, end): (usize, usize)| mask.hide(line.start + start, line.start + end);
        if dangling && let Some((start, end)) = literals.first().copied() {
            let lead = line.text[..start].trim_matches(|c: char| c.is_whitespace() || "\"'`|?([,".contains(c));
            if (lead.is_empty() || lead == "or") && !is_secret(&line.text[start..end]) {
                hide((start, end));
            }
        }
        dangling = dangling && line.text.trim().is_empty();
        for (start, end) in secret_names(line.text) {
            let own = literals.iter().copied().find(|(from, to)| *from <= start && end <= *to);
            let from = match own {
                // Part of a longer text: what an address holds is looked at there.
                Some((first, last)) if (first, last) != (start, end) => continue,
                Some((_, last)) => last + 1,
                None => end,
            };
            let Some(rest) = line.text.get(from..) else { continue };
            let following: Vec<(usize, usize)> = literals.iter().copied().filter(|(at, _)| *at > from).collect();
            let value = following.first().map(|(at, to)| &line.text[*at..*to]);
            if &line.text[start..end] == "credentials" && value.is_some_and(|value| FETCH_CREDENTIALS.contains(&value))
            {
                continue;
            }
            let gap = following.first().map_or(rest, |(at, _)| &line.text[from..at - 1]);
            let immediate = is_glue(gap);
            if following.is_empty() {
                dangling =
                    dangling || (immediate && !gap.trim().is_empty()) || gap.trim_end().ends_with('(') && assigns(gap);
                continue;
            }
            if immediate {
                hide(following[0]);
            }
            if immediate || assigns(gap) {
                let open = following.iter().copied().filter(|(at, to)| !is_secret(&line.text[*at..*to]));
                open.take_while(|(at, _)| !line.text[from..*at].contains(';')).for_each(&mut hide);
            }
        }
    }
}

/// Only punctuation (and a type) between a name and its value.
fn is_glue(gap: &str) -> bool {
    let (before, after) = gap.split_once(':').unwrap_or((gap, ""));
    let annotation = after.trim_end().strip_suffix('=').map_or(after, str::trim);
    let punctuation = |text: &str| text.chars().all(|c| c.is_whitespace() || "=:|?,([])!".contains(c));
    let is_type = annotation.chars().all(|c| c.is_ascii_alphanumeric() || "_.|[]? ".contains(c));
    let end = gap.trim_end();
    punctuation(before.trim_end_matches(" or ")) && (punctuation(after) || (is_type && end.ends_with('=')))
}

/// Whether the text after a name gives it a value.
fn assigns(gap: &str) -> bool {
    gap.contains("||")
        || gap.contains("??")
        || gap.contains(':')
        || gap.replace("=>", "").replace("==", "").contains('=')
}

/// The contents of the string literals of a line.
fn literals(line: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(open) = line[at..].find(['"', '\'', '`']).map(|length| at + length) {
        let quote = line[open..].chars().next().unwrap_or('"');
        let Some(length) = closing(&line[open + 1..], quote) else { break };
        found.push((open + 1, open + 1 + length));
        at = open + length + 2;
    }
    found
}

/// Where the quote closes, escapes passed over.
fn closing(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    text.char_indices().find_map(|(at, c)| {
        let closes = c == quote && !escaped;
        escaped = c == '\\' && !escaped;
        closes.then_some(at)
    })
}
