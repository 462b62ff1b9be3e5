//! Stages 6 and 7: connections, their URLs, and the way of each handshake.

use std::sync::Arc;

use super::{
    AppId, Assumption, CauseId, DeploymentId, ListenerId, Mode, PackageId, PageId, ProxyId, RouteId, ServiceId, Unknown,
};
use crate::base::Place;
use crate::facts::{Answer, ClientApi, Sense, Test};

/// Index of a [`Connection`] in the wiring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u32);

/// A place where browser code opens a connection.
#[derive(Clone, Debug, PartialEq)]
pub struct Connection {
    /// The call.
    pub place: Place,
    /// Where its URL argument is.
    pub url_place: Place,
    /// What opens it.
    pub api: ClientApi,
    /// HTTP method.
    pub method: Option<Arc<str>>,
    /// Its package.
    pub package: PackageId,
    /// Whether cookies travel across origins.
    pub credentials: Option<bool>,
    /// The headers that it sends.
    pub headers: SentHeaders,
    /// Whether the page reads what is answered.
    pub answer: Answer,
}

/// The headers of a request for which a browser asks the server first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SentHeaders {
    /// Their names, in lower case.
    pub asked: Vec<Arc<str>>,
    /// Whether there may be more.
    pub rest: Rest,
}

/// Whether a list may be longer than it is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rest {
    /// All of it is known.
    #[default]
    None,
    /// There may be more.
    Unknown,
}

/// A URL as far as it is known: each component by itself, with the places that made it.
#[derive(Clone, Debug, PartialEq)]
pub struct ConnectionUrl {
    /// The text with unknown pieces shown as `{...}`, for people.
    pub display: String,
    /// Scheme without colon (`ws`, `wss`, `http`, `https`).
    pub scheme: Component<Arc<str>>,
    /// Host name without port, lower case.
    pub host: Component<Arc<str>>,
    /// The effective port (the scheme's default when none is written).
    pub port: Component<u16>,
    /// The path, decoded as far as it is known. For socket.io the path of the request, not that of the URL.
    pub path: Component<PathText>,
    /// The path of a socket.io URL, which names a namespace.
    pub namespace: Option<Arc<str>>,
    /// The query without `?`; `None` when there is none.
    pub query: Option<super::Text>,
    /// How the URL relates to the page.
    pub relation: UrlRelation,
    /// Why the browser refuses the text, or takes it for something else; the components are then those that were meant.
    pub problem: Option<UrlProblem>,
    /// Tests that were not decided and that led to this text.
    pub guards: Vec<(Test, Sense)>,
    /// Tests of the page's own address that led to this text on its page.
    pub page_guards: Vec<(Test, Sense)>,
    /// Everything that made it.
    pub evidence: Vec<Place>,
    /// What it rests on.
    pub assumptions: Vec<Assumption>,
}

/// What is wrong with the text of a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlProblem {
    /// As a clause.
    pub what: String,
    /// How to fix it.
    pub fix: String,
}

/// A component of a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Component<T> {
    /// Known, with the places that wrote it.
    Is(T, Vec<Place>),
    /// Taken from the page's own address, and known because the page is.
    FromPage(T, Vec<Place>),
    /// Not known.
    Unknown(Unknown),
}

impl<T> Component<T> {
    /// The value, wherever it comes from.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Is(value, _) | Self::FromPage(value, _) => Some(value),
            Self::Unknown(_) => None,
        }
    }

    /// The places that wrote it.
    #[must_use]
    pub fn places(&self) -> &[Place] {
        match self {
            Self::Is(_, places) | Self::FromPage(_, places) => places,
            Self::Unknown(_) => &[],
        }
    }
}

/// How a URL was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UrlRelation {
    /// With its own scheme and host.
    Absolute,
    /// Relative to the page.
    Relative,
    /// Absolute, with the host taken from `location`.
    SameHost,
}

/// A path with unknown segments.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PathText(pub Vec<PathPiece>);

/// A piece of a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PathPiece {
    /// Known characters.
    Known(Arc<str>),
    /// Unknown characters that hold no `/` (an id in a template).
    Segment,
    /// Unknown characters that may hold `/`.
    Rest,
}

/// A connection followed in one deployment, from one page, with one URL.
#[derive(Clone, Debug, PartialEq)]
pub struct Handshake {
    /// The connection.
    pub connection: ConnectionId,
    /// Which deployment.
    pub deployment: DeploymentId,
    /// Which mode of the client code.
    pub mode: Mode,
    /// The call of the function around the connection, when the URL depends on its parameters.
    pub call: Option<Place>,
    /// Which page; `None` when no page origin is known.
    pub page: Option<PageId>,
    /// The URL, bound to the page.
    pub url: ConnectionUrl,
    /// The hops, in the order of the handshake.
    pub hops: Vec<Hop>,
    /// The process that takes it in the end, when that is known.
    pub served: Option<ListenerId>,
}

/// How a connection, or one way of it, comes out; the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WireState {
    /// A hop breaks.
    Broken,
    /// No hop breaks as far as is known, and of some hop it is not known.
    PartlyUnknown,
    /// It was followed to its end, and every hop that was examined holds.
    Whole,
}

impl Handshake {
    /// How this way comes out.
    #[must_use]
    pub fn state(&self) -> WireState {
        let any = |wanted: fn(&Verdict) -> bool| self.hops.iter().any(|hop| wanted(&hop.verdict));
        if any(|verdict| matches!(verdict, Verdict::Breaks(_))) {
            WireState::Broken
        } else if self.hops.is_empty() || any(|verdict| matches!(verdict, Verdict::Unknown(_))) {
            WireState::PartlyUnknown
        } else {
            WireState::Whole
        }
    }
}

/// One step on the way.
#[derive(Clone, Debug, PartialEq)]
pub struct Hop {
    /// Which step.
    pub kind: HopKind,
    /// How it comes out.
    pub verdict: Verdict,
    /// The places that decide it.
    pub places: Vec<Place>,
    /// What happens, in words for people: "nginx location /ws/ (prefix)".
    pub note: String,
}

/// The steps of a handshake, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HopKind {
    /// The page that runs the code.
    Page,
    /// The URL, as the constructor takes it.
    Url,
    /// Mixed-content blocking.
    MixedContent,
    /// Content-Security-Policy.
    Csp,
    /// Name and port: who is reached.
    Reach,
    /// A redirect that answers instead.
    Redirect,
    /// nginx server choice.
    VirtualServer,
    /// nginx location choice.
    Location,
    /// Headers that reach the back end.
    Headers,
    /// Where the proxy connects to.
    Upstream,
    /// The process that binds the port.
    Listener,
    /// The route.
    Route,
    /// The Origin check.
    Origin,
    /// Token or session.
    Token,
}

/// How a hop comes out.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// As it should.
    Holds,
    /// It breaks; the walk goes on as if it were fixed.
    Breaks(Vec<CauseId>),
    /// Not known, with the reason in words.
    Unknown(String),
    /// Does not apply.
    Skipped,
}

/// What a client reaches at a host and port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reached {
    /// A virtual server of nginx.
    Proxy(ProxyId),
    /// A process.
    Listener(ListenerId),
    /// A container whose listener is not known.
    Service(ServiceId),
}

/// The end of a wire, for rules that look at both ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireEnd {
    /// The application.
    pub app: AppId,
    /// The route, when it is determined.
    pub route: Option<RouteId>,
}
