//! What env files say, before any tool's dialect is applied.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::Span;

/// One assignment of an env file, as written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvEntry {
    /// The name, without `export`.
    pub name: Arc<str>,
    /// The name's place.
    pub name_span: Span,
    /// The text of the value between its quotes, escapes untouched; for an unquoted value the rest of the line with inline comment, trimmed at both ends.
    pub raw: Arc<str>,
    /// The place of `raw`.
    pub value_span: Span,
    /// The quotes around it.
    pub quote: Quote,
    /// How name and value are separated, where dialects differ.
    pub separator: Separator,
}

/// Quotes of an env value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Quote {
    /// None.
    None,
    /// `'`.
    Single,
    /// `"`.
    Double,
    /// Back-ticks.
    Backtick,
}

/// What is between name and value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Separator {
    /// `A=b`.
    Equals,
    /// `A = b`: refused by some readers.
    SpacedEquals,
    /// `A: b`.
    Colon,
}
