//! CORS of plain requests: origin, credentials, and what browsers ask ahead.

use std::sync::Arc;

use super::admission::{Admission, OTHER_NAME, Relation, admitted};
use super::walk::{Candidate, Walk};
use crate::facts::{ClientApi, GateVerdict, Order, OriginLibrary};
use crate::model::policy_causes::refused_to_everybody;
use crate::model::{
    Admits, CauseKind, HopKind, Layer, Listed, MethodRefuser, OriginPolicy, PathPiece, PathText, Registration, Rest,
    Route, RouteId,
};

/// Methods that browsers send without asking.
const SIMPLE: &[&str] = &["GET", "HEAD", "POST"];

/// How one registration comes out.
enum Judged {
    LetsIn,
    Breaks(Box<Candidate>, String),
    Unknown(String),
}

impl Judged {
    fn or_else(self, other: impl FnOnce() -> Self) -> Self {
        match self {
            Self::LetsIn => other(),
            known => known,
        }
    }
}

impl Walk<'_> {
    /// Whether the registrations let the page read the answer. One that does is enough: a second may be for other paths.
    pub(super) fn cors(&mut self, origin: &str, policies: &[&OriginPolicy], routes: &[RouteId], path: &PathText) {
        let path = example(path);
        let mut refused: Option<Candidate> = None;
        let mut broken = None;
        let mut unknown = None;
        let mut aside = None;
        let mut late = None;
        let mut perhaps = None;
        for policy in policies {
            let covered = policy.covers.takes(&path, self.wiring.comparisons.at(policy.place));
            if covered == Some(false) || !acts_on(policy, self.method()) {
                continue;
            }
            if let Some(route) = self.registered_before(policy, routes) {
                late = late.or(Some((*policy, route)));
                continue;
            }
            match admitted(
                origin,
                policy.library,
                &policy.admits,
                Relation::Other,
                self.wiring.comparisons.at(policy.place),
            ) {
                Admission::Yes => match self.details(policy, origin, &path).or_else(|| self.in_front(policy, &path)) {
                    Judged::LetsIn if covered.is_none() => match self.unanswered(policy, policies, &path) {
                        Some((_, note)) => unknown = Some(note),
                        None => perhaps = perhaps.or(Some(*policy)),
                    },
                    Judged::LetsIn => match self.unanswered(policy, policies, &path) {
                        Some((candidate, note)) => broken = broken.or(Some((Box::new(candidate), note))),
                        None => {
                            self.holds(HopKind::Origin, &[policy.place], format!("`{origin}` is let in"));
                            return;
                        }
                    },
                    Judged::Breaks(candidate, note) => broken = broken.or(Some((candidate, note))),
                    Judged::Unknown(why) => unknown = Some(why),
                },
                Admission::Unknown(why) => unknown = Some(why),
                Admission::OtherName(entry) => {
                    aside = self.other_name(origin, policy.place, &entry);
                    unknown = Some(OTHER_NAME.to_owned());
                }
                Admission::Misspelt(entry) => {
                    let note = format!("`{}` never equals `{origin}`", entry.text);
                    match self.misspelt(policy, &entry) {
                        Some(candidate) => broken = broken.or(Some((Box::new(candidate), note))),
                        None => unknown = Some(note),
                    }
                }
                Admission::No(entries) => {
                    refused = Some(self.refusal(origin, policy.place, &entries, &policy.assumptions, false));
                }
            }
        }
        if let Some(policy) = perhaps {
            if unknown.is_none() && broken.is_none() && refused.is_none() {
                self.holds(HopKind::Origin, &[policy.place], format!("`{origin}` is let in"));
                return;
            }
            unknown = unknown.or(Some("which requests one of the CORS registrations is for is not known".to_owned()));
        }
        if let Some(why) = unknown {
            self.asides.extend(aside);
            self.unknown(HopKind::Origin, &[], why);
        } else if let Some((candidate, note)) = broken {
            self.breaks(HopKind::Origin, *candidate, note);
        } else if let Some(candidate) = refused {
            self.refused(candidate, origin);
        } else if let Some((policy, route)) = late {
            let (candidate, note) = self.too_late(policy, route);
            self.breaks(HopKind::Origin, candidate, note);
        } else {
            self.left_out(origin, policies, routes, &path);
        }
    }

    /// The route that is registered before the policy, which acts on later ones alone; `None` when it may act.
    fn registered_before(&self, policy: &OriginPolicy, routes: &[RouteId]) -> Option<&Route> {
        let ordered = (policy.order == Order::BeforeRoutes).then_some(&policy.registered)?;
        let mut all = routes.iter().filter_map(|id| self.wiring.routes.get(id.0 as usize)).peekable();
        let first = *all.peek()?;
        // Only where the outermost registration in the same function comes first is all of it before the policy.
        // In one registration what is for the headers comes in front of the handler.
        let is_together = |it: &Registration| {
            it.place.file == ordered.place.file && it.place.span.cover(ordered.place.span) == it.place.span
        };
        let before = |route: &Route| {
            if route.registered.iter().any(is_together) {
                return false;
            }
            let comparable = route.registered.iter().filter_map(|it| it.is_before(ordered));
            let mut comparable = comparable.peekable();
            comparable.peek().is_some() && comparable.all(|before| before)
        };
        all.all(before).then_some(first)
    }

    fn too_late(&self, policy: &OriginPolicy, route: &Route) -> (Candidate, String) {
        let name: Arc<str> = route.path.value().cloned().flatten().unwrap_or_else(|| Arc::from("/"));
        let candidate = self
            .at(CauseKind::CorsMiddlewareOrder { route: name.clone() }, policy, "order")
            .link(route.place, "the route");
        (candidate, format!("CORS is registered after the route `{name}`, which answers without it"))
    }

    fn at(&self, kind: CauseKind, policy: &OriginPolicy, key: &str) -> Candidate {
        Candidate::new(kind, policy.place, key)
            .link(self.connection.place, format!("asks for `{}`", self.url().display))
            .resting_on(&policy.assumptions)
            .resting_on(&self.url().assumptions)
    }

    /// What the browser asks ahead, where the registration of one route alone would answer: the framework answers OPTIONS by
    /// itself there, without the headers. Of a router nobody knows whether it takes the path at all.
    fn unanswered(&self, policy: &OriginPolicy, all: &[&OriginPolicy], path: &str) -> Option<(Candidate, String)> {
        let of_route = policy.order == Order::WithRoute && !acts_on(policy, "OPTIONS");
        if !of_route || !self.asks_ahead() {
            return None;
        }
        let answers = |other: &&OriginPolicy| {
            acts_on(other, "OPTIONS")
                && other.covers.takes(path, self.wiring.comparisons.at(other.place)) != Some(false)
        };
        if all.iter().any(answers) {
            return None;
        }
        let kind = CauseKind::CorsWithoutPreflight { method: Arc::from(self.method()), path: path.to_owned() };
        let note = "nothing answers what the browser asks ahead with CORS headers".to_owned();
        Some((self.at(kind, policy, "preflight"), note))
    }

    /// Whether the browser asks ahead.
    fn asks_ahead(&self) -> bool {
        let simple = SIMPLE.contains(&self.method()) && self.connection.headers.asked.is_empty();
        self.connection.api != ClientApi::EventSource && !simple
    }

    /// Whether something in front of the registration answers what the browser asks ahead.
    fn in_front(&self, policy: &OriginPolicy, path: &str) -> Judged {
        if !self.asks_ahead() {
            return Judged::LetsIn;
        }
        let below = |layer: &&Layer| match layer.prefix.as_ref().map(|prefix| prefix.value()) {
            None => true,
            Some(Some(prefix)) => {
                let rest = path.strip_prefix(prefix.trim_end_matches('/'));
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            }
            Some(None) => false,
        };
        let layers: Vec<&Layer> =
            self.wiring.layers.iter().filter(|layer| layer.is_before(policy)).filter(below).collect();
        if let Some(layer) = layers.iter().find(|layer| matches!(layer.verdict, GateVerdict::Refuses(_))) {
            let kind = CauseKind::CorsBehindLogin { layer: layer.name.clone() };
            let candidate = self.at(kind, policy, "order").link(layer.registered.place, "answers before it");
            let note = format!("`{}` answers what the browser asks ahead, without CORS headers", layer.name);
            return Judged::Breaks(Box::new(candidate), note);
        }
        match layers.first() {
            Some(layer) => Judged::Unknown(format!("`{}` is in front of CORS and may answer by itself", layer.name)),
            None => Judged::LetsIn,
        }
    }

    fn details(&self, policy: &OriginPolicy, origin: &str, path: &str) -> Judged {
        if let Some(judged) = self.credentials(policy, origin) {
            return judged;
        }
        self.preflight(policy, path)
    }

    fn credentials(&self, policy: &OriginPolicy, origin: &str) -> Option<Judged> {
        match (self.connection.credentials, policy.credentials) {
            (Some(true), Some(false)) => {
                let kind = CauseKind::MissingAllowCredentials { origin: Arc::from(origin) };
                let candidate = self.at(kind, policy, "credentials");
                let note = "the request has credentials, which the CORS registration does not admit".to_owned();
                Some(Judged::Breaks(Box::new(candidate), note))
            }
            (Some(true), Some(true)) if matches!(policy.admits, Admits::Any(_)) => match policy.library {
                // Both answer with the origin itself.
                OriginLibrary::FlaskCors | OriginLibrary::DjangoCors => None,
                OriginLibrary::StarletteCors | OriginLibrary::HonoCors | OriginLibrary::KoaCors => Some(
                    Judged::Unknown("what is sent for `*` depends on the version of the CORS middleware".to_owned()),
                ),
                _ => refused_to_everybody(self.wiring, policy).map(|cause| {
                    let candidate = Candidate::new(cause.kind, cause.place, cause.key)
                        .link(self.connection.place, format!("asks for `{}`", self.url().display))
                        .resting_on(&cause.assumptions);
                    Judged::Breaks(
                        Box::new(candidate),
                        "browsers take no `*` for a request with credentials".to_owned(),
                    )
                }),
            },
            (None, Some(false)) => Some(Judged::Unknown("whether credentials are sent is not known".to_owned())),
            (Some(true), None) => {
                Some(Judged::Unknown("whether the CORS registration admits credentials is not known".to_owned()))
            }
            _ => None,
        }
    }

    /// What the browser asks ahead of a request that no form could send.
    fn preflight(&self, policy: &OriginPolicy, path: &str) -> Judged {
        if self.connection.api == ClientApi::EventSource {
            return Judged::LetsIn;
        }
        let (method, sent) = (self.method(), &self.connection.headers);
        let simple = SIMPLE.contains(&method);
        if simple && sent.asked.is_empty() {
            let unsure = sent.rest == Rest::Unknown && !self.admits_anything(policy);
            return if unsure {
                Judged::Unknown("the headers of the request are not known".to_owned())
            } else {
                Judged::LetsIn
            };
        }
        // Starlette refuses the question itself; elsewhere the browser compares, and never asks about simple methods.
        let strict = policy.library == OriginLibrary::StarletteCors;
        match &policy.preflight.methods {
            Listed::Only(list) if (strict || !simple) && !list.iter().any(|it| &**it == method) => {
                let by = MethodRefuser::Preflight(list.clone());
                let kind = CauseKind::MethodMismatch { method: Arc::from(method), path: path.to_owned(), by };
                let candidate = self.at(kind, policy, method);
                return Judged::Breaks(Box::new(candidate), format!("the preflight refuses {method}"));
            }
            Listed::Unknown if strict || !simple => {
                return Judged::Unknown("the methods that CORS admits are not known".to_owned());
            }
            _ => {}
        }
        match &policy.preflight.headers {
            Listed::Only(list) => {
                let refused: Vec<Arc<str>> = sent
                    .asked
                    .iter()
                    .filter(|name| !(strict && &***name == "content-type"))
                    .filter(|name| !list.iter().any(|it| it.eq_ignore_ascii_case(name)))
                    .cloned()
                    .collect();
                if !refused.is_empty() {
                    let note = format!("the preflight refuses the header `{}`", refused.join("`, `"));
                    let key = refused.join(" ");
                    let kind = CauseKind::HeaderNotAllowed { headers: refused, admitted: list.clone() };
                    return Judged::Breaks(Box::new(self.at(kind, policy, &key)), note);
                }
                if sent.rest == Rest::Unknown {
                    return Judged::Unknown("the headers of the request are not known".to_owned());
                }
            }
            Listed::Unknown if !sent.asked.is_empty() => {
                return Judged::Unknown("the headers that CORS admits are not known".to_owned());
            }
            Listed::Any | Listed::Unknown => {}
        }
        Judged::LetsIn
    }

    fn admits_anything(&self, policy: &OriginPolicy) -> bool {
        let methods = match &policy.preflight.methods {
            Listed::Any => true,
            Listed::Only(list) => list.iter().any(|it| &**it == self.method()),
            Listed::Unknown => false,
        };
        methods && policy.preflight.headers == Listed::Any
    }
}

/// Whether a registration acts on requests of a method: one of a route does so for that route's methods.
fn acts_on(policy: &OriginPolicy, method: &str) -> bool {
    policy.order != Order::WithRoute || policy.methods.is_empty() || policy.methods.iter().any(|it| &**it == method)
}

/// A path with something in place of what is not known.
fn example(path: &PathText) -> String {
    let piece = |piece: &PathPiece| match piece {
        PathPiece::Known(text) => text.to_string(),
        PathPiece::Segment | PathPiece::Rest => "x".to_owned(),
    };
    path.0.iter().map(piece).collect()
}
