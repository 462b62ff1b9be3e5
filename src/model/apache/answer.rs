//! What Apache does with a request.

use std::sync::Arc;

use super::ApacheInstance;
use super::run::Run;
use super::servers::{Server, TAKERS, Taker};
use crate::base::Place;
use crate::facts::HoleReason;
use crate::model::proxy::{
    Answer, BlockId, ChosenLocation, ChosenServer, Outcome, Proxy, Request, Ways, Witness, answer_with_witnesses,
};
use crate::model::{Tls, Unknown};

/// Ways that are tried where a request depends on what nobody knows.
const MAX_WAYS: usize = 24;

/// The levels that an answer obeys, from the outside, and who makes the answer: that decides which headers it gets.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Chain {
    pub levels: Vec<u32>,
    pub maker: Maker,
}

/// Who makes an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Maker {
    /// An upstream; the directive whose parameters the connection has, if any.
    Upstream(Option<Place>),
    /// It is a file.
    File,
    /// It is the page of an error.
    Page,
    /// httpd itself.
    Own,
}

/// The chains that answers have named by a number.
pub(super) type Chains = Ways<Chain, Chain>;

impl ApacheInstance {
    /// What it does with a request. Unknown parts of the path are tried with several texts: where they lead to different
    /// ends, the outcome is unknown.
    pub(super) fn answer_to(&self, request: &Request) -> Answer {
        if let Some(Unknown { reason, place }) = self.tree.cut_short.why() {
            return undecided(reason, place);
        }
        let found = answer_with_witnesses(&request.path, |witness| self.answer_concrete(request, witness));
        found.unwrap_or_else(|| undecided(HoleReason::Runtime, None))
    }

    fn answer_concrete(&self, request: &Request, witness: Witness) -> Answer {
        let path = witness.fill(&request.path);
        let host = request.host.as_deref();
        let host = if host == Some("") { None } else { host.or(Some("")) };
        let known = request.host.is_some();
        let name = host.filter(|_| known);
        let any_host = request.host.is_none();
        let mut candidates = match self.takers(request.address, request.port, name) {
            Taker::Servers(candidates) => candidates,
            Taker::Nobody => return undecided(HoleReason::Unsupported, None),
            Taker::Unknown => return undecided(HoleReason::Limit, self.first_place()),
        };
        if !any_host && name.is_none() {
            candidates.truncate(1);
        }
        // who speaks TLS is decided before the name is known
        let default = self.default_taker(request.address, request.port);
        if let Some(default) = default.filter(|server| server.tls() == Tls::Tls && request.tls == Tls::Plain) {
            candidates = vec![default];
        }
        if candidates.len() > TAKERS.most_items() {
            self.effort.reached(self.tree.root.place, &TAKERS);
            return undecided(HoleReason::Limit, self.first_place());
        }
        let mut found: Option<Answer> = None;
        for server in candidates {
            let answer = witness.restore(self.answer_of(request, server, &path));
            match &found {
                None => found = Some(answer),
                Some(known) if known.outcome == answer.outcome => {}
                Some(_) => return undecided(HoleReason::Runtime, Some(server.place())),
            }
        }
        found.unwrap_or_else(|| undecided(HoleReason::Unsupported, None))
    }

    /// The answer of one server. Where it depends on what nobody knows, every way is tried, and they have to agree.
    fn answer_of(&self, request: &Request, server: Server<'_>, path: &str) -> Answer {
        let mut open: Vec<Vec<bool>> = vec![Vec::new()];
        let mut found: Option<Answer> = None;
        let mut ways = 0;
        while let Some(decisions) = open.pop() {
            ways += 1;
            if !self.effort.spend(self.index.weight(server), server.place()) {
                return undecided(HoleReason::Limit, Some(server.place()));
            }
            let fixed = decisions.len();
            let mut run = Run::new(self, request, server, path, decisions);
            let outcome = run.run_from_start();
            let asked = std::mem::take(&mut run.asked);
            let answer = run.answer(outcome);
            if ways > MAX_WAYS {
                return undecided(HoleReason::Limit, Some(server.place()));
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
                    let why = asked.first().cloned();
                    let why = why.unwrap_or(Unknown { reason: HoleReason::Runtime, place: Some(server.place()) });
                    return Answer { outcome: Outcome::Unknown(why), ..answer };
                }
            }
        }
        found.unwrap_or_else(|| undecided(HoleReason::Unsupported, None))
    }
}

impl<'a> Run<'a> {
    /// Runs the request, unless the server speaks another protocol than the client.
    fn run_from_start(&mut self) -> Outcome {
        let speaks = self.server.tls();
        match (speaks, self.request.tls) {
            (Tls::Tls, Tls::Plain) => {
                let place = self.server.last("sslengine").map_or(self.server.place(), |engine| engine.place);
                self.steps.push((place, "a plain request to a port that speaks TLS".to_owned()));
                // other methods are no HTTP for the library that reads TLS: the connection is closed without a word
                let is_seen = matches!(&*self.method, "GET" | "HEAD" | "POST" | "PUT");
                if is_seen { Outcome::Status { code: 400, place } } else { Self::nobody(place) }
            }
            (Tls::Plain, Tls::Tls) => Self::nobody(self.server.place()),
            _ => self.outcome(),
        }
    }

    /// The number of the levels that the answer obeys.
    pub(super) fn level(&self) -> BlockId {
        self.number(self.chain(Maker::Upstream(self.carrier)))
    }

    fn number(&self, chain: Chain) -> BlockId {
        self.instance.chains.number(chain.clone(), Some(self.server.place()), |_| chain)
    }

    fn chain(&self, maker: Maker) -> Chain {
        Chain { levels: self.scope.levels.iter().map(|level| level.id).collect(), maker }
    }

    /// The outcome with all that led to it.
    pub(super) fn answer(&self, outcome: Outcome) -> Answer {
        let maker = match &outcome {
            Outcome::Proxied(_) => Maker::Upstream(self.carrier),
            Outcome::Files { .. } => Maker::File,
            Outcome::Status { code, .. } if *code < 300 => Maker::File,
            Outcome::Status { .. } if self.has_page => Maker::Page,
            _ => Maker::Own,
        };
        let level = self.number(self.chain(maker));
        let own = Chain { levels: vec![self.server.own().id], maker: Maker::Own };
        let server = ChosenServer { level: self.number(own), place: self.server.place(), listen: self.server.place() };
        let sections = self.sections();
        let location = sections.top().map(|section| ChosenLocation {
            level,
            place: section.place,
            written: self.location_words(),
        });
        Answer {
            server: Some(server),
            location,
            level,
            steps: self.steps.clone(),
            outcome,
            assumptions: self.assumptions.clone(),
            gates: self.gates.clone(),
        }
    }

    /// The same request once more, for what it would come to otherwise.
    pub(super) fn again(&self) -> Run<'a> {
        let mut again = Run::new(self.instance, self.request, self.server, &self.raw, self.decisions.clone());
        again.scope = self.scope.clone();
        again.existing = self.existing.clone();
        again.asked = self.asked.clone();
        again.redirects = self.redirects;
        again.headers = self.headers.clone();
        again.origins = self.origins.clone();
        again.method = Arc::clone(&self.method);
        again.uri = self.uri.clone();
        again.checked = self.checked.clone();
        again
    }
}

fn undecided(reason: HoleReason, place: Option<Place>) -> Answer {
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
