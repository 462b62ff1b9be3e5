//! Names with their providers, and the names that labels are made of.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use super::gaps::with_gaps;

/// Who says something. Its name is behind the `@` of what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Provider {
    /// The files of the file provider.
    File,
    /// The labels of containers.
    Docker,
    /// The labels of services of a swarm.
    Swarm,
}

impl Provider {
    const ALL: [Self; 3] = [Self::File, Self::Docker, Self::Swarm];

    /// Its name in names and settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Docker => "docker",
            Self::Swarm => "swarm",
        }
    }
}

/// Who a name is of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Owner {
    /// A provider that is read.
    Known(Provider),
    /// Another one: `kubernetescrd`, and `internal` for Traefik itself.
    Other(Arc<str>),
}

/// A name of a router, a middleware or a service, with its provider: `api@docker`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name {
    /// What is in front of the `@`.
    pub bare: Arc<str>,
    /// Who it is of.
    pub owner: Owner,
}

impl Name {
    /// A name as someone writes it; one without `@` is the writer's own.
    pub fn written(text: &Arc<str>, by: &Owner) -> Self {
        match text.rsplit_once('@') {
            None => Self { bare: Arc::clone(text), owner: by.clone() },
            Some((bare, owner)) => {
                let known = Provider::ALL.into_iter().find(|known| known.name() == owner);
                let owner = known.map_or_else(|| Owner::Other(Arc::from(owner)), Owner::Known);
                Self { bare: Arc::from(bare), owner }
            }
        }
    }

    /// A name of a provider's own.
    pub fn of(bare: Arc<str>, provider: Provider) -> Self {
        Self { bare, owner: Owner::Known(provider) }
    }

    /// A name of Traefik's own.
    pub fn internal(bare: &str) -> Self {
        Self { bare: Arc::from(bare), owner: Owner::Other("internal".into()) }
    }

    /// Whether labels define it.
    pub fn is_of_labels(&self) -> bool {
        matches!(self.owner, Owner::Known(Provider::Docker | Provider::Swarm))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let owner = match &self.owner {
            Owner::Known(provider) => provider.name(),
            Owner::Other(owner) => owner,
        };
        write!(f, "{}@{owner}", self.bare)
    }
}

/// The names that a label, a flag or a variable is made of, as values have them: `a.b[0]` has three; dots in `${...}` part nothing.
pub(super) fn parts(name: &str) -> Vec<Cow<'_, str>> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut depth = 0_usize;
    for (at, byte) in name.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            b'.' | b'[' if depth == 0 => {
                if at > start {
                    found.extend(name.get(start..at));
                }
                start = if byte == b'.' { at + 1 } else { at };
            }
            _ => {}
        }
    }
    if start < name.len() {
        found.extend(name.get(start..));
    }
    found.into_iter().map(with_gaps).collect()
}

#[cfg(test)]
mod tests {
    use super::super::gaps::gap;
    use super::*;

    #[test]
    fn names_of_labels_have_parts() {
        assert_eq!(
            parts("traefik.http.routers.a.tls.domains[0].main"),
            ["traefik", "http", "routers", "a", "tls", "domains", "[0]", "main"]
        );
        let open = format!("{}-x", gap("A.b"));
        assert_eq!(parts("traefik.http.routers.${A.b}-x.rule"), ["traefik", "http", "routers", &*open, "rule"]);
    }

    #[test]
    fn names_are_of_their_writer_unless_they_say_otherwise() {
        let own = Owner::Known(Provider::Docker);
        let read = |text: &str| Name::written(&Arc::from(text), &own);
        assert_eq!(read("api"), Name::of("api".into(), Provider::Docker));
        assert_eq!(read("api@file"), Name::of("api".into(), Provider::File));
        assert_eq!(read("api@internal"), Name::internal("api"));
        assert_eq!(read("a@b@swarm").to_string(), "a@b@swarm");
        assert!(read("api").is_of_labels() && !read("api@file").is_of_labels());
    }
}
