//! A concrete request on its way through one front end.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::HaproxyInstance;
use super::acl::{self, Acl, Condition, Negated, Sense, Term, Test};
use super::address::Bind;
use super::config::{Config, Mode};
use super::headers::Headers;
use super::matching::matches;
use super::rule::Rule;
use super::sample::Sample;
use crate::base::Place;
use crate::facts::HoleReason;
use crate::model::proxy::{Gate, Outcome, Request, Sent};
use crate::model::{Tls, Unknown};

/// How a phase ends the way of a request.
#[derive(Clone, Debug)]
pub(super) enum Stop {
    /// Nobody knows what happens.
    Unknown(Unknown),
    /// The request is answered, or forwarded.
    Done(Outcome),
}

/// Which part of its way a request is on: it decides what conditions may look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Bytes only.
    Connection,
    Request,
    Response,
}

/// What a client's request has become, and all that was met on the way.
pub(super) struct Run<'a> {
    pub instance: &'a HaproxyInstance,
    pub request: &'a Request,
    pub frontend: usize,
    pub bind: &'a Bind,
    pub phase: Phase,
    pub backend: Option<usize>,
    /// The section whose rules are looked at.
    pub section: usize,
    /// The path as the client sent it.
    pub asked_path: String,
    pub path: String,
    pub query: Sent,
    pub method: Arc<str>,
    pub headers: Headers,
    pub variables: BTreeMap<String, Sample>,
    /// The rule that changed the path last.
    pub rewritten: Option<Place>,
    /// The rule that chose the back end.
    pub chosen_by: Option<&'a Rule>,
    /// The rule that is taken to choose the back end, whatever its condition says.
    pub forced: Option<Place>,
    /// `http-request set-timeout tunnel`
    pub tunnel: Option<Place>,
    /// Whether the client has the credentials that are asked for.
    pub credentials: bool,
    pub steps: Vec<(Place, String)>,
    pub gates: Vec<Gate>,
    /// How questions that nobody can answer are taken to be answered, in their order.
    pub decisions: Vec<bool>,
    /// The questions that came up.
    pub asked: Vec<Unknown>,
}

impl<'a> Run<'a> {
    pub fn new(
        instance: &'a HaproxyInstance,
        request: &'a Request,
        (frontend, bind): (usize, &'a Bind),
        path: &str,
        decisions: Vec<bool>,
    ) -> Self {
        Self {
            instance,
            request,
            frontend,
            bind,
            phase: Phase::Request,
            backend: None,
            section: frontend,
            asked_path: path.to_owned(),
            path: path.to_owned(),
            query: request.query.clone(),
            method: Arc::clone(&request.method),
            headers: Headers::of(request, instance.config.mode(frontend)),
            variables: BTreeMap::new(),
            rewritten: None,
            chosen_by: None,
            forced: None,
            tunnel: None,
            credentials: true,
            steps: vec![(bind.place, format!("HAProxy takes the request on port {}", request.port))],
            gates: Vec::new(),
            decisions,
            asked: Vec::new(),
        }
    }

    pub fn config(&self) -> &'a Config {
        &self.instance.config
    }

    /// Runs the request to its outcome.
    pub fn outcome(&mut self) -> Outcome {
        match self.pass() {
            Ok(never) => match never {},
            Err(Stop::Done(outcome)) => outcome,
            Err(Stop::Unknown(why)) => Outcome::Unknown(why),
        }
    }

    fn pass(&mut self) -> Result<std::convert::Infallible, Stop> {
        let http = self.config().mode(self.frontend) == Mode::Http;
        match (self.bind.tls, self.request.tls) {
            // nobody answers
            (Tls::Tls, Tls::Plain) => return Err(self.unsupported(self.bind.place)),
            (Tls::Plain, Tls::Tls) if http => return Err(self.unsupported(self.bind.place)),
            _ => {}
        }
        if !http {
            self.phase = Phase::Connection;
        }
        self.connection_rules(self.frontend)?;
        if http {
            self.check_form()?;
            self.process(self.frontend)?;
        }
        let backend = self.switch()?;
        self.backend = Some(backend);
        self.section = backend;
        if backend != self.frontend {
            if self.config().mode(backend) != self.config().mode(self.frontend) {
                let place = self.config().sections.get(backend).map_or(self.bind.place, |section| section.place);
                return Err(self.unsupported(place));
            }
            self.connection_rules(backend)?;
            if http {
                self.process(backend)?;
            }
        }
        self.forward(backend)
    }

    /// A handshake of WebSocket without a key is refused, and so are two hosts.
    fn check_form(&mut self) -> Result<(), Stop> {
        let has = |name: &str, token: &str| {
            self.headers
                .get(name)
                .iter()
                .flatten()
                .any(|value| value.split(',').any(|one| one.trim().eq_ignore_ascii_case(token)))
        };
        let hosts = self.headers.get("host");
        if hosts.windows(2).any(|pair| matches!(pair, [Ok(one), Ok(other)] if one != other)) {
            return Err(Stop::Done(Outcome::Status { code: 400, place: self.bind.place }));
        }
        let is_handshake = has("upgrade", "websocket") && has("connection", "upgrade");
        let has_key = self.request.headers.get("sec-websocket-key") != Sent::Nothing;
        if is_handshake && !has_key {
            return Err(Stop::Done(Outcome::Status { code: 400, place: self.bind.place }));
        }
        Ok(())
    }

    pub fn unsupported(&self, place: Place) -> Stop {
        Stop::Unknown(Unknown { reason: HoleReason::Unsupported, place: Some(place) })
    }

    /// How a question that nobody can answer is taken to be answered on this way.
    pub fn decide(&mut self, why: Unknown) -> bool {
        let at = self.asked.len();
        self.asked.push(why);
        if let Some(decision) = self.decisions.get(at) {
            return *decision;
        }
        self.decisions.push(false);
        false
    }

    /// Whether a rule applies; what nobody knows is tried both ways.
    pub fn applies(&mut self, rule: &Rule) -> bool {
        match self.holds(rule) {
            Ok(holds) => holds,
            Err(why) => self.decide(why),
        }
    }

    /// Whether a rule applies, or why that is not known.
    pub fn holds(&mut self, rule: &Rule) -> Result<bool, Unknown> {
        let holds = match &rule.condition {
            Some(condition) => self.condition(condition)?,
            None => true,
        };
        match &rule.doubt {
            Some(why) if holds => Err(why.clone()),
            _ => Ok(holds),
        }
    }

    fn condition(&mut self, condition: &Condition) -> Result<bool, Unknown> {
        let mut open = None;
        for terms in &condition.any_of {
            match self.all_of(terms) {
                Ok(true) => return Ok(condition.sense == Sense::If),
                Ok(false) => {}
                Err(why) => open = open.or(Some(why)),
            }
        }
        match open {
            Some(why) => Err(why),
            None => Ok(condition.sense == Sense::Unless),
        }
    }

    fn all_of(&mut self, terms: &[Term]) -> Result<bool, Unknown> {
        let mut open = None;
        for term in terms {
            match self.term(term) {
                Ok(holds) if holds == (term.negated == Negated::Yes) => return Ok(false),
                Ok(_) => {}
                Err(why) => open = open.or(Some(why)),
            }
        }
        open.map_or(Ok(true), Err)
    }

    pub fn term(&mut self, term: &Term) -> Result<bool, Unknown> {
        match &term.test {
            Test::Unread(why) => Err(why.clone()),
            Test::Inline(acl) => self.acl(acl),
            Test::Named(name) => {
                let config = self.config();
                let lines = config.acls(self.section, name);
                if lines.is_empty() {
                    // HAProxy does not start without the ACL
                    let missing =
                        Unknown { reason: HoleReason::UnknownName(Arc::clone(name)), place: Some(term.place) };
                    let acl = acl::predefined(name, term.place).ok_or(missing)?;
                    return self.acl(&acl);
                }
                let mut open = None;
                for acl in lines {
                    match self.acl(acl) {
                        Ok(true) => return Ok(true),
                        Ok(false) => {}
                        Err(why) => open = open.or(Some(why)),
                    }
                }
                open.map_or(Ok(false), Err)
            }
        }
    }

    pub fn acl(&mut self, acl: &Acl) -> Result<bool, Unknown> {
        if let Some(why) = &acl.unknown {
            return Err(why.clone());
        }
        // a rule may ask for one ACL after another, of which each compares many texts
        if !self.instance.effort.spend(1 + acl.patterns.len() as u64, acl.place) {
            return Err(Unknown { reason: HoleReason::Limit, place: Some(acl.place) });
        }
        let sample = self.sample(&acl.expression, acl.place);
        matches(acl, &sample, &self.instance.effort)
    }
}
