//! Causes and facts become findings.

mod finding;

pub use finding::{Evidence, Finding, RuleId, Severity};
