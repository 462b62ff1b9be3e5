//! Headers that `Header` adds to answers.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::ApacheInstance;
use super::answer::Maker;
use super::tree::Directive;
use crate::model::proxy::{AddedHeader, AddedTo, BackEndHeader, BlockId};

impl ApacheInstance {
    /// The headers that the levels of an answer add, in their order.
    ///
    /// Answers of an upstream get all of them, whatever their status; answers that httpd makes itself, redirects and errors,
    /// only those with `always`.
    pub(super) fn headers_added_at(&self, id: BlockId) -> Vec<AddedHeader> {
        let Some(chain) = self.chains.get(id) else { return Vec::new() };
        let others = match chain.maker {
            Maker::Upstream(_) | Maker::Page => Some(AddedTo::All),
            Maker::File => Some(AddedTo::Good),
            Maker::Own => None,
        };
        let mut always: Vec<AddedHeader> = Vec::new();
        let mut good: Vec<AddedHeader> = Vec::new();
        let mut replaced: BTreeSet<String> = BTreeSet::new();
        for level in chain.levels.iter().filter_map(|id| self.block_of(*id)) {
            for directive in level.named(&["header"]) {
                let mut words = directive.args.iter().peekable();
                let to_all = words.next_if(|word| word.is("always")).is_some();
                if !to_all {
                    words.next_if(|word| word.is("onsuccess"));
                }
                let (Some(action), Some(name)) = (words.next(), words.next()) else { continue };
                let answers = if to_all { Some(AddedTo::All) } else { others };
                let list = if to_all { &mut always } else { &mut good };
                let Some(answers) = answers else { continue };
                let value = words.next().map_or_else(|| "".into(), |word| Arc::clone(&word.text));
                apply(list, &action.text, &name.text, value, answers, id, directive);
                // The back end's own header is among those that are not for every status.
                let takes_out = ["set", "unset", "setifempty"].iter().any(|one| action.text.eq_ignore_ascii_case(one));
                if !to_all && takes_out {
                    replaced.insert(name.text.trim_end_matches(':').to_ascii_lowercase());
                }
            }
        }
        always.extend(good);
        for header in always.iter_mut().filter(|header| replaced.contains(&header.name.to_ascii_lowercase())) {
            header.back_end = BackEndHeader::Replaced;
        }
        always
    }
}

/// What one directive does to the headers of its list.
fn apply(
    list: &mut Vec<AddedHeader>,
    action: &str,
    name: &str,
    value: Arc<str>,
    answers: AddedTo,
    level: BlockId,
    directive: &Directive,
) {
    let name: Arc<str> = name.trim_end_matches(':').into();
    let same = |header: &AddedHeader| header.name.eq_ignore_ascii_case(&name);
    let header = AddedHeader {
        name: Arc::clone(&name),
        value: Arc::clone(&value),
        answers,
        back_end: BackEndHeader::Kept,
        place: directive.place,
        level,
    };
    match action.to_ascii_lowercase().as_str() {
        "set" => {
            list.retain(|header| !same(header));
            list.push(header);
        }
        "add" => list.push(header),
        "setifempty" if !list.iter().any(same) => list.push(header),
        "append" | "merge" => match list.iter_mut().find(|header| same(header)) {
            Some(known) => known.value = format!("{}, {value}", known.value).into(),
            None => list.push(header),
        },
        "unset" => list.retain(|header| !same(header)),
        _ => {}
    }
}
