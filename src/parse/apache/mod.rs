//! Apache httpd configuration text as directives and sections.
//!
//! httpd reads line by line: a `\` before the end of a line continues it, `#` starts a comment only where a line starts, and
//! what a directive makes of its words is its own affair. mod_rewrite takes its words apart by rules of its own.

mod lines;
mod read;
mod words;

pub use read::{Event, Failure, FailureKind, Parsed, Statement, parse};
pub use words::Word;
