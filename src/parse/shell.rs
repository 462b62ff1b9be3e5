//! Command lines: simple commands, words, and the pieces of a word. Enough of a shell to know what is started and
//! with which arguments; substitutions stay unknown.

use super::fragment::Fragment;
use crate::base::Span;

/// A simple command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Command {
    /// Its place.
    pub span: Span,
    /// `NAME=value` in front of it.
    pub assignments: Vec<(String, Word)>,
    /// Program and arguments; redirections are left out.
    pub words: Vec<Word>,
    /// The file that it reads (`< file`).
    pub input: Option<Word>,
    /// The file that it writes (`> file`, `>> file`).
    pub output: Option<Word>,
    /// What separates it from the command before it.
    pub joined: Joined,
}

/// How a command follows the one before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Joined {
    /// It is the first one, or follows `;`, `&&`, `||`, `&` or a new line.
    #[default]
    Next,
    /// It reads what the one before it writes (`|`).
    Piped,
    /// It opens a subshell.
    Opens,
    /// It follows the end of a subshell.
    Closes,
}

/// A word after quotes are taken off, in pieces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Word {
    /// Its place, quotes included.
    pub span: Span,
    /// Its pieces.
    pub pieces: Vec<Piece>,
}

/// A piece of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Known text.
    Text(String, Span),
    /// `$NAME`, `${NAME}` and the forms with a default.
    Variable(Variable),
    /// `$(...)` and back-ticks, as written.
    Substitution(String, Span),
}

/// A variable in a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its place.
    pub span: Span,
    /// Its name.
    pub name: String,
    /// The whole form as written.
    pub written: String,
    /// What follows the name: `:-x`, `-x`, `:?x`, `:+x`; `None` for a bare name.
    pub operator: Option<(Operator, Word)>,
}

/// What a variable's form does when the name is not set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `:-`, `:=`: the word when unset or empty.
    DefaultIfEmpty,
    /// `-`, `=`: the word when unset.
    DefaultIfUnset,
    /// `:?`, `?`: an error when unset.
    Required,
    /// `:+`: the word when set and not empty, else nothing.
    IfNotEmpty,
    /// `+`: the word when set, else nothing.
    IfSet,
    /// Anything else (`%`, `#`, `/`): the result is not known.
    Other,
}

impl Word {
    /// The text, when no piece is unknown.
    #[must_use]
    pub fn literal(&self) -> Option<String> {
        self.pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text, _) => Some(text.as_str()),
                _ => None,
            })
            .collect()
    }

    /// The text with its variables as written, for a shell inside this one (`sh -c "..."`).
    #[must_use]
    pub fn script(&self) -> String {
        self.pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text, _) | Piece::Substitution(text, _) => text.as_str(),
                Piece::Variable(variable) => variable.written.as_str(),
            })
            .collect()
    }

    /// A word that is known text.
    #[must_use]
    pub fn text(source: Fragment<'_>) -> Self {
        let pieces = vec![Piece::Text(source.text.to_owned(), source.whole())];
        Self { span: source.whole(), pieces }
    }

    fn push(&mut self, c: char, span: Span) {
        match self.pieces.last_mut() {
            Some(Piece::Text(text, place)) => {
                text.push(c);
                *place = place.cover(span);
            }
            _ => self.pieces.push(Piece::Text(String::from(c), span)),
        }
    }
}

/// Nesting of `${A:-${B:-...}}`.
const DEPTH_LIMIT: usize = 20;

/// Splits a script or command line into its simple commands.
#[must_use]
pub fn commands(source: Fragment<'_>) -> Vec<Command> {
    let mut lexer = Lexer { source, at: 0, heredocs: Vec::new() };
    lexer.commands()
}

/// The pieces of a text in which `$NAME` and `${NAME}` stand, without quotes or splitting (compose, envsubst).
/// `$$` is a literal `$`.
#[must_use]
pub fn interpolate(source: Fragment<'_>) -> Word {
    let mut lexer = Lexer { source, at: 0, heredocs: Vec::new() };
    let mut word = Word { span: source.whole(), pieces: Vec::new() };
    while let Some(c) = lexer.peek() {
        match c {
            '$' if lexer.peek_at(1) == Some('$') => {
                word.push('$', source.span(lexer.at, lexer.at + 2));
                lexer.at += 2;
            }
            '$' if lexer.starts_variable() => lexer.variable(&mut word, Mode::Interpolation, 0),
            c => lexer.take(&mut word, c),
        }
    }
    word
}

/// Which shell's rules hold inside `${...}`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Shell,
    Interpolation,
}

struct Lexer<'a> {
    source: Fragment<'a>,
    at: usize,
    /// Ends of the here-documents that start on this line.
    heredocs: Vec<String>,
}

impl Lexer<'_> {
    fn peek(&self) -> Option<char> {
        self.source.text.get(self.at..)?.chars().next()
    }

    fn peek_at(&self, ahead: usize) -> Option<char> {
        self.source.text.get(self.at..)?.chars().nth(ahead)
    }

    fn rest(&self) -> &str {
        self.source.text.get(self.at..).unwrap_or("")
    }

    fn take(&mut self, word: &mut Word, c: char) {
        let span = self.source.span(self.at, self.at + c.len_utf8());
        word.push(c, span);
        self.at += c.len_utf8();
    }

    fn commands(&mut self) -> Vec<Command> {
        let mut found = Vec::new();
        let mut current = Command::default();
        let mut joined = Joined::Next;
        let mut command_start = true;
        while let Some(c) = self.peek() {
            match c {
                '\n' => {
                    self.at += 1;
                    self.skip_heredocs();
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

    fn skip_heredocs(&mut self) {
        for end in std::mem::take(&mut self.heredocs) {
            while self.at < self.source.text.len() {
                let rest = self.rest();
                let line_end = rest.find('\n').unwrap_or(rest.len());
                let is_end = rest.get(..line_end).is_some_and(|line| line.trim() == end);
                self.at = (self.at + line_end + 1).min(self.source.text.len());
                if is_end {
                    break;
                }
            }
        }
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

    fn starts_variable(&self) -> bool {
        let mut rest = self.rest().chars().skip(1);
        match rest.next() {
            Some('{') => rest.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_'),
            Some(c) => c.is_ascii_alphabetic() || c == '_',
            None => false,
        }
    }

    fn variable(&mut self, word: &mut Word, mode: Mode, depth: usize) {
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

    /// What stands between the name and the `}`, which is taken too.
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

/// Words that stand in front of a command without being one.
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

/// `NAME=value` as name and the word after the `=`.
#[must_use]
pub fn split_assignment(word: &Word) -> Option<(String, Word)> {
    let Some(Piece::Text(text, span)) = word.pieces.first() else { return None };
    let (name, value) = text.split_once('=')?;
    let starts_well = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if !starts_well || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        return None;
    }
    let exact = span.range().len() == text.len();
    let value_start = if exact { span.start as usize + name.len() + 1 } else { span.start as usize };
    let head = (!value.is_empty()).then(|| Piece::Text(value.to_owned(), Span::new(value_start, span.end as usize)));
    let pieces = head.into_iter().chain(word.pieces.iter().skip(1).cloned()).collect();
    Some((name.to_owned(), Word { span: Span::new(value_start, word.span.end as usize), pieces }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        commands(Fragment::exact(text, 0))
            .iter()
            .map(|command| {
                let words = command.words.iter().map(|word| word.literal().unwrap_or_else(|| String::from("?")));
                let names = command.assignments.iter().map(|(name, _)| format!("{name}="));
                names.chain(words).collect::<Vec<_>>().join("|")
            })
            .collect()
    }

    #[test]
    fn lines_split_at_operators_and_keep_words() {
        let cases: &[(&str, &[&str])] = &[
            ("cd web && PORT=3000 npm run dev -- --host 0.0.0.0", &["cd|web", "PORT=|npm|run|dev|--|--host|0.0.0.0"]),
            ("uvicorn app:app --port $PORT 2>&1 | tee log", &["uvicorn|app:app|--port|?", "tee|log"]),
            ("if [ -f x ]; then exec nginx -g 'daemon off;'; fi", &["[|-f|x|]", "nginx|-g|daemon off;"]),
            ("cat <<EOF > f\nnot a command\nEOF\nnode server.js &\n", &["cat", "node|server.js"]),
            ("echo \\\n  a # c\necho \"\" b", &["echo|a", "echo||b"]),
            ("X=$(date) ./run", &["X=|./run"]),
        ];
        for (text, expected) in cases {
            assert_eq!(lines(text), *expected, "{text}");
        }
    }

    #[test]
    fn redirections_and_pipes_are_kept() {
        let found = commands(Fragment::exact("cat a | envsubst '$A' < in 2> log > out || b >> c", 0));
        let text = |word: &Option<Word>| word.as_ref().and_then(Word::literal).unwrap_or_default();
        let shown: Vec<_> = found.iter().map(|one| (one.joined, text(&one.input), text(&one.output))).collect();
        let expected = [(Joined::Next, "", ""), (Joined::Piped, "in", "out"), (Joined::Next, "", "c")];
        let expected: Vec<_> = expected.into_iter().map(|(j, i, o)| (j, i.to_owned(), o.to_owned())).collect();
        assert_eq!(shown, expected);
        assert_eq!(found[1].words.len(), 2);
    }

    #[test]
    fn interpolation_follows_compose() {
        let text = "http://${HOST:-a${B}}:$PORT/$$x$";
        let word = interpolate(Fragment::exact(text, 10));
        let [
            Piece::Text(scheme, _),
            Piece::Variable(host),
            Piece::Text(colon, _),
            Piece::Variable(port),
            Piece::Text(tail, _),
        ] = &word.pieces[..]
        else {
            panic!("{:?}", word.pieces);
        };
        assert_eq!((scheme.as_str(), colon.as_str(), tail.as_str()), ("http://", ":", "/$x$"));
        assert_eq!((host.name.as_str(), port.name.as_str()), ("HOST", "PORT"));
        assert_eq!(host.span, Span::new(17, 31));
        assert!(matches!(&host.operator, Some((Operator::DefaultIfEmpty, word)) if word.pieces.len() == 2));
    }

    #[test]
    fn deep_input_ends() {
        let _ = commands(Fragment::exact(&"${A:-".repeat(30_000), 0));
        let _ = commands(Fragment::exact(&"(".repeat(60_000), 0));
        let _ = interpolate(Fragment::exact(&"${A:-".repeat(30_000), 0));
    }
}
