//! `unread-include`: an nginx include that is not in the repository although its folder is.

use std::sync::Arc;

use super::finding;
use crate::base::{Place, RepoPath};
use crate::facts::{Demand, Directive, FileFacts};
use crate::model::Wiring;
use crate::rules::Finding;
use crate::rules::registry::Rule;

const ID: &str = "unread-include";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/unread-include.md"), check);

/// Files that come with every nginx.
const SHIPPED: &[&str] = &[
    "mime.types",
    "fastcgi_params",
    "fastcgi.conf",
    "uwsgi_params",
    "scgi_params",
    "proxy_params",
    "koi-utf",
    "koi-win",
    "win-utf",
];

fn check(wiring: &Wiring) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (file, demand) in &wiring.repository.coverage.unresolved {
        let Demand::NginxInclude(text) = demand else { continue };
        let Some(facts) = wiring.repository.get(*file) else { continue };
        if !is_expected_here(wiring, facts, text) {
            continue;
        }
        let Some(directive) = facts.nginx.as_ref().and_then(|nginx| include(&nginx.directives, text)) else { continue };
        findings.push(finding(
            ID,
            Place::new(*file, directive.span),
            format!("nginx does not start when `{text}` is missing, and the repository does not have it. What it would set is unknown here."),
            "not found",
            Some("add the file, or fix the path: nginx resolves it from the folder of its main file".to_owned()),
            text,
        ));
    }
    findings
}

/// A file outside of the repository is no news: only what a folder of the repository should hold is.
fn is_expected_here(wiring: &Wiring, facts: &FileFacts, text: &Arc<str>) -> bool {
    let shipped = text.rsplit('/').next().is_some_and(|name| SHIPPED.contains(&name));
    if shipped || text.starts_with('/') || text.contains(['*', '?', '[', '$', '{']) {
        return false;
    }
    let base = facts.path.parent().unwrap_or_else(RepoPath::root);
    let Some(folder) = base.join(text).and_then(|path| path.parent()) else { return false };
    text.contains('/') && folder != base && wiring.repository.paths.iter().any(|path| path.is_under(&folder))
}

/// The `include` directive with this argument.
fn include<'a>(directives: &'a [Directive], text: &str) -> Option<&'a Directive> {
    let mut open: Vec<&Directive> = directives.iter().collect();
    while let Some(directive) = open.pop() {
        if &*directive.name == "include" && directive.arg(0) == Some(text) {
            return Some(directive);
        }
        open.extend(directive.block.iter().flatten());
    }
    None
}
