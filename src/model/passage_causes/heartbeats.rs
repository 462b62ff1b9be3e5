//! What keeps the wires of a passage busy: the pings of its server, and the timers of the repository's own code.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::scope_of;
use crate::base::{FileId, Place};
use crate::facts::{
    Expr, Framework, HeartbeatFact, HeartbeatLibrary, HeartbeatSource, Protocol, ServerProgram, StepKind, TimeUnit,
};
use crate::model::evaluate::{Found, evaluate_for_callers, look_up};
use crate::model::topology::package_of;
use crate::model::{DeploymentId, Listener, Mode, PackageId, Passage, Route, Value, Wiring};

/// The interval of uvicorn, daphne and the Python library `websockets`.
const TWENTY: u64 = 20_000;
/// The interval of socket.io servers.
const TWENTY_FIVE: u64 = 25_000;

/// Something that writes to the socket at a known interval.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Beat {
    /// The interval in milliseconds.
    pub(super) period: u64,
    /// Where it is set.
    pub(super) place: Place,
    /// What it is, for people: "uvicorn", "a timer".
    pub(super) who: &'static str,
    /// What made the interval.
    pub(super) evidence: Vec<Place>,
}

/// What is known of the heartbeats of one repository, filled in as passages ask.
pub(super) struct Heartbeats<'w> {
    wiring: &'w Wiring,
    timers: BTreeMap<(DeploymentId, Mode), Option<Vec<Beat>>>,
}

/// An interval as an expression gives it.
enum Period {
    Every(u64, Vec<Place>),
    Off,
}

impl<'w> Heartbeats<'w> {
    pub(super) fn new(wiring: &'w Wiring) -> Self {
        Self { wiring, timers: BTreeMap::new() }
    }

    /// All that writes to the sockets of a passage again and again, the fastest first; `None` when something may do so at
    /// an interval that is not known.
    pub(super) fn of(&mut self, passage: &Passage) -> Option<Vec<Beat>> {
        let mut beats = self.timers(passage)?;
        if passage.routes.is_empty() {
            return None;
        }
        for id in &passage.routes {
            let route = self.wiring.routes.get(id.0 as usize)?;
            beats.extend(self.of_server(passage, route)?);
        }
        beats.sort();
        beats.dedup();
        Some(beats)
    }

    /// Timers of the repository's own code, whichever side they run on: a timer that has nothing to do with the wire only
    /// makes the judgement milder.
    pub(super) fn timers(&mut self, passage: &Passage) -> Option<Vec<Beat>> {
        let key = (passage.deployment, passage.mode.clone());
        if let Some(known) = self.timers.get(&key) {
            return known.clone();
        }
        let mut found = Some(Vec::new());
        for (file, fact) in self.facts(HeartbeatSource::Timer) {
            let beat = match self.period(file, fact, passage) {
                Some(Period::Every(period, evidence)) => {
                    Beat { period, place: Place::new(file, fact.span), who: "a timer", evidence }
                }
                Some(Period::Off) => continue,
                None => {
                    found = None;
                    break;
                }
            };
            found.iter_mut().for_each(|beats| beats.push(beat.clone()));
        }
        self.timers.insert(key, found.clone());
        found
    }

    fn facts(&self, source: HeartbeatSource) -> impl Iterator<Item = (FileId, &'w HeartbeatFact)> + use<'w> {
        let files = self.wiring.repository.iter().filter(|(_, facts)| facts.role.speaks());
        files
            .flat_map(|(file, facts)| facts.heartbeats.iter().map(move |fact| (file, fact)))
            .filter(move |(_, fact)| fact.source == source)
    }

    /// The pings that the server sends by itself: none, or one at a known interval. `None`: not known.
    fn of_server(&self, passage: &Passage, route: &Route) -> Option<Option<Beat>> {
        if self.pings_by_hand(route) {
            return None;
        }
        if route.protocol == Protocol::SocketIo {
            return self.of_library(passage, route, HeartbeatLibrary::SocketIo, Some(TWENTY_FIVE), "socket.io");
        }
        let listener = passage.listener.and_then(|id| self.wiring.listeners.get(id.0 as usize));
        match self.wiring.apps.get(route.app.0 as usize)?.framework {
            Framework::FastApi | Framework::Starlette | Framework::Channels | Framework::Django => {
                self.of_program(passage, listener?)
            }
            Framework::Flask => match listener.map(|listener| listener.program) {
                // Quart, which is written like Flask
                Some(ServerProgram::Uvicorn | ServerProgram::Hypercorn | ServerProgram::Daphne) => {
                    self.of_program(passage, listener?)
                }
                _ => self.of_library(passage, route, HeartbeatLibrary::SimpleWebsocket, None, "flask-sock"),
            },
            Framework::Aiohttp => self.of_library(passage, route, HeartbeatLibrary::Aiohttp, None, "aiohttp"),
            Framework::Tornado => self.of_library(passage, route, HeartbeatLibrary::Tornado, None, "Tornado"),
            Framework::Websockets => {
                self.of_library(passage, route, HeartbeatLibrary::PythonWebsockets, Some(TWENTY), "websockets")
            }
            Framework::Ws | Framework::Express | Framework::Nest | Framework::NodeHttp => self.of_node(route),
            _ => None,
        }
    }

    /// `ws` sends no pings. A socket that is handed to another library is that library's business.
    fn of_node(&self, route: &Route) -> Option<Option<Beat>> {
        let (file, handler) = route.handler.as_ref()?;
        let handed_over = handler.steps.iter().any(|step| {
            let StepKind::Calls(callee) = &step.kind else { return false };
            let crate::facts::ExprKind::Name(name) = &callee.kind else { return true };
            !matches!(look_up(self.wiring, *file, name), Found::Function(..) | Found::Missing)
        });
        (!handed_over).then_some(None)
    }

    /// Whether the handler sends pings at moments that no timer of its file explains.
    fn pings_by_hand(&self, route: &Route) -> bool {
        let Some((file, handler)) = &route.handler else { return false };
        let pings = handler.steps.iter().any(|step| step.kind == StepKind::Pings);
        pings && self.wiring.repository.get(*file).is_none_or(|facts| facts.heartbeats.is_empty())
    }

    /// The pings of a library: the fastest that the application's package sets, or its default.
    fn of_library(
        &self,
        passage: &Passage,
        route: &Route,
        library: HeartbeatLibrary,
        default: Option<u64>,
        who: &'static str,
    ) -> Option<Option<Beat>> {
        let app = self.wiring.apps.get(route.app.0 as usize)?;
        let mut beat: Option<Beat> = None;
        let mut set = false;
        for (file, fact) in self.facts(HeartbeatSource::Library(library)) {
            if package(self.wiring, file) != Some(app.package) {
                continue;
            }
            let period = self.period(file, fact, passage)?;
            set |= fact.period.kind != crate::facts::ExprKind::Undefined;
            if let Period::Every(period, evidence) = period {
                let own = Beat { period, place: Place::new(file, fact.span), who, evidence };
                beat = Some(beat.map_or(own.clone(), |known| known.min(own)));
            }
        }
        let by_default = || default.map(|period| Beat { period, place: route.place, who, evidence: Vec::new() });
        Some(if set { beat } else { beat.or_else(by_default) })
    }

    /// The pings of the program that serves an ASGI application.
    fn of_program(&self, passage: &Passage, listener: &Listener) -> Option<Option<Beat>> {
        let option = |name: &str| listener.option(name).map(|(_, option)| option);
        let (who, setting, default) = match listener.program {
            ServerProgram::Uvicorn => {
                // wsproto does not ping in every version
                if option("ws").is_some_and(|ws| ws.value.as_str() != Some("websockets")) {
                    return None;
                }
                ("uvicorn", "ws_ping_interval", Some(TWENTY))
            }
            ServerProgram::FastApiCli => ("uvicorn", "ws_ping_interval", Some(TWENTY)),
            ServerProgram::Gunicorn => {
                let class = option("worker_class").and_then(|class| class.value.as_str());
                class.filter(|class| class.contains("uvicorn"))?;
                ("uvicorn", "ws_ping_interval", Some(TWENTY))
            }
            ServerProgram::Daphne | ServerProgram::DjangoRunserver => ("daphne", "ping_interval", Some(TWENTY)),
            ServerProgram::Hypercorn if option("config").is_none() => ("hypercorn", "websocket_ping_interval", None),
            _ => return None,
        };
        let file = listener.place.file;
        let period = match option(setting) {
            Some(option) => self.evaluate(file, None, &option.value, TimeUnit::Seconds, passage)?,
            None => default.map_or(Period::Off, |period| Period::Every(period, Vec::new())),
        };
        Some(match period {
            Period::Every(period, evidence) => Some(Beat { period, place: listener.place, who, evidence }),
            Period::Off => None,
        })
    }

    fn period(&self, file: FileId, fact: &HeartbeatFact, passage: &Passage) -> Option<Period> {
        self.evaluate(file, fact.function.as_deref(), &fact.period, fact.unit, passage)
    }

    /// The shortest interval that an expression may come to; `None` when one is not known.
    fn evaluate(
        &self,
        file: FileId,
        function: Option<&str>,
        expr: &Expr,
        unit: TimeUnit,
        passage: &Passage,
    ) -> Option<Period> {
        let scope = scope_of(self.wiring, file, passage.deployment, &passage.mode)?;
        let called = evaluate_for_callers(self.wiring, file, function, expr, &scope);
        let mut shortest: Option<(u64, &[Place])> = None;
        for alternative in called.iter().flat_map(|called| &called.alternatives) {
            // `(interval, grace)` of python-socketio
            let value = match &alternative.value {
                Value::List(items) => items.first()?,
                value => value,
            };
            if let Some(period) = number(value, unit)? {
                let own = (period, alternative.evidence.as_slice());
                shortest = Some(shortest.map_or(own, |known| known.min(own)));
            }
        }
        Some(shortest.map_or(Period::Off, |(period, evidence)| Period::Every(period, evidence.to_vec())))
    }
}

/// The milliseconds of a value: nothing when it turns the pings off, `None` when it is not known.
fn number(value: &Value, unit: TimeUnit) -> Option<Option<u64>> {
    let text = match value {
        Value::Undefined | Value::Null | Value::Bool(false) => return Some(None),
        value => value.as_known_text()?,
    };
    if matches!(text.as_str(), "None" | "none" | "") {
        return Some(None);
    }
    let scale = match unit {
        TimeUnit::Seconds => 1_000.0,
        TimeUnit::Milliseconds => 1.0,
    };
    let period = text.trim().parse::<f64>().ok()? * scale;
    if !period.is_finite() || period < 0.0 {
        return None;
    }
    let period = std::time::Duration::from_secs_f64((period / 1_000.0).min(1e9));
    let period = u64::try_from(period.as_millis()).ok()?;
    Some((period > 0).then_some(period))
}

fn package(wiring: &Wiring, file: FileId) -> Option<PackageId> {
    package_of(wiring, &wiring.repository.get(file)?.path)
}

/// An interval for people: "90 s", "500 ms".
pub(super) fn words(period: u64) -> Arc<str> {
    if period.is_multiple_of(1_000) { format!("{} s", period / 1_000).into() } else { format!("{period} ms").into() }
}
