//! The lexer: quotes, variables, redirections and here-documents.

use super::word::{Operator, Piece, Variable, Word};
use super::{Command, Joined, split_assignment};
use crate::base::Span;
use crate::parse::fragment::Fragment;

/// Nesting of `${A:-${B:-...}}`.
const DEPTH_LIMIT: usize = 20;

/// Which shell's rules hold inside `${...}`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Shell,
    Interpolation,
}

/// A place in a command line.
pub(super) struct Lexer<'a> {
    source: Fragment<'a>,
    pub(super) at: usize,
    /// Ends of the here-documents that start on this line.
    heredocs: Vec<String>,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(source: Fragment<'a>) -> Self {
        Self { source, at: 0, heredocs: Vec::new() }
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.source.text.get(self.at..)?.chars().next()
    }

    pub(super) fn peek_at(&self, ahead: usize) -> Option<char> {
        self.source.text.get(self.at..)?.chars().nth(ahead)
    }

    fn rest(&self) -> &str {
        self.source.text.get(self.at..).unwrap_or("")
    }

    pub(super) fn take(&mut self, word: &mut Word, c: char) {
        let span = self.source.span(self.at, self.at + c.len_utf8());
        word.push(c, span);
        self.at += c.len_utf8();
    }

    pub(super) fn commands(&mut self) -> Vec<Command> {
        let mut found = Vec::new();
        let mut current = Command::default();
        let mut joined = Joined::Next;
        let mut command_start = true;
        while let Some(c) = self.peek() {
            match c {
                '\n' => {
                    self.at += 1;
                    current.document = self.here_document();
                    self.finish(&mut current, &mut joined, &mut found);
                    command_start = true;
                }
                c if c.is_whitespace() => self.at += c.len_utf8(),
                '\\' if matches!(self.peek_at(1), Some('\n')) => self.at += 2,
                '\\' if self.rest().starts_with("\\\r\n") => self.at += 3,
                '#' => self.at += self.rest().find('\n').unwrap_or(self.rest().len()),
                ';' | '&' | '|' => {
                    if c == '&' && self.peek_at(1) == Some('>') {
                        self.redirection(&mut current);
                        continue;
                    }
                    let before = self.at.checked_sub(1).and_then(|at| self.source.text.as_bytes().get(at));
                    let is_pipe = c == '|' && before != Some(&b'|') && self.peek_at(1) != Some('|');
                    self.at += 1;
                    self.finish(&mut current, &mut joined, &mut found);
                    if is_pipe {
                        joined = Joined::Piped;
                    }
                    command_start = true;
                }
                '(' => {
                    self.at += 1;
                    self.finish(&mut current, &mut joined, &mut found);
                    joined = Joined::Opens;
                    command_start = true;
                }
                ')' => {
                    self.at += 1;
                    self.finish(&mut current, &mut joined, &mut found);
                    joined = Joined::Closes;
                    command_start = true;
                }
                '<' | '>' => self.redirection(&mut current),
                _ => {
                    let word = self.word();
                    let literal = word.literal();
                    if self.peek().is_some_and(|c| c == '<' || c == '>')
                        && literal.as_deref().is_some_and(|text| text.bytes().all(|b| b.is_ascii_digit()))
                    {
                        // `2> log`: only the plain ones are kept
                        self.redirection(&mut Command::default());
                        continue;
                    }
                    if command_start && literal.as_deref().is_some_and(is_keyword) {
                        continue;
                    }
                    if current.words.is_empty()
                        && let Some(assignment) = split_assignment(&word)
                    {
                        self.cover(&mut current, word.span);
                        current.assignments.push(assignment);
                        continue;
                    }
                    self.cover(&mut current, word.span);
                    current.words.push(word);
                    command_start = false;
                }
            }
        }
        self.finish(&mut current, &mut joined, &mut found);
        found
    }

    fn cover(&self, command: &mut Command, span: Span) {
        let fresh = command.words.is_empty() && command.assignments.is_empty();
        command.span = if fresh { span } else { command.span.cover(span) };
    }

    fn finish(&self, current: &mut Command, joined: &mut Joined, found: &mut Vec<Command>) {
        let mut command = std::mem::take(current);
        let is_noise = command.words.is_empty() && command.assignments.is_empty();
        if !is_noise || *joined == Joined::Closes {
            command.joined = std::mem::take(joined);
            if is_noise {
                command.span = self.source.span(self.at.saturating_sub(1), self.at);
            }
            found.push(command);
        }
    }

    /// Passes over `2>&1`, `<< EOF`, `<<< word`; `< file`, `> file` and `>> file` are noted.
    fn redirection(&mut self, command: &mut Command) {
        let rest = self.rest();
        let operator = rest.find(|c: char| !"<>&|".contains(c)).unwrap_or(rest.len());
        let heredoc = rest.starts_with("<<") && !rest.starts_with("<<<");
        let written = rest.get(..operator).unwrap_or_default();
        let (reads, writes) = (written == "<", matches!(written, ">" | ">>" | ">|"));
        self.at += operator;
        if heredoc && self.peek() == Some('-') {
            self.at += 1;
        }
        while self.peek().is_some_and(|c| c == ' ' || c == '\t') {
            self.at += 1;
        }
        if self.peek().is_some_and(|c| !c.is_whitespace() && !";&|()<>".contains(c)) {
            let word = self.word();
            if heredoc && let Some(end) = word.literal() {
                self.heredocs.push(end);
            }
            if reads {
                command.input = Some(word);
            } else if writes {
                command.output = Some(word);
            }
        }
    }

    /// Passes over the here-documents that start on the line before; the text of the last one.
    fn here_document(&mut self) -> Option<String> {
        let mut document = None;
        for end in std::mem::take(&mut self.heredocs) {
            let (start, mut body_end) = (self.at, self.at);
            while self.at < self.source.text.len() {
                let rest = self.rest();
                let line_end = rest.find('\n').unwrap_or(rest.len());
                let is_end = rest.get(..line_end).is_some_and(|line| line.trim() == end);
                body_end = self.at;
                self.at = (self.at + line_end + 1).min(self.source.text.len());
                if is_end {
                    break;
                }
            }
            document = self.source.text.get(start..body_end).map(str::to_owned);
        }
        document
    }

    /// One word with its quotes taken off.
    fn word(&mut self) -> Word {
        let start = self.at;
        let mut word = Word::default();
        while let Some(c) = self.peek() {
            match c {
                c if c.is_whitespace() || ";&|()<>".contains(c) => break,
                '\\' => self.escaped(&mut word),
                '\'' => self.single_quoted(&mut word),
                '"' => self.double_quoted(&mut word),
                '$' if self.starts_variable() => self.variable(&mut word, Mode::Shell, 0),
                '$' if self.rest().starts_with("$(") => self.substitution(&mut word),
                '$' if self.rest().starts_with("$'") => self.at += 1,
                '`' => self.backticks(&mut word),
                c => self.take(&mut word, c),
            }
        }
        word.span = self.source.span(start, self.at);
        word
    }

    fn escaped(&mut self, word: &mut Word) {
        self.at += 1;
        match self.peek() {
            Some('\n') => self.at += 1,
            Some(c) => self.take(word, c),
            None => {}
        }
    }

    fn single_quoted(&mut self, word: &mut Word) {
        self.at += 1;
        // An empty pair of quotes is a word too.
        self.empty_text(word);
        while let Some(c) = self.peek() {
            if c == '\'' {
                self.at += 1;
                return;
            }
            self.take(word, c);
        }
    }

    fn double_quoted(&mut self, word: &mut Word) {
        self.at += 1;
        self.empty_text(word);
        while let Some(c) = self.peek() {
            match c {
                '"' => {
                    self.at += 1;
                    return;
                }
                '\\' if self.peek_at(1).is_some_and(|next| "\"\\$`\n".contains(next)) => self.escaped(word),
                '$' if self.starts_variable() => self.variable(word, Mode::Shell, 0),
                '$' if self.rest().starts_with("$(") => self.substitution(word),
                '`' => self.backticks(word),
                c => self.take(word, c),
            }
        }
    }

    fn empty_text(&self, word: &mut Word) {
        if word.pieces.is_empty() {
            word.pieces.push(Piece::Text(String::new(), self.source.span(self.at, self.at)));
        }
    }

    pub(super) fn starts_variable(&self) -> bool {
        let mut rest = self.rest().chars().skip(1);
        match rest.next() {
            Some('{') => rest.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_'),
            Some(c) => c.is_ascii_alphabetic() || c == '_',
            None => false,
        }
    }

    pub(super) fn variable(&mut self, word: &mut Word, mode: Mode, depth: usize) {
        let start = self.at;
        self.at += 1;
        let braced = self.peek() == Some('{');
        if braced {
            self.at += 1;
        }
        let rest = self.rest();
        let len = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let name = rest.get(..len).unwrap_or("").to_owned();
        self.at += len;
        let operator = if braced { self.operator(mode, depth) } else { None };
        let span = self.source.span(start, self.at);
        let written = self.source.text.get(start..self.at).unwrap_or("").to_owned();
        word.pieces.push(Piece::Variable(Variable { span, name, written, operator }));
    }

    /// What is between the name and the `}`, which is taken too.
    fn operator(&mut self, mode: Mode, depth: usize) -> Option<(Operator, Word)> {
        let rest = self.rest();
        let (operator, len) = match rest.as_bytes() {
            [b'}', ..] => {
                self.at += 1;
                return None;
            }
            [b':', b'-' | b'=', ..] => (Operator::DefaultIfEmpty, 2),
            [b'-' | b'=', ..] => (Operator::DefaultIfUnset, 1),
            [b':', b'?', ..] => (Operator::Required, 2),
            [b'?', ..] => (Operator::Required, 1),
            [b':', b'+', ..] => (Operator::IfNotEmpty, 2),
            [b'+', ..] => (Operator::IfSet, 1),
            _ => (Operator::Other, 0),
        };
        self.at += len;
        let start = self.at;
        let mut word = Word::default();
        while let Some(c) = self.peek() {
            match c {
                '}' => break,
                '\'' if mode == Mode::Shell => self.single_quoted(&mut word),
                '"' if mode == Mode::Shell => self.double_quoted_in_default(&mut word),
                '$' if mode == Mode::Interpolation && self.peek_at(1) == Some('$') => {
                    self.at += 1;
                    self.take(&mut word, '$');
                }
                '$' if self.starts_variable() && depth < DEPTH_LIMIT => self.variable(&mut word, mode, depth + 1),
                c => self.take(&mut word, c),
            }
        }
        word.span = self.source.span(start, self.at);
        self.at = (self.at + 1).min(self.source.text.len());
        Some((operator, word))
    }

    /// Quotes around a default: variables inside are rare, and are not split off.
    fn double_quoted_in_default(&mut self, word: &mut Word) {
        self.at += 1;
        while let Some(c) = self.peek() {
            if c == '"' {
                self.at += 1;
                return;
            }
            self.take(word, c);
        }
    }

    fn substitution(&mut self, word: &mut Word) {
        let start = self.at;
        let mut depth = 0usize;
        while let Some(c) = self.peek() {
            self.at += c.len_utf8();
            match c {
                '(' => depth += 1,
                ')' => {
                    depth -= 1;
                    if depth == 0 {
                        break;
                    }
                }
                _ => {}
            }
        }
        let written = self.source.text.get(start..self.at).unwrap_or("").to_owned();
        word.pieces.push(Piece::Substitution(written, self.source.span(start, self.at)));
    }

    fn backticks(&mut self, word: &mut Word) {
        let start = self.at;
        self.at += 1;
        self.at += self.rest().find('`').map_or(self.rest().len(), |at| at + 1);
        let written = self.source.text.get(start..self.at).unwrap_or("").to_owned();
        word.pieces.push(Piece::Substitution(written, self.source.span(start, self.at)));
    }
}

/// Words that are in front of a command without being one.
fn is_keyword(text: &str) -> bool {
    matches!(
        text,
        "if" | "then"
            | "elif"
            | "else"
            | "fi"
            | "while"
            | "until"
            | "do"
            | "done"
            | "{"
            | "}"
            | "!"
            | "exec"
            | "time"
            | "nohup"
            | "sudo"
            | "command"
    )
}
