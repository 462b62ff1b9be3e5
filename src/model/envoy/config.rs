//! A bootstrap as Envoy takes it in: listeners with what they do, route tables, clusters.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use super::cors::CorsPolicy;
use super::domains::Domains;
use super::filters::Filter;
use super::matcher::{Matching, Pattern};
use super::mutation::Mutations;
use crate::base::Place;
use crate::model::Unknown;
use crate::model::proxy::Target;

/// All of a bootstrap.
#[derive(Debug, Default)]
pub(super) struct Config {
    pub listeners: Vec<Listener>,
    pub clusters: BTreeMap<Arc<str>, Arc<Cluster>>,
    /// Listeners that come from elsewhere.
    pub other_listeners: Option<Unknown>,
    /// Clusters that come from elsewhere.
    pub other_clusters: Option<Unknown>,
}

/// An address that is listened on, with what is done with its connections.
#[derive(Debug)]
pub(super) struct Listener {
    pub place: Place,
    /// `None`: every address.
    pub address: Option<IpAddr>,
    pub port: u16,
    /// Whether the names and protocols of TLS clients are looked at. Older releases did that by themselves.
    pub inspects_tls: bool,
    pub chains: Arc<Vec<Chain>>,
    /// What takes connections that no chain fits.
    pub default: Option<Arc<Chain>>,
}

/// What is done with the connections that fit.
#[derive(Debug)]
pub(super) struct Chain {
    pub place: Place,
    pub fits: ChainMatch,
    pub transport: Transport,
    pub network: Network,
}

/// Which connections a chain takes.
#[derive(Debug, Default)]
pub(super) struct ChainMatch {
    pub port: Option<u16>,
    /// Names, lower case; `*.example.com` for all below.
    pub names: Vec<Arc<str>>,
    /// `tls` or `raw_buffer`.
    pub transport: Option<Arc<str>>,
    /// Protocols that the client offers: `None` when none are asked for.
    pub protocols: Vec<Arc<str>>,
    /// Something else is asked for.
    pub unknown: Option<Unknown>,
}

/// What is spoken on a connection.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Transport {
    Plain,
    Tls(TlsTerms),
    Unknown(Unknown),
}

/// What TLS asks of clients, and offers them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct TlsTerms {
    /// Where it says that clients need a certificate.
    pub client_certificate: Option<Place>,
    pub protocols: Vec<Arc<str>>,
}

/// The filter that has the last word on a connection.
#[derive(Debug)]
pub(super) enum Network {
    Http(Arc<Manager>),
    Tcp(TcpProxy),
    Unknown(Unknown),
}

/// A connection that is passed on as it is.
#[derive(Debug)]
pub(super) struct TcpProxy {
    pub place: Place,
    pub clusters: Vec<(Arc<str>, Place)>,
    pub idle: Option<(u64, Place)>,
    pub unknown: Option<Unknown>,
}

/// The HTTP connection manager.
#[derive(Debug)]
pub(super) struct Manager {
    pub place: Place,
    pub table: Result<Arc<Table>, Unknown>,
    pub filters: Arc<Vec<Filter>>,
    pub upgrades: Vec<UpgradeRule>,
    pub stream_idle: Option<(u64, Place)>,
    pub longest: Option<(u64, Place)>,
    pub path: PathTerms,
    pub port_in_host: PortInHost,
    pub dot_in_host: DotInHost,
    pub remote_address: RemoteAddress,
    pub forwarded_for: ForwardedFor,
    /// Proxies in front that are trusted.
    pub trusted_hops: u64,
    pub request_id: RequestId,
    pub old_http: OldHttp,
    pub via: Option<Arc<str>>,
    pub forwarded_port: bool,
    /// The scheme that is put in place of the client's.
    pub scheme: Option<Arc<str>>,
    /// Anything that may change requests and is not understood.
    pub unknown: Option<Unknown>,
    /// HTTP/2 alone is spoken.
    pub only_http2: bool,
    /// Where it tells clients of HTTP/2 that handshakes may come that way.
    pub connects: Option<Place>,
}

/// What becomes of an upgrade.
#[derive(Clone, Debug)]
pub(super) struct UpgradeRule {
    pub name: Arc<str>,
    pub enabled: bool,
    pub place: Place,
    /// Filters in place of the usual ones.
    pub filters: Option<Arc<Vec<Filter>>>,
}

/// What is done with paths before anything looks at them.
#[derive(Clone, Debug, Default)]
pub(super) struct PathTerms {
    pub normalize: bool,
    pub merge_slashes: bool,
    pub escaped: EscapedSlashes,
    pub place: Option<Place>,
}

/// What is done with `%2F` and `%5C`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum EscapedSlashes {
    #[default]
    Kept,
    Refused,
    Redirected,
    Unescaped,
}

/// What is done with the port in Host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PortInHost {
    Kept,
    /// It goes where it is the listener's.
    StripsOwn,
    StripsAny,
}

/// What is done with a dot at the end of Host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DotInHost {
    Kept,
    Stripped,
}

/// Whose address is the client's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RemoteAddress {
    /// That of the connection.
    Connection,
    /// That in X-Forwarded-For.
    Header,
}

/// What is done with X-Forwarded-For.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ForwardedFor {
    Appended,
    Kept,
}

/// Whether requests get an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RequestId {
    Made,
    /// Made, and the client's is kept.
    Preserved,
    Off,
}

/// What is done with HTTP/1.0.
#[derive(Clone, Debug)]
pub(super) enum OldHttp {
    Refused,
    Accepted { default_host: Option<Arc<str>> },
}

/// A route table.
#[derive(Debug)]
pub(super) struct Table {
    pub place: Place,
    pub hosts: Vec<VirtualHost>,
    /// Which of them has a name.
    pub domains: Domains,
    pub requests: Mutations,
    pub responses: Mutations,
    /// The innermost changes of headers come last.
    pub inner_last: bool,
    pub ignores_port: bool,
    pub ignores_parameters: bool,
    /// Hosts that come from elsewhere.
    pub unknown: Option<Unknown>,
    pub cors: Option<Arc<CorsPolicy>>,
    pub settings: FilterSettings,
}

/// What a route, host or table says about filters, by their names.
pub(super) type FilterSettings = BTreeMap<Arc<str>, FilterSetting>;

/// What is said about a filter.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum FilterSetting {
    Disabled,
    /// Settings of its own.
    Own,
}

/// A virtual host.
#[derive(Debug)]
pub(super) struct VirtualHost {
    pub name: Arc<str>,
    pub place: Place,
    pub domains: Vec<Arc<str>>,
    pub routes: Vec<Route>,
    pub needs_tls: Option<Place>,
    pub requests: Mutations,
    pub responses: Mutations,
    pub cors: Option<Arc<CorsPolicy>>,
    pub settings: FilterSettings,
    pub counts_attempts: bool,
    pub unknown: Option<Unknown>,
}

/// A route.
#[derive(Debug)]
pub(super) struct Route {
    pub place: Place,
    /// The match as written: `prefix: /ws`.
    pub written: Arc<str>,
    pub matching: Matching,
    pub action: Action,
    pub requests: Mutations,
    pub responses: Mutations,
    pub cors: Option<Arc<CorsPolicy>>,
    pub settings: FilterSettings,
}

/// What a route does.
#[derive(Debug)]
pub(super) enum Action {
    Forward(Box<Forward>),
    Redirect(Redirect),
    Direct { status: u16, place: Place },
    Unknown(Unknown),
}

/// A route that hands on.
#[derive(Debug)]
pub(super) struct Forward {
    pub place: Place,
    pub clusters: Vec<Chosen>,
    pub rewrite: Option<Rewrite>,
    pub host: HostRewrite,
    /// The whole time of an answer: `None`, when nothing is written.
    pub timeout: Option<(u64, Place)>,
    pub idle: Option<(u64, Place)>,
    pub longest: Option<(u64, Place)>,
    pub upgrades: Vec<UpgradeRule>,
    /// What binds a client to one member.
    pub bound: bool,
    pub appends_host: bool,
    pub unknown: Option<Unknown>,
}

/// A cluster that may be picked.
#[derive(Debug)]
pub(super) struct Chosen {
    pub cluster: Arc<str>,
    pub place: Place,
    pub requests: Mutations,
    pub responses: Mutations,
}

/// What becomes of a path.
#[derive(Clone, Debug)]
pub(super) enum Rewrite {
    Prefix(Arc<str>, Place),
    Pattern(Pattern, Arc<str>),
    Unknown(Unknown),
}

/// What becomes of Host.
#[derive(Clone, Debug)]
pub(super) enum HostRewrite {
    Kept,
    Literal(Arc<str>, Place),
    /// The name of the member that takes the request.
    Auto(Place),
    Header(Arc<str>, Place),
    Unknown(Unknown),
}

/// A redirect.
#[derive(Debug)]
pub(super) struct Redirect {
    pub place: Place,
    pub code: u16,
    pub scheme: Option<Arc<str>>,
    pub host: Option<Arc<str>>,
    pub port: Option<Arc<str>>,
    pub path: Option<Arc<str>>,
    pub rewrite: Option<Rewrite>,
    pub strips_query: bool,
}

/// A cluster.
#[derive(Debug)]
pub(super) struct Cluster {
    pub place: Place,
    pub members: Vec<Member>,
    pub transport: Transport,
    pub protocol: Spoken,
    /// Whether it binds a client to one member, given something of the client's to go by.
    pub hashes: bool,
    /// Members that come from elsewhere.
    pub unknown: Option<Unknown>,
}

/// A member of a cluster.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub target: Target,
    /// What `auto_host_rewrite` puts into Host.
    pub name: Option<Arc<str>>,
}

/// What is spoken to a cluster.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Spoken {
    Http1,
    Http2 {
        /// Whether an upgrade is asked for in the way of HTTP/2.
        connects: bool,
        place: Place,
    },
    /// What the client speaks.
    AsClient,
    Unknown(Unknown),
}
