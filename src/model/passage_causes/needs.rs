//! What the back end of a passage makes of the address of a request.

use std::sync::Arc;

use crate::base::Place;
use crate::facts::{AddressRule, ServerProgram};
use crate::model::requirement::is_below;
use crate::model::{AddressUse, Assumption, Listener, Passage, Value, Wiring};

/// What the applications behind a passage do with scheme and host.
pub(super) struct Needs<'w> {
    wiring: &'w Wiring,
    passage: &'w Passage,
    uses: Vec<&'w AddressUse>,
}

impl<'w> Needs<'w> {
    /// What is known of them.
    pub fn of(wiring: &'w Wiring, passage: &'w Passage) -> Self {
        let about = |found: &&AddressUse| {
            found.apps.iter().any(|app| passage.apps.contains(app))
                && found.deployment.is_none_or(|deployment| deployment == passage.deployment)
                && found.mode == passage.mode
        };
        Self { wiring, passage, uses: wiring.addresses.iter().filter(about).collect() }
    }

    /// Where a switch of this kind is on.
    pub fn on(&self, is: fn(AddressRule) -> bool) -> Option<Place> {
        let found = self.uses.iter().find(|found| is(found.rule) && switch(found) == Some(true))?;
        Some(found.place)
    }

    /// The hosts that are let in, when there is one list and all of it is known.
    pub fn hosts(&self) -> Option<(Place, Vec<Arc<str>>)> {
        let mut lists = self.uses.iter().filter(|found| found.rule == AddressRule::AllowsHosts);
        let found = lists.next()?;
        if lists.any(|other| other.place != found.place) {
            return None;
        }
        let entries = texts(one(found)?)?;
        // An empty list is filled somewhere else, or meant for debugging.
        (!entries.is_empty()).then_some((found.place, entries))
    }

    /// The header that the scheme is taken from, as a proxy sends it.
    pub fn proto_header(&self) -> Option<(Place, Arc<str>)> {
        let found = self.uses.iter().find(|found| found.rule == AddressRule::TrustsProto)?;
        let header = match one(found)? {
            Value::List(parts) => {
                let name = parts.first()?.as_known_text()?;
                header_name(name.strip_prefix("HTTP_")?)
            }
            value => Arc::from(truthy(value)?.then_some("X-Forwarded-Proto")?),
        };
        Some((found.place, header))
    }

    /// Where forms are compared with the application's own address, unless the origins of the site are listed.
    pub fn compares_origin(&self) -> Option<Place> {
        let found = self.uses.iter().find(|found| found.rule == AddressRule::ComparesOrigin)?;
        let listed = match one(found)? {
            Value::Bool(true) => Vec::new(),
            value => texts(value)?,
        };
        let package = |other: &&AddressUse| other.package == found.package;
        let own = self.passage.request.host.as_deref();
        let trusted = |entry: &Arc<str>| own.is_none_or(|host| entry.contains(host) || entry.contains('*'));
        let settings = |other: &AddressUse| other.rule == AddressRule::ComparesOrigin && other.place != found.place;
        let mut others = self.wiring.addresses.iter().filter(package);
        (!listed.iter().any(trusted) && !others.any(settings)).then_some(found.place)
    }

    /// Whether a requirement keeps Django below version 4, which compares no Origin.
    pub fn is_django_before_4(&self) -> bool {
        self.uses.iter().any(|found| is_below(self.wiring, found.package, "django", 4))
    }

    /// Whether anything in the packages of the applications, another settings module for one, takes the scheme from a header.
    pub fn may_read_proto(&self) -> bool {
        let ours = |other: &AddressUse| self.uses.iter().any(|own| own.package == other.package);
        self.wiring.addresses.iter().any(|other| other.rule == AddressRule::TrustsProto && ours(other))
    }
}

/// `X_FORWARDED_PROTO` as headers are written.
fn header_name(variable: &str) -> Arc<str> {
    let word = |word: &str| {
        let (first, rest) = word.split_at_checked(1).unwrap_or((word, ""));
        format!("{}{}", first.to_ascii_uppercase(), rest.to_ascii_lowercase())
    };
    Arc::from(variable.split('_').map(word).collect::<Vec<_>>().join("-"))
}

/// Whether it is [`AddressRule::TrustsHost`].
pub(super) fn trusts_host(rule: AddressRule) -> bool {
    rule == AddressRule::TrustsHost
}

/// Whether it is [`AddressRule::RedirectsToHttps`].
pub(super) fn redirects(rule: AddressRule) -> bool {
    rule == AddressRule::RedirectsToHttps
}

/// Whether an entry of a list of hosts means `host`: itself, `*`, `.example.com`, `*.example.com`.
pub(super) fn names_host(entry: &str, host: &str) -> bool {
    let domain = entry.strip_prefix('*').unwrap_or(entry);
    entry == "*"
        || entry.eq_ignore_ascii_case(host)
        || domain.strip_prefix('.').is_some_and(|domain| {
            let host = host.to_ascii_lowercase();
            host == domain || host.ends_with(&format!(".{}", domain.to_ascii_lowercase()))
        })
}

/// Whether the program that listens takes the word of proxies on other machines: it has an option for it, or the
/// environment of some process sets the variable that uvicorn and gunicorn read.
pub(super) fn program_trusts_proxies(wiring: &Wiring, listener: Option<&Listener>) -> bool {
    let is_told = |listener: &Listener| {
        let believes = listener.program == ServerProgram::Daphne && listener.option("proxy_headers").is_some();
        believes || listener.option("forwarded_allow_ips").is_some()
    };
    listener.is_some_and(is_told) || mentions_variable(wiring)
}

fn mentions_variable(wiring: &Wiring) -> bool {
    let is = |name: &str| name == "FORWARDED_ALLOW_IPS";
    wiring.repository.iter().any(|(_, facts)| {
        let services =
            facts.compose.iter().flat_map(|compose| &compose.services).flat_map(|service| &service.environment);
        let stages = facts.dockerfile.iter().flat_map(|dockerfile| &dockerfile.stages).flat_map(|stage| &stage.env);
        facts.env.iter().any(|entry| is(&entry.name)) || services.chain(stages).any(|setting| is(&setting.name))
    })
}

/// The one value that it comes to, with nothing from outside.
fn one(found: &AddressUse) -> Option<&Value> {
    let [only] = found.values.as_slice() else { return None };
    let outside = |assumption: &Assumption| matches!(assumption, Assumption::NoOverride(_));
    (!only.assumptions.iter().any(outside)).then_some(&only.value)
}

fn switch(found: &AddressUse) -> Option<bool> {
    truthy(one(found)?)
}

fn truthy(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(value) => Some(*value),
        Value::Number(number) => Some(&**number != "0"),
        Value::Undefined | Value::Null => Some(false),
        Value::Text(_) => Some(!value.as_known_text()?.is_empty()),
        Value::List(items) => Some(!items.is_empty()),
        Value::Object(_) | Value::Regex { .. } | Value::Unknown(_) => None,
    }
}

fn texts(value: &Value) -> Option<Vec<Arc<str>>> {
    let Value::List(items) = value else { return None };
    items.iter().map(|item| item.as_known_text().map(Arc::from)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_names_a_host_or_a_domain() {
        for (entry, host, expected) in [
            ("*", "api", true),
            ("api", "API", true),
            (".example.com", "example.com", true),
            (".example.com", "www.example.com", true),
            ("*.example.com", "www.example.com", true),
            ("example.com", "www.example.com", false),
        ] {
            assert_eq!(names_host(entry, host), expected, "{entry} {host}");
        }
    }
}
