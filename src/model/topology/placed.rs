//! Which path of the repository is where in a container.

use std::sync::Arc;

use crate::base::RepoPath;
use crate::facts::{Dockerfile, Expr, Repository};
use crate::model::Package;

/// Adds what a `COPY` or mount of `source` (relative to `folder`) puts at `target`.
pub fn place(
    repository: &Repository,
    folder: &RepoPath,
    source: &str,
    target: &str,
    into: &mut Vec<(Arc<str>, RepoPath)>,
) {
    if source.contains("://") || source.starts_with(['/', '~', '$']) {
        return;
    }
    let Some(path) = folder.join(source.trim_end_matches('*')) else { return };
    let is_file = repository.paths.contains(&path);
    let target = if is_file && (target.ends_with('/') || source.ends_with('*')) {
        format!("{}/{}", target.trim_end_matches('/'), path.name())
    } else if target.len() > 1 {
        target.trim_end_matches('/').to_owned()
    } else {
        target.to_owned()
    };
    into.push((Arc::from(target), path));
}

/// The same for expressions, when both are known.
pub fn place_known(
    repository: &Repository,
    folder: &RepoPath,
    source: &Expr,
    target: &Expr,
    into: &mut Vec<(Arc<str>, RepoPath)>,
) {
    if let (Some(source), Some(target)) = (source.as_str(), target.as_str()) {
        place(repository, folder, source, target, into);
    }
}

/// The path of the repository that is at `path`: under the longest container path above it, the latest when equal.
pub fn repository_path(placed: &[(Arc<str>, RepoPath)], path: &str) -> Option<RepoPath> {
    let path = if path.len() > 1 { path.trim_end_matches('/') } else { path };
    let above = placed.iter().filter_map(|(target, source)| {
        let rest = if **target == *"/" { path.strip_prefix('/') } else { path.strip_prefix(&**target) }?;
        let fits = rest.is_empty() || rest.starts_with('/') || **target == *"/";
        fits.then_some((target.len(), source, rest))
    });
    if let Some((_, source, rest)) = above.max_by_key(|(len, ..)| *len) {
        return source.join(rest);
    }
    // Only single files of a folder were copied: the folder is where they come from.
    placed.iter().find_map(|(target, source)| {
        let name = target.strip_prefix(path)?.strip_prefix('/')?;
        (name == source.name()).then(|| source.parent()).flatten()
    })
}

/// The folder of the repository whose code starts in `workdir`: as placed, or by a package whose path ends so.
pub fn source_folder(
    repository: &Repository,
    packages: &[Package],
    placed: &[(Arc<str>, RepoPath)],
    workdir: Option<&str>,
) -> Option<RepoPath> {
    let workdir = workdir?;
    let mapped = repository_path(placed, workdir).filter(|folder| exists(repository, folder));
    mapped.or_else(|| {
        let parts: Vec<&str> = workdir.split('/').filter(|part| !part.is_empty()).collect();
        (0..parts.len())
            .filter_map(|skip| RepoPath::new(&parts.get(skip..)?.join("/")))
            .find(|path| *path != RepoPath::root() && packages.iter().any(|package| package.root == *path))
    })
}

/// Whether a folder or file is in the repository.
pub fn exists(repository: &Repository, path: &RepoPath) -> bool {
    // `web-old` sorts between `web` and `web/src`.
    let mut from_there = repository.paths.range(path.clone()..);
    from_there.by_ref().take_while(|found| found.as_str().starts_with(path.as_str())).any(|found| found.is_under(path))
}

/// The folder that the build starts from: where most of what is copied exists.
pub fn context(repository: &Repository, dockerfile: &Dockerfile, folder: &RepoPath) -> Option<RepoPath> {
    let copies = || dockerfile.stages.iter().flat_map(|stage| &stage.copies).filter(|copy| copy.from_stage.is_none());
    let exists = |base: &RepoPath, source: &str| {
        base.join(source).is_some_and(|path| path != *base && exists(repository, &path))
    };
    let mut best: Option<(usize, RepoPath)> = None;
    let mut current = Some(folder.clone());
    while let Some(base) = current {
        let count = copies().filter_map(|copy| copy.source.as_str()).filter(|source| exists(&base, source)).count();
        if best.as_ref().is_none_or(|(known, _)| count > *known) {
            best = Some((count, base.clone()));
        }
        current = base.parent();
    }
    best.map(|(_, base)| base)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longest_container_path_wins_and_single_files_tell_their_folder() {
        let path = |text: &str| RepoPath::new(text).expect("inside");
        let placed = vec![(Arc::from("/app"), path("")), (Arc::from("/app/web"), path("client"))];
        assert_eq!(repository_path(&placed, "/app/web/src"), Some(path("client/src")));
        assert_eq!(repository_path(&placed, "/app/api/"), Some(path("api")));
        assert_eq!(repository_path(&placed, "/application"), None);
        let files = vec![(Arc::from("/srv/package.json"), path("web/package.json"))];
        assert_eq!(repository_path(&files, "/srv"), Some(path("web")));
    }
}
