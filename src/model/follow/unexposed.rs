//! Variables that the environment sets and that the bundler keeps out of browser code.

use std::sync::Arc;

use super::network::is_loopback;
use super::undefined::{env_name, read_in_file, reads};
use super::walk::{Candidate, Walk};
use crate::base::Place;
use crate::facts::known::{is_universal, public_prefix, split_public};
use crate::facts::{EnvReader, FrontEndTool, Sense, Test};
use crate::model::evaluate::{Scope, bound_text, is_hidden};
use crate::model::{CauseKind, Mode, Side, UrlRelation};

/// The cause, when the URL lacks the value of such a variable, and what is there in its place does not work.
pub(super) fn variable(walk: &Walk<'_>) -> Option<Candidate> {
    let url = walk.url();
    let info = walk.wiring.packages.get(walk.connection.package.0 as usize)?;
    let own = info.tool?;
    let read = match own {
        FrontEndTool::Vite => "import.meta.env",
        FrontEndTool::Cra | FrontEndTool::VueCli => "process.env",
        _ => return None,
    };
    let tool = own.name();
    let prefix = public_prefix(own)?;
    // There such variables have their values.
    if is_universal(&info.dependencies) || info.dependencies.iter().any(|name| &**name == "electron") {
        return None;
    }
    let is_undefined = url.display.contains("undefined");
    let is_local = url.host.value().is_some_and(|host| is_loopback(host));
    let is_fallback = is_local && url.relation == UrlRelation::Absolute && walk.handshake.mode != Mode::Development;
    if !is_undefined && !is_fallback {
        return None;
    }
    let scope = scope(walk);
    let by_guard = url.guards.iter().find_map(|(test, sense)| {
        let (Test::Defined(expr), Sense::Fails) = (test, sense) else { return None };
        let (name, reader) = env_name(expr)?;
        let hidden = is_hidden(walk.wiring, &scope, &name, reader);
        let bound = bound_text(walk.wiring, &scope, &name).filter(|(text, _)| hidden && !text.is_empty())?;
        // A value that would not work either says nothing.
        Some(((name, Some(reader)), bound))
    });
    let ((name, reader), (_, set)) = by_guard.or_else(|| by_name(walk, &scope))?;
    let place = url
        .evidence
        .iter()
        .copied()
        .find(|place| reads(walk.wiring, *place, &name) || reader.is_none() && spells(walk, *place, &name))
        .or_else(|| read_in_file(walk, &name))
        .or_else(|| url.evidence.first().copied())
        .unwrap_or(walk.connection.url_place);
    let bare = split_public(&name).map_or(&*name, |(_, bare)| bare);
    let written = match reader {
        Some(EnvReader::ImportMeta) => format!("import.meta.env.{name}"),
        Some(_) => format!("process.env.{name}"),
        None => name.to_string(),
    };
    let kind = CauseKind::UnexposedEnvVar {
        name: name.clone(),
        read: Arc::from(written),
        tool: Arc::from(tool),
        right: Arc::from(format!("{read}.{prefix}{bare}")),
        url: url.display.clone(),
    };
    let candidate = Candidate::new(kind, place, name.to_string())
        .link(walk.connection.place, format!("opens `{}`", url.display))
        .link(set, "sets it")
        .resting_on(&url.assumptions);
    Some(candidate)
}

/// Where the browser code of a connection is built.
pub(super) fn scope(walk: &Walk<'_>) -> Scope {
    Scope {
        package: walk.connection.package,
        deployment: Some(walk.handshake.deployment),
        service: None,
        mode: walk.handshake.mode.clone(),
        side: Side::Browser,
    }
}

/// Whether a condition says no more than that the bundler keeps a variable out, which it does whatever sets it.
pub(super) fn is_hidden_by_bundler(walk: &Walk<'_>, (test, sense): &(Test, Sense)) -> bool {
    let (Test::Defined(expr), Sense::Fails) = (test, sense) else { return false };
    env_name(expr).is_some_and(|(name, reader)| is_hidden(walk.wiring, &scope(walk), &name, reader))
}

/// A variable that the code looks up by its name, as text: `fromEnv('REACT_APP_URL', 'http://localhost:8080')`. It is set for
/// this build, and its name is that of no variable which the bundler hands out.
fn by_name(walk: &Walk<'_>, scope: &Scope) -> Option<Found> {
    walk.url().evidence.iter().find_map(|place| {
        let texts = walk.wiring.index.said(walk.wiring).texts_within(place.file, place.span);
        texts.take(MOST_TEXTS).find_map(|(_, name)| {
            let is_name = split_public(name).is_some();
            let hidden = is_name && is_hidden(walk.wiring, scope, name, EnvReader::ImportMeta);
            let bound = bound_text(walk.wiring, scope, name).filter(|(text, _)| hidden && !text.is_empty())?;
            Some(((Arc::clone(name), None), bound))
        })
    })
}

/// Texts of one place that are looked at.
const MOST_TEXTS: usize = 16;

/// A variable with its reader, where that shows, and the text that it is set to, with its place.
type Found = ((Arc<str>, Option<EnvReader>), (String, Place));

fn spells(walk: &Walk<'_>, place: Place, name: &str) -> bool {
    let mut texts = walk.wiring.index.said(walk.wiring).texts_within(place.file, place.span).take(MOST_TEXTS);
    texts.any(|(_, text)| &**text == name)
}
