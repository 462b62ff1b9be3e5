//! Whether the program speaks the application's interface at all: ASGI or WSGI.

use std::collections::BTreeSet;

use super::network::program_name;
use super::walk::{Candidate, Walk};
use crate::base::Place;
use crate::facts::{Framework, Module, ServerProgram};
use crate::model::topology::package_of;
use crate::model::{App, CauseKind, HopKind, Interface, Listener, PackageId, Wiring};

/// Workers of gunicorn that call WSGI applications alone. Asked of gunicorn 27.0: each answers requests to an ASGI application
/// with 500.
const WSGI_WORKERS: &[&str] = &["sync", "gthread", "eventlet", "gevent", "gevent_wsgi", "gevent_pywsgi", "tornado"];
/// Modules that make an application of one interface into one of the other.
const BRIDGES: &[&str] =
    &["a2wsgi", "asgiref.wsgi", "starlette.middleware.wsgi", "fastapi.middleware.wsgi", "uvicorn.middleware.wsgi"];

impl Walk<'_> {
    /// Whether the program cannot call the application; says so.
    pub(super) fn speaks_another_interface(&mut self, listener: &Listener) -> bool {
        let Some((place, takes, app)) = self.other_interface(listener) else { return false };
        let app_place = app.place;
        let kind = CauseKind::ForeignInterface {
            program: program_name(listener.program),
            framework: app.framework.name(),
            takes,
        };
        let note = match takes {
            Interface::Wsgi => "the worker calls WSGI applications, and this one is ASGI",
            Interface::Asgi => "the program calls ASGI applications, and this one is WSGI",
        };
        let candidate = Candidate::new(kind, place, "interface")
            .link(app_place, "the application")
            .link(self.connection.place, format!("asks for `{}`", self.url().display))
            .resting_on(&self.url().assumptions)
            .resting_on(&self.guessed);
        self.breaks(HopKind::Listener, candidate, note);
        true
    }

    /// Where the program is told, the interface that it takes, and the application of the other one.
    fn other_interface(&self, listener: &Listener) -> Option<(Place, Interface, &App)> {
        let apps: Vec<&App> = listener.apps.iter().filter_map(|id| self.wiring.apps.get(id.0 as usize)).collect();
        let all =
            |interface| !apps.is_empty() && apps.iter().all(|app| self.interface(listener, app) == Some(interface));
        let app = apps.first().copied()?;
        match listener.program {
            ServerProgram::Gunicorn if all(Interface::Asgi) => {
                let place = match listener.option("worker_class") {
                    None => listener.place,
                    Some((file, option)) => {
                        let class = option.value.as_str()?;
                        WSGI_WORKERS.contains(&class).then(|| Place::new(file, option.value.span))?
                    }
                };
                Some((place, Interface::Wsgi, app))
            }
            ServerProgram::Uvicorn | ServerProgram::Daphne if all(Interface::Wsgi) => {
                listener.option("interface").is_none().then_some((listener.place, Interface::Asgi, app))
            }
            _ => None,
        }
    }

    /// The interface of an application, where its code has no bridge to the other one.
    fn interface(&self, listener: &Listener, app: &App) -> Option<Interface> {
        let facts = self.wiring.repository.get(app.place.file)?;
        let imports = |root: &str| {
            let modules = facts.module.as_deref().map(|module| module.imports.as_slice()).unwrap_or_default();
            modules.iter().any(|import| &*import.module == root || import.module.split('.').next() == Some(root))
        };
        if self.wiring.index.bridged(self.wiring).0.contains(&app.package) {
            return None;
        }
        let served = listener.option("served").and_then(|(_, option)| option.value.as_str());
        let module = served.map(|served| served.split(':').next().unwrap_or(served));
        match app.framework {
            Framework::FastApi | Framework::Starlette | Framework::Channels => Some(Interface::Asgi),
            Framework::Flask if imports("flask") && !imports("quart") => Some(Interface::Wsgi),
            Framework::Django => match module?.rsplit('.').next()? {
                "asgi" => Some(Interface::Asgi),
                "wsgi" => Some(Interface::Wsgi),
                _ => None,
            },
            _ => None,
        }
    }
}

/// The packages in which a file imports a bridge.
#[derive(Debug, Default)]
pub struct Bridged(BTreeSet<PackageId>);

impl Bridged {
    pub(in crate::model) fn new(wiring: &Wiring) -> Self {
        let is_bridge = |text: &str| {
            let mut known = BRIDGES.iter().filter_map(|bridge| text.strip_prefix(bridge));
            known.any(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let has_bridge = |file: &Module| file.imports.iter().any(|import| is_bridge(&import.module));
        let files = wiring.repository.iter().filter(|(_, facts)| facts.module.as_deref().is_some_and(has_bridge));
        Self(files.filter_map(|(_, facts)| package_of(wiring, &facts.path)).collect())
    }
}
