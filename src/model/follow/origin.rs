//! The Origin check: is the page's origin let in?

use std::collections::BTreeSet;
use std::sync::Arc;

use super::network::is_loopback;
use super::walk::{Candidate, Walk};
use crate::base::Place;
use crate::facts::{ClientApi, OriginLibrary, StepKind};
use crate::model::evaluate::{Scope, evaluate};
use crate::model::{
    Adds, Admits, AppId, Assumption, CauseKind, Component, HopKind, Known, OriginEntry, OriginPolicy, PageOrigin,
    PageScheme, PathText, RouteId, ServiceId, Side, Unknown, UrlRelation, Value,
};

/// A page's origin for people, unknown parts as `{...}`.
pub(super) fn display(page: &PageOrigin) -> String {
    let scheme = match page.scheme.value() {
        Some(PageScheme::Http) => "http",
        Some(PageScheme::Https) => "https",
        None => "{...}",
    };
    let host = page.host.value().map_or("{...}", |host| host);
    let default = match page.scheme.value() {
        Some(PageScheme::Http) => Some(80),
        Some(PageScheme::Https) => Some(443),
        None => None,
    };
    match page.port.value() {
        Some(port) if Some(*port) == default => format!("{scheme}://{host}"),
        Some(port) => format!("{scheme}://{host}:{port}"),
        None => format!("{scheme}://{host}:{{...}}"),
    }
}

/// The origin, when all of it is known.
fn known(page: &PageOrigin) -> Option<String> {
    let all = page.scheme.value().is_some() && page.host.value().is_some() && page.port.value().is_some();
    all.then(|| display(page))
}

impl Walk<'_> {
    pub(super) fn walk_origin(
        &mut self,
        apps: &[AppId],
        routes: &[RouteId],
        service: Option<ServiceId>,
        path: &PathText,
    ) {
        if self.is_same_origin() {
            self.holds(HopKind::Origin, &[], "same origin as the page");
            return;
        }
        let Some(origin) = self.page.and_then(known) else {
            self.unknown(HopKind::Origin, &[], "the page's origin is not known");
            return;
        };
        if apps.is_empty() {
            self.unknown(HopKind::Origin, &[], "what the process serves is not known");
            return;
        }
        let wiring = self.wiring;
        let opening = apps
            .iter()
            .filter_map(|app| wiring.apps.get(app.0 as usize)?.opening(path))
            .find(|opening| opening.adds == Adds::Anything);
        let websocket = self.connection.api == ClientApi::WebSocket
            || self.connection.api == ClientApi::SocketIo && self.websocket_only();
        let policies: Vec<&OriginPolicy> = wiring
            .policies
            .iter()
            .filter(|policy| policy.app.is_some_and(|app| apps.contains(&app)))
            .filter(|policy| policy.deployment.is_none_or(|id| id == self.handshake.deployment))
            .filter(|policy| policy.mode.as_ref().is_none_or(|mode| *mode == self.handshake.mode))
            .filter(|policy| guards(policy.library, websocket, self.connection.api))
            .collect();
        let own = if websocket { self.own_check(routes, service) } else { None };
        if policies.is_empty() && own.is_none() {
            let note = if websocket { "nothing checks the Origin of sockets" } else { "no CORS policy is known" };
            if let Some(opening) = opening {
                self.unknown(HopKind::Origin, &[], format!("something else may decide: {}", opening.why.words()));
            } else if websocket {
                self.holds(HopKind::Origin, &[], note);
            } else {
                self.unknown(HopKind::Origin, &[], note);
            }
            return;
        }
        let mut refused: Option<Candidate> = None;
        let mut unknown = None;
        for (place, library, admits, assumptions) in policies
            .iter()
            .map(|policy| (policy.place, policy.library, &policy.admits, policy.assumptions.clone()))
            .chain(own.iter().map(|own| (own.place, OriginLibrary::OwnCheck, &own.admits, own.assumptions.clone())))
        {
            match admitted(&origin, library, admits) {
                // A second registration may be for other paths: one that lets the page in is enough for CORS.
                Admission::Yes if !websocket => {
                    self.holds(HopKind::Origin, &[place], format!("`{origin}` is let in"));
                    return;
                }
                Admission::Yes => {}
                Admission::Unknown(why) => unknown = Some(why),
                Admission::No(entries) => {
                    refused = Some(self.refusal(&origin, place, &entries, &assumptions, websocket))
                }
            }
        }
        match (refused, unknown) {
            (_, Some(why)) => self.unknown(HopKind::Origin, &[], why),
            (Some(_), None) if opening.is_some() => {
                let why = opening.map(|opening| opening.why.words()).unwrap_or_default();
                self.unknown(HopKind::Origin, &[], format!("something else may let it in: {why}"));
            }
            (Some(candidate), None) if self.is_sure_enough(&candidate) => {
                self.breaks(HopKind::Origin, candidate, format!("`{origin}` is not in the list"));
            }
            (Some(_), None) => {
                self.unknown(HopKind::Origin, &[], "the list may be set from outside in production");
            }
            (None, None) => self.holds(HopKind::Origin, &[], format!("`{origin}` is let in")),
        }
    }

    /// In production the list of a process usually comes from outside; in development its default counts.
    fn is_sure_enough(&self, candidate: &Candidate) -> bool {
        self.in_development()
            || !candidate.assumptions.iter().any(|assumption| matches!(assumption, Assumption::NoOverride(_)))
    }

    fn refusal(
        &self,
        origin: &str,
        place: Place,
        entries: &[OriginEntry],
        assumptions: &[Assumption],
        websocket: bool,
    ) -> Candidate {
        let list: Vec<Arc<str>> = entries.iter().map(|entry| entry.text.clone()).collect();
        let at = entries.iter().flat_map(|entry| &entry.places).next().copied().unwrap_or(place);
        let kind = CauseKind::OriginNotAllowed { origin: Arc::from(origin), list, websocket };
        let mut candidate = Candidate::new(kind, at, origin)
            .link(place, if websocket { "the check" } else { "the CORS registration" })
            .resting_on(assumptions)
            .resting_on(&self.url().assumptions);
        if let Some(page) = self.page {
            for known in [page.scheme_places(), page.port_places()] {
                candidate = candidate.links(known, "the page is served here");
            }
        }
        candidate.link(self.connection.place, format!("opens `{}`", self.url().display))
    }

    fn is_same_origin(&self) -> bool {
        let url = self.url();
        if url.relation == UrlRelation::Relative || self.fixed_to_page {
            return true;
        }
        if matches!(url.host, Component::FromPage(..)) && matches!(url.port, Component::FromPage(..)) {
            return true;
        }
        self.page.is_some_and(|page| page.is_at(url))
    }

    /// Whether socket.io goes without its polling requests, which CORS guards.
    fn websocket_only(&self) -> bool {
        let Some(transports) = self.transports() else { return false };
        match &transports.kind {
            crate::facts::ExprKind::List(items) => !items.iter().any(|item| item.as_str() == Some("polling")),
            _ => true,
        }
    }

    /// The list that the handlers themselves compare with.
    fn own_check(&self, routes: &[RouteId], service: Option<ServiceId>) -> Option<Own> {
        for id in routes {
            let route = self.wiring.routes.get(id.0 as usize)?;
            let Some((file, handler)) = &route.handler else { continue };
            for step in &handler.steps {
                let StepKind::ChecksOrigin(list) = &step.kind else { continue };
                let place = Place::new(*file, step.span);
                let app = self.wiring.apps.get(route.app.0 as usize)?;
                let scope = Scope {
                    package: app.package,
                    deployment: Some(self.handshake.deployment),
                    service,
                    mode: self.handshake.mode.clone(),
                    side: Side::Server,
                };
                let hole = |reason| Own {
                    place,
                    admits: Admits::Unknown(Unknown { reason, place: Some(place) }),
                    assumptions: Vec::new(),
                };
                let Some(list) = list else { return Some(hole(crate::facts::HoleReason::Unsupported)) };
                let alternatives = evaluate(self.wiring, *file, list, &scope);
                // An open variable comes out unset, or as an example file documents it; what it would be from outside is
                // not counted. Who is in none of these lists is refused whichever it is.
                let inside = alternatives.iter().filter(|alternative| !matches!(alternative.value, Value::Unknown(_)));
                let mut listed: Vec<OriginEntry> = Vec::new();
                let mut assumptions: Vec<Assumption> = Vec::new();
                let mut lists = 0;
                for alternative in inside {
                    let Some(entries) = entries(&alternative.value, &alternative.evidence) else {
                        return Some(hole(crate::facts::HoleReason::Unsupported));
                    };
                    lists += 1;
                    for entry in entries {
                        if !listed.iter().any(|known| known.text == entry.text) {
                            listed.push(entry);
                        }
                    }
                    assumptions.extend(alternative.assumptions.iter().cloned());
                }
                if lists == 0 {
                    return Some(hole(crate::facts::HoleReason::Limit));
                }
                assumptions.sort();
                assumptions.dedup();
                let admits = Admits::List { entries: listed, patterns: Vec::new(), more: None };
                return Some(Own { place, admits, assumptions });
            }
        }
        None
    }
}

/// A check in the handler itself.
struct Own {
    place: Place,
    admits: Admits,
    assumptions: Vec<Assumption>,
}

fn entries(value: &Value, evidence: &[Place]) -> Option<Vec<OriginEntry>> {
    let Value::List(items) = value else { return None };
    items
        .iter()
        .map(|item| {
            let text = item.as_known_text()?;
            let mut places = match item {
                Value::Text(text) => text.places(),
                _ => Vec::new(),
            };
            if places.is_empty() {
                places.extend(evidence.last());
            }
            Some(OriginEntry { text: Arc::from(text), places })
        })
        .collect()
}

impl PageOrigin {
    fn scheme_places(&self) -> &[Place] {
        places_of(&self.scheme)
    }

    fn port_places(&self) -> &[Place] {
        places_of(&self.port)
    }
}

fn places_of<T>(known: &Known<T>) -> &[Place] {
    match known {
        Known::Is(_, places) => places,
        Known::Unknown(_) => &[],
    }
}

/// Whether a library looks at this kind of request at all.
fn guards(library: OriginLibrary, websocket: bool, api: ClientApi) -> bool {
    use OriginLibrary as L;
    match library {
        L::ChannelsValidator | L::Websockets | L::OwnCheck => websocket,
        L::PythonSocketIo => api == ClientApi::SocketIo,
        L::SocketIoCors => api == ClientApi::SocketIo && !websocket,
        L::StarletteCors | L::NodeCors | L::DjangoCors | L::FlaskCors | L::Headers | L::FastifyCors => {
            !websocket && api != ClientApi::SocketIo
        }
        L::NestCors => !websocket,
    }
}

enum Admission {
    Yes,
    No(Vec<OriginEntry>),
    Unknown(String),
}

fn admitted(origin: &str, library: OriginLibrary, admits: &Admits) -> Admission {
    match admits {
        Admits::Any(_) | Admits::Reflected(_) => Admission::Yes,
        Admits::SameOrigin | Admits::Nobody => Admission::Unknown("only the server's own origin is let in".to_owned()),
        Admits::Unknown(unknown) => Admission::Unknown(format!("the list is not known: {}", unknown.words())),
        Admits::List { entries, patterns, more } => {
            if entries.iter().any(|entry| equal(&entry.text, origin, library)) {
                return Admission::Yes;
            }
            if let Some(more) = more {
                return Admission::Unknown(format!("the list may hold more: {}", more.words()));
            }
            for pattern in patterns {
                let Ok(regex) = pcre2::bytes::Regex::new(&pattern.pattern) else {
                    return Admission::Unknown("a pattern of the list is not understood".to_owned());
                };
                if regex.is_match(origin.as_bytes()).unwrap_or(true) {
                    return Admission::Yes;
                }
            }
            if entries.is_empty() && patterns.is_empty() {
                return Admission::Unknown("the list is empty".to_owned());
            }
            if entries.iter().any(|entry| is_alias(&entry.text, origin)) {
                return Admission::Unknown("the list names the same machine by its other name".to_owned());
            }
            Admission::No(entries.clone())
        }
    }
}

fn equal(entry: &str, origin: &str, library: OriginLibrary) -> bool {
    match library {
        OriginLibrary::ChannelsValidator => {
            let host = |text: &str| url::Url::parse(text).ok().and_then(|url| url.host_str().map(str::to_owned));
            let wanted = host(origin);
            if entry == "*" || Some(entry.to_owned()) == wanted || host(entry).is_some() && host(entry) == wanted {
                return true;
            }
            entry.strip_prefix('.').is_some_and(|domain| {
                wanted.is_some_and(|host| host == domain || host.ends_with(&format!(".{domain}")))
            })
        }
        // An entry that never matches by its form is another rule's finding.
        _ => entry == origin || entry.trim().trim_end_matches('/').eq_ignore_ascii_case(origin),
    }
}

/// Whether an entry means the page's machine and port under another loopback name.
fn is_alias(entry: &str, origin: &str) -> bool {
    let parse = |text: &str| url::Url::parse(text.trim()).ok();
    let (Some(entry), Some(origin)) = (parse(entry), parse(origin)) else { return false };
    let loopback = |url: &url::Url| url.host_str().is_some_and(is_loopback);
    loopback(&entry) && loopback(&origin) && entry.port_or_known_default() == origin.port_or_known_default()
}

/// Every application that listens in the deployment.
pub(super) fn listening_apps(walk: &Walk<'_>) -> Vec<AppId> {
    let apps: BTreeSet<AppId> =
        walk.network.listeners().flat_map(|(_, listener)| listener.apps.iter().copied()).collect();
    apps.into_iter().collect()
}
