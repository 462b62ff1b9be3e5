//! Calls of a path that no server of the repository answers: the page's own server gives them a file, and no application has a
//! route for them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::network::is_loopback;
use super::origin::listening_apps;
use super::route::{Asked, Matched, is_file, named_route, route_of};
use super::walk::{Candidate, Walk};
use crate::base::{FileId, Place, RepoPath};
use crate::facts::known::{has_mocks, is_universal};
use crate::facts::{Protocol, ServerProgram};
use crate::model::{AppId, DeploymentId, PackageId, PathPiece, PathText, UrlRelation, Wiring};

/// So many calls of a package that are answered show that the applications are its back end.
const FEW: usize = 3;
/// Calls of a package in one deployment that are looked at for that.
const MOST_TRIED: usize = 200;
/// Folders whose files hosting services run as functions.
const FUNCTION_FOLDERS: &[&str] = &["api", "functions", "netlify/functions", "supabase/functions"];

/// Whom the calls of a package ask in a deployment: the page's own server, or a port of the same machine.
type Server = (PackageId, DeploymentId, Option<u16>);

/// The servers of which several calls of one package ask for what an application there has.
#[derive(Debug, Default)]
pub struct Backed {
    /// Calls that show it, each with the route that it asks for.
    servers: BTreeMap<Server, Vec<(Place, Place)>>,
    /// The files in which applications are made.
    of_apps: BTreeSet<FileId>,
}

/// What was seen of the calls to one server.
#[derive(Default)]
struct Seen<'w> {
    tried: usize,
    /// The paths for which there are routes, with the call and the route.
    answered: BTreeMap<&'w PathText, (Place, Place)>,
}

impl Backed {
    /// Looks for them.
    pub fn new(wiring: &Wiring) -> Self {
        let mut apps: BTreeMap<DeploymentId, BTreeSet<AppId>> = BTreeMap::new();
        for listener in &wiring.listeners {
            apps.entry(listener.deployment).or_default().extend(listener.apps.iter().copied());
        }
        let apps: BTreeMap<DeploymentId, Vec<AppId>> =
            apps.into_iter().map(|(deployment, apps)| (deployment, apps.into_iter().collect())).collect();
        let mut seen: BTreeMap<Server, Seen<'_>> = BTreeMap::new();
        for handshake in &wiring.handshakes {
            let url = &handshake.url;
            let port = match (url.relation, url.host.value(), url.port.value()) {
                (UrlRelation::Absolute, Some(host), Some(port)) if is_loopback(host) => Some(*port),
                (UrlRelation::Absolute, ..) => continue,
                _ => None,
            };
            let Some(connection) = wiring.connections.get(handshake.connection.0 as usize) else { continue };
            let (Some(path), Some(apps)) = (url.path.value(), apps.get(&handshake.deployment)) else {
                continue;
            };
            let seen = seen.entry((connection.package, handshake.deployment, port)).or_default();
            if seen.tried >= MOST_TRIED || seen.answered.len() >= FEW || connection.api.is_socket() {
                continue;
            }
            seen.tried += 1;
            if let Some(route) = named_route(wiring, apps, path, Protocol::Http) {
                seen.answered.insert(path, (connection.place, route.place));
            }
        }
        let backed = seen.into_iter().filter(|(_, seen)| seen.answered.len() >= FEW);
        Self {
            servers: backed.map(|(key, seen)| (key, seen.answered.into_values().collect())).collect(),
            of_apps: wiring.apps.iter().map(|app| app.place.file).collect(),
        }
    }
}

impl<'w> Walk<'w> {
    /// Whether several calls of this package ask a port of the same machine, or the page's own server, for what an application of
    /// this deployment has.
    pub(super) fn is_backed(&self, port: Option<u16>) -> bool {
        self.backing(port).is_some()
    }

    /// The calls that show it, each with its route.
    fn backing(&self, port: Option<u16>) -> Option<&'w [(Place, Place)]> {
        let key = (self.connection.package, self.handshake.deployment, port);
        self.wiring.index.backed(self.wiring).servers.get(&key).map(Vec::as_slice)
    }

    /// The cause, where neither the page's own server nor any application beside it has the path, while other calls of the same
    /// package are answered there.
    pub(super) fn answered_nowhere(&self, path: &PathText) -> Option<Candidate> {
        let is_named = matches!(path.0.first(), Some(PathPiece::Known(first)) if first.len() > 1);
        if self.protocol() != Protocol::Http
            || !is_named
            || is_file(path)
            || !self.is_backed(None)
            || self.may_answer_itself()
            || self.is_of_function(path)
            || self.network.listeners().any(|(_, listener)| matches!(listener.program, ServerProgram::Unread(_)))
        {
            return None;
        }
        let apps = listening_apps(self);
        match route_of(self.wiring, &apps, path, &Asked { protocol: Protocol::Http, method: None }) {
            Matched::None(mut missed) => {
                missed.symptom = Arc::from("the server of the page answers with the page, or with 404");
                let candidate = self.path_mismatch(&missed, path)?;
                let others = self.backing(None).unwrap_or_default();
                Some(others.iter().fold(candidate, |candidate, (call, route)| {
                    candidate.link(*call, "another call, which is answered").link(*route, "its route")
                }))
            }
            _ => None,
        }
    }

    /// Whether something in the package may answer beside the servers that are read: routes of its own framework, or mocks.
    fn may_answer_itself(&self) -> bool {
        let package = self.wiring.packages.get(self.connection.package.0 as usize);
        package.is_none_or(|package| is_universal(&package.dependencies) || has_mocks(&package.dependencies))
    }

    /// Whether a hosting service may run a file of the repository for the path.
    fn is_of_function(&self, path: &PathText) -> bool {
        let package = self.wiring.packages.get(self.connection.package.0 as usize);
        let roots = package.map(|package| package.root.clone()).into_iter().chain([RepoPath::root()]);
        let is_kept = matches!(path.0.first(), Some(PathPiece::Known(first)) if first.starts_with("/."));
        let holds_files = |root: &RepoPath| {
            let mut folders = FUNCTION_FOLDERS.iter().filter_map(|folder| root.join(folder));
            folders.any(|folder| self.holds_functions(&folder))
        };
        is_kept || roots.into_iter().any(|root| holds_files(&root))
    }

    /// Whether source files are in a folder, and none of them is part of an application that is known.
    fn holds_functions(&self, folder: &RepoPath) -> bool {
        let mut files = self.wiring.repository.below(folder).filter(|(_, facts)| facts.module.is_some()).peekable();
        let is_there = files.peek().is_some();
        let of_apps = &self.wiring.index.backed(self.wiring).of_apps;
        is_there && !files.any(|(file, _)| of_apps.contains(&file))
    }
}
