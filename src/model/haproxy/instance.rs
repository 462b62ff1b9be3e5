//! HAProxy behind the interface of all proxies.

use super::HaproxyInstance;
use super::address::Bind;
use crate::base::{FileId, Limit, Place};
use crate::model::proxy::{
    AddedHeader, Answer, BlockId, Buffering, Carries, IdleTimeout, Installed, KeepsPrefix, ListenAddress, PathFix,
    PortRange, Program, Proxied, Proxy, Request, Shadowed, Target, Upstream,
};
use crate::model::{PathText, Tls, Unknown};

/// How HAProxy is found.
static PROGRAM: Program = Program { images: &["haproxy"], commands: &["haproxy"], reads: placement_rank };

/// How well a file is placed: that of the official image and of distributions.
fn placement_rank(path: &str, installed: Installed) -> Option<u8> {
    match path {
        "/usr/local/etc/haproxy/haproxy.cfg" | "/etc/haproxy/haproxy.cfg" | "/bitnami/haproxy/conf/haproxy.cfg" => {
            Some(6)
        }
        _ if installed == Installed::ByImage && path.ends_with(".cfg") => Some(4),
        _ if path.starts_with("/usr/local/etc/haproxy/") || path.starts_with("/etc/haproxy/") => Some(2),
        _ => None,
    }
}

impl Proxy for HaproxyInstance {
    fn name(&self) -> &'static str {
        "HAProxy"
    }

    fn program(&self) -> &'static Program {
        &PROGRAM
    }

    fn limits(&self) -> Vec<(Option<Place>, Limit)> {
        self.effort.limits().into_iter().chain(self.ways.limits()).collect()
    }

    fn first_place(&self) -> Option<Place> {
        self.config.sections.first().map(|section| section.place)
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

    fn port_ranges(&self) -> &[PortRange] {
        &self.ranges
    }

    fn targets(&self) -> Vec<Target> {
        let servers = self.config.sections.iter().flat_map(|section| &section.servers);
        servers
            .map(|server| server.target(0))
            .map(|target| Target { port: target.port.filter(|port| *port > 0), ..target })
            .collect()
    }

    fn answer(&self, request: &Request) -> Answer {
        self.answer_to(request)
    }

    /// A status that rules or a missing server lead to for certain is what every client gets. Pages for who has to log in are
    /// none.
    fn finds_nothing(&self, code: u16, _place: Place, _location: &str) -> bool {
        code >= 400 && !matches!(code, 401 | 407)
    }

    fn shadowed(&self, request: &Request) -> Vec<Shadowed> {
        self.shadowed_by_rules(request)
    }

    fn sets_cors(&self) -> bool {
        self.config.sections.iter().any(|section| super::response::sets_cors(section).is_some())
    }

    fn path_fixes(&self, proxied: &Proxied, asked: &PathText) -> Vec<PathFix> {
        let Some(way) = self.ways.get(proxied.level) else { return Vec::new() };
        if let Some(place) = way.rewritten {
            return vec![PathFix { path: asked.clone(), place, keeps: KeepsPrefix::Yes, lines: None }];
        }
        let prefix = way.prefix.as_deref().map(|prefix| prefix.trim_end_matches('/')).filter(|prefix| prefix.len() > 1);
        let Some((prefix, path)) =
            prefix.and_then(|prefix| Some((prefix, asked.after(prefix).filter(PathText::is_rooted)?)))
        else {
            return Vec::new();
        };
        let lines = format!("http-request replace-path {prefix}(/.*) \\1");
        vec![PathFix { path, place: proxied.location_place, keeps: KeepsPrefix::No, lines: Some(lines) }]
    }

    fn idle_timeout(&self, block: BlockId, carries: Carries) -> Option<IdleTimeout> {
        self.silence(block, carries)
    }

    fn buffering(&self, block: BlockId) -> Option<Buffering> {
        // what comes is handed on as soon as nothing more is there
        self.ways.get(block).map(|_| Buffering::Off)
    }

    fn spread(&self, proxied: &Proxied) -> Upstream {
        self.spread_of(proxied)
    }

    fn binds_clients(&self, proxied: &Proxied) -> bool {
        let way = self.ways.get(proxied.level);
        way.is_some_and(|way| self.binds(way.backend.unwrap_or(way.frontend)))
    }

    fn added_headers(&self, block: BlockId) -> Vec<AddedHeader> {
        let added = self.ways.get(block).map(|way| way.changes.added.clone()).unwrap_or_default();
        added.into_iter().map(|header| AddedHeader { level: block, ..header }).collect()
    }

    fn hides_header(&self, block: BlockId, name: &str) -> bool {
        let way = self.ways.get(block);
        way.is_some_and(|way| way.changes.hidden.iter().any(|hidden| hidden.eq_ignore_ascii_case(name)))
    }

    fn speaks_http2(&self, port: u16) -> Option<bool> {
        let has = |bind: &&Bind| bind.ports.is_some_and(|(first, last)| first <= port && port <= last);
        let bind = self.config.fronts().flat_map(|(_, front)| &front.binds).find(has)?;
        match (bind.tls, &bind.alpn) {
            (Tls::Plain, _) => Some(false),
            (Tls::Tls, Some(alpn)) => Some(alpn.split(',').any(|protocol| protocol == "h2")),
            // what is offered by itself depends on the release
            _ => None,
        }
    }
}
