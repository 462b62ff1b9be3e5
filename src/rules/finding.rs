//! What a rule reports.

use std::collections::BTreeSet;

use crate::base::Place;
use crate::model::Assumption;

/// A rule's identifier: kebab-case, stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId(pub &'static str);

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Fails for some, or certainly unwise.
    Warning,
    /// Certainly fails, or certainly lets the wrong people in.
    Error,
}

impl Severity {
    /// One level lower; a note stays a note.
    #[must_use]
    pub fn lower(self) -> Self {
        match self {
            Self::Error => Self::Warning,
            Self::Warning | Self::Note => Self::Note,
        }
    }
}

/// One cause, reported.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The rule.
    pub rule: RuleId,
    /// Its severity, after assumptions.
    pub severity: Severity,
    /// What happens and why, self-contained in its first sentence, under 1,000 characters.
    pub message: String,
    /// Where the mend goes.
    pub place: Place,
    /// What stands there, short.
    pub label: String,
    /// The evidence of each wire.
    pub chains: Vec<Evidence>,
    /// How to mend it: text that can be pasted where possible.
    pub help: Option<String>,
    /// What it rests on besides the files.
    pub assumptions: BTreeSet<Assumption>,
    /// Stable identity together with rule and path.
    pub key: String,
    /// Whether git-ignored files take part: kept out of baselines and SARIF.
    pub local: bool,
    /// The reason given in a suppression that covers it.
    pub suppressed: Option<String>,
}

/// The chain of one wire: places with what each shows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Evidence {
    /// In the order of the handshake.
    pub links: Vec<(Place, String)>,
}
