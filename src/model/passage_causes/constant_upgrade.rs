//! `Connection: upgrade` with plain requests, where the back end stumbles over it.

use std::sync::Arc;

use crate::base::Place;
use crate::facts::{Framework, PatternSyntax, Protocol};
use crate::model::follow::network::{Network, Peer};
use crate::model::proxy::{HeaderOrigin, HeaderValue, Outcome, Proxied, Request};
use crate::model::{
    App, Assumption, Cause, CauseKind, Chain, DeploymentId, Link, Mode, Pairing, PathText, ProxyId, Route, Wiring,
};

/// Requests for one route are tried at no more addresses than these.
const MOST_LISTENS: usize = 16;

/// Requests with a body that reach aiohttp with `Connection: upgrade`: of all back ends that were tried, only its old
/// parser waits for another protocol then.
pub(super) fn check(wiring: &Wiring) -> Vec<Cause> {
    let mut causes = Vec::new();
    let routes = || wiring.routes.iter().filter_map(|route| with_body(wiring, route));
    for (id, deployment) in (0u32..).map(DeploymentId).zip(&wiring.deployments) {
        let Some(network) = Network::new(wiring, id, &Mode::Production) else { continue };
        if deployment.pairing == Pairing::Ambiguous {
            continue;
        }
        for nginx in &deployment.proxies {
            causes.extend(routes().filter_map(|sought| cause(wiring, network, *nginx, &sought)));
        }
    }
    causes
}

/// A route of aiohttp whose requests have a body.
struct Sought<'w> {
    route: &'w Route,
    app: &'w App,
    method: Arc<str>,
    path: Arc<str>,
}

fn with_body<'w>(wiring: &'w Wiring, route: &'w Route) -> Option<Sought<'w>> {
    let app = wiring.apps.get(route.app.0 as usize).filter(|app| app.framework == Framework::Aiohttp)?;
    let method = route.methods.iter().find(|method| matches!(&***method, "POST" | "PUT" | "PATCH"))?;
    let path = route.path.value().cloned().flatten()?;
    let is_text = route.syntax != PatternSyntax::Regex && !path.contains(['{', '<', ':', '*']);
    let fits = route.protocol == Protocol::Http && is_text && path.starts_with('/');
    fits.then(|| Sought { route, app, method: Arc::clone(method), path })
}

fn cause(wiring: &Wiring, network: Network<'_>, nginx: ProxyId, sought: &Sought<'_>) -> Option<Cause> {
    let instance = wiring.proxies.get(nginx).filter(|instance| instance.accusable())?;
    let (proxied, place, assumptions) = instance.listens().iter().take(MOST_LISTENS).find_map(|listen| {
        let host = listen.names.first().filter(|name| !name.contains(['*', '~', '_', '$'])).cloned();
        let path = PathText::known(&sought.path);
        let mut request = Request::from_browser(listen.port, listen.tls, host, path.clone(), Protocol::Http);
        request.method = Arc::clone(&sought.method);
        let answer = network.ask(nginx, &request)?;
        let Outcome::Proxied(proxied) = answer.outcome else { return None };
        let place = constant(&proxied).filter(|_| proxied.path == path)?;
        let joined = reaches(wiring, network, nginx, &proxied, sought)?;
        Some((proxied, place, answer.assumptions.into_iter().chain(joined).collect()))
    })?;
    let accused = wiring.repository.may_be_accused(place.file);
    let conditional = !instance.assumptions_at(place).is_empty();
    (accused && !conditional).then(|| Cause {
        kind: CauseKind::ConstantUpgrade {
            location: Arc::clone(&proxied.location),
            method: Arc::clone(&sought.method),
        },
        place,
        key: proxied.location.to_string(),
        chains: vec![Chain {
            wire: None,
            hop: None,
            links: vec![Link { place: sought.route.place, shows: format!("takes {} requests", sought.method) }],
        }],
        assumptions,
    })
}

/// Whether the route's application is behind the upstream, and what that rests on.
fn reaches(
    wiring: &Wiring,
    network: Network<'_>,
    nginx: ProxyId,
    proxied: &Proxied,
    sought: &Sought<'_>,
) -> Option<Option<Assumption>> {
    let target = proxied.targets.first()?;
    match network.upstream(network.service_of(nginx), target.host.as_deref()?, target.port?) {
        Peer::Listener(id) => {
            let listener = wiring.listeners.get(id.0 as usize)?;
            listener.apps.contains(&sought.route.app).then_some(None)
        }
        // what its container runs is not said: the one application beside the one container
        Peer::Service(id) => {
            let service = wiring.services.get(id.0 as usize).filter(|service| !service.foreign)?;
            let others = network.services().filter(|(other, service)| *other != id && service.proxy.is_none()).count();
            let is_built = service.packages.is_empty() || service.packages.contains(&sought.app.package);
            (others == 0 && wiring.apps.len() == 1 && is_built).then_some(Some(Assumption::LikelyPairing))
        }
        Peer::Proxy(..) | Peer::Nobody(_) | Peer::Unknown(_) => None,
    }
}

/// The line that sends `Connection: upgrade` with a request that asks for none.
fn constant(proxied: &Proxied) -> Option<Place> {
    let connection = proxied.headers.listed.iter().find(|header| header.name.eq_ignore_ascii_case("connection"))?;
    match (&connection.value, connection.origin) {
        (HeaderValue::Known(value), HeaderOrigin::Set(place)) if value.eq_ignore_ascii_case("upgrade") => Some(place),
        _ => None,
    }
}
