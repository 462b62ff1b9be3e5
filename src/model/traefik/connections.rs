//! Connections that routers for TCP take before any router for HTTP sees a request.

use super::TraefikInstance;
use super::entry_point::{EntryPoint, over_tls};
use super::matcher::Matcher;
use super::matching::Seen;
use super::select::Candidate;
use super::syntax::Test;
use super::tcp::TcpRouter;
use crate::base::Place;
use crate::model::proxy::{Request, Truth};

impl TraefikInstance {
    /// The router for TCP that takes a connection before any router for HTTP sees its request, or that may take it.
    pub(super) fn before_http(&self, entry: &EntryPoint, request: &Request, seen: &Seen<'_>) -> Option<Place> {
        let is_here = |router: &&TcpRouter| router.is_at(entry) != Truth::No;
        let here = || self.dynamic.tcp.iter().filter(is_here);
        here().next()?;
        let mut fitting = here().filter(|router| seen.fits(&router.rule) != Truth::No);
        let taker = if over_tls(request.tls) == Truth::Yes {
            let named = Named::of(self.routers_at(entry, request.tls), seen);
            let has_tls = here().any(|router| router.tls.truth() == Truth::Yes && router.there == Truth::Yes);
            fitting.find(|router| match router.tls.truth() {
                // where nothing speaks TLS, what comes is handed on as it is
                Truth::No => !has_tls && named == Named::Nobody,
                _ => match named {
                    Named::This => !self.startup.version.asks_http_first(),
                    Named::Everybody => !router.takes_all(),
                    Named::Others | Named::Nobody => true,
                },
            })
        } else {
            fitting.find(|router| router.tls.truth() != Truth::Yes)
        };
        taker.map(|router| router.place)
    }
}

/// Whose names the routers for HTTP over TLS of an entry point ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Named {
    /// That of the request.
    This,
    /// Some of them ask for none.
    Everybody,
    Others,
    /// There are none.
    Nobody,
}

impl Named {
    fn of<'a>(routers: impl Iterator<Item = Candidate<'a>>, seen: &Seen<'_>) -> Self {
        let mut found = Self::Nobody;
        let is_name = |test: &Test| matches!(test.matcher, Matcher::Host | Matcher::ContainerName);
        for router in routers.filter(|one| one.takes == Truth::Yes).map(|one| one.router) {
            if router.rule.has(&mut |test| is_name(test) && seen.test(test) == Truth::Yes) {
                return Self::This;
            }
            found = match (router.rule.has(&mut |test| is_name(test)), found) {
                (false, _) | (true, Self::Everybody) => Self::Everybody,
                (true, _) => Self::Others,
            };
        }
        found
    }
}
