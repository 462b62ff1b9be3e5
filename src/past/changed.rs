//! The lines that a change touched, and the place of a finding that is on one of them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use imara_diff::{Algorithm, Diff, InternedInput};

use crate::base::{Place, RepoPath, Span, Tree, decode};
use crate::model::Wiring;
use crate::report::evidence;
use crate::rules::Finding;

/// The lines of each file that are in one tree and not in another.
pub struct Changed<'t> {
    old: &'t dyn Tree,
    new: &'t dyn Tree,
    files: RefCell<BTreeMap<RepoPath, Rc<Lines>>>,
}

/// The changed lines of a file.
#[derive(Debug, PartialEq, Eq)]
enum Lines {
    /// All: the file is new.
    All,
    /// By line, from 0.
    Some(Vec<bool>),
}

impl Lines {
    fn between(old: &str, new: &str) -> Self {
        // Line ends may be others on this machine.
        let ends = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        let (old, new) = (ends(old), ends(new));
        let mut input: InternedInput<&str> = InternedInput::new("", "");
        input.update_before(old.iter().map(String::as_str));
        input.update_after(new.iter().map(String::as_str));
        let mut diff = Diff::compute(Algorithm::Histogram, &input);
        diff.postprocess_lines(&input);
        Self::Some((0u32..).zip(&new).map(|(line, _)| diff.is_added(line)).collect())
    }

    /// Whether a line, from 1, was touched.
    fn has(&self, line: u32) -> bool {
        match self {
            Self::All => true,
            Self::Some(lines) => lines.get((line as usize).saturating_sub(1)).copied().unwrap_or_default(),
        }
    }

    /// The first row of touched lines among these.
    fn first_among(&self, first: u32, last: u32) -> Option<(u32, u32)> {
        let start = (first..=last).find(|line| self.has(*line))?;
        let end = (start..=last).take_while(|line| self.has(*line)).last()?;
        Some((start, end))
    }
}

impl<'t> Changed<'t> {
    /// What came from `old` to `new`.
    #[must_use]
    pub fn new(old: &'t dyn Tree, new: &'t dyn Tree) -> Self {
        Self { old, new, files: RefCell::default() }
    }

    fn lines(&self, path: &RepoPath) -> Rc<Lines> {
        if let Some(known) = self.files.borrow().get(path) {
            return Rc::clone(known);
        }
        let read = |tree: &dyn Tree| {
            let mut bytes = Vec::new();
            tree.read(path, &mut bytes).ok().map(|()| decode(bytes).text)
        };
        let lines = Rc::new(match (read(self.old), read(self.new)) {
            (Some(old), Some(new)) if old == new => Lines::Some(Vec::new()),
            (Some(old), Some(new)) => Lines::between(&old, &new),
            (None, _) => Lines::All,
            (_, None) => Lines::Some(Vec::new()),
        });
        self.files.borrow_mut().insert(path.clone(), Rc::clone(&lines));
        lines
    }

    /// Where a finding is shown first: a place of it all of whose lines were touched, else the touched lines of one that has
    /// some. None when that is the place of the fix itself, or when nothing of it was touched.
    #[must_use]
    pub fn anchor(&self, wiring: &Wiring, finding: &Finding) -> Option<Place> {
        let links = evidence(finding).into_iter().flat_map(|chain| &chain.links).map(|(place, _)| *place);
        let places: Vec<Place> = std::iter::once(finding.place).chain(links).collect();
        let parts: Vec<(Place, Place)> =
            places.into_iter().filter_map(|place| Some((place, self.touched(wiring, place)?))).collect();
        let whole = parts.iter().find(|(place, part)| place == part);
        whole.or(parts.first()).map(|(_, part)| *part).filter(|part| *part != finding.place)
    }

    /// The part of a place that is on touched lines.
    fn touched(&self, wiring: &Wiring, place: Place) -> Option<Place> {
        let facts = wiring.repository.get(place.file)?;
        let (first, last) = facts.lines.lines(place.span);
        let (start, end) = self.lines(&facts.path).first_among(first, last)?;
        let from = facts.lines.start(start as usize)?.max(place.span.start);
        let to = if end == last { place.span.end } else { facts.lines.start(end as usize + 1)?.saturating_sub(1) };
        Some(Place::new(place.file, Span { start: from, end: to.max(from) }))
    }
}

#[cfg(test)]
mod tests {
    use super::Lines;

    #[test]
    fn lines_that_are_new_are_changed() {
        let lines = Lines::between("a\nb\nc\n", "x\na\nB\nc\r\nd");
        assert_eq!(lines, Lines::Some(vec![true, false, true, false, true]));
        assert_eq!(lines.first_among(2, 4), Some((3, 3)));
        assert_eq!(lines.first_among(4, 4), None);
        assert_eq!(Lines::All.first_among(4, 9), Some((4, 9)));
    }
}
