//! Secrets that are known by their form.

use super::Mask;
use super::names::is_secret;

/// How known tokens begin, and how long they are at least.
const PREFIXES: [(&str, usize); 22] = [
    ("AKIA", 20),
    ("ASIA", 20),
    ("AIza", 35),
    ("ghp_", 20),
    ("gho_", 20),
    ("ghu_", 20),
    ("ghs_", 20),
    ("ghr_", 20),
    ("github_pat_", 30),
    ("glpat-", 20),
    ("sk-", 20),
    ("sk_live_", 16),
    ("sk_test_", 16),
    ("rk_live_", 16),
    ("whsec_", 16),
    ("xoxb-", 16),
    ("xoxp-", 16),
    ("xapp-", 16),
    ("npm_", 30),
    ("hf_", 30),
    ("SG.", 30),
    ("ya29.", 20),
];

/// Marks keys, tokens and the secret parts of URLs.
pub(super) fn mark(text: &str, mask: &mut Mask) {
    private_keys(text, mask);
    web_tokens(text, mask);
    known_prefixes(text, mask);
    authorizations(text, mask);
    user_information(text, mask);
    queries(text, mask);
}

fn private_keys(text: &str, mask: &mut Mask) {
    let mut from = 0;
    while let Some(begin) = text[from..].find("-----BEGIN ").map(|at| from + at) {
        let Some(header) = text[begin + 11..].find("-----").map(|at| begin + 11 + at + 5) else { return };
        let end = text[header..].find("-----END").map_or(text.len(), |at| header + at);
        if text[begin..header].contains("PRIVATE KEY") {
            mask.hide(header, end);
        }
        from = header;
    }
}

/// `header.payload.signature`, each in base64url; the header starts with `{"`.
fn web_tokens(text: &str, mask: &mut Mask) {
    for (start, _) in text.match_indices("eyJ") {
        let end = run(text, start, |c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
        let token = &text[start..end];
        if token.len() > 24 && token.contains('.') {
            mask.hide(start, end);
        }
    }
}

fn known_prefixes(text: &str, mask: &mut Mask) {
    for (prefix, least) in PREFIXES {
        for (start, _) in text.match_indices(prefix) {
            let inside_word = text[..start].chars().next_back().is_some_and(|c| c.is_ascii_alphanumeric());
            let end = run(text, start, |c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
            if !inside_word && end - start >= least {
                mask.hide(start, end);
            }
        }
    }
}

fn authorizations(text: &str, mask: &mut Mask) {
    for scheme in ["Bearer ", "bearer ", "Basic ", "basic "] {
        for (at, _) in text.match_indices(scheme) {
            let start = at + scheme.len();
            let end = run(text, start, |c| c.is_ascii_alphanumeric() || "-._~+/=".contains(c));
            let credentials = &text[start..end];
            // `Bearer token` in a sentence is no credential.
            if credentials.len() >= 8 && credentials.contains(|c: char| c.is_ascii_digit() || c.is_ascii_uppercase()) {
                mask.hide(start, end);
            }
        }
    }
}

/// `scheme://user:password@host`.
fn user_information(text: &str, mask: &mut Mask) {
    for (at, _) in text.match_indices("://") {
        let start = at + 3;
        let authority =
            run(text, start, |c| !c.is_whitespace() && !matches!(c, '/' | '?' | '#' | '"' | '\'' | '`' | '<' | '>'));
        let mut end = text[start..authority].rfind('@').map(|length| start + length);
        if end.is_none() && text[start..authority].contains(':') && !is_web(&text[..at]) {
            // A database password may hold an unescaped slash.
            let rest = run(text, start, |c| !c.is_whitespace() && !matches!(c, '"' | '\'' | '`'));
            end = text[start..rest].rfind('@').map(|length| start + length);
        }
        if let Some(end) = end {
            let known = &text[start..end];
            let only_names =
                known.split(':').all(|part| part.starts_with("${") && part.ends_with('}') && !part.contains(":-"));
            if !only_names {
                mask.hide(start, end);
            }
        }
    }
}

fn is_web(before: &str) -> bool {
    ["http", "https", "ws", "wss"].iter().any(|scheme| before.ends_with(scheme))
}

/// `?token=value`, `&access_token=value`.
fn queries(text: &str, mask: &mut Mask) {
    for (at, _) in text.match_indices(['?', '&']) {
        let name_start = at + 1;
        let name_end = run(text, name_start, |c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
        let name = &text[name_start..name_end];
        let also = matches!(name, "key" | "sig" | "signature" | "auth" | "jwt" | "ticket" | "session" | "sid");
        if !text[name_end..].starts_with('=') || !(also || is_secret(name)) {
            continue;
        }
        let start = name_end + 1;
        let end = run(text, start, |c| !c.is_whitespace() && !"&#\"'`<>)},;".contains(c));
        if !text[start..].starts_with(['$', '{', '=']) {
            mask.hide(start, end);
        }
    }
}

/// The end of the run of characters that begins at `start`.
fn run(text: &str, start: usize, belongs: impl Fn(char) -> bool) -> usize {
    text[start..].find(|c| !belongs(c)).map_or(text.len(), |length| start + length)
}
