//! Containers of the image of nginx that leave its own configuration as it is.

use std::sync::Arc;

use super::service::split_image;
use crate::base::Place;
use crate::facts::{CommandFact, Dockerfile, Expr, SimpleCommand, Stage};
use crate::model::nginx::{StockImage, StockNginx};
use crate::model::proxy::ListenAddress;
use crate::model::{Assumption, ProxyId, ServiceId, Tls, Wiring};

/// The images by the last part of their names, with the port of the configuration that comes with them.
const IMAGES: [(&str, u16); 2] = [("nginx", 80), ("nginx-unprivileged", 8080)];
/// Folders that the configuration and what is run before the start are in.
const FOLDERS: [&str; 2] = ["/etc/nginx", "/docker-entrypoint.d"];
/// Programs of `RUN` that change no configuration unless they name its folder.
const HARMLESS: [&str; 13] =
    ["rm", "mkdir", "chown", "chmod", "ln", "touch", "apk", "apt-get", "apt", "addgroup", "adduser", "echo", "gzip"];

/// The port of an image of that name.
pub fn port_of(image: &str) -> Option<u16> {
    let (name, _) = split_image(Some(image));
    let name = name?;
    let last = name.rsplit('/').next()?;
    IMAGES.iter().find(|(known, _)| *known == last).map(|(_, port)| *port)
}

/// The port of the image that a chain of stages starts from, when none of them changes its configuration.
pub fn port(base: &str, dockerfile: &Dockerfile, chain: &[usize]) -> Option<u16> {
    let port = port_of(base)?;
    let mut stages = chain.iter().filter_map(|index| dockerfile.stages.get(*index));
    stages.all(keeps_configuration).then_some(port)
}

/// Whether nothing of the configuration is at a path of a container.
pub fn is_beside(path: Option<&str>) -> bool {
    let covers = |folder: &&str| {
        path.is_none_or(|path| {
            let path = path.trim_end_matches('/');
            path.starts_with(*folder) || folder.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'))
        })
    };
    !FOLDERS.iter().any(covers)
}

fn keeps_configuration(stage: &Stage) -> bool {
    stage.copies.iter().all(|copy| is_beside(copy.target.as_str()))
        && stage.runs.iter().flat_map(|run| &run.commands).all(is_harmless)
        && stage.entrypoint.is_none()
        && stage.command.as_ref().is_none_or(starts_nginx)
}

/// `nginx -g 'daemon off;'`, what the image itself runs.
fn starts_nginx(command: &CommandFact) -> bool {
    let [only] = command.commands.as_slice() else { return false };
    let words: Option<Vec<&str>> = only.words.iter().map(Expr::as_str).collect();
    let words = words.unwrap_or_default();
    matches!(words.as_slice(), ["nginx"] | ["nginx", "-g", "daemon off;"])
}

fn is_harmless(command: &SimpleCommand) -> bool {
    let words: Option<Vec<&str>> = command.words.iter().chain(&command.output).map(Expr::as_str).collect();
    let Some(words) = words else { return false };
    let Some(program) = words.first() else { return true };
    let owns = matches!(*program, "chown" | "chmod" | "mkdir" | "touch");
    HARMLESS.contains(program)
        && (owns || words.iter().skip(1).all(|word| !word.contains("/etc") && is_no_folder(word)))
}

/// Whether a word is no folder of the configuration.
fn is_no_folder(word: &str) -> bool {
    !word.starts_with('/') || is_beside(Some(word))
}

/// Gives every such container the nginx that it runs.
pub fn link(wiring: &mut Wiring) {
    let ids = (0u32..).map(ServiceId).take(wiring.services.len());
    let plain: Vec<(ServiceId, u16)> = ids
        .filter_map(|id| {
            let service = wiring.services.get(id.0 as usize)?;
            let port = service.stock_port.filter(|_| service.proxy.is_none())?;
            Some((id, port))
        })
        .collect();
    for (id, port) in plain {
        let Some(service) = wiring.services.get_mut(id.0 as usize) else { continue };
        let stage = service.dockerfile.zip(service.stage).and_then(|(file, stage)| {
            let dockerfile = wiring.repository.get(file)?.dockerfile.as_deref()?;
            Some(Place::new(file, dockerfile.stages.get(stage)?.span))
        });
        let (place, image) = match stage {
            Some(place) => (place, StockImage::Extended),
            None => (service.place, StockImage::Published),
        };
        let proxy = ProxyId(u32::try_from(wiring.proxies.len()).unwrap_or(u32::MAX));
        service.proxy = Some(proxy);
        // A port that is published on the machine may have a proxy in front of it that nobody sees.
        let rests_on = if service.published.is_empty() { Vec::new() } else { vec![Assumption::LikelyPairing] };
        let deployment = service.deployment;
        let is_accusable = wiring.repository.may_be_accused(place.file);
        let listens = [ListenAddress { port, tls: Tls::Plain, place, names: Arc::from([]) }];
        wiring.proxies.add(StockNginx { listens, image, rests_on, is_accusable });
        if let Some(deployment) = wiring.deployments.get_mut(deployment.0 as usize) {
            deployment.proxies.push(proxy);
        }
    }
}
