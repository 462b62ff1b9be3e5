//! Traefik behind the interface of every proxy.

use super::TraefikInstance;
use super::middleware::Kind;
use super::router::Router;
use super::service::Service;
use crate::base::{FileId, Limit, Place};
use crate::model::proxy::{
    AddedHeader, Answer, BlockId, Buffering, Carries, IdleTimeout, InWords, Installed, ListenAddress, OwnCors, PathFix,
    Program, Proxied, Proxy, Request, Shadowed, Target, Upstream,
};
use crate::model::{PathText, Unknown};

/// Its containers are found by their labels and commands, not by files that lie in them.
const PROGRAM: Program = Program { images: &["traefik"], commands: &["traefik"], reads: nowhere };

fn nowhere(_path: &str, _installed: Installed) -> Option<u8> {
    None
}

impl Proxy for TraefikInstance {
    fn name(&self) -> &'static str {
        "Traefik"
    }

    fn program(&self) -> &'static Program {
        &PROGRAM
    }

    fn limits(&self) -> Vec<(Option<Place>, Limit)> {
        let own = self.limits.all().into_iter();
        own.chain(self.patterns.limits()).chain(self.blocks.limits()).collect()
    }

    fn first_place(&self) -> Option<Place> {
        Some(self.startup.place)
    }

    fn root(&self) -> Option<FileId> {
        self.files.first().copied()
    }

    fn files(&self) -> &[FileId] {
        &self.files
    }

    fn holes(&self) -> &[Unknown] {
        self.unseen.as_slice()
    }

    fn accusable(&self) -> bool {
        self.accusable
    }

    fn placed_by(&self) -> &[Place] {
        // its files are found by their mounts, which say nothing more
        &[]
    }

    fn labelled(&self) -> &[Place] {
        &self.labelled
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

    fn why_nothing(&self, place: Place) -> Option<InWords> {
        self.reasons.get(&place).copied()
    }

    fn shadowed(&self, request: &Request) -> Vec<Shadowed> {
        self.shadowed_routers(request)
    }

    fn sets_cors(&self) -> bool {
        let is_cors = |name: &str| name.to_ascii_lowercase().starts_with("access-control-");
        self.dynamic.middlewares.values().any(|middleware| match &middleware.kind {
            Kind::Headers(terms) => terms.cors.is_some() || terms.answers.iter().any(|(name, ..)| is_cors(name)),
            _ => false,
        })
    }

    fn cors(&self, block: BlockId, origin: &str) -> Option<OwnCors> {
        let way = self.blocks.get(block)?;
        Some(way.cors.as_ref()?.for_origin(origin, &self.patterns))
    }

    fn path_fixes(&self, proxied: &Proxied, asked: &PathText) -> Vec<PathFix> {
        self.path_fixes_of(proxied, asked)
    }

    /// A socket may be silent for ever, and so may an answer.
    fn idle_timeout(&self, block: BlockId, carries: Carries) -> Option<IdleTimeout> {
        let way = self.blocks.get(block).filter(|way| way.is_forwarded)?;
        match (carries, way.ends) {
            (Carries::Answer, Some((milliseconds, place))) => Some(IdleTimeout::Written { place, milliseconds }),
            _ => Some(IdleTimeout::Never),
        }
    }

    fn ends_answers(&self, block: BlockId) -> Option<IdleTimeout> {
        let (milliseconds, place) = self.blocks.get(block).filter(|way| way.is_forwarded)?.ends?;
        Some(IdleTimeout::Written { place, milliseconds })
    }

    /// What comes is passed on at once, unless a middleware waits for its end.
    fn buffering(&self, block: BlockId) -> Option<Buffering> {
        let way = self.blocks.get(block).filter(|way| way.is_forwarded)?;
        Some(way.buffers.map_or(Buffering::Off, Buffering::Whole))
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
        self.blocks.get(proxied.level).is_some_and(|way| way.sticky)
    }

    fn sticky_line(&self, proxied: &Proxied) -> (&'static str, &'static str) {
        let service = self.router_of(proxied.level).and_then(|router| router.service.as_ref());
        match service {
            Some((name, _)) if !name.is_of_labels() => {
                ("sticky: { cookie: {} }", "to the `loadBalancer` of the service in")
            }
            _ => self.words().sticky,
        }
    }

    fn added_headers(&self, block: BlockId) -> Vec<AddedHeader> {
        self.blocks.get(block).map(|way| way.added.clone()).unwrap_or_default()
    }

    fn hides_header(&self, block: BlockId, name: &str) -> bool {
        let way = self.blocks.get(block);
        way.is_some_and(|way| way.hidden.iter().any(|hidden| hidden.eq_ignore_ascii_case(name)))
    }

    /// HTTP/2 is offered over TLS unless its options say otherwise.
    fn speaks_http2(&self, _port: u16) -> Option<bool> {
        None
    }
}

impl TraefikInstance {
    /// The router that a way goes through.
    pub(super) fn router_of(&self, block: BlockId) -> Option<&Router> {
        let name = self.blocks.get(block)?.router.clone()?;
        self.dynamic.routers.iter().find(|router| router.name == name)
    }

    /// Every server that requests are handed on to.
    pub(super) fn all_targets(&self) -> Vec<Target> {
        let servers = self.dynamic.services.values().flat_map(|service| match service {
            Service::Balanced(balancer) => balancer.servers.as_slice(),
            Service::Unknown(_) => &[],
        });
        let mut found: Vec<Target> = servers.map(|server| server.target.clone()).collect();
        found.sort_by_key(|target| target.place);
        found
    }
}
