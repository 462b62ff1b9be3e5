//! Which rules a user asks for.

use super::{Family, RULES, RuleId};
use crate::base::near;

/// A rule or a family, as named on the command line or in `wirelint.toml`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Selector {
    /// One rule.
    Rule(RuleId),
    /// All rules of a family.
    Family(Family),
}

/// A name that is neither a rule nor a family.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no rule or family is called `{name}`{}", .nearest.as_ref().map(|near| format!("; did you mean `{near}`?")).unwrap_or_default())]
pub struct UnknownSelector {
    /// The name as given.
    pub name: String,
    /// The nearest name that exists, when one is near.
    pub nearest: Option<&'static str>,
}

impl Selector {
    /// Reads a name.
    ///
    /// # Errors
    /// When nothing has that name.
    pub fn parse(name: &str) -> Result<Self, UnknownSelector> {
        Self::find(name).ok_or_else(|| UnknownSelector { name: name.to_owned(), nearest: nearest(name) })
    }

    /// What has that name.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        let rule = super::find(name).map(|rule| Self::Rule(rule.id));
        let family = || Family::ALL.into_iter().find(|family| family.name() == name).map(Self::Family);
        rule.or_else(family)
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rule(rule) => rule.0,
            Self::Family(family) => family.name(),
        }
    }

    /// Whether it names `rule`, itself or by family.
    #[must_use]
    pub fn covers(self, rule: RuleId) -> bool {
        match self {
            Self::Rule(id) => id == rule,
            Self::Family(family) => super::find(rule.0).is_some_and(|rule| rule.metadata().family == family),
        }
    }
}

/// The rule or family whose name is nearest to `name`, when one is near enough to be meant.
#[must_use]
pub fn nearest(name: &str) -> Option<&'static str> {
    let families = Family::ALL.iter().map(|family| family.name());
    near::nearest(name, RULES.iter().map(|rule| rule.id.0).chain(families))
}
