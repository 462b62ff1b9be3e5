//! What the configuration says, in the words of the stages that it is for.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::base::{FileRole, PathPatterns, Place, RepoPath, Span};
use crate::config::{self, Config};
use crate::model::{HostIs, Statement, Wiring};
use crate::rules::{self, HostFault, Setting, StatedLevel, StatedSuppression, Suppressions, UnusedSetting};

/// The roles that entries of `[[overrides]]` state, the strongest last.
pub(crate) fn roles(config: &Config) -> Vec<(PathPatterns, FileRole)> {
    let stated = config.overrides.iter().filter_map(|entry| Some((entry.paths.clone(), entry.role.as_ref()?.value)));
    stated.collect()
}

/// The levels of `[rules]` and `[[overrides]]`, each with its place in the file, in the order of the file.
pub(crate) fn levels(config: &Config) -> Vec<(StatedLevel, Span)> {
    let top = config.levels.iter().map(|stated| (0, None, stated));
    let entries = config
        .overrides
        .iter()
        .zip(1..)
        .flat_map(|(entry, group)| entry.levels.iter().map(move |stated| (group, Some(&entry.paths), stated)));
    let level = |(group, paths, stated): (usize, Option<&PathPatterns>, &config::Stated<_>)| {
        let (selector, level) = stated.value;
        (StatedLevel { selector, level, paths: paths.cloned(), group }, stated.span)
    };
    top.chain(entries).map(level).collect()
}

/// What the rules are told.
pub(crate) fn rule_options(config: &Config, suppressions: Suppressions, wiring: &Wiring) -> rules::Options {
    let file = config.file.as_ref().and_then(|path| wiring.repository.find(path));
    let place = |span: Span| file.map(|file| Place::new(file, span));
    let suppress = config.suppress.iter().map(|entry| StatedSuppression {
        rule: entry.rule,
        scope: entry.scope.clone(),
        reason: entry.reason.clone(),
        place: place(entry.span),
        at: config.at(entry.span),
    });
    rules::Options {
        select: config.select.clone(),
        ignore: config.ignore.clone(),
        levels: levels(config).into_iter().map(|(level, _)| level).collect(),
        suppress: suppress.collect(),
        suppressions,
        unused: unused(config, wiring, &place),
    }
}

/// The settings that apply to nothing, and configuration files that nobody reads.
fn unused(config: &Config, wiring: &Wiring, place: &dyn Fn(Span) -> Option<Place>) -> Vec<UnusedSetting> {
    let repository = &wiring.repository;
    let mut found = Vec::new();
    let mut add =
        |span: Span, what: Setting| found.push(UnusedSetting { place: place(span), at: config.at(span), what });
    let patterns = config.exclude.texts().iter().zip(&config.exclude_places);
    for (index, (pattern, span)) in patterns.enumerate() {
        // The files that a `!` keeps are those that another pattern would take.
        if repository.coverage.idle_exclude.contains(&index) {
            add(*span, Setting::Exclude(pattern.clone()));
        }
    }
    for entry in &config.overrides {
        let used: BTreeSet<usize> =
            repository.paths.iter().filter_map(|path| Some(entry.paths.matched(path)?.0)).collect();
        for (index, (pattern, span)) in entry.paths.texts().iter().zip(&entry.places).enumerate() {
            if !used.contains(&index) {
                add(*span, Setting::Override(pattern.clone()));
            }
        }
    }
    // Whether an entry decides what some file is, which a later one may do instead.
    let mut deciding: BTreeSet<usize> = BTreeSet::new();
    if config.overrides.iter().any(|entry| entry.role.is_some()) {
        for path in &repository.paths {
            let covering = config.overrides.iter().rposition(|one| one.role.is_some() && one.paths.cover(path));
            deciding.extend(covering);
        }
    }
    for (index, entry) in config.overrides.iter().enumerate() {
        // Where its patterns match nothing, that is said of them.
        let matches = || repository.paths.iter().any(|path| entry.paths.cover(path));
        if let Some(role) = entry.role.as_ref().filter(|_| !deciding.contains(&index) && matches()) {
            add(role.span, Setting::Role(config::role_name(role.value)));
        }
    }
    let declared = &config.declared;
    let versions = [
        (declared.nginx_version.map(|stated| stated.span), Statement::NginxVersion, "nginx"),
        (declared.caddy_version.map(|stated| stated.span), Statement::CaddyVersion, "Caddy"),
        (declared.traefik_version.map(|stated| stated.span), Statement::TraefikVersion, "Traefik"),
    ];
    for (span, statement, program) in versions {
        if let Some(span) = span.filter(|_| !wiring.taken.contains(&statement)) {
            add(span, Setting::Version(program));
        }
    }
    // What proxies hand on to is asked for, though no connection is known that gets there.
    let targets: BTreeSet<String> = match declared.hosts.is_empty() {
        true => BTreeSet::new(),
        false => wiring.proxies.iter().flat_map(|(_, proxy)| proxy.hosts()).map(|host| host.to_lowercase()).collect(),
    };
    let is_target = |name: &str| targets.contains(name);
    let services: BTreeSet<&Arc<str>> = wiring.services.iter().flat_map(|service| &service.host_names).collect();
    for (index, host) in declared.hosts.iter().enumerate() {
        let why = match &host.is {
            HostIs::Service(name) if !services.contains(name) => Some(HostFault::NoService(name.to_string())),
            _ if !wiring.host_names.is_asked(index) && !is_target(&host.name) => Some(HostFault::NotAsked),
            _ => None,
        };
        if let Some(why) = why {
            add(host.span, Setting::Host(host.name.to_string(), why));
        }
    }
    for page in &config.declared.pages {
        let stated = place(page.span);
        let is_used = wiring.pages.iter().any(|known| {
            known.host.value() == Some(&page.host) && stated.is_none_or(|stated| known.host.places().contains(&stated))
        });
        if !is_used {
            add(page.span, Setting::Page(page.host.to_string()));
        }
    }
    if config.file.is_some() {
        for path in repository.paths.iter().filter(|path| path.name() == config::FILE_NAME) {
            let folder = path.parent().unwrap_or_else(RepoPath::root);
            let facts =
                repository.find(path).filter(|_| config.file.as_ref() != Some(path) && folder != RepoPath::root());
            if let Some(file) = facts {
                let place = Some(Place::new(file, Span::default()));
                let what = Setting::File(folder.as_str().to_owned());
                found.push(UnusedSetting { place, at: path.to_string(), what });
            }
        }
    }
    found
}
