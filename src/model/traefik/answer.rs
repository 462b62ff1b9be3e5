//! The answer to a request.

use std::net::IpAddr;
use std::sync::Arc;

use super::TraefikInstance;
use super::entry_point::over_tls;
use super::entry_point::{EntryPoint, Redirection};
use super::gaps::shown;
use super::headers::Headers;
use super::matching::{AskedHost, Seen};
use super::router::Router;
use super::run::{Run, Trail};
use super::select::{Candidate, Choice, cleaned};
use super::way::Way;
use crate::base::Place;
use crate::facts::HoleReason;
use crate::model::proxy::{
    Answer, BlockId, ChosenLocation, ChosenServer, Outcome, Request, Truth, Witness, answer_with_witnesses,
};
use crate::model::{Tls, Unknown};

impl TraefikInstance {
    /// The number of a way from an entry point.
    fn way(&self, entry: Option<Place>, mut way: Way) -> BlockId {
        self.blocks.number(way.key(entry), entry, |number| {
            way.added.iter_mut().for_each(|header| header.level = number);
            way
        })
    }

    /// What it does with a request.
    pub(super) fn answer_to(&self, request: &Request) -> Answer {
        let Some(entry) = self.entry_for(request) else {
            let other = self.startup.other_entry_points.clone();
            return self.undecided(other.unwrap_or(Unknown { reason: HoleReason::Unsupported, place: None }));
        };
        let mut found: Option<Answer> = None;
        for host in self.asked_hosts(entry, request) {
            let answer = answer_with_witnesses(&request.path, |witness| {
                witness.restore(self.concrete(entry, request, &host, witness))
            });
            let answer = answer.unwrap_or_else(|| self.runtime(Some(entry.place)));
            match &found {
                None => found = Some(answer),
                Some(known) if known.outcome == answer.outcome => {}
                Some(_) => return self.runtime(Some(entry.place)),
            }
        }
        found.unwrap_or_else(|| self.runtime(Some(entry.place)))
    }

    /// The entry point that a request comes in at.
    pub(super) fn entry_for(&self, request: &Request) -> Option<&EntryPoint> {
        let address = |address: Option<IpAddr>| address.is_none_or(|address| !address.is_unspecified());
        let mut entries = self.startup.entry_points.iter().filter(|entry| entry.port == request.port);
        entries.next().filter(|_| address(request.address))
    }

    fn runtime(&self, place: Option<Place>) -> Answer {
        self.undecided(Unknown { reason: HoleReason::Runtime, place })
    }

    fn undecided(&self, why: Unknown) -> Answer {
        self.bare(Outcome::Unknown(why), Vec::new())
    }

    fn bare(&self, outcome: Outcome, steps: Vec<(Place, String)>) -> Answer {
        let level = self.way(None, Way::default());
        Answer { server: None, location: None, level, steps, outcome, assumptions: Vec::new(), gates: Vec::new() }
    }

    fn concrete(&self, entry: &EntryPoint, request: &Request, host: &AskedHost, witness: Witness) -> Answer {
        if request.tls == Tls::Unknown {
            return self.runtime(Some(entry.place));
        }
        let path = witness.fill(&request.path);
        let Some(path) = cleaned(&path, entry.cleans) else { return self.runtime(Some(entry.place)) };
        let seen = self.seen(request, host, &path, entry.place);
        if let Some(router) = self.before_http(entry, request, &seen) {
            return self.undecided(Unknown { reason: HoleReason::Unsupported, place: Some(router) });
        }
        let choice = self.choice(entry, request, &seen);
        let redirection = entry.redirect.as_ref().filter(|_| request.tls == Tls::Plain);
        let redirected = redirection.map_or(Truth::No, |redirection| redirects(redirection, &choice));
        if redirected == Truth::Unknown {
            return self.runtime(redirection.map(|redirection| redirection.place));
        }
        if let Some(redirection) = redirection.filter(|_| redirected == Truth::Yes) {
            let router = Router::internal(redirection.place);
            let mut run = self.run(entry, request, &router, &path);
            let words = format!("the entry point `{}` redirects all requests", entry.name);
            run.trail.steps.push((redirection.place, words));
            let outcome = run.sent_to_entry_point(redirection);
            let trail = run.into_trail();
            let end = (redirection.place, Arc::from(format!("entry point {}", entry.name)));
            return self.finished(entry, outcome, trail, None, Some(end));
        }
        let end = match choice.taken {
            Some(router) => self.through(entry, request, router, &path),
            None => self.nobody(entry, request, &seen),
        };
        let differs = |router: &&&Router| self.through(entry, request, router, &path).outcome != end.outcome;
        match choice.maybe.iter().find(differs) {
            Some(router) => self.runtime(Some(router.place)),
            None => end,
        }
    }

    /// A request as rules see it.
    pub(super) fn seen<'a>(&'a self, request: &'a Request, host: &AskedHost, path: &'a str, place: Place) -> Seen<'a> {
        Seen {
            host: host.clone(),
            wild_hosts: self.startup.version.has_wild_hosts(),
            path,
            method: &request.method,
            headers: &request.headers,
            query: &request.query,
            client: request.client,
            patterns: &self.patterns,
            place,
        }
    }

    fn run<'a>(&'a self, entry: &'a EntryPoint, request: &'a Request, router: &'a Router, path: &str) -> Run<'a> {
        Run {
            instance: self,
            entry,
            router,
            request,
            path: path.to_owned(),
            query: request.query.clone(),
            headers: Headers::of(request, entry),
            trail: Trail::default(),
            passed: 0,
        }
    }

    /// The answer of a router.
    pub(super) fn through(&self, entry: &EntryPoint, request: &Request, router: &Router, path: &str) -> Answer {
        let mut run = self.run(entry, request, router, path);
        run.trail.steps.push((entry.place, format!("Traefik takes the request at the entry point `{}`", entry.name)));
        run.trail.steps.push((router.place, format!("the router `{}`", shown(&router.name.bare))));
        let outcome = run.outcome();
        let trail = run.into_trail();
        self.finished(entry, outcome, trail, Some(router), None)
    }

    fn finished(
        &self,
        entry: &EntryPoint,
        outcome: Outcome,
        trail: Trail,
        router: Option<&Router>,
        end: Option<(Place, Arc<str>)>,
    ) -> Answer {
        let way = Way {
            added: trail.added,
            hidden: trail.hidden,
            cors: trail.cors,
            rewritten: trail.rewritten,
            sticky: trail.sticky,
            buffers: trail.buffers,
            ends: entry.write_timeout,
            is_forwarded: matches!(outcome, Outcome::Proxied(_)),
            router: router.map(|router| router.name.clone()),
        };
        let level = self.way(Some(entry.place), way);
        let listen = entry.place;
        let server = Some(ChosenServer { level, place: entry.place, listen });
        let end = router.map(|router| (router.place, Arc::clone(&router.written))).or(end);
        let location = end.map(|(place, written)| ChosenLocation { level, place, written });
        let outcome = match outcome {
            Outcome::Proxied(mut proxied) => {
                proxied.level = level;
                Outcome::Proxied(proxied)
            }
            other => other,
        };
        let assumptions = self.assumptions.clone();
        Answer { server, location, level, steps: trail.steps, outcome, assumptions, gates: trail.gates }
    }

    /// The answer where no router takes a request.
    fn nobody(&self, entry: &EntryPoint, request: &Request, seen: &Seen<'_>) -> Answer {
        if let Some(why) = &self.unseen {
            return self.undecided(why.clone());
        }
        let kind = over_tls(request.tls);
        let at_entry = || self.candidates(entry, request.tls);
        let would_take = |router: &Router| router.there == Truth::Yes && seen.fits(&router.rule) == Truth::Yes;
        let left_here = at_entry().filter(|one| one.takes == Truth::Yes).map(|one| one.router);
        // those of an entry point that is not there would be at this one
        let left_elsewhere = self.dynamic.routers.iter().filter(|router| router.speaks_tls(entry) == kind);
        let left = left_here.chain(left_elsewhere).find_map(|router| {
            let fault = router.fault?;
            would_take(router).then_some((fault.place, router))
        });
        // the other kind of connection
        let other = || {
            let fits = |one: &Candidate<'_>| {
                one.router.fault.is_none() && one.tls == kind.not() && one.is_at == Truth::Yes && would_take(one.router)
            };
            at_entry().find(fits).map(|one| (one.router.tls_place(), one.router))
        };
        // the one that takes other paths of the same name
        let near = || {
            let mut routers = self.routers_at(entry, request.tls).map(|one| one.router);
            routers.find(|router| self.takes_name(router, seen)).map(|router| (router.place, router))
        };
        let known = left.or_else(other);
        let end = match known.or_else(near) {
            Some((place, router)) => (place, Arc::clone(&router.written)),
            None => (entry.place, Arc::from(format!("entry point {}", entry.name))),
        };
        let steps = vec![
            (entry.place, format!("Traefik takes the request at the entry point `{}`", entry.name)),
            (end.0, "no router takes it".to_owned()),
        ];
        let outcome = Outcome::Status { code: 404, place: end.0 };
        self.finished(entry, outcome, Trail { steps, ..Trail::default() }, None, Some(end))
    }

    /// Whether the names that a router asks for are that of a request.
    fn takes_name(&self, router: &Router, seen: &Seen<'_>) -> bool {
        use super::matcher::Matcher;
        use super::syntax::Rule;
        let names = router.rule.tests().into_iter().filter(|test| test.matcher == Matcher::Host);
        names.map(|test| seen.fits(&Rule::Test(test.clone()))).any(|fits| fits == Truth::Yes)
    }
}

/// Whether the redirection of an entry point takes a request before the routers that may take it.
fn redirects(redirection: &Redirection, choice: &Choice<'_>) -> Truth {
    let taken = choice.taken.map_or(Truth::Yes, |router| redirection.is_above(&router.priority));
    let maybe = choice.maybe.iter().map(|router| redirection.is_above(&router.priority)).fold(Truth::Yes, Truth::and);
    match (taken, maybe) {
        (Truth::Yes, Truth::Yes) => Truth::Yes,
        (Truth::No, _) => Truth::No,
        _ => Truth::Unknown,
    }
}
