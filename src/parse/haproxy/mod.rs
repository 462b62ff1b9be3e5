//! HAProxy's own syntax: words on lines, sections by the first word of a line.

mod read;
mod words;

pub use read::{Failure, Line, Parsed, Presence, Section, parse};
pub use words::Word;
