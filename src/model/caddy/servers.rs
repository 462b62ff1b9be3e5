//! Sites to servers: one for each address that something listens on.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use super::adapt::{Adapter, Block};
use super::address::{Address, Scheme, addresses, specificity};
use super::automatic;
use super::expand::{Expanded, Site as WrittenSite};
use super::lines::{Line, Word};
use super::matcher::{Matcher, MatcherKind, MatcherSet, Named};
use super::options::Options;
use super::order::Order;
use super::route::{AnyName, Certificates, Handler, HandlerKind, Route, RouteEnd, Server, Socket};
use super::sort::stable;
use super::version::{CaddyVersion, Defaults};
use crate::base::{Limit, Limits, Place};
use crate::facts::HoleReason;
use crate::model::Unknown;

/// Addresses of sites.
const ADDRESSES: Limit = Limit::new(
    2_000,
    "addresses of sites in a Caddyfile, each on each address of `bind`",
    "what is served at the others is unknown",
    "leave out Caddyfiles that serve none of the connections, with `exclude` in `wirelint.toml`",
);

/// A configuration as Caddy runs it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Config {
    pub options: Options,
    pub defaults: Defaults,
    pub servers: Vec<Server>,
    pub sites: Vec<Site>,
    /// What `invoke` runs.
    pub named_routes: BTreeMap<Arc<str>, Arc<[Route]>>,
    pub certificates: Certificates,
    /// Sites of which it is not known where they are served.
    pub unplaced: Vec<Unknown>,
}

/// A site.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Site {
    pub place: Place,
    pub addresses: Vec<Address>,
    pub routes: Arc<[Route]>,
    pub errors: Arc<[Route]>,
    pub tls: TlsLines,
}

/// What the `tls` lines of a site say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct TlsLines {
    pub written: Written,
    pub certificate: OwnCertificate,
}

/// Whether TLS is spoken of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Written {
    #[default]
    No,
    /// There is a `tls` line.
    Yes,
    /// There is one that changes how TLS is spoken.
    WithSettings,
}

/// Where the certificate of a site comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum OwnCertificate {
    /// Caddy gets one for each name.
    #[default]
    Managed,
    /// A file.
    File,
    /// Caddy gets one for any name when it is asked.
    OnDemand,
}

/// A site on one address, with those of its addresses that lead there.
pub(super) struct Placed<'c> {
    pub number: usize,
    pub site: &'c Site,
    pub addresses: Vec<&'c Address>,
}

impl Config {
    pub fn new(expanded: &Expanded, version: Option<CaddyVersion>, limits: &Limits) -> Self {
        let options = Options::new(&expanded.options);
        let defaults = Defaults::of(version);
        let mut adapter = Adapter::new(Order::new(&expanded.options), defaults);
        let mut config = Self {
            options,
            defaults,
            servers: Vec::new(),
            sites: Vec::new(),
            named_routes: BTreeMap::new(),
            certificates: Certificates::default(),
            unplaced: Vec::new(),
        };
        for (name, line) in &expanded.named_routes {
            let routes = adapter.block(line.inner(), &Named::default());
            config.named_routes.insert(Arc::clone(name), routes.into());
        }
        let mut sockets: BTreeMap<Socket, Vec<(usize, Vec<Address>)>> = BTreeMap::new();
        let mut addresses = 0;
        for written in &expanded.sites {
            let site = adapter.site(&written.lines);
            addresses += written.keys.len().max(1) * config.binds(&site).len().max(1);
            if addresses > ADDRESSES.most_items() {
                limits.reached(Some(written.place), &ADDRESSES);
                config.unplaced.push(Unknown { reason: HoleReason::Limit, place: Some(written.place) });
                break;
            }
            config.site(written, site, &mut sockets);
        }
        let mut servers = Vec::new();
        let mut redirects = automatic::Redirects::default();
        for (socket, placed) in &sockets {
            let placed = placed.iter().filter_map(|(number, addresses)| {
                let site = config.sites.get(*number)?;
                Some(Placed { number: *number, site, addresses: addresses.iter().collect() })
            });
            let mut placed: Vec<Placed<'_>> = placed.collect();
            stable(&mut placed, &|first, second| is_more_specific(first, second));
            servers.push(server(socket.clone(), &placed, &config.options, &mut redirects));
        }
        config.certificates = redirects.apply(&mut servers, &config.options);
        config.servers = servers;
        config
    }

    /// The addresses that a site is bound to; none is all.
    fn binds<'a>(&'a self, site: &'a Block) -> &'a [Word] {
        if site.binds.is_empty() { &self.options.default_bind } else { &site.binds }
    }

    fn site(&mut self, written: &WrittenSite, site: Block, sockets: &mut BTreeMap<Socket, Vec<(usize, Vec<Address>)>>) {
        let hosts: Vec<_> = self.binds(&site).iter().map(bind_host).collect();
        let Block { routes, errors, tls, .. } = site;
        let number = self.sites.len();
        let mut found = addresses(&written.keys);
        let mut own: BTreeMap<Socket, Vec<Address>> = BTreeMap::new();
        for address in &mut found {
            if is_unknown_host(address) {
                // only the name is not known: it is taken to be that of whoever comes
                (address.host, address.hole) = ("".into(), None);
            }
            if let Some(reason) = &address.hole {
                self.unplaced.push(Unknown { reason: reason.clone(), place: Some(address.place) });
                continue;
            }
            let port = address.port.unwrap_or(match address.scheme {
                Scheme::Http => self.options.http_port,
                _ => self.options.https_port,
            });
            let anywhere = hosts.is_empty().then_some(&Ok(None));
            for host in hosts.iter().chain(anywhere) {
                match host {
                    Ok(host) => own.entry(Socket { host: *host, port }).or_default().push(address.clone()),
                    Err(unknown) => self.unplaced.push(unknown.clone()),
                }
            }
        }
        for (socket, addresses) in own {
            sockets.entry(socket).or_default().push((number, addresses));
        }
        self.sites.push(Site {
            place: written.place,
            addresses: found,
            routes: routes.into(),
            errors: errors.into(),
            tls: tls_lines(&tls),
        });
    }
}

/// Whether only the host of an address is not known.
fn is_unknown_host(address: &Address) -> bool {
    let whole = address.scheme == Scheme::Unsaid && address.port.is_none() && address.written.starts_with("{$");
    matches!(address.hole, Some(HoleReason::OutsideEnv(_)))
        && address.host.contains("{$")
        && !whole
        && !address.path.contains("{$")
        && address.scheme != Scheme::Other
}

/// The address that a word of `bind` means; `None` is every one.
fn bind_host(word: &Word) -> Result<Option<IpAddr>, Unknown> {
    let text = word.known()?;
    let text = ["tcp/", "tcp4/", "tcp6/"].iter().find_map(|network| text.strip_prefix(network)).unwrap_or(text);
    let (host, _) = super::address::split_port(text);
    match host {
        "" | "0.0.0.0" | "::" => Ok(None),
        "localhost" => Ok(Some(IpAddr::V4(Ipv4Addr::LOCALHOST))),
        _ => host.parse().map(Some).map_err(|_| Unknown { reason: HoleReason::Unsupported, place: Some(word.place) }),
    }
}

fn tls_lines(lines: &[Line]) -> TlsLines {
    let mut found = TlsLines::default();
    for line in lines {
        found.written = found.written.max(Written::Yes);
        if line.args().len() == 2 {
            (found.written, found.certificate) = (Written::WithSettings, OwnCertificate::File);
        }
        for inner in line.inner() {
            match inner.name() {
                "on_demand" | "get_certificate" => found.certificate = OwnCertificate::OnDemand,
                "load" => (found.written, found.certificate) = (Written::WithSettings, OwnCertificate::File),
                "protocols" | "ciphers" | "curves" | "alpn" | "client_auth" | "insecure_secrets_log" => {
                    found.written = Written::WithSettings;
                }
                _ => {}
            }
        }
    }
    found
}

/// Whether the first site is asked before the second: the one whose names say more.
fn is_more_specific(first: &Placed<'_>, second: &Placed<'_>) -> bool {
    struct Extent {
        host: usize,
        path: (usize, usize),
        wildcard: bool,
    }
    let extent = |placed: &Placed<'_>| {
        let mut extent = Extent { host: 0, path: (0, 0), wildcard: false };
        for address in &placed.addresses {
            extent.wildcard |= address.host.is_empty() || address.host.contains('*');
            extent.host = extent.host.max(specificity(&address.host));
            let path = specificity(&address.path);
            if path > extent.path.0 {
                extent.path = (path, address.path.len());
            }
        }
        extent
    };
    let (first, second) = (extent(first), extent(second));
    match () {
        () if first.host == 0 => false,
        () if second.host == 0 => true,
        () if first.wildcard != second.wildcard => second.wildcard,
        () if first.host == second.host => first.path.1 > second.path.1,
        () => first.host > second.host,
    }
}

/// The server of an address, before redirects to TLS are added.
fn server(socket: Socket, placed: &[Placed<'_>], options: &Options, redirects: &mut automatic::Redirects) -> Server {
    let mut routes = Vec::new();
    let mut errors = Vec::new();
    for one in placed {
        let matchers = site_matchers(one);
        // the only site of a server, without a name, lets requests go on
        let end = if matchers.is_empty() && placed.len() == 1 && !has_host_matcher(&one.site.routes) {
            RouteEnd::GoesOn
        } else {
            RouteEnd::Terminal
        };
        let route = |routes: &Arc<[Route]>| {
            let kind = HandlerKind::Site(one.number, Arc::clone(routes));
            Route { end, ..Route::new(matchers.clone(), vec![Handler { place: one.site.place, kind }]) }
        };
        routes.push(route(&one.site.routes));
        if !one.site.errors.is_empty() {
            errors.push(route(&one.site.errors));
        }
    }
    let mut server = Server {
        sockets: vec![socket],
        tls: false,
        routes,
        error_routes: errors,
        any_name: AnyName::No,
        trusted: options.trusted.clone(),
    };
    automatic::decide(&mut server, placed, options, redirects);
    server
}

/// The hosts and paths of a site's addresses.
fn site_matchers(placed: &Placed<'_>) -> Vec<MatcherSet> {
    let mut pairs: Vec<(Vec<Arc<str>>, &Arc<str>)> = Vec::new();
    let mut any = false;
    for address in &placed.addresses {
        if !pairs.iter().any(|(_, path)| **path == address.path) {
            pairs.push((Vec::new(), &address.path));
        }
        let Some((hosts, _)) = pairs.iter_mut().find(|(_, path)| **path == address.path) else { continue };
        if address.host.is_empty() && !any {
            hosts.clear();
            any = true;
        }
        if !any && !hosts.contains(&address.host) {
            hosts.push(Arc::clone(&address.host));
        }
    }
    let place = placed.site.place;
    let sets = pairs.into_iter().map(|(hosts, path)| {
        let mut set = Vec::new();
        if !hosts.is_empty() {
            set.push(Matcher { place, kind: MatcherKind::Host(hosts) });
        }
        if !path.is_empty() {
            set.push(Matcher { place, kind: MatcherKind::Path(vec![Arc::clone(path)]) });
        }
        set
    });
    sets.filter(|set| !set.is_empty()).map(Into::into).collect()
}

fn has_host_matcher(routes: &[Route]) -> bool {
    let is_host = |matcher: &Matcher| matches!(matcher.kind, MatcherKind::Host(_));
    routes.iter().flat_map(|route| &route.matchers).any(|set| set.iter().any(is_host))
}
