//! `Include` as httpd finds it: relative to `ServerRoot`, absolute in the container or on the machine.

use super::{Resolution, Resolver, Target, ancestors};
use crate::base::{FileKind, RepoPath};

/// Folders that httpd's configuration lies in, in distributions and images.
const CONFIGURATION_FOLDERS: [&str; 6] = [
    "/etc/apache2/",
    "/etc/httpd/",
    "/usr/local/apache2/",
    "/usr/local/etc/apache24/",
    "/usr/local/etc/httpd/",
    "/opt/bitnami/apache/",
];

/// Folders that only the packages of distributions fill.
const SHIPPED: [&str; 4] = ["mods-enabled/", "conf-enabled/", "conf.modules.d/", "ports.conf"];

impl Resolver<'_> {
    pub(super) fn apache(&mut self, file: &RepoPath, text: &str) -> Resolution {
        let tail = CONFIGURATION_FOLDERS.iter().find_map(|folder| text.strip_prefix(folder)).unwrap_or(text);
        let mut paths = Vec::new();
        for folder in CONFIGURATION_FOLDERS {
            if paths.is_empty() {
                let inside = if text.starts_with('/') { text.to_owned() } else { format!("{folder}{text}") };
                paths = self.placement.includes(file, &inside, self.entries);
            }
        }
        if paths.is_empty() {
            paths = self.apache_by_folder(file, tail);
        }
        paths.retain(|path| self.entry(path).is_some() && path != file);
        if paths.is_empty() {
            let shipped = SHIPPED.iter().any(|shipped| tail.starts_with(shipped));
            return if shipped { Resolution::Outside } else { Resolution::Missing };
        }
        for path in &paths {
            self.includers.entry(path.clone()).or_default().insert(file.clone());
        }
        Resolution::Found(paths.into_iter().map(|path| Target { path, kind: FileKind::Apache }).collect())
    }

    /// The first folder in which the pattern names anything: the file's own and those around it, by the whole path or, for
    /// an absolute one, by its last parts.
    fn apache_by_folder(&self, file: &RepoPath, text: &str) -> Vec<RepoPath> {
        let own = file.parent().unwrap_or_else(RepoPath::root);
        let mut folders: Vec<RepoPath> = ancestors(&own).collect();
        folders.extend(self.folders_of_includers(file));
        if !text.starts_with('/') {
            return folders
                .iter()
                .map(|folder| self.glob(folder, text))
                .find(|found| !found.is_empty())
                .unwrap_or_default();
        }
        let parts: Vec<&str> = text.split('/').filter(|part| !part.is_empty()).collect();
        let tails = (0..parts.len().min(8)).filter_map(|skipped| Some(parts.get(skipped..)?.join("/")));
        // the name alone would fit too many files
        let tails: Vec<String> = tails.filter(|tail| tail.contains('/')).collect();
        let mut found = folders.iter().flat_map(|folder| tails.iter().map(move |tail| self.glob(folder, tail)));
        found.find(|found| !found.is_empty()).unwrap_or_default()
    }
}
