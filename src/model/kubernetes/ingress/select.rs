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
        let named = |wanted: &str| {
            // sorted by host, those of any host last
            let found = servers.binary_search_by(|server| match server.host.as_deref() {
                Some(own) => own.cmp(wanted),
                None => std::cmp::Ordering::Greater,
            });
            found.ok().and_then(|at| servers.get(at))
        };
        let star = host.split_once('.').map(|(_, rest)| format!("*.{rest}"));
        let any = || servers.last().filter(|server| server.host.is_none());
        match named(&host).or_else(|| named(&star?)).or_else(any) {
            Some(server) => Host::Of(server),
            None => Host::Nobody,
        }
    }
}
