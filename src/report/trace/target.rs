//! What of the connections a user asks for.

use crate::base::{FileId, Place, RepoPath};
use crate::model::{Component, Connection, Handshake, Wiring};

/// What is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Everything.
    All,
    /// What has a place in this file, or in a file of this folder.
    Path(RepoPath),
    /// What has a place on this line of this file.
    Line(RepoPath, u32),
    /// What has a URL, a port or the path of a file that holds this text.
    Text(String),
}

impl Target {
    /// The target that a user names: a file, `FILE:LINE`, a folder, a URL or a part of one. Paths are relative to one of
    /// `starts`, the first that has them.
    #[must_use]
    pub fn named(text: &str, starts: &[RepoPath], wiring: &Wiring) -> Self {
        let known = |path: &str| -> Option<RepoPath> {
            let paths = &wiring.repository.paths;
            let here = |path: &RepoPath| paths.iter().any(|known| known.is_under(path));
            starts.iter().filter_map(|start| start.join(path)).find(here)
        };
        // `FILE:LINE:COLUMN` is what editors and compilers print.
        let (before, last) = numbered(text).unwrap_or((text, 0));
        let (path, line) = numbered(before).unwrap_or((before, last));
        if let Some(path) = known(text) {
            return if path == RepoPath::root() { Self::All } else { Self::Path(path) };
        }
        match known(path) {
            Some(path) if line > 0 => Self::Line(path, line),
            _ => Self::Text(text.to_owned()),
        }
    }

    /// Whether the way of a connection has a part here.
    pub(super) fn meets(&self, wiring: &Wiring, connection: &Connection, way: &Handshake) -> bool {
        let url = &way.url;
        let text = match self {
            Self::All => return true,
            Self::Path(_) | Self::Line(..) => false,
            Self::Text(wanted) => {
                let path = match &url.path {
                    Component::Is(path, _) | Component::FromPage(path, _) => path.display(),
                    Component::Unknown(_) => String::new(),
                };
                let port = url.port.value().map(u16::to_string);
                url.display.contains(wanted.as_str())
                    || path.contains(wanted.as_str())
                    || port.as_ref() == Some(wanted)
                    || name(wiring, connection.place.file).contains(wanted.as_str())
            }
        };
        let components = [url.host.places(), url.port.places(), url.scheme.places(), url.path.places()];
        text || std::iter::once(&connection.place)
            .chain(&url.evidence)
            .chain(&way.call)
            .chain(components.into_iter().flatten())
            .chain(way.hops.iter().flat_map(|hop| &hop.places))
            .any(|place| self.covers(wiring, *place))
    }

    /// Whether a connection of whose address nothing is known is meant.
    pub(super) fn meets_unresolved(&self, wiring: &Wiring, place: Place, reason: &str) -> bool {
        match self {
            Self::All => true,
            Self::Path(_) | Self::Line(..) => self.covers(wiring, place),
            Self::Text(wanted) => reason.contains(wanted) || name(wiring, place.file).contains(wanted.as_str()),
        }
    }

    /// Whether a place is here.
    pub(super) fn covers(&self, wiring: &Wiring, place: Place) -> bool {
        let Some(facts) = wiring.repository.get(place.file) else { return false };
        match self {
            Self::All => true,
            Self::Path(path) => facts.path.is_under(path),
            Self::Line(path, line) => {
                let (first, last) = facts.lines.lines(place.span);
                facts.path == *path && (first..=last).contains(line)
            }
            Self::Text(_) => false,
        }
    }
}

/// A text that ends in a colon and a number.
fn numbered(text: &str) -> Option<(&str, u32)> {
    let (before, number) = text.rsplit_once(':')?;
    Some((before, number.parse().ok()?))
}

fn name(wiring: &Wiring, file: FileId) -> &str {
    wiring.repository.get(file).map(|facts| facts.path.as_str()).unwrap_or_default()
}
