//! The Origin check: is the page's origin let in?

use std::collections::BTreeSet;
use std::sync::Arc;

use super::admission::{Admission, OTHER_NAME, Relation, admitted};
use super::walk::{Candidate, Walk};
use crate::base::Place;
use crate::facts::{Answer, ClientApi, Framework, Guarded, OriginLibrary, OriginTest, StepKind};
use crate::model::evaluate::{Scope, evaluate};
use crate::model::passage_causes::host_changed;
use crate::model::policy_causes::{Taken, never_equal, steps_of};
use crate::model::proxy::{HeaderOrigin, HeaderValue, NGINX, Received};
use crate::model::routing::{HostTest, of_hosts};
use crate::model::{
    Adds, Admits, AppId, Assumption, CauseKind, Component, Coverage, ForwardedEffect, ForwardedProblem, HopKind, Known,
    OriginEntry, OriginPolicy, PageOrigin, PageScheme, PathText, RouteId, ServiceId, Side, Unknown, UrlRelation, Value,
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
pub(super) fn known(page: &PageOrigin) -> Option<String> {
    let all = page.scheme.value().is_some() && page.host.value().is_some() && page.port.value().is_some();
    all.then(|| display(page))
}

impl Walk<'_> {
    pub(super) fn walk_origin(
        &mut self,
        apps: &[AppId],
        routes: &[RouteId],
        path: &PathText,
        service: Option<ServiceId>,
    ) {
        let same = self.is_same_origin();
        let relation = if same { Relation::Same } else { Relation::Other };
        let api = self.connection.api;
        let websocket = api == ClientApi::WebSocket || api == ClientApi::SocketIo && self.websocket_only();
        if same && !api.is_socket() {
            self.holds(HopKind::Origin, &[], "same origin as the page");
            return;
        }
        if self.connection.answer == Answer::Opaque {
            self.holds(HopKind::Origin, &[], "the page asks without CORS and reads no answer");
            return;
        }
        if !websocket && !same && self.cors_of_proxy(apps, routes, path) {
            return;
        }
        if apps.is_empty() && !same {
            self.unknown(HopKind::Origin, &[], "what the process serves is not known");
            return;
        }
        let wiring = self.wiring;
        let opening = apps
            .iter()
            .filter_map(|app| wiring.apps.get(app.0 as usize)?.opening(path))
            .find(|opening| opening.adds == Adds::Anything);
        let policies: Vec<&OriginPolicy> = wiring
            .policies
            .iter()
            .filter(|policy| policy.app.is_some_and(|app| apps.contains(&app)))
            .filter(|policy| policy.deployment.is_none_or(|id| id == self.network.id()))
            .filter(|policy| policy.mode.as_ref().is_none_or(|mode| *mode == self.handshake.mode))
            .filter(|policy| guards(policy.library, websocket, api))
            // Node's socket.io lets pages of its own origin in, whatever is listed.
            .filter(|policy| !same || policy.library != OriginLibrary::SocketIoCors)
            .collect();
        let own = if websocket { self.own_check(routes, service) } else { None };
        if policies.is_empty() && own.is_none() {
            let open = opening.filter(|_| !same);
            match (same, websocket) {
                _ if open.is_some() => {
                    let why = open.map(|opening| opening.why.words()).unwrap_or_default();
                    self.unknown(HopKind::Origin, &[], format!("something else may decide: {why}"));
                }
                (true, _) => self.holds(HopKind::Origin, &[], "same origin as the page"),
                (false, true) => self.holds(HopKind::Origin, &[], "nothing checks the Origin of sockets"),
                (false, false) => self.without_cors(apps, routes, path),
            }
            return;
        }
        let origin = match self.arriving_origin() {
            Arriving::Is(origin) => origin,
            Arriving::Unknown(why) => {
                // Who compares with its own address lets its own pages in, wherever they are.
                let by_itself = |policy: &&OriginPolicy| {
                    policy.library == OriginLibrary::PythonSocketIo
                        && policy.admits == Admits::SameOrigin
                        && self.host_arrives_as_sent()
                        || matches!(policy.admits, Admits::Any(_) | Admits::Reflected(_) | Admits::Unchecked(_))
                };
                let own_by_itself = own.as_ref().is_none_or(|own| own.admits == Admits::SameOrigin && self.passed == 0);
                if same && own_by_itself && policies.iter().all(by_itself) {
                    self.holds(HopKind::Origin, &[], "same origin as the page");
                } else {
                    self.unknown(HopKind::Origin, &[], why);
                }
                return;
            }
            Arriving::Removed(place) if !same && !websocket => {
                self.answered_without_origin(place, &policies);
                return;
            }
            Arriving::Removed(place) => {
                self.without_origin(place, &policies, own.as_ref());
                return;
            }
        };
        if !websocket && !api.is_socket() {
            self.cors(&origin, &policies, routes, path);
            return;
        }
        if !websocket && !same && self.polling(&origin, &policies, apps) {
            return;
        }
        if let Some(own) = own.as_ref().filter(|own| own.admits == Admits::SameOrigin) {
            return self.own_host(own.place, &origin);
        }
        // python-socketio compares with the Host that it gets.
        let own_address = |policy: &&&OriginPolicy| {
            policy.library == OriginLibrary::PythonSocketIo && policy.admits == Admits::SameOrigin
        };
        if let Some(policy) = policies.iter().find(own_address).filter(|_| same && self.host_sent.is_some()) {
            return self.own_host(policy.place, &origin);
        }
        let mut refused: Option<Candidate> = None;
        let mut unknown = None;
        let mut misspelt = None;
        for (place, library, admits, assumptions) in policies
            .iter()
            .map(|policy| (policy.place, policy.library, &policy.admits, policy.assumptions.clone()))
            .chain(own.iter().map(|own| (own.place, OriginLibrary::OwnCheck, &own.admits, own.assumptions.clone())))
        {
            match admitted(&origin, library, admits, relation, self.wiring.comparisons.at(place)) {
                // A second registration may be for other paths: one that lets the page in is enough for CORS.
                Admission::Yes if !websocket => {
                    self.holds(HopKind::Origin, &[place], format!("`{origin}` is let in"));
                    return;
                }
                Admission::Yes => {}
                Admission::Unknown(why) => unknown = Some(why),
                Admission::Misspelt(entry) => {
                    let note = format!("`{}` never equals `{origin}`", entry.text);
                    let policy = policies.iter().find(|policy| policy.place == place);
                    match policy.and_then(|policy| self.misspelt(policy, &entry)) {
                        Some(candidate) => misspelt = misspelt.or(Some((candidate, note))),
                        None => unknown = Some(note),
                    }
                }
                Admission::OtherName(entry) => {
                    let aside = self.other_name(&origin, place, &entry);
                    self.asides.extend(aside);
                    unknown = Some(OTHER_NAME.to_owned());
                }
                Admission::No(entries) => {
                    refused = Some(self.refusal(&origin, place, &entries, &assumptions, websocket))
                }
            }
        }
        if let Some((candidate, note)) = misspelt.filter(|_| websocket || unknown.is_none()) {
            self.breaks(HopKind::Origin, candidate, note);
            return;
        }
        match (refused, unknown) {
            (_, Some(why)) => self.unknown(HopKind::Origin, &[], why),
            (Some(_), None) if opening.is_some() => {
                let why = opening.map(|opening| opening.why.words()).unwrap_or_default();
                self.unknown(HopKind::Origin, &[], format!("something else may let it in: {why}"));
            }
            (Some(candidate), None) => {
                let lists: Vec<(OriginLibrary, &Admits)> = policies
                    .iter()
                    .map(|policy| (policy.library, &policy.admits))
                    .chain(own.iter().map(|own| (OriginLibrary::OwnCheck, &own.admits)))
                    .collect();
                if same && self.knows_another_name(&lists) {
                    let why = "the list holds another address of the same pages, which may be the one that is used";
                    self.unknown(HopKind::Origin, &[candidate.place], why);
                } else if websocket
                    && self.in_development()
                    && !lists.iter().any(|(_, admits)| is_for_development(admits))
                {
                    let why = "the list names no address of one's own machine: it is for another deployment";
                    self.unknown(HopKind::Origin, &[candidate.place], why);
                } else {
                    self.refused(candidate, &origin);
                }
            }
            (None, None) => self.holds(HopKind::Origin, &[], format!("`{origin}` is let in")),
        }
    }

    /// A check that compares the host of the page with the Host header, as that arrives.
    fn own_host(&mut self, check: Place, origin: &str) {
        let Some((_, page)) = origin.split_once("://") else {
            return self.unknown(HopKind::Origin, &[check], "what the check makes of this origin is not known");
        };
        let Some(host) = self.arriving_host() else {
            return self.unknown(HopKind::Origin, &[check], "the Host header that arrives is not known");
        };
        if host.eq_ignore_ascii_case(page) {
            return self.holds(HopKind::Origin, &[check], format!("`{page}` is the host that arrives"));
        }
        let note = format!("the page is of `{page}`, and the Host that arrives is `{host}`");
        let changed = self.passages.last().filter(|_| self.is_same_origin());
        let candidate = match changed {
            Some(passage) => match host_changed(self.wiring, passage, check, &host) {
                Some(cause) => {
                    let links = cause.chains.into_iter().flat_map(|chain| chain.links).collect();
                    Candidate {
                        kind: cause.kind,
                        place: cause.place,
                        key: cause.key,
                        links,
                        assumptions: cause.assumptions,
                    }
                }
                None => return self.unknown(HopKind::Origin, &[check], note),
            },
            None => {
                let mut candidate = self.refusal(origin, check, &[], &[], true);
                if let CauseKind::OriginNotAllowed { own_host, .. } = &mut candidate.kind {
                    *own_host = Some(Arc::from(&*host));
                }
                candidate
            }
        };
        self.breaks(HopKind::Origin, candidate, note);
    }

    /// Whether every proxy on the way hands the Host header on as it came.
    fn host_arrives_as_sent(&self) -> bool {
        let is_kept = |received: Received<'_>| match received {
            Received::Sent(header) => header.origin == HeaderOrigin::Client,
            Received::FromClient => true,
            Received::Never(_) => false,
        };
        self.passed as usize == self.passages.len()
            && self.passages.iter().all(|passage| is_kept(passage.proxied.headers.get("Host")))
    }

    /// The Host header as the back end gets it, with a port that is not the scheme's own.
    fn arriving_host(&self) -> Option<String> {
        if let Some(host) = &self.host_sent {
            return Some(host.clone());
        }
        if self.passed as usize != self.passages.len() {
            return None;
        }
        if let Some(passage) = self.passages.last() {
            match passage.proxied.headers.get("Host") {
                Received::Sent(header) if header.origin != HeaderOrigin::Client => {
                    return match &header.value {
                        HeaderValue::Known(value) => Some(value.to_string()),
                        HeaderValue::Unknown(_) => None,
                    };
                }
                Received::Never(_) => return None,
                Received::Sent(_) | Received::FromClient => {}
            }
            // a proxy in front may have changed it
            if self.passages.len() > 1 {
                return None;
            }
        }
        if self.is_same_origin() {
            return self.page.and_then(known).and_then(|origin| Some(origin.split_once("://")?.1.to_owned()));
        }
        let url = self.url();
        let (host, port) = (url.host.value()?, url.port.value()?);
        let usual = if matches!(&**url.scheme.value()?, "wss" | "https") { 443 } else { 80 };
        Some(if *port == usual { host.to_string() } else { format!("{host}:{port}") })
    }

    /// Polling of a python-socketio that is mounted in an application with CORS of its own: the headers of both come together.
    /// Whether that decides; says so.
    fn polling(&mut self, origin: &str, policies: &[&OriginPolicy], apps: &[AppId]) -> bool {
        let inside = |app: &AppId| matches!(self.framework(*app), Some(Framework::FastApi | Framework::Starlette));
        let Some(inner) = policies.iter().find(|policy| policy.library == OriginLibrary::PythonSocketIo) else {
            return false;
        };
        let lets_in = |policy: &OriginPolicy| {
            let comparing = self.wiring.comparisons.at(policy.place);
            matches!(admitted(origin, policy.library, &policy.admits, Relation::Other, comparing), Admission::Yes)
        };
        let around = self.wiring.policies.iter().find(|policy| {
            policy.library == OriginLibrary::StarletteCors
                && policy.app.is_some_and(|app| apps.contains(&app) && inside(&app))
                && policy.deployment.is_none_or(|id| id == self.network.id())
                && policy.mode.as_ref().is_none_or(|mode| *mode == self.handshake.mode)
                && policy.covers == Coverage::Everything
                && lets_in(policy)
        });
        match (&inner.admits, around) {
            (Admits::Unchecked(_), Some(around)) => {
                let place = around.place;
                self.holds(HopKind::Origin, &[place], format!("`{origin}` is let in"));
            }
            (Admits::Unchecked(_), None) => {
                let why = "python-socketio sends no CORS headers with an empty list, and nothing around it is known to";
                self.unknown(HopKind::Origin, &[inner.place], why);
            }
            (_, Some(around)) if lets_in(inner) => {
                let candidate = Candidate::new(CauseKind::CorsTwiceInApplication, inner.place, "twice")
                    .link(around.place, "adds the header around it")
                    .link(self.connection.place, format!("opens `{}`", self.url().display))
                    .resting_on(&around.assumptions)
                    .resting_on(&inner.assumptions)
                    .resting_on(&self.url().assumptions);
                self.breaks(HopKind::Origin, candidate, "the answer carries Access-Control-Allow-Origin twice");
            }
            _ => return false,
        }
        true
    }

    /// Whether every list lets in another origin that the same pages are served from.
    fn knows_another_name(&self, lists: &[(OriginLibrary, &Admits)]) -> bool {
        let Some(page) = self.page else { return false };
        let same_pages = |other: &&PageOrigin| {
            other.package == page.package && other.deployment == page.deployment && other.mode == page.mode
        };
        let lets_in = |origin: &str| {
            lists.iter().all(|(library, admits)| {
                matches!(
                    admitted(
                        origin,
                        *library,
                        admits,
                        Relation::Other,
                        self.wiring.comparisons.at(self.connection.place)
                    ),
                    Admission::Yes
                )
            })
        };
        self.wiring.pages.iter().filter(same_pages).filter_map(known).any(|origin| lets_in(&origin))
    }

    /// The page is not let in.
    pub(super) fn refused(&mut self, candidate: Candidate, origin: &str) {
        if self.is_sure_enough(&candidate) {
            self.breaks(HopKind::Origin, candidate, format!("`{origin}` is not in the list"));
        } else {
            self.unknown(HopKind::Origin, &[], "the list may be set from outside in production");
        }
    }

    /// The Origin header as the back end gets it.
    fn arriving_origin(&self) -> Arriving {
        let sent = self.passages.last().map(|passage| passage.proxied.headers.get("Origin"));
        match sent {
            Some(Received::Never(Some(place))) => return Arriving::Removed(place),
            Some(Received::Sent(header)) if matches!(header.origin, HeaderOrigin::Set(_)) => match &header.value {
                HeaderValue::Known(value) => return Arriving::Is(value.to_string()),
                HeaderValue::Unknown(_) => {
                    // `proxy_set_header Origin $http_origin` hands it on.
                    let written = "what the proxy makes of the Origin header is not known";
                    return self.page.and_then(known).map_or(Arriving::Unknown(written.to_owned()), Arriving::Is);
                }
            },
            _ => {}
        }
        match self.page.and_then(known) {
            Some(origin) => Arriving::Is(origin),
            None => Arriving::Unknown("the page's origin is not known".to_owned()),
        }
    }

    /// The proxy takes the Origin out: who demands one refuses every page.
    fn without_origin(&mut self, removed: Place, policies: &[&OriginPolicy], own: Option<&Own>) {
        use OriginLibrary as L;
        let lists = |policy: &&&OriginPolicy| matches!(policy.admits, Admits::List { .. } | Admits::SameOrigin);
        let demanding = policies
            .iter()
            .filter(lists)
            .find(|policy| matches!(policy.library, L::ChannelsValidator | L::Websockets | L::QuartCors));
        let demanding = demanding.map(|policy| policy.place);
        let own_demands = own.filter(|own| own.absent == Absent::Refused).map(|own| own.place);
        if let Some(check) = demanding.or(own_demands) {
            let location = self.passages.last().map(|passage| passage.proxied.location.clone());
            let by = self.passages.last().map(|passage| self.wiring.proxies.words(passage.proxy));
            let kind = CauseKind::MissingForwardedHeaders {
                by: by.unwrap_or(&NGINX),
                location: location.unwrap_or_else(|| Arc::from("/")),
                problem: ForwardedProblem::NoOrigin,
                effect: ForwardedEffect::OriginRefused,
            };
            let candidate = Candidate::new(kind, removed, "Origin")
                .link(self.connection.place, format!("opens `{}`", self.url().display))
                .link(check, "the back end demands an Origin here")
                .resting_on(&self.url().assumptions);
            self.breaks(HopKind::Origin, candidate, "the proxy removes the Origin that the back end demands");
            return;
        }
        match own {
            Some(own) if own.absent == Absent::Unknown => {
                self.unknown(HopKind::Origin, &[own.place], "what the check makes of a missing Origin is not known");
            }
            _ => self.holds(HopKind::Origin, &[removed], "without an Origin nothing is compared"),
        }
    }

    /// In production the list of a process usually comes from outside; in development its default counts.
    fn is_sure_enough(&self, candidate: &Candidate) -> bool {
        self.in_development()
            || !candidate.assumptions.iter().any(|assumption| matches!(assumption, Assumption::NoOverride(_)))
    }

    pub(super) fn refusal(
        &self,
        origin: &str,
        place: Place,
        entries: &[OriginEntry],
        assumptions: &[Assumption],
        websocket: bool,
    ) -> Candidate {
        let list: Vec<Arc<str>> = entries.iter().map(|entry| entry.text.clone()).collect();
        // An entry may be written in an example file, too, where nobody is judged.
        let judged = |place: &&Place| self.wiring.repository.may_be_accused(place.file);
        let at = entries.iter().flat_map(|entry| &entry.places).find(judged).copied().unwrap_or(place);
        let kind = CauseKind::OriginNotAllowed { origin: Arc::from(origin), list, websocket, own_host: None };
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

    /// The fault of an entry that was meant for the page and that no Origin header can equal.
    pub(super) fn misspelt(&self, policy: &OriginPolicy, entry: &OriginEntry) -> Option<Candidate> {
        let cause = never_equal(self.wiring, policy, entry)?;
        let links = cause.chains.into_iter().flat_map(|chain| chain.links).collect();
        let candidate =
            Candidate { kind: cause.kind, place: cause.place, key: cause.key, links, assumptions: cause.assumptions };
        Some(candidate.link(self.connection.place, format!("opens `{}`", self.url().display)))
    }

    pub(super) fn is_same_origin(&self) -> bool {
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
            let taken = steps_of(self.wiring, route);
            for step in &taken {
                let Taken::Step(place, StepKind::ChecksOrigin(test)) = step else { continue };
                let place = *place;
                let app = self.wiring.apps.get(route.app.0 as usize)?;
                let scope = Scope {
                    package: app.package,
                    deployment: Some(self.network.id()),
                    service,
                    mode: self.handshake.mode.clone(),
                    side: Side::Server,
                };
                let hole = |reason| Own {
                    place,
                    admits: Admits::Unknown(Unknown { reason, place: Some(place) }),
                    assumptions: Vec::new(),
                    absent: Absent::Unknown,
                };
                let absent = if taken.iter().any(|step| matches!(step, Taken::Step(_, StepKind::AllowsNoOrigin))) {
                    Absent::LetIn
                } else if self
                    .wiring
                    .apps
                    .get(route.app.0 as usize)
                    .is_some_and(|app| matches!(app.framework, Framework::FastApi | Framework::Starlette))
                {
                    Absent::Refused
                } else {
                    Absent::Unknown
                };
                if *test == OriginTest::OwnHost {
                    let (admits, assumptions) = (Admits::SameOrigin, Vec::new());
                    return Some(Own { place, admits, assumptions, absent });
                }
                let Some(list) = test.expr() else { return Some(hole(crate::facts::HoleReason::Unsupported)) };
                let alternatives = evaluate(self.wiring, place.file, list, &scope);
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
                        match listed.iter_mut().find(|known| known.text == entry.text) {
                            Some(known) => known.places.extend(entry.places),
                            None => listed.push(entry),
                        }
                    }
                    assumptions.extend(alternative.assumptions.iter().cloned());
                }
                if lists == 0 {
                    return Some(hole(crate::facts::HoleReason::Limit));
                }
                assumptions.sort();
                assumptions.dedup();
                let admits = compared(test, Admits::List { entries: listed, patterns: Vec::new(), more: None });
                return Some(Own { place, admits, assumptions, absent });
            }
        }
        None
    }
}

/// Whether a list knows pages of the developer's own machine.
fn is_for_development(admits: &Admits) -> bool {
    match admits {
        Admits::List { entries, .. } => entries.iter().any(|entry| {
            let authority = entry.text.rsplit("://").next().unwrap_or_default();
            let authority = authority.split('/').next().unwrap_or_default();
            let own =
                |name: &str| authority.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'));
            ["localhost", "127.0.0.1", "[::1]"].into_iter().any(own)
        }),
        _ => true,
    }
}

/// The entries of a check's list, with patterns where the check compares something else than whole origins.
fn compared(test: &OriginTest, admits: Admits) -> Admits {
    let compared = match test {
        OriginTest::Hosts(_) => HostTest::WithPort,
        OriginTest::HostNames(_) => HostTest::AnyPort,
        OriginTest::Ends(_) => HostTest::End,
        OriginTest::Whole(_) | OriginTest::Unknown | OriginTest::OwnHost => return admits,
    };
    match (&admits, of_hosts(admits.clone(), compared)) {
        // A host never equals an origin: the entries stay as what messages name.
        (Admits::List { entries, .. }, Admits::List { patterns, more, .. }) => {
            Admits::List { entries: entries.clone(), patterns, more }
        }
        (_, other) => other,
    }
}

/// A check in the handler itself.
struct Own {
    place: Place,
    admits: Admits,
    assumptions: Vec<Assumption>,
    absent: Absent,
}

/// What a check makes of a handshake without an Origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Absent {
    LetIn,
    Refused,
    Unknown,
}

/// The Origin header that reaches a back end.
enum Arriving {
    Is(String),
    /// A directive takes it out.
    Removed(Place),
    Unknown(String),
}

fn entries(value: &Value, evidence: &[Place]) -> Option<Vec<OriginEntry>> {
    // Compared with one text (`origin === 'https://...'`).
    let items = match value {
        Value::List(items) => items.as_slice(),
        Value::Text(_) => std::slice::from_ref(value),
        _ => return None,
    };
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
    pub(super) fn scheme_places(&self) -> &[Place] {
        places_of(&self.scheme)
    }

    pub(super) fn port_places(&self) -> &[Place] {
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
pub(super) fn guards(library: OriginLibrary, websocket: bool, api: ClientApi) -> bool {
    match library.guards() {
        Guarded::Sockets => websocket,
        Guarded::SocketIo => api == ClientApi::SocketIo,
        Guarded::Polling => api == ClientApi::SocketIo && !websocket,
        Guarded::Http => !websocket && api != ClientApi::SocketIo,
    }
}

/// Every application that listens in the deployment.
pub(super) fn listening_apps(walk: &Walk<'_>) -> Vec<AppId> {
    let apps: BTreeSet<AppId> =
        walk.network.listeners().flat_map(|(_, listener)| listener.apps.iter().copied()).collect();
    apps.into_iter().collect()
}
