//! Where containers have nginx files: by mounts of compose services and `COPY`s of Dockerfiles.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::NginxVersion;
use crate::base::{FileId, Place, RepoPath};
use crate::facts::{ComposeService, Dockerfile, Expr, Mount, Repository, Stage};

/// A container or image with the nginx files in it.
#[derive(Clone, Debug, Default)]
pub(super) struct Container {
    /// Path in the container to file and the mount or `COPY` that puts it there.
    pub files: BTreeMap<String, (FileId, Place)>,
    /// The base image as written (`nginx:1.27-alpine`), when it is known.
    pub image: Option<Arc<str>>,
}

/// Folders of nginx's configuration in distributions and images.
const ROOTS: [&str; 5] = [
    "/etc/nginx/",
    "/usr/local/openresty/nginx/conf/",
    "/usr/local/nginx/conf/",
    "/usr/local/etc/nginx/",
    "/opt/nginx/conf/",
];

impl Container {
    /// The file that stands at the main file's place.
    pub fn main(&self) -> Option<(FileId, Place)> {
        ROOTS.iter().find_map(|root| self.files.get(&format!("{root}nginx.conf")).copied())
    }

    /// The files that the stock main file includes at `http` level.
    pub fn fragments(&self) -> Vec<(FileId, Place)> {
        let read = |path: &str| {
            let Some(rest) = ROOTS.iter().find_map(|root| path.strip_prefix(root)) else { return false };
            let Some((folder, name)) = rest.split_once('/') else { return false };
            match folder {
                "conf.d" | "http.d" => name.ends_with(".conf") && !name.contains('/'),
                "templates" => name.ends_with(".template"),
                "sites-enabled" => true,
                _ => false,
            }
        };
        self.files.iter().filter(|(path, _)| read(path)).map(|(_, file)| *file).collect()
    }

    /// Whether `id` is a template of the official image.
    pub fn is_template(&self, id: FileId) -> bool {
        self.files.iter().any(|(path, (file, _))| *file == id && path.contains("/templates/"))
    }

    /// Whether the main file that is not replaced is the official image's own, which defines nothing.
    pub fn official(&self) -> bool {
        self.image.as_deref().is_some_and(|image| {
            image_name(image).ends_with("nginx") || image_name(image) == "nginxinc/nginx-unprivileged"
        })
    }

    /// The version that the tag fixes.
    pub fn version(&self) -> Option<NginxVersion> {
        let image = self.image.as_deref().filter(|_| self.official())?;
        NginxVersion::from_tag(image.rsplit_once(':').filter(|(_, tag)| !tag.contains('/'))?.1)
    }
}

fn image_name(image: &str) -> &str {
    let bare = image.split('@').next().unwrap_or(image);
    let bare = bare.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')).map_or(bare, |(name, _)| name);
    bare.strip_prefix("docker.io/").unwrap_or(bare).trim_start_matches("library/")
}

/// All containers that hold nginx files.
pub(super) fn containers(repository: &Repository) -> Vec<Container> {
    let mut found = Vec::new();
    let mut built = BTreeSet::new();
    for (id, facts) in repository.iter().filter(|(_, facts)| facts.role.speaks()) {
        let folder = facts.path.parent().unwrap_or_else(RepoPath::root);
        for service in facts.compose.iter().flat_map(|compose| &compose.services) {
            let mut container = Container { image: text(service.image.as_ref()), ..Container::default() };
            if let Some((dockerfile, context)) = dockerfile_of(repository, service, &folder) {
                built.insert(dockerfile);
                container.build(repository, dockerfile, &[context], service);
            }
            container.place(repository, id, &service.mounts, std::slice::from_ref(&folder));
            found.push(container);
        }
    }
    for (id, facts) in repository.iter().filter(|(id, facts)| facts.role.speaks() && !built.contains(id)) {
        let Some(dockerfile) = facts.dockerfile.as_deref() else { continue };
        let contexts: Vec<_> = ancestors(facts.path.parent().unwrap_or_else(RepoPath::root)).collect();
        let mut container = Container::default();
        container.stages(repository, id, dockerfile, &contexts, None);
        found.push(container);
    }
    found.retain(|container| !container.files.is_empty());
    found
}

impl Container {
    fn build(&mut self, repository: &Repository, dockerfile: FileId, contexts: &[RepoPath], service: &ComposeService) {
        let Some(facts) = repository.get(dockerfile).and_then(|facts| facts.dockerfile.as_deref()) else { return };
        let target = service.build.as_ref().and_then(|build| build.target.as_ref()).and_then(Expr::as_str);
        self.stages(repository, dockerfile, facts, contexts, target);
    }

    /// The final stage (or `target`) with the stages that it builds on.
    fn stages(
        &mut self,
        repository: &Repository,
        file: FileId,
        dockerfile: &Dockerfile,
        contexts: &[RepoPath],
        target: Option<&str>,
    ) {
        let named = |name: &str| dockerfile.stages.iter().position(|stage| stage.name.as_deref() == Some(name));
        let last = dockerfile.stages.len().checked_sub(1);
        let mut next = target.and_then(named).or(last);
        let mut line: Vec<&Stage> = Vec::new();
        while let Some(index) = next {
            let Some(stage) = dockerfile.stages.get(index) else { break };
            line.push(stage);
            let base = text(Some(&stage.from));
            // a stage can only build on an earlier one
            next = base.as_deref().and_then(named).filter(|base| *base < index);
            if next.is_none() {
                self.image = base;
            }
        }
        for stage in line.into_iter().rev() {
            let copies: Vec<_> = stage.copies.iter().filter(|copy| copy.from_stage.is_none()).cloned().collect();
            self.place(repository, file, &copies, contexts);
        }
    }

    fn place(&mut self, repository: &Repository, stated_in: FileId, mounts: &[Mount], contexts: &[RepoPath]) {
        for mount in mounts {
            let (Some(source), Some(target)) = (mount.source.as_str(), mount.target.as_str()) else { continue };
            let place = Place::new(stated_in, mount.span);
            let candidates = contexts.iter().filter_map(|context| context.join(source));
            for source in candidates {
                if let Some(file) = repository.find(&source) {
                    let name = if target.ends_with('/') { source.name() } else { "" };
                    self.put(repository, format!("{}{name}", target), file, place);
                    break;
                }
                let inside: Vec<_> = under(repository, &source).collect();
                if inside.is_empty() || source == RepoPath::root() {
                    continue;
                }
                for (id, rest) in inside {
                    self.put(repository, format!("{}/{rest}", target.trim_end_matches('/')), id, place);
                }
                break;
            }
        }
    }

    fn put(&mut self, repository: &Repository, path: String, file: FileId, place: Place) {
        if repository.get(file).is_some_and(|facts| facts.nginx.is_some()) {
            self.files.insert(path, (file, place));
        }
    }
}

/// The files below a folder, with their paths from it.
fn under<'a>(repository: &'a Repository, folder: &'a RepoPath) -> impl Iterator<Item = (FileId, String)> + 'a {
    let inside = repository.iter().filter(|(_, facts)| facts.nginx.is_some() && facts.path.is_under(folder));
    inside.filter_map(|(id, facts)| {
        let rest = facts.path.as_str().strip_prefix(folder.as_str())?.trim_start_matches('/').to_owned();
        Some((id, rest))
    })
}

fn dockerfile_of(repository: &Repository, service: &ComposeService, folder: &RepoPath) -> Option<(FileId, RepoPath)> {
    let build = service.build.as_ref()?;
    let context = match &build.context {
        Some(context) => folder.join(context.as_str()?)?,
        None => folder.clone(),
    };
    let name = match &build.dockerfile {
        Some(name) => name.as_str()?,
        None => "Dockerfile",
    };
    Some((repository.find(&context.join(name)?)?, context))
}

fn ancestors(folder: RepoPath) -> impl Iterator<Item = RepoPath> {
    std::iter::successors(Some(folder), RepoPath::parent)
}

fn text(expr: Option<&Expr>) -> Option<Arc<str>> {
    expr.and_then(Expr::as_str).map(Arc::from)
}
