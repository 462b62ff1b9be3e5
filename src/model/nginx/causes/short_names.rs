//! Names of a cluster that nginx looks up by itself: its own resolver knows no search domains.

use std::sync::Arc;

use super::unresolvable::{Known, looked_up, set_at};
use super::{chain, levels};
use crate::model::nginx::tree::Tree;
use crate::model::{Cause, CauseKind, Fronts, Link, NameFault};

/// Addresses that are put together at run time, and name a Service of the cluster by its first name alone.
pub(super) fn find(tree: &Tree, known: &Known<'_>, fronts: &Fronts, causes: &mut Vec<Cause>) {
    for (id, level) in levels(tree) {
        for pass in level.statements.iter().filter(|statement| &*statement.name == "proxy_pass") {
            let arg = pass.args.first().filter(|arg| arg.holes.is_empty() && arg.text.contains('$'));
            let Some(arg) = arg.filter(|_| known.has_resolver(tree, id)) else { continue };
            let Some((host, _)) = looked_up(tree, known, id, arg) else { continue };
            let Some(front) = fronts.all.iter().find(|front| front.name.eq_ignore_ascii_case(&host)) else { continue };
            let set = set_at(tree, id, pass);
            let place = set.map_or(pass.place, |link| link.place);
            let mut links = vec![Link { place: front.place, shows: "the Service".to_owned() }];
            if place != pass.place {
                links.push(Link { place: pass.place, shows: "forwards there".to_owned() });
            }
            let written = Arc::clone(&arg.text);
            let fault = NameFault::ShortName { written, host, namespace: front.namespace.clone() };
            let cause = Cause {
                kind: CauseKind::UnresolvableUpstream { fault },
                place,
                key: front.name.to_string(),
                chains: chain(links),
                assumptions: Vec::new(),
            };
            let known = causes.iter().position(|other| other.place == cause.place && other.key == cause.key);
            match known.and_then(|at| causes.get_mut(at)) {
                Some(other) => other.chains.extend(cause.chains),
                None => causes.push(cause),
            }
        }
    }
}
