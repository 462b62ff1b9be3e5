//! Names in a row, of which each may be taken out and put beside another one at the same cost, however many there are.

use std::collections::BTreeMap;
use std::sync::Arc;

/// The row. Both of its ends are the name that nothing has.
#[derive(Debug, Default)]
pub(super) struct Row {
    next: BTreeMap<Arc<str>, Arc<str>>,
    previous: BTreeMap<Arc<str>, Arc<str>>,
}

/// Where a name is put.
#[derive(Clone, Copy, Debug)]
pub(super) enum Spot<'a> {
    First,
    Last,
    /// Before another one, if that is there.
    Before(&'a str),
    /// After another one, if that is there.
    After(&'a str),
}

/// The name of both ends.
const END: &str = "";

impl Row {
    /// Takes a name out, if it is there.
    pub fn remove(&mut self, name: &str) {
        if name == END {
            return;
        }
        let (Some(next), Some(previous)) = (self.next.remove(name), self.previous.remove(name)) else { return };
        self.link(&previous, &next);
    }

    /// Puts a name in that is not there.
    pub fn insert(&mut self, name: &str, spot: Spot<'_>) {
        if name == END || self.next.contains_key(name) {
            return;
        }
        let before = match spot {
            Spot::First => Some(END.into()),
            Spot::Last => Some(self.previous.get(END).cloned().unwrap_or_else(|| END.into())),
            Spot::Before(other) if other != END => self.previous.get(other).cloned(),
            Spot::After(other) if other != END => self.next.get_key_value(other).map(|(other, _)| Arc::clone(other)),
            Spot::Before(_) | Spot::After(_) => None,
        };
        let Some(before) = before else { return };
        let after = self.next.get(&before).cloned().unwrap_or_else(|| END.into());
        let name: Arc<str> = name.into();
        self.link(&before, &name);
        self.link(&name, &after);
    }

    /// The names in order.
    pub fn names(&self) -> impl Iterator<Item = Arc<str>> {
        let after = |name: &str| self.next.get(name).filter(|next| &***next != END).cloned();
        std::iter::successors(after(END), move |name| after(name))
    }

    fn link(&mut self, left: &Arc<str>, right: &Arc<str>) {
        self.next.insert(Arc::clone(left), Arc::clone(right));
        self.previous.insert(Arc::clone(right), Arc::clone(left));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_where_they_are_put() {
        let mut row = Row::default();
        row.remove("a");
        row.insert("b", Spot::Last);
        row.insert("a", Spot::First);
        row.insert("d", Spot::After("b"));
        row.insert("c", Spot::Before("d"));
        row.insert("x", Spot::Before("nobody"));
        let shown = |row: &Row| row.names().map(|name| name.to_string()).collect::<String>();
        assert_eq!(shown(&row), "abcd");
        row.remove("a");
        row.remove("c");
        row.insert("a", Spot::Last);
        assert_eq!(shown(&row), "bda");
    }
}
