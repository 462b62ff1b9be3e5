//! Which files are one Envoy.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::answer::Blocks;
use super::config::{Chain, Config, Listener, Network, Transport};
use super::node::Node;
use super::{EnvoyInstance, listeners};
use crate::base::{FileId, Limit, Place};
use crate::facts::{HoleReason, ProxyFile, Repository};
use crate::model::proxy::{ListenAddress, Patterns, Target};
use crate::model::{Tls, Unknown};

/// Addresses that are told apart: the names of each virtual host are behind each listener.
const ADDRESSES: Limit = Limit::new(
    20_000,
    "addresses of one Envoy, those of each virtual host",
    "what it does with a request is unknown",
    "write fewer listeners with the same virtual hosts",
);

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
    let Listens { found, cut, .. } = Listens::of(&config);
    if let Some(place) = cut {
        patterns.reached(place, &ADDRESSES);
    }
    let cut = cut.map(|place| Unknown { reason: HoleReason::Limit, place: Some(place) });
    let holes = config.other_listeners.iter().chain(&config.other_clusters).chain(&cut).cloned().collect();
    EnvoyInstance {
        files: vec![id],
        accusable: cut.is_none() && repository.may_be_accused(id),
        holes,
        cut,
        placed_by: Vec::new(),
        first: root.place(),
        listens: found,
        targets: targets(&config),
        config,
        patterns,
        blocks: Blocks::default(),
    }
}

/// What tells addresses apart.
type Seen = (u16, Tls, Place, Arc<[Arc<str>]>);

/// Where an Envoy listens.
#[derive(Default)]
struct Listens {
    found: Vec<ListenAddress>,
    seen: BTreeSet<Seen>,
    /// The names of each host of the tables that were met, by the places of the tables in memory.
    names: BTreeMap<usize, Vec<Arc<[Arc<str>]>>>,
    /// Where the addresses that are not looked at begin.
    cut: Option<Place>,
}

impl Listens {
    /// Every address that is listened on, with the names behind it.
    fn of(config: &Config) -> Self {
        let mut listens = Self::default();
        for listener in &config.listeners {
            for chain in listener.chains.iter().chain(listener.default.as_deref()) {
                listens.add_chain(listener, chain);
                if listens.cut.is_some() {
                    return listens;
                }
            }
        }
        listens
    }

    fn add_chain(&mut self, listener: &Listener, chain: &Chain) {
        let tls = match chain.transport {
            Transport::Plain => Tls::Plain,
            Transport::Tls(_) => Tls::Tls,
            Transport::Unknown(_) => Tls::Unknown,
        };
        let table = match &chain.network {
            Network::Http(manager) => manager.table.as_ref().ok(),
            Network::Tcp(_) | Network::Unknown(_) => None,
        };
        let Some(table) = table.filter(|table| !table.hosts.is_empty()) else {
            self.add(listener, tls, chain.fits.names.clone().into());
            return;
        };
        let names_of = || table.hosts.iter().map(|host| names(&host.domains)).collect();
        let known = self.names.entry(Arc::as_ptr(table).addr()).or_insert_with(names_of);
        // what is over the bound by one is told of
        for names in known.iter().take(ADDRESSES.most_items() + 1).cloned().collect::<Vec<_>>() {
            self.add(listener, tls, names);
            if self.cut.is_some() {
                return;
            }
        }
    }

    fn add(&mut self, listener: &Listener, tls: Tls, names: Arc<[Arc<str>]>) {
        if self.found.len() >= ADDRESSES.most_items() {
            self.cut = Some(listener.place);
        } else if self.seen.insert((listener.port, tls, listener.place, Arc::clone(&names))) {
            self.found.push(ListenAddress { port: listener.port, tls, place: listener.place, names });
        }
    }
}

/// The names of domains, without ports; none where any name is taken.
fn names(domains: &[Arc<str>]) -> Arc<[Arc<str>]> {
    if domains.iter().any(|domain| &**domain == "*") {
        return [].into();
    }
    let mut seen = BTreeSet::new();
    let names = domains.iter().map(|domain| super::select::without_port(domain).trim_end_matches(":*"));
    names.filter(|name| seen.insert(*name)).map(Arc::from).collect()
}

/// Every member of a cluster.
fn targets(config: &Config) -> Vec<Target> {
    let members = config.clusters.values().flat_map(|cluster| &cluster.members);
    let mut found: Vec<Target> = members.map(|member| member.target.clone()).collect();
    found.sort_by_key(|target| target.place);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Entry, FileKind, FileRole, RepoPath, Tracking};
    use crate::facts::extract;

    #[test]
    fn nothing_is_looked_at_behind_the_bound() {
        let listener = |port: usize, hosts: usize| {
            let hosts: String = (0..hosts).map(|at| format!("{{ domains: [h{at}] }}, ")).collect();
            format!(
                "  - address: {{ socket_address: {{ address: 0.0.0.0, port_value: {port} }} }}\n    filter_chains: [{{ filters: \
                 [{{ typed_config: {{ \"@type\": x.HttpConnectionManager, route_config: {{ virtual_hosts: [{hosts}] }} }} }}] }}]\n"
            )
        };
        let most = ADDRESSES.most_items();
        let text = format!("static_resources:\n  listeners:\n{}{}", listener(80, most + 1), listener(81, 2));
        let path = RepoPath::new("envoy.yaml").expect("inside");
        let (kind, role, tracking) = (FileKind::Yaml, FileRole::Production, Tracking::Tracked);
        let facts = extract(&Entry { path, size: text.len() as u64, kind, role, tracking }, &text);
        let Some(ProxyFile::Envoy(file)) = facts.proxy.as_deref() else { panic!("an Envoy") };
        let config = listeners::read(Node { file: FileId(0), expr: &file.root });
        let listens = Listens::of(&config);
        assert_eq!((listens.found.len(), listens.names.len()), (most, 1));
        assert_eq!(listens.cut, config.listeners.first().map(|listener| listener.place));
    }
}
