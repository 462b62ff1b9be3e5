//! The answer to a request.

use std::sync::Arc;

use super::EnvoyInstance;
use super::config::{Chain, Forward, Manager, Network, TcpProxy, Transport};
use super::cors::Effective;
use super::forward::USUAL_TIMEOUT;
use super::run::{Run, Trail, unknown};
use super::select;
use crate::base::{Limit, Place};
use crate::facts::HoleReason;
use crate::model::proxy::{
    AddedHeader, Answer, BlockId, ChosenLocation, ChosenServer, ClientHeaders, IdleTimeout, Outcome, Proxied, Request,
    SpokenVersion, Upgrade, UpstreamHeaders, VersionSource, Ways, Witness, answer_with_witnesses,
};
use crate::model::{PathPiece, PathText, Tls, Unknown};

/// How long a stream may be silent when nothing is written.
const USUAL_IDLE: u64 = 300_000;

/// How long a connection that is passed on as it is may be silent when nothing is written.
const USUAL_TCP_IDLE: u64 = 3_600_000;

/// Virtual hosts that may take one request.
const HOSTS: Limit = Limit::new(
    200,
    "virtual hosts of Envoy that may take one request",
    "what becomes of requests whose host is not known is unknown",
    "state the host of the request, or split the route table",
);

/// Ways through the configuration that answers took, by number.
pub(super) type Blocks = Ways<WayKey, Way>;

/// What tells ways apart: where they end, and the headers of the answer.
pub(super) type WayKey = (Option<Place>, Option<Place>, Vec<(Place, Arc<str>, Arc<str>)>);

/// What lasts behind an answer.
#[derive(Debug, Default)]
pub(super) struct Way {
    /// What ends a socket that is silent.
    pub socket: Option<IdleTimeout>,
    /// What ends an answer that goes on.
    pub answer: Option<IdleTimeout>,
    /// What ends an answer, however much is sent.
    pub whole: Option<IdleTimeout>,
    pub added: Vec<AddedHeader>,
    pub hidden: Vec<Arc<str>>,
    /// Whom the CORS filter lets in.
    pub cors: Option<Effective>,
    /// Whether a client is bound to one member.
    pub bound: bool,
}

/// Not known, because looking for it takes too much.
fn limit(place: Place) -> Unknown {
    Unknown { reason: HoleReason::Limit, place: Some(place) }
}

impl EnvoyInstance {
    /// The number of the way from a chain of filters to a route.
    fn way(&self, chain: Option<Place>, route: Option<Place>, mut way: Way) -> BlockId {
        let named = way.added.iter().map(|header| (header.place, Arc::clone(&header.name), Arc::clone(&header.value)));
        let key: WayKey = (chain, route, named.collect());
        self.blocks.number(key, Some(self.first), |number| {
            way.added.iter_mut().for_each(|header| header.level = number);
            way
        })
    }

    /// What it does with a request.
    pub(super) fn answer_to(&self, request: &Request) -> Answer {
        if let Some(why) = &self.cut {
            return self.undecided(why.clone());
        }
        let answer = answer_with_witnesses(&request.path, |witness| witness.restore(self.concrete(request, witness)));
        answer.unwrap_or_else(|| self.undecided(Unknown { reason: HoleReason::Runtime, place: None }))
    }

    fn undecided(&self, why: Unknown) -> Answer {
        self.bare(Outcome::Unknown(why), Vec::new())
    }

    fn bare(&self, outcome: Outcome, steps: Vec<(Place, String)>) -> Answer {
        let level = self.way(None, None, Way::default());
        Answer { server: None, location: None, level, steps, outcome, assumptions: Vec::new(), gates: Vec::new() }
    }

    fn concrete(&self, request: &Request, witness: Witness) -> Answer {
        if !self.patterns.spend(1 + self.config.listeners.len() as u64, self.first) {
            return self.undecided(limit(self.first));
        }
        let Some(listener) = select::listener(&self.config, request) else {
            let other = self.config.other_listeners.clone();
            return self.undecided(other.unwrap_or(Unknown { reason: HoleReason::Unsupported, place: None }));
        };
        let place = listener.place;
        let closed = |words: &str| self.bare(Outcome::Status { code: 444, place }, vec![(place, words.to_owned())]);
        let names: usize = listener.chains.iter().map(|chain| 1 + chain.fits.names.len()).sum();
        if !self.patterns.spend(names as u64, place) {
            return self.undecided(limit(place));
        }
        let chain = match select::chain(listener, request) {
            Ok(Some(chain)) => chain,
            Ok(None) => return closed("no filter chain of Envoy takes the connection"),
            Err(()) => return self.undecided(Unknown { reason: HoleReason::Runtime, place: Some(place) }),
        };
        let passes = matches!(chain.network, Network::Tcp(_));
        match (&chain.transport, request.tls) {
            (Transport::Unknown(why), _) => return self.undecided(why.clone()),
            (Transport::Tls(_), Tls::Plain) => return closed("a plain request to a port that speaks TLS"),
            (Transport::Plain, Tls::Tls) if !passes => return closed("TLS to a port that speaks plain HTTP"),
            (Transport::Tls(terms), _) => {
                if let Some(place) = terms.client_certificate {
                    return self.undecided(Unknown { reason: HoleReason::Runtime, place: Some(place) });
                }
            }
            _ => {}
        }
        let path = witness.fill(&request.path);
        match &chain.network {
            Network::Unknown(why) => self.undecided(why.clone()),
            Network::Tcp(tcp) => self.passed_on(chain, tcp, request, &path),
            Network::Http(manager) => self.managed(chain, manager, request, &path),
        }
    }

    fn managed(&self, chain: &Chain, manager: &Manager, request: &Request, path: &str) -> Answer {
        let run = match Run::new(self, chain, manager, request, path) {
            Ok(run) => run,
            Err(outcome) => {
                let words = format!("Envoy takes the request on port {}", request.port);
                return self.bare(outcome, vec![(manager.place, words)]);
            }
        };
        let mut found: Option<Answer> = None;
        let hosts: Vec<_> = match run.hosts() {
            Some(names) => {
                names.iter().map(|name| select::virtual_host(run.table, &name.to_ascii_lowercase())).collect()
            }
            None => run.table.hosts.iter().take(HOSTS.most_items() + 1).map(Some).collect(),
        };
        if hosts.len() > HOSTS.most_items() {
            self.patterns.reached(run.table.place, &HOSTS);
            return self.undecided(limit(run.table.place));
        }
        if let Some(why) = run.table.unknown.as_ref().filter(|_| hosts.iter().any(Option::is_none)) {
            return self.undecided(why.clone());
        }
        let mut seen: Vec<Option<Place>> = Vec::new();
        for host in hosts {
            let place = host.map(|host| host.place);
            if seen.contains(&place) {
                continue;
            }
            seen.push(place);
            let routes = host.map_or(0, |host| host.routes.len());
            if !self.patterns.spend(1 + routes as u64, run.table.place) {
                return self.undecided(limit(run.table.place));
            }
            let (outcome, trail) = run.clone().at_host(host);
            let answer = self.finished(&run, outcome, trail);
            match &found {
                None => found = Some(answer),
                Some(known) if known.outcome == answer.outcome => {}
                Some(_) => {
                    return self.undecided(Unknown { reason: HoleReason::Runtime, place: Some(run.table.place) });
                }
            }
        }
        found.unwrap_or_else(|| self.undecided(Unknown { reason: HoleReason::Unsupported, place: Some(manager.place) }))
    }

    pub(super) fn finished(&self, run: &Run<'_>, outcome: Outcome, trail: Trail<'_>) -> Answer {
        let forward = Run::forward_action(&trail);
        let way = Way {
            socket: forward.map(|forward| socket_timeout(run.manager, forward)),
            answer: forward.map(|forward| shorter(socket_timeout(run.manager, forward), whole(run.manager, forward))),
            whole: forward.map(|forward| whole(run.manager, forward)),
            added: trail.added,
            hidden: trail.hidden,
            cors: trail.cors,
            bound: forward.is_some_and(|forward| self.binds(forward)),
        };
        let key = (trail.route.map(|route| route.place), trail.end.as_ref().map(|(place, _)| *place));
        let level = self.way(Some(run.chain.place), key.0.or(key.1), way);
        let server = trail.host.map(|host| ChosenServer { level, place: host.place, listen: run.chain.place });
        let end = trail.route.map(|route| (route.place, Arc::clone(&route.written))).or(trail.end);
        let location = end.map(|(place, written)| ChosenLocation { level, place, written });
        let outcome = match outcome {
            Outcome::Proxied(mut proxied) => {
                proxied.level = level;
                Outcome::Proxied(proxied)
            }
            other => other,
        };
        Answer { server, location, level, steps: trail.steps, outcome, assumptions: Vec::new(), gates: trail.gates }
    }

    /// Whether a route binds a client to one member of its cluster.
    fn binds(&self, forward: &Forward) -> bool {
        let hashes = |name: &Arc<str>| self.config.clusters.get(name).is_some_and(|cluster| cluster.hashes);
        forward.bound && forward.clusters.len() == 1 && forward.clusters.iter().all(|one| hashes(&one.cluster))
    }

    /// A connection that is handed on as it is: what is inside is not looked at.
    fn passed_on(&self, chain: &Chain, tcp: &TcpProxy, request: &Request, path: &str) -> Answer {
        let words = format!("Envoy passes connections to port {} on", request.port);
        let steps = vec![(tcp.place, words)];
        if let Some(why) = &tcp.unknown {
            return self.bare(Outcome::Unknown(why.clone()), steps);
        }
        let mut targets = Vec::new();
        let mut scheme = "http";
        for (name, place) in &tcp.clusters {
            let Some(cluster) = self.config.clusters.get(name) else {
                let reason = HoleReason::UnknownName(Arc::clone(name));
                return self.bare(unknown(reason, *place), steps);
            };
            if let Some(why) = &cluster.unknown {
                return self.bare(Outcome::Unknown(why.clone()), steps);
            }
            let wrapped = match (&chain.transport, &cluster.transport) {
                (Transport::Plain, Transport::Plain) => request.tls == Tls::Tls,
                (_, Transport::Tls(_)) => true,
                (_, Transport::Plain) => false,
                (_, Transport::Unknown(why)) => return self.bare(Outcome::Unknown(why.clone()), steps),
            };
            if wrapped {
                scheme = "https";
            }
            targets.extend(cluster.members.iter().map(|member| member.target.clone()));
        }
        if targets.is_empty() {
            return self.bare(unknown(HoleReason::Unsupported, tcp.place), steps);
        }
        let written: Arc<str> = "tcp_proxy".into();
        let idle = written_or(tcp.idle, USUAL_TCP_IDLE);
        let way = Way { socket: Some(idle), answer: Some(idle), ..Way::default() };
        let level = self.way(Some(chain.place), Some(tcp.place), way);
        let proxied = Proxied {
            location: Arc::clone(&written),
            location_place: tcp.place,
            level,
            pass_place: tcp.place,
            scheme: scheme.into(),
            targets,
            upstream: tcp.clusters.first().map(|(name, _)| Arc::clone(name)),
            method: Arc::clone(&request.method),
            path: PathText(vec![PathPiece::Known(path.into())]),
            query: request.query.clone(),
            http_version: SpokenVersion { version: request.version, source: VersionSource::Default },
            headers: UpstreamHeaders { listed: Vec::new(), removed: Vec::new(), others: ClientHeaders::PassedOn },
            upgrade: Upgrade::Carried,
            host_header: "%REQ(:AUTHORITY)%".into(),
            kept_status: None,
            origin_gate: None,
        };
        let location = Some(ChosenLocation { level, place: tcp.place, written });
        let outcome = Outcome::Proxied(Box::new(proxied));
        let steps = steps.into_iter().chain([(tcp.place, "the filter `tcp_proxy`".to_owned())]).collect();
        Answer { location, level, steps, outcome, ..self.bare(unknown(HoleReason::Runtime, tcp.place), Vec::new()) }
    }
}

/// What ends a socket: silence, or a time that no stream may last beyond.
fn socket_timeout(manager: &Manager, forward: &Forward) -> IdleTimeout {
    let idle = written_or(forward.idle.or(manager.stream_idle), USUAL_IDLE);
    shorter(idle, longest(manager, forward))
}

/// What ends an answer, however much is sent.
fn whole(manager: &Manager, forward: &Forward) -> IdleTimeout {
    shorter(longest(manager, forward), written_or(forward.timeout, USUAL_TIMEOUT))
}

fn longest(manager: &Manager, forward: &Forward) -> IdleTimeout {
    match forward.longest.or(manager.longest) {
        Some((milliseconds, place)) if milliseconds > 0 => IdleTimeout::Written { place, milliseconds },
        _ => IdleTimeout::Never,
    }
}

/// A time that is written, where none at all switches it off; the usual one, when nothing is.
fn written_or(written: Option<(u64, Place)>, usual: u64) -> IdleTimeout {
    match written {
        Some((0, _)) => IdleTimeout::Never,
        Some((milliseconds, place)) => IdleTimeout::Written { place, milliseconds },
        None => IdleTimeout::Default { milliseconds: usual },
    }
}

fn shorter(one: IdleTimeout, other: IdleTimeout) -> IdleTimeout {
    let time = |timeout: IdleTimeout| match timeout {
        IdleTimeout::Never => u64::MAX,
        IdleTimeout::Default { milliseconds } | IdleTimeout::Written { milliseconds, .. } => milliseconds,
    };
    if time(other) < time(one) { other } else { one }
}
