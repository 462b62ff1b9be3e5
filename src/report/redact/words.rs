//! Which names are names of secrets.

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

/// Parts of words that only names of secrets have, however they are glued together.
const STEMS: [&str; 26] = [
    "password",
    "passwd",
    "passwort",
    "passphrase",
    "passcode",
    "contrasena",
    "secret",
    "apikey",
    "credential",
    "creds",
    "privatekey",
    "accesskey",
    "authkey",
    "signingkey",
    "encryptionkey",
    "masterkey",
    "sharedkey",
    "accountkey",
    "requirepass",
    "masterauth",
    "sshpass",
    "basicauth",
    "digestauth",
    "connectionstring",
    "connstr",
    "pgpass",
];

/// Whole words that are secrets.
const WHOLE: [&str; 20] = [
    "pwd",
    "pw",
    "pass",
    "passw",
    "psw",
    "pswd",
    "jwt",
    "jwts",
    "bearer",
    "authorization",
    "salt",
    "pepper",
    "otp",
    "totp",
    "mfa",
    "pem",
    "pat",
    "hmac",
    "cred",
    "mnemonic",
];

/// Words that hold such a part and mean something else.
const HARMLESS: [&str; 26] = [
    "passport",
    "passwordless",
    "secretary",
    "secretariat",
    "tokenless",
    "bypass",
    "compass",
    "trespass",
    "surpass",
    "encompass",
    "overpass",
    "underpass",
    "proxypass",
    "fastcgipass",
    "uwsgipass",
    "scgipass",
    "grpcpass",
    "monkey",
    "donkey",
    "turkey",
    "hockey",
    "jockey",
    "whiskey",
    "hotkey",
    "passkey",
    "multipass",
];

/// Words that make a secret together with a second one, and perhaps alone.
const WEAK: [&str; 22] = [
    "auth",
    "session",
    "sessionid",
    "cookie",
    "cookies",
    "sid",
    "dsn",
    "pin",
    "sig",
    "signature",
    "webhook",
    "webhooks",
    "license",
    "licence",
    "cert",
    "oauth",
    "htpasswd",
    "login",
    "signing",
    "encryption",
    "invite",
    "magic",
];

/// What makes a `key` one that opens something.
const KEYS: [&str; 49] = [
    "api",
    "access",
    "private",
    "priv",
    "secret",
    "signing",
    "sign",
    "encryption",
    "encrypt",
    "crypto",
    "cipher",
    "master",
    "auth",
    "jwt",
    "session",
    "app",
    "service",
    "account",
    "shared",
    "hmac",
    "aes",
    "rsa",
    "dsa",
    "ecdsa",
    "ssh",
    "gpg",
    "pgp",
    "license",
    "stripe",
    "aws",
    "admin",
    "client",
    "consumer",
    "server",
    "webhook",
    "deploy",
    "root",
    "openai",
    "sendgrid",
    "twilio",
    "mailgun",
    "azure",
    "gcp",
    "google",
    "fernet",
    "vapid",
    "security",
    "token",
    "x",
];

/// What makes a `key` one that finds something.
const LOOKUP_KEYS: [&str; 53] = [
    "storage",
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
    "local",
    "i18n",
    "translation",
    "label",
    "lookup",
    "dict",
    "data",
    "item",
    "group",
    "field",
    "column",
    "index",
    "route",
    "event",
    "registry",
    "hot",
    "up",
    "down",
    "arrow",
    "enter",
    "escape",
    "tab",
    "space",
    "this",
    "any",
    "each",
    "first",
    "last",
    "on",
    "is",
    "theme",
    "color",
    "config",
    "locale",
    "site",
    "publishable",
    "react",
    "idempotency",
    "composite",
    "short",
    "mutation",
];

/// Last words of names that speak about a secret, and never hold it.
const ABOUT: [&str; 66] = [
    "algorithm",
    "alg",
    "algorithms",
    "type",
    "types",
    "expire",
    "expires",
    "expiry",
    "expiration",
    "lifetime",
    "minutes",
    "hours",
    "days",
    "seconds",
    "ms",
    "ttl",
    "length",
    "count",
    "limit",
    "min",
    "max",
    "enabled",
    "enable",
    "disabled",
    "required",
    "age",
    "size",
    "version",
    "policy",
    "strategy",
    "status",
    "placeholder",
    "label",
    "error",
    "errors",
    "message",
    "title",
    "hint",
    "help",
    "regex",
    "pattern",
    "schema",
    "format",
    "encoding",
    "provider",
    "module",
    "component",
    "screen",
    "page",
    "view",
    "form",
    "button",
    "icon",
    "middleware",
    "guard",
    "reset",
    "manager",
    "handler",
    "callback",
    "context",
    "rounds",
    "iterations",
    "port",
    "visible",
    "valid",
    "samesite",
];

/// Last words of names that mostly say where a secret is.
const WHERE: [&str; 20] = [
    "url", "uri", "host", "hosts", "issuer", "audience", "endpoint", "path", "file", "dir", "header", "headers",
    "name", "names", "prefix", "suffix", "param", "field", "fields", "id",
];

/// First words of names that count.
const COUNTING: [&str; 8] = ["max", "min", "num", "total", "is", "has", "no", "should"];

/// The directives of nginx, and options of programs, that look like names and are none.
const NOT_NAMES: [&str; 14] = [
    "proxy_pass",
    "fastcgi_pass",
    "uwsgi_pass",
    "scgi_pass",
    "grpc_pass",
    "memcached_pass",
    "by_pass",
    "pass_through",
    "passthrough",
    "pass-through",
    "auth_basic",
    "auth_request",
    "same-site",
    "proxy_cookie_path",
];

/// Keys of a query that hold a secret although their name does not say so.
const QUERY_KEYS: [&str; 21] = [
    "p",
    "pw",
    "code",
    "key",
    "k",
    "sig",
    "signature",
    "auth",
    "jwt",
    "ticket",
    "session",
    "sid",
    "sessionid",
    "pin",
    "otp",
    "hmac",
    "hash",
    "se",
    "sv_sig",
    "t",
    "cookie",
];

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
