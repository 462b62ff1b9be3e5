//! Content-Security-Policy: which connections a page's policies let out (CSP level 3, as Chromium does it).

mod documents;
mod matching;
mod policy;
mod sent;

pub(in crate::model) use documents::Documents;
pub use matching::{AskedUrl, CspPage, Match, Whole, Whose, matches};
pub use policy::{Directive, Policy, policies_of_header, policy_of_text};
pub(in crate::model) use sent::{Enforced, SentPolicy, of_application, of_hosting};

use super::{Piece, Text};

/// Represents, in the text of a policy, characters that are not known.
pub(in crate::model) const GAP: char = '\u{1}';

/// The text with [`GAP`] for what is not known.
pub(in crate::model) fn with_gaps(text: &Text) -> String {
    text.0
        .iter()
        .map(|piece| match piece {
            Piece::Known(text, _) => text.to_string(),
            Piece::Page(..) | Piece::Unknown(_) => GAP.to_string(),
        })
        .collect()
}
