//! The certificates of servers.

use std::sync::Arc;

use super::{NginxInstance, select};
use crate::model::proxy::Certificate;

impl NginxInstance {
    /// The certificates whose paths are known, by server.
    pub(super) fn shown_certificates(&self) -> Vec<Certificate> {
        let mut found = Vec::new();
        for (id, server) in self.tree.http_servers() {
            if !select::listens(server).iter().any(|listen| listen.tls) {
                continue;
            }
            let Some((_, statements)) = self.tree.effective(id, "ssl_certificate") else { continue };
            let names: Arc<[Arc<str>]> =
                select::names(server).iter().map(|name| Arc::clone(&name.text)).collect::<Vec<_>>().into();
            for statement in statements {
                if let Some(path) = statement.arg(0).filter(|path| !path.contains('$')) {
                    found.push(Certificate { place: statement.place, path: path.into(), names: Arc::clone(&names) });
                }
            }
        }
        found
    }
}
