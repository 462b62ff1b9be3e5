//! What a run saw, and what it could not know.

use super::View;
use super::words::counted;
use crate::base::Place;
use crate::facts::{Demand, SkipReason, SyntaxErrorKind};
use crate::model::{Verdict, WireState};

/// How many connections come out how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// With a way that breaks.
    pub broken: usize,
    /// With a way that could not be followed to its end, and none that breaks.
    pub partly_unknown: usize,
    /// Followed to their ends.
    pub whole: usize,
}

impl Tally {
    /// Counts the connections by their worst ways.
    pub fn of(states: impl Iterator<Item = WireState>) -> Self {
        let mut tally = Self::default();
        for state in states {
            let slot = match state {
                WireState::Broken => &mut tally.broken,
                WireState::PartlyUnknown => &mut tally.partly_unknown,
                WireState::Whole => &mut tally.whole,
            };
            *slot += 1;
        }
        tally
    }

    /// In words.
    pub fn words(self) -> String {
        format!("{} broken, {} partly unknown, {} ok", self.broken, self.partly_unknown, self.whole)
    }
}

/// What was covered, in numbers and in words.
pub(super) struct Covered {
    pub seen: usize,
    pub read: usize,
    pub parsed: usize,
    pub connections: usize,
    /// Whether some connection has a way that was followed to its end, or to where it breaks.
    pub reached_an_end: bool,
    pub handshakes: usize,
    /// Handshakes in which some hop could not be judged.
    pub partly_unknown: usize,
    /// Path and reason.
    pub skipped: Vec<(String, String)>,
    /// Path and reason of what is in the tree and is no file that is read.
    pub not_read: Vec<(String, String)>,
    /// How many of those could matter to what is found.
    pub not_read_that_may_matter: usize,
    /// `path:line` and what stopped the reading there.
    pub partly_read: Vec<(String, String)>,
    /// `path:line` and what was not found.
    pub not_found: Vec<(String, String)>,
    /// `path:line` and why the URL is not known.
    pub unresolved: Vec<(String, String)>,
    pub ignored_env_files: usize,
}

/// The coverage of a run.
pub(super) fn of(view: &View<'_>) -> Covered {
    let wiring = view.wiring();
    let coverage = &wiring.repository.coverage;
    let unknown = |verdict: &Verdict| matches!(verdict, Verdict::Unknown(_));
    let name = |file| view.path(file).map(ToString::to_string).unwrap_or_default();
    Covered {
        seen: coverage.seen,
        read: coverage.read,
        parsed: coverage.parsed,
        connections: wiring.handshakes.chunk_by(|one, other| one.connection == other.connection).count(),
        reached_an_end: wiring.handshakes.iter().any(|way| !way.hops.iter().any(|hop| unknown(&hop.verdict))),
        handshakes: wiring.handshakes.len(),
        partly_unknown: wiring.handshakes.iter().filter(|way| way.hops.iter().any(|hop| unknown(&hop.verdict))).count(),
        skipped: coverage.skipped.iter().map(|(path, why)| (path.to_string(), skip_reason(why))).collect(),
        not_read: coverage.unread.iter().map(|unread| (unread.at.clone(), unread.why.to_string())).collect(),
        not_read_that_may_matter: coverage.unread.iter().filter(|unread| unread.why.may_matter()).count(),
        partly_read: wiring
            .repository
            .iter()
            .flat_map(|(file, facts)| facts.syntax_errors.iter().map(move |error| (file, error)))
            .filter(|(_, error)| error.kind == SyntaxErrorKind::Unparsed)
            .map(|(file, error)| {
                let line = view.line(Place::new(file, error.span));
                (format!("{}:{line}", name(file)), view.prose(&error.message))
            })
            .collect(),
        not_found: coverage
            .unresolved
            .iter()
            .filter_map(|(file, demand)| match demand {
                Demand::NginxInclude(text) => Some((name(*file), format!("include {text}"))),
                Demand::ApacheInclude(text) => Some((name(*file), format!("Include {text}"))),
                Demand::CaddyImport(text) => Some((name(*file), format!("import {text}"))),
                Demand::File(text) | Demand::Data(text) => Some((name(*file), text.to_string())),
                // Packages from a registry are never in the repository, env files often not.
                Demand::EcmaModule(_) | Demand::PythonModule(_) | Demand::EnvFile(_) => None,
            })
            .collect(),
        unresolved: wiring
            .unresolved
            .iter()
            .map(|(place, why)| (format!("{}:{}", name(place.file), view.line(*place)), view.prose(why)))
            .collect(),
        ignored_env_files: coverage.ignored_env_files,
    }
}

fn skip_reason(reason: &SkipReason) -> String {
    match reason {
        SkipReason::TooLarge { size } => format!("too large ({size} bytes)"),
        SkipReason::Generated => "generated or minified".to_owned(),
        SkipReason::Binary => "binary".to_owned(),
        SkipReason::NoRoom => "the other files say too much".to_owned(),
        SkipReason::Unreadable(error) => error.to_string(),
    }
}

impl Covered {
    /// One line.
    pub fn summary(&self) -> String {
        let mut parts = vec![
            format!("{} read", counted(self.parsed, "file")),
            format!("{} followed", counted(self.connections, "connection")),
        ];
        if !self.unresolved.is_empty() {
            parts.push(format!("{} not followed", self.unresolved.len()));
        }
        if !self.not_found.is_empty() {
            parts.push(format!("{} not found", counted(self.not_found.len(), "file")));
        }
        if !self.partly_read.is_empty() {
            parts.push(format!("{} partly read", counted(self.partly_read.len(), "file")));
        }
        if !self.skipped.is_empty() {
            parts.push(format!("{} left out", counted(self.skipped.len(), "file")));
        }
        if self.not_read_that_may_matter > 0 {
            parts.push(format!("{} not read (see --verbose)", counted(self.not_read_that_may_matter, "path")));
        }
        if self.ignored_env_files > 0 {
            parts.push(format!("{} not read (see --local)", counted(self.ignored_env_files, "git-ignored env file")));
        }
        parts.join(", ")
    }
}
