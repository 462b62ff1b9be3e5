//! Text, files and places: the words that every other folder shares.
//!
//! Nothing here reads a disk or knows a language.

mod entry;
mod line_index;
mod path;
mod span;
mod tree;

pub use entry::{Entry, FileKind, FileRole, Tracking};
pub use line_index::{LineColumn, LineIndex};
pub use path::RepoPath;
pub use span::{FileId, Place, Span};
pub use tree::{MemoryTree, ReadError, Tree, Visitor};
