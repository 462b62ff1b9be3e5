//! Routers that were written for a request, and that do not take it.

use std::sync::Arc;

use super::TraefikInstance;
use super::matcher::Matcher;
use super::priority::Priority;
use super::router::Router;
use super::select::cleaned;
use super::syntax::Test;
use crate::model::proxy::{ChosenLocation, Request, Shadow, Shadowed, TRAEFIK, Truth, WITNESSES};

/// Why a router does not take a request, and what to do.
struct Slip {
    reason: String,
    fix: String,
}

impl TraefikInstance {
    /// The routers whose text is that of the request's path and that do not take it, with what each would answer.
    pub(super) fn shadowed_routers(&self, request: &Request) -> Vec<Shadowed> {
        self.found(request).unwrap_or_default()
    }

    fn found(&self, request: &Request) -> Option<Vec<Shadowed>> {
        let witness = WITNESSES.first().copied()?;
        let entry = self.entry_for(request)?;
        let [host] = self.asked_hosts(entry, request).try_into().ok()?;
        let path = cleaned(&witness.fill(&request.path), entry.cleans)?;
        let seen = self.seen(request, &host, &path, entry.place);
        if self.before_http(entry, request, &seen).is_some() {
            return None;
        }
        let choice = self.choice(entry, request, &seen);
        if !choice.maybe.is_empty() {
            return None;
        }
        // where nobody takes it, that is what there is to say
        let taken = choice.taken?;
        let mut found = Vec::new();
        // those of the other kind of connection were not written for it
        for router in self.candidates(entry, request.tls).filter(|one| one.takes == Truth::Yes).map(|one| one.router) {
            if taken.name == router.name {
                continue;
            }
            let fits = seen.fits(&router.rule);
            let goes_first = |priority: &Priority| priority.is_surely_above(&taken.priority);
            let slip = match router.fault {
                Some(fault) if fits == Truth::Yes && goes_first(&router.priority) => {
                    Slip { reason: fault.words.why.to_owned(), fix: format!("write `{}`", fault.words.fix) }
                }
                None if fits == Truth::Yes && taken.priority.is_surely_above(&router.priority) => Slip {
                    reason: format!(
                        "the router of the higher priority takes a request, {} here against {}",
                        taken.priority.value, router.priority.value
                    ),
                    fix: "give it a higher `priority` than that of the one that takes the path".to_owned(),
                },
                None if fits == Truth::No => match above(router, &path) {
                    Some(whole) if goes_first(&router.priority.with_longer_matcher("PathPrefix", "Path")) => Slip {
                        reason: format!("`Path(`{whole}`)` takes this one path and nothing below it"),
                        fix: format!("write `PathPrefix(`{whole}`)`"),
                    },
                    _ => continue,
                },
                _ => continue,
            };
            let answer = witness.restore(self.through(entry, request, router, &path));
            let chosen = |router: &Router| ChosenLocation {
                level: answer.level,
                place: router.fault.map_or(router.place, |fault| fault.place),
                written: Arc::clone(&router.written),
            };
            found.push(Shadowed {
                location: chosen(router),
                text: text_of(router),
                why: Shadow::Rule { by: &TRAEFIK, reason: slip.reason.into(), fix: slip.fix.into() },
                taken_by: Some(chosen(taken)),
                answer,
            });
        }
        Some(found)
    }
}

/// The one path that a router takes, when the request is for one below it.
fn above(router: &Router, path: &str) -> Option<Arc<str>> {
    let exact = |test: &&Test| test.matcher == Matcher::Path;
    let mut texts = router.rule.tests().into_iter().filter(exact).flat_map(|test| &test.args);
    let is_above = |whole: &&Arc<str>| {
        let rest = path.strip_prefix(&***whole);
        whole.len() > 1 && rest.is_some_and(|rest| whole.ends_with('/') || rest.starts_with('/'))
    };
    texts.find(is_above).cloned()
}

/// The paths of a router.
fn text_of(router: &Router) -> Arc<str> {
    let is_path = |test: &&Test| matches!(test.matcher, Matcher::Path | Matcher::PathPrefix | Matcher::PathRegexp);
    let texts: Vec<&str> =
        router.rule.tests().into_iter().filter(is_path).flat_map(|test| &test.args).map(|text| &**text).collect();
    texts.join(" ").into()
}
