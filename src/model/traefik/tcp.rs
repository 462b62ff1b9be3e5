//! Routers for TCP. Traefik asks them before those for HTTP, and what they take it hands on as it comes.

use std::sync::Arc;

use super::TraefikInstance;
use super::dynamic::Reading;
use super::entry_point::EntryPoint;
use super::links::{is_at, over_tls};
use super::matcher::Matcher;
use super::matching::Seen;
use super::select::Candidate;
use super::setting::{Section, Setting};
use super::syntax::{Rule, Syntax, Test, parse_tcp};
use crate::base::Place;
use crate::model::proxy::{Request, Truth};

/// A router for connections.
#[derive(Clone, Debug)]
pub(super) struct TcpRouter {
    /// Where its rule is written.
    pub place: Place,
    /// Which connections it takes.
    rule: Rule,
    /// `None`: those that take routers without any.
    entry_points: Option<Vec<(Arc<str>, Place)>>,
    /// Whether it takes connections over TLS, and not plain ones.
    tls: Section,
    /// Whether it is there at all: `Yes`, or not known.
    pub there: Truth,
}

impl TcpRouter {
    /// A router that a provider spells out; `None` for one that Traefik leaves out.
    pub fn read(setting: &Setting, reading: Reading<'_>) -> Option<Self> {
        let rule = setting.get("rule").filter(|rule| !rule.is_empty())?;
        let text = rule.value.as_deref().unwrap_or_default();
        let tls = setting.section("tls");
        let syntax = reading.in_syntax(setting).syntax.unwrap_or(Syntax::V3);
        let parsed = parse_tcp(text, syntax).ok()?;
        // without TLS nobody says a name
        let asks_name = parsed.has(&mut |test| test.matcher == Matcher::Host);
        if asks_name && tls == Section::Off {
            return None;
        }
        if parsed == Rule::TooDeep {
            reading.tell_deep(rule.place);
        }
        let entry_points = setting.get("entryPoints").map(Setting::list).filter(|list| !list.is_empty());
        Some(Self { place: rule.place, rule: parsed, entry_points, tls, there: Truth::Yes })
    }

    /// Whether it takes every connection, and so comes after routers that ask for names.
    fn takes_all(&self) -> bool {
        matches!(&self.rule, Rule::All(tests) if tests.is_empty())
    }
}

impl TraefikInstance {
    /// The router for TCP that takes a connection before any router for HTTP sees its request, or that may take it.
    pub(super) fn before_http(&self, entry: &EntryPoint, request: &Request, seen: &Seen<'_>) -> Option<Place> {
        let is_here = |router: &&TcpRouter| is_at(router.entry_points.as_deref(), entry).and(router.there) != Truth::No;
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
                    Named::This => false,
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
