//! Rules: an action with its words, and the condition behind it.

use super::acl::{self, Condition};
use super::config::{Line, Word};
use crate::base::Place;
use crate::model::Unknown;

/// A rule of one of the lists of a section.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Rule {
    /// The whole line.
    pub place: Place,
    /// The action and its words, without the name of the list.
    pub words: Vec<Word>,
    /// What has to hold; `None`: nothing.
    pub condition: Option<Condition>,
    /// Why it is not known to take part.
    pub doubt: Option<Unknown>,
}

impl Rule {
    /// The action.
    pub fn action(&self) -> &str {
        self.words.first().map_or("", |word| &word.text)
    }

    /// The word behind another one.
    pub fn after(&self, name: &str) -> Option<&Word> {
        let at = self.words.iter().position(|word| word.is(name))?;
        self.words.get(at + 1)
    }
}

/// The rule of a line. Its first word is the name of the list, which a rule of `reqadd` keeps as its action.
pub(super) fn rule(line: &Line) -> Option<Rule> {
    let own = if line.word(0) == Some("reqadd") { 0 } else { 1 };
    let words = line.words.get(own..).filter(|words| !words.is_empty())?;
    // the first word is the action, or the name of a back end
    let at = words.iter().skip(1).position(|word| word.is("if") || word.is("unless")).map(|at| at + 1);
    let (words, condition) = match at {
        Some(at) => (words.get(..at)?, acl::condition(words.get(at..)?)),
        None => (words, None),
    };
    Some(Rule { place: line.place, words: words.to_vec(), condition, doubt: line.doubt() })
}
