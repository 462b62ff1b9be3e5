//! Lists of Django's settings: origins that forms may come from, and hosts that requests may be for.

use std::sync::Arc;

use super::chain;
use super::entry::{Fault, fault};
use crate::base::Place;
use crate::facts::{AddressRule, OriginLibrary};
use crate::model::requirement::is_below;
use crate::model::{AddressUse, Alternative, Cause, CauseKind, Value, Wiring};

/// The causes.
pub(super) fn causes(wiring: &Wiring) -> Vec<Cause> {
    let mut causes = Vec::new();
    for found in &wiring.addresses {
        // Before version 4 the list held hosts.
        if found.rule == AddressRule::TrustsOrigins && !is_below(wiring, found.package, "django", 4) {
            origins(wiring, found, &mut causes);
        }
    }
    causes
}

fn origins(wiring: &Wiring, found: &AddressUse, causes: &mut Vec<Cause>) {
    for alternative in found.values.iter() {
        let Value::List(items) = &alternative.value else { continue };
        for item in items {
            let Some(entry) = item.as_known_text() else { continue };
            let Some(fault) = of_csrf(&entry) else { continue };
            let places = places(item, alternative, found.place);
            let judged = |place: &Place| wiring.repository.may_be_accused(place.file);
            // What an example file says is not what runs.
            if !places.iter().all(judged) {
                continue;
            }
            let Some(place) = places.first().copied() else { continue };
            causes.push(Cause {
                kind: CauseKind::CsrfOriginMismatch {
                    entry: Arc::from(&*entry),
                    why: fault.why,
                    right: fault.right.map(Arc::from),
                },
                place,
                key: entry.to_string(),
                chains: vec![chain([(place, "the entry"), (found.place, "the list")])],
                assumptions: alternative.assumptions.clone(),
            });
        }
    }
}

/// Where an entry is written, else where the whole list comes from.
fn places(item: &Value, alternative: &Alternative, otherwise: Place) -> Vec<Place> {
    let own = match item {
        Value::Text(text) => text.places(),
        _ => Vec::new(),
    };
    if own.is_empty() { vec![alternative.evidence.last().copied().unwrap_or(otherwise)] } else { own }
}

/// Why Django never takes an entry for the Origin of a form. Asked of Django 5.2: entries are compared as texts, and a `*` in
/// front of a dot stands for sub-domains.
fn of_csrf(entry: &str) -> Option<Fault> {
    if entry.is_empty() {
        return None;
    }
    if !entry.contains("://") {
        let why = "it has no scheme: since version 4 Django refuses it (4_0.E001), and it matches nothing".to_owned();
        return Some(Fault { why, right: None });
    }
    match entry.split_once("://*.") {
        Some((scheme, domain)) => {
            let found = fault(&format!("{scheme}://{domain}"), OriginLibrary::DjangoCors)?;
            Some(Fault { right: found.right.map(|right| right.replacen("://", "://*.", 1)), ..found })
        }
        None => fault(entry, OriginLibrary::DjangoCors),
    }
}

#[cfg(test)]
mod tests {
    use super::of_csrf;

    /// Observed of Django 5.2.19 with a form of `https://app.example.com`.
    #[test]
    fn entries_match_as_in_django() {
        for (entry, matches) in [
            ("https://app.example.com", true),
            ("https://app.example.com/", false),
            ("https://app.example.com:443", false),
            ("app.example.com", false),
            ("https://APP.example.com", false),
            ("https://*.example.com", true),
            ("*.example.com", false),
            ("https://*", false),
            ("*", false),
            ("https://app.example.com/path", false),
            (" https://app.example.com", false),
            ("https://app.example.com ", false),
            ("//app.example.com", false),
            (".example.com", false),
            ("localhost:3000", false),
        ] {
            assert_eq!(of_csrf(entry).is_none(), matches, "{entry}");
        }
    }
}
