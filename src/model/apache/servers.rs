//! Virtual hosts, and which of them takes a request.

use std::net::IpAddr;
use std::sync::Arc;

use super::tree::{Argument, Block, Directive};
use crate::base::Place;
use crate::model::Tls;

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
        let of_core = |directive: &Directive| CORE.binary_search(&&*directive.name).is_ok();
        let own = self.own();
        let level = if own.directives.iter().any(of_core) { own } else { self.main };
        level.last("allowencodedslashes").and_then(|directive| directive.arg(0))
    }

    /// `ServerName` of its own; the main server's stands for a virtual host without one that has a wildcard address.
    pub fn name(self) -> Option<ServerName> {
        let wild = || self.host.is_none() || self.addresses().iter().any(|address| address.host == AddressHost::Any);
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
        let addresses = self.addresses();
        let fits = |address: &HostAddress| address.port.is_none_or(|own| own == port);
        let at_port = if addresses.is_empty() { port == asked } else { addresses.iter().any(fits) };
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
    pub fn addresses(self) -> Vec<HostAddress> {
        self.host.map(|host| host.args.iter().map(address).collect()).unwrap_or_default()
    }
}

/// `ServerAlias` with `*` and `?`, whatever the case.
fn matches_alias(pattern: &str, host: &str) -> bool {
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
}

/// The servers that may take a request to a port of an address for a host. `None` for the host: any of them.
pub(super) fn takers<'a>(main: &'a Block, address: Option<IpAddr>, port: u16, host: Option<&str>) -> Taker<'a> {
    let listens = listens(main);
    let open = |listen: &Listen| {
        listen.port == port && listen.address.is_none_or(|known| address.is_none_or(|asked| asked == known))
    };
    if !listens.is_empty() && !listens.iter().any(open) {
        return Taker::Nobody;
    }
    let hosts: Vec<Server<'_>> = main.named(&["virtualhost"]).map(|host| Server { main, host: Some(host) }).collect();
    let chain = chain(&hosts, address, port);
    let Some(first) = chain.first().copied() else {
        let taken = !listens.is_empty() || hosts.is_empty();
        return if taken { Taker::Servers(vec![Server { main, host: None }]) } else { Taker::Nobody };
    };
    let Some(host) = host else { return Taker::Servers(chain) };
    let mut possible = Vec::new();
    for server in &chain {
        match server.is_called(host) {
            Some(true) => {
                possible.push(*server);
                return Taker::Servers(possible);
            }
            Some(false) => {}
            None => possible.push(*server),
        }
    }
    possible.push(first);
    Taker::Servers(possible)
}

/// The virtual hosts that share the address of a connection, in order. An exact address goes before a wildcard, an exact
/// port before any.
fn chain<'a>(hosts: &[Server<'a>], address: Option<IpAddr>, port: u16) -> Vec<Server<'a>> {
    let having = |fits: &dyn Fn(&HostAddress) -> bool| -> Vec<Server<'a>> {
        hosts.iter().filter(|server| server.addresses().iter().any(fits)).copied().collect()
    };
    let exact =
        |known: &HostAddress| matches!((&known.host, address), (AddressHost::Ip(ip), Some(asked)) if *ip == asked);
    let any = |known: &HostAddress| known.host == AddressHost::Any;
    let attempts: [&dyn Fn(&HostAddress) -> bool; 4] = [
        &|known| exact(known) && known.port == Some(port),
        &|known| exact(known) && known.port.is_none(),
        &|known| any(known) && known.port == Some(port),
        &|known| any(known) && known.port.is_none(),
    ];
    let found = attempts.iter().map(|fits| having(*fits)).find(|found| !found.is_empty());
    // where the address is not known, one that names an address may be meant as well
    found.unwrap_or_else(|| {
        having(&|known| address.is_none() && known.host != AddressHost::Any && known.port.is_none_or(|own| own == port))
    })
}
