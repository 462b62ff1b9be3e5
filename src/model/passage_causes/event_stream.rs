//! Event streams that a proxy holds back.

use crate::base::Place;
use crate::facts::{Framework, Protocol, ServerProgram};
use crate::model::proxy::{Buffering, HttpVersion, VersionSource};
use crate::model::{Assumption, Cause, CauseKind, Chain, Holder, HopKind, Link, Listener, Passage, Route, Tls, Wiring};

/// How a back end marks the end of an answer whose length it does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Framing {
    /// In chunks: nginx hands each on at once.
    Chunked,
    /// It closes the connection: nginx waits for its buffer to fill.
    ByClosing,
    Unknown,
}

/// Streams whose events nginx keeps until a buffer is full or the stream ends.
pub(super) fn check(wiring: &Wiring) -> Vec<Cause> {
    // One place that turns the buffering off may be a middleware of every route.
    let unbuffered = wiring.repository.iter().any(|(_, facts)| facts.role.speaks() && !facts.unbuffered.is_empty());
    wiring.passages.iter().filter_map(|passage| cause(wiring, passage, unbuffered)).collect()
}

fn cause(wiring: &Wiring, passage: &Passage, unbuffered: bool) -> Option<Cause> {
    let routes: Option<Vec<&Route>> = passage
        .routes
        .iter()
        .map(|id| wiring.routes.get(id.0 as usize).filter(|route| route.streams_events()))
        .collect();
    let routes = routes.filter(|_| passage.request.protocol == Protocol::Http)?;
    let route = routes.first()?;
    let instance = wiring.proxies.get(passage.proxy).filter(|proxy| proxy.accusable())?;
    let proxied = &passage.proxied;
    let place = proxied.location_place;
    if !wiring.repository.may_be_accused(place.file) {
        return None;
    }
    let buffering = instance.buffering(proxied.level)?;
    if buffering == Buffering::Off || unbuffered && buffering == Buffering::On {
        return None;
    }
    let mut assumptions = passage.assumptions.clone();
    let gzip = instance.compresses(proxied.level, "text/event-stream");
    let listener = passage.listener.and_then(|id| wiring.listeners.get(id.0 as usize));
    let mut shown: Option<(Place, &str)> = None;
    let holder = if let Buffering::Whole(middleware) = buffering {
        shown = Some((middleware, "reads an answer to its end before it hands it on"));
        Holder::Whole
    } else if let Some(gzip) = gzip {
        shown = Some((gzip, "compresses event streams too"));
        Holder::Gzip
    } else {
        let version = proxied.http_version;
        let tls = passage.wire.is_some()
            && passage.request.tls == Tls::Tls
            && instance.speaks_http2(passage.request.port) == Some(false);
        if tls {
            Holder::Tls
        } else if framing(wiring, listener, route, version.version) != Framing::ByClosing {
            return None;
        } else if version.version == HttpVersion::Http10 {
            match version.source {
                VersionSource::Written(place) => shown = Some((place, "the back end is asked in HTTP/1.0")),
                VersionSource::Default => {}
                VersionSource::DefaultOfUnknown => {
                    assumptions.push(Assumption::NginxVersion("before 1.29.7".into()));
                }
            }
            Holder::Http10
        } else {
            Holder::Unchunked
        }
    };
    let mut links = passage.links.clone();
    let streams = route.handler.as_ref().and_then(|(file, handler)| {
        let step = handler.steps.iter().find(|step| step.kind == crate::facts::StepKind::StreamsEvents)?;
        Some((Place::new(*file, step.span), "the route streams events"))
    });
    let served = listener
        .filter(|_| !matches!(holder, Holder::Gzip | Holder::Tls | Holder::Whole))
        .map(|listener| (listener.place, "what serves it"));
    for (place, shows) in [shown, streams, served].into_iter().flatten() {
        if !links.iter().any(|link| link.place == place) {
            links.push(Link { place, shows: shows.to_owned() });
        }
    }
    links.retain(|link| link.place != place);
    let name = route.path.value().cloned().flatten().unwrap_or_else(|| "/".into());
    Some(Cause {
        kind: CauseKind::BufferedEventStream {
            by: instance.words(),
            location: proxied.location.clone(),
            route: name,
            holder,
        },
        place,
        key: proxied.location.to_string(),
        chains: vec![Chain { wire: passage.wire, hop: Some(HopKind::Location), links }],
        assumptions,
    })
}

/// How the process behind a route ends a stream that was asked for in `version`.
fn framing(wiring: &Wiring, listener: Option<&Listener>, route: &Route, version: HttpVersion) -> Framing {
    let framework = wiring.apps.get(route.app.0 as usize).map(|app| app.framework);
    let program = listener.map(|listener| listener.program);
    let old = version == HttpVersion::Http10;
    let by_version = if old { Framing::ByClosing } else { Framing::Chunked };
    match (program, framework) {
        // Django's development server never sends chunks, unless daphne has taken its place.
        (Some(ServerProgram::DjangoRunserver), _) => match depends_on(wiring, route, "daphne") {
            true => by_version,
            false => Framing::ByClosing,
        },
        (Some(ServerProgram::Hypercorn | ServerProgram::Daphne), _) => by_version,
        (Some(ServerProgram::Uvicorn), _) => uvicorn(wiring, route, version),
        (Some(ServerProgram::Gunicorn), Some(Framework::FastApi | Framework::Starlette)) => {
            uvicorn(wiring, route, version)
        }
        (Some(ServerProgram::Gunicorn), Some(Framework::Flask | Framework::Django)) => by_version,
        (
            _,
            Some(Framework::Express | Framework::Nest | Framework::NodeHttp | Framework::Aiohttp | Framework::Tornado),
        ) => by_version,
        _ => Framing::Unknown,
    }
}

/// uvicorn answers in chunks whatever it is asked in, when httptools reads its requests: `uvicorn[standard]` brings it.
fn uvicorn(wiring: &Wiring, route: &Route, version: HttpVersion) -> Framing {
    if version != HttpVersion::Http10 || depends_on(wiring, route, "httptools") {
        return Framing::Chunked;
    }
    let package = wiring.apps.get(route.app.0 as usize).and_then(|app| wiring.packages.get(app.package.0 as usize));
    let manifests = package.into_iter().flat_map(|package| &package.manifests);
    let mut dependencies = manifests
        .filter_map(|id| wiring.repository.get(*id)?.manifest.as_deref())
        .flat_map(|manifest| &manifest.dependencies)
        .filter(|dependency| matches!(&*dependency.name, "uvicorn" | "fastapi" | "fastapi-cli" | "uvicorn-worker"))
        .peekable();
    // Without a list of dependencies nobody knows what is installed.
    if dependencies.peek().is_none() {
        return Framing::Unknown;
    }
    let mut bare = false;
    for dependency in dependencies {
        if dependency.extras.iter().any(|extra| matches!(&**extra, "standard" | "all")) {
            return Framing::Chunked;
        }
        bare |= &*dependency.name == "uvicorn";
    }
    if bare { Framing::ByClosing } else { Framing::Unknown }
}

fn depends_on(wiring: &Wiring, route: &Route, name: &str) -> bool {
    let app = wiring.apps.get(route.app.0 as usize);
    let package = app.and_then(|app| wiring.packages.get(app.package.0 as usize));
    package.is_some_and(|package| package.dependencies.iter().any(|dependency| &**dependency == name))
}
