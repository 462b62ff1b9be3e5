//! Which files are one Envoy.

use std::sync::Arc;

use super::answer::Blocks;
use super::config::{Config, Network};
use super::node::Node;
use super::{EnvoyInstance, listeners};
use crate::base::FileId;
use crate::facts::{ProxyFile, Repository};
use crate::model::Tls;
use crate::model::proxy::{ListenAddress, Patterns, Target};

/// The Envoys of a repository: one for each bootstrap.
#[must_use]
pub fn discover(repository: &Repository) -> Vec<EnvoyInstance> {
    let patterns = Patterns::default();
    let mut found = Vec::new();
    for (id, facts) in repository.iter().filter(|(_, facts)| facts.role.speaks()) {
        if let Some(ProxyFile::Envoy(file)) = facts.proxy.as_deref() {
            let root = Node { file: id, expr: &file.root };
            found.push(instance(repository, id, root, patterns.clone()));
        }
    }
    found
}

fn instance(repository: &Repository, id: FileId, root: Node<'_>, patterns: Patterns) -> EnvoyInstance {
    let config = listeners::read(root);
    let holes = config.other_listeners.iter().chain(&config.other_clusters).cloned().collect();
    EnvoyInstance {
        files: vec![id],
        accusable: repository.may_be_accused(id),
        holes,
        placed_by: Vec::new(),
        first: root.place(),
        listens: listens(&config),
        targets: targets(&config),
        config,
        patterns,
        blocks: Blocks::default(),
    }
}

/// Every address that is listened on, with the names behind it.
fn listens(config: &Config) -> Vec<ListenAddress> {
    let mut found: Vec<ListenAddress> = Vec::new();
    for listener in &config.listeners {
        for chain in listener.chains.iter().chain(listener.default.as_deref()) {
            let tls = match chain.transport {
                super::config::Transport::Plain => Tls::Plain,
                super::config::Transport::Tls(_) => Tls::Tls,
                super::config::Transport::Unknown(_) => Tls::Unknown,
            };
            let mut add = |names: Vec<Arc<str>>| {
                let address = ListenAddress { port: listener.port, tls, place: listener.place, names: names.into() };
                if !found.contains(&address) {
                    found.push(address);
                }
            };
            let table = match &chain.network {
                Network::Http(manager) => manager.table.as_ref().ok(),
                Network::Tcp(_) | Network::Unknown(_) => None,
            };
            match table.filter(|table| !table.hosts.is_empty()) {
                Some(table) => table.hosts.iter().for_each(|host| add(names(&host.domains))),
                None => add(chain.fits.names.clone()),
            }
        }
    }
    found
}

/// The names of domains, without ports; none where any name is taken.
fn names(domains: &[Arc<str>]) -> Vec<Arc<str>> {
    if domains.iter().any(|domain| &**domain == "*") {
        return Vec::new();
    }
    let mut found: Vec<Arc<str>> = Vec::new();
    for domain in domains {
        let name = super::select::without_port(domain).trim_end_matches(":*");
        if !found.iter().any(|known| &**known == name) {
            found.push(name.into());
        }
    }
    found
}

/// Every member of a cluster.
fn targets(config: &Config) -> Vec<Target> {
    let members = config.clusters.values().flat_map(|cluster| &cluster.members);
    let mut found: Vec<Target> = members.map(|member| member.target.clone()).collect();
    found.sort_by_key(|target| target.place);
    found
}
