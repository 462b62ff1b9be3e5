//! Which files are one httpd.

use std::collections::{BTreeMap, BTreeSet};

use super::ApacheInstance;
use super::answer::Chains;
use super::index::Index;
use super::tree::Tree;
use crate::base::{FileId, Limit, RepoPath};
use crate::facts::{ApacheFile, Demand, ProxyFile, Repository};
use crate::model::nginx::Effort;

/// One match of a pattern.
const ONE_MATCH: Limit = Limit::new(
    1_000_000,
    "steps for one match of an Apache pattern",
    "whether it matches is unknown",
    "write a pattern that tries fewer ways: no repetition inside a repetition",
);

/// All matches of a run, and all directives that requests are held against.
const ALL_WORK: Limit = Limit::new(
    200_000_000,
    "steps for following requests through all Apache configurations",
    "what becomes of the remaining requests is unknown",
    "leave out Apache files that serve none of the connections, with `exclude` in `wirelint.toml`",
);

/// What a file is by its own top level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// Loads modules, opens ports or names the root of the server.
    Main,
    /// Virtual hosts, or what says where requests go.
    Site,
    /// Anything else: has a meaning only where it is included.
    Snippet,
}

/// Finds the instances of a repository: main files with what they include, and the sites of distributions.
#[must_use]
pub fn discover(repository: &Repository) -> Vec<ApacheInstance> {
    let included = included(repository);
    let parts: BTreeMap<FileId, Part> = repository
        .iter()
        .filter(|(_, facts)| facts.role.speaks() && facts.path.name() != ".htaccess")
        .filter_map(|(id, facts)| match facts.proxy.as_deref() {
            Some(ProxyFile::Apache(file)) => Some((id, part(file))),
            _ => None,
        })
        .collect();
    let mut groups: Vec<Vec<FileId>> = Vec::new();
    let mut taken: BTreeSet<FileId> = BTreeSet::new();
    for (id, _) in parts.iter().filter(|(id, part)| **part == Part::Main && !included.contains(id)) {
        groups.push(vec![*id]);
        taken.extend(reached(repository, *id));
    }
    let mut sites: BTreeMap<RepoPath, Vec<FileId>> = BTreeMap::new();
    let is_site = |id: &FileId, part: &Part| *part == Part::Site && !taken.contains(id) && !included.contains(id);
    for (id, _) in parts.iter().filter(|(id, part)| is_site(id, part)) {
        let folder = repository.get(*id).and_then(|facts| facts.path.parent()).unwrap_or_else(RepoPath::root);
        sites.entry(folder).or_default().push(*id);
    }
    for (folder, files) in sites {
        // all sites of such a folder are read together; elsewhere two whole ones are alternatives
        let together = folder.name().starts_with("sites-") || matches!(folder.name(), "conf.d" | "vhosts" | "sites");
        if together && !conflict(repository, &files) {
            groups.push(files);
        } else {
            groups.extend(files.into_iter().map(|file| vec![file]));
        }
    }
    groups.sort();
    let effort = Effort::new(ONE_MATCH, ALL_WORK);
    groups.into_iter().map(|roots| instance(repository, &roots, &effort)).collect()
}

fn instance(repository: &Repository, roots: &[FileId], effort: &Effort) -> ApacheInstance {
    let mut tree = Tree::build(repository, roots);
    let files = tree.files.clone();
    let index = Index::new(&tree.root, tree.blocks);
    let listens = ApacheInstance::collect_listens(&tree.root, &index);
    tree.holes.extend(listens.cut_short.why());
    tree.cut_short.extend(&listens.cut_short);
    effort.tell(&tree.cut_short);
    index.cuts().for_each(|part| effort.tell(part));
    ApacheInstance {
        root: roots.first().copied(),
        accusable: tree.cut_short.is_empty() && files.iter().any(|file| repository.may_be_accused(*file)),
        holes: tree.holes.clone(),
        listens: listens.found,
        files,
        tree,
        index,
        placed_by: Vec::new(),
        effort: effort.clone(),
        chains: Chains::default(),
    }
}

fn part(file: &ApacheFile) -> Part {
    let has = |names: &[&str]| {
        let mut all = file.directives.iter().map(|directive| directive.name.to_ascii_lowercase());
        all.any(|name| names.contains(&name.as_str()))
    };
    if has(&["serverroot", "loadmodule", "pidfile", "mutex", "user"]) {
        return Part::Main;
    }
    if has(&["virtualhost", "documentroot", "proxypass", "proxypassmatch", "rewriterule", "listen"])
        || file.directives.iter().any(|directive| holds_host(directive, 0))
    {
        return Part::Site;
    }
    Part::Snippet
}

/// `<IfModule mod_ssl.c>` around the virtual hosts.
fn holds_host(directive: &crate::facts::ApacheDirective, depth: usize) -> bool {
    let inner = directive.block.as_deref().unwrap_or_default();
    let conditional = directive.name.len() > 2 && directive.name.to_ascii_lowercase().starts_with("if");
    conditional
        && depth < 8
        && inner.iter().any(|inner| inner.name.eq_ignore_ascii_case("VirtualHost") || holds_host(inner, depth + 1))
}

/// Files that another file includes.
fn included(repository: &Repository) -> BTreeSet<FileId> {
    let mut included = BTreeSet::new();
    for (id, facts) in repository.iter() {
        for demand in &facts.demands {
            let Demand::ApacheInclude(text) = demand else { continue };
            let targets = repository.resolved.get(&(id, text.clone())).map(Vec::as_slice).unwrap_or_default();
            included.extend(targets.iter().filter(|target| **target != id));
        }
    }
    included
}

/// A file and those that it includes.
fn reached(repository: &Repository, file: FileId) -> BTreeSet<FileId> {
    let mut found = BTreeSet::new();
    let mut open = vec![file];
    while let Some(file) = open.pop() {
        if !found.insert(file) {
            continue;
        }
        for demand in repository.get(file).map(|facts| facts.demands.as_slice()).unwrap_or_default() {
            let Demand::ApacheInclude(text) = demand else { continue };
            open.extend(repository.resolved.get(&(file, text.clone())).into_iter().flatten());
        }
    }
    found
}

/// Whether two of the files have a virtual host with the same address and name: they are not read together.
fn conflict(repository: &Repository, files: &[FileId]) -> bool {
    let mut seen = BTreeSet::new();
    for id in files {
        let facts = repository.get(*id).and_then(|facts| facts.proxy.as_deref());
        let Some(ProxyFile::Apache(file)) = facts else { continue };
        let mut own = BTreeSet::new();
        for host in file.directives.iter().filter(|directive| directive.name.eq_ignore_ascii_case("VirtualHost")) {
            let inner = host.block.as_deref().unwrap_or_default();
            let name = inner.iter().find(|directive| directive.name.eq_ignore_ascii_case("ServerName"));
            own.insert(format!("{} {}", host.rest.text, name.map_or("", |name| &*name.rest.text)));
        }
        if own.iter().any(|host| !seen.insert(host.clone())) {
            return true;
        }
    }
    false
}
