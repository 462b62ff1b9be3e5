//! Stage 1: packages, services and what runs together.

use std::sync::Arc;

use super::kubernetes::Front;
use super::{Alternative, ProxyId, Value};
use crate::base::{FileId, Place, RepoPath};
use crate::facts::known::BackEnd;
use crate::facts::{CommandFact, Ecosystem, FrontEndTool};

/// Index of a [`Package`] in the wiring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackageId(pub u32);

/// Index of a [`Service`] in the wiring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceId(pub u32);

/// Index of a [`Deployment`] in the wiring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeploymentId(pub u32);

/// A folder with a manifest, or the root when nothing else claims a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// Its folder.
    pub root: RepoPath,
    /// Its manifest files.
    pub manifests: Vec<FileId>,
    /// Its ecosystem, when a manifest says so.
    pub ecosystem: Option<Ecosystem>,
    /// Names of all dependencies, sorted.
    pub dependencies: Vec<Arc<str>>,
    /// What builds its pages, when it has pages.
    pub tool: Option<FrontEndTool>,
    /// Whether its unmarked code runs in a browser.
    pub side: Side,
    /// The back end in it whose source is not read.
    pub back_end: Option<Unread>,
}

/// A back end whose source is not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// What it is.
    pub program: BackEnd,
    /// Where that is shown.
    pub place: Place,
    /// The ports that its settings name, with their places.
    pub ports: Vec<(u16, Place)>,
}

/// Where the code of a package runs when a file does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// In the browser (a bundler, no server framework).
    Browser,
    /// In a server process.
    Server,
    /// Both (Next.js, Nuxt, a mixed package).
    Both,
    /// Neither is shown.
    Unknown,
}

/// A process that a compose file, Dockerfile or script starts.
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    /// Its name; host name for its peers in compose.
    pub name: Arc<str>,
    /// Where it is declared.
    pub place: Place,
    /// The deployment that it belongs to.
    pub deployment: DeploymentId,
    /// All host names under which its peers reach it, `name` first.
    pub host_names: Vec<Arc<str>>,
    /// The image without tag, when it is known (`nginx`).
    pub image: Option<Arc<str>>,
    /// The image's tag.
    pub tag: Option<Arc<str>>,
    /// The Dockerfile that builds it.
    pub dockerfile: Option<FileId>,
    /// Index of the stage of that Dockerfile that is its image.
    pub stage: Option<usize>,
    /// The folder of the repository that is copied or mounted as its code, when that is known.
    pub source: Option<RepoPath>,
    /// Packages whose code runs in it.
    pub packages: Vec<PackageId>,
    /// Variables of its run-time environment.
    pub environment: Vec<Binding>,
    /// Build arguments and `ENV` that its image build sees.
    pub build_environment: Vec<Binding>,
    /// Whether this container's environment may hold more than `environment` (an `env_file` that is not in the repository).
    pub open_environment: Option<Place>,
    /// Ports published on the host.
    pub published: Vec<PublishedPort>,
    /// Ports of `EXPOSE` and `expose`.
    pub exposed: Vec<(u16, Place)>,
    /// Networks; empty means the default network of its deployment.
    pub networks: Vec<Arc<str>>,
    /// Labels of its containers, in order.
    pub labels: Vec<Binding>,
    /// Labels of the service in a swarm, in order.
    pub deploy_labels: Vec<Binding>,
    /// The words of the command that compose gives its container.
    pub arguments: Vec<(Value, Place)>,
    /// The namespace that it binds ports in.
    pub namespace: Namespace,
    /// The nginx that runs in it.
    pub proxy: Option<ProxyId>,
    /// The port of the image of nginx that it runs with the configuration that comes with it.
    pub stock_port: Option<u16>,
    /// What its container runs, entry point first, after compose's overrides; each with the file that says so.
    pub commands: Vec<(FileId, CommandFact)>,
    /// The folder in the container that its commands start in, when it is known.
    pub working_dir: Option<Arc<str>>,
    /// Where paths of the container come from: container path and path of the repository, longest container path first.
    pub placed: Vec<(Arc<str>, RepoPath)>,
    /// Whether its image comes from a registry alone, so that what runs in it is not in the repository.
    pub foreign: bool,
    /// What its pod says, when it is a container of one.
    pub pod: Option<Pod>,
}

/// What a pod says of a container in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Pod {
    /// The namespace of the cluster, when it is stated.
    pub namespace: Option<Arc<str>>,
    /// How many pods run, and what says so, when they are several.
    pub replicas: Option<(u64, Place)>,
    /// The names that ports have.
    pub port_names: Vec<(Arc<str>, u16)>,
    /// Whether it says more of its ports than is known.
    pub open_ports: bool,
}

impl Service {
    /// The path of the repository that is at `path` in the container, when a mount or `COPY` puts it there.
    #[must_use]
    pub fn repository_path(&self, path: &str) -> Option<RepoPath> {
        crate::model::topology::repository_path(&self.placed, path)
    }
}

/// Which loopback and which host names a process sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Namespace {
    /// Its own container.
    Container,
    /// The host's (`network_mode: host`, a process started by hand).
    Host,
    /// Shared with another service or not known.
    Unknown,
}

/// A published port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedPort {
    /// The port on the host, when known.
    pub host: Option<u16>,
    /// The port in the container, when known.
    pub container: Option<u16>,
    /// Whether only the host itself reaches it (`127.0.0.1:`).
    pub loopback_only: bool,
    /// Where it is written.
    pub place: Place,
}

/// Services, proxies and packages that run together.
#[derive(Clone, Debug, PartialEq)]
pub struct Deployment {
    /// A name for people: the compose file's path, the proxy's path, `development`.
    pub name: Arc<str>,
    /// What it is.
    pub kind: DeploymentKind,
    /// Its services.
    pub services: Vec<ServiceId>,
    /// Its nginx instances.
    pub proxies: Vec<ProxyId>,
    /// The packages whose code takes part, with the mode that they are built or run in.
    pub packages: Vec<(PackageId, Mode)>,
    /// Places that joined the parts.
    pub evidence: Vec<Place>,
    /// Whether the parts were joined by a guess (a lone proxy and a lone front end).
    pub pairing: Pairing,
    /// The names of a cluster in front of its services.
    pub fronts: Fronts,
}

impl Deployment {
    /// One without parts yet, whose parts are stated.
    #[must_use]
    pub fn new(name: Arc<str>, kind: DeploymentKind) -> Self {
        Self {
            name,
            kind,
            services: Vec::new(),
            proxies: Vec::new(),
            packages: Vec::new(),
            evidence: Vec::new(),
            pairing: Pairing::Stated,
            fronts: Fronts::default(),
        }
    }
}

/// The names of a cluster.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fronts {
    /// In the order of the manifests.
    pub all: Vec<Front>,
    /// Whether nothing else can add names.
    pub is_whole: bool,
    /// What takes requests from outside and hands them on by their paths.
    pub ingress: Option<ProxyId>,
}

/// What a deployment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeploymentKind {
    /// A set of compose files.
    Compose,
    /// Manifests of Kubernetes that run in one cluster.
    Cluster,
    /// Front end and back end started by hand on one machine, in development mode.
    Development,
    /// nginx on a host with processes beside it, in production mode.
    Host,
    /// A production build about whose serving nothing is known.
    Bare,
    /// Images built by Dockerfiles that no compose file names.
    Images,
}

impl DeploymentKind {
    /// Whether files say what runs, and where requests come in.
    #[must_use]
    pub fn is_stated(self) -> bool {
        matches!(self, Self::Compose | Self::Cluster | Self::Host)
    }
}

/// How sure it is that parts run together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pairing {
    /// A file says so.
    Stated,
    /// They are the only ones of their kind.
    Likely,
    /// One of several that are equally good.
    Ambiguous,
}

/// The mode that code is built or run in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// `vite`, `next dev`, `NODE_ENV=development`.
    Development,
    /// `vite build`, `next build`, `NODE_ENV=production`.
    Production,
    /// Another named mode (`vite build --mode staging`).
    Other(Arc<str>),
}

impl Mode {
    /// The word in file names and `NODE_ENV`.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Development => "development",
            Self::Production => "production",
            Self::Other(name) => name,
        }
    }
}

/// A name bound to a value in an environment.
#[derive(Clone, Debug, PartialEq)]
pub struct Binding {
    /// The name.
    pub name: Arc<str>,
    /// The value, after the dialect of the tool that reads it.
    pub value: Value,
    /// Where it is set.
    pub place: Place,
    /// More places that took part (an interpolated variable).
    pub evidence: Vec<Place>,
}

/// The bindings of names in one package, mode and deployment, as the reading tool sees them.
#[derive(Clone, Debug, PartialEq)]
pub struct Environment {
    /// The package.
    pub package: Option<PackageId>,
    /// The service, for a process in a container.
    pub service: Option<ServiceId>,
    /// The deployment that it holds in.
    pub deployment: Option<DeploymentId>,
    /// Which code's reads it answers: `Browser` for what a build puts into the bundle, `Server` for what a process sees.
    pub side: Side,
    /// The mode.
    pub mode: Mode,
    /// The winning binding of each name, sorted by name.
    pub bindings: Vec<Binding>,
    /// Bindings that lost against a stronger source, sorted by name.
    pub overridden: Vec<Binding>,
    /// Why names without a binding may still be set from outside, if they may.
    pub openness: Openness,
}

/// Whether names can be set by something that is not in the repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Openness {
    /// Everything that sets names is in the repository (a Dockerfile build that passes nothing).
    Closed(Vec<Place>),
    /// The process environment, CI or hosting may set names.
    Open,
    /// Git-ignored env files (`.env*` in an ignore rule) or hosting are known to set names.
    SetOutside(Vec<Place>),
    /// An env file is there that could not be read (an encrypted one, say): it may set any name.
    Unread,
}

impl Environment {
    /// The winning binding of `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Binding> {
        let index = self.bindings.binary_search_by(|binding| (*binding.name).cmp(name)).ok()?;
        self.bindings.get(index)
    }
}

/// A value together with everything that it was computed from.
pub type Alternatives = Vec<Alternative>;
