//! A concrete request on its way through one server: rewrite phase, location, content.

use std::sync::Arc;

use super::answer::{Outcome, Request};
use super::pattern::Pattern;
use super::proxy;
use super::select::{self, Chosen, Listen, Matcher};
use super::tree::{LevelId, LevelKind, Statement, Tree};
use super::variables::{Evaluated, Variables};
use super::{NginxInstance, condition};
use crate::base::Place;
use crate::facts::{HoleReason, Protocol};
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
    /// The path is no longer what the client sent.
    pub rewritten: bool,
    /// A `rewrite ... break` decided: the location's prefix is not replaced.
    pub location_invalid: bool,
    pub steps: Vec<(Place, String)>,
    pub assumptions: Vec<Assumption>,
    pub origin_gate: Option<Place>,
}

/// How a list of rewrite statements ended.
enum Rewritten {
    /// All were run; the level whose content handler counts (an `if` that held, or the level itself).
    Through(LevelId),
    /// The address changed and the location must be chosen again.
    Again,
    Answer(Outcome),
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
        let mut variables = Variables::default();
        let websocket = request.protocol == Protocol::WebSocket;
        variables.put("http_upgrade", if websocket { "websocket" } else { "" });
        variables.put("http_connection", if websocket { "Upgrade" } else { "keep-alive" });
        if websocket {
            variables.put("http_sec_websocket_version", "13");
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
            uri: normalize(path),
            rewritten: false,
            location_invalid: false,
            steps: vec![(listen.place, format!("nginx takes the request on port {}", request.port))],
            assumptions: Vec::new(),
            origin_gate: None,
        }
    }

    /// Runs the request to its outcome.
    pub fn outcome(&mut self) -> Outcome {
        self.publish_uri();
        match self.rewrite(self.server, 0) {
            Rewritten::Answer(outcome) => return outcome,
            Rewritten::Through(_) | Rewritten::Again => {}
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
        unknown(HoleReason::Limit, self.tree.level(self.server).map(|level| level.place))
    }

    /// Rewrite phase and content of a location; `None`: choose again.
    fn in_location(&mut self, location: LevelId) -> Option<Outcome> {
        let level = self.tree.level(location)?;
        if level.kind == LevelKind::Location {
            self.steps.push((level.place, format!("location {} takes it", select::written(level))));
            if level.statements.iter().any(|statement| &*statement.name == "internal") && self.cycles_free() {
                return Some(Outcome::Status { code: 404, place: level.place });
            }
            match self.rewrite(location, 0) {
                Rewritten::Answer(outcome) => return Some(outcome),
                Rewritten::Again => return None,
                Rewritten::Through(handler) => return self.content(location, handler),
            }
        }
        self.content(location, location)
    }

    /// Whether the request still is the client's own.
    fn cycles_free(&self) -> bool {
        !self.rewritten
    }

    fn add_slash(&mut self, id: LevelId) -> Outcome {
        let place =
            self.tree.level(id).map_or(Place::new(crate::base::FileId(0), crate::base::Span::default()), |l| l.place);
        self.steps.push((place, "nginx redirects to the address with a slash at its end".to_owned()));
        let target = format!("{}/", self.uri).into();
        Outcome::Redirect { code: 301, target, place, automatic_slash: true }
    }

    /// Runs `set`, `if`, `rewrite`, `return` and `break` of a level in order.
    fn rewrite(&mut self, id: LevelId, depth: usize) -> Rewritten {
        let mut handler = id;
        let tree = self.tree;
        let Some(level) = tree.level(id) else { return Rewritten::Through(id) };
        let in_location = !matches!(level.kind, LevelKind::Server | LevelKind::ServerIf);
        let mut changed = false;
        for statement in &level.statements {
            match &*statement.name {
                "set" => {
                    if let (Some(name), Some(value)) = (statement.args.first(), statement.args.get(1)) {
                        let value = self.variables.argument(tree, value);
                        self.variables.set(name.text.trim_start_matches('$'), value);
                    }
                }
                "break" => break,
                "return" => return Rewritten::Answer(self.answer_return(statement)),
                "rewrite" => match self.apply_rewrite(statement) {
                    Applied::No => {}
                    Applied::Yes => {
                        changed = true;
                        self.rewritten = true;
                    }
                    Applied::Stay => {
                        self.rewritten = true;
                        self.location_invalid = true;
                        return Rewritten::Through(handler);
                    }
                    Applied::Last => {
                        self.rewritten = true;
                        return if in_location { Rewritten::Again } else { Rewritten::Through(handler) };
                    }
                    Applied::Answer(outcome) => return Rewritten::Answer(outcome),
                },
                "if" => {
                    let Some(block) = statement.block.filter(|_| depth < 8) else { continue };
                    match condition::holds(tree, &self.variables, statement) {
                        Some(true) => match self.rewrite(block, depth + 1) {
                            Rewritten::Through(inner) => {
                                handler = inner;
                                let ends = |name: &str| {
                                    tree.level(block)
                                        .is_some_and(|level| level.statements.iter().any(|s| &*s.name == name))
                                };
                                if ends("break") || self.location_invalid {
                                    return Rewritten::Through(handler);
                                }
                            }
                            other => return other,
                        },
                        Some(false) => {}
                        None => self.undecided(statement, block),
                    }
                }
                name if name.contains("_by_lua") && name.starts_with("rewrite") => {
                    return Rewritten::Answer(unknown(HoleReason::Unsupported, Some(statement.place)));
                }
                _ => {}
            }
        }
        if changed && in_location && depth == 0 { Rewritten::Again } else { Rewritten::Through(handler) }
    }

    /// An `if` whose condition is not known: a gate on the Origin, or something that is taken not to happen.
    fn undecided(&mut self, statement: &Statement, block: LevelId) {
        let tree = self.tree;
        let Some(level) = tree.level(block) else { return };
        let text = statement.args.iter().map(|arg| &*arg.text).collect::<Vec<_>>().join(" ");
        let mut decides = false;
        for inner in &level.statements {
            match &*inner.name {
                "set" => {
                    if let Some(name) = inner.args.first() {
                        let name = name.text.trim_start_matches('$').to_owned();
                        self.variables.set(&name, Evaluated::Unknown(HoleReason::Runtime));
                    }
                }
                "return" | "rewrite" | "proxy_pass" => decides = true,
                _ => {}
            }
        }
        if text.contains("$http_origin") && decides {
            self.origin_gate = Some(statement.place);
        } else if decides {
            let assumption = Assumption::OpaqueGuard(text.into());
            if !self.assumptions.contains(&assumption) {
                self.assumptions.push(assumption);
            }
        }
    }

    fn answer_return(&mut self, statement: &Statement) -> Outcome {
        let place = statement.place;
        self.steps.push((place, "`return` answers here".to_owned()));
        let Some(first) = statement.args.first() else { return unknown(HoleReason::Unsupported, Some(place)) };
        let Ok(code) = first.text.parse::<u16>() else {
            let target = Arc::clone(&first.text);
            return Outcome::Redirect { code: 302, target, place, automatic_slash: false };
        };
        match statement.args.get(1) {
            Some(target) if matches!(code, 301 | 302 | 303 | 307 | 308) => {
                Outcome::Redirect { code, target: Arc::clone(&target.text), place, automatic_slash: false }
            }
            _ => self.error_page(code, place).unwrap_or(Outcome::Status { code, place }),
        }
    }

    /// `error_page 418 = @ws;` makes a status another location's business.
    fn error_page(&mut self, code: u16, place: Place) -> Option<Outcome> {
        if code < 300 {
            return None;
        }
        let tree = self.tree;
        let here = self.steps.iter().rev().find_map(|(place, _)| {
            tree.of_kind(LevelKind::Location).find(|(_, level)| level.place == *place).map(|(id, _)| id)
        });
        let (_, pages) = tree.effective(here.unwrap_or(self.server), "error_page")?;
        let page = pages.into_iter().find(|page| page.args.iter().any(|arg| arg.text.parse() == Ok(code)))?;
        let target = page.args.last()?;
        if target.text.starts_with('@') {
            return Some(self.named(&target.text, page.place));
        }
        // the status stays unless `=` changes it; a page instead of the answer is no proxying either way
        if page.args.iter().any(|arg| arg.text.starts_with('=')) {
            return Some(unknown(HoleReason::Unsupported, Some(page.place)));
        }
        Some(Outcome::Status { code, place })
    }

    /// Goes to a named location.
    fn named(&mut self, name: &str, from: Place) -> Outcome {
        let tree = self.tree;
        let found = tree.level(self.server).and_then(|server| {
            server.statements.iter().find_map(|statement| {
                let id = statement.block?;
                let level = tree.level(id)?;
                (level.kind == LevelKind::Location && matcher_is(level, name)).then_some(id)
            })
        });
        let Some(id) = found else { return unknown(HoleReason::Unsupported, Some(from)) };
        self.steps.push((from, format!("the request goes on to {name}")));
        let Some(level) = tree.level(id) else { return unknown(HoleReason::Unsupported, Some(from)) };
        self.steps.push((level.place, format!("location {name} takes it")));
        match self.rewrite(id, 0) {
            Rewritten::Answer(outcome) => outcome,
            Rewritten::Again => unknown(HoleReason::Unsupported, Some(level.place)),
            Rewritten::Through(handler) => {
                self.content(id, handler).unwrap_or_else(|| unknown(HoleReason::Unsupported, Some(level.place)))
            }
        }
    }

    fn apply_rewrite(&mut self, statement: &Statement) -> Applied {
        let place = statement.place;
        let unsure = || Applied::Answer(unknown(HoleReason::Unsupported, Some(place)));
        let (Some(pattern), Some(replacement)) = (statement.args.first(), statement.args.get(1)) else {
            return unsure();
        };
        if !pattern.holes.is_empty() {
            return unsure();
        }
        let Some(found) = Pattern::new(&pattern.text, false).and_then(|pattern| pattern.find(&self.uri)) else {
            return unsure();
        };
        let Some(found) = found else { return Applied::No };
        found.install(&mut self.variables);
        let flag = statement.arg(2).unwrap_or("");
        let text = &*replacement.text;
        let redirects = ["http://", "https://", "$scheme"].iter().any(|prefix| text.starts_with(prefix));
        if redirects || matches!(flag, "redirect" | "permanent") {
            self.steps.push((place, "`rewrite` redirects".to_owned()));
            let code = if flag == "permanent" { 301 } else { 302 };
            let target = self.variables.argument(self.tree, replacement);
            let target = target.known().map_or_else(|| Arc::clone(&replacement.text), Arc::from);
            return Applied::Answer(Outcome::Redirect { code, target, place, automatic_slash: false });
        }
        let bare = text.split('?').next().unwrap_or(text);
        let argument = super::tree::Argument { text: bare.into(), place, holes: replacement.holes.clone() };
        let Evaluated::Known(uri) = self.variables.argument(self.tree, &argument) else { return unsure() };
        self.steps.push((place, format!("`rewrite` makes the path {uri}")));
        self.uri = uri;
        self.publish_uri();
        match flag {
            "break" => Applied::Stay,
            "last" => Applied::Last,
            _ => Applied::Yes,
        }
    }

    fn publish_uri(&mut self) {
        let uri = self.uri.clone();
        for name in ["uri", "document_uri"] {
            self.variables.put(name, &uri);
        }
        let raw = self.raw.clone();
        self.variables.put("request_uri", &raw);
        self.variables.put("request_filename", &uri);
    }

    /// The content of a location; `handler` is the level of the last `if` that held.
    fn content(&mut self, location: LevelId, handler: LevelId) -> Option<Outcome> {
        let tree = self.tree;
        let level = tree.level(location)?;
        if let Some(outcome) = self.access(location) {
            return Some(outcome);
        }
        let own = |id: LevelId, name: &str| tree.level(id)?.statements.iter().find(|s| &*s.name == name);
        if let Some(try_files) = own(location, "try_files") {
            return self.try_files(location, try_files);
        }
        for id in [handler, location] {
            if let Some(pass) = own(id, "proxy_pass") {
                return Some(proxy::forward(self, location, id, pass));
            }
            let foreign = |name: &str| {
                name.contains("content_by_lua") || matches!(name, "js_content" | "perl" | "pagespeed" | "return_by_lua")
            };
            let statements = tree.level(id).map(|level| level.statements.as_slice()).unwrap_or_default();
            let other = statements.iter().find(|statement| {
                foreign(&statement.name)
                    || matches!(
                        &*statement.name,
                        "fastcgi_pass"
                            | "uwsgi_pass"
                            | "scgi_pass"
                            | "grpc_pass"
                            | "memcached_pass"
                            | "stub_status"
                            | "push_stream_subscriber"
                    )
            });
            if let Some(statement) = other {
                let reason = HoleReason::ExternalCall(Arc::clone(&statement.name));
                return Some(unknown(reason, Some(statement.place)));
            }
        }
        let around = tree.unseen_around(location).find(|(place, _)| level_has(tree, location, *place));
        if let Some((place, path)) = around {
            return Some(unknown(HoleReason::Unresolved(Arc::clone(path)), Some(*place)));
        }
        Some(Outcome::Files { location: self.location_name(location), place: level.place })
    }

    fn location_name(&self, id: LevelId) -> Arc<str> {
        match self.tree.level(id) {
            Some(level) if level.kind == LevelKind::Location => select::written(level),
            _ => "server".into(),
        }
    }

    /// Refusals before the content.
    fn access(&self, location: LevelId) -> Option<Outcome> {
        let level = self.tree.level(location)?;
        let named = |name: &'static str| level.statements.iter().filter(move |statement| &*statement.name == name);
        if let Some(block) = named("limit_except").next() {
            let allowed = |arg: &super::tree::Argument| {
                arg.text.eq_ignore_ascii_case(&self.request.method)
                    || &*self.request.method == "HEAD" && arg.text.eq_ignore_ascii_case("GET")
            };
            let denied = block.block.and_then(|id| self.tree.level(id))?.statements.iter().any(denies_all);
            if denied && !block.args.iter().any(allowed) {
                return Some(Outcome::Status { code: 403, place: block.place });
            }
        }
        let deny = named("deny").find(|statement| denies_all(statement))?;
        let open = named("allow").next().is_some() || named("satisfy").next().is_some();
        (!open).then_some(Outcome::Status { code: 403, place: deny.place })
    }

    /// Files are taken not to exist: the last argument decides.
    fn try_files(&mut self, location: LevelId, statement: &Statement) -> Option<Outcome> {
        let last = statement.args.last()?;
        let level = self.tree.level(location)?;
        let place = level.place;
        if last.text.starts_with('@') {
            return Some(self.named(&last.text.clone(), statement.place));
        }
        if let Some(code) = last.text.strip_prefix('=').and_then(|code| code.parse().ok()) {
            return Some(Outcome::Status { code, place: statement.place });
        }
        let files = Outcome::Files { location: self.location_name(location), place };
        let bare = last.text.split('?').next().unwrap_or_default();
        let argument = super::tree::Argument { text: bare.into(), place: last.place, holes: last.holes.clone() };
        let Evaluated::Known(target) = self.variables.argument(self.tree, &argument) else { return Some(files) };
        self.steps.push((statement.place, format!("`try_files` falls back to {target}")));
        if !target.starts_with('/') || target == self.uri && self.rewritten {
            return Some(files);
        }
        self.uri = target;
        self.rewritten = true;
        self.publish_uri();
        let next = match select::location(self.tree, self.server, &self.uri) {
            Chosen::Location(id, _) => id,
            Chosen::Server => return Some(files),
            Chosen::AddSlash(_) | Chosen::Unknown(_) => return None,
        };
        let serves = |id: LevelId| {
            let statements = self.tree.level(id).map(|level| level.statements.as_slice()).unwrap_or_default();
            !statements.iter().any(|s| s.name.ends_with("_pass") || s.name.contains("_by_lua") || &*s.name == "return")
        };
        // the fallback is a file below the same or another location that serves files
        if next == location || serves(next) { Some(files) } else { None }
    }
}

enum Applied {
    No,
    Yes,
    Stay,
    Last,
    Answer(Outcome),
}

fn level_has(tree: &Tree, id: LevelId, include: Place) -> bool {
    tree.level(id).is_some_and(|level| level.unseen.iter().any(|(place, _)| *place == include))
}

fn denies_all(statement: &Statement) -> bool {
    &*statement.name == "deny" && statement.arg(0) == Some("all")
}

fn matcher_is(level: &super::tree::Level, name: &str) -> bool {
    matches!(select::matcher(level), Matcher::Named(known) if known == name)
}

pub(super) fn unknown(reason: HoleReason, place: Option<Place>) -> Outcome {
    Outcome::Unknown(Unknown { reason, place })
}

/// The path as locations see it: decoded, slashes merged, dot segments resolved.
fn normalize(path: &str) -> String {
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
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let mut out = format!("/{}", parts.join("/"));
    if ends_open && !parts.is_empty() {
        out.push('/');
    }
    out
}
