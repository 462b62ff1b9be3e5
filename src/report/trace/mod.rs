//! Every connection, hop by hop.

mod ends;
mod json;
mod target;
mod text;

pub use ends::other_ends;
pub use json::render as json;
pub use target::Target;
pub use text::render as text;

use crate::base::{RepoPath, Tree};
use crate::model::{
    Connection, ConnectionId, Handshake, HopKind, Known, PageOrigin, PageScheme, Verdict, WireState, Wiring,
};

/// What is traced.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// Where texts come from.
    pub tree: &'a dyn Tree,
    /// The wiring.
    pub wiring: &'a Wiring,
    /// Which connections.
    pub target: &'a Target,
    /// Which of their ways.
    pub only: Only,
    /// How ways are shown in text.
    pub ways: Ways,
    /// The folder of the tree that paths in text are relative to.
    pub here: &'a RepoPath,
}

/// Which ways are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Only {
    /// All.
    Everything,
    /// Those with a hop that breaks.
    Breaks,
}

/// How the ways of a connection are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ways {
    /// Those that differ, the worst first.
    Merged,
    /// Each, with every hop, in the order of the repository.
    Each,
}

impl Request<'_> {
    /// Whether nothing of the repository is meant by the target.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let unresolved = &mut self.wiring.unresolved.iter();
        self.connections().is_empty()
            && !unresolved.any(|(place, why)| self.target.meets_unresolved(self.wiring, *place, why))
    }

    /// The connections that are meant, with their ways, in the order of the repository.
    fn connections(&self) -> Vec<Followed<'_>> {
        let mut all: Vec<Followed<'_>> = Vec::new();
        // Handshakes are sorted by connection.
        for group in self.wiring.handshakes.chunk_by(|one, other| one.connection == other.connection) {
            let Some(id) = group.first().map(|way| way.connection) else { continue };
            let Some(connection) = self.wiring.connections.get(id.0 as usize) else { continue };
            let ways = group.iter().filter(|way| self.target.meets(self.wiring, connection, way));
            let ways: Vec<&Handshake> =
                ways.filter(|way| self.only == Only::Everything || way.state() == WireState::Broken).collect();
            if !ways.is_empty() {
                all.push(Followed { id, connection, ways });
            }
        }
        all
    }
}

/// A connection with the ways that are shown.
struct Followed<'a> {
    id: ConnectionId,
    connection: &'a Connection,
    ways: Vec<&'a Handshake>,
}

impl Followed<'_> {
    /// The worst of its ways.
    fn state(&self) -> WireState {
        self.ways.iter().map(|way| way.state()).min().unwrap_or(WireState::Whole)
    }
}

fn hop_name(kind: HopKind) -> &'static str {
    match kind {
        HopKind::Page => "page",
        HopKind::Url => "url",
        HopKind::MixedContent => "mixed content",
        HopKind::Csp => "csp",
        HopKind::Reach => "reach",
        HopKind::Redirect => "redirect",
        HopKind::VirtualServer => "server",
        HopKind::Location => "location",
        HopKind::Headers => "headers",
        HopKind::Upstream => "upstream",
        HopKind::Listener => "listener",
        HopKind::Route => "route",
        HopKind::Origin => "origin",
        HopKind::Token => "token",
    }
}

/// What a hop says, the reason of what is not known included.
fn hop_text(note: &str, verdict: &Verdict) -> String {
    match verdict {
        Verdict::Unknown(why) if note.is_empty() => why.clone(),
        Verdict::Unknown(why) => format!("{note}; {why}"),
        Verdict::Holds | Verdict::Skipped | Verdict::Breaks(_) => note.to_owned(),
    }
}

/// The rules that speak of a hop that breaks, each once.
fn rules(wiring: &Wiring, verdict: &Verdict) -> Vec<&'static str> {
    let Verdict::Breaks(causes) = verdict else { return Vec::new() };
    let mut rules: Vec<&str> =
        causes.iter().filter_map(|id| wiring.causes.get(id.0 as usize)).map(|cause| cause.kind.rule()).collect();
    rules.sort_unstable();
    rules.dedup();
    rules
}

/// A page's origin for people.
fn origin(page: &PageOrigin) -> String {
    let scheme = match page.scheme.value() {
        Some(PageScheme::Http) => "http",
        Some(PageScheme::Https) => "https",
        None => "{scheme}",
    };
    let host = page.host.value().map_or("{host}", |host| host);
    match &page.port {
        Known::Is(80, _) if scheme == "http" => format!("{scheme}://{host}"),
        Known::Is(443, _) if scheme == "https" => format!("{scheme}://{host}"),
        Known::Is(port, _) => format!("{scheme}://{host}:{port}"),
        Known::Unknown(_) => format!("{scheme}://{host}:{{port}}"),
    }
}
