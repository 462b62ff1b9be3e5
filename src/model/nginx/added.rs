//! Headers that `add_header` puts into answers.

use std::sync::Arc;

use super::NginxInstance;
use super::tree::{LevelId, Statement};
use crate::model::proxy::{AddedHeader, AddedTo, BackEndHeader};

impl NginxInstance {
    /// The headers that `add_header` adds at a level: its own, else those of the nearest level around it that has any.
    /// With `add_header_inherit merge` those around it come too, and with `off` only its own.
    #[must_use]
    pub(super) fn headers_added_at(&self, level: LevelId) -> Vec<AddedHeader> {
        let mut out: Vec<AddedHeader> = Vec::new();
        for (id, level) in self.tree.outward(level) {
            let own = level.statements.iter().filter(|statement| &*statement.name == "add_header");
            let own: Vec<_> = own.filter_map(|statement| added(statement, id)).collect();
            let mode = self.tree.effective(id, "add_header_inherit");
            let mode = mode.and_then(|(_, found)| found.into_iter().next_back()?.arg(0));
            let ends = mode == Some("off") || !own.is_empty() && mode != Some("merge");
            // outer ones come first
            out.splice(0..0, own);
            if ends {
                break;
            }
        }
        out
    }
}

fn added(statement: &Statement, level: LevelId) -> Option<AddedHeader> {
    let name = Arc::clone(&statement.args.first()?.text);
    let value = Arc::clone(&statement.args.get(1)?.text);
    let answers = if statement.arg(2) == Some("always") { AddedTo::All } else { AddedTo::Good };
    Some(AddedHeader { name, value, answers, back_end: BackEndHeader::Kept, place: statement.place, level })
}
