//! Routes that were written for a path, and that another one keeps it from.

use std::sync::Arc;

use super::EnvoyInstance;
use super::config::{Network, Route};
use super::matcher::{PathMatch, Truth};
use super::run::Run;
use super::select;
use crate::model::proxy::{ChosenLocation, Request, Shadow, Shadowed, WITNESSES};

impl EnvoyInstance {
    /// The routes whose text is that of the request's path and that are not picked for it, with what each would answer.
    pub(super) fn shadowed_routes(&self, request: &Request) -> Vec<Shadowed> {
        self.found(request).unwrap_or_default()
    }

    fn found(&self, request: &Request) -> Option<Vec<Shadowed>> {
        let witness = WITNESSES.first().copied()?;
        let listener = select::listener(&self.config, request)?;
        let chain = select::chain(listener, request).ok()??;
        let Network::Http(manager) = &chain.network else { return None };
        let run = Run::new(self, chain, manager, request, &witness.fill(&request.path)).ok()?;
        let [name] = run.hosts()?.try_into().ok()?;
        let host = select::virtual_host(run.table, &name.to_ascii_lowercase())?;
        let picked = host.routes.iter().position(|route| run.fits(route) != Truth::No);
        let mut found = Vec::new();
        for (number, route) in host.routes.iter().enumerate() {
            let why = match (run.fits(route), picked) {
                (Truth::Yes, Some(picked)) if number > picked => Shadow::Earlier,
                (Truth::No, _) if is_above(route, &run.path) => Shadow::Exact,
                _ => continue,
            };
            let (outcome, trail) = run.clone().at_route(host, route);
            let answer = witness.restore(self.finished(&run, outcome, trail));
            let chosen = |route: &Route| ChosenLocation {
                level: answer.level,
                place: route.place,
                written: Arc::clone(&route.written),
            };
            found.push(Shadowed {
                location: chosen(route),
                text: text_of(route)?,
                why,
                taken_by: picked.and_then(|at| host.routes.get(at)).map(chosen),
                answer,
            });
        }
        Some(found)
    }
}

/// Whether a route takes one path, and the request is for one below it.
fn is_above(route: &Route, path: &str) -> bool {
    let PathMatch::Exact(whole) = &route.matching.path else { return false };
    path.strip_prefix(&**whole).is_some_and(|rest| whole.ends_with('/') || rest.starts_with('/'))
}

fn text_of(route: &Route) -> Option<Arc<str>> {
    match &route.matching.path {
        PathMatch::Prefix(text) | PathMatch::Exact(text) | PathMatch::Separated(text) => Some(Arc::clone(text)),
        PathMatch::Pattern(pattern) => Some(Arc::clone(&pattern.text)),
        PathMatch::Connect | PathMatch::Unknown => Some("".into()),
    }
}
