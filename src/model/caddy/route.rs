//! What Caddy makes of a Caddyfile: servers with routes, routes with matchers and handlers.

use std::net::IpAddr;
use std::sync::Arc;

use super::headers::HeaderOp;
use super::matcher::{MatcherSet, same};
use super::proxy::ReverseProxy;
use super::rewrite::Rewrite;
use crate::base::Place;
use crate::model::Unknown;

/// What is served on some addresses.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Server {
    pub sockets: Vec<Socket>,
    /// Whether it speaks TLS.
    pub tls: bool,
    pub routes: Vec<Route>,
    /// What answers errors.
    pub error_routes: Vec<Route>,
    /// Whether it can show a certificate for any name.
    pub any_name: AnyName,
    /// Proxies whose X-Forwarded headers are believed.
    pub trusted: Trust,
}

/// An address to listen on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Socket {
    /// `None` is every address.
    pub host: Option<IpAddr>,
    pub port: u16,
}

/// Whether a server has a certificate for any name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum AnyName {
    #[default]
    No,
    /// Caddy gets one on demand, or one from a file is for whoever comes.
    Yes,
}

/// The certificates of a Caddy, for all of its servers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Certificates {
    /// Names, also with `*` for a label.
    pub names: Vec<Arc<str>>,
    /// Files with certificates, which are not looked into.
    pub files: usize,
}

/// Whose X-Forwarded headers are believed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Trust {
    pub ranges: Vec<Arc<str>>,
    /// Why the list is not wholly known.
    pub unknown: Option<Unknown>,
}

/// A route.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Route {
    /// It takes a request that any of them lets in; all requests, when there is none.
    pub matchers: Vec<MatcherSet>,
    /// Of the routes of a group only the first that matches is taken.
    pub group: Option<u32>,
    /// What comes after its handlers.
    pub end: RouteEnd,
    pub handlers: Vec<Handler>,
}

/// What comes after the handlers of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RouteEnd {
    /// The routes after it.
    GoesOn,
    /// Nothing.
    Terminal,
}

impl Route {
    pub fn new(matchers: Vec<MatcherSet>, handlers: Vec<Handler>) -> Self {
        Self { matchers, group: None, end: RouteEnd::GoesOn, handlers }
    }
}

/// A handler of a route.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Handler {
    pub place: Place,
    pub kind: HandlerKind,
}

/// What a handler does.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum HandlerKind {
    /// What is written for a site, by its number.
    Site(usize, Arc<[Route]>),
    /// Routes of its own; then what comes after it.
    Subroute(Vec<Route>),
    /// A block that people recognise (`handle /api/*`): the same, with how it is written.
    Block {
        written: Arc<str>,
        strips: Option<Arc<str>>,
        routes: Vec<Route>,
    },
    Rewrite(Rewrite),
    /// Changes headers of the request.
    RequestHeaders(Vec<HeaderOp>),
    /// Changes headers of the answer.
    ResponseHeaders(ResponseHeaders),
    /// Sets variables.
    Vars(Vec<(Arc<str>, Arc<str>)>),
    Map(Arc<Mapping>),
    /// Answers by itself.
    Respond {
        status: Arc<str>,
        headers: Vec<(Arc<str>, Arc<str>)>,
    },
    /// Closes the connection.
    Abort,
    /// Fails with a status.
    Error(Arc<str>),
    Proxy(Arc<ReverseProxy>),
    Files(FileServer),
    /// Lets in only clients with credentials.
    Gate {
        status: u16,
        sets: Vec<Arc<str>>,
    },
    /// Routes that are written elsewhere.
    Invoke(Arc<str>),
    /// Has no part in where a request goes.
    Pass,
    /// Not understood.
    Unknown(Unknown),
}

/// Headers of answers.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ResponseHeaders {
    pub ops: Vec<HeaderOp>,
    pub when: ResponseTime,
}

/// When headers of an answer are set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ResponseTime {
    /// Before there is an answer: what an upstream sends comes beside it.
    AtOnce,
    /// When the answer is there: it replaces what an upstream sends.
    Deferred,
    /// When the answer is there, and has none.
    IfMissing,
    /// When the answer is there, and is of some kind.
    IfMatching,
}

/// `map`
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Mapping {
    pub source: Arc<str>,
    pub destinations: Vec<Arc<str>>,
    pub lines: Vec<MapLine>,
    pub defaults: Vec<Arc<str>>,
    pub place: Place,
}

/// A line of `map`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct MapLine {
    pub input: MapInput,
    /// `None` leaves a destination to later lines.
    pub outputs: Vec<Option<Arc<str>>>,
}

/// What a line of `map` fits.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum MapInput {
    Text(Arc<str>),
    Pattern(Arc<str>),
}

/// `file_server`
#[derive(Clone, Debug, PartialEq)]
pub(super) struct FileServer {
    pub status: Option<Arc<str>>,
    /// What is done about files that are not there.
    pub missing: MissingFile,
}

/// What is done about files that are not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MissingFile {
    /// 404.
    NotFound,
    /// The request goes on.
    PassedOn,
}

/// Joins neighbours that let in the same requests: they are asked once.
pub(super) fn consolidate(routes: Vec<Route>) -> Vec<Route> {
    let mut out: Vec<Route> = Vec::new();
    for route in routes {
        match out.last_mut() {
            Some(last)
                if last.end == route.end && last.group == route.group && same(&last.matchers, &route.matchers) =>
            {
                last.handlers.extend(route.handlers);
            }
            _ => out.push(route),
        }
    }
    out
}
