//! The `<base>` element of the pages, which relative addresses are resolved against.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::facts::{FileFacts, PageKind};
use crate::model::topology::package_of;
use crate::model::{PackageId, Wiring};

/// The path that all pages of a package state, by package; nothing where one states none, or a build may put another one in.
pub(super) fn paths(wiring: &Wiring) -> BTreeMap<PackageId, Arc<str>> {
    let spoken = || wiring.repository.iter().filter(|(_, facts)| facts.role.speaks()).map(|(_, facts)| facts);
    if spoken().all(|facts| stated(facts).is_none()) {
        return BTreeMap::new();
    }
    let mut paths: BTreeMap<PackageId, Arc<str>> = BTreeMap::new();
    let mut open: BTreeSet<PackageId> = BTreeSet::new();
    for facts in spoken().filter(|facts| is_document(facts) || is_overridden(facts)) {
        let Some(package) = package_of(wiring, &facts.path) else { continue };
        let base = stated(facts).filter(|base| is_path(base) && !is_overridden(facts));
        match base {
            Some(base) if paths.get(&package).is_none_or(|known| known == base) => {
                paths.insert(package, Arc::clone(base));
            }
            _ => {
                open.insert(package);
            }
        }
    }
    paths.retain(|package, _| !open.contains(package));
    paths
}

fn is_document(facts: &FileFacts) -> bool {
    facts.pages.iter().any(|page| page.kind == PageKind::Document)
}

fn stated(facts: &FileFacts) -> Option<&Arc<str>> {
    facts.pages.iter().find_map(|page| match &page.kind {
        PageKind::Base(address) => Some(address),
        _ => None,
    })
}

fn is_path(base: &str) -> bool {
    base.starts_with('/') && !base.starts_with("//") && !["{{", "{%", "<%", "${"].iter().any(|it| base.contains(it))
}

/// Whether the commands of a manifest put another path in.
fn is_overridden(facts: &FileFacts) -> bool {
    let scripts = facts.manifest.as_deref().map_or(&[][..], |manifest| manifest.scripts.as_slice());
    let mut words = scripts.iter().flat_map(|script| &script.command.commands).flat_map(|command| &command.words);
    words.any(|word| word.as_str().is_some_and(|word| word.contains("base-href")))
}
