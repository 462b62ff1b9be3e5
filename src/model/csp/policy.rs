//! The text of a policy, taken apart.

use super::GAP;

/// One policy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Its directives, without those of a name that came before.
    pub directives: Vec<Directive>,
}

/// A directive. Unknown characters are U+0001.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    /// Its name, lower case.
    pub name: String,
    /// Its values, as written.
    pub values: Vec<String>,
}

impl Policy {
    /// The directive that decides about connections: `connect-src`, else `default-src`.
    #[must_use]
    pub fn of_connections(&self) -> Option<&Directive> {
        self.named("connect-src").or_else(|| self.named("default-src"))
    }

    /// Whether something that is not known may be a directive that comes before the one that decides.
    #[must_use]
    pub fn may_be_overridden(&self) -> bool {
        let decides = self.of_connections().map(|directive| directive.name.as_str());
        self.directives
            .iter()
            .take_while(|directive| decides != Some("connect-src") || directive.name != "connect-src")
            .any(|directive| directive.name.contains(GAP))
    }

    /// Whether it makes browsers ask over TLS instead of plainly.
    #[must_use]
    pub fn upgrades(&self) -> bool {
        self.named("upgrade-insecure-requests").is_some()
    }

    fn named(&self, name: &str) -> Option<&Directive> {
        self.directives.iter().find(|directive| directive.name == name)
    }
}

/// The policies of a header's value, or of a `<meta>` element's: several are separated by commas, in both (Chromium).
#[must_use]
pub fn policies_of_header(value: &str) -> Vec<Policy> {
    value.split(',').map(policy_of_text).filter(|policy| !policy.directives.is_empty()).collect()
}

/// The policy of a text without commas.
#[must_use]
pub fn policy_of_text(text: &str) -> Policy {
    let mut policy = Policy::default();
    for directive in text.split(';') {
        let mut words = directive.split_ascii_whitespace();
        let Some(name) = words.next().map(str::to_ascii_lowercase) else { continue };
        if policy.named(&name).is_none() {
            policy.directives.push(Directive { name, values: words.map(str::to_owned).collect() });
        }
    }
    policy
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_directive_of_a_name_counts() {
        let policy = policy_of_text("Connect-Src 'self';; connect-src *; default-src 'none'");
        assert_eq!(policy.of_connections().map(|it| it.values.clone()), Some(vec!["'self'".to_owned()]));
        assert_eq!(policy.directives.len(), 2);
    }

    #[test]
    fn default_src_decides_where_nothing_else_does() {
        assert_eq!(
            policy_of_text("default-src a.test").of_connections().map(|it| it.name.as_str()),
            Some("default-src")
        );
        assert_eq!(policy_of_text("script-src a.test").of_connections(), None);
    }

    #[test]
    fn commas_separate_policies() {
        assert_eq!(policies_of_header("connect-src a.test, default-src b.test,").len(), 2);
    }

    #[test]
    fn an_unknown_directive_may_come_first() {
        assert!(policy_of_text("\u{1}; default-src 'self'").may_be_overridden());
        assert!(policy_of_text("default-src 'self'; \u{1}").may_be_overridden());
        assert!(!policy_of_text("connect-src 'self'; \u{1}").may_be_overridden());
        assert!(!policy_of_text("script-src \u{1}; default-src 'self'").may_be_overridden());
    }
}
