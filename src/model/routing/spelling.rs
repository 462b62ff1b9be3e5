//! How each framework puts a path together from prefixes, and which syntax it reads it with.

use crate::facts::{Framework, PatternSyntax};

/// A prefix and what follows it, as the framework joins them. `cargo test --features live --test live the_route_that` asks
/// each of them.
pub(super) fn joined(before: &str, own: &str, framework: Framework) -> String {
    match framework {
        // Joined as text: a missing slash stays missing.
        Framework::FastApi => format!("{before}{own}"),
        // As text too; only the slash in front of everything is not part of the patterns.
        Framework::Django if !before.is_empty() => format!("{before}{}", own.strip_prefix('/').unwrap_or(own)),
        Framework::Fastify if before.is_empty() => own.to_owned(),
        // A route at `/` is at the prefix, and behind a slash more.
        Framework::Fastify if own.is_empty() || own == "/" => format!("{before}{own}"),
        Framework::Fastify => format!("{}/{}", before.trim_end_matches('/'), own.strip_prefix('/').unwrap_or(own)),
        Framework::Starlette | Framework::Aiohttp => format!("{}{own}", before.trim_end_matches('/')),
        // Slashes between the parts are one, and nothing is added to a prefix.
        Framework::Ninja if own.is_empty() => before.to_owned(),
        Framework::Ninja => format!("{}/{}", before.trim_end_matches('/'), own.trim_start_matches('/')),
        _ if before.is_empty() => own.to_owned(),
        // A route at `/` keeps its slash.
        Framework::Flask if own.is_empty() => before.to_owned(),
        Framework::Flask => format!("{}/{}", before.trim_end_matches('/'), own.trim_start_matches('/')),
        _ => {
            let own = own.trim_start_matches('/');
            let before = before.trim_end_matches('/');
            if own.is_empty() { before.to_owned() } else { format!("{before}/{own}") }
        }
    }
}

/// The syntax of a route whose file does not show which framework reads it.
pub(super) fn syntax_of(pattern: PatternSyntax, framework: Framework) -> PatternSyntax {
    match (pattern, framework) {
        (PatternSyntax::Starlette, Framework::Flask | Framework::FlaskSock) => PatternSyntax::Angle,
        (PatternSyntax::Angle, Framework::FastApi | Framework::Starlette) => PatternSyntax::Starlette,
        (pattern, _) => pattern,
    }
}

/// A whole pattern as requests see it.
pub(super) fn spelled(path: &str, framework: Framework) -> String {
    if path.starts_with('/') || matches!(framework, Framework::Channels | Framework::Django) {
        path.to_owned()
    } else {
        format!("/{path}")
    }
}
