//! Paths below a beginning that no route of an application has.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::base::Place;
use crate::model::{CauseKind, Link, Wiring};

/// A beginning of paths that no route of an application has.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Gap {
    /// Where the application is created.
    app: Place,
    /// The shortest beginning that no route has: `/api/v2`.
    prefix: String,
    /// What the client sees: sockets and requests are told of by themselves.
    symptom: Arc<str>,
}

/// What the routes of each application begin with.
pub(super) struct Gaps(BTreeMap<Place, BTreeSet<String>>);

impl Gaps {
    /// Of the applications that some path misses.
    pub fn new(wiring: &Wiring) -> Self {
        let mut beginnings: BTreeMap<Place, BTreeSet<String>> = BTreeMap::new();
        for cause in &wiring.causes {
            if let CauseKind::PathMismatch { app: Some(app), .. } = &cause.kind {
                beginnings.entry(*app).or_default();
            }
        }
        for route in &wiring.routes {
            let Some(app) = wiring.apps.get(route.app.0 as usize) else { continue };
            let Some(known) = beginnings.get_mut(&app.place) else { continue };
            let Some(Some(pattern)) = route.path.value() else { continue };
            let mut beginning = app.root_path.as_deref().unwrap_or_default().trim_end_matches('/').to_owned();
            for segment in pattern.trim_start_matches(['^', '/']).split('/') {
                if segment.is_empty() {
                    continue;
                }
                beginning = format!("{beginning}/{}", if is_plain(segment) { segment } else { ANY });
                known.insert(beginning.clone());
            }
        }
        Self(beginnings)
    }

    /// The gap that a path falls into.
    pub fn of(&self, kind: &CauseKind) -> Option<Gap> {
        let CauseKind::PathMismatch { path, app: Some(app), symptom, .. } = kind else { return None };
        let known = self.0.get(app)?;
        let mut reached = vec![String::new()];
        let mut prefix = String::new();
        for segment in path.trim_start_matches('/').split('/') {
            if !is_plain(segment) {
                return None;
            }
            prefix = format!("{prefix}/{segment}");
            let next = reached.iter().flat_map(|begun| [format!("{begun}/{segment}"), format!("{begun}/{ANY}")]);
            reached = next.filter(|beginning| known.contains(beginning)).collect();
            if reached.is_empty() {
                return Some(Gap { app: *app, prefix, symptom: Arc::clone(symptom) });
            }
        }
        None
    }
}

/// A segment of a pattern that takes any text.
const ANY: &str = "*";

fn is_plain(segment: &str) -> bool {
    !segment.is_empty() && segment.chars().all(|char| char.is_ascii_alphanumeric() || "-_.~@".contains(char))
}

/// Lets the causes of a gap say how many calls fall into it, and be known by it wherever the first of them is.
pub(super) fn name(wiring: &mut Wiring, gap: &Gap, group: &[usize]) {
    let app = wiring.repository.get(gap.app.file).map(|facts| facts.path.as_str().to_owned()).unwrap_or_default();
    for index in group {
        let Some(cause) = wiring.causes.get_mut(*index) else { continue };
        cause.key = format!("below {} of {app}: {}", gap.prefix, gap.symptom);
        let CauseKind::PathMismatch { below, path, base, .. } = &mut cause.kind else { continue };
        *below = Some((Arc::from(&*gap.prefix), group.len()));
        *base = None;
        // Each place says which path it asks for, once the first speaks for all.
        let shows = format!("asks for `{path}`");
        for chain in cause.chains.iter_mut().filter(|_| group.len() > 1) {
            chain.links.retain(|link| link.place != cause.place);
            chain.links.insert(0, Link { place: cause.place, shows: shows.clone() });
        }
    }
}
