//! An entry point with the arguments that stand elsewhere: Docker and Kubernetes make one line of both.

use super::adapters::server_commands;
use super::{CommandFact, Expr, SimpleCommand};

/// What becomes of an entry point and arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Started {
    /// One program with all words.
    Line(CommandFact),
    /// The entry point is a program of its own that may run the arguments as another one.
    Apart,
    /// The words of the entry point are not known.
    Unknown,
}

/// Programs that take what follows as their own arguments.
const TAKING: [&str; 22] = [
    "python",
    "node",
    "nodemon",
    "deno",
    "bun",
    "npm",
    "npx",
    "yarn",
    "pnpm",
    "java",
    "ruby",
    "uv",
    "uvicorn",
    "gunicorn",
    "hypercorn",
    "daphne",
    "flask",
    "fastapi",
    "sanic",
    "next",
    "serve",
    "http-server",
];

impl CommandFact {
    /// This entry point with arguments in place of its own. The words have the place of the arguments, which may be in
    /// another file.
    #[must_use]
    pub fn with_arguments(&self, arguments: &Self) -> Started {
        let ([entry], [more]) = (self.commands.as_slice(), arguments.commands.as_slice()) else {
            return Started::Apart;
        };
        // what a shell was told is not what the container starts
        if entry.span != self.span || !entry.assignments.is_empty() || !more.assignments.is_empty() {
            return Started::Apart;
        }
        let is_option = more.words.first().and_then(Expr::as_str).is_some_and(|word| word.starts_with('-'));
        let program = entry.words.first().and_then(Expr::as_str).map(|word| word.rsplit('/').next().unwrap_or(word));
        let bare = program.map(|name| name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.'));
        if !is_option && !entry.words.is_empty() && !bare.is_some_and(|name| TAKING.contains(&name)) {
            return Started::Apart;
        }
        let place = |word: &Expr| Some(Expr::str(arguments.span, word.as_str()?));
        let Some(mut words) = entry.words.iter().map(place).collect::<Option<Vec<Expr>>>() else {
            return Started::Unknown;
        };
        words.extend(more.words.iter().cloned());
        let line = SimpleCommand { span: arguments.span, words, ..more.clone() };
        Started::Line(server_commands::command(arguments.span, vec![line]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Span;
    use crate::facts::EnvReader;
    use crate::facts::lang::command;
    use crate::parse::shell::{Piece, Word};

    fn exec(words: &[&str]) -> CommandFact {
        let span = Span::new(words.len(), words.len() + 1);
        let word = |text: &&str| Word { span, pieces: vec![Piece::Text((*text).to_owned(), span)] };
        command::exec(span, words.iter().map(word).collect(), EnvReader::Shell)
    }

    #[test]
    fn a_program_takes_the_arguments_that_stand_elsewhere() {
        let Started::Line(line) = exec(&["uvicorn", "main:app"]).with_arguments(&exec(&["--port", "9000", "--reload"]))
        else {
            panic!("one line")
        };
        assert_eq!(line.listens.len(), 1);
        assert_eq!(line.listens[0].port.as_ref().and_then(Expr::as_str), Some("9000"));
        assert!(line.commands[0].words.iter().take(2).all(|word| word.span == Span::new(3, 4)));
        assert!(matches!(exec(&["python3.12"]).with_arguments(&exec(&["app.py"])), Started::Line(_)));
        assert_eq!(exec(&["./entrypoint.sh"]).with_arguments(&exec(&["uvicorn", "main:app"])), Started::Apart);
    }
}
