//! The answer to a request.

use std::net::IpAddr;
use std::sync::Arc;

use super::CaddyInstance;
use super::headers::{Change, HeaderOp};
use super::matching::host_fits;
use super::proxy::ReverseProxy;
use super::route::{AnyName, ResponseTime, Server};
use super::run::{Finished, Run, Trail, unknown};
use super::url::BadPath;
use crate::base::Place;
use crate::facts::HoleReason;
use crate::model::proxy::{
    AddedHeader, AddedTo, Answer, BackEndHeader, BlockId, ChosenLocation, ChosenServer, HttpVersion, Outcome, Request,
    Sent, Ways, Witness, answer_with_witnesses,
};
use crate::model::{Tls, Unknown};

/// Ways through the configuration that answers took, by number.
pub(super) type Blocks = Ways<WayKey, Way>;

/// What tells ways apart: what took the request, by its address, and the headers of the answer. A snippet is used with several
/// arguments, so places alone do not tell.
pub(super) type WayKey = (Option<usize>, Vec<(Place, Arc<str>, Arc<str>)>);

/// What lasts behind an answer.
#[derive(Debug, Default)]
pub(super) struct Way {
    pub proxy: Option<Arc<ReverseProxy>>,
    pub added: Vec<AddedHeader>,
}

impl CaddyInstance {
    /// The number of the way that a request took.
    fn way(&self, trail: &Trail<'_>) -> BlockId {
        let mut added = added(trail);
        let proxy = trail.proxy.as_ref().map(|proxy| Arc::as_ptr(proxy).addr());
        let named = added.iter().map(|header| (header.place, Arc::clone(&header.name), Arc::clone(&header.value)));
        let key = (proxy, named.collect());
        self.blocks.number(key, self.first, |number| {
            added.iter_mut().for_each(|header| header.level = number);
            Way { proxy: trail.proxy.clone(), added }
        })
    }
}

/// The headers that an answer gets in the end: those that are set at once stand beside the upstream's, which `header_down`
/// changes, and what waits for the answer changes all of them.
fn added(trail: &Trail<'_>) -> Vec<AddedHeader> {
    let mut found = AddedSoFar::default();
    let of = |when: ResponseTime| trail.response.iter().filter(move |(headers, _)| headers.when == when);
    for op in of(ResponseTime::AtOnce).flat_map(|(headers, _)| &headers.ops) {
        found.change(op, BackEndHeader::Kept);
    }
    if let Some(proxy) = &trail.proxy {
        let own = std::mem::take(&mut found.headers);
        for op in &proxy.header_down {
            found.change(op, BackEndHeader::Replaced);
        }
        found.headers.splice(0..0, own);
    }
    // from the inside out
    for op in of(ResponseTime::Deferred).rev().flat_map(|(headers, _)| &headers.ops) {
        found.change(op, BackEndHeader::Replaced);
    }
    let AddedSoFar { mut headers, gone } = found;
    for header in &mut headers {
        if gone.iter().any(|gone| gone.eq_ignore_ascii_case(&header.name)) {
            header.back_end = BackEndHeader::Replaced;
        }
    }
    headers
}

/// Headers of an answer, while they change.
#[derive(Default)]
struct AddedSoFar {
    headers: Vec<AddedHeader>,
    /// Names of headers of the upstream that are taken away.
    gone: Vec<Arc<str>>,
}

impl AddedSoFar {
    /// One change; `back_end` is what setting does to the upstream's own header.
    fn change(&mut self, op: &HeaderOp, back_end: BackEndHeader) {
        let named = |known: &AddedHeader| known.name.eq_ignore_ascii_case(&op.name);
        let takes_place = back_end == BackEndHeader::Replaced && matches!(op.change, Change::Set(_));
        match &op.change {
            Change::Set(value) | Change::Add(value) => {
                if matches!(op.change, Change::Set(_)) {
                    self.headers.retain(|known| !named(known));
                }
                let (name, value) = (Arc::clone(&op.name), Arc::clone(value));
                // the number is given to all of them together
                let (level, back_end) = (BlockId(0), BackEndHeader::Kept);
                self.headers.push(AddedHeader { name, value, answers: AddedTo::All, back_end, place: op.place, level });
            }
            Change::Delete => {
                self.headers.retain(|known| !named(known));
                self.gone.push(Arc::clone(&op.name));
            }
            Change::Replace { .. } => {}
        }
        if takes_place {
            self.gone.push(Arc::clone(&op.name));
        }
    }
}

impl CaddyInstance {
    /// What it does with a request.
    pub(super) fn answer_to(&self, request: &Request) -> Answer {
        if let Some(Unknown { reason, place }) = self.cut_short.why() {
            return self.undecided(reason, place);
        }
        let answer = answer_with_witnesses(&request.path, |witness| witness.restore(self.concrete(request, witness)));
        answer.unwrap_or_else(|| self.undecided(HoleReason::Runtime, None))
    }

    fn undecided(&self, reason: HoleReason, place: Option<Place>) -> Answer {
        Answer {
            server: None,
            location: None,
            level: self.way(&Trail::default()),
            steps: Vec::new(),
            outcome: Outcome::Unknown(Unknown { reason, place }),
            assumptions: Vec::new(),
            gates: Vec::new(),
        }
    }

    fn concrete(&self, request: &Request, witness: Witness) -> Answer {
        let looked_at = 1 + self.config.servers.len() + self.config.certificates.names.len();
        if self.first.is_some_and(|place| !self.patterns.spend(looked_at as u64, place)) {
            return self.undecided(HoleReason::Limit, self.first);
        }
        let Some(server) = self.server(request) else {
            let why = self.config.unplaced.first().or(self.holes.first());
            let reason = why.map_or(HoleReason::Unsupported, |why| why.reason.clone());
            return self.undecided(reason, why.and_then(|why| why.place).or(self.first));
        };
        if !self.config.unplaced.is_empty() && !self.is_named(server, request) {
            // a site whose address is not known may be meant
            let why = self.config.unplaced.first();
            let reason = why.map_or(HoleReason::Runtime, |why| why.reason.clone());
            return self.undecided(reason, why.and_then(|why| why.place));
        }
        let place = server.routes.iter().flat_map(|route| &route.handlers).map(|handler| handler.place).next();
        let Some(place) = place.or(self.first) else { return self.undecided(HoleReason::Unsupported, None) };
        let bare = |code, words: &str| {
            let steps = vec![(place, words.to_owned())];
            Answer { steps, outcome: Outcome::Status { code, place }, ..self.undecided(HoleReason::Runtime, None) }
        };
        match (request.tls, server.tls) {
            (Tls::Plain, true) => return bare(400, "a plain request to a port that speaks TLS"),
            (Tls::Tls, false) => return bare(444, "TLS to a port that speaks plain HTTP"),
            _ => {}
        }
        match self.has_certificate(server, request) {
            Some(true) => {}
            Some(false) => return bare(444, "Caddy has no certificate for the name"),
            // a file may hold one
            None => return self.undecided(HoleReason::Runtime, Some(place)),
        }
        let no_host = request.headers.get("Host") == Sent::Nothing || request.host.as_deref() == Some("");
        if no_host && request.version == HttpVersion::Http11 {
            return bare(400, "the request has no Host");
        }
        let path = witness.fill(&request.path);
        match Run::new((&self.config, server), (&self.environment, &self.patterns), request, &path) {
            Err(BadPath::Refused) => bare(400, "the path is not valid"),
            Err(BadPath::NotText) => Answer {
                outcome: unknown(HoleReason::Unsupported, place),
                ..self.undecided(HoleReason::Unsupported, None)
            },
            Ok(run) => self.finished(run.finish()),
        }
    }

    fn finished(&self, finished: Finished<'_>) -> Answer {
        let Finished { outcome, trail } = finished;
        let level = self.way(&trail);
        let site = trail.site.and_then(|site| self.config.sites.get(site));
        let server = site.map(|site| ChosenServer { level, place: site.place, listen: site.place });
        let outcome = match outcome {
            Outcome::Proxied(mut proxied) => {
                proxied.level = level;
                Outcome::Proxied(proxied)
            }
            other => other,
        };
        let location = match (trail.blocks.last(), &outcome) {
            (Some((handler, written)), _) => Some((handler.place, Arc::clone(written))),
            (None, Outcome::Proxied(proxied)) => Some((proxied.pass_place, Arc::clone(&proxied.location))),
            _ => None,
        };
        let location = location.map(|(place, written)| ChosenLocation { level, place, written });
        let Trail { steps, gates, assumptions, .. } = trail;
        Answer { server, location, level, steps, outcome, assumptions, gates }
    }

    /// The server that listens where a request arrives: one of its very address before those of every address.
    fn server(&self, request: &Request) -> Option<&Server> {
        let fits = |server: &&Server, host: fn(Option<IpAddr>, Option<IpAddr>) -> bool| {
            let sockets = &server.sockets;
            sockets.iter().any(|socket| socket.port == request.port && host(socket.host, request.address))
        };
        let servers = &self.config.servers;
        let exact = servers.iter().find(|server| fits(server, |own, asked| own.is_some() && own == asked));
        let any = || servers.iter().find(|server| fits(server, |own, _| own.is_none()));
        // without an address to go by, the only one there is
        let only = || {
            let unsaid = request.address.is_none();
            servers.iter().find(|server| unsaid && fits(server, |own, _| own.is_some()))
        };
        exact.or_else(any).or_else(only)
    }

    /// Whether a site of a server names the host of a request in full.
    fn is_named(&self, server: &Server, request: &Request) -> bool {
        let Some(name) = request.host.as_deref() else { return false };
        let sites = server.routes.iter().flat_map(|route| &route.handlers).filter_map(|handler| match handler.kind {
            super::route::HandlerKind::Site(number, _) => self.config.sites.get(number),
            _ => None,
        });
        sites.flat_map(|site| &site.addresses).any(|address| address.host.eq_ignore_ascii_case(name))
    }

    /// Whether there is a certificate for the name that a client asks for; `None` when only files could tell.
    fn has_certificate(&self, server: &Server, request: &Request) -> Option<bool> {
        let Some(name) = request.host.as_deref() else { return Some(true) };
        let known = &self.config.certificates;
        if !server.tls || server.any_name == AnyName::Yes || known.names.iter().any(|own| host_fits(own, name)) {
            return Some(true);
        }
        (known.files == 0).then_some(false)
    }
}
