//! What applications make of the address of a request, evaluated in each deployment that runs their code.

use super::contexts::in_every_context;
use super::flatten::Owners;
use super::graph::Graph;
use super::scope::all;
use crate::base::Place;
use crate::model::{AddressUse, Alternative, Value, Wiring};

/// All of them.
pub fn uses(wiring: &Wiring, graph: &Graph<'_>, owners: &Owners) -> Vec<AddressUse> {
    in_every_context(
        wiring,
        |facts| &facts.addresses,
        |fact| fact.span,
        |run, fact| {
            let nodes = graph.resolve(wiring, run.file, fact.function.as_deref(), &fact.target).nodes;
            AddressUse {
                place: Place::new(run.file, fact.span),
                apps: nodes.iter().filter_map(|node| owners.get(node)).flatten().copied().collect(),
                package: run.package,
                rule: fact.rule,
                values: match &fact.value {
                    Some(value) => all(wiring, run.file, fact.function.as_deref(), value, &run.scope),
                    None => vec![on()],
                },
                deployment: run.context.deployment,
                mode: run.context.mode.clone(),
            }
        },
    )
}

/// A switch that is on.
fn on() -> Alternative {
    Alternative { value: Value::Bool(true), evidence: Vec::new(), taken: Vec::new(), assumptions: Vec::new() }
}
