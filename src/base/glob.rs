//! Patterns of file names.

/// Shell patterns of one name, as `glob(3)` reads them: a leading dot is matched only by a dot.
#[must_use]
pub fn matches_name(pattern: &str, name: &str) -> bool {
    if name.starts_with('.') && !pattern.starts_with('.') {
        return false;
    }
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    // Positions behind the last star: where to go on when what follows it does not fit.
    let (mut p, mut n, mut retry) = (0, 0, None);
    while let Some(wanted) = name.get(n) {
        match pattern.get(p) {
            Some('*') => {
                retry = Some((p + 1, n));
                p += 1;
                continue;
            }
            Some(c) if *c == '?' || c == wanted => {
                (p, n) = (p + 1, n + 1);
                continue;
            }
            _ => {}
        }
        let Some((after_star, at)) = retry else { return false };
        retry = Some((after_star, at + 1));
        (p, n) = (after_star, at + 1);
    }
    pattern.get(p..).unwrap_or_default().iter().all(|c| *c == '*')
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
        ] {
            assert_eq!(matches_name(pattern, name), expected, "{pattern} {name}");
        }
        assert!(matches_path("/etc/nginx/*.d/*.conf", "/etc/nginx/conf.d/a.conf"));
        assert!(!matches_path("/etc/nginx/*.conf", "/etc/nginx/conf.d/a.conf"));
    }
}
