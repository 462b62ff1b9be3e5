//! Idle time-outs of a proxy that are shorter than every heartbeat of the wire.

use super::heartbeats::{Beat, Heartbeats, words};
use crate::base::Place;
use crate::facts::{ClientApi, Protocol};
use crate::model::proxy::{Carries, IdleTimeout, Upgrade};
use crate::model::{
    Cause, CauseKind, Chain, ConnectionId, Cuts, DeploymentId, HopKind, Link, Passage, Route, RouteId, TimeoutSource,
    Wiring,
};

/// An explicit value below this is a choice that leaves no room for pings.
const HASTY: u64 = 30_000;
/// nginx's default. Who sets more than this without a heartbeat has chosen how long a silence may be.
const DEFAULT: u64 = 60_000;

/// Sockets and event streams of known clients whose wire a proxy cuts between two heartbeats, or in any silence when there are none.
pub(super) fn check(wiring: &Wiring) -> Vec<Cause> {
    let mut heartbeats = Heartbeats::new(wiring);
    let mut causes = Vec::new();
    for passage in &wiring.passages {
        causes.extend(cause(wiring, &mut heartbeats, passage));
    }
    causes
}

fn cause(wiring: &Wiring, heartbeats: &mut Heartbeats<'_>, passage: &Passage) -> Option<Cause> {
    // A client that is not known may send heartbeats of its own.
    let wire = passage.wire?;
    let api = wiring.connections.get(wire.0.0 as usize)?.api;
    if api == ClientApi::EventSource
        && passage.request.protocol == Protocol::Http
        && let Some(ended) = ended(wiring, wire, passage)
    {
        return Some(ended);
    }
    let instance = wiring.proxies.get(passage.proxy).filter(|proxy| proxy.accusable())?;
    let proxied = &passage.proxied;
    // Whether the back end takes an upgrade in HTTP/1.0 is another question; if it does, a time that is written counts.
    let is_old = matches!(proxied.upgrade, Upgrade::Http10 { .. });
    let carries = match passage.request.protocol {
        Protocol::WebSocket if api.is_socket() && (proxied.upgrade == Upgrade::Carried || is_old) => Carries::Socket,
        Protocol::Http if streams_events(wiring, passage) => Carries::Answer,
        _ => return None,
    };
    let timeout = instance.idle_timeout(proxied.level, carries)?;
    let (place, source, limit) = found(timeout, passage)?;
    if !wiring.repository.may_be_accused(place.file) || is_old && source != TimeoutSource::Written {
        return None;
    }
    let hasty = source == TimeoutSource::Written && limit < HASTY;
    let beats = match carries {
        Carries::Socket => heartbeats.of(passage)?,
        Carries::Answer => heartbeats.timers(passage)?,
    };
    let fastest = beats.first();
    // a stream without a timer writes when something happens, and may be over by then
    if carries == Carries::Answer && (fastest.is_none() || !hasty) {
        return None;
    }
    if fastest.is_some_and(|beat| beat.period < limit) || fastest.is_none() && limit > DEFAULT {
        return None;
    }
    let kind = CauseKind::ShortProxyTimeout {
        by: instance.words(),
        location: proxied.location.clone(),
        timeout: words(limit),
        source,
        hasty,
        heartbeat: fastest.map(|beat| words(beat.period)),
        send_timeout: instance.uncounted_timeout(proxied.level).is_some(),
        cuts: if carries == Carries::Answer { Cuts::SilentStreams } else { Cuts::Sockets },
    };
    let links = evidence(passage, fastest, place, instance.uncounted_timeout(proxied.level), wiring);
    let defaults = instance.defaults_rest_on().filter(|_| source == TimeoutSource::Default);
    Some(Cause {
        kind,
        place,
        key: proxied.location.to_string(),
        chains: vec![Chain { wire: Some(wire), hop: Some(HopKind::Location), links }],
        assumptions: passage.assumptions.iter().cloned().chain(defaults).collect(),
    })
}

/// Whether every route that takes the request streams events.
fn streams_events(wiring: &Wiring, passage: &Passage) -> bool {
    let route = |id: &RouteId| wiring.routes.get(id.0 as usize);
    !passage.routes.is_empty() && passage.routes.iter().all(|id| route(id).is_some_and(Route::streams_events))
}

/// An event stream that the proxy ends, whatever comes over it.
fn ended(wiring: &Wiring, wire: (ConnectionId, DeploymentId), passage: &Passage) -> Option<Cause> {
    let instance = wiring.proxies.get(passage.proxy).filter(|proxy| proxy.accusable())?;
    let proxied = &passage.proxied;
    let (place, source, limit) = found(instance.ends_answers(proxied.level)?, passage)?;
    if !wiring.repository.may_be_accused(place.file) || limit > DEFAULT {
        return None;
    }
    let kind = CauseKind::ShortProxyTimeout {
        by: instance.words(),
        location: proxied.location.clone(),
        timeout: words(limit),
        source,
        hasty: source == TimeoutSource::Written && limit < HASTY,
        heartbeat: None,
        send_timeout: false,
        cuts: Cuts::EventStreams,
    };
    let mut links = passage.links.clone();
    links.push(Link { place: proxied.location_place, shows: "what takes the stream".to_owned() });
    links.retain(|link| link.place != place);
    Some(Cause {
        kind,
        place,
        key: proxied.location.to_string(),
        chains: vec![Chain { wire: Some(wire), hop: Some(HopKind::Location), links }],
        assumptions: passage.assumptions.clone(),
    })
}

/// Where a time is written, who says it, and how long it is; `None` when it never ends.
fn found(timeout: IdleTimeout, passage: &Passage) -> Option<(Place, TimeoutSource, u64)> {
    match timeout {
        IdleTimeout::Never => None,
        IdleTimeout::Default { milliseconds } => {
            Some((passage.proxied.location_place, TimeoutSource::Default, milliseconds))
        }
        IdleTimeout::Written { place, milliseconds } => Some((place, TimeoutSource::Written, milliseconds)),
    }
}

fn evidence(
    passage: &Passage,
    fastest: Option<&Beat>,
    place: Place,
    send_timeout: Option<Place>,
    wiring: &Wiring,
) -> Vec<Link> {
    let mut links = passage.links.clone();
    let mut link = |place: Place, shows: String| {
        if !links.iter().any(|link| link.place == place) {
            links.push(Link { place, shows });
        }
    };
    link(passage.proxied.location_place, "the location that takes it".to_owned());
    if let Some(place) = send_timeout {
        link(place, "does not count for a socket that is silent".to_owned());
    }
    match fastest {
        Some(beat) => {
            link(beat.place, format!("{} writes every {}", beat.who, words(beat.period)));
            for place in beat.evidence.iter().filter(|place| place.file != beat.place.file) {
                link(*place, "part of the interval".to_owned());
            }
        }
        None => {
            let listener = passage.listener.and_then(|id| wiring.listeners.get(id.0 as usize));
            if let Some(listener) = listener {
                link(listener.place, "this server sends no pings".to_owned());
            }
        }
    }
    links.retain(|link| link.place != place);
    links
}
