//! The policies that the headers of the first page state: what proxies on the way add, and what answers behind them.

use std::rc::Rc;
use std::sync::Arc;

use super::network::Peer;
use super::walk::Walk;
use crate::base::Place;
use crate::facts::{FrontEndTool, Protocol, ServerProgram};
use crate::model::csp::{Enforced, Policy, SentPolicy, of_application, of_hosting, policies_of_header, with_gaps};
use crate::model::evaluate::Scope;
use crate::model::proxy::{BackEndHeader, Outcome, Request};
use crate::model::{PackageId, PathText, ProxyId, ServedBy, ServiceId, Side, Tls};

/// Proxies in a row whose headers are looked at.
const MOST_PROXIES: u32 = 4;

/// The header, in lower case.
const HEADER: &str = "content-security-policy";

impl Walk<'_> {
    /// The policies that come with the page's headers.
    pub(super) fn header_policies(&self) -> Enforced {
        let mut enforced = Enforced::default();
        let Some(page) = self.page else { return enforced };
        match &page.served_by {
            ServedBy::Proxy(id) => {
                if let Peer::Proxy(id, port, tls) = self.page_proxy(*id) {
                    self.behind(id, port, tls, &mut enforced, 0);
                }
            }
            ServedBy::DevServer(id) | ServedBy::App(id) => self.of_peer(&Peer::Listener(*id), &mut enforced, 0),
            ServedBy::Hosting(_) => {
                let files = page.https.iter().map(|place| place.file);
                let scope = self.server_scope(page.package, None);
                enforced.sent.extend(files.filter_map(|file| of_hosting(self.wiring, &scope, file)));
                self.of_next(&mut enforced);
            }
            ServedBy::Stated | ServedBy::Unknown => self.of_next(&mut enforced),
        }
        enforced
    }

    fn server_scope(&self, package: PackageId, service: Option<ServiceId>) -> Scope {
        let deployment = Some(self.handshake.deployment);
        Scope { package, deployment, service, mode: self.handshake.mode.clone(), side: Side::Server }
    }

    /// Next.js sends its headers wherever it runs.
    fn of_next(&self, enforced: &mut Enforced) {
        let Some(page) = self.page else { return };
        let info = self.wiring.packages.get(page.package.0 as usize);
        if info.is_some_and(|info| info.tool == Some(FrontEndTool::Next)) {
            enforced.sent.extend(of_application(self.wiring, &self.server_scope(page.package, None)));
        }
    }

    /// What a proxy adds to the first page, and what whoever it asks for it sends.
    fn behind(&self, id: ProxyId, port: u16, tls: Tls, enforced: &mut Enforced, depth: u32) {
        if depth >= MOST_PROXIES {
            return;
        }
        let Some(proxy) = self.wiring.proxies.get(id) else { return };
        let host = self.page.and_then(|page| page.host.value()).cloned();
        let mut ways: Vec<Option<Vec<Policy>>> = Vec::new();
        let mut first: Option<Place> = None;
        for path in ["/", "/index.html"] {
            let request = Request::from_browser(port, tls, host.clone(), PathText::known(path), Protocol::Http);
            let Some(answer) = self.network.ask(id, &request) else { return };
            let is_files = matches!(answer.outcome, Outcome::Files { .. });
            if !is_files && !matches!(answer.outcome, Outcome::Proxied(_)) {
                break;
            }
            let mut policies = Vec::new();
            let mut replaced = false;
            for header in proxy.added_headers(answer.level) {
                if header.name.eq_ignore_ascii_case(HEADER) && header.is_sent(200) {
                    first = first.or(Some(header.place));
                    replaced |= header.back_end == BackEndHeader::Replaced;
                    let text = with_gaps(&proxy.header_text(&request, &header));
                    policies.extend(policies_of_header(&text));
                }
            }
            if !ways.contains(&Some(policies.clone())) {
                ways.push(Some(policies));
            }
            if let Outcome::Proxied(proxied) = &answer.outcome {
                if !replaced && !proxy.hides_header(answer.level, HEADER) {
                    let service = self.network.service_of(id);
                    let target = proxied.targets.first();
                    let address = target.and_then(|target| Some((target.host.as_deref()?, target.port?)));
                    if let Some((host, port)) = address {
                        self.of_peer(&self.network.upstream(service, host, port), enforced, depth + 1);
                    }
                }
                break;
            }
        }
        if let Some(place) = first {
            enforced.sent.push(Rc::new(SentPolicy { place, by: Arc::from(proxy.name()), ways }));
        }
    }

    /// What a process sends with the first page.
    fn of_peer(&self, peer: &Peer, enforced: &mut Enforced, depth: u32) {
        match peer {
            Peer::Proxy(id, port, tls) => self.behind(*id, *port, *tls, enforced, depth),
            Peer::Listener(id) => {
                let Some(listener) = self.wiring.listeners.get(id.0 as usize) else { return };
                if let (ServerProgram::Nginx, Some(id), Some(port)) =
                    (listener.program, listener.proxy, listener.port.value())
                {
                    return self.behind(id, *port, listener.tls, enforced, depth);
                }
                let of_apps = listener.apps.iter().filter_map(|app| self.wiring.apps.get(app.0 as usize));
                let mut packages: Vec<PackageId> = of_apps.map(|app| app.package).collect();
                if listener.program == ServerProgram::Next {
                    packages.extend(listener.package);
                }
                packages.sort_unstable();
                packages.dedup();
                for package in packages {
                    enforced.sent.extend(of_application(self.wiring, &self.server_scope(package, listener.service)));
                }
            }
            Peer::Service(id) => {
                let Some(page) = self.page else { return };
                let service = self.wiring.services.get(id.0 as usize);
                if service.is_some_and(|service| service.packages.contains(&page.package)) {
                    enforced.sent.extend(of_application(self.wiring, &self.server_scope(page.package, Some(*id))));
                }
            }
            Peer::Nobody(_) | Peer::Unknown(_) => {}
        }
    }
}
