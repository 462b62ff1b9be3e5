//! What Django's development server serves: the application that the settings name.

use super::graph::{Graph, NodeId};
use super::scope::package_of;
use crate::base::FileId;
use crate::facts::{Framework, RouterKind};
use crate::model::{PackageId, Wiring};

/// Packages that make `runserver` serve the ASGI application, with its sockets: daphne, and Channels before version 4.
const ASGI_RUNSERVER: &[&str] = &["daphne", "channels"];

/// The application of `manage.py runserver` in the packages; none where it is not known which of several it is.
pub fn of_runserver(wiring: &Wiring, graph: &Graph<'_>, packages: &[PackageId]) -> Vec<NodeId> {
    let belongs = |file: FileId| packages.contains(&package_of(wiring, file));
    let roots = |framework: Framework| {
        let nodes = (0..).map(NodeId).zip(&graph.nodes).filter(|(_, node)| belongs(node.file));
        nodes
            .filter(move |(id, node)| {
                node.fact.kind == RouterKind::App && node.fact.framework == framework && !graph.is_inner(*id)
            })
            .collect::<Vec<_>>()
    };
    let manifests = wiring.repository.iter().filter(|(file, _)| belongs(*file));
    let mut needed = manifests
        .filter_map(|(_, facts)| facts.manifest.as_deref())
        .flat_map(|manifest| &manifest.dependencies)
        .map(|dependency| &*dependency.name);
    if needed.any(|name| ASGI_RUNSERVER.contains(&name))
        && let [(only, _)] = roots(Framework::Channels).as_slice()
    {
        return vec![*only];
    }
    let all = roots(Framework::Django);
    let named = |file: FileId| wiring.repository.get(file).is_some_and(|facts| facts.path.name() == "wsgi.py");
    let by_wsgi: Vec<NodeId> = all.iter().filter(|(_, node)| named(node.file)).map(|(id, _)| *id).collect();
    match (by_wsgi.as_slice(), all.as_slice()) {
        ([only], _) | ([], [(only, _)]) => vec![*only],
        _ => Vec::new(),
    }
}
