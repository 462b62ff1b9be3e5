//! What other words at a proxy would make of a path.

use crate::base::Place;
use crate::model::PathText;

/// A change at a proxy, and the path that the back end gets by it.
#[derive(Clone, Debug, PartialEq)]
pub struct PathFix {
    /// The path.
    pub path: PathText,
    /// Where the change goes.
    pub place: Place,
    /// What the change does to the prefix that the proxy matched.
    pub keeps: KeepsPrefix,
    /// The lines to write; `None`: a rewrite is to leave the path as it is.
    pub lines: Option<String>,
}

/// Whether a path goes on with the prefix that the proxy matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeepsPrefix {
    /// It does.
    Yes,
    /// Something else takes its place, as now, with one slash more or less.
    Replaced,
    /// It is cut off, and was not before.
    No,
}
