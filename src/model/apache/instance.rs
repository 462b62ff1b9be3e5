//! Apache behind the interface of all proxies.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::ApacheInstance;
use super::index::{Index, Position};
use super::servers::Server;
use super::tree::{Block, Directive};
use crate::base::{FileId, Limit, Place};
use crate::model::proxy::{
    AddedHeader, Answer, BlockId, Buffering, Carries, CutShort, IdleTimeout, Installed, ListenAddress, Program,
    Proxied, Proxy, Request, Target, Upstream,
};
use crate::model::{Tls, Unknown};

/// Addresses that are told apart: a virtual host for any port is behind each `Listen`.
const ADDRESSES: Limit = Limit::new(
    20_000,
    "addresses of one Apache, those of each virtual host",
    "what it does with a request is unknown",
    "write fewer `Listen` lines, or give the virtual hosts ports of their own",
);

/// How Apache is found.
static PROGRAM: Program = Program {
    images: &["httpd", "apache"],
    commands: &["httpd", "apache2", "apache2ctl", "apachectl", "httpd-foreground", "apache2-foreground"],
    reads: placement_rank,
};

/// How well a file is placed: the main file best, then what it includes by default.
fn placement_rank(path: &str, _installed: Installed) -> Option<u8> {
    const FOLDERS: [&str; 5] = [
        "/etc/apache2/",
        "/etc/httpd/",
        "/usr/local/apache2/conf/",
        "/opt/bitnami/apache/",
        "/usr/local/etc/apache24/",
    ];
    let inside = FOLDERS.iter().find_map(|folder| path.strip_prefix(folder))?;
    if matches!(inside, "apache2.conf" | "httpd.conf" | "conf/httpd.conf") {
        return Some(6);
    }
    let read = ["sites-enabled/", "conf.d/", "conf-enabled/", "conf/conf.d/", "conf/vhosts/", "extra/"];
    let available = inside.starts_with("sites-available/") || inside.starts_with("conf-available/");
    if read.iter().any(|folder| inside.starts_with(folder)) { Some(4) } else { Some(if available { 3 } else { 2 }) }
}

impl Proxy for ApacheInstance {
    fn name(&self) -> &'static str {
        "Apache"
    }

    fn program(&self) -> &'static Program {
        &PROGRAM
    }

    fn limits(&self) -> Vec<(Option<Place>, Limit)> {
        self.effort.limits().into_iter().chain(self.chains.limits()).collect()
    }

    fn first_place(&self) -> Option<Place> {
        self.tree.root.directives.first().map(|directive| directive.place)
    }

    fn root(&self) -> Option<FileId> {
        self.root
    }

    fn files(&self) -> &[FileId] {
        &self.files
    }

    fn holes(&self) -> &[Unknown] {
        &self.holes
    }

    fn accusable(&self) -> bool {
        self.accusable
    }

    fn placed_by(&self) -> &[Place] {
        &self.placed_by
    }

    fn listens(&self) -> &[ListenAddress] {
        &self.listens
    }

    fn targets(&self) -> Vec<Target> {
        let mut found = super::address::targets(Server { main: &self.tree.root, host: None });
        for host in self.tree.root.named(&["virtualhost"]) {
            found.extend(super::address::targets(Server { main: &self.tree.root, host: Some(host) }));
        }
        found.sort_by_key(|target| target.place);
        found
    }

    fn answer(&self, request: &Request) -> Answer {
        self.answer_to(request)
    }

    fn finds_nothing(&self, code: u16, place: Place, _location: &str) -> bool {
        // a rule or redirect that answers 404 means it
        code == 404 && !self.index.is_redirect(place)
    }

    fn sets_cors(&self) -> bool {
        let mut open: Vec<&Block> = vec![&self.tree.root];
        while let Some(block) = open.pop() {
            let mut headers = block.named(&["header"]).flat_map(|directive| &directive.args);
            let is_cors =
                |text: &str| text.get(..15).is_some_and(|start| start.eq_ignore_ascii_case("access-control-"));
            if headers.any(|arg| is_cors(&arg.text)) {
                return true;
            }
            open.extend(block.directives.iter().filter_map(|directive| directive.block.as_ref()));
        }
        false
    }

    fn idle_timeout(&self, block: BlockId, carries: Carries) -> Option<IdleTimeout> {
        self.silence(block, carries)
    }

    fn buffering(&self, _block: BlockId) -> Option<Buffering> {
        // what comes is handed on as soon as nothing more is there
        Some(Buffering::Off)
    }

    fn spread(&self, proxied: &Proxied) -> Upstream {
        match (&proxied.upstream, proxied.targets.first()) {
            (Some(_), Some(first)) if proxied.targets.len() > 1 && !self.binds_clients(proxied) => {
                Upstream::Spread { place: first.place, servers: proxied.targets.len() }
            }
            _ => Upstream::OneServer,
        }
    }

    fn binds_clients(&self, proxied: &Proxied) -> bool {
        proxied.upstream.as_deref().is_some_and(|name| self.index.is_sticky(name))
    }

    fn added_headers(&self, block: BlockId) -> Vec<AddedHeader> {
        self.headers_added_at(block)
    }

    fn speaks_http2(&self, port: u16) -> Option<bool> {
        Some(self.index.http2.contains(&None) || self.index.http2.contains(&Some(port)))
    }
}

impl ApacheInstance {
    /// Every address that it listens on: those of `Listen`, with the names of the virtual hosts there; without any, those of
    /// the virtual hosts, for the file with `Listen` is that of the distribution.
    pub(super) fn collect_listens(main: &Block, index: &Index) -> Listens {
        let hosts = || main.named(&["virtualhost"]).map(|host| Server { main, host: Some(host) });
        let ports: BTreeSet<u16> = index.listens.iter().map(|listen| listen.port).collect();
        let mut listens = Listens::default();
        let mut taken = BTreeSet::new();
        for server in hosts() {
            let own = own_ports(server, &ports);
            let (tls, place, names): (_, _, Arc<[_]>) = (server.tls(), server.place(), server.names().into());
            for port in own.iter().copied() {
                if !listens.add(ListenAddress { port, tls, place, names: Arc::clone(&names) }) {
                    return listens;
                }
            }
            taken.extend(own);
        }
        let server = Server { main, host: None };
        let (tls, names): (_, Arc<[_]>) = (server.tls(), server.names().into());
        for listen in index.listens.iter().filter(|listen| taken.insert(listen.port)) {
            if !listens.add(ListenAddress { port: listen.port, tls, place: listen.place, names: Arc::clone(&names) }) {
                return listens;
            }
        }
        if listens.found.is_empty() && hosts().next().is_none() {
            listens.add(ListenAddress { port: 80, tls: Tls::Plain, place: main.place, names });
        }
        listens
    }

    /// The block of a number.
    pub(super) fn block_of(&self, id: u32) -> Option<&Block> {
        if id == 0 {
            return Some(&self.tree.root);
        }
        self.directive(self.index.section(id)?)?.block.as_ref()
    }

    /// The directive of a carrier of requests at a place.
    pub(super) fn directive_at(&self, place: Place) -> Option<&Directive> {
        self.directive(self.index.carrier(place)?)
    }

    /// The line that opens a section, and the number of the block that it is in.
    pub(super) fn section(&self, id: u32) -> Option<(u32, &Directive)> {
        let position = self.index.section(id)?;
        Some((position.0, self.directive(position)?))
    }

    fn directive(&self, position: Position) -> Option<&Directive> {
        let mut path = vec![position.1];
        let mut block = position.0;
        while block != 0 {
            let (outer, at) = self.index.section(block)?;
            path.push(at);
            block = outer;
        }
        let mut level = &self.tree.root;
        while let Some(at) = path.pop() {
            let directive = level.directives.get(at)?;
            if path.is_empty() {
                return Some(directive);
            }
            level = directive.block.as_ref()?;
        }
        None
    }
}

/// The ports of a virtual host, in the order in which it names them, each once.
fn own_ports(server: Server<'_>, open: &BTreeSet<u16>) -> Vec<u16> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for address in server.addresses() {
        let (one, all) = match address.port {
            Some(port) => (Some(port).filter(|port| open.is_empty() || open.contains(port)), None),
            None if open.is_empty() => (Some(80), None),
            None => (None, Some(open)),
        };
        found.extend(one.into_iter().chain(all.into_iter().flatten().copied()).filter(|port| seen.insert(*port)));
        if seen.len() > ADDRESSES.most_items() || !open.is_empty() && seen.len() >= open.len() {
            break;
        }
    }
    found
}

/// Addresses, as many as are told apart.
#[derive(Default)]
pub(super) struct Listens {
    pub found: Vec<ListenAddress>,
    /// Where the others begin.
    pub cut_short: CutShort,
}

impl Listens {
    /// Adds one; `false` when there are too many.
    fn add(&mut self, listen: ListenAddress) -> bool {
        if self.found.len() >= ADDRESSES.most_items() {
            self.cut_short.at(listen.place, &ADDRESSES);
            return false;
        }
        self.found.push(listen);
        true
    }
}
