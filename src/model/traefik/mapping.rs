//! What other middlewares would make of a path.

use std::sync::Arc;

use super::TraefikInstance;
use crate::model::PathText;
use crate::model::proxy::{KeepsPrefix, PathFix, Proxied};

impl TraefikInstance {
    /// The paths that the service would get for a request for `asked`, were the router written otherwise.
    pub(super) fn path_fixes_of(&self, proxied: &Proxied, asked: &PathText) -> Vec<PathFix> {
        let Some(way) = self.blocks.get(proxied.level) else { return Vec::new() };
        if let Some(place) = way.rewritten {
            return vec![PathFix { path: asked.clone(), place, keeps: KeepsPrefix::Yes, lines: None }];
        }
        let Some(router) = self.router_of(proxied.level) else { return Vec::new() };
        let own = &router.name.bare;
        let prefixes = router.rule.prefixes().into_iter().filter(|prefix| prefix.trim_end_matches('/').len() > 1);
        let fix = |prefix: &Arc<str>| {
            let prefix = prefix.trim_end_matches('/');
            let lines = if router.is_in_labels() {
                format!(
                    "traefik.http.middlewares.{own}-strip.stripprefix.prefixes={prefix}\ntraefik.http.routers.{own}.middlewares={own}-strip"
                )
            } else {
                format!("middlewares: {{ {own}-strip: {{ stripPrefix: {{ prefixes: [\"{prefix}\"] }} }} }}")
            };
            let rest = asked.after(prefix)?;
            let path = if rest.is_rooted() { rest } else { rest.behind("/") };
            Some(PathFix { path, place: router.place, keeps: KeepsPrefix::No, lines: Some(lines) })
        };
        prefixes.filter_map(fix).collect()
    }
}
