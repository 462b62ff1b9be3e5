//! A path that no route of the application takes.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::route::{Missed, is_taken};
use super::walk::{Candidate, Walk};
use crate::base::Place;
use crate::facts::Protocol;
use crate::model::{AppId, BaseFault, CauseKind, PathPiece, PathText, Shift, UnmountedRoute, Wiring};

impl Walk<'_> {
    pub(super) fn path_mismatch(&self, missed: &Missed, path: &PathText) -> Option<Candidate> {
        let url = self.url();
        let says_something = path.0.iter().any(|piece| match piece {
            PathPiece::Known(text) => text.chars().any(char::is_alphanumeric),
            _ => false,
        });
        let begins_unknown = matches!(path.0.first(), Some(PathPiece::Rest));
        // `/` of a socket is all that is asked for.
        let is_whole =
            self.protocol() == Protocol::WebSocket && path.0.iter().all(|piece| matches!(piece, PathPiece::Known(_)));
        if !says_something && !is_whole && url.namespace.is_none() || begins_unknown {
            return None;
        }
        if let Some(route) = &missed.unmounted {
            return Some(self.unmounted(missed, route, path));
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
            let unchanged = is_taken(self.wiring, &self.apps_at(missed), &forwarded.from, self.protocol());
            if unchanged {
                place = forwarded.place;
            }
        }
        // An application behind a proxy that has nothing like the path is the wrong one: the proxy's line is to be fixed, once.
        let stray = self.forwarded.as_ref().filter(|_| !missed.is_near && self.protocol() == Protocol::Http);
        let mut key = "path".to_owned();
        if let Some(forwarded) = stray {
            place = forwarded.place;
            key = "application".to_owned();
        }
        let base = if stray.is_none() && url.namespace.is_none() { self.base_fault(missed, path, place) } else { None };
        let kind = CauseKind::PathMismatch {
            path: path.display(),
            asked: self.forwarded.as_ref().filter(|it| it.from != it.to).map(|it| it.from.display()),
            nearest: missed.nearest.clone(),
            why,
            symptom: missed.symptom.clone(),
            base,
            // What a proxy makes of a path, and what a URL takes for a namespace, is fixed there.
            app: (self.forwarded.as_ref().is_none_or(|it| it.from == it.to)
                && stray.is_none()
                && url.namespace.is_none())
            .then_some(missed.app_place),
            below: None,
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

    /// The route is there, and the line that would mount its router is not.
    fn unmounted(&self, missed: &Missed, route: &UnmountedRoute, path: &PathText) -> Candidate {
        let (router, created) = &route.router;
        let kind = CauseKind::UnmountedRouter {
            path: path.display(),
            router: Arc::clone(router),
            route: Arc::clone(&route.pattern),
            symptom: Arc::clone(&missed.symptom),
        };
        Candidate::new(kind, missed.mounts_at, format!("mount {router}"))
            .link(self.connection.place, format!("opens `{}`", self.url().display))
            .link(route.place, "the route")
            .link(*created, "the router")
            .resting_on(&self.url().assumptions)
            .resting_on(&self.guessed)
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
        // What the call itself spells is no base.
        let at = self.connection.url_place;
        let inside = |it: &Place| it.file == at.file && at.span.start <= it.span.start && it.span.end <= at.span.end;
        let shared = |places: &[Place]| places.iter().copied().find(|it| *it != place && !inside(it));
        let (host, beginning) = (shared(url.host.places()), shared(url.path.places()));
        let apps = self.apps_at(missed);
        let taken = |path: &PathText| is_taken(self.wiring, &apps, path, self.protocol());
        let mut rest = path.clone();
        let mut surplus = String::new();
        for _ in 0..MOST_SURPLUS {
            let Some((segment, shorter)) = without_first(&rest) else { break };
            surplus.push_str(&segment);
            // What begins with something unknown may be anything.
            let says =
                |piece: &PathPiece| matches!(piece, PathPiece::Known(text) if text.contains(char::is_alphanumeric));
            if shorter.0.first().is_some_and(says) && taken(&shorter) {
                let base = beginning.or(host)?;
                return Some(BaseFault { place: base, shift: Shift::Surplus(Arc::from(surplus)), paths: 1 });
            }
            rest = shorter;
        }
        let Some(PathPiece::Known(first)) = path.0.first() else { return None };
        let longer = |prefix: &str| {
            let mut pieces = path.0.clone();
            if let Some(piece) = pieces.first_mut() {
                *piece = PathPiece::Known(Arc::from(format!("{prefix}{first}")));
            }
            PathText(pieces)
        };
        // The shortest that helps, when no other one is as short.
        let depth = |prefix: &String| prefix.matches('/').count();
        let mut lacking: Vec<String> =
            beginnings(self.wiring, &apps).into_iter().filter(|it| taken(&longer(it))).collect();
        lacking.sort_by_key(depth);
        let only = lacking.first().filter(|only| lacking.get(1).is_none_or(|next| depth(next) > depth(only)))?.clone();
        if !first.starts_with('/') {
            return None;
        }
        Some(BaseFault { place: host.or(beginning)?, shift: Shift::Lacks(Arc::from(only)), paths: 1 })
    }
}

/// Segments that a base may bring too many.
const MOST_SURPLUS: usize = 2;
/// Beginnings of routes that are tried.
const MOST_PREFIXES: usize = 24;

/// What the routes of the applications begin with: their first segments, which a base may leave out.
pub(super) fn beginnings(wiring: &Wiring, apps: &[AppId]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for id in wiring.index.routes(wiring).of(apps) {
        let Some(route) = wiring.routes.get(id.0 as usize) else { continue };
        if found.len() >= MOST_PREFIXES {
            break;
        }
        let Some(Some(pattern)) = route.path.value() else { continue };
        let segments: Vec<&str> = pattern.split('/').skip(1).take(MOST_SURPLUS).collect();
        let mut prefix = String::new();
        for segment in segments {
            let plain = |char: char| char.is_ascii_alphanumeric() || matches!(char, '-' | '_' | '.');
            if segment.is_empty() || !segment.chars().all(plain) || found.len() >= MOST_PREFIXES {
                break;
            }
            prefix = format!("{prefix}/{segment}");
            found.insert(prefix.clone());
        }
    }
    found
}

/// The first segment of a path, and the path without it; both begin with a slash.
fn without_first(path: &PathText) -> Option<(String, PathText)> {
    let (PathPiece::Known(first), rest) = path.0.split_first()? else { return None };
    let end = first.strip_prefix('/')?.find('/')? + 1;
    let (segment, after) = first.split_at(end);
    let mut shorter = vec![PathPiece::Known(Arc::from(after))];
    shorter.extend_from_slice(rest);
    (segment.len() > 1).then(|| (segment.to_owned(), PathText(shorter)))
}
