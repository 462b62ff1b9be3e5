//! Handlers that answer by themselves, and changes of addresses and headers.

use std::sync::Arc;

use super::directives::FOUND_FILE;
use super::headers::{Change, HeaderOp, Headers, Value};
use super::placeholder::{Known, Undefined};
use super::query;
use super::rewrite::{QueryOp, Rewrite, trim_prefix, trim_suffix};
use super::route::{FileServer, MissingFile};
use super::run::{Flow, Run, unknown};
use super::url::{BadPath, Query, Slashes, Url, clean_path, escape_query, escape_segments};
use super::version::{PathFilling, Toggle};
use crate::base::Place;
use crate::facts::HoleReason;
use crate::model::Unknown;
use crate::model::proxy::{Answer, BlockId, HeaderOrigin, HeaderValue, Outcome};

/// What stands in for a query that is not known.
const UNSEEN: &str = "wirelintdoesnotknow";

impl<'c> Run<'c> {
    /// A status as it is written: `None` when nothing is.
    pub(super) fn status(&self, written: &str) -> Result<Option<u16>, HoleReason> {
        let text = self.fill(written, Undefined::Emptied)?;
        if written.is_empty() { Ok(None) } else { Ok(Some(text.parse().unwrap_or(500))) }
    }

    pub(super) fn respond(&self, status: &str, headers: &[(Arc<str>, Arc<str>)], place: Place) -> Flow<'c> {
        let code = match self.status(status) {
            Ok(code) => code.or(self.error).unwrap_or(200),
            Err(reason) => return Flow::Done(unknown(reason, place)),
        };
        let location = headers.iter().find(|(name, _)| &**name == "Location");
        Flow::Done(match location {
            Some((_, target)) if (300..400).contains(&code) => {
                let keeps = self.defaults.keeps_in_location.is_on();
                let undefined = if keeps { Undefined::Kept } else { Undefined::Emptied };
                let location = match self.fill(target, undefined) {
                    Ok(text) => HeaderValue::Known(text.into()),
                    Err(reason) => HeaderValue::Unknown(Unknown { reason, place: Some(place) }),
                };
                Outcome::Redirect { code, target: Arc::clone(target), location, place, automatic_slash: false }
            }
            _ => Outcome::Status { code, place },
        })
    }

    /// Whether a file is there is known only of what something else took to be there.
    pub(super) fn serve_files(&mut self, files: &FileServer, place: Place) -> Flow<'c> {
        let exists = self.existing.as_deref() == Some(&*self.url.path);
        let code = match &files.status {
            Some(status) => match self.status(status) {
                Ok(code) => code,
                Err(reason) => return Flow::Done(unknown(reason, place)),
            },
            None => self.error,
        };
        if let Some(code) = code {
            return Flow::Done(Outcome::Status { code, place });
        }
        if !exists && files.missing == MissingFile::PassedOn {
            return Flow::GoesOn;
        }
        let reads = matches!(&*self.method, "GET" | "HEAD");
        if !reads && self.defaults.files_refuse_methods.is_on() {
            // Caddy looks for the file first
            let is_there = exists || clean_path(&self.url.path, Slashes::Merged) == "/";
            return Flow::Fails(if is_there { 405 } else { 404 }, place);
        }
        let location = self.location_name();
        if exists || self.server.error_routes.is_empty() || self.url.path.ends_with('/') {
            return Flow::Done(Outcome::Files { location, place, missing: None });
        }
        self.trail.steps.push((place, "there may be no such file".to_owned()));
        let mut without = self.clone();
        if without.fail_over(404, place) {
            let finished = without.finish();
            let missing = match finished.outcome {
                Outcome::Status { code: 404, .. } => None,
                outcome @ (Outcome::Status { .. } | Outcome::Files { .. }) => Some(Box::new(Answer {
                    server: None,
                    location: None,
                    level: BlockId(0),
                    steps: Vec::new(),
                    outcome,
                    assumptions: Vec::new(),
                    gates: Vec::new(),
                })),
                // whoever names a fallback for missing files means addresses that are no files
                outcome => return Flow::Done(outcome),
            };
            return Flow::Done(Outcome::Files { location, place, missing });
        }
        Flow::Done(Outcome::Files { location, place, missing: None })
    }

    /// How the innermost block around the request is written.
    pub(super) fn location_name(&self) -> Arc<str> {
        if let Some((_, written)) = self.trail.blocks.last() {
            return Arc::clone(written);
        }
        let site = self.trail.site.and_then(|site| self.config.sites.get(site));
        site.and_then(|site| site.addresses.first())
            .map_or_else(|| "site".into(), |address| Arc::clone(&address.written))
    }

    /// Changes an address and a method.
    pub(super) fn rewrite(&self, rewrite: &Rewrite, (url, method): &mut (Url, Arc<str>)) -> Result<(), Unknown> {
        if let Some(why) = &rewrite.unknown {
            return Err(why.clone());
        }
        let unknown = |reason| Unknown { reason, place: rewrite.place };
        self.rewritten(rewrite, url, method).map_err(unknown)
    }

    fn rewritten(&self, rewrite: &Rewrite, url: &mut Url, method: &mut Arc<str>) -> Result<(), HoleReason> {
        let bad = |_: BadPath| HoleReason::Unsupported;
        let keeps = self.defaults.keeps_spelling;
        let slash = (self.defaults.keeps_slash, keeps);
        if let Some(written) = &rewrite.method {
            *method = self.fill(written, Undefined::Emptied)?.to_uppercase().into();
        }
        if let Some(uri) = rewrite.uri.as_deref().filter(|uri| !uri.is_empty()) {
            self.replace_any_uri(uri, url)?;
        }
        if let Some(prefix) = rewrite.strip_prefix.as_deref().filter(|prefix| !prefix.is_empty()) {
            let mut prefix = self.fill(prefix, Undefined::Emptied)?;
            if self.defaults.prefix_slash.is_on() && !prefix.starts_with('/') {
                prefix.insert(0, '/');
            }
            let slashes = Slashes::of(&prefix);
            url.change_path(slash, |path| trim_prefix(&clean_path(path, slashes), &prefix)).map_err(bad)?;
        }
        if let Some(suffix) = rewrite.strip_suffix.as_deref().filter(|suffix| !suffix.is_empty()) {
            let suffix = self.fill(suffix, Undefined::Emptied)?;
            let slashes = Slashes::of(&suffix);
            url.change_path(slash, |path| trim_suffix(&clean_path(path, slashes), &suffix)).map_err(bad)?;
        }
        if let Some(replace) = rewrite.replace.as_ref().filter(|replace| !replace.find.is_empty()) {
            let find = self.fill(&replace.find, Undefined::Emptied)?;
            let with = self.fill(&replace.with, Undefined::Emptied)?;
            let slashes = Slashes::of(&replace.find);
            let change = |text: &str| match replace.most {
                Some(most) => text.replacen(&find, &with, most),
                None => text.replace(&find, &with),
            };
            url.change_path((Toggle::Off, keeps), |path| change(&clean_path(path, slashes))).map_err(bad)?;
            url.query.text = url.query.text.clone().map(|query| change(&query));
        }
        if let Some((find, with)) = &rewrite.pattern {
            let with = self.fill(with, Undefined::Emptied)?;
            let place = rewrite.place.ok_or(HoleReason::Unsupported)?;
            let changed = self.patterns.replace(find, &url.escaped_path(), &with, place);
            let changed = changed.ok_or(HoleReason::Unsupported)?;
            url.change_path((Toggle::Off, keeps), |_| changed.clone()).map_err(bad)?;
        }
        if !rewrite.query.is_empty() {
            self.change_query(&rewrite.query, url, rewrite.place)?;
        }
        Ok(())
    }

    /// Puts a new address in place of one whose query may not be known: a word stands in for it, and where that ends is not
    /// known either.
    fn replace_any_uri(&self, uri: &str, url: &mut Url) -> Result<(), HoleReason> {
        let Err(why) = url.query.text.clone() else { return self.replace_uri(uri, url) };
        url.query = Query { text: Ok(UNSEEN.to_owned()), mark: true };
        self.replace_uri(uri, url)?;
        if url.path.contains(UNSEEN) {
            return Err(why);
        }
        if url.query.text.as_ref().is_ok_and(|query| query.contains(UNSEEN)) {
            url.query = Query { text: Err(why), mark: false };
        }
        Ok(())
    }

    /// Puts a new address in place of the old one; what it does not have stays.
    fn replace_uri(&self, uri: &str, url: &mut Url) -> Result<(), HoleReason> {
        let before_fragment = uri.split('#').next().unwrap_or_default();
        let (path, query) = match before_fragment.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (before_fragment, None),
        };
        let old = self.with_url(url.clone());
        let mut new_path = String::new();
        if !path.is_empty() {
            new_path = match self.defaults.filling {
                PathFilling::Escaped => {
                    let path = path.replace("{path}", "{http.request.uri.path}");
                    let path = path.replace("{http.request.uri.path}", &escaped_braces(&url.escaped_path()));
                    let found = self.file.as_ref().map(|file| escape_segments(&file.relative));
                    let path = match found {
                        Some(found) => path.replace(FOUND_FILE, &escaped_braces(&found)),
                        None => path,
                    };
                    old.fill(&path, Undefined::Emptied)?
                }
                PathFilling::Twice => old.fill(path, Undefined::Emptied)?,
                PathFilling::Decoded => {
                    let query = url.query.text.clone();
                    let whole = query.map(|query| if query.is_empty() { query } else { format!("?{query}") });
                    let asks = path.contains("{uri}") || path.contains("{http.request.uri}");
                    let whole = if asks { format!("{}{}", url.path, whole?) } else { String::new() };
                    let path = path.replace("{uri}", "{http.request.uri}");
                    old.fill(&path.replace("{http.request.uri}", &escaped_braces(&whole)), Undefined::Emptied)?
                }
            };
        }
        // a query that came in with a placeholder
        if let Some((before, _)) = new_path.split_once('?') {
            new_path = before.to_owned();
        }
        if let Some(query) = query {
            url.query.text = Ok(old.build_query(query)?);
        }
        if !path.is_empty() {
            if self.defaults.filling == PathFilling::Decoded {
                url.path = new_path;
            } else {
                url.set_path(&new_path).map_err(|_| HoleReason::Unsupported)?;
            }
        }
        Ok(())
    }

    /// A query with its placeholders filled, each value escaped.
    fn build_query(&self, query: &str) -> Known {
        let mut out = String::new();
        let mut rest = query;
        let mut writes_key = true;
        while !rest.is_empty() {
            let end = rest.find(['=', '&']).unwrap_or(rest.len());
            let ampersand = rest.get(end..).is_some_and(|tail| tail.starts_with('&'));
            let part = rest.get(..end).unwrap_or_default();
            let filled = self.fill_with(part, Undefined::Emptied, |name, value| {
                match value {
                    Some(value) if name == "http.request.uri.query" && writes_key => value,
                    Some(value) => escape_query(&value),
                    // what Go writes for nothing
                    None => escape_query("<nil>"),
                }
            })?;
            rest = rest.get(end + 1..).unwrap_or_default();
            if !writes_key {
                out.push('=');
            } else if !out.is_empty() && !filled.is_empty() {
                out.push('&');
            }
            out.push_str(&filled);
            writes_key = ampersand;
        }
        Ok(out)
    }

    fn change_query(&self, ops: &[QueryOp], url: &mut Url, place: Option<Place>) -> Result<(), HoleReason> {
        let Ok(text) = &url.query.text else { return Ok(()) };
        let (mut found, _) = query::parse(text);
        let fill = |text: &str| self.fill(text, Undefined::Emptied);
        // in the order in which Caddy does them
        for op in ops {
            if let QueryOp::Rename(from, to) = op {
                let (from, to) = (fill(from)?, fill(to)?);
                if !from.is_empty()
                    && !to.is_empty()
                    && from != to
                    && let Some(values) = found.remove(&from)
                {
                    found.insert(to, values);
                }
            }
        }
        for op in ops {
            if let QueryOp::Set(key, value) = op {
                let key = fill(key)?;
                if !key.is_empty() {
                    found.insert(key, vec![fill(value)?]);
                }
            }
        }
        for op in ops {
            if let QueryOp::Add(key, value) = op {
                let key = fill(key)?;
                if !key.is_empty() {
                    found.entry(key).or_default().push(fill(value)?);
                }
            }
        }
        for op in ops {
            if let QueryOp::Replace { key, pattern, with } = op {
                let (key, with) = (fill(key)?, fill(with)?);
                let place = place.ok_or(HoleReason::Unsupported)?;
                let of_key = found.iter_mut().filter(|(known, _)| key == "*" || **known == key);
                for value in of_key.flat_map(|(_, values)| values) {
                    let changed = self.patterns.replace(pattern, value, &with, place);
                    *value = changed.ok_or(HoleReason::Unsupported)?;
                }
            }
        }
        for op in ops {
            if let QueryOp::Delete(key) = op {
                found.remove(&fill(key)?);
            }
        }
        url.query.text = Ok(query::write(&found));
        Ok(())
    }

    /// Changes headers of the request, the Host among them. Caddy does changes by their kind, not in the order of the lines.
    pub(super) fn change_headers(
        &self,
        ops: &[HeaderOp],
        headers: &mut Headers,
        host: &mut Known,
    ) -> Result<(), HoleReason> {
        let deletes_all = |op: &&HeaderOp| op.change == Change::Delete && &*op.name == "*";
        if self.defaults.deletes_all_first.is_on()
            && let Some(op) = ops.iter().find(deletes_all)
        {
            for name in headers.names() {
                headers.remove(&name, Some(op.place));
            }
            headers.forget_others();
            *host = Ok(String::new());
        }
        for op in ops.iter().filter(|op| matches!(op.change, Change::Add(_))) {
            self.change_header(op, headers, host)?;
        }
        for op in ops.iter().filter(|op| matches!(op.change, Change::Set(_))) {
            self.change_header(op, headers, host)?;
        }
        for op in ops.iter().filter(|op| op.change == Change::Delete && &*op.name != "*") {
            self.change_header(op, headers, host)?;
        }
        for op in ops.iter().filter(|op| matches!(op.change, Change::Replace { .. })) {
            self.change_header(op, headers, host)?;
        }
        Ok(())
    }

    fn change_header(&self, op: &HeaderOp, headers: &mut Headers, host: &mut Known) -> Result<(), HoleReason> {
        let name = self.fill(&op.name, Undefined::Kept)?;
        let is_host = name.eq_ignore_ascii_case("host");
        let origin = HeaderOrigin::Set(op.place);
        let value = |text: &str| -> Value {
            match &op.hole {
                Some(why) => Err(why.clone()),
                None => self.fill(text, Undefined::Kept).map(Into::into),
            }
        };
        match &op.change {
            Change::Add(text) | Change::Set(text) if is_host => *host = value(text).map(|text| text.to_string()),
            Change::Add(text) => headers.add(&name, value(text), origin),
            Change::Set(text) => headers.set(&name, value(text), origin),
            Change::Delete => {
                if is_host {
                    *host = Ok(String::new());
                }
                headers.remove_fitting(&name, Some(op.place));
            }
            Change::Replace { pattern, with } => {
                let replaced = |old: &str| -> Value {
                    let (pattern, with) = (self.fill(pattern, Undefined::Kept)?, self.fill(with, Undefined::Kept)?);
                    let new = self.patterns.replace(&pattern, old, &with, op.place);
                    new.map(Into::into).ok_or(HoleReason::Unsupported)
                };
                if is_host {
                    *host = host.clone().and_then(|host| replaced(&host).map(|host| host.to_string()));
                    return Ok(());
                }
                let names = if name == "*" { headers.names() } else { vec![name.as_str().into()] };
                for name in names {
                    let Some(field) = headers.field(&name) else { continue };
                    let values = field.values.iter();
                    let values = values.map(|value| value.clone().and_then(|value| replaced(&value))).collect();
                    headers.replace_values(&name, values, origin);
                }
            }
        }
        Ok(())
    }
}

/// A text that is put in before placeholders are replaced: its braces are none.
fn escaped_braces(text: &str) -> String {
    text.replace('{', "\\{").replace('}', "\\}")
}
