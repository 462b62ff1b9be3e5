//! Where the pages of wirelint are.

use crate::base::escape::PageOf;
use crate::rules::RuleId;

/// The project's address, as the package states it.
pub(super) const HOME: &str = env!("CARGO_PKG_REPOSITORY");

/// The page of a rule: its own file in the project.
pub(super) fn rule_page(rule: RuleId) -> String {
    format!("{HOME}/blob/main/rules/{rule}.md")
}

/// A rule's id as a terminal links it.
pub(super) fn linked(rule: RuleId) -> String {
    format!("\u{1b}]8;;{}\u{1b}\\{rule}\u{1b}]8;;\u{1b}\\", rule_page(rule))
}

/// Links that may reach a terminal: those that [`linked`] makes.
pub(super) const OWN_PAGES: PageOf = PageOf(HOME);
