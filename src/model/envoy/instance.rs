//! Envoy behind the interface of every proxy.

use super::EnvoyInstance;
use super::config::{Action, Network, Route, Transport, VirtualHost};
use super::filters::FilterKind;
use crate::base::{FileId, Limit, Place};
use crate::model::proxy::{
    AddedHeader, Answer, BlockId, Buffering, Carries, IdleTimeout, InWords, Installed, ListenAddress, OwnCors, PathFix,
    Program, Proxied, Proxy, Request, Shadowed, Target, Upstream,
};
use crate::model::{PathText, Unknown};

const PROGRAM: Program = Program { images: &["envoy"], commands: &["envoy"], reads: placement_rank };

impl Proxy for EnvoyInstance {
    fn name(&self) -> &'static str {
        "Envoy"
    }

    fn program(&self) -> &'static Program {
        &PROGRAM
    }

    fn limits(&self) -> Vec<(Option<Place>, Limit)> {
        self.patterns.limits().into_iter().chain(self.blocks.limits()).collect()
    }

    fn first_place(&self) -> Option<Place> {
        Some(self.first)
    }

    fn root(&self) -> Option<FileId> {
        self.files.first().copied()
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
        self.targets.clone()
    }

    fn answer(&self, request: &Request) -> Answer {
        self.answer_to(request)
    }

    /// A route that answers 404 means it.
    fn finds_nothing(&self, code: u16, place: Place, _location: &str) -> bool {
        let is_meant = |route: &Route| matches!(&route.action, Action::Direct { place: own, .. } if *own == place);
        code == 404 && !self.hosts().flat_map(|host| &host.routes).any(is_meant)
    }

    fn shadowed(&self, request: &Request) -> Vec<Shadowed> {
        self.shadowed_routes(request)
    }

    fn why_nothing(&self, place: Place) -> Option<InWords> {
        let is_table =
            self.managers().filter_map(|manager| manager.table.as_ref().ok()).any(|table| table.place == place);
        is_table.then_some(InWords {
            why: "none of the `domains` here is the Host that the browser sends, with its port unless that is the usual one",
            fix: "domains: [\"HOST\", \"HOST:*\"]",
        })
    }

    fn sets_cors(&self) -> bool {
        let is_cors = |name: &str| name.starts_with("access-control-");
        let adds = |mutations: &super::mutation::Mutations| mutations.added.iter().any(|added| is_cors(&added.name));
        let host = |host: &VirtualHost| host.cors.is_some() || adds(&host.responses);
        let route = |route: &Route| route.cors.is_some() || adds(&route.responses);
        let filtered = self.managers().any(|manager| {
            manager.table.as_ref().is_ok_and(|table| adds(&table.responses))
                || manager.filters.iter().any(|filter| matches!(filter.kind, FilterKind::Cors))
        });
        filtered && self.hosts().any(|one| host(one) || one.routes.iter().any(route))
            || self.hosts().any(|one| adds(&one.responses) || one.routes.iter().any(|route| adds(&route.responses)))
    }

    fn cors(&self, block: BlockId, origin: &str) -> Option<OwnCors> {
        let way = self.blocks.get(block)?;
        Some(way.cors.as_ref()?.for_origin(origin, &self.patterns))
    }

    fn path_fixes(&self, proxied: &Proxied, asked: &PathText) -> Vec<PathFix> {
        self.path_fixes_of(proxied, asked)
    }

    fn idle_timeout(&self, block: BlockId, carries: Carries) -> Option<IdleTimeout> {
        let way = self.blocks.get(block)?;
        match carries {
            Carries::Socket => way.socket,
            Carries::Answer => way.answer,
        }
    }

    fn ends_answers(&self, block: BlockId) -> Option<IdleTimeout> {
        self.blocks.get(block)?.whole
    }

    /// What comes is passed on at once.
    fn buffering(&self, block: BlockId) -> Option<Buffering> {
        self.blocks.get(block)?.answer.map(|_| Buffering::Off)
    }

    fn spread(&self, proxied: &Proxied) -> Upstream {
        match proxied.targets.first() {
            Some(first) if proxied.targets.len() > 1 && !self.binds_clients(proxied) => {
                Upstream::Spread { place: first.place, servers: proxied.targets.len() }
            }
            _ => Upstream::OneServer,
        }
    }

    fn binds_clients(&self, proxied: &Proxied) -> bool {
        self.blocks.get(proxied.level).is_some_and(|way| way.bound)
    }

    fn added_headers(&self, block: BlockId) -> Vec<AddedHeader> {
        self.blocks.get(block).map(|way| way.added.clone()).unwrap_or_default()
    }

    fn hides_header(&self, block: BlockId, name: &str) -> bool {
        let way = self.blocks.get(block);
        way.is_some_and(|way| way.hidden.iter().any(|hidden| hidden.eq_ignore_ascii_case(name)))
    }

    /// HTTP/2 is spoken where the listener offers it.
    fn speaks_http2(&self, port: u16) -> Option<bool> {
        let chains = self.config.listeners.iter().filter(|listener| listener.port == port);
        let mut chains = chains.flat_map(|listener| listener.chains.iter());
        Some(chains.any(|chain| match &chain.transport {
            Transport::Tls(terms) => terms.protocols.iter().any(|protocol| &**protocol == "h2"),
            _ => false,
        }))
    }
}

impl EnvoyInstance {
    /// All connection managers.
    fn managers(&self) -> impl Iterator<Item = &super::config::Manager> {
        let chains = self.config.listeners.iter().flat_map(|one| one.chains.iter().chain(one.default.as_deref()));
        chains.filter_map(|chain| match &chain.network {
            Network::Http(manager) => Some(&**manager),
            Network::Tcp(_) | Network::Unknown(_) => None,
        })
    }

    /// All virtual hosts.
    pub(super) fn hosts(&self) -> impl Iterator<Item = &VirtualHost> {
        self.managers().filter_map(|manager| manager.table.as_ref().ok()).flat_map(|table| &table.hosts)
    }
}

/// How well a file is placed: that of the official image best.
fn placement_rank(path: &str, installed: Installed) -> Option<u8> {
    let is_data = [".yaml", ".yml", ".json"].iter().any(|ending| path.ends_with(ending));
    match path {
        "/etc/envoy/envoy.yaml" => Some(6),
        _ if installed == Installed::ByImage && is_data => Some(4),
        _ if is_data && (path.starts_with("/etc/envoy/") || path.contains("envoy")) => Some(2),
        _ => None,
    }
}
