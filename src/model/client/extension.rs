//! Browser extensions: their code runs on pages of their own, which no site serves.

use std::sync::Arc;

use crate::base::RepoPath;
use crate::facts::{FileFacts, PageKind};
use crate::model::topology::package_of;
use crate::model::{PackageId, Wiring};

/// The folders of extensions, each with the package that it is part of.
pub(super) struct Extensions(Vec<(PackageId, RepoPath)>);

/// Folders in which a bundler keeps the manifest of what lies beside them.
const MANIFEST_FOLDERS: [&str; 4] = ["public", "static", "src", "dist"];

impl Extensions {
    pub(super) fn new(wiring: &Wiring) -> Self {
        let is_manifest = |facts: &&Arc<FileFacts>| facts.pages.iter().any(|page| page.kind == PageKind::Extension);
        let found = wiring.repository.files.iter().filter(is_manifest).filter_map(|facts| {
            let folder = facts.path.parent()?;
            let beside = MANIFEST_FOLDERS.contains(&folder.name()).then(|| folder.parent()).flatten();
            Some((package_of(wiring, &facts.path)?, beside.unwrap_or(folder)))
        });
        Self(found.collect())
    }

    /// Whether a file is part of one.
    pub(super) fn hold(&self, package: PackageId, path: &RepoPath) -> bool {
        self.0.iter().any(|(known, folder)| *known == package && path.is_under(folder))
    }
}
