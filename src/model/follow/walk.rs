//! The walk of one handshake: its state, and how steps are recorded.

use crate::base::Place;
use crate::facts::{ClientApi, Expr, ExprKind, Protocol};
use crate::model::csp::{Enforced, Match};
use crate::model::hosting::Functions;
use crate::model::proxy::PathFix;
use crate::model::{
    Assumption, CauseKind, Connection, ConnectionUrl, Handshake, HopKind, Link, ListenerId, Mode, PageOrigin, Passage,
    PathText, ServedBy, Wiring,
};

use super::network::Network;
use super::tls::Spoken;

/// A handshake on its way.
pub(super) struct Walk<'w> {
    pub wiring: &'w Wiring,
    pub handshake: &'w Handshake,
    pub connection: &'w Connection,
    pub page: Option<&'w PageOrigin>,
    pub network: Network<'w>,
    pub steps: Vec<Step>,
    /// Proxies passed so far: a loop ends here.
    pub passed: u32,
    /// The URL is followed as if it kept the page's origin, which is how its fault is fixed.
    pub fixed_to_page: bool,
    /// nginx handed the request on, from this location to this path.
    pub forwarded: Option<Forwarded>,
    /// What is spoken to the next listener.
    pub spoken: Option<Spoken>,
    /// What the way so far rests on.
    pub guessed: Vec<Assumption>,
    /// Where it is stated what hosts on the way are.
    pub named: Vec<Place>,
    /// The proxies that handed the request on.
    pub passages: Vec<Passage>,
    /// Causes that break nothing for certain.
    pub asides: Vec<Candidate>,
    /// The process that takes it in the end.
    pub served: Option<ListenerId>,
    /// The Host that a development server sends on in place of the page's (`changeOrigin`).
    pub host_sent: Option<String>,
    /// The policies of the page that runs the code.
    pub policies: Enforced,
    /// The functions of hosting services.
    pub functions: &'w Functions,
    /// Whether one of them has plain addresses asked for over TLS.
    pub upgrades: Match,
}

/// What a proxy did to a request.
#[derive(Clone, Debug)]
pub(super) struct Forwarded {
    /// The proxy's line.
    pub place: Place,
    /// The path before.
    pub from: PathText,
    /// The path after.
    pub to: PathText,
    /// What else the proxy could have been told.
    pub fixes: Vec<PathFix>,
}

/// One step.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub kind: HopKind,
    pub outcome: Outcome,
    pub places: Vec<Place>,
    pub note: String,
}

/// How a step comes out, before it is decided which breaks count.
#[derive(Clone, Debug)]
pub(super) enum Outcome {
    Holds,
    Breaks(Vec<Candidate>),
    Unknown(String),
    Skipped,
}

/// A cause that would be reported.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub kind: CauseKind,
    pub place: Place,
    pub key: String,
    pub links: Vec<Link>,
    pub assumptions: Vec<Assumption>,
}

impl Candidate {
    pub(super) fn new(kind: CauseKind, place: Place, key: impl Into<String>) -> Self {
        Self { kind, place, key: key.into(), links: Vec::new(), assumptions: Vec::new() }
    }

    pub(super) fn link(mut self, place: Place, shows: impl Into<String>) -> Self {
        let shows = shows.into();
        if !self.links.iter().any(|link| link.place == place) {
            self.links.push(Link { place, shows });
        }
        self
    }

    pub(super) fn links(mut self, places: &[Place], shows: &str) -> Self {
        for place in places {
            self = self.link(*place, shows);
        }
        self
    }

    pub(super) fn resting_on(mut self, assumptions: &[Assumption]) -> Self {
        for assumption in assumptions {
            if !self.assumptions.contains(assumption) {
                self.assumptions.push(assumption.clone());
            }
        }
        self
    }
}

impl Walk<'_> {
    pub(super) fn url(&self) -> &ConnectionUrl {
        &self.handshake.url
    }

    pub(super) fn in_development(&self) -> bool {
        self.handshake.mode == Mode::Development
    }

    pub(super) fn holds(&mut self, kind: HopKind, places: &[Place], note: impl Into<String>) {
        self.push(kind, Outcome::Holds, places, note);
    }

    pub(super) fn unknown(&mut self, kind: HopKind, places: &[Place], why: impl Into<String>) {
        self.push(kind, Outcome::Unknown(why.into()), places, "");
    }

    pub(super) fn breaks(&mut self, kind: HopKind, mut candidate: Candidate, note: impl Into<String>) {
        let places = [candidate.place];
        if kind == HopKind::Route && self.may_be_behind_proxy() {
            return self.unknown(kind, &places, format!("{}, unless a proxy is in front", note.into()));
        }
        let stated = self.named.iter().map(|place| Link { place: *place, shows: "says what this host is".to_owned() });
        candidate.links.extend(stated);
        self.push(kind, Outcome::Breaks(vec![candidate]), &places, note);
    }

    /// Notes where it is stated what a host is that the request goes to.
    pub(super) fn names(&mut self, host: &str) {
        let place = self.wiring.host_names.place(host);
        self.named.extend(place.filter(|place| !self.named.contains(place)));
    }

    /// Whether the page comes from an application that is developed by itself, as far as is known, and deployed behind a proxy,
    /// which may change paths: nobody says that it is opened without one.
    fn may_be_behind_proxy(&self) -> bool {
        let by_application = self.page.is_some_and(|page| matches!(page.served_by, ServedBy::App(_)));
        by_application
            && self.in_development()
            && self.wiring.deployments.iter().any(|deployment| !deployment.proxies.is_empty())
    }

    pub(super) fn skipped(&mut self, kind: HopKind, note: impl Into<String>) {
        self.push(kind, Outcome::Skipped, &[], note);
    }

    fn push(&mut self, kind: HopKind, outcome: Outcome, places: &[Place], note: impl Into<String>) {
        self.steps.push(Step { kind, outcome, places: places.to_vec(), note: note.into() });
    }

    /// What the request speaks when it reaches a server.
    pub(super) fn protocol(&self) -> Protocol {
        self.connection.api.protocol()
    }

    /// What nginx and dev servers see: socket.io upgrades like any socket.
    pub(super) fn wire_protocol(&self) -> Protocol {
        if self.connection.api.is_socket() { Protocol::WebSocket } else { Protocol::Http }
    }

    /// The transports that a socket.io client is told to use.
    pub(super) fn transports(&self) -> Option<&Expr> {
        let facts = self.wiring.repository.get(self.connection.place.file)?;
        facts.client_calls.iter().find(|call| call.span == self.connection.place.span)?.transports.as_ref()
    }

    /// Whether the connection begins with plain requests, and only tries to become a socket later: socket.io by default.
    pub(super) fn polls_first(&self) -> bool {
        if self.connection.api != ClientApi::SocketIo {
            return false;
        }
        match self.transports().map(|transports| &transports.kind) {
            Some(ExprKind::List(items)) => items.first().is_none_or(|first| first.as_str() != Some("websocket")),
            _ => true,
        }
    }

    /// The method of the request.
    pub(super) fn method(&self) -> &str {
        self.connection.method.as_deref().unwrap_or("GET")
    }
}
