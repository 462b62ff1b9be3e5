//! Which files are one HAProxy.

use std::collections::{BTreeMap, BTreeSet};

use super::HaproxyInstance;
use super::answer::Ways;
use super::config::{Config, Kind};
use super::listens::Listens;
use crate::base::{FileId, Limit, RepoPath};
use crate::facts::{HaproxyFile, ProxyFile, Repository};
use crate::model::nginx::Effort;

/// One match of a pattern.
const ONE_MATCH: Limit = Limit::new(
    1_000_000,
    "steps for one match of an HAProxy pattern",
    "whether it matches is unknown",
    "write a pattern that tries fewer ways: no repetition inside a repetition",
);

/// All matches of a run, and all lines that requests are held against.
const ALL_WORK: Limit = Limit::new(
    200_000_000,
    "steps for following requests through all HAProxy configurations",
    "what becomes of the remaining requests is unknown",
    "leave out HAProxy files that serve none of the connections, with `exclude` in `wirelint.toml`",
);

/// Finds the instances of a repository: each file that opens a port, with those of its folder that it cannot do without.
#[must_use]
pub fn discover(repository: &Repository) -> Vec<HaproxyInstance> {
    let mut folders: BTreeMap<RepoPath, Vec<FileId>> = BTreeMap::new();
    for (id, facts) in repository.iter().filter(|(_, facts)| facts.role.speaks()) {
        if file(repository, id).is_some() {
            let folder = facts.path.parent().unwrap_or_else(RepoPath::root);
            folders.entry(folder).or_default().push(id);
        }
    }
    let effort = Effort::new(ONE_MATCH, ALL_WORK);
    let mut found = Vec::new();
    for files in folders.values() {
        let groups = if belong_together(repository, files) {
            vec![files.clone()]
        } else {
            files.iter().map(|file| vec![*file]).collect()
        };
        found.extend(groups.into_iter().filter_map(|files| instance(repository, files, &effort)));
    }
    found
}

fn file(repository: &Repository, id: FileId) -> Option<&HaproxyFile> {
    match repository.get(id)?.proxy.as_deref() {
        Some(ProxyFile::Haproxy(file)) => Some(file),
        _ => None,
    }
}

/// Whether the files of a folder are one configuration, as `haproxy -f FOLDER` reads it: one asks for sections that another
/// has, and none has what another has.
fn belong_together(repository: &Repository, files: &[FileId]) -> bool {
    if files.len() < 2 {
        return false;
    }
    let mut had: BTreeSet<String> = BTreeSet::new();
    let mut missing = false;
    for id in files {
        let Some(file) = file(repository, *id) else { continue };
        let mut own: BTreeSet<String> = BTreeSet::new();
        let mut asked: BTreeSet<&str> = BTreeSet::new();
        for section in &file.sections {
            let word = |line: &'_ crate::facts::HaproxyLine, at: usize| {
                line.words.get(at).map(|word| word.text.to_string()).unwrap_or_default()
            };
            let (kind, name) = (word(&section.head, 0), word(&section.head, 1));
            if matches!(kind.as_str(), "frontend" | "backend" | "listen" | "global") {
                let side = if kind == "frontend" { "front" } else { "back" };
                own.insert(format!("{side} {name}"));
            }
            for line in &section.lines {
                let first = line.words.first().map_or("", |word| &*word.text);
                if let ("default_backend" | "use_backend", Some(name)) = (first, line.words.get(1))
                    && !name.text.contains('%')
                {
                    asked.insert(&name.text);
                }
            }
        }
        missing |= asked.iter().any(|name| !own.contains(&format!("back {name}")));
        if own.iter().any(|name| !had.insert(name.clone())) {
            return false;
        }
    }
    missing
}

fn instance(repository: &Repository, files: Vec<FileId>, effort: &Effort) -> Option<HaproxyInstance> {
    let mut config = Config::new(files.iter().filter_map(|id| Some((*id, file(repository, *id)?))));
    let Listens { found, ranges, cut_short } = HaproxyInstance::collect_listens(&config);
    config.cut_short.extend(&cut_short);
    effort.tell(&config.cut_short);
    let opens = config.sections.iter().any(|section| matches!(section.kind, Kind::Frontend | Kind::Listen));
    opens.then(|| HaproxyInstance {
        accusable: config.cut_short.is_empty() && files.iter().all(|id| repository.may_be_accused(*id)),
        holes: config.cut_short.why().into_iter().collect(),
        listens: found,
        ranges,
        placed_by: Vec::new(),
        config,
        effort: effort.clone(),
        ways: Ways::default(),
        files,
    })
}
