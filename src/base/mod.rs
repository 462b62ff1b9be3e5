//! Text, files and places: the words that every other folder shares.
//!
//! Nothing here reads a disk or knows a language.

mod cancel;
mod classify;
mod count;
mod decode;
mod entry;
pub mod escape;
mod glob;
mod layered;
mod limit;
mod line_index;
pub mod near;
mod panic;
mod path;
mod patterns;
mod placeholder;
mod prefix;
mod span;
mod stack;
mod tree;
mod unread;
mod work;

pub use cancel::Cancel;
pub use classify::{
    TEMPLATE_SUFFIXES, confirmed_kind, is_binary, is_test_word, is_tool_configuration, kind_of, possible_kind, role_of,
    ships_with_nginx,
};
pub use count::counted;
pub use decode::{Decoded, decode};
pub use entry::{Entry, FileKind, FileRole, Tracking};
pub use glob::{matches_name, matches_path};
pub use layered::Layered;
pub use limit::{Limit, Limits};
pub use line_index::{LineColumn, LineIndex};
pub use panic::panic_message;
pub use path::RepoPath;
pub use patterns::{PathPatterns, as_of_git};
pub use placeholder::{TEMPLATE_MARKS, VARIABLE_MARKS, has_mark, has_placeholder, has_statement};
pub use prefix::longest_prefix;
pub use span::{FileId, Place, Span};
pub use stack::{STACK, on_deep_stack};
pub use tree::{MemoryTree, ReadError, Stamp, Tree, Visitor};
pub use unread::{Unread, UnreadReason};
pub use work::Work;
