//! Secrets that a command is fed: `echo secret | docker login --password-stdin`, `read PASSWORD <<< secret`.

use super::{Class, Finder, Name, Trust};
use crate::report::redact::value::looks_secret;

/// How far the parts of one command line may be from each other.
const NEAR: usize = 300;

/// Words of a command that takes a password from its input.
const READERS: [&str; 12] = [
    "--password-stdin",
    "--pass-stdin",
    "--passphrase-fd",
    "-passin stdin",
    "-pass stdin",
    "passwd --stdin",
    "chpasswd",
    "sudo -S",
    "sudo -kS",
    "vault login -",
    "auth login --with-token",
    "secret create",
];

impl<'a> Finder<'_, 'a, '_> {
    /// What `echo` or `printf` says to a command that reads a password, or to a file that is made of it (`<(echo ...)`).
    pub(super) fn said_to_reader(&mut self, name: Name<'a>) {
        let scan = self.scan;
        if !matches!(name.text, "echo" | "printf") {
            return;
        }
        let line = scan.line_end(name.end).min(name.end + NEAR);
        let limit = name.piece.map_or(line, |piece| self.pieces[piece].end.max(name.end).min(line));
        // A command that is a text of its own is quoted once more inside.
        let limit = if limit <= name.end { line } else { limit };
        let pipe = scan.until(name.end, limit, |byte| matches!(byte, b'|' | b')' | b';' | b'&'));
        let file = scan.slice(name.start.saturating_sub(2), name.start) == "<(";
        let end = scan.until(pipe + 1, limit, |byte| matches!(byte, b'|' | b';' | b'&'));
        let reads = scan.at(pipe) == b'|' && reads_password(scan.slice(pipe + 1, end));
        scan.count(end - name.end.min(end));
        if !(file || reads) {
            return;
        }
        let mut at = scan.blanks(name.end, pipe);
        while at < pipe {
            let (from, to) = self.shell_word(at, pipe);
            let word = scan.slice(from, to);
            let is_other = word.starts_with('-') || word.starts_with('%') || word.is_empty();
            if !is_other && (reads || looks_secret(word)) {
                // `user:password` for `chpasswd`
                let colon = word.find(':').filter(|_| scan.slice(pipe, end).contains("chpasswd"));
                self.hide(from + colon.map_or(0, |colon| colon + 1), to, Class::Secret, Trust::Given);
            }
            at = scan.blanks((to + usize::from(matches!(scan.at(to), b'"' | b'\''))).max(at + 1), pipe);
        }
    }

    /// `<<< word` behind a command that reads a password or names one.
    pub(super) fn here_strings(&mut self) {
        let scan = self.scan;
        let finder = memchr::memmem::Finder::new("<<<");
        let mut at = 0;
        scan.count(scan.len());
        while let Some(length) = finder.find(&scan.bytes[at..]) {
            let mark = at + length;
            at = mark + 3;
            let (from, to) = self.shell_word(scan.blanks(at, at + 8), scan.len().min(at + NEAR));
            let word = scan.slice(from, to);
            let before = self.command_before(mark);
            if !word.is_empty() && (looks_secret(word) || reads_password(before) || self.names_secret(before)) {
                self.hide(from, to, Class::Secret, Trust::Given);
            }
        }
    }

    /// The words of the command that `at` is in.
    fn command_before(&self, at: usize) -> &'a str {
        let scan = self.scan;
        let mut start = at;
        while start > 0 && at - start < NEAR && !matches!(scan.before(start), b'\n' | b';' | b'|' | b'&' | b'`') {
            start -= 1;
        }
        while !scan.text.is_char_boundary(start) {
            start += 1;
        }
        scan.count(at - start);
        scan.slice(start, at)
    }

    /// Whether a command names a secret: `read -r PASSWORD`, `mysql --password`.
    fn names_secret(&mut self, command: &'a str) -> bool {
        command.split_whitespace().any(|word| self.class(word.trim_matches(['-', '"', '\''])) == Class::Secret)
    }
}

fn reads_password(command: &str) -> bool {
    READERS.iter().any(|word| command.contains(word))
        || command.contains(" login ") && command.split_whitespace().any(|word| word == "-")
}
