//! Values as far as they are known.

use std::sync::Arc;

use super::Assumption;
use crate::base::Place;
use crate::facts::{HoleReason, PagePart, Sense, Test};

/// One way an expression can come out.
#[derive(Clone, Debug, PartialEq)]
pub struct Alternative {
    /// The value.
    pub value: Value,
    /// The places that made it, in the order in which they were met, without repeats.
    pub evidence: Vec<Place>,
    /// The tests that this alternative rests on, which the evaluator could not decide.
    pub taken: Vec<(Test, Sense)>,
    /// What else it rests on.
    pub assumptions: Vec<Assumption>,
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Text, in known and unknown pieces.
    Text(Text),
    /// A number, as it prints.
    Number(Arc<str>),
    /// A truth value.
    Bool(bool),
    /// `undefined`, or a variable that is not set.
    Undefined,
    /// `null`, `None`.
    Null,
    /// A list; an element that is `Unknown` may stand for any number of elements.
    List(Vec<Value>),
    /// An object.
    Object(Vec<(Arc<str>, Value)>),
    /// A pattern.
    Regex {
        /// The pattern.
        pattern: Arc<str>,
        /// Its flags.
        flags: Arc<str>,
    },
    /// Not known.
    Unknown(Unknown),
}

/// Something that is not known, why, and where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unknown {
    /// Why.
    pub reason: HoleReason,
    /// Where the knowledge ends.
    pub place: Option<Place>,
}

/// Text in known and unknown pieces. Neighbouring known pieces keep their own places.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text(pub Vec<Piece>);

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Known characters and where they are written.
    Known(Arc<str>, Option<Place>),
    /// A part of the page's address, filled in when the page is known.
    Page(PagePart, Place),
    /// Unknown characters.
    Unknown(Unknown),
}

impl Text {
    /// A text that is wholly known.
    #[must_use]
    pub fn known(text: &str, place: Option<Place>) -> Self {
        Self(vec![Piece::Known(Arc::from(text), place)])
    }

    /// The whole text, when every piece is known.
    #[must_use]
    pub fn as_known(&self) -> Option<String> {
        self.0
            .iter()
            .map(|piece| match piece {
                Piece::Known(text, _) => Some(&**text),
                Piece::Page(..) | Piece::Unknown(_) => None,
            })
            .collect()
    }

    /// As a value: a text that is unknown as a whole is an unknown value.
    #[must_use]
    pub fn into_value(self) -> Value {
        match self.0.as_slice() {
            [Piece::Unknown(unknown)] => Value::Unknown(unknown.clone()),
            _ => Value::Text(self),
        }
    }
}

impl Value {
    /// The whole text, when this is a known text or number.
    #[must_use]
    pub fn as_known_text(&self) -> Option<String> {
        match self {
            Self::Text(text) => text.as_known(),
            Self::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }
}
