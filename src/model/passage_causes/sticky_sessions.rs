//! socket.io whose polling requests reach one process now and another one then.

use std::collections::BTreeMap;

use super::scope_of;
use crate::base::{FileId, Place};
use crate::facts::{ClientApi, Expr, ExprKind, Protocol};
use crate::model::evaluate::{Scope, evaluate};
use crate::model::follow::network::Network;
use crate::model::proxy::{ProxyWords, Upstream};
use crate::model::topology::package_of;
use crate::model::{
    AppId, Cause, CauseKind, Chain, Connection, Deployment, DeploymentId, DeploymentKind, HopKind, Link, Listener,
    Mode, PackageId, Pairing, Passage, Route, Spread, Value, Wiring,
};

/// Packages that bind a client to one worker.
const STICKY: &[&str] =
    &["@socket.io/sticky", "@socket.io/pm2", "sticky-session", "sticky-cluster", "socketio-sticky-session"];

/// Wires of socket.io clients that poll, to several processes without affinity.
pub(super) fn check(wiring: &Wiring) -> Vec<Cause> {
    let mut servers = Servers::new(wiring);
    if servers.routes.is_empty() {
        return Vec::new();
    }
    let mut causes = Vec::new();
    for passage in &wiring.passages {
        causes.extend(spread(wiring, &mut servers, passage));
    }
    let in_front = in_front(wiring);
    let mut listeners: Vec<(usize, &Listener)> = wiring.listeners.iter().enumerate().collect();
    listeners.sort_by_key(|(_, listener)| listener.deployment);
    for (number, listener) in listeners {
        let deployment = wiring.deployments.get(listener.deployment.0 as usize);
        let counts = |deployment: &Deployment| {
            deployment.kind != DeploymentKind::Development && deployment.pairing != Pairing::Ambiguous
        };
        if deployment.is_some_and(counts) {
            causes.extend(workers(wiring, &mut servers, listener, in_front.get(&number).copied()));
        }
    }
    causes
}

/// The proxy in front of each listener that has one.
fn in_front(wiring: &Wiring) -> BTreeMap<usize, &'static ProxyWords> {
    let mut found = BTreeMap::new();
    for passage in &wiring.passages {
        if let (Some(listener), Some(proxy)) = (passage.listener, wiring.proxies.get(passage.proxy)) {
            found.entry(listener.0 as usize).or_insert(proxy.words());
        }
    }
    found
}

/// What is asked of the socket.io servers and clients again and again.
struct Servers<'w> {
    /// The first socket.io route of each application.
    routes: BTreeMap<AppId, &'w Route>,
    /// Files that state transports, by package.
    transports: BTreeMap<PackageId, Vec<FileId>>,
    polling: BTreeMap<(AppId, DeploymentId), bool>,
    /// The first client that begins with polling.
    clients: BTreeMap<DeploymentId, Option<&'w Connection>>,
}

impl<'w> Servers<'w> {
    fn new(wiring: &'w Wiring) -> Self {
        let mut routes = BTreeMap::new();
        for route in wiring.routes.iter().filter(|route| route.protocol == Protocol::SocketIo) {
            routes.entry(route.app).or_insert(route);
        }
        let mut transports: BTreeMap<PackageId, Vec<FileId>> = BTreeMap::new();
        for (file, facts) in wiring.repository.iter().filter(|(_, facts)| !facts.server_transports.is_empty()) {
            if let Some(package) = package_of(wiring, &facts.path) {
                transports.entry(package).or_default().push(file);
            }
        }
        Self { routes, transports, polling: BTreeMap::new(), clients: BTreeMap::new() }
    }

    /// Whether an application has a socket.io server that surely lets clients poll.
    fn serve_polling(&mut self, wiring: &Wiring, app: AppId, deployment: DeploymentId) -> bool {
        let Self { routes, transports, polling, .. } = self;
        *polling.entry((app, deployment)).or_insert_with(|| {
            let package = wiring.apps.get(app.0 as usize).map(|app| app.package);
            let Some(package) = package.filter(|_| routes.contains_key(&app)) else { return false };
            let mut files = transports.get(&package).into_iter().flatten();
            files.all(|file| {
                let Some(facts) = wiring.repository.get(*file) else { return true };
                facts.server_transports.iter().all(|value| {
                    scope_of(wiring, *file, deployment, &Mode::Production)
                        .is_some_and(|scope| allows_polling(wiring, *file, value, &scope))
                })
            })
        })
    }

    fn polling_client(&mut self, wiring: &'w Wiring, deployment: DeploymentId) -> Option<&'w Connection> {
        *self.clients.entry(deployment).or_insert_with(|| {
            let mut clients = wiring.connections.iter().filter(|client| client.api == ClientApi::SocketIo);
            clients.find(|client| polls(wiring, client, deployment, &Mode::Production))
        })
    }
}

/// Several servers that a proxy knows, or several containers behind one name.
fn spread(wiring: &Wiring, servers: &mut Servers<'_>, passage: &Passage) -> Vec<Cause> {
    let Some(wire) = passage.wire else { return Vec::new() };
    let client = wiring.connections.get(wire.0.0 as usize).filter(|client| client.api == ClientApi::SocketIo);
    if !client.is_some_and(|client| polls(wiring, client, wire.1, &passage.mode)) {
        return Vec::new();
    }
    let is_socket_io = |app: &AppId| servers.serve_polling(wiring, *app, passage.deployment);
    if passage.routes.is_empty() || !passage.apps.iter().any(is_socket_io) {
        return Vec::new();
    }
    let Some(instance) = wiring.proxies.get(passage.proxy).filter(|proxy| proxy.accusable()) else {
        return Vec::new();
    };
    let chain = |more: Vec<Link>, place: Place| {
        let mut links: Vec<Link> = passage.links.iter().cloned().chain(more).collect();
        links.retain(|link| link.place != place);
        vec![Chain { wire: Some(wire), hop: Some(HopKind::Upstream), links }]
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
    let sticky = Some(instance.sticky_line(&passage.proxied));
    if let Upstream::Spread { place, servers } = instance.spread(&passage.proxied) {
        // not all programs have a name for servers that take turns
        let name = passage.proxied.upstream.as_deref();
        let named = |name: &str| format!("`{}{name}`", instance.words().servers);
        let kind = CauseKind::MissingStickySessions {
            by: Some(instance.words()),
            sticky,
            spreader: name.map_or_else(|| instance.name().to_owned(), named),
            over: Spread::Servers,
            count: u64::try_from(servers).ok(),
        };
        causes.push(cause(kind, place, name.unwrap_or(&passage.proxied.location), vec![location.clone()]));
    }
    let bound = instance.binds_clients(&passage.proxied);
    let pods = pods(wiring, passage);
    let containers = replicas(wiring, passage).map(|(place, name, count)| (place, name, count, Spread::Replicas));
    if let Some((place, name, count, over)) = pods.or(containers).filter(|_| !bound) {
        let kind = CauseKind::MissingStickySessions {
            by: Some(instance.words()),
            sticky,
            spreader: format!("The service `{name}`"),
            over,
            count: Some(count),
        };
        causes.push(cause(kind, place, &name, vec![location]));
    }
    causes.retain(|cause| wiring.repository.may_be_accused(cause.place.file));
    causes
}

/// The pods behind a passage, when they are several, and no Service keeps those of one client together.
fn pods(wiring: &Wiring, passage: &Passage) -> Option<(Place, String, u64, Spread)> {
    let listener = wiring.listeners.get(passage.listener?.0 as usize)?;
    let service = wiring.services.get(listener.service?.0 as usize)?;
    let (count, place) = service.pod.as_ref()?.replicas?;
    // whoever is in a container asks the Service, which may keep to one pod; what is in front of all asks the pods
    let network = Network::new(wiring, passage.deployment, &passage.mode)?;
    let from = network.service_of(passage.proxy);
    let bound = from.is_some_and(|from| network.is_bound(from, &passage.proxied));
    let over = from.map_or(Spread::Pods, |_| Spread::ServicePods);
    (!bound).then(|| (place, service.name.to_string(), count, over))
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
fn workers<'w>(
    wiring: &'w Wiring,
    servers: &mut Servers<'w>,
    listener: &Listener,
    by: Option<&'static ProxyWords>,
) -> Option<Cause> {
    let deployment = listener.deployment;
    let app = listener.apps.iter().copied().find(|app| servers.serve_polling(wiring, *app, deployment))?;
    let (file, option) = listener.option("workers").or_else(|| listener.option("instances"))?;
    let package = wiring.packages.get(wiring.apps.get(app.0 as usize)?.package.0 as usize)?;
    if package.dependencies.iter().any(|name| STICKY.contains(&&**name)) {
        return None;
    }
    let scope = scope_of(wiring, file, deployment, &Mode::Production)?;
    let many = &*option.key == "instances" && says_as_many_as_fit(&option.value);
    let count = if many { None } else { Some(several(wiring, file, &option.value, &scope)?) };
    // With a second socket.io server nobody knows which of them the clients mean.
    if servers.routes.len() > 1 {
        return None;
    }
    let client = servers.polling_client(wiring, deployment)?;
    let place = Place::new(file, option.value.span);
    let route = servers.routes.get(&app)?;
    let links = vec![
        Link { place: client.place, shows: "this client begins with polling".to_owned() },
        Link { place: route.place, shows: "the socket.io server".to_owned() },
    ];
    let spreader = if &*option.key == "instances" { "pm2" } else { "The server" };
    wiring.repository.may_be_accused(place.file).then(|| Cause {
        kind: CauseKind::MissingStickySessions {
            by,
            sticky: by.map(|by| by.sticky),
            spreader: spreader.to_owned(),
            over: Spread::Workers,
            count,
        },
        place,
        key: option.key.to_string(),
        chains: vec![Chain { wire: None, hop: None, links }],
        assumptions: Vec::new(),
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

/// Whether PM2 is told to start as many processes as there are processors, or one less.
fn says_as_many_as_fit(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::Str(text) | ExprKind::Num(text) => matches!(&**text, "max" | "0" | "-1"),
        _ => false,
    }
}

/// A number of processes above one.
fn several(wiring: &Wiring, file: FileId, value: &Expr, scope: &Scope) -> Option<u64> {
    let counts: Option<Vec<u64>> = evaluate(wiring, file, value, scope)
        .iter()
        .map(|alternative| alternative.value.as_known_text()?.trim().parse().ok())
        .collect();
    counts?.into_iter().min().filter(|count| *count > 1)
}
