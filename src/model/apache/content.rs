//! What is left when nothing else answers: files, their fallbacks, and the pages of errors.

use std::sync::Arc;

use super::run::{Run, Stop};
use crate::base::Place;
use crate::facts::HoleReason;
use crate::model::Unknown;
use crate::model::proxy::{Answer, HeaderValue, Outcome};

/// Requests inside each other; httpd allows ten.
const MAX_INNER: u32 = 10;

/// Directives by which other modules make the content of a path.
const APPLICATIONS: [&str; 9] = [
    "wsgiscriptalias",
    "wsgihandlerscript",
    "passengerapproot",
    "passengerenabled",
    "jkmount",
    "action",
    "perlhandler",
    "luahandler",
    "davsvn",
];

/// Includes that the packages of distributions bring, and that say nothing of where requests go.
const HARMLESS: [&str; 9] = [
    "mods-enabled",
    "mods-available",
    "conf-enabled",
    "conf.modules.d",
    "ports.conf",
    "letsencrypt",
    "ssl",
    "security",
    "charset",
];

impl Run<'_> {
    /// The handler's phase.
    pub(super) fn content(&mut self) -> Result<std::convert::Infallible, Stop> {
        if let Some(address) = self.pending.take() {
            return Err(Stop::Inside(address));
        }
        let name = self.filename.clone().unwrap_or_default();
        if let Some(url) = name.strip_prefix("proxy:") {
            if !self.instance.tree.modules.has("proxy_http_module") {
                return Err(Stop::Error { code: 500, place: self.pass.unwrap_or_else(|| self.place()) });
            }
            if self.holds_unseen() {
                self.assumptions.push(crate::model::Assumption::UnseenInclude(self.unseen().unwrap_or_default()));
            }
            let url = url.to_owned();
            return self.forward(&url);
        }
        if let Some(path) = self.unseen() {
            return Err(self.unknown(HoleReason::Unresolved(path), self.place()));
        }
        if let Some(directive) = self.scope.all(&APPLICATIONS).last() {
            let name = directive.name.to_string();
            return Err(self.unknown(HoleReason::ExternalCall(name.into()), directive.place));
        }
        if let Some(handler) = self.scope.last("sethandler") {
            let text = handler.args.first().map_or("none", |arg| &*arg.text);
            if !text.eq_ignore_ascii_case("none") {
                return Err(self.unknown(HoleReason::ExternalCall(format!("SetHandler {text}").into()), handler.place));
            }
        }
        let existing = self.is_file(&name) || self.is_folder(&name);
        let found = if self.is_folder(&name) && self.uri.ends_with('/') {
            self.index()?
        } else if existing {
            None
        } else {
            self.fallback()?
        };
        if let Some(Outcome::Proxied(mut proxied)) = found {
            proxied.method = Arc::clone(&self.method);
            return Err(Stop::Done(Outcome::Proxied(proxied)));
        }
        let fell_back = found.is_some();
        let place = self.place();
        match &*self.method {
            "GET" | "HEAD" | "POST" => {}
            "OPTIONS" => return Err(Stop::Done(Outcome::Status { code: 200, place })),
            "TRACE" => return Err(self.unknown(HoleReason::Unsupported, place)),
            _ => return Err(Stop::Error { code: 405, place }),
        }
        if let Some((code, place)) = self.kept_status {
            // the page has the status of the error, whether it is there or not
            self.has_page = existing || fell_back;
            if let Some(scope) = self.failed_in.take().filter(|_| !self.has_page) {
                self.scope = scope;
            }
            return Err(Stop::Done(Outcome::Status { code, place }));
        }
        let missing = if existing || fell_back || self.is_inner { None } else { self.missing(place) };
        let location = self.location_words();
        Err(Stop::Done(Outcome::Files { location, place, missing }))
    }

    /// The file that stands for a folder. It is asked for as a request of its own, so that rules and sections hold for it.
    fn index(&mut self) -> Result<Option<Outcome>, Stop> {
        let written = self.scope.last("directoryindex").and_then(|directive| directive.args.first());
        let name = match written {
            Some(arg) => self.known(arg)?.to_owned(),
            None => "index.html".to_owned(),
        };
        if name.eq_ignore_ascii_case("disabled") {
            return Ok(None);
        }
        let path = if name.starts_with('/') { name } else { format!("{}{name}", self.uri) };
        self.inner(&path)
    }

    /// `FallbackResource`
    fn fallback(&mut self) -> Result<Option<Outcome>, Stop> {
        let Some(fallback) = self.scope.last("fallbackresource") else { return Ok(None) };
        let Some(arg) = fallback.args.first().filter(|arg| !arg.is("disabled")) else { return Ok(None) };
        let target = self.known(arg)?.to_owned();
        self.steps.push((fallback.place, format!("`FallbackResource` leads to {target}")));
        self.inner(&target)
    }

    /// What becomes of another path inside of this request. Its file is taken to be there.
    fn inner(&mut self, path: &str) -> Result<Option<Outcome>, Stop> {
        if self.redirects >= MAX_INNER {
            return Err(self.unknown(HoleReason::Limit, self.place()));
        }
        let mut inner = self.again();
        // the headers are changed once, by what holds for the path that is found
        (inner.headers, inner.origins) = (self.unchanged.headers.clone(), self.unchanged.origins.clone());
        inner.redirects += 1;
        inner.is_inner = true;
        inner.existing.insert(self.below_root(path)?);
        inner.method = "GET".into();
        inner.go_inside(&format!("{path}{}", self.query()));
        inner.environment = self.environment.clone();
        let outcome = inner.outcome();
        self.asked = std::mem::take(&mut inner.asked);
        match outcome {
            // rules have led to another file, and nobody knows of it
            Outcome::Files { .. } if !inner.filename.as_deref().is_some_and(|name| inner.is_file(name)) => Ok(None),
            Outcome::Files { .. } | Outcome::Proxied(_) => {
                self.scope = inner.scope.clone();
                self.carrier = inner.carrier;
                self.steps.extend(inner.steps.iter().skip(1).cloned());
                Ok(Some(outcome))
            }
            Outcome::Status { code: 404, .. } => Ok(None),
            Outcome::Status { code, place } => Err(Stop::Error { code, place }),
            other => Err(Stop::Done(other)),
        }
    }

    /// What a client gets for a file that is not there, where an `ErrorDocument` decides that.
    fn missing(&mut self, place: Place) -> Option<Box<Answer>> {
        if self.kept_status.is_some() {
            return None;
        }
        let mut inner = self.again();
        let outcome = match inner.error_page(404, place) {
            Ok(address) => {
                inner.redirects += 1;
                inner.go_inside(&address);
                inner.outcome()
            }
            Err(Outcome::Status { .. }) => return None,
            Err(outcome) => outcome,
        };
        self.asked = std::mem::take(&mut inner.asked);
        Some(Box::new(inner.answer(outcome)))
    }

    /// What an `ErrorDocument` makes of an error: another address of this server, or the end.
    pub(super) fn error_page(&mut self, code: u16, place: Place) -> Result<String, Outcome> {
        let end = Outcome::Status { code: self.kept_status.map_or(code, |(kept, _)| kept), place };
        if self.kept_status.is_some() {
            // the page fails as well: the first error is answered as if there were no page
            if let Some(scope) = self.failed_in.take() {
                self.scope = scope;
            }
            return Err(end);
        }
        let wanted = code.to_string();
        let pages = self.scope.all(&["errordocument"]);
        let Some(page) = pages.iter().rev().find(|page| page.arg(0) == Some(&wanted)) else { return Err(end) };
        let Some(arg) = page.args.get(1) else { return Err(end) };
        let text = match arg.known() {
            Ok(text) => text.to_owned(),
            Err(why) => return Err(Outcome::Unknown(why)),
        };
        if text.starts_with('/') {
            self.kept_status = Some((code, page.place));
            self.failed_in = Some(self.scope.clone());
            self.steps.push((page.place, format!("`ErrorDocument` leads to {text}")));
            self.method = "GET".into();
            if let Ok(file) = self.below_root(text.split('?').next().unwrap_or_default()) {
                self.existing.insert(file);
            }
            return Ok(text);
        }
        if text.contains("://") && !text.contains(' ') {
            let target: Arc<str> = text.as_str().into();
            let location = HeaderValue::Known(Arc::clone(&target));
            return Err(Outcome::Redirect { code: 302, target, location, place: page.place, automatic_slash: false });
        }
        Err(end)
    }

    /// The section that the request obeys, as written.
    pub(super) fn location_words(&self) -> Arc<str> {
        let sections = self.sections();
        let section = sections.top().and_then(|level| self.section_words(level.id));
        section.map_or_else(|| "/".into(), |arg| Arc::clone(&arg.text))
    }

    /// An include of the server or of a section that nobody has seen.
    pub(super) fn unseen(&self) -> Option<Arc<str>> {
        let found = self.scope.all(&["include", "includeoptional"]);
        let path = |text: &str| !HARMLESS.iter().any(|known| text.contains(known));
        found.iter().filter_map(|include| include.args.first()).map(|arg| Arc::clone(&arg.text)).find(|text| path(text))
    }

    fn holds_unseen(&self) -> bool {
        self.unseen().is_some()
    }

    /// Not known, because nothing says so.
    pub(super) fn nobody(place: Place) -> Outcome {
        Outcome::Unknown(Unknown { reason: HoleReason::Unsupported, place: Some(place) })
    }
}
