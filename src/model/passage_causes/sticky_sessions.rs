//! socket.io whose polling requests reach one process now and another one then.

use super::scope_of;
use crate::base::{FileId, Place};
use crate::facts::{ClientApi, Expr, Protocol};
use crate::model::evaluate::{Scope, evaluate};
use crate::model::nginx::Upstream;
use crate::model::topology::package_of;
use crate::model::{
    AppId, Cause, CauseKind, Chain, Connection, DeploymentId, DeploymentKind, HopKind, Link, Listener, Mode, Pairing,
    Passage, Spread, Value, Wiring,
};

/// Packages that bind a client to one worker.
const STICKY: &[&str] =
    &["@socket.io/sticky", "@socket.io/pm2", "sticky-session", "sticky-cluster", "socketio-sticky-session"];

/// Wires of socket.io clients that poll, to several processes without affinity.
pub(super) fn check(wiring: &Wiring) -> Vec<Cause> {
    let mut causes: Vec<Cause> = wiring.passages.iter().flat_map(|passage| spread(wiring, passage)).collect();
    for (id, deployment) in (0u32..).map(DeploymentId).zip(&wiring.deployments) {
        if deployment.kind == DeploymentKind::Development || deployment.pairing == Pairing::Ambiguous {
            continue;
        }
        let listeners = wiring.listeners.iter().filter(|listener| listener.deployment == id);
        causes.extend(listeners.filter_map(|listener| workers(wiring, id, listener)));
    }
    causes
}

/// Several servers of an `upstream`, or several containers behind one name.
fn spread(wiring: &Wiring, passage: &Passage) -> Vec<Cause> {
    let Some(id) = passage.connection else { return Vec::new() };
    let client = wiring.connections.get(id.0 as usize).filter(|client| client.api == ClientApi::SocketIo);
    if !client.is_some_and(|client| polls(wiring, client, passage.deployment, &passage.mode)) {
        return Vec::new();
    }
    let is_socket_io = |app: &AppId| serves_polling(wiring, *app, passage.deployment);
    if passage.routes.is_empty() || !passage.apps.iter().any(is_socket_io) {
        return Vec::new();
    }
    let Some(instance) = wiring.nginx.get(passage.nginx.0 as usize).filter(|instance| instance.accusable) else {
        return Vec::new();
    };
    let chain = |more: Vec<Link>, place: Place| {
        let mut links: Vec<Link> = passage.links.iter().cloned().chain(more).collect();
        links.retain(|link| link.place != place);
        vec![Chain { wire: Some((id, passage.deployment)), hop: Some(HopKind::Upstream), links }]
    };
    let location = Link { place: passage.proxied.location_place, shows: "the location that takes it".to_owned() };
    let cause = |kind, place: Place, key: &str, links| Cause {
        kind,
        place,
        key: key.to_owned(),
        chains: chain(links, place),
        assumptions: passage.assumptions.clone(),
    };
    let mut causes = Vec::new();
    let upstream = passage.proxied.upstream.as_deref();
    if let Some(name) = upstream
        && let Upstream::Spread { place, servers } = instance.upstream(name)
    {
        let kind = CauseKind::MissingStickySessions {
            spreader: format!("`upstream {name}`"),
            over: Spread::Servers,
            count: u64::try_from(servers).ok(),
        };
        causes.push(cause(kind, place, name, vec![location.clone()]));
    }
    let bound = upstream.is_some_and(|name| instance.binds_clients(name));
    if let Some((place, name, count)) = replicas(wiring, passage).filter(|_| !bound) {
        let kind = CauseKind::MissingStickySessions {
            spreader: format!("the service `{name}`"),
            over: Spread::Replicas,
            count: Some(count),
        };
        causes.push(cause(kind, place, &name, vec![location]));
    }
    causes.retain(|cause| wiring.repository.may_be_accused(cause.place.file));
    causes
}

/// The containers of the service behind a passage, when they are several.
fn replicas(wiring: &Wiring, passage: &Passage) -> Option<(Place, String, u64)> {
    let listener = wiring.listeners.get(passage.listener?.0 as usize)?;
    let service = wiring.services.get(listener.service?.0 as usize)?;
    let compose = wiring.repository.get(service.place.file)?.compose.as_deref()?;
    let declared = compose.services.iter().find(|declared| declared.name == service.name)?;
    let value = declared.replicas.as_ref()?;
    let scope = scope_of(wiring, service.place.file, passage.deployment, &passage.mode)?;
    let count = several(wiring, service.place.file, value, &scope)?;
    Some((Place::new(service.place.file, value.span), service.name.to_string(), count))
}

/// Several workers behind one port: whoever accepts a connection takes it, and each request of a poll may come on another.
fn workers(wiring: &Wiring, deployment: DeploymentId, listener: &Listener) -> Option<Cause> {
    let app = listener.apps.iter().copied().find(|app| serves_polling(wiring, *app, deployment))?;
    let (file, option) = listener.option("workers").or_else(|| listener.option("instances"))?;
    let package = wiring.packages.get(wiring.apps.get(app.0 as usize)?.package.0 as usize)?;
    if package.dependencies.iter().any(|name| STICKY.contains(&&**name)) {
        return None;
    }
    let scope = scope_of(wiring, file, deployment, &Mode::Production)?;
    let many =
        option.value.as_str().is_some_and(|text| &*option.key == "instances" && matches!(text, "max" | "0" | "-1"));
    let count = if many { None } else { Some(several(wiring, file, &option.value, &scope)?) };
    // With a second socket.io server nobody knows which of them the clients mean.
    let mut servers = wiring.routes.iter().filter(|route| route.protocol == Protocol::SocketIo).map(|route| route.app);
    if !servers.all(|other| other == app) {
        return None;
    }
    let clients: Vec<&Connection> =
        wiring.connections.iter().filter(|client| client.api == ClientApi::SocketIo).collect();
    let client = clients.iter().find(|client| polls(wiring, client, deployment, &Mode::Production))?;
    let place = Place::new(file, option.value.span);
    let route = wiring.routes.iter().find(|route| route.app == app && route.protocol == Protocol::SocketIo)?;
    let links = vec![
        Link { place: client.place, shows: "this client begins with polling".to_owned() },
        Link { place: route.place, shows: "the socket.io server".to_owned() },
    ];
    let spreader = if &*option.key == "instances" { "pm2" } else { "the server" };
    wiring.repository.may_be_accused(place.file).then(|| Cause {
        kind: CauseKind::MissingStickySessions { spreader: spreader.to_owned(), over: Spread::Workers, count },
        place,
        key: option.key.to_string(),
        chains: vec![Chain { wire: None, hop: None, links }],
        assumptions: Vec::new(),
    })
}

/// Whether an application has a socket.io server that surely lets clients poll.
fn serves_polling(wiring: &Wiring, app: AppId, deployment: DeploymentId) -> bool {
    let has_route = wiring.routes.iter().any(|route| route.app == app && route.protocol == Protocol::SocketIo);
    let Some(package) = wiring.apps.get(app.0 as usize).map(|app| app.package).filter(|_| has_route) else {
        return false;
    };
    let files = wiring.repository.iter().filter(|(_, facts)| !facts.server_transports.is_empty());
    files.filter(|(_, facts)| package_of(wiring, &facts.path) == Some(package)).all(|(file, facts)| {
        facts.server_transports.iter().all(|value| {
            scope_of(wiring, file, deployment, &Mode::Production)
                .is_some_and(|scope| allows_polling(wiring, file, value, &scope))
        })
    })
}

/// Whether a client surely begins with polling.
fn polls(wiring: &Wiring, client: &Connection, deployment: DeploymentId, mode: &Mode) -> bool {
    let Some(facts) = wiring.repository.get(client.place.file) else { return false };
    let call = facts.client_calls.iter().find(|call| call.span == client.place.span);
    let Some(call) = call else { return false };
    let Some(transports) = &call.transports else { return true };
    scope_of(wiring, client.place.file, deployment, mode)
        .is_some_and(|scope| allows_polling(wiring, client.place.file, transports, &scope))
}

/// Whether a list of transports surely holds polling; nothing stands for the default, which does.
fn allows_polling(wiring: &Wiring, file: FileId, transports: &Expr, scope: &Scope) -> bool {
    evaluate(wiring, file, transports, scope).iter().all(|alternative| match &alternative.value {
        Value::Undefined | Value::Null => true,
        Value::List(items) => items.iter().any(|item| item.as_known_text().as_deref() == Some("polling")),
        _ => false,
    })
}

/// A number of processes above one.
fn several(wiring: &Wiring, file: FileId, value: &Expr, scope: &Scope) -> Option<u64> {
    let counts: Option<Vec<u64>> = evaluate(wiring, file, value, scope)
        .iter()
        .map(|alternative| alternative.value.as_known_text()?.trim().parse().ok())
        .collect();
    counts?.into_iter().min().filter(|count| *count > 1)
}
