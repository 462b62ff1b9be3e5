//! Where containers have nginx files: by mounts of compose services and `COPY`s of Dockerfiles.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::substitution::{self, Envsubst, StepNames, TemplateStep};
use super::{NginxVersion, Start};
use crate::base::{FileId, Limit, Place, RepoPath, Span};
use crate::facts::{
    CommandFact, ComposeService, Dockerfile, EnvSetting, Expr, Mount, Repository, SimpleCommand, Stage,
};
use crate::model::proxy::CutShort;

/// A container or image with the nginx files in it.
#[derive(Clone, Debug, Default)]
pub(super) struct Container {
    /// Path in the container to file and the mount or `COPY` that puts it there.
    pub files: BTreeMap<String, (FileId, Place)>,
    /// The base image as written (`nginx:1.27-alpine`), when it is known.
    pub image: Option<Arc<str>>,
    /// The steps that fill templates; what they write is in `files`.
    pub steps: Vec<TemplateStep>,
    /// The command that takes the place of the image's own, so that its entry point fills no templates.
    pub bypassed: Option<Place>,
    /// The environment as far as texts state it.
    pub environment: BTreeMap<Arc<str>, Arc<str>>,
    /// What it runs, with the file that says so.
    commands: Vec<(FileId, CommandFact)>,
    /// Main files that `nginx -c` names.
    mains: Vec<String>,
    working_dir: Option<Arc<str>>,
    /// Whether a command stands in the place of the image's that is not nginx itself.
    starts_otherwise: bool,
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
    /// The file that is at the main file's place.
    pub fn main(&self) -> Option<(FileId, Place)> {
        let named = self.mains.iter().find_map(|path| self.files.get(path).copied());
        named.or_else(|| ROOTS.iter().find_map(|root| self.files.get(&format!("{root}nginx.conf")).copied()))
    }

    /// The files that the stock main file includes at `http` level.
    pub fn fragments(&self) -> Vec<(FileId, Place)> {
        let read = |path: &str| {
            let Some(rest) = ROOTS.iter().find_map(|root| path.strip_prefix(root)) else { return false };
            let Some((folder, name)) = rest.split_once('/') else { return false };
            match folder {
                "conf.d" | "http.d" => name.ends_with(".conf") && !name.contains('/'),
                // what the official image makes of them is in `files` too
                "templates" => name.ends_with(".template") && !self.official(),
                "sites-enabled" => true,
                _ => false,
            }
        };
        self.files.iter().filter(|(path, _)| read(path)).map(|(_, file)| *file).collect()
    }

    /// The files that a step fills.
    pub fn templates(&self) -> BTreeSet<FileId> {
        let placed = self.files.iter().filter(|(path, _)| path.contains("/templates/")).map(|(_, (file, _))| *file);
        placed.chain(self.steps.iter().map(|step| step.file)).collect()
    }

    /// Whether the main file that is not replaced is the official image's own, which defines nothing.
    pub fn official(&self) -> bool {
        self.image.as_deref().is_some_and(|image| {
            image_name(image).ends_with("nginx") || image_name(image) == "nginxinc/nginx-unprivileged"
        })
    }

    /// What runs before nginx.
    pub fn start(&self) -> Start {
        if self.official() && !self.starts_otherwise { Start::Image } else { Start::Other }
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

/// Files in all containers together: services that mount one folder have each of its files.
const PLACED: Limit = Limit::new(
    100_000,
    "nginx files in all containers together",
    "what every nginx does is unknown",
    "check parts of the repository by themselves",
);

/// Containers that hold nginx files.
#[derive(Default)]
pub(super) struct Containers {
    /// In the order of their files.
    pub all: Vec<Container>,
    /// Whether some were left out.
    pub cut_short: CutShort,
    placed: usize,
}

impl Containers {
    /// Adds one that holds any; whether there is room for more.
    fn push(&mut self, container: Container, place: Place) -> Room {
        self.placed += container.files.len();
        if self.placed > PLACED.most_items() {
            self.cut_short.at(place, &PLACED);
            return Room::Gone;
        }
        if !container.files.is_empty() {
            self.all.push(container);
        }
        Room::Left
    }
}

/// Whether there is room for more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Room {
    Left,
    Gone,
}

/// All containers that hold nginx files.
pub(super) fn containers(repository: &Repository) -> Containers {
    let mut found = Containers::default();
    let scripts = script_steps(repository);
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
            container.environ(&service.environment);
            container.overrides(id, service);
            container.render(&scripts);
            if found.push(container, Place::new(id, service.span)) == Room::Gone {
                return found;
            }
        }
    }
    for (id, facts) in repository.iter().filter(|(id, facts)| facts.role.speaks() && !built.contains(id)) {
        let Some(dockerfile) = facts.dockerfile.as_deref() else { continue };
        let contexts: Vec<_> = ancestors(facts.path.parent().unwrap_or_else(RepoPath::root)).collect();
        let mut container = Container::default();
        container.stages(repository, id, dockerfile, &contexts, None);
        container.render(&scripts);
        if found.push(container, Place::new(id, Span::default())) == Room::Gone {
            return found;
        }
    }
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
        let count = dockerfile.stages.len();
        let wanted = target.and_then(|name| dockerfile.stage_named(name, count)).or(count.checked_sub(1));
        let line = wanted.map(|index| dockerfile.stage_line(index)).unwrap_or_default();
        self.image = line.first().and_then(|index| text(Some(&dockerfile.stages.get(*index)?.from)));
        let copies = dockerfile.context_copies();
        for (stage, copies) in line.iter().filter_map(|index| dockerfile.stages.get(*index).zip(copies.get(*index))) {
            self.environ(&stage.env);
            self.runs(file, stage);
            self.place(repository, file, copies, contexts);
        }
    }

    /// What a stage runs while it is built, and what its image runs.
    fn runs(&mut self, file: FileId, stage: &Stage) {
        self.working_dir = text(stage.workdir.as_ref()).or_else(|| self.working_dir.take());
        self.commands.extend(stage.runs.iter().map(|run| (file, run.clone())));
        for command in stage.entrypoint.iter().chain(&stage.command) {
            self.replace_command(file, command);
        }
    }

    /// `entrypoint` and `command` of compose take the place of the image's.
    fn overrides(&mut self, file: FileId, service: &ComposeService) {
        if service.entrypoint.is_some() {
            self.bypassed = None;
        }
        for command in service.entrypoint.iter().chain(&service.command) {
            self.replace_command(file, command);
        }
    }

    fn replace_command(&mut self, file: FileId, command: &CommandFact) {
        let first = command.commands.first().and_then(|simple| simple.words.first()).and_then(Expr::as_str);
        self.starts_otherwise |= !matches!(first, Some("nginx" | "nginx-debug")) || command.commands.len() > 1;
        self.bypassed = bypasses(command).then(|| Place::new(file, command.span));
        for simple in &command.commands {
            let words: Vec<&str> = simple.words.iter().filter_map(Expr::as_str).collect();
            if let [program, rest @ ..] = words.as_slice()
                && program.rsplit('/').next() == Some("nginx")
                && let Some(at) = rest.iter().position(|word| *word == "-c")
                && let Some(path) = rest.get(at + 1)
            {
                self.mains.push((*path).to_owned());
            }
        }
        self.commands.push((file, command.clone()));
    }

    fn environ(&mut self, settings: &[EnvSetting]) {
        for setting in settings {
            if let Some(value) = setting.value.as_ref().and_then(Expr::as_str) {
                self.environment.insert(Arc::clone(&setting.name), value.into());
            }
        }
    }

    /// Puts what the template steps write beside the files.
    fn render(&mut self, scripts: &[(FileId, SimpleCommand)]) {
        let commands: Vec<(Place, Envsubst)> = self
            .commands
            .iter()
            .flat_map(|(file, command)| command.commands.iter().map(|simple| (*file, simple)))
            .chain(scripts.iter().map(|(file, simple)| (*file, simple)))
            .filter_map(|(file, simple)| Some((Place::new(file, simple.span), substitution::envsubst(simple)?)))
            .collect();
        for (place, step) in commands {
            let Some((file, _)) = self.file_at(&step.input) else { continue };
            if let Some(output) = step.output {
                self.files.insert(self.absolute(&output), (file, place));
            }
            self.steps.push(TemplateStep { file, names: step.names, place });
        }
        self.render_templates();
        self.steps.sort_by_key(|step| (step.file, step.place));
        self.steps.dedup();
    }

    /// What the entry point of the official image does: `templates/a.conf.template` becomes `conf.d/a.conf`.
    fn render_templates(&mut self) {
        if !self.official() {
            return;
        }
        let setting = |name: &str, usual: &str| {
            self.environment.get(name).map_or_else(|| usual.to_owned(), |value| value.trim_end_matches('/').to_owned())
        };
        let folder = format!("{}/", setting("NGINX_ENVSUBST_TEMPLATE_DIR", "/etc/nginx/templates"));
        let suffix = setting("NGINX_ENVSUBST_TEMPLATE_SUFFIX", ".template");
        let output = setting("NGINX_ENVSUBST_OUTPUT_DIR", "/etc/nginx/conf.d");
        let filter = self.environment.get("NGINX_ENVSUBST_FILTER").filter(|filter| !filter.is_empty()).cloned();
        let templates: Vec<_> = self
            .files
            .iter()
            .filter_map(|(path, (file, place))| {
                let rest = path.strip_prefix(&folder)?.strip_suffix(&suffix)?;
                Some((format!("{output}/{rest}"), *file, *place))
            })
            .collect();
        for (path, file, place) in templates {
            if !self.steps.iter().any(|step| step.file == file) {
                self.steps.push(TemplateStep { file, names: StepNames::Defined { filter: filter.clone() }, place });
            }
            self.files.insert(path, (file, place));
        }
    }

    fn absolute(&self, path: &str) -> String {
        match &self.working_dir {
            Some(folder) if !path.starts_with('/') => {
                format!("{}/{}", folder.trim_end_matches('/'), path.trim_start_matches("./"))
            }
            _ => path.to_owned(),
        }
    }

    /// The file at a path of the container; a relative path whose folder is not known is found by its end.
    fn file_at(&self, path: &str) -> Option<(FileId, Place)> {
        if let Some(found) = self.files.get(&self.absolute(path)) {
            return Some(*found);
        }
        let end = format!("/{}", path.trim_start_matches("./").trim_start_matches('/'));
        let mut ending = self.files.iter().filter(|(known, _)| known.ends_with(&end)).map(|(_, found)| *found);
        let first = ending.next().filter(|_| !path.starts_with('/'))?;
        ending.all(|other| other.0 == first.0).then_some(first)
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
                if source == RepoPath::root() {
                    continue;
                }
                let inside: Vec<_> = under(repository, &source).collect();
                if inside.is_empty() {
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

/// The `envsubst` commands of shell scripts.
fn script_steps(repository: &Repository) -> Vec<(FileId, SimpleCommand)> {
    let mut found = Vec::new();
    for (id, facts) in repository.iter().filter(|(_, facts)| facts.role.speaks()) {
        let commands = facts.scripts.iter().flat_map(|script| &script.command.commands);
        found.extend(
            commands.filter(|simple| substitution::envsubst(simple).is_some()).map(|simple| (id, simple.clone())),
        );
    }
    found
}

/// Whether a command line certainly keeps the official image's entry point from filling templates: a shell that starts
/// nginx after something else.
fn bypasses(command: &CommandFact) -> bool {
    let program = |simple: &SimpleCommand| {
        let name = simple.words.first().and_then(Expr::as_str);
        name.map(|name| name.rsplit('/').next().unwrap_or(name).to_owned())
    };
    let programs: Vec<Option<String>> = command.commands.iter().map(program).collect();
    let starts = programs.iter().flatten().any(|program| program == "nginx");
    let first_is_other = programs.first().is_some_and(|first| first.as_deref().is_some_and(|first| first != "nginx"));
    let helps = programs.iter().any(|program| {
        program.as_deref().is_none_or(|program| program.ends_with(".sh") || matches!(program, "source" | "."))
    });
    starts && first_is_other && !helps
}

/// The files below a folder, with their paths from it.
fn under<'a>(repository: &'a Repository, folder: &'a RepoPath) -> impl Iterator<Item = (FileId, String)> + 'a {
    let inside = repository.below(folder).filter(|(_, facts)| facts.nginx.is_some());
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
