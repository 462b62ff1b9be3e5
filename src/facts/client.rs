//! What browser code connects to, and how the pages come to the browser.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Expr, Guard, Protocol};
use crate::base::Span;

/// The field of an HTTP client object (`axios.create({ baseURL })`) that holds what it puts in front of a path.
///
/// A call on a client that another file defines (`api.get('/x')`) has this member of the client as its base.
pub const CLIENT_BASE: &str = "$baseURL";

/// The field that only an HTTP client object has.
pub const CLIENT_MARK: &str = "$client";

/// A place where code opens a connection as a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientCall {
    /// The whole call.
    pub span: Span,
    /// What opens it.
    pub api: ClientApi,
    /// How it was recognised.
    pub recognized: Recognized,
    /// The address, before any base is put in front.
    pub url: Expr,
    /// The base that the library puts in front (`axios.create({ baseURL })`), when it is shown in this file or named by it.
    /// A base that comes to undefined, null or the empty string is no base; one that is unknown makes the URL unknown.
    pub base: Option<Expr>,
    /// The HTTP method, upper case, when it is known; `GET` by default.
    pub method: Option<Arc<str>>,
    /// Whether cookies are sent across origins (`credentials: 'include'`, `withCredentials`).
    pub credentials: Option<Expr>,
    /// The request headers that the code sets, as an object; a hole when there may be any.
    pub headers: Option<Expr>,
    /// Requested sub-protocols of a WebSocket.
    pub protocols: Option<Expr>,
    /// socket.io's `path` option.
    pub socket_path: Option<Expr>,
    /// socket.io's `transports` option.
    pub transports: Option<Expr>,
    /// The function (`connect`), method (`Socket.open`, `api.get`) or class (`Socket`: its constructor) whose parameters
    /// the expressions use as [`super::ExprKind::Param`]; a React component's one parameter is its props.
    pub function: Option<Arc<str>>,
    /// A function inside that one, or without a name, whose parameters the expressions use as well.
    pub closure: Option<Closure>,
    /// Where the surrounding code runs, as far as this file shows it.
    pub runs: RunsIn,
    /// The conditions around the call.
    pub reach: Reach,
    /// What becomes of errors of a plain WebSocket.
    pub errors: ErrorHandling,
    /// Whether the page reads what is answered.
    pub answer: Answer,
}

/// Whether a page reads what is answered to a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Answer {
    /// It does, or may.
    #[default]
    Read,
    /// It asks without CORS and never sees the answer (`mode: 'no-cors'`, beacons).
    Opaque,
}

/// What becomes of the errors of a socket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ErrorHandling {
    /// Something does something with them, or may.
    #[default]
    Unknown,
    /// The file listens to the socket, and to neither its errors nor its end, and nobody else gets it.
    Missing,
    /// What listens to them does nothing.
    Empty(Span),
}

/// When a place in a file is reached: in any of the ways, each with all of its guards. Conditions that wirelint does not
/// understand are left out, so that a place is at most reached in these ways.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    /// The ways; none of them: never.
    pub ways: Vec<Vec<Guard>>,
}

impl Default for Reach {
    /// Always.
    fn default() -> Self {
        Self { ways: vec![Vec::new()] }
    }
}

impl Reach {
    /// Whether no condition that is understood stands around the place.
    #[must_use]
    pub fn is_always(&self) -> bool {
        self.ways.iter().any(Vec::is_empty)
    }
}

impl ClientCall {
    /// A call of which only the address is known.
    #[must_use]
    pub fn new(span: Span, api: ClientApi, url: Expr) -> Self {
        Self {
            span,
            api,
            recognized: Recognized::ByName,
            url,
            base: None,
            method: None,
            credentials: None,
            headers: None,
            protocols: None,
            socket_path: None,
            transports: None,
            function: None,
            closure: None,
            runs: RunsIn::Unknown,
            reach: Reach::default(),
            errors: ErrorHandling::Unknown,
            answer: Answer::Read,
        }
    }
}

/// How a connection was recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Recognized {
    /// By what is called, or by the address that it is given.
    ByName,
    /// By its form alone: it is one when what it is called on is an HTTP client ([`CLIENT_MARK`]).
    ByForm,
}

/// What opens a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ClientApi {
    /// `new WebSocket(url)` and wrappers with the same argument.
    WebSocket,
    /// `new EventSource(url)`.
    EventSource,
    /// `fetch(url)`, `navigator.sendBeacon`.
    Fetch,
    /// axios and libraries of its shape (ky, `$fetch`, superagent).
    Axios,
    /// `XMLHttpRequest.open`.
    Xhr,
    /// socket.io's `io(url)`.
    SocketIo,
    /// A sub-resource that a page loads: script, iframe, form action.
    Blockable,
    /// An image, audio or video, which browsers upgrade.
    Upgradable,
}

impl ClientApi {
    /// Whether the connection is a WebSocket handshake (socket.io ends in one).
    #[must_use]
    pub fn is_socket(self) -> bool {
        matches!(self, Self::WebSocket | Self::SocketIo)
    }

    /// What the request speaks when it reaches a server.
    #[must_use]
    pub fn protocol(self) -> Protocol {
        match self {
            Self::WebSocket => Protocol::WebSocket,
            Self::SocketIo => Protocol::SocketIo,
            _ => Protocol::Http,
        }
    }

    /// Its name in messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::WebSocket => "WebSocket",
            Self::EventSource => "EventSource",
            Self::Fetch => "fetch",
            Self::Axios => "axios",
            Self::Xhr => "XMLHttpRequest",
            Self::SocketIo => "socket.io",
            Self::Blockable => "the page",
            Self::Upgradable => "a media element",
        }
    }
}

/// Where code runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum RunsIn {
    /// Only a browser runs it (`"use client"`, a Vue component, a script of a page, `window` is used).
    Browser,
    /// Only a server runs it (`"use server"`, `getServerSideProps`, a route handler, imports of Node modules).
    Server,
    /// The file does not say; the package decides.
    Unknown,
}

/// A call of a function of this repository whose arguments may matter to a [`ClientCall`] inside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallSite {
    /// The whole call.
    pub span: Span,
    /// The called name, as in [`super::ExprKind::Name`] or a member of it.
    pub callee: Expr,
    /// Positional arguments.
    pub args: Vec<Expr>,
    /// Keyword arguments (Python).
    pub keywords: Vec<super::Field>,
    /// The top-level function that holds the call, when arguments use its parameters.
    pub function: Option<Arc<str>>,
    /// A function inside that one, or without a name, whose parameters the arguments use as well.
    pub closure: Option<Closure>,
    /// The function of this file that is called, by its key, when it is none of the top level.
    pub target: Option<u32>,
}

/// A function that is called through a value: it was returned by another one, or put into an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closure {
    /// Its key: its parameters are [`super::ExprKind::Captured`].
    pub inner: u32,
    /// The key of the function around it whose parameters are [`super::ExprKind::Param`].
    pub home: Option<u32>,
}

/// A development server (or bundler configuration) of a front end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DevServer {
    /// Which tool.
    pub tool: FrontEndTool,
    /// The configuration's place.
    pub span: Span,
    /// `server.host`.
    pub host: Option<Expr>,
    /// `server.port`.
    pub port: Option<Expr>,
    /// `server.https` when set to something.
    pub https: Option<Expr>,
    /// Proxy or rewrite entries in order.
    pub proxies: Vec<DevProxy>,
    /// Where more entries may come from that are not read.
    pub more: Option<Span>,
    /// Modules whose configuration is part of this one, as written.
    pub bases: Vec<Arc<str>>,
    /// Public prefixes of environment variables (`envPrefix`); empty for the tool's own.
    pub env_prefixes: Vec<Arc<str>>,
    /// The folder with env files (`envDir`).
    pub env_dir: Option<Expr>,
    /// Names replaced at build time (`define`, Next's `env`), with their values.
    pub defines: Vec<super::Field>,
    /// `base`, `basePath`.
    pub base_path: Option<Expr>,
    /// `output: 'export'` in Next.js: rewrites do not exist in production.
    pub static_export: Option<Expr>,
    /// Which hosts the servers of Vite let in.
    pub hosts: HostOptions,
    /// Where Vite's client looks for changes (`server.hmr`).
    pub hmr: Option<HmrOptions>,
}

/// Which hosts the development server and the preview server of Vite let in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostOptions {
    /// `server.allowedHosts`.
    pub allowed: Option<Expr>,
    /// `preview.allowedHosts`; without it the list of the development server holds.
    pub preview_allowed: Option<Expr>,
    /// Hosts that are let in because another option names them: `preview.host`, `hmr.host`, and `server.origin` as an address.
    pub named: Vec<Expr>,
    /// `preview.https`: then nobody asks for the host.
    pub preview_https: Option<Expr>,
    /// `server: {..}`.
    pub server_span: Option<Span>,
    /// `preview: {..}`.
    pub preview_span: Option<Span>,
}

/// Where Vite's client looks for changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HmrOptions {
    /// `port`: a server of its own.
    pub port: Option<Expr>,
    /// `clientPort`.
    pub client_port: Option<Expr>,
    /// `host`.
    pub host: Option<Expr>,
}

impl DevServer {
    /// A configuration that says nothing.
    #[must_use]
    pub fn new(tool: FrontEndTool, span: Span) -> Self {
        Self {
            tool,
            span,
            host: None,
            port: None,
            https: None,
            proxies: Vec::new(),
            more: None,
            bases: Vec::new(),
            env_prefixes: Vec::new(),
            env_dir: None,
            defines: Vec::new(),
            base_path: None,
            static_export: None,
            hosts: HostOptions::default(),
            hmr: None,
        }
    }
}

/// What builds and serves a front end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum FrontEndTool {
    /// Vite, and SvelteKit, Astro and others on it.
    Vite,
    /// Next.js.
    Next,
    /// Create React App.
    Cra,
    /// Vue CLI.
    VueCli,
    /// Angular.
    Angular,
    /// Nuxt.
    Nuxt,
    /// webpack on its own.
    Webpack,
    /// Pages without a build.
    Plain,
}

impl FrontEndTool {
    /// Its name for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Vite => "Vite",
            Self::Next => "Next.js",
            Self::Cra => "Create React App",
            Self::VueCli => "Vue CLI",
            Self::Angular => "Angular",
            Self::Nuxt => "Nuxt",
            Self::Webpack => "webpack",
            Self::Plain => "pages without a build",
        }
    }
}

/// One proxy entry of a development server, or one rewrite of Next.js.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DevProxy {
    /// The entry.
    pub span: Span,
    /// The path key as written (`/api`, `^/ws`, `/api/:path*`).
    pub path: Expr,
    /// The target.
    pub target: Option<Expr>,
    /// `ws: true`.
    pub ws: Option<Expr>,
    /// `changeOrigin`.
    pub change_origin: Option<Expr>,
    /// A rewrite function or pattern is there (its summary from path to path).
    pub rewrite: Option<super::Function>,
    /// What the entry sees of the path.
    pub mount: ProxyMount,
}

/// What a proxy entry sees of the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProxyMount {
    /// All of it.
    WholePath,
    /// What Express leaves of it below the path of the entry (`app.use('/api', createProxyMiddleware(..))`): until version 3
    /// http-proxy-middleware put the beginning back.
    BelowPath,
}

/// A page as HTML shows it, or a hosting file that says how the pages are served.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageFact {
    /// The place that shows it.
    pub span: Span,
    /// What it shows.
    pub kind: PageKind,
}

/// What a page fact shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PageKind {
    /// An HTML document.
    Document,
    /// A script that it loads, as written (`/src/main.tsx`).
    Script(Arc<str>),
    /// A Content-Security-Policy of a `<meta>` element.
    MetaCsp(Arc<str>),
    /// The address against which relative ones are resolved (`<base href>`), as written.
    Base(Arc<str>),
    /// A hosting service whose pages are https (Vercel, Netlify, Firebase, GitHub Pages).
    Hosting(Arc<str>),
    /// A browser extension, by its manifest.
    Extension,
}
