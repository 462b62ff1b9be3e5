//! Comments that suppress findings.

use super::remedies::{RULE_NAME, SUPPRESSION_FORM, UNUSED_SUPPRESSION};
use crate::base::Place;
use crate::rules::Fix;
use crate::rules::fix::{Change, Edit};

/// The name of the rule that is meant.
pub(in crate::rules) fn rule_name(place: Place, name: &str, near: &str) -> Fix {
    Fix::new(&RULE_NAME, format!("change `{name}` to `{near}`"), vec![Edit::word(place, name, near)])
}

/// The words of a comment in the form that counts.
pub(in crate::rules) fn suppression(place: Place, words: &str) -> Fix {
    let edit = Edit::new(place, Change::CommentWords(words.to_owned()));
    Fix::new(&SUPPRESSION_FORM, "write it in the form that counts".to_owned(), vec![edit])
}

/// A comment that suppresses nothing goes.
pub(in crate::rules) fn unused_comment(place: Place, name: &str) -> Fix {
    let title = format!("remove the suppression of `{name}`");
    Fix::new(&UNUSED_SUPPRESSION, title, vec![Edit::new(place, Change::Comment)])
}

/// One of several names in a comment goes.
pub(in crate::rules) fn unused_name(place: Place, name: &str) -> Fix {
    let title = format!("remove `{name}` from the comment");
    Fix::new(&UNUSED_SUPPRESSION, title, vec![Edit::new(place, Change::Listed(name.to_owned()))])
}
