//! `include` as nginx finds it: relative to the folder of the main file, absolute in the container.

use std::collections::BTreeSet;

use super::{Resolution, Resolver, Target, ancestors};
use crate::base::{FileKind, RepoPath, TEMPLATE_SUFFIXES, matches_name, ships_with_nginx};

/// Folders that nginx's configuration lies in, in distributions and images.
const CONFIGURATION_FOLDERS: [&str; 5] = [
    "/etc/nginx/",
    "/usr/local/openresty/nginx/conf/",
    "/usr/local/nginx/conf/",
    "/usr/local/etc/nginx/",
    "/opt/nginx/conf/",
];

/// Include chains are short; a longer one is a circle.
const MAX_CHAIN: usize = 16;

impl Resolver<'_> {
    pub(super) fn nginx(&mut self, file: &RepoPath, text: &str) -> Resolution {
        if text.contains('$') {
            return Resolution::Missing;
        }
        let in_container = if text.starts_with('/') { text.to_owned() } else { format!("/etc/nginx/{text}") };
        let mut paths = self.placement.includes(file, &in_container, self.entries);
        if paths.is_empty() {
            paths = self.by_folder(file, text);
        }
        paths.retain(|path| self.entry(path).is_some() && path != file);
        if paths.is_empty() {
            return if ships_with_nginx(text) { Resolution::Outside } else { Resolution::Missing };
        }
        for path in &paths {
            self.includers.entry(path.clone()).or_default().insert(file.clone());
        }
        Resolution::Found(paths.into_iter().map(|path| self.nginx_target(path)).collect())
    }

    fn nginx_target(&self, path: RepoPath) -> Target {
        let template = self.entries.get(&path).is_some_and(|entry| entry.kind == FileKind::NginxTemplate);
        Target { path, kind: if template { FileKind::NginxTemplate } else { FileKind::Nginx } }
    }

    /// The first folder in which the pattern names anything: the file's own, those of the files that include it, and
    /// those around it that hold an nginx configuration.
    fn by_folder(&self, file: &RepoPath, text: &str) -> Vec<RepoPath> {
        let own = file.parent().unwrap_or_else(RepoPath::root);
        let known = CONFIGURATION_FOLDERS.iter().find_map(|folder| text.strip_prefix(folder));
        let tail = match known {
            Some(tail) => tail,
            // `rootfs/usr/share/...`: a folder that is copied onto the root of an image.
            None if text.starts_with('/') => {
                return ancestors(&own)
                    .map(|folder| self.glob(&folder, &text[1..]))
                    .find(|found| !found.is_empty())
                    .unwrap_or_else(|| self.checked_out(text));
            }
            None => text,
        };
        let mut folders = vec![own.clone()];
        folders.extend(self.folders_of_includers(file));
        folders.extend(ancestors(&own).skip(1).filter(|folder| {
            let main = folder.join("nginx.conf").is_some_and(|main| self.entries.contains_key(&main));
            main || folder.name().contains("nginx")
        }));
        folders.iter().map(|folder| self.glob(folder, tail)).find(|found| !found.is_empty()).unwrap_or_default()
    }

    /// The files that an absolute path of a machine names, where the repository is checked out somewhere on it: what lies
    /// below a folder of the repository under the same path, at least a folder and a name.
    fn checked_out(&self, text: &str) -> Vec<RepoPath> {
        if ["/etc/", "/usr/", "/var/"].iter().any(|system| text.starts_with(system)) {
            return Vec::new();
        }
        let mut rest = text.trim_start_matches('/');
        while let Some((_, tail)) = rest.split_once('/').filter(|(_, tail)| tail.contains('/')) {
            let found = self.glob(&RepoPath::root(), tail);
            if !found.is_empty() {
                return found;
            }
            rest = tail;
        }
        Vec::new()
    }

    pub(super) fn folders_of_includers(&self, file: &RepoPath) -> BTreeSet<RepoPath> {
        let mut seen = BTreeSet::new();
        let mut open = vec![file.clone()];
        for _ in 0..MAX_CHAIN {
            let Some(path) = open.pop() else { break };
            let new: Vec<_> =
                self.includers.get(&path).into_iter().flatten().filter(|path| !seen.contains(*path)).collect();
            open.extend(new.iter().map(|path| (*path).clone()));
            seen.extend(new.into_iter().cloned());
        }
        seen.iter().filter_map(RepoPath::parent).collect()
    }

    pub(super) fn glob(&self, folder: &RepoPath, pattern: &str) -> Vec<RepoPath> {
        let Some(fixed) = folder.join(pattern.split(['*', '?', '[']).next().unwrap_or("")) else { return Vec::new() };
        if !pattern.contains(['*', '?', '[']) {
            // `x.conf` may be what a template step makes of `x.conf.template`.
            let sources =
                TEMPLATE_SUFFIXES.iter().filter_map(|suffix| RepoPath::new(&format!("{}.{suffix}", fixed.as_str())));
            let found = std::iter::once(fixed.clone()).chain(sources).find(|path| self.entries.contains_key(path));
            return found.into_iter().collect();
        }
        let Some(pattern) = folder.join(pattern) else { return Vec::new() };
        let mut found = matching(self.entries, &pattern);
        found.extend(self.linked(&pattern));
        found
    }

    /// The files that symbolic links of a `sites-enabled` lead to. Without any link the one file of `sites-available`
    /// beside the default site is the one that is meant.
    fn linked(&self, pattern: &RepoPath) -> Vec<RepoPath> {
        let Some(folder) = pattern.parent().filter(|folder| folder.name() == "sites-enabled") else {
            return Vec::new();
        };
        let links = self.tree.links(&folder);
        if links.is_empty() {
            let available =
                folder.parent().and_then(|outer| outer.join("sites-available")).and_then(|all| all.join("*"));
            let mut sites = available.map(|all| matching(self.entries, &all)).unwrap_or_default();
            sites.retain(|site| !matches!(site.name(), "default" | "default.conf"));
            return if sites.len() == 1 { sites } else { Vec::new() };
        }
        let enabled = links.iter().filter(|(name, _)| matches_name(pattern.name(), name));
        let mut found: Vec<RepoPath> = enabled.filter_map(|(_, target)| self.link_target(&folder, target)).collect();
        found.sort();
        found
    }

    /// Where a link leads; an absolute one names the folder beside it on the machine.
    fn link_target(&self, folder: &RepoPath, target: &str) -> Option<RepoPath> {
        if !target.starts_with('/') {
            return folder.join(target).filter(|path| self.entries.contains_key(path));
        }
        let outer = folder.parent()?;
        let parts: Vec<&str> = target.split('/').filter(|part| !part.is_empty()).collect();
        (1..=parts.len()).rev().find_map(|count| {
            let end = parts.get(parts.len() - count..)?.join("/");
            let beside =
                ancestors(&outer).find_map(|base| base.join(&end).filter(|path| self.entries.contains_key(path)));
            beside.filter(|_| count > 1)
        })
    }
}

/// All paths that match `pattern`, part by part.
pub(super) fn matching<V>(paths: &std::collections::BTreeMap<RepoPath, V>, pattern: &RepoPath) -> Vec<RepoPath> {
    let fixed: Vec<&str> = pattern.parts().take_while(|part| !part.contains(['*', '?', '['])).collect();
    let Some(start) = RepoPath::new(&fixed.join("/")) else { return Vec::new() };
    let parts: Vec<&str> = pattern.parts().collect();
    paths
        .range(start.clone()..)
        .map(|(path, _)| path)
        .take_while(|path| path.as_str().starts_with(start.as_str()))
        .filter(|path| {
            let mut names = path.parts();
            parts.iter().all(|part| names.next().is_some_and(|name| matches_name(part, name))) && names.next().is_none()
        })
        .cloned()
        .collect()
}
