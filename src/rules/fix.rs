//! How a finding is fixed: what is edited, and who may decide it.

use super::RuleId;
use crate::base::Place;

/// Whether a fix may be written without being asked for by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Applicability {
    /// It does what the finding says, and what works today goes on working.
    Safe,
    /// It decides something that people may want to decide: whom a list lets in, which of two sides is right, how long is long enough.
    Unsafe,
}

impl Applicability {
    /// The word in every output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Unsafe => "unsafe",
        }
    }

    /// The option that writes it.
    #[must_use]
    pub fn option(self) -> &'static str {
        match self {
            Self::Safe => "--fix",
            Self::Unsafe => "--unsafe-fixes",
        }
    }
}

/// A kind of fix.
#[derive(Debug, PartialEq, Eq)]
pub struct Remedy {
    /// The rule whose findings it fixes.
    pub rule: RuleId,
    /// What it is when nothing about the finding is assumed.
    pub applicability: Applicability,
    /// What it does, without a subject: "writes the port that answers".
    pub does: &'static str,
}

impl Remedy {
    /// A remedy for the findings of a rule.
    pub(super) const fn new(rule: &'static str, applicability: Applicability, does: &'static str) -> Self {
        Self { rule: RuleId(rule), applicability, does }
    }
}

/// The fix of one finding. Its edits are made together or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// Its kind.
    pub remedy: &'static Remedy,
    /// What it does, as an order: "change port 3001 to 3000".
    pub title: String,
    /// Whether it may be written without being asked for by name.
    pub applicability: Applicability,
    /// What is edited.
    pub edits: Vec<Edit>,
}

impl Fix {
    /// A fix of this kind.
    pub(super) fn new(remedy: &'static Remedy, title: String, edits: Vec<Edit>) -> Self {
        Self { remedy, title, applicability: remedy.applicability, edits }
    }
}

/// One edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What the change is about.
    pub place: Place,
    /// What becomes of it.
    pub change: Change,
}

impl Edit {
    /// An edit.
    pub(super) fn new(place: Place, change: Change) -> Self {
        Self { place, change }
    }

    /// One word of a place becomes another one.
    pub(super) fn word(place: Place, from: impl Into<String>, to: impl Into<String>) -> Self {
        Self { place, change: Change::Word { from: from.into(), to: to.into() } }
    }
}

/// What becomes of a place. The text is not known here; a change that its text does not allow makes no edit, and its fix none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// What stands there once and by itself becomes something else.
    Word {
        /// What stands there.
        from: String,
        /// What it becomes.
        to: String,
    },
    /// Host and port become others: both together, or the one that differs.
    Address {
        /// `host:port` before.
        from: String,
        /// `host:port` after.
        to: String,
    },
    /// A path becomes another one: whole, or without what both begin with.
    Path {
        /// The path before.
        from: String,
        /// The path after.
        to: String,
    },
    /// The text of a string or setting becomes this; its quotes stay.
    Text(String),
    /// The text of a string or setting ends in this as well.
    Ending(String),
    /// This, right behind what is there.
    Behind(String),
    /// An expression of the source language takes the place of the literal that is all of it, or of `from` in a literal with more.
    Expression {
        /// The beginning of the literal that it takes the place of; empty for all of it.
        from: String,
        /// The expression.
        code: String,
    },
    /// A comparison before the place compares with this string instead of that one.
    Compared {
        /// The string that is compared with.
        from: String,
        /// The right one.
        to: String,
    },
    /// The value that a template or a concatenation puts behind the place goes through this function.
    Wrapped(&'static str),
    /// Statements behind the statement that is there, each on a line of its own where it has one.
    After(Vec<String>),
    /// The same before it, and before the comment above it.
    Before(Vec<String>),
    /// Statements at the beginning of the block whose head is there.
    First(Vec<String>),
    /// The statement becomes these.
    Statement(Vec<String>),
    /// The statement goes, with its block.
    Remove,
    /// The statement goes from here to before the block whose head is at the place.
    MoveBefore(Place),
    /// One more element of the list that the element there is of, or of the list that is there.
    Element(String),
    /// One more member between the brackets that end the place: a property, an argument.
    Member(String),
    /// One more property of the object that is the last argument of the call there, or of what is there itself.
    Option {
        /// The property: `credentials: true`.
        member: String,
    },
    /// One more element of the list that is there, or a list of this name with it in the object that is there.
    ListOf {
        /// The name of the list.
        name: String,
        /// The element.
        value: String,
    },
    /// The property of this name in the object that is there, or that the value there is of, becomes another one.
    Property {
        /// Its name.
        name: String,
        /// What takes its place: `clientPort: 443`.
        with: String,
    },
    /// A value that stands for an object with one property becomes that object, with one more member.
    Spread {
        /// The property.
        name: &'static str,
        /// The member: `ws: true`.
        member: String,
    },
    /// The package of this name that is required there is required with an extra of it.
    Extra {
        /// The package.
        name: &'static str,
        /// The extra.
        extra: &'static str,
    },
    /// More words for the command that is there.
    Words(Vec<String>),
    /// A whole line more at the end of the file.
    Line(String),
    /// The comment goes, with its line where it has one.
    Comment,
    /// The words of the comment become these.
    CommentWords(String),
    /// This entry of the list in brackets goes.
    Listed(String),
}
