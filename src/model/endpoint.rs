//! Stages 4 and 5: what listens, what it serves, whom it lets in, and where pages come from.

use std::sync::Arc;

use super::follow::Comparing;
use super::{Alternatives, ConnectionUrl, DeploymentId, Mode, PackageId, PathText, ProxyId, ServiceId, Unknown};
use crate::base::{FileId, Place};
use crate::facts::{
    AddressRule, CookieSender, CorsWords, Expr, Field, Framework, GateVerdict, HandlerFact, Order, OriginLibrary,
    PatternSyntax, Protocol, ServerProgram, Stands, StepKind,
};

/// Index of an [`App`] in the wiring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AppId(pub u32);

/// Index of a [`Route`] in the wiring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RouteId(pub u32);

/// Index of a [`Listener`] in the wiring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ListenerId(pub u32);

/// Index of an [`OriginPolicy`] in the wiring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PolicyId(pub u32);

/// Index of a [`PageOrigin`] in the wiring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PageId(pub u32);

/// Something known, or not known and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known<T> {
    /// The value and the places that made it.
    Is(T, Vec<Place>),
    /// Not known.
    Unknown(Unknown),
}

impl<T> Known<T> {
    /// The value, when it is known.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Is(value, _) => Some(value),
            Self::Unknown(_) => None,
        }
    }

    /// The places that made the value.
    pub fn places(&self) -> &[Place] {
        match self {
            Self::Is(_, places) => places,
            Self::Unknown(_) => &[],
        }
    }
}

/// An application: what a server process serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct App {
    /// Where it is created.
    pub place: Place,
    /// Its framework.
    pub framework: Framework,
    /// The package of its file.
    pub package: PackageId,
    /// What may add to it that is not in the wiring; empty when all of it is known.
    pub open: Vec<Opening>,
    /// The last place where a router is put into it.
    pub mounts_at: Option<Place>,
    /// `root_path` and prefixes of a parent application.
    pub root_path: Option<Arc<str>>,
    /// WebSocket servers that spoil each other's handshakes on its server.
    pub rivals: Vec<Place>,
    /// How its code and its package speak of requests across origins, read or not.
    pub speaks_of_cors: CorsWords,
    /// Applications that are mounted in it, of frameworks in which a mount answers for every path below it.
    pub mounts: Vec<MountPoint>,
}

/// A folder of the repository whose files applications hand out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServedFolder {
    /// The applications.
    pub apps: Vec<AppId>,
    /// Where that is said.
    pub place: Place,
    /// The names that the folder's path ends in (`client/dist`).
    pub folder: Arc<str>,
}

/// An application inside another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MountPoint {
    /// What paths below it begin with, as a pattern without a slash at its end.
    pub prefix: Arc<str>,
    /// How the pattern is read.
    pub syntax: PatternSyntax,
    /// The registrations that lead to it, its own last.
    pub way: Vec<Registration>,
}

impl MountPoint {
    /// Whether a route is one of what is mounted here.
    #[must_use]
    pub fn holds(&self, route: &Route) -> bool {
        route.registered.starts_with(&self.way)
    }

    /// Whether it is asked before the route, where the text shows which of them is.
    #[must_use]
    pub fn is_before(&self, route: &Route) -> Option<bool> {
        let (mount, route) = self.way.iter().zip(&route.registered).find(|(one, other)| one != other)?;
        mount.is_before(route)
    }
}

/// Something that may add to an application and that is not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// The paths below which it may; `None`: anywhere.
    pub below: Option<Arc<str>>,
    /// What it may add.
    pub adds: Adds,
    /// What it is.
    pub why: Unknown,
}

/// What something unseen may add to an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Adds {
    /// Routes.
    Routes,
    /// Routes, policies and whatever else hangs on an application.
    Anything,
}

impl App {
    /// What may serve a path, or decide who comes in there, beyond what is known: the one that leaves most open.
    pub fn opening(&self, path: &PathText) -> Option<&Opening> {
        let fitting =
            self.open.iter().filter(|opening| opening.below.as_deref().is_none_or(|below| path.may_be_below(below)));
        let mut fitting = fitting.peekable();
        let first = fitting.peek().copied();
        fitting.find(|opening| opening.adds == Adds::Anything).or(first)
    }
}

/// A route of an application with its whole prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Its application.
    pub app: AppId,
    /// HTTP, WebSocket, socket.io or static files.
    pub protocol: Protocol,
    /// HTTP methods, upper case; empty means any.
    pub methods: Vec<Arc<str>>,
    /// The whole pattern, prefixes included; `None`: every path.
    pub path: Known<Option<Arc<str>>>,
    /// How it matches.
    pub syntax: PatternSyntax,
    /// The registration.
    pub place: Place,
    /// Every place on the way: mounts, prefixes.
    pub evidence: Vec<Place>,
    /// The registrations that lead to it, from the application inwards; its own is the last.
    pub registered: Vec<Registration>,
    /// What a request passes before the handler, outermost first, each with its file.
    pub middlewares: Arc<[(FileId, Expr)]>,
    /// The mount that hands on only paths that the route itself refuses.
    pub kept_out: Option<Place>,
    /// The file of the handler's facts, and the handler.
    pub handler: Option<(FileId, HandlerFact)>,
}

/// A route of a router that is defined and that no application mounts: nothing reaches it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnmountedRoute {
    /// The name of the router, and where it is created.
    pub router: (Arc<str>, Place),
    /// The package of its file.
    pub package: PackageId,
    /// What it speaks.
    pub protocol: Protocol,
    /// Its pattern below whatever prefix a mount would give it.
    pub pattern: Arc<str>,
    /// How it matches.
    pub syntax: PatternSyntax,
    /// The registration.
    pub place: Place,
}

impl Listener {
    /// The option `name` with its file.
    #[must_use]
    pub fn option(&self, name: &str) -> Option<(FileId, &Field)> {
        self.options.iter().find(|(_, option)| &*option.key == name).map(|(file, option)| (*file, option))
    }
}

impl Route {
    /// Whether its handler answers with an event stream.
    #[must_use]
    pub fn streams_events(&self) -> bool {
        let steps = self.handler.as_ref().map(|(_, handler)| handler.steps.as_slice()).unwrap_or_default();
        steps.iter().any(|step| step.kind == StepKind::StreamsEvents)
    }
}

/// A line that puts something into an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// The line.
    pub place: Place,
    /// The function around it.
    pub function: Option<Arc<str>>,
}

impl Registration {
    /// Whether it runs before `other`, where the text shows which comes first.
    #[must_use]
    pub fn is_before(&self, other: &Self) -> Option<bool> {
        let same = self.place.file == other.place.file && self.function == other.function;
        same.then_some(self.place.span.start < other.place.span.start)
    }
}

/// A process that binds a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listener {
    /// Where the bind is stated (command line, call, or the service when the program's default applies).
    pub place: Place,
    /// What binds.
    pub program: ServerProgram,
    /// What it serves; `None` for nginx, dev servers and unknown programs.
    pub apps: Vec<AppId>,
    /// The package whose code it runs.
    pub package: Option<PackageId>,
    /// The service that it runs in; `None` on the host.
    pub service: Option<ServiceId>,
    /// The deployment.
    pub deployment: DeploymentId,
    /// The mode in which this listener exists (`uvicorn.run` under `__main__` exists in every mode: `None`).
    pub mode: Option<Mode>,
    /// The bound host.
    pub host: Known<Arc<str>>,
    /// The port.
    pub port: Known<u16>,
    /// TLS or plain.
    pub tls: Tls,
    /// Options of the command or call, as in [`crate::facts::ListenFact`], each with its file: a process manager's options
    /// are elsewhere than the call that listens.
    pub options: Vec<(FileId, Field)>,
    /// The nginx instance, when nginx binds it.
    pub proxy: Option<ProxyId>,
}

/// Whether a listener speaks TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tls {
    /// Only TLS.
    Tls,
    /// Only plain.
    Plain,
    /// Not known.
    Unknown,
}

/// Who is let in by a registration, with the library's own comparison.
#[derive(Clone, Debug, PartialEq)]
pub struct OriginPolicy {
    /// Where it is registered.
    pub place: Place,
    /// The application that it guards.
    pub app: Option<AppId>,
    /// The library.
    pub library: OriginLibrary,
    /// Who comes in.
    pub admits: Admits,
    /// Credentials allowed; `None` when unknown.
    pub credentials: Option<bool>,
    /// Where that is said.
    pub credentials_places: Vec<Place>,
    /// What it admits in the request that browsers send ahead.
    pub preflight: PreflightPolicy,
    /// The requests that it speaks of.
    pub covers: Coverage,
    /// The line that registers it.
    pub registered: Registration,
    /// Whether it acts on what is registered after it alone, or on one route.
    pub order: Order,
    /// The methods of the route that it is registered with; empty for all.
    pub methods: Vec<Arc<str>>,
    /// The environment that the values were computed in.
    pub deployment: Option<DeploymentId>,
    /// The mode.
    pub mode: Option<Mode>,
    /// Whether the values hold only in a mode or under a guard that is not production.
    pub assumptions: Vec<super::Assumption>,
    /// Whether the policy speaks of development only.
    pub development_only: bool,
}

/// Something in front of the handlers of an application that answers some requests by itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// The registration.
    pub registered: Registration,
    /// Where it stands among others.
    pub stands: Stands,
    /// The applications.
    pub apps: Vec<AppId>,
    /// What it is called, for people.
    pub name: Arc<str>,
    /// What it does to a request without credentials.
    pub verdict: GateVerdict,
    /// The path that it is limited to.
    pub prefix: Option<Known<Arc<str>>>,
}

impl Layer {
    /// Whether it stands in front of a registration, where the text shows which comes first.
    #[must_use]
    pub fn is_before(&self, policy: &OriginPolicy) -> bool {
        let first = match self.stands {
            Stands::BeforeLater => self.registered.is_before(&policy.registered),
            Stands::AroundEarlier => policy.registered.is_before(&self.registered),
            Stands::InList(list) => Some(
                self.registered.place.file == policy.place.file
                    && list.cover(policy.place.span) == list
                    && self.registered.place.span.start < policy.place.span.start,
            ),
        };
        policy.app.is_some_and(|app| self.apps.contains(&app)) && first == Some(true)
    }
}

/// What a CORS registration admits in the request that browsers send ahead of another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreflightPolicy {
    /// Methods.
    pub methods: Listed,
    /// Request headers.
    pub headers: Listed,
}

/// Words of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listed {
    /// Any.
    Any,
    /// These, and no others.
    Only(Vec<Arc<str>>),
    /// Not known.
    Unknown,
}

/// What an application makes of the address of a request, in one environment.
#[derive(Clone, Debug, PartialEq)]
pub struct AddressUse {
    /// Where it is stated.
    pub place: Place,
    /// The applications.
    pub apps: Vec<AppId>,
    /// The package of the file.
    pub package: PackageId,
    /// What it does.
    pub rule: AddressRule,
    /// The ways in which the list, header or switch that goes with it can come out.
    pub values: Alternatives,
    /// The environment that the values were computed in.
    pub deployment: Option<DeploymentId>,
    /// The mode.
    pub mode: Mode,
}

/// A cookie that a back end knows visitors by, in one environment.
#[derive(Clone, Debug, PartialEq)]
pub struct CookieUse {
    /// The call or setting.
    pub place: Place,
    /// The package of the file.
    pub package: PackageId,
    /// Who sends it.
    pub sender: CookieSender,
    /// `Secure`: the ways in which it can come out.
    pub secure: Alternatives,
    /// `SameSite`: the ways in which it can come out.
    pub same_site: Alternatives,
    /// The environment that the values were computed in.
    pub deployment: Option<DeploymentId>,
    /// The mode.
    pub mode: Mode,
}

/// Where a back end says whether it believes what proxies say of the scheme, in one environment.
#[derive(Clone, Debug, PartialEq)]
pub struct TrustUse {
    /// The setting.
    pub place: Place,
    /// The package of the file.
    pub package: PackageId,
    /// The ways in which the setting can come out.
    pub values: Alternatives,
    /// The environment that the values were computed in.
    pub deployment: Option<DeploymentId>,
    /// The mode.
    pub mode: Mode,
}

/// The requests that an origin policy speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// All of its application.
    Everything,
    /// Those whose path one of these patterns matches.
    Paths(Vec<Arc<str>>),
    /// Those of a part of the application that is not known.
    Unknown,
}

impl Coverage {
    /// Whether requests for `path` are among them; `None` when that is not known.
    #[must_use]
    pub(in crate::model) fn takes(&self, path: &str, comparing: Comparing<'_>) -> Option<bool> {
        match self {
            Self::Everything => Some(true),
            Self::Unknown => None,
            Self::Paths(patterns) => {
                let mut unsure = false;
                for pattern in patterns {
                    match comparing.is_match(pattern, path) {
                        Some(true) => return Some(true),
                        Some(false) => {}
                        None => unsure = true,
                    }
                }
                (!unsure).then_some(false)
            }
        }
    }
}

/// Who is let in.
#[derive(Clone, Debug, PartialEq)]
pub enum Admits {
    /// These origins, and those that match the patterns; `complete` when there can be no others.
    List {
        /// Literal entries, as the library sees them, each with its places.
        entries: Vec<OriginEntry>,
        /// Patterns.
        patterns: Vec<OriginPattern>,
        /// Why there may be more.
        more: Option<Unknown>,
    },
    /// Everybody (`*`).
    Any(Vec<Place>),
    /// Nobody is looked at, and no header is sent (python-socketio with an empty list).
    Unchecked(Vec<Place>),
    /// Whatever Origin comes is sent back.
    Reflected(Vec<Place>),
    /// Only the origin of the request's own host.
    SameOrigin,
    /// Nobody.
    Nobody,
    /// Not known.
    Unknown(Unknown),
}

/// A literal entry of an allow-list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginEntry {
    /// The text that the library compares.
    pub text: Arc<str>,
    /// Where it is written.
    pub places: Vec<Place>,
}

/// A pattern of an allow-list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginPattern {
    /// The pattern.
    pub pattern: Arc<str>,
    /// Where it is written.
    pub places: Vec<Place>,
}

/// An origin that a front end's pages come from.
#[derive(Clone, Debug, PartialEq)]
pub struct PageOrigin {
    /// The package whose pages they are.
    pub package: PackageId,
    /// The deployment.
    pub deployment: DeploymentId,
    /// The mode of the pages' code.
    pub mode: Mode,
    /// What serves them.
    pub served_by: ServedBy,
    /// Scheme.
    pub scheme: Known<PageScheme>,
    /// Host name; a `server_name` of production, `localhost` in development.
    pub host: Known<Arc<str>>,
    /// Port; `None` inside when it is the scheme's default.
    pub port: Known<u16>,
    /// Evidence that the pages come over https, when there is any.
    pub https: Vec<Place>,
    /// What the origin rests on.
    pub assumptions: Vec<super::Assumption>,
}

impl PageOrigin {
    /// Whether a URL with this host and port is one of the pages' own address, as far as both are known.
    #[must_use]
    pub fn is_at(&self, url: &ConnectionUrl) -> bool {
        let host = url.host.value();
        let port = url.port.value();
        host.is_some() && host == self.host.value() && port.is_some() && port == self.port.value()
    }
}

/// What serves the pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServedBy {
    /// A development server.
    DevServer(ListenerId),
    /// nginx: files or a proxied server.
    Proxy(ProxyId),
    /// An application of the repository (static mount, templates, Next.js).
    App(ListenerId),
    /// A hosting service.
    Hosting(Arc<str>),
    /// A URL in a production setting says where the site is; who serves it is not in the repository.
    Stated,
    /// Not known.
    Unknown,
}

/// Scheme of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PageScheme {
    /// http.
    Http,
    /// https.
    Https,
}

impl PageScheme {
    /// The scheme as addresses write it.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}
