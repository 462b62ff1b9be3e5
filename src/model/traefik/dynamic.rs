//! What providers say: routers, middlewares and services, under names that end in `@` and the provider.

use std::collections::{BTreeMap, BTreeSet};

use super::fault::Fault;
use super::middleware::{Kind, Middleware};
use super::names::{Name, Owner};
use super::reading::Reading;
use super::router::Router;
use super::service::Service;
use super::setting::Setting;
use super::tcp::TcpRouter;
use crate::base::Place;
use crate::model::proxy::Truth;

/// All that is known of how requests are handled.
#[derive(Debug, Default)]
pub(super) struct Dynamic {
    /// Routers; after [`Self::settle`] those of the highest priority first.
    pub routers: Vec<Router>,
    /// Routers for TCP.
    pub tcp: Vec<TcpRouter>,
    /// Middlewares by their names with the provider.
    pub middlewares: BTreeMap<Name, Middleware>,
    /// Services by their names with the provider.
    pub services: BTreeMap<Name, Service>,
    /// The services of containers that are left out.
    pub left: BTreeMap<Name, Service>,
    /// The routers that files define, of which the first one of a name stays.
    of_files: BTreeSet<Name>,
}

impl Dynamic {
    /// Adds what one provider says.
    pub fn add(&mut self, root: &Setting, reading: Reading<'_>) {
        let owner = Owner::Known(reading.provider);
        for (name, setting) in root.entries_at(&["http", "middlewares"]) {
            self.middlewares.insert(Name::written(name, &owner), Middleware::read(setting, reading));
        }
        for (name, setting) in root.entries_at(&["http", "services"]) {
            self.services.insert(Name::written(name, &owner), Service::read(setting, reading.provider));
        }
        let routers = root.entries_at(&["http", "routers"]);
        self.routers.extend(routers.map(|(name, setting)| Router::read(name, setting, reading)));
        let routers = root.entries_at(&["tcp", "routers"]);
        self.tcp.extend(routers.filter_map(|(_, setting)| TcpRouter::read(setting, reading)));
    }

    /// Leaves all of it out, for this reason.
    pub fn leave_out(&mut self, fault: Fault) {
        self.left.append(&mut self.services);
        self.tcp.clear();
        self.routers.iter_mut().for_each(|router| router.fault = Some(fault));
        for middleware in self.middlewares.values_mut() {
            middleware.kind = Kind::Left(fault);
        }
    }

    /// Says of all routers that it is not known whether they are there.
    pub fn doubt(&mut self) {
        self.routers.iter_mut().for_each(|router| router.there = Truth::Unknown);
        self.tcp.iter_mut().for_each(|router| router.there = Truth::Unknown);
    }

    /// Adds what one more file of the file provider says: what files before it have defined stays as it is.
    pub fn add_file(&mut self, found: Self) {
        for (name, middleware) in found.middlewares {
            self.middlewares.entry(name).or_insert(middleware);
        }
        for (name, service) in found.services {
            self.services.entry(name).or_insert(service);
        }
        for router in found.routers {
            if self.of_files.insert(router.name.clone()) {
                self.routers.push(router);
            }
        }
        self.tcp.extend(found.tcp);
    }

    /// Routers of one name that several containers define in different ways are all left out.
    pub fn settle(&mut self) {
        let mut known: BTreeMap<Name, usize> = BTreeMap::new();
        let mut twice: BTreeMap<Name, (Place, Truth)> = BTreeMap::new();
        // those that say the same are one
        let mut again: BTreeMap<usize, Truth> = BTreeMap::new();
        let in_labels = |router: &&Router| router.fault.is_none() && router.is_in_labels();
        for (at, router) in self.routers.iter().enumerate().filter(|(_, router)| in_labels(router)) {
            let Some(first) = known.get(&router.name).and_then(|first| self.routers.get(*first)) else {
                known.insert(router.name.clone(), at);
                continue;
            };
            if first.is_as(router) {
                again.insert(at, router.there);
            } else {
                let (_, differs) = twice.entry(router.name.clone()).or_insert((router.place, Truth::No));
                *differs = differs.or(first.conflicts(router));
            }
        }
        for (at, there) in &again {
            let first = self.routers.get(*at).and_then(|router| known.get(&router.name));
            if let Some(first) = first.and_then(|first| self.routers.get_mut(*first)) {
                first.there = first.there.or(*there);
            }
        }
        let mut at = 0;
        self.routers.retain(|_| {
            at += 1;
            !again.contains_key(&(at - 1))
        });
        for router in self.routers.iter_mut().filter(|router| router.is_in_labels()) {
            match twice.get(&router.name) {
                Some((place, Truth::Yes)) => {
                    let fault = Fault::new(
                        *place,
                        "several containers define a router of this name in different ways, and Traefik leaves all of them out",
                        "traefik.http.routers.OTHER_NAME.rule=...",
                    );
                    router.fault = router.fault.or(Some(fault));
                }
                Some(_) => router.there = Truth::Unknown,
                None => {}
            }
        }
        self.routers.sort_by(|one, other| {
            other.priority.value.cmp(&one.priority.value).then_with(|| one.name.cmp(&other.name))
        });
    }
}
