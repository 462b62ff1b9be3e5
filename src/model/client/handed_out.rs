//! Which of several applications of one package hands a script out.

use crate::base::RepoPath;
use crate::model::{PageId, ServedBy, Wiring};

/// The pages that may run the code of a file: of those that applications serve the ones whose application is nearest to it in the
/// tree. Each application has its own folders for templates and static files, below the module that makes it.
pub(super) fn pages(wiring: &Wiring, path: &RepoPath, pages: &[PageId]) -> Vec<PageId> {
    let nearness = |id: &PageId| nearness(wiring, path, *id);
    let nearest = pages.iter().filter_map(nearness).max();
    pages.iter().copied().filter(|id| nearness(id).is_none_or(|near| Some(near) == nearest)).collect()
}

/// How many folders a file shares with the application that serves a page; none where no application does.
fn nearness(wiring: &Wiring, path: &RepoPath, page: PageId) -> Option<usize> {
    let page = wiring.pages.get(page.0 as usize)?;
    let ServedBy::App(listener) = page.served_by else { return None };
    let apps = &wiring.listeners.get(listener.0 as usize)?.apps;
    let modules = apps.iter().filter_map(|app| {
        let place = wiring.apps.get(app.0 as usize)?.place;
        Some(&wiring.repository.get(place.file)?.path)
    });
    modules.map(|module| shared(module, path)).max()
}

/// How many folders two files are both in.
fn shared(one: &RepoPath, other: &RepoPath) -> usize {
    let folders = |path: &RepoPath| path.parts().count().saturating_sub(1);
    let most = folders(one).min(folders(other));
    one.parts().zip(other.parts()).take(most).take_while(|(a, b)| a == b).count()
}
