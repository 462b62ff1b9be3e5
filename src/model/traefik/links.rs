//! What routers ask for, and what is there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::dynamic::Dynamic;
use super::fault::Fault;
use super::gaps::{GAP, has_gap};
use super::labels::{AllLabels, Defined};
use super::middleware::Kind;
use super::names::{Name, Owner, Provider};
use super::startup::Startup;
use crate::base::Place;
use crate::model::proxy::{InWords, Truth};

/// The providers all of whose words are known.
pub(super) struct Closed<'a> {
    /// Those.
    pub providers: Vec<Provider>,
    /// What labels define, here and where they are not read.
    pub labels: &'a AllLabels,
    /// The services that are read here.
    pub own: &'a BTreeSet<Place>,
}

impl Closed<'_> {
    /// Whether nothing defines a name of a kind that no container here has; `labels`: those of all containers.
    fn lacks(&self, name: &Name, labels: &Defined, open: &OpenNames<'_>) -> bool {
        matches!(&name.owner, Owner::Known(provider) if self.providers.contains(provider))
            && labels.get(&name.bare).is_none_or(|places| places.is_subset(self.own))
            && !has_gap(&name.bare)
            && !open.may_be(&name.bare)
    }
}

/// Names that are not known as a whole, by what is known before and behind.
#[derive(Debug, Default)]
struct OpenNames<'n>(BTreeMap<&'n str, BTreeSet<&'n str>>);

impl<'n> OpenNames<'n> {
    /// A longer name may be any of them.
    const LONGEST: usize = 200;

    fn of(names: impl Iterator<Item = &'n Arc<str>>) -> Self {
        let mut found = Self::default();
        for name in names {
            if let (Some((before, _)), Some((_, behind))) = (name.split_once(GAP), name.rsplit_once(GAP)) {
                found.0.entry(before).or_default().insert(behind);
            }
        }
        found
    }

    /// Whether one of them may be a name.
    fn may_be(&self, name: &str) -> bool {
        if name.len() > Self::LONGEST {
            return !self.0.is_empty();
        }
        let starts = (0..=name.len()).filter_map(|at| name.get(..at));
        let mut behind = starts.filter_map(|before| Some((before.len(), self.0.get(before)?)));
        behind.any(|(from, ends)| (from..=name.len()).filter_map(|at| name.get(at..)).any(|end| ends.contains(end)))
    }
}

const NO_MIDDLEWARE: (&str, &str) = (
    "it names a middleware that nothing defines, and Traefik leaves such a router out",
    "traefik.http.middlewares.NAME.TYPE.OPTION=... (or NAME@file for one of the file provider)",
);
const NO_SERVICE: (&str, &str) = (
    "it names a service that nothing defines, and Traefik leaves such a router out",
    "traefik.http.routers.NAME.service=SERVICE (one that is defined)",
);
const NO_ENTRY_POINT: (&str, &str) = (
    "no entry point of Traefik has this name, so the router is nowhere",
    "traefik.http.routers.NAME.entrypoints=NAME (one that Traefik starts with)",
);
const NO_TLS: (&str, &str) = (
    "neither the router nor its entry point has `tls`, so it takes plain requests and none over TLS",
    "traefik.http.routers.NAME.tls=true (a router that takes requests over TLS)",
);
const ONLY_TLS: (&str, &str) = (
    "the router or its entry point has `tls`, so it takes requests over TLS and no plain ones",
    "traefik.http.routers.OTHER_NAME.rule=... (one more router, for plain requests: without `tls`, at an entry point without it)",
);

fn bare<T>(named: &BTreeMap<Name, T>) -> impl Iterator<Item = &Arc<str>> {
    named.keys().map(|name| &name.bare)
}

/// Leaves out what Traefik leaves out.
pub(super) fn settle(startup: &Startup, dynamic: &mut Dynamic, closed: &Closed<'_>) {
    let Dynamic { routers, middlewares, services, .. } = dynamic;
    let open_middlewares = OpenNames::of(bare(middlewares).chain(closed.labels.middlewares.keys()));
    let open_services = OpenNames::of(bare(services).chain(closed.labels.services.keys()));
    for router in routers.iter_mut().filter(|router| router.fault.is_none()) {
        let missing = router.middlewares.iter().find_map(|(name, place)| match middlewares.get(name) {
            Some(middleware) => match middleware.kind {
                Kind::Left(fault) => Some(fault),
                _ => None,
            },
            None => (closed.lacks(name, &closed.labels.middlewares, &open_middlewares)
                && !router.spelled.contains(place))
            .then(|| Fault::new(*place, NO_MIDDLEWARE.0, NO_MIDDLEWARE.1)),
        });
        let nobody = router.service.as_ref().and_then(|(name, place)| {
            let is_missing = !services.contains_key(name)
                && closed.lacks(name, &closed.labels.services, &open_services)
                && !router.spelled.contains(place);
            is_missing.then(|| Fault::new(*place, NO_SERVICE.0, NO_SERVICE.1))
        });
        let nowhere = router.entry_points.as_ref().and_then(|names| {
            let is_nowhere = startup.entry_points.iter().all(|entry| router.is_at(entry) == Truth::No);
            let place = names.first().map(|(_, place)| *place)?;
            let is_known = startup.other_entry_points.is_none() && !names.iter().any(|(name, _)| has_gap(name));
            (is_nowhere && is_known).then(|| Fault::new(place, NO_ENTRY_POINT.0, NO_ENTRY_POINT.1))
        });
        router.fault = missing.or(nobody).or(nowhere);
    }
}

/// Why requests find nothing, by the place that is to blame.
pub(super) fn reasons(startup: &Startup, dynamic: &Dynamic) -> BTreeMap<Place, InWords> {
    let mut found = BTreeMap::new();
    for router in &dynamic.routers {
        match router.fault {
            Some(fault) => {
                found.insert(fault.place, fault.words);
            }
            None if router.tls_place() != router.place => {
                let at = startup.entry_points.iter().filter(|entry| router.is_at(entry) != Truth::No);
                let mut kinds = at.map(|entry| router.speaks_tls(entry));
                let first = kinds.next().unwrap_or(Truth::Unknown);
                // at entry points of both kinds it takes both
                let (why, fix) = match first {
                    _ if kinds.any(|kind| kind != first) => continue,
                    Truth::Yes => ONLY_TLS,
                    Truth::No => NO_TLS,
                    Truth::Unknown => continue,
                };
                found.insert(router.tls_place(), InWords { why, fix });
            }
            None => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::gaps::gap;
    use super::*;

    #[test]
    fn names_with_gaps_may_be_those_that_begin_and_end_as_they_do() {
        let names: Vec<Arc<str>> = vec![format!("api-{}", gap("A")).into(), format!("{}-strip", gap("B")).into()];
        let open = OpenNames::of(names.iter());
        assert!(open.may_be("api-x") && open.may_be("api-") && open.may_be("x-strip"));
        assert!(!open.may_be("auth") && !open.may_be("strip"));
    }
}
