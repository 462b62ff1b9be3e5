//! Settings: names with values that need no quotes. Also what is written like settings inside the texts and comments of
//! other languages, and in sentences.

use super::{Class, Finder, Name, PieceKind, Trust};
use crate::report::redact::lex::Grammar;
use crate::report::redact::scan::is_name;
use crate::report::redact::value::looks_secret;
use crate::report::redact::words::{Class as Of, class};

/// Words that are followed by a secret with nothing but a space between.
const SPACED: [&str; 22] = [
    "requirepass",
    "masterauth",
    "password",
    "passwd",
    "secret",
    "token",
    "secure_link_secret",
    "_authtoken",
    "_password",
    "_auth",
    "machine_password",
    "account_password",
    "bearer",
    "authorization",
    "x-api-key",
    "api_key",
    "apikey",
    "api-key",
    "passphrase",
    "pass",
    "pwd",
    "cookie",
];

/// Where a value may be, and how it ends.
#[derive(Clone, Copy)]
pub(super) struct Region {
    pub(super) limit: usize,
    /// Inside a text or a comment, where other things may follow a value.
    pub(super) embedded: bool,
    pub(super) comment: bool,
    /// The name begins the text that it is in: the rest of the text is its value.
    pub(super) leads: bool,
}

impl<'a> Finder<'_, 'a, '_> {
    pub(super) fn in_settings(&mut self, name: Name<'a>) -> usize {
        let scan = self.scan;
        let piece = name.piece.map(|index| self.pieces[index]);
        let whole = name.piece.is_some_and(|index| self.is_whole(name, index));
        let mut region = match piece {
            Some(piece) if !whole => Region {
                limit: piece.end,
                embedded: true,
                comment: piece.kind == PieceKind::Comment,
                leads: piece.kind == PieceKind::Literal && self.leads(piece.start, name.start),
            },
            _ => {
                let prose = self.grammar == Grammar::Prose;
                Region { limit: scan.len(), embedded: prose, comment: prose && !whole, leads: false }
            }
        };
        let mut at = if whole { piece.map_or(name.end, |piece| piece.close) } else { name.end };
        let quoted = whole || matches!(scan.at(at), b'"' | b'\'') || scan.has(at, "\\\"") || scan.has(at, "\\'");
        if quoted && !whole {
            at += 1 + usize::from(scan.at(at) == b'\\');
        }
        while matches!(scan.at(at), b']' | b')' | b'}') && (region.embedded || scan.at(at) == b']') {
            at += 1;
        }
        if let Some(next) = self.asked_key(name, at) {
            return next;
        }
        at = self.tail(at, name);
        if at == usize::MAX {
            return name.end;
        }
        // Keys of a query end with the next key, and are looked at where addresses are.
        if matches!(scan.before(name.start), b'?' | b'&') && scan.at(at) == b'=' {
            return name.end;
        }
        let blank = scan.blanks(at, region.limit);
        let byte = scan.at(blank);
        if blank >= region.limit {
            // The text ends with the name: `"Authorization: " + value` has its value elsewhere.
            if !(region.leads && blank >= region.limit) {
                return name.end;
            }
        }
        let from = match byte {
            b'=' | b'!' | b'~' => {
                let mut end = scan.run(blank, blank + 4, |byte| matches!(byte, b'=' | b'!' | b'~' | b'>'));
                if scan.before(end) == b'~' && scan.at(end) == b'*' {
                    end += 1;
                }
                if scan.slice(blank, end) == "!" {
                    return name.end;
                }
                if self.grammar == Grammar::Nginx && matches!(scan.at(end), b'*' | b'^') {
                    end += 1;
                }
                end
            }
            b'+' | b'?' if scan.at(blank + 1) == b'=' => blank + 2,
            b':' if scan.at(blank + 1) == b'=' => {
                if scan.has(name.start.saturating_sub(2), "${") {
                    return self.default_of(name, blank + 2);
                }
                let from = scan.blanks(blank + 2, region.limit);
                // An expression of a template language is no value.
                if !matches!(scan.at(from), b'"' | b'\'' | b'`') && self.grammar != Grammar::Env {
                    return name.end;
                }
                from
            }
            b':' if matches!(scan.at(blank + 1), b'-' | b'?' | b'+')
                && scan.has(name.start.saturating_sub(2), "${") =>
            {
                return self.default_of(name, blank + 2);
            }
            b'-' if scan.has(name.start.saturating_sub(2), "${") => return self.default_of(name, blank + 1),
            b':' if self.is_mapping(name, blank, quoted, region) => blank + 1,
            b',' if quoted && self.is_pair(name) => blank + 1,
            b'%' if scan.has(blank, "%3D") => blank + 3,
            b'>' if scan.before(name.start) == b'<' => {
                let end = scan.until(blank + 1, region.limit, |byte| byte == b'<');
                self.hide(blank + 1, end, name.class, Trust::Given);
                return end;
            }
            _ if blank > at || quoted => match self.spaced(name, blank, quoted, region) {
                Some(from) => {
                    region.leads = false;
                    from
                }
                None => return name.end,
            },
            _ => return name.end,
        };
        self.value(name, from, region)
    }

    /// Whether nothing but the marks of a list or a command is in front of a name in its text.
    fn leads(&self, start: usize, name: usize) -> bool {
        name - start < 40
            && self
                .scan
                .slice(start, name)
                .chars()
                .all(|c| c.is_whitespace() || matches!(c, '-' | '*' | '"' | '{' | '\\'))
            && !self.scan.slice(start, name).contains(['{', '"'])
    }

    /// Past `.users` in `basicauth.users`, `[0]`, `_FILE`: `usize::MAX` when what follows only speaks about the secret.
    fn tail(&self, at: usize, name: Name<'_>) -> usize {
        let scan = self.scan;
        let mut end = at;
        while scan.at(end) == b'.' && is_name(scan.at(end + 1)) && end - at < 120 {
            let stop = scan.run(end + 1, end + 60, is_name);
            let word = scan.slice(end + 1, stop);
            let about = format!("password_{word}");
            if class(&about) < Of::Secret
                || class(word) > Of::Plain
                || matches!(word, "com" | "io" | "org" | "net" | "dev" | "local" | "js" | "ts" | "py")
            {
                // The name at the end of the path decides.
                return usize::MAX;
            }
            end = stop;
        }
        let _ = name;
        end
    }

    /// `${NAME:-value}`
    fn default_of(&mut self, name: Name<'a>, from: usize) -> usize {
        let scan = self.scan;
        let mut depth = 0usize;
        let mut end = from;
        // A longer one is hidden as far as this, and looked at no further.
        let limit = scan.line_end(from).min(from + 256);
        while end < limit {
            match scan.at(end) {
                b'{' => depth += 1,
                b'}' if depth == 0 => break,
                b'}' => depth -= 1,
                _ => {}
            }
            end += 1;
        }
        scan.count(end - from);
        if scan.at(from.saturating_sub(1)) == b'?' {
            return name.end;
        }
        self.hide(from, end, name.class, Trust::Given);
        if scan.has(from, "${") && self.levels.len() < 4 {
            self.levels.push(end);
            return from;
        }
        end.max(name.end)
    }

    /// Whether the colon at `at` gives the name a value.
    fn is_mapping(&self, name: Name<'_>, at: usize, quoted: bool, region: Region) -> bool {
        let scan = self.scan;
        let after = scan.at(at + 1);
        let apart = after == 0
            || after.is_ascii_whitespace()
            || matches!(after, b'"' | b'\'' | b'[' | b'{' | b'\\')
            || at + 1 >= region.limit;
        if scan.has(at, "://") {
            return false;
        }
        match self.grammar {
            Grammar::Prose | Grammar::Nginx | Grammar::Shell | Grammar::Docker if !region.embedded => quoted || apart,
            Grammar::Prose => quoted || apart || matches!(after, b'`'),
            Grammar::Json => quoted || apart,
            _ if region.embedded => quoted || apart || (region.leads && name.class == Class::Secret && after != b'$'),
            _ => quoted || apart || self.grammar == Grammar::Env,
        }
    }

    /// `["Authorization", "value"]`
    fn is_pair(&self, name: Name<'_>) -> bool {
        let scan = self.scan;
        let open = name.piece.map_or(name.start.saturating_sub(1), |piece| self.pieces[piece].open);
        let mut at = open;
        while at > 0 && open - at < 40 && scan.before(at).is_ascii_whitespace() {
            at -= 1;
        }
        matches!(scan.before(at), b'[' | b'(') && name.class == Class::Secret
    }

    /// A value after nothing but a space, where that is how it is written.
    fn spaced(&mut self, name: Name<'a>, at: usize, quoted: bool, region: Region) -> Option<usize> {
        let scan = self.scan;
        let mut start = name.start;
        while start > 0 && name.start - start < 200 && scan.before(start) != b'\n' {
            start -= 1;
        }
        scan.count(name.start - start);
        let before = scan.slice(start, name.start).trim();
        let quote = matches!(scan.at(at), b'"' | b'\'') || scan.has(at, "\\\"") || scan.has(at, "\\'");
        if self.grammar == Grammar::Docker && !region.embedded {
            let head = before.split_whitespace().next().unwrap_or("");
            if head.eq_ignore_ascii_case("env") && before.split_whitespace().count() == 1 {
                // The old form: the rest of the line is the value.
                self.hide(at, scan.line_end(at), name.class, Trust::Given);
                return None;
            }
        }
        if self.grammar == Grammar::Prose {
            // "`X-Api-Key` is `value`"
            for word in ["is ", "to ", "as ", "with ", "of "] {
                let from = if scan.has(at, word) { scan.blanks(at + word.len(), at + 12) } else { continue };
                return matches!(scan.at(from), b'"' | b'\'' | b'`').then_some(from);
            }
            if scan.at(at) == b'`' {
                let end = scan.closing(at + 1, at + 200, b'`').unwrap_or(at + 1);
                return looks_secret(scan.slice(at + 1, end)).then_some(at);
            }
            if quote {
                return Some(at);
            }
        }
        let secret = name.class == Class::Secret;
        if quote && secret && !quoted {
            return Some(at);
        }
        if quoted && matches!(scan.at(at), b'"' | b'\'') && secret {
            return Some(at);
        }
        // `proxy_set_header X-Api-Key value` and `set $token value`, wherever a configuration of nginx is written.
        let directive = before
            .trim_end_matches(['$', '"', '\''])
            .trim_end()
            .rsplit([' ', '{', ';', '`', '\t'])
            .next()
            .unwrap_or("");
        if super::nginx::NAMING.contains(&directive) && secret && self.grammar != Grammar::Nginx {
            return Some(at);
        }
        let lower = name.text.to_ascii_lowercase();
        if lower == "by" || !SPACED.contains(&lower.as_str()) {
            return None;
        }
        let machine = before.starts_with("machine ") || before.starts_with("login ") || before.contains(" login ");
        let certain = matches!(
            lower.as_str(),
            "requirepass" | "masterauth" | "secure_link_secret" | "_authtoken" | "_password" | "_auth"
        );
        let value = scan.run(at, region.limit.min(at + 200), |byte| !byte.is_ascii_whitespace());
        let alone = before.is_empty() && scan.blanks(value, region.limit) >= scan.line_end(value).min(region.limit);
        let looks = looks_secret(scan.slice(at, value).trim_end_matches([';', ',', '.', '`', '"']));
        let config = matches!(self.grammar, Grammar::Shell | Grammar::Docker | Grammar::Nginx) || region.embedded;
        (certain
            || machine
            || (config && secret && looks)
            || (config && alone && secret && self.grammar == Grammar::Shell && !region.embedded))
            .then_some(at)
    }
}
