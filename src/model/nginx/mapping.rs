//! What other words in a `location` and its `proxy_pass` would make of a path.

use super::NginxInstance;
use super::select::{self, Matcher};
use super::tree::{Level, LevelKind, Statement};
use super::variables::{TextPiece, pieces};
use crate::model::PathText;
use crate::model::proxy::{KeepsPrefix, PathFix, Proxied};

impl NginxInstance {
    /// The paths that the back end would get for a request for `asked`, were the location and its `proxy_pass` (or the one
    /// `rewrite` in it) written otherwise.
    #[must_use]
    pub(super) fn path_fixes_of(&self, proxied: &Proxied, asked: &PathText) -> Vec<PathFix> {
        let is_location = |level: &&Level| level.kind == LevelKind::Location;
        let Some(location) = self.tree.outward(proxied.level).map(|(_, level)| level).find(is_location) else {
            return Vec::new();
        };
        let level = self.tree.level(proxied.level).unwrap_or(location);
        let Some(pass) = level.statements.iter().find(|statement| statement.place == proxied.pass_place) else {
            return Vec::new();
        };
        let mut rewrites = level.statements.iter().filter(|statement| &*statement.name == "rewrite");
        if let Some(rewrite) = rewrites.next() {
            let alone = rewrites.next().is_none() && asked != &proxied.path;
            return alone.then(|| without_rewrite(rewrite, asked)).into_iter().collect();
        }
        let Some((address, uri)) = address(pass) else { return Vec::new() };
        let place = pass.place;
        let mut fixes = Vec::new();
        let keep = |lines: String| PathFix { path: asked.clone(), place, keeps: KeepsPrefix::Yes, lines: Some(lines) };
        if uri.is_some() && asked != &proxied.path {
            // with a variable, what is written is what is sent
            let filled = pass.args.first().is_some_and(|arg| !arg.holes.is_empty());
            let whole = !filled && pieces(address).iter().any(|piece| matches!(piece, TextPiece::Variable(_)));
            let tail = if whole { "$request_uri" } else { "" };
            fixes.push(keep(format!("proxy_pass {address}{tail};")));
        }
        let (Matcher::Prefix { text: prefix, .. } | Matcher::Exact(prefix)) = select::matcher(location) else {
            return fixes;
        };
        let Some(rest) = asked.after(prefix) else { return fixes };
        let replaced =
            |uri: &str, keeps, lines| PathFix { path: rest.clone().behind(uri), place, keeps, lines: Some(lines) };
        match (uri, prefix.ends_with('/')) {
            (Some(uri), true) if !uri.ends_with('/') => {
                let lines = format!("proxy_pass {address}{uri}/;");
                fixes.push(replaced(&format!("{uri}/"), KeepsPrefix::Replaced, lines));
            }
            (Some("/"), false) => {
                let lines = format!("location {prefix}/ {{\n        proxy_pass {address}/;");
                fixes.push(replaced("", KeepsPrefix::Replaced, lines));
            }
            (Some(uri), false) if uri.ends_with('/') => {
                let uri = uri.trim_end_matches('/');
                fixes.push(replaced(uri, KeepsPrefix::Replaced, format!("proxy_pass {address}{uri};")));
            }
            (None, true) if prefix.len() > 1 => {
                fixes.push(replaced("/", KeepsPrefix::No, format!("proxy_pass {address}/;")));
            }
            (None, false) => {
                let lines = format!("location {prefix}/ {{\n        proxy_pass {address}/;");
                fixes.push(replaced("", KeepsPrefix::No, lines));
            }
            _ => {}
        }
        fixes
    }
}

fn without_rewrite(rewrite: &Statement, asked: &PathText) -> PathFix {
    PathFix { path: asked.clone(), place: rewrite.place, keeps: KeepsPrefix::Yes, lines: None }
}

/// `http://back:8000` and the URI after it.
fn address(pass: &Statement) -> Option<(&str, Option<&str>)> {
    let text = &*pass.args.first()?.text;
    let start = text.find("://")? + 3;
    let rest = text.get(start..)?;
    let Some(at) = rest.find(['/', '?']) else { return Some((text, None)) };
    let uri = rest.get(at..).filter(|uri| !uri.contains(['$', '?']))?;
    Some((text.get(..start + at)?, Some(uri)))
}
