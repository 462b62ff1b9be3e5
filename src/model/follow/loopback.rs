//! Production code that would connect to the visitor's own machine.

use std::sync::Arc;

use super::network::{Peer, is_loopback};
use super::said_index::Said;
use super::undefined::{documented, set_anywhere, set_outside};
use super::walk::{Candidate, Walk};
use crate::base::{FileKind, Place};
use crate::facts::{ComposeFile, EnvEntry, Expr, ExprKind, Sense, Test};
use crate::model::{Assumption, CauseKind, Component, DeploymentKind, Mode, UrlRelation, Wiring};

/// Dependencies of programs whose pages run on the machine that they connect to.
const DESKTOP: &[&str] = &["electron", "@tauri-apps/api", "@tauri-apps/cli", "@capacitor/core", "nw"];

/// The cause, when the URL of a production page names loopback.
pub(super) fn in_production(walk: &Walk<'_>) -> Option<Candidate> {
    let url = walk.url();
    let Component::Is(host, places) = &url.host else { return None };
    if walk.handshake.mode == Mode::Development || url.relation != UrlRelation::Absolute || !is_loopback(host) {
        return None;
    }
    if is_meant(walk) {
        return None;
    }
    let variable = url.assumptions.iter().find_map(|assumption| match assumption {
        Assumption::NoOverride(name) => Some(name.clone()),
        _ => None,
    });
    if variable.as_deref().is_some_and(|name| set_anywhere(walk.wiring, name)) {
        return None;
    }
    // Somebody who documents the variable knows that it has to be set.
    let documented = variable.as_deref().is_some_and(|name| documented(walk.wiring, name));
    if is_given_by_ci(walk.wiring, &url.evidence) {
        return None;
    }
    // A literal says nothing about what production makes of it, unless a production set-up is here too.
    let bare = walk.page.is_none_or(|page| page.https.is_empty() && page.host.value().is_none())
        || walk.network.deployment().kind == DeploymentKind::Bare;
    let configured = url.evidence.iter().chain(places).any(|place| {
        walk.wiring
            .repository
            .get(place.file)
            .is_some_and(|facts| matches!(facts.kind, FileKind::Env | FileKind::Compose | FileKind::Dockerfile))
    });
    if variable.is_none() && bare && !configured {
        return None;
    }
    let place = literal(walk, host).unwrap_or_else(|| walk.first_place(places));
    let facts = walk.wiring.repository.get(place.file)?;
    let file = facts.path.name();
    let because = match (&variable, facts.kind) {
        (_, FileKind::Env) if file.contains("production") || file.contains(".prod") => {
            format!("`{file}` is what production builds read")
        }
        (_, FileKind::Env) => format!("`{file}` is read by production builds too, and nothing overrides it"),
        (Some(name), _) if documented => {
            format!("only an example file names `{name}`, and this is the fallback of who does not set it")
        }
        (Some(name), _) => format!("nothing in the repository sets `{name}`, and this is its fallback"),
        (None, FileKind::Compose | FileKind::Dockerfile) => "the build is given this value".to_owned(),
        (None, _) => "nothing replaces this value in a production build".to_owned(),
    };
    let kind = CauseKind::LoopbackInProduction { url: url.display.clone(), variable, because, documented };
    let mut candidate = Candidate::new(kind, place, format!("{host}:{}", url.port.value().copied().unwrap_or(0)))
        .link(walk.connection.place, "the connection is opened here");
    for other in url.evidence.iter().filter(|other| **other != place) {
        candidate = candidate.link(*other, "part of the address");
    }
    if let Some(page) = walk.page {
        candidate = candidate.links(&page.https, "the page is served over https");
    }
    let replaced: Vec<Assumption> = compose_variable(walk.wiring, place, &url.evidence).into_iter().collect();
    Some(candidate.resting_on(&url.assumptions).resting_on(&replaced))
}

/// Compose takes a variable from the environment of who starts it before it looks into the `.env` beside it, and a value for
/// the machine of the developer is there as often as not.
fn compose_variable(wiring: &Wiring, place: Place, evidence: &[Place]) -> Option<Assumption> {
    let facts = wiring.repository.get(place.file)?;
    if let Some(compose) = facts.compose.as_deref() {
        return compose_default(compose, place);
    }
    if facts.path.name() != ".env" {
        return None;
    }
    let by_compose = evidence
        .iter()
        .filter_map(|other| wiring.repository.get(other.file))
        .any(|other| other.kind == FileKind::Compose && other.path.parent() == facts.path.parent());
    let holds = |entry: &&EnvEntry| entry.name_span.start <= place.span.start && place.span.end <= entry.value_span.end;
    let entry = facts.env.iter().find(holds).filter(|_| by_compose)?;
    Some(Assumption::NoOverride(Arc::clone(&entry.name)))
}

/// `${NAME:-default}` in a compose file is for who starts it without the variable.
fn compose_default(compose: &ComposeFile, place: Place) -> Option<Assumption> {
    let settings = compose.services.iter().flat_map(|service| {
        let built = service.build.iter().flat_map(|build| &build.args);
        service.environment.iter().chain(built)
    });
    let setting = settings
        .into_iter()
        .find(|setting| setting.span.start <= place.span.start && place.span.end <= setting.span.end)?;
    let mut stack: Vec<&Expr> = setting.value.iter().collect();
    while let Some(expr) = stack.pop() {
        if let ExprKind::Choice(arms) = &expr.kind {
            let name = arms.iter().flat_map(|arm| &arm.guards).find_map(|guard| match &guard.test {
                Test::Truthy(subject) | Test::Defined(subject) => match &subject.kind {
                    ExprKind::Env { name, .. } => Some(name),
                    _ => None,
                },
                _ => None,
            });
            if let Some(name) = name {
                return Some(Assumption::NoOverride(Arc::clone(name)));
            }
        }
        expr.push_parts(&mut stack);
    }
    None
}

/// Whether the value is the default of a build argument that the repository's CI gives when it builds the image.
fn is_given_by_ci(wiring: &Wiring, places: &[Place]) -> bool {
    places.iter().any(|place| {
        let dockerfile = wiring.repository.get(place.file).and_then(|facts| facts.dockerfile.as_deref());
        let args = dockerfile.into_iter().flat_map(|dockerfile| &dockerfile.stages).flat_map(|stage| &stage.args);
        let mut here = args.filter(|arg| arg.span.start <= place.span.start && place.span.end <= arg.span.end);
        here.any(|arg| set_outside(wiring, &arg.name))
    })
}

/// Where the host is spelled out, when a later step (a scheme put in front) has taken the place of the text.
fn literal(walk: &Walk<'_>, host: &str) -> Option<Place> {
    let spelled = |place: &&Place| {
        let at = walk.wiring.index.said(walk.wiring).at(**place);
        at.iter().any(|said| matches!(said, Said::Text(text) if text.contains(host)))
    };
    walk.url().evidence.iter().find(spelled).copied()
}

/// Whether loopback is what the authors mean here.
fn is_meant(walk: &Walk<'_>) -> bool {
    let package = walk.wiring.packages.get(walk.connection.package.0 as usize);
    if package.is_some_and(|info| info.dependencies.iter().any(|name| DESKTOP.contains(&&**name))) {
        return true;
    }
    // The code itself asks whether it runs on the developer's machine.
    let asks = walk.url().guards.iter().any(|(test, sense)| match test {
        Test::PageHostIs(hosts) => *sense == Sense::Holds && hosts.iter().any(|host| is_loopback(host)),
        _ => false,
    });
    if asks {
        return true;
    }
    let page_host = walk.page.and_then(|page| page.host.value());
    if page_host.is_some_and(|host| is_loopback(host)) {
        return true;
    }
    // A compose set-up that is used on the machine that runs it: the port is published there, and nothing says that the
    // pages go anywhere else.
    let public = page_host.is_some() || walk.page.is_some_and(|page| !page.https.is_empty());
    let written = walk
        .url()
        .host
        .places()
        .iter()
        .any(|place| walk.wiring.repository.get(place.file).is_some_and(|facts| facts.kind == FileKind::Compose));
    let local_set_up = walk.network.deployment().kind == DeploymentKind::Compose && (!public || written);
    local_set_up
        && walk
            .url()
            .port
            .value()
            .is_some_and(|port| !matches!(walk.network.at_host(*port), Peer::Nobody(_) | Peer::Unknown(_)))
}

/// The name of a variable whose absence a URL rests on.
pub(super) fn missing_variable(assumptions: &[Assumption]) -> Option<Arc<str>> {
    assumptions.iter().find_map(|assumption| match assumption {
        Assumption::NoOverride(name) => Some(name.clone()),
        _ => None,
    })
}
