//! Env files.

use crate::facts::FileFacts;

/// Adds what the text says.
pub fn read(_text: &str, _facts: &mut FileFacts) {}
