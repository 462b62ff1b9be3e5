//! The scheme and host that the browser used, which a back end behind a proxy learns from headers alone.

use std::sync::Arc;

use super::needs::{self, Needs};
use crate::base::Place;
use crate::facts::OriginLibrary;
use crate::facts::{Framework, OriginTest, Protocol, StepKind};
use crate::model::proxy::{HeaderOrigin, HeaderValue, Proxy, Received};
use crate::model::{
    Admits, AppId, Cause, CauseKind, Chain, DropEffect, ForwardedEffect, ForwardedProblem, Link, OriginPolicy, Passage,
    Route, Tls, Wiring,
};

/// The causes.
pub(super) fn check(wiring: &Wiring) -> Vec<Cause> {
    let all = wiring.passages.iter().filter(|passage| !passage.apps.is_empty());
    let mut causes: Vec<Cause> = all.flat_map(|passage| on_passage(wiring, passage)).collect();
    // What refuses requests goes first, and gives its words to a cause that several passages have in common.
    causes.sort_by_key(|cause| match &cause.kind {
        CauseKind::DroppedProxyHeaders { effect, .. } => effect.is_mild(),
        _ => false,
    });
    causes
}

fn on_passage(wiring: &Wiring, passage: &Passage) -> Vec<Cause> {
    let Some(instance) = wiring.proxies.get(passage.proxy).filter(|proxy| proxy.accusable()) else {
        return Vec::new();
    };
    let here = Here { wiring, instance, passage, needs: Needs::of(wiring, passage) };
    let host = here.host();
    let scheme = if passage.request.tls == Tls::Tls { here.scheme() } else { None };
    host.into_iter().chain(scheme).collect()
}

/// The cause of a Host header that is not the one that the browser sent, for a back end that compares it with the page's.
pub(in crate::model) fn host_changed(
    wiring: &Wiring,
    passage: &Passage,
    needed_by: Place,
    arriving: &str,
) -> Option<Cause> {
    let instance = wiring.proxies.get(passage.proxy).filter(|proxy| proxy.accusable())?;
    let here = Here { wiring, instance, passage, needs: Needs::of(wiring, passage) };
    let wrong = match passage.proxied.headers.get("Host") {
        Received::Sent(host) => match host.origin {
            HeaderOrigin::Set(place) => Some(place),
            HeaderOrigin::Default => None,
            HeaderOrigin::Client => return None,
        },
        Received::FromClient | Received::Never(_) => return None,
    };
    let problem = ForwardedProblem::Host(Arc::from(arriving));
    let effect = ForwardedEffect::OriginRefused;
    Some(here.cause(Fault { key: "Host", fixed_by: &["Host"], problem, effect, needed_by, wrong }))
}

/// A request on its way from a proxy to a back end.
struct Here<'w> {
    wiring: &'w Wiring,
    instance: &'w dyn Proxy,
    passage: &'w Passage,
    needs: Needs<'w>,
}

/// What is wrong, and where that shows.
struct Fault<'a> {
    /// What tells it from others of the same location.
    key: &'static str,
    /// The headers that fix it, each by itself.
    fixed_by: &'a [&'a str],
    problem: ForwardedProblem,
    effect: ForwardedEffect,
    /// What the back end does with the header.
    needed_by: Place,
    /// The directive that sends something else.
    wrong: Option<Place>,
}

impl Here<'_> {
    /// The name of the upstream in place of the host that the browser used.
    fn host(&self) -> Option<Cause> {
        let (sent, wrong) = self.upstream_host()?;
        let host_from_proxy = self.needs.on(needs::trusts_host);
        if host_from_proxy.is_some() && self.arrives("X-Forwarded-Host") {
            return None;
        }
        let name = host_only(&sent);
        let refused = self.needs.hosts().and_then(|(place, list)| {
            let django = self.is_django();
            if django && self.passage.request.protocol == Protocol::WebSocket {
                return None;
            }
            let effect = if django && name.contains('_') {
                ForwardedEffect::HostInvalid
            } else if list.iter().any(|entry| needs::names_host(entry, name)) {
                return None;
            } else {
                ForwardedEffect::HostRefused(list)
            };
            Some((place, effect))
        });
        let (needed_by, effect) = refused
            .or_else(|| Some((self.compares_with_host()?, ForwardedEffect::OriginRefused)))
            .or_else(|| Some((host_from_proxy?, ForwardedEffect::OwnAddress)))
            .or_else(|| Some((self.checks_forms()?, ForwardedEffect::FormsRefused)))?;
        let other = host_from_proxy.or_else(|| self.compares_with_scheme()).map(|_| "X-Forwarded-Host");
        let fixed_by: Vec<&str> = std::iter::once("Host").chain(other).collect();
        let problem = ForwardedProblem::Host(sent);
        Some(self.cause(Fault { key: "Host", fixed_by: &fixed_by, problem, effect, needed_by, wrong }))
    }

    /// Where the Origin of forms is compared with the host of the request. Django does so since version 4.
    fn checks_forms(&self) -> Option<Place> {
        let checks = self.is_http() && !self.needs.is_django_before_4();
        self.needs.compares_origin().filter(|_| checks)
    }

    /// The Host header, when it names the upstream, with the directive that makes it so.
    fn upstream_host(&self) -> Option<(Arc<str>, Option<Place>)> {
        let Received::Sent(host) = self.passage.proxied.headers.get("Host") else { return None };
        let HeaderValue::Known(value) = &host.value else { return None };
        match host.origin {
            HeaderOrigin::Default => Some((Arc::clone(value), None)),
            // What is made of the browser's own host is that host.
            HeaderOrigin::Set(place) => {
                let own = self.passage.request.host.as_deref() == Some(host_only(value));
                (!own).then(|| (Arc::clone(value), Some(place)))
            }
            HeaderOrigin::Client => None,
        }
    }

    /// The scheme, of a request that came over TLS.
    fn scheme(&self) -> Option<Cause> {
        let trusts = self.needs.proto_header().filter(|_| self.is_http());
        let redirects = self.needs.on(needs::redirects).filter(|_| !self.is_django() || self.is_http());
        let header: Arc<str> = trusts.as_ref().map_or("X-Forwarded-Proto".into(), |(_, header)| Arc::clone(header));
        let (problem, wrong) = match self.passage.proxied.headers.get(&header) {
            Received::Sent(sent) => match (&sent.value, sent.origin) {
                (HeaderValue::Known(value), _) if value.eq_ignore_ascii_case("https") => (None, None),
                (HeaderValue::Known(value), HeaderOrigin::Set(place)) => {
                    (Some(ForwardedProblem::WrongScheme(Arc::clone(value))), Some(place))
                }
                _ => return None,
            },
            Received::FromClient | Received::Never(_) => (Some(ForwardedProblem::Scheme(Arc::clone(&header))), None),
        };
        let forms = self.needs.compares_origin().filter(|_| self.is_http());
        let (key, fixed_by) = ("X-Forwarded-Proto", &[&*header][..]);
        match (problem, trusts) {
            (Some(problem), Some((trusts, _))) => {
                let effect = match (redirects, forms) {
                    (Some(_), _) => ForwardedEffect::EndlessRedirect,
                    (None, Some(_)) => ForwardedEffect::FormsRefused,
                    (None, None) => ForwardedEffect::OwnAddress,
                };
                let needed_by = redirects.unwrap_or(trusts);
                Some(self.cause(Fault { key, fixed_by, problem, effect, needed_by, wrong }))
            }
            (Some(problem), None) => {
                let origin = self.compares_with_scheme().map(|place| (place, ForwardedEffect::OriginRefused));
                let redirect = redirects.filter(|_| !self.is_django());
                let (needed_by, effect) = origin.or(redirect.map(|place| (place, ForwardedEffect::EndlessRedirect)))?;
                Some(self.cause(Fault { key, fixed_by, problem, effect, needed_by, wrong }))
            }
            // It is sent, and Django is not told to look at it.
            (None, None) if self.is_django() && self.is_unread() => {
                let (place, effect) = match (redirects, forms) {
                    (Some(place), _) => (place, ForwardedEffect::EndlessRedirect),
                    (None, Some(place)) => (place, ForwardedEffect::FormsRefused),
                    (None, None) => return None,
                };
                let Received::Sent(sent) = self.passage.proxied.headers.get("X-Forwarded-Proto") else { return None };
                let HeaderOrigin::Set(sent) = sent.origin else { return None };
                self.wiring.repository.may_be_accused(place.file).then(|| Cause {
                    key: "unread".to_owned(),
                    kind: self.kind(ForwardedProblem::Unread, effect),
                    place,
                    chains: vec![self.chain(vec![Link {
                        place: sent,
                        shows: format!("{} sends the scheme here", self.instance.name()),
                    }])],
                    assumptions: self.passage.assumptions.clone(),
                })
            }
            _ => None,
        }
    }

    /// Where the back end compares the Origin of a page with the host of the request.
    fn compares_with_host(&self) -> Option<Place> {
        let polling = self.compares_with_scheme().filter(|_| !self.arrives("X-Forwarded-Host"));
        polling.or_else(|| {
            // Tornado does so unless the handler says otherwise.
            self.routes().filter(|route| route.protocol == Protocol::WebSocket).find_map(|route| {
                let (file, handler) = route.handler.as_ref()?;
                let compares = |step: &&crate::facts::Step| step.kind == StepKind::ChecksOrigin(OriginTest::OwnHost);
                handler.steps.iter().find(compares).map(|step| Place::new(*file, step.span))
            })
        })
    }

    /// Where it compares it with scheme and host: python-socketio, where no origins are listed.
    fn compares_with_scheme(&self) -> Option<Place> {
        let speaks = self.routes().any(|route| route.protocol == Protocol::SocketIo);
        let same = |policy: &&OriginPolicy| {
            policy.library == OriginLibrary::PythonSocketIo
                && policy.admits == Admits::SameOrigin
                && policy.app.is_some_and(|app| self.passage.apps.contains(&app))
                && policy.deployment.is_none_or(|deployment| deployment == self.passage.deployment)
                && policy.mode.as_ref().is_none_or(|mode| *mode == self.passage.mode)
        };
        if !speaks {
            return None;
        }
        self.wiring.policies.iter().find(same).map(|policy| policy.place)
    }

    /// Whether the server program leaves X-Forwarded-Proto alone: it does so unless it is told, or the proxy is on its own
    /// machine.
    fn is_unread(&self) -> bool {
        let listener = self.passage.listener.and_then(|id| self.wiring.listeners.get(id.0 as usize));
        let service = listener.and_then(|listener| self.wiring.services.get(listener.service?.0 as usize));
        let apart = service.is_some_and(|service| service.proxy != Some(self.passage.proxy));
        apart
            && !self.needs.is_django_before_4()
            && !self.needs.may_read_proto()
            && !needs::program_trusts_proxies(self.wiring, listener)
    }

    fn is_http(&self) -> bool {
        self.passage.request.protocol == Protocol::Http
    }

    fn is_django(&self) -> bool {
        let django = |app: &AppId| matches!(self.framework(*app), Some(Framework::Django | Framework::Channels));
        self.passage.apps.iter().any(django)
    }

    fn framework(&self, app: AppId) -> Option<Framework> {
        self.wiring.apps.get(app.0 as usize).map(|app| app.framework)
    }

    fn routes(&self) -> impl Iterator<Item = &Route> {
        self.passage.routes.iter().filter_map(|id| self.wiring.routes.get(id.0 as usize))
    }

    /// Whether the proxy itself sends the header.
    fn arrives(&self, name: &str) -> bool {
        matches!(self.passage.proxied.headers.get(name), Received::Sent(_))
    }

    fn kind(&self, problem: ForwardedProblem, effect: ForwardedEffect) -> CauseKind {
        CauseKind::MissingForwardedHeaders {
            by: self.instance.words(),
            location: Arc::clone(&self.passage.proxied.location),
            problem,
            effect,
        }
    }

    fn cause(&self, fault: Fault<'_>) -> Cause {
        let location = self.passage.proxied.location_place;
        let level = self.passage.proxied.level;
        let dropped = if fault.wrong.is_none() { self.instance.dropped_headers(level, fault.fixed_by) } else { None };
        let mut links = vec![Link { place: location, shows: "requests pass through here".to_owned() }];
        let (kind, key, place) = if let Some(dropped) = dropped {
            links.push(Link { place: dropped.set_at, shows: format!("set for the whole {}", dropped.level) });
            let location = Arc::clone(&self.passage.proxied.location);
            // One line loses all of them, and one fix brings them back.
            let key = location.to_string();
            let effect = DropEffect::Forwarded(fault.problem, fault.effect);
            let kind = CauseKind::DroppedProxyHeaders { location, lost: dropped.lost, level: dropped.level, effect };
            (kind, key, dropped.dropped_by)
        } else {
            let outer = self.instance.set_around(self.passage.proxied.level);
            let place = fault.wrong.or(outer).unwrap_or(location);
            (self.kind(fault.problem, fault.effect), fault.key.to_owned(), place)
        };
        links.push(Link { place: fault.needed_by, shows: "the back end looks at it here".to_owned() });
        links.retain(|link| link.place != place);
        Cause { key, kind, place, chains: vec![self.chain(links)], assumptions: self.passage.assumptions.clone() }
    }

    fn chain(&self, mut links: Vec<Link>) -> Chain {
        links.extend(self.passage.links.first().cloned());
        Chain { wire: self.passage.wire, hop: None, links }
    }
}

/// A host without its port.
fn host_only(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}
