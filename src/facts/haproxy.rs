//! A HAProxy file as sections of lines.

use serde::{Deserialize, Serialize};

use super::ProxyWord;
use crate::base::Span;

/// One file of a HAProxy configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HaproxyFile {
    /// Its sections in order.
    pub sections: Vec<HaproxySection>,
}

/// A section with its lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HaproxySection {
    /// `frontend web`
    pub head: HaproxyLine,
    /// The lines that belong to it.
    pub lines: Vec<HaproxyLine>,
}

/// A line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HaproxyLine {
    /// Its words.
    pub words: Vec<ProxyWord>,
    /// From its first word to its last one.
    pub span: Span,
    /// Whether it is part of the configuration.
    pub presence: HaproxyPresence,
}

/// Whether a line takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum HaproxyPresence {
    /// It does.
    Always,
    /// A condition of `.if` decides it.
    Sometimes,
}
