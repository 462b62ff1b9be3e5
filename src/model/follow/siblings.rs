//! Calls to a server whose address no file says (`${API_URL}/users`): what several of them ask for are routes of one
//! application, which is then the one that all of them mean, below a path that the address may bring.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::mismatch::beginnings;
use super::origin::listening_apps;
use super::route::{Asked, Matched, named_route, route_of};
use super::undefined::env_name;
use super::walk::Walk;
use crate::base::{Limit, Place};
use crate::facts::{HoleReason, Protocol, Sense, ServerProgram, Test};
use crate::model::{
    AppId, Assumption, Component, ConnectionUrl, DeploymentId, DeploymentKind, HopKind, Listener, ListenerId,
    PackageId, PathPiece, PathText, UrlRelation, Wiring,
};

/// So many calls of different paths that one application answers show that it is meant.
const FEW: usize = 3;
/// Paths of the calls to one server that are looked at: so many show whom they mean.
const MOST_PATHS: usize = 100;
/// Look-ups of routes for all servers together.
const ASKED: Limit = Limit::new(
    100_000,
    "routes looked up for calls whose server no file says",
    "whom the remaining calls mean is unknown",
    "leave out code of no interest, with `exclude` in `wirelint.toml`",
);

/// What an address is known by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Name {
    /// A variable that is set outside of the repository.
    Variable(Arc<str>),
    /// An expression whose value is not known.
    Expression(Place),
}

/// An address without a known host, for the calls of one package in one deployment.
type Server = (PackageId, DeploymentId, Name);

/// The servers that several calls show.
#[derive(Debug, Default)]
pub struct Siblings {
    shown: BTreeMap<Server, Shown>,
}

/// Whom the calls to an address mean.
#[derive(Debug)]
pub(super) struct Shown {
    /// The process.
    pub listener: ListenerId,
    /// What the address puts in front of the path of each call.
    prefix: Arc<str>,
    /// Calls that it answers, each with its route.
    answered: Vec<(Place, Place)>,
}

/// Something that several calls may mean.
struct Choice<'a> {
    apps: &'a [AppId],
    listener: ListenerId,
    prefix: String,
}

/// What is asked for: the path that the call itself says, and the protocol.
type Wanted = (PathText, Brings, Protocol);

impl Siblings {
    /// Looks for them.
    pub fn new(wiring: &Wiring) -> Self {
        let mut calls: BTreeMap<Server, BTreeMap<Wanted, Place>> = BTreeMap::new();
        for handshake in &wiring.handshakes {
            let Some(connection) = wiring.connections.get(handshake.connection.0 as usize) else { continue };
            let Some(call) = Call::new(&handshake.url) else { continue };
            let calls = calls.entry((connection.package, handshake.deployment, call.name)).or_default();
            if calls.len() < MOST_PATHS {
                calls.entry((call.own, call.brings, connection.api.protocol())).or_insert(connection.place);
            }
        }
        let servers = servers(wiring);
        let mut left = ASKED.most_items();
        let mut shown = BTreeMap::new();
        for (server, calls) in calls {
            let Some(servers) = servers.get(&server.1) else { continue };
            if let Some(found) = most_answered(wiring, servers, &calls, &mut left) {
                shown.insert(server, found);
            }
        }
        Self { shown }
    }
}

/// The applications of each deployment that a process serves, with the first process that serves all of them.
fn servers(wiring: &Wiring) -> BTreeMap<DeploymentId, BTreeMap<&[AppId], ListenerId>> {
    let mut servers: BTreeMap<DeploymentId, BTreeMap<&[AppId], ListenerId>> = BTreeMap::new();
    for (id, listener) in (0u32..).map(ListenerId).zip(&wiring.listeners) {
        if !listener.apps.is_empty() {
            servers.entry(listener.deployment).or_default().entry(&listener.apps).or_insert(id);
        }
    }
    servers
}

/// What answers most of the calls, when it answers enough of them and nothing else answers as many.
fn most_answered(
    wiring: &Wiring,
    servers: &BTreeMap<&[AppId], ListenerId>,
    calls: &BTreeMap<Wanted, Place>,
    left: &mut usize,
) -> Option<Shown> {
    if calls.len() < FEW {
        return None;
    }
    let mut best: Option<(Shown, usize)> = None;
    let mut is_alone = true;
    for (apps, listener) in servers {
        let prefixes = [String::new()].into_iter().chain(beginnings(wiring, apps));
        for prefix in prefixes {
            let Some(rest) = left.checked_sub(calls.len()) else {
                wiring.limits.reached(None, &ASKED);
                return None;
            };
            *left = rest;
            let choice = Choice { apps, listener: *listener, prefix };
            let answered = answered(wiring, &choice, calls);
            let most = best.as_ref().map_or(0, |(_, most)| *most);
            is_alone = if answered.len() > most { true } else { is_alone && answered.len() < most };
            if answered.len() > most {
                let count = answered.len();
                let answered = answered.into_iter().take(FEW).collect();
                best = Some((Shown { listener: choice.listener, prefix: choice.prefix.into(), answered }, count));
            }
        }
    }
    let (shown, count) = best?;
    (is_alone && count >= FEW && count * 3 >= calls.len() * 2).then_some(shown)
}

/// The calls for which there is a route, with that route.
fn answered(wiring: &Wiring, choice: &Choice<'_>, calls: &BTreeMap<Wanted, Place>) -> Vec<(Place, Place)> {
    let route = |((own, brings, protocol), place): (&Wanted, &Place)| {
        let path = below(own, *brings, &choice.prefix)?;
        Some((*place, named_route(wiring, choice.apps, &path, *protocol)?.place))
    };
    calls.iter().filter_map(route).collect()
}

/// What a call says of itself, where its address says nothing.
struct Call {
    name: Name,
    /// What the call puts behind the address.
    own: PathText,
    /// Whether the address may bring the beginning of the path.
    brings: Brings,
}

/// What an address may bring beside its host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Brings {
    /// The host alone.
    Host,
    /// The beginning of the path as well.
    Path,
}

impl Call {
    fn new(url: &ConnectionUrl) -> Option<Self> {
        let (name, own, brings) = match &url.host {
            _ if url.problem.is_some() => return None,
            _ if url.relation == UrlRelation::Relative => (unset(url)?, behind_unset(url)?, Brings::Path),
            Component::Unknown(unknown) if url.relation == UrlRelation::Absolute => {
                let name = match &unknown.reason {
                    HoleReason::OutsideEnv(name) | HoleReason::Documented(name) => Name::Variable(Arc::clone(name)),
                    // Each caller may give another one.
                    HoleReason::Parameter | HoleReason::Limit => return None,
                    _ => Name::Expression(unknown.place?),
                };
                match url.path.value()?.0.split_first()? {
                    (PathPiece::Rest, own) => (name, PathText(own.to_vec()), Brings::Path),
                    _ => (name, url.path.value()?.clone(), Brings::Host),
                }
            }
            _ => return None,
        };
        let is_named =
            matches!(own.0.first(), Some(PathPiece::Known(first)) if first.starts_with('/') && first.len() > 1);
        is_named.then_some(Self { name, own, brings })
    }

    /// The path below what the address brings.
    fn below(&self, prefix: &str) -> Option<PathText> {
        below(&self.own, self.brings, prefix)
    }
}

fn below(own: &PathText, brings: Brings, prefix: &str) -> Option<PathText> {
    (brings == Brings::Path || prefix.is_empty()).then(|| own.clone().behind(prefix))
}

/// The variable without a value that stands in front of the path: its word became the beginning.
fn unset(url: &ConnectionUrl) -> Option<Name> {
    let variable = |(test, sense): &(Test, Sense)| match (test, sense) {
        (Test::Defined(expr) | Test::Truthy(expr), Sense::Fails) => env_name(expr),
        _ => None,
    };
    url.guards.iter().find_map(variable).map(|(name, _)| Name::Variable(name))
}

/// The path behind the word that a variable without a value became.
fn behind_unset(url: &ConnectionUrl) -> Option<PathText> {
    match url.path.value()?.0.as_slice() {
        [PathPiece::Rest, PathPiece::Known(first), others @ ..] => {
            let own = first.strip_prefix("/undefined")?;
            let first = PathPiece::Known(Arc::from(own));
            Some(PathText([&[first], others].concat()))
        }
        _ => None,
    }
}

impl<'w> Walk<'w> {
    /// Whom the other calls to the same address show, though no file says the address.
    pub(super) fn shown_by_siblings(&self) -> Option<&'w Shown> {
        if self.network.deployment().kind == DeploymentKind::Bare {
            return None;
        }
        let server = (self.connection.package, self.handshake.deployment, Call::new(self.url())?.name);
        self.wiring.index.siblings(self.wiring).shown.get(&server)
    }

    /// Looks for the route alone: how the request comes to the process, and what is in front of it, is not known.
    pub(super) fn among_siblings(&mut self, shown: &Shown) {
        let Some(listener) = self.wiring.listeners.get(shown.listener.0 as usize) else { return };
        let Some(path) = Call::new(self.url()).and_then(|call| call.below(&shown.prefix)) else { return };
        let protocol = self.protocol();
        let method = if protocol == Protocol::Http { self.connection.method.as_deref() } else { None };
        let asked = Asked { protocol, method };
        self.guessed.push(Assumption::LikelyPairing);
        let candidate = match route_of(self.wiring, &listener.apps, &path, &asked) {
            Matched::Routes(routes) => {
                let places: Vec<Place> = routes.iter().filter_map(|id| self.route(*id)).map(|it| it.place).collect();
                self.holds(HopKind::Route, places.get(..1).unwrap_or_default(), "the route is there");
                return;
            }
            Matched::WrongMethod(routes, methods) => Some(self.wrong_method(&routes, methods, &path)),
            Matched::None(missed) if !self.may_be_elsewhere(listener, &path, &asked) => {
                self.path_mismatch(&missed, &path)
            }
            Matched::Unknown(why) => {
                self.unknown(HopKind::Route, &[], why);
                return;
            }
            Matched::None(_) | Matched::OtherProtocol(_) => None,
        };
        let Some(candidate) = candidate else {
            self.unknown(HopKind::Route, &[], "which application is meant is not known");
            return;
        };
        let of_others = shown.answered.iter().fold(candidate, |candidate, (call, route)| {
            candidate.link(*call, "another call to the same address").link(*route, "its route")
        });
        let note =
            format!("other calls to the same address are answered, and `{} {}` is not", self.method(), path.display());
        self.breaks(HopKind::Route, of_others, note);
    }

    /// Whether something else behind the address may answer: another application, or a server whose source is not read.
    fn may_be_elsewhere(&self, listener: &Listener, path: &PathText, asked: &Asked<'_>) -> bool {
        let is_unread = |other: &Listener| matches!(other.program, ServerProgram::Unread(_));
        if self.network.listeners().any(|(_, other)| is_unread(other))
            || self.wiring.packages.iter().any(|package| package.back_end.is_some())
        {
            return true;
        }
        let own: BTreeSet<AppId> = listener.apps.iter().copied().collect();
        let others: Vec<AppId> = listening_apps(self).into_iter().filter(|app| !own.contains(app)).collect();
        !others.is_empty() && !matches!(route_of(self.wiring, &others, path, asked), Matched::None(_))
    }
}
