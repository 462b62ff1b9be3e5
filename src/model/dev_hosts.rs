//! Servers of Vite behind a proxy: whether they take the Host that it hands on, and whether their client finds its way back.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use super::evaluate::{Scope, evaluate};
use super::follow::network::{Network, Peer};
use super::proxy::{HeaderValue, ListenAddress, Outcome, Proxied, Received, Request};
use super::{
    Cause, CauseKind, Chain, DeploymentId, DeploymentKind, HopKind, Link, Listener, Mode, PackageId, PathText, ProxyId,
    ServedBy, Side, Value, Wiring,
};
use crate::base::{FileId, Limit, Place};
use crate::facts::{DevServer, Expr, FrontEndTool, Protocol, ServerProgram};

/// Names under which proxies of one deployment are asked for Vite's servers.
const NAMES: Limit = Limit::new(
    200,
    "names of proxies in front of a development server of Vite",
    "whether that server takes the remaining ones is unknown",
    "check the configuration with fewer names",
);

/// Runs the stage.
pub fn collect(wiring: &mut Wiring) {
    let mut causes = Vec::new();
    for id in (0u32..).map(DeploymentId).take(wiring.deployments.len()) {
        for mode in [Mode::Production, Mode::Development] {
            let Some(network) = Network::new(wiring, id, &mode) else { continue };
            let fronts = Fronts { wiring, network, id, mode: &mode };
            causes.extend(fronts.causes());
        }
    }
    for cause in causes {
        wiring.add_cause(cause);
    }
}

struct Fronts<'w> {
    wiring: &'w Wiring,
    network: Network<'w>,
    id: DeploymentId,
    mode: &'w Mode,
}

/// A server of Vite that a proxy hands the first page to.
struct Front<'w> {
    proxy: ProxyId,
    listen: &'w ListenAddress,
    /// The name under which the page is opened, when it is known.
    name: Option<Arc<str>>,
    proxied: Box<Proxied>,
    listener: &'w Listener,
    package: PackageId,
    file: FileId,
    config: &'w DevServer,
}

impl<'w> Fronts<'w> {
    fn causes(&self) -> Vec<Cause> {
        let mut causes = Vec::new();
        let is_vite =
            |listener: &Listener| matches!(listener.program, ServerProgram::Vite | ServerProgram::VitePreview);
        // A proxy of the machine hands on to what a container publishes there.
        if !self.wiring.listeners.iter().any(is_vite) {
            return causes;
        }
        let mut asked = BTreeSet::new();
        let proxies = &self.network.deployment().proxies;
        for id in proxies {
            let Some(proxy) = self.wiring.proxies.get(*id) else { continue };
            for listen in proxy.listens() {
                let names = listen.names.iter().filter(|name| is_plain(name));
                let mut names: Vec<Option<Arc<str>>> =
                    names.map(|name| Some(Arc::from(name.to_ascii_lowercase()))).collect();
                if names.is_empty() {
                    names.push(None);
                }
                names.retain(|name| asked.insert((*id, listen.port, name.clone())));
                if asked.len() > NAMES.most_items() {
                    self.wiring.limits.reached(Some(listen.place), &NAMES);
                    return causes;
                }
                for front in names.into_iter().filter_map(|name| self.front(*id, listen, name)) {
                    causes.extend(self.host_not_allowed(&front));
                    causes.extend(self.lost_client(&front));
                }
            }
        }
        causes
    }

    fn front(&self, id: ProxyId, listen: &'w ListenAddress, name: Option<Arc<str>>) -> Option<Front<'w>> {
        let request =
            Request::from_browser(listen.port, listen.tls, name.clone(), PathText::known("/"), Protocol::Http);
        let Outcome::Proxied(proxied) = self.network.ask(id, &request)?.outcome else { return None };
        let target = proxied.targets.first()?;
        let service = self.network.service_of(id);
        let peer = self.network.upstream(service, target.host.as_deref()?, target.port?);
        let Peer::Listener(listener) = peer else { return None };
        let listener = self.wiring.listeners.get(listener.0 as usize)?;
        if !matches!(listener.program, ServerProgram::Vite | ServerProgram::VitePreview) {
            return None;
        }
        let package = listener.package?;
        let (file, config) = configuration(self.wiring, package)?;
        Some(Front { proxy: id, listen, name, proxied, listener, package, file, config })
    }

    fn values(&self, front: &Front<'_>, expr: &Expr) -> Vec<Value> {
        let scope = Scope {
            package: front.package,
            deployment: Some(self.id),
            service: front.listener.service,
            mode: self.mode.clone(),
            side: Side::Server,
        };
        evaluate(self.wiring, front.file, expr, &scope).into_iter().map(|alternative| alternative.value).collect()
    }

    fn host_not_allowed(&self, front: &Front<'w>) -> Option<Cause> {
        let Received::Sent(header) = front.proxied.headers.get("Host") else { return None };
        let HeaderValue::Known(sent) = &header.value else { return None };
        let host = host_of(sent);
        if always_allowed(host) || !checks_hosts(self.wiring, front.package) || self.is_told_elsewhere(front) {
            return None;
        }
        let hosts = &front.config.hosts;
        let is_preview = front.listener.program == ServerProgram::VitePreview;
        let https = if is_preview { hosts.preview_https.as_ref() } else { front.config.https.as_ref() };
        if https.is_some() {
            return None;
        }
        let (list, option) = match (is_preview, &hosts.preview_allowed) {
            (true, Some(list)) => (Some(list), "preview.allowedHosts"),
            (true, None) => (hosts.allowed.as_ref(), "preview.allowedHosts"),
            (false, _) => (hosts.allowed.as_ref(), "server.allowedHosts"),
        };
        if list.is_some_and(|list| self.values(front, list).iter().any(|value| may_list(value, host))) {
            return None;
        }
        let named = hosts.named.iter().chain(&front.config.host);
        if named.into_iter().any(|named| self.values(front, named).iter().any(|value| may_name(value, host))) {
            return None;
        }
        if front.listener.host.value().is_some_and(|bound| &**bound == host) {
            return None;
        }
        let span = if is_preview { hosts.preview_span } else { hosts.server_span };
        let place = Place::new(front.file, list.map(|list| list.span).or(span).unwrap_or(front.config.span));
        let server = if is_preview { "Vite's preview server" } else { "Vite's development server" };
        let kind = CauseKind::HostNotAllowed {
            host: Arc::from(host),
            proxy: Arc::from(self.wiring.proxies.name(front.proxy)),
            server: Arc::from(server),
            option: Arc::from(option),
        };
        let mut links = vec![
            Link { place: front.listen.place, shows: "the page comes through here".to_owned() },
            Link { place: front.proxied.pass_place, shows: format!("hands the Host `{host}` on") },
            Link { place: front.listener.place, shows: format!("starts {server}") },
        ];
        if let super::proxy::HeaderOrigin::Set(place) = header.origin {
            links.push(Link { place, shows: "sets the Host".to_owned() });
        }
        links.sort_by_key(|link| link.place);
        links.dedup_by_key(|link| link.place);
        links.retain(|link| link.place != place);
        Some(Cause { kind, place, key: host.to_owned(), chains: self.chains(front, &links), assumptions: Vec::new() })
    }

    /// Whether the environment or another configuration may allow hosts.
    fn is_told_elsewhere(&self, front: &Front<'_>) -> bool {
        let service = front.listener.service.and_then(|id| self.wiring.services.get(id.0 as usize));
        let named = |name: &str| name.contains("ADDITIONAL_SERVER_ALLOWED_HOSTS");
        let told = service.is_some_and(|service| service.environment.iter().any(|binding| named(&binding.name)));
        told || !front.config.bases.is_empty()
    }

    /// One chain for each connection of the page, or one without.
    fn chains(&self, front: &Front<'_>, links: &[Link]) -> Vec<Chain> {
        let mut wires = BTreeSet::new();
        for handshake in self.wiring.handshakes.iter().filter(|handshake| handshake.deployment == self.id) {
            let page = handshake.page.and_then(|page| self.wiring.pages.get(page.0 as usize));
            let is_here = page.is_some_and(|page| {
                page.served_by == ServedBy::Proxy(front.proxy)
                    && page.package == front.package
                    && (front.name.is_none() || page.host.value() == front.name.as_ref())
            });
            if is_here {
                wires.insert(handshake.connection);
            }
        }
        if wires.is_empty() {
            return vec![Chain { wire: None, hop: None, links: links.to_vec() }];
        }
        let chain =
            |connection| Chain { wire: Some((connection, self.id)), hop: Some(HopKind::Page), links: links.to_vec() };
        wires.into_iter().map(chain).collect()
    }

    /// Vite's client, which is told a port that nothing in front of the server answers on.
    fn lost_client(&self, front: &Front<'w>) -> Option<Cause> {
        let hmr = front.config.hmr.as_ref().filter(|_| front.listener.program == ServerProgram::Vite)?;
        if hmr.client_port.is_some() || hmr.host.is_some() || self.network.deployment().kind != DeploymentKind::Compose
        {
            return None;
        }
        let stated = hmr.port.as_ref()?;
        let [value] = self.values(front, stated).try_into().ok()?;
        let port: u16 = value.as_known_text()?.parse().ok()?;
        let service = self.network.service_of(front.proxy)?;
        let right = self.network.published(service, front.listen.port)?.0;
        if port == right || !matches!(self.network.at_host(port), Peer::Nobody(_)) {
            return None;
        }
        let host = front.name.clone().unwrap_or_else(|| Arc::from("the page's host"));
        let links = vec![
            Link { place: front.listen.place, shows: "the page comes through here".to_owned() },
            Link { place: front.proxied.pass_place, shows: "hands it to the development server".to_owned() },
        ];
        Some(Cause {
            kind: CauseKind::HmrPortMismatch { port, host, right },
            place: Place::new(front.file, stated.span),
            key: format!("hmr {port}"),
            chains: vec![Chain { wire: None, hop: None, links }],
            assumptions: Vec::new(),
        })
    }
}

fn is_plain(name: &str) -> bool {
    name.contains('.')
        && !name.starts_with('.')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte))
}

/// The one configuration of Vite in the folder of a package.
fn configuration(wiring: &Wiring, package: PackageId) -> Option<(FileId, &DevServer)> {
    let root = &wiring.packages.get(package.0 as usize)?.root;
    let mut found = wiring.index.dev_servers(wiring).iter().filter_map(|file| {
        let facts = wiring.repository.get(*file)?;
        let here = facts.path.parent().as_ref() == Some(root) && facts.path.name().starts_with("vite.config.");
        (here && facts.role.may_be_accused()).then_some((*file, facts))
    });
    let (file, facts) = found.next()?;
    let [server] = facts.dev_servers.as_slice() else { return None };
    (found.next().is_none() && server.tool == FrontEndTool::Vite && server.more.is_none()).then_some((file, server))
}

/// The name in a Host header.
fn host_of(header: &str) -> &str {
    if header.starts_with('[') {
        return header;
    }
    header.split(':').next().unwrap_or(header).trim()
}

/// What Vite lets in whatever is listed.
fn always_allowed(host: &str) -> bool {
    host == "localhost"
        || host.ends_with(".localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_ipv4())
        || host
            .strip_prefix('[')
            .and_then(|rest| rest.split(']').next())
            .is_some_and(|inner| inner.parse::<IpAddr>().is_ok())
}

/// Whether a value of `allowedHosts` may let a host in.
fn may_list(value: &Value, host: &str) -> bool {
    match value {
        Value::Bool(true) => true,
        Value::Bool(false) | Value::Undefined | Value::Null => false,
        Value::List(items) => items.iter().any(|item| match item.as_known_text() {
            Some(listed) => match listed.strip_prefix('.') {
                Some(domain) => domain == host || host.ends_with(&listed),
                None => listed == host,
            },
            None => true,
        }),
        _ => true,
    }
}

/// Whether an option that names a host, or an address with one, may be this host.
fn may_name(value: &Value, host: &str) -> bool {
    match value {
        Value::Bool(_) | Value::Undefined | Value::Null | Value::Number(_) => false,
        other => other
            .as_known_text()
            .is_none_or(|text| text == host || url::Url::parse(&text).is_ok_and(|url| url.host_str() == Some(host))),
    }
}

/// Whether the Vite of a package looks at the Host: since 4.5.6, 5.4.12 and 6.0.9.
fn checks_hosts(wiring: &Wiring, package: PackageId) -> bool {
    let Some(info) = wiring.packages.get(package.0 as usize) else { return false };
    let manifests = info.manifests.iter().filter_map(|file| wiring.repository.get(*file)?.manifest.as_deref());
    let mut requirements = manifests
        .flat_map(|manifest| &manifest.dependencies)
        .filter(|it| &*it.name == "vite")
        .map(|it| &*it.requirement);
    requirements.any(may_be_new)
}

/// Whether the newest version that a requirement takes is one that looks at the Host.
fn may_be_new(requirement: &str) -> bool {
    let digits = requirement.trim_start_matches(|letter: char| !letter.is_ascii_digit());
    let mut numbers = digits.split('.').map(|part| {
        let end = part.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(part.len());
        part.get(..end).and_then(|number| number.parse::<u32>().ok())
    });
    let mut next = || numbers.next().flatten();
    let (Some(major), minor, patch) = (next(), next(), next()) else {
        return matches!(requirement.trim(), "latest" | "*" | "");
    };
    let fixed = |major: u32| match major {
        4 => Some((5, 6)),
        5 => Some((4, 12)),
        6 => Some((0, 9)),
        _ => None,
    };
    let open = requirement.contains(['^', '>', '*', 'x']) || minor.is_none();
    match (fixed(major), minor, patch) {
        (None, ..) => major >= 7,
        (Some(_), ..) if open => true,
        (Some((fixed, _)), Some(minor), None) => minor >= fixed,
        (Some((fixed, _)), Some(minor), Some(_)) if requirement.starts_with('~') => minor >= fixed,
        (Some(fixed), Some(minor), Some(patch)) => (minor, patch) >= fixed,
        (Some(_), None, _) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_that_look_at_the_host() {
        for new in ["^6.2.0", "^5.0.0", "^4.0.0", "~6.0.1", "6.0.9", "7.1.0", "latest", "~5.4.0", "^8", "5.4.12", ">=5"]
        {
            assert!(may_be_new(new), "{new}");
        }
        for old in ["^3.2.0", "6.0.8", "5.4.11", "~5.3.0", "4.5.5", "5.2.0", "^2"] {
            assert!(!may_be_new(old), "{old}");
        }
    }

    #[test]
    fn hosts_that_are_let_in() {
        let list = |hosts: &[&str]| {
            Value::List(hosts.iter().map(|host| Value::Text(crate::model::Text::known(host, None))).collect())
        };
        assert!(may_list(&list(&[".example.com"]), "example.com"));
        assert!(may_list(&list(&[".example.com"]), "a.example.com"));
        assert!(!may_list(&list(&["example.com"]), "a.example.com"));
        assert!(may_list(&Value::Bool(true), "x"));
        assert!(always_allowed("a.localhost") && always_allowed("10.0.0.1") && always_allowed("[::1]:80"));
        assert!(!always_allowed("web"));
    }
}
