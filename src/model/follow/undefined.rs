//! Variables that nothing sets and that become part of a URL.

use std::sync::Arc;

use super::said_index::Said;
use super::walk::{Candidate, Walk};
use crate::base::Place;
use crate::facts::{EnvReader, Expr, ExprKind, FrontEndTool, Sense, Test};
use crate::model::{CauseKind, Mode, Wiring};

/// The cause, when the URL's text holds the word `undefined` in place of a variable's value.
pub(super) fn variable(walk: &Walk<'_>) -> Option<Candidate> {
    let url = walk.url();
    if !url.display.contains("undefined") {
        return None;
    }
    // What the bundler keeps out has no value in any build.
    let open = url.guards.iter().filter(|guard| !super::unexposed::is_hidden_by_bundler(walk, guard));
    let unset = open.into_iter().find_map(|(test, sense)| match (test, sense) {
        (Test::Defined(expr) | Test::Truthy(expr), Sense::Fails) => env_name(expr),
        _ => None,
    });
    let ((name, reader), closed) = match unset {
        Some(read) => (read, false),
        None => (read_at(walk.wiring, &url.evidence)?, true),
    };
    if set_outside(walk.wiring, &name)
        || only_missing_in_development(walk, &name)
        || !closed && set_anywhere(walk.wiring, &name)
        || !is_public(walk, &name, reader)
    {
        return None;
    }
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
        url: Some(url.display.clone()),
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
    Some(candidate)
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

/// The variable that is read at one of the places.
fn read_at(wiring: &Wiring, places: &[Place]) -> Option<(Arc<str>, EnvReader)> {
    places.iter().find_map(|place| {
        wiring.index.said(wiring).at(*place).iter().rev().find_map(|said| match said {
            Said::Variable(name, reader) => Some((Arc::clone(name), *reader)),
            Said::Text(_) => None,
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
