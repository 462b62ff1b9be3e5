//! Fields of syntax nodes by name, without a search through the grammar's names for each question.

use std::cell::RefCell;

use tree_sitter::{Language, Node};

/// Fields by their name.
pub trait Fields<'t> {
    /// The child under the field `name`.
    fn field(&self, name: &'static str) -> Option<Node<'t>>;
}

/// A power of two above the number of names that programs ask for.
const SLOTS: usize = 256;

/// A name by its place in the program, the grammar that was asked, and the answer.
type Slot = Option<(*const u8, usize, Language, u16)>;

thread_local! {
    static KNOWN: RefCell<Vec<Slot>> = const { RefCell::new(Vec::new()) };
}

impl<'t> Fields<'t> for Node<'t> {
    fn field(&self, name: &'static str) -> Option<Node<'t>> {
        let language = self.language();
        let id = KNOWN.with_borrow_mut(|known| {
            if known.is_empty() {
                known.resize(SLOTS, None);
            }
            // The same literal may have several places; each is one more slot and the same answer.
            let slot = known.get_mut((name.as_ptr().addr() ^ (name.as_ptr().addr() >> 8)) % SLOTS)?;
            if let Some((place, length, of, id)) = slot
                && *place == name.as_ptr()
                && *length == name.len()
                && *of == *language
            {
                return Some(*id);
            }
            let id = language.field_id_for_name(name).map_or(0, std::num::NonZeroU16::get);
            *slot = Some((name.as_ptr(), name.len(), Language::clone(&language), id));
            Some(id)
        })?;
        // No grammar has a field 0.
        if id == 0 { None } else { self.child_by_field_id(id) }
    }
}
