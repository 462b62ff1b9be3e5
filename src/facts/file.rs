//! Everything that one file says.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    AddressFact, CallSite, ClientCall, ComposeFile, DevServer, Dockerfile, EnvEntry, Expr, FolderFact, HandlerFact,
    HeartbeatFact, KubernetesFile, ListenFact, Manifest, MiddlewareFact, Module, MountFact, NamespaceFact, NginxFile,
    OutsideSetting, PageFact, PathAliases, PolicyFact, ProxyFile, RouteFact, RouterFact, Script,
};
use crate::base::{FileKind, FileRole, Limit, LineIndex, RepoPath, Span, Tracking};

/// The facts of one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileFacts {
    /// The file.
    pub path: RepoPath,
    /// How it was read.
    pub kind: FileKind,
    /// What it may prove.
    pub role: FileRole,
    /// Whether git ignores it.
    pub tracking: Tracking,
    /// Its lines.
    pub lines: LineIndex,
    /// What its own program would refuse.
    pub syntax_errors: Vec<SyntaxError>,
    /// Where the reading of the file stopped at a bound.
    pub limits: Vec<(Span, Limit)>,
    /// `wirelint: ignore[...]` comments.
    pub suppressions: Vec<SuppressionFact>,
    /// Comments that were meant as such.
    pub malformed_suppressions: Vec<MalformedSuppression>,
    /// Other files that must be read to understand this one.
    pub demands: Vec<Demand>,
    /// Top level of a source file.
    pub module: Option<Box<Module>>,
    /// Connections that it opens.
    pub client_calls: Vec<ClientCall>,
    /// Bases that the file puts in front of every path of the axios library itself (`axios.defaults.baseURL = x`): they
    /// hold for calls of [`super::ClientApi::Axios`] without a base in the whole package.
    pub client_defaults: Vec<super::Expr>,
    /// Calls whose arguments may matter to connections.
    pub call_sites: Vec<CallSite>,
    /// Development servers.
    pub dev_servers: Vec<DevServer>,
    /// Pages.
    pub pages: Vec<PageFact>,
    /// Applications and routers.
    pub routers: Vec<RouterFact>,
    /// Mounts.
    pub mounts: Vec<MountFact>,
    /// Routes.
    pub routes: Vec<RouteFact>,
    /// Namespaces of socket.io servers.
    pub namespaces: Vec<NamespaceFact>,
    /// Folders whose files are handed out.
    pub folders: Vec<FolderFact>,
    /// What happens to applications and routers beyond what is read; `None` when the file was not looked at for it.
    pub handovers: Option<Box<super::Handovers>>,
    /// Functions and methods (`ConnectionManager.connect`) that get a socket or request from others, and what they do with
    /// it: where a [`super::StepKind::Calls`] of another file leads.
    pub helpers: Vec<HandlerFact>,
    /// Origin policies.
    pub policies: Vec<PolicyFact>,
    /// The forwarding rules of a hosting service.
    pub hosting: Option<Box<super::HostingFact>>,
    /// Content-Security-Policies that it sends with pages.
    pub csp: Vec<super::CspFact>,
    /// Code that runs only when this file is the one that is started.
    pub by_hand: Vec<Span>,
    /// How the text speaks of requests across origins, read or not.
    pub speaks_of_cors: CorsWords,
    /// What requests pass before the handlers of an application or router, outermost first.
    pub middlewares: Vec<MiddlewareFact>,
    /// Functions in front of all handlers that refuse requests.
    pub gates: Vec<super::GateFact>,
    /// Where functions are put in front of all handlers of an application.
    pub layers: Vec<super::LayerFact>,
    /// Middleware of the repository around WebSocket routes that finds out who visits (`TokenAuthMiddleware`).
    pub own_logins: Vec<Span>,
    /// What applications make of the address of a request.
    pub addresses: Vec<AddressFact>,
    /// Cookies that visitors are known by.
    pub cookies: Vec<super::CookieFact>,
    /// Where proxies are believed about the scheme.
    pub proxy_trust: Vec<super::ProxyTrust>,
    /// Keys that it signs tokens and sessions with.
    pub secrets: Vec<super::SecretFact>,
    /// Keys that it refuses to go on with.
    pub secret_checks: Vec<super::SecretCheck>,
    /// Comparisons of what queries hold.
    pub token_checks: Vec<super::TokenCheckFact>,
    /// Secrets that it has a bundler hand out.
    pub public_secrets: Vec<super::PublicSecretFact>,
    /// Where private keys begin that are not encrypted.
    pub private_keys: Vec<Span>,
    /// Close codes that it looks for.
    pub close_codes: Vec<super::CloseCodeFact>,
    /// What it answers at the path of its folder.
    pub route_file: Vec<super::RouteFileFact>,
    /// Where it sends requests of Next.js on to other paths (`NextResponse.rewrite`).
    pub rewrites: Vec<Span>,
    /// Listeners.
    pub listeners: Vec<ListenFact>,
    /// What keeps idle connections busy.
    pub heartbeats: Vec<HeartbeatFact>,
    /// The transports that socket.io servers are limited to.
    pub server_transports: Vec<Expr>,
    /// Places that name the header `X-Accel-Buffering`, by which an application turns nginx's buffering off.
    pub unbuffered: Vec<Span>,
    /// Assignments of an env file.
    pub env: Vec<EnvEntry>,
    /// An nginx file.
    pub nginx: Option<Box<NginxFile>>,
    /// A configuration file of another proxy or web server.
    pub proxy: Option<Box<ProxyFile>>,
    /// A compose file.
    pub compose: Option<Box<ComposeFile>>,
    /// Manifests of Kubernetes.
    pub kubernetes: Option<Box<KubernetesFile>>,
    /// A Dockerfile.
    pub dockerfile: Option<Box<Dockerfile>>,
    /// A package manifest.
    pub manifest: Option<Box<Manifest>>,
    /// A back end whose source is not read.
    pub back_end: Option<Box<super::BackEndFact>>,
    /// Import aliases of tsconfig.
    pub aliases: Option<Box<PathAliases>>,
    /// Modules that a build configuration puts in the place of others.
    pub replacements: Vec<FileReplacement>,
    /// Names of variables that a CI workflow or a hosting file sets.
    pub outside_settings: Vec<OutsideSetting>,
    /// Ignore patterns that keep env files out of the repository (`.env*`), with their places.
    pub ignored_env: Vec<(Arc<str>, Span)>,
    /// Commands of scripts (shell files, Procfile, CI), by name of the file or process.
    pub scripts: Vec<Script>,
    /// Processes that a manager starts and keeps running (PM2, systemd, supervisord).
    pub processes: Vec<super::ProcessFact>,
    /// The content of a data file that was demanded.
    pub data: Option<Box<Expr>>,
    /// Where a data file is a template of which `data` is only what can be read without filling it: the first mark of a
    /// template (`{{`) outside of its values.
    pub unfilled: Option<Span>,
}

/// A module that stands in for another one in a build.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileReplacement {
    /// The build configuration (`production`).
    pub configuration: Arc<str>,
    /// The module that the code imports, from the folder of this file, with `./` in front.
    pub replaced: Arc<str>,
    /// The module that the build takes, likewise.
    pub with: Arc<str>,
    /// The entry.
    pub span: Span,
}

/// How a text speaks of requests across origins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum CorsWords {
    /// Not at all.
    #[default]
    None,
    /// It has the word: a library, a setting, a comment.
    Named,
    /// It spells one of the headers that answers carry.
    Headers,
}

impl CorsWords {
    /// What a text says outside of lines of comments. What `sockets` says are the options of socket.io, which answers for its own
    /// requests alone.
    #[must_use]
    pub fn of(text: &str, sockets: SocketLists) -> Self {
        let has = |text: &str, word: &str| memchr::memmem::find(text.as_bytes(), word.as_bytes()).is_some();
        if !["cors", "Cors", "CORS", "ccess-", "CCESS", "cross_origin"].iter().any(|word| has(text, word)) {
            return Self::None;
        }
        let lines = text.lines().map(str::trim_start);
        let code = lines.filter(|line| !["//", "/*", "*", "#"].iter().any(|start| line.starts_with(start)));
        code.map(|line| Self::of_line(&line.to_ascii_lowercase(), sockets)).max().unwrap_or_default()
    }

    fn of_line(line: &str, sockets: SocketLists) -> Self {
        // `@cross_origin` is flask-cors at one route.
        let spelled = ["access-control-allow", "access_control_allow", "cross_origin"];
        if spelled.iter().any(|word| line.contains(word)) {
            return Self::Headers;
        }
        let is_other = |(at, word): (usize, &str)| {
            let behind = line.get(at + word.len()..).unwrap_or_default();
            let is_option = behind.trim_start_matches(['"', '\'']).trim_start().starts_with(':');
            !behind.starts_with("_allowed_origins") && (sockets == SocketLists::None || !is_option)
        };
        if line.match_indices("cors").any(is_other) { Self::Named } else { Self::None }
    }
}

/// Whether a file makes servers of socket.io with a list of origins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SocketLists {
    /// It does.
    Some,
    /// It does not.
    None,
}

impl FileFacts {
    /// A file about which nothing is known yet.
    #[must_use]
    pub fn new(path: RepoPath, kind: FileKind, role: FileRole, tracking: Tracking, lines: LineIndex) -> Self {
        Self {
            path,
            kind,
            role,
            tracking,
            lines,
            syntax_errors: Vec::new(),
            limits: Vec::new(),
            suppressions: Vec::new(),
            malformed_suppressions: Vec::new(),
            demands: Vec::new(),
            module: None,
            client_calls: Vec::new(),
            client_defaults: Vec::new(),
            call_sites: Vec::new(),
            dev_servers: Vec::new(),
            pages: Vec::new(),
            routers: Vec::new(),
            mounts: Vec::new(),
            routes: Vec::new(),
            namespaces: Vec::new(),
            folders: Vec::new(),
            handovers: None,
            helpers: Vec::new(),
            policies: Vec::new(),
            hosting: None,
            csp: Vec::new(),
            by_hand: Vec::new(),
            speaks_of_cors: CorsWords::None,
            middlewares: Vec::new(),
            gates: Vec::new(),
            layers: Vec::new(),
            own_logins: Vec::new(),
            addresses: Vec::new(),
            cookies: Vec::new(),
            proxy_trust: Vec::new(),
            secrets: Vec::new(),
            secret_checks: Vec::new(),
            token_checks: Vec::new(),
            public_secrets: Vec::new(),
            private_keys: Vec::new(),
            close_codes: Vec::new(),
            route_file: Vec::new(),
            rewrites: Vec::new(),
            listeners: Vec::new(),
            heartbeats: Vec::new(),
            unbuffered: Vec::new(),
            server_transports: Vec::new(),
            env: Vec::new(),
            nginx: None,
            proxy: None,
            compose: None,
            kubernetes: None,
            dockerfile: None,
            manifest: None,
            back_end: None,
            aliases: None,
            replacements: Vec::new(),
            outside_settings: Vec::new(),
            ignored_env: Vec::new(),
            scripts: Vec::new(),
            processes: Vec::new(),
            data: None,
            unfilled: None,
        }
    }
}

/// Something that the file's own program would refuse, or that stopped the reading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyntaxError {
    /// Where.
    pub span: Span,
    /// What, in a sentence without a full stop.
    pub message: Arc<str>,
    /// Whether the file's own program refuses it, or only wirelint stopped here.
    pub kind: SyntaxErrorKind,
}

/// Who refuses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum SyntaxErrorKind {
    /// The program that the file is for (nginx, a YAML reader, an env loader): a `syntax-error` finding.
    Refused,
    /// The grammar was lost in source code (it may be newer than the grammar): coverage, not a finding.
    Unparsed,
}

/// A suppression comment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuppressionFact {
    /// The comment.
    pub span: Span,
    /// The rule ids between the brackets, each with its place.
    pub rules: Vec<(Arc<str>, Span)>,
    /// What follows the brackets.
    pub reason: Arc<str>,
    /// The lines that it covers, from 1: the statement that it is at, or the one below it.
    pub first_line: u32,
    /// Last covered line.
    pub last_line: u32,
}

/// A comment that was meant as a suppression and is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MalformedSuppression {
    /// The comment.
    pub span: Span,
    /// What is wrong with it.
    pub fault: SuppressionFault,
    /// What seem to be the names of rules.
    pub names: Vec<Arc<str>>,
    /// What follows them.
    pub reason: Arc<str>,
}

/// Why a comment suppresses nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SuppressionFault {
    /// `wirelint: ignore[]`: it names no rule.
    Nameless,
    /// `wirelint: ignore a`: the names are not in brackets.
    Bare,
    /// `wirelint: ignore[a`: nothing closes the bracket.
    Unclosed,
    /// `wirelint: disable-next-line`: another tool's word.
    Word(Arc<str>),
    /// `wirelint-ignore[a]`, `wirelint:ignore[a]`: something else between the name and the bracket.
    Spelling,
    /// A line of a longer comment.
    Inside,
}

/// Another file that is needed to understand this one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Demand {
    /// An imported ECMAScript module, as written.
    EcmaModule(Arc<str>),
    /// An imported Python module, dotted, with leading dots when relative.
    PythonModule(Arc<str>),
    /// An nginx `include` (may be a glob), read as nginx.
    NginxInclude(Arc<str>),
    /// An Apache `Include` or `IncludeOptional` (may be a glob), read as Apache.
    ApacheInclude(Arc<str>),
    /// A Caddyfile `import` (may be a glob), read as a Caddyfile.
    CaddyImport(Arc<str>),
    /// A file by path relative to this one, or to the package, read by its name.
    File(Arc<str>),
    /// A configuration file whose content the program reads (JSON, YAML, TOML).
    Data(Arc<str>),
    /// A file that is read as an env file whatever its name is (`env_file: ./settings`).
    EnvFile(Arc<str>),
}

impl Demand {
    /// What the file says, as written.
    #[must_use]
    pub fn text(&self) -> &Arc<str> {
        match self {
            Self::EcmaModule(text)
            | Self::PythonModule(text)
            | Self::NginxInclude(text)
            | Self::ApacheInclude(text)
            | Self::CaddyImport(text)
            | Self::File(text)
            | Self::Data(text)
            | Self::EnvFile(text) => text,
        }
    }
}
