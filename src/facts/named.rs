//! Which other files the text of a source file names, found without a parse.
//!
//! Too much is found rather than too little: what a comment or a plain string names counts, because the question behind it is
//! whether nothing at all names a file.

mod ecma;
mod python;

use crate::base::FileKind;

/// A file, or some files, that a text names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// A path from the folder of the naming file, often without suffix: `./api`, `../lib/socket.js`.
    Relative(Box<str>),
    /// A path whose start means a package, an alias or a folder of the search path: `@/lib/api`, `app/core/config`.
    Absolute(Box<str>),
    /// Everything below this folder, from the folder of the naming file: `import.meta.glob('./pages/**')`.
    Below(Box<str>),
    /// What it loads is made up at run time.
    Anything,
}

/// What the text of a file of this kind names; nothing for kinds that import nothing.
#[must_use]
pub fn named(kind: FileKind, text: &[u8]) -> Vec<Named> {
    match kind {
        FileKind::TypeScript | FileKind::Tsx | FileKind::Vue | FileKind::Svelte => ecma::named(text),
        FileKind::Python => python::named(text),
        _ => Vec::new(),
    }
}

/// Texts longer than this are no paths.
const LONGEST: usize = 240;

/// The text of a string literal whose opening quote is at `at`, on one line.
fn quoted(text: &[u8], at: usize) -> Option<&str> {
    let quote = *text.get(at)?;
    let rest = text.get(at + 1..)?;
    let rest = rest.get(..LONGEST).unwrap_or(rest);
    let end = rest.iter().position(|byte| *byte == quote || *byte == b'\n')?;
    (rest.get(end) == Some(&quote)).then(|| std::str::from_utf8(rest.get(..end)?).ok()).flatten()
}

#[cfg(test)]
mod tests;
