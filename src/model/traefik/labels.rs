//! Labels of containers: the provider for Docker, and that for swarms.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::container::Container;
use super::dynamic::Dynamic;
use super::fault::Fault;
use super::gaps::{text_of, unknown};
use super::middleware::{Kind, Middleware};
use super::names::{Name, parts};
use super::refused::{self, Refusal};
use super::service::Service as Balanced;
use super::setting::{Setting, flag};
use super::startup::{Docker, LabelsOf, Startup};
use crate::base::{Limits, Place};
use crate::model::{Binding, Service, ServiceId, Wiring};

/// The services that define a name, which is without provider, by their places.
pub(super) type Defined = BTreeMap<Arc<str>, BTreeSet<Place>>;

/// The labels of all services, read once. Those of compose files without a Traefik of their own another one may read.
#[derive(Debug, Default)]
pub(super) struct AllLabels {
    read: BTreeMap<ServiceId, OwnLabels>,
    /// The middlewares that they define.
    pub middlewares: Defined,
    /// The services of Traefik that they define.
    pub services: Defined,
    /// The services that define something.
    pub places: BTreeSet<Place>,
    /// The bounds that were reached.
    pub limits: Limits,
}

/// The labels of one service without `traefik.` in front.
#[derive(Debug)]
struct OwnLabels {
    of_containers: Setting,
    of_services: Setting,
}

impl AllLabels {
    /// Those of all services.
    pub fn of(wiring: &Wiring) -> Self {
        let mut found = Self::default();
        for (index, service) in wiring.services.iter().enumerate() {
            let Ok(index) = u32::try_from(index) else { continue };
            let tree = |bindings: &[Binding]| tree(service, bindings, &found.limits);
            let (of_containers, of_services) = (tree(&service.labels), tree(&service.deploy_labels));
            for labels in [&of_containers, &of_services] {
                if ["http", "tcp"].into_iter().any(|part| labels.get(part).is_some()) {
                    found.places.insert(service.place);
                }
                for (kind, names) in [("middlewares", &mut found.middlewares), ("services", &mut found.services)] {
                    for (name, _) in labels.entries_at(&["http", kind]) {
                        names.entry(Arc::clone(name)).or_default().insert(service.place);
                    }
                }
            }
            found.read.insert(ServiceId(index), OwnLabels { of_containers, of_services });
        }
        found
    }

    /// What one of the providers reads of a service.
    fn read_by(&self, docker: &Docker, service: ServiceId) -> Option<&Setting> {
        let own = self.read.get(&service)?;
        Some(match docker.reads {
            LabelsOf::Containers => &own.of_containers,
            LabelsOf::Services => &own.of_services,
        })
    }

    /// Adds what the labels of a service say to one of the providers that read labels.
    pub fn add(&self, id: ServiceId, service: &Service, docker: &Docker, startup: &Startup, into: &mut Dynamic) {
        let Some(labels) = self.read_by(docker, id) else { return };
        let reading = startup.reading(docker.provider, &self.limits);
        let is_in = match labels.text("enable") {
            Some(text) => flag(text),
            None => docker.exposes,
        };
        let unnamed = is_in == Some(false) && labels.get("enable").is_none();
        if is_in == Some(false) && !(unnamed && labels.at(&["http", "routers"]).is_some()) {
            return;
        }
        let container = Container { service, docker, labels };
        let mut found = Dynamic::default();
        found.add(labels, reading);
        let portless = container.services(&mut found);
        container.routers(reading, &mut found);
        found.link();
        let refusal = refused::of_labels(labels, startup.version);
        let fault = match refusal {
            Refusal::Surely(fault) => Some(fault),
            Refusal::Nothing | Refusal::Perhaps => portless,
        };
        let hidden = || found.routers.first().filter(|_| unnamed).map(|router| not_enabled(router.place));
        if let Some(fault) = fault.or_else(hidden) {
            // the whole container is left out
            found.leave_out(fault);
        }
        if is_in.is_none() || docker.constraints.is_some() || refusal == Refusal::Perhaps {
            found.doubt();
        }
        into.left.append(&mut found.left);
        into.routers.append(&mut found.routers);
        into.tcp.append(&mut found.tcp);
        add_middlewares(found.middlewares, into);
        add_services(found.services, into);
    }
}

fn not_enabled(place: Place) -> Fault {
    Fault::new(
        place,
        "Traefik reads only containers with `traefik.enable=true` here, as `exposedByDefault` is off",
        "traefik.enable=true",
    )
}

/// Several containers may define the same middleware. In different ways, Traefik leaves it out; which of them run is not known.
fn add_middlewares(found: BTreeMap<Name, Middleware>, into: &mut Dynamic) {
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
fn add_services(found: BTreeMap<Name, Balanced>, into: &mut Dynamic) {
    for (name, service) in found {
        match into.services.get_mut(&name) {
            None => {
                into.services.insert(name, service);
            }
            Some(known) => known.join(service),
        }
    }
}

/// The labels that begin with `traefik.`, as a tree.
fn tree(service: &Service, bindings: &[Binding], limits: &Limits) -> Setting {
    let mut root = Setting::new(service.place);
    for binding in bindings {
        if binding.name.get(..8).is_none_or(|begin| !begin.eq_ignore_ascii_case("traefik.")) {
            continue;
        }
        if let Some((_, rest)) = parts(&binding.name).split_first().filter(|(_, rest)| !rest.is_empty()) {
            root.insert(rest, text_of(&binding.value), binding.place, limits);
        }
    }
    root
}

impl Dynamic {
    /// Gives the routers of one container that name no service the one that there is.
    fn link(&mut self) {
        let names: Vec<Name> = self.services.keys().take(2).cloned().collect();
        for router in self.routers.iter_mut().filter(|router| router.service.is_none()) {
            match names.as_slice() {
                [name] => router.service = Some((name.clone(), router.place)),
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
