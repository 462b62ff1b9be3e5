//! Patterns of file names.

/// Shell patterns of one name, as `glob(3)` reads them in the C locale of servers: byte by byte, a leading dot is matched only by
/// a dot, `[...]` is a set.
#[must_use]
pub fn matches_name(pattern: &str, name: &str) -> bool {
    if name.starts_with('.') && !pattern.starts_with('.') {
        return false;
    }
    let (pattern, name) = (pattern.as_bytes(), name.as_bytes());
    // Positions behind the last star: where to go on when what follows it does not fit.
    let (mut p, mut n, mut retry) = (0, 0, None);
    while let Some(wanted) = name.get(n) {
        if pattern.get(p) == Some(&b'*') {
            p += 1;
            retry = Some((p, n));
            continue;
        }
        if let Some(length) = pattern.get(p..).and_then(|rest| one(rest, *wanted)) {
            (p, n) = (p + length, n + 1);
            continue;
        }
        let Some((after_star, at)) = retry else { return false };
        retry = Some((after_star, at + 1));
        (p, n) = (after_star, at + 1);
    }
    pattern.get(p..).unwrap_or_default().iter().all(|c| *c == b'*')
}

/// How much of a pattern stands for the character `wanted`, when its start does.
fn one(pattern: &[u8], wanted: u8) -> Option<usize> {
    match pattern {
        [b'?', ..] => Some(1),
        [b'[', rest @ ..] => match bracket(rest, wanted) {
            Some((fits, length)) => fits.then_some(length + 1),
            // Without an end it is a character like others.
            None => (wanted == b'[').then_some(1),
        },
        [b'\\', escaped, ..] => (*escaped == wanted).then_some(2),
        [plain, ..] => (*plain == wanted).then_some(1),
        [] => None,
    }
}

/// Whether `wanted` is in the set that follows a `[`, and how long that is; `None` when nothing ends it.
fn bracket(set: &[u8], wanted: u8) -> Option<(bool, usize)> {
    let negated = matches!(set, [b'!' | b'^', ..]);
    let start = usize::from(negated);
    let (mut at, mut found) = (start, false);
    loop {
        let rest = set.get(at..)?;
        if let [b'[', b':', rest @ ..] = rest
            && let Some(length) = rest.windows(2).position(|end| end == [b':', b']'])
        {
            found |= is_in_class(rest.get(..length)?, wanted);
            at += length + 4;
            continue;
        }
        match rest {
            [b']', ..] if at > start => return Some((found != negated, at + 1)),
            _ => {}
        }
        let (low, length) = member(rest)?;
        at += length;
        // `-` at the end of the set is a character like others.
        match set.get(at..)? {
            [b'-', after @ ..] if !matches!(after, [b']', ..]) => {
                let (high, length) = member(after)?;
                at += length + 1;
                found |= (low..=high).contains(&wanted);
            }
            _ => found |= low == wanted,
        }
    }
}

/// A character of a set, and how long it is written.
fn member(set: &[u8]) -> Option<(u8, usize)> {
    match set {
        [b'\\', escaped, ..] => Some((*escaped, 2)),
        [plain, ..] => Some((*plain, 1)),
        [] => None,
    }
}

fn is_in_class(class: &[u8], wanted: u8) -> bool {
    match class {
        b"alnum" => wanted.is_ascii_alphanumeric(),
        b"alpha" => wanted.is_ascii_alphabetic(),
        b"blank" => matches!(wanted, b' ' | b'\t'),
        b"cntrl" => wanted.is_ascii_control(),
        b"digit" => wanted.is_ascii_digit(),
        b"graph" => wanted.is_ascii_graphic(),
        b"lower" => wanted.is_ascii_lowercase(),
        b"print" => wanted == b' ' || wanted.is_ascii_graphic(),
        b"punct" => wanted.is_ascii_punctuation(),
        b"space" => matches!(wanted, b' ' | b'\t'..=b'\r'),
        b"upper" => wanted.is_ascii_uppercase(),
        b"xdigit" => wanted.is_ascii_hexdigit(),
        _ => false,
    }
}

/// The same for a path, part by part.
#[must_use]
pub fn matches_path(pattern: &str, path: &str) -> bool {
    let (mut patterns, mut names) = (pattern.split('/'), path.split('/'));
    loop {
        match (patterns.next(), names.next()) {
            (None, None) => return true,
            (Some(pattern), Some(name)) if matches_name(pattern, name) => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_as_in_a_shell() {
        for (pattern, name, expected) in [
            ("*.conf", "a.conf", true),
            ("*.conf", "a.conf.bak", false),
            ("*", ".hidden", false),
            ("a*b*c", "a1b2b3c", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("a?c", "aéc", false),
            ("a??c", "aéc", true),
        ] {
            assert_eq!(matches_name(pattern, name), expected, "{pattern} {name}");
        }
        assert!(matches_path("/etc/nginx/*.d/*.conf", "/etc/nginx/conf.d/a.conf"));
        assert!(!matches_path("/etc/nginx/*.conf", "/etc/nginx/conf.d/a.conf"));
    }

    /// What a real nginx includes of these files, and in this order.
    #[test]
    fn sets_match_as_nginx_includes() {
        let names = "!.conf -.conf .h.conf 1.conf 10.conf A.conf [.conf ].conf ^.conf a*.conf a-b.conf a.conf b.conf m x.conf é.conf";
        for (pattern, expected) in [
            (r"[0-9]*.conf", "1.conf 10.conf"),
            (r"[0-9].conf", "1.conf"),
            (r"[a-z]*.conf", "a*.conf a-b.conf a.conf b.conf x.conf"),
            (r"[!x].conf", "!.conf -.conf 1.conf A.conf [.conf ].conf ^.conf a.conf b.conf"),
            (r"[]x].conf", "].conf x.conf"),
            (r"[!]x].conf", "!.conf -.conf 1.conf A.conf [.conf ^.conf a.conf b.conf"),
            (r"[a-].conf", "-.conf a.conf"),
            (r"[z-a].conf", ""),
            (r"[[:digit:]]*.conf", "1.conf 10.conf"),
            (
                r"[![:digit:]]*.conf",
                "!.conf -.conf A.conf [.conf ].conf ^.conf a*.conf a-b.conf a.conf b.conf x.conf é.conf",
            ),
            (r"[[:alpha:][:digit:]].conf", "1.conf A.conf a.conf b.conf x.conf"),
            (r"[.]h.conf", ""),
            (r"[!a].h.conf", ""),
            (r"a\*.conf", "a*.conf"),
            (r"a[*].conf", "a*.conf"),
            (r"[\]].conf", "].conf"),
            (r"[A-z].conf", "A.conf [.conf ].conf ^.conf a.conf b.conf x.conf"),
            (r"[[:foo:]].conf", ""),
            (r".?.conf", ".h.conf"),
            (r"[a\-c].conf", "-.conf a.conf"),
        ] {
            let found: Vec<&str> = names.split(' ').filter(|name| matches_name(pattern, name)).collect();
            assert_eq!(found.join(" "), expected, "{pattern}");
        }
    }

    #[test]
    fn what_ends_no_set_is_text() {
        assert!(matches_name("[.conf", "[.conf"));
        assert!(matches_name("*[a", "x[a"));
        assert!(matches_name("[!]", "[!]"));
        assert!(!matches_name("[a.conf", "a.conf"));
    }
}
