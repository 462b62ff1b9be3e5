//! What of the repository is in an image that a manifest only names.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::image::{self, Build, Image};
use super::placed;
use super::service::{Room, SETTINGS, split_image};
use crate::base::{FileId, Place, RepoPath};
use crate::facts::{Dockerfile, Expr, Repository};
use crate::model::{Package, Wiring};

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
    /// The folders of packages with a manifest, by their names; `None` for several.
    packages: BTreeMap<String, Option<RepoPath>>,
}

/// An image of the repository.
pub(super) struct Known {
    pub dockerfile: FileId,
    pub image: Image,
    pub joined: Joined,
}

/// How sure it is that an image is built of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Joined {
    /// A command or file says so, or it has the whole name.
    Surely,
    /// It has a part of the name.
    ByPart,
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
    pub fn new(repository: &Repository, packages: &[Package]) -> Self {
        let mut images = Self::default();
        images.of_compose(repository);
        images.of_commands(repository);
        images.of_skaffold(repository);
        images.of_folders(repository);
        for package in
            packages.iter().filter(|package| !package.manifests.is_empty() && !package.root.name().is_empty())
        {
            let name = package.root.name().to_ascii_lowercase();
            images.packages.entry(name).and_modify(|known| *known = None).or_insert_with(|| Some(package.root.clone()));
        }
        images
    }

    /// What is in an image of this name.
    pub fn find(&self, wiring: &Wiring, room: &Room, name: &str, place: Place) -> Option<Known> {
        let Wiring { repository, packages, limits, .. } = wiring;
        let bare = bare(name)?;
        let (recipe, joined) = match self.stated.get(&bare).or_else(|| self.stated.get(last(&bare))) {
            Some(stated) => (stated.as_ref()?, Joined::Surely),
            None if is_official(&bare) => return None,
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
        // each container has a copy of what the Dockerfile says
        let lines = repository.get(recipe.dockerfile)?.dockerfile.as_deref().map_or(0, Dockerfile::lines);
        if !room.take(lines) {
            limits.reached(Some(place), &SETTINGS);
            return None;
        }
        let image = image::image(repository, packages, &build)?;
        Some(Known { dockerfile: recipe.dockerfile, image, joined })
    }

    /// The folder whose name an image has, where no Dockerfile is known.
    pub fn folder(&self, name: &str) -> Option<(RepoPath, Joined)> {
        let bare = bare(name).filter(|bare| !is_official(bare))?;
        let (found, joined) = by_words(&self.packages, last(&bare))?;
        Some((found.clone(), joined))
    }

    /// The recipe of the one folder whose name the name of the image ends in.
    fn alike(&self, name: &str) -> Option<(&Recipe, Joined)> {
        by_words(&self.by_folder, name)
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
                let node = Node::plain(id, document);
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

/// The name of an image in lower case, without its tag.
fn bare(name: &str) -> Option<String> {
    split_image(Some(name)).0.map(|bare| bare.to_ascii_lowercase())
}

/// Whether an image is one of Docker's own.
fn is_official(bare: &str) -> bool {
    let bare = bare.strip_prefix("docker.io/").or_else(|| bare.strip_prefix("index.docker.io/")).unwrap_or(bare);
    OFFICIAL.contains(&bare.strip_prefix("library/").unwrap_or(bare))
}

/// What has the whole name of an image; else what has the most words at its end, or at its beginning. Such a part is a guess,
/// and so is a folder that is called as the program of somebody else is.
fn by_words<'m, T>(named: &'m BTreeMap<String, Option<T>>, name: &str) -> Option<(&'m T, Joined)> {
    if let Some(exact) = named.get(name) {
        let joined = if OFFICIAL.contains(&name) { Joined::ByPart } else { Joined::Surely };
        return exact.as_ref().map(|found| (found, joined));
    }
    let ends = name.match_indices(['-', '_', '.']).filter_map(|(at, _)| name.get(at + 1..));
    let starts = name.rmatch_indices(['-', '_', '.']).filter_map(|(at, _)| name.get(..at));
    let found = ends.chain(starts).find_map(|part| named.get(part))?;
    found.as_ref().map(|found| (found, Joined::ByPart))
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
    }

    #[test]
    fn a_part_of_a_name_is_a_guess() {
        let named: BTreeMap<String, Option<u8>> =
            [("web".to_owned(), Some(1)), ("redis".to_owned(), Some(2)), ("api".to_owned(), None)].into();
        assert_eq!(by_words(&named, "web"), Some((&1, Joined::Surely)));
        assert_eq!(by_words(&named, "mail-web"), Some((&1, Joined::ByPart)));
        assert_eq!(by_words(&named, "web-mail"), Some((&1, Joined::ByPart)));
        assert_eq!(by_words(&named, "redis"), Some((&2, Joined::ByPart)));
        assert_eq!(by_words(&named, "cobweb"), None);
        assert_eq!(by_words(&named, "api"), None);
        for name in ["redis", "library/redis", "docker.io/library/redis"] {
            assert!(is_official(name), "{name}");
        }
        assert!(!is_official("bitnami/redis"));
    }
}
