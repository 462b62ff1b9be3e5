//! Command lines: simple commands, words, and the pieces of a word. Enough of a shell to know what is started and
//! with which arguments; substitutions stay unknown.

mod lexer;
mod word;

use lexer::{Lexer, Mode};
pub use word::{Operator, Piece, Variable, Word};

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
    /// The here-document that it reads (`<< EOF`), as written.
    pub document: Option<String>,
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

/// Splits a script or command line into its simple commands.
#[must_use]
pub fn commands(source: Fragment<'_>) -> Vec<Command> {
    Lexer::new(source).commands()
}

/// The pieces of a text in which `$NAME` and `${NAME}` are, without quotes or splitting (compose, envsubst).
/// `$$` is a literal `$`.
#[must_use]
pub fn interpolate(source: Fragment<'_>) -> Word {
    let mut lexer = Lexer::new(source);
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
