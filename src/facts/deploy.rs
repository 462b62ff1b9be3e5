//! How the parts run: compose services, Dockerfiles, manifests, command lines.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Expr, ListenFact};
use crate::base::Span;

/// A compose file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComposeFile {
    /// Its services in source order.
    pub services: Vec<ComposeService>,
    /// `include:` and `extends.file` paths.
    pub includes: Vec<Expr>,
    /// The networks that it declares for its services.
    pub networks: Vec<Arc<str>>,
}

/// A service of a compose file. Texts with `${X}` are [`super::ExprKind::Op`] concatenations with `Env` parts of reader `Compose`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComposeService {
    /// Its name: a host name for its peers.
    pub name: Arc<str>,
    /// The name's place.
    pub span: Span,
    /// `container_name`, `hostname`, network aliases: further host names.
    pub aliases: Vec<Expr>,
    /// `image`.
    pub image: Option<Expr>,
    /// `build`.
    pub build: Option<ComposeBuild>,
    /// `command`: words.
    pub command: Option<CommandFact>,
    /// `entrypoint`: words.
    pub entrypoint: Option<CommandFact>,
    /// `environment`, in order. The value is `None` for a bare name (passed on from the shell).
    pub environment: Vec<EnvSetting>,
    /// `env_file` paths.
    pub env_files: Vec<Expr>,
    /// `ports`.
    pub ports: Vec<PortMapping>,
    /// `expose`.
    pub expose: Vec<Expr>,
    /// `networks`; empty means the default network.
    pub networks: Vec<Arc<str>>,
    /// `network_mode`.
    pub network_mode: Option<Expr>,
    /// `volumes` that mount a path of the host.
    pub mounts: Vec<Mount>,
    /// The paths of the container that something else fills: named volumes, `configs`, `secrets`.
    pub filled: Vec<Expr>,
    /// `depends_on`.
    pub depends_on: Vec<Arc<str>>,
    /// `labels`, in order (Traefik).
    pub labels: Vec<EnvSetting>,
    /// `deploy.labels`, in order: those of the service in a swarm.
    pub deploy_labels: Vec<EnvSetting>,
    /// `profiles`.
    pub profiles: Vec<Arc<str>>,
    /// `working_dir`.
    pub working_dir: Option<Expr>,
    /// How many containers run it: `deploy.replicas`, or `scale`.
    pub replicas: Option<Expr>,
    /// `extends.service`.
    pub extends: Option<Arc<str>>,
}

/// `build` of a compose service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComposeBuild {
    /// Where it is.
    pub span: Span,
    /// The context folder, relative to the compose file.
    pub context: Option<Expr>,
    /// The Dockerfile, relative to the context.
    pub dockerfile: Option<Expr>,
    /// The stage.
    pub target: Option<Expr>,
    /// Build arguments.
    pub args: Vec<EnvSetting>,
}

/// A name that is set, or passed on when it has no value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvSetting {
    /// The name.
    pub name: Arc<str>,
    /// The whole setting's place.
    pub span: Span,
    /// The value; `None` for a bare name.
    pub value: Option<Expr>,
}

/// A published port: `[host_ip:][host:]container`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortMapping {
    /// Where it is.
    pub span: Span,
    /// The address on the host that it is published on.
    pub host_ip: Option<Expr>,
    /// The port on the host; `None`: an ephemeral one.
    pub host: Option<Expr>,
    /// The port in the container. Ranges are `Str("8000-8010")`.
    pub container: Expr,
}

/// A path of the host (or of an earlier build stage) placed in a container or image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mount {
    /// Where it is.
    pub span: Span,
    /// The source path: relative to the compose file for mounts, to the build context for `COPY`.
    pub source: Expr,
    /// The absolute path in the container (for `COPY` resolved against `WORKDIR`).
    pub target: Expr,
    /// The build stage that a `COPY --from` reads.
    pub from_stage: Option<Arc<str>>,
}

/// A Dockerfile.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dockerfile {
    /// `ARG` before the first `FROM`.
    pub global_args: Vec<EnvSetting>,
    /// Stages in order; the last one is the image unless a target is named.
    pub stages: Vec<Stage>,
}

/// A build stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// The `FROM` line.
    pub span: Span,
    /// Its name (`AS build`).
    pub name: Option<Arc<str>>,
    /// The base image, or an earlier stage's name.
    pub from: Expr,
    /// `ARG`s with defaults.
    pub args: Vec<EnvSetting>,
    /// `ENV`s in order.
    pub env: Vec<EnvSetting>,
    /// `COPY` and `ADD`.
    pub copies: Vec<Mount>,
    /// `EXPOSE`.
    pub expose: Vec<Expr>,
    /// `RUN` commands that wirelint knows (builds).
    pub runs: Vec<CommandFact>,
    /// `CMD`.
    pub command: Option<CommandFact>,
    /// `ENTRYPOINT`.
    pub entrypoint: Option<CommandFact>,
    /// `WORKDIR` at the end of the stage.
    pub workdir: Option<Expr>,
}

/// A command line with its place. Shell operators split it: one `CommandFact` for each simple command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandFact {
    /// Where it is.
    pub span: Span,
    /// All simple commands of the line, in order, each as words (assignments in front taken off into `assignments`).
    pub commands: Vec<SimpleCommand>,
    /// What the line makes listen. Built together with the commands by `adapters::server_commands::command`.
    pub listens: Vec<ListenFact>,
}

/// A simple command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SimpleCommand {
    /// Its place.
    pub span: Span,
    /// `NAME=value` in front of it.
    pub assignments: Vec<EnvSetting>,
    /// Program and arguments.
    pub words: Vec<Expr>,
    /// The file that it reads (`< file`, `cat file |`).
    pub input: Option<Expr>,
    /// The file that it writes (`> file`, `| tee file`).
    pub output: Option<Expr>,
    /// The here-document that it reads (`<< EOF`), as written.
    pub document: Option<Arc<str>>,
    /// The folder that a `cd` before it in the same line leads to, as written.
    pub directory: Option<Arc<str>>,
}

/// `package.json`, `pyproject.toml`, `requirements.txt` and the like: a package's dependencies and scripts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The ecosystem.
    pub ecosystem: Ecosystem,
    /// The package's own name.
    pub name: Option<Arc<str>>,
    /// Dependencies of every kind, in source order.
    pub dependencies: Vec<Dependency>,
    /// Scripts with their commands.
    pub scripts: Vec<Script>,
    /// `"workspaces"` patterns of a monorepo root.
    pub workspaces: Vec<Arc<str>>,
    /// `"homepage"`.
    pub homepage: Option<Expr>,
    /// `"main"`, `"module"`, `"exports"` entry points, as written, for imports by package name.
    pub entry_points: Vec<Arc<str>>,
}

/// A package ecosystem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Ecosystem {
    /// npm.
    Node,
    /// PyPI.
    Python,
}

/// A dependency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dependency {
    /// Its name, lower case for Python with `_` and `.` as `-`.
    pub name: Arc<str>,
    /// Extras (`uvicorn[standard]`).
    pub extras: Vec<Arc<str>>,
    /// The version requirement as written.
    pub requirement: Arc<str>,
    /// Where it is.
    pub span: Span,
    /// Only for development.
    pub development: bool,
}

/// A named command of a manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Script {
    /// `dev`, `build`, `start`, ...
    pub name: Arc<str>,
    /// Its command line.
    pub command: CommandFact,
}

/// A variable that something outside the build's own files sets: CI, a hosting service, a build argument on a command line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutsideSetting {
    /// The variable.
    pub name: Arc<str>,
    /// Where it is set.
    pub span: Span,
    /// The value, when it is shown; secrets and variables of the service are holes.
    pub value: Option<Expr>,
}

/// `compilerOptions` of tsconfig or jsconfig that decide imports.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathAliases {
    /// `baseUrl`.
    pub base_url: Option<Arc<str>>,
    /// `paths`: pattern to targets.
    pub paths: Vec<(Arc<str>, Vec<Arc<str>>)>,
    /// `extends`.
    pub extends: Option<Arc<str>>,
}
