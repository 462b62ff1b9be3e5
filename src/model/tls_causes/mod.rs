//! Stage 8: certificates and keys: names that a certificate lacks, keys that everybody can read, servers that speak TLS by
//! themselves.

mod app_server;
mod certificate;
mod made;
mod private_key;

use super::{Chain, Link, Wiring};
use crate::base::Place;

/// Runs the stage.
pub(super) fn collect(wiring: &mut Wiring) {
    let mut causes = private_key::causes(wiring);
    causes.extend(certificate::causes(wiring));
    causes.extend(app_server::causes(wiring));
    for cause in causes {
        wiring.add_cause(cause);
    }
}

/// A chain without a wire.
fn chain(links: impl IntoIterator<Item = (Place, &'static str)>) -> Chain {
    let links = links.into_iter().map(|(place, shows)| Link { place, shows: shows.to_owned() }).collect();
    Chain { wire: None, hop: None, links }
}
