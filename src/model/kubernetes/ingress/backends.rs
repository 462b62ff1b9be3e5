//! The Services that rules lead to.

use std::sync::Arc;

use super::config::{Backend, Controller};
use super::read::Reader;
use crate::base::Place;
use crate::facts::HoleReason;
use crate::model::Unknown;
use crate::model::kubernetes::cluster::{FrontPort, PortTarget, Reach, ServiceObject};
use crate::model::kubernetes::object::Object;
use crate::model::kubernetes::tree::Node;

impl Reader<'_> {
    /// The Service that a path leads to, in the words of both versions of the API.
    pub(super) fn backend(&self, object: &Object, node: &Node, controller: Controller) -> Backend {
        let unknown = |place: Place| Backend::Unknown(Unknown { reason: HoleReason::Unsupported, place: Some(place) });
        let service = node.get("service");
        let (name, port) = match service {
            Some(service) => {
                let port = service.get("port");
                (service.get("name"), port.and_then(|port| port.get("number").or_else(|| port.get("name"))))
            }
            None => (node.get("serviceName"), node.get("servicePort")),
        };
        let Some((name, place)) = name.and_then(|name| Some((name.text()?, name.place))) else {
            return unknown(node.place);
        };
        let found = self.cluster.service(name, object.namespace.as_deref());
        if found.is_some_and(|service| service.reach == Reach::Elsewhere) {
            return unknown(place);
        }
        let Some(text) = port.and_then(Node::text) else { return unknown(port.map_or(place, |port| port.place)) };
        let number = match found.and_then(|service| named_port(service, text, controller)) {
            Some(named) => named,
            None => text.parse().ok(),
        };
        let bare = found.map_or(name, |service| &service.name);
        let host = match object.namespace.as_deref() {
            Some(namespace) => format!("{bare}.{namespace}").into(),
            None => Arc::clone(bare),
        };
        Backend::Service { host, port: number, place }
    }

    /// The Service that a rule of a route leads to.
    pub(super) fn gateway_backend(&self, object: &Object, node: &Node) -> Backend {
        let name = node.get("name").and_then(|name| Some((name.text()?, name.place)));
        let port = node.number_of("port").and_then(|port| u16::try_from(port).ok());
        let Some((name, place)) = name else {
            return Backend::Unknown(Unknown { reason: HoleReason::Unsupported, place: Some(node.place) });
        };
        let namespace = node.text_of("namespace").or(object.namespace.as_ref());
        let found = self.cluster.service(name, namespace.map(|namespace| &**namespace));
        let bare = found.map_or(name, |service| &service.name);
        let host = namespace.map_or_else(|| Arc::clone(bare), |namespace| format!("{bare}.{namespace}").into());
        Backend::Service { host, port, place }
    }
}

/// The port of a Service that an Ingress means; inside, `None` when that is one nobody is sure of.
///
/// ingress-nginx takes the first whose number, name or `targetPort` is written (`serviceEndpoints` of its controller), while
/// the specification knows numbers and names alone.
fn named_port(service: &ServiceObject, text: &str, controller: Controller) -> Option<Option<u16>> {
    let wanted: Option<u16> = text.parse().ok();
    let is_own = |port: &FrontPort| wanted.is_some() && port.port == wanted || port.name.as_deref() == Some(text);
    let is_target = |port: &FrontPort| match &port.target {
        PortTarget::Number(number) => Some(*number) == wanted,
        PortTarget::Name(name) => &**name == text,
        PortTarget::Unknown => false,
    };
    let first = service.ports.iter().find(|port| is_own(port) || controller != Controller::Other && is_target(port))?;
    let is_sure = controller != Controller::Unknown || is_own(first);
    Some(first.port.filter(|_| is_sure))
}
