//! Which routers may take a request.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::TraefikInstance;
use super::dynamic::Router;
use super::matching::{AskedHost, Seen};
use super::startup::{Cleaning, EntryPoint};
use super::syntax::Matcher;
use crate::model::Tls;
use crate::model::proxy::{Request, Truth};

/// Names that are tried where nobody says which one a client asks for.
const MOST_NAMES: usize = 8;

/// What routers make of a request.
pub(super) struct Choice<'a> {
    /// The first one that takes it for certain.
    pub taken: Option<&'a Router>,
    /// Those that may come before it.
    pub maybe: Vec<&'a Router>,
}

impl TraefikInstance {
    /// Whether a router is at an entry point.
    pub(super) fn is_at(&self, router: &Router, entry: &EntryPoint) -> bool {
        match &router.entry_points {
            Some(names) => names.iter().any(|(name, _)| *name == entry.name),
            None => entry.is_default,
        }
    }

    /// The routers of an entry point that speak TLS, or that do not; what is left out is none.
    pub(super) fn routers_at<'a>(
        &'a self,
        entry: &'a EntryPoint,
        tls: Tls,
    ) -> impl Iterator<Item = &'a Router> + use<'a> {
        let routers = self.dynamic.routers.iter().filter(move |router| self.is_at(router, entry));
        routers.filter(move |router| router.fault.is_none() && speaks_tls(router, entry) == (tls == Tls::Tls))
    }

    /// The router of an entry point for a request.
    pub(super) fn choice<'a>(&'a self, entry: &'a EntryPoint, request: &Request, seen: &Seen<'_>) -> Choice<'a> {
        let mut taken: Option<&Router> = None;
        let mut maybe = Vec::new();
        for router in self.routers_at(entry, request.tls) {
            let fits = seen.fits(&router.rule);
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
        let routers = self.routers_at(entry, request.tls);
        let tests = routers.flat_map(|router| router.rule.tests());
        let names: BTreeSet<&Arc<str>> =
            tests.filter(|test| test.matcher == Matcher::Host).flat_map(|test| &test.args).collect();
        if names.is_empty() || names.len() > MOST_NAMES {
            return vec![AskedHost::Unknown];
        }
        names.into_iter().map(|name| AskedHost::AsWritten(Arc::clone(name))).collect()
    }
}

/// Whether a router at an entry point answers over TLS, or over plain connections.
pub(super) fn speaks_tls(router: &Router, entry: &EntryPoint) -> bool {
    router.tls.is_some() || entry.tls.is_some()
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
