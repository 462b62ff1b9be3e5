//! Locations that no request can reach.

use crate::model::nginx::NginxInstance;
use crate::model::nginx::select::{self, Matcher};
use crate::model::nginx::shadow::meant;
use crate::model::nginx::tree::{LevelKind, Statement};
use crate::model::proxy::{NGINX, Shadow};
use crate::model::{Cause, CauseKind};

/// Proxied locations that no request can reach: a prefix without its slash is usually a pattern without its `~`.
pub(super) fn dead_locations(instance: &NginxInstance, causes: &mut Vec<Cause>) {
    let tree = &instance.tree;
    // a rewrite may lead to an address without a slash
    let all = || tree.levels.iter().flat_map(|level| &level.statements);
    let odd = |statement: &Statement| {
        &*statement.name == "rewrite"
            && statement
                .args
                .get(1)
                .is_some_and(|arg| !arg.text.starts_with(['/', 'h']) && !arg.text.starts_with("$scheme"))
    };
    if all().any(odd) {
        return;
    }
    for (_, level) in tree.of_kind(LevelKind::Location) {
        let Matcher::Prefix { text, .. } = select::matcher(level) else { continue };
        let proxied = level.statements.iter().any(|statement| {
            matches!(&*statement.name, "proxy_pass" | "fastcgi_pass" | "uwsgi_pass" | "scgi_pass" | "grpc_pass")
        });
        if text.starts_with(['/', '@', '$']) || text.contains("${") || text.is_empty() || !proxied {
            continue;
        }
        causes.push(Cause {
            kind: CauseKind::ShadowedLocation {
                by: &NGINX,
                location: select::written(level),
                why: Shadow::Dead(meant(text).into()),
                taken: None,
            },
            place: level.place,
            key: text.to_owned(),
            chains: Vec::new(),
            assumptions: Vec::new(),
        });
    }
}
