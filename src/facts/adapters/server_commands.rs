//! Command lines that start a server: uvicorn, gunicorn, `manage.py runserver`, `node server.js`, `vite`, ...

use crate::base::Span;
use crate::facts::{CommandFact, ListenFact, SimpleCommand};

/// A command line with what it makes listen: the one way to build a [`CommandFact`].
#[must_use]
pub fn command(span: Span, commands: Vec<SimpleCommand>) -> CommandFact {
    let listens = listeners(&commands);
    CommandFact { span, commands, listens }
}

/// What the simple commands of a line make listen, in order.
#[must_use]
pub fn listeners(_commands: &[SimpleCommand]) -> Vec<ListenFact> {
    Vec::new()
}
