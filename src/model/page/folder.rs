//! Whether code that names a folder means the one of a front end.

use crate::base::RepoPath;

/// What follows a front end's own folder in a path that code of `file` spells. `root` must end in the first of the names, in a
/// folder around the file: `web/dist` of `server/app.py` is inside `web`, and not inside `other/web`.
pub(super) fn inside<'f>(root: &RepoPath, folder: &'f str, file: &RepoPath) -> Option<&'f str> {
    let root: Vec<&str> = root.parts().collect();
    let names: Vec<&str> = folder.split('/').collect();
    let mut around: Vec<&str> = file.parts().collect();
    around.pop();
    (1..=names.len().min(root.len())).rev().find_map(|count| {
        let (base, own) = root.split_at_checked(root.len() - count)?;
        let (first, _) = names.split_at_checked(count)?;
        if own != first || !around.starts_with(base) {
            return None;
        }
        let start: usize = first.iter().map(|name| name.len() + 1).sum();
        Some(folder.get(start..).unwrap_or(""))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(root: &str, folder: &str, file: &str) -> Option<String> {
        inside(&RepoPath::new(root)?, folder, &RepoPath::new(file)?).map(str::to_owned)
    }

    #[test]
    fn a_folder_is_looked_for_around_the_file() {
        assert_eq!(said("web", "web", "service.py").as_deref(), Some(""));
        assert_eq!(said("client", "client/dist", "server/index.js").as_deref(), Some("dist"));
        assert_eq!(said("apps/web", "web", "apps/api/app.py").as_deref(), Some(""));
        assert_eq!(said("other/web", "web", "server/app.py"), None);
        // its own folder of that name
        assert_eq!(said("client", "public", "server/index.js"), None);
    }
}
