//! How an `upstream` block spreads requests over its servers.

use std::collections::BTreeSet;

use super::NginxInstance;
use super::tree::Statement;
use crate::base::Place;

/// An `upstream` block that sends the requests of one client to any of its servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upstream {
    /// One server takes all requests of a client, or nothing shows that there are others.
    OneServer,
    /// Several servers take turns.
    Spread {
        /// The block.
        place: Place,
        /// How many servers take part.
        servers: usize,
    },
}

impl NginxInstance {
    /// What the `upstream` block `name` does with the requests of one client.
    #[must_use]
    pub fn upstream(&self, name: &str) -> Upstream {
        let Some(block) = self.tree.upstream_named(name) else { return Upstream::OneServer };
        // `hash` may look at what changes from request to request, but who writes it has thought about it
        let sticks = |statement: &Statement| {
            matches!(&*statement.name, "ip_hash" | "hash" | "sticky" | "sticky_cookie_insert" | "balancer_by_lua_block")
        };
        if !block.unseen.is_empty() || block.statements.iter().any(sticks) {
            return Upstream::OneServer;
        }
        let takes_part = |statement: &&Statement| {
            &*statement.name == "server" && !statement.args.iter().any(|arg| matches!(&*arg.text, "down" | "backup"))
        };
        let members = block.statements.iter().filter(takes_part);
        let servers: BTreeSet<&str> = members.filter_map(|server| server.args.first()).map(|arg| &*arg.text).collect();
        match servers.len() {
            0 | 1 => Upstream::OneServer,
            servers => Upstream::Spread { place: block.place, servers },
        }
    }

    /// Whether the `upstream` block `name` binds a client to one server, for whatever number of servers its names lead to.
    #[must_use]
    pub fn binds_clients(&self, name: &str) -> bool {
        self.tree.upstream_named(name).is_some_and(|level| {
            let names = &mut level.statements.iter().map(|statement| &*statement.name);
            names.any(|name| matches!(name, "ip_hash" | "hash" | "sticky" | "sticky_cookie_insert"))
        })
    }
}
