//! Stage 4: applications, routes, listeners and origin policies.

mod address;
mod bind;
mod contexts;
mod cookies;
mod cors_words;
mod coverage;
mod django;
mod flatten;
mod folders;
mod front;
mod graph;
mod handover;
mod layers;
mod listen;
mod managed;
mod next;
mod origins;
mod policy;
mod preflight;
mod scope;
mod secrets;
mod settings;
mod spelling;
mod start;

pub(super) use self::origins::{HostTest, of_hosts};

use super::Wiring;

/// Runs the stage.
pub fn link(wiring: &mut Wiring) {
    let graph = graph::Graph::new(wiring);
    let mut listened = listen::listened(wiring, &graph);
    listened.extend(listen::named(wiring, &graph));
    let mut built = flatten::applications(wiring, &graph, &listened);
    next::add(wiring, &mut built);
    cors_words::note(wiring, &mut built.apps);
    let policies = policy::policies(wiring, &graph, &built.owners);
    let addresses = address::uses(wiring, &graph, &built.owners);
    let (cookies, proxy_trust) = (cookies::uses(wiring), cookies::trust(wiring));
    let listeners = listen::listeners(wiring, &graph, &built);
    let folders = folders::served(wiring, &graph, &built.owners);
    let layers = layers::layers(wiring, &graph, &built.owners);
    wiring.layers = layers;
    wiring.folders = folders;
    wiring.apps = built.apps;
    wiring.routes = built.routes;
    wiring.unmounted = built.unmounted;
    wiring.policies = policies;
    wiring.addresses = addresses;
    wiring.secrets = secrets::uses(wiring);
    wiring.cookies = cookies;
    wiring.proxy_trust = proxy_trust;
    wiring.listeners = listeners;
}
