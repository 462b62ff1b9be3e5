//! Which policies come with a page: what the application and the hosting service send, and what the page itself holds.

use std::rc::Rc;
use std::sync::Arc;

use super::policy::{Directive, Policy, policies_of_header, policy_of_text};
use super::{GAP, Match, with_gaps};
use crate::base::{FileId, Place};
use crate::facts::{CspDefaults, CspFact, CspReach, CspSender, CspText, FileFacts, MountStyle};
use crate::model::evaluate::{Scope, evaluate_in};
use crate::model::{PackageId, Value, Wiring};

/// Policies of one sender, in each way that is possible.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::model) struct SentPolicy {
    /// Where an edit goes.
    pub place: Place,
    /// Who sends it, for people.
    pub by: Arc<str>,
    /// The possible ways; in each, all of its policies are in force. `None`: nothing is known of this way.
    pub ways: Vec<Option<Vec<Policy>>>,
}

/// All policies of a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::model) struct Enforced {
    /// By sender.
    pub sent: Vec<Rc<SentPolicy>>,
}

impl SentPolicy {
    /// What holds in every way, or in none.
    pub fn in_all(&self, holds: impl Fn(&[Policy]) -> Match) -> Match {
        let mut found: Option<Match> = None;
        for way in &self.ways {
            let one = way.as_deref().map_or(Match::Unknown, &holds);
            found = Some(match found {
                None => one,
                Some(known) if known == one => known,
                Some(_) => Match::Unknown,
            });
        }
        found.unwrap_or(Match::Yes)
    }
}

/// What the code of a package sends with its pages.
pub(in crate::model) fn of_application(wiring: &Wiring, scope: &Scope) -> Option<Rc<SentPolicy>> {
    let mut sent: Option<SentPolicy> = None;
    for (file, facts) in wiring.index.files_of(wiring, scope.package) {
        for fact in facts.csp.iter().filter(|fact| fact.by != CspSender::Hosting && facts.role.speaks()) {
            add(wiring, file, facts, fact, scope, &mut sent);
        }
    }
    sent.map(Rc::new)
}

/// What a hosting service sends with the pages of a package, by a file beside its manifest or in a folder around it.
pub(in crate::model) fn of_hosting(wiring: &Wiring, scope: &Scope, file: FileId) -> Option<Rc<SentPolicy>> {
    let mut sent = None;
    let facts = wiring.repository.get(file)?;
    for fact in facts.csp.iter().filter(|fact| fact.by == CspSender::Hosting) {
        add(wiring, file, facts, fact, scope, &mut sent);
    }
    sent.map(Rc::new)
}

/// Adds the ways of one statement: several statements are alternatives, because a later one replaces an earlier one, and
/// which of them a page passes is not followed.
fn add(wiring: &Wiring, file: FileId, facts: &FileFacts, fact: &CspFact, scope: &Scope, sent: &mut Option<SentPolicy>) {
    let mut ways = ways(wiring, file, fact, scope);
    match reaches_pages(facts, fact) {
        Match::Yes => {}
        Match::No => return,
        Match::Unknown => ways.push(Some(Vec::new())),
    }
    match sent {
        // That many statements leave it open which of them a page passes.
        Some(sent) if sent.ways.len() + ways.len() > MOST_WAYS => sent.ways.push(None),
        Some(sent) => sent.ways.extend(ways),
        None => *sent = Some(SentPolicy { place: Place::new(file, fact.span), by: Arc::from(fact.by.name()), ways }),
    }
}

/// Ways of one sender that are compared.
const MOST_WAYS: usize = 64;

/// Whether the first page is among the answers that get the header.
fn reaches_pages(facts: &FileFacts, fact: &CspFact) -> Match {
    match &fact.with {
        // Files that are registered before have gone out already.
        CspReach::All => {
            let static_before = facts
                .mounts
                .iter()
                .any(|mount| mount.style == MountStyle::Static && mount.span.start < fact.span.start);
            if static_before && fact.by != CspSender::Next { Match::Unknown } else { Match::Yes }
        }
        CspReach::Paths(pattern) => pattern.as_str().map_or(Match::Unknown, takes_root),
        CspReach::Some => Match::Unknown,
    }
}

/// Whether a pattern of Next.js or a hosting file takes the first page.
fn takes_root(pattern: &str) -> Match {
    const ALL: &[&str] = &[
        "/",
        "/*",
        "/**",
        "**",
        "*",
        "/(.*)",
        "(.*)",
        "/:path*",
        "/:path(.*)",
        "/(.*)?",
        "**/*",
        "/**/*",
        "/:rest*",
        "/index.html",
        "/:slug*",
        "/:all*",
        "**/*.html",
        "/:path*{/}?",
        "/*.html",
        ".*",
        "^/.*$",
        "^/(.*)$",
    ];
    let named =
        |rest: &str| rest.starts_with(|first: char| first.is_ascii_alphanumeric() || matches!(first, '_' | '.'));
    if ALL.contains(&pattern) || pattern.starts_with("/((?!") && pattern.ends_with(".*)") {
        Match::Yes
    } else if pattern.strip_prefix('/').is_some_and(named) {
        Match::No
    } else {
        Match::Unknown
    }
}

fn ways(wiring: &Wiring, file: FileId, fact: &CspFact, scope: &Scope) -> Vec<Option<Vec<Policy>>> {
    let (given, defaults) = match &fact.policy {
        CspText::Header(value) => (Some(value), CspDefaults::Nothing),
        CspText::Directives(given, defaults) => (given.as_ref(), *defaults),
    };
    let defaults = if defaults == CspDefaults::Helmet && sends_nothing(wiring, scope.package) {
        CspDefaults::Nothing
    } else {
        defaults
    };
    let Some(given) = given else { return vec![Some(vec![default_policy(defaults)])] };
    let alternatives = evaluate_in(wiring, file, fact.function.as_deref(), given, scope);
    alternatives.iter().map(|alternative| policies_of(&alternative.value, defaults)).collect()
}

/// Whether this helmet is older than its own policy.
fn sends_nothing(wiring: &Wiring, package: PackageId) -> bool {
    let Some(info) = wiring.packages.get(package.0 as usize) else { return false };
    let manifests = info.manifests.iter().filter_map(|file| wiring.repository.get(*file)?.manifest.as_deref());
    let mut helmets = manifests.flat_map(|manifest| &manifest.dependencies).filter(|it| &*it.name == "helmet");
    helmets.any(|helmet| {
        let digits = helmet.requirement.trim_start_matches(|letter: char| !letter.is_ascii_digit());
        digits.split('.').next().and_then(|major| major.parse().ok()).is_some_and(|major: u32| major < 4)
    })
}

/// The policies that a value is; `None` when it is not known.
fn policies_of(value: &Value, defaults: CspDefaults) -> Option<Vec<Policy>> {
    match value {
        Value::Undefined | Value::Null | Value::Bool(false) => Some(Vec::new()),
        Value::Bool(true) => Some(vec![default_policy(defaults)]),
        Value::Text(text) => Some(policies_of_header(&with_gaps(text))),
        Value::Object(fields) => {
            let mut policy = default_policy(defaults);
            for (key, value) in fields {
                put(&mut policy, key, value)?;
            }
            policy.directives.retain(|directive| !directive.name.is_empty());
            if policy.directives.is_empty() { Some(Vec::new()) } else { Some(vec![policy]) }
        }
        _ => None,
    }
}

/// Puts one directive of an object over those that are there; `None` when it may be any.
fn put(policy: &mut Policy, key: &str, value: &Value) -> Option<()> {
    let name = dashed(key);
    let values = match value {
        Value::Null | Value::Undefined | Value::Bool(false) => {
            policy.directives.retain(|directive| directive.name != name);
            return Some(());
        }
        Value::Bool(true) => Vec::new(),
        Value::List(items) => items.iter().flat_map(sources).collect(),
        other => sources(other),
    };
    if key == "..." {
        return None;
    }
    match policy.directives.iter_mut().find(|directive| directive.name == name) {
        Some(directive) => directive.values = values,
        None => policy.directives.push(Directive { name, values }),
    }
    Some(())
}

fn sources(value: &Value) -> Vec<String> {
    match value {
        Value::Text(text) => with_gaps(text).split_ascii_whitespace().map(str::to_owned).collect(),
        _ => vec![GAP.to_string()],
    }
}

/// `connectSrc` as the header has it.
fn dashed(key: &str) -> String {
    let mut name = String::with_capacity(key.len() + 4);
    for letter in key.chars() {
        if letter.is_ascii_uppercase() {
            name.push('-');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

/// What a library sends by itself (helmet 8.3, flask-talisman 1.1, django-csp 4).
fn default_policy(defaults: CspDefaults) -> Policy {
    policy_of_text(match defaults {
        CspDefaults::Nothing => "",
        CspDefaults::Helmet => {
            "default-src 'self';base-uri 'self';font-src 'self' https: data:;form-action 'self';frame-ancestors 'self';\
             img-src 'self' data:;object-src 'none';script-src 'self';script-src-attr 'none';\
             style-src 'self' https: 'unsafe-inline';upgrade-insecure-requests"
        }
        CspDefaults::Talisman => "default-src 'self'; object-src 'none'",
        CspDefaults::DjangoCsp => "default-src 'self'",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_the_first_page() {
        assert_eq!(takes_root("/((?!api|_next).*)"), Match::Yes);
        assert_eq!(takes_root("/api/(.*)"), Match::No);
        assert_eq!(takes_root("/:lang/:path*"), Match::Unknown);
    }

    #[test]
    fn an_option_of_helmet_replaces_or_removes_a_default() {
        let object = Value::Object(vec![
            (Arc::from("upgradeInsecureRequests"), Value::Null),
            (Arc::from("connectSrc"), Value::List(vec![Value::Text(crate::model::Text::known("https:", None))])),
        ]);
        let policies = policies_of(&object, CspDefaults::Helmet).unwrap_or_default();
        let policy = policies.first().cloned().unwrap_or_default();
        assert!(!policy.upgrades());
        assert_eq!(policy.of_connections().map(|directive| directive.values.clone()), Some(vec!["https:".to_owned()]));
    }
}
