//! `import` as Caddy finds it: relative to the file that has it, absolute in the container.

use super::nginx::matching;
use super::{Resolution, Resolver, Target, ancestors};
use crate::base::{FileKind, RepoPath};

/// Folders that Caddy's configuration lies in, in distributions and images.
const CONFIGURATION_FOLDERS: [&str; 2] = ["/etc/caddy/", "/usr/local/etc/caddy/"];

impl Resolver<'_> {
    pub(super) fn caddy(&self, file: &RepoPath, text: &str) -> Resolution {
        let own = file.parent().unwrap_or_else(RepoPath::root);
        let mut paths = if let Some(inside) = text.strip_prefix('/') {
            let mut found = self.placement.includes(file, text, self.entries);
            if found.is_empty() {
                let known = CONFIGURATION_FOLDERS.iter().find_map(|folder| text.strip_prefix(folder));
                found = match known {
                    Some(tail) => self.caddy_glob(&own, tail),
                    // a folder that is copied onto the root of an image
                    None => ancestors(&own)
                        .map(|folder| self.caddy_glob(&folder, inside))
                        .find(|found| !found.is_empty())
                        .unwrap_or_default(),
                };
            }
            found
        } else {
            self.caddy_glob(&own, text)
        };
        paths.retain(|path| self.entry(path).is_some());
        if paths.is_empty() {
            // a pattern may match nothing, and a bare word may be a snippet of another file
            let is_file = !text.contains('*') && text.contains(['/', '.']);
            return if is_file { Resolution::Missing } else { Resolution::Outside };
        }
        Resolution::Found(paths.into_iter().map(|path| Target { path, kind: FileKind::Caddyfile }).collect())
    }

    fn caddy_glob(&self, folder: &RepoPath, pattern: &str) -> Vec<RepoPath> {
        folder.join(pattern).map(|pattern| matching(self.entries, &pattern)).unwrap_or_default()
    }
}
