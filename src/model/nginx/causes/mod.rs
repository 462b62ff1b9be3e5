//! What is wrong in a configuration: without a wire, and for a wire that runs through it.

mod auth;
mod by_name;
mod fill;
mod keepalive;
mod misplaced;
mod refused;
mod shadowed;
mod short_names;
mod undefined;
mod unresolvable;
mod unsubstituted;

use super::tree::{Level, LevelId, Statement, Tree};
use crate::base::FileId;
use crate::model::proxy::{BlockId, Proxies};
use crate::model::{Chain, Deployment, DeploymentKind, Fronts, Link, NginxInstance, ProxyId, Wiring};

pub use auth::AuthUpgrade;

/// Stage 4, the proxy's part: the causes that need no wire (misplaced directives, undefined variables).
pub fn configure(wiring: &mut Wiring) {
    let mut causes = Vec::new();
    let accepted = misplaced::accepted(&wiring.proxies);
    // before templates are filled: a value may hold several words, or none
    for instance in accused(&wiring.proxies) {
        refused::refused(wiring, instance, &mut causes);
    }
    fill::fill_templates(wiring);
    unsubstituted::templates(wiring, &mut causes);
    for instance in accused(&wiring.proxies) {
        misplaced::installed_as_main(instance, &mut causes);
        misplaced::installed_as_fragment(instance, &mut causes);
        misplaced::misplaced(wiring, instance, &accepted, &mut causes);
        undefined::undefined_variables(instance, &mut causes);
        shadowed::dead_locations(instance, &mut causes);
        keepalive::closing_maps(instance, &mut causes);
    }
    for (id, instance) in wiring.proxies.all::<NginxInstance>().filter(|(_, instance)| may_be_accused(instance)) {
        unresolvable::names(instance, cluster_of(wiring, id), &mut causes);
    }
    for cause in causes {
        wiring.add_cause(cause);
    }
}

/// The names of the cluster that a proxy runs in, and nowhere else.
fn cluster_of(wiring: &Wiring, id: ProxyId) -> Option<&Fronts> {
    // that its image is built says nothing of where it runs
    let runs = |deployment: &&Deployment| deployment.kind != DeploymentKind::Images && deployment.proxies.contains(&id);
    let mut around = wiring.deployments.iter().filter(runs);
    let first = around.next().filter(|deployment| deployment.kind == DeploymentKind::Cluster)?;
    around.all(|deployment| deployment.kind == DeploymentKind::Cluster).then_some(&first.fronts)
}

/// After the wires were followed: locations that are WebSocket by name only, and that no wire has shown to be broken.
pub fn suspect(wiring: &mut Wiring) {
    let mut causes = Vec::new();
    for instance in accused(&wiring.proxies) {
        for cause in by_name::by_name(instance) {
            if !wiring.index.knows_cause(&cause) {
                causes.push(cause);
            }
        }
    }
    for cause in causes {
        wiring.add_cause(cause);
    }
}

/// The instances whose files findings may be in.
fn accused(proxies: &Proxies) -> impl Iterator<Item = &NginxInstance> {
    let all = proxies.all::<NginxInstance>().map(|(_, instance)| instance);
    all.filter(|instance| may_be_accused(instance))
}

fn may_be_accused(instance: &NginxInstance) -> bool {
    instance.accusable && !is_stream(&instance.tree)
}

/// A part of a `stream { ... }` that looks like one of `http`: its servers forward without a location.
fn is_stream(tree: &Tree) -> bool {
    tree.http_servers().any(|(_, server)| {
        server.statements.iter().any(|statement| {
            &*statement.name == "proxy_pass" && statement.args.first().is_some_and(|arg| !arg.text.contains("://"))
        })
    })
}

fn levels(tree: &Tree) -> impl Iterator<Item = (LevelId, &Level)> {
    (0u32..).map(BlockId).zip(&tree.levels)
}

/// Whether nginx refuses the text of a file, or wirelint has not read all of it: what is where in it is then anybody's
/// guess.
fn is_unreadable(wiring: &Wiring, file: FileId) -> bool {
    wiring.repository.get(file).is_some_and(|facts| !facts.syntax_errors.is_empty() || !facts.limits.is_empty())
}

/// Who includes the file of `statement`, when the block that it is in is in another one.
fn included(tree: &Tree, statement: &Statement, level: &Level) -> Option<Link> {
    if statement.place.file == level.place.file {
        return None;
    }
    let place = *tree.included_by.get(&statement.place.file)?.first()?;
    Some(Link { place, shows: "includes it here".to_owned() })
}

fn chain(links: Vec<Link>) -> Vec<Chain> {
    if links.is_empty() { Vec::new() } else { vec![Chain { wire: None, hop: None, links }] }
}
