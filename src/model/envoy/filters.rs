//! The HTTP filters, as far as they decide whether a request comes through.

use std::sync::Arc;

use super::config::{FilterSetting, FilterSettings};
use super::node::Node;
use crate::base::Place;
use crate::model::Unknown;

/// A filter of a connection manager.
#[derive(Debug)]
pub(super) struct Filter {
    pub name: Arc<str>,
    pub kind: FilterKind,
    pub place: Place,
    /// It acts only where a route says so.
    pub disabled: bool,
}

/// What a filter does to a request.
#[derive(Debug)]
pub(super) enum FilterKind {
    Router(RouterHeaders),
    Cors,
    /// Nothing that matters here.
    Passes,
    /// Lets in only who has credentials; the status that others get.
    Gate(u16),
    /// Waits for the end of the request, which a socket never has.
    Buffer,
    /// Answers some requests by itself, or changes them.
    Unknown(Unknown),
    /// Acts on requests of these methods only.
    OnWrites(Unknown),
}

/// Whether the router tells upstreams of itself in headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RouterHeaders {
    Sent,
    Suppressed,
}

impl Filter {
    pub fn read(node: Node<'_>) -> Self {
        let config = node.get("typed_config");
        let kind = config.and_then(Node::type_name).unwrap_or_default();
        let name = node.text_of("name").unwrap_or_default();
        Self { kind: kind_of(&kind, &name, node, config), name, place: node.place(), disabled: node.is_on("disabled") }
    }

    /// Whether it acts on requests of a route; the innermost word counts.
    pub fn is_active(&self, levels: &[&FilterSettings]) -> bool {
        let said = levels.iter().find_map(|settings| settings.get(&self.name));
        match said {
            Some(FilterSetting::Disabled) => false,
            Some(FilterSetting::Own) => true,
            None => !self.disabled,
        }
    }
}

fn kind_of(kind: &str, name: &str, node: Node<'_>, config: Option<Node<'_>>) -> FilterKind {
    let word = if kind.is_empty() { name.rsplit('.').next().unwrap_or_default() } else { kind };
    match word {
        "Router" | "router" => {
            let quiet = config.is_some_and(|config| config.is_on("suppress_envoy_headers"));
            FilterKind::Router(if quiet { RouterHeaders::Suppressed } else { RouterHeaders::Sent })
        }
        "Cors" | "cors" => FilterKind::Cors,
        "Compressor"
        | "Decompressor"
        | "GrpcWeb"
        | "FilterConfig"
        | "Tap"
        | "OnDemand"
        | "HealthCheck"
        | "LocalRateLimit"
        | "RateLimit"
        | "BandwidthLimit"
        | "AdaptiveConcurrency"
        | "AdmissionControl"
        | "SetMetadata"
        | "HeaderToMetadata"
        | "OriginalSrc"
        | "GrpcFieldExtraction"
        | "Stateful"
        | "StatefulSession"
        | "IpTagging"
        | "RateLimitQuotaFilterConfig" => FilterKind::Passes,
        "ExtAuthz" => FilterKind::Gate(403),
        "JwtAuthentication" | "BasicAuth" | "ApiKeyAuth" => FilterKind::Gate(401),
        "Buffer" => FilterKind::Buffer,
        "CsrfPolicy" => FilterKind::OnWrites(node.unsupported()),
        _ => FilterKind::Unknown(node.unsupported()),
    }
}
