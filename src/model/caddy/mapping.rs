//! What other words in a block and its `reverse_proxy` would make of a path.

use std::sync::Arc;

use super::CaddyInstance;
use super::route::HandlerKind;
use crate::model::proxy::{KeepsPrefix, PathFix, Proxied};
use crate::model::{PathPiece, PathText};

impl CaddyInstance {
    /// The paths that the back end would get for a request for `asked`, were the block written otherwise.
    pub(super) fn path_fixes_of(&self, proxied: &Proxied, asked: &PathText) -> Vec<PathFix> {
        let place = proxied.location_place;
        let block = self.handlers().find(|handler| handler.place == place).map(|handler| &handler.kind);
        let mut words = proxied.location.split_whitespace();
        let (name, matcher) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let keep = |lines: Option<String>| PathFix { path: asked.clone(), place, keeps: KeepsPrefix::Yes, lines };
        match block {
            Some(HandlerKind::Block { strips: Some(_), .. }) => {
                vec![keep(Some(format!("handle {matcher} {{")))]
            }
            _ if asked != &proxied.path => vec![keep(None)],
            _ => {
                let Some(prefix) = matcher.strip_suffix("/*").filter(|prefix| prefix.starts_with('/')) else {
                    return Vec::new();
                };
                let Some(path) = after(asked, prefix) else { return Vec::new() };
                let lines = match name {
                    "handle" | "route" => format!("handle_path {matcher} {{"),
                    "reverse_proxy" => {
                        let rest: Vec<&str> = words.collect();
                        format!("handle_path {matcher} {{\n        reverse_proxy {}", rest.join(" "))
                    }
                    _ => return Vec::new(),
                };
                vec![PathFix { path, place, keeps: KeepsPrefix::No, lines: Some(lines) }]
            }
        }
    }
}

/// What is in a path after a prefix.
fn after(path: &PathText, prefix: &str) -> Option<PathText> {
    let Some((PathPiece::Known(first), others)) = path.0.split_first() else { return None };
    let rest = first.strip_prefix(prefix)?;
    let known = (!rest.is_empty()).then(|| PathPiece::Known(Arc::from(rest)));
    Some(PathText(known.into_iter().chain(others.iter().cloned()).collect()))
}
