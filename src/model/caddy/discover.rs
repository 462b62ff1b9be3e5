//! Which files are one Caddy.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::answer::Blocks;
use super::expand::{Environment, Expanded, caddyfile, expand, imported_files};
use super::route::{Handler, HandlerKind, Route};
use super::servers::{Config, Site};
use super::{CaddyInstance, CaddyVersion};
use crate::base::{FileId, Limits, Place};
use crate::facts::{CaddyForm, HoleReason, Repository};
use crate::model::proxy::{ListenAddress, Patterns, Target};
use crate::model::{Statement, Tls, Unknown, Wiring};

/// Stage 1, first half: finds the Caddy instances of the repository. They are of the `declared` release, or else of the newest.
pub fn discover(wiring: &mut Wiring, declared: Option<CaddyVersion>) {
    for instance in instances(&wiring.repository, &wiring.limits) {
        let instance = match declared {
            Some(_) => {
                wiring.taken.insert(Statement::CaddyVersion);
                instance.configured(&wiring.repository, Environment::new(), declared, &wiring.limits)
            }
            None => instance,
        };
        wiring.proxies.add(instance);
    }
}

/// The Caddy instances of a repository: each Caddyfile that no other imports, with what it imports. Bounds that are reached on
/// the way are noted in `limits`.
#[must_use]
pub fn instances(repository: &Repository, limits: &Limits) -> Vec<CaddyInstance> {
    let imported = imported_files(repository);
    let patterns = Patterns::default();
    let mut found = Vec::new();
    for (id, facts) in repository.iter() {
        if !facts.role.speaks() || imported.contains(&id) || caddyfile(repository, id).is_none() {
            continue;
        }
        let instance = CaddyInstance::new(repository, id, Environment::new(), None, patterns.clone(), limits);
        // a file of directives alone is imported by one that is not here
        if !instance.config.sites.is_empty() || !instance.holes.is_empty() {
            found.push(instance);
        }
    }
    found
}

impl CaddyInstance {
    /// The instance whose main file is `main`, in an environment and of a release as far as they are known.
    pub(in crate::model) fn new(
        repository: &Repository,
        main: FileId,
        environment: BTreeMap<Arc<str>, Arc<str>>,
        version: Option<CaddyVersion>,
        patterns: Patterns,
        limits: &Limits,
    ) -> Self {
        let mut expanded = expand(repository, main, &environment);
        expanded.cut_short.tell(limits);
        let file = caddyfile(repository, main);
        if file.is_some_and(|file| file.form == CaddyForm::Json) {
            expanded.holes.push(Unknown { reason: HoleReason::Unsupported, place: None });
        } else if !has_sites(&expanded) {
            expanded.sites.clear();
        }
        let config = Config::new(&expanded, version, limits);
        let mut holes = std::mem::take(&mut expanded.holes);
        holes.extend(config.unplaced.iter().cloned());
        let first = file.and_then(|file| file.lines.first()).map(|line| Place::new(main, line.span));
        let accusable = expanded.cut_short.is_empty() && expanded.files.iter().all(|id| repository.may_be_accused(*id));
        Self {
            root: main,
            files: expanded.files,
            holes,
            cut_short: expanded.cut_short,
            version,
            placed_by: Vec::new(),
            accusable,
            environment,
            first,
            listens: listens(&config),
            targets: targets(&config),
            config,
            patterns,
            blocks: Blocks::default(),
        }
    }

    /// The same in another environment, or of another release: what a deployment says about it.
    #[must_use]
    pub fn configured(
        &self,
        repository: &Repository,
        environment: BTreeMap<Arc<str>, Arc<str>>,
        version: Option<CaddyVersion>,
        limits: &Limits,
    ) -> Self {
        let patterns = self.patterns.clone();
        let placed_by = self.placed_by.clone();
        Self { placed_by, ..Self::new(repository, self.root, environment, version, patterns, limits) }
    }
}

/// Whether a file is a whole configuration: it has global options, a site with a block, or one line of addresses on top.
fn has_sites(expanded: &Expanded) -> bool {
    !expanded.options.is_empty()
        || !expanded.named_routes.is_empty()
        || expanded.sites.iter().any(|site| {
            site.keys.iter().any(|key| {
                let text = key.text.trim_end_matches(',');
                key.hole.is_some() || text.contains(['.', ':', '{', '*']) || text == "localhost"
            })
        })
}

/// Every address that is listened on, with the names behind it.
fn listens(config: &Config) -> Vec<ListenAddress> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    let names_of = |site: &Site| -> Arc<[Arc<str>]> {
        let hosts = site.addresses.iter().map(|address| Arc::clone(&address.host));
        if site.addresses.iter().any(|address| address.host.is_empty()) { [].into() } else { hosts.collect() }
    };
    let of_sites: Vec<Arc<[Arc<str>]>> = config.sites.iter().map(names_of).collect();
    for server in &config.servers {
        let tls = if server.tls { Tls::Tls } else { Tls::Plain };
        for socket in &server.sockets {
            for route in &server.routes {
                let Some(handler) = route.handlers.first() else { continue };
                let (place, names, number) = match &handler.kind {
                    HandlerKind::Site(number, _) => {
                        let (Some(site), Some(names)) = (config.sites.get(*number), of_sites.get(*number)) else {
                            continue;
                        };
                        (site.place, Arc::clone(names), Some(*number))
                    }
                    _ => (handler.place, super::automatic::names(route).into(), None),
                };
                // a site has the same names wherever it is
                let own_names = number.is_none().then(|| Arc::clone(&names));
                if seen.insert((socket.port, tls, place, number, own_names)) {
                    found.push(ListenAddress { port: socket.port, tls, place, names });
                }
            }
        }
    }
    found
}

/// Every upstream.
fn targets(config: &Config) -> Vec<Target> {
    let mut found = Vec::new();
    let mut open: Vec<&[Route]> = config.sites.iter().flat_map(|site| [&*site.routes, &*site.errors]).collect();
    open.extend(config.named_routes.values().map(|routes| &**routes));
    while let Some(routes) = open.pop() {
        for Handler { kind, .. } in routes.iter().flat_map(|route| &route.handlers) {
            match kind {
                HandlerKind::Site(_, routes) => open.push(routes),
                HandlerKind::Subroute(routes) | HandlerKind::Block { routes, .. } => open.push(routes),
                HandlerKind::Proxy(proxy) => found.extend(proxy.upstreams.iter().map(|one| one.target.clone())),
                _ => {}
            }
        }
    }
    found.sort_by_key(|target: &Target| target.place);
    found
}
