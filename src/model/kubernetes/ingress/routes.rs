//! Routes of the Gateway API as rules of hosts.

use std::sync::Arc;

use super::config::{Backend, Controller, OpenRule, PathChange, PathType, SslRedirect, Terms};
use super::read::{LOCATIONS, Reader};
use crate::base::Place;
use crate::facts::HoleReason;
use crate::model::Unknown;
use crate::model::kubernetes::gateway::{self, GatewayMatch};
use crate::model::kubernetes::object::Object;
use crate::model::kubernetes::tree::Node;

impl Reader<'_> {
    /// A route of the Gateway API.
    pub(super) fn route(&mut self, object: &Object) {
        if let Some(rules) = object.node.get("spec").filter(|spec| spec.has_holes()) {
            self.other = Some(Unknown { reason: HoleReason::Template("rules".into()), place: Some(rules.place) });
            if rules.unknown().is_some() || rules.get("hostnames").is_some_and(Node::has_holes) {
                self.open_rule(OpenRule { path: None, place: rules.place });
            }
        }
        let left = LOCATIONS.most_items().saturating_sub(self.next as usize);
        for found in gateway::paths(&self.gateways, object, left + 1, self.limits) {
            let unknown = |place: Place| Unknown { reason: HoleReason::Unsupported, place: Some(place) };
            let mut terms = Terms {
                head: Some(object.place()),
                // whether plain requests are redirected another route says
                ssl_redirect: SslRedirect::Never,
                unknown: found.other.map(unknown),
                ..Terms::default()
            };
            for filter in found.filters {
                gateway_filter(filter, &mut terms);
            }
            let kind = match found.kind {
                GatewayMatch::Exact => PathType::Exact,
                GatewayMatch::Prefix => PathType::Prefix,
                GatewayMatch::Pattern => {
                    terms.unknown = Some(unknown(found.place));
                    PathType::Implementation
                }
            };
            let backend = match found.backend {
                Some(node) => self.gateway_backend(object, node),
                None => Backend::Unknown(unknown(found.place)),
            };
            if let (Some((host, _)), Some(place)) = (&found.host, found.tls) {
                self.tls.entry(host.to_ascii_lowercase().into()).or_insert(place);
            }
            let terms = Arc::new(terms);
            let Some(location) = self.location(found.path, kind, found.place, backend, &terms) else { return };
            let place = found.host.as_ref().map_or(found.place, |(_, place)| *place);
            let host = found.host.as_ref().map(|(host, _)| &**host);
            self.server(host, place, (Controller::Other, None), &terms).locations.push(location);
        }
    }
}

/// What a filter of a route does.
fn gateway_filter(filter: &Node, terms: &mut Terms) {
    let unknown = Unknown { reason: HoleReason::Unsupported, place: Some(filter.place) };
    match filter.text_of("type").map(|kind| &**kind) {
        Some("URLRewrite") => {
            let path = filter.at(&["urlRewrite", "path"]);
            let change = path.and_then(|path| match path.text_of("type").map(|kind| &**kind) {
                Some("ReplacePrefixMatch") => {
                    let text = path.get("replacePrefixMatch")?;
                    Some(PathChange::Prefix(Arc::clone(text.text()?), text.place))
                }
                Some("ReplaceFullPath") => {
                    let text = path.get("replaceFullPath")?;
                    Some(PathChange::Whole(Arc::clone(text.text()?), text.place))
                }
                _ => None,
            });
            match (path, change) {
                (Some(_), None) => terms.unknown = Some(unknown),
                (_, change) => terms.change = change,
            }
            if let Some(name) = filter.at(&["urlRewrite", "hostname"]).and_then(Node::text) {
                terms.vhost = Some(Arc::clone(name));
            }
        }
        Some("RequestHeaderModifier") => {}
        _ => terms.unknown = Some(unknown),
    }
}
