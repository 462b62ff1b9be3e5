//! What every output format must hold for those who read it: their grammar, their limits, and nothing obeyed on the way.
#![allow(missing_docs, clippy::disallowed_methods, clippy::unwrap_used, clippy::panic)]

#[path = "../support/finding.rs"]
mod finding;
mod github;
mod gitlab;
mod json;
mod junit;
mod limits;
mod markdown;
mod runs;
mod snapshots;
