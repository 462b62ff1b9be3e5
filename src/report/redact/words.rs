//! Which names are names of secrets.

use super::word_lists::{
    ABOUT, COUNTING, HARMLESS, KEYS, LOOKUP_KEYS, NOT_NAMES, QUERY_KEYS, STEMS, WEAK, WHERE, WHOLE,
};

/// What a name says about its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class {
    /// Nothing.
    Plain,
    /// It may be a secret: its looks decide.
    Perhaps,
    /// It is a secret, whatever it looks like.
    Secret,
}

/// What a name says about its value.
pub(super) fn class(name: &str) -> Class {
    let name = name.trim_matches(['-', '_']);
    if name.is_empty() || name.len() > 96 || NOT_NAMES.iter().any(|known| name.eq_ignore_ascii_case(known)) {
        return Class::Plain;
    }
    if is_passing(name) {
        return Class::Plain;
    }
    let words = split(name);
    let (Some(first), Some(last)) = (words.first(), words.last()) else { return Class::Plain };
    let own = words.iter().any(|word| is_secret_word(word)) || glued(&words) || keys(&words) == Class::Secret;
    let weak = words.iter().filter(|word| WEAK.contains(&word.as_str()) || word.ends_with("auth")).count();
    let basic = words.iter().any(|word| word == "basic") && weak > 0;
    let class = if own || weak > 1 || basic || is_cookie_header(name) {
        Class::Secret
    } else if weak == 1 || keys(&words) == Class::Perhaps {
        Class::Perhaps
    } else {
        return Class::Plain;
    };
    let tail = ends_about(last);
    if words.len() > 1 && (tail || COUNTING.contains(&first.as_str())) {
        return Class::Plain;
    }
    if words.len() > 1 && (WHERE.contains(&last.as_str()) || (last == "cookie" && own)) {
        return if class == Class::Secret { Class::Perhaps } else { Class::Plain };
    }
    class
}

fn ends_about(last: &str) -> bool {
    ABOUT.contains(&last)
}

/// `Cookie` and `Set-Cookie` carry sessions.
fn is_cookie_header(name: &str) -> bool {
    name.eq_ignore_ascii_case("cookie")
        || name.eq_ignore_ascii_case("set-cookie")
        || name.eq_ignore_ascii_case("http_cookie")
}

/// `proxy_pass_header`, `ftpPassive`: something goes through.
fn is_passing(name: &str) -> bool {
    ["proxy_pass", "fastcgi_pass", "uwsgi_pass", "grpc_pass", "pass_through", "passthrough", "pass_thru"]
        .iter()
        .any(|word| name.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word)))
}

/// Whether a key of a query holds a secret.
pub(super) fn is_query_key(name: &str) -> bool {
    class(name) == Class::Secret || QUERY_KEYS.iter().any(|key| name.eq_ignore_ascii_case(key))
}

/// Whether a text consists of the words of such names only: `access_token`, `Authorization`, `X-Api-Key`.
pub(super) fn is_only_words(text: &str) -> bool {
    const MORE: [&str; 37] = [
        "access",
        "refresh",
        "id",
        "user",
        "api",
        "x",
        "csrf",
        "xsrf",
        "current",
        "new",
        "old",
        "confirm",
        "confirmation",
        "key",
        "client",
        "auth",
        "basic",
        "bearer",
        "name",
        "header",
        "app",
        "my",
        "code",
        "session",
        "cookie",
        "type",
        "field",
        "input",
        "reset",
        "forgot",
        "forgotten",
        "grant",
        "admin",
        "email",
        "username",
        "login",
        "invalid",
    ];
    let words = split(text);
    let separators = text.bytes().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'-' | b'.' | b':'));
    separators
        && !words.is_empty()
        && words.iter().all(|word| {
            MORE.contains(&word.as_str())
                || WHOLE.contains(&word.as_str())
                || WEAK.contains(&word.as_str())
                || [
                    "token",
                    "tokens",
                    "secret",
                    "secrets",
                    "password",
                    "passwords",
                    "credentials",
                    "apikey",
                    "passphrase",
                ]
                .contains(&word.as_str())
        })
}

fn is_secret_word(word: &str) -> bool {
    if HARMLESS.contains(&word) || word.starts_with("tokeni") {
        return false;
    }
    WHOLE.contains(&word)
        || STEMS.iter().any(|stem| word.contains(stem))
        || word.contains("token")
        || (word.ends_with("pass") && word.len() > 4)
        || (word.ends_with("pwd") || word.starts_with("pwd") && word.len() < 8)
        || (word.ends_with("pw") && word.len() < 7)
        || word.ends_with("jwt")
        || (word.starts_with("pass") && word.len() > 4 && word[4..].bytes().all(|byte| byte.is_ascii_digit()))
}

/// Words that are one secret word together: `pass word`, `pass_phrase`, `connection string`.
fn glued(words: &[String]) -> bool {
    const PAIRS: [(&str, &str); 8] = [
        ("seed", "phrase"),
        ("pass", "phrase"),
        ("pass", "word"),
        ("pass", "code"),
        ("connection", "string"),
        ("conn", "string"),
        ("conn", "str"),
        ("private", "pem"),
    ];
    words.windows(2).any(|pair| PAIRS.iter().any(|(a, b)| pair[0] == *a && pair[1] == *b))
}

/// What the `key` of a name opens.
fn keys(words: &[String]) -> Class {
    let mut class = Class::Plain;
    for (index, word) in words.iter().enumerate() {
        let plain = word == "key" || word == "keys";
        let before = index.checked_sub(1).and_then(|index| words.get(index)).map(String::as_str);
        let before = if plain { before } else { word.strip_suffix("keys").or_else(|| word.strip_suffix("key")) };
        let Some(before) = before.filter(|before| !before.is_empty()) else { continue };
        if HARMLESS.contains(&word.as_str()) || LOOKUP_KEYS.contains(&before) {
            continue;
        }
        if KEYS.contains(&before) {
            return Class::Secret;
        }
        if plain && index + 1 == words.len() {
            class = Class::Perhaps;
        }
    }
    class
}

/// `apiKey`, `API_KEY`, `x-api-key`, `APIKey` as words in lower case.
fn split(name: &str) -> Vec<String> {
    let bytes = name.as_bytes();
    let mut words: Vec<String> = vec![String::new()];
    for (at, byte) in bytes.iter().enumerate() {
        if !byte.is_ascii_alphanumeric() {
            words.push(String::new());
            continue;
        }
        let before = at.checked_sub(1).map(|at| bytes[at]);
        let after = bytes.get(at + 1);
        let hump = byte.is_ascii_uppercase()
            && before.is_some_and(|before| {
                before.is_ascii_lowercase()
                    || before.is_ascii_digit()
                    || before.is_ascii_uppercase() && after.is_some_and(u8::is_ascii_lowercase)
            });
        if hump {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.push(char::from(byte.to_ascii_lowercase()));
        }
    }
    words.retain(|word| !word.is_empty());
    words
}
