//! What is in a repository, as people call it.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::RepoPath;
use crate::facts::FrontEndTool;
use crate::model::Wiring;

/// Places of a kind that are named.
const MOST_NAMED: usize = 5;

/// A service that builds and tests what is pushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Builds {
    GitHub,
    GitLab,
    CircleCi,
    Jenkins,
    Azure,
    Bitbucket,
}

/// The services, each with its name and the path that shows it: a file, or a folder with a slash.
const SERVICES: [(Builds, &str, &str); 6] = [
    (Builds::GitHub, "GitHub Actions", ".github/workflows/"),
    (Builds::GitLab, "GitLab CI", ".gitlab-ci.yml"),
    (Builds::CircleCi, "CircleCI", ".circleci/"),
    (Builds::Jenkins, "Jenkins", "Jenkinsfile"),
    (Builds::Azure, "Azure Pipelines", "azure-pipelines.yml"),
    (Builds::Bitbucket, "Bitbucket Pipelines", "bitbucket-pipelines.yml"),
];

/// What was seen.
pub struct Seen {
    /// Titles and what there is of each.
    rows: Vec<(&'static str, Vec<String>)>,
    /// What builds it.
    pub builds: BTreeSet<Builds>,
    /// Whether it is at home on GitHub, as far as that is known.
    pub is_on_github: bool,
}

impl Seen {
    /// Looks at a wiring; `host` is the address that the repository was cloned from.
    pub fn of(wiring: &Wiring, host: Option<&str>) -> Self {
        let paths = &wiring.repository.paths;
        let holds = |shown: &str| match shown.strip_suffix('/') {
            Some(folder) => RepoPath::new(folder).is_some_and(|folder| paths.iter().any(|path| path.is_under(&folder))),
            None => paths.contains(shown),
        };
        let services: Vec<_> = SERVICES.iter().filter(|(_, _, shown)| holds(shown)).collect();
        let rows = vec![
            ("proxies", proxies(wiring)),
            ("front ends", front_ends(wiring)),
            ("back ends", back_ends(wiring)),
            ("connections", vec![wiring.connections.len().to_string()]),
            ("built by", services.iter().map(|(_, name, _)| (*name).to_owned()).collect()),
        ];
        let is_on_github = host.is_some_and(|host| host.starts_with("https://github.com/")) || holds(".github/");
        Self { rows, builds: services.iter().map(|(one, _, _)| *one).collect(), is_on_github }
    }

    /// For people.
    pub fn text(&self) -> String {
        let row = |(title, all): &(&str, Vec<String>)| {
            let what = if all.is_empty() { "none seen".to_owned() } else { all.join(", ") };
            format!("{title:<12} {what}\n")
        };
        self.rows.iter().map(row).collect()
    }
}

/// Kinds, each with the places that it is in: `nginx (a.conf, b.conf)`.
fn with_places(places: BTreeMap<&str, BTreeSet<String>>) -> Vec<String> {
    let kind = |(name, places): (&str, BTreeSet<String>)| {
        let more = match places.len().saturating_sub(MOST_NAMED) {
            0 => String::new(),
            more => format!(", and {more} more"),
        };
        let places: Vec<String> = places.into_iter().take(MOST_NAMED).collect();
        if places.is_empty() { name.to_owned() } else { format!("{name} ({}{more})", places.join(", ")) }
    };
    places.into_iter().map(kind).collect()
}

fn proxies(wiring: &Wiring) -> Vec<String> {
    let mut places: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (_, proxy) in wiring.proxies.iter() {
        let file = proxy.root().or_else(|| proxy.files().first().copied());
        let path = file.and_then(|file| wiring.repository.get(file)).map(|facts| facts.path.to_string());
        places.entry(proxy.name()).or_default().extend(path);
    }
    with_places(places)
}

fn front_ends(wiring: &Wiring) -> Vec<String> {
    let mut places: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (index, package) in wiring.packages.iter().enumerate() {
        let Some(tool) = package.tool else { continue };
        let connects = wiring.connections.iter().any(|connection| connection.package.0 as usize == index);
        if connects || tool != FrontEndTool::Plain {
            places.entry(tool.name()).or_default().insert(folder(&package.root));
        }
    }
    with_places(places)
}

fn back_ends(wiring: &Wiring) -> Vec<String> {
    let mut places: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for app in &wiring.apps {
        let package = wiring.packages.get(app.package.0 as usize).map(|package| folder(&package.root));
        places.entry(app.framework.name()).or_default().extend(package);
    }
    for package in &wiring.packages {
        if let Some(back_end) = &package.back_end {
            places.entry(back_end.program.name()).or_default().insert(folder(&package.root));
        }
    }
    with_places(places)
}

fn folder(path: &RepoPath) -> String {
    if *path == RepoPath::root() { ".".to_owned() } else { path.to_string() }
}
