//! Services in the wiring: a name and ports in front of containers.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::cluster::{FrontPort, Reach};
use crate::base::Place;
use crate::model::ServiceId;

/// A Service with the containers behind it.
#[derive(Clone, Debug, PartialEq)]
pub struct Front {
    /// Its name.
    pub name: Arc<str>,
    /// Its namespace, where one is stated.
    pub namespace: Option<Arc<str>>,
    /// Where its name is written.
    pub place: Place,
    /// Its ports.
    pub(in crate::model) ports: Vec<FrontPort>,
    /// Whether it has more ports than are known.
    pub(in crate::model) open_ports: bool,
    /// How it is reached.
    pub(in crate::model) reach: Reach,
    /// What is behind it.
    pub(in crate::model) pods: Selected,
    /// `sessionAffinity: ClientIP`.
    pub binds_clients: bool,
}

/// The containers behind a Service.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::model) enum Selected {
    /// These.
    Containers(Vec<ServiceId>),
    /// None: no pod has the labels, which are written here.
    Nothing(Place),
    /// Not known.
    Unknown,
}

/// Names that are compared with one that is nobody's: likeness is a hint for people, and many names hold none.
pub(in crate::model) const MOST_ALIKE: usize = 100;

/// Whether two objects may be in one namespace: whose is not stated may be in any.
pub(in crate::model) fn is_near(one: Option<&str>, other: Option<&str>) -> bool {
    one == other || one.is_none() || other.is_none()
}

/// Words that say of a name only that it is one of a Service, or of anything.
const GENERIC: [&str; 12] =
    ["svc", "service", "services", "server", "srv", "deployment", "deploy", "app", "application", "the", "pod", "main"];

/// Whether two names may mean the same thing: all words of the one are among those of the other, and they are at least half
/// of them. Words that every name may have say nothing.
pub(in crate::model) fn is_alike(one: &str, other: &str) -> bool {
    if one.eq_ignore_ascii_case(other) {
        return true;
    }
    let words = |name: &str| -> BTreeSet<String> {
        let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        words.map(str::to_ascii_lowercase).filter(|word| !GENERIC.contains(&word.as_str())).collect()
    };
    let (one, other) = (words(one), words(other));
    let common = one.intersection(&other).count();
    common > 0 && common == one.len().min(other.len()) && 2 * common >= one.len().max(other.len())
}

impl Front {
    /// Whether a host name of the cluster means this Service to who runs in `namespace`.
    pub(in crate::model) fn is_meant(&self, host: &str, namespace: Option<&str>) -> bool {
        let host = host.trim_end_matches('.');
        let bare = host.strip_suffix(".cluster.local").unwrap_or(host);
        let mut labels = bare.split('.');
        if labels.next() != Some(&*self.name) {
            return false;
        }
        let own = self.namespace.as_deref();
        match (labels.next(), labels.next(), labels.next()) {
            (None, ..) => is_near(own, namespace),
            (Some(other), None | Some("svc"), None) => own.is_none_or(|own| own == other),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_alike;

    #[test]
    fn names_are_alike_by_all_their_words() {
        for (one, other) in [
            ("backend-svc", "backend"),
            ("chat-api", "api"),
            ("chat", "chat-server"),
            ("a-b-c", "c-b-a"),
            ("app", "app"),
        ] {
            assert!(is_alike(one, other), "{one} and {other}");
        }
        for (one, other) in [
            ("my-app-api", "my-app-web"),
            ("service-a", "service-b"),
            ("api", "apiary"),
            ("app", "main"),
            ("x-y-z", "x"),
        ] {
            assert!(!is_alike(one, other), "{one} and {other}");
        }
    }
}
