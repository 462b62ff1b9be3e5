//! Questions to an authentication service that look like handshakes.

use std::sync::Arc;

use crate::base::Place;
use crate::model::nginx::NginxInstance;
use crate::model::nginx::select::{self, Chosen};
use crate::model::nginx::tree::{LevelId, LevelKind, Statement};

/// An `auth_request` that takes the upgrade along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthUpgrade {
    /// The `auth_request` directive.
    pub asks: Place,
    /// The location that it leads to, as written.
    pub location: Arc<str>,
    /// Where the fix goes: the location that inherits the headers, or its own header.
    pub place: Place,
    /// The Upgrade header in effect there.
    pub header: Place,
}

impl NginxInstance {
    /// The question that `auth_request` asks before a handshake at `level`, when it carries the upgrade too: it has the
    /// client's headers, and so the value of `$http_upgrade`.
    #[must_use]
    pub fn auth_upgrade(&self, level: LevelId) -> Option<AuthUpgrade> {
        let tree = &self.tree;
        let (_, asks) = tree.effective(level, "auth_request")?;
        let asks = asks.first()?;
        let uri = asks.arg(0).filter(|uri| uri.starts_with('/') && !uri.contains('$'))?;
        let (server, _) = tree.outward(level).find(|(_, level)| level.kind == LevelKind::Server)?;
        let path = uri.split('?').next().unwrap_or(uri);
        let (Chosen::Location(target), _) = select::location(tree, server, path) else { return None };
        let location = tree.level(target)?;
        if !location.statements.iter().any(|statement| &*statement.name == "proxy_pass") {
            return None;
        }
        // an include that nobody has seen may clear them
        if tree.unseen_around(target).next().is_some() {
            return None;
        }
        let (holder, headers) = tree.effective(target, "proxy_set_header")?;
        let upgrade = sent(&headers, "upgrade", |value| value == "$http_upgrade" || value.contains("websocket"))?;
        sent(&headers, "connection", |value| value.contains("upgrade") || value == "$http_connection")?;
        Some(AuthUpgrade {
            asks: asks.place,
            location: select::written(location),
            place: if holder == target { upgrade.place } else { location.place },
            header: upgrade.place,
        })
    }
}

/// The header of this name, when its value, in lower case, is such.
fn sent<'t>(headers: &[&'t Statement], name: &str, is_such: impl Fn(&str) -> bool) -> Option<&'t Statement> {
    headers.iter().copied().find(|header| {
        header.args.first().is_some_and(|arg| arg.text.eq_ignore_ascii_case(name))
            && header.args.get(1).is_some_and(|arg| is_such(&arg.text.to_ascii_lowercase()))
    })
}
