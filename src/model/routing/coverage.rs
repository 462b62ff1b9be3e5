//! The requests that an origin policy speaks of.

use std::sync::Arc;

use super::scope::{all, settle};
use crate::base::{FileId, Place};
use crate::facts::{Order, OriginLibrary, PolicyFact};
use crate::model::evaluate::Scope;
use crate::model::{Coverage, Known, Value, Wiring};

/// Characters that make an Express path more than a prefix.
const EXPRESS_PATTERN: &[char] = &[':', '*', '(', ')', '?', '+', '{', '}', '[', ']'];

/// The requests below its application that a policy covers; `None` when its paths are not known.
pub fn covers(wiring: &Wiring, file: FileId, fact: &PolicyFact, scope: &Scope) -> Option<Coverage> {
    let Some(paths) = &fact.paths else { return Some(Coverage::Everything) };
    let alternatives = all(wiring, file, fact.function.as_deref(), paths, scope);
    // A pattern of the code is asked as it is written.
    let is_pattern = matches!(fact.library, OriginLibrary::Headers | OriginLibrary::NodeCors);
    if let [alternative] = alternatives.as_slice()
        && let Value::Regex { pattern, flags } = &alternative.value
        && is_pattern
    {
        let flags = if flags.contains('i') { "(?i)" } else { "" };
        return Some(Coverage::Paths(vec![Arc::from(format!("{flags}{pattern}"))]));
    }
    let known = settle(&alternatives, Place::new(file, paths.span), |value| match value {
        Value::List(items) => items.iter().map(Value::as_known_text).collect(),
        Value::Regex { pattern, .. } => Some(vec![pattern.to_string()]),
        other => Some(vec![other.as_known_text()?]),
    });
    let Known::Is(paths, _) = known else { return None };
    let patterns: Option<Vec<Arc<str>>> = paths.iter().map(|path| pattern(fact, path)).collect();
    patterns.map(Coverage::Paths)
}

/// The pattern that a path means to the library.
fn pattern(fact: &PolicyFact, path: &str) -> Option<Arc<str>> {
    match fact.library {
        // Both ask `re.match`, which is bound to the start only; a star alone is any path.
        OriginLibrary::FlaskCors if path == "*" => Some(Arc::from("")),
        OriginLibrary::FlaskCors | OriginLibrary::DjangoCors => Some(Arc::from(format!("\\A(?:{path})"))),
        _ => {
            let end = if fact.preflight.order == Order::WithRoute { "/?\\z" } else { "(?:/|\\z)" };
            // Hono's `/api/*` is what Express calls `/api`.
            let path = path.strip_suffix("/*").filter(|_| fact.library == OriginLibrary::HonoCors).unwrap_or(path);
            let own = of_express(path.trim_end_matches('/'))?;
            Some(Arc::from(format!("\\A{own}{end}")))
        }
    }
}

/// A path of Express, whose parameters are segments; `None` where it is more of a pattern.
fn of_express(path: &str) -> Option<String> {
    let segment = |segment: &str| match segment.strip_prefix(':') {
        Some(name) if !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') => {
            Some("[^/]+".to_owned())
        }
        _ if segment.contains(EXPRESS_PATTERN) => None,
        _ => Some(format!("\\Q{segment}\\E")),
    };
    path.split('/').map(segment).collect::<Option<Vec<String>>>().map(|segments| segments.join("/"))
}
