//! What HAProxy does with a request.

use std::net::IpAddr;
use std::sync::Arc;

use super::HaproxyInstance;
use super::acl::Method;
use super::address::Bind;
use super::response::{Changes, Maker};
use super::rule::Rule;
use super::run::Run;
use crate::base::Place;
use crate::facts::HoleReason;
use crate::model::Unknown;
use crate::model::proxy::{
    Answer, BlockId, ChosenLocation, ChosenServer, HeaderValue, Outcome, Request, Sent, Witness, answer_with_witnesses,
};

/// Ways that are tried where a request depends on what nobody knows.
const MAX_WAYS: usize = 24;

/// What lasts behind an answer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Way {
    pub frontend: usize,
    pub backend: Option<usize>,
    pub changes: Changes,
    /// The rule that changed the path.
    pub rewritten: Option<Place>,
    /// The rule that gave the tunnel a time-out of its own.
    pub tunnel: Option<Place>,
    /// The prefix by which the back end was chosen.
    pub prefix: Option<Arc<str>>,
}

/// The ways that answers took, by number.
pub(super) type Ways = crate::model::proxy::Ways<Way, Way>;

impl HaproxyInstance {
    /// What it does with a request. Unknown parts of the path are tried with several texts: where they lead to different
    /// ends, the outcome is unknown.
    pub(super) fn answer_to(&self, request: &Request) -> Answer {
        if let Some(Unknown { reason, place }) = self.config.cut_short.why() {
            return undecided(reason, place);
        }
        let mut found: Option<Answer> = None;
        for request in hosts(request) {
            let answer = answer_with_witnesses(&request.path, |witness| self.answer_concrete(&request, witness));
            let answer = answer.unwrap_or_else(|| undecided(HoleReason::Runtime, None));
            found = Some(match found {
                None => answer,
                Some(known) => match joined(known.outcome, &answer.outcome) {
                    Some(outcome) => Answer { outcome, ..answer },
                    None => return undecided(HoleReason::Runtime, answer.server.map(|server| server.place)),
                },
            });
        }
        found.unwrap_or_else(|| undecided(HoleReason::Unsupported, None))
    }

    fn answer_concrete(&self, request: &Request, witness: Witness) -> Answer {
        let path = witness.fill(&request.path);
        let Some(taker) = self.taker(request.address, request.port) else {
            let open = self.config.fronts().flat_map(|(_, front)| &front.binds).find(|bind| bind.ports.is_none());
            let reason = if open.is_some() { HoleReason::Runtime } else { HoleReason::Unsupported };
            return undecided(reason, open.map(|bind| bind.place));
        };
        witness.restore(self.answer_of(request, taker, &path))
    }

    /// The front end that takes what comes to a port. An exact address goes before all addresses.
    pub(super) fn taker(&self, address: Option<IpAddr>, port: u16) -> Option<(usize, &Bind)> {
        let all: Vec<(usize, &Bind)> = self
            .config
            .fronts()
            .flat_map(|(number, front)| front.binds.iter().map(move |bind| (number, bind)))
            .filter(|(_, bind)| bind.ports.is_some_and(|(first, last)| first <= port && port <= last))
            .collect();
        let exact = all.iter().find(|(_, bind)| bind.address.is_some() && bind.address == address);
        let any = all.iter().find(|(_, bind)| bind.address.is_none());
        // where the address is not known, one that names an address may be meant as well
        exact.or(any).or_else(|| all.first().filter(|_| address.is_none())).copied()
    }

    /// Takes what a way has cost out of the budget: the lines that hold for its sections, and the addresses of all front ends.
    fn pays(&self, run: &Run<'_>) -> bool {
        let sections = [Some(run.frontend), run.backend].into_iter().flatten();
        let lines: u64 = sections.filter_map(|number| self.config.sections.get(number)).map(|it| it.weight).sum();
        self.effort.spend(1 + lines + self.config.addresses, run.bind.place)
    }

    /// The answer of one front end. Where it depends on what nobody knows, every way is tried, and they have to agree.
    fn answer_of(&self, request: &Request, taker: (usize, &Bind), path: &str) -> Answer {
        let mut open: Vec<Vec<bool>> = vec![Vec::new()];
        let mut found: Option<Answer> = None;
        let mut ways = 0;
        while let Some(decisions) = open.pop() {
            ways += 1;
            let fixed = decisions.len();
            let mut run = Run::new(self, request, taker, path, decisions);
            let outcome = run.outcome();
            if !self.pays(&run) {
                return undecided(HoleReason::Limit, Some(taker.1.place));
            }
            let asked = std::mem::take(&mut run.asked);
            let answer = run.answer(outcome);
            if ways > MAX_WAYS {
                return undecided(HoleReason::Limit, Some(taker.1.place));
            }
            for at in fixed..asked.len() {
                let mut next: Vec<bool> = run.decisions.iter().copied().take(at).collect();
                next.resize(at, false);
                next.push(true);
                open.push(next);
            }
            match &found {
                None => found = Some(answer),
                Some(known) if known.outcome == answer.outcome => {}
                Some(_) => {
                    let why = asked.into_iter().next();
                    let why = why.unwrap_or(Unknown { reason: HoleReason::Runtime, place: Some(taker.1.place) });
                    return Answer { outcome: Outcome::Unknown(why), ..answer };
                }
            }
        }
        found.unwrap_or_else(|| undecided(HoleReason::Unsupported, None))
    }
}

impl Run<'_> {
    /// The number of the way of a forwarded request.
    pub(super) fn level(&mut self) -> BlockId {
        let changes = self.changes(Maker::Upstream);
        self.number(changes)
    }

    fn number(&self, changes: Changes) -> BlockId {
        let way = Way {
            frontend: self.frontend,
            backend: self.backend,
            changes,
            rewritten: self.rewritten,
            tunnel: self.tunnel,
            prefix: self.prefix(),
        };
        self.instance.ways.number(way.clone(), Some(self.bind.place), |_| way)
    }

    /// The prefix of the path that the rule which chose the back end asks for.
    fn prefix(&self) -> Option<Arc<str>> {
        let condition = self.chosen_by?.condition.as_ref()?;
        let config = self.config();
        let acls = condition.any_of.iter().flatten().flat_map(|term| match &term.test {
            super::acl::Test::Inline(acl) => std::slice::from_ref(&**acl),
            super::acl::Test::Named(name) => config.acls(self.frontend, name),
            super::acl::Test::Unread(_) => &[],
        });
        let mut prefixes = acls
            .filter(|acl| &*acl.expression.fetch.name == "path" && acl.method == Some(Method::Begins))
            .flat_map(|acl| &acl.patterns);
        let path = self.request.path.display();
        prefixes
            .find(|prefix| prefix.holes.is_empty() && path.starts_with(&*prefix.text))
            .map(|one| Arc::clone(&one.text))
    }

    /// The `http-request` rule of this place.
    fn rule_at(&self, place: Place) -> Option<&Rule> {
        let numbers = [self.frontend, self.backend.unwrap_or(self.frontend)];
        let mut rules = numbers.into_iter().flat_map(|number| self.config().rules(number, |section| &section.requests));
        rules.find(|rule| rule.place == place)
    }

    /// The outcome with all that led to it.
    pub(super) fn answer(&mut self, outcome: Outcome) -> Answer {
        let config = self.config();
        let level = match &outcome {
            Outcome::Proxied(proxied) => proxied.level,
            Outcome::Unknown(_) => self.number(Changes::default()),
            _ => {
                let changes = self.changes(Maker::Own);
                self.number(changes)
            }
        };
        let front = config.sections.get(self.frontend);
        let chosen = config.sections.get(self.backend.unwrap_or(self.frontend));
        let server = front.map(|front| ChosenServer { level, place: front.place, listen: self.bind.place });
        // a rule that answers is what takes the request
        let rule = match &outcome {
            Outcome::Status { place, .. } => self.rule_at(*place),
            _ => None,
        };
        let location = match (rule, chosen) {
            (Some(rule), _) => {
                let written = format!("http-request {}", rule.action()).into();
                Some(ChosenLocation { level, place: rule.place, written })
            }
            (None, Some(section)) => Some(ChosenLocation { level, place: section.place, written: section.written() }),
            (None, None) => None,
        };
        Answer {
            server,
            location,
            level,
            steps: self.steps.clone(),
            outcome,
            assumptions: Vec::new(),
            gates: self.gates.clone(),
        }
    }
}

/// The same request with each Host header that it may have: where the port is not the usual one of the scheme, browsers
/// write it, unless the port is published under another number.
fn hosts(request: &Request) -> Vec<Request> {
    let named = request.headers.listed.iter().any(|(name, _)| name.eq_ignore_ascii_case("host"));
    let Some(host) = request.host.clone().filter(|host| !named && !host.is_empty()) else {
        return vec![request.clone()];
    };
    let with = |text: Arc<str>| {
        let mut request = request.clone();
        request.headers.listed.insert(0, ("Host".into(), Sent::Text(text)));
        request
    };
    let with_port = with(format!("{host}:{}", request.port).into());
    match request.port {
        80 | 443 => vec![with(host)],
        _ => vec![with(host), with_port],
    }
}

/// What two outcomes have in common that differ in the port of the Host header only; `None` when they differ in more.
fn joined(one: Outcome, other: &Outcome) -> Option<Outcome> {
    let unknown = |place| HeaderValue::Unknown(Unknown { reason: HoleReason::Runtime, place });
    match (one, other) {
        (one, other) if one == *other => Some(one),
        (Outcome::Proxied(mut one), Outcome::Proxied(other)) => {
            let mut other = other.clone();
            for proxied in [&mut one, &mut other] {
                proxied.host_header = "%[req.hdr(host)]".into();
                let place = Some(proxied.pass_place);
                let mut listed = proxied.headers.listed.iter_mut();
                if let Some(host) = listed.find(|header| header.name.eq_ignore_ascii_case("host")) {
                    host.value = unknown(place);
                }
            }
            (one == other).then_some(Outcome::Proxied(one))
        }
        (Outcome::Redirect { code, place, target, .. }, Outcome::Redirect { code: code2, place: place2, .. }) => {
            let scheme = target.split_once("://").map_or("https", |(scheme, _)| scheme);
            let target = format!("{scheme}://$host$request_uri").into();
            let location = unknown(Some(place));
            ((code, place) == (*code2, *place2)).then_some(Outcome::Redirect {
                code,
                target,
                location,
                place,
                automatic_slash: false,
            })
        }
        _ => None,
    }
}

pub(super) fn undecided(reason: HoleReason, place: Option<Place>) -> Answer {
    Answer {
        server: None,
        location: None,
        level: BlockId(u32::MAX),
        steps: Vec::new(),
        outcome: Outcome::Unknown(Unknown { reason, place }),
        assumptions: Vec::new(),
        gates: Vec::new(),
    }
}
