//! Paths below a beginning that no route of an application has.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::base::Place;
use crate::model::{Below, CauseKind, Connection, Handshake, HopKind, Link, Told, Verdict, Wiring};

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

/// What the routes of each application begin with, and what the addresses are made of that come to one.
pub(super) struct Gaps {
    beginnings: BTreeMap<Place, BTreeSet<String>>,
    arriving: BTreeSet<Place>,
}

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
        let arriving = if beginnings.is_empty() { BTreeSet::new() } else { arriving(wiring) };
        Self { beginnings, arriving }
    }

    /// The gap that a path falls into.
    pub fn of(&self, kind: &CauseKind) -> Option<Gap> {
        let CauseKind::PathMismatch { path, app: Some(app), symptom, .. } = kind else { return None };
        let known = self.beginnings.get(app)?;
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
pub(super) fn name(wiring: &mut Wiring, gaps: &Gaps, gap: &Gap, group: &[usize]) {
    let built_on = if group.len() > 1 { common_base(wiring, &gaps.arriving, group) } else { None };
    let told = if built_on.is_some() { Told::Base } else { Told::FirstCall };
    let app = wiring.repository.get(gap.app.file).map(|facts| facts.path.as_str().to_owned()).unwrap_or_default();
    for index in group {
        let Some(cause) = wiring.causes.get_mut(*index) else { continue };
        cause.key = format!("below {} of {app}: {}", gap.prefix, gap.symptom);
        let CauseKind::PathMismatch { below, path, base, .. } = &mut cause.kind else { continue };
        *below = Some(Below { prefix: Arc::from(&*gap.prefix), places: group.len(), told });
        *base = None;
        // Each place says which path it asks for, once the first speaks for all.
        let shows = format!("asks for `{path}`");
        for chain in cause.chains.iter_mut().filter(|_| group.len() > 1) {
            chain.links.retain(|link| link.place != cause.place);
            chain.links.insert(0, Link { place: cause.place, shows: shows.clone() });
        }
        if let Some(place) = built_on {
            for chain in &mut cause.chains {
                chain.links.retain(|link| link.place != place);
            }
            cause.place = place;
        }
    }
}

/// The address that all calls of a group are built on, when no call that is built on it arrives anywhere: the base of a client
/// object, or a constant. Where several are, the one that is written last in the files.
fn common_base(wiring: &Wiring, arriving: &BTreeSet<Place>, group: &[usize]) -> Option<Place> {
    let mut common: Option<BTreeSet<Place>> = None;
    for cause in group.iter().filter_map(|index| wiring.causes.get(*index)) {
        for (connection, deployment) in cause.chains.iter().filter_map(|chain| chain.wire) {
            let call = wiring.connections.get(connection.0 as usize)?;
            // Handshakes are sorted by connection.
            let from = wiring.handshakes.partition_point(|way| way.connection < connection);
            let ways = wiring.handshakes.iter().skip(from).take_while(|way| way.connection == connection);
            let ways = ways.filter(|way| way.deployment == deployment);
            let bases: BTreeSet<Place> = ways.flat_map(bases).filter(|place| !is_within(call, *place)).collect();
            common = Some(match common {
                Some(known) => known.intersection(&bases).copied().collect(),
                None => bases,
            });
        }
    }
    // What an env file says is for every path, and no path is changed there.
    let is_code = |place: &Place| {
        let facts = wiring.repository.get(place.file);
        facts.is_some_and(|facts| facts.module.is_some() && facts.role.may_be_accused())
    };
    common?.into_iter().rfind(|place| is_code(place) && !arriving.contains(place))
}

/// What the addresses of calls are made of that come to a route.
fn arriving(wiring: &Wiring) -> BTreeSet<Place> {
    let arrives = |way: &&Handshake| {
        way.hops.iter().any(|hop| hop.kind == HopKind::Route && matches!(hop.verdict, Verdict::Holds))
    };
    wiring.handshakes.iter().filter(arrives).flat_map(bases).collect()
}

/// What the host and the path of an address are made of.
fn bases(way: &Handshake) -> impl Iterator<Item = Place> {
    way.url.path.places().iter().chain(way.url.host.places()).copied()
}

/// Whether a place is part of what the call itself spells.
fn is_within(call: &Connection, place: Place) -> bool {
    let own = call.url_place;
    own.file == place.file && own.span.start <= place.span.start && place.span.end <= own.span.end
}
