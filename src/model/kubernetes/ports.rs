//! Services in the wiring: a name and ports in front of containers.

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
    /// None: the labels, where they are written, and the workloads that have others.
    Nothing(Place),
    /// Not known.
    Unknown,
}

/// Whether two names may mean the same thing: they share a word, or one begins as the other does.
pub(in crate::model) fn is_alike(one: &str, other: &str) -> bool {
    let words = |name: &str| -> Vec<String> {
        let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| word.len() > 2);
        words.map(str::to_ascii_lowercase).collect()
    };
    let (one, other) = (words(one), words(other));
    one.iter().any(|word| other.iter().any(|own| word.starts_with(own.as_str()) || own.starts_with(word.as_str())))
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
            (None, ..) => own == namespace || own.is_none() || namespace.is_none(),
            (Some(other), None | Some("svc"), None) => own.is_none_or(|own| own == other),
            _ => false,
        }
    }
}
