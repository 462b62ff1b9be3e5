//! Settings: names with values that need no quotes. Also what is written like settings inside the texts and comments of
//! other languages, and in sentences.

use super::{Class, Command, Finder, Name, PieceKind, Trust};
use crate::report::redact::lex::Grammar;
use crate::report::redact::scan::is_name;
use crate::report::redact::value::looks_secret;
use crate::report::redact::words::{Class as Of, class};

/// Programs, and the options after which they want a password.
const PROGRAMS: [(&str, &[&str]); 18] = [
    ("mysql", &["p", "P"]),
    ("mysqldump", &["p"]),
    ("mysqladmin", &["p"]),
    ("mariadb", &["p"]),
    ("sshpass", &["p"]),
    ("login", &["p"]),
    ("mongo", &["p"]),
    ("mongosh", &["p"]),
    ("mongodump", &["p"]),
    ("redis-cli", &["a"]),
    ("ldapsearch", &["w"]),
    ("smbclient", &["U"]),
    ("zip", &["P"]),
    ("unzip", &["P"]),
    ("rabbitmqadmin", &["p"]),
    ("htpasswd", &["nb", "nbB", "bc", "b", "nbm", "bn", "Bbn", "cb"]),
    ("openssl", &["k", "K", "passin", "passout", "pass"]),
    ("sqlcmd", &["P"]),
];

/// Words that are followed by a secret with nothing but a space between.
const SPACED: [&str; 20] = [
    "requirepass",
    "masterauth",
    "password",
    "passwd",
    "secret",
    "token",
    "secure_link_secret",
    "_authtoken",
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
struct Region {
    limit: usize,
    /// Inside a text or a comment, where other things may follow a value.
    embedded: bool,
    comment: bool,
    /// The name begins the text that it is in: the rest of the text is its value.
    leads: bool,
}

impl<'a> Finder<'_, 'a, '_> {
    /// `--password value`, `-u user:value`, `["--requirepass", "value"]`.
    pub(super) fn option(&mut self, name: Name<'a>, dashes: usize) -> Option<usize> {
        let scan = self.scan;
        if name.start >= self.command.until {
            self.command = Command::default();
        }
        if dashes == 0 {
            if let Some((_, options)) = PROGRAMS.iter().find(|(program, _)| *program == name.text) {
                let line = scan.line_end(name.end);
                self.command = Command { until: line, options };
            }
            return None;
        }
        if dashes > 2 {
            return None;
        }
        let user =
            matches!(name.text, "u" | "user" | "proxy-user" | "U" | "proxy-basic" | "basic-auth" | "credentials");
        let known = self.command.options.contains(&name.text);
        // `-psecret`
        let attached = self.command.options.iter().find(|option| {
            dashes == 1
                && option.len() == 1
                && name.text.len() > 4
                && name.text.starts_with(**option)
                && **option == "p"
        });
        if let Some(option) = attached {
            let end = self.word_end(name.start + option.len(), scan.len());
            self.hide(name.start + option.len(), end, Class::Secret, Trust::Given);
            return Some(end.max(name.end));
        }
        let named = dashes == 2 && name.class > Class::Plain || name.class == Class::Secret;
        if !(user || known || named) {
            return None;
        }
        let mut at = name.end;
        let open = scan.at(at);
        if matches!(open, b'"' | b'\'') {
            // The option is a text of its own in a list.
            if name.piece.is_some_and(|piece| !self.is_whole(name, piece)) && scan.before(name.start - dashes) != open {
                return None;
            }
            at += 1;
            at = scan.spaces(at, at + 100);
            if scan.at(at) != b','
                && scan.at(at) != b'-'
                && scan.before(at) != b'\n'
                && scan.at(at) != b'"'
                && scan.at(at) != b'\''
            {
                return None;
            }
            at = scan.spaces(at + usize::from(scan.at(at) == b','), at + 100);
            // A list on lines of their own: `- value`
            at = if scan.has(at, "- ") { at + 2 } else { at };
        } else if matches!(open, b'=' | b' ' | b'\t') {
            at = scan.blanks(at + 1, at + 40);
            if scan.at(at) == b'\\' && scan.at(at + 1) == b'\n' {
                at = scan.spaces(at + 1, at + 100);
            }
        } else if matches!(open, b'\n' | b'\r') && self.grammar == Grammar::Yaml {
            at = scan.spaces(at, at + 100);
            if !scan.has(at, "- ") {
                return None;
            }
            at = scan.blanks(at + 2, at + 10);
        } else {
            return None;
        }
        let (from, to) = self.shell_word(at, scan.len());
        let value = scan.slice(from, to);
        if value.starts_with('-') || value.is_empty() || user && value.starts_with('$') {
            return None;
        }
        if user {
            let colon = value.find([':', '%']).filter(|colon| *colon + 1 < value.len())?;
            self.hide(from + colon + 1, to, Class::Secret, Trust::Given);
            return Some(to);
        }
        let class = if known { Class::Secret } else { name.class };
        if known && self.command.options.contains(&"nb") {
            // htpasswd: the user comes first.
            let (from, to) = self.shell_word(scan.blanks(to, to + 8), scan.len());
            self.hide(from, to, Class::Secret, Trust::Given);
            return Some(to);
        }
        self.hide(from, to, class, Trust::Given).then_some(to)
    }

    /// A word of a command line, quotes off.
    fn shell_word(&self, at: usize, limit: usize) -> (usize, usize) {
        let scan = self.scan;
        let quote = scan.at(at);
        if matches!(quote, b'"' | b'\'') {
            let line = scan.line_end(at).min(limit);
            let end = scan.closing(at + 1, line, quote).unwrap_or(line);
            return (at + 1, end);
        }
        if quote == b'\\' && matches!(scan.at(at + 1), b'"' | b'\'') {
            let line = scan.line_end(at).min(limit);
            let mark = scan.at(at + 1);
            let end = scan.until(at + 2, line, |byte| byte == mark);
            return (at + 2, if scan.before(end) == b'\\' { end - 1 } else { end });
        }
        (at, self.word_end(at, limit))
    }

    /// The end of an unquoted word of a command line.
    fn word_end(&self, at: usize, limit: usize) -> usize {
        let scan = self.scan;
        let mut end = at;
        let limit = limit.min(scan.len());
        let mut depth = 0usize;
        while end < limit {
            match scan.at(end) {
                b'\\' if scan.at(end + 1) != b'\n' && scan.at(end + 1) != b'"' && scan.at(end + 1) != b'n' => end += 1,
                b'\\' => break,
                b'$' if matches!(scan.at(end + 1), b'{' | b'(') => {
                    depth += 1;
                    end += 1;
                }
                b'}' | b')' if depth > 0 => depth -= 1,
                b'"' | b'\'' | b'`' if depth == 0 => break,
                byte if byte.is_ascii_whitespace() && depth == 0 => break,
                b'\n' => break,
                _ => {}
            }
            end += 1;
        }
        scan.count(end.min(limit) - at.min(limit));
        end.min(limit)
    }

    pub(super) fn in_settings(&mut self, name: Name<'a>, _dashes: usize) -> usize {
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
        let certain = matches!(lower.as_str(), "requirepass" | "masterauth" | "secure_link_secret" | "_authtoken");
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

    /// The value that begins at or after `from`.
    fn value(&mut self, name: Name<'a>, from: usize, region: Region) -> usize {
        let scan = self.scan;
        let mut at = scan.blanks(from, region.limit);
        // Tags and anchors.
        while self.grammar == Grammar::Yaml
            && matches!(scan.at(at), b'!' | b'&')
            && !region.embedded
            && is_name(scan.at(at + 1))
        {
            at = scan.run(at, region.limit, |byte| !byte.is_ascii_whitespace());
            at = scan.blanks(at, region.limit);
        }
        let byte = scan.at(at);
        if at >= region.limit || matches!(byte, b'\n' | b'\r' | b'#') && !region.embedded {
            return if region.embedded { name.end } else { self.below(name, at) };
        }
        // A text that is a piece of its own.
        let index = self.piece_from(at);
        let piece =
            self.pieces.get(index).copied().filter(|piece| piece.open == at && piece.kind == PieceKind::Literal);
        if let Some(piece) = piece.filter(|_| !region.embedded || self.grammar == Grammar::Prose) {
            self.hide(piece.start, piece.end, name.class, Trust::Given);
            // What goes on behind the quote belongs to it: `"a"b`, `'a' \`.
            return self.rest(piece.close, name);
        }
        match byte {
            b'"' | b'\'' => {
                let end = self.end_of_quoted(at, region.limit, byte);
                self.hide(at + 1, end, name.class, Trust::Given);
                end
            }
            b'\\' if matches!(scan.at(at + 1), b'"' | b'\'') => {
                let mark = scan.at(at + 1);
                let mut end = scan.until(at + 2, region.limit, |byte| byte == mark);
                // A quote inside the inner quotes has three backslashes.
                while end < region.limit && scan.slice(end.saturating_sub(3), end) == "\\\\\\" {
                    end = scan.until(end + 1, region.limit, |byte| byte == mark);
                }
                let close = if scan.before(end) == b'\\' { end - 1 } else { end };
                self.hide(at + 2, close, name.class, Trust::Given);
                end
            }
            b'|' | b'>' if self.grammar == Grammar::Yaml && !region.embedded => self.block(name, at),
            b'[' if !region.embedded => self.list(name, at, region),
            b'{' if scan.at(at + 1) != b'{'
                && (self.grammar != Grammar::Env || scan.slice(at, scan.line_end(at)).contains(['"', ':'])) =>
            {
                // The fields have names of their own; what looks like a secret is one here.
                if !region.embedded && name.class == Class::Secret {
                    self.list(name, at, region);
                }
                name.end.max(at)
            }
            b'<' if scan.has(at, "<<") => self.heredoc(name, at),
            _ => {
                let end = self.plain_end(name, at, region);
                if region.comment && !self.is_told(name, from, at, end) {
                    return name.end;
                }
                let hidden = self.hide(at, end, name.class, Trust::Given);
                if hidden || end - at > 256 {
                    let next = if region.embedded { end } else { self.continued(name, end) };
                    return next.max(name.end);
                }
                name.end
            }
        }
    }

    /// Whether what stands behind a name in a comment is a value, not a sentence.
    fn is_told(&self, name: Name<'_>, from: usize, at: usize, end: usize) -> bool {
        let value = self.scan.slice(at, end);
        let tight = at == from && self.scan.before(from) == b'=' && name.class == Class::Secret;
        let call = value.contains(['(', ')']);
        (tight && !call) || looks_secret(value.trim_end_matches(['.', ',', ';']))
    }

    fn end_of_quoted(&self, at: usize, limit: usize, quote: u8) -> usize {
        self.scan.closing(at + 1, limit, quote).unwrap_or_else(|| self.scan.line_end(at).min(limit))
    }

    /// The end of a value without quotes.
    fn plain_end(&self, name: Name<'_>, at: usize, region: Region) -> usize {
        let scan = self.scan;
        if region.embedded {
            let colon = scan.before(scan.text[..at].trim_end_matches([' ', '\t']).len()) == b':';
            let header = region.leads && (colon || self.grammar != Grammar::Prose);
            let line = scan.line_end(at).min(region.limit);
            if header && !region.comment && self.grammar != Grammar::Prose {
                // Settings inside a text of several lines end with their line, whatever the quotes say.
                let escaped = scan.slice(at, line).find("\\n").map_or(line, |length| at + length);
                return escaped;
            }
            let header = colon
                && matches!(
                    name.text.to_ascii_lowercase().as_str(),
                    "authorization" | "proxy-authorization" | "cookie" | "set-cookie"
                );
            if header {
                return scan.until(at, line, |byte| matches!(byte, b'"' | b'\'' | b'`' | b'\\'));
            }
            let mut end = at;
            let mut depth = 0usize;
            while end < line {
                let byte = scan.at(end);
                match byte {
                    b'$' if scan.at(end + 1) == b'{' => {
                        depth += 1;
                        end += 1;
                    }
                    b'}' if depth > 0 => depth -= 1,
                    _ if depth > 0 => {}
                    b'"' | b'\'' | b'`' | b'\\' | b';' | b'&' | b',' | b')' | b'}' | b']' | b'<' | b'|' => {
                        // Marks inside a value do not end it.
                        let next = scan.at(end + 1);
                        let inside = matches!(byte, b';' | b'&' | b',' | b'|' | b')' | b'}' | b']')
                            && (next.is_ascii_alphanumeric() && matches!(byte, b'|' | b')' | b'}' | b']'));
                        if !inside {
                            break;
                        }
                    }
                    _ if byte.is_ascii_whitespace() => break,
                    _ => {}
                }
                end += 1;
            }
            scan.count(end - at);
            return end;
        }
        let line = scan.line_end(at);
        match self.grammar {
            Grammar::Shell | Grammar::Docker => self.word_end(at, line),
            Grammar::Nginx => {
                let end =
                    scan.until(at, line, |byte| byte.is_ascii_whitespace() || matches!(byte, b';' | b'"' | b'\''));
                // `if ($arg_token = value)`
                if scan.before(end) == b')' && !scan.slice(at, end).contains('(') { end - 1 } else { end }
            }
            Grammar::Json | Grammar::Toml => scan.until(at, line, |byte| matches!(byte, b',' | b'}' | b']' | b'#')),
            Grammar::Yaml => {
                let flow = self.in_flow(name);
                let mut end = at;
                while end < line {
                    let byte = scan.at(end);
                    if flow
                        && matches!(byte, b',' | b'}' | b']')
                        && !(byte == b'}' && scan.slice(at, end).contains("${"))
                        || byte == b'#' && scan.before(end).is_ascii_whitespace()
                    {
                        break;
                    }
                    end += 1;
                }
                scan.count(end - at);
                end
            }
            _ => line,
        }
    }

    /// Whether a name of YAML is inside `{ }` or `[ ]` on its line.
    fn in_flow(&self, name: Name<'_>) -> bool {
        let scan = self.scan;
        let open = name.piece.map_or(name.start, |piece| self.pieces[piece].open);
        let mut start = open;
        while start > 0 && open - start < 400 {
            match scan.before(start) {
                b'{' | b'[' | b',' if start < 2 || scan.at(start - 2) != b'$' => {
                    let own = scan.before(start);
                    let head = scan.slice(start, open).trim();
                    if own != b',' || head.is_empty() {
                        return own != b','
                            || scan.text[..start].rfind(['{', '\n']).is_some_and(|at| scan.at(at) == b'{')
                            || head.is_empty();
                    }
                    start -= 1;
                }
                b'}' | b']' => return false,
                b'\n' => return false,
                _ => start -= 1,
            }
        }
        scan.count(open - start);
        false
    }

    /// Lines that a value without quotes goes on in.
    fn continued(&mut self, name: Name<'a>, end: usize) -> usize {
        let scan = self.scan;
        let mut end = end;
        // A backslash at the end of a line.
        while scan.before(end) == b'\\' && scan.at(end) == b'\n' || scan.at(end) == b'\\' && scan.at(end + 1) == b'\n' {
            let start = end + 1 + usize::from(scan.at(end) == b'\\');
            let from = scan.blanks(start, scan.len());
            let line = scan.line_end(from);
            let to = if matches!(self.grammar, Grammar::Shell | Grammar::Docker) && from > start {
                return end;
            } else {
                line
            };
            self.mask.hide(from, to);
            end = to.max(end + 1);
        }
        if self.grammar == Grammar::Yaml && !self.in_flow(name) {
            return self.deeper(name, end, false);
        }
        end
    }

    /// What follows a closed quote without a space: `"a"'b'`.
    fn rest(&mut self, at: usize, name: Name<'a>) -> usize {
        let scan = self.scan;
        if !matches!(self.grammar, Grammar::Shell | Grammar::Docker | Grammar::Env) || name.class < Class::Secret {
            return at;
        }
        let end = scan.run(at, scan.len(), |byte| !byte.is_ascii_whitespace() && !b";)}],&|".contains(&byte));
        self.mask.hide(at, end);
        end
    }

    /// A block scalar: every line that is deeper than its key.
    fn block(&mut self, name: Name<'a>, at: usize) -> usize {
        let line = self.scan.line_end(at);
        self.deeper(name, line, true)
    }

    /// Hides the lines below that are deeper than the key; in a plain text only those that are no keys.
    fn deeper(&mut self, name: Name<'a>, line: usize, block: bool) -> usize {
        let scan = self.scan;
        let column = self.column(name.start);
        let mut at = line;
        loop {
            let start = next_line(scan.bytes, at);
            if start >= scan.len() {
                return at;
            }
            let from = scan.blanks(start, scan.len());
            let end = scan.line_end(from);
            if from == end {
                at = end;
                if end >= scan.len() {
                    return at;
                }
                continue;
            }
            let content = scan.slice(from, end);
            let plain = !content.starts_with(['-', '#']) && !is_key(content);
            if from - start <= column || !(block || plain) {
                return at;
            }
            if name.class == Class::Secret {
                let opens = content.contains("${") && secret_reference(content);
                if !opens {
                    self.mask.hide(from, end);
                }
            } else {
                self.hide(from, end, name.class, Trust::Near);
            }
            at = end;
        }
    }

    /// The column of the key that a place belongs to.
    fn column(&self, at: usize) -> usize {
        let mut start = at;
        while start > 0 && at - start < 400 && self.scan.before(start) != b'\n' {
            start -= 1;
        }
        let line = self.scan.slice(start, at);
        self.scan.count(line.len());
        // `- key: |`: the key stands behind the dash; `- "NAME=..."` is none.
        line.len() - line.trim_start_matches([' ', '-', '\t']).len()
    }

    /// A value on the lines below its name.
    fn below(&mut self, name: Name<'a>, at: usize) -> usize {
        let scan = self.scan;
        let line = scan.line_end(at);
        match self.grammar {
            Grammar::Json => {
                let next = scan.spaces(line, line + 400);
                match scan.at(next) {
                    b'"' => self.value(
                        name,
                        next,
                        Region { limit: scan.len(), embedded: false, comment: false, leads: false },
                    ),
                    b'[' => self.list(
                        name,
                        next,
                        Region { limit: scan.len(), embedded: false, comment: false, leads: false },
                    ),
                    _ => name.end,
                }
            }
            Grammar::Yaml => {
                let mut start = next_line(scan.bytes, line);
                let mut from = scan.blanks(start, scan.len());
                let mut skipped = 0;
                while matches!(scan.at(from), b'\n' | b'\r' | b'#') && skipped < 8 {
                    start = next_line(scan.bytes, scan.line_end(from));
                    from = scan.blanks(start, scan.len());
                    skipped += 1;
                }
                let end = scan.line_end(from);
                let content = scan.slice(from, end);
                let column = self.column(name.start);
                if content.is_empty() || from - start < column || (from - start == column && !content.starts_with("- "))
                {
                    return name.end;
                }
                if let Some(rest) = content.strip_prefix("- ") {
                    // A list of secrets.
                    if is_key(rest) {
                        return name.end;
                    }
                    return self.items(name, start, column);
                }
                if is_key(content) {
                    return self.inner(name, start, column);
                }
                if matches!(scan.at(from), b'"' | b'\'' | b'|' | b'>' | b'!' | b'&') {
                    return self.value(
                        name,
                        from,
                        Region { limit: scan.len(), embedded: false, comment: false, leads: false },
                    );
                }
                self.hide(from, end, name.class, Trust::Given);
                self.deeper(name, end, false)
            }
            _ => name.end,
        }
    }

    /// `password:` with `value:` or `default:` below.
    fn inner(&mut self, name: Name<'a>, start: usize, column: usize) -> usize {
        let scan = self.scan;
        let mut at = start;
        for _ in 0..6 {
            let from = scan.blanks(at, scan.len());
            let end = scan.line_end(from);
            if from - at <= column {
                break;
            }
            let content = scan.slice(from, end);
            let key = ["value:", "default:", "plain:", "text:", "content:", "literal:"]
                .iter()
                .find(|key| content.starts_with(**key));
            if let Some(key) = key {
                let value = from + key.len();
                self.hide(value, end, name.class, Trust::Given);
            }
            at = next_line(scan.bytes, end);
        }
        name.end
    }

    /// The items of a list below a name.
    fn items(&mut self, name: Name<'a>, start: usize, column: usize) -> usize {
        let scan = self.scan;
        let mut at = start;
        let mut last = name.end;
        while at < scan.len() {
            let from = scan.blanks(at, scan.len());
            let end = scan.line_end(from);
            let content = scan.slice(from, end);
            if from - at < column || !content.starts_with("- ") || is_key(&content[2..]) {
                break;
            }
            let plural = name.text.to_ascii_lowercase().ends_with('s');
            let bare = content[2..].trim().bytes().all(is_name);
            // compose lists the names of secrets below `secrets`.
            self.hide(from + 2, end, name.class, if bare && plural { Trust::Near } else { Trust::Given });
            last = end;
            at = next_line(scan.bytes, end);
        }
        last
    }

    /// `[a, "b"]` under the name of a secret.
    fn list(&mut self, name: Name<'a>, at: usize, region: Region) -> usize {
        let scan = self.scan;
        let mut end = at + 1;
        let mut from = end;
        let mut depth = 0usize;
        let limit = region.limit.min(at + 600);
        while end < limit {
            let piece = self.pieces.get(self.piece_from(end)).copied().filter(|piece| piece.open == end);
            if let Some(piece) = piece {
                if scan.at(scan.blanks(piece.close, piece.close + 8)) != b':' {
                    self.hide(piece.start, piece.end, name.class, Trust::Near);
                }
                end = piece.close.max(end + 1);
                from = end;
                continue;
            }
            match scan.at(end) {
                b'[' | b'{' => depth += 1,
                b']' | b'}' if depth == 0 => break,
                b']' | b'}' => depth -= 1,
                b',' => {
                    self.hide(from, end, name.class, Trust::Near);
                    from = end + 1;
                }
                _ => {}
            }
            end += 1;
        }
        if depth == 0 {
            self.hide(from, end, name.class, Trust::Near);
        }
        scan.count(end - at);
        at + 1
    }

    /// `NAME=<<EOF`: the lines up to the mark.
    fn heredoc(&mut self, name: Name<'a>, at: usize) -> usize {
        let scan = self.scan;
        let start = scan.run(at, at + 8, |byte| matches!(byte, b'<' | b'-' | b'~' | b'"' | b'\''));
        let end = scan.run(start, start + 60, is_name);
        let mark = scan.slice(start, end);
        if mark.is_empty() {
            return name.end;
        }
        let line = scan.line_end(end);
        let Some(length) = memchr::memmem::find(&scan.bytes[line..], format!("\n{mark}").as_bytes()) else {
            return line;
        };
        self.mask.hide(next_line(scan.bytes, line), line + length);
        scan.count(length);
        line + length
    }
}

/// The start of the line behind the line break at `at`.
fn next_line(bytes: &[u8], at: usize) -> usize {
    let mut at = at;
    if bytes.get(at) == Some(&b'\r') {
        at += 1;
    }
    (at + 1).min(bytes.len())
}

/// `key: ...` or `key:`
fn is_key(content: &str) -> bool {
    let end = content.find([':', ' ', '"', '\'']).unwrap_or(content.len());
    let after = &content[end..];
    let content = content.trim_start_matches(['"', '\'']);
    let quoted = content
        .find("\":")
        .or_else(|| content.find("':"))
        .is_some_and(|at| content[..at].bytes().all(|byte| is_name(byte) || byte == b'.'));
    quoted || end > 0 && after.starts_with(':') && (after.len() == 1 || after.as_bytes()[1] == b' ')
}

/// A line that is a reference as a whole.
fn secret_reference(content: &str) -> bool {
    crate::report::redact::value::secret_part(content).is_none()
}

/// The values of Kubernetes secrets: `kind: Secret` with `data` or `stringData`.
pub(super) fn kubernetes(finder: &mut Finder<'_, '_, '_>) {
    let scan = finder.scan;
    let mut start = 0;
    for document in scan.text.split_inclusive("\n---") {
        let secret = document.lines().any(|line| {
            line.trim_start()
                .strip_prefix("kind:")
                .is_some_and(|kind| kind.trim().trim_matches(['"', '\'']).ends_with("Secret"))
        });
        scan.count(document.len());
        if secret {
            data(finder, start, start + document.len());
        }
        start += document.len();
    }
}

fn data(finder: &mut Finder<'_, '_, '_>, start: usize, end: usize) {
    let scan = finder.scan;
    let mut at = start;
    let mut inside: Option<usize> = None;
    while at < end {
        let from = scan.blanks(at, end);
        let line = scan.line_end(from).min(end);
        let content = scan.slice(from, line);
        let indent = from - at;
        if !content.is_empty() {
            if inside.is_some_and(|outer| indent <= outer) {
                inside = None;
            }
            match inside {
                Some(_) => match content.find(": ") {
                    Some(colon) if is_key(content) => finder.mask.hide(from + colon + 2, line),
                    _ if !is_key(content) => finder.mask.hide(from, line),
                    _ => {}
                },
                None if matches!(content.trim_end(), "data:" | "stringData:" | "encryptedData:") => {
                    inside = Some(indent)
                }
                None => {}
            }
        }
        at = next_line(scan.bytes, line).max(at + 1);
    }
}
