//! The lines that a change touched, and the place of a finding that is on one of them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use imara_diff::{Algorithm, Diff, InternedInput};

use crate::base::{Place, RepoPath, Span, Tree, decode};
use crate::model::Wiring;
use crate::report::evidence;
use crate::rules::Finding;

/// Lines from the first change to the last one, in a file that is compared.
const MOST_COMPARED: usize = 20_000;

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
    /// Nobody knows which: more lines lie between the first change and the last one than are compared.
    Unknown,
}

impl Lines {
    fn between(old: &str, new: &str) -> Self {
        // Line ends may be others on this machine.
        let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
        let alike = |(one, other): &(&&str, &&str)| one == other;
        let start = old.iter().zip(&new).take_while(alike).count();
        let room = old.len().min(new.len()) - start;
        let end = old.iter().rev().zip(new.iter().rev()).take(room).take_while(alike).count();
        let before = old.get(start..old.len() - end).unwrap_or_default();
        let after = new.get(start..new.len() - end).unwrap_or_default();
        if before.len().max(after.len()) > MOST_COMPARED {
            return Self::Unknown;
        }
        let mut input: InternedInput<&str> = InternedInput::default();
        input.update_before(before.iter().copied());
        input.update_after(after.iter().copied());
        // The other algorithm of the library is quadratic when every second line changed, and goes as deep as there are lines.
        let mut diff = Diff::compute(Algorithm::Myers, &input);
        diff.postprocess_lines(&input);
        let inside = (0u32..).zip(after).map(|(line, _)| diff.is_added(line));
        let around = |count: usize| std::iter::repeat_n(false, count);
        Self::Some(around(start).chain(inside).chain(around(end)).collect())
    }

    /// Whether a line, from 1, was touched.
    fn has(&self, line: u32) -> bool {
        match self {
            Self::All => true,
            Self::Some(lines) => lines.get((line as usize).saturating_sub(1)).copied().unwrap_or_default(),
            Self::Unknown => false,
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
    use super::{Lines, MOST_COMPARED};

    #[test]
    fn lines_that_are_new_are_changed() {
        let lines = Lines::between("a\nb\nc\n", "x\na\nB\nc\r\nd");
        assert_eq!(lines, Lines::Some(vec![true, false, true, false, true]));
        assert_eq!(lines.first_among(2, 4), Some((3, 3)));
        assert_eq!(lines.first_among(4, 4), None);
        assert_eq!(Lines::All.first_among(4, 9), Some((4, 9)));
    }

    #[test]
    fn lines_around_the_change_cost_nothing_and_too_many_are_not_compared() {
        let text = |count: usize, change: &dyn Fn(usize) -> String| (0..count).map(change).collect::<String>();
        let plain = |line: usize| format!("{line}\n");
        let large = 1_000_000;
        let one = Lines::between(
            &text(large, &plain),
            &text(large, &|line| if line == large / 2 { "x\n".to_owned() } else { plain(line) }),
        );
        assert_eq!(one.first_among(1, u32::MAX), Some((500_001, 500_001)));
        // Every second line, or all of them in a folder that was sorted the other way round.
        let every_second = |line: usize| if line.is_multiple_of(2) { plain(line) } else { format!("new {line}\n") };
        let backwards = |line: usize| plain(large - line);
        let changes: [&dyn Fn(usize) -> String; 2] = [&every_second, &backwards];
        for change in changes {
            let lines = Lines::between(&text(MOST_COMPARED, &plain), &text(MOST_COMPARED, change));
            assert!(lines.has(2) && lines != Lines::Unknown);
            let lines = Lines::between(&text(large, &plain), &text(large, change));
            assert_eq!(lines, Lines::Unknown);
        }
    }
}
