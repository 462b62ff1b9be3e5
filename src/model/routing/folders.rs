//! Folders of the repository whose files applications hand out.

use super::flatten::Owners;
use super::graph::Graph;
use crate::base::Place;
use crate::model::{ServedFolder, Wiring};

/// All of them, in path and source order.
pub fn served(wiring: &Wiring, graph: &Graph<'_>, owners: &Owners) -> Vec<ServedFolder> {
    let mut found = Vec::new();
    for (file, facts) in wiring.repository.iter().filter(|(_, facts)| facts.role.speaks()) {
        for fact in &facts.folders {
            let nodes = graph.resolve(wiring, file, fact.function.as_deref(), &fact.target).nodes;
            let apps: Vec<_> = nodes.iter().filter_map(|node| owners.get(node)).flatten().copied().collect();
            if !apps.is_empty() {
                found.push(ServedFolder { apps, place: Place::new(file, fact.span), folder: fact.folder.clone() });
            }
        }
    }
    found
}
