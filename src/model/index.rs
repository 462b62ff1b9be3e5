//! Look-ups over the facts of a repository, made when they are first needed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use super::evaluate::{self, CallIndex, Changes, Classes, ClosureIndex, Globals, ModuleNames, Scope};
use super::follow::{Answers, Backed, Bridged, Namespaces, NetworkIndex, RouteIndex, SaidIndex, Siblings};
use super::{
    AppId, Cause, CauseId, DeploymentId, Environment, OriginPolicy, PackageId, ProxyId, ServiceId, Side, Wiring,
};
use crate::base::{FileId, FileRole, Place, RepoPath};
use crate::facts::{Expr, FileFacts, HandlerFact, PageKind, Quote};

/// Whose environment it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Owner {
    Package(PackageId),
    /// Of no package.
    Service(Option<ServiceId>),
}

/// Joins that many stages ask for again and again. The facts must not change once one was made.
#[derive(Debug, Default)]
pub struct Index {
    dev_servers: OnceLock<Vec<FileId>>,
    calls: OnceLock<CallIndex>,
    closures: OnceLock<ClosureIndex>,
    changes: OnceLock<Changes>,
    star_heirs: OnceLock<BTreeMap<FileId, Vec<FileId>>>,
    globals: OnceLock<Globals>,
    names: OnceLock<ModuleNames>,
    classes: OnceLock<Classes>,
    said: OnceLock<SaidIndex>,
    namespaces: OnceLock<Namespaces>,
    routes: OnceLock<RouteIndex>,
    network: OnceLock<NetworkIndex>,
    backed: OnceLock<Backed>,
    bridged: OnceLock<Bridged>,
    siblings: OnceLock<Siblings>,
    answers: Answers,
    /// The causes that were added, by place, rule and key.
    causes: BTreeMap<(Place, &'static str, String), CauseId>,
    files: OnceLock<Vec<Vec<FileId>>>,
    proxies: OnceLock<BTreeMap<FileId, Vec<ProxyId>>>,
    policies: OnceLock<BTreeMap<AppId, Vec<usize>>>,
    helpers: OnceLock<BTreeMap<FileId, BTreeMap<Arc<str>, usize>>>,
    ignoring: OnceLock<Vec<FileId>>,
    hosting: OnceLock<Vec<FileId>>,
    environments: OnceLock<KnownEnvironments>,
    replacements: OnceLock<Replacements>,
    examples: OnceLock<BTreeMap<Arc<str>, Vec<Example>>>,
}

/// For each module, the build configurations that replace it, with what they take instead.
type Replacements = BTreeMap<FileId, Vec<(Arc<str>, FileId)>>;

/// What an example env file gives for a name.
#[derive(Clone, Debug)]
pub struct Example {
    /// The folder of the file.
    pub folder: RepoPath,
    /// The value, as a reader of env files would take it; often a placeholder.
    pub value: Arc<str>,
    /// Where it is written.
    pub place: Place,
}

impl Index {
    /// The id of a cause with the same place, rule and key; `next`, and it has that from now on, when there is none.
    pub(super) fn cause(&mut self, cause: &Cause, next: CauseId) -> CauseId {
        *self.causes.entry(key(cause)).or_insert(next)
    }

    /// Whether a cause with the same place, rule and key was added.
    pub(super) fn knows_cause(&self, cause: &Cause) -> bool {
        self.causes.contains_key(&key(cause))
    }

    /// What proxies answered.
    pub(super) fn answers(&self) -> &Answers {
        &self.answers
    }

    /// The files of a package, in path order. Asked only once the packages are known.
    pub(super) fn files_of<'a>(
        &'a self,
        wiring: &'a Wiring,
        package: PackageId,
    ) -> impl Iterator<Item = (FileId, &'a FileFacts)> + use<'a> {
        let known = self.files.get_or_init(|| {
            let mut known: Vec<Vec<FileId>> = wiring.packages.iter().map(|_| Vec::new()).collect();
            for (file, facts) in wiring.repository.iter() {
                let owner = super::topology::package_of(wiring, &facts.path);
                if let Some(files) = owner.and_then(|owner| known.get_mut(owner.0 as usize)) {
                    files.push(file);
                }
            }
            known
        });
        let files = known.get(package.0 as usize).map_or(&[][..], Vec::as_slice);
        files.iter().filter_map(|file| Some((*file, wiring.repository.get(*file)?)))
    }

    /// The files that configure development servers, in path order.
    pub(super) fn dev_servers<'a>(&'a self, wiring: &Wiring) -> &'a [FileId] {
        self.dev_servers.get_or_init(|| {
            let files = wiring.repository.iter().filter(|(_, facts)| !facts.dev_servers.is_empty());
            files.map(|(file, _)| file).collect()
        })
    }

    /// The classes of all files.
    pub(super) fn classes(&self, wiring: &Wiring) -> &Classes {
        self.classes.get_or_init(|| Classes::new(wiring))
    }

    /// The files in a folder, and below it, that configure development servers.
    pub(super) fn dev_servers_under<'a>(
        &'a self,
        wiring: &'a Wiring,
        folder: &RepoPath,
    ) -> impl Iterator<Item = (FileId, &'a FileFacts)> + use<'a> {
        let below = if folder.as_str().is_empty() { String::new() } else { format!("{}/", folder.as_str()) };
        let all = self.dev_servers(wiring);
        let path = |file: &FileId| wiring.repository.get(*file).map_or("", |facts| facts.path.as_str());
        // Files are in the order of their paths.
        let first = all.partition_point(|file| path(file) < below.as_str());
        let inside = all.iter().skip(first).take_while(move |file| path(file).starts_with(&below));
        inside.filter_map(|file| Some((*file, wiring.repository.get(*file)?)))
    }

    /// The files that keep env files out of the repository, in path order.
    pub(super) fn ignoring<'a>(&'a self, wiring: &Wiring) -> &'a [FileId] {
        self.ignoring.get_or_init(|| {
            let files = wiring.repository.iter().filter(|(_, facts)| !facts.ignored_env.is_empty());
            files.map(|(file, _)| file).collect()
        })
    }

    /// The files that have pages built and published, in path order.
    pub(super) fn hosting<'a>(&'a self, wiring: &Wiring) -> &'a [FileId] {
        self.hosting.get_or_init(|| {
            let hosts = |facts: &FileFacts| facts.pages.iter().any(|page| matches!(page.kind, PageKind::Hosting(_)));
            wiring.repository.iter().filter(|(_, facts)| hosts(facts)).map(|(file, _)| file).collect()
        })
    }

    /// The writes of modules into objects of other modules.
    pub(super) fn changes<'a>(&'a self, wiring: &Wiring) -> &'a Changes {
        self.changes.get_or_init(|| evaluate::changes(wiring))
    }

    /// The modules that take all names of a module over with a star (`from .base import *`), in path order.
    pub(super) fn star_heirs<'a>(&'a self, wiring: &Wiring, module: FileId) -> &'a [FileId] {
        let known = self.star_heirs.get_or_init(|| {
            let mut known: BTreeMap<FileId, Vec<FileId>> = BTreeMap::new();
            for (heir, facts) in wiring.repository.iter() {
                let imports = facts.module.iter().flat_map(|module| &module.imports);
                let stars = imports.filter(|import| &*import.local == "*");
                let from: BTreeSet<FileId> =
                    stars.flat_map(|import| evaluate::module_targets(wiring, heir, &import.module)).collect();
                from.into_iter().for_each(|file| known.entry(file).or_default().push(heir));
            }
            known
        });
        known.get(&module).map_or(&[], Vec::as_slice)
    }

    /// What a name of the page's global object stands for in the code of a file. Asked only once the packages are known.
    pub(super) fn global<'a>(&self, wiring: &'a Wiring, file: FileId, name: &str) -> Option<(FileId, &'a Expr)> {
        let globals = self.globals.get_or_init(|| evaluate::globals(wiring));
        evaluate::global(wiring, globals, file, name)
    }

    /// The calls that reach functions that are values. Asked only once the packages are known.
    pub(super) fn closures<'a>(&'a self, wiring: &Wiring) -> &'a ClosureIndex {
        self.closures.get_or_init(|| ClosureIndex::new(wiring))
    }

    /// The calls of every function and class.
    pub(super) fn calls<'a>(&'a self, wiring: &Wiring) -> &'a CallIndex {
        self.calls.get_or_init(|| CallIndex::new(wiring))
    }

    /// The names of every module.
    pub(super) fn names<'a>(&'a self, wiring: &Wiring) -> &'a ModuleNames {
        self.names.get_or_init(|| ModuleNames::new(wiring))
    }

    /// What the code of every file says where, and which names are set.
    pub(super) fn said<'a>(&'a self, wiring: &Wiring) -> &'a SaidIndex {
        self.said.get_or_init(|| SaidIndex::new(wiring))
    }

    /// The namespaces of socket.io servers.
    pub(super) fn namespaces<'a>(&'a self, wiring: &Wiring) -> &'a Namespaces {
        self.namespaces.get_or_init(|| Namespaces::new(wiring))
    }

    /// The routes of every application. Asked only once they are linked.
    pub(super) fn routes<'a>(&'a self, wiring: &Wiring) -> &'a RouteIndex {
        self.routes.get_or_init(|| RouteIndex::new(wiring))
    }

    /// The packages that make applications of ASGI into ones of WSGI, or the other way round.
    pub(super) fn bridged<'a>(&'a self, wiring: &Wiring) -> &'a Bridged {
        self.bridged.get_or_init(|| Bridged::new(wiring))
    }

    /// The packages whose calls applications answer. Asked only once the URLs are known.
    pub(super) fn backed<'a>(&'a self, wiring: &Wiring) -> &'a Backed {
        self.backed.get_or_init(|| Backed::new(wiring))
    }

    /// The servers that several calls to one address show, though no file says the address. Asked only once the handshakes are known.
    pub(super) fn siblings<'a>(&'a self, wiring: &Wiring) -> &'a Siblings {
        self.siblings.get_or_init(|| Siblings::new(wiring))
    }

    /// Who binds what in every deployment. Asked only once the listeners are known.
    pub(super) fn network<'a>(&'a self, wiring: &Wiring) -> &'a NetworkIndex {
        self.network.get_or_init(|| NetworkIndex::new(wiring))
    }

    /// The module that a build configuration takes in the place of `file`.
    pub(super) fn replacement(&self, wiring: &Wiring, file: FileId, configuration: &str) -> Option<FileId> {
        let known = self.replacements.get_or_init(|| {
            let mut known = Replacements::new();
            let resolved = |from: FileId, module: &Arc<str>| {
                wiring.repository.resolved.get(&(from, Arc::clone(module)))?.first().copied()
            };
            for (from, facts) in wiring.repository.iter() {
                for entry in &facts.replacements {
                    if let (Some(replaced), Some(with)) = (resolved(from, &entry.replaced), resolved(from, &entry.with))
                    {
                        known.entry(replaced).or_default().push((Arc::clone(&entry.configuration), with));
                    }
                }
            }
            known
        });
        let entries = known.get(&file)?;
        entries.iter().find(|(name, _)| &**name == configuration).map(|(_, with)| *with)
    }

    /// The origin policies of some applications, in order.
    pub(super) fn policies_of<'a>(
        &'a self,
        wiring: &'a Wiring,
        apps: &[AppId],
    ) -> impl Iterator<Item = &'a OriginPolicy> + use<'a> {
        let known = self.policies.get_or_init(|| {
            let mut known: BTreeMap<AppId, Vec<usize>> = BTreeMap::new();
            for (at, policy) in wiring.policies.iter().enumerate() {
                if let Some(app) = policy.app {
                    known.entry(app).or_default().push(at);
                }
            }
            known
        });
        let found: BTreeSet<usize> = apps.iter().filter_map(|app| known.get(app)).flatten().copied().collect();
        found.into_iter().filter_map(|at| wiring.policies.get(at))
    }

    /// The proxies that read a file.
    pub(super) fn proxies_with(&self, wiring: &Wiring, file: FileId) -> &[ProxyId] {
        let known = self.proxies.get_or_init(|| {
            let mut known: BTreeMap<FileId, Vec<ProxyId>> = BTreeMap::new();
            for (id, instance) in wiring.proxies.iter() {
                instance.files().iter().for_each(|file| known.entry(*file).or_default().push(id));
            }
            known
        });
        known.get(&file).map_or(&[], Vec::as_slice)
    }

    /// The function of a file that gets a socket or request, the first of its name.
    pub(super) fn helper<'a>(&self, wiring: &'a Wiring, file: FileId, name: &str) -> Option<&'a HandlerFact> {
        let known = self.helpers.get_or_init(|| {
            let mut known: BTreeMap<FileId, BTreeMap<Arc<str>, usize>> = BTreeMap::new();
            for (file, facts) in wiring.repository.iter() {
                for (at, helper) in facts.helpers.iter().enumerate() {
                    known.entry(file).or_default().entry(Arc::clone(&helper.name)).or_insert(at);
                }
            }
            known
        });
        wiring.repository.get(file)?.helpers.get(*known.get(&file)?.get(name)?)
    }

    /// What example env files give for a name, in path order.
    pub(super) fn examples<'a>(&'a self, wiring: &Wiring, name: &str) -> &'a [Example] {
        let known = self.examples.get_or_init(|| {
            let mut known: BTreeMap<Arc<str>, Vec<Example>> = BTreeMap::new();
            for (file, facts) in wiring.repository.iter().filter(|(_, facts)| facts.role == FileRole::Example) {
                let Some(folder) = facts.path.parent() else { continue };
                for entry in &facts.env {
                    let value = match entry.quote {
                        Quote::None => Arc::from(entry.raw.split(" #").next().unwrap_or_default().trim()),
                        _ => Arc::clone(&entry.raw),
                    };
                    let place = Place::new(file, entry.name_span);
                    known.entry(Arc::clone(&entry.name)).or_default().push(Example {
                        folder: folder.clone(),
                        value,
                        place,
                    });
                }
            }
            known
        });
        known.get(name).map_or(&[], Vec::as_slice)
    }

    /// The environments that a scope may have, in their order: those of its package and those of its service without one, in its
    /// deployment or in none. Asked only once they are bound.
    pub(super) fn environments<'a>(&'a self, wiring: &'a Wiring, scope: &Scope) -> Vec<&'a Environment> {
        if wiring.environments.is_empty() {
            return Vec::new();
        }
        let known = self.known_environments(wiring);
        let owners = [Owner::Service(scope.service), Owner::Package(scope.package)];
        // Where a process runs that is a service's, the processes of other services have no part.
        let of_one = scope.service.filter(|_| scope.side == Side::Server);
        let mut found: BTreeSet<usize> = BTreeSet::new();
        for owner in owners {
            let deployments = match scope.deployment {
                Some(deployment) => vec![None, Some(deployment)],
                None => known.deployments.get(&owner).into_iter().flatten().copied().collect(),
            };
            for deployment in deployments {
                let services = match of_one {
                    Some(service) => [None, Some(service)]
                        .into_iter()
                        .flat_map(|service| known.of.get(&(owner, deployment, service)).into_iter().flatten())
                        .copied()
                        .collect::<Vec<_>>(),
                    None => known
                        .of
                        .range((owner, deployment, None)..)
                        .take_while(|((of, at, _), _)| (*of, *at) == (owner, deployment))
                        .flat_map(|(_, all)| all)
                        .copied()
                        .collect(),
                };
                found.extend(services);
            }
        }
        found.into_iter().filter_map(|index| wiring.environments.get(index)).collect()
    }

    /// Whether a package has an environment of the browser.
    pub(super) fn has_browser_environment(&self, wiring: &Wiring, package: PackageId) -> bool {
        !wiring.environments.is_empty() && self.known_environments(wiring).in_browsers.contains(&package)
    }

    fn known_environments(&self, wiring: &Wiring) -> &KnownEnvironments {
        self.environments.get_or_init(|| {
            let mut known = KnownEnvironments::default();
            for (index, environment) in wiring.environments.iter().enumerate() {
                let owner = environment.package.map_or(Owner::Service(environment.service), Owner::Package);
                known.of.entry((owner, environment.deployment, environment.service)).or_default().push(index);
                known.deployments.entry(owner).or_default().insert(environment.deployment);
                if let Some(package) = environment.package.filter(|_| environment.side == Side::Browser) {
                    known.in_browsers.insert(package);
                }
            }
            known
        })
    }
}

/// Where the environments are in their list.
#[derive(Debug, Default)]
struct KnownEnvironments {
    /// By whose they are, the deployment, and the service.
    of: BTreeMap<(Owner, Option<DeploymentId>, Option<ServiceId>), Vec<usize>>,
    /// The deployments of each owner.
    deployments: BTreeMap<Owner, BTreeSet<Option<DeploymentId>>>,
    /// Packages with one of the browser.
    in_browsers: BTreeSet<PackageId>,
}

fn key(cause: &Cause) -> (Place, &'static str, String) {
    (cause.place, cause.kind.rule(), cause.key.clone())
}
