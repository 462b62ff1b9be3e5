//! What a back end serves: applications, routes, handlers, policies, listeners.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Expr, HoleReason, Preflight};
use crate::base::Span;

/// An application, router, blueprint, gateway or namespace: something that routes hang on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouterFact {
    /// Where it is created.
    pub span: Span,
    /// The name that it is bound to in this file (`app`, `router`, `io`, `wss`); empty when it has none. An attribute of
    /// an object keeps its path as written (`self.app`), with the class as `function`.
    pub name: Arc<str>,
    /// The function that creates and returns it (`create_app`), or the class that holds it, when it is not at top level.
    pub function: Option<Arc<str>>,
    /// Which framework.
    pub framework: Framework,
    /// Whether it is an application of its own or must be mounted.
    pub kind: RouterKind,
    /// The prefix given at its creation.
    pub prefix: Option<Expr>,
    /// `root_path` (ASGI).
    pub root_path: Option<Expr>,
}

impl RouterFact {
    /// One that is created without a prefix.
    #[must_use]
    pub fn new(span: Span, name: Arc<str>, function: Option<Arc<str>>, framework: Framework, kind: RouterKind) -> Self {
        Self { span, name, function, framework, kind, prefix: None, root_path: None }
    }
}

/// Whether something is an application or a part of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum RouterKind {
    /// Served as it is.
    App,
    /// Reached only through what mounts it.
    Router,
    /// The same, and whatever prefix it is mounted with is ignored (`fastify-plugin`).
    Plugin,
}

/// A server-side framework or library.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Framework {
    /// FastAPI.
    FastApi,
    /// Starlette.
    Starlette,
    /// Flask.
    Flask,
    /// Flask-Sock.
    FlaskSock,
    /// Flask-SocketIO.
    FlaskSocketIo,
    /// Django.
    Django,
    /// Django Ninja, inside a list of Django.
    Ninja,
    /// Django Channels.
    Channels,
    /// aiohttp.
    Aiohttp,
    /// Tornado.
    Tornado,
    /// Sanic.
    Sanic,
    /// The Python `websockets` library.
    Websockets,
    /// python-socketio.
    PythonSocketIo,
    /// Express.
    Express,
    /// express-ws.
    ExpressWs,
    /// Fastify.
    Fastify,
    /// NestJS.
    Nest,
    /// A gateway of NestJS: `ws` or socket.io, which the application's adapter decides.
    NestGateway,
    /// Koa.
    Koa,
    /// Hono.
    Hono,
    /// Node's `http` module alone.
    NodeHttp,
    /// Node's `ws` library.
    Ws,
    /// socket.io server.
    SocketIo,
    /// Next.js route handlers and API routes.
    Next,
}

impl Framework {
    /// Its name for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::FastApi => "FastAPI",
            Self::Starlette => "Starlette",
            Self::Flask => "Flask",
            Self::FlaskSock => "Flask-Sock",
            Self::FlaskSocketIo => "Flask-SocketIO",
            Self::Django => "Django",
            Self::Ninja => "Django Ninja",
            Self::Channels => "Django Channels",
            Self::Aiohttp => "aiohttp",
            Self::Tornado => "Tornado",
            Self::Sanic => "Sanic",
            Self::Websockets => "websockets",
            Self::PythonSocketIo => "python-socketio",
            Self::Express => "Express",
            Self::ExpressWs => "express-ws",
            Self::Fastify => "Fastify",
            Self::Nest | Self::NestGateway => "NestJS",
            Self::Koa => "Koa",
            Self::Hono => "Hono",
            Self::NodeHttp => "Node's http",
            Self::Ws => "ws",
            Self::SocketIo => "socket.io",
            Self::Next => "Next.js",
        }
    }
}

/// How two parts of an application are put together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MountFact {
    /// The call.
    pub span: Span,
    /// What it is mounted on (a name of this file).
    pub parent: Expr,
    /// What is mounted (a name, or a member of an imported module: `chat.router`).
    pub child: Expr,
    /// The prefix given here.
    pub prefix: Option<Expr>,
    /// `include_router`-like (paths are joined) or a mount of a separate application.
    pub style: MountStyle,
    /// The top-level function or class around it; [`super::ExprKind::Param`]s are this function's. Names of routers are looked for
    /// among those of the same function first.
    pub function: Option<Arc<str>>,
}

impl MountFact {
    /// Something that is not read, and may answer anything below `parent`.
    #[must_use]
    pub fn unread(span: Span, parent: Expr, function: Option<Arc<str>>) -> Self {
        let child = Expr::hole(span, HoleReason::Unsupported);
        Self { span, parent, child, prefix: None, style: MountStyle::Include, function }
    }
}

/// How a prefix is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum MountStyle {
    /// Joined as text (`include_router`, `app.use` with a router).
    Include,
    /// A separate application below a path (`app.mount`).
    Mount,
    /// The same, of an application that compares the whole path with its own (socket.io's on ASGI).
    WholePath,
    /// Static files below a path.
    Static,
    /// An object of the repository that extends an application (`socketio.init_app(app)`): what it routes hangs on it as with
    /// `Include`, and one that routes nothing adds nothing.
    Extension,
    /// A provider of a NestJS module: a gateway hangs on the server, below no prefix; other classes answer nothing.
    Gateway,
    /// The parent is a server that hands requests to the child (`http.createServer(app)`, `new WebSocketServer({ server })`, `new Server(httpServer)`).
    Serves,
}

/// A namespace that a socket.io server has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamespaceFact {
    /// Where it is made, or a handler of it is registered.
    pub span: Span,
    /// Its name, with its slash; `None` when it is not known or a pattern.
    pub name: Option<Arc<str>>,
}

/// A folder whose files an application hands out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FolderFact {
    /// Where that is said.
    pub span: Span,
    /// The application or router.
    pub target: Expr,
    /// The names that the folder's path ends in, as far as the code spells them (`client/dist`).
    pub folder: Arc<str>,
    /// The top-level function or class around it.
    pub function: Option<Arc<str>>,
}

/// One route.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteFact {
    /// The registration (decorator or call), without the handler's body.
    pub span: Span,
    /// What it is registered on.
    pub router: Expr,
    /// Protocol.
    pub protocol: Protocol,
    /// HTTP methods, upper case; empty means any.
    pub methods: Vec<Arc<str>>,
    /// The path pattern, in the syntax of the framework. `None`: every path (a `ws` server without `path`).
    pub path: Option<Expr>,
    /// How patterns of this route match.
    pub pattern: PatternSyntax,
    /// The handler.
    pub handler: Option<HandlerFact>,
    /// The top-level function or class around it; [`super::ExprKind::Param`]s are this function's. Names of routers are looked for
    /// among those of the same function first.
    pub function: Option<Arc<str>>,
}

/// What a route speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Protocol {
    /// HTTP requests.
    Http,
    /// WebSocket handshakes.
    WebSocket,
    /// socket.io (polling and WebSocket) with engine.io below `path`.
    SocketIo,
    /// Files from a folder.
    Static,
}

/// How path patterns match (domain.md C).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum PatternSyntax {
    /// `{name}`, `{name:path}`, exact otherwise, slash exact for sockets, redirected for HTTP (Starlette).
    Starlette,
    /// `{name}`, `{name:expression}`; slashes exact (aiohttp).
    Aiohttp,
    /// `:name`, `*`; a trailing slash does not matter unless strict (Express).
    Express,
    /// `<type:name>` (Flask, Django `path`).
    Angle,
    /// `:name`, `:name(\d+)`, `*` at the end (Fastify): letter for letter, the slash at the end too.
    FindMyWay,
    /// A regular expression (Django `re_path`, Express with a regex): unanchored unless it says so.
    Regex,
    /// The literal path and nothing else (Node `ws`).
    Exact,
    /// Any path that starts so (socket.io's `path`).
    Prefix,
}

/// The steps of a handler, in source order, as far as they are understood.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandlerFact {
    /// The handler's name.
    pub name: Arc<str>,
    /// Where its body is.
    pub span: Span,
    /// The steps.
    pub steps: Vec<Step>,
    /// Dependencies and middlewares that run before it (`Depends(x)`), as written.
    pub before: Vec<Expr>,
}

/// A middleware that every request of an application or router passes before its handler.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MiddlewareFact {
    /// Where the application or router is made ([`RouterFact::span`]).
    pub router: Span,
    /// The function that is called, or what makes it.
    pub function: Expr,
}

/// One step of a handler.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Where.
    pub span: Span,
    /// What.
    pub kind: StepKind,
}

/// What a handler does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StepKind {
    /// Accepts the handshake (the value is the selected sub-protocol, when one is given).
    Accept(Option<Expr>),
    /// Hands the socket to a library that goes on with these sub-protocols alone.
    Speaks(Vec<Arc<str>>),
    /// Closes the socket with a code.
    Close(Option<Expr>),
    /// Reads the Origin header without comparing it.
    ReadsOrigin,
    /// Compares the Origin header.
    ChecksOrigin(OriginTest),
    /// Lets a handshake without an Origin pass its check.
    AllowsNoOrigin,
    /// Reads a cookie or session.
    ReadsCookie,
    /// Reads who visits, as middleware in front has found out (`scope["user"]` of Channels).
    ReadsUser,
    /// Reads a token from query, header or first message.
    ReadsToken,
    /// Verifies a token or session (a call whose name says so, or a known library).
    Authenticates,
    /// Answers that the client may not come in (401 or 403), under whatever condition.
    Refuses,
    /// Waits for a message of the client.
    Receives,
    /// Sends pings or asks for them.
    Pings,
    /// Answers with an event stream (`text/event-stream`).
    StreamsEvents,
    /// Calls something that is not understood with the socket or the request as an argument; by name.
    Calls(Expr),
}

/// What code compares the Origin header with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OriginTest {
    /// Something that is not understood.
    Unknown,
    /// The whole Origin with a list, or with one text.
    Whole(Expr),
    /// Its host and port with a list, or with one text.
    Hosts(Expr),
    /// Its host name, whatever the port, with a list or one text.
    HostNames(Expr),
    /// Its end with one text or several.
    Ends(Expr),
    /// Its host and port with the Host header of the request.
    OwnHost,
}

impl OriginTest {
    /// What it is compared with, where that is an expression.
    #[must_use]
    pub fn expr(&self) -> Option<&Expr> {
        match self {
            Self::Whole(expr) | Self::Hosts(expr) | Self::HostNames(expr) | Self::Ends(expr) => Some(expr),
            Self::Unknown | Self::OwnHost => None,
        }
    }
}

impl StepKind {
    /// Whether a handler with this step looks at who asks.
    #[must_use]
    pub fn shows_a_login(&self) -> bool {
        matches!(self, Self::Authenticates | Self::ReadsToken | Self::ReadsCookie | Self::ReadsUser)
    }
}

/// Who may come in, as one registration states it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyFact {
    /// The registration.
    pub span: Span,
    /// What it guards: an application, router or server.
    pub target: Expr,
    /// Which library compares, and how.
    pub library: OriginLibrary,
    /// The allowed origins, as given. `None`: the library's default.
    pub origins: Option<Expr>,
    /// A pattern of allowed origins.
    pub pattern: Option<Expr>,
    /// Credentials allowed.
    pub credentials: Option<Expr>,
    /// What it answers to preflights, and which routes it stands in front of.
    pub preflight: Preflight,
    /// The path patterns that it is limited to.
    pub paths: Option<Expr>,
    /// The top-level function or class around it; [`super::ExprKind::Param`]s are this function's. Names of routers are looked for
    /// among those of the same function first.
    pub function: Option<Arc<str>>,
}

impl PolicyFact {
    /// A registration of code of the repository, which may compare origins in ways that nothing shows.
    #[must_use]
    pub fn own_check(span: Span, target: Expr, function: Option<Arc<str>>) -> Self {
        Self {
            span,
            target,
            library: OriginLibrary::OwnCheck,
            origins: None,
            pattern: None,
            credentials: None,
            preflight: Preflight::default(),
            paths: None,
            function,
        }
    }
}

/// A library that compares origins. What it does with each form is in domain.md C and H.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum OriginLibrary {
    /// Starlette's `CORSMiddleware`: HTTP only, exact strings.
    StarletteCors,
    /// The `cors` package of Node, which NestJS uses on Express: HTTP only.
    NodeCors,
    /// socket.io's `cors` (Node): polling only.
    SocketIoCors,
    /// python-socketio's `cors_allowed_origins`: polling and WebSocket.
    PythonSocketIo,
    /// django-cors-headers: HTTP only.
    DjangoCors,
    /// Flask-Cors: HTTP only.
    FlaskCors,
    /// Quart-CORS at the handshake: WebSocket only, and of pages of its own origin as well.
    QuartCors,
    /// Channels' `AllowedHostsOriginValidator` or `OriginValidator`.
    ChannelsValidator,
    /// The `websockets` library's `origins`.
    Websockets,
    /// Headers written by hand (`Access-Control-Allow-Origin`).
    Headers,
    /// `verifyClient`, `allowRequest` or the like with code that looks at the Origin.
    OwnCheck,
    /// `@fastify/cors`, which NestJS uses on Fastify: HTTP only.
    FastifyCors,
    /// `hono/cors`: HTTP only.
    HonoCors,
    /// `@koa/cors` and `koa2-cors`, which take the same options: HTTP only.
    KoaCors,
}

/// The requests whose origins a library compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guarded {
    /// HTTP, with the answers that CORS is about.
    Http,
    /// socket.io's polling.
    Polling,
    /// socket.io's polling and its WebSockets.
    SocketIo,
    /// Handshakes of WebSockets.
    Sockets,
}

impl OriginLibrary {
    /// What it guards.
    #[must_use]
    pub fn guards(self) -> Guarded {
        match self {
            Self::StarletteCors
            | Self::NodeCors
            | Self::DjangoCors
            | Self::FlaskCors
            | Self::Headers
            | Self::FastifyCors
            | Self::HonoCors
            | Self::KoaCors => Guarded::Http,
            Self::SocketIoCors => Guarded::Polling,
            Self::PythonSocketIo => Guarded::SocketIo,
            Self::QuartCors | Self::ChannelsValidator | Self::Websockets | Self::OwnCheck => Guarded::Sockets,
        }
    }
}

/// What an application makes of the address that a request was sent to, as one registration or setting states it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressFact {
    /// The registration.
    pub span: Span,
    /// The application.
    pub target: Expr,
    /// What it does.
    pub rule: AddressRule,
    /// The list, the header or the switch that goes with it. `None`: it is on.
    pub value: Option<Expr>,
    /// The top-level function or class around it.
    pub function: Option<Arc<str>>,
}

/// What an application does with the scheme and host of a request. Behind a proxy it knows only what the proxy says of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum AddressRule {
    /// It refuses requests whose Host is not in a list (`ALLOWED_HOSTS`, `TrustedHostMiddleware`).
    AllowsHosts,
    /// It takes the scheme from a header (`SECURE_PROXY_SSL_HEADER`, `ProxyFix`): the value names it, a switch means
    /// X-Forwarded-Proto.
    TrustsProto,
    /// It takes the host from X-Forwarded-Host (`USE_X_FORWARDED_HOST`, `ProxyFix`).
    TrustsHost,
    /// It redirects plain requests to https (`SECURE_SSL_REDIRECT`, `HTTPSRedirectMiddleware`).
    RedirectsToHttps,
    /// It redirects a path without a slash at its end to the one with it (`APPEND_SLASH` of Django's CommonMiddleware).
    AppendsSlash,
    /// It takes forms from these origins as well (`CSRF_TRUSTED_ORIGINS`).
    TrustsOrigins,
    /// It refuses forms whose Origin is not its own address (`CsrfViewMiddleware`): the value lists other origins.
    ComparesOrigin,
}

/// A process that listens, or a command that makes one listen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListenFact {
    /// The call or command.
    pub span: Span,
    /// The application served: a name of this file, or for commands the import string (`app.main:app`) as [`super::ExprKind::Str`].
    pub app: Option<Expr>,
    /// What serves it.
    pub server: ServerProgram,
    /// The bind host. `None`: the program's default.
    pub host: Option<Expr>,
    /// The port. `None`: the program's default.
    pub port: Option<Expr>,
    /// A certificate is given.
    pub tls: Option<Expr>,
    /// Other options that matter: `root_path`, `proxy_headers`, `workers`, `worker_class`, `instances` (of pm2), `ws`, and the intervals of pings. Of commands also `directory`
    /// (a `cd` before it), `app_dir`, `chdir`, `config`, `mode` (`run`, `dev`, `start`), `uds` (a socket of the file system
    /// instead of a port), `beside_server` (`ws` is given a server
    /// as well: whether that speaks TLS), and `module` (`app` of a [`ServerProgram::Script`] is a dotted module, not a path).
    pub options: Vec<super::Field>,
    /// The top-level function or class around it; [`super::ExprKind::Param`]s are this function's. Names of routers are looked for
    /// among those of the same function first.
    pub function: Option<Arc<str>>,
}

/// A program or call that binds a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ServerProgram {
    /// uvicorn.
    Uvicorn,
    /// hypercorn.
    Hypercorn,
    /// daphne.
    Daphne,
    /// gunicorn.
    Gunicorn,
    /// `fastapi run`, `fastapi dev`.
    FastApiCli,
    /// `manage.py runserver`.
    DjangoRunserver,
    /// Flask's own server.
    FlaskRun,
    /// A Node program's `listen`.
    NodeListen,
    /// `new WebSocketServer({ port })`.
    WsPort,
    /// A program of this repository started by a command (`node server.js`, `python main.py`): the code says what listens.
    Script,
    /// Vite's development server.
    Vite,
    /// Vite's preview server.
    VitePreview,
    /// `next dev` or `next start`.
    Next,
    /// `react-scripts start`.
    Cra,
    /// nginx.
    Nginx,
    /// `serve`, `http-server` and other static servers.
    StaticServer,
    /// A server in a language that is not read.
    Unread(super::known::BackEnd),
    /// Another Python server of the framework's own (aiohttp `run_app`, Tornado `listen`, `websockets.serve`).
    PythonListen,
}
