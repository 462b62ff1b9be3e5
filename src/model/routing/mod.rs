//! Stage 4: applications, routes, listeners and origin policies.

mod flatten;
mod graph;
mod origins;
mod policy;
mod scope;

use super::Wiring;

/// Runs the stage.
pub fn link(wiring: &mut Wiring) {
    let graph = graph::Graph::new(wiring);
    let built = flatten::applications(wiring, &graph);
    let policies = policy::policies(wiring, &graph, &built.owners);
    wiring.policies = policies;
    wiring.apps = built.apps;
    wiring.routes = built.routes;
}
