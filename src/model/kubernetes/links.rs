//! Variables that Kubernetes itself gives to containers, for the Services of their namespace.

use crate::model::{Deployment, DeploymentKind};

/// Whether a container of a deployment may find a variable of this name that nobody sets: `API_SERVICE_HOST`,
/// `API_SERVICE_PORT_HTTP`, `API_PORT_80_TCP_ADDR` and their kin are there for every Service that is older than the container,
/// whichever manifest it is from.
#[must_use]
pub fn is_given_by_cluster(deployment: &Deployment, name: &str) -> bool {
    if deployment.kind != DeploymentKind::Cluster {
        return false;
    }
    let of_service = |tail: &str| name.strip_suffix(tail).is_some_and(|service| !service.is_empty());
    let bare = name.strip_suffix("_PORT");
    let named = |front: &super::Front| bare.is_some_and(|bare| is_variable_of(&front.name, bare));
    of_service("_SERVICE_HOST")
        || of_service("_SERVICE_PORT")
        || name.find("_SERVICE_PORT_").is_some_and(|at| at > 0)
        || name.find("_PORT_").filter(|at| *at > 0).and_then(|at| name.get(at + 6..)).is_some_and(is_address)
        || deployment.fronts.all.iter().any(named)
}

/// Whether a Service of this name gives its variables this beginning.
fn is_variable_of(service: &str, beginning: &str) -> bool {
    let letter = |byte: u8| if byte == b'-' { b'_' } else { byte.to_ascii_uppercase() };
    service.bytes().map(letter).eq(beginning.bytes())
}

/// `80_TCP`, `80_TCP_PROTO`, `80_TCP_PORT`, `80_TCP_ADDR`.
fn is_address(tail: &str) -> bool {
    let mut parts = tail.split('_');
    let is_number = parts.next().is_some_and(|port| port.parse::<u16>().is_ok());
    let is_protocol = matches!(parts.next(), Some("TCP" | "UDP" | "SCTP"));
    is_number && is_protocol && matches!((parts.next(), parts.next()), (None | Some("PROTO" | "PORT" | "ADDR"), None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variables_of_services_are_there_in_a_cluster() {
        let mut deployment = Deployment::new("k8s".into(), DeploymentKind::Cluster);
        for name in
            ["API_SERVICE_HOST", "API_SERVICE_PORT", "API_SERVICE_PORT_HTTP", "A_PORT_80_TCP", "A_PORT_80_TCP_ADDR"]
        {
            assert!(is_given_by_cluster(&deployment, name), "{name}");
        }
        for name in ["API_PORT", "API_HOST", "_SERVICE_HOST", "A_PORT_80", "A_PORT_X_TCP"] {
            assert!(!is_given_by_cluster(&deployment, name), "{name}");
        }
        deployment.kind = DeploymentKind::Compose;
        assert!(!is_given_by_cluster(&deployment, "API_SERVICE_HOST"));
    }
}
