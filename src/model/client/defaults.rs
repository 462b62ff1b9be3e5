//! The base that a library puts in front of every path of a package.

use crate::facts::{ClientApi, ClientCall, HoleReason};
use crate::model::evaluate::{Scope, evaluate};
use crate::model::topology::package_of;
use crate::model::{Alternative, Piece, Text, Unknown, Value, Wiring};

/// The base of a call that names none, as the package sets it for the library; `None` when nothing sets one.
pub(super) fn base(wiring: &Wiring, call: &ClientCall, scope: &Scope) -> Option<Text> {
    if call.api != ClientApi::Axios || call.base.is_some() {
        return None;
    }
    let mut set = wiring
        .repository
        .iter()
        .filter(|(_, facts)| !facts.client_defaults.is_empty())
        .filter(|(_, facts)| facts.role.speaks() && package_of(wiring, &facts.path) == Some(scope.package))
        .flat_map(|(file, facts)| facts.client_defaults.iter().map(move |expr| (file, expr)));
    let (file, expr) = set.next()?;
    let unknown = |reason| Text(vec![Piece::Unknown(Unknown { reason, place: None })]);
    if set.next().is_some() {
        return Some(unknown(HoleReason::Reassigned));
    }
    Some(match evaluate(wiring, file, expr, scope).as_slice() {
        [Alternative { value: Value::Text(text), .. }] => text.clone(),
        _ => unknown(HoleReason::Runtime),
    })
}

/// Base and path with one slash between them; an absolute path stays as it is.
pub(super) fn join(base: &Text, path: Text) -> Text {
    let absolute = match path.0.first() {
        Some(Piece::Known(text, _)) => text.contains("://") || text.starts_with("//"),
        Some(Piece::Page(..)) => true,
        Some(Piece::Unknown(_)) | None => false,
    };
    if absolute {
        return path;
    }
    let mut pieces = base.0.clone();
    if let Some(Piece::Known(text, _)) = pieces.last_mut() {
        *text = text.trim_end_matches('/').into();
    }
    pieces.push(Piece::Known("/".into(), None));
    let mut rest = path.0;
    if let Some(Piece::Known(text, _)) = rest.first_mut() {
        *text = text.trim_start_matches('/').into();
    }
    pieces.extend(rest);
    Text(pieces)
}
