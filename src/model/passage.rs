//! Requests that nginx hands on, with what is known at both ends.

use super::proxy::{Proxied, Request};
use super::{AppId, Assumption, ConnectionId, DeploymentId, Link, ListenerId, Mode, ProxyId, RouteId};

/// A request that nginx hands on: of a connection that was followed, or of a route that some client may call. What goes
/// wrong later than the handshake, and what a header or a buffer does to the answer, is decided on these.
#[derive(Clone, Debug, PartialEq)]
pub struct Passage {
    /// The connection, and the deployment of its page; `None` when no client of the repository is known to come this way.
    pub wire: Option<(ConnectionId, DeploymentId)>,
    /// The deployment that the proxy belongs to.
    pub deployment: DeploymentId,
    /// The mode of the client code; [`Mode::Production`] for routes without a client.
    pub mode: Mode,
    /// The proxy.
    pub proxy: ProxyId,
    /// The request as it reaches the proxy.
    pub request: Request,
    /// What the proxy does with it.
    pub proxied: Proxied,
    /// The process that takes it; `None` when it is not known.
    pub listener: Option<ListenerId>,
    /// What that process serves.
    pub apps: Vec<AppId>,
    /// The routes that may take it; empty when they are not known.
    pub routes: Vec<RouteId>,
    /// What shows that requests come this way: where the connection is opened, where the route is registered.
    pub links: Vec<Link>,
    /// What it rests on.
    pub assumptions: Vec<Assumption>,
}
