//! Maps that close every plain connection to an upstream that is to keep them open.

use std::collections::BTreeSet;

use super::by_name::socket_path;
use super::chain;
use crate::model::nginx::tree::{LevelId, LevelKind, Statement, Tree};
use crate::model::nginx::variables::{TextPiece, pieces};
use crate::model::nginx::{NginxInstance, NginxVersion};
use crate::model::{Cause, CauseKind, Link};

/// The textbook map sends `close` with plain requests, where the upstream asks for `keepalive`.
pub(super) fn closing_maps(instance: &NginxInstance, causes: &mut Vec<Cause>) {
    let tree = &instance.tree;
    let mut seen = BTreeSet::new();
    for (id, location) in tree.of_kind(LevelKind::Location) {
        let pass = location.statements.iter().find(|statement| &*statement.name == "proxy_pass");
        let Some(keepalive) = pass.and_then(|pass| keepalive(tree, pass)) else { continue };
        if socket_path(location).is_some() || !speaks_http11(instance, id) {
            continue;
        }
        let Some((header, variable)) = connection(tree, id) else { continue };
        let Some(closes) = closing_entry(tree, variable).filter(|entry| seen.insert(entry.place)) else { continue };
        causes.push(Cause {
            kind: CauseKind::UpgradeMapClosesKeepalive { variable: format!("${variable}").into() },
            place: closes.place,
            key: variable.to_owned(),
            chains: chain(vec![
                Link { place: header.place, shows: "plain requests get its value too".to_owned() },
                Link { place: keepalive.place, shows: "asks for connections that stay open".to_owned() },
            ]),
            assumptions: Vec::new(),
        });
    }
}

/// The `keepalive` of the upstream block that a `proxy_pass` names.
fn keepalive<'t>(tree: &'t Tree, pass: &Statement) -> Option<&'t Statement> {
    let name = pass.arg(0)?.split_once("://")?.1.split(['/', '?']).next()?;
    let upstream = tree.upstream_named(name)?;
    upstream.statements.iter().find(|statement| &*statement.name == "keepalive" && statement.arg(0) != Some("0"))
}

fn speaks_http11(instance: &NginxInstance, location: LevelId) -> bool {
    let written = instance.tree.effective(location, "proxy_http_version").and_then(|(_, found)| found.first()?.arg(0));
    match written {
        Some(version) => version == "1.1",
        None => instance.version.is_some_and(|version| version >= NginxVersion::HTTP11_BY_DEFAULT),
    }
}

/// The Connection header of a location, when it is one variable.
fn connection(tree: &Tree, location: LevelId) -> Option<(&Statement, &str)> {
    let (_, headers) = tree.effective(location, "proxy_set_header")?;
    let header = headers
        .into_iter()
        .find(|header| header.args.first().is_some_and(|name| name.text.eq_ignore_ascii_case("connection")))?;
    let value = header.args.get(1).filter(|value| value.holes.is_empty())?;
    match pieces(&value.text).as_slice() {
        [TextPiece::Variable(name)] => Some((header, name)),
        _ => None,
    }
}

/// The entry of a map over `$http_upgrade` that sends `close` when the client asks for no upgrade.
fn closing_entry<'t>(tree: &'t Tree, variable: &str) -> Option<&'t Statement> {
    let (map, entries) = tree.table(&variable.to_ascii_lowercase())?;
    let source = map.arg(0).map(|source| source.trim_start_matches('$'))?;
    if &*map.name != "map" || !source.eq_ignore_ascii_case("http_upgrade") {
        return None;
    }
    let entries = entries.statements.iter();
    entries
        .filter(|entry| entry.name.is_empty())
        .find(|entry| entry.arg(0).is_some_and(|to| to.eq_ignore_ascii_case("close")))
}
