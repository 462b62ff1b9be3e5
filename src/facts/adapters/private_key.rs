//! Private keys in PEM files. Only that one is there is kept, never the key.

use crate::base::Span;
use crate::facts::FileFacts;

/// Adds where the keys of a PEM file begin.
pub fn read(text: &str, facts: &mut FileFacts) {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim_end();
        if is_private(trimmed) {
            facts.private_keys.push(Span::new(start, start + trimmed.len()));
        }
        start += line.len();
    }
}

/// RFC 7468, and what OpenSSL and OpenSSH write. A key that is encrypted is none that everybody can use.
fn is_private(line: &str) -> bool {
    line.strip_prefix("-----BEGIN ")
        .and_then(|rest| rest.strip_suffix("PRIVATE KEY-----"))
        .is_some_and(|kind| matches!(kind.trim_end(), "" | "RSA" | "EC" | "DSA" | "OPENSSH"))
}

/// Whether a file of this name and content holds a private key.
#[must_use]
pub fn deserves_parse(bytes: &[u8]) -> bool {
    memchr::memmem::find(bytes, b"PRIVATE KEY-----").is_some()
}
