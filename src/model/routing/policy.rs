//! Origin policies, evaluated in each deployment that runs their code.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::contexts::{Context, Contexts, JUDGED, nowhere};
use super::coverage;
use super::flatten::Owners;
use super::graph::{Graph, NodeId};
use super::origins;
use super::preflight;
use super::scope::{all, package_of, settle};
use super::settings;
use crate::base::{FileId, Place};
use crate::facts::{Expr, ExprKind, HoleReason, OriginLibrary, PolicyFact};
use crate::model::evaluate::{Found, Scope, look_up};
use crate::model::requirement::is_below;
use crate::model::{
    Admits, Alternative, Alternatives, AppId, Assumption, Coverage, Known, Mode, OriginPolicy, PackageId, Registration,
    Unknown, Value, Wiring,
};

/// All policies.
pub fn policies(wiring: &Wiring, graph: &Graph<'_>, owners: &Owners) -> Vec<OriginPolicy> {
    let mut policies = Vec::new();
    let contexts = Contexts::new(wiring);
    let listed = listed_later(wiring, graph);
    for (file, facts) in wiring.repository.iter().filter(|(_, facts)| facts.role.speaks()) {
        for fact in &facts.policies {
            let nodes = graph.resolve(wiring, file, fact.function.as_deref(), &fact.target).nodes;
            if is_unsaid(fact) && !nodes.is_empty() && nodes.iter().all(|node| listed.contains(node)) {
                continue;
            }
            let whole = nodes.iter().all(|node| graph.is_whole(*node));
            let mut apps: Vec<Option<AppId>> =
                nodes.iter().filter_map(|node| owners.get(node)).flatten().copied().map(Some).collect();
            if apps.is_empty() {
                apps.push(None);
            }
            let package = package_of(wiring, file);
            let of_development = settings::of_development(wiring, file, fact.library);
            let mut contexts = contexts.of(package);
            let is_cut = policies.len() + contexts.len() > JUDGED.most_items();
            if is_cut {
                wiring.limits.reached(Some(Place::new(file, fact.span)), &JUDGED);
                contexts = vec![nowhere()];
            }
            for context in contexts {
                let scope = context.scope(package);
                let mut policy = evaluated(wiring, file, fact, &scope, &context);
                policy.development_only |= of_development;
                if is_cut {
                    let unknown = Unknown { reason: HoleReason::Limit, place: Some(policy.place) };
                    policy = OriginPolicy { admits: Admits::Unknown(unknown), mode: None, credentials: None, ..policy };
                }
                policy.covers =
                    coverage::covers(wiring, file, fact, &scope).filter(|_| whole).unwrap_or(Coverage::Unknown);
                policies.extend(apps.iter().map(|app| OriginPolicy { app: *app, ..policy.clone() }));
            }
        }
    }
    policies
}

/// Whether it is what python-socketio does when it is told nothing.
fn is_unsaid(fact: &PolicyFact) -> bool {
    fact.library == OriginLibrary::PythonSocketIo && fact.origins.is_none()
}

/// The servers of Flask-SocketIO that get their list of origins after they were made, with their application
/// (`socketio.init_app(app, cors_allowed_origins=..)`): the default at the constructor never counts.
fn listed_later(wiring: &Wiring, graph: &Graph<'_>) -> BTreeSet<NodeId> {
    let files = wiring.repository.iter().filter(|(_, facts)| facts.role.speaks());
    let stated = files.flat_map(|(file, facts)| facts.policies.iter().map(move |fact| (file, fact)));
    let stated = stated.filter(|(_, fact)| fact.library == OriginLibrary::PythonSocketIo && fact.origins.is_some());
    stated.flat_map(|(file, fact)| graph.resolve(wiring, file, fact.function.as_deref(), &fact.target).nodes).collect()
}

/// Channels' validator of allowed hosts compares with `ALLOWED_HOSTS` of the settings: with the only ones of the package.
fn allowed_hosts<'a>(wiring: &'a Wiring, package: PackageId, fact: &PolicyFact) -> Option<(FileId, &'a Expr)> {
    let given = fact.origins.as_ref().is_some_and(|origins| !matches!(origins.kind, ExprKind::Hole(_)));
    if fact.library != OriginLibrary::ChannelsValidator || given {
        return None;
    }
    let mut settings = wiring.repository.iter().filter_map(|(file, facts)| {
        if !facts.role.may_be_accused() || package_of(wiring, file) != package {
            return None;
        }
        match look_up(wiring, file, "ALLOWED_HOSTS") {
            Found::Value(in_file, value) if in_file == file => Some((file, value)),
            _ => None,
        }
    });
    let first = settings.next()?;
    settings.next().is_none().then_some(first)
}

/// What a library does when it is told nothing of origins. Since version 3 socket.io adds no header to what it answers then.
fn unsaid(wiring: &Wiring, package: PackageId, library: OriginLibrary, place: Place) -> Admits {
    let is_old =
        || is_below(wiring, package, "socket.io", 3) || is_below(wiring, package, "@nestjs/platform-socket.io", 8);
    match library {
        OriginLibrary::SocketIoCors if !is_old() => Admits::Nobody,
        _ => origins::default_of(library, place),
    }
}

fn evaluated(wiring: &Wiring, file: FileId, fact: &PolicyFact, scope: &Scope, context: &Context) -> OriginPolicy {
    let place = Place::new(file, fact.span);
    let function = fact.function.as_deref();
    let mut assumptions = Vec::new();
    let mut development_only = false;
    let hosts = allowed_hosts(wiring, scope.package, fact);
    let mut admits = match hosts.map(|(_, expr)| expr).or(fact.origins.as_ref()) {
        None => unsaid(wiring, scope.package, fact.library, place),
        Some(expr) => {
            let (in_file, function) = hosts.as_ref().map_or((file, function), |(in_file, _)| (*in_file, None));
            let alternatives = all(wiring, in_file, function, expr, scope);
            let chosen = inside(&alternatives, &context.mode, &mut development_only);
            note(&chosen, &mut assumptions);
            let each = chosen.iter().map(|alternative| origins::admits(fact.library, alternative, place));
            let admits = origins::together(each.collect(), place);
            // Before version 3 django-cors-headers compared host and port alone.
            let by_host =
                fact.library == OriginLibrary::DjangoCors && is_below(wiring, scope.package, "django-cors-headers", 3);
            if by_host { origins::of_hosts(admits, origins::HostTest::WithPort) } else { admits }
        }
    };
    if let Some(expr) = &fact.pattern {
        let alternatives = all(wiring, file, function, expr, scope);
        let chosen = inside(&alternatives, &context.mode, &mut development_only);
        note(&chosen, &mut assumptions);
        let each = chosen.iter().map(|pattern| origins::with_pattern(admits.clone(), pattern, place));
        admits = origins::together(each.collect(), place);
    }
    let (credentials, credentials_places) = match &fact.credentials {
        None => (Some(false), Vec::new()),
        Some(expr) => {
            let alternatives = all(wiring, file, function, expr, scope);
            let read = |value: &Value| match value {
                Value::Bool(value) => Some(*value),
                Value::Undefined | Value::Null => Some(false),
                other => match other.as_known_text().as_deref() {
                    Some("true") => Some(true),
                    Some("false" | "") => Some(false),
                    _ => None,
                },
            };
            match settle(&alternatives, Place::new(file, expr.span), read) {
                Known::Is(value, places) => (Some(value), places),
                Known::Unknown(_) => (None, Vec::new()),
            }
        }
    };
    OriginPolicy {
        place,
        app: None,
        library: fact.library,
        admits,
        credentials,
        credentials_places,
        preflight: preflight::admitted(wiring, file, fact, scope),
        covers: Coverage::Unknown,
        registered: Registration { place, function: fact.function.clone() },
        order: fact.preflight.order,
        methods: fact.preflight.methods_of_route.clone(),
        deployment: context.deployment,
        mode: Some(context.mode.clone()),
        assumptions,
        development_only,
    }
}

/// The alternatives that the repository itself gives: what would come from outside is left out when there is a default,
/// and in production so is what a guard keeps for development.
fn inside<'a>(alternatives: &'a Alternatives, mode: &Mode, development_only: &mut bool) -> Vec<&'a Alternative> {
    let outside = |alternative: &&Alternative| match &alternative.value {
        Value::Unknown(unknown) => matches!(unknown.reason, HoleReason::OutsideEnv(_)),
        Value::List(items) => items
            .iter()
            .any(|item| matches!(item, Value::Unknown(unknown) if matches!(unknown.reason, HoleReason::OutsideEnv(_)))),
        _ => false,
    };
    // A variable that is only unset here gives no default: what it is from outside is the value.
    let empty = |value: &Value| matches!(value, Value::Undefined | Value::Null);
    let unset = |alternative: &&Alternative| {
        let nothing = match &alternative.value {
            Value::List(items) => !items.is_empty() && items.iter().all(empty),
            value => empty(value),
        };
        nothing && alternative.assumptions.iter().any(|known| matches!(known, Assumption::NoOverride(_)))
    };
    let mut kept: Vec<&Alternative> = alternatives.iter().filter(|it| !outside(it) && !unset(it)).collect();
    if kept.is_empty() {
        kept = alternatives.iter().filter(outside).collect();
    }
    if kept.is_empty() {
        kept = alternatives.iter().collect();
    }
    let for_development = |alternative: &&Alternative| {
        alternative.assumptions.iter().any(|assumption| match assumption {
            Assumption::OpaqueGuard(text) | Assumption::OpaqueOperand(text) => speaks_of_development(text),
            _ => false,
        })
    };
    if *mode != Mode::Development && kept.iter().any(for_development) {
        *development_only = true;
    }
    kept
}

fn speaks_of_development(guard: &Arc<str>) -> bool {
    let text = guard.to_ascii_lowercase();
    ["debug", "dev", "local", "test"].iter().any(|word| text.contains(word))
}

fn note(chosen: &[&Alternative], assumptions: &mut Vec<Assumption>) {
    for assumption in chosen.iter().flat_map(|alternative| &alternative.assumptions) {
        if !assumptions.contains(assumption) {
            assumptions.push(assumption.clone());
        }
    }
}
