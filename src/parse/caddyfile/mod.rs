//! Caddyfiles as lines of words.

mod lexer;
mod lines;

pub use lexer::{EnvHole, Quote};
pub use lines::{Failure, FailureKind, Line, Parsed, Word, parse};
