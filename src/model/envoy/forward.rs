//! What an upstream receives.

use std::sync::Arc;

use super::config::{Cluster, Forward, HostRewrite, Rewrite, Route, Spoken, Transport, VirtualHost};
use super::filters::{FilterKind, RouterHeaders};
use super::headers::{Headers, Value};
use super::matcher::PathMatch;
use super::mutation::Mutations;
use super::run::{Asked, DEFAULT, Run, unknown};
use crate::base::Place;
use crate::facts::HoleReason;
use crate::model::proxy::{
    BlockId, HeaderOrigin, HeaderValue, HttpVersion, LostUpgrade, OtherHeaders, Outcome, Proxied, Sent, SpokenVersion,
    Target, Upgrade, UpstreamHeader, VersionSource,
};
use crate::model::{PathPiece, PathText, Unknown};

/// How long an answer may take when nothing is written.
pub(super) const USUAL_TIMEOUT: u64 = 15_000;

impl<'c> Run<'c> {
    pub(super) fn forward(
        &mut self,
        host: &'c VirtualHost,
        route: &'c Route,
        forward: &'c Forward,
        asked: &Asked<'c>,
    ) -> Outcome {
        if let Some(why) = &forward.unknown {
            return Outcome::Unknown(why.clone());
        }
        let clusters = match self.clusters(forward) {
            Ok(clusters) => clusters,
            Err(outcome) => return outcome,
        };
        let Some(first) = clusters.first().copied() else { return Outcome::Status { code: 503, place: forward.place } };
        if let Some(why) = clusters.iter().find_map(|cluster| cluster.unknown.as_ref()) {
            return Outcome::Unknown(why.clone());
        }
        if clusters.iter().any(|cluster| cluster.transport != first.transport || cluster.protocol != first.protocol) {
            return unknown(HoleReason::Runtime, forward.place);
        }
        let scheme: Arc<str> = match &first.transport {
            Transport::Plain => "http".into(),
            Transport::Tls(_) => "https".into(),
            Transport::Unknown(why) => return Outcome::Unknown(why.clone()),
        };
        let (version, source) = match &first.protocol {
            Spoken::Http1 => (HttpVersion::Http11, VersionSource::Default),
            Spoken::Http2 { place, .. } => (HttpVersion::Http2, VersionSource::Written(*place)),
            Spoken::AsClient => (self.request.version.max(HttpVersion::Http11), VersionSource::Default),
            Spoken::Unknown(why) => return Outcome::Unknown(why.clone()),
        };
        let members = clusters.iter().flat_map(|cluster| &cluster.members);
        let targets: Vec<Target> = members.clone().map(|member| member.target.clone()).collect();
        if targets.is_empty() {
            return Outcome::Status { code: 503, place: first.place };
        }
        let [one, several @ ..] = forward.clusters.as_slice() else {
            return unknown(HoleReason::Unsupported, forward.place);
        };
        let changed = |mutations: &Mutations| !mutations.is_empty();
        if !several.is_empty() && forward.clusters.iter().any(|one| changed(&one.requests) || changed(&one.responses)) {
            // which of them is taken is a matter of chance
            return unknown(HoleReason::Runtime, forward.place);
        }
        let mut headers = self.headers.clone();
        headers.change(&one.requests, |headers, text| self.fill(headers, text));
        self.change_request(&mut headers, [&route.requests, &host.requests, &self.table.requests]);
        let auto = members.map(|member| member.name.clone()).collect::<Vec<_>>();
        let (sent_host, host_origin) = match self.rewrite_host(forward, &mut headers, &auto) {
            Ok(found) => found,
            Err(why) => return Outcome::Unknown(why),
        };
        let path = match self.rewrite_path(route, forward, &mut headers) {
            Ok(path) => path,
            Err(why) => return Outcome::Unknown(why),
        };
        self.of_router(host, forward, &mut headers, asked);
        let (path, query) = match path.split_once('?') {
            Some((path, query)) => (path.to_owned(), self.sent_query(Some(query))),
            None => (path.clone(), self.sent_query(None)),
        };
        self.trail.steps.push((forward.place, format!("the cluster `{}`", one.cluster)));
        let upgrade = self.upgrade_verdict(asked, first, forward);
        let host_header = match &sent_host {
            Ok(text) if host_origin != HeaderOrigin::Client => Arc::clone(text),
            _ => "%REQ(:AUTHORITY)%".into(),
        };
        let value = match sent_host {
            Ok(text) => HeaderValue::Known(text),
            Err(reason) => HeaderValue::Unknown(Unknown { reason, place: None }),
        };
        let own = UpstreamHeader { name: "host".into(), value, origin: host_origin };
        Outcome::Proxied(Box::new(Proxied {
            location: Arc::clone(&route.written),
            location_place: route.place,
            level: BlockId(0),
            pass_place: forward.place,
            scheme,
            targets,
            upstream: several.is_empty().then(|| Arc::clone(&one.cluster)),
            method: Arc::clone(&self.request.method),
            path: PathText(vec![PathPiece::Known(path.into())]),
            query,
            http_version: SpokenVersion { version, source },
            headers: headers.into_upstream(own),
            upgrade,
            host_header,
            kept_status: None,
            origin_gate: None,
        }))
    }

    /// The clusters that may take the request.
    fn clusters(&self, forward: &'c Forward) -> Result<Vec<&'c Cluster>, Outcome> {
        let config = &self.instance.config;
        let mut found = Vec::new();
        for chosen in &forward.clusters {
            match (config.clusters.get(&chosen.cluster), &config.other_clusters) {
                (Some(cluster), _) => found.push(&**cluster),
                (None, Some(why)) => return Err(Outcome::Unknown(why.clone())),
                (None, None) => {
                    let reason = HoleReason::UnknownName(Arc::clone(&chosen.cluster));
                    return Err(unknown(reason, chosen.place));
                }
            }
        }
        Ok(found)
    }

    /// Changes of the levels, the innermost first unless the table says otherwise.
    fn change_request(&self, headers: &mut Headers, levels: [&Mutations; 3]) {
        let mut levels = levels.to_vec();
        if self.table.inner_last {
            levels.reverse();
        }
        for mutations in levels {
            headers.change(mutations, |headers, text| self.fill(headers, text));
        }
    }

    fn rewrite_host(
        &self,
        forward: &Forward,
        headers: &mut Headers,
        auto: &[Option<Arc<str>>],
    ) -> Result<(Value, HeaderOrigin), Unknown> {
        let (value, place): (Value, Place) = match &forward.host {
            HostRewrite::Kept => return Ok((self.host.clone(), HeaderOrigin::Client)),
            HostRewrite::Unknown(why) => return Err(why.clone()),
            HostRewrite::Literal(text, place) => (Ok(Arc::clone(text)), *place),
            HostRewrite::Header(name, place) => match headers.get(&name.to_ascii_lowercase()) {
                Sent::Text(text) if !text.is_empty() => (Ok(text), *place),
                Sent::Unknown => (Err(HoleReason::Runtime), *place),
                _ => return Ok((self.host.clone(), HeaderOrigin::Client)),
            },
            HostRewrite::Auto(place) => {
                let first = auto.first().cloned().flatten();
                match first {
                    _ if auto.windows(2).any(|pair| pair.first() != pair.last()) => (Err(HoleReason::Runtime), *place),
                    Some(name) => (Ok(name), *place),
                    None => return Ok((self.host.clone(), HeaderOrigin::Client)),
                }
            }
        };
        let told = headers.seldom("x-forwarded-host").and_then(Result::ok);
        let is_last = told.is_some_and(|told| told.rsplit(',').next() == self.host.as_deref().ok());
        if forward.appends_host && !is_last {
            headers.add("x-forwarded-host", self.host.clone(), DEFAULT);
        }
        if self.sends_own_headers() {
            headers.set("x-envoy-original-host", self.host.clone(), DEFAULT);
        }
        Ok((value, HeaderOrigin::Set(place)))
    }

    /// The path with its query, as far as that is known, after the route's rewriting.
    fn rewrite_path(&self, route: &Route, forward: &Forward, headers: &mut Headers) -> Result<String, Unknown> {
        let query = match &self.query {
            Sent::Text(query) => format!("?{query}"),
            Sent::Nothing | Sent::Unknown => String::new(),
        };
        let Some(path) = self.rewritten(route, forward.rewrite.as_ref())? else {
            return Ok(format!("{}{query}", self.path));
        };
        if self.sends_own_headers() {
            headers.set("x-envoy-original-path", self.whole_path().map(Arc::from), DEFAULT);
        }
        Ok(format!("{path}{query}"))
    }

    /// The path after a rewriting; `None` when there is none.
    pub(super) fn rewritten(&self, route: &Route, rewrite: Option<&Rewrite>) -> Result<Option<String>, Unknown> {
        match rewrite {
            None => Ok(None),
            Some(Rewrite::Unknown(why)) => Err(why.clone()),
            Some(Rewrite::Prefix(with, place)) => {
                let matched = match &route.matching.path {
                    PathMatch::Prefix(prefix) | PathMatch::Separated(prefix) => prefix.len(),
                    PathMatch::Exact(_) | PathMatch::Pattern(_) => self.path.len(),
                    PathMatch::Connect | PathMatch::Unknown => {
                        return Err(Unknown { reason: HoleReason::Unsupported, place: Some(*place) });
                    }
                };
                Ok(Some(format!("{with}{}", self.path.get(matched..).unwrap_or_default())))
            }
            Some(Rewrite::Pattern(pattern, with)) => {
                let changed = pattern.replace(&self.path, with, &self.instance.patterns);
                let unknown = || Unknown { reason: HoleReason::Unsupported, place: Some(pattern.place) };
                changed.map(Some).ok_or_else(unknown)
            }
        }
    }

    /// What the router adds at the end.
    fn of_router(&self, host: &VirtualHost, forward: &Forward, headers: &mut Headers, asked: &Asked<'_>) {
        let timeout = forward.timeout.map_or(USUAL_TIMEOUT, |(milliseconds, _)| milliseconds);
        if self.sends_own_headers() && timeout > 0 {
            headers.set("x-envoy-expected-rq-timeout-ms", Ok(timeout.to_string().into()), DEFAULT);
        }
        if host.counts_attempts {
            headers.set("x-envoy-attempt-count", Ok("1".into()), DEFAULT);
        }
        let bodiless = matches!(&*self.request.method, "GET" | "HEAD" | "DELETE" | "TRACE" | "CONNECT");
        let unsaid = headers.seldom("content-length").is_none();
        if matches!(asked, Asked::Nothing) && !bodiless && unsaid {
            // how long a body is that browsers send is not known
            let value = match self.request.headers.get("Content-Length") {
                Sent::Nothing => Ok("0".into()),
                _ => Err(HoleReason::Runtime),
            };
            headers.set("content-length", value, HeaderOrigin::Client);
        }
    }

    /// Whether the router tells upstreams of itself.
    fn sends_own_headers(&self) -> bool {
        let quiet =
            |kind: &FilterKind| matches!(kind, FilterKind::Router(headers) if *headers == RouterHeaders::Suppressed);
        !self.manager.filters.iter().any(|filter| quiet(&filter.kind))
    }

    /// Where browsers are told to send handshakes over HTTP/2, when they are.
    fn comes_over_http2(&self) -> Option<Place> {
        let Transport::Tls(terms) = &self.chain.transport else { return None };
        let offered = terms.protocols.iter().any(|protocol| &**protocol == "h2");
        let is_browser = self.request.headers.others == OtherHeaders::Unknown;
        self.manager.connects.filter(|_| offered && is_browser)
    }

    fn sent_query(&self, written: Option<&str>) -> Sent {
        match (&self.query, written) {
            (Sent::Unknown, _) => Sent::Unknown,
            (_, Some(query)) => Sent::Text(query.into()),
            (_, None) => Sent::Nothing,
        }
    }

    fn upgrade_verdict(&self, asked: &Asked<'_>, cluster: &Cluster, forward: &Forward) -> Upgrade {
        let lost = |problem: String, place: Place| {
            let missing = vec![Arc::from("upgrade_configs")];
            Upgrade::Lost(LostUpgrade { problem, missing, place, dropped: None })
        };
        match asked {
            Asked::Refused(place, problem) => lost(problem.clone(), *place),
            Asked::Unknown => Upgrade::Unknown(Unknown { reason: HoleReason::Runtime, place: Some(forward.place) }),
            Asked::Nothing => Upgrade::Carried,
            Asked::Allowed(_) => match &cluster.protocol {
                Spoken::Http1 | Spoken::AsClient if self.comes_over_http2().is_some() => {
                    let place = self.comes_over_http2().unwrap_or(forward.place);
                    lost("browsers send handshakes over HTTP/2 here, without the `Sec-WebSocket-Key` that HTTP/1.1 to the upstream needs".to_owned(), place)
                }
                Spoken::Http2 { connects: false, place } => {
                    lost("HTTP/2 to the upstream carries no upgrade without `allow_connect`".to_owned(), *place)
                }
                Spoken::Http2 { connects: true, place } => {
                    Upgrade::Unknown(Unknown { reason: HoleReason::Runtime, place: Some(*place) })
                }
                _ => Upgrade::Carried,
            },
        }
    }
}
