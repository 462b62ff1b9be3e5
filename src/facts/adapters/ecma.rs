//! TypeScript and JavaScript, alone and inside Vue and Svelte files: one traversal that calls the adapters.

use crate::facts::FileFacts;

/// Whether the bytes hold anything that is looked for.
#[must_use]
pub fn deserves_parse(_bytes: &[u8]) -> bool {
    false
}

/// Adds what the text says.
pub fn read(_text: &str, _facts: &mut FileFacts) {}
