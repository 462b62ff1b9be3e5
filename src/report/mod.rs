//! Findings as text. No renderer decides anything, and none sees text that was not redacted first.

mod redact;
