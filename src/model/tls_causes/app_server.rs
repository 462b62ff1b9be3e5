//! Application servers that end TLS by themselves in production.

use super::chain;
use crate::base::{Place, Span};
use crate::facts::ServerProgram;
use crate::model::{Cause, CauseKind, DeploymentKind, Listener, Mode, Tls, Wiring};

/// The causes.
pub(super) fn causes(wiring: &Wiring) -> Vec<Cause> {
    let mut causes = Vec::new();
    for listener in wiring.listeners.iter().filter(|listener| listener.tls == Tls::Tls && is_of_application(listener)) {
        let Some(deployment) = wiring.deployments.get(listener.deployment.0 as usize) else { continue };
        let mut modes = deployment.packages.iter().filter(|(package, _)| listener.package == Some(*package));
        let is_production = deployment.kind == DeploymentKind::Compose
            && listener.mode != Some(Mode::Development)
            && modes.all(|(_, mode)| *mode != Mode::Development);
        if is_production && wiring.repository.may_be_accused(listener.place.file) {
            let service = listener.service.and_then(|id| wiring.services.get(id.0 as usize));
            let runs = service.map(|service| (service.place, "runs it"));
            let image = service.and_then(|service| service.dockerfile);
            let image = image.map(|file| (Place::new(file, Span::default()), "builds the image that it runs in"));
            let evidence = [(listener.place, "the application's own server speaks TLS")].into_iter();
            let evidence = evidence.chain(runs).chain(image);
            causes.push(Cause {
                kind: CauseKind::AppServerTls,
                place: listener.place,
                key: String::new(),
                chains: vec![chain(evidence)],
                assumptions: Vec::new(),
            });
        }
    }
    causes
}

fn is_of_application(listener: &Listener) -> bool {
    matches!(
        listener.program,
        ServerProgram::Uvicorn
            | ServerProgram::Hypercorn
            | ServerProgram::Daphne
            | ServerProgram::Gunicorn
            | ServerProgram::NodeListen
            | ServerProgram::PythonListen
            | ServerProgram::FlaskRun
    )
}
