//! Locations that were written for a path, and that another location keeps it from.

use super::NginxInstance;
use super::pattern::Found;
use super::run::Run;
use super::select::{self, Chosen, Matcher};
use super::tree::{Level, LevelId, LevelKind};
use crate::model::PathPiece;
use crate::model::proxy::{ChosenLocation, Request, Shadow, Shadowed, WITNESSES, Witness};

/// Locations of one server that are looked at.
const MOST_LOCATIONS: usize = 200;

impl NginxInstance {
    /// The locations whose text is that of the request's path, that nginx does not pick for it, and what each would answer.
    #[must_use]
    pub(super) fn shadowed_for(&self, request: &Request) -> Vec<Shadowed> {
        let partly_known = request.path.0.iter().any(|piece| !matches!(piece, PathPiece::Known(_)));
        let witnesses = if partly_known { WITNESSES } else { WITNESSES.get(..1).unwrap_or_default() };
        let mut found: Option<Vec<Shadowed>> = None;
        for witness in witnesses {
            let here = self.shadowed_concrete(request, *witness);
            match &mut found {
                None => found = Some(here),
                Some(known) => known.retain(|one| here.contains(one)),
            }
        }
        found.unwrap_or_default()
    }

    fn shadowed_concrete(&self, request: &Request, witness: Witness) -> Vec<Shadowed> {
        let path = witness.fill(&request.path);
        let candidates = select::servers(&self.tree, request);
        let ([candidate], None) = (candidates.servers.as_slice(), candidates.plain_to_tls) else { return Vec::new() };
        let mut run = Run::new(self, request, candidate, &path);
        if run.read_path(candidate.server).is_err() || run.rewrite_phase().is_some() {
            return Vec::new();
        }
        let Ok(uri) = run.uri.settled().map(str::to_owned) else { return Vec::new() };
        let taken = match select::location(&self.tree, candidate.server, &uri).0 {
            Chosen::Location(id) => Some(id),
            Chosen::Server => None,
            Chosen::AddSlash(_) | Chosen::Unknown(_) => return Vec::new(),
        };
        let statements = self.tree.level(candidate.server).map(|level| level.statements.as_slice()).unwrap_or_default();
        let locations = statements.iter().filter(|statement| &*statement.name == "location");
        let mut shadowed = Vec::new();
        for id in locations.filter_map(|statement| statement.block).take(MOST_LOCATIONS) {
            let Some(level) = self.tree.level(id) else { continue };
            let Some((why, matched)) = self.shadow(level, id, taken, candidate.server, &uri) else { continue };
            let (Some(text), Some(location)) = (head(level), chosen(id, level)) else { continue };
            let mut other = run.clone();
            if let Some(matched) = matched {
                matched.install(&mut other.variables);
            }
            let outcome = other.outcome_in(id);
            shadowed.push(Shadowed {
                location,
                text: text.into(),
                why,
                taken_by: taken.and_then(|id| chosen(id, self.tree.level(id)?)),
                answer: witness.restore(other.answer(outcome)),
            });
        }
        shadowed
    }

    /// Why `level` does not take the path, when its text is that of the path.
    fn shadow(
        &self,
        level: &Level,
        id: LevelId,
        taken: Option<LevelId>,
        server: LevelId,
        uri: &str,
    ) -> Option<(Shadow, Option<Found>)> {
        // the location of the server around the one that takes the path
        let outer = taken.and_then(|taken| {
            let mut around = self.tree.outward(taken).filter(|(_, level)| level.kind == LevelKind::Location);
            around.find(|(_, level)| level.parent == Some(server))
        });
        if outer.is_some_and(|(outer, _)| outer == id) {
            return None;
        }
        let taken_by = outer.map(|(_, level)| select::matcher(level));
        match (select::matcher(level), taken_by) {
            (Matcher::Exact(text), Some(Matcher::Prefix { .. } | Matcher::Regex { .. }) | None) => {
                let rest = uri.strip_prefix(text)?;
                (!rest.is_empty() && (rest.starts_with('/') || text.ends_with('/'))).then_some((Shadow::Exact, None))
            }
            (Matcher::Prefix { text, .. }, _) if !text.starts_with('/') => {
                let meant = meant(text);
                let matched = match meant.strip_prefix("~ ") {
                    Some(pattern) => self.tree.effort.find(pattern, false, uri, level.place)?.is_some(),
                    None => uri.starts_with(&meant),
                };
                matched.then(|| (Shadow::Dead(meant.into()), None))
            }
            (Matcher::Prefix { text, no_regex: false }, Some(Matcher::Regex { .. })) => {
                uri.starts_with(text).then_some((Shadow::Pattern, None))
            }
            (Matcher::Regex { pattern, ignore_case }, Some(by)) => {
                let found = self.tree.effort.find(pattern, ignore_case, uri, level.place)??;
                match by {
                    Matcher::Prefix { no_regex: true, .. } => Some((Shadow::NoPatterns, Some(found))),
                    Matcher::Regex { .. } | Matcher::Prefix { .. } => Some((Shadow::EarlierPattern, Some(found))),
                    Matcher::Exact(_) | Matcher::Named(_) | Matcher::Unknown => None,
                }
            }
            _ => None,
        }
    }
}

/// The head that was meant by one that begins with no slash.
pub(super) fn meant(text: &str) -> String {
    let pattern = text.starts_with(['^', '\\', '(', '.']) || text.ends_with('$');
    if pattern { format!("~ {text}") } else { format!("/{text}") }
}

/// What the head of a location matches.
fn head(level: &Level) -> Option<&str> {
    match select::matcher(level) {
        Matcher::Exact(text) | Matcher::Prefix { text, .. } | Matcher::Regex { pattern: text, .. } => Some(text),
        Matcher::Named(_) | Matcher::Unknown => None,
    }
}

fn chosen(id: LevelId, level: &Level) -> Option<ChosenLocation> {
    let is_location = level.kind == LevelKind::Location;
    is_location.then(|| ChosenLocation { level: id, place: level.place, written: select::written(level) })
}
