//! What of the repository is in an image that a manifest only names.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::image::{self, Build, Image};
use super::placed;
use super::service::split_image;
use crate::base::{FileId, RepoPath};
use crate::facts::{Expr, Repository};
use crate::model::Package;

/// How an image is built.
#[derive(Clone, Debug)]
struct Recipe {
    dockerfile: FileId,
    context: RepoPath,
    target: Option<Arc<str>>,
}

/// The images that a repository says how to build.
#[derive(Debug, Default)]
pub(super) struct Images {
    /// By the name without registry and tag, as commands, compose files and skaffold say it; `None` for several.
    stated: BTreeMap<String, Option<Recipe>>,
    /// By the folder of a Dockerfile or its own name; `None` for several.
    by_folder: BTreeMap<String, Option<Recipe>>,
}

/// An image of the repository.
pub(super) struct Known {
    pub dockerfile: FileId,
    pub image: Image,
}

/// Images of others, by names without a registry.
const OFFICIAL: [&str; 24] = [
    "nginx",
    "redis",
    "postgres",
    "mysql",
    "mariadb",
    "mongo",
    "rabbitmq",
    "memcached",
    "node",
    "python",
    "httpd",
    "caddy",
    "traefik",
    "haproxy",
    "busybox",
    "alpine",
    "ubuntu",
    "debian",
    "elasticsearch",
    "kibana",
    "influxdb",
    "nats",
    "vault",
    "consul",
];

impl Images {
    pub fn new(repository: &Repository) -> Self {
        let mut images = Self::default();
        images.of_compose(repository);
        images.of_commands(repository);
        images.of_skaffold(repository);
        images.of_folders(repository);
        images
    }

    /// What is in an image of this name.
    pub fn find(&self, repository: &Repository, packages: &[Package], name: &str) -> Option<Known> {
        let (bare, _) = split_image(Some(name));
        let bare = bare?.to_ascii_lowercase();
        let recipe = match self.stated.get(&bare).or_else(|| self.stated.get(last(&bare))) {
            Some(stated) => stated.as_ref()?,
            None if OFFICIAL.contains(&bare.as_str()) => return None,
            None => self.alike(last(&bare))?,
        };
        let target = recipe.target.as_ref().map(ToString::to_string);
        let build = Build {
            file: recipe.dockerfile,
            context: recipe.context.clone(),
            target,
            args: Vec::new(),
            open: &|_| true,
        };
        let image = image::image(repository, packages, &build)?;
        Some(Known { dockerfile: recipe.dockerfile, image })
    }

    /// The folder whose name an image has, where no Dockerfile is known.
    pub fn folder(packages: &[Package], name: &str) -> Option<RepoPath> {
        let (bare, _) = split_image(Some(name));
        let bare = bare?.to_ascii_lowercase();
        if OFFICIAL.contains(&bare.as_str()) {
            return None;
        }
        let own: Vec<&Package> = packages
            .iter()
            .filter(|package| !package.manifests.is_empty() && package.root != RepoPath::root())
            .collect();
        let ends = |package: &&&Package| is_alike(last(&bare), &package.root.name().to_ascii_lowercase());
        let mut found = own.iter().filter(ends);
        found.next().filter(|_| found.next().is_none()).map(|package| package.root.clone())
    }

    /// The recipe of the one folder whose name the name of the image ends in.
    fn alike(&self, name: &str) -> Option<&Recipe> {
        if let Some(exact) = self.by_folder.get(name) {
            return exact.as_ref();
        }
        let mut rest = name;
        while let Some((_, tail)) = rest.split_once(['-', '_', '.']) {
            if let Some(found) = self.by_folder.get(tail) {
                return found.as_ref();
            }
            rest = tail;
        }
        let mut head = name;
        while let Some((front, _)) = head.rsplit_once(['-', '_', '.']) {
            if let Some(found) = self.by_folder.get(front) {
                return found.as_ref();
            }
            head = front;
        }
        None
    }

    fn state(&mut self, name: &str, recipe: Recipe) {
        let (bare, _) = split_image(Some(name));
        let Some(bare) = bare.map(|bare| bare.to_ascii_lowercase()).filter(|bare| !bare.contains(['$', '{'])) else {
            return;
        };
        for key in [last(&bare).to_owned(), bare] {
            insert(&mut self.stated, key, recipe.clone());
        }
    }

    fn of_compose(&mut self, repository: &Repository) {
        for (_, facts) in repository.iter().filter(|(_, facts)| facts.role.speaks()) {
            let folder = facts.path.parent().unwrap_or_else(RepoPath::root);
            for service in facts.compose.iter().flat_map(|compose| &compose.services) {
                let Some(build) = &service.build else { continue };
                let context = build.context.as_ref().map_or(Some("."), Expr::as_str).and_then(|text| folder.join(text));
                let file = build.dockerfile.as_ref().map_or(Some("Dockerfile"), Expr::as_str);
                let Some((context, file)) = context.zip(file) else { continue };
                let dockerfile = context.join(file).and_then(|path| repository.find(&path));
                let target = build.target.as_ref().and_then(Expr::as_str).map(Arc::from);
                if let (Some(dockerfile), Some(name)) = (dockerfile, service.image.as_ref().and_then(Expr::as_str)) {
                    self.state(name, Recipe { dockerfile, context, target });
                }
            }
        }
    }

    /// `docker build -t NAME -f FILE CONTEXT` in scripts and workflows.
    fn of_commands(&mut self, repository: &Repository) {
        for (_, facts) in repository.iter().filter(|(_, facts)| facts.role.speaks()) {
            let folder = facts.path.parent().unwrap_or_else(RepoPath::root);
            let manifest = facts.manifest.iter().flat_map(|manifest| &manifest.scripts);
            for command in facts.scripts.iter().chain(manifest).flat_map(|script| &script.command.commands) {
                let words: Vec<&str> = command.words.iter().map(|word| word.as_str().unwrap_or("")).collect();
                let Some(build) = Built::of(&words) else { continue };
                // a workflow starts in the root, a script is often called from there
                let starts = [RepoPath::root(), folder.clone()];
                let found = starts.iter().find_map(|start| {
                    let start = command.directory.as_deref().map_or(Some(start.clone()), |dir| start.join(dir))?;
                    let context = start.join(build.context)?;
                    let file = match build.file {
                        Some(file) => start.join(file)?,
                        None => context.join("Dockerfile")?,
                    };
                    Some((repository.find(&file)?, context))
                });
                let Some((dockerfile, context)) = found else { continue };
                for name in build.names {
                    let target = build.target.map(Arc::from);
                    self.state(name, Recipe { dockerfile, context: context.clone(), target });
                }
            }
        }
    }

    /// `build.artifacts` of skaffold.
    fn of_skaffold(&mut self, repository: &Repository) {
        use crate::model::kubernetes::Node;
        for (id, facts) in repository.iter().filter(|(_, facts)| facts.path.name().starts_with("skaffold")) {
            let Some(file) = &facts.kubernetes else { continue };
            let folder = facts.path.parent().unwrap_or_else(RepoPath::root);
            for document in &file.documents {
                let node = Node::of(id, document, &|_| None);
                for artifact in node.at(&["build", "artifacts"]).map(Node::items).unwrap_or_default() {
                    let context = artifact.text_of("context").map_or(".", |text| text);
                    let docker = artifact.get("docker");
                    let named =
                        docker.and_then(|docker| docker.text_of("dockerfile")).map_or("Dockerfile", |text| text);
                    let target = docker.and_then(|docker| docker.text_of("target")).cloned();
                    let Some(context) = folder.join(context) else { continue };
                    let dockerfile = context.join(named).and_then(|path| repository.find(&path));
                    if let (Some(dockerfile), Some(name)) = (dockerfile, artifact.text_of("image")) {
                        self.state(name, Recipe { dockerfile, context, target });
                    }
                }
            }
        }
    }

    /// Dockerfiles by their folders, and by words of their own names.
    fn of_folders(&mut self, repository: &Repository) {
        for (id, facts) in repository.iter() {
            let Some(dockerfile) = facts.dockerfile.as_deref().filter(|_| facts.role.may_be_accused()) else {
                continue;
            };
            let folder = facts.path.parent().unwrap_or_else(RepoPath::root);
            let name = facts.path.name().to_ascii_lowercase();
            let own = name.strip_prefix("dockerfile").or_else(|| name.strip_suffix(".dockerfile")).unwrap_or("");
            let own = own.trim_matches(['.', '-', '_']);
            if matches!(own, "dev" | "development" | "local" | "test") {
                continue;
            }
            let Some(context) = placed::context(repository, dockerfile, &folder) else { continue };
            let recipe = Recipe { dockerfile: id, context, target: None };
            let is_plain = own.is_empty() || matches!(own, "prod" | "production");
            let key = if is_plain { folder.name().to_ascii_lowercase() } else { own.to_owned() };
            if !key.is_empty() {
                insert(&mut self.by_folder, key, recipe);
            }
        }
    }
}

fn insert(into: &mut BTreeMap<String, Option<Recipe>>, key: String, recipe: Recipe) {
    let same = |known: &Recipe| known.dockerfile == recipe.dockerfile && known.target == recipe.target;
    match into.get_mut(&key) {
        Some(known) if known.as_ref().is_some_and(same) => {}
        Some(known) => *known = None,
        None => {
            into.insert(key, Some(recipe));
        }
    }
}

/// A `docker build`.
struct Built<'w> {
    names: Vec<&'w str>,
    file: Option<&'w str>,
    target: Option<&'w str>,
    context: &'w str,
}

impl<'w> Built<'w> {
    fn of(words: &[&'w str]) -> Option<Self> {
        let program = words.first()?.rsplit('/').next()?;
        if !matches!(program, "docker" | "podman" | "buildah" | "nerdctl") {
            return None;
        }
        let at = words.iter().position(|word| matches!(*word, "build" | "bud")).filter(|at| *at <= 3)?;
        let mut built = Self { names: Vec::new(), file: None, target: None, context: "" };
        let mut rest = words.get(at + 1..)?.iter();
        while let Some(word) = rest.next() {
            let (option, value) = match word.split_once('=') {
                Some((option, value)) if option.starts_with('-') => (option, Some(value)),
                _ => (*word, None),
            };
            let mut take = || value.or_else(|| rest.next().copied());
            match option {
                "-t" | "--tag" => built.names.extend(take()),
                "-f" | "--file" => built.file = take(),
                "--target" => built.target = take(),
                "--build-arg" | "--platform" | "--label" | "--cache-from" | "--cache-to" | "--network" | "--secret"
                | "--ssh" | "--progress" | "-o" | "--output" | "--builder" => {
                    take();
                }
                _ if option.starts_with('-') => {}
                _ => built.context = *word,
            }
        }
        (!built.names.is_empty() && !built.context.is_empty()).then_some(built)
    }
}

/// The last part of a name.
fn last(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// Whether one name is the other with words before or behind it.
fn is_alike(image: &str, folder: &str) -> bool {
    let word = |rest: &str| rest.is_empty() || rest.starts_with(['-', '_']) || rest.ends_with(['-', '_']);
    !folder.is_empty() && (image.strip_prefix(folder).is_some_and(word) || image.strip_suffix(folder).is_some_and(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builds_are_read_from_command_lines() {
        let built = Built::of(&["docker", "buildx", "build", "-t", "a/b:1", "--file=x/Dockerfile", "--push", "."])
            .expect("a build");
        assert_eq!((built.names, built.file, built.context), (vec!["a/b:1"], Some("x/Dockerfile"), "."));
        assert!(Built::of(&["docker", "run", "-t", "x", "."]).is_none());
        assert!(is_alike("mail-web", "web") && is_alike("web", "web") && !is_alike("cobweb", "web"));
    }
}
