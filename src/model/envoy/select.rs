//! Which listener, which chain and which virtual host take a request.

use std::net::IpAddr;

use super::config::{Chain, Config, Listener, PortInHost, Table, VirtualHost};
use super::matcher::Truth;
use crate::model::Tls;
use crate::model::proxy::Request;

/// The listener of a request: one of its very address before those of every address.
pub(super) fn listener<'c>(config: &'c Config, request: &Request) -> Option<&'c Listener> {
    let at_port = || config.listeners.iter().filter(|listener| listener.port == request.port);
    let exact = at_port().find(|listener| listener.address.is_some() && listener.address == request.address);
    let any = || at_port().find(|listener| listener.address.is_none());
    // without an address to go by, the only one there is
    let only = || at_port().find(|_| request.address.is_none());
    let fits = |own: Option<IpAddr>| own.is_none_or(|own| !own.is_loopback());
    exact.or_else(any).or_else(|| at_port().find(|one| request.address.is_none() && fits(one.address))).or_else(only)
}

/// The chain that takes a request; `Err` when it is not known which one.
pub(super) fn chain<'c>(listener: &'c Listener, request: &Request) -> Result<Option<&'c Chain>, ()> {
    let fits: Vec<(&Chain, Truth)> = listener
        .chains
        .iter()
        .map(|chain| (chain, fits(listener, chain, request)))
        .filter(|(_, fit)| *fit != Truth::No)
        .collect();
    let best = fits.iter().map(|(chain, _)| rank(chain, request)).max();
    let Some(best) = best else { return Ok(listener.default.as_deref()) };
    let mut first = fits.iter().filter(|(chain, _)| rank(chain, request) == best);
    match (first.next(), first.next()) {
        (Some((chain, Truth::Yes)), None) => Ok(Some(*chain)),
        // all there is to choose from
        (Some((chain, _)), None) if listener.chains.len() == 1 && request.host.is_none() => Ok(Some(*chain)),
        _ => Err(()),
    }
}

/// Whether the connection is one of those that a chain takes.
fn fits(listener: &Listener, chain: &Chain, request: &Request) -> Truth {
    let asked = &chain.fits;
    if asked.unknown.is_some() {
        return Truth::Unknown;
    }
    let port = Truth::of(asked.port.is_none_or(|port| port == request.port));
    let transport = match (asked.transport.as_deref(), request.tls) {
        (None, _) => Truth::Yes,
        (Some("tls"), Tls::Tls) | (Some("raw_buffer"), Tls::Plain) => Truth::Yes,
        (Some("tls" | "raw_buffer"), Tls::Tls | Tls::Plain) => Truth::No,
        _ => Truth::Unknown,
    };
    // what is not looked at fits nothing; releases before this one looked by themselves
    let seen = if listener.inspects_tls { Truth::Yes } else { Truth::Unknown };
    let names = match (asked.names.is_empty(), request.host.as_deref(), request.tls) {
        (true, ..) => Truth::Yes,
        (false, _, Tls::Plain) => Truth::No,
        (false, None, _) => Truth::Unknown,
        (false, Some(host), _) => Truth::of(asked.names.iter().any(|name| named(name, host).is_some())),
    };
    let protocols = match (asked.protocols.is_empty(), request.tls) {
        (true, _) => Truth::Yes,
        (false, Tls::Plain) => Truth::No,
        (false, _) => Truth::Unknown,
    };
    let transport = if asked.transport.is_some() { transport.and(seen) } else { transport };
    let names = if asked.names.is_empty() { names } else { names.and(seen) };
    port.and(transport).and(names).and(protocols)
}

/// How closely a name of a chain is that of the client: longer is closer.
fn named(name: &str, host: &str) -> Option<usize> {
    if let Some(rest) = name.strip_prefix('*') {
        return (host.len() > rest.len() && host.ends_with(rest)).then_some(rest.len());
    }
    (name == host).then_some(usize::MAX)
}

/// What makes a chain the better one: port, then name, then what is spoken.
fn rank(chain: &Chain, request: &Request) -> (bool, usize, bool, bool) {
    let asked = &chain.fits;
    let host = request.host.as_deref().unwrap_or_default();
    let name = asked.names.iter().filter_map(|name| named(name, host)).max().unwrap_or(0);
    (asked.port.is_some(), name, asked.transport.is_some(), !asked.protocols.is_empty())
}

/// The virtual host of a Host header in lower case.
pub(super) fn virtual_host<'c>(table: &'c Table, host: &str) -> Option<&'c VirtualHost> {
    let host = if table.ignores_port { without_port(host) } else { host };
    table.hosts.get(table.domains.host(host)?)
}

/// A Host without its port.
pub(super) fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !name.ends_with(':') => name,
        _ => host,
    }
}

/// A Host after the manager has looked at its port.
pub(super) fn stripped(host: &str, terms: PortInHost, port: u16) -> &str {
    match terms {
        PortInHost::Kept => host,
        PortInHost::StripsAny => without_port(host),
        PortInHost::StripsOwn => host.strip_suffix(&format!(":{port}")).unwrap_or(host),
    }
}
