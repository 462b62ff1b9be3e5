//! The wiring of a repository.

use std::collections::BTreeSet;

use super::follow::Comparisons;
use super::{
    AddressUse, App, Cause, Connection, CookieUse, Deployment, Environment, Handshake, HostNames, Layer, Listener,
    OriginPolicy, Package, PageOrigin, Passage, Proxies, Route, SecretUse, ServedFolder, Service, Statement, TrustUse,
    UnmountedRoute,
};
use crate::base::{Limits, Place, Work};
use crate::facts::Repository;

/// Everything that is known of how the parts of a repository are connected. Ids are indices into these lists.
#[derive(Debug, Default)]
pub struct Wiring {
    /// The facts that it was made from.
    pub repository: Repository,
    /// Look-ups over the facts.
    pub index: super::index::Index,
    /// Bounds that were reached while the facts were linked and followed.
    pub limits: Limits,
    /// Expressions that were looked at, and bytes that were made of them, in all evaluations.
    pub evaluated: Work,
    /// What comparing paths with routes has cost.
    pub comparisons: Comparisons,
    /// Whether git-ignored env files take part (`--local`).
    pub local: bool,
    /// The statements of `wirelint.toml` that something of the repository took.
    pub taken: BTreeSet<Statement>,
    /// What hosts are called, as `wirelint.toml` states it.
    pub host_names: HostNames,
    /// Packages, sorted by root.
    pub packages: Vec<Package>,
    /// Services.
    pub services: Vec<Service>,
    /// Deployments.
    pub deployments: Vec<Deployment>,
    /// Environments.
    pub environments: Vec<Environment>,
    /// The proxies with their effective configuration.
    pub proxies: Proxies,
    /// Applications.
    pub apps: Vec<App>,
    /// Routes.
    pub routes: Vec<Route>,
    /// Routes of routers that no application mounts.
    pub unmounted: Vec<UnmountedRoute>,
    /// Folders whose files applications hand out.
    pub folders: Vec<ServedFolder>,
    /// Listeners.
    pub listeners: Vec<Listener>,
    /// What stands in front of the handlers of applications and answers by itself.
    pub layers: Vec<Layer>,
    /// Origin policies.
    pub policies: Vec<OriginPolicy>,
    /// What applications make of the address of a request.
    pub addresses: Vec<AddressUse>,
    /// Cookies that back ends know visitors by.
    pub cookies: Vec<CookieUse>,
    /// Where back ends believe what proxies say of the scheme.
    pub proxy_trust: Vec<TrustUse>,
    /// Keys that back ends sign with.
    pub secrets: Vec<SecretUse>,
    /// Page origins.
    pub pages: Vec<PageOrigin>,
    /// Connections of browser code.
    pub connections: Vec<Connection>,
    /// Handshakes, sorted by connection, deployment and page.
    pub handshakes: Vec<Handshake>,
    /// Requests that proxies hand on, in the order of the handshakes, those without a client last.
    pub passages: Vec<Passage>,
    /// Causes, sorted by place.
    pub causes: Vec<Cause>,
    /// Connections whose URL could not be resolved at all: the place and the reason in words.
    pub unresolved: Vec<(Place, String)>,
}
