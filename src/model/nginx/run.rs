//! A concrete request on its way through one server: rewrite phase, location, content.

use super::NginxInstance;
use super::answer::Outcome;
use super::request::{Request, Sent};
use super::rewrite::Rewritten;
use super::select::{self, Chosen, Listen};
use super::tree::{LevelId, LevelKind, Tree};
use super::variables::{Evaluated, Variables};
use crate::base::Place;
use crate::facts::HoleReason;
use crate::model::{Assumption, Tls, Unknown};

/// nginx stops a request after ten internal redirects.
const MAX_CYCLES: usize = 10;

/// A request whose path is a concrete text.
pub(super) struct Run<'a> {
    pub instance: &'a NginxInstance,
    pub tree: &'a Tree,
    pub request: &'a Request,
    pub server: LevelId,
    pub variables: Variables,
    /// The path as the client sent it.
    pub raw: String,
    /// The normalized path, rewritten or not.
    pub uri: String,
    /// The path leaves the root.
    refused: bool,
    /// The path is no longer what the client sent.
    pub rewritten: bool,
    /// A `rewrite ... break` decided: the location's prefix is not replaced.
    pub location_invalid: bool,
    pub steps: Vec<(Place, String)>,
    pub assumptions: Vec<Assumption>,
    pub origin_gate: Option<Place>,
}

impl<'a> Run<'a> {
    pub fn new(
        instance: &'a NginxInstance,
        request: &'a Request,
        server: LevelId,
        listen: &Listen,
        path: &str,
    ) -> Self {
        let tree = &instance.tree;
        let normalized = normalize(path);
        let mut variables = Variables::default();
        for (name, sent) in &request.headers.listed {
            let name = format!("http_{}", name.to_ascii_lowercase().replace('-', "_"));
            let value = match sent {
                Sent::Text(text) => Evaluated::Known(text.to_string()),
                Sent::Nothing => Evaluated::Known(String::new()),
                Sent::Unknown => Evaluated::Unknown(HoleReason::Runtime),
            };
            variables.set(&name, value);
        }
        let tls = listen.tls || request.tls == Tls::Tls;
        variables.put("scheme", if tls { "https" } else { "http" });
        variables.put("https", if tls { "on" } else { "" });
        variables.put("request_method", &request.method);
        variables.put("server_port", &request.port.to_string());
        let unknown = || Evaluated::Unknown(HoleReason::Runtime);
        variables.set("host", request.host.as_ref().map_or_else(unknown, |host| Evaluated::Known(host.to_string())));
        let name = tree.level(server).and_then(|level| select::names(level).first().map(|arg| arg.text.to_string()));
        variables.put("server_name", &name.unwrap_or_default());
        for name in [
            "http_host",
            "http_origin",
            "http_cookie",
            "http_user_agent",
            "remote_addr",
            "args",
            "query_string",
            "is_args",
        ] {
            variables.set(name, unknown());
        }
        Self {
            instance,
            tree,
            request,
            server,
            variables,
            raw: path.to_owned(),
            uri: normalized.clone().unwrap_or_default(),
            refused: normalized.is_none(),
            rewritten: false,
            location_invalid: false,
            steps: vec![(listen.place, format!("nginx takes the request on port {}", request.port))],
            assumptions: Vec::new(),
            origin_gate: None,
        }
    }

    /// Runs the request to its outcome.
    pub fn outcome(&mut self) -> Outcome {
        if let Some((place, _)) = self.steps.first().filter(|_| self.refused) {
            return Outcome::Status { code: 400, place: *place };
        }
        self.publish_uri();
        if let Rewritten::Answer(outcome) = self.rewrite(self.server, 0) {
            return outcome;
        }
        for _ in 0..MAX_CYCLES {
            let location = match select::location(self.tree, self.server, &self.uri) {
                Chosen::Location(id, found) => {
                    if let Some(found) = found {
                        found.install(&mut self.variables);
                    }
                    id
                }
                Chosen::AddSlash(id) => return self.add_slash(id),
                Chosen::Server => self.server,
                Chosen::Unknown(place) => return unknown(HoleReason::Unsupported, Some(place)),
            };
            match self.in_location(location) {
                Some(outcome) => return outcome,
                None => self.publish_uri(),
            }
        }
        match self.steps.last() {
            Some((place, _)) => Outcome::Status { code: 500, place: *place },
            None => unknown(HoleReason::Limit, None),
        }
    }

    /// Rewrite phase and content of a location; `None`: choose again.
    fn in_location(&mut self, location: LevelId) -> Option<Outcome> {
        let level = self.tree.level(location)?;
        if level.kind == LevelKind::Location {
            self.steps.push((level.place, format!("location {} takes it", select::written(level))));
            if self.hidden(location) {
                return Some(Outcome::Status { code: 404, place: level.place });
            }
            if let Some(outcome) = self.limited(location) {
                return Some(outcome);
            }
            match self.rewrite(location, 0) {
                Rewritten::Answer(outcome) => return Some(outcome),
                Rewritten::Again => return None,
                Rewritten::Through(handler) => return self.content(location, handler),
            }
        }
        self.content(location, location)
    }

    /// Whether `internal`, here or around, keeps the client's own request out.
    fn hidden(&self, location: LevelId) -> bool {
        !self.rewritten && self.tree.effective(location, "internal").is_some()
    }

    fn add_slash(&mut self, id: LevelId) -> Outcome {
        let Some(level) = self.tree.level(id) else { return unknown(HoleReason::Unsupported, None) };
        let place = level.place;
        if self.hidden(id) {
            return Outcome::Status { code: 404, place };
        }
        self.steps.push((place, "nginx redirects to the address with a slash at its end".to_owned()));
        let target = format!("{}/", self.uri).into();
        Outcome::Redirect { code: 301, target, place, automatic_slash: true }
    }

    pub fn publish_uri(&mut self) {
        let uri = self.uri.clone();
        for name in ["uri", "document_uri"] {
            self.variables.put(name, &uri);
        }
        let raw = self.raw.clone();
        self.variables.put("request_uri", &raw);
        self.variables.put("request_filename", &uri);
    }
}

pub(super) fn unknown(reason: HoleReason, place: Option<Place>) -> Outcome {
    Outcome::Unknown(Unknown { reason, place })
}

/// The path as locations see it: decoded, slashes merged, dot segments resolved. `None` for a path that leaves the
/// root, which nginx refuses.
fn normalize(path: &str) -> Option<String> {
    let bytes = path.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let hex = (byte == b'%').then(|| path.get(at + 1..at + 3)).flatten();
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(value) => {
                decoded.push(value);
                at += 3;
            }
            None => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
    let decoded = String::from_utf8_lossy(&decoded);
    let mut parts: Vec<&str> = Vec::new();
    let ends_open = decoded.ends_with('/') || decoded.ends_with("/.") || decoded.ends_with("/..");
    for part in decoded.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    let mut out = format!("/{}", parts.join("/"));
    if ends_open && !parts.is_empty() {
        out.push('/');
    }
    Some(out)
}
