//! What applications make of the address of a request, evaluated in each deployment that runs their code.

use super::contexts::{Contexts, JUDGED};
use super::flatten::Owners;
use super::graph::Graph;
use super::scope::{all, deployed_scope, package_of, server_scope};
use crate::base::Place;
use crate::model::{AddressUse, Alternative, Value, Wiring};

/// All of them.
pub fn uses(wiring: &Wiring, graph: &Graph<'_>, owners: &Owners) -> Vec<AddressUse> {
    let mut uses = Vec::new();
    let contexts = Contexts::new(wiring);
    for (file, facts) in wiring.repository.iter().filter(|(_, facts)| facts.role.speaks()) {
        for fact in &facts.addresses {
            let nodes = graph.resolve(wiring, file, fact.function.as_deref(), &fact.target).nodes;
            let apps: Vec<_> = nodes.iter().filter_map(|node| owners.get(node)).flatten().copied().collect();
            let package = package_of(wiring, file);
            for context in contexts.of(package) {
                if uses.len() >= JUDGED.most_items() {
                    wiring.limits.reached(Some(Place::new(file, fact.span)), &JUDGED);
                    return uses;
                }
                let scope = match context.deployment {
                    Some(deployment) => deployed_scope(package, deployment, context.service, context.mode.clone()),
                    None => server_scope(package),
                };
                uses.push(AddressUse {
                    place: Place::new(file, fact.span),
                    apps: apps.clone(),
                    package,
                    rule: fact.rule,
                    values: match &fact.value {
                        Some(value) => all(wiring, file, fact.function.as_deref(), value, &scope),
                        None => vec![on()],
                    },
                    deployment: context.deployment,
                    mode: context.mode,
                });
            }
        }
    }
    uses
}

/// A switch that is on.
fn on() -> Alternative {
    Alternative { value: Value::Bool(true), evidence: Vec::new(), taken: Vec::new(), assumptions: Vec::new() }
}
