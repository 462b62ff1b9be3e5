//! The options that Traefik knows below routers, middlewares and services, and which of its releases know them.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::version::{Release, Version};
use crate::base::near;
use crate::model::proxy::Truth;

/// Every option. The head of the file says how it is read.
const TABLE: &str = include_str!("options.txt");

/// Names that differ in no more letters are taken for the same one, misspelled.
const NEAR: usize = 2;

/// Names of a group that are shown to people who wrote another one.
const SHOWN: usize = 8;

/// Where options are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// In labels of a container.
    Labels,
    /// In a file of the file provider.
    Files,
}

/// What may be written for an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A text.
    Text,
    /// `true` or `false`.
    Flag,
    /// A whole number.
    Number,
    /// Seconds, or a time as Go writes it.
    Time,
    /// Texts.
    List,
    /// Names of one's own, with texts.
    Pairs,
    /// Names of one's own, with numbers.
    Numbers,
    /// Options below it.
    Section,
    /// A list of sections.
    Items,
    /// Names of one's own, with options below each.
    Names,
    /// Whatever is written, nothing of it is refused.
    Anything,
}

/// Whether a section may be there with nothing below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Alone {
    /// It may.
    Accepted,
    /// Traefik refuses it.
    Refused,
}

/// An option as some releases know it.
#[derive(Debug)]
pub(super) struct Form {
    /// The name as the documentation writes it.
    pub name: &'static str,
    /// What may be written for it.
    pub kind: Kind,
    /// Whether it may be there with nothing below it.
    pub alone: Alone,
    /// Where it is known; `None`: in labels and files.
    only: Option<Written>,
    /// From which release to which; `None` for those that the newest one still knows.
    releases: Vec<(Release, Option<Release>)>,
    /// How it is written in labels, and in files.
    lines: [&'static str; 2],
}

/// The options below one name.
#[derive(Debug, Default)]
pub(super) struct Group {
    /// By their names in lower case.
    forms: BTreeMap<String, Vec<Form>>,
    /// The first of them, as they are written in labels, and in files.
    lists: [&'static str; 2],
}

/// The options below a path: `http.routers.NAME`.
pub(super) fn group(path: &str) -> Option<&'static Group> {
    static GROUPS: OnceLock<BTreeMap<&'static str, Group>> = OnceLock::new();
    GROUPS.get_or_init(read).get(path)
}

impl Form {
    /// How it is written, with something for its value.
    pub fn line(&self, written: Written) -> &'static str {
        let [labels, files] = self.lines;
        if written == Written::Labels { labels } else { files }
    }

    /// Whether a version knows it.
    fn is_known(&self, version: Version) -> Truth {
        let holds = |release: Release| {
            self.releases.iter().any(|(since, until)| *since <= release && until.is_none_or(|until| release <= until))
        };
        match version.release() {
            Some(release) if holds(release) => Truth::Yes,
            // what later releases know is not in the table
            Some(release) if release > Release::NEWEST => Truth::Unknown,
            Some(_) => Truth::No,
            None if holds(Release::OLDEST) && holds(Release::NEWEST) => Truth::Yes,
            None => Truth::Unknown,
        }
    }
}

impl Group {
    /// The option of a name; `Err(Truth::No)` where Traefik knows none, `Err(Truth::Unknown)` where a version may.
    pub fn form(&self, name: &str, written: Written, version: Version) -> Result<&Form, Truth> {
        let named = self.forms.get(&name.to_ascii_lowercase()).map(Vec::as_slice).unwrap_or_default();
        let mut known = match version.release() {
            Some(release) if release <= Release::NEWEST => Truth::No,
            _ => Truth::Unknown,
        };
        for form in named.iter().filter(|form| form.only.is_none_or(|only| only == written)) {
            match form.is_known(version) {
                Truth::Yes => return Ok(form),
                other => known = known.or(other),
            }
        }
        Err(known)
    }

    /// What to write instead of a name that is not known.
    pub fn instead_of(&self, name: &str, written: Written, version: Version) -> &'static str {
        let name = name.to_ascii_lowercase();
        let known = self.forms.keys().filter_map(|known| Some((known, self.form(known, written, version).ok()?)));
        let near = known.map(|(known, form)| (near::distance(known, &name), form));
        let near = near.filter(|(distance, _)| *distance <= NEAR).min_by_key(|(distance, _)| *distance);
        let [labels, files] = self.lists;
        let list = if written == Written::Labels { labels } else { files };
        near.map_or(list, |(_, form)| form.line(written))
    }
}

fn read() -> BTreeMap<&'static str, Group> {
    let mut found: BTreeMap<&'static str, Group> = BTreeMap::new();
    let (mut path, mut only) = ("", None);
    for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
        match line.strip_suffix(':') {
            Some(head) => {
                (path, only) = match head.split_once(' ') {
                    Some(("labels", path)) => (path, Some(Written::Labels)),
                    Some(("files", path)) => (path, Some(Written::Files)),
                    _ => (head, None),
                };
            }
            None => {
                let group = found.entry(path).or_default();
                for form in line.split_whitespace().map(|written| form(written, path, only)) {
                    group.forms.entry(form.name.to_ascii_lowercase()).or_default().push(form);
                }
            }
        }
    }
    for (path, group) in &mut found {
        group.lists = lists(path, group);
    }
    found
}

/// `entryPoints/list`, `tls{}?`, `accessControlAllowOrigin@2.0-2.4`.
fn form(written: &'static str, path: &str, only: Option<Written>) -> Form {
    let (written, releases) = written.split_once('@').unwrap_or((written, "2.0"));
    let releases = releases.split(',').map(|range| {
        let (since, until) = range.split_once('-').map_or((range, None), |(since, until)| (since, Some(until)));
        (Release::of(since), until.map(Release::of))
    });
    let (written, alone) = match written.strip_suffix('?') {
        Some(rest) => (rest, Alone::Accepted),
        None => (written, Alone::Refused),
    };
    let below = [("{}", Kind::Section), ("[]", Kind::Items), ("*", Kind::Names)];
    let below = below.into_iter().find_map(|(mark, kind)| Some((written.strip_suffix(mark)?, kind)));
    let (name, kind) = below.unwrap_or_else(|| match written.split_once('/') {
        None => (written, Kind::Text),
        Some((name, "flag")) => (name, Kind::Flag),
        Some((name, "number")) => (name, Kind::Number),
        Some((name, "time")) => (name, Kind::Time),
        Some((name, "list")) => (name, Kind::List),
        Some((name, "pairs")) => (name, Kind::Pairs),
        Some((name, "numbers")) => (name, Kind::Numbers),
        Some((name, _)) => (name, Kind::Anything),
    });
    let (below, value) = match kind {
        Kind::Text | Kind::Anything => ("", "..."),
        Kind::Flag => ("", "true"),
        Kind::Number => ("", "NUMBER"),
        Kind::Time => ("", "10s"),
        Kind::List => ("", "ONE,OTHER"),
        Kind::Pairs => (".NAME", "..."),
        Kind::Names => (".NAME.OPTION", "..."),
        Kind::Numbers => (".NAME", "NUMBER"),
        Kind::Section if alone == Alone::Accepted => ("", "true"),
        Kind::Section => (".OPTION", "..."),
        Kind::Items => ("[0].OPTION", "..."),
    };
    // a few hundred lines, made once in a process
    let labels = format!("traefik.{path}.{name}{below}={value}").leak();
    let files = format!("{path}.{name}{below}: {value}").leak();
    Form { name, kind, alone, only, releases: releases.collect(), lines: [labels, files] }
}

/// `traefik.http.routers.NAME.(entryPoints|middlewares|rule)=...`.
fn lists(path: &str, group: &Group) -> [&'static str; 2] {
    [Written::Labels, Written::Files].map(|written| {
        let newest = Version::V3(None);
        let forms = group.forms.keys().filter_map(|name| group.form(name, written, newest).ok());
        let mut names: Vec<&str> = forms.filter(|form| form.kind != Kind::Anything).map(|form| form.name).collect();
        if names.len() > SHOWN {
            names.truncate(SHOWN);
            names.push("...");
        }
        let names = names.join("|");
        let line = match written {
            Written::Labels => format!("traefik.{path}.({names})=..."),
            Written::Files => format!("{path}.({names}): ..."),
        };
        &*line.leak()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(path: &str, name: &str, version: Version) -> Result<Kind, Truth> {
        group(path).expect("a group").form(name, Written::Labels, version).map(|form| form.kind)
    }

    #[test]
    fn every_section_has_a_group() {
        let all = read();
        for (path, group) in &all {
            for form in group.forms.values().flatten() {
                let below = match form.kind {
                    Kind::Section | Kind::Items => format!("{path}.{}", form.name),
                    Kind::Names => format!("{path}.{}.NAME", form.name),
                    _ => continue,
                };
                assert!(all.contains_key(below.as_str()), "{below}");
            }
        }
    }

    #[test]
    fn releases_know_options() {
        let router = "http.routers.NAME";
        assert_eq!(known(router, "EntryPoints", Version::V2(None)), Ok(Kind::List));
        assert_eq!(known(router, "entrypoint", Version::V3(None)), Err(Truth::No));
        assert_eq!(known(router, "observability", Version::V2(Some(11))), Err(Truth::No));
        assert_eq!(known(router, "observability", Version::V3(Some(2))), Err(Truth::No));
        assert_eq!(known(router, "observability", Version::V3(Some(3))), Ok(Kind::Section));
        assert_eq!(known(router, "observability", Version::Unknown), Err(Truth::Unknown));
        // what a release after those of the table knows
        assert_eq!(known(router, "newest", Version::V3(Some(99))), Err(Truth::Unknown));
        let headers = "http.middlewares.NAME.headers";
        assert_eq!(known(headers, "accessControlAllowOrigin", Version::V2(Some(4))), Ok(Kind::Text));
        assert_eq!(known(headers, "accessControlAllowOrigin", Version::V2(None)), Err(Truth::No));
        let errors = "http.middlewares.NAME.errors";
        let told = |version| known(errors, "errorRequestHeaders", version).is_ok();
        assert_eq!([Version::V2(Some(11)), Version::V3(Some(5)), Version::V3(Some(6))].map(told), [true, false, true]);
    }

    #[test]
    fn servers_are_one_in_labels_and_many_in_files() {
        let balancer = group("http.services.NAME.loadBalancer").expect("a group");
        let is_known = |name, written| balancer.form(name, written, Version::V3(None)).is_ok();
        assert!(is_known("server", Written::Labels) && !is_known("servers", Written::Labels));
        assert!(is_known("servers", Written::Files) && !is_known("server", Written::Files));
    }

    #[test]
    fn misspelled_names_are_told_the_right_one() {
        let told = |path: &str, name: &str, written| {
            group(path).expect("a group").instead_of(name, written, Version::V3(None))
        };
        assert_eq!(
            told("http.routers.NAME", "entrypoint", Written::Labels),
            "traefik.http.routers.NAME.entryPoints=ONE,OTHER"
        );
        assert_eq!(
            told("http.routers.NAME", "certresolver", Written::Files),
            "http.routers.NAME.(entryPoints|middlewares|observability|parentRefs|priority|rule|ruleSyntax|service|...): ..."
        );
    }
}
