//! What a chain rests on besides the places that it tells of: the files without which nothing would be said of its wire.
//!
//! A cause names what its message speaks of. That the code is part of a page at all, that this container starts that
//! process, and that no other file adds a route, is evidence too: who changes such a file may take the finding away.

use std::collections::{BTreeMap, BTreeSet};

use super::topology::package_of;
use super::{
    Cause, CauseId, CauseKind, Chain, ConnectionId, DeploymentId, Handshake, HopKind, Link, PackageId, Passage,
    ProxyId, Service, Verdict, Wiring,
};
use crate::base::{FileId, Place, Span};

/// Links that are added to one chain at most: an application may have routes in hundreds of files.
const MOST: usize = 32;

/// Adds a link to every chain for each file that it rests on and does not name.
pub(super) fn complete(wiring: &mut Wiring) {
    let lookup = Lookup::new(wiring);
    let causes = (0u32..).map(CauseId).zip(&wiring.causes);
    let of_cause = |(id, cause): (CauseId, &Cause)| -> Vec<Vec<Link>> {
        cause.chains.iter().map(|chain| lookup.links(id, cause, chain)).collect()
    };
    let added: Vec<Vec<Vec<Link>>> = causes.map(of_cause).collect();
    for (cause, added) in wiring.causes.iter_mut().zip(added) {
        for (chain, links) in cause.chains.iter_mut().zip(added) {
            chain.links.extend(links);
        }
    }
}

/// Joins of the wiring that every chain asks for.
struct Lookup<'w> {
    wiring: &'w Wiring,
    handshakes: BTreeMap<(ConnectionId, DeploymentId), Vec<&'w Handshake>>,
    /// Both ends of the requests that a proxy hands on, for a wire or for nobody's.
    ends: BTreeMap<(ProxyId, Option<(ConnectionId, DeploymentId)>), Ends>,
    /// The nginx instances that read a file.
    proxies: BTreeMap<FileId, Vec<ProxyId>>,
    /// The routes that a place is evidence of, by index.
    routes: BTreeMap<Place, Vec<usize>>,
    /// One place for each file that declares routes of a package's applications.
    declaring: BTreeMap<PackageId, Vec<Place>>,
}

impl<'w> Lookup<'w> {
    fn new(wiring: &'w Wiring) -> Self {
        let mut handshakes: BTreeMap<_, Vec<&Handshake>> = BTreeMap::new();
        for handshake in &wiring.handshakes {
            handshakes.entry((handshake.connection, handshake.deployment)).or_default().push(handshake);
        }
        let mut ends: BTreeMap<_, Ends> = BTreeMap::new();
        for passage in &wiring.passages {
            ends.entry((passage.proxy, passage.wire)).or_default().add_passage(wiring, passage);
        }
        let mut proxies: BTreeMap<FileId, Vec<ProxyId>> = BTreeMap::new();
        for (id, instance) in wiring.proxies.iter() {
            for file in instance.files() {
                proxies.entry(*file).or_default().push(id);
            }
        }
        let mut routes: BTreeMap<Place, Vec<usize>> = BTreeMap::new();
        let mut declaring: BTreeMap<PackageId, BTreeMap<FileId, Place>> = BTreeMap::new();
        for (index, route) in wiring.routes.iter().enumerate() {
            for place in route.evidence.iter().chain([&route.place]) {
                routes.entry(*place).or_default().push(index);
                if let Some(app) = wiring.apps.get(route.app.0 as usize) {
                    declaring.entry(app.package).or_default().entry(place.file).or_insert(*place);
                }
            }
        }
        let declaring = declaring.into_iter().map(|(package, places)| (package, places.into_values().collect()));
        Self { wiring, handshakes, ends, proxies, routes, declaring: declaring.collect() }
    }

    /// What is added to `chain` of the cause `id`.
    fn links(&self, id: CauseId, cause: &Cause, chain: &Chain) -> Vec<Link> {
        let named = chain.links.iter().map(|link| link.place).chain([cause.place]);
        let mut backing = Backing { places: named.collect(), known: BTreeSet::new(), added: Vec::new() };
        backing.known.extend(backing.places.iter().map(|place| place.file));
        if let Some(wire) = chain.wire {
            self.way(id, wire, chain.hop, &mut backing);
        }
        self.passages(chain, &mut backing);
        self.declarations(&mut backing);
        // what one file says by itself holds wherever it runs
        if chain.wire.is_some() || backing.known.len() > 1 {
            self.standing(cause, chain, &mut backing);
        }
        backing.added
    }

    /// What made the address, and what was passed on the way to the hop that breaks.
    fn way(&self, id: CauseId, wire: (ConnectionId, DeploymentId), hop: Option<HopKind>, backing: &mut Backing) {
        let all = self.handshakes.get(&wire).map(Vec::as_slice).unwrap_or_default();
        let breaks = |handshake: &&&Handshake| {
            let mut hops = handshake.hops.iter();
            hops.any(|hop| matches!(&hop.verdict, Verdict::Breaks(causes) if causes.contains(&id)))
        };
        let Some(handshake) = all.iter().find(breaks).or(all.first()) else { return };
        for place in handshake.url.evidence.iter().chain(&handshake.call) {
            backing.add(*place, "part of the address");
        }
        for passed in handshake.hops.iter().filter(|passed| hop.is_none_or(|hop| passed.kind <= hop)) {
            for place in &passed.places {
                backing.add(*place, "on the way");
            }
        }
    }

    /// Both ends of the requests that an nginx of the chain hands on.
    fn passages(&self, chain: &Chain, backing: &mut Backing) {
        let files: BTreeSet<FileId> = backing.places.iter().map(|place| place.file).collect();
        let instances: BTreeSet<ProxyId> =
            files.iter().filter_map(|file| self.proxies.get(file)).flatten().copied().collect();
        for link in instances.iter().filter_map(|id| self.ends.get(&(*id, chain.wire))).flat_map(|ends| &ends.links) {
            backing.add(link.place, &link.shows);
        }
    }

    /// What puts the routes of the chain into their application.
    fn declarations(&self, backing: &mut Backing) {
        for place in backing.places.clone() {
            for index in self.routes.get(&place).into_iter().flatten() {
                let Some(route) = self.wiring.routes.get(*index) else { continue };
                for place in &route.evidence {
                    backing.add(*place, "part of the route");
                }
                if let Some(app) = self.wiring.apps.get(route.app.0 as usize) {
                    backing.add(app.place, "the application");
                }
            }
        }
    }

    /// What makes the files of the chain run where the chain says that they do.
    fn standing(&self, cause: &Cause, chain: &Chain, backing: &mut Backing) {
        let deployment = chain.wire.map(|(_, deployment)| deployment);
        let files: BTreeSet<FileId> = backing.places.iter().map(|place| place.file).collect();
        let instances: BTreeSet<ProxyId> =
            files.iter().filter_map(|file| self.proxies.get(file)).flatten().copied().collect();
        let of_file = |file: &FileId| package_of(self.wiring, &self.wiring.repository.get(*file)?.path);
        let packages: BTreeSet<PackageId> = files.iter().filter_map(of_file).collect();
        for instance in instances.iter().filter_map(|id| self.wiring.proxies.get(*id)) {
            for place in instance.placed_by() {
                backing.add(*place, "installs the configuration");
            }
        }
        for package in &packages {
            let manifests = self.wiring.packages.get(package.0 as usize).map(|found| found.manifests.as_slice());
            for manifest in manifests.unwrap_or_default() {
                backing.add(Place::new(*manifest, Span::default()), "says what the code is part of");
            }
        }
        let here = |other: DeploymentId| deployment.is_none_or(|deployment| deployment == other);
        // a host that nobody is called is one that no service is called
        let names_all = matches!(cause.kind, CauseKind::UnreachableUpstream { .. });
        let reads = |service: &Service| service.environment.iter().any(|set| files.contains(&set.place.file));
        for service in self.wiring.services.iter().filter(|service| here(service.deployment)) {
            let takes_part = names_all
                || service.proxy.is_some_and(|id| instances.contains(&id))
                || service.packages.iter().any(|package| packages.contains(package))
                || reads(service);
            if takes_part {
                backing.add(service.place, &format!("the service `{}`", service.name));
                if let Some(file) = service.dockerfile {
                    backing.add(Place::new(file, Span::default()), &format!("builds `{}`", service.name));
                }
                for (file, command) in &service.commands {
                    backing.add(Place::new(*file, command.span), &format!("starts `{}`", service.name));
                }
            }
        }
        for listener in self.wiring.listeners.iter().filter(|listener| here(listener.deployment)) {
            if listener.package.is_some_and(|package| packages.contains(&package)) {
                backing.add(listener.place, "starts the process");
                for app in listener.apps.iter().filter_map(|app| self.wiring.apps.get(app.0 as usize)) {
                    backing.add(app.place, "the application");
                }
            }
        }
        if chain.hop == Some(HopKind::Route) {
            for place in packages.iter().filter_map(|package| self.declaring.get(package)).flatten() {
                backing.add(*place, "declares routes of the same application");
            }
        }
    }
}

/// Both ends of many requests: the first place in each file, because a chain names a file once.
#[derive(Default)]
struct Ends {
    known: BTreeSet<FileId>,
    links: Vec<Link>,
}

impl Ends {
    /// Adds both ends of one passage.
    fn add_passage(&mut self, wiring: &Wiring, passage: &Passage) {
        for link in &passage.links {
            self.add(link.place, &link.shows);
        }
        for route in passage.routes.iter().filter_map(|id| wiring.routes.get(id.0 as usize)) {
            self.add(route.place, "the route");
        }
        for app in passage.apps.iter().filter_map(|id| wiring.apps.get(id.0 as usize)) {
            self.add(app.place, "the application");
        }
    }

    fn add(&mut self, place: Place, shows: &str) {
        if self.known.insert(place.file) {
            self.links.push(Link { place, shows: shows.to_owned() });
        }
    }
}

/// The links of one chain on their way to being complete.
struct Backing {
    /// All places so far, in order.
    places: Vec<Place>,
    /// Their files.
    known: BTreeSet<FileId>,
    added: Vec<Link>,
}

impl Backing {
    /// Adds a place of a file that the chain does not name yet.
    fn add(&mut self, place: Place, shows: &str) {
        if self.added.len() < MOST && self.known.insert(place.file) {
            self.places.push(place);
            self.added.push(Link { place, shows: shows.to_owned() });
        }
    }
}
