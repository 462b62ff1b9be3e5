//! Whether the program that listens takes the word of a proxy that the browser came over https.

use super::network::is_loopback;
use crate::facts::ServerProgram;
use crate::model::environment::of_scope;
use crate::model::evaluate::Scope;
use crate::model::{DeploymentKind, Listener, Namespace, Openness, Passage, Side, Wiring};

/// What a program makes of X-Forwarded-Proto.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Belief {
    /// It takes the scheme from it.
    Believes,
    /// It leaves it alone.
    Ignores,
    /// Not known.
    Unknown,
}

/// What the program that listens makes of the header of a proxy.
///
/// Asked of uvicorn 0.54 and gunicorn 27.0 (Flask, and uvicorn's worker): both believe 127.0.0.1 alone until `forwarded_allow_ips`
/// names others, with `--proxy-headers` or without; Flask's own server and daphne without its option never look at it.
pub(super) fn of(wiring: &Wiring, listener: &Listener, passage: &Passage) -> Belief {
    use ServerProgram as P;
    match listener.program {
        P::FlaskRun => return Belief::Ignores,
        // With the option daphne believes everybody who names the client as well.
        P::Daphne if listener.option("proxy_headers").is_none() => return Belief::Ignores,
        P::Uvicorn | P::FastApiCli | P::Gunicorn => {}
        _ => return Belief::Unknown,
    }
    let is_off = |text: &str| text == "false";
    if listener.option("proxy_headers").is_some_and(|(_, option)| option.value.as_str().is_some_and(is_off)) {
        return Belief::Ignores;
    }
    if let Some((_, option)) = listener.option("forwarded_allow_ips") {
        return of_list(option.value.as_str());
    }
    if is_configured_elsewhere(wiring, listener) {
        return Belief::Unknown;
    }
    let Some(package) = listener.package else { return Belief::Unknown };
    let scope = Scope {
        package,
        deployment: Some(passage.deployment),
        service: listener.service,
        mode: passage.mode.clone(),
        side: Side::Server,
    };
    let Some(environment) = of_scope(wiring, &scope) else { return Belief::Unknown };
    let variables = ["FORWARDED_ALLOW_IPS", "UVICORN_FORWARDED_ALLOW_IPS", "GUNICORN_CMD_ARGS"];
    if let Some(binding) = variables.iter().find_map(|name| environment.get(name)) {
        let list = binding.value.as_known_text().filter(|_| &*binding.name != "GUNICORN_CMD_ARGS");
        return of_list(list.as_deref());
    }
    match (stands(wiring, listener, passage), &environment.openness) {
        (Stands::Beside, _) => Belief::Believes,
        (Stands::Apart, Openness::Closed(_)) => Belief::Ignores,
        _ => Belief::Unknown,
    }
}

/// What a list of addresses that are believed means for a proxy whose address nobody states.
fn of_list(list: Option<&str>) -> Belief {
    match list {
        Some("*") => Belief::Believes,
        _ => Belief::Unknown,
    }
}

/// Whether a file of gunicorn may name more addresses.
fn is_configured_elsewhere(wiring: &Wiring, listener: &Listener) -> bool {
    listener.program == ServerProgram::Gunicorn
        && (listener.option("config").is_some() || !wiring.repository.paths_named("gunicorn.conf.py").is_empty())
}

/// Where a proxy stands to a program.
enum Stands {
    /// It comes over the loopback address.
    Beside,
    /// It comes from another address.
    Apart,
    Unknown,
}

fn stands(wiring: &Wiring, listener: &Listener, passage: &Passage) -> Stands {
    let Some(service) = listener.service.and_then(|id| wiring.services.get(id.0 as usize)) else {
        let mut targets = passage.proxied.targets.iter();
        let local = targets.all(|target| target.host.as_deref().is_some_and(is_loopback));
        return if local { Stands::Beside } else { Stands::Unknown };
    };
    if service.proxy == Some(passage.proxy) {
        return Stands::Beside;
    }
    let deployment = wiring.deployments.get(passage.deployment.0 as usize);
    // In a cluster something beside the program may take the request first.
    let is_plain = deployment.is_some_and(|deployment| deployment.kind == DeploymentKind::Compose)
        && service.namespace == Namespace::Container;
    if is_plain { Stands::Apart } else { Stands::Unknown }
}
