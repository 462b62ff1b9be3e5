//! What routers ask for, and what is there.

use std::collections::BTreeMap;

use super::dynamic::{Dynamic, Fault};
use super::middleware::Kind;
use super::startup::Startup;
use crate::base::Place;
use crate::model::proxy::InWords;

/// The providers all of whose words are known.
pub(super) struct Closed<'a> {
    /// By name.
    pub providers: Vec<&'a str>,
    /// Whether a name is defined by labels that are not read here.
    pub elsewhere: &'a dyn Fn(&str) -> bool,
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
    "a router takes either plain requests or those over TLS, as its `tls` says, and this one is of the other kind",
    "traefik.http.routers.NAME.tls=true (a router that takes requests over TLS)",
);

/// Leaves out what Traefik leaves out.
pub(super) fn settle(startup: &Startup, dynamic: &mut Dynamic, closed: &Closed<'_>) {
    let is_closed = |name: &str| {
        let provider = name.rsplit_once('@').map_or("", |(_, provider)| provider);
        closed.providers.contains(&provider) && !(closed.elsewhere)(name)
    };
    let Dynamic { routers, middlewares, services, .. } = dynamic;
    for router in routers.iter_mut().filter(|router| router.fault.is_none()) {
        let missing = router.middlewares.iter().find_map(|(name, place)| match middlewares.get(name) {
            Some(middleware) => match middleware.kind {
                Kind::Left(fault) => Some(fault),
                _ => None,
            },
            None => (is_closed(name) && !router.spelled.contains(place))
                .then(|| Fault::new(*place, NO_MIDDLEWARE.0, NO_MIDDLEWARE.1)),
        });
        let nobody = router.service.as_ref().and_then(|(name, place)| {
            let is_missing = !services.contains_key(name) && is_closed(name) && !router.spelled.contains(place);
            is_missing.then(|| Fault::new(*place, NO_SERVICE.0, NO_SERVICE.1))
        });
        let nowhere = router.entry_points.as_ref().and_then(|names| {
            let is_there = |name: &str| startup.entry_points.iter().any(|entry| &*entry.name == name);
            let is_known = startup.other_entry_points.is_none() && !names.iter().any(|(name, _)| is_there(name));
            let place = names.first().map(|(_, place)| *place)?;
            is_known.then(|| Fault::new(place, NO_ENTRY_POINT.0, NO_ENTRY_POINT.1))
        });
        router.fault = missing.or(nobody).or(nowhere);
    }
}

/// Why requests find nothing, by the place that is to blame.
pub(super) fn reasons(dynamic: &Dynamic) -> BTreeMap<Place, InWords> {
    let mut found = BTreeMap::new();
    for router in &dynamic.routers {
        match router.fault {
            Some(fault) => {
                found.insert(fault.place, fault.words);
            }
            None if router.tls_place() != router.place => {
                found.insert(router.tls_place(), InWords { why: NO_TLS.0, fix: NO_TLS.1 });
            }
            None => {}
        }
    }
    found
}
