//! What a CORS registration admits in the request that browsers send ahead of another one.

use std::sync::Arc;

use super::scope::{all, settle};
use crate::base::{FileId, Place};
use crate::facts::{Expr, OriginLibrary, PolicyFact};
use crate::model::evaluate::Scope;
use crate::model::requirement::is_below;
use crate::model::{Known, Listed, PackageId, PreflightPolicy, Value, Wiring};

/// What Node's `cors` and Flask-Cors admit when nothing is said.
const COMMON: &[&str] = &["GET", "HEAD", "PUT", "PATCH", "POST", "DELETE", "OPTIONS"];
/// The headers that django-cors-headers admits when nothing is said.
const DJANGO_HEADERS: &[&str] =
    &["accept", "authorization", "content-type", "user-agent", "x-csrftoken", "x-requested-with"];

/// The methods and headers that a registration admits.
pub fn admitted(wiring: &Wiring, file: FileId, fact: &PolicyFact, scope: &Scope) -> PreflightPolicy {
    let function = fact.function.as_deref();
    let read = |given: &Option<Expr>, default: Listed| match given {
        Some(expr) => listed(wiring, file, function, expr, scope, default),
        None => default,
    };
    PreflightPolicy {
        methods: read(&fact.preflight.methods, default_methods(wiring, scope.package, fact.library)),
        headers: read(&fact.preflight.headers, default_headers(fact.library)),
    }
}

fn only(words: &[&str]) -> Listed {
    Listed::Only(words.iter().map(|word| Arc::from(*word)).collect())
}

fn default_methods(wiring: &Wiring, package: PackageId, library: OriginLibrary) -> Listed {
    use OriginLibrary as L;
    match library {
        L::StarletteCors => only(&["GET"]),
        L::NodeCors | L::HonoCors | L::KoaCors | L::FlaskCors | L::DjangoCors => only(COMMON),
        // Version 11 admits fewer; NestJS brings it along since its own version 11.
        L::FastifyCors => match is_below(wiring, package, "@fastify/cors", 11)
            || is_below(wiring, package, "@nestjs/platform-fastify", 11)
            || is_below(wiring, package, "fastify-cors", 99)
        {
            true => only(COMMON),
            false => only(&["GET", "HEAD", "POST"]),
        },
        _ => Listed::Unknown,
    }
}

fn default_headers(library: OriginLibrary) -> Listed {
    use OriginLibrary as L;
    match library {
        L::StarletteCors => only(&[]),
        // Both answer with what was asked for.
        L::NodeCors | L::HonoCors | L::KoaCors | L::FlaskCors | L::FastifyCors => Listed::Any,
        L::DjangoCors => only(DJANGO_HEADERS),
        _ => Listed::Unknown,
    }
}

fn listed(
    wiring: &Wiring,
    file: FileId,
    function: Option<&str>,
    expr: &Expr,
    scope: &Scope,
    default: Listed,
) -> Listed {
    let alternatives = all(wiring, file, function, expr, scope);
    let known = settle(&alternatives, Place::new(file, expr.span), |value| match value {
        Value::Undefined | Value::Null => Some(default.clone()),
        Value::List(items) => {
            let words: Option<Vec<Arc<str>>> = items.iter().map(|it| it.as_known_text().map(Arc::from)).collect();
            words.map(of_words)
        }
        other => {
            let text = other.as_known_text()?;
            Some(of_words(text.split(',').map(str::trim).filter(|word| !word.is_empty()).map(Arc::from).collect()))
        }
    });
    match known {
        Known::Is(listed, _) => listed,
        Known::Unknown(_) => Listed::Unknown,
    }
}

fn of_words(words: Vec<Arc<str>>) -> Listed {
    if words.iter().any(|word| &**word == "*") { Listed::Any } else { Listed::Only(words) }
}
