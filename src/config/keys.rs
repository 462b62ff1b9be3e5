//! The keys of `wirelint.toml`: what the reader takes, the JSON schema and the tests go by this one table.

/// A key.
pub(super) struct Key {
    /// Its name.
    pub name: &'static str,
    /// What its value is.
    pub value: Shape,
    /// Whether an entry is refused without it.
    pub need: Need,
    /// What it is for, in a sentence without its end.
    pub says: &'static str,
}

/// Whether a key may be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    Required,
    Optional,
}

/// What a value is.
pub(super) enum Shape {
    /// Any text that is not empty.
    Text,
    /// A rule or a family.
    Selector,
    /// A list of rules and families.
    Selectors,
    /// `error`, `warning` or `note`.
    Severity,
    /// A table from rules and families to `error`, `warning`, `note` and `off`.
    Levels,
    /// A list of patterns as in `.gitignore`.
    Patterns,
    /// What files are.
    Role,
    /// An origin of pages.
    Origin,
    /// A table from names of hosts to `localhost` and names of services.
    Hosts,
    /// Numbers with dots.
    Version,
    /// A table with these keys.
    Table(&'static [Key]),
    /// A list of tables with these keys.
    Tables(&'static [Key]),
}

const fn key(name: &'static str, need: Need, value: Shape, says: &'static str) -> Key {
    Key { name, value, need, says }
}

/// The keys of the file.
pub(super) const FILE: &[Key] = &[
    key("select", Need::Optional, Shape::Selectors, "Only these rules and families are reported"),
    key(
        "ignore",
        Need::Optional,
        Shape::Selectors,
        "These rules and families are not reported; stronger than `select`",
    ),
    key(
        "fail-on",
        Need::Optional,
        Shape::Severity,
        "From which severity on a run fails; `warning` when it is not said",
    ),
    key("exclude", Need::Optional, Shape::Patterns, "Files that are not read"),
    key("rules", Need::Optional, Shape::Levels, "How bad the findings of a rule or family are"),
    key("overrides", Need::Optional, Shape::Tables(OVERRIDE), "What holds for some files; later entries are stronger"),
    key("suppress", Need::Optional, Shape::Tables(SUPPRESS), "Findings that are known and accepted"),
    key("pages", Need::Optional, Shape::Tables(PAGE), "Where the pages are served from, as browsers see it"),
    key("nginx", Need::Optional, Shape::Table(PROGRAM), "The nginx that runs where no tag of an image says which"),
    key("caddy", Need::Optional, Shape::Table(PROGRAM), "The Caddy that runs; the newest when it is not said"),
    key("traefik", Need::Optional, Shape::Table(PROGRAM), "The Traefik that runs where no tag of an image says which"),
    key(
        "hosts",
        Need::Optional,
        Shape::Hosts,
        "What names of hosts stand for: `localhost` is the machine itself, any other word a service",
    ),
];

/// The keys of an entry of `[[overrides]]`.
pub(super) const OVERRIDE: &[Key] = &[
    key("paths", Need::Required, Shape::Patterns, "The files, as in `.gitignore`, from the root of the repository"),
    key("rules", Need::Optional, Shape::Levels, "How bad findings in these files are"),
    key("role", Need::Optional, Shape::Role, "What these files are, where their paths do not say it"),
];

/// The keys of an entry of `[[suppress]]`.
pub(super) const SUPPRESS: &[Key] = &[
    key("rule", Need::Required, Shape::Selector, "The rule or family"),
    key(
        "path",
        Need::Required,
        Shape::Text,
        "A file, a folder, or a pattern as in `.gitignore`, from the root of the repository",
    ),
    key("reason", Need::Required, Shape::Text, "Why it is fine"),
];

/// The keys of an entry of `[[pages]]`.
pub(super) const PAGE: &[Key] = &[
    key("origin", Need::Required, Shape::Origin, "Scheme and host, with the port where it is not the usual one"),
    key("path", Need::Optional, Shape::Text, "The folder of the front end; all front ends when it is not said"),
];

/// The keys of a program's table.
pub(super) const PROGRAM: &[Key] = &[key("version", Need::Required, Shape::Version, "Its version: defaults differ")];

/// The words for what files are.
pub(super) const ROLES: [(&str, crate::base::FileRole); 4] = [
    ("production", crate::base::FileRole::Production),
    ("example", crate::base::FileRole::Example),
    ("test", crate::base::FileRole::Silent),
    ("generated", crate::base::FileRole::Generated),
];
