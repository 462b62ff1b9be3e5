//! Services: where requests are handed on to.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::gaps::{has_gap, unknown};
use super::names::Provider;
use super::setting::{Setting, flag};
use crate::base::Place;
use crate::facts::HoleReason;
use crate::model::Unknown;
use crate::model::proxy::Target;

/// A service.
#[derive(Clone, Debug)]
pub(super) enum Service {
    /// Servers that take turns.
    Balanced(Balancer),
    /// Where it hands requests on to is not known.
    Unknown(Unknown),
}

impl Service {
    /// Adds what one more container says that defines it: servers take turns where all else is the same. Otherwise Traefik leaves
    /// it out; which of the containers run is not known.
    pub fn join(&mut self, other: Self) {
        match (&mut *self, other) {
            (Self::Balanced(one), Self::Balanced(other)) if one.said == other.said => one.join(other.servers),
            (Self::Unknown(_), _) => {}
            (_, Self::Unknown(why)) => *self = Self::Unknown(why),
            (_, Self::Balanced(other)) => *self = Self::Unknown(unknown(other.place)),
        }
    }
}

/// Servers that take turns.
#[derive(Clone, Debug)]
pub(super) struct Balancer {
    /// Where it is written.
    pub place: Place,
    /// Its servers, in order.
    pub servers: Vec<Server>,
    /// Whether the Host of the client is sent on.
    pub passes_host: bool,
    /// Whether a cookie binds a client to one server.
    pub sticky: bool,
    /// All that is said beside the servers.
    said: Vec<(String, Arc<str>)>,
    /// The addresses of the servers.
    addresses: BTreeSet<Address>,
}

/// What tells servers apart: the scheme, the host and the port.
type Address = (Arc<str>, Option<Arc<str>>, Option<u16>);

/// A server.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Server {
    /// `http`, `https` or `h2c`, as written.
    pub scheme: Arc<str>,
    /// Its address.
    pub target: Target,
}

impl Service {
    /// A service that a provider spells out.
    pub fn read(setting: &Setting, provider: Provider) -> Self {
        let unsupported = |place| Self::Unknown(Unknown { reason: HoleReason::Unsupported, place: Some(place) });
        let Some(balancer) = setting.get("loadBalancer") else { return unsupported(setting.place) };
        let servers = if provider == Provider::File {
            let listed = balancer.get("servers").map(Setting::items).unwrap_or_default();
            listed.into_iter().map(Server::of_item).collect::<Result<Vec<_>, Unknown>>()
        } else {
            Ok(Vec::new())
        };
        match servers {
            Ok(servers) => Self::Balanced(Balancer::read(setting.place, balancer, servers)),
            Err(why) => Self::Unknown(why),
        }
    }
}

impl Balancer {
    /// What is said beside the servers.
    pub fn read(place: Place, setting: &Setting, servers: Vec<Server>) -> Self {
        let sticky = setting.get("sticky").is_some_and(|sticky| {
            let is_on = |setting: &Setting| setting.value.as_deref().is_none_or(|text| flag(text) != Some(false));
            is_on(sticky.get("cookie").unwrap_or(sticky))
        });
        let said = setting.said(&["server", "servers"]);
        let addresses = servers.iter().map(Server::address).collect();
        let passes_host = setting.flag("passHostHeader").unwrap_or(true);
        Self { place, servers, passes_host, sticky, said, addresses }
    }

    /// Adds the servers that are not there yet.
    fn join(&mut self, servers: Vec<Server>) {
        let Self { addresses, servers: known, .. } = self;
        known.extend(servers.into_iter().filter(|server| addresses.insert(server.address())));
    }
}

impl Server {
    fn address(&self) -> Address {
        (Arc::clone(&self.scheme), self.target.host.clone(), self.target.port)
    }

    /// An item of the file provider's list.
    fn of_item(item: &Setting) -> Result<Self, Unknown> {
        let url = item.get("url").ok_or_else(|| unknown(item.place))?;
        Self::of_url(url.value.as_deref().unwrap_or_default(), url.place)
    }

    /// A server by its address. A path in it is not looked at.
    pub fn of_url(url: &str, place: Place) -> Result<Self, Unknown> {
        let (scheme, rest) = url.split_once("://").ok_or_else(|| unknown(place))?;
        let authority = rest.split(['/', '?']).next().unwrap_or_default();
        if has_gap(scheme) {
            return Err(unknown(place));
        }
        let (host, port) = match authority.rsplit_once(':').filter(|(_, port)| !port.contains(']')) {
            Some((host, port)) => (host, port.parse().ok()),
            None => (authority, if has_gap(authority) { None } else { usual_port(scheme) }),
        };
        let host = (!has_gap(host) && !host.is_empty()).then(|| Arc::from(host));
        Ok(Self { scheme: Arc::from(scheme), target: Target { host, port, place } })
    }
}

fn usual_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" | "h2c" | "ws" => Some(80),
        "https" | "wss" => Some(443),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{FileId, Span};

    #[test]
    fn servers_are_read_from_addresses() {
        let read = |url: &str| {
            let server = Server::of_url(url, Place::new(FileId(0), Span::default())).ok()?;
            Some((server.scheme.to_string(), server.target.host?.to_string(), server.target.port?))
        };
        assert_eq!(read("http://api:8000/"), Some(("http".into(), "api".into(), 8000)));
        assert_eq!(read("https://api"), Some(("https".into(), "api".into(), 443)));
        assert_eq!(read("api:8000"), None);
    }
}
