//! Look-ups over a whole configuration: who takes a request, and where what an answer names is.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::balancer::Balancers;
use super::servers::{AddressHost, Listen, Server, listens, matches_alias};
use super::tree::{Block, Directive};
use super::workers::Workers;
use crate::base::Place;
use crate::model::proxy::CutShort;

/// Directives whose parameters a connection to an upstream may have.
const CARRIERS: [&str; 5] = ["proxypass", "proxypassmatch", "proxy", "proxyset", "balancermember"];

/// The address of virtual hosts: its host (`None` is any) and its port (`None` is any).
type Address = (Option<IpAddr>, Option<u16>);

/// Where a directive is: the number of its block, and its place in there.
pub(super) type Position = (u32, usize);

/// The look-ups of one configuration. A virtual host is known by its place among the directives of the main server.
#[derive(Debug, Default)]
pub(super) struct Index {
    pub listens: Vec<Listen>,
    /// The addresses of each port that is listened on; `None` is all of them.
    open: BTreeMap<u16, BTreeSet<Option<IpAddr>>>,
    /// The virtual hosts of each address, in order.
    chains: BTreeMap<Address, Vec<usize>>,
    /// The virtual hosts with an address of their own at a port, in order.
    elsewhere: BTreeMap<Option<u16>, Vec<usize>>,
    /// The virtual hosts of a name, in order.
    called: BTreeMap<String, Vec<usize>>,
    /// Names with wildcards.
    patterns: Vec<(usize, String)>,
    /// Virtual hosts of which not every name is known.
    unnamed: BTreeSet<usize>,
    /// Where each section is.
    sections: Vec<Position>,
    carriers: BTreeMap<Place, Position>,
    /// Redirects and rules.
    redirects: BTreeSet<Place>,
    /// Balancers that send a client to the same member each time.
    sticky: BTreeSet<String>,
    /// Ports with HTTP/2; `None` is any.
    pub http2: BTreeSet<Option<u16>>,
    /// Directives of each level that all of its requests are held against.
    weights: BTreeMap<u32, u64>,
    workers: BTreeMap<u32, Workers>,
    balancers: BTreeMap<u32, Balancers>,
}

impl Index {
    /// Of a configuration with this number of sections.
    pub fn new(root: &Block, blocks: u32) -> Self {
        let mut index = Self { listens: listens(root), ..Self::default() };
        for listen in &index.listens {
            index.open.entry(listen.port).or_default().insert(listen.address);
        }
        index.sections.resize(blocks as usize, (0, usize::MAX));
        index.add_upstreams(root);
        for (at, host) in root.directives.iter().enumerate().filter(|(_, one)| &*one.name == "virtualhost") {
            index.add_host(at, Server { main: root, host: Some(host) });
            if let Some(block) = &host.block {
                index.add_upstreams(block);
            }
        }
        let mut open = vec![root];
        while let Some(block) = open.pop() {
            for (at, directive) in block.directives.iter().enumerate() {
                index.add_directive((block.id, at), directive);
                open.extend(&directive.block);
            }
        }
        index
    }

    fn add_host(&mut self, at: usize, server: Server<'_>) {
        let speaks = server.last("protocols").is_some_and(|protocols| protocols.args.iter().any(|arg| arg.is("h2")));
        for address in server.addresses() {
            if speaks {
                self.http2.insert(address.port);
            }
            match address.host {
                AddressHost::Any => push(self.chains.entry((None, address.port)).or_default(), at),
                AddressHost::Ip(ip) => {
                    push(self.chains.entry((Some(ip), address.port)).or_default(), at);
                    push(self.elsewhere.entry(address.port).or_default(), at);
                }
                AddressHost::Name => push(self.elsewhere.entry(address.port).or_default(), at),
            }
        }
        if let Some(name) = server.name() {
            push(self.called.entry(name.host.to_ascii_lowercase()).or_default(), at);
        }
        let own = server.own();
        if own.last("servername").is_some_and(|name| name.arg(0).is_none()) {
            self.unnamed.insert(at);
        }
        for alias in own.named(&["serveralias"]).flat_map(|directive| &directive.args) {
            match alias.known() {
                Err(_) => {
                    self.unnamed.insert(at);
                }
                Ok(name) if name.contains(['*', '?', '[', '\\']) => {
                    self.patterns.push((at, name.to_ascii_lowercase()));
                }
                Ok(name) => push(self.called.entry(name.to_ascii_lowercase()).or_default(), at),
            }
        }
    }

    fn add_upstreams(&mut self, level: &Block) {
        self.weights.insert(level.id, weight(level));
        self.workers.insert(level.id, Workers::new(level));
        self.balancers.insert(level.id, Balancers::new(level));
    }

    fn add_directive(&mut self, at: Position, directive: &Directive) {
        if let Some(section) =
            directive.block.as_ref().and_then(|block| self.sections.get_mut(usize::try_from(block.id).ok()?))
        {
            *section = at;
        }
        let name = &*directive.name;
        if matches!(name, "redirect" | "redirectmatch" | "rewriterule") {
            self.redirects.insert(directive.place);
        }
        if CARRIERS.contains(&name) {
            let places = directive.args.iter().map(|arg| arg.place).chain([directive.place]);
            for place in places {
                self.carriers.entry(place).or_insert(at);
            }
        }
        if matches!(name, "proxy" | "proxypass" | "proxyset") && sticks(directive) {
            let names = directive.args.iter().filter_map(|arg| balancer_of(&arg.text));
            self.sticky.extend(names);
        }
    }

    /// Bounds that were reached on the way.
    pub fn cuts(&self) -> impl Iterator<Item = &CutShort> {
        let workers = self.workers.values().map(|workers| &workers.cut_short);
        workers.chain(self.balancers.values().map(|balancers| &balancers.cut_short))
    }

    /// Whether something listens on a port of an address; `None` for the address: on any.
    pub fn is_open(&self, address: Option<IpAddr>, port: u16) -> bool {
        let known = self.open.get(&port);
        known.is_some_and(|known| address.is_none() || known.contains(&None) || known.contains(&address))
    }

    /// The virtual hosts that share the address of a connection, in order. An exact address goes before a wildcard, an exact
    /// port before any.
    pub fn chain(&self, address: Option<IpAddr>, port: u16) -> Vec<&[usize]> {
        let of = |host: Option<IpAddr>, port| self.chains.get(&(host, port));
        let exact = |port| address.and_then(|ip| of(Some(ip), port));
        let found =
            exact(Some(port)).or_else(|| exact(None)).or_else(|| of(None, Some(port))).or_else(|| of(None, None));
        match found {
            Some(hosts) => vec![hosts],
            // where the address is not known, one that names an address may be meant as well
            None if address.is_none() => {
                [Some(port), None].iter().filter_map(|port| self.elsewhere.get(port)).map(Vec::as_slice).collect()
            }
            None => Vec::new(),
        }
    }

    /// The first virtual host of a chain that takes requests for a name, and those before it that may.
    pub fn called(&self, chain: &[&[usize]], name: &str) -> (Option<usize>, Vec<usize>) {
        let holds = |at: &usize| chain.iter().any(|hosts| hosts.binary_search(at).is_ok());
        let name = name.to_ascii_lowercase();
        let exact = self.called.get(&name).and_then(|hosts| first_shared(hosts, chain));
        let before = |at: usize| exact.is_none_or(|exact| at < exact);
        let by_pattern = self.patterns.iter().take_while(|(at, _)| before(*at));
        let by_pattern = by_pattern.filter(|(at, _)| holds(at)).find(|(_, pattern)| matches_alias(pattern, &name));
        let first = by_pattern.map(|(at, _)| *at).or(exact);
        let open = self.unnamed.range(..first.unwrap_or(usize::MAX)).copied().filter(holds).collect();
        (first, open)
    }

    /// What finding a name may take at most.
    pub fn cost(&self, chain: &[&[usize]], name: &str) -> usize {
        let called = self.called.get(&name.to_ascii_lowercase()).map_or(0, Vec::len);
        let hosts: usize = chain.iter().map(|hosts| hosts.len()).sum();
        1 + called.min(hosts) + self.patterns.len() + self.unnamed.len()
    }

    /// How many directives each request to a server is held against.
    pub fn weight(&self, server: Server<'_>) -> u64 {
        1 + server.levels().into_iter().filter_map(|level| self.weights.get(&level.id)).sum::<u64>()
    }

    /// Where a section is.
    pub fn section(&self, id: u32) -> Option<Position> {
        self.sections.get(usize::try_from(id).ok()?).copied().filter(|(_, at)| *at != usize::MAX)
    }

    /// Where the directive is whose parameters a connection has.
    pub fn carrier(&self, place: Place) -> Option<Position> {
        self.carriers.get(&place).copied()
    }

    /// Whether a redirect or rule is at this place.
    pub fn is_redirect(&self, place: Place) -> bool {
        self.redirects.contains(&place)
    }

    /// Whether a balancer sends a client to the same member each time.
    pub fn is_sticky(&self, name: &str) -> bool {
        self.sticky.contains(name)
    }

    /// The workers of the levels of a server, from the outside.
    pub fn workers(&self, server: Server<'_>) -> impl Iterator<Item = &Workers> {
        server.levels().into_iter().filter_map(|level| self.workers.get(&level.id))
    }

    /// The balancers of the levels of a server, from the outside.
    pub fn balancers(&self, server: Server<'_>) -> impl Iterator<Item = &Balancers> {
        server.levels().into_iter().filter_map(|level| self.balancers.get(&level.id))
    }
}

fn weight(level: &Block) -> u64 {
    let mut open = vec![level];
    let mut found = 0;
    while let Some(block) = open.pop() {
        for directive in block.always().filter(|directive| &*directive.name != "virtualhost") {
            found += 1;
            open.extend(&directive.block);
        }
    }
    found
}

/// Adds a number, once.
fn push(known: &mut Vec<usize>, at: usize) {
    if known.last() != Some(&at) {
        known.push(at);
    }
}

/// The first of the hosts that is in a chain too: the shorter side is gone through.
fn first_shared(hosts: &[usize], chain: &[&[usize]]) -> Option<usize> {
    let of = |other: &[usize]| {
        let (short, long) = if hosts.len() <= other.len() { (hosts, other) } else { (other, hosts) };
        short.iter().copied().find(|at| long.binary_search(at).is_ok())
    };
    chain.iter().filter_map(|other| of(other)).min()
}

/// Whether a directive has clients stay at one member.
fn sticks(directive: &Directive) -> bool {
    let inner = directive.block.iter().flat_map(|block| block.named(&["proxyset"]));
    let mut args = directive.args.iter().chain(inner.flat_map(|set| &set.args));
    args.any(|arg| arg.text.get(..14).is_some_and(|start| start.eq_ignore_ascii_case("stickysession=")))
}

/// `balancer://name` without what follows.
fn balancer_of(text: &str) -> Option<String> {
    let text = text.to_ascii_lowercase();
    let name = text.strip_prefix("balancer://")?.split('/').next()?;
    Some(format!("balancer://{name}"))
}
