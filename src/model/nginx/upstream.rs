//! How an `upstream` block spreads requests over its servers.

use std::collections::BTreeSet;

use super::NginxInstance;
use super::tree::Statement;
use crate::model::proxy::Upstream;

impl NginxInstance {
    /// What the `upstream` block `name` does with the requests of one client.
    pub(super) fn upstream(&self, name: &str) -> Upstream {
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
    pub(super) fn has_sticky(&self, name: &str) -> bool {
        self.tree.upstream_named(name).is_some_and(|level| {
            let names = &mut level.statements.iter().map(|statement| &*statement.name);
            names.any(|name| matches!(name, "ip_hash" | "hash" | "sticky" | "sticky_cookie_insert"))
        })
    }
}
