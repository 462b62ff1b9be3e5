//! Labels of containers: the provider for Docker, and that for swarms.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::container::Container;
use super::dynamic::{Dynamic, Fault};
use super::middleware::{Kind, Middleware};
use super::service::Service as Balanced;
use super::setting::{GAP, Setting, flag, text_of, unknown, with_gaps};
use super::startup::{Docker, Labels, Startup};
use crate::model::{Binding, Service};

/// What a router may have below it.
const OF_ROUTERS: [&str; 9] =
    ["rule", "rulesyntax", "entrypoints", "middlewares", "service", "priority", "tls", "observability", "parentrefs"];

/// What a load balancer may have below it.
const OF_BALANCERS: [&str; 9] = [
    "server",
    "servers",
    "sticky",
    "healthcheck",
    "passhostheader",
    "responseforwarding",
    "serverstransport",
    "strategy",
    "passivehealthcheck",
];

/// Adds what the labels of a service say to one of the providers that read labels.
pub(super) fn add(service: &Service, docker: &Docker, startup: &Startup, into: &mut Dynamic) {
    let reading = startup.reading(docker.provider);
    let bindings = match docker.reads {
        Labels::OfContainers => &service.labels,
        Labels::OfServices => &service.deploy_labels,
    };
    let container = Container { service, docker, labels: tree(service, bindings) };
    let is_in = match container.labels.text("enable") {
        Some(text) => flag(text),
        None => docker.exposes,
    };
    let enabled = container.labels.get("enable");
    let unnamed = is_in == Some(false) && enabled.is_none();
    if is_in == Some(false) && !(unnamed && container.labels.at(&["http", "routers"]).is_some()) {
        return;
    }
    let mut found = Dynamic::default();
    let http = container.labels.get("http").cloned().unwrap_or_else(|| Setting::new(service.place));
    found.add(&http, reading);
    let portless = container.services(&http, &mut found);
    container.routers(&http, reading.syntax, &mut found);
    found.link();
    let fault = unread(&http).or(portless).or_else(|| {
        let place = found.routers.first().filter(|_| unnamed)?.place;
        Some(Fault::new(
            place,
            "Traefik reads only containers with `traefik.enable=true` here, as `exposedByDefault` is off",
            "traefik.enable=true",
        ))
    });
    if let Some(fault) = fault {
        // the whole container is left out
        into.left.extend(std::mem::take(&mut found.services));
        found.routers.iter_mut().for_each(|router| router.fault = Some(fault));
        for middleware in found.middlewares.values_mut() {
            middleware.kind = Kind::Left(fault);
        }
    }
    let doubtful = is_in.is_none() || docker.constraints.is_some();
    let routers = found.routers.into_iter().map(|router| if doubtful { router.doubted() } else { router });
    into.routers.extend(routers);
    add_middlewares(found.middlewares, into);
    add_services(found.services, into);
}

/// Several containers may define the same middleware. In different ways, Traefik leaves it out; which of them run is not known.
fn add_middlewares(found: BTreeMap<Arc<str>, Middleware>, into: &mut Dynamic) {
    for (name, middleware) in found {
        match into.middlewares.get_mut(&name) {
            None => {
                into.middlewares.insert(name, middleware);
            }
            Some(_) if matches!(middleware.kind, Kind::Left(_)) => {}
            Some(known) if matches!(known.kind, Kind::Left(_)) => *known = middleware,
            Some(known) if known.says_as(&middleware) => {}
            Some(known) => known.kind = Kind::Unknown(unknown(middleware.place)),
        }
    }
}

/// Several containers may be servers of the same service.
fn add_services(found: BTreeMap<Arc<str>, Balanced>, into: &mut Dynamic) {
    for (name, service) in found {
        match into.services.remove(&name) {
            None => into.services.insert(name, service),
            Some(known) => into.services.insert(name, known.joined(service)),
        };
    }
}

/// The labels that begin with `traefik.`, as a tree.
fn tree(service: &Service, bindings: &[Binding]) -> Setting {
    let mut root = Setting::new(service.place);
    for binding in bindings {
        let parts = parts(&binding.name);
        let Some((first, rest)) = parts.split_first() else { continue };
        if first.eq_ignore_ascii_case("traefik") && !rest.is_empty() {
            let names: Vec<_> = rest.iter().map(|name| with_gaps(name)).collect();
            let names: Vec<&str> = names.iter().map(|name| &**name).collect();
            root.insert(&names, text_of(&binding.value), binding.place);
        }
    }
    root
}

/// The parts of a label's name: `a.b[0]` has three; dots in `${...}` part nothing.
pub(super) fn parts(name: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut depth = 0_usize;
    for (at, byte) in name.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            b'.' | b'[' if depth == 0 => {
                if at > start {
                    found.extend(name.get(start..at));
                }
                start = if byte == b'.' { at + 1 } else { at };
            }
            _ => {}
        }
    }
    if start < name.len() {
        found.extend(name.get(start..));
    }
    found
}

impl Dynamic {
    /// Gives the routers of one container that name no service the one that there is.
    fn link(&mut self) {
        let names: Vec<Arc<str>> = self.services.keys().cloned().collect();
        for router in self.routers.iter_mut().filter(|router| router.service.is_none()) {
            match names.as_slice() {
                [name] => router.service = Some((Arc::clone(name), router.place)),
                [] => {}
                _ => {
                    router.fault = router.fault.or(Some(Fault::new(
                        router.place,
                        "the container has several services and the router names none of them, so Traefik leaves it out",
                        "traefik.http.routers.NAME.service=SERVICE",
                    )));
                }
            }
        }
    }
}

/// A label that Traefik does not know keeps the whole container out.
fn unread(http: &Setting) -> Option<Fault> {
    let below = |kind: &str| http.get(kind).map(|all| all.entries().collect::<Vec<_>>()).unwrap_or_default();
    let is_unread = |known: &[&str], name: &str| {
        !known.contains(&name.to_ascii_lowercase().as_str()) && !name.contains(['[', '$', GAP])
    };
    for (_, router) in below("routers") {
        if let Some((_, label)) = router.entries().find(|(name, _)| is_unread(&OF_ROUTERS, name)) {
            return Some(Fault::new(
                label.place,
                "Traefik knows no such setting of a router, and leaves a container with one unread label out altogether",
                "traefik.http.routers.NAME.(rule|entrypoints|middlewares|service|priority|tls)=...",
            ));
        }
    }
    for (_, service) in below("services") {
        let Some(balancer) = service.get("loadBalancer") else { continue };
        if let Some((_, label)) = balancer.entries().find(|(name, _)| is_unread(&OF_BALANCERS, name)) {
            return Some(Fault::new(
                label.place,
                "Traefik knows no such setting of a load balancer, and leaves a container with one unread label out altogether",
                "traefik.http.services.NAME.loadbalancer.server.port=PORT",
            ));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_labels_have_parts() {
        assert_eq!(
            parts("traefik.http.routers.a.tls.domains[0].main"),
            ["traefik", "http", "routers", "a", "tls", "domains", "[0]", "main"]
        );
        assert_eq!(parts("traefik.http.routers.${A.b}-x.rule"), ["traefik", "http", "routers", "${A.b}-x", "rule"]);
    }
}
