//! What a file says of a back end whose source is not read.

use serde::{Deserialize, Serialize};

use super::known::BackEnd;
use crate::base::Span;

/// A manifest that shows such a back end, or a file that names its ports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackEndFact {
    /// The framework, when the file shows it.
    pub program: Option<BackEnd>,
    /// Where it is shown.
    pub span: Span,
    /// Ports that it listens on, with their places.
    pub ports: Vec<(u16, Span)>,
    /// Whether the file only lists modules that are built together.
    pub role: BackEndRole,
}

/// What a manifest is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum BackEndRole {
    /// A program.
    Program,
    /// Modules that are built together (a parent of Maven, a workspace of Cargo).
    Modules,
    /// Settings of a program whose manifest is another file.
    Settings,
}
