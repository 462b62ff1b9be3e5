//! WebSocket endpoints that no Origin check guards.

use std::collections::{BTreeMap, BTreeSet};

use super::chain;
use super::steps::{Socket, Taken};
use crate::base::Place;
use crate::facts::{Directive, Framework, OriginLibrary, Protocol, ServerProgram, StepKind};
use crate::model::{Adds, Admits, AppId, Cause, CauseKind, Listener, PackageId, PathText, Route, Trusts, Wiring};

/// The causes that handlers show.
pub fn causes(wiring: &Wiring, sockets: &[Socket<'_>]) -> Vec<Cause> {
    if nginx_looks_at_origins(wiring) {
        return Vec::new();
    }
    let surroundings = Surroundings::new(wiring);
    let found: Vec<(Place, Place, Cause)> = sockets
        .iter()
        .filter(|socket| surroundings.is_served(wiring, socket.route.app))
        .filter_map(|socket| of_route(wiring, &surroundings, socket))
        .collect();
    let mut accepting: BTreeMap<Place, BTreeSet<Place>> = BTreeMap::new();
    for (route, accept, _) in &found {
        accepting.entry(*accept).or_default().insert(*route);
    }
    let shared = |accept: Place| accepting.get(&accept).is_some_and(|routes| routes.len() > 1);
    let place = |route: Place, accept: Place| if shared(accept) { accept } else { route };
    let places: Vec<Place> = found
        .iter()
        .map(|(route, accept, cause)| match cause.kind {
            CauseKind::MissingOriginCheck { .. } if cause.place == *accept => place(*route, *accept),
            _ => cause.place,
        })
        .collect();
    let mut causes: Vec<Cause> =
        found.into_iter().zip(places).map(|((_, _, cause), place)| Cause { place, ..cause }).collect();
    // Endpoints that share a place are one cause: what the least guarded of them says.
    causes.sort_by_key(|cause| matches!(cause.kind, CauseKind::MissingOriginCheck { trusts: Trusts::Token, .. }));
    causes
}

/// What is around the routes.
struct Surroundings {
    /// Applications that a known process serves, and packages that have one.
    served: BTreeSet<AppId>,
    serving: BTreeSet<PackageId>,
    /// Libraries with a registration.
    stated: BTreeSet<OriginLibrary>,
    /// Libraries that compare origins, for an application or for all.
    comparing: BTreeSet<(OriginLibrary, Option<AppId>)>,
}

impl Surroundings {
    fn new(wiring: &Wiring) -> Self {
        // A container about whose command nothing is known may run anything.
        let known = |listener: &&Listener| listener.port.value().is_some() || listener.program != ServerProgram::Script;
        let listeners = wiring.listeners.iter().filter(known);
        let served: BTreeSet<AppId> = listeners.flat_map(|listener| &listener.apps).copied().collect();
        let apps = served.iter().filter_map(|app| wiring.apps.get(app.0 as usize));
        let serving = apps.map(|app| app.package).collect();
        let comparing =
            wiring.policies.iter().filter(|policy| !matches!(policy.admits, Admits::Any(_) | Admits::Unchecked(_)));
        Self {
            served,
            serving,
            stated: wiring.policies.iter().map(|policy| policy.library).collect(),
            comparing: comparing.map(|policy| (policy.library, policy.app)).collect(),
        }
    }

    /// Whether a known process serves the application: where others of its package are served, it is left over.
    fn is_served(&self, wiring: &Wiring, app: AppId) -> bool {
        let package = wiring.apps.get(app.0 as usize).map(|app| app.package);
        self.served.contains(&app) || !package.is_some_and(|package| self.serving.contains(&package))
    }
}

fn of_route(
    wiring: &Wiring,
    surroundings: &Surroundings,
    Socket { route, taken }: &Socket<'_>,
) -> Option<(Place, Place, Cause)> {
    if guarded_by_library(wiring, surroundings, route) || may_be_guarded(wiring, route) {
        return None;
    }
    let position = |wanted: &dyn Fn(&StepKind) -> bool| {
        taken.iter().position(|step| matches!(step, Taken::Step(_, kind) if wanted(kind)))
    };
    let accept = position(&|kind| matches!(kind, StepKind::Accept(_)))?;
    let accept_place = match &taken[accept] {
        Taken::Step(place, _) | Taken::Unknown(place) => *place,
    };
    let socket = socket(route);
    let check = position(&|kind| matches!(kind, StepKind::ChecksOrigin(_)));
    if let Some(check) = check {
        if check < accept {
            return None;
        }
        let Taken::Step(place, _) = taken[check] else { return None };
        // Its handlers run after the handshake, whatever they do.
        if wiring.apps.get(route.app.0 as usize).is_some_and(|app| app.framework == Framework::Flask) {
            return None;
        }
        let cause = Cause {
            kind: CauseKind::LateOriginCheck { socket: socket.clone() },
            place,
            key: socket,
            chains: vec![chain([(accept_place, "accepted here"), (place, "the Origin is compared here")])],
            assumptions: Vec::new(),
        };
        return wiring.repository.may_be_accused(place.file).then_some((route.place, accept_place, cause));
    }
    // Reading the header, or handing the socket to code that is not understood, may be a check.
    let unclear = |step: &Taken| matches!(step, Taken::Unknown(_) | Taken::Step(_, StepKind::ReadsOrigin));
    let before = taken.get(..accept).unwrap_or_default();
    if before.iter().any(unclear) || taken.iter().any(|step| matches!(step, Taken::Step(_, StepKind::ReadsOrigin))) {
        return None;
    }
    let has = |wanted: &dyn Fn(&StepKind) -> bool| position(wanted).is_some();
    // Who visits is known from the session, unless code of the repository finds it out in its own way.
    let own_login = has_own_login(wiring, route.app);
    let cookie = has(&|kind| matches!(kind, StepKind::ReadsCookie) || *kind == StepKind::ReadsUser && !own_login);
    let asks = |kind: &StepKind| {
        matches!(kind, StepKind::ReadsToken | StepKind::Authenticates | StepKind::ReadsUser | StepKind::Refuses)
    };
    let token = own_login || has(&asks);
    // Rooms and broadcasts of socket.io that ask for nothing are open to everybody on purpose.
    if route.protocol == Protocol::SocketIo && !cookie && !token {
        return None;
    }
    let trusts = match (cookie, token) {
        (true, _) => Trusts::Cookie,
        (false, true) => Trusts::Token,
        (false, false) => Trusts::Nothing,
    };
    let app = wiring.apps.get(route.app.0 as usize)?;
    let place = match app.framework {
        // All sockets of Channels pass through the application, where a validator belongs.
        Framework::Channels if wiring.repository.may_be_accused(app.place.file) => app.place,
        _ if wiring.repository.may_be_accused(accept_place.file) => accept_place,
        _ => route.place,
    };
    let links: Vec<(Place, &'static str)> =
        vec![(route.place, "the endpoint"), (accept_place, "accepted without a look at the Origin")];
    let cause = Cause {
        kind: CauseKind::MissingOriginCheck { socket, trusts },
        place,
        key: String::from("any origin"),
        chains: vec![chain(links)],
        assumptions: Vec::new(),
    };
    Some((route.place, accept_place, cause))
}

/// An endpoint, for people.
pub(super) fn socket(route: &Route) -> String {
    match route.path.value() {
        // Tornado's patterns are whole without saying so.
        Some(Some(path)) => format!("the WebSocket `{}`", path.trim_start_matches('^').trim_end_matches('$')),
        Some(None) => "a WebSocket on every path".to_owned(),
        None => "this WebSocket".to_owned(),
    }
}

/// Whether middleware of the repository is in front of the sockets of an application and says who visits.
fn has_own_login(wiring: &Wiring, app: AppId) -> bool {
    let file = wiring.apps.get(app.0 as usize).and_then(|app| wiring.repository.get(app.place.file));
    file.is_some_and(|facts| !facts.own_logins.is_empty())
}

/// Whether something that is not read may stand in front of the route.
fn may_be_guarded(wiring: &Wiring, route: &Route) -> bool {
    let path = match route.path.value() {
        Some(Some(path)) => PathText::known(path),
        _ => PathText(Vec::new()),
    };
    let opening = wiring.apps.get(route.app.0 as usize).and_then(|app| app.opening(&path));
    opening.is_some_and(|opening| opening.adds == Adds::Anything)
}

/// Whether the library itself compares origins, by default or by a registration.
fn guarded_by_library(wiring: &Wiring, surroundings: &Surroundings, route: &Route) -> bool {
    let framework = wiring.apps.get(route.app.0 as usize).map(|app| app.framework);
    let checks = |library: OriginLibrary| {
        [None, Some(route.app)].iter().any(|app| surroundings.comparing.contains(&(library, *app)))
    };
    let states = |library: OriginLibrary| surroundings.stated.contains(&library);
    match framework {
        Some(Framework::PythonSocketIo | Framework::FlaskSocketIo) => {
            checks(OriginLibrary::PythonSocketIo) || !states(OriginLibrary::PythonSocketIo)
        }
        // One that lets everybody in is told of where it says so.
        Some(Framework::Channels | Framework::Django) => states(OriginLibrary::ChannelsValidator),
        Some(Framework::Websockets) => checks(OriginLibrary::Websockets),
        _ => {
            route.protocol == Protocol::SocketIo && checks(OriginLibrary::PythonSocketIo)
                || checks(OriginLibrary::OwnCheck)
                || checks(OriginLibrary::QuartCors)
        }
    }
}

/// Whether some nginx configuration decides by the Origin header.
fn nginx_looks_at_origins(wiring: &Wiring) -> bool {
    wiring.repository.files.iter().filter_map(|facts| facts.nginx.as_deref()).any(|file| {
        let mut stack: Vec<&Directive> = file.directives.iter().collect();
        while let Some(directive) = stack.pop() {
            let about_origin = directive.args.iter().any(|arg| arg.text.contains("$http_origin"));
            if &*directive.name == "if" && about_origin {
                let refuses =
                    directive.block.iter().flatten().any(|inner| {
                        &*inner.name == "return" && inner.arg(0).is_some_and(|code| code.starts_with('4'))
                    });
                if refuses {
                    return true;
                }
            }
            stack.extend(directive.block.iter().flatten());
        }
        false
    })
}
