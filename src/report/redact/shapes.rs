//! Secrets that are known by their form.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use super::address::{address, address_from, password_line, user_before};
use super::mask::Mask;
use super::scan::Scan;
use super::token_list::{HOOKS, MORE_PREFIXES, PREFIXES};
use super::value::{is_blob, is_random, looks_secret_word};
use super::words;

/// A key is not longer than this.
const LONGEST_KEY: usize = 16_384;

/// How much of a possible token is looked at before it is known to be one.
const LOOK: usize = 96;

/// Marks everything that its form gives away.
pub(super) fn mark(scan: &Scan<'_>, mask: &mut Mask) {
    private_keys(scan, mask);
    mark_words(scan, mask);
}

/// Marks what its form gives away within a word.
pub(super) fn mark_words(scan: &Scan<'_>, mask: &mut Mask) {
    let mut at = 0;
    while at < scan.len() {
        let byte = scan.at(at);
        at = if byte.is_ascii_alphanumeric() {
            run(scan, at, mask)
        } else {
            match byte {
                b'?' | b'&' | b'#' | b'%' => query(scan, at, mask),
                b':' if scan.has(at, "://") => address(scan, at, mask),
                b':' if scan.has(at, ":%2F%2F") => address_from(scan, at, at + 7, mask),
                b'$' => password_hash(scan, at, mask),
                b'{' => ldap_hash(scan, at, mask),
                b'/' if scan.has(at, "/bot") && scan.at(at + 4).is_ascii_digit() => telegram(scan, at, mask),
                b'@' => user_before(scan, at, mask),
                b':' => password_line(scan, at, mask),
                _ => at + 1,
            }
            .max(at + 1)
        };
    }
    scan.count(scan.len());
    hooks(scan, mask);
}

/// PEM blocks. One that does not end hides the rest.
fn private_keys(scan: &Scan<'_>, mask: &mut Mask) {
    let mut from = 0;
    let text = scan.bytes;
    let begin = memchr::memmem::Finder::new("-----BEGIN");
    let ends = memchr::memmem::Finder::new("-----END");
    scan.count(scan.len());
    while let Some(start) = begin.find(&text[from..]).map(|length| from + length) {
        let named = scan.run(start + 10, start + 90, |byte| byte.is_ascii_alphanumeric() || b" _".contains(&byte));
        if !scan.slice(start, named).contains("PRIVATE") || !scan.has(named, "-----") {
            from = named;
            continue;
        }
        let window = &text[named..text.len().min(named + LONGEST_KEY)];
        // One that does not end is as long as its lines look like one.
        let end = ends.find(window).map_or_else(|| key_lines(scan, named + 5), |length| named + length);
        mask.hide(named + 5, end);
        scan.count(end - named);
        from = end;
    }
}

/// The end of the lines of a key from `at` on.
fn key_lines(scan: &Scan<'_>, at: usize) -> usize {
    let mut end = at;
    loop {
        let line = scan.line_end(end);
        let content = scan.slice(end, line).trim_matches([' ', '\t', '"', '\'', ',', '+', '\\', 'n', ';', '`']);
        let header = content.contains(": ") && content.len() < 80 && content.contains(',');
        scan.count(content.len());
        if !(header || content.len() <= 4096 && content.bytes().all(|byte| is_blob(byte) || byte == b'\\')) {
            return end;
        }
        if line >= scan.len() {
            return line;
        }
        end = line + 1;
    }
}

/// A run of letters and digits, with the marks that tokens have inside.
fn run(scan: &Scan<'_>, start: usize, mask: &mut Mask) -> usize {
    let end = scan.run(start, scan.len(), |byte| is_blob(byte) || matches!(byte, b'.' | b'~'));
    let mut at = start;
    // Prefixes begin at the run or after a mark in it.
    let mut begins = true;
    while at < end {
        if begins
            && scan.at(at).is_ascii_alphanumeric()
            && let Some(to) = token_at(scan, at, end)
        {
            mask.hide(at, to);
            at = to;
            continue;
        }
        if scan.has(at, "/bot") && scan.at(at + 4).is_ascii_digit() {
            telegram(scan, at, mask);
        }
        begins = !scan.at(at).is_ascii_alphanumeric();
        at += 1;
    }
    random(scan, start, end, mask);
    segments(scan, start, end, mask);
    scheme(scan, start, end, mask);
    end
}

/// The prefixes of tokens by their first byte: most places of a text begin none.
static BY_FIRST: LazyLock<Vec<Vec<(&str, usize)>>> = LazyLock::new(|| {
    let all = || PREFIXES.iter().chain(&MORE_PREFIXES).copied();
    (0..=u8::MAX).map(|byte| all().filter(|(prefix, _)| prefix.as_bytes().first() == Some(&byte)).collect()).collect()
});

/// The end of the token that begins here by its prefix.
fn token_at(scan: &Scan<'_>, at: usize, end: usize) -> Option<usize> {
    scan.count(4);
    let known = |(prefix, least): &(&str, usize)| {
        scan.bytes[at..end].starts_with(prefix.as_bytes()).then(|| {
            let belongs = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.~+=|/".contains(&byte);
            // A look at its beginning says whether it is one: many beginnings in a row stay cheap.
            let from = at + prefix.len();
            let to = scan.run(from, end.min(from + LOOK), belongs);
            (to - from >= *least && token_like(&scan.bytes[from..to])).then(|| scan.run(to, end, belongs))
        })?
    };
    let found = BY_FIRST.get(usize::from(scan.at(at)))?.iter().find_map(known);
    found.or_else(|| web_token(scan, at, end))
}

/// Not `sk-button-primary-large`: a digit or a capital, or a run without marks.
fn token_like(rest: &[u8]) -> bool {
    rest.iter().any(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
        || rest.split(|byte| !byte.is_ascii_alphanumeric()).any(|run| run.len() >= 16)
}

/// `header.payload.signature`, each in base64url; the header starts with `{"`. Also a header with what is left.
fn web_token(scan: &Scan<'_>, at: usize, end: usize) -> Option<usize> {
    if !scan.bytes[at..end].starts_with(b"eyJ") && !scan.bytes[at..end].starts_with(b"ZXlK") {
        return None;
    }
    let to = scan.run(at, end, |byte| byte.is_ascii_alphanumeric() || b"-_.=".contains(&byte));
    (to - at > 16).then_some(to)
}

/// Random runs; words and addresses are none.
fn random(scan: &Scan<'_>, start: usize, end: usize, mask: &mut Mask) {
    let run = scan.slice(start, end);
    // Hashes of what anybody may read.
    if ["sha1-", "sha256-", "sha384-", "sha512-"].iter().any(|hash| run.starts_with(hash)) {
        return;
    }
    let mut from = start;
    for at in start..=end {
        let inside = at < end && (scan.at(at).is_ascii_alphanumeric() || matches!(scan.at(at), b'+' | b'_' | b'-'));
        if !inside {
            if is_random(scan.slice(from, at)) {
                mask.hide(from, at);
            }
            from = at + 1;
        }
    }
    // base64 has slashes
    let parts = || run.trim_end_matches('=').split('/');
    if run.contains('/')
        && !run.contains('.')
        && parts().all(|part| part.len() > 5 && part.bytes().any(|byte| byte.is_ascii_digit()))
        && is_random(&run.replace('/', ""))
    {
        mask.hide(start, end);
    }
}

/// `/reset-password/aB3dE5fG7hJ9`: behind a segment that says so.
fn segments(scan: &Scan<'_>, start: usize, end: usize, mask: &mut Mask) {
    const BEFORE: [&str; 22] = [
        "verify",
        "token",
        "tokens",
        "reset",
        "reset-password",
        "password",
        "invite",
        "invites",
        "key",
        "keys",
        "secret",
        "secrets",
        "hook",
        "hooks",
        "webhook",
        "webhooks",
        "activate",
        "confirm",
        "unsubscribe",
        "magic",
        "session",
        "share",
    ];
    let mut at = start;
    let mut said = false;
    for segment in scan.slice(start, end).split('/') {
        if said && looks_secret_word(segment) {
            mask.hide(at, at + segment.len());
        }
        said = BEFORE.contains(&segment);
        at += segment.len() + 1;
    }
}

/// `Bearer value`, `Basic value`.
fn scheme(scan: &Scan<'_>, start: usize, end: usize, mask: &mut Mask) {
    let word = scan.slice(start, end);
    if !["bearer", "basic"].iter().any(|scheme| word.eq_ignore_ascii_case(scheme)) {
        return;
    }
    let from = match scan.slice(end, end + 3) {
        "%20" => end + 3,
        _ => scan.blanks(end, end + 8),
    };
    let to = scan.run(from, scan.len(), |byte| byte.is_ascii_alphanumeric() || b"-._~+/=!@#%^&*:".contains(&byte));
    let value = scan.slice(from, to);
    let told = value.bytes().any(|byte| byte.is_ascii_digit())
        || value.bytes().skip(1).any(|byte| byte.is_ascii_uppercase())
        || value.len() >= 20
        || value.matches(['-', '_']).count() >= 2;
    // `Bearer token` in a sentence is no credential, and neither is the name of a scheme.
    if from > end && value.len() >= 6 && told && !words::is_only_words(value) {
        mask.hide(from, to);
    }
}

/// `?token=value`, `&access_token=value`, `#access_token=value`, `%26token%3Dvalue`.
fn query(scan: &Scan<'_>, at: usize, mask: &mut Mask) -> usize {
    let mut from = at + 1;
    if scan.at(at) == b'%' {
        let mark = ["%26", "%3F", "%23", "%3B", "%2526", "%253F"].iter().find(|mark| scan.has(at, mark));
        let Some(mark) = mark else { return at + 1 };
        from = at + mark.len();
    }
    if scan.has(from, "amp;") {
        from += 4;
    }
    if scan.before(at) == b'&' && scan.at(at) == b'&' || (scan.at(at) == b'#' && scan.before(at) == b'&') {
        return at + 1;
    }
    let end = scan.run(from, from + 64, |byte| byte.is_ascii_alphanumeric() || b"_-.[]".contains(&byte));
    let name = scan.slice(from, end).trim_end_matches(['[', ']']);
    let equals = ["=", "%3D", "%253D"].iter().find(|mark| scan.has(end, mark));
    let (Some(equals), false) = (equals, name.is_empty()) else { return at + 1 };
    let last = name.rsplit(['.', '[']).next().unwrap_or(name);
    if !words::is_query_key(last) {
        return at + 1;
    }
    let start = end + equals.len();
    let first = scan.at(start);
    if matches!(first, b'$' | b'{' | b'=' | b':') || first == b'%' && !scan.has(start, "%2") {
        return at + 1;
    }
    let encoded = equals.len() > 1 || scan.at(at) == b'%';
    let mut to = start;
    while to < scan.len() {
        let byte = scan.at(to);
        let ends = byte.is_ascii_whitespace()
            || b"&#\"'`<>)},\\|".contains(&byte)
            || byte == b';' && matches!(scan.at(to + 1), b'\n' | b'\r' | b' ' | 0 | b'}');
        if ends
            || (encoded && (scan.has(to, "%26") || scan.has(to, "%2526")))
            || (byte == b'$' && scan.at(to + 1) == b'{')
        {
            break;
        }
        to += 1;
    }
    scan.count(to - start);
    let value = scan.slice(start, to);
    let number = value.len() <= 4 && value.bytes().all(|byte| byte.is_ascii_digit());
    let weak = words::class(last) < words::Class::Secret;
    let trivial = weak && (number || value.len() < 3);
    if !trivial {
        mask.hide(start, to);
        return to.max(at + 1);
    }
    at + 1
}

/// `$apr1$salt$hash`, `$2y$10$hash`, doubled dollar signs as compose wants them.
fn password_hash(scan: &Scan<'_>, at: usize, mask: &mut Mask) -> usize {
    let doubled = scan.has(at, "$$");
    let from = at + 1 + usize::from(doubled);
    let kinds = ["apr1", "2a", "2b", "2y", "1", "5", "6", "argon2id", "argon2i", "y", "scrypt", "pbkdf2-sha256", "7"];
    let kind = kinds.iter().find(|kind| scan.has(from, kind) && scan.at(from + kind.len()) == b'$');
    let Some(kind) = kind else { return at + 1 };
    let start = from + kind.len();
    let end = scan.run(start, scan.len(), |byte| byte.is_ascii_alphanumeric() || b"$./=+,-_".contains(&byte));
    if end - start < 12 {
        return at + 1;
    }
    mask.hide(at, end);
    end
}

/// `{SHA}hash`, `{SSHA}hash`, `{bcrypt}hash`.
fn ldap_hash(scan: &Scan<'_>, at: usize, mask: &mut Mask) -> usize {
    let kind = ["{SHA}", "{SSHA}", "{bcrypt}", "{MD5}", "{PLAIN}", "{noop}"].iter().find(|kind| scan.has(at, kind));
    let Some(kind) = kind else { return at + 1 };
    let end = scan.run(at + kind.len(), scan.len(), |byte| is_blob(byte) || byte == b'.' || byte == b'$');
    mask.hide(at + kind.len(), end);
    end
}

/// `/bot123456:token/`.
fn telegram(scan: &Scan<'_>, at: usize, mask: &mut Mask) -> usize {
    let number = scan.run(at + 4, at + 24, |byte| byte.is_ascii_digit());
    let colon = if scan.at(number) == b':' {
        1
    } else if scan.has(number, "%3A") {
        3
    } else {
        return at + 1;
    };
    let end = scan.run(number + colon, scan.len(), |byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    mask.hide(at + 4, end);
    end
}

/// Built once: sentences are short, and there are many.
static FINDER: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| AhoCorasick::builder().ascii_case_insensitive(true).build(HOOKS).ok());

/// Addresses that let whoever knows them post.
fn hooks(scan: &Scan<'_>, mask: &mut Mask) {
    let Some(finder) = &*FINDER else { return };
    scan.count(scan.len());
    for found in finder.find_iter(scan.text) {
        let end =
            scan.run(found.end(), scan.len(), |byte| byte.is_ascii_alphanumeric() || b"/_-.@%=&?:+~".contains(&byte));
        mask.hide(found.end(), end);
    }
}
