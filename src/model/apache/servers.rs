//! Virtual hosts, and which of them takes a request.

use std::net::IpAddr;
use std::sync::Arc;

use super::ApacheInstance;
use super::tree::{Argument, Block, Directive};
use crate::base::{Limit, Place};
use crate::model::Tls;

/// Virtual hosts that may take one request.
pub(super) const TAKERS: Limit = Limit::new(
    200,
    "virtual hosts of one Apache that may take one request",
    "which of them takes it is unknown",
    "write out the names of the virtual hosts, or the address that clients open",
);

/// A port that httpd opens.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Listen {
    /// The address; `None` is all of them.
    pub address: Option<IpAddr>,
    pub port: u16,
    /// The directive.
    pub place: Place,
}

/// An address of a virtual host.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct HostAddress {
    pub host: AddressHost,
    /// `None` is any port.
    pub port: Option<u16>,
}

/// The host of an address.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum AddressHost {
    /// `*` or `_default_`.
    Any,
    Ip(IpAddr),
    /// A name that only the resolver of the machine knows.
    Name,
}

/// `ServerName`, taken apart.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ServerName {
    pub scheme: Option<Arc<str>>,
    pub host: Arc<str>,
    pub port: Option<u16>,
}

/// A virtual host, or the main server.
#[derive(Clone, Copy, Debug)]
pub(super) struct Server<'a> {
    /// Directives outside of all virtual hosts.
    pub main: &'a Block,
    /// The virtual host; `None` is the main server.
    pub host: Option<&'a Directive>,
}

/// Directives of httpd's core that people write in a virtual host, sorted.
/// Source: <https://httpd.apache.org/docs/2.4/mod/core.html>
const CORE: [&str; 48] = [
    "acceptpathinfo",
    "adddefaultcharset",
    "allowencodedslashes",
    "allowoverride",
    "allowoverridelist",
    "contentdigest",
    "defaulttype",
    "directory",
    "directorymatch",
    "documentroot",
    "else",
    "elseif",
    "enablemmap",
    "enablesendfile",
    "errordocument",
    "errorlog",
    "errorlogformat",
    "fileetag",
    "files",
    "filesmatch",
    "forcetype",
    "hostnamelookups",
    "if",
    "keepalive",
    "keepalivetimeout",
    "limit",
    "limitexcept",
    "limitinternalrecursion",
    "limitrequestbody",
    "limitrequestfields",
    "limitrequestfieldsize",
    "limitrequestline",
    "location",
    "locationmatch",
    "loglevel",
    "maxkeepaliverequests",
    "mergeslashes",
    "options",
    "protocols",
    "serveradmin",
    "serveralias",
    "servername",
    "serverpath",
    "serversignature",
    "sethandler",
    "timeout",
    "usecanonicalname",
    "usecanonicalphysicalport",
];

impl<'a> Server<'a> {
    /// The virtual host's own directives, or the main server's.
    pub fn own(self) -> &'a Block {
        self.host.and_then(|host| host.block.as_ref()).unwrap_or(self.main)
    }

    /// The levels whose directives hold for it, from the outside.
    pub fn levels(self) -> Vec<&'a Block> {
        let host = self.host.and_then(|host| host.block.as_ref());
        std::iter::once(self.main).chain(host).collect()
    }

    pub fn place(self) -> Place {
        self.host.map_or(self.main.place, |host| host.place)
    }

    /// The last directive of this name, its own before the main server's.
    pub fn last(self, name: &str) -> Option<&'a Directive> {
        self.levels().into_iter().rev().find_map(|level| level.last(name))
    }

    /// `AllowEncodedSlashes`. A virtual host inherits it as long as it has no directive of the core: with one, httpd makes the
    /// host settings of its own for that module, and they replace this one whether it is written or not.
    pub fn allow_encoded_slashes(self) -> Option<&'a str> {
        let own = self.own();
        let level = if own.names().any(|name| CORE.binary_search(&name).is_ok()) { own } else { self.main };
        level.last("allowencodedslashes").and_then(|directive| directive.arg(0))
    }

    /// `ServerName` of its own; the main server's stands for a virtual host without one that has a wildcard address.
    pub fn name(self) -> Option<ServerName> {
        let wild = || self.host.is_none() || self.addresses().any(|address| address.host == AddressHost::Any);
        let of_main = || self.main.last("servername").filter(|_| wild());
        let written = self.own().last("servername").or_else(of_main)?;
        let text = written.arg(0)?;
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (Some(Arc::from(scheme.to_ascii_lowercase())), rest),
            None => (None, text),
        };
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()),
            _ => (rest, None),
        };
        Some(ServerName { scheme, host: host.into(), port })
    }

    /// Every name that it takes requests for, as written.
    pub fn names(self) -> Vec<Arc<str>> {
        let own = self.own();
        let name = own.last("servername").and_then(|directive| directive.args.first());
        let name = name.map(|_| self.name().map_or_else(|| "".into(), |name| name.host));
        let aliases = own.named(&["serveralias"]).flat_map(|directive| &directive.args);
        name.into_iter().chain(aliases.map(|alias| Arc::clone(&alias.text))).collect()
    }

    /// Whether it takes requests for a host; `None` when a placeholder may.
    fn is_called(self, host: &str) -> Option<bool> {
        let own = self.own();
        if self.name().is_some_and(|name| name.host.eq_ignore_ascii_case(host)) {
            return Some(true);
        }
        let mut known = own.last("servername").is_none_or(|name| name.arg(0).is_some());
        for alias in own.named(&["serveralias"]).flat_map(|directive| &directive.args) {
            match alias.known() {
                Ok(pattern) if matches_alias(pattern, host) => return Some(true),
                Ok(_) => {}
                Err(_) => known = false,
            }
        }
        known.then_some(false)
    }

    /// Whether an address with this host and port is its own.
    pub fn answers_to(self, host: &str, port: u16, asked: u16) -> bool {
        let fits = |address: HostAddress| address.port.is_none_or(|own| own == port);
        let mut addresses = self.addresses().peekable();
        let at_port = if addresses.peek().is_none() { port == asked } else { addresses.any(fits) };
        at_port && self.is_called(host) == Some(true)
    }

    /// Whether it speaks TLS.
    pub fn tls(self) -> Tls {
        match self.last("sslengine") {
            Some(engine) if engine.args.first().is_some_and(|arg| !arg.holes.is_empty()) => Tls::Unknown,
            Some(engine) if engine.is_on() || engine.arg(0).is_some_and(|arg| arg.eq_ignore_ascii_case("optional")) => {
                Tls::Tls
            }
            _ => Tls::Plain,
        }
    }

    /// The addresses of the virtual host.
    pub fn addresses(self) -> impl Iterator<Item = HostAddress> + use<'a> {
        self.host.into_iter().flat_map(|host| host.args.iter().map(address))
    }
}

/// `ServerAlias` with `*` and `?`, whatever the case.
pub(super) fn matches_alias(pattern: &str, host: &str) -> bool {
    // a name holds no characters that a set of a file pattern gives a meaning
    !pattern.contains('[') && crate::base::matches_name(&pattern.to_ascii_lowercase(), &host.to_ascii_lowercase())
}

fn address(arg: &Argument) -> HostAddress {
    let text = &*arg.text;
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') && (host.starts_with('[') || !host.contains(':')) => (host, port),
        _ => (text, "*"),
    };
    let host = match host.trim_start_matches('[').trim_end_matches(']') {
        "*" | "_default_" => AddressHost::Any,
        host => host.parse().map_or(AddressHost::Name, |address: IpAddr| {
            if address.is_unspecified() { AddressHost::Any } else { AddressHost::Ip(address) }
        }),
    };
    HostAddress { host, port: port.parse().ok() }
}

/// The ports that `Listen` names.
pub(super) fn listens(main: &Block) -> Vec<Listen> {
    let written = main.named(&["listen"]);
    let one = |directive: &Directive| {
        let text = directive.arg(0)?;
        let (host, port) = text.rsplit_once(':').unwrap_or(("*", text));
        let address = host.trim_start_matches('[').trim_end_matches(']').parse().ok();
        let address = address.filter(|address: &IpAddr| !address.is_unspecified());
        Some(Listen { address, port: port.parse().ok()?, place: directive.place })
    };
    written.filter_map(one).collect()
}

/// Who takes a request.
pub(super) enum Taker<'a> {
    /// These may, the first one where the name is not known to fit another.
    Servers(Vec<Server<'a>>),
    /// Nothing listens there.
    Nobody,
    /// Looking for it takes too much.
    Unknown,
}

impl ApacheInstance {
    /// The servers that may take a request to a port of an address for a host. `None` for the host: any of them.
    pub(super) fn takers(&self, address: Option<IpAddr>, port: u16, host: Option<&str>) -> Taker<'_> {
        let (main, index) = (&self.tree.root, &self.index);
        if !index.listens.is_empty() && !index.is_open(address, port) {
            return Taker::Nobody;
        }
        let server = |at: usize| main.directives.get(at).map(|host| Server { main, host: Some(host) });
        let chain = index.chain(address, port);
        let Some(first) = chain.iter().filter_map(|hosts| hosts.first()).min() else {
            let taken = !index.listens.is_empty() || main.count(&["virtualhost"]) == 0;
            return if taken { Taker::Servers(vec![Server { main, host: None }]) } else { Taker::Nobody };
        };
        let found = match host {
            // whoever asks for less has no need of the others
            None => {
                let mut all: Vec<usize> =
                    chain.iter().flat_map(|hosts| hosts.iter().take(TAKERS.most_items() + 1)).copied().collect();
                all.sort_unstable();
                all.dedup();
                all
            }
            Some(name) => {
                if !self.effort.spend(index.cost(&chain, name) as u64, main.place) {
                    return Taker::Unknown;
                }
                let (called, open) = index.called(&chain, name);
                open.into_iter().chain([called.unwrap_or(*first)]).collect()
            }
        };
        Taker::Servers(found.into_iter().filter_map(server).take(TAKERS.most_items() + 1).collect())
    }

    /// The virtual host that takes what comes to a port for no name.
    pub(super) fn default_taker(&self, address: Option<IpAddr>, port: u16) -> Option<Server<'_>> {
        match self.takers(address, port, None) {
            Taker::Servers(all) => all.into_iter().next(),
            Taker::Nobody | Taker::Unknown => None,
        }
    }
}
