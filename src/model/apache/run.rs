//! A concrete request on its way through one server: the phases of httpd, one after the other.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::scope::Scope;
use super::servers::Server;
use super::tree::{Argument, Directive};
use super::uri::{BadPath, EncodedSlashes, Slashes};
use super::{ApacheInstance, uri};
use crate::base::Place;
use crate::facts::HoleReason;
use crate::model::proxy::{Gate, HeaderValue, Outcome, Request, Sent};
use crate::model::{Assumption, Tls, Unknown};

/// httpd stops a request after ten internal redirects.
const MAX_REDIRECTS: u32 = 10;

/// How a phase ends the way of a request.
#[derive(Clone, Debug)]
pub(super) enum Stop {
    /// Nobody knows what happens.
    Unknown(Unknown),
    /// The request is answered.
    Done(Outcome),
    /// An error, for which an `ErrorDocument` may be there.
    Error { code: u16, place: Place },
    /// The request goes on as one for another address.
    Inside(String),
}

/// What a client's request has become, and all that was met on the way.
pub(super) struct Run<'a> {
    pub instance: &'a ApacheInstance,
    pub request: &'a Request,
    pub server: Server<'a>,
    /// What holds for the request as far as it has come.
    pub scope: Scope<'a>,
    /// The path and query as they came, or as an internal redirect wrote them.
    pub raw: String,
    /// The decoded path.
    pub uri: String,
    pub args: Sent,
    /// What translation made of the path: a file, or `proxy:` and an address.
    pub filename: Option<String>,
    /// Headers as far as the configuration has changed them.
    pub headers: Vec<(Arc<str>, Sent)>,
    pub method: Arc<str>,
    /// Variables that `SetEnvIf` and rules set; `None` where it is not known whether, or to what.
    pub environment: BTreeMap<String, Option<String>>,
    /// The path of an upstream is sent as it is.
    pub not_escaped: bool,
    /// A rule with `[END]` was met.
    pub ended: bool,
    /// The address that a rule of a section asks for: it is gone to when all else is done.
    pub pending: Option<String>,
    /// The directive that sends the request to an upstream.
    pub pass: Option<Place>,
    /// The prefix or pattern of that directive, and which of them it is.
    pub passed_by: Option<Argument>,
    pub passed_by_pattern: bool,
    pub no_query: bool,
    /// Whether the query may decide which worker takes the request.
    pub worker_is_known: bool,
    /// The directive whose parameters the connection to the upstream has.
    pub carrier: Option<Place>,
    /// Headers that the configuration has set, with the directives, in their order.
    pub origins: Vec<(Arc<str>, Place)>,
    /// Headers and origins as they were before the last phase changed them.
    pub unchanged: Unchanged,
    /// The levels by which access was checked last.
    pub checked: Option<Vec<u32>>,
    /// It is asked for inside of another request, to see what would become of it.
    pub is_inner: bool,
    /// Internal redirects so far.
    pub redirects: u32,
    /// The status of the error whose page this is.
    pub kept_status: Option<(u16, Place)>,
    /// What held for the request that failed.
    pub failed_in: Option<Scope<'a>>,
    /// The page of the error is there.
    pub has_page: bool,
    /// Files that are taken to be there, because the configuration names them.
    pub existing: BTreeSet<String>,
    pub steps: Vec<(Place, String)>,
    pub assumptions: Vec<Assumption>,
    pub gates: Vec<Gate>,
    /// How questions that nobody can answer are taken to be answered, in their order.
    pub decisions: Vec<bool>,
    /// The questions that came up.
    pub asked: Vec<Unknown>,
}

/// The headers of a request before the sections changed them.
#[derive(Clone, Default)]
pub(super) struct Unchanged {
    pub headers: Vec<(Arc<str>, Sent)>,
    pub origins: Vec<(Arc<str>, Place)>,
}

impl<'a> Run<'a> {
    pub fn new(
        instance: &'a ApacheInstance,
        request: &'a Request,
        server: Server<'a>,
        path: &str,
        decisions: Vec<bool>,
    ) -> Self {
        let place = server.place();
        Self {
            instance,
            request,
            server,
            scope: Scope::of(server),
            raw: path.to_owned(),
            uri: String::new(),
            args: request.query.clone(),
            filename: None,
            headers: request.headers.listed.clone(),
            method: Arc::clone(&request.method),
            environment: BTreeMap::new(),
            not_escaped: false,
            ended: false,
            pending: None,
            pass: None,
            passed_by: None,
            passed_by_pattern: false,
            no_query: false,
            worker_is_known: true,
            carrier: None,
            is_inner: false,
            checked: None,
            origins: Vec::new(),
            unchanged: Unchanged::default(),
            redirects: 0,
            kept_status: None,
            failed_in: None,
            has_page: false,
            existing: BTreeSet::new(),
            steps: vec![(place, format!("Apache takes the request on port {}", request.port))],
            assumptions: Vec::new(),
            gates: Vec::new(),
            decisions,
            asked: Vec::new(),
        }
    }

    /// Runs the request to its outcome.
    pub fn outcome(&mut self) -> Outcome {
        loop {
            let stop = match self.pass() {
                Ok(never) => match never {},
                Err(stop) => stop,
            };
            let next = match stop {
                Stop::Done(outcome) => return outcome,
                Stop::Unknown(why) => return Outcome::Unknown(why),
                Stop::Inside(address) => Ok(address),
                Stop::Error { code, place } => self.error_page(code, place),
            };
            match next {
                Err(outcome) => return outcome,
                Ok(address) => {
                    self.redirects += 1;
                    if self.redirects > MAX_REDIRECTS {
                        return Outcome::Status { code: 500, place: self.place() };
                    }
                    self.go_inside(&address);
                }
            }
        }
    }

    /// Starts again with another address.
    pub(super) fn go_inside(&mut self, address: &str) {
        let (path, query) = match address.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (address, None),
        };
        self.raw = path.to_owned();
        // what `SetEnvIf Request_URI` looks at is the new path, before it is decoded
        self.uri.clear();
        self.args = match query {
            Some(query) if query.contains(super::values::UNKNOWN_QUERY) => Sent::Unknown,
            Some(query) => Sent::Text(query.into()),
            None => Sent::Nothing,
        };
        self.filename = None;
        self.pending = None;
        self.pass = None;
        self.passed_by = None;
        self.passed_by_pattern = false;
        self.no_query = false;
        self.carrier = None;
        self.not_escaped = false;
        self.environment.clear();
        self.scope = Scope::of(self.server);
    }

    /// All phases of one address.
    fn pass(&mut self) -> Result<std::convert::Infallible, Stop> {
        let base = Scope::of(self.server);
        self.scope = base.clone();
        if !self.is_inner {
            self.set_environment(super::environment::When::Read)?;
        }
        if self.redirects == 0 {
            self.early_request_headers()?;
        }
        self.read_path()?;
        self.scope = self.walk_locations(&base)?;
        self.translate()?;
        let stored = match self.filename.clone() {
            Some(name) => match name.strip_prefix("proxy:") {
                Some(url) => self.walk_proxies(&base, url)?,
                None => self.walk_directories(&base, &name)?,
            },
            None => base,
        };
        self.scope = self.walk_locations(&stored)?;
        self.set_environment(super::environment::When::Section)?;
        self.check_access()?;
        self.rewrite_in_section()?;
        self.redirect_in_section()?;
        self.set_environment(super::environment::When::Fixup)?;
        self.unchanged = Unchanged { headers: self.headers.clone(), origins: self.origins.clone() };
        self.late_request_headers()?;
        self.content()
    }

    fn read_path(&mut self) -> Result<(), Stop> {
        let server = self.server;
        let encoded = match server.allow_encoded_slashes() {
            Some(value) if value.eq_ignore_ascii_case("on") => EncodedSlashes::Decoded,
            Some(value) if value.eq_ignore_ascii_case("nodecode") => EncodedSlashes::Kept,
            _ => EncodedSlashes::Refused,
        };
        let kept = server.last("mergeslashes").is_some_and(|directive| !directive.is_on());
        let slashes = if kept { Slashes::Kept } else { Slashes::Merged };
        match uri::read(&self.raw, slashes, encoded) {
            Ok(path) => {
                self.uri = path;
                Ok(())
            }
            Err(BadPath::Refused(code)) => Err(Stop::Error { code, place: self.place() }),
            Err(BadPath::NotText) => Err(self.unknown(HoleReason::Unsupported, self.place())),
        }
    }

    /// What to do with an encoded slash, for the path of an upstream.
    pub(super) fn encoded_slashes(&self) -> EncodedSlashes {
        match self.server.allow_encoded_slashes() {
            Some(value) if value.eq_ignore_ascii_case("nodecode") => EncodedSlashes::Kept,
            _ => EncodedSlashes::Refused,
        }
    }

    /// Path to file or upstream: mod_rewrite is asked first, then mod_proxy, then mod_alias, and the document root is left.
    fn translate(&mut self) -> Result<(), Stop> {
        if self.rewrite_in_server()? || self.map_to_upstream()? || self.map_alias()? {
            return Ok(());
        }
        self.filename = Some(self.below_root(&self.uri.clone())?);
        Ok(())
    }

    /// The file of a path below the document root.
    pub fn below_root(&self, path: &str) -> Result<String, Stop> {
        let root = self.document_root()?;
        if !path.starts_with('/') {
            return Err(Stop::Error { code: 400, place: self.place() });
        }
        Ok(format!("{}{path}", root.trim_end_matches('/')))
    }

    /// The document root; without one the default of Debian.
    pub fn document_root(&self) -> Result<String, Stop> {
        match self.server.last("documentroot").and_then(|directive| directive.args.first()) {
            // what the root is called matters only to who looks at the name
            Some(arg) => Ok(arg.text.to_string()),
            None => Ok("/var/www/html".to_owned()),
        }
    }

    /// Whether a file is there. Files are taken not to exist, but for those that the configuration itself leads to.
    pub fn is_file(&self, path: &str) -> bool {
        self.existing.contains(path)
    }

    /// Of folders only the root itself is taken to exist.
    pub fn is_folder(&self, path: &str) -> bool {
        if path == "/" {
            return true;
        }
        let root = self.document_root().unwrap_or_default();
        path.trim_end_matches('/') == root.trim_end_matches('/')
    }

    /// How a question comes out that nobody can answer. Every way is tried in the end.
    pub fn decide(&mut self, why: Unknown) -> bool {
        let decided = self.decisions.get(self.asked.len()).copied().unwrap_or(false);
        self.asked.push(why);
        decided
    }

    /// The text of a word, or the end of knowledge.
    pub fn known<'t>(&self, arg: &'t Argument) -> Result<&'t str, Stop> {
        arg.known().map_err(Stop::Unknown)
    }

    /// The match of a pattern.
    pub fn find(
        &self,
        pattern: &str,
        ignore_case: bool,
        text: &str,
        place: Place,
    ) -> Result<Option<Vec<String>>, Stop> {
        let bounded = format!("(?s){pattern}");
        match self.instance.effort.groups(&bounded, ignore_case, text, place) {
            Some(found) => Ok(found),
            None => Err(self.unknown(HoleReason::Unsupported, place)),
        }
    }

    /// Takes steps out of the budget of the run.
    pub fn charge(&self, steps: usize, place: Place) -> Result<(), Stop> {
        let is_left = self.instance.effort.spend(steps as u64, place);
        is_left.then_some(()).ok_or_else(|| self.unknown(HoleReason::Limit, place))
    }

    pub fn unknown(&self, reason: HoleReason, place: Place) -> Stop {
        Stop::Unknown(Unknown { reason, place: Some(place) })
    }

    /// The section that the request obeys.
    pub fn place(&self) -> Place {
        self.scope.place().unwrap_or_else(|| self.server.place())
    }

    /// Whether the client speaks TLS.
    pub fn tls(&self) -> bool {
        self.request.tls == Tls::Tls || self.request.tls == Tls::Unknown && self.server.tls() == Tls::Tls
    }

    /// What is sent under `name`; several are one, with commas.
    pub fn header(&self, name: &str) -> Sent {
        let mut found: Option<String> = None;
        for (_, sent) in self.headers.iter().filter(|(listed, _)| listed.eq_ignore_ascii_case(name)) {
            match sent {
                Sent::Text(text) => {
                    found = Some(found.map_or_else(|| text.to_string(), |before| format!("{before}, {text}")));
                }
                Sent::Nothing => {}
                Sent::Unknown => return Sent::Unknown,
            }
        }
        let listed = self.headers.iter().any(|(listed, _)| listed.eq_ignore_ascii_case(name));
        match found {
            Some(text) => Sent::Text(text.into()),
            None if listed => Sent::Nothing,
            None => self.request.headers.get(name),
        }
    }

    /// Ends with a redirect.
    pub fn redirected(&mut self, code: u16, target: &str, location: HeaderValue, directive: &Directive) -> Stop {
        let place = directive.place;
        if self.kept_status.is_some() {
            // in place of an error's page it is one more error, and the first is answered
            return Stop::Error { code, place };
        }
        self.steps.push((place, format!("Apache redirects to {target}")));
        let target = Arc::from(target);
        Stop::Done(Outcome::Redirect { code, target, location, place, automatic_slash: false })
    }
}
