//! An nginx file as a tree of directives.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::Span;

/// One file of an nginx configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NginxFile {
    /// Its top-level directives in order.
    pub directives: Vec<Directive>,
    /// Statements of a template language (`{% if %}`) that decide which directives are there.
    pub conditions: Vec<Span>,
    /// Placeholders that stand for whole directives.
    pub insertions: Vec<Span>,
    /// The files of an `nginx -T` dump, in order; the directives of the first one are also those of this file.
    pub dump: Vec<DumpedFile>,
}

/// A file that `nginx -T` printed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DumpedFile {
    /// Its path on the machine.
    pub path: Arc<str>,
    /// Its top-level directives in order.
    pub directives: Vec<Directive>,
}

/// A directive, simple or with a block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directive {
    /// Its name.
    pub name: Arc<str>,
    /// The name's place.
    pub name_span: Span,
    /// The whole directive up to and with `;`, or up to `{`.
    pub span: Span,
    /// Its arguments.
    pub args: Vec<Arg>,
    /// Its block; `None` for a simple directive.
    pub block: Option<Vec<Directive>>,
}

/// An argument after nginx has taken the quotes off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arg {
    /// The text without quotes and escapes; holes of a template are in `holes`.
    pub text: Arc<str>,
    /// Where it is, quotes included.
    pub span: Span,
    /// Placeholders of a template language in `text` (Jinja, ERB, `@@X@@`, envsubst `${X}` in templates): byte ranges of `text` and what is there.
    pub holes: Vec<(Span, Arc<str>)>,
}

impl Directive {
    /// The text of argument `index`, when there is one.
    #[must_use]
    pub fn arg(&self, index: usize) -> Option<&str> {
        self.args.get(index).map(|arg| &*arg.text)
    }
}
