//! Which files are one nginx.

use std::collections::{BTreeMap, BTreeSet};

use super::placement::Container;
use super::tree::{Fill, LevelKind, Tree};
use super::{Effort, MainFile, NginxInstance, NginxVersion, placement};
use crate::base::{FileId, Place, RepoPath};
use crate::facts::{Demand, Directive, NginxFile, Repository};
use crate::model::{Statement, Wiring};

/// What a file is by its own top level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// Has `http { ... }`.
    Main,
    /// Servers, upstreams or maps: is in `http`.
    Http,
    /// Anything else: has a meaning only where it is included.
    Snippet,
}

/// Stage 1, first half: finds the nginx instances of the repository (main files, http-level fragments, templates) with
/// the files that they include. Where no image tag fixes the version, it is the `declared` one.
pub fn discover(wiring: &mut Wiring, declared: Option<NginxVersion>) {
    for instance in instances(&wiring.repository) {
        wiring.proxies.add(instance);
    }
    let effort = Effort::default();
    let mut is_taken = false;
    for (_, instance) in wiring.proxies.all_mut::<NginxInstance>() {
        instance.tree.cut_short.tell(&wiring.limits);
        instance.tree.effort = effort.clone();
        is_taken |= instance.version.is_none();
        instance.version = instance.version.or(declared);
    }
    if is_taken {
        wiring.taken.insert(Statement::NginxVersion);
    }
}

fn instances(repository: &Repository) -> Vec<NginxInstance> {
    let parts: BTreeMap<FileId, Part> = repository
        .iter()
        .filter(|(_, facts)| facts.role.speaks())
        .filter_map(|(id, facts)| Some((id, part(facts.nginx.as_deref()?))))
        .collect();
    let included: BTreeSet<FileId> = included(repository);
    let containers = placement::containers(repository);
    let mut instances = placed(repository, &parts, &containers.all);
    let mut taken: BTreeSet<FileId> = instances.iter().flat_map(|instance| &instance.files).copied().collect();
    for (main, _) in parts.iter().filter(|(id, part)| **part == Part::Main && !included.contains(id)) {
        if !taken.contains(main) {
            instances.push(instance(repository, &[*main], LevelKind::Main));
        }
    }
    taken.extend(instances.iter().flat_map(|instance| &instance.files).copied());
    let loose: Vec<FileId> = parts
        .iter()
        .filter(|(id, part)| **part == Part::Http && !taken.contains(id) && !included.contains(id))
        .filter(|(id, _)| !is_left_disabled(repository, **id, &included))
        .map(|(id, _)| *id)
        .collect();
    for group in groups(repository, &loose) {
        instances.push(instance(repository, &group, LevelKind::Http));
    }
    let misplaced = main_files_as_fragments(&parts, &containers.all);
    for instance in &mut instances {
        instance.installed_as_fragment = instance.root.and_then(|root| misplaced.get(&root)).copied();
        // Any of the files may be in a container that was left out, as something else.
        instance.tree.cut_short.extend(&containers.cut_short);
    }
    instances.sort_by_key(|instance| instance.root);
    instances
}

/// Whole configurations that are put where nginx reads parts of `http`, and nowhere in the place of the main file.
fn main_files_as_fragments(parts: &BTreeMap<FileId, Part>, containers: &[Container]) -> BTreeMap<FileId, Place> {
    let mut found = BTreeMap::new();
    let mut mains = BTreeSet::new();
    for container in containers {
        mains.extend(container.main().map(|(id, _)| id));
        // Only the official image makes fragments of templates; elsewhere it is a program's own affair what it writes.
        let templates = container.templates();
        let by_others = |id: FileId| templates.contains(&id) && !container.official();
        let whole = container.fragments().into_iter();
        let whole = whole.filter(|(id, _)| parts.get(id) == Some(&Part::Main) && !by_others(*id));
        // A main file of the repository may include the folder anywhere.
        if container.main().is_none() {
            found.extend(whole);
        }
    }
    found.retain(|id, _| !mains.contains(id));
    found
}

/// The instances that mounts and `COPY`s state. Containers with the same files are one.
fn placed(repository: &Repository, parts: &BTreeMap<FileId, Part>, containers: &[Container]) -> Vec<NginxInstance> {
    let mut instances: BTreeMap<Vec<FileId>, NginxInstance> = BTreeMap::new();
    let mut placed_by: BTreeMap<Vec<FileId>, BTreeSet<Place>> = BTreeMap::new();
    for container in containers {
        let main = container.main();
        let fragments = container.fragments().into_iter().filter(|(id, _)| parts.get(id) == Some(&Part::Http));
        let (roots, kind, stated): (Vec<FileId>, _, Vec<Place>) = match main {
            Some((id, place)) if parts.get(&id) == Some(&Part::Main) => (vec![id], LevelKind::Main, vec![place]),
            // nginx refuses servers outside of `http`; it is read as if they were there
            Some((id, place)) if parts.get(&id) == Some(&Part::Http) => (vec![id], LevelKind::Http, vec![place]),
            _ => {
                let (ids, places) = fragments.unzip();
                (ids, LevelKind::Http, places)
            }
        };
        if !roots.iter().any(|id| kind == LevelKind::Main || serves(repository, *id)) {
            continue;
        }
        let found = instances.entry(roots.clone()).or_insert_with(|| instance(repository, &roots, kind));
        if found.placed_by.is_empty() {
            found.version = container.version();
            found.environment = container.environment.clone();
            found.bypassed = container.bypassed;
            found.start = container.start();
            if kind == LevelKind::Http {
                found.installed_as_main = main.map(|(_, place)| place);
                if found.installed_as_main.is_none() && container.official() {
                    found.main_file = MainFile::Image;
                }
            }
        } else if found.version != container.version() {
            found.version = None;
        }
        let templates = container.templates();
        found.filled |= !templates.is_empty() && found.files.iter().any(|id| templates.contains(id));
        let steps =
            container.steps.iter().filter(|step| found.files.contains(&step.file) && !found.steps.contains(step));
        let steps: Vec<_> = steps.cloned().collect();
        found.steps.extend(steps);
        let known = placed_by.entry(roots).or_default();
        found.placed_by.extend(stated.into_iter().filter(|place| known.insert(*place)));
    }
    instances.into_values().collect()
}

fn part(file: &NginxFile) -> Part {
    let has = |names: &[&str]| {
        file.directives.iter().any(|directive| directive.block.is_some() && names.contains(&&*directive.name))
    };
    let of_main = ["events", "user", "worker_processes", "pid"];
    if has(&["http"]) || file.directives.iter().any(|directive| of_main.contains(&&*directive.name)) {
        Part::Main
    } else if has(&["server", "upstream", "map", "geo", "split_clients"]) {
        Part::Http
    } else {
        Part::Snippet
    }
}

/// Files that another file includes.
fn included(repository: &Repository) -> BTreeSet<FileId> {
    let mut included = BTreeSet::new();
    for (id, facts) in repository.iter() {
        for demand in &facts.demands {
            let Demand::NginxInclude(text) = demand else { continue };
            let targets = repository.resolved.get(&(id, text.clone())).map(Vec::as_slice).unwrap_or_default();
            included.extend(targets.iter().filter(|target| **target != id));
        }
    }
    included
}

/// Fragments that one nginx reads together: those of a folder whose name says that all of it is read, and the upstream and map
/// files beside a server file. Everything else is alone: two whole configurations in one folder are alternatives.
fn groups(repository: &Repository, loose: &[FileId]) -> Vec<Vec<FileId>> {
    let mut folders: BTreeMap<RepoPath, Vec<FileId>> = BTreeMap::new();
    for id in loose {
        let folder = repository.get(*id).and_then(|facts| facts.path.parent()).unwrap_or_else(RepoPath::root);
        folders.entry(folder).or_default().push(*id);
    }
    let beside = helpers_beside(repository, &folders);
    let mut groups = Vec::new();
    for (folder, files) in folders {
        let read_whole = matches!(
            folder.name(),
            "conf.d"
                | "sites-enabled"
                | "sites-available"
                | "http.d"
                | "templates"
                | "vhosts"
                | "vhost.d"
                | "servers"
                | "sites"
        );
        let (servers, mut helpers): (Vec<_>, Vec<_>) = files.into_iter().partition(|id| serves(repository, *id));
        if servers.is_empty() {
            continue;
        }
        if folder.name().starts_with("sites") {
            helpers.extend(folder.parent().and_then(|parent| beside.get(&parent)).into_iter().flatten());
        }
        if read_whole && !conflict(repository, &servers) {
            groups.push([helpers, servers].concat());
        } else {
            groups.extend(servers.into_iter().map(|server| [helpers.clone(), vec![server]].concat()));
        }
    }
    groups
}

/// Maps and upstreams of a `conf.d` without servers, by the folder around it: Debian's main file reads them together with
/// the sites beside it.
fn helpers_beside(
    repository: &Repository,
    folders: &BTreeMap<RepoPath, Vec<FileId>>,
) -> BTreeMap<RepoPath, Vec<FileId>> {
    let apart = folders
        .iter()
        .filter(|(folder, files)| folder.name() == "conf.d" && !files.iter().any(|id| serves(repository, *id)));
    apart.filter_map(|(folder, files)| Some((folder.parent()?, files.clone()))).collect()
}

/// Whether a file lies in `sites-available` beside one that is enabled, and is not enabled itself.
fn is_left_disabled(repository: &Repository, id: FileId, included: &BTreeSet<FileId>) -> bool {
    let folder = |id: FileId| repository.get(id).and_then(|facts| facts.path.parent());
    let Some(own) = folder(id).filter(|folder| folder.name() == "sites-available") else { return false };
    included.iter().any(|other| folder(*other).as_ref() == Some(&own))
}

fn serves(repository: &Repository, id: FileId) -> bool {
    let file = repository.get(id).and_then(|facts| facts.nginx.as_deref());
    file.is_some_and(|file| file.directives.iter().any(|directive| &*directive.name == "server"))
}

/// Whether two of the files define the same server or upstream: nginx would not read them together.
fn conflict(repository: &Repository, files: &[FileId]) -> bool {
    let mut seen = BTreeSet::new();
    for id in files {
        let Some(file) = repository.get(*id).and_then(|facts| facts.nginx.as_deref()) else { continue };
        let mut own = BTreeSet::new();
        for directive in &file.directives {
            match &*directive.name {
                "upstream" => {
                    own.insert(format!("upstream {}", directive.arg(0).unwrap_or("")));
                }
                "server" => {
                    let inner = directive.block.as_deref().unwrap_or_default();
                    let words = |name: &str| {
                        let all = inner.iter().filter(|d| &*d.name == name).filter_map(|d| d.arg(0));
                        all.collect::<Vec<_>>().join(" ")
                    };
                    own.insert(format!("server {} {}", words("listen"), words("server_name")));
                }
                _ => {}
            }
        }
        if own.iter().any(|name| seen.contains(name)) {
            return true;
        }
        seen.extend(own);
    }
    false
}

fn instance(repository: &Repository, roots: &[FileId], kind: LevelKind) -> NginxInstance {
    let tree = Tree::build(repository, roots, kind, &Fill::new());
    let files = tree.files.clone();
    // what is behind a bound may be what a finding says is missing
    let accusable = tree.cut_short.is_empty() && files.iter().all(|id| repository.may_be_accused(*id));
    let main_file = if kind == LevelKind::Main { MainFile::Here } else { MainFile::Elsewhere };
    // the file with servers names the instance, not the helper beside it
    let root = roots.iter().copied().find(|id| kind == LevelKind::Main || serves(repository, *id));
    let named_hosts = named_hosts(repository, &files);
    let first = root.and_then(|root| Some((root, repository.get(root)?.nginx.as_deref()?.directives.first()?)));
    let first_directive = first.map(|(root, directive)| Place::new(root, directive.name_span));
    NginxInstance {
        root,
        files,
        holes: tree.holes(),
        tree,
        main_file,
        accusable,
        named_hosts,
        first_directive,
        ..NginxInstance::default()
    }
}

/// Host names that files forward to, also at places that nginx never comes to.
fn named_hosts(repository: &Repository, files: &[FileId]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for file in files {
        let directives = repository.get(*file).and_then(|facts| facts.nginx.as_deref());
        let mut queue: Vec<&Directive> = directives.map(|file| file.directives.iter().collect()).unwrap_or_default();
        while let Some(directive) = queue.pop() {
            let block = directive.block.as_deref().unwrap_or_default();
            queue.extend(block);
            if matches!(&*directive.name, "proxy_pass" | "server" | "set" | "grpc_pass" | "uwsgi_pass")
                && directive.block.is_none()
            {
                let text = directive.args.last().map(|arg| &*arg.text).unwrap_or_default();
                let text = if &*directive.name == "server" { directive.arg(0).unwrap_or_default() } else { text };
                let host = text.split("://").last().unwrap_or(text).split([':', '/']).next().unwrap_or("");
                if !host.is_empty() && !host.contains('$') {
                    found.insert(host.to_ascii_lowercase());
                }
            }
        }
    }
    found
}
