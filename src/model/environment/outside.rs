//! Whether names can be set by something that is not in the repository, and which names are known to be.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::{FileKind, Place, RepoPath, kind_of, role_of};
use crate::facts::{HoleReason, PageKind, Repository};
use crate::model::{Binding, Mode, Package, Text, Unknown, Value, Wiring};

/// Ignore rules that keep env files of a mode out of the repository, as far as they apply to a folder.
pub fn ignored_env(wiring: &Wiring, folder: &RepoPath, mode: &Mode) -> Vec<Place> {
    let mut places = Vec::new();
    for id in wiring.index.ignoring(wiring).iter().copied() {
        let Some(facts) = wiring.repository.get(id) else { continue };
        let above = facts.path.parent().is_some_and(|parent| folder.is_under(&parent));
        if !above {
            continue;
        }
        for (pattern, span) in &facts.ignored_env {
            if hides(pattern, mode) {
                places.push(Place::new(id, *span));
            }
        }
    }
    places
}

/// Whether a pattern hides a file that a run in this mode reads. `*.local` files are for development on one machine.
fn hides(pattern: &str, mode: &Mode) -> bool {
    let name = pattern.trim_end_matches('/').rsplit('/').next().unwrap_or(pattern);
    let local_only = name.ends_with(".local");
    if local_only {
        return *mode == Mode::Development;
    }
    let own = format!(".env.{}", mode.name());
    matches!(name, ".env" | ".env*" | ".env.*" | "*.env" | "*.env*" | ".env?*") || name == own
}

/// Env files that could not be read.
pub fn unread_env(repository: &Repository) -> Vec<RepoPath> {
    let is_env = |path: &&RepoPath| {
        let kind = kind_of(path);
        kind == FileKind::Env && role_of(path, kind).may_be_accused()
    };
    repository.coverage.skipped.iter().map(|(path, _)| path).filter(is_env).cloned().collect()
}

/// Whether a run in `mode` may read the env file: tools take `.env.production` for production alone, and so on
/// (<https://vite.dev/guide/env-and-mode>). Which runs read a file of another name only the code could tell.
pub fn may_be_read_in(file: &RepoPath, mode: &Mode) -> bool {
    let name = file.name();
    let name = name.strip_suffix(".local").unwrap_or(name);
    match name.strip_prefix(".env.") {
        Some(word @ ("development" | "production" | "test")) => word == mode.name(),
        _ => true,
    }
}

/// Hosting files that build the package: they set names in their own settings.
pub fn hosting(wiring: &Wiring, package: &Package) -> Vec<Place> {
    let mut places = Vec::new();
    for id in wiring.index.hosting(wiring).iter().copied() {
        let Some(facts) = wiring.repository.get(id) else { continue };
        let applies =
            facts.path.parent().is_some_and(|folder| folder.is_under(&package.root) || package.root.is_under(&folder));
        let hosts = facts.pages.iter().filter(|page| matches!(page.kind, PageKind::Hosting(_)));
        if applies {
            places.extend(hosts.map(|page| Place::new(id, page.span)));
        }
    }
    places
}

/// Names that CI or hosting files set. A value is known when the one file that sets it also publishes the pages: others
/// may be of a test run.
pub fn bindings(wiring: &Wiring) -> Vec<Binding> {
    let mut found: Vec<Binding> = Vec::new();
    let mut by_name: BTreeMap<&str, usize> = BTreeMap::new();
    for (id, facts) in wiring.repository.iter() {
        let publishes = facts.pages.iter().any(|page| matches!(page.kind, PageKind::Hosting(_)));
        for setting in &facts.outside_settings {
            let place = Place::new(id, setting.span);
            let shown = setting.value.as_ref().filter(|_| publishes).and_then(|value| value.as_str());
            let reason = HoleReason::OutsideEnv(Arc::clone(&setting.name));
            let unknown = Value::Unknown(Unknown { reason, place: Some(place) });
            let value = shown.map_or(unknown.clone(), |text| Value::Text(Text::known(text, Some(place))));
            match by_name.get(&*setting.name).and_then(|index| found.get_mut(*index)) {
                Some(binding) if binding.value.as_known_text().as_deref() != shown => binding.value = unknown,
                Some(_) => {}
                None => {
                    by_name.insert(&setting.name, found.len());
                    found.push(Binding { name: Arc::clone(&setting.name), value, place, evidence: Vec::new() });
                }
            }
        }
    }
    found
}
