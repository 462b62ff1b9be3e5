//! mod_proxy: which requests go to an upstream, and at which address.

use std::sync::Arc;

use super::address::{Address, strip_gaps, without_usual_port};
use super::alias::substituted;
use super::balancer::Member;
use super::pass::{Pass, pass};
use super::paths::Family;
use super::run::{Run, Stop};
use super::tree::{Argument, GAP};
use super::uri::{self, EncodedSlashes};
use super::values::UNKNOWN_QUERY;
use super::workers::{Asked, Worker, Workers};
use crate::base::Place;
use crate::facts::HoleReason;
use crate::model::proxy::{Outcome, Proxied, Sent, SpokenVersion, Target, Upgrade, VersionSource};
use crate::model::{PathPiece, PathText};

/// A query that is longer than what any worker's name has more than an address.
const LONG_QUERY: usize = 200;

/// What a `ProxyPass` says about a path.
enum Mapped {
    No,
    /// `!`: no other one is looked at.
    Never,
    To(String),
}

impl<'a> Run<'a> {
    /// Whether a `ProxyPass` takes the request: that of the sections first, then those of the servers, in their order.
    pub(super) fn map_to_upstream(&mut self) -> Result<bool, Stop> {
        if self.environment.contains_key("no-proxy") {
            return match self.environment.get("no-proxy") {
                Some(None) => Err(Stop::Unknown(self.runtime())),
                _ => Ok(false),
            };
        }
        let names = ["proxypass", "proxypassmatch"];
        let of_section = self.sections().levels.iter().rev().find_map(|level| {
            let directive = level.named(&names).next_back()?;
            Some((*level, directive))
        });
        let of_section = of_section.and_then(|(level, directive)| pass(directive, self.section_words(level.id)));
        let path = self.uri.clone();
        let of_servers = self.server.levels().into_iter().flat_map(|level| level.taking(Family::Pass, &path));
        for pass in of_section.into_iter().chain(of_servers.filter_map(|directive| pass(directive, None))) {
            match self.mapped(&pass)? {
                Mapped::No => {}
                Mapped::Never => return Ok(false),
                Mapped::To(address) => {
                    self.pass = Some(pass.directive.place);
                    self.passed_by = Some(pass.from.clone());
                    self.passed_by_pattern = pass.is_pattern;
                    self.no_query = pass.no_query;
                    self.filename = Some(format!("proxy:{address}"));
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// The first word of a section.
    pub(super) fn section_words(&self, block: u32) -> Option<&'a Argument> {
        let (outer, section) = self.instance.section(block)?;
        let is_own = self.server.levels().iter().any(|level| level.id == outer);
        section.args.iter().find(|arg| !arg.is("~")).filter(|_| is_own)
    }

    fn mapped(&mut self, pass: &Pass<'a>) -> Result<Mapped, Stop> {
        let place = pass.directive.place;
        let from = self.known(pass.from)?;
        let to = pass.to.gapped();
        let path = self.uri.clone();
        let rest = if pass.is_pattern {
            let Some(groups) = self.find(from, false, &path, pass.from.place)? else { return Ok(Mapped::No) };
            if &*to == "!" {
                return Ok(Mapped::Never);
            }
            if pass.raw {
                return Err(self.unknown(HoleReason::Unsupported, place));
            }
            let address = substituted(&to, &groups);
            if address == *to { format!("{to}{path}") } else { address }
        } else {
            let Some(length) = uri::prefix_length(&path, from) else { return Ok(Mapped::No) };
            if &*to == "!" {
                return Ok(Mapped::Never);
            }
            let raw = format!("{}{}", self.raw, self.query());
            let unread = pass.raw && uri::prefix_length(&raw, from) == Some(length);
            self.not_escaped |= unread;
            let rest = if unread { raw.get(length..) } else { path.get(length..) };
            format!("{to}{}", rest.unwrap_or_default())
        };
        if pass.other_mapping || pass.interpolated && self.scope.flag("proxypassinterpolateenv") == Some(true) {
            return Err(self.unknown(HoleReason::Unsupported, place));
        }
        Ok(Mapped::To(rest))
    }

    /// Sends the request on.
    pub(super) fn forward(&mut self, url: &str) -> Result<std::convert::Infallible, Stop> {
        let place = self.pass.unwrap_or_else(|| self.place());
        let Some(address) = Address::new(url) else { return Err(Stop::Error { code: 400, place }) };
        if address.scheme == "balancer" {
            return self.forward_to_balancer(&address, place);
        }
        if !matches!(&*address.scheme, "http" | "https" | "ws" | "wss" | "h2" | "h2c") {
            return Err(self.unknown(HoleReason::ExternalCall(address.scheme.into()), place));
        }
        if !address.authority.contains(GAP) && address.host_port().is_none() {
            // what is no name cannot be looked up; what is no address is not even tried
            let unread =
                address.authority.is_empty() || address.has_bad_port() || address.authority.contains(['?', '#']);
            let code = if unread { 400 } else { 500 };
            return Err(Stop::Error { code, place });
        }
        let Some(target) = address.target(place) else { return Err(Stop::Error { code: 400, place }) };
        let (path, query) = self.sent_path(address.path)?;
        let known = format!("{}://{}{path}", address.scheme, without_usual_port(&address));
        let workers: Vec<&'a Workers> = self.instance.index.workers(self.server).collect();
        self.charge(workers.iter().map(|workers| workers.tried()).sum(), place)?;
        // the query is part of the address that workers are compared with, and its length counts
        let best = |query: &str| {
            let asked = Asked::new(&format!("{known}{query}"))?;
            let found = workers.iter().filter_map(|workers| workers.best(&asked));
            found.reduce(|best, own| if own.name.len() > best.name.len() { own } else { best })
        };
        let found = match &query {
            Sent::Text(query) => best(&format!("?{query}")),
            Sent::Nothing => best(""),
            Sent::Unknown => {
                let (short, long) = (best(""), best(&format!("?{}", "q".repeat(LONG_QUERY))));
                let identity = |worker: &Worker| (worker.place, worker.name.len());
                self.worker_is_known = short.map(identity) == long.map(identity);
                short
            }
        };
        // one that is not looked at may fit better
        self.worker_is_known &= workers.iter().all(|workers| workers.cut_short.is_empty());
        let upstream = Upstream { worker: found, targets: vec![target], name: None, path, query };
        Err(Stop::Done(self.proxied(&address, upstream, place)?))
    }

    fn forward_to_balancer(&mut self, address: &Address<'_>, place: Place) -> Result<std::convert::Infallible, Stop> {
        let name = format!("balancer://{}", address.authority.to_ascii_lowercase());
        let balancers: Vec<_> = self.instance.index.balancers(self.server).collect();
        if balancers.iter().any(|balancers| !balancers.cut_short.is_empty()) {
            return Err(self.unknown(HoleReason::Limit, place));
        }
        let found: Vec<&'a [Member]> = balancers.iter().filter_map(|balancers| balancers.get(&name)).collect();
        if found.is_empty() {
            // the rest of the path became part of the name, or nobody has written the section
            return Err(match self.unseen() {
                Some(path) => self.unknown(HoleReason::Unresolved(path), place),
                None => Stop::Error { code: 500, place },
            });
        }
        self.charge(found.iter().map(|members| members.len()).sum(), place)?;
        let (path, query) = self.sent_path(address.path)?;
        let usable: Vec<&'a Member> = found.into_iter().flatten().filter(|member| !member.spare).collect();
        let Some(first) = usable.first() else { return Err(Stop::Error { code: 503, place }) };
        let Some(inner) = Address::new(&first.worker.name) else { return Err(Stop::Error { code: 400, place }) };
        let targets: Vec<Target> =
            usable.iter().filter_map(|member| Address::new(&member.worker.name)?.target(member.worker.place)).collect();
        // members that differ in more than their address send different things
        let path_of = |name: &str| Address::new(name).map(|address| (address.scheme.clone(), address.path.to_owned()));
        if usable.iter().any(|member| {
            path_of(&member.worker.name) != path_of(&first.worker.name)
                || member.worker.parameter("upgrade") != first.worker.parameter("upgrade")
        }) {
            return Err(Stop::Unknown(self.runtime()));
        }
        let whole = format!("{}{path}", inner.path);
        let upstream = Upstream { worker: Some(&first.worker), targets, name: Some(name.into()), path: whole, query };
        Err(Stop::Done(self.proxied(&inner, upstream, place)?))
    }

    /// The path and the query that the upstream receives.
    fn sent_path(&self, path: &str) -> Result<(String, Sent), Stop> {
        let place = self.pass.unwrap_or_else(|| self.place());
        if self.not_escaped {
            let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
            let bad =
                |text: &str| text.bytes().any(|byte| byte.is_ascii_control() && byte != GAP as u8 || byte == b' ');
            let query = match query {
                Some(query) if query.contains(UNKNOWN_QUERY) => Sent::Unknown,
                Some(query) => Sent::Text(query.into()),
                // a rule that does not escape keeps the query apart
                None => self.args.clone(),
            };
            if bad(path) {
                return Err(Stop::Error { code: 403, place });
            }
            return Ok((if path.is_empty() { "/".to_owned() } else { path.to_owned() }, query));
        }
        let encoded = self.encoded_slashes();
        let encoded = if encoded == EncodedSlashes::Kept { encoded } else { EncodedSlashes::Refused };
        let path = if path.is_empty() { "/" } else { path };
        let query = if self.no_query { Sent::Nothing } else { self.args.clone() };
        if matches!(&query, Sent::Text(text) if text.bytes().any(|byte| byte.is_ascii_control() || byte == b' ')) {
            return Err(Stop::Error { code: 403, place });
        }
        match uri::canonical(path, encoded) {
            Some(path) => Ok((path, query)),
            None => Err(Stop::Error { code: 400, place }),
        }
    }

    fn proxied(&mut self, address: &Address<'_>, upstream: Upstream<'a>, place: Place) -> Result<Outcome, Stop> {
        let Upstream { worker, targets, name, path, query } = upstream;
        let old = self.environment.contains_key("force-proxy-request-1.0");
        let version = match (&*address.scheme, old) {
            ("h2" | "h2c", _) => crate::model::proxy::HttpVersion::Http2,
            (_, true) => crate::model::proxy::HttpVersion::Http10,
            _ => crate::model::proxy::HttpVersion::Http11,
        };
        let wants = self.header("Upgrade");
        let by_scheme = matches!(&*address.scheme, "ws" | "wss").then_some("WebSocket");
        let carried = match (&wants, old) {
            (Sent::Text(protocol), false) => match worker {
                Some(worker) => worker.can_upgrade(protocol, by_scheme),
                None => by_scheme.is_some_and(|default| default.eq_ignore_ascii_case(protocol)),
            },
            _ => false,
        };
        self.carrier = worker.map(|worker| worker.place);
        let verdict = match self.worker_is_known {
            true => self.upgrade(address, worker, carried, place),
            false => Upgrade::Unknown(self.runtime()),
        };
        let headers = self.upstream_headers(address, worker, carried, &targets)?;
        let shown = strip_gaps(address.authority);
        self.steps.push((place, format!("Apache sends it to {}://{shown}", address.scheme)));
        let written: Arc<str> = match (&self.passed_by, self.passed_by_pattern) {
            (Some(from), true) => format!("ProxyPassMatch {}", from.text).into(),
            (Some(from), false) => format!("ProxyPass {}", from.text).into(),
            (None, _) => "RewriteRule".into(),
        };
        let scheme = if matches!(&*address.scheme, "https" | "wss" | "h2") { "https" } else { "http" };
        Ok(Outcome::Proxied(Box::new(Proxied {
            location: written,
            location_place: place,
            level: self.level(),
            pass_place: place,
            scheme: scheme.into(),
            targets,
            upstream: name,
            method: Arc::clone(&self.method),
            path: path_text(&path),
            query,
            http_version: SpokenVersion { version, source: VersionSource::Default },
            headers,
            upgrade: verdict,
            host_header: shown.into(),
            kept_status: None,
            origin_gate: None,
        })))
    }
}

/// Where a request goes.
struct Upstream<'a> {
    worker: Option<&'a Worker>,
    targets: Vec<Target>,
    name: Option<Arc<str>>,
    path: String,
    query: Sent,
}

/// A path whose gaps are unknown pieces.
fn path_text(path: &str) -> PathText {
    let mut pieces = Vec::new();
    for (index, known) in path.split(GAP).enumerate() {
        if index > 0 {
            pieces.push(PathPiece::Rest);
        }
        if !known.is_empty() {
            pieces.push(PathPiece::Known(known.into()));
        }
    }
    PathText(pieces)
}
