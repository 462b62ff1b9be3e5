//! Where Traefik listens, and the names behind each entry point.

use std::sync::Arc;

use super::TraefikInstance;
use super::entry_point::over_tls;
use super::gaps::shown;
use super::matcher::{Matcher, is_wild};
use super::syntax::Rule;
use crate::base::Limit;
use crate::model::Tls;
use crate::model::proxy::ListenAddress;

/// Names at entry points whose pages are looked for: each name counts at each of its entry points.
const NAMES: Limit = Limit::new(
    100,
    "names at the entry points of one Traefik",
    "pages at the remaining ones are unknown",
    "split the routers between several compose files",
);

impl TraefikInstance {
    /// Every address that it listens on: one for each name that routers ask for, and one where some ask for none.
    pub(super) fn all_listens(&self) -> Vec<ListenAddress> {
        let mut found: Vec<ListenAddress> = Vec::new();
        let is_one = self.startup.entry_points.len() == 1;
        for entry in &self.startup.entry_points {
            for tls in [Tls::Plain, Tls::Tls, Tls::Unknown] {
                // routers that name no entry point are at all of them, and nobody means https on port 80 by that
                if !is_one && matches!((entry.port, tls), (80, Tls::Tls) | (443, Tls::Plain)) {
                    continue;
                }
                let mut names: Vec<Arc<str>> = Vec::new();
                let mut place = None;
                let mut takes_any = tls == Tls::Plain && entry.redirect.is_some();
                let kind = over_tls(tls);
                let routers = self.routers_at(entry, tls).filter(|one| one.tls == kind).map(|one| one.router);
                for router in routers.filter(|router| !is_by_default(&router.rule)) {
                    place = place.or(router.tls.place());
                    let is_open = |name: &&Arc<str>| is_wild(name, self.startup.version.has_wild_hosts());
                    let (open, own): (Vec<_>, Vec<_>) = router.rule.hosts().into_iter().partition(is_open);
                    takes_any |= own.is_empty() || !open.is_empty();
                    names.extend(own.into_iter().map(|name| Arc::from(shown(name))));
                }
                names.sort();
                names.dedup();
                let room = NAMES.most_items().saturating_sub(found.len());
                if names.len() > room {
                    names.truncate(room);
                    self.limits.reached(Some(entry.place), &NAMES);
                }
                if names.is_empty() && !takes_any {
                    continue;
                }
                let place = place.filter(|_| tls != Tls::Plain).or(entry.tls.place()).unwrap_or(entry.place);
                let address =
                    |names: Vec<Arc<str>>| ListenAddress { port: entry.port, tls, place, names: names.into() };
                found.extend(names.into_iter().map(|name| address(vec![name])));
                if takes_any {
                    found.push(address(Vec::new()));
                }
            }
        }
        found
    }
}

/// Whether a rule is the one of containers without any.
fn is_by_default(rule: &Rule) -> bool {
    matches!(rule, Rule::Test(test) if test.matcher == Matcher::ContainerName)
}
