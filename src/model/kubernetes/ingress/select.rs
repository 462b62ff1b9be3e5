//! Which rules a request meets.

use super::IngressInstance;
use super::config::Server;

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
        let star = host.split_once('.').map(|(_, rest)| format!("*.{rest}"));
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
                [only] => Host::Of(only),
                _ => Host::Unknown,
            };
        };
        let host = host.to_ascii_lowercase();
        let star = host.split_once('.').map(|(_, rest)| format!("*.{rest}"));
        let any = || servers.last().filter(|server| server.host.is_none());
        match self.named(&host).or_else(|| self.named(&star?)).or_else(any) {
            Some(server) => Host::Of(server),
            None => Host::Nobody,
        }
    }
}
