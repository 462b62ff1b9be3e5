//! What nginx does with a request.

use super::NginxInstance;
use super::run::{Run, unknown};
use super::select;
use super::uri::BadPath;
use crate::base::{Limit, Place};
use crate::facts::HoleReason;
use crate::model::Unknown;
use crate::model::proxy::{Answer, BlockId, Request, Witness, answer_with_witnesses};

impl NginxInstance {
    /// What it does with a request. Unknown parts of the path are tried with several texts: where they lead to different
    /// ends, the outcome is unknown.
    #[must_use]
    pub(super) fn answer_to(&self, request: &Request) -> Answer {
        if let Some(Unknown { reason, place }) = self.tree.cut_short.why() {
            return undecided(reason, place);
        }
        answer_with_witnesses(&request.path, |witness| self.answer_concrete(request, witness))
            .unwrap_or_else(|| undecided(HoleReason::Runtime, None))
    }

    /// The answer to the request with `witness` for each unknown piece of the path.
    fn answer_concrete(&self, request: &Request, witness: Witness) -> Answer {
        let path = witness.fill(&request.path);
        let candidates = select::servers(&self.tree, request);
        if let Some(last) = candidates.servers.get(CANDIDATES.most_items()) {
            self.tree.effort.reached(last.listen.place, &CANDIDATES);
            return undecided(HoleReason::Limit, Some(last.listen.place));
        }
        let mut found: Option<Answer> = None;
        for candidate in &candidates.servers {
            let mut run = Run::new(self, request, candidate, &path);
            // a name that the client states before the request is known decides earlier
            let reader = if run.tls && names_itself(request) { Some(candidate) } else { candidates.default.as_ref() };
            let reader = reader.unwrap_or(candidate);
            let outcome = match run.read_path(reader.server) {
                Err(BadPath::Refused) => {
                    run = Run::new(self, request, reader, &path);
                    let step = run.special(400, reader.listen.place, None);
                    run.finish(step)
                }
                Err(BadPath::NotText) => unknown(HoleReason::Unsupported, None),
                Ok(()) => match candidates.plain_to_tls {
                    Some(place) => {
                        run.tls = false;
                        run.steps = vec![(place, "a plain request to a port that speaks TLS".to_owned())];
                        let step = run.special(497, place, None);
                        run.finish(step)
                    }
                    None => run.outcome(),
                },
            };
            let answer = witness.restore(run.answer(outcome));
            match &found {
                None => found = Some(answer),
                Some(known) if known.outcome == answer.outcome => {}
                Some(_) => return undecided(HoleReason::Runtime, Some(candidate.listen.place)),
            }
        }
        found.unwrap_or_else(|| undecided(HoleReason::Unsupported, None))
    }
}

/// Servers that one request may meet, because its host or their names are not known.
const CANDIDATES: Limit = Limit::new(
    500,
    "servers that a request of an unknown host may meet",
    "which of them answers is unknown",
    "say the names of the servers in `server_name`, or check parts of the repository by themselves",
);

/// Whether a TLS client states the name of the server in its first message: it does for names, not for addresses.
fn names_itself(request: &Request) -> bool {
    let name = request.host.as_deref();
    name.is_none_or(|name| !name.is_empty() && name.parse::<std::net::IpAddr>().is_err())
}

fn undecided(reason: HoleReason, place: Option<Place>) -> Answer {
    Answer {
        server: None,
        location: None,
        level: BlockId(0),
        steps: Vec::new(),
        outcome: unknown(reason, place),
        assumptions: Vec::new(),
        gates: Vec::new(),
    }
}
