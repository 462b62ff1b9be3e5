//! Users and passwords in addresses, and in lines that programs look addresses up in.

use super::mask::Mask;
use super::scan::Scan;
use super::value::secret_part;

/// `scheme://user:password@host`.
pub(super) fn address(scan: &Scan<'_>, at: usize, mask: &mut Mask) -> usize {
    address_from(scan, at, at + 3, mask)
}

pub(super) fn address_from(scan: &Scan<'_>, at: usize, start: usize, mask: &mut Mask) -> usize {
    let before = scan.slice(at.saturating_sub(6), at);
    let web = ["http", "https", "ws", "wss"].iter().any(|scheme| before.ends_with(scheme));
    let mut known: Option<usize> = None;
    let mut colon = false;
    let mut slash = false;
    let mut depth = 0usize;
    let mut end = start;
    while end < scan.len() && end - start < 512 {
        let byte = scan.at(end);
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 0 => break,
            b'}' => depth -= 1,
            _ if depth > 0 && byte != b'\n' && byte != b'`' => {}
            b'"' | b'\'' | b'`' | b'<' | b'>' | b'\\' | b',' if !(byte == b',' && colon && !web) => break,
            b'%' if scan.has(end, "%40") => known = Some(end),
            b'/' | b'?' | b'#' if web || !colon => break,
            b'/' => slash = true,
            b':' => colon = true,
            b'@' => {
                known = Some(end);
                if slash {
                    break;
                }
            }
            _ if byte.is_ascii_whitespace() => break,
            _ => {}
        }
        end += 1;
    }
    scan.count(end - start);
    let Some(known) = known else { return at + 3 };
    let part = scan.slice(start, known);
    let only_references = part.split(':').all(|part| {
        (part.starts_with("${") || part.starts_with('{') || part.starts_with("%(") || part.starts_with('<'))
            && !part.contains(":-")
            && part.ends_with(['}', 's', '>'])
            || part.starts_with('$') && part[1..].bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    });
    if !only_references {
        // A reference in it still says where a part is.
        mask.hide(start, known);
    }
    known
}

/// `user:password@host` where no scheme is in front of it.
pub(super) fn user_before(scan: &Scan<'_>, at: usize, mask: &mut Mask) -> usize {
    let host = scan.run(at + 1, at + 80, |byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    let after = scan.slice(at + 1, host);
    let placed = matches!(after, "tcp" | "unix") && scan.at(host) == b'('
        || after.contains('.') && after.bytes().any(|byte| byte.is_ascii_alphabetic())
        || scan.at(host) == b':' && scan.at(host + 1).is_ascii_digit()
        || after == "localhost"
        || scan.at(host) == b'/' && !after.is_empty();
    if !placed || after.starts_with("sha256") {
        return at + 1;
    }
    let mut start = at;
    let mut colon = None;
    while start > 0 && at - start < 128 {
        let byte = scan.before(start);
        if byte.is_ascii_whitespace() || b"\"'`<>(){}[],/|".contains(&byte) || (byte == b'=' && colon.is_some()) {
            break;
        }
        if byte == b':' {
            colon = Some(start);
        }
        start -= 1;
    }
    scan.count(at - start);
    let Some(colon) = colon else { return at + 1 };
    let user = scan.slice(start, colon - 1);
    let others = [
        "npm",
        "workspace",
        "mailto",
        "sip",
        "xmpp",
        "acct",
        "git",
        "patch",
        "link",
        "file",
        "portal",
        "http",
        "https",
    ];
    if at - colon >= 3 && !user.is_empty() && !others.contains(&user) && !scan.slice(colon, at).starts_with(['$', '{'])
    {
        mask.hide(colon, at);
    }
    at + 1
}

/// `host:port:database:user:password`, a line of PostgreSQL's password file. `at` is the first colon.
pub(super) fn password_line(scan: &Scan<'_>, at: usize, mask: &mut Mask) -> usize {
    let port = scan.run(at + 1, at + 7, |byte| byte.is_ascii_digit() || byte == b'*');
    if port == at + 1 || scan.at(port) != b':' {
        return at + 1;
    }
    let mut start = at;
    while start > 0 && at - start < 80 && is_of_field(scan.before(start)) {
        start -= 1;
    }
    let field = |from: usize| {
        let end = scan.run(from, from + 80, is_of_field);
        (end > from && scan.at(end) == b':').then_some(end)
    };
    scan.count(at - start);
    let begins = matches!(scan.before(start), 0 | b'\n' | b'\r' | b' ' | b'\t' | b'"' | b'\'' | b'`' | b'=' | b'(');
    let Some(database) = field(port + 1).filter(|_| begins && start < at) else { return at + 1 };
    let Some(user) = field(database + 1) else { return at + 1 };
    let alone = matches!(scan.before(start), 0 | b'\n' | b'\r');
    let from = user + 1;
    let end = scan.until(from, from + 256, |byte| match byte {
        b'\n' | b'\r' | b'"' | b'\'' | b'`' => true,
        byte => byte.is_ascii_whitespace() && !alone,
    });
    // Hardware addresses and those of the sixth version have colons, too.
    let short = scan
        .slice(start, end)
        .split(':')
        .all(|part| part.len() <= 4 && part.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let value = scan.slice(from, end);
    if !short
        && !value.starts_with(char::is_whitespace)
        && let Some((a, b)) = secret_part(value)
    {
        mask.hide(from + a, from + b);
        return end;
    }
    at + 1
}

fn is_of_field(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"._-*$".contains(&byte)
}
