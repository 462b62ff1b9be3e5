//! A path that a proxy turns into one that no route takes, or hands on where it should have turned it.

use super::route::{Missed, begins_with, named_route};
use super::walk::{Candidate, Walk};
use crate::model::proxy::KeepsPrefix;
use crate::model::{AppId, CauseKind, PathPiece, PathText};

impl Walk<'_> {
    /// The cause, when other words at the proxy would lead to a route.
    pub(super) fn path_rewrite(&self, apps: &[AppId], missed: &Missed, path: &PathText) -> Option<Candidate> {
        let forwarded = self.forwarded.as_ref()?;
        let first = first_word(&forwarded.from)?;
        let (alike, others) = begins_with(self.wiring, apps, first);
        let (fix, route) = forwarded.fixes.iter().find_map(|fix| {
            // Routes that begin as the request does need the prefix.
            if fix.keeps == KeepsPrefix::No && alike > 0 {
                return None;
            }
            Some((fix, named_route(self.wiring, apps, &fix.path, self.protocol())?))
        })?;
        let name = route.path.value().cloned().flatten()?;
        let kind = CauseKind::ProxyPathRewrite {
            asked: forwarded.from.display(),
            arrives: path.display(),
            route: name.clone(),
            lines: fix.lines.clone(),
            shared: fix.keeps == KeepsPrefix::Yes && others > 0,
            symptom: missed.symptom.clone(),
        };
        let candidate = Candidate::new(kind, fix.place, "rewrite")
            .link(self.connection.place, format!("opens `{}`", self.url().display))
            .link(forwarded.place, "the proxy forwards it")
            .link(route.place, format!("the back end has `{name}`"))
            .resting_on(&self.url().assumptions)
            .resting_on(&self.guessed);
        Some(candidate)
    }
}

fn first_word(path: &PathText) -> Option<&str> {
    let PathPiece::Known(first) = path.0.first()? else { return None };
    first.trim_start_matches('/').split('/').next().filter(|word| !word.is_empty())
}
