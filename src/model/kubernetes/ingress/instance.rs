//! The Ingress behind the interface of every proxy.

use super::IngressInstance;
use super::answer::chosen;
use super::config::{Controller, PathType, Style, Timeout};
use super::select::Host;
use crate::base::{FileId, Limit, Place};
use crate::model::proxy::{
    Answer, BlockId, Buffering, Carries, IdleTimeout, Installed, ListenAddress, OwnCors, PathFix, Program, Proxied,
    Proxy, Request, Shadow, Shadowed, Target, answer_with_witnesses,
};
use crate::model::{Assumption, PathPiece, PathText, Unknown};

const PROGRAM: Program = Program { images: &["ingress-nginx"], commands: &[], reads: placement_rank };

/// What nginx waits when nothing is said.
const DEFAULT: u64 = 60_000;

impl Proxy for IngressInstance {
    fn name(&self) -> &'static str {
        let is_nginx = self.config.servers.iter().all(|server| server.controller == Controller::Nginx);
        if is_nginx { "ingress-nginx" } else { "the Ingress" }
    }

    fn program(&self) -> &'static Program {
        &PROGRAM
    }

    fn limits(&self) -> Vec<(Option<Place>, Limit)> {
        self.patterns.limits()
    }

    fn first_place(&self) -> Option<Place> {
        Some(self.first)
    }

    fn root(&self) -> Option<FileId> {
        Some(self.first.file)
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
        &[]
    }

    fn listens(&self) -> &[ListenAddress] {
        &self.listens
    }

    fn targets(&self) -> Vec<Target> {
        let backends = self.config.locations().filter_map(|location| match &location.backend {
            super::config::Backend::Service { host, port, place } => {
                Some(Target { host: Some(host.clone()), port: *port, place: *place })
            }
            super::config::Backend::Unknown(_) => None,
        });
        backends.collect()
    }

    fn answer(&self, request: &Request) -> Answer {
        self.answer_to(request)
    }

    /// Paths that are written for one path alone, and meet a longer one.
    fn shadowed(&self, request: &Request) -> Vec<Shadowed> {
        let Host::Of(server) = self.host(request.host.as_deref()) else { return Vec::new() };
        let Some(PathPiece::Known(known)) = request.path.0.first() else { return Vec::new() };
        let answer = self.answer_to(request);
        let Some(level) = answer.location.as_ref().map(|location| location.level) else { return Vec::new() };
        if server.style == Style::Patterns {
            return Vec::new();
        }
        let exact = server.locations.iter().filter(|location| {
            let longer = known.strip_prefix(&*location.path).is_some_and(|rest| rest.starts_with('/'))
                || **known == *location.path && request.path.0.len() > 1;
            location.kind == PathType::Exact && location.path.len() > 1 && longer && BlockId(location.id) != level
        });
        let would = |location: &super::config::Location| {
            let mut bare = answer.clone();
            bare.steps.truncate(1);
            answer_with_witnesses(&request.path, |witness| {
                witness.restore(self.at(server, location, request, &witness.fill(&request.path), bare.clone()))
            })
        };
        exact
            .filter_map(|location| {
                Some(Shadowed {
                    location: chosen(location),
                    text: location.path.clone(),
                    why: Shadow::Exact,
                    taken_by: answer.location.clone(),
                    answer: would(location)?,
                })
            })
            .collect()
    }

    fn sets_cors(&self) -> bool {
        self.config.locations().any(|location| location.terms.cors.is_some())
    }

    fn cors(&self, block: BlockId, origin: &str) -> Option<OwnCors> {
        let (_, location) = self.config.location(block.0)?;
        Some(location.terms.cors.as_ref()?.for_origin(origin))
    }

    fn path_fixes(&self, proxied: &Proxied, asked: &PathText) -> Vec<PathFix> {
        self.path_fixes_of(proxied, asked)
    }

    fn idle_timeout(&self, block: BlockId, _carries: Carries) -> Option<IdleTimeout> {
        let (server, location) = self.config.location(block.0)?;
        if server.controller != Controller::Nginx || location.terms.open_timeouts {
            return None;
        }
        Some(match location.terms.read_timeout {
            Timeout::Default => IdleTimeout::Default { milliseconds: DEFAULT },
            Timeout::Written(place, milliseconds) => IdleTimeout::Written { place, milliseconds },
            Timeout::Refused(place) => IdleTimeout::Written { place, milliseconds: DEFAULT },
        })
    }

    /// A ConfigMap of the controller sets others for the whole cluster.
    fn defaults_rest_on(&self) -> Option<Assumption> {
        Some(Assumption::NoOverride("proxy-read-timeout".into()))
    }

    fn uncounted_timeout(&self, block: BlockId) -> Option<Place> {
        let (_, location) = self.config.location(block.0)?;
        match (location.terms.send_timeout, location.terms.read_timeout) {
            (Timeout::Written(place, _), Timeout::Default) => Some(place),
            _ => None,
        }
    }

    fn buffering(&self, block: BlockId) -> Option<Buffering> {
        let (server, location) = self.config.location(block.0)?;
        if server.controller != Controller::Nginx || location.terms.open_timeouts {
            return None;
        }
        Some(location.terms.buffering.map_or(Buffering::Off, |_| Buffering::On))
    }

    fn binds_clients(&self, proxied: &Proxied) -> bool {
        self.config.location(proxied.level.0).is_some_and(|(server, location)| {
            // of other controllers nobody knows
            server.controller != Controller::Nginx
                || location.terms.sticky.is_some()
                || location.terms.unknown.is_some()
        })
    }

    fn speaks_http2(&self, _port: u16) -> Option<bool> {
        None
    }
}

/// Its configuration is no file of a container.
fn placement_rank(_: &str, _: Installed) -> Option<u8> {
    None
}
