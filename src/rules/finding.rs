//! What a rule reports.

use std::collections::BTreeSet;
use std::fmt;

use super::Fix;
use crate::base::{FileId, Place};
use crate::model::{Assumption, ConnectionId, DeploymentId, HopKind};

/// A rule's identifier: kebab-case, stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId(pub &'static str);

impl RuleId {
    /// wirelint itself failed. Whether that is reported is no matter of taste: what else was asked is not known then.
    pub const INTERNAL_ERROR: Self = Self("internal-error");
    /// A setting that applies to nothing.
    pub const UNUSED_SETTING: Self = Self("unused-setting");
    /// A suppression that suppresses nothing.
    pub const UNUSED_SUPPRESSION: Self = Self("unused-suppression");
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

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
    /// All, the worst first.
    pub const ALL: [Self; 3] = [Self::Error, Self::Warning, Self::Note];

    /// One level lower; a note stays a note.
    #[must_use]
    pub fn lower(self) -> Self {
        match self {
            Self::Error => Self::Warning,
            Self::Warning | Self::Note => Self::Note,
        }
    }

    /// The word in every output and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
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
    /// Where the fix goes.
    pub place: Place,
    /// What is there, short.
    pub label: String,
    /// The evidence of each wire.
    pub chains: Vec<Evidence>,
    /// Files that it rests on besides those of the evidence, in the order of their paths; see [`crate::model::Rests`].
    pub rests_on: Vec<FileId>,
    /// How to fix it: text that can be pasted where possible.
    pub help: Option<String>,
    /// The edits that fix it, when they are certain.
    pub fix: Option<Fix>,
    /// What it rests on besides the files.
    pub assumptions: BTreeSet<Assumption>,
    /// Stable identity together with rule and path.
    pub key: String,
    /// What tells it from other findings of its rule.
    pub known_by: KnownBy,
    /// Whether git-ignored files take part: kept out of baselines and SARIF.
    pub local: bool,
    /// What somebody said against it, when that covers all of it.
    pub suppressed: Option<Suppressed>,
    /// What it is known by, once that was computed; see [`Finding::key`] for what it is made of.
    pub fingerprint: Option<String>,
    /// A place of its chains on a line that the change touched, where it is shown first instead of at `place`.
    pub anchor: Option<Place>,
    /// How it stands to an earlier state, when it was compared with one.
    pub state: Option<BaselineState>,
}

impl Finding {
    /// The place where it is shown first: on a changed line when there is one, else where the fix goes.
    #[must_use]
    pub fn first_place(&self) -> Place {
        self.anchor.unwrap_or(self.place)
    }
}

/// How a finding stands to an earlier state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BaselineState {
    /// Not found then.
    New,
    /// Found then as well.
    Unchanged,
}

impl BaselineState {
    /// The word in every output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Unchanged => "unchanged",
        }
    }
}

/// What tells a finding from others of its rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KnownBy {
    /// Its place and its key.
    Place,
    /// Its key alone: its place is that of the first of several.
    Key,
}

/// Why a finding is not counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppressed {
    /// The reason given, which may be empty.
    pub reason: String,
    /// Where it is said.
    pub by: SuppressedBy,
}

/// Where a suppression is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SuppressedBy {
    /// In a comment of the repository.
    Comment,
    /// In `wirelint.toml`.
    Settings,
    /// In a baseline file.
    Baseline,
    /// Nowhere: the earlier commit that is compared with has it as well.
    Revision,
}

impl SuppressedBy {
    /// The word in every output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Comment => "comment",
            Self::Settings => "settings",
            Self::Baseline => "baseline",
            Self::Revision => "revision",
        }
    }

    /// Whether the finding is there from before, and nobody judged it.
    #[must_use]
    pub fn is_from_before(self) -> bool {
        matches!(self, Self::Baseline | Self::Revision)
    }
}

/// The chain of one wire: places with what each shows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Evidence {
    /// The wire, when there is one.
    pub wire: Option<(ConnectionId, DeploymentId)>,
    /// The hop that breaks.
    pub hop: Option<HopKind>,
    /// In the order of the handshake.
    pub links: Vec<(Place, String)>,
}
