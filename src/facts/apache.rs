//! An Apache httpd file as a tree of directives.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::ProxyWord;
use crate::base::Span;

/// One file of an Apache configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApacheFile {
    /// Its top-level directives and sections in order.
    pub directives: Vec<ApacheDirective>,
    /// Statements of a template language (`{% if %}`) that decide which directives are there.
    pub conditions: Vec<Span>,
}

/// A directive, or a section with what is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApacheDirective {
    /// Its name as written, without the brackets of a section.
    pub name: Arc<str>,
    /// The name's place.
    pub name_span: Span,
    /// The whole line with its continuations; of a section the line that opens it.
    pub span: Span,
    /// Its words.
    pub args: Vec<ProxyWord>,
    /// Everything after the name as it is, quotes included.
    pub rest: ProxyWord,
    /// What is in the section; `None` for a directive.
    pub block: Option<Vec<ApacheDirective>>,
}
