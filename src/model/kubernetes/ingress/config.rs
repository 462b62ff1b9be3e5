//! What Ingress objects say, by host and path.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::cors::Cors;
use super::hosts::Hosts;
use crate::base::Place;
use crate::model::proxy::{Gate, ListenAddress};
use crate::model::{Tls, Unknown};

/// All Ingress objects of a cluster.
#[derive(Clone, Debug, Default)]
pub(super) struct Config {
    /// By host, those of any host last.
    pub servers: Vec<Server>,
    /// Where the location of each number is.
    places: Vec<(usize, usize)>,
    /// Objects that are not understood: what they take is not known.
    pub other: Option<Unknown>,
    /// Rules whose host is not known.
    pub open: Vec<OpenRule>,
    /// What other programs than the controller of an Ingress take.
    pub routers: Vec<Router>,
}

/// A rule whose host is not known.
#[derive(Clone, Debug)]
pub(super) struct OpenRule {
    /// Its path; none where that is not known either.
    pub path: Option<Arc<str>>,
    /// Where it is written.
    pub place: Place,
}

/// An object that says in other words than those of an Ingress where requests go.
#[derive(Clone, Debug)]
pub(super) struct Router {
    /// The hosts that it is for.
    pub hosts: Vec<Hosts>,
    /// Where it begins.
    pub place: Place,
}

/// The rules of one host.
#[derive(Clone, Debug)]
pub(super) struct Server {
    /// The host, lower case; `None` for any.
    pub host: Option<Arc<str>>,
    /// Where the host, or the first of its rules, is written.
    pub place: Place,
    /// Who ends TLS for it.
    pub tls: ServerTls,
    /// The paths, in the order in which they are tried.
    pub locations: Vec<Location>,
    /// The program that takes them.
    pub controller: Controller,
    /// The class by which the program is told to take them.
    pub class: Option<Arc<str>>,
    /// Why nobody knows which program takes them.
    pub mixed: Option<Unknown>,
    /// `app-root`.
    pub app_root: Option<(Arc<str>, Place)>,
    /// What its paths are to the controller.
    pub style: Style,
    /// Its paths by their texts.
    pub by_text: ByText,
}

/// What the paths of a server are to its controller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Style {
    /// Prefixes and whole paths.
    #[default]
    Plain,
    /// Patterns, compared in any case from the first letter on.
    Patterns,
}

/// Numbers of plain paths by their texts.
#[derive(Clone, Debug, Default)]
pub(super) struct ByText {
    pub exact: BTreeMap<Arc<str>, usize>,
    /// Without a slash at the end.
    pub elements: BTreeMap<Arc<str>, usize>,
    /// Compared letter by letter.
    pub letters: BTreeMap<Arc<str>, usize>,
    /// Compared as the controller likes.
    pub other: Vec<usize>,
}

/// Whether an Ingress ends TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ServerTls {
    /// It does.
    Here(Place),
    /// It says nothing of TLS: whatever is in front of it may.
    Unsaid,
}

/// The program that reads Ingress objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Controller {
    /// The community's ingress-nginx.
    Nginx,
    /// Another one that is known to hand upgrades on, and of whose annotations nothing is known.
    Other,
    /// Nobody says which one.
    Unknown,
}

/// How a path is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PathType {
    Exact,
    Prefix,
    /// As the controller likes.
    Implementation,
}

/// A path of a rule.
#[derive(Clone, Debug)]
pub(super) struct Location {
    /// Its number, by which the proxy finds it again.
    pub id: u32,
    /// The path as written.
    pub path: Arc<str>,
    pub kind: PathType,
    /// Where the path is written, or what stands for it.
    pub place: Place,
    pub backend: Backend,
    pub terms: Arc<Terms>,
}

/// What a path leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Backend {
    Service {
        /// The host name that leads to the Service.
        host: Arc<str>,
        port: Option<u16>,
        place: Place,
    },
    Unknown(Unknown),
}

/// What annotations say.
#[derive(Clone, Debug, Default)]
pub(super) struct Terms {
    /// The head of the object.
    pub head: Option<Place>,
    pub rewrite: Option<(Arc<str>, Place)>,
    pub use_regex: bool,
    /// What a route of the Gateway API puts in place of a path.
    pub change: Option<PathChange>,
    pub app_root: Option<(Arc<str>, Place)>,
    pub ssl_redirect: SslRedirect,
    pub read_timeout: Timeout,
    pub send_timeout: Timeout,
    pub buffering: Option<Place>,
    /// What binds a client to one pod.
    pub sticky: Option<Place>,
    pub cors: Option<Cors>,
    pub scheme: Scheme,
    pub old_http: bool,
    pub vhost: Option<Arc<str>>,
    pub connection: Option<(Arc<str>, Place)>,
    pub gates: Vec<Gate>,
    pub redirect: Option<(u16, Arc<str>, Place)>,
    /// What may do anything.
    pub unknown: Option<Unknown>,
    /// Whether lines that are not read may set time-outs.
    pub open_timeouts: bool,
    /// An annotation of another controller that would have rewritten the path.
    pub idle_rewrite: Option<(Arc<str>, Place)>,
}

/// What takes the place of a path, or of what it begins with.
#[derive(Clone, Debug)]
pub(super) enum PathChange {
    Prefix(Arc<str>, Place),
    Whole(Arc<str>, Place),
}

/// Whether plain requests are sent to https.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum SslRedirect {
    /// Where there is a certificate: the default.
    #[default]
    WithCertificate,
    Never,
    /// Always, said here.
    Always(Place),
}

/// A time-out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Timeout {
    #[default]
    Default,
    Written(Place, u64),
    /// What is written is not a number of seconds: the default stays.
    Refused(Place),
}

/// What is spoken to pods.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Scheme {
    #[default]
    Http,
    Https,
    Other(Unknown),
}

impl Config {
    pub fn locations(&self) -> impl Iterator<Item = &Location> {
        self.servers.iter().flat_map(|server| &server.locations)
    }

    pub fn new(servers: Vec<Server>) -> Self {
        let count = servers.iter().flat_map(|server| &server.locations).map(|one| one.id as usize + 1).max();
        let mut places = vec![(usize::MAX, usize::MAX); count.unwrap_or(0)];
        for (at, server) in servers.iter().enumerate() {
            for (index, location) in server.locations.iter().enumerate() {
                if let Some(slot) = places.get_mut(location.id as usize) {
                    *slot = (at, index);
                }
            }
        }
        Self { servers, places, ..Self::default() }
    }

    pub fn location(&self, id: u32) -> Option<(&Server, &Location)> {
        let (server, location) = self.places.get(id as usize)?;
        let server = self.servers.get(*server)?;
        Some((server, server.locations.get(*location)?))
    }

    /// Every address that is listened on.
    pub fn listens(&self) -> Vec<ListenAddress> {
        let mut found = Vec::new();
        for server in &self.servers {
            let names: Arc<[Arc<str>]> = server.host.iter().cloned().collect();
            let mut add = |port, tls, place| {
                found.push(ListenAddress { port, tls, place, names: Arc::clone(&names) });
            };
            match server.tls {
                ServerTls::Here(place) => {
                    add(443, Tls::Tls, place);
                    add(80, Tls::Plain, server.place);
                }
                ServerTls::Unsaid => {
                    add(80, Tls::Unknown, server.place);
                    add(443, Tls::Unknown, server.place);
                }
            }
        }
        found
    }
}
