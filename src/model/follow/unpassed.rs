//! Variables that a container gets when it starts, and that its pages took in when they were built; and build arguments that
//! no stage of the Dockerfile takes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::said_index::Said;
use super::undefined::env_name;
use crate::base::Place;
use crate::facts::{EnvReader, Test};
use crate::model::topology::{Act, acts};
use crate::model::{
    Binding, Cause, CauseKind, Chain, DeploymentId, Environment, Handshake, HopKind, Link, Mode, Openness, PackageId,
    PassedOn, Service, Side, Wiring,
};

/// Words of commands by which values get into built pages after all.
const FILLS_IN: [&str; 4] = ["envsubst", "sed", "sh", "bash"];

/// Finds the causes.
pub(super) fn check(wiring: &mut Wiring) {
    let mut causes = Vec::new();
    let mut known = Known::new();
    for handshake in wiring.handshakes.iter().filter(|handshake| handshake.mode != Mode::Development) {
        // A URL with `undefined` in it is told of where it is read.
        if !handshake.url.display.contains("undefined") {
            causes.extend(of_handshake(wiring, handshake, &mut known));
        }
    }
    for cause in causes {
        wiring.add_cause(cause);
    }
}

/// What each deployment gives the pages of a package under a name, and by which service.
type Known = BTreeMap<(DeploymentId, PackageId, Arc<str>), Option<(Arc<str>, PassedOn, Place)>>;

fn of_handshake(wiring: &Wiring, handshake: &Handshake, known: &mut Known) -> Vec<Cause> {
    let Some(connection) = wiring.connections.get(handshake.connection.0 as usize) else { return Vec::new() };
    let is_its = |environment: &&Environment| {
        environment.package == Some(connection.package)
            && environment.deployment == Some(handshake.deployment)
            && environment.side == Side::Browser
            && environment.mode == handshake.mode
    };
    // Where something outside may pass it to the build, it may be there.
    let Some(environment) = wiring.environments.iter().find(is_its) else { return Vec::new() };
    let Openness::Closed(closed) = &environment.openness else { return Vec::new() };
    let mut causes = Vec::new();
    for (name, read) in variables(wiring, handshake) {
        if environment.get(&name).is_some() {
            continue;
        }
        let set = known.entry((handshake.deployment, connection.package, Arc::clone(&name))).or_insert_with(|| {
            let services = wiring.services.iter().filter(|service| {
                service.deployment == handshake.deployment && service.packages.contains(&connection.package)
            });
            let mut given = services.filter_map(|service| {
                let (how, place) = given(wiring, service, connection.package, &name)?;
                Some((Arc::clone(&service.name), how, place))
            });
            given.next()
        });
        let Some((service, given, place)) = set.clone() else { continue };
        let shows = match given {
            PassedOn::AtStart => "sets it when the container starts",
            PassedOn::ToTheBuild => "passes it to the build, which declares no such argument",
        };
        let link = |place: Place, shows: String| Link { place, shows };
        let mut links =
            vec![link(read, format!("reads `{name}` when the pages are built")), link(place, shows.to_owned())];
        links.extend(closed.iter().map(|place| link(*place, "part of the build, which does not get it".to_owned())));
        links.push(link(connection.place, format!("opens `{}`", handshake.url.display)));
        causes.push(Cause {
            kind: CauseKind::UnpassedEnvVar {
                name: Arc::clone(&name),
                service,
                url: handshake.url.display.clone(),
                given,
            },
            place,
            key: name.to_string(),
            chains: vec![Chain {
                wire: Some((handshake.connection, handshake.deployment)),
                hop: Some(HopKind::Url),
                links,
            }],
            assumptions: handshake.url.assumptions.clone(),
        });
    }
    causes
}

/// The variables that a URL was made with or without, and where they are read.
fn variables(wiring: &Wiring, handshake: &Handshake) -> BTreeSet<(Arc<str>, Place)> {
    let said = wiring.index.said(wiring);
    let mut found = BTreeSet::new();
    for place in &handshake.url.evidence {
        found.extend(said.at(*place).iter().filter_map(|said| match said {
            Said::Variable(_, EnvReader::Start) | Said::Text(_) => None,
            Said::Variable(name, _) => Some((Arc::clone(name), *place)),
        }));
    }
    let files: BTreeSet<_> = handshake.url.evidence.iter().map(|place| place.file).collect();
    for (test, _) in &handshake.url.guards {
        let (Test::Defined(expr) | Test::Truthy(expr)) = test else { continue };
        // What the server of the pages reads when it starts is passed to it then.
        let Some((name, _)) = env_name(expr).filter(|(_, reader)| *reader != EnvReader::Start) else { continue };
        found.extend(files.iter().find_map(|file| Some((Arc::clone(&name), said.first_read(*file, &name)?))));
    }
    found
}

/// Where a service is given a variable, in a way that does not reach its pages.
fn given(wiring: &Wiring, service: &Service, package: PackageId, name: &str) -> Option<(PassedOn, Place)> {
    service.dockerfile?;
    let at_start = at_start(wiring, service, package, name).map(|binding| (PassedOn::AtStart, binding.place));
    at_start.or_else(|| {
        let declared = wiring.repository.get(service.place.file)?.compose.as_deref()?;
        let declared = declared.services.iter().find(|declared| declared.name == service.name)?;
        let args = &declared.build.as_ref()?.args;
        let arg = args.iter().find(|arg| *arg.name == *name && arg.value.is_some())?;
        Some((PassedOn::ToTheBuild, Place::new(service.place.file, arg.span)))
    })
}

/// What a service gives its process under a name, when its pages are as they were built: nothing builds them again, fills
/// values in, or is a script that may.
fn at_start<'a>(wiring: &'a Wiring, service: &'a Service, package: PackageId, name: &str) -> Option<&'a Binding> {
    let binding = service.environment.iter().find(|binding| *binding.name == *name)?;
    let is_known = binding.value.as_known_text().is_none_or(|text| !text.is_empty());
    let root = &wiring.packages.get(package.0 as usize)?.root;
    let is_open = service.commands.iter().any(|(_, command)| {
        let words = || command.commands.iter().flat_map(|simple| &simple.words).map(|word| word.as_str());
        let fills_in =
            |word: &str| FILLS_IN.contains(&word.rsplit('/').next().unwrap_or(word)) || word.ends_with(".sh");
        let makes = acts(&wiring.repository, &wiring.packages, root, command);
        words().any(|word| word.is_none_or(fills_in)) || makes.iter().any(|(_, act)| *act != Act::Serves)
    });
    let is_entry = |(target, _): &(Arc<str>, _)| target.contains("/docker-entrypoint");
    (is_known && !is_open && !service.placed.iter().any(is_entry)).then_some(binding)
}
