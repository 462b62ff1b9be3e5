//! Whether the folder whose files a route hands out has what a request asks for.

use crate::model::topology::exists;
use crate::model::{Known, PathPiece, PathText, Route, Wiring};

/// Folders that builds fill: what the repository has of them says nothing.
const FILLED: [&str; 6] = ["dist", "build", "out", ".next", "browser", "uploads"];

/// Whether none of the folders that the code may mean has a file or folder at the path. False where that cannot be said.
pub(super) fn lacks(wiring: &Wiring, route: &Route, path: &PathText) -> bool {
    let [PathPiece::Known(path)] = path.0.as_slice() else { return false };
    let Some(served) = wiring.folders.iter().find(|served| served.place == route.place) else { return false };
    let Known::Is(Some(prefix), _) = &route.path else { return false };
    let Some(rest) = path.strip_prefix(prefix.trim_end_matches('/')) else { return false };
    let Some(file) = wiring.repository.get(served.place.file) else { return false };
    if served.folder.split('/').any(|name| FILLED.contains(&name)) {
        return false;
    }
    let mut seen = false;
    let mut around = file.path.parent();
    while let Some(base) = around {
        if let Some(folder) = base.join(&served.folder).filter(|folder| exists(&wiring.repository, folder)) {
            seen = true;
            let asked = folder.join(rest.trim_matches('/')).filter(|asked| *asked != folder);
            if asked.is_none_or(|asked| exists(&wiring.repository, &asked)) {
                return false;
            }
        }
        around = base.parent();
    }
    seen
}
