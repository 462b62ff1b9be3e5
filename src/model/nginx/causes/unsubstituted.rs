//! Template steps that leave a placeholder, or take nginx's own variables for placeholders.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::chain;
use super::undefined::{defined, is_known_variable};
use crate::base::{FileId, FileKind, Place, Span};
use crate::facts::{CommandFact, Expr, Repository};
use crate::model::kubernetes;
use crate::model::nginx::substitution::is_environment_name;
use crate::model::nginx::tree::{Argument, LevelKind, Statement, Tree};
use crate::model::nginx::variables::{TextPiece, pieces};
use crate::model::nginx::{MainFile, NginxInstance, Start, StepNames, TemplateStep, directives};
use crate::model::proxy::ProxyId;
use crate::model::{Assumption, Cause, CauseKind, Link, Service, TemplateFault, Wiring};

/// Programs that may put values into a file, or write it anew.
const EDITORS: &[&str] = &[
    "awk",
    "confd",
    "consul-template",
    "dockerize",
    "envsubst",
    "envtpl",
    "esh",
    "gawk",
    "gomplate",
    "j2",
    "jinja2",
    "m4",
    "mo",
    "node",
    "perl",
    "php",
    "python",
    "python3",
    "ruby",
    "sed",
    "tee",
    "yq",
];

/// Further statements that are shown for one name.
const MAX_SHOWN: usize = 8;

/// Variables that images and shells define by themselves.
const OF_THE_IMAGE: &[&str] = &["HOME", "HOSTNAME", "PATH", "PWD", "PKG_RELEASE", "DYNPKG_RELEASE", "SHLVL", "TERM"];

/// A placeholder of an environment name in a statement.
struct Use<'a> {
    statement: &'a Statement,
    name: &'a str,
    written: Arc<str>,
}

/// The faults of the template steps of every nginx, its templates filled.
pub(super) fn templates(wiring: &Wiring, causes: &mut Vec<Cause>) {
    for (id, instance) in wiring.proxies.all::<NginxInstance>() {
        let known = defined(&instance.tree);
        for step in instance.steps.iter().filter(|step| step.names == StepNames::All) {
            causes.extend(eaten(wiring, id, instance, step, &known));
        }
        if !instance.accusable {
            continue;
        }
        causes.extend(bypassed(instance));
        let left: Vec<Use<'_>> = uses(&instance.tree)
            .into_iter()
            .filter(|one| is_environment_name(one.name))
            .filter(|one| {
                let name = one.name.to_ascii_lowercase();
                !known.contains(&name) && !is_known_variable(&name)
            })
            .collect();
        // one name is fixed once in a file, however often it is there
        let mut named: BTreeMap<(FileId, &str), Vec<Use<'_>>> = BTreeMap::new();
        for one in left {
            named.entry((one.statement.place.file, one.name)).or_default().push(one);
        }
        for all in named.values_mut() {
            // a name that never matches is the lesser harm
            all.sort_by_key(|one| (&*one.statement.name == "server_name", one.statement.place));
            let Some((one, others)) = all.split_first() else { continue };
            let found = unlisted(wiring, id, instance, one)
                .or_else(|| undefined(wiring, id, instance, one))
                .or_else(|| unfilled(wiring, instance, one));
            causes.extend(found.map(|cause| with_others(cause, others)));
        }
    }
}

/// The placeholders of a configuration, without those in patterns and in blocks whose content is data.
fn uses(tree: &Tree) -> Vec<Use<'_>> {
    let read = |kind: LevelKind| !matches!(kind, LevelKind::Data | LevelKind::Foreign);
    let mut found = Vec::new();
    for statement in tree.levels.iter().filter(|level| read(level.kind)).flat_map(|level| &level.statements) {
        // Perl and other languages have such names themselves
        let foreign = directives::forms(&statement.name).is_empty() || statement.name.starts_with("perl");
        if foreign || matches!(&*statement.name, "location" | "if" | "env") {
            continue;
        }
        for (index, arg) in statement.args.iter().enumerate() {
            let of_another_language = arg.holes.iter().any(|(_, shown)| !shown.starts_with("${"));
            let is_pattern = arg.text.starts_with('~') || &*statement.name == "rewrite" && index == 0;
            if of_another_language || is_pattern {
                continue;
            }
            found.extend(names(arg).map(|name| {
                let braces = format!("${{{name}}}");
                let written = if arg.text.contains(&braces) { braces } else { format!("${name}") };
                Use { statement, name, written: written.into() }
            }));
        }
    }
    found
}

fn names(arg: &Argument) -> impl Iterator<Item = &str> {
    pieces(&arg.text).into_iter().filter_map(|piece| match piece {
        TextPiece::Variable(name) => Some(name),
        TextPiece::Plain(_) => None,
    })
}

fn services(wiring: &Wiring, id: ProxyId) -> impl Iterator<Item = &Service> {
    wiring.services.iter().filter(move |service| service.proxy == Some(id))
}

/// `envsubst` without a list over a template that uses variables of nginx.
fn eaten(
    wiring: &Wiring,
    id: ProxyId,
    instance: &NginxInstance,
    step: &TemplateStep,
    known: &BTreeSet<String>,
) -> Option<Cause> {
    let in_environment = |name: &str| {
        instance.environment.contains_key(name)
            || services(wiring, id).any(|service| service.environment.iter().any(|binding| &*binding.name == name))
    };
    let mut variables: BTreeMap<Arc<str>, Place> = BTreeMap::new();
    let mut meant: BTreeSet<Arc<str>> = BTreeSet::new();
    for (name, span) in written_names(wiring, step.file) {
        let own = is_known_variable(name) || known.contains(name);
        if is_environment_name(name) || in_environment(name) {
            meant.insert(format!("${name}").into());
        } else if own && !name.starts_with(|c: char| c.is_ascii_digit()) {
            variables.entry(format!("${name}").into()).or_insert(Place::new(step.file, span));
        }
    }
    let first = *variables.values().min()?;
    let shown = variables.keys().next()?;
    let shows = format!("`{shown}` is a variable of nginx");
    Some(Cause {
        kind: CauseKind::UnsubstitutedTemplate {
            fault: TemplateFault::Eaten {
                variables: variables.keys().cloned().collect(),
                meant: meant.into_iter().collect(),
            },
        },
        place: step.place,
        key: "envsubst without a list".to_owned(),
        chains: chain(vec![Link { place: first, shows }]),
        assumptions: Vec::new(),
    })
}

/// The names with a `$` in the text of a template, before anything fills it, with their directives.
fn written_names(wiring: &Wiring, file: FileId) -> Vec<(&str, Span)> {
    let mut found = Vec::new();
    let Some(nginx) = wiring.repository.get(file).and_then(|facts| facts.nginx.as_deref()) else { return found };
    let mut open: Vec<_> = nginx.directives.iter().rev().collect();
    while let Some(directive) = open.pop() {
        open.extend(directive.block.iter().flatten().rev());
        let names = directive.args.iter().flat_map(|arg| pieces(&arg.text)).filter_map(|piece| match piece {
            TextPiece::Variable(name) => Some((name, directive.span)),
            TextPiece::Plain(_) => None,
        });
        found.extend(names);
    }
    found
}

/// A container's command that starts nginx by itself, so that the entry point of the image fills nothing.
fn bypassed(instance: &NginxInstance) -> Option<Cause> {
    let command = instance.bypassed?;
    let of_image = |step: &&TemplateStep| matches!(step.names, StepNames::Defined { .. });
    let step = instance.steps.iter().find(of_image)?;
    Some(Cause {
        kind: CauseKind::UnsubstitutedTemplate { fault: TemplateFault::Bypassed },
        place: command,
        key: "templates bypassed".to_owned(),
        chains: chain(vec![
            Link { place: step.place, shows: "puts the templates where the image looks".to_owned() },
            Link { place: Place::new(step.file, Span::default()), shows: "a template that nobody fills".to_owned() },
        ]),
        assumptions: Vec::new(),
    })
}

/// A name that is none of those that the step lists.
fn unlisted(wiring: &Wiring, id: ProxyId, instance: &NginxInstance, one: &Use<'_>) -> Option<Cause> {
    let mut steps = instance.steps.iter().filter(|step| step.file == one.statement.place.file);
    steps.find_map(|step| {
        let listed: Vec<Arc<str>> = match &step.names {
            StepNames::Listed(names) if !names.contains(one.name) => {
                names.iter().map(|name| Arc::from(format!("${name}"))).collect()
            }
            StepNames::Defined { filter: Some(filter) } => {
                let passes = instance.tree.effort.find(filter, false, one.name, one.statement.place)?.is_some();
                let set = |service: &Service| service.environment.iter().any(|binding| &*binding.name == one.name);
                let is_set = services(wiring, id).any(set);
                if passes || !is_set {
                    return None;
                }
                vec![format!("NGINX_ENVSUBST_FILTER={filter}").into()]
            }
            _ => return None,
        };
        let fault = TemplateFault::NotListed { written: Arc::clone(&one.written), listed };
        Some(cause(one, fault, vec![Link { place: step.place, shows: "fills the template".to_owned() }]))
    })
}

/// A name that the environment of the container does not define.
fn undefined(wiring: &Wiring, id: ProxyId, instance: &NginxInstance, one: &Use<'_>) -> Option<Cause> {
    let file = one.statement.place.file;
    let step = instance
        .steps
        .iter()
        .find(|step| step.file == file && matches!(step.names, StepNames::Defined { .. }))
        .filter(|_| instance.start == Start::Image && instance.bypassed.is_none())?;
    if OF_THE_IMAGE.contains(&one.name) || one.name.starts_with("NGINX_") || one.name.starts_with("NJS_") {
        return None;
    }
    let service = services(wiring, id).find(|service| {
        let set = service.environment.iter().any(|binding| &*binding.name == one.name);
        let scripts = service.placed.iter().any(|(target, _)| target.contains("docker-entrypoint.d"));
        let deployment = wiring.deployments.get(service.deployment.0 as usize);
        let given = deployment.is_some_and(|deployment| kubernetes::is_given_by_cluster(deployment, one.name));
        !set && !scripts && !given && service.open_environment.is_none()
    })?;
    let links = vec![
        Link { place: step.place, shows: "puts the template where the image fills it".to_owned() },
        Link { place: service.place, shows: format!("the service `{}` does not set it", service.name) },
    ];
    let service = Arc::clone(&service.name);
    Some(cause(one, TemplateFault::NotDefined { written: Arc::clone(&one.written), service }, links))
}

/// A name in a file that nothing fills.
fn unfilled(wiring: &Wiring, instance: &NginxInstance, one: &Use<'_>) -> Option<Cause> {
    let file = one.statement.place.file;
    let facts = wiring.repository.get(file)?;
    let filled = instance.steps.iter().any(|step| step.file == file);
    let installed = *instance.placed_by.first()?;
    if facts.kind != FileKind::Nginx || filled || instance.start != Start::Image {
        return None;
    }
    if is_edited(&wiring.repository, facts.path.name()) {
        return None;
    }
    let fault =
        TemplateFault::NotFilled { written: Arc::clone(&one.written), directive: Arc::clone(&one.statement.name) };
    let mut cause = cause(one, fault, vec![Link { place: installed, shows: "installs the file as it is".to_owned() }]);
    if instance.main_file == MainFile::Elsewhere {
        cause.assumptions.push(Assumption::UnseenInclude("nginx.conf".into()));
    }
    Some(cause)
}

/// Shows the further statements that hold the same name.
fn with_others(mut cause: Cause, others: &[Use<'_>]) -> Cause {
    let places: BTreeSet<Place> = others.iter().map(|other| other.statement.place).collect();
    let further = places.into_iter().filter(|place| *place != cause.place).take(MAX_SHOWN);
    let links: Vec<Link> = further.map(|place| Link { place, shows: "holds it too".to_owned() }).collect();
    if let Some(chain) = cause.chains.first_mut() {
        chain.links.extend(links);
    }
    cause
}

fn cause(one: &Use<'_>, fault: TemplateFault, links: Vec<Link>) -> Cause {
    Cause {
        kind: CauseKind::UnsubstitutedTemplate { fault },
        place: one.statement.place,
        key: one.name.to_owned(),
        chains: chain(links),
        assumptions: Vec::new(),
    }
}

/// Whether some command of the repository may write into the nginx file called `name`.
fn is_edited(repository: &Repository, name: &str) -> bool {
    let edits = |command: &CommandFact| {
        command.commands.iter().any(|simple| {
            let program =
                simple.words.first().and_then(Expr::as_str).map(|word| word.rsplit('/').next().unwrap_or(word));
            let files = simple.words.iter().skip(1).chain(&simple.input).chain(&simple.output);
            let mut texts = files.map(Expr::as_str);
            program.is_none_or(|program| EDITORS.contains(&program))
                && texts.any(|text| text.is_none_or(|text| text.contains(name) || text.contains("nginx")))
        })
    };
    repository.iter().any(|(_, facts)| {
        let compose = facts.compose.iter().flat_map(|compose| &compose.services);
        let of_services = compose.flat_map(|service| service.command.iter().chain(&service.entrypoint));
        let stages = facts.dockerfile.iter().flat_map(|dockerfile| &dockerfile.stages);
        let of_images = stages.flat_map(|stage| stage.runs.iter().chain(&stage.command).chain(&stage.entrypoint));
        let manifest = facts.manifest.iter().flat_map(|manifest| &manifest.scripts);
        let of_scripts = facts.scripts.iter().chain(manifest).map(|script| &script.command);
        of_services.chain(of_images).chain(of_scripts).any(edits)
    })
}
