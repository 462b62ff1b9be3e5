//! How text for people looks.

/// How text for people looks, and what it says besides the findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// With colours or without.
    pub paint: Paint,
    /// Whether rules are linked to their pages.
    pub links: Links,
    /// Columns.
    pub width: usize,
    /// How much is said besides the findings.
    pub detail: Detail,
    /// What is counted for each rule.
    pub statistics: Statistics,
    /// What is said of files that were not read.
    pub skipped: Skipped,
}

impl Default for Style {
    /// As a file holds it: 100 columns, no colours, a summary.
    fn default() -> Self {
        Self {
            paint: Paint::Plain,
            links: Links::Without,
            width: 100,
            detail: Detail::Summary,
            statistics: Statistics::Brief,
            skipped: Skipped::Counted,
        }
    }
}

/// With colours or without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    /// ANSI colours.
    Colour,
    /// None.
    Plain,
}

/// With links (OSC 8) or without; they need colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Links {
    /// A rule's id leads to its page.
    With,
    /// None.
    Without,
}

/// How much is said besides the findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Nothing.
    Findings,
    /// A summary line, and how many findings each rule has where there are several.
    Summary,
    /// What was read, what was left out and why; suppressed findings; every place.
    Full,
}

/// What is counted for each rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statistics {
    /// Its findings, where there are several.
    Brief,
    /// Its findings, and in how many files and connections they are.
    Full,
}

/// What is said of files that were not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skipped {
    /// How many there are.
    Counted,
    /// Each with the reason.
    Listed,
}
