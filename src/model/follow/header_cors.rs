//! CORS as headers that a proxy writes on answers (`add_header Access-Control-Allow-Origin`), where the back end has none.

use std::sync::Arc;

use super::walk::Walk;
use crate::base::Place;
use crate::facts::{ClientApi, Framework, Protocol};
use crate::model::proxy::{AddedHeader, BlockId, Outcome, OwnCors, Proxy, Request};
use crate::model::{Admits, AppId, Listed, OriginEntry, PathText, PreflightPolicy};

const SIMPLE: [&str; 3] = ["GET", "HEAD", "POST"];

/// Who answers what browsers ask ahead of a request, as far as CORS goes.
enum Ahead {
    /// Nobody asks.
    NotAsked,
    /// The proxy, with the headers of this level.
    Proxy(BlockId),
    /// The back end, with a status that browsers take, under the headers of the request itself.
    BackEnd,
    /// The back end, with a status that browsers refuse.
    Refused,
    /// Not known.
    Unknown,
}

/// What the headers of a proxy come to.
pub(super) enum Written {
    /// A policy like that of an application.
    Policy(OwnCors),
    /// The back end answers what is asked ahead with an error, whatever header is added to that: its place and value.
    PreflightRefused(Place, Arc<str>),
    /// Not known.
    Unknown(&'static str),
}

impl Walk<'_> {
    /// The policy that the proxy in front writes as headers; `None` when it writes none.
    pub(super) fn cors_in_headers(&self, apps: &[AppId], path: &PathText, origin: &str) -> Option<Written> {
        let passage = self.passages.last()?;
        let proxy = self.wiring.proxies.get(passage.proxy)?;
        let here = Headers { proxy, request: &passage.request, level: passage.proxied.level };
        let header = here.one("access-control-allow-origin")?;
        let ahead = self.ahead(proxy, &passage.request, apps, path);
        let answered = match ahead {
            Ahead::Proxy(level) => Headers { level, ..here },
            Ahead::NotAsked | Ahead::BackEnd => here,
            Ahead::Refused => return Some(Written::PreflightRefused(header.place, header.value)),
            Ahead::Unknown => return Some(Written::Unknown("what answers the preflight is not known")),
        };
        if answered.one("access-control-allow-origin").is_none() {
            return Some(Written::Unknown("the preflight is answered without the headers of the proxy"));
        }
        let value = if header.value.contains("http_origin") { Some(origin.to_owned()) } else { here.value(&header) };
        let Some(value) = value else {
            return Some(Written::Unknown("what the proxy makes of Access-Control-Allow-Origin is not known"));
        };
        let admits = match value.as_str() {
            "*" => Admits::Any(vec![header.place]),
            text => {
                let entry = OriginEntry { text: Arc::from(text), places: vec![header.place] };
                Admits::List { entries: vec![entry], patterns: Vec::new(), more: None }
            }
        };
        let credentials = here.one("access-control-allow-credentials").and_then(|header| here.value(&header));
        Some(Written::Policy(OwnCors {
            place: header.place,
            admits,
            credentials: credentials.as_deref() == Some("true"),
            preflight: PreflightPolicy {
                methods: answered.listed("access-control-allow-methods"),
                headers: answered.listed("access-control-allow-headers"),
            },
            idle: None,
        }))
    }

    fn ahead(&self, proxy: &dyn Proxy, request: &Request, apps: &[AppId], path: &PathText) -> Ahead {
        let sent = &self.connection.headers;
        let is_simple = SIMPLE.contains(&self.method()) && sent.asked.is_empty();
        if self.connection.api == ClientApi::EventSource || self.connection.api.is_socket() || is_simple {
            return Ahead::NotAsked;
        }
        let asked = Request { method: Arc::from("OPTIONS"), protocol: Protocol::Http, ..request.clone() };
        let answer = proxy.answer(&asked);
        match answer.outcome {
            Outcome::Status { code: 200..=299, .. } => Ahead::Proxy(answer.level),
            Outcome::Status { .. } => Ahead::Refused,
            Outcome::Proxied(_) => self.back_end_answers(apps, path),
            Outcome::Redirect { .. } | Outcome::Files { .. } | Outcome::Unknown(_) => Ahead::Unknown,
        }
    }

    /// What frameworks answer to OPTIONS by themselves, where a path has routes of other methods alone.
    fn back_end_answers(&self, apps: &[AppId], path: &PathText) -> Ahead {
        let has_own = super::route::taking(self.wiring, apps, path, Protocol::Http)
            .any(|(_, route, _)| route.methods.is_empty() || route.methods.iter().any(|method| &**method == "OPTIONS"));
        let mut all = apps.iter().map(|app| match self.framework(*app) {
            Some(Framework::Express | Framework::ExpressWs) => Ahead::BackEnd,
            Some(Framework::Flask) if !has_own => Ahead::BackEnd,
            Some(Framework::FastApi | Framework::Starlette | Framework::Aiohttp | Framework::Fastify) if !has_own => {
                Ahead::Refused
            }
            _ => Ahead::Unknown,
        });
        match (all.next(), all.next()) {
            (Some(only), None) => only,
            _ => Ahead::Unknown,
        }
    }
}

/// The headers that a level of a proxy adds to good answers.
#[derive(Clone, Copy)]
struct Headers<'p> {
    proxy: &'p dyn Proxy,
    request: &'p Request,
    level: BlockId,
}

impl Headers<'_> {
    /// The header of a name, where it is added once.
    fn one(&self, name: &str) -> Option<AddedHeader> {
        let added = self.proxy.added_headers(self.level);
        let mut found =
            added.into_iter().filter(|header| header.name.eq_ignore_ascii_case(name) && !header.value.is_empty());
        found.next().filter(|_| found.next().is_none())
    }

    fn value(&self, header: &AddedHeader) -> Option<String> {
        self.proxy.header_text(self.request, header).as_known()
    }

    fn listed(&self, name: &str) -> Listed {
        let Some(header) = self.one(name) else { return Listed::Only(Vec::new()) };
        match self.value(&header) {
            Some(value) if value.trim() == "*" => Listed::Any,
            Some(value) => Listed::Only(value.split(',').map(|word| Arc::from(word.trim())).collect()),
            None => Listed::Unknown,
        }
    }
}
