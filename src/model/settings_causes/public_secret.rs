//! Secrets in variables that bundlers hand out to everybody.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::Place;
use crate::facts::RunsIn;
use crate::model::topology::package_of;
use crate::model::{Cause, CauseKind, Chain, Link, PackageId, Side, Wiring};

/// A variable of a package that browser code reads.
struct Read {
    /// The prefix by which it is handed out.
    prefix: Arc<str>,
    /// Where it is read, in order.
    places: Vec<Place>,
}

/// The causes: one for each variable of a package, at the first place that reads it.
pub(super) fn causes(wiring: &Wiring) -> Vec<Cause> {
    let mut found: BTreeMap<(PackageId, Arc<str>), Read> = BTreeMap::new();
    for (file, facts) in wiring.repository.iter().filter(|(_, facts)| facts.role.may_be_accused()) {
        if facts.public_secrets.is_empty() {
            continue;
        }
        let Some(package) = package_of(wiring, &facts.path) else { continue };
        let side = wiring.packages.get(package.0 as usize).map_or(Side::Unknown, |info| info.side);
        for fact in &facts.public_secrets {
            let is_of_browser = match fact.runs {
                RunsIn::Browser => true,
                RunsIn::Server => false,
                RunsIn::Unknown => side == Side::Browser,
            };
            if is_of_browser {
                let first = || Read { prefix: fact.prefix.clone(), places: Vec::new() };
                let read = found.entry((package, fact.name.clone())).or_insert_with(first);
                read.places.push(Place::new(file, fact.span));
            }
        }
    }
    found.into_iter().filter_map(|((_, name), read)| cause(name, read)).collect()
}

/// Places of one variable that are shown.
const MOST_PLACES: usize = 4;

fn cause(name: Arc<str>, read: Read) -> Option<Cause> {
    let place = *read.places.first()?;
    let shown = read.places.iter().take(MOST_PLACES);
    let links = shown.map(|place| Link { place: *place, shows: "goes into the bundle".to_owned() }).collect();
    Some(Cause {
        key: name.to_string(),
        kind: CauseKind::PublicSecret { name, prefix: read.prefix },
        place,
        chains: vec![Chain { wire: None, hop: None, links }],
        assumptions: Vec::new(),
    })
}
