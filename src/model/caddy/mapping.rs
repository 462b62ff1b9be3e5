//! What other words in a block and its `reverse_proxy` would make of a path.

use super::CaddyInstance;
use super::route::HandlerKind;
use crate::model::PathText;
use crate::model::proxy::{KeepsPrefix, PathFix, Proxied};

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
                let Some(path) = asked.after(prefix) else { return Vec::new() };
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
