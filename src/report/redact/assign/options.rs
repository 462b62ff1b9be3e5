//! Options of command lines: `--password value`.

use super::{Class, Command, Finder, Name, Trust};
use crate::report::redact::lex::Grammar;

/// Programs, and the options after which they want a password.
const PROGRAMS: [(&str, &[&str]); 22] = [
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
    ("openssl", &["k", "K", "passin", "passout", "pass", "1", "5", "6", "apr1"]),
    ("ssh-keygen", &["N", "P"]),
    ("twine", &["p"]),
    ("useradd", &["p"]),
    ("usermod", &["p"]),
    ("sqlcmd", &["P"]),
];

impl<'a> Finder<'_, 'a, '_> {
    /// `--password value`, `-u user:value`, `["--requirepass", "value"]`.
    pub(super) fn option(&mut self, name: Name<'a>, dashes: usize) -> Option<usize> {
        let scan = self.scan;
        if name.start >= self.command.until {
            self.command = Command::default();
        }
        if dashes == 0 {
            self.said_to_reader(name);
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
    pub(super) fn shell_word(&self, at: usize, limit: usize) -> (usize, usize) {
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
    pub(super) fn word_end(&self, at: usize, limit: usize) -> usize {
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
}
