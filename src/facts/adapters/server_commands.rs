//! Command lines that start a server: uvicorn, gunicorn, `manage.py runserver`, `node server.js`, `vite`, ...

mod node;
mod python;
mod words;

use std::sync::Arc;

use crate::base::Span;
use crate::facts::known::is_python;
use crate::facts::{CommandFact, Expr, ExprKind, Field, ListenFact, ServerProgram, SimpleCommand};
use words::Words;

/// A command line with what it makes listen: the one way to build a [`CommandFact`].
#[must_use]
pub fn command(span: Span, commands: Vec<SimpleCommand>) -> CommandFact {
    let listens = listeners(&commands);
    CommandFact { span, commands, listens }
}

/// What the simple commands of a line make listen, in order.
#[must_use]
pub fn listeners(commands: &[SimpleCommand]) -> Vec<ListenFact> {
    commands.iter().flat_map(listens).collect()
}

/// Programs that only start the program after them, with the number of words of their own that follow.
const LAUNCHERS: &[(&str, usize)] =
    &[("exec", 0), ("nohup", 0), ("time", 0), ("sudo", 0), ("gosu", 1), ("su-exec", 1), ("wait-for-it", 1)];

fn listens(command: &SimpleCommand) -> Vec<ListenFact> {
    let mut words = command.words.as_slice();
    while let Some(program) = words.first().and_then(Expr::as_str).map(program_name) {
        let Some((_, own)) = LAUNCHERS.iter().find(|(name, _)| *name == program) else { break };
        words = words.get(1 + own..).unwrap_or_default();
    }
    let Some((program, rest)) = words.split_first() else { return Vec::new() };
    let Some(name) = program.as_str() else { return Vec::new() };
    let words = Words(rest);
    let base = ListenFact {
        span: command.span,
        app: None,
        server: ServerProgram::Script,
        host: None,
        port: None,
        tls: None,
        options: Vec::new(),
        function: None,
    };
    let mut found = match program_name(name) {
        program if is_python(program) => python::interpreter(&base, words),
        program => {
            let mut found = python::program(&base, program, name, words);
            if found.is_empty() {
                found = node::program(&base, program, words);
            }
            found
        }
    };
    if let Some(folder) = &command.directory {
        for listen in &mut found {
            listen.options.push(option("directory", Expr::str(command.span, folder)));
        }
    }
    found
}

fn program_name(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

fn option(name: &str, value: Expr) -> Field {
    Field { key: Arc::from(name), key_span: value.span, value }
}

fn flag(name: &str, span: Span) -> Field {
    option(name, Expr::new(span, ExprKind::Bool(true)))
}

#[cfg(test)]
mod tests;
