//! Causes and facts become findings.
//!
//! A rule is a Markdown file that says what it is about, and a small Rust file that puts its causes into words. What is
//! wrong has been decided by the model: no rule opens a file, walks a tree or names a framework.

mod analysis;
mod connection_lifecycle;
mod cors_origin;
mod document;
mod finding;
mod fix;
mod fixes;
mod handshake_auth;
mod host_mismatch;
mod level;
mod mixed_content;
mod registry;
mod run;
mod select;
mod suppress;
mod tls;
mod upgrade_headers;
mod words;

pub use analysis::unused_setting::{HostFault, Setting, UnusedSetting};
pub use document::{Family, Metadata};
pub use finding::{BaselineState, Evidence, Finding, KnownBy, RuleId, Severity, Suppressed, SuppressedBy};
pub use fix::{Applicability, Change, Edit, Fix, Remedy};
pub use fixes::{REMEDIES, remedies_of};
pub use level::{Level, StatedLevel, deciding};
pub use registry::{Accuses, Identity, RULES, Rule, find};
pub use run::{Options, Suppressions, run};
pub use select::{Selector, UnknownSelector, nearest};
pub use suppress::{Scope, StatedSuppression};
