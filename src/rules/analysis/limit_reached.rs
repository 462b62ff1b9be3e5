//! `limit-reached`: where wirelint stopped at a bound of its own work.

use std::collections::BTreeMap;

use super::{NOWHERE, finding};
use crate::base::{Limit, Place, Span};
use crate::model::Wiring;
use crate::rules::Finding;
use crate::rules::registry::{Accuses, Rule};

const ID: &str = "limit-reached";

/// The rule.
pub static RULE: Rule =
    Rule::new(ID, include_str!("../../../rules/limit-reached.md"), check).accuses(Accuses::Anything);

fn check(wiring: &Wiring) -> Vec<Finding> {
    let repository = &wiring.repository;
    // A file that reaches a bound a thousand times is told of once, at the first place.
    let mut first: BTreeMap<(Limit, String), Place> = BTreeMap::new();
    let mut reached = |limit: &Limit, path: &str, place: Place| {
        let known = first.entry((limit.clone(), path.to_owned())).or_insert(place);
        *known = (*known).min(place);
    };
    for (file, facts) in repository.iter() {
        for (span, limit) in &facts.limits {
            reached(limit, facts.path.as_str(), Place::new(file, *span));
        }
    }
    for (path, limit) in &repository.coverage.limits {
        let place = repository.find(path).map_or(NOWHERE, |file| Place::new(file, Span::default()));
        reached(limit, path.as_str(), place);
    }
    for (place, limit) in wiring.limits.all().into_iter().chain(wiring.comparisons.limits()) {
        let path = place.and_then(|place| repository.get(place.file)).map_or("", |facts| facts.path.as_str());
        reached(&limit, path, place.unwrap_or(NOWHERE));
    }
    first.iter().map(|((limit, path), place)| stopped(limit, path, *place)).collect()
}

fn stopped(limit: &Limit, path: &str, place: Place) -> Finding {
    let whose = if path.is_empty() { String::new() } else { format!(" in `{path}`") };
    let message = format!("wirelint stopped{whose} after {limit}. Nothing is reported about what it did not look at.");
    finding(ID, place, message, "not followed beyond here", Some(limit.way_out().to_owned()), &limit.to_string())
}
