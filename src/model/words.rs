//! Reasons in words, for `trace` and for coverage.

use super::Unknown;
use crate::facts::HoleReason;

impl Unknown {
    /// Why it is not known, as a clause without a full stop.
    #[must_use]
    pub fn words(&self) -> String {
        match &self.reason {
            HoleReason::Unsupported => "the expression is of a kind that is not followed".to_owned(),
            HoleReason::Reassigned => "the variable is assigned more than once".to_owned(),
            HoleReason::Runtime => "the value is known only at run time".to_owned(),
            HoleReason::Parameter => "it is a parameter whose callers are not known".to_owned(),
            HoleReason::UnknownName(name) => format!("nothing in the repository defines `{name}`"),
            HoleReason::ExternalCall(name) => format!("`{name}` is code outside the repository"),
            HoleReason::Template(text) => format!("the placeholder `{text}` is filled in later"),
            HoleReason::OutsideEnv(name) => format!("`{name}` is set outside the repository"),
            HoleReason::Documented(name) => format!("`{name}` is given by whoever runs the program"),
            HoleReason::Limit => "it has too many parts or alternatives".to_owned(),
            HoleReason::Unresolved(name) => format!("`{name}` could not be found or read"),
        }
    }
}
