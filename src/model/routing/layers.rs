//! What stands in front of the handlers of applications and answers some requests by itself.

use crate::base::{FileId, Place};
use crate::facts::{Expr, GateVerdict, LayerFact};
use crate::model::evaluate::locate;
use crate::model::{Layer, Registration, Wiring};

use super::flatten::Owners;
use super::graph::Graph;
use super::scope::{package_of, server_scope, text};

/// All of them, in path and source order.
pub fn layers(wiring: &Wiring, graph: &Graph<'_>, owners: &Owners) -> Vec<Layer> {
    let mut found = Vec::new();
    for (file, facts) in wiring.repository.iter().filter(|(_, facts)| facts.role.speaks()) {
        for fact in &facts.layers {
            let Some(verdict) = verdict(wiring, file, fact) else { continue };
            let function = fact.function.as_deref();
            let nodes = graph.resolve(wiring, file, function, &fact.target).nodes;
            // What a router does to its own routes, its place among those of the application does not say.
            let whole = nodes.iter().filter(|node| graph.is_whole(**node));
            let apps: Vec<_> = whole.filter_map(|node| owners.get(node)).flatten().copied().collect();
            if apps.is_empty() {
                continue;
            }
            let scope = server_scope(package_of(wiring, file));
            found.push(Layer {
                registered: Registration { place: Place::new(file, fact.span), function: fact.function.clone() },
                stands: fact.stands,
                apps,
                name: fact.name.clone(),
                verdict,
                prefix: fact.paths.as_ref().map(|path| text(wiring, file, function, path, &scope)),
            });
        }
    }
    found
}

/// What the function or class does, wherever it is.
fn verdict(wiring: &Wiring, file: FileId, fact: &LayerFact) -> Option<GateVerdict> {
    if fact.verdict.is_some() {
        return fact.verdict;
    }
    let gate = |file: FileId, name: &str| wiring.repository.get(file)?.gates.iter().find(|gate| &*gate.name == name);
    let code: &Expr = fact.code.as_ref()?;
    let symbol = locate(wiring, file, code, &|file, name| gate(file, name).is_some())?;
    gate(symbol.file, &symbol.name).map(|gate| gate.verdict)
}
