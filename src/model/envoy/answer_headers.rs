//! The headers that the levels of a configuration add to answers.

use std::sync::Arc;

use super::mutation::{AppendAction as A, Mutations};
use super::run::Run;
use crate::model::proxy::{AddedHeader, AddedTo, BackEndHeader, BlockId};

impl Run<'_> {
    /// The headers that levels add to answers, the innermost first unless the table says otherwise.
    pub(super) fn answers(&mut self, levels: &[&Mutations]) {
        let mut levels = levels.to_vec();
        if self.table.inner_last {
            levels.reverse();
        }
        for mutations in levels {
            self.answer_headers(mutations);
        }
    }

    /// Changes of the headers of an answer, at one level.
    pub(super) fn answer_headers(&mut self, mutations: &Mutations) {
        for (name, _) in &mutations.removed {
            self.trail.added.retain(|header| header.name != *name);
            self.trail.hidden.push(Arc::clone(name));
        }
        let before: Vec<Arc<str>> = self.trail.added.iter().map(|header| Arc::clone(&header.name)).collect();
        let order = |action: A| u8::from(matches!(action, A::Appended | A::AddedIfAbsent));
        let mut all: Vec<_> = mutations.added.iter().collect();
        all.sort_by_key(|added| order(added.action));
        for added in all {
            let replaced = matches!(added.action, A::Overwritten | A::OverwrittenIfPresent);
            if added.value.is_empty() && !added.keeps_empty
                || added.action == A::AddedIfAbsent && before.contains(&added.name)
                || added.action == A::OverwrittenIfPresent && !before.contains(&added.name)
            {
                continue;
            }
            if replaced {
                self.trail.added.retain(|header| header.name != added.name);
            }
            let gone = replaced || added.action == A::AddedIfAbsent || self.trail.hidden.contains(&added.name);
            self.trail.added.push(AddedHeader {
                name: Arc::clone(&added.name),
                value: Arc::clone(&added.value),
                answers: AddedTo::All,
                back_end: if gone { BackEndHeader::Replaced } else { BackEndHeader::Kept },
                place: added.place,
                level: BlockId(0),
            });
        }
    }
}
