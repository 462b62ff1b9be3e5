//! A concrete request on its way through one server: nginx's phases, one after the other.

use std::sync::Arc;

use super::NginxInstance;
use super::headers;
use super::select::{self, Candidate, Chosen};
use super::tree::{LevelId, LevelKind, Tree};
use super::uri::{BadPath, Slashes, names_file, normalize};
use super::variables::{Evaluated, Variables};
use crate::base::Place;
use crate::facts::HoleReason;
use crate::model::proxy::{Answer, ChosenLocation, ChosenServer, Gate, Outcome, Request, Sent};
use crate::model::{Assumption, Tls, Unknown};

/// nginx stops a request after ten changes of its address.
const MAX_CHANGES: u32 = 10;

/// Subrequests in subrequests end here.
const MAX_SUBREQUESTS: usize = 4;

/// A request whose path is a concrete text.
#[derive(Clone)]
pub(super) struct Run<'a> {
    pub instance: &'a NginxInstance,
    pub tree: &'a Tree,
    pub request: &'a Request,
    pub server: LevelId,
    /// The directive that takes the request.
    pub listen: Place,
    pub variables: Variables,
    /// The client's headers that nginx accepts.
    pub client_headers: Vec<(Arc<str>, Sent)>,
    pub tls: bool,
    /// The path as the client sent it.
    pub raw: String,
    /// The path as locations see it, rewritten or not.
    pub uri: Evaluated,
    /// The query.
    pub args: Evaluated,
    pub method: Arc<str>,
    /// The path held escapes or a `+`: groups of it are escaped where they become part of an address.
    pub escapes: bool,
    /// The path held escapes.
    pub quoted: bool,
    /// No longer the client's own request.
    pub internal: bool,
    /// The upstream may get the path as the client sent it.
    pub valid_raw: bool,
    /// The location's prefix may be replaced.
    pub valid_location: bool,
    /// `rewrite` asks for another choice of the location.
    pub uri_changed: bool,
    changes_left: u32,
    /// The level whose directives are in effect: a location, an `if` or a `limit_except` in it, or the server.
    pub level: LevelId,
    /// The level whose `proxy_pass` or other handler makes the content.
    pub handler: Option<LevelId>,
    /// An `error_page` was applied, and no other is.
    pub error_page_used: bool,
    /// The status that an error set, which the answer keeps.
    pub kept_status: Option<(u16, Place)>,
    /// A file that is taken to be there, because a fallback leads to it.
    pub existing: Option<String>,
    pub proxy_host: Option<Evaluated>,
    pub proxy_port: Option<Evaluated>,
    /// Asks only whether another request may pass.
    pub subrequest: usize,
    pub steps: Vec<(Place, String)>,
    pub assumptions: Vec<Assumption>,
    pub origin_gate: Option<Place>,
    pub gates: Vec<Gate>,
}

/// Where a request goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    ServerRewrite,
    FindLocation,
    Rewrite,
    PostRewrite,
    Access,
    TryFiles,
    Content,
}

/// How a phase ends.
#[derive(Debug)]
pub(super) enum Step {
    Go(Phase),
    Done(Outcome),
}

impl<'a> Run<'a> {
    pub fn new(instance: &'a NginxInstance, request: &'a Request, candidate: &Candidate, path: &str) -> Self {
        let tree = &instance.tree;
        let listen = &candidate.listen;
        let mut variables = Variables::default();
        if let Some(found) = candidate.found.clone() {
            found.install(&mut variables);
        }
        let args = match &request.query {
            Sent::Nothing => Evaluated::default(),
            Sent::Text(text) => Evaluated::known(text),
            Sent::Unknown => Evaluated::unknown(HoleReason::Runtime),
        };
        let steps = vec![(listen.place, format!("nginx takes the request on port {}", request.port))];
        Self {
            instance,
            tree,
            request,
            server: candidate.server,
            listen: listen.place,
            variables,
            client_headers: headers::accepted(tree, candidate.server, candidate.server, &request.headers),
            tls: listen.tls || request.tls == Tls::Tls,
            raw: path.to_owned(),
            uri: Evaluated::default(),
            args,
            method: Arc::clone(&request.method),
            escapes: false,
            quoted: false,
            internal: false,
            valid_raw: true,
            valid_location: true,
            uri_changed: false,
            changes_left: MAX_CHANGES + 1,
            level: candidate.server,
            handler: None,
            error_page_used: false,
            kept_status: None,
            existing: None,
            proxy_host: None,
            proxy_port: None,
            subrequest: 0,
            steps,
            assumptions: Vec::new(),
            origin_gate: None,
            gates: Vec::new(),
        }
    }

    /// Reads path and headers as `reader` says, the server that nginx takes before it knows the name.
    pub fn read_path(&mut self, reader: LevelId) -> Result<(), BadPath> {
        let merged = self.tree.effective(reader, "merge_slashes").and_then(|(_, found)| found.into_iter().next());
        let kept = merged.is_some_and(|statement| statement.arg(0) == Some("off"));
        let slashes = if kept { Slashes::Kept } else { Slashes::Merged };
        self.client_headers = headers::accepted(self.tree, reader, self.server, &self.request.headers);
        let normalized = normalize(&self.raw, slashes)?;
        self.uri = Evaluated::known(&normalized.path);
        self.quoted = normalized.quoted;
        self.escapes = normalized.quoted || normalized.plus;
        Ok(())
    }

    /// Runs the request to its outcome.
    pub fn outcome(&mut self) -> Outcome {
        self.run(Phase::ServerRewrite)
    }

    /// What a location makes of the request, were it chosen, the server's own rewrites being run.
    pub fn outcome_in(&mut self, location: LevelId) -> Outcome {
        self.level = location;
        self.takes(location);
        self.configure();
        self.run(Phase::Rewrite)
    }

    /// Runs the request on from a step.
    pub fn finish(&mut self, step: Step) -> Outcome {
        match step {
            Step::Go(phase) => self.run(phase),
            Step::Done(outcome) => outcome,
        }
    }

    /// The outcome with all that led to it.
    pub fn answer(&self, outcome: Outcome) -> Answer {
        Answer {
            server: Some(self.chosen_server()),
            location: self.chosen_location(),
            level: self.level,
            steps: self.steps.clone(),
            outcome,
            assumptions: self.assumptions.clone(),
            gates: self.gates.clone(),
        }
    }

    fn chosen_server(&self) -> ChosenServer {
        let level = self.tree.level(self.server);
        ChosenServer { level: self.server, place: level.map_or(self.listen, |level| level.place), listen: self.listen }
    }

    fn run(&mut self, first: Phase) -> Outcome {
        let mut phase = first;
        // every turn back costs one of the changes that nginx allows
        for _ in 0..200 {
            match self.phase(phase) {
                Step::Go(next) => phase = next,
                Step::Done(outcome) => return outcome,
            }
        }
        unknown(HoleReason::Limit, Some(self.listen))
    }

    fn phase(&mut self, phase: Phase) -> Step {
        match phase {
            Phase::ServerRewrite => {
                self.valid_location = true;
                self.rewrite_phase().unwrap_or(Step::Go(Phase::FindLocation))
            }
            Phase::FindLocation => self.find_location(),
            // the server's own rewrites are run already
            Phase::Rewrite if self.level == self.server => Step::Go(Phase::PostRewrite),
            Phase::Rewrite => self.rewrite_phase().unwrap_or(Step::Go(Phase::PostRewrite)),
            Phase::PostRewrite if self.uri_changed => {
                if let Some(step) = self.count_change() {
                    return step;
                }
                self.level = self.server;
                Step::Go(Phase::FindLocation)
            }
            Phase::PostRewrite => Step::Go(Phase::Access),
            Phase::Access => self.access().unwrap_or(Step::Go(Phase::TryFiles)),
            Phase::TryFiles => self.try_files().unwrap_or(Step::Go(Phase::Content)),
            Phase::Content => self.content(),
        }
    }

    fn find_location(&mut self) -> Step {
        self.handler = None;
        self.uri_changed = false;
        let uri = match self.uri.settled() {
            Ok(uri) => uri.to_owned(),
            Err(why) => return Step::Done(unknown(why, self.steps.last().map(|(place, _)| *place))),
        };
        let (chosen, found) = select::location(self.tree, self.server, &uri);
        for found in found {
            found.install(&mut self.variables);
        }
        let mut slash = None;
        match chosen {
            Chosen::Location(id) => self.level = id,
            Chosen::AddSlash(id) => {
                self.level = id;
                slash = Some(id);
            }
            Chosen::Server => self.level = self.server,
            Chosen::Unknown(place) => return Step::Done(unknown(HoleReason::Unsupported, Some(place))),
        }
        let place = self.level_place();
        if slash.is_none() && self.level != self.server {
            self.takes(self.level);
        }
        if !self.internal && self.is_internal() {
            return self.special(404, place, None);
        }
        self.configure();
        if let Some(id) = slash {
            return self.add_slash(id);
        }
        Step::Go(Phase::Rewrite)
    }

    /// Notes which location takes the request.
    pub fn takes(&mut self, location: LevelId) {
        if let Some(level) = self.tree.level(location) {
            self.steps.push((level.place, format!("location {} takes it", select::written(level))));
        }
    }

    fn is_internal(&self) -> bool {
        self.tree.effective(self.level, "internal").is_some()
    }

    fn add_slash(&mut self, id: LevelId) -> Step {
        let Some(level) = self.tree.level(id) else { return Step::Done(unknown(HoleReason::Unsupported, None)) };
        let place = level.place;
        self.steps.push((place, "nginx redirects to the address with a slash at its end".to_owned()));
        let mut value = match select::matcher(level) {
            select::Matcher::Exact(text) | select::Matcher::Prefix { text, .. } => {
                Evaluated::known(&super::uri::escape(text, super::uri::Escape::Path))
            }
            _ => self.uri.clone(),
        };
        let shown = Arc::from(value.with_gaps());
        match self.args.settled() {
            Ok("") => {}
            Ok(args) => value.push_str(&format!("?{args}")),
            Err(_) => value.push(&Evaluated::unknown_query()),
        }
        self.special(301, place, Some(Redirection { shown, value, automatic_slash: true }))
    }

    /// What nginx does whenever the level changes: `limit_except` steps in, and a handler of the level takes over.
    pub fn configure(&mut self) {
        if let Some(block) = self.limiting_block() {
            self.level = block;
            let own = self.own_handler(block).is_some();
            let around =
                self.tree.level(block).and_then(|level| level.parent).filter(|id| self.own_handler(*id).is_some());
            self.handler = if own { Some(block) } else { around.or(self.handler) };
        } else if self.own_handler(self.level).is_some() {
            self.handler = Some(self.level);
        }
    }

    /// Spends one of the changes of the address that nginx allows.
    pub fn count_change(&mut self) -> Option<Step> {
        self.changes_left = self.changes_left.saturating_sub(1);
        (self.changes_left == 0).then(|| {
            let place = self.level_place();
            self.special(500, place, None)
        })
    }

    /// Whether an `error_page` may still lead to another address.
    pub fn may_change(&self) -> bool {
        self.changes_left > 0
    }

    /// The place of the level, or of the `listen` directive for a server.
    pub fn level_place(&self) -> Place {
        self.tree.level(self.level).filter(|_| self.level != self.server).map_or(self.listen, |level| level.place)
    }

    /// The location around the level; `None` in a server without one.
    pub fn location(&self) -> Option<LevelId> {
        self.tree.outward(self.level).find(|(_, level)| level.kind == LevelKind::Location).map(|(id, _)| id)
    }

    /// The location around the level, for people.
    pub fn chosen_location(&self) -> Option<ChosenLocation> {
        let id = self.location()?;
        let level = self.tree.level(id)?;
        Some(ChosenLocation { level: id, place: level.place, written: select::written(level) })
    }

    /// Goes to an address of the same server.
    pub fn redirect_inside(&mut self, uri: &Evaluated, args: Evaluated) -> Step {
        if let Some(step) = self.count_change() {
            return step;
        }
        self.uri = uri.clone();
        self.args = args;
        self.level = self.server;
        self.internal = true;
        self.valid_raw = false;
        Step::Go(Phase::ServerRewrite)
    }

    /// Goes to a named location.
    pub fn named(&mut self, name: &str, from: Place) -> Step {
        if let Some(step) = self.count_change() {
            return step;
        }
        let tree = self.tree;
        let found = tree.level(self.server).and_then(|server| {
            server.statements.iter().find_map(|statement| {
                let id = statement.block?;
                let level = tree.level(id)?;
                let fits = matches!(select::matcher(level), select::Matcher::Named(known) if known == name);
                (level.kind == LevelKind::Location && fits).then_some(id)
            })
        });
        let Some(id) = found else {
            return self.special(500, from, None);
        };
        self.steps.push((from, format!("the request goes on to {name}")));
        self.internal = true;
        self.handler = None;
        self.uri_changed = false;
        self.level = id;
        self.takes(id);
        self.configure();
        Step::Go(Phase::Rewrite)
    }

    /// What becomes of another request to this server that asks whether this one may pass.
    pub fn ask_inside(&mut self, uri: &str) -> Option<Asked> {
        if self.subrequest >= MAX_SUBREQUESTS {
            return None;
        }
        let candidate = Candidate {
            server: self.server,
            listen: select::Listen {
                address: "*".into(),
                port: None,
                tls: self.tls,
                default_server: false,
                place: self.listen,
            },
            found: None,
        };
        let mut inner = Self::new(self.instance, self.request, &candidate, &self.raw);
        inner.client_headers.clone_from(&self.client_headers);
        inner.subrequest = self.subrequest + 1;
        inner.variables.values = std::mem::take(&mut self.variables.values);
        inner.method = "GET".into();
        inner.uri = Evaluated::known(uri);
        inner.args = Evaluated::default();
        inner.internal = true;
        inner.valid_raw = false;
        let outcome = inner.outcome();
        // both requests have the same variables
        self.variables.values = inner.variables.values;
        let kept_status = inner.kept_status.map(|(status, _)| status);
        let names_file = inner.uri.settled().is_ok_and(names_file);
        Some(Asked { outcome, kept_status, names_file })
    }

    /// The value of the only argument of the effective directive `name`.
    pub fn setting(&self, name: &str) -> Option<&'a str> {
        let (_, found) = self.tree.effective(self.level, name)?;
        found.into_iter().next_back()?.arg(0)
    }
}

/// What becomes of a request that is asked about another one.
pub(super) struct Asked {
    pub outcome: Outcome,
    /// The status that an error page keeps.
    pub kept_status: Option<u16>,
    /// Whether its address looks like a file in the end.
    pub names_file: bool,
}

/// A redirect that an answer carries.
#[derive(Clone, Debug)]
pub(super) struct Redirection {
    /// As configured.
    pub shown: Arc<str>,
    /// As far as it is known for this request.
    pub value: Evaluated,
    pub automatic_slash: bool,
}

pub(super) fn unknown(reason: HoleReason, place: Option<Place>) -> Outcome {
    Outcome::Unknown(Unknown { reason, place })
}
