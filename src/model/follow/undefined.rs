//! Variables that nothing sets and that become part of a URL.

use std::sync::Arc;

use super::origin::listening_apps;
use super::route::named_route;
use super::said_index::Said;
use super::walk::{Candidate, Walk};
use crate::base::Place;
use crate::facts::known::is_universal;
use crate::facts::{ClientApi, EnvReader, Expr, ExprKind, FrontEndTool, Protocol, Sense, Test};
use crate::model::evaluate::is_bound;
use crate::model::{AppId, CauseKind, Mode, PathText, UnsetEffect, Wiring};

/// The cause, when the URL's text holds the word `undefined` in place of a variable's value.
pub(super) fn variable(walk: &Walk<'_>) -> Option<Candidate> {
    let url = walk.url();
    if !url.display.contains("undefined") {
        return None;
    }
    let unset = match unset_by_guard(walk) {
        Some((name, reader)) => Unset { name, reader, closed: false },
        None => {
            let (name, reader) = unset_at(walk, &url.evidence)?;
            Unset { name, reader, closed: true }
        }
    };
    is_missing(walk, &unset).then(|| candidate(walk, unset, UnsetEffect::Url(url.display.clone())))
}

/// The cause, where a client gets a variable without a value as the address of its server, and asks the server of the page
/// instead (socket.io-client's `url`: `window.location` where none is given; axios' `baseURL`), which answers by itself, while
/// another process of the repository is the one that is meant.
pub(super) fn page_instead(walk: &Walk<'_>, path: &PathText) -> Option<Candidate> {
    let info = walk.wiring.packages.get(walk.connection.package.0 as usize)?;
    let (effect, protocol) = match walk.connection.api {
        ClientApi::SocketIo if info.dependencies.iter().all(|name| &**name != "socket.io") => {
            (UnsetEffect::SocketOfPage, Protocol::SocketIo)
        }
        // Routes of the page's own framework are not read, but for those of Next.js.
        ClientApi::Axios if info.tool == Some(FrontEndTool::Next) || !is_universal(&info.dependencies) => {
            (UnsetEffect::RequestOfPage, Protocol::Http)
        }
        _ => return None,
    };
    // Next.js, or a server of the same package that runs it, is the server of the page.
    let is_of_page = |app: &AppId| {
        let app = walk.wiring.apps.get(app.0 as usize);
        info.tool == Some(FrontEndTool::Next) && app.is_some_and(|app| app.package == walk.connection.package)
    };
    let (own, others): (Vec<AppId>, Vec<AppId>) = listening_apps(walk).into_iter().partition(is_of_page);
    let route = |apps: &[AppId]| named_route(walk.wiring, apps, path, protocol);
    if route(&own).is_some() {
        return None;
    }
    let meant = route(&others)?.place;
    let (name, reader) = unset_by_guard(walk)?;
    let unset = Unset { name, reader, closed: false };
    is_missing(walk, &unset).then(|| candidate(walk, unset, effect).link(meant, "the server that is meant"))
}

/// A variable without a value.
struct Unset {
    name: Arc<str>,
    reader: EnvReader,
    /// Whether the build that passes nothing is in the repository.
    closed: bool,
}

/// The variable that a condition of the address says has no value.
fn unset_by_guard(walk: &Walk<'_>) -> Option<(Arc<str>, EnvReader)> {
    // What the bundler keeps out has no value in any build.
    let mut open = walk.url().guards.iter().filter(|guard| !super::unexposed::is_hidden_by_bundler(walk, guard));
    open.find_map(|(test, sense)| match (test, sense) {
        (Test::Defined(expr) | Test::Truthy(expr), Sense::Fails) => env_name(expr),
        _ => None,
    })
}

/// Whether nothing that is known gives the variable to browser code.
fn is_missing(walk: &Walk<'_>, Unset { name, reader, closed }: &Unset) -> bool {
    !set_outside(walk.wiring, name)
        && !only_missing_in_development(walk, name)
        && (*closed || !set_anywhere(walk.wiring, name))
        && is_public(walk, name, *reader)
}

fn candidate(walk: &Walk<'_>, Unset { name, closed, .. }: Unset, effect: UnsetEffect) -> Candidate {
    let url = walk.url();
    let place = url
        .evidence
        .iter()
        .copied()
        .find(|place| reads(walk.wiring, *place, &name))
        .or_else(|| read_in_file(walk, &name))
        .unwrap_or(walk.connection.url_place);
    let kind = CauseKind::UndefinedEnvVar {
        name: name.clone(),
        mode: Arc::from(walk.handshake.mode.name()),
        effect,
        closed,
        documented: documented(walk.wiring, &name),
    };
    let mut candidate = Candidate::new(kind, place, name.to_string())
        .link(walk.connection.place, format!("opens `{}`", url.display))
        .resting_on(&url.assumptions);
    if closed {
        for place in url.evidence.iter().filter(|other| **other != place) {
            candidate = candidate.link(*place, "part of the build");
        }
    }
    candidate
}

/// Who develops keeps such values in a file that git ignores, and sees at once when one is missing.
fn only_missing_in_development(walk: &Walk<'_>, name: &str) -> bool {
    let mut others = walk.wiring.environments.iter().filter(|environment| {
        environment.package == Some(walk.connection.package) && environment.mode != Mode::Development
    });
    walk.handshake.mode == Mode::Development && others.any(|environment| environment.get(name).is_some())
}

/// Whether the bundler would hand the variable to browser code at all. Code that reads another one runs on a server.
fn is_public(walk: &Walk<'_>, name: &str, reader: EnvReader) -> bool {
    let tool = walk.wiring.packages.get(walk.connection.package.0 as usize).and_then(|info| info.tool);
    let prefixes: &[&str] = match tool {
        Some(FrontEndTool::Next) => &["NEXT_PUBLIC_"],
        Some(FrontEndTool::Cra) => &["REACT_APP_"],
        Some(FrontEndTool::VueCli) => &["VUE_APP_"],
        // Vite leaves `process.env` alone: what is there comes from a `define` of its configuration, or fails otherwise.
        Some(FrontEndTool::Vite) if reader == EnvReader::ProcessEnv => return false,
        _ => return true,
    };
    prefixes.iter().any(|prefix| name.starts_with(prefix))
}

pub(super) fn env_name(expr: &Expr) -> Option<(Arc<str>, EnvReader)> {
    match &expr.kind {
        ExprKind::Env { name, reader, .. } => Some((name.clone(), *reader)),
        _ => None,
    }
}

/// The variable that is read at one of the places and that this build does not bind: the word may come from elsewhere.
fn unset_at(walk: &Walk<'_>, places: &[Place]) -> Option<(Arc<str>, EnvReader)> {
    let scope = super::unexposed::scope(walk);
    places.iter().find_map(|place| {
        walk.wiring.index.said(walk.wiring).at(*place).iter().rev().find_map(|said| match said {
            Said::Variable(name, reader) if !is_bound(walk.wiring, &scope, name) => Some((Arc::clone(name), *reader)),
            _ => None,
        })
    })
}

/// Where the file of the connection reads a variable.
pub(super) fn read_in_file(walk: &Walk<'_>, name: &str) -> Option<Place> {
    walk.wiring.index.said(walk.wiring).first_read(walk.connection.place.file, name)
}

pub(super) fn reads(wiring: &Wiring, place: Place, name: &str) -> bool {
    let at = wiring.index.said(wiring).at(place);
    at.iter().any(|said| matches!(said, Said::Variable(known, _) if **known == *name))
}

/// Whether CI, hosting or a command line of the repository sets a name.
pub(super) fn set_outside(wiring: &Wiring, name: &str) -> bool {
    wiring.index.said(wiring).set_outside(name)
}

/// Whether an example file documents a name.
pub(super) fn documented(wiring: &Wiring, name: &str) -> bool {
    wiring.index.said(wiring).documented(name)
}

/// Whether anything but an example file sets a name.
pub(super) fn set_anywhere(wiring: &Wiring, name: &str) -> bool {
    wiring.index.said(wiring).set_anywhere(name)
}
