//! Lists of hosts that let in every one.

use super::chain;
use super::secrets::rests_on_no_guess;
use crate::base::Place;
use crate::facts::{AddressRule, ExprKind, OriginLibrary};
use crate::model::{AddressUse, Admits, Alternative, Cause, CauseKind, Mode, Opens, Value, Wiring};

/// The causes.
pub(super) fn causes(wiring: &Wiring) -> Vec<Cause> {
    let mut causes = Vec::new();
    let lists = wiring.addresses.iter().filter(|found| found.rule == AddressRule::AllowsHosts);
    for found in lists.filter(|found| {
        found.mode != Mode::Development && is_plain(wiring, found) && !is_for_development(wiring, found)
    }) {
        for alternative in found.values.iter().filter(|alternative| rests_on_no_guess(alternative)) {
            let Some(place) = every_host(alternative) else { continue };
            let place = place.unwrap_or(found.place);
            if !wiring.repository.may_be_accused(place.file) || !wiring.repository.may_be_accused(found.place.file) {
                continue;
            }
            let validator = validator(wiring, place);
            let mut links = vec![(place, "every host"), (found.place, "the list")];
            links.extend(validator.map(|place| (place, "compares the Origin with this list")));
            causes.push(Cause {
                kind: CauseKind::PermissiveAllowedHosts {
                    opens: if validator.is_some() { Opens::Sockets } else { Opens::Hosts },
                },
                place,
                key: String::new(),
                chains: vec![chain(links)],
                assumptions: alternative.assumptions.clone(),
            });
        }
    }
    causes
}

/// Whether the list stands there by itself: under a condition `*` may mean that there is no list.
fn is_plain(wiring: &Wiring, found: &AddressUse) -> bool {
    let facts = wiring.repository.get(found.place.file);
    let fact = facts.and_then(|facts| facts.addresses.iter().find(|fact| fact.span == found.place.span));
    let value = fact.and_then(|fact| fact.value.as_ref());
    value.is_some_and(|value| !matches!(value.kind, ExprKind::Choice(_)))
}

/// Settings that say themselves that production has others.
fn is_for_development(wiring: &Wiring, found: &AddressUse) -> bool {
    let name = wiring.repository.get(found.place.file).map_or("", |facts| facts.path.name());
    ["dev", "local", "test", "ci."].iter().any(|word| name.starts_with(word))
}

/// Where `*` stands in a list of hosts.
fn every_host(alternative: &Alternative) -> Option<Option<Place>> {
    let Value::List(items) = &alternative.value else { return None };
    items.iter().find_map(|item| match item {
        Value::Text(text) if text.as_known().as_deref() == Some("*") => Some(text.places().first().copied()),
        _ => None,
    })
}

/// The check of origins at sockets that goes by the list, and lets everybody in by the same entry.
fn validator(wiring: &Wiring, entry: Place) -> Option<Place> {
    let policies = wiring.policies.iter().filter(|policy| policy.library == OriginLibrary::ChannelsValidator);
    let by_entry = |admits: &Admits| matches!(admits, Admits::Any(places) if places.contains(&entry));
    policies.filter(|policy| by_entry(&policy.admits)).map(|policy| policy.place).next()
}
