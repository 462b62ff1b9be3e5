//! What a service receives.

use std::sync::Arc;

use super::dynamic::Dynamic;
use super::gaps::{has_gap, shown, unknown};
use super::run::Run;
use super::service::{Balancer, Service};
use crate::facts::HoleReason;
use crate::model::proxy::{
    BlockId, HeaderOrigin, HeaderValue, HttpVersion, LostUpgrade, Outcome, Proxied, SpokenVersion, Upgrade,
    UpstreamHeader, VersionSource,
};
use crate::model::{PathPiece, PathText, Unknown};

impl Run<'_> {
    /// Hands it on to the service of its router.
    pub(super) fn forward(&mut self) -> Outcome {
        let Some((name, place)) = &self.router.service else { return Outcome::Unknown(unknown(self.router.place)) };
        let Dynamic { services, left, .. } = &self.instance.dynamic;
        // what a router that is left out would do
        let left = left.get(name).filter(|_| self.router.fault.is_some());
        let service = match services.get(name).or(left) {
            Some(Service::Balanced(service)) => service,
            Some(Service::Unknown(why)) => return Outcome::Unknown(why.clone()),
            None => {
                let reason = HoleReason::UnknownName(name.to_string().into());
                return Outcome::Unknown(Unknown { reason, place: Some(*place) });
            }
        };
        let Some(first) = service.servers.first() else {
            return Outcome::Status { code: 503, place: service.place };
        };
        let is_odd = !self.path.is_empty() && !self.path.starts_with('/');
        if is_odd || has_gap(&self.path) || !matches!(&*first.scheme, "http" | "https" | "h2c") {
            return Outcome::Unknown(unknown(service.place));
        }
        let upgrade = self.upgrade(service);
        let mut headers = self.headers.clone();
        if !service.passes_host {
            headers.host = own_host(service);
        }
        self.trail.sticky = service.sticky;
        self.trail.steps.push((service.place, format!("the service `{}`", shown(&name.bare))));
        Outcome::Proxied(Box::new(Proxied {
            location: Arc::clone(&self.router.written),
            location_place: self.router.place,
            level: BlockId(0),
            pass_place: first.target.place,
            scheme: if &*first.scheme == "https" { "https".into() } else { "http".into() },
            targets: service.servers.iter().map(|server| server.target.clone()).collect(),
            upstream: None,
            method: Arc::clone(&self.request.method),
            path: PathText(vec![PathPiece::Known(if self.path.is_empty() { "/" } else { &self.path }.into())]),
            query: self.query.clone(),
            http_version: SpokenVersion { version: HttpVersion::Http11, source: VersionSource::Default },
            headers: headers.into_upstream(),
            upgrade,
            host_header: if service.passes_host { "the browser's Host".into() } else { "the server's name".into() },
            kept_status: None,
            origin_gate: None,
        }))
    }

    fn upgrade(&self, service: &Balancer) -> Upgrade {
        for name in ["Upgrade", "Connection"] {
            if let Some(place) = self.headers.taken_out(name) {
                let missing = vec![Arc::from(name)];
                let problem = format!("`customRequestHeaders` takes {name} out");
                return Upgrade::Lost(LostUpgrade { problem, missing, place, dropped: None });
            }
        }
        if service.servers.iter().any(|server| &*server.scheme == "h2c") {
            return Upgrade::Unknown(unknown(service.place));
        }
        Upgrade::Carried
    }
}

fn own_host(service: &Balancer) -> UpstreamHeader {
    let one = |server: &super::service::Server| match (&server.target.host, server.target.port, &*server.scheme) {
        (Some(host), Some(80), "http" | "h2c") | (Some(host), Some(443), "https") => Some(host.to_string()),
        (Some(host), Some(port), _) => Some(format!("{host}:{port}")),
        _ => None,
    };
    let value = match service.servers.as_slice() {
        [only] => one(only).map(|host| HeaderValue::Known(host.into())),
        _ => None,
    };
    let value = value.unwrap_or_else(|| HeaderValue::Unknown(unknown(service.place)));
    UpstreamHeader { name: "Host".into(), value, origin: HeaderOrigin::Set(service.place) }
}
