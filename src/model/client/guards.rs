//! Tests of the page's own address, decided for a page.

use super::Taken;
use crate::facts::{Sense, Test};
use crate::model::{PageOrigin, PageScheme};

/// Whether all tests may come out so on a page.
pub(super) fn may_happen(taken: &[Taken], page: Option<&PageOrigin>) -> bool {
    taken.iter().all(|(test, sense)| {
        let holds = match test {
            Test::InBrowser => Some(true),
            Test::PageIsHttps => page.and_then(|page| page.scheme.value()).map(|scheme| *scheme == PageScheme::Https),
            Test::PageHostIs(hosts) => page
                .and_then(|page| page.host.value())
                .map(|host| hosts.iter().any(|other| other.eq_ignore_ascii_case(host))),
            Test::PageHasPort => page.and_then(|page| {
                let default = match page.scheme.value()? {
                    PageScheme::Http => 80,
                    PageScheme::Https => 443,
                };
                Some(*page.port.value()? != default)
            }),
            _ => None,
        };
        holds.is_none_or(|holds| holds == (*sense == Sense::Holds))
    })
}
