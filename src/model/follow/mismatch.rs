//! A path that no route of the application takes.

use std::sync::Arc;

use super::route::{Matched, Missed, route};
use super::walk::{Candidate, Walk};
use crate::base::Place;
use crate::facts::Protocol;
use crate::model::{AppId, BaseFault, CauseKind, PathPiece, PathText, Shift};

impl Walk<'_> {
    pub(super) fn path_mismatch(&self, missed: &Missed, path: &PathText) -> Option<Candidate> {
        let url = self.url();
        let says_something = path.0.iter().any(|piece| match piece {
            PathPiece::Known(text) => text.chars().any(char::is_alphanumeric),
            _ => false,
        });
        let begins_unknown = matches!(path.0.first(), Some(PathPiece::Rest));
        if !says_something && url.namespace.is_none() || begins_unknown {
            return None;
        }
        let mut place = url.path.places().last().copied().unwrap_or(self.connection.url_place);
        let mut why = missed.why.clone();
        if let Some(namespace) = &url.namespace {
            why = format!("`{namespace}` in the URL is a namespace, and the request goes to `{}`", path.display());
        }
        if let Some(forwarded) = &self.forwarded
            && forwarded.from != forwarded.to
        {
            why = format!("the proxy turns `{}` into it, and {why}", forwarded.from.display());
            let unchanged = route(self.wiring, &self.apps_at(missed), &forwarded.from, self.protocol());
            if matches!(unchanged, Matched::Routes(_)) {
                place = forwarded.place;
            }
        }
        // An application behind a proxy that has nothing like the path is the wrong one: the proxy's line is to be mended, once.
        let stray = self.forwarded.as_ref().filter(|_| !missed.is_near && self.protocol() == Protocol::Http);
        let mut key = "path".to_owned();
        if let Some(forwarded) = stray {
            place = forwarded.place;
            key = "application".to_owned();
        }
        let base = if stray.is_none() && url.namespace.is_none() { self.base_fault(missed, path, place) } else { None };
        let kind = CauseKind::PathMismatch {
            path: path.display(),
            nearest: missed.nearest.clone(),
            why,
            symptom: missed.symptom.clone(),
            base,
        };
        let mut candidate = Candidate::new(kind, place, key)
            .link(self.connection.place, format!("opens `{}`", url.display))
            .resting_on(&url.assumptions)
            .resting_on(&self.guessed);
        if let Some(forwarded) = &self.forwarded {
            candidate = candidate.link(forwarded.place, "the proxy forwards it");
        }
        if let Some(place) = missed.nearest_place {
            candidate = candidate.link(place, "the nearest route");
        }
        Some(candidate.link(missed.app_place, "the application"))
    }

    fn apps_at(&self, missed: &Missed) -> Vec<AppId> {
        (0u32..)
            .map(AppId)
            .zip(&self.wiring.apps)
            .filter(|(_, app)| app.place == missed.app_place)
            .map(|(id, _)| id)
            .collect()
    }

    /// The definition that the address is built on, when its path is what keeps this one from a route.
    fn base_fault(&self, missed: &Missed, path: &PathText, place: Place) -> Option<BaseFault> {
        let url = self.url();
        let base = url.path.places().first().filter(|first| **first != place).or_else(|| url.host.places().first());
        let base = base.copied().filter(|base| *base != place)?;
        let apps = self.apps_at(missed);
        let taken = |path: &PathText| matches!(route(self.wiring, &apps, path, self.protocol()), Matched::Routes(_));
        let mut rest = path.clone();
        let mut surplus = String::new();
        for _ in 0..MOST_SURPLUS {
            let Some((segment, shorter)) = without_first(&rest) else { break };
            surplus.push_str(&segment);
            if taken(&shorter) {
                return Some(BaseFault { place: base, shift: Shift::Surplus(Arc::from(surplus)), paths: 1 });
            }
            rest = shorter;
        }
        let shown = path.display();
        let lacking = missed.nearest.as_deref()?.strip_suffix(shown.as_str())?;
        let plain = lacking.starts_with('/') && !lacking.contains(['{', '<', ':', '*', '(', '^']);
        plain.then(|| BaseFault { place: base, shift: Shift::Lacks(Arc::from(lacking)), paths: 1 })
    }
}

/// Segments that a base may bring too many.
const MOST_SURPLUS: usize = 2;

/// The first segment of a path, and the path without it; both begin with a slash.
fn without_first(path: &PathText) -> Option<(String, PathText)> {
    let (PathPiece::Known(first), rest) = path.0.split_first()? else { return None };
    let end = first.strip_prefix('/')?.find('/')? + 1;
    let (segment, after) = first.split_at(end);
    let mut shorter = vec![PathPiece::Known(Arc::from(after))];
    shorter.extend_from_slice(rest);
    (segment.len() > 1).then(|| (segment.to_owned(), PathText(shorter)))
}
