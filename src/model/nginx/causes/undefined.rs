//! Variables that nothing defines: nginx does not start.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use super::levels;
use crate::model::nginx::tree::Tree;
use crate::model::nginx::variables::{TextPiece, pieces};
use crate::model::nginx::{MainFile, NginxInstance};
use crate::model::{Assumption, Cause, CauseKind};

/// Variables in Upgrade and Connection headers that nothing defines: nginx does not start.
pub(super) fn undefined_variables(instance: &NginxInstance, causes: &mut Vec<Cause>) {
    let tree = &instance.tree;
    let defined = defined(tree);
    let mut seen = BTreeSet::new();
    for (id, level) in levels(tree) {
        for statement in level.statements.iter().filter(|statement| &*statement.name == "proxy_set_header") {
            let header = statement.args.first().map_or("", |arg| &*arg.text).to_ascii_lowercase();
            if header != "upgrade" && header != "connection" {
                continue;
            }
            let Some(value) = statement.args.get(1).filter(|arg| arg.holes.is_empty()) else { continue };
            for piece in pieces(&value.text) {
                let TextPiece::Variable(name) = piece else { continue };
                let name = name.to_ascii_lowercase();
                if defined.contains(&name) || is_builtin(&name) || !seen.insert(name.clone()) {
                    continue;
                }
                let assumption = match (instance.main_file, tree.unseen_around(id).next()) {
                    (_, Some((_, path))) => Some(Arc::clone(path)),
                    (MainFile::Elsewhere, None) => Some("nginx.conf".into()),
                    (MainFile::Here | MainFile::Image, None) => None,
                };
                causes.push(Cause {
                    kind: CauseKind::UndefinedUpgradeMap { variable: format!("${name}").into() },
                    place: statement.place,
                    key: name,
                    chains: Vec::new(),
                    assumptions: assumption.map(Assumption::UnseenInclude).into_iter().collect(),
                });
            }
        }
    }
}

/// Every variable that some directive defines, in lower case without `$`.
pub(super) fn defined(tree: &Tree) -> BTreeSet<String> {
    let mut defined = BTreeSet::new();
    let statements = tree.levels.iter().flat_map(|level| &level.statements);
    for statement in statements {
        let name = &*statement.name;
        // nginx's own and those of modules: `auth_request_set $x`, `set_by_lua $x`, `perl_set $x`, `js_set $x`
        if name.contains("set") && name != "proxy_set_header" || matches!(name, "map" | "geo" | "split_clients") {
            let names = statement.args.iter().filter_map(|arg| arg.text.strip_prefix('$'));
            // the first argument of `map` is read, not defined
            let reads = usize::from(name == "map");
            defined.extend(names.map(str::to_ascii_lowercase).skip(reads.min(statement.args.len().saturating_sub(1))));
            if name == "map"
                && let Some(target) = statement.args.get(1)
            {
                defined.insert(target.text.trim_start_matches('$').to_ascii_lowercase());
            }
        }
        for arg in statement.args.iter().map(|arg| &*arg.text).chain([name]) {
            for (at, _) in arg.match_indices("(?") {
                let rest = arg.get(at + 2..).unwrap_or_default().trim_start_matches(['P', '<', '\'']);
                let end = rest.find(['>', '\'']).unwrap_or(0);
                defined.extend(rest.get(..end).map(str::to_ascii_lowercase));
            }
        }
    }
    defined
}

/// Whether nginx or one of its own modules defines the variable; `name` without `$`, in small letters.
pub(super) fn is_known_variable(name: &str) -> bool {
    const FAMILIES: &[&str] = &[
        "http_",
        "arg_",
        "cookie_",
        "sent_http_",
        "sent_trailer_",
        "upstream_http_",
        "upstream_trailer_",
        "upstream_cookie_",
    ];
    static NAMES: OnceLock<BTreeSet<&str>> = OnceLock::new();
    let names = NAMES.get_or_init(|| include_str!("../variables.txt").split_whitespace().collect());
    names.contains(name) || FAMILIES.iter().any(|family| name.starts_with(family))
}

/// Variables of nginx itself that may be in a header.
fn is_builtin(name: &str) -> bool {
    const FAMILIES: &[&str] = &[
        "http_",
        "arg_",
        "cookie_",
        "sent_http_",
        "upstream_",
        "ssl_",
        "proxy_",
        "tcpinfo_",
        "jwt_",
        "server_",
        "request",
        "remote_",
        "geoip",
        "connection_",
        "proxy_protocol",
    ];
    const NAMES: &[&str] = &[
        "args",
        "binary_remote_addr",
        "body_bytes_sent",
        "bytes_sent",
        "connection",
        "content_length",
        "content_type",
        "document_root",
        "document_uri",
        "host",
        "hostname",
        "https",
        "is_args",
        "limit_rate",
        "msec",
        "nginx_version",
        "pid",
        "pipe",
        "query_string",
        "realpath_root",
        "scheme",
        "status",
        "time_iso8601",
        "time_local",
        "uri",
        "http2",
        "http3",
        "connection_requests",
        "connection_time",
    ];
    name.parse::<u32>().is_ok()
        || NAMES.contains(&name)
        || name != "connection_upgrade"
            && name != "proxy_connection"
            && FAMILIES.iter().any(|family| name.starts_with(family))
}
