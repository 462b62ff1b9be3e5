//! A location that was written for a connection, and that nginx does not pick for it.

use std::sync::Arc;

use super::network::{Network, Peer};
use super::route::{Matched, named_route, route};
use super::walk::{Candidate, Walk};
use crate::base::Place;
use crate::facts::Protocol;
use crate::model::proxy::{Answer, Outcome, Proxied, Request, Shadowed, Upgrade};
use crate::model::{AppId, CauseKind, HopKind, PathPiece, PathText, ProxyId, Taken, Tls, Wiring};

/// Who asks: the wiring around a request.
#[derive(Clone, Copy)]
pub(super) struct Asker<'w> {
    pub wiring: &'w Wiring,
    pub network: Network<'w>,
    pub proxy: ProxyId,
    /// What the client speaks to the back end.
    pub protocol: Protocol,
}

/// A location that would do what the picked one does not.
pub(super) struct Shade {
    pub kind: CauseKind,
    pub place: Place,
    pub key: String,
    /// The location that is picked.
    pub taken: Option<Place>,
    /// The files of a proxy behind it, where those are all that it leads to.
    pub files: Option<Place>,
    /// What the other one answers.
    pub answer: Answer,
}

/// Whether a process has the route.
#[derive(Clone, Copy, PartialEq, Eq)]
enum HasRoute {
    Yes,
    No,
    /// It speaks no protocol of this kind, as far as its code is known.
    Silent,
    Unknown,
}

impl<'w> Asker<'w> {
    /// The location that was written for the request, when `answer` shows that the picked one breaks it.
    pub(super) fn shade(&self, request: &Request, answer: &Answer) -> Option<Shade> {
        let breaks = self.breaks(answer)?;
        let breaking = answer;
        // what may speak in ways that were not seen is held against one that does for certain
        let is_silent =
            matches!(&answer.outcome, Outcome::Proxied(proxied) if self.has_route(proxied) == HasRoute::Silent);
        let first = first_word(request)?;
        let instance = self.wiring.proxies.get(self.proxy)?;
        let one = instance.shadowed(request).into_iter().find(|one| {
            let named = one
                .text
                .split(|c: char| !c.is_alphanumeric() && !matches!(c, '-' | '_' | '.'))
                .any(|word| word == first);
            named && self.works(&one.answer) && (!is_silent || self.reaches(&one.answer))
        })?;
        let Shadowed { location, text, why, taken_by, answer } = one;
        let kind = CauseKind::ShadowedLocation {
            by: instance.words(),
            location: location.written,
            why,
            taken: Some(Taken {
                path: request.path.display(),
                by: taken_by.as_ref().map(|taken| Arc::clone(&taken.written)),
                breaks: Arc::from(breaks),
            }),
        };
        let taken = taken_by.map(|taken| taken.place);
        let files = self.files_behind(breaking);
        Some(Shade { kind, place: location.place, key: text.to_string(), taken, files, answer })
    }

    fn is_socket(&self) -> bool {
        matches!(self.protocol, Protocol::WebSocket | Protocol::SocketIo)
    }

    /// What goes wrong in an answer, as a clause with the location as its subject.
    fn breaks(&self, answer: &Answer) -> Option<&'static str> {
        match &answer.outcome {
            Outcome::Files { .. } => Some("serves files"),
            Outcome::Status { .. } if self.is_socket() => Some("refuses it"),
            Outcome::Redirect { automatic_slash: false, .. } if self.is_socket() => Some("redirects it"),
            Outcome::Proxied(proxied) => match &proxied.upgrade {
                Upgrade::Lost(_) if self.is_socket() => Some("hands it on without the upgrade"),
                _ => matches!(self.has_route(proxied), HasRoute::No | HasRoute::Silent)
                    .then_some("hands it on to a process without the route"),
            },
            Outcome::Status { .. } | Outcome::Redirect { .. } | Outcome::Unknown(_) => None,
        }
    }

    fn works(&self, answer: &Answer) -> bool {
        let Outcome::Proxied(proxied) = &answer.outcome else { return false };
        let route = self.has_route(proxied);
        if self.is_socket() {
            matches!(proxied.upgrade, Upgrade::Carried | Upgrade::Http10 { .. }) && route != HasRoute::No
        } else {
            route == HasRoute::Yes
        }
    }

    /// Whether an answer hands the request on to a process that has the route.
    pub(super) fn reaches(&self, answer: &Answer) -> bool {
        matches!(&answer.outcome, Outcome::Proxied(proxied) if self.has_route(proxied) == HasRoute::Yes)
    }

    /// Whether the applications are known to the end, and none of them takes sockets.
    fn is_silent(&self, apps: &[AppId], path: &PathText) -> bool {
        let known = |id: &AppId| self.wiring.apps.get(id.0 as usize);
        self.is_socket()
            && !apps.is_empty()
            && apps.iter().all(|id| known(id).is_some_and(|app| app.opening(path).is_none()))
            && [Protocol::WebSocket, Protocol::SocketIo]
                .iter()
                .all(|one| !self.wiring.index.routes(self.wiring).speak(apps, *one))
    }

    fn has_route(&self, proxied: &Proxied) -> HasRoute {
        let service = self.network.service_of(self.proxy);
        let known = proxied.targets.first().and_then(|target| Some((target.host.as_deref()?, target.port?)));
        let Some((host, port)) = known else { return HasRoute::Unknown };
        let id = match self.network.upstream(service, host, port) {
            Peer::Listener(id) => id,
            Peer::Proxy(inner, port, tls) => {
                return self.files_of(inner, port, tls, proxied).map_or(HasRoute::Unknown, |_| HasRoute::No);
            }
            _ => return HasRoute::Unknown,
        };
        let Some(listener) = self.wiring.listeners.get(id.0 as usize) else { return HasRoute::Unknown };
        if named_route(self.wiring, &listener.apps, &proxied.path, self.protocol).is_some() {
            return HasRoute::Yes;
        }
        match route(self.wiring, &listener.apps, &proxied.path, self.protocol) {
            Matched::None(_) | Matched::OtherProtocol(_) => HasRoute::No,
            Matched::Unknown(_) if self.is_silent(&listener.apps, &proxied.path) => HasRoute::Silent,
            Matched::Routes(_) | Matched::WrongMethod(..) | Matched::Unknown(_) => HasRoute::Unknown,
        }
    }
}

impl Asker<'_> {
    /// Where a proxy behind this one has nothing but files for a socket, which files open none.
    fn files_of(&self, inner: ProxyId, port: u16, tls: Tls, proxied: &Proxied) -> Option<Place> {
        if !self.is_socket() {
            return None;
        }
        let request = Request::from_browser(port, tls, None, proxied.path.clone(), Protocol::WebSocket);
        match self.network.ask(inner, &request.with_method(&proxied.method))?.outcome {
            Outcome::Files { place, .. } => Some(place),
            _ => None,
        }
    }

    /// The same for what an answer hands on.
    fn files_behind(&self, answer: &Answer) -> Option<Place> {
        let Outcome::Proxied(proxied) = &answer.outcome else { return None };
        let target = proxied.targets.first()?;
        let service = self.network.service_of(self.proxy);
        match self.network.upstream(service, target.host.as_deref()?, target.port?) {
            Peer::Proxy(inner, port, tls) => self.files_of(inner, port, tls, proxied),
            _ => None,
        }
    }
}

impl Walk<'_> {
    /// Adds the break, and gives what the location that was written for the request answers.
    pub(super) fn shaded(&mut self, id: ProxyId, request: &Request, answer: &Answer) -> Option<Answer> {
        let asker = Asker { wiring: self.wiring, network: self.network, proxy: id, protocol: self.protocol() };
        let shade = asker.shade(request, answer)?;
        let note = format!("another location was written for `{}`", request.path.display());
        let mut candidate = Candidate::new(shade.kind, shade.place, shade.key)
            .link(self.connection.place, format!("opens `{}`", self.url().display))
            .resting_on(&answer.assumptions)
            .resting_on(&shade.answer.assumptions);
        if let Some(place) = shade.taken {
            candidate = candidate.link(place, "this one takes it");
        }
        if let Some(place) = shade.files {
            candidate = candidate.link(place, "it leads to files only");
        }
        self.breaks(HopKind::Location, candidate, note);
        Some(shade.answer)
    }
}

/// The first word of a path.
fn first_word(request: &Request) -> Option<&str> {
    let PathPiece::Known(first) = request.path.0.first()? else { return None };
    first.trim_start_matches('/').split('/').next().filter(|word| !word.is_empty())
}
