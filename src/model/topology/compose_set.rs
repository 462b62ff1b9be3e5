//! Compose files that are read together, and their services merged.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::base::{FileId, RepoPath, is_test_word};
use crate::facts::{ComposeBuild, ComposeFile, ComposeService, Repository};
use crate::model::Mode;

/// Files that are read together, the base first.
#[derive(Clone, Debug)]
pub struct ComposeSet {
    /// The files.
    pub files: Vec<FileId>,
    /// The folder that relative paths start from.
    pub folder: RepoPath,
    /// The base file beside a file that is alone: it tells what images of the same services are built from.
    pub lender: Option<FileId>,
    /// The profile that is switched on.
    pub profile: Option<Arc<str>>,
    /// What the names of the files say about the mode.
    pub mode: Option<Mode>,
}

/// A service as all files of a set together declare it, the weakest first.
#[derive(Clone, Debug)]
pub struct Declared<'a> {
    /// Its name.
    pub name: Arc<str>,
    /// The declarations.
    pub parts: Vec<(FileId, &'a ComposeService)>,
}

impl<'a> Declared<'a> {
    /// The strongest value of a field that is replaced as a whole.
    pub fn last<T>(&self, field: impl Fn(&'a ComposeService) -> Option<&'a T>) -> Option<(FileId, &'a T)> {
        self.parts.iter().rev().find_map(|(file, part)| field(part).map(|value| (*file, value)))
    }

    /// The items of a field that is joined.
    pub fn all<T>(&self, field: impl Fn(&'a ComposeService) -> &'a [T]) -> Vec<(FileId, &'a T)> {
        self.parts.iter().flat_map(|(file, part)| field(part).iter().map(|item| (*file, item))).collect()
    }
}

/// Longest chain of `extends`.
const EXTENDS_LIMIT: usize = 8;
/// Profiles of one file that are looked at one by one.
const PROFILE_LIMIT: usize = 8;

/// The sets of a repository.
pub fn sets(repository: &Repository) -> Vec<ComposeSet> {
    let mut folders: BTreeMap<RepoPath, Vec<FileId>> = BTreeMap::new();
    for (id, facts) in repository.iter() {
        let has_services = facts.compose.as_ref().is_some_and(|compose| !compose.services.is_empty());
        if has_services && facts.role.may_be_accused() {
            folders.entry(facts.path.parent().unwrap_or_else(RepoPath::root)).or_default().push(id);
        }
    }
    let included = included(repository);
    let mut sets = Vec::new();
    for (folder, files) in folders {
        let name = |id: FileId| repository.get(id).map_or("", |facts| facts.path.name());
        let base = files.iter().copied().find(|id| is_base(name(*id)));
        let overrides: Vec<FileId> = files.iter().copied().filter(|id| name(*id).contains(".override.")).collect();
        let networks = declared(repository, &files);
        let mut joined_base = false;
        for file in files.iter().copied().filter(|id| Some(*id) != base && !overrides.contains(id)) {
            if included.contains(&file) {
                continue;
            }
            let mut own = base.filter(|base| !stands_alone(repository, file, *base));
            if let Some(network) = own.and_then(|base| undeclared(repository, &[base, file])) {
                // whoever needs a network of one other file is read with that one
                own = match networks.get(&network).map(Vec::as_slice) {
                    Some(&[other]) if other != file && undeclared(repository, &[other, file]).is_none() => Some(other),
                    _ => continue,
                };
            }
            joined_base |= own.is_some() && own == base;
            // the stronger one first, as those that include others are
            let together: Vec<FileId> = std::iter::once(file).chain(own).collect();
            add(repository, &mut sets, together, base, &folder, mode_of_words(name(file)));
        }
        if let Some(base) = base.filter(|base| !included.contains(base)) {
            let together: Vec<FileId> = std::iter::once(base).chain(overrides).collect();
            // Alone with named overlays beside it, a base without a complete service is only a part.
            if !joined_base || complete(repository, base) {
                add(repository, &mut sets, together, None, &folder, None);
            }
        }
    }
    sets
}

fn add(
    repository: &Repository,
    sets: &mut Vec<ComposeSet>,
    files: Vec<FileId>,
    lender: Option<FileId>,
    folder: &RepoPath,
    mode: Option<Mode>,
) {
    let files = with_includes(repository, files);
    let lender = lender.filter(|lender| !files.contains(lender));
    let set = ComposeSet { files, folder: folder.clone(), lender, profile: None, mode };
    let profiles: BTreeSet<Arc<str>> =
        set.parts(repository).iter().flat_map(|(_, service)| service.profiles.iter().cloned()).collect();
    let always = set.parts(repository).iter().any(|(_, service)| service.profiles.is_empty());
    if always || profiles.is_empty() {
        sets.push(set.clone());
    }
    // What only tests start is no deployment.
    let tested = |profile: &Arc<str>| profile.split(|c: char| !c.is_ascii_alphanumeric()).any(is_test_word);
    for profile in profiles.into_iter().filter(|profile| !tested(profile)).take(PROFILE_LIMIT) {
        let mode = mode_of_words(&profile).or_else(|| set.mode.clone());
        sets.push(ComposeSet { profile: Some(profile), mode, ..set.clone() });
    }
}

fn is_base(name: &str) -> bool {
    matches!(name, "docker-compose.yml" | "docker-compose.yaml" | "compose.yml" | "compose.yaml")
}

/// Files that another compose file takes in.
fn included(repository: &Repository) -> BTreeSet<FileId> {
    let files = repository.iter().filter_map(|(id, facts)| Some((id, facts.compose.as_deref()?)));
    files.flat_map(|(id, compose)| includes(repository, id, compose)).collect()
}

fn includes(repository: &Repository, id: FileId, compose: &ComposeFile) -> Vec<FileId> {
    let folder = repository.get(id).and_then(|facts| facts.path.parent());
    let paths = compose.includes.iter().filter_map(|path| folder.as_ref()?.join(path.as_str()?));
    paths.filter_map(|path| repository.find(&path)).filter(|found| *found != id).collect()
}

fn with_includes(repository: &Repository, files: Vec<FileId>) -> Vec<FileId> {
    let mut all: Vec<FileId> = Vec::new();
    let mut queue = files;
    while !queue.is_empty() && all.len() < 64 {
        let next: Vec<FileId> = queue
            .iter()
            .filter_map(|id| Some((*id, repository.get(*id)?.compose.as_deref()?)))
            .flat_map(|(id, compose)| includes(repository, id, compose))
            .collect();
        all.extend(queue);
        queue = next.into_iter().filter(|id| !all.contains(id)).collect();
    }
    // Included files are weaker than those that include them.
    all.reverse();
    let mut seen = BTreeSet::new();
    all.retain(|id| seen.insert(*id));
    all.sort_by_key(|id| !repository.get(*id).is_some_and(|facts| is_base(facts.path.name())));
    all
}

/// Whether a file says all that its services need, so that it does not overlay the base.
fn stands_alone(repository: &Repository, file: FileId, base: FileId) -> bool {
    let services = |id: FileId| {
        repository
            .get(id)
            .and_then(|facts| facts.compose.as_deref())
            .map(|compose| compose.services.as_slice())
            .unwrap_or_default()
    };
    let own: BTreeSet<&str> = services(file).iter().map(|service| &*service.name).collect();
    let of_base: BTreeSet<&str> = services(base).iter().map(|service| &*service.name).collect();
    let needs_base = services(file).iter().any(|service| {
        let incomplete = service.image.is_none() && service.build.is_none() && service.extends.is_none();
        incomplete && of_base.contains(&*service.name)
            || service.depends_on.iter().any(|name| !own.contains(&**name) && of_base.contains(&**name))
    });
    !needs_base
}

/// The networks that the files of a folder declare, each with the files that do.
fn declared(repository: &Repository, files: &[FileId]) -> BTreeMap<Arc<str>, Vec<FileId>> {
    let mut found: BTreeMap<Arc<str>, Vec<FileId>> = BTreeMap::new();
    for (id, compose) in files.iter().filter_map(|id| Some((*id, repository.get(*id)?.compose.as_deref()?))) {
        for name in &compose.networks {
            found.entry(Arc::clone(name)).or_default().push(id);
        }
    }
    found
}

/// The first network of a service of the files that none of them declares: Compose refuses to read such files together.
fn undeclared(repository: &Repository, files: &[FileId]) -> Option<Arc<str>> {
    let files = with_includes(repository, files.to_vec());
    let read = || files.iter().filter_map(|id| repository.get(*id)?.compose.as_deref());
    let declared: BTreeSet<&str> = read().flat_map(|compose| &compose.networks).map(|name| &**name).collect();
    let mut used = read().flat_map(|compose| &compose.services).flat_map(|service| &service.networks);
    used.find(|name| &***name != "default" && !name.contains('$') && !declared.contains(&***name)).cloned()
}

fn complete(repository: &Repository, file: FileId) -> bool {
    let compose = repository.get(file).and_then(|facts| facts.compose.as_deref());
    compose.is_some_and(|compose| compose.services.iter().any(|s| s.image.is_some() || s.build.is_some()))
}

/// The mode that the words of a name speak of.
pub fn mode_of_words(name: &str) -> Option<Mode> {
    let name = name.to_ascii_lowercase();
    name.split(|c: char| !c.is_ascii_alphanumeric()).find_map(|word| match word {
        "dev" | "development" | "local" | "debug" | "hot" => Some(Mode::Development),
        "prod" | "production" | "release" | "deploy" | "hub" | "ssl" | "https" => Some(Mode::Production),
        "staging" | "stage" => Some(Mode::Other(Arc::from("staging"))),
        _ => None,
    })
}

impl ComposeSet {
    /// How the base file builds the image of a service that this set only names.
    pub fn lent_build<'a>(&self, repository: &'a Repository, name: &str) -> Option<(FileId, &'a ComposeBuild)> {
        let lender = self.lender?;
        let compose = repository.get(lender)?.compose.as_deref()?;
        let service = compose.services.iter().find(|service| &*service.name == name)?;
        Some((lender, service.build.as_ref()?))
    }

    fn parts<'a>(&self, repository: &'a Repository) -> Vec<(FileId, &'a ComposeService)> {
        let files = self.files.iter().filter_map(|id| Some((*id, repository.get(*id)?.compose.as_deref()?)));
        files.flat_map(|(id, compose)| compose.services.iter().map(move |service| (id, service))).collect()
    }

    /// The services that run, merged, by name.
    pub fn services<'a>(&self, repository: &'a Repository) -> Vec<Declared<'a>> {
        let mut merged: BTreeMap<Arc<str>, Declared<'a>> = BTreeMap::new();
        let mut by_name = ByName::default();
        for (file, service) in self.parts(repository) {
            let declared = merged
                .entry(Arc::clone(&service.name))
                .or_insert_with(|| Declared { name: Arc::clone(&service.name), parts: Vec::new() });
            let mut chain = extended(repository, file, service, &mut by_name);
            chain.push((file, service));
            declared.parts.extend(chain);
        }
        let runs = |declared: &Declared<'a>| {
            let profiles: Vec<_> = declared.all(|part| &part.profiles).into_iter().map(|(_, name)| name).collect();
            profiles.is_empty() || self.profile.as_ref().is_some_and(|own| profiles.contains(&own))
        };
        let wanted: BTreeSet<Arc<str>> = merged.values().filter(|d| runs(d)).map(|d| Arc::clone(&d.name)).collect();
        merged.into_values().filter(|declared| wanted.contains(&declared.name)).collect()
    }
}

/// The services of compose files by their names, each file looked through once.
#[derive(Default)]
struct ByName<'a>(BTreeMap<FileId, BTreeMap<&'a str, Vec<&'a ComposeService>>>);

impl<'a> ByName<'a> {
    /// The first service of a name in a file that is not `but`.
    fn find(
        &mut self,
        repository: &'a Repository,
        file: FileId,
        name: &str,
        but: &ComposeService,
    ) -> Option<&'a ComposeService> {
        let of_file = self.0.entry(file).or_insert_with(|| {
            let mut found: BTreeMap<&'a str, Vec<&'a ComposeService>> = BTreeMap::new();
            let compose = repository.get(file).and_then(|facts| facts.compose.as_deref());
            for service in compose.into_iter().flat_map(|compose| &compose.services) {
                found.entry(&service.name).or_default().push(service);
            }
            found
        });
        of_file.get(name)?.iter().find(|other| !std::ptr::eq(**other, but)).copied()
    }
}

/// What a service extends, the weakest first.
fn extended<'a>(
    repository: &'a Repository,
    file: FileId,
    service: &'a ComposeService,
    by_name: &mut ByName<'a>,
) -> Vec<(FileId, &'a ComposeService)> {
    let mut chain: Vec<(FileId, &'a ComposeService)> = Vec::new();
    let mut current = (file, service);
    while let Some(wanted) = current.1.extends.as_ref()
        && chain.len() < EXTENDS_LIMIT
    {
        let mut here = |id: FileId| Some((id, by_name.find(repository, id, wanted, current.1)?));
        let found = here(current.0).or_else(|| {
            let compose = repository.get(current.0)?.compose.as_deref()?;
            includes(repository, current.0, compose).into_iter().find_map(here)
        });
        let Some(found) = found else { break };
        chain.push(found);
        current = found;
    }
    chain.reverse();
    chain
}
