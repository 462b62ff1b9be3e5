//! Calls of a path that no server of the repository answers: the page's own server gives them a file, and no application has a
//! route for them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::origin::listening_apps;
use super::route::{Asked, Matched, is_file, named_route, route_of};
use super::walk::{Candidate, Walk};
use crate::base::RepoPath;
use crate::facts::Protocol;
use crate::model::{AppId, DeploymentId, PackageId, PathPiece, PathText, UrlRelation, Wiring};

/// So many calls of a package that are answered show that the applications are its back end.
const MOST_FEW: usize = 3;
/// Calls of a package in one deployment that are looked at for that.
const MOST_TRIED: usize = 200;
/// Folders whose files hosting services run as functions.
const FUNCTION_FOLDERS: &[&str] = &["api", "functions", "netlify/functions", "supabase/functions"];

/// The packages, by deployment, of which several calls to the page's own server are answered by an application there.
#[derive(Debug, Default)]
pub struct Backed(BTreeSet<(PackageId, DeploymentId)>);

impl Backed {
    /// Looks for them.
    pub fn new(wiring: &Wiring) -> Self {
        let mut apps: BTreeMap<DeploymentId, BTreeSet<AppId>> = BTreeMap::new();
        for listener in &wiring.listeners {
            apps.entry(listener.deployment).or_default().extend(listener.apps.iter().copied());
        }
        let apps: BTreeMap<DeploymentId, Vec<AppId>> =
            apps.into_iter().map(|(deployment, apps)| (deployment, apps.into_iter().collect())).collect();
        let mut seen: BTreeMap<(PackageId, DeploymentId), (usize, BTreeSet<&PathText>)> = BTreeMap::new();
        for handshake in wiring.handshakes.iter().filter(|it| it.url.relation != UrlRelation::Absolute) {
            let Some(connection) = wiring.connections.get(handshake.connection.0 as usize) else { continue };
            let (Some(path), Some(apps)) = (handshake.url.path.value(), apps.get(&handshake.deployment)) else {
                continue;
            };
            let (tried, answered) = seen.entry((connection.package, handshake.deployment)).or_default();
            if *tried >= MOST_TRIED || answered.len() >= MOST_FEW || connection.api.is_socket() {
                continue;
            }
            *tried += 1;
            if named_route(wiring, apps, path, Protocol::Http).is_some() {
                answered.insert(path);
            }
        }
        let is_backed = |(_, answered): &(usize, BTreeSet<&PathText>)| answered.len() >= MOST_FEW;
        Self(seen.into_iter().filter(|(_, seen)| is_backed(seen)).map(|(key, _)| key).collect())
    }
}

impl Walk<'_> {
    /// The cause, where neither the page's own server nor any application beside it has the path, while other calls of the same
    /// package are answered there.
    pub(super) fn answered_nowhere(&self, path: &PathText) -> Option<Candidate> {
        let is_named = matches!(path.0.first(), Some(PathPiece::Known(first)) if first.len() > 1);
        let package = self.connection.package;
        let key = (package, self.handshake.deployment);
        if self.protocol() != Protocol::Http
            || !is_named
            || is_file(path)
            || self.is_of_function(path)
            || !self.wiring.index.backed(self.wiring).0.contains(&key)
        {
            return None;
        }
        let apps = listening_apps(self);
        match route_of(self.wiring, &apps, path, &Asked { protocol: Protocol::Http, method: None }) {
            Matched::None(mut missed) => {
                missed.symptom = Arc::from("the server of the page answers with the page, or with 404");
                self.path_mismatch(&missed, path)
            }
            _ => None,
        }
    }

    /// Whether a hosting service may run a file of the repository for the path.
    fn is_of_function(&self, path: &PathText) -> bool {
        let package = self.wiring.packages.get(self.connection.package.0 as usize);
        let roots = package.map(|package| package.root.clone()).into_iter().chain([RepoPath::root()]);
        let is_kept = matches!(path.0.first(), Some(PathPiece::Known(first)) if first.starts_with("/."));
        let holds_files = |root: &RepoPath| {
            let below = |folder: &&str| root.join(folder).is_some_and(|it| self.holds_functions(&it));
            FUNCTION_FOLDERS.iter().any(|folder| below(&folder))
        };
        is_kept || roots.into_iter().any(|root| holds_files(&root))
    }

    /// Whether source files are in a folder, and none of them is part of an application that is known.
    fn holds_functions(&self, folder: &RepoPath) -> bool {
        let mut files = self.wiring.repository.below(folder).filter(|(_, facts)| facts.module.is_some()).peekable();
        let is_there = files.peek().is_some();
        is_there && !files.any(|(file, _)| self.wiring.apps.iter().any(|app| app.place.file == file))
    }
}
