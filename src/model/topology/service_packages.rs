//! Which packages a service runs, and whose built pages it serves.

use std::collections::BTreeSet;

use super::commands::{self, Act};
use super::image::Image;
use super::packages::package_in;
use crate::base::{Place, RepoPath};
use crate::facts::{CommandFact, Expr, FrontEndTool, Repository};
use crate::model::{Mode, Package, PackageId, Service};

/// The sources of the repository that may be in a container.
#[derive(Clone, Copy)]
pub(super) struct Sources<'a> {
    /// All facts.
    pub repository: &'a Repository,
    /// All packages.
    pub packages: &'a [Package],
}

impl Sources<'_> {
    /// Packages whose pages the image builds, or the command develops or serves.
    pub(super) fn pages(&self, service: &Service, image: Option<&Image>) -> Vec<(PackageId, Mode, Place)> {
        let mut found: Vec<(PackageId, Mode, Place)> = Vec::new();
        let mut add = |folder: &RepoPath, mode: &Mode, place: Place| {
            if let Some(package) = package_in(self.packages, folder) {
                let entry = (package, mode.clone(), place);
                if !found.iter().any(|(known, ..)| *known == package) {
                    found.push(entry);
                }
            }
        };
        // What runs says more than what was built on the way.
        for (file, command) in &service.commands {
            let folder = service.source.clone().unwrap_or_else(RepoPath::root);
            for (folder, act) in commands::acts(self.repository, self.packages, &folder, command) {
                if let Act::Develops(mode) = &act {
                    add(&folder, mode, Place::new(*file, command.span));
                }
            }
        }
        for (folder, act, place) in image.map(|image| image.acts.as_slice()).unwrap_or_default() {
            if let Act::Builds(mode) = act {
                add(folder, mode, *place);
            }
        }
        for (file, command) in &service.commands {
            let folder = service.source.clone().unwrap_or_else(RepoPath::root);
            for (folder, act) in commands::acts(self.repository, self.packages, &folder, command) {
                if act == Act::Serves {
                    add(&folder, &Mode::Production, Place::new(*file, command.span));
                }
            }
        }
        // A Dockerfile that is not in the repository: its context's front end, developed when it gets its names at run
        // time or publishes the port of a development server.
        if found.is_empty()
            && service.dockerfile.is_none()
            && !service.foreign
            && let Some(id) = service.source.as_ref().and_then(|folder| package_in(self.packages, folder))
            && let Some(tool) = self.packages.get(id.0 as usize).and_then(|package| package.tool)
        {
            let prefixes = ["VITE_", "REACT_APP_", "NEXT_PUBLIC_", "VUE_APP_"];
            let told = service.environment.iter().any(|b| prefixes.iter().any(|prefix| b.name.starts_with(prefix)));
            let usual = match tool {
                FrontEndTool::Vite => 5173,
                FrontEndTool::Angular => 4200,
                _ => 3000,
            };
            let dev_port = service.published.iter().any(|port| port.container == Some(usual));
            if told || dev_port && tool != FrontEndTool::Next {
                found.push((id, Mode::Development, service.place));
            }
        }
        // Files of a stage whose build is not understood: its front end, in the mode of every image.
        if found.is_empty() && serves_files(service) {
            for folder in image.map(|image| image.other_folders.as_slice()).unwrap_or_default() {
                let package = package_in(self.packages, folder);
                let is_front = |id: &PackageId| self.packages.get(id.0 as usize).is_some_and(|p| p.tool.is_some());
                found.extend(package.filter(is_front).map(|id| (id, Mode::Production, service.place)));
            }
        }
        found
    }

    /// Packages whose code runs: those with pages, and the one that the command starts.
    pub(super) fn settle_packages(&self, service: &mut Service, pages: &[(PackageId, Mode, Place)]) {
        let mut packages: BTreeSet<PackageId> = pages.iter().map(|(package, ..)| *package).collect();
        // A static server's working folder says nothing.
        let serves_files = serves_files(service);
        if !service.foreign || !service.placed.is_empty() {
            let folder = service.source.clone().filter(|_| !serves_files);
            if let Some(folder) = folder {
                let started = service.commands.iter().find_map(|(_, command)| self.started(&folder, command));
                packages.extend(started.or_else(|| self.at(service, &folder)));
            }
            if serves_files {
                packages.extend(self.plain_pages(service));
            }
        }
        service.packages = packages.into_iter().collect();
    }

    /// The package whose folder a path starts with: `node apps/live/dist/start.js`.
    pub(super) fn named_by_path(&self, path: &str) -> Option<PackageId> {
        let path = RepoPath::new(path.trim_start_matches("./"))?;
        let id = package_in(self.packages, &path)?;
        let package = self.packages.get(id.0 as usize)?;
        (package.root != RepoPath::root() && !package.manifests.is_empty()).then_some(id)
    }

    /// The package of a folder, when its own files are in the container.
    pub(super) fn at(&self, service: &Service, folder: &RepoPath) -> Option<PackageId> {
        let id = package_in(self.packages, folder)?;
        let package = self.packages.get(id.0 as usize)?;
        let manifests = package.manifests.iter().filter_map(|id| self.repository.get(*id)).map(|facts| &facts.path);
        let brought = |path: &RepoPath| service.placed.iter().any(|(_, source)| path.is_under(source));
        let fits = package.root == *folder || manifests.into_iter().any(brought);
        fits.then_some(id)
    }

    /// The package of the program that a command names by its path or module.
    pub(super) fn started(&self, folder: &RepoPath, command: &CommandFact) -> Option<PackageId> {
        let words = command.commands.iter().flat_map(|simple| &simple.words).filter_map(Expr::as_str);
        for word in words {
            let module = word.split(':').next().unwrap_or(word);
            let is_module = word.contains(':') && !word.contains('/');
            let path = module.replace('.', "/");
            let candidates = [word.to_owned(), format!("{path}.py"), format!("{path}/__init__.py")];
            for candidate in candidates.iter().take(if is_module { 3 } else { 1 }) {
                if let Some(path) = folder.join(candidate).filter(|path| self.repository.paths.contains(path)) {
                    return package_in(self.packages, &path);
                }
                if let Some(package) = self.named_by_path(candidate) {
                    return Some(package);
                }
                // The folder is not known exactly: the one package that has such a module.
                if let Some(only) = self.only_with(candidate) {
                    return Some(only);
                }
            }
        }
        None
    }

    /// The one package that has a file at this path below its root.
    fn only_with(&self, file: &str) -> Option<PackageId> {
        let wanted = RepoPath::new(file.trim_start_matches("./"))?;
        let same_name = self.repository.paths_named(wanted.name());
        let roots = same_name.iter().filter_map(|path| {
            let root = path.as_str().strip_suffix(wanted.as_str())?;
            let root = if root.is_empty() { RepoPath::root() } else { RepoPath::new(root.strip_suffix('/')?)? };
            package_in(self.packages, &root)
                .filter(|id| self.packages.get(id.0 as usize).is_some_and(|p| p.root == root))
        });
        let mut two = roots.take(2);
        two.next().filter(|_| two.next().is_none())
    }

    /// Front ends without a build whose folder is placed where a static server reads.
    pub(super) fn plain_pages(&self, service: &Service) -> Vec<PackageId> {
        let is_output = |name: &str| {
            matches!(
                name,
                "dist" | "build" | "out" | "public" | "www" | "html" | "static" | "browser" | "client" | ".output"
            )
        };
        let mut found = Vec::new();
        for (target, source) in &service.placed {
            let web_root = target.split('/').any(|part| is_output(part) || matches!(part, "srv" | "site" | "htdocs"));
            let Some(id) = package_in(self.packages, source).filter(|_| web_root) else { continue };
            let package = self.packages.get(id.0 as usize);
            let whole = package.is_some_and(|package| package.tool.is_some() && package.root == *source);
            let built = package.is_some_and(|package| package.tool.is_some()) && is_output(source.name());
            if whole || built {
                found.push(id);
            }
        }
        found
    }
}

/// Whether a static server runs in it, whose working folder says nothing.
pub(super) fn serves_files(service: &Service) -> bool {
    service.image.as_deref().is_some_and(|image| image.contains("nginx") || image.contains("caddy"))
}
