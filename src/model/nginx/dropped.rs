//! What a level loses by setting headers of its own.

use std::sync::Arc;

use super::tree::{LevelId, Statement, Tree};
use crate::base::Place;
use crate::model::proxy::Dropped;

impl Tree {
    /// What the headers in effect at `level` replace, when those of a level around it hold what `missed` looks for: it gets all
    /// that such a level sends, and says where that is set.
    pub fn dropped(&self, level: LevelId, mut missed: impl FnMut(&[&Statement]) -> Option<Place>) -> Option<Dropped> {
        let (inner, own) = self.effective(level, "proxy_set_header")?;
        let mut around = self.level(inner)?.parent;
        while let Some((outer, set)) = around.and_then(|id| self.effective(id, "proxy_set_header")) {
            let level = self.level(outer)?;
            if let Some(set_at) = missed(&set) {
                let lost = lost(&set, &own);
                return Some(Dropped { level: level.kind.word().into(), lost, set_at, dropped_by: own.first()?.place });
            }
            around = level.parent;
        }
        None
    }
}

impl Statement {
    /// Whether its first word is this name of a header.
    #[must_use]
    pub fn is_of_header(&self, name: &str) -> bool {
        self.args.first().is_some_and(|arg| arg.text.eq_ignore_ascii_case(name))
    }
}

/// The names in `set` that `own` lacks.
fn lost(set: &[&Statement], own: &[&Statement]) -> Vec<Arc<str>> {
    let mut names: Vec<Arc<str>> = Vec::new();
    for name in set.iter().filter_map(|statement| statement.args.first()).map(|arg| &arg.text) {
        let known = names.iter().any(|known| known.eq_ignore_ascii_case(name));
        if !known && !own.iter().any(|statement| statement.is_of_header(name)) {
            names.push(Arc::clone(name));
        }
    }
    names
}
