//! Caddy behind the interface of every proxy.

use super::CaddyInstance;
use super::proxy::Affinity;
use super::route::{Handler, HandlerKind, Route};
use crate::base::{FileId, Limit, Place};
use crate::model::proxy::{
    AddedHeader, Answer, BlockId, Buffering, Carries, IdleTimeout, Installed, ListenAddress, PathFix, Program, Proxied,
    Proxy, Request, Target, Upstream,
};
use crate::model::{PathText, Unknown};

const PROGRAM: Program = Program { images: &["caddy"], commands: &["caddy"], reads: placement_rank };

impl Proxy for CaddyInstance {
    fn name(&self) -> &'static str {
        "Caddy"
    }

    fn program(&self) -> &'static Program {
        &PROGRAM
    }

    fn limits(&self) -> Vec<(Option<Place>, Limit)> {
        self.patterns.limits().into_iter().chain(self.blocks.limits()).collect()
    }

    fn first_place(&self) -> Option<Place> {
        self.first
    }

    fn root(&self) -> Option<FileId> {
        Some(self.root)
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

    /// Caddy answers what no directive handles with an empty 200.
    fn finds_nothing(&self, code: u16, place: Place, _location: &str) -> bool {
        let site = self.config.sites.iter().any(|site| site.place == place);
        code == 404 || code == 200 && (site || self.is_block(place))
    }

    fn sets_cors(&self) -> bool {
        let ops = |handler: &Handler| match &handler.kind {
            HandlerKind::ResponseHeaders(headers) => headers.ops.clone(),
            HandlerKind::Proxy(proxy) => proxy.header_down.clone(),
            _ => Vec::new(),
        };
        self.handlers().flat_map(ops).any(|op| op.name.to_ascii_lowercase().starts_with("access-control-"))
    }

    fn path_fixes(&self, proxied: &Proxied, asked: &PathText) -> Vec<PathFix> {
        self.path_fixes_of(proxied, asked)
    }

    fn idle_timeout(&self, block: BlockId, carries: Carries) -> Option<IdleTimeout> {
        let way = self.blocks.get(block)?;
        let proxy = way.proxy.as_ref()?;
        // an upgraded connection ends after `stream_timeout` even when it is busy
        let written = match carries {
            Carries::Socket => [proxy.read_timeout, proxy.stream_timeout],
            Carries::Answer => [proxy.read_timeout, None],
        };
        let shortest = written.into_iter().flatten().min_by_key(|(milliseconds, _)| *milliseconds);
        Some(match shortest {
            Some((milliseconds, place)) => IdleTimeout::Written { place, milliseconds },
            None => IdleTimeout::Never,
        })
    }

    /// Event streams are passed on at once, whatever `flush_interval` says.
    fn buffering(&self, block: BlockId) -> Option<Buffering> {
        let way = self.blocks.get(block)?;
        way.proxy.as_ref().map(|_| Buffering::Off)
    }

    fn spread(&self, proxied: &Proxied) -> Upstream {
        let way = self.blocks.get(proxied.level);
        let Some(proxy) = way.and_then(|way| way.proxy.clone()) else { return Upstream::OneServer };
        if proxy.upstreams.len() < 2 || proxy.affinity == Affinity::Bound {
            return Upstream::OneServer;
        }
        Upstream::Spread { place: proxy.place, servers: proxy.upstreams.len() }
    }

    fn binds_clients(&self, proxied: &Proxied) -> bool {
        let way = self.blocks.get(proxied.level);
        way.and_then(|way| way.proxy.clone()).is_some_and(|proxy| proxy.affinity == Affinity::Bound)
    }

    fn added_headers(&self, block: BlockId) -> Vec<AddedHeader> {
        self.blocks.get(block).map(|way| way.added.clone()).unwrap_or_default()
    }

    /// Caddy speaks HTTP/2 wherever it speaks TLS.
    fn speaks_http2(&self, port: u16) -> Option<bool> {
        let server = self.config.servers.iter().find(|server| server.sockets.iter().any(|socket| socket.port == port));
        Some(server.is_some_and(|server| server.tls))
    }
}

impl CaddyInstance {
    /// All handlers, in the order of the file as far as Caddy keeps it.
    pub(super) fn handlers(&self) -> impl Iterator<Item = &Handler> {
        let mut open: Vec<&[Route]> =
            self.config.sites.iter().rev().flat_map(|site| [&*site.errors, &*site.routes]).collect();
        open.extend(self.config.named_routes.values().map(|routes| &**routes));
        let mut found: Vec<&Handler> = Vec::new();
        while let Some(routes) = open.pop() {
            for handler in routes.iter().flat_map(|route| &route.handlers) {
                found.push(handler);
                match &handler.kind {
                    HandlerKind::Subroute(routes) | HandlerKind::Block { routes, .. } => open.push(routes),
                    _ => {}
                }
            }
        }
        found.into_iter()
    }

    fn is_block(&self, place: Place) -> bool {
        self.handlers().any(|handler| handler.place == place && matches!(handler.kind, HandlerKind::Block { .. }))
    }
}

/// How well a file is placed: the main file of Debian and of the official image.
fn placement_rank(path: &str, installed: Installed) -> Option<u8> {
    match path {
        "/etc/caddy/Caddyfile" => Some(6),
        _ if installed == Installed::ByImage && path.ends_with("Caddyfile") => Some(4),
        _ if path.starts_with("/etc/caddy/") => Some(2),
        _ => None,
    }
}
