//! Apache behind the interface of all proxies.

use super::ApacheInstance;
use super::servers::{self, Server};
use super::tree::Block;
use crate::base::{FileId, Limit, Place};
use crate::model::proxy::{
    AddedHeader, Answer, BlockId, Buffering, Carries, IdleTimeout, Installed, ListenAddress, Program, Proxied, Proxy,
    Request, Target, Upstream,
};
use crate::model::{Tls, Unknown};

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
        self.effort.limits()
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
        code == 404 && !self.holds(place)
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
        proxied.upstream.as_deref().is_some_and(|name| self.is_sticky(name))
    }

    fn added_headers(&self, block: BlockId) -> Vec<AddedHeader> {
        self.headers_added_at(block)
    }

    fn speaks_http2(&self, port: u16) -> Option<bool> {
        let main = &self.tree.root;
        let hosts = main.named(&["virtualhost"]).map(|host| Server { main, host: Some(host) });
        let at_port =
            |server: &Server<'_>| server.addresses().iter().any(|address| address.port.is_none_or(|own| own == port));
        let says = |server: Server<'_>| {
            let protocols = server.last("protocols");
            protocols.is_some_and(|protocols| protocols.args.iter().any(|arg| arg.is("h2")))
        };
        Some(hosts.filter(at_port).any(says))
    }
}

impl ApacheInstance {
    /// Every address that it listens on: those of `Listen`, with the names of the virtual hosts there; without any, those of
    /// the virtual hosts, for the file with `Listen` is that of the distribution.
    pub(super) fn collect_listens(main: &Block) -> Vec<ListenAddress> {
        let hosts: Vec<Server<'_>> =
            main.named(&["virtualhost"]).map(|host| Server { main, host: Some(host) }).collect();
        let listens = servers::listens(main);
        let mut found = Vec::new();
        for server in &hosts {
            for address in server.addresses() {
                let ports: Vec<u16> = match address.port {
                    Some(port) => vec![port],
                    None if listens.is_empty() => vec![80],
                    None => listens.iter().map(|listen| listen.port).collect(),
                };
                for port in ports {
                    let open = listens.iter().find(|listen| listen.port == port);
                    if open.is_none() && !listens.is_empty() {
                        continue;
                    }
                    let place = server.place();
                    let names = server.names().into();
                    let listen = ListenAddress { port, tls: server.tls(), place, names };
                    if !found.contains(&listen) {
                        found.push(listen);
                    }
                }
            }
        }
        for listen in listens {
            if !found.iter().any(|known: &ListenAddress| known.port == listen.port) {
                let server = Server { main, host: None };
                let (tls, names) = (server.tls(), server.names().into());
                found.push(ListenAddress { port: listen.port, tls, place: listen.place, names });
            }
        }
        if found.is_empty() && hosts.is_empty() {
            let names = Server { main, host: None }.names().into();
            found.push(ListenAddress { port: 80, tls: Tls::Plain, place: main.place, names });
        }
        found
    }

    /// The block of a number.
    pub(super) fn block_of(&self, id: u32) -> Option<&Block> {
        let mut open = vec![&self.tree.root];
        while let Some(block) = open.pop() {
            if block.id == id {
                return Some(block);
            }
            open.extend(block.directives.iter().filter_map(|directive| directive.block.as_ref()));
        }
        None
    }

    /// The directive at a place.
    pub(super) fn directive_at(&self, place: Place) -> Option<&super::tree::Directive> {
        let mut open = vec![&self.tree.root];
        while let Some(block) = open.pop() {
            let mut own = block.directives.iter();
            let holds = |directive: &&super::tree::Directive| {
                directive.place == place || directive.args.iter().any(|arg| arg.place == place)
            };
            if let Some(found) = own.find(holds) {
                return Some(found);
            }
            open.extend(block.directives.iter().filter_map(|directive| directive.block.as_ref()));
        }
        None
    }

    /// Whether a `Redirect` or rule is at this place.
    fn holds(&self, place: Place) -> bool {
        let mut open = vec![&self.tree.root];
        while let Some(block) = open.pop() {
            let mut meant = block.named(&["redirect", "redirectmatch", "rewriterule"]);
            if meant.any(|directive| directive.place == place) {
                return true;
            }
            open.extend(block.directives.iter().filter_map(|directive| directive.block.as_ref()));
        }
        false
    }

    /// Whether a balancer sends a client to the same member each time.
    fn is_sticky(&self, name: &str) -> bool {
        let mut open = vec![&self.tree.root];
        while let Some(block) = open.pop() {
            for directive in block.named(&["proxy", "proxypass", "proxyset"]) {
                let named = directive.args.iter().any(|arg| {
                    let text = arg.text.to_ascii_lowercase();
                    text.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                });
                let inner = directive.block.iter().flat_map(|block| block.named(&["proxyset"]));
                let args = directive.args.iter().chain(inner.flat_map(|set| &set.args));
                let sticks = args.into_iter().any(|arg| arg.text.to_ascii_lowercase().starts_with("stickysession="));
                if named && sticks {
                    return true;
                }
            }
            open.extend(block.directives.iter().filter_map(|directive| directive.block.as_ref()));
        }
        false
    }
}
