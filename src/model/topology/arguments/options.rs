//! The options that one command line gives to its program.

use std::sync::Arc;

use super::PROGRAM;
use super::started::Started;
use super::word::{Word, Written};
use crate::base::{FileId, Place};
use crate::facts::HoleReason;
use crate::model::topology::binding_set::BindingSet;
use crate::model::topology::values::{Lookup, resolve};
use crate::model::{Binding, Unknown, Value};

/// What a program is given.
#[derive(Clone, Debug)]
pub(super) struct Options {
    /// [`PROGRAM`]: its word where `given` is all, else something unknown.
    pub(super) program: Binding,
    /// The options, the last of each name.
    pub(super) given: BindingSet,
}

impl Options {
    /// Takes the words behind a program apart as argparse does that knows no option yet. A line that cannot be taken apart
    /// gives none, and may give any.
    pub(super) fn of(file: FileId, started: &Started<'_>, environment: &BindingSet) -> Self {
        let lookup = |name: &str| environment.get(name).cloned().map_or(Lookup::Outside, Lookup::Set);
        let words = started.words.iter().map(|word| {
            let place = Place::new(file, word.span);
            let written = if word.as_str().is_some() { Written::Literally } else { Written::WithVariables };
            (place, Word::of(resolve(word, file, &lookup).text, written, place))
        });
        let place = Place::new(file, started.program.span);
        let program = resolve(started.program, file, &lookup).value();
        let mut options = Self { program: bound(PROGRAM, program, place), given: BindingSet::default() };
        let mut words = words.peekable();
        while let Some((place, word)) = words.next() {
            match word {
                Word::Argument(_) => {}
                Word::End => break,
                Word::Unknown(_) | Word::Several => {
                    return Self { program: unknown(PROGRAM, place), given: BindingSet::default() };
                }
                Word::Option(name, Some(value)) => options.given.set(bound(&name, value.into_value(), place)),
                Word::Option(name, None) => {
                    let next = words.next_if(|(_, next)| matches!(next, Word::Argument(_) | Word::Unknown(_)));
                    let binding = match next {
                        Some((place, Word::Argument(value))) => bound(&name, value.into_value(), place),
                        Some((place, other)) => {
                            // `--verbose $MORE`: the option may take no value, and the word be further options.
                            options.program = unknown(PROGRAM, place);
                            match other {
                                Word::Unknown(value) => bound(&name, value.into_value(), place),
                                _ => unknown(&name, place),
                            }
                        }
                        // The value may be behind the `--`.
                        None if matches!(words.peek(), Some((_, Word::End))) => unknown(&name, place),
                        None => bound(&name, Value::Bool(true), place),
                    };
                    options.given.set(binding);
                }
            }
        }
        options
    }
}

fn bound(name: &str, value: Value, place: Place) -> Binding {
    Binding { name: Arc::from(name), value, place, evidence: Vec::new() }
}

fn unknown(name: &str, place: Place) -> Binding {
    bound(name, Value::Unknown(Unknown { reason: HoleReason::Runtime, place: Some(place) }), place)
}
