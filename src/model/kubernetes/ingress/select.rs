//! Which rules a request meets.

use super::IngressInstance;
use super::config::{Controller, Server};
use super::hosts::{deeper_stars, star_of};
use crate::model::proxy::Request;

/// The rules for a host.
#[derive(Clone, Copy, Debug)]
pub(super) enum Host<'c> {
    /// These.
    Of(&'c Server),
    /// None are.
    Nobody,
    /// The host is not known, and it decides.
    Unknown,
}

impl IngressInstance {
    /// Whether other rules are for the host of these as well.
    pub(super) fn has_wider(&self, server: &Server) -> bool {
        let Some(host) = server.host.as_deref() else { return false };
        let star = star_of(host);
        self.config.servers.last().is_some_and(|last| last.host.is_none())
            || star.is_some_and(|star| star != host && self.named(&star).is_some())
    }

    /// The rules of a host of this name.
    fn named(&self, wanted: &str) -> Option<&Server> {
        // sorted by host, those of any host last
        let found = self.config.servers.binary_search_by(|server| match server.host.as_deref() {
            Some(own) => own.cmp(wanted),
            None => std::cmp::Ordering::Greater,
        });
        found.ok().and_then(|at| self.config.servers.get(at))
    }

    /// The rules for a host: its own, those of a star for one label, those of any.
    pub(super) fn host(&self, host: Option<&str>) -> Host<'_> {
        let servers = &self.config.servers;
        let Some(host) = host else {
            return match servers.as_slice() {
                [only] if self.config.routers.is_empty() => Host::Of(only),
                _ => Host::Unknown,
            };
        };
        let host = host.to_ascii_lowercase();
        if let Some(server) = self.named(&host).or_else(|| self.named(&star_of(&host)?)) {
            return Host::Of(server);
        }
        // to nginx a star is for one label; routes, and some other programs, take more
        let mut deeper = deeper_stars(&host).filter_map(|star| self.named(&star));
        if deeper.any(|server| server.controller != Controller::Nginx) {
            return Host::Unknown;
        }
        match servers.last().filter(|server| server.host.is_none()) {
            Some(server) => Host::Of(server),
            None => Host::Nobody,
        }
    }

    /// Whether somebody else has rules for the host of a request.
    pub(super) fn is_known_elsewhere(&self, request: &Request) -> bool {
        let host = request.host.as_deref().map(str::to_ascii_lowercase);
        self.elsewhere.as_ref().zip(host).is_some_and(|(elsewhere, host)| elsewhere.knows(&host, self.first))
    }

    /// Whether somebody else may take a request rather than a path of this length.
    pub(super) fn may_be_taken_elsewhere(&self, server: &Server, request: &Request, path: &str, length: usize) -> bool {
        let host = request.host.as_deref().map(str::to_ascii_lowercase);
        let Some(elsewhere) = &self.elsewhere else { return false };
        elsewhere.may_take(server, host.as_deref(), path, length)
    }
}
