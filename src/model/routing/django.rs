//! What Django's development server serves: the application that the settings name.

use super::graph::{Graph, NodeId};
use super::scope::package_of;
use crate::base::FileId;
use crate::facts::{Dependency, Framework, RouterKind};
use crate::model::requirement::is_below;
use crate::model::{PackageId, Wiring};

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
    match by_daphne(wiring, packages) {
        Some(true) => {
            if let [(only, _)] = roots(Framework::Channels).as_slice() {
                return vec![*only];
            }
        }
        Some(false) => {}
        None => return Vec::new(),
    }
    let all = roots(Framework::Django);
    let named = |file: FileId| wiring.repository.get(file).is_some_and(|facts| facts.path.name() == "wsgi.py");
    let by_wsgi: Vec<NodeId> = all.iter().filter(|(_, node)| named(node.file)).map(|(id, _)| *id).collect();
    match (by_wsgi.as_slice(), all.as_slice()) {
        ([only], _) | ([], [(only, _)]) => vec![*only],
        _ => Vec::new(),
    }
}

/// Whether `runserver` is that of daphne, with the sockets of the ASGI application. Channels brought its own before version 4;
/// since then daphne has to be installed (<https://channels.readthedocs.io/en/latest/releases/4.0.0.html>). `None` where the
/// manifests leave it open.
fn by_daphne(wiring: &Wiring, packages: &[PackageId]) -> Option<bool> {
    let belongs = |file: FileId| packages.contains(&package_of(wiring, file));
    let manifests = wiring.repository.iter().filter(|(file, _)| belongs(*file));
    let needed: Vec<&Dependency> = manifests
        .filter_map(|(_, facts)| facts.manifest.as_deref())
        .flat_map(|manifest| &manifest.dependencies)
        .collect();
    let is_daphne = |it: &&Dependency| &*it.name == "daphne" || it.extras.iter().any(|extra| &**extra == "daphne");
    if needed.iter().any(is_daphne) || packages.iter().any(|id| is_below(wiring, *id, "channels", 4)) {
        return Some(true);
    }
    if needed.iter().any(|it| &*it.name == "channels") { None } else { Some(false) }
}
