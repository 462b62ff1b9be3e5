//! Which values are secrets by their looks, and which only say where one is.

use super::words::is_only_words;

/// Longer values are never looked at for being harmless.
const LONGEST: usize = 200;

/// Words that say something about a secret, and are none.
const WORDS: [&str; 46] = [
    "true",
    "false",
    "yes",
    "no",
    "on",
    "off",
    "null",
    "nil",
    "none",
    "undefined",
    "required",
    "optional",
    "string",
    "str",
    "number",
    "int",
    "bool",
    "boolean",
    "bytes",
    "any",
    "never",
    "unknown",
    "object",
    "include",
    "omit",
    "same-origin",
    "default",
    "external",
    "env",
    "vault",
    "disabled",
    "enabled",
    "bearer",
    "basic",
    "token",
    "digest",
    "negotiate",
    "lax",
    "strict",
    "read",
    "write",
    "0",
    "1",
    "-",
    "~",
    "*",
];

/// Names of algorithms, encodings and standards: letters with digits that are no secrets.
const NAMES: [&str; 34] = [
    "hs256",
    "hs384",
    "hs512",
    "rs256",
    "rs384",
    "rs512",
    "es256",
    "es384",
    "es512",
    "ps256",
    "ps512",
    "sha1",
    "sha256",
    "sha-256",
    "sha384",
    "sha512",
    "sha-512",
    "md5",
    "base64",
    "base64url",
    "base32",
    "utf-8",
    "utf8",
    "latin1",
    "oauth2",
    "ed25519",
    "x25519",
    "aes-256-gcm",
    "aes-128-gcm",
    "aes-256-cbc",
    "argon2",
    "argon2id",
    "http/1.1",
    "es2020",
];

/// The secret part of a value under a name of a secret: `None` when it holds none, else offsets into `value`.
pub(super) fn secret_part(value: &str) -> Option<(usize, usize)> {
    let start = value.len() - value.trim_start().len();
    let end = value.trim_end().len().max(start);
    let inner = &value[start..end];
    if inner.is_empty() {
        return None;
    }
    // What is hidden already stays so.
    if inner.len() > LONGEST || inner.bytes().all(|byte| byte == b'*') {
        return Some((start, end));
    }
    if let Some((from, to)) = fallback(inner) {
        return secret_part(&inner[from..to]).map(|(a, b)| (start + from + a, start + from + b));
    }
    if is_reference(inner) || is_word(inner) || is_path(inner) || is_plain_url(inner) {
        return None;
    }
    let scheme = scheme(inner);
    if scheme > 0 {
        return secret_part(&inner[scheme..]).map(|(a, b)| (start + scheme + a, start + scheme + b));
    }
    Some((start, end))
}

/// The length of `Bearer `, `Basic ` and their like in front of a value.
fn scheme(value: &str) -> usize {
    const SCHEMES: [&str; 7] = ["bearer ", "basic ", "token ", "apikey ", "digest ", "jwt ", "negotiate "];
    let found = SCHEMES.iter().find(|scheme| value.get(..scheme.len()).is_some_and(|s| s.eq_ignore_ascii_case(scheme)));
    found.map_or(0, |scheme| scheme.len())
}

/// `${NAME:-value}`: where the value in it is.
fn fallback(value: &str) -> Option<(usize, usize)> {
    let inner = value.strip_prefix("${")?.strip_suffix('}')?;
    let name = inner.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    let rest = &inner[name..];
    let lead = [":-", ":=", "-", "=", ":+", "+"].iter().find(|lead| rest.starts_with(**lead))?;
    (name > 0).then_some((2 + name + lead.len(), value.len() - 1))
}

/// `$NAME`, `${NAME}`, `${{ secrets.NAME }}`, `{{ name }}`, `$(cat file)`, `%NAME%`: says where the value is.
pub(super) fn is_reference(value: &str) -> bool {
    let name = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.[]*-".contains(&byte))
    };
    let inside = |open: &str, close: &str| {
        let inner = value.strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
        inner.filter(|inner| !inner.contains(close))
    };
    if value.strip_prefix('.').is_some_and(|rest| name(rest) && rest.starts_with(|c: char| c.is_ascii_alphabetic())) {
        return true;
    }
    let filtered = |inner: &str| !inner.contains(['"', '\'']);
    inside("${{", "}}").is_some_and(filtered)
        || inside("{{", "}}").is_some_and(filtered)
        || inside("${", "}")
            .is_some_and(|inner| name(inner.split(":?").next().unwrap_or(inner).trim_end_matches('?')) || code(inner))
        || inside("{", "}").is_some_and(|inner| name(inner) || code(inner))
        || inside("$(", ")")
            .is_some_and(|inner| filtered(inner) && !["echo", "printf"].iter().any(|word| inner.contains(word)))
        || inside("%", "%").is_some_and(name)
        || inside("@", "@").is_some_and(name)
        || inside("<%=", "%>").is_some_and(filtered)
        || value.strip_prefix("$$").is_some_and(is_variable)
        || value.strip_prefix('$').is_some_and(is_variable)
}

/// An expression without texts in it.
fn code(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.[]()?!$".contains(&byte))
        && text.bytes().any(|byte| byte.is_ascii_alphabetic())
        && !looks_secret_word(text)
}

/// `NAME`, `http_x_api_key`, also several of them.
fn is_variable(text: &str) -> bool {
    text.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn is_word(value: &str) -> bool {
    WORDS.iter().any(|word| value.eq_ignore_ascii_case(word))
        || NAMES.iter().any(|name| value.eq_ignore_ascii_case(name))
        || !value.bytes().any(|byte| byte.is_ascii_alphanumeric() || byte >= 0x80)
        || is_version(value)
}

/// `^9.0.0`, `>=1.2`, `2.0.0-beta.1`
fn is_version(value: &str) -> bool {
    let rest = value.trim_start_matches(['^', '~', '>', '<', '=', 'v']);
    let (numbers, tag) = rest.split_once('-').unwrap_or((rest, ""));
    numbers.split('.').count() > 1
        && numbers.split('.').all(|part| {
            !part.is_empty()
                && (part == "x" || part == "*" || part.bytes().all(|byte| byte.is_ascii_digit()) && part.len() < 5)
        })
        && tag.len() < 16
        && tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.')
}

/// `/auth/refresh`, `./certs/key.pem`, `~/.ssh/id`.
pub(super) fn is_path(value: &str) -> bool {
    let rest = value.strip_prefix("~/").or_else(|| value.strip_prefix("../")).or_else(|| value.strip_prefix("./"));
    let Some(rest) = rest.or_else(|| value.strip_prefix('/')) else { return false };
    let rest = rest.split(['?', '#']).next().unwrap_or(rest);
    rest.split('/').all(is_plain_segment)
}

/// A segment that people wrote as a name, not a token.
fn is_plain_segment(segment: &str) -> bool {
    let names = |byte: u8| byte.is_ascii_alphanumeric() || b"._-:{}[]*()~$@".contains(&byte);
    segment.len() <= 40 && segment.bytes().all(names) && !looks_secret_word(segment)
}

/// An address without anything secret of its own: what its parts hold is looked at there.
fn is_plain_url(value: &str) -> bool {
    let Some((scheme, rest)) = value.split_once("://") else { return false };
    let schemes =
        !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+.-".contains(&byte));
    let rest = rest.split(['?', '#']).next().unwrap_or(rest);
    schemes
        && !rest.contains(char::is_whitespace)
        && rest.rsplit('@').next().unwrap_or(rest).split('/').all(is_plain_segment)
}

/// Whether a value looks like a secret, whatever its name is.
pub(super) fn looks_secret(value: &str) -> bool {
    let value = value.trim();
    if value.len() > LONGEST {
        return !value.contains(char::is_whitespace);
    }
    let Some((from, to)) = secret_part(value) else { return false };
    let value = &value[from..to];
    if value.contains(char::is_whitespace) {
        return value.split_whitespace().any(|word| word.len() >= 8 && looks_secret(word));
    }
    if value.len() < 6 || is_colour(value) || is_only_words(value) || is_media_type(value) || is_host(value) {
        return false;
    }
    // What is hidden already says nothing about the rest.
    let hidden = value.contains("**");
    let symbols = value.bytes().filter(|byte| b"!@#%^&*+=~|".contains(byte) && !(hidden && *byte == b'*')).count();
    let letters = value.bytes().any(|byte| byte.is_ascii_alphabetic());
    let parts = value.split(['-', '_']).filter(|part| !part.is_empty()).count();
    (letters && symbols > 0)
        || looks_secret_word(value)
        || (parts >= 3 && value.bytes().any(|byte| byte.is_ascii_digit()))
        || (value.len() >= 20 && !is_identifier_of_words(value) && !value.contains(['/', '.', ' ', ':', ',']))
        || (letters
            && value.bytes().any(|byte| byte.is_ascii_digit())
            && value.len() >= 8
            && !value.contains(['/', '.', ':', ',']))
        || (letters && ends_in_digits(value))
}

/// `#1f2e3d`
fn is_colour(value: &str) -> bool {
    value.len() < 10 && value.strip_prefix('#').is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// `excludeObjectDialogName`, `websocket_auth_failed`
fn is_identifier_of_words(value: &str) -> bool {
    let letters = value.bytes().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'-'));
    let marks = value.bytes().any(|byte| byte.is_ascii_uppercase() || matches!(byte, b'_' | b'-'));
    letters && marks && !looks_secret_word(value)
}

/// `hunter2`, `changeme123`.
fn ends_in_digits(value: &str) -> bool {
    value.len() >= 7
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && value.bytes().any(|byte| byte.is_ascii_digit())
}

/// A run of letters and digits that nobody would say aloud.
pub(super) fn looks_secret_word(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_alphanumeric()).any(|run| {
        let (mut digits, mut letters, mut changes) = (0, 0, 0);
        let mut before = None;
        for byte in run.bytes() {
            let kind = if byte.is_ascii_digit() {
                0
            } else if byte.is_ascii_uppercase() {
                1
            } else {
                2
            };
            digits += usize::from(kind == 0);
            letters += usize::from(kind != 0);
            changes += usize::from(before.is_some_and(|before| before != kind));
            before = Some(kind);
        }
        run.len() >= 12 && digits >= 2 && letters >= 2 && changes >= 3
    })
}

fn is_media_type(value: &str) -> bool {
    value.split_once('/').is_some_and(|(a, b)| {
        ["application", "text", "image", "audio", "video", "multipart", "font"].contains(&a) && !b.is_empty()
    })
}

/// `db.example.com`, `redis:6379`, `localhost`.
fn is_host(value: &str) -> bool {
    let (host, port) = value.split_once(':').unwrap_or((value, "1"));
    let labels: Vec<&str> = host.split('.').collect();
    port.bytes().all(|byte| byte.is_ascii_digit())
        && !port.is_empty()
        && (labels.len() > 1 || value.contains(':'))
        && labels.iter().all(|label| {
            !label.is_empty()
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
                && !looks_secret_word(label)
        })
}

/// Characters of base64 and its relatives.
pub(super) fn is_blob(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/=_-".contains(&byte)
}

/// A long run that is random by its looks: every kind of character, changing often.
pub(super) fn is_random(run: &str) -> bool {
    if run.len() < 24 || run.len() > 4096 {
        return false;
    }
    let mut kinds = [0usize; 3];
    let (mut changes, mut before) = (0, 3);
    for byte in run.bytes() {
        let kind = match byte {
            b'0'..=b'9' => 0,
            b'A'..=b'Z' => 1,
            b'a'..=b'z' => 2,
            _ => continue,
        };
        kinds[kind] += 1;
        changes += usize::from(before != kind);
        before = kind;
    }
    kinds.iter().all(|count| *count >= 3) && changes * 3 >= run.len() && !run.starts_with("sha")
}
