//! What becomes of a request.

use std::sync::Arc;

use super::IngressInstance;
use super::config::{Backend, Controller, Location, Server, ServerTls, SslRedirect};
use super::paths::Taken;
use super::select::Host;
use crate::base::Place;
use crate::facts::HoleReason;
use crate::model::proxy::{
    Answer, BlockId, ChosenLocation, ChosenServer, HeaderValue, Outcome, Request, Sent, answer_with_witnesses,
};
use crate::model::{Assumption, Tls, Unknown};

/// The block of a request that no path takes.
const NO_BLOCK: BlockId = BlockId(u32::MAX);

impl IngressInstance {
    pub(super) fn answer_to(&self, request: &Request) -> Answer {
        let found = answer_with_witnesses(&request.path, |witness| {
            witness.restore(self.concrete(request, &witness.fill(&request.path)))
        });
        found.unwrap_or_else(|| self.bare(Outcome::Unknown(self.unknown_at(self.first))))
    }

    fn unknown_at(&self, place: Place) -> Unknown {
        Unknown { reason: HoleReason::Unsupported, place: Some(place) }
    }

    fn bare(&self, outcome: Outcome) -> Answer {
        Answer {
            server: None,
            location: None,
            level: NO_BLOCK,
            steps: Vec::new(),
            outcome,
            assumptions: Vec::new(),
            gates: Vec::new(),
        }
    }

    fn concrete(&self, request: &Request, path: &str) -> Answer {
        if let Some(why) = &self.config.other {
            return self.bare(Outcome::Unknown(why.clone()));
        }
        // what no browser sends as it is written
        if path.contains('%') || path.contains("//") || path.contains("/.") || !path.starts_with('/') {
            return self.bare(Outcome::Unknown(self.unknown_at(self.first)));
        }
        let server = match self.host(request.host.as_deref()) {
            Host::Of(server) => server,
            Host::Nobody if self.is_known_elsewhere(request) => {
                return self.bare(Outcome::Unknown(self.unknown_at(self.first)));
            }
            Host::Nobody => return self.bare(Outcome::Status { code: 404, place: self.first }),
            Host::Unknown => return self.bare(Outcome::Unknown(self.unknown_at(self.first))),
        };
        if let Some(why) = &server.mixed {
            return self.bare(Outcome::Unknown(why.clone()));
        }
        let mut answer = self.bare(Outcome::Status { code: 404, place: server.place });
        answer.server = Some(ChosenServer { level: NO_BLOCK, place: server.place, listen: server.place });
        let shown = server.host.as_deref().unwrap_or("any host");
        answer.steps.push((server.place, format!("the rules for {shown}")));
        if let Some((root, place)) = server.app_root.as_ref().filter(|_| path == "/") {
            answer.outcome = redirect(302, root, *place);
            return answer;
        }
        let taken = server.pick(path, &self.patterns);
        let length = match taken {
            Taken::By(location) | Taken::WithSlash(location) => location.path.len(),
            Taken::ByNone | Taken::Unknown(_) => 0,
        };
        if self.may_be_taken_elsewhere(server, request, path, length) {
            answer.outcome = Outcome::Unknown(self.unknown_at(server.place));
            return answer;
        }
        match taken {
            Taken::By(location) => self.at(server, location, request, path, answer),
            Taken::WithSlash(location) => {
                answer.location = Some(chosen(location));
                answer.level = BlockId(location.id);
                answer.steps.push((location.place, format!("path `{}`", location.path)));
                answer.outcome = match redirect(301, &format!("{path}/"), location.place) {
                    Outcome::Redirect { code, target, location, place, .. } => {
                        Outcome::Redirect { code, target, location, place, automatic_slash: true }
                    }
                    other => other,
                };
                answer
            }
            Taken::Unknown(location) => {
                answer.outcome = Outcome::Unknown(self.unknown_at(location.place));
                answer
            }
            // others than nginx go on to the rules of a star and of any host
            Taken::ByNone if server.controller != Controller::Nginx && self.has_wider(server) => {
                answer.outcome = Outcome::Unknown(self.unknown_at(server.place));
                answer
            }
            Taken::ByNone => {
                answer.location = Some(ChosenLocation {
                    level: NO_BLOCK,
                    place: server.place,
                    written: format!("host {shown}").into(),
                });
                answer
            }
        }
    }

    /// What a path makes of a request.
    pub(super) fn at(
        &self,
        server: &Server,
        location: &Location,
        request: &Request,
        path: &str,
        mut answer: Answer,
    ) -> Answer {
        let terms = &location.terms;
        answer.location = Some(chosen(location));
        answer.level = BlockId(location.id);
        answer.steps.push((location.place, format!("path `{}`", location.path)));
        answer.gates.clone_from(&terms.gates);
        if let Some(why) = &terms.unknown {
            answer.outcome = Outcome::Unknown(why.clone());
            return answer;
        }
        if let Some((code, target, place)) = &terms.redirect {
            answer.outcome = redirect(*code, target, *place);
            return answer;
        }
        if request.tls == Tls::Plain
            && let Some(outcome) = self.to_https(server, location, request, path)
        {
            // a ConfigMap of the controller may switch the default off
            if location.terms.ssl_redirect == SslRedirect::WithCertificate {
                answer.assumptions.push(Assumption::NoOverride("ssl-redirect".into()));
            }
            answer.outcome = outcome;
            return answer;
        }
        answer.outcome = match &location.backend {
            Backend::Unknown(why) => Outcome::Unknown(why.clone()),
            Backend::Service { host, port, place } => self.forward(location, request, path, (host, *port, *place)),
        };
        answer
    }

    /// The redirect of a plain request, where there is one.
    fn to_https(&self, server: &Server, location: &Location, request: &Request, path: &str) -> Option<Outcome> {
        let place = match (location.terms.ssl_redirect, server.tls) {
            (SslRedirect::Always(place), _) | (SslRedirect::WithCertificate, ServerTls::Here(place)) => place,
            (SslRedirect::Never, _) | (SslRedirect::WithCertificate, ServerTls::Unsaid) => return None,
        };
        if server.controller != Controller::Nginx {
            return Some(Outcome::Unknown(self.unknown_at(place)));
        }
        let host = request.host.as_deref().unwrap_or("{...}");
        let query = match &request.query {
            Sent::Text(query) => format!("?{query}"),
            Sent::Nothing => String::new(),
            Sent::Unknown => "{...}".to_owned(),
        };
        Some(redirect(308, &format!("https://{host}{path}{query}"), place))
    }
}

/// A path as the one that was chosen.
pub(super) fn chosen(location: &Location) -> ChosenLocation {
    ChosenLocation {
        level: BlockId(location.id),
        place: location.place,
        written: format!("path {}", location.path).into(),
    }
}

fn redirect(code: u16, target: &str, place: Place) -> Outcome {
    let target: Arc<str> = target.into();
    let location = if target.contains("{...}") || target.contains('$') {
        HeaderValue::Unknown(Unknown { reason: HoleReason::Runtime, place: Some(place) })
    } else {
        HeaderValue::Known(Arc::clone(&target))
    };
    Outcome::Redirect { code, target, location, place, automatic_slash: false }
}
