//! What a back end makes of a slash at the end of a path that its route has not, or the reverse.

use crate::facts::{Framework, PatternSyntax, Protocol};
use crate::model::{App, AppId, Route, Wiring};

/// How a route takes a path that differs in the slash at its end alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SlashRule {
    /// As its own, or it is not known that it does not.
    Ignored,
    /// It sends the client on, to the path with the slash and without it.
    RedirectsBoth,
    /// It sends the client on to the path with the slash; the other way round it is 404.
    RedirectsToSlash,
    /// Not at all.
    Exact,
}

/// The rule of a route for requests of a protocol.
pub(super) fn rule(wiring: &Wiring, route: &Route, app: Option<&App>, wanted: Protocol) -> SlashRule {
    if matches!(route.syntax, PatternSyntax::Express | PatternSyntax::Prefix) {
        return SlashRule::Ignored;
    }
    if wanted == Protocol::WebSocket {
        return SlashRule::Exact;
    }
    match app.map(|app| app.framework) {
        Some(Framework::FastApi | Framework::Starlette) if files_take_everything(wiring, route.app) => SlashRule::Exact,
        Some(Framework::FastApi | Framework::Starlette) => SlashRule::RedirectsBoth,
        Some(Framework::Flask | Framework::FlaskSocketIo) => SlashRule::RedirectsToSlash,
        Some(Framework::Django | Framework::Channels) => match appends(wiring, route.app) {
            Some(true) => SlashRule::RedirectsToSlash,
            Some(false) => SlashRule::Exact,
            None => SlashRule::Ignored,
        },
        Some(Framework::Aiohttp | Framework::Fastify | Framework::Hono) => SlashRule::Exact,
        _ => SlashRule::Ignored,
    }
}

/// Starlette redirects only where nothing takes the path, and files at `/` take every one.
fn files_take_everything(wiring: &Wiring, app: AppId) -> bool {
    wiring.index.routes(wiring).has_files_for_all(app)
}

/// Whether Django's CommonMiddleware appends slashes; `None` when the settings do not say it, or say several things.
fn appends(wiring: &Wiring, app: AppId) -> Option<bool> {
    let package = wiring.apps.get(app.0 as usize)?.package;
    wiring.index.routes(wiring).appends(package)
}
