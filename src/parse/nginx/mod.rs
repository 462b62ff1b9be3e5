//! nginx configuration text as statements.
//!
//! A reader of our own, token for token what nginx's own reader does, in place of `nginx-lint-parser`: that crate treats
//! quotes and `}` inside a word as special (nginx does not: `a"b` and `^/x}$` are plain words), refuses CRLF, does not
//! notice a missing `;`, builds its tree by recursion (deep nesting overflows the stack) and splits `http://${A}:80/`
//! into several arguments. What nginx accepts must never be called an error, so its rules are followed to the letter.

mod lua;
pub(in crate::parse) mod mask;
mod read;

pub use mask::{Control, Hole, Style};
pub use read::{Event, Failure, FailureKind, Parsed, Word, parse};
