//! Services of compose files, with everything that their image brings along.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::binding_set::BindingSet;
use super::compose_set::{ComposeSet, Declared};
use super::image::{self, Build, Image};
use super::placed;
use super::service_packages::Sources;
use super::started::started;
use super::stock;
use super::values::{self, Lookup, Resolved};
use crate::base::{FileId, Limit, Limits, Place, RepoPath};
use crate::facts::{CommandFact, ComposeBuild, Dockerfile, EnvSetting, Expr, HoleReason, PortMapping, Repository};
use crate::model::environment::files;
use crate::model::{
    Binding, DeploymentId, Mode, Namespace, Package, PackageId, PublishedPort, Service, Unknown, Value,
};

/// A service with what it does to packages, before modes are settled.
pub struct Built {
    /// The service.
    pub service: Service,
    /// Packages whose pages it builds or develops, with their mode.
    pub pages: Vec<(PackageId, Mode, Place)>,
    /// Places that show what is in it.
    pub evidence: Vec<Place>,
}

/// A service has its own copy of all that its image and its env files say: many services of one large file multiply it.
pub(super) const SETTINGS: Limit = Limit::new(
    200_000,
    "settings of services and lines of their Dockerfiles",
    "what else is set in the services after that is unknown",
    "check parts of the repository by themselves",
);

/// How many settings may still be copied into services.
#[derive(Debug)]
pub struct Room(Cell<usize>);

impl Default for Room {
    fn default() -> Self {
        Self(Cell::new(SETTINGS.most_items()))
    }
}

impl Room {
    /// Takes room for so many; `false` when there is not enough.
    pub(super) fn take(&self, count: usize) -> bool {
        let left = self.0.get().checked_sub(count);
        self.0.set(left.unwrap_or(0));
        left.is_some()
    }
}

/// Builds the services of one set.
pub struct Builder<'a> {
    /// All facts.
    pub repository: &'a Repository,
    /// All packages.
    pub packages: &'a [Package],
    /// The set.
    pub set: &'a ComposeSet,
    /// The `.env` beside the compose file.
    pub dot_env: BindingSet,
    /// What may still be copied into services.
    pub room: &'a Room,
    /// Bounds that were reached.
    pub limits: &'a Limits,
    /// The deployment that the services belong to.
    pub deployment: DeploymentId,
}

impl Builder<'_> {
    /// One service.
    pub fn build(&self, declared: &Declared<'_>) -> Option<Built> {
        let (file, first) = declared.parts.last()?;
        let place = Place::new(*file, first.span);
        let build = declared.last(|part| part.build.as_ref());
        let build = build.or_else(|| self.set.lent_build(self.repository, &declared.name));
        let image = build.and_then(|(file, build)| self.image(file, build));
        let (dockerfile, image) = image.unzip();
        let named = declared.last(|part| part.image.as_ref()).and_then(|(file, expr)| self.text(file, expr));
        let base = image.as_ref().and_then(|image| image.base.clone());
        let (name, tag) = split_image(base.as_deref().or(named.as_deref()));
        let mut placed = image.as_ref().map(|image| image.placed.clone()).unwrap_or_default();
        let mut evidence: Vec<Place> = image.as_ref().map(|image| image.copies.clone()).unwrap_or_default();
        for (file, mount) in declared.all(|part| &part.mounts) {
            let folder = self.folder_of(file);
            if let (Some(source), Some(target)) = (self.text(file, &mount.source), self.text(file, &mount.target)) {
                placed::place(self.repository, &folder, &source, &target, &mut placed);
                evidence.push(Place::new(file, mount.span));
            }
        }
        let (environment, open_environment) = self.environment(declared, image.as_ref());
        let commands = self.commands(declared, dockerfile.zip(image.as_ref()));
        let working_dir = declared
            .last(|part| part.working_dir.as_ref())
            .and_then(|(file, expr)| self.text(file, expr))
            .map(Arc::from)
            .or_else(|| image.as_ref().and_then(|image| image.workdir.clone()));
        // A context says where code comes from only when something of it is copied, or nothing else is known.
        let brings_code = image.is_none() || !placed.is_empty();
        let context = build.filter(|_| brings_code).and_then(|(file, build)| self.context(file, build));
        let source = placed::source_folder(self.repository, self.packages, &placed, working_dir.as_deref()).or(context);
        let mut service = Service {
            name: Arc::clone(&declared.name),
            place,
            deployment: self.deployment,
            host_names: self.host_names(declared),
            image: name,
            tag,
            dockerfile,
            stage: image.as_ref().map(|image| image.stage),
            source: source.clone(),
            packages: Vec::new(),
            environment,
            build_environment: image.as_ref().map(|image| sorted(image.build_environment.clone())).unwrap_or_default(),
            open_environment,
            published: declared
                .all(|part| &part.ports)
                .into_iter()
                .flat_map(|(file, port)| self.published(file, port))
                .collect(),
            exposed: self.exposed(declared, image.as_ref()),
            networks: unique(declared.all(|part| &part.networks)),
            labels: self.labels(declared.all(|part| &part.labels)),
            deploy_labels: self.labels(declared.all(|part| &part.deploy_labels)),
            arguments: self.arguments(declared),
            namespace: self.namespace(declared),
            proxy: None,
            stock_port: self.stock_port(declared, image.as_ref(), named.as_deref()),
            commands,
            working_dir,
            placed,
            foreign: build.is_none(),
            pod: None,
        };
        let sources = Sources { repository: self.repository, packages: self.packages };
        let pages = sources.pages(&service, image.as_ref());
        sources.settle_packages(&mut service, &pages);
        Some(Built { service, pages, evidence })
    }

    /// Text of an expression, when it is known.
    pub fn text(&self, file: FileId, expr: &Expr) -> Option<String> {
        self.resolve(file, expr).known()
    }

    pub(super) fn resolve(&self, file: FileId, expr: &Expr) -> Resolved {
        let resolved = values::resolve(expr, file, &|name| self.look_up(name));
        if let Some(place) = resolved.limit {
            self.limits.reached(Some(place), &values::PIECES);
        }
        resolved
    }

    fn look_up(&self, name: &str) -> Lookup {
        match self.dot_env.get(name) {
            Some(binding) => Lookup::Set(binding.clone()),
            None => Lookup::Outside,
        }
    }

    /// The folder that relative paths of a file start from: that of the first file of the set.
    fn folder_of(&self, _file: FileId) -> RepoPath {
        self.set.folder.clone()
    }

    fn context(&self, file: FileId, build: &ComposeBuild) -> Option<RepoPath> {
        let text = match &build.context {
            Some(expr) => self.text(file, expr)?,
            None => String::from("."),
        };
        self.folder_of(file).join(&text)
    }

    fn image(&self, file: FileId, build: &ComposeBuild) -> Option<(FileId, Image)> {
        let context = self.context(file, build)?;
        let name = match &build.dockerfile {
            Some(expr) => self.text(file, expr)?,
            None => String::from("Dockerfile"),
        };
        let dockerfile = self.repository.find(&context.join(&name)?)?;
        let args = build.args.iter().map(|setting| self.setting(file, setting)).collect();
        let target = build.target.as_ref().and_then(|expr| self.text(file, expr));
        let lines = self.repository.get(dockerfile)?.dockerfile.as_deref().map_or(0, Dockerfile::lines);
        if !self.room.take(lines) {
            self.limits.reached(Some(Place::new(file, build.span)), &SETTINGS);
            return None;
        }
        let build = Build { file: dockerfile, context, target, args, open: &|_| false };
        let image = image::image(self.repository, self.packages, &build)?;
        image.limits.iter().for_each(|place| self.limits.reached(Some(*place), &values::PIECES));
        Some((dockerfile, image))
    }

    /// A setting; a bare name gets its value from the shell or `.env`.
    pub(super) fn setting(&self, file: FileId, setting: &EnvSetting) -> Binding {
        let place = Place::new(file, setting.span);
        let name = Arc::clone(&setting.name);
        match &setting.value {
            Some(value) => {
                let resolved = self.resolve(file, value);
                Binding { name, value: resolved.value(), place, evidence: resolved.evidence }
            }
            None => match self.look_up(&setting.name) {
                Lookup::Set(binding) => Binding { name, value: binding.value, place, evidence: vec![binding.place] },
                _ => {
                    let reason = HoleReason::OutsideEnv(Arc::clone(&name));
                    let value = Value::Unknown(Unknown { reason, place: Some(place) });
                    Binding { name, value, place, evidence: Vec::new() }
                }
            },
        }
    }

    /// `ENV` of the image, then `env_file`, then `environment`.
    fn environment(&self, declared: &Declared<'_>, image: Option<&Image>) -> (Vec<Binding>, Option<Place>) {
        let mut bindings = BindingSet::of(image.map(|image| image.environment.clone()).unwrap_or_default());
        let mut open = None;
        for (file, path) in declared.all(|part| &part.env_files) {
            let found = self.text(file, path).and_then(|text| self.folder_of(file).join(&text));
            let place = Place::new(file, path.span);
            match found.and_then(|path| self.repository.find(&path)) {
                Some(id) if self.room.take(self.repository.get(id).map_or(0, |facts| facts.env.len())) => {
                    bindings.extend(files::compose_env_file(self.repository, id, self.limits));
                }
                Some(_) => {
                    self.limits.reached(Some(place), &SETTINGS);
                    open = open.or(Some(place));
                }
                None => open = open.or(Some(place)),
            }
        }
        for (file, setting) in declared.all(|part| &part.environment) {
            if !self.room.take(1) {
                let place = Place::new(file, setting.span);
                self.limits.reached(Some(place), &SETTINGS);
                open = open.or(Some(place));
                break;
            }
            bindings.set(self.setting(file, setting));
        }
        (sorted(bindings.into_vec()), open)
    }

    fn commands(&self, declared: &Declared<'_>, image: Option<(FileId, &Image)>) -> Vec<(FileId, CommandFact)> {
        let own = |field: fn(&crate::facts::ComposeService) -> Option<&CommandFact>| declared.last(field);
        let entrypoint = own(|part| part.entrypoint.as_ref());
        let command = own(|part| part.command.as_ref());
        match (entrypoint, image) {
            // a new entry point drops the arguments of the image
            (Some(_), _) | (None, None) => started(entrypoint, command),
            (None, Some((file, image))) => image.started(file, command),
        }
    }

    /// The port of the image of nginx that a service leaves as it is.
    fn stock_port(&self, declared: &Declared<'_>, image: Option<&Image>, named: Option<&str>) -> Option<u16> {
        let of_image = image.map_or_else(|| named.and_then(stock::port_of), |image| image.stock_port)?;
        let has_command = declared.last(|part| part.command.as_ref().or(part.entrypoint.as_ref())).is_some();
        let mounts = declared.all(|part| &part.mounts).into_iter().map(|(file, mount)| (file, &mount.target));
        let mut covered = mounts.chain(declared.all(|part| &part.filled));
        let keeps = covered.all(|(file, path)| stock::is_beside(self.text(file, path).as_deref()));
        (keeps && !has_command).then_some(of_image)
    }

    fn host_names(&self, declared: &Declared<'_>) -> Vec<Arc<str>> {
        let mut names = vec![Arc::clone(&declared.name)];
        for (file, alias) in declared.all(|part| &part.aliases) {
            if let Some(text) = self.text(file, alias) {
                let alias: Arc<str> = Arc::from(text);
                if !names.contains(&alias) {
                    names.push(alias);
                }
            }
        }
        names
    }

    fn published(&self, file: FileId, port: &PortMapping) -> Vec<PublishedPort> {
        let place = Place::new(file, port.span);
        let ip = port.host_ip.as_ref().and_then(|expr| self.text(file, expr));
        let loopback_only = ip.is_some_and(|ip| ip.starts_with("127.") || ip == "localhost" || ip == "::1");
        let host = port.host.as_ref().and_then(|expr| self.text(file, expr));
        let container = self.text(file, &port.container);
        let (hosts, containers) = (host.as_deref().map(range), container.as_deref().map(range));
        match (hosts.as_deref(), containers.as_deref()) {
            (Some(hosts), Some(containers)) if hosts.len() == containers.len() && hosts.len() > 1 => hosts
                .iter()
                .zip(containers)
                .map(|(host, container)| PublishedPort {
                    host: Some(*host),
                    container: Some(*container),
                    loopback_only,
                    place,
                })
                .collect(),
            (hosts, containers) => {
                let one =
                    |ports: Option<&[u16]>| ports.and_then(|ports| ports.first().copied().filter(|_| ports.len() == 1));
                vec![PublishedPort { host: one(hosts), container: one(containers), loopback_only, place }]
            }
        }
    }

    fn exposed(&self, declared: &Declared<'_>, image: Option<&Image>) -> Vec<(u16, Place)> {
        let own = declared.all(|part| &part.expose).into_iter().filter_map(|(file, expr)| {
            let port = self.text(file, expr)?.split('/').next()?.parse().ok()?;
            Some((port, Place::new(file, expr.span)))
        });
        image.map(|image| image.exposed.clone()).unwrap_or_default().into_iter().chain(own).collect()
    }

    fn namespace(&self, declared: &Declared<'_>) -> Namespace {
        match declared.last(|part| part.network_mode.as_ref()).map(|(file, expr)| self.text(file, expr)) {
            None => Namespace::Container,
            Some(Some(mode)) if mode == "host" => Namespace::Host,
            Some(Some(mode)) if mode == "bridge" || mode == "none" => Namespace::Container,
            Some(_) => Namespace::Unknown,
        }
    }
}

/// Bindings sorted by name.
pub fn sorted(mut bindings: Vec<Binding>) -> Vec<Binding> {
    bindings.sort_by(|a, b| a.name.cmp(&b.name));
    bindings
}

fn unique(names: Vec<(FileId, &Arc<str>)>) -> Vec<Arc<str>> {
    let mut seen = BTreeSet::new();
    names.into_iter().map(|(_, name)| Arc::clone(name)).filter(|name| seen.insert(Arc::clone(name))).collect()
}

/// `8000`, `8000-8010`.
fn range(text: &str) -> Vec<u16> {
    let text = text.split('/').next().unwrap_or(text);
    match text.split_once('-') {
        Some((from, to)) => match (from.parse::<u16>(), to.parse::<u16>()) {
            (Ok(from), Ok(to)) if from <= to => (from..=to).take(64).collect(),
            _ => Vec::new(),
        },
        None => text.parse().into_iter().collect(),
    }
}

/// An image's name and tag: `nginx:1.27-alpine`. A digest stands for the tag where there is none, as it names one image and no
/// version: `registry:5000/a/b@sha256:...`.
pub fn split_image(image: Option<&str>) -> (Option<Arc<str>>, Option<Arc<str>>) {
    let Some(image) = image else { return (None, None) };
    let (image, digest) = image.split_once('@').map_or((image, None), |(image, digest)| (image, Some(digest)));
    let name_start = image.rfind('/').map_or(0, |at| at + 1);
    match image.get(name_start..).and_then(|name| name.split_once(':')) {
        Some((name, tag)) => {
            let whole = image.get(..name_start + name.len()).unwrap_or(image);
            (Some(Arc::from(whole)), Some(Arc::from(tag)))
        }
        None => (Some(Arc::from(image)), digest.map(Arc::from)),
    }
}
