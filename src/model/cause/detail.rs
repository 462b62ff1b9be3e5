//! What a cause says more exactly: which problem, which loss, whose callers.

use std::sync::Arc;

use crate::model::nginx::{Age, NginxVersion};
use crate::model::proxy::InWords;

/// What a proxy leaves out of, or gets wrong in, what it says of the address that the browser used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ForwardedProblem {
    /// Host names the upstream.
    Host(Arc<str>),
    /// The header with the scheme, by this name, is not sent.
    Scheme(Arc<str>),
    /// It says another scheme.
    WrongScheme(Arc<str>),
    /// It is sent, and the back end does not look at it.
    Unread,
    /// The Origin of the page is taken out.
    NoOrigin,
}

/// What the back end does without it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ForwardedEffect {
    /// It refuses hosts other than these.
    HostRefused(Vec<Arc<str>>),
    /// It takes no such text for a host.
    HostInvalid,
    /// It refuses pages whose Origin is not the address that it sees.
    OriginRefused,
    /// It sends its CORS headers only where an Origin comes.
    AnswersUnread,
    /// It redirects to https without end.
    EndlessRedirect,
    /// It refuses forms.
    FormsRefused,
    /// It takes its own address for another.
    OwnAddress,
}

/// Who sends Access-Control-Allow-Origin besides an `add_header`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecondSource {
    /// The back end, by this library or by hand.
    BackEnd(Arc<str>),
    /// Another `add_header` that is in effect at the same place.
    Nginx,
}

/// How answers come to lack a CORS header that nginx is told to add.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CorsLoss {
    /// An inner level has an `add_header` of its own, which replaces those of the outer level (named).
    Replaced(Arc<str>),
    /// The same in the `if` that answers preflights.
    Preflight,
    /// Answers with an error status get no header without `always`.
    Errors(Callers),
    /// A policy of the proxy's own, which does nothing.
    Idle(InWords),
    /// The back end answers what browsers ask ahead of a request with an error, which keeps them from sending it.
    RefusedAhead,
}

/// What a variable without a value makes of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnsetEffect {
    /// The text `undefined` is part of this URL.
    Url(String),
    /// socket.io asks the server of the page instead.
    SocketOfPage,
    /// The request goes to the server of the page instead.
    RequestOfPage,
}

/// What is known of pages of another origin that call a location.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Callers {
    /// Some are known, or named.
    Shown,
    /// None are; only the header speaks of them.
    Supposed,
}

/// Why a policy of the page keeps a connection from working.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CspFault {
    /// The sources of the directive do not take the address.
    NotListed {
        /// `connect-src` or `default-src`.
        directive: Arc<str>,
        /// Its sources as written.
        sources: Arc<str>,
        /// A source that would take it.
        add: Option<Arc<str>>,
    },
    /// `upgrade-insecure-requests` makes the browser speak TLS to a port that takes none.
    Upgraded,
}

/// What a template step does not do, or does too much of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TemplateFault {
    /// A name of the environment in a file that nothing fills.
    NotFilled {
        /// As written: `${PORT}`.
        written: Arc<str>,
        /// The directive that it is in.
        directive: Arc<str>,
    },
    /// The step lists names, and this is none of them.
    NotListed {
        /// As written.
        written: Arc<str>,
        /// The names that it lists, or the filter.
        listed: Vec<Arc<str>>,
    },
    /// The image replaces only names that its environment defines, and this is none of them.
    NotDefined {
        /// As written.
        written: Arc<str>,
        /// The service whose environment it is.
        service: Arc<str>,
    },
    /// `envsubst` without a list replaces nginx's own variables too.
    Eaten {
        /// The variables, with `$`.
        variables: Vec<Arc<str>>,
        /// The names that it is meant to replace.
        meant: Vec<Arc<str>>,
    },
    /// The container's command keeps the image's entry point from filling templates.
    Bypassed,
}

/// A name that nginx can never resolve or compare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NameFault {
    /// `proxy_pass` with a variable whose value names a host, without a `resolver`.
    NoResolver {
        /// The address as written.
        written: Arc<str>,
        /// The host that it comes to.
        host: Arc<str>,
        /// The block of this name that nginx does not take, because the address has a port.
        upstream_with_port: bool,
    },
    /// `proxy_pass` with a variable whose value is the first name of a Service, which only search domains complete.
    ShortName {
        /// The address as written.
        written: Arc<str>,
        /// The name that is looked up.
        host: Arc<str>,
        /// The namespace of the Service, where it is stated.
        namespace: Option<Arc<str>>,
    },
    /// `server_name https://...`.
    ServerNameWithScheme {
        /// As written.
        written: Arc<str>,
        /// The name alone.
        name: Arc<str>,
    },
    /// `server_name host:443`.
    ServerNameWithPort {
        /// As written.
        written: Arc<str>,
        /// The name alone.
        name: Arc<str>,
    },
    /// `server http://...` in an `upstream`.
    MemberWithScheme {
        /// As written.
        written: Arc<str>,
        /// The address alone.
        address: Arc<str>,
    },
}

/// Why nginx refuses a statement in a block that accepts its directive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// So many arguments, where it takes others ("exactly 2").
    Arguments {
        /// How many there are.
        given: usize,
        /// What it takes, in words.
        accepted: String,
        /// The directive that begins among the arguments: a `;` is missing before it.
        swallowed: Option<Arc<str>>,
    },
    /// Neither `on` nor `off`.
    NotOnOff {
        /// What is there.
        value: Arc<str>,
    },
    /// The address of a `proxy_pass` has no scheme, or another than `http` and `https`.
    UrlPrefix {
        /// The address as written.
        url: Arc<str>,
    },
    /// The nginx that reads it does not know it.
    Unknown {
        /// Since or up to when nginx knows it.
        age: Age,
        /// The version that reads it.
        version: NginxVersion,
    },
    /// It has a block and may have none.
    UnwantedBlock,
    /// It needs a block and has none.
    MissingBlock,
    /// The block has one already.
    Duplicate,
    /// The server has a location of this name already.
    DuplicateLocation {
        /// The path.
        path: Arc<str>,
    },
}

/// A request that another location takes than the one that was written for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Its path.
    pub path: String,
    /// The location that takes it; `None`: the server itself.
    pub by: Option<Arc<str>>,
    /// What goes wrong there, as a clause: "serves files".
    pub breaks: Arc<str>,
}

/// Over what the requests of one client are spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spread {
    /// Servers that a proxy knows by name.
    Servers,
    /// Worker processes behind one port.
    Workers,
    /// Containers of one service.
    Replicas,
    /// Pods, one of which the proxy picks itself.
    Pods,
    /// Pods behind a Service, which picks one.
    ServicePods,
}

/// What holds an event stream back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// gzip, which waits for more to compress.
    Gzip,
    /// The buffer of an answer without chunks, which the back end gives to HTTP/1.0.
    Http10,
    /// The buffer of an answer without chunks, which the back end gives to every request.
    Unchunked,
    /// The buffers of nginx and of TLS, where the browser speaks HTTP/1.1.
    Tls,
    /// A middleware that reads answers to their end.
    Whole,
}

/// Who does not take the method of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MethodRefuser {
    /// The back end, whose routes of this path take others.
    Routes(Vec<Arc<str>>),
    /// The CORS registration that answers the browser's question ahead, and admits these.
    Preflight(Vec<Arc<str>>),
}

/// How Python servers call applications.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Interface {
    /// Requests and sockets.
    Asgi,
    /// Requests alone.
    Wsgi,
}

/// Why a server takes no WebSocket handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoSockets {
    /// The sockets hang on a server that never listens.
    OtherServer,
    /// uvicorn is installed without a WebSocket library.
    NoLibrary,
    /// An option of the server switches sockets off.
    SwitchedOff,
    /// The application inside the one with the sockets is started.
    Wrapped,
    /// The WSGI application is served, and the ASGI application has the sockets.
    Wsgi,
    /// `ws` is given a server and a port, and refuses to start.
    ServerAndPort,
    /// It is a function of this hosting service.
    Function(Arc<str>),
    /// A proxy sends the handshake to an application that has no sockets, and another process has the route.
    OtherProcess {
        /// The proxy.
        by: Arc<str>,
        /// What gets the handshake.
        to: Arc<str>,
        /// What has the route.
        other: Arc<str>,
        /// Where the proxy would reach it, when that is known.
        address: Option<Arc<str>>,
    },
}

/// Where a time-out comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeoutSource {
    /// nginx's own default.
    Default,
    /// A directive.
    Written,
}

/// What a time-out cuts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cuts {
    /// Sockets on which nobody writes.
    Sockets,
    /// Event streams on which nobody writes.
    SilentStreams,
    /// Event streams, however much comes over them.
    EventStreams,
}

/// What an endpoint knows its visitors by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trusts {
    /// A cookie, which browsers send along for every site.
    Cookie,
    /// A token, which other sites do not know.
    Token,
    /// Nothing: it talks to everybody.
    Nothing,
}

/// Why the scheme of a WebSocket address is always the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FixedScheme {
    /// It is written so, in front of the page's host.
    Literal,
    /// The code means to choose, and compares a `protocol`, which ends in a colon, with a scheme without one.
    NeverChosen,
}

/// What comes of headers that an inner level drops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DropEffect {
    /// Handshakes fail.
    Handshake,
    /// The back end does not learn the address that the browser used.
    Forwarded(ForwardedProblem, ForwardedEffect),
}

impl DropEffect {
    /// Whether requests are still answered.
    #[must_use]
    pub fn is_mild(&self) -> bool {
        matches!(self, Self::Forwarded(_, ForwardedEffect::OwnAddress))
    }
}

/// Why a session cookie does not come with the requests that need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CookieFault {
    /// It is `Secure`, and the browser asks this host without TLS.
    SecureOverPlain {
        /// The host.
        host: String,
    },
    /// It is `Secure`, and the library sends none such over a plain connection.
    NotSentOverPlain,
    /// The library sends none, because the application does not believe the proxy that the connection is secure.
    ProxyNotTrusted,
    /// The library sends none, because no X-Forwarded-Proto tells that the connection is secure.
    SchemeNotTold,
    /// `SameSite=None` without `Secure`.
    NoneWithoutSecure,
    /// It is for its own site, and the page is of another one.
    OtherSite {
        /// The host of the page.
        page: String,
        /// The host that is asked.
        host: String,
    },
}

/// How a service is given a variable that does not reach its pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PassedOn {
    /// When its container starts.
    AtStart,
    /// As an argument of the build that no stage declares.
    ToTheBuild,
}

/// What a list of hosts with every host in it opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Opens {
    /// Requests for any Host.
    Hosts,
    /// Sockets as well: their Origin is compared with the same list.
    Sockets,
}

/// Why a value holds characters that mean something else in a query.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unencoded {
    /// It is base64.
    Base64,
    /// Whoever runs the back end writes it: the variable.
    Configured(Arc<str>),
}

/// Why nobody sees the errors of a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Silence {
    /// Nothing listens to them.
    NoHandler,
    /// What listens to them does nothing.
    EmptyHandler,
}

/// What the certificate of a server lacks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NameGap {
    /// It has no name at all.
    NoName,
    /// It has names, and not this one.
    Lacks(Arc<str>),
}

/// From where everybody knows a key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyKnownFrom {
    /// It is written where the key is used.
    Source,
    /// It stands in for a variable that is not set.
    Fallback(Arc<str>),
    /// It is in settings of a deployment that are committed.
    Settings,
}

impl CookieFault {
    /// What tells it from other faults of the same cookie.
    #[must_use]
    pub fn key(&self) -> &'static str {
        match self {
            Self::SecureOverPlain { .. } | Self::NotSentOverPlain => "plain",
            Self::ProxyNotTrusted | Self::SchemeNotTold => "proxy",
            Self::NoneWithoutSecure => "none",
            Self::OtherSite { .. } => "site",
        }
    }

    /// As a clause.
    #[must_use]
    pub fn clause(&self) -> String {
        match self {
            Self::SecureOverPlain { host } => {
                format!("it is `Secure`, and browsers keep such a cookie of `{host}` only over https")
            }
            Self::NotSentOverPlain => "it is `Secure`, and the library sends it over https alone".to_owned(),
            Self::ProxyNotTrusted => {
                "it is `Secure`, and the back end does not believe the proxy that the browser speaks https".to_owned()
            }
            Self::SchemeNotTold => {
                "it is `Secure`, and the proxy does not tell the back end that the browser speaks https".to_owned()
            }
            Self::NoneWithoutSecure => "browsers refuse `SameSite=None` without `Secure`".to_owned(),
            Self::OtherSite { page, host } => {
                format!(
                    "`{page}` and `{host}` are different sites, and without `SameSite=None; Secure` it stays on its own"
                )
            }
        }
    }
}

/// What of an address is wrong where nobody answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressPart {
    /// The address as it is written.
    Whole,
    /// The port that a Service of a cluster hands on to.
    TargetPort,
    /// The labels by which a Service of a cluster picks pods.
    Selector,
}
