//! Which routers may take a request.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::TraefikInstance;
use super::entry_point::over_tls;
use super::entry_point::{Cleaning, EntryPoint};
use super::matcher::is_wild;
use super::matching::{AskedHost, Seen};
use super::router::Router;
use crate::base::Limit;
use crate::model::Tls;
use crate::model::proxy::{Request, Truth};

/// Names that are tried where nobody says which one a client asks for.
const TRIED: Limit = Limit::new(
    8,
    "names of one entry point of Traefik that a client may ask for",
    "who takes a request for a name that is not known is unknown",
    "write out the address that clients open, with its host",
);

/// The routers at each entry point by its name, found once.
pub(super) type Doors = BTreeMap<Arc<str>, Door>;

/// The routers at one entry point, in the order of their priorities.
#[derive(Debug)]
pub(super) struct Door {
    at: Vec<AtDoor>,
    /// The names that those ask for which take plain requests.
    plain_names: Names,
    /// The names that those ask for which take requests over TLS.
    tls_names: Names,
}

/// The names that routers ask for.
#[derive(Debug)]
enum Names {
    Known(BTreeSet<Arc<str>>),
    /// More than are tried.
    TooMany,
}

/// A router at an entry point.
#[derive(Clone, Copy, Debug)]
struct AtDoor {
    /// Its index.
    router: usize,
    /// Whether it is there, as far as its entry points say.
    is_at: Truth,
    /// Whether it takes requests over TLS, and not plain ones.
    tls: Truth,
}

/// A router that may be at an entry point.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate<'a> {
    /// The router.
    pub router: &'a Router,
    /// Whether it is at the entry point, as far as the names of entry points say.
    pub is_at: Truth,
    /// Whether it is there, and takes requests of the kind.
    pub takes: Truth,
    /// Whether it takes requests over TLS, and not plain ones.
    pub tls: Truth,
}

/// What routers make of a request.
pub(super) struct Choice<'a> {
    /// The first one that takes it for certain.
    pub taken: Option<&'a Router>,
    /// Those that may come before it.
    pub maybe: Vec<&'a Router>,
}

impl TraefikInstance {
    /// Finds the routers at each entry point.
    pub(super) fn all_doors(&self) -> Doors {
        let door = |entry: &EntryPoint| {
            let routers = self.dynamic.routers.iter().enumerate();
            let each = routers.map(|(index, router)| AtDoor {
                router: index,
                is_at: router.is_at(entry),
                tls: router.speaks_tls(entry),
            });
            let at: Vec<AtDoor> = each.filter(|one| one.is_at != Truth::No).collect();
            let names = |kind: Truth| {
                let takes = at.iter().filter(|one| one.tls == kind || one.tls == Truth::Unknown);
                let routers = takes.filter_map(|one| self.dynamic.routers.get(one.router));
                let hosts = routers.filter(|router| router.fault.is_none()).flat_map(|router| router.rule.hosts());
                let mut found = BTreeSet::new();
                for name in hosts.filter(|name| !is_wild(name, self.startup.version.has_wild_hosts())) {
                    found.insert(Arc::clone(name));
                    if found.len() > TRIED.most_items() {
                        return Names::TooMany;
                    }
                }
                Names::Known(found)
            };
            let (plain_names, tls_names) = (names(Truth::No), names(Truth::Yes));
            (Arc::clone(&entry.name), Door { at, plain_names, tls_names })
        };
        self.startup.entry_points.iter().map(door).collect()
    }

    /// The routers that may be at an entry point, with those that are left out.
    pub(super) fn candidates<'a>(
        &'a self,
        entry: &EntryPoint,
        tls: Tls,
    ) -> impl Iterator<Item = Candidate<'a>> + use<'a> {
        let all = self.doors.get(&entry.name).map(|door| door.at.as_slice()).unwrap_or_default();
        all.iter().filter_map(move |one| {
            let router = self.dynamic.routers.get(one.router)?;
            let is_kind = if over_tls(tls) == Truth::Yes { one.tls } else { one.tls.not() };
            Some(Candidate { router, is_at: one.is_at, takes: one.is_at.and(is_kind).and(router.there), tls: one.tls })
        })
    }

    /// The routers of an entry point that may take requests over TLS, or plain ones; what is left out is none.
    pub(super) fn routers_at<'a>(
        &'a self,
        entry: &EntryPoint,
        tls: Tls,
    ) -> impl Iterator<Item = Candidate<'a>> + use<'a> {
        self.candidates(entry, tls).filter(|one| one.router.fault.is_none() && one.takes != Truth::No)
    }

    /// The router of an entry point for a request.
    pub(super) fn choice<'a>(&'a self, entry: &'a EntryPoint, request: &Request, seen: &Seen<'_>) -> Choice<'a> {
        let mut taken: Option<&Router> = None;
        let mut maybe = Vec::new();
        for Candidate { router, takes, .. } in self.routers_at(entry, request.tls) {
            let fits = takes.and(seen.fits(&router.rule));
            match (fits, taken) {
                (Truth::No, _) => {}
                (Truth::Yes, None) => taken = Some(router),
                (Truth::Unknown, None) => maybe.push(router),
                (_, Some(known)) if !known.priority.is_surely_above(&router.priority) => maybe.push(router),
                _ => {}
            }
        }
        Choice { taken, maybe }
    }

    /// The names that a request may ask for.
    pub(super) fn asked_hosts(&self, entry: &EntryPoint, request: &Request) -> Vec<AskedHost> {
        if let Some(host) = &request.host {
            return vec![AskedHost::Name(host.to_ascii_lowercase().into())];
        }
        let door = self.doors.get(&entry.name);
        let is_secure = over_tls(request.tls) == Truth::Yes;
        match door.map(|door| if is_secure { &door.tls_names } else { &door.plain_names }) {
            Some(Names::Known(names)) if !names.is_empty() => {
                names.iter().map(|name| AskedHost::AsWritten(Arc::clone(name))).collect()
            }
            Some(Names::TooMany) => {
                self.limits.reached(Some(entry.place), &TRIED);
                vec![AskedHost::Unknown]
            }
            _ => vec![AskedHost::Unknown],
        }
    }
}

/// A path as an entry point hands it to routers; `None` when that is not known.
pub(super) fn cleaned(path: &str, cleaning: Cleaning) -> Option<String> {
    // what is escaped is read in ways of its own
    if !path.starts_with('/') || path.contains('%') {
        return None;
    }
    let is_clean = !path.contains("//") && !path.split('/').any(|part| part == "." || part == "..");
    match cleaning {
        _ if is_clean => Some(path.to_owned()),
        Cleaning::Kept => Some(path.to_owned()),
        Cleaning::Unknown => None,
        Cleaning::Cleaned => {
            let mut parts: Vec<&str> = Vec::new();
            for part in path.split('/') {
                match part {
                    "" | "." => {}
                    ".." => {
                        parts.pop();
                    }
                    _ => parts.push(part),
                }
            }
            let end = if path.ends_with('/') && !parts.is_empty() { "/" } else { "" };
            Some(format!("/{}{end}", parts.join("/")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cleaned_where_the_entry_point_does_it() {
        for (path, clean) in [("/a//b", "/a/b"), ("/a/../b/", "/b/"), ("//", "/"), ("/a/./b", "/a/b"), ("/a/", "/a/")] {
            assert_eq!(cleaned(path, Cleaning::Cleaned).as_deref(), Some(clean), "{path}");
        }
        assert_eq!(cleaned("/a//b", Cleaning::Kept).as_deref(), Some("/a//b"));
        assert_eq!(cleaned("/a//b", Cleaning::Unknown), None);
        assert_eq!(cleaned("/a%20b", Cleaning::Cleaned), None);
    }
}
