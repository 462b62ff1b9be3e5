//! What nginx does with a request.

use std::sync::Arc;

use super::NginxInstance;
use super::headers::{SpokenVersion, UpstreamHeaders};
use super::request::{Request, Sent};
use super::run::Run;
use super::select;
use super::tree::LevelId;
use crate::base::Place;
use crate::facts::HoleReason;
use crate::model::{Assumption, PathPiece, PathText, Unknown, Wiring};

/// The answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// Server and location that were chosen, with the places that show it, in words for people.
    pub steps: Vec<(Place, String)>,
    /// The outcome.
    pub outcome: Outcome,
    /// What the outcome rests on.
    pub assumptions: Vec<Assumption>,
}

/// The outcome of a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Forwarded.
    Proxied(Box<Proxied>),
    /// Answered by a redirect.
    Redirect {
        /// The status.
        code: u16,
        /// The address as configured.
        target: Arc<str>,
        /// Where.
        place: Place,
        /// The slash that nginx adds by itself to `/ws` for `location /ws/`.
        automatic_slash: bool,
    },
    /// Answered from files: by a file or the single-page fallback.
    Files {
        /// The location, as written (`/`).
        location: Arc<str>,
        /// The location's place.
        place: Place,
    },
    /// Answered with a fixed status.
    Status {
        /// The status.
        code: u16,
        /// Where.
        place: Place,
    },
    /// Not known: Lua, unknown modules, holes.
    Unknown(Unknown),
}

/// A forwarded request.
#[derive(Clone, Debug, PartialEq)]
pub struct Proxied {
    /// The location as written, with its modifier (`~ ^/ws`).
    pub location: Arc<str>,
    /// The location's line.
    pub location_place: Place,
    /// The level whose directives are in effect: the location, or an `if` in it that holds `proxy_pass`.
    pub level: LevelId,
    /// The `proxy_pass` directive.
    pub pass_place: Place,
    /// `http` or `https` to the upstream.
    pub scheme: Arc<str>,
    /// The members that it may be sent to: host and port, with their places; more than one for an `upstream` block.
    pub targets: Vec<Target>,
    /// The name of the `upstream` block, when there is one.
    pub upstream: Option<Arc<str>>,
    /// The path that the upstream receives.
    pub path: PathText,
    /// What follows the `?` of the address that the upstream receives.
    pub query: Sent,
    /// The version of HTTP that nginx speaks to the upstream.
    pub http_version: SpokenVersion,
    /// The headers that the upstream receives.
    pub headers: UpstreamHeaders,
    /// What becomes of the upgrade.
    pub upgrade: Upgrade,
    /// The effective `proxy_set_header Host` value, or nginx's default `$proxy_host`.
    pub host_header: Arc<str>,
    /// Whether an `Origin` gate in nginx itself lets only known origins in (`if ($http_origin ...)`).
    pub origin_gate: Option<Place>,
}

/// A member of an upstream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Host name or address; `None` when it holds variables that are not known.
    pub host: Option<Arc<str>>,
    /// Port; `None` when it holds variables that are not known, and for a unix socket.
    pub port: Option<u16>,
    /// Where it is written.
    pub place: Place,
}

/// Whether the headers that the upstream receives carry a WebSocket upgrade.
#[derive(Clone, Debug, PartialEq)]
pub enum Upgrade {
    /// They do.
    Carried,
    /// They do not.
    Lost(LostUpgrade),
    /// They do, but over HTTP/1.0 (`place`: the location), unless nginx is 1.29.7 or newer when `version_dependent`.
    Http10 {
        /// Whether a newer nginx would use 1.1 by default.
        version_dependent: bool,
    },
    /// Not known.
    Unknown(Unknown),
}

/// Why an upgrade is lost.
#[derive(Clone, Debug, PartialEq)]
pub struct LostUpgrade {
    /// In words, as a clause that names the header: "no `proxy_set_header Upgrade` is in effect".
    pub problem: String,
    /// The headers to set.
    pub missing: Vec<Arc<str>>,
    /// Where the mend goes: the location, or the directive with the wrong value.
    pub place: Place,
    /// When they are set at an outer level and dropped by an inner one: the outer level's word, the lost directives, and
    /// the inner directive that drops them.
    pub dropped: Option<Dropped>,
}

/// Headers that an inner level drops.
#[derive(Clone, Debug, PartialEq)]
pub struct Dropped {
    /// `http`, `server` or `location`.
    pub level: Arc<str>,
    /// The names of the lost headers.
    pub lost: Vec<Arc<str>>,
    /// Where they are set.
    pub set_at: Vec<Place>,
    /// The first `proxy_set_header` of the inner level.
    pub dropped_by: Place,
}

impl NginxInstance {
    /// What it does with a request. Unknown parts of the path are tried with several texts: where they lead to different
    /// ends, the outcome is unknown.
    #[must_use]
    pub fn answer(&self, _wiring: &Wiring, request: &Request) -> Answer {
        let mut answers: Vec<Answer> = Vec::new();
        for witness in WITNESSES {
            let answer = self.answer_concrete(request, *witness);
            match answers.first() {
                Some(first) if *first == answer => {}
                Some(_) => {
                    answers.push(answer);
                    break;
                }
                None => answers.push(answer),
            }
            if !request.path.0.iter().any(|piece| !matches!(piece, PathPiece::Known(_))) {
                break;
            }
        }
        let differ = answers.len() > 1;
        let Some(first) = answers.into_iter().next() else { return undecided(HoleReason::Unsupported, None) };
        if differ { undecided(HoleReason::Runtime, None) } else { first }
    }

    /// The answer to the request with `witness` for each unknown piece of the path.
    fn answer_concrete(&self, request: &Request, witness: Witness) -> Answer {
        let path = witness.fill(&request.path);
        let candidates = select::servers(&self.tree, request.port, request.tls, request.host.as_deref());
        if let Some(place) = candidates.plain_to_tls {
            let steps = vec![(place, "a plain request to a port that speaks TLS".to_owned())];
            return Answer { steps, outcome: Outcome::Status { code: 400, place }, assumptions: Vec::new() };
        }
        let mut found: Option<Answer> = None;
        for (server, listen) in &candidates.servers {
            let mut run = Run::new(self, request, *server, listen, &path);
            let outcome = witness.restore(run.outcome());
            let steps = run.steps.into_iter().map(|(place, shows)| (place, witness.restore_text(&shows))).collect();
            let answer = Answer { steps, outcome, assumptions: run.assumptions };
            match &found {
                None => found = Some(answer),
                Some(known) if known.outcome == answer.outcome => {}
                Some(_) => return undecided(HoleReason::Runtime, Some(listen.place)),
            }
        }
        found.unwrap_or_else(|| undecided(HoleReason::Unsupported, None))
    }
}

fn undecided(reason: HoleReason, place: Option<Place>) -> Answer {
    Answer { steps: Vec::new(), outcome: Outcome::Unknown(Unknown { reason, place }), assumptions: Vec::new() }
}

/// Texts that stand for unknown pieces of a path while a request is tried.
#[derive(Clone, Copy, Debug)]
struct Witness {
    segment: &'static str,
    rest: &'static str,
}

/// Different enough that a choice that looks at the unknown part shows; ids do not look like file names.
const WITNESSES: &[Witness] = &[
    Witness { segment: "wl0segment", rest: "wl0rest" },
    Witness { segment: "739051846", rest: "739051846/wl1rest" },
    Witness { segment: "5f0c-A_e1", rest: "5f0c-A_e1/x/y" },
];

impl Witness {
    fn fill(self, path: &PathText) -> String {
        path.0
            .iter()
            .map(|piece| match piece {
                PathPiece::Known(text) => &**text,
                PathPiece::Segment => self.segment,
                PathPiece::Rest => self.rest,
            })
            .collect()
    }

    /// Puts the unknown pieces back into the path that the upstream receives.
    fn restore(self, outcome: Outcome) -> Outcome {
        match outcome {
            Outcome::Proxied(mut proxied) => {
                proxied.path = self.restore_path(&proxied.path);
                Outcome::Proxied(proxied)
            }
            Outcome::Redirect { code, target, place, automatic_slash } => {
                let target = self.restore_text(&target).into();
                Outcome::Redirect { code, target, place, automatic_slash }
            }
            other => other,
        }
    }

    fn restore_text(self, text: &str) -> String {
        text.replace(self.rest, "{...}").replace(self.segment, "{...}")
    }

    fn restore_path(self, path: &PathText) -> PathText {
        let mut pieces = Vec::new();
        for piece in &path.0 {
            let PathPiece::Known(text) = piece else {
                pieces.push(piece.clone());
                continue;
            };
            let mut text: &str = text;
            while !text.is_empty() {
                let marks = [
                    (text.find(self.rest), self.rest, PathPiece::Rest),
                    (text.find(self.segment), self.segment, PathPiece::Segment),
                ];
                let next = marks
                    .into_iter()
                    .filter_map(|(at, mark, piece)| Some((at?, mark, piece)))
                    .min_by_key(|(at, ..)| *at);
                let Some((at, mark, unknown)) = next else {
                    pieces.push(PathPiece::Known(text.into()));
                    break;
                };
                if at > 0 {
                    pieces.push(PathPiece::Known(text.get(..at).unwrap_or_default().into()));
                }
                pieces.push(unknown);
                text = text.get(at + mark.len()..).unwrap_or_default();
            }
        }
        PathText(pieces)
    }
}
