//! The wiring of the whole repository, and every connection followed through it.
//!
//! Eight stages, each reading only earlier ones: packages, services, deployments; environments; evaluation; listeners,
//! virtual servers, routes, policies; page origins; client URLs bound to each page; handshakes; causes.

pub mod apache;
mod assumption;
mod backing;
pub mod caddy;
mod cause;
mod client;
mod client_causes;
mod connection;
pub mod csp;
mod declared;
mod deployment;
mod dev_hosts;
mod endpoint;
mod environment;
pub mod envoy;
pub mod evaluate;
mod follow;
pub mod haproxy;
mod hosting;
mod index;
pub mod kubernetes;
mod merge;
mod naming;
mod never_run;
pub mod nginx;
mod page;
mod passage;
mod passage_causes;
mod policy_causes;
pub mod proxy;
mod requirement;
mod rests;
mod routing;
mod secret;
mod settings_causes;
mod tls_causes;
mod topology;
pub mod traefik;
mod url;
mod value;
mod verdict;
mod wiring;
mod words;

pub use assumption::Assumption;
pub use caddy::CaddyInstance;
pub use cause::{
    AddressPart, BaseFault, Below, Callers, Cause, CauseId, CauseKind, Chain, CookieFault, CorsLoss, CspFault, Cuts,
    DropEffect, FixedScheme, ForwardedEffect, ForwardedProblem, Holder, Interface, KeyKnownFrom, Link, MethodRefuser,
    NameFault, NameGap, NoSockets, Opens, PassedOn, Refusal, SecondSource, Shift, Silence, Spread, Taken,
    TemplateFault, TimeoutSource, Told, Trusts, Unencoded, UnsetEffect,
};
pub use connection::{
    Component, Connection, ConnectionId, ConnectionUrl, Handshake, Hop, HopKind, PathPiece, PathText, Reached, Rest,
    SentHeaders, UrlProblem, UrlRelation, Verdict, WireEnd, WireState,
};
pub use declared::{Declared, DeclaredHost, DeclaredPage, DeclaredVersion, HostIs, HostNames, Statement};
pub use deployment::{
    Alternatives, Binding, Deployment, DeploymentId, DeploymentKind, Environment, Fronts, Mode, Namespace, Openness,
    Package, PackageId, Pairing, Pod, PublishedPort, Service, ServiceId, Side, Unread,
};
pub use endpoint::{
    AddressUse, Adds, Admits, App, AppId, CookieUse, Coverage, Known, Layer, Listed, Listener, ListenerId, MountPoint,
    Opening, OriginEntry, OriginPattern, OriginPolicy, PageId, PageOrigin, PageScheme, PolicyId, PreflightPolicy,
    Registration, Route, RouteId, ServedBy, ServedFolder, Tls, TrustUse, UnmountedRoute,
};
pub use naming::Naming;
pub use nginx::NginxInstance;
pub use passage::Passage;
pub use proxy::{Proxies, Proxy, ProxyId};
pub use rests::Rests;
pub use secret::SecretUse;
pub use value::{Alternative, Piece, Text, Unknown, Value};
pub use wiring::Wiring;

use crate::base::Cancel;
use crate::facts::Repository;

/// What the user states about the model.
#[derive(Clone, Debug, Default)]
pub struct ModelSettings {
    /// Whether git-ignored env files take part (`--local`).
    pub local: bool,
    /// What `wirelint.toml` states.
    pub declared: Declared,
    /// Whether somebody still waits for the wiring. When nobody does, it is not finished.
    pub cancel: Cancel,
}

/// Links the facts of a repository into its wiring and follows every connection.
#[must_use]
pub fn build(repository: Repository, settings: &ModelSettings) -> Wiring {
    let file = settings.declared.file.as_ref().and_then(|file| repository.find(file));
    let host_names = HostNames::new(&settings.declared.hosts, file);
    let mut wiring = Wiring { repository, local: settings.local, host_names, ..Wiring::default() };
    let declared = &settings.declared;
    nginx::discover(&mut wiring, declared.nginx_version.map(|stated| stated.version));
    caddy::discover(&mut wiring, declared.caddy_version.map(|stated| stated.version));
    for instance in apache::discover(&wiring.repository) {
        wiring.proxies.add(instance);
    }
    for instance in haproxy::discover(&wiring.repository) {
        wiring.proxies.add(instance);
    }
    for instance in envoy::discover(&wiring.repository) {
        wiring.proxies.add(instance);
    }
    let clusters = kubernetes::discover(&mut wiring);
    topology::link(&mut wiring, &clusters, declared.traefik_version.map(|stated| stated.version));
    environment::bind(&mut wiring);
    let stages: [&dyn Fn(&mut Wiring); 17] = [
        &nginx::configure,
        &routing::link,
        &|wiring| page::find(wiring, &settings.declared),
        &client::bind,
        &follow::follow,
        &passage_causes::collect,
        &nginx::suspect,
        &policy_causes::collect,
        &client_causes::collect,
        &settings_causes::collect,
        &tls_causes::collect,
        &dev_hosts::collect,
        &merge::merge,
        &verdict::settle,
        &backing::complete,
        &never_run::mark,
        &sort_causes,
    ];
    for stage in stages {
        if settings.cancel.is_cancelled() {
            return wiring;
        }
        stage(&mut wiring);
    }
    for (place, limit) in wiring.proxies.iter().flat_map(|(_, proxy)| proxy.limits()) {
        wiring.limits.reached(place, &limit);
    }
    wiring
}

/// Sorts the causes by place, and puts their new numbers into the hops that they break.
fn sort_causes(wiring: &mut Wiring) {
    let mut order: Vec<(usize, Cause)> = std::mem::take(&mut wiring.causes).into_iter().enumerate().collect();
    order.sort_by(|(_, a), (_, b)| (a.place, a.kind.rule(), &a.key).cmp(&(b.place, b.kind.rule(), &b.key)));
    let mut renamed = vec![CauseId(0); order.len()];
    for (new, (old, cause)) in (0u32..).map(CauseId).zip(order) {
        if let Some(slot) = renamed.get_mut(old) {
            *slot = new;
        }
        wiring.causes.push(cause);
    }
    for cause in &mut wiring.causes {
        cause::once(&mut cause.chains);
    }
    for hop in wiring.handshakes.iter_mut().flat_map(|handshake| &mut handshake.hops) {
        if let Verdict::Breaks(causes) = &mut hop.verdict {
            for cause in causes {
                *cause = renamed.get(cause.0 as usize).copied().unwrap_or(*cause);
            }
        }
    }
}
