//! The address that a program binds: what code and command lines say, and what programs do by default.

use std::sync::Arc;

use super::listen::{Finder, Runs};
use super::scope::text;
use crate::base::{FileId, Place, RepoPath};
use crate::facts::{Expr, ExprKind, Field, HoleReason, ListenFact, Module, ServerProgram};
use crate::model::evaluate::Scope;
use crate::model::{AppId, Known, Listener, Tls, Unknown};

impl<'a> Finder<'a> {
    pub(super) fn bind(&mut self, file: FileId, fact: &ListenFact, apps: Vec<AppId>, runs: &Runs) {
        if fact.options.iter().any(|option| &*option.key == "uds") && fact.port.is_none() {
            return;
        }
        let place = Place::new(file, fact.span);
        let package =
            apps.first().and_then(|app| self.apps.get(app.0 as usize)).map_or(runs.package, |app| app.package);
        let scope = self.scope(runs, package);
        let function = fact.function.as_deref();
        let read = |expr: &Expr| text(self.wiring, file, function, expr, &scope);
        let port = match &fact.port {
            Some(expr) => to_port(read(expr), place),
            None => self.default_port(fact, place, &scope, runs),
        };
        let host = match &fact.host {
            Some(expr) => match read(expr) {
                Known::Is(host, places) if host.is_empty() => Known::Is(Arc::from("0.0.0.0"), places),
                known => known,
            },
            None => self.default_host(fact, place, &scope, runs),
        };
        let tls = match &fact.tls {
            None => Tls::Plain,
            Some(expr) => match &expr.kind {
                crate::facts::ExprKind::Bool(true) => Tls::Tls,
                _ => match read(expr) {
                    Known::Is(path, _) if path.is_empty() => Tls::Plain,
                    Known::Is(..) => Tls::Tls,
                    Known::Unknown(_) => Tls::Unknown,
                },
            },
        };
        self.add(Listener {
            place,
            program: fact.server,
            apps,
            package: Some(package),
            service: runs.service,
            deployment: self.id,
            mode: None,
            host,
            port,
            tls,
            options: self.options(file, fact, &scope, runs),
            proxy: None,
        });
    }

    pub(super) fn add(&mut self, listener: Listener) {
        let same = |known: &Listener| {
            known.place == listener.place && known.service == listener.service && known.package == listener.package
        };
        if !self.found.iter().any(same) {
            self.found.push(listener);
        }
    }

    fn default_port(&self, fact: &ListenFact, place: Place, scope: &Scope, runs: &Runs) -> Known<u16> {
        let fixed = match fact.server {
            ServerProgram::Uvicorn
            | ServerProgram::Hypercorn
            | ServerProgram::Daphne
            | ServerProgram::FastApiCli
            | ServerProgram::DjangoRunserver => Some(8000),
            ServerProgram::Gunicorn => {
                match self.configured(fact, scope, runs) {
                    Configured::Says(Bind { port, .. }) => return to_port(port, place),
                    Configured::Unread => {
                        return Known::Unknown(Unknown { reason: HoleReason::Unsupported, place: Some(place) });
                    }
                    Configured::Nothing => {}
                }
                let port = crate::model::evaluate::bound_text(self.wiring, scope, "PORT");
                return match port.and_then(|(port, at)| Some((port.parse().ok()?, at))) {
                    Some((port, at)) => Known::Is(port, vec![at]),
                    None => Known::Is(8000, vec![place]),
                };
            }
            ServerProgram::FlaskRun => Some(5000),
            ServerProgram::VitePreview => Some(4173),
            ServerProgram::Vite => Some(5173),
            ServerProgram::Next | ServerProgram::Cra => Some(3000),
            _ => None,
        };
        match fixed {
            Some(port) => Known::Is(port, vec![place]),
            None => Known::Unknown(Unknown { reason: HoleReason::Unsupported, place: Some(place) }),
        }
    }
}

impl Finder<'_> {
    /// The host that a program binds when it is told none.
    fn default_host(&self, fact: &ListenFact, place: Place, scope: &Scope, runs: &Runs) -> Known<Arc<str>> {
        use ServerProgram as P;
        let unknown = || Known::Unknown(Unknown { reason: HoleReason::Unsupported, place: Some(place) });
        let in_code = self.wiring.repository.get(place.file).is_some_and(|facts| facts.module.is_some());
        let variable = match fact.server {
            // Only the command reads them, not a call in code.
            P::Uvicorn if !in_code => Some("UVICORN_HOST"),
            P::FlaskRun if !in_code => Some("FLASK_RUN_HOST"),
            _ => None,
        };
        let bound = variable.and_then(|name| crate::model::evaluate::bound_text(self.wiring, scope, name));
        if let Some((host, at)) = bound {
            return Known::Is(Arc::from(host), vec![at]);
        }
        let host = match fact.server {
            P::Hypercorn if option(fact, "config").is_some() => return unknown(),
            P::Gunicorn => match self.bound_host(fact, place, scope, runs) {
                Some(known) => return known,
                None => "127.0.0.1",
            },
            P::Uvicorn | P::Hypercorn | P::Daphne | P::DjangoRunserver | P::FlaskRun => "127.0.0.1",
            P::FastApiCli if option(fact, "mode") == Some("run") => "0.0.0.0",
            P::FastApiCli => "127.0.0.1",
            P::NodeListen | P::WsPort => "::",
            P::Vite | P::VitePreview => "localhost",
            P::Next | P::Cra | P::StaticServer => "0.0.0.0",
            P::Script | P::Nginx | P::PythonListen | P::Unread(_) => return unknown(),
        };
        Known::Is(Arc::from(host), vec![place])
    }

    /// The options of the command, with those of the configuration file that decide what the program can serve.
    fn options(&self, file: FileId, fact: &ListenFact, scope: &Scope, runs: &Runs) -> Vec<(FileId, Field)> {
        let mut options: Vec<(FileId, Field)> = fact.options.iter().map(|option| (file, option.clone())).collect();
        options.extend(fact.app.clone().map(|value| (file, field("served", value))));
        let is_said = fact.options.iter().any(|option| &*option.key == "worker_class");
        if fact.server != ServerProgram::Gunicorn || is_said {
            return options;
        }
        let added = match self.configuration(fact, scope, runs) {
            Configuration::Nothing => return options,
            Configuration::Unread => (file, Expr::hole(fact.span, HoleReason::Unsupported)),
            Configuration::Is(file, module) => {
                let Some(definition) = module.definitions.iter().find(|it| &*it.name == "worker_class") else {
                    return options;
                };
                let name = Expr::new(definition.span, ExprKind::Name(Arc::from("worker_class")));
                let value = match text(self.wiring, file, None, &name, scope) {
                    Known::Is(class, _) => Expr::str(definition.span, &class),
                    Known::Unknown(unknown) => Expr::hole(definition.span, unknown.reason),
                };
                (file, value)
            }
        };
        let (file, value) = added;
        options.push((file, field("worker_class", value)));
        options
    }

    /// The host that gunicorn's configuration or environment says; `None` when nothing does.
    fn bound_host(&self, fact: &ListenFact, place: Place, scope: &Scope, runs: &Runs) -> Option<Known<Arc<str>>> {
        let unknown = || Known::Unknown(Unknown { reason: HoleReason::Unsupported, place: Some(place) });
        match self.configured(fact, scope, runs) {
            Configured::Says(Bind { host, .. }) => Some(host),
            Configured::Unread => Some(unknown()),
            Configured::Nothing => {
                let port = crate::model::evaluate::bound_text(self.wiring, scope, "PORT");
                port.map(|(_, at)| Known::Is(Arc::from("0.0.0.0"), vec![at]))
            }
        }
    }
}

/// Host and port of a configuration file.
struct Bind {
    host: Known<Arc<str>>,
    port: Known<Arc<str>>,
}

/// The configuration file of gunicorn.
enum Configuration<'a> {
    /// There is none.
    Nothing,
    /// It is there, and could not be read.
    Unread,
    /// It is this one.
    Is(FileId, &'a Module),
}

/// What a configuration file says of the address to bind.
enum Configured {
    /// There is none, or it does not say.
    Nothing,
    /// It is there, and could not be read.
    Unread,
    /// The address.
    Says(Bind),
}

impl Finder<'_> {
    /// gunicorn's configuration file: the one that the command line names, else `gunicorn.conf.py`, which gunicorn takes from its
    /// working folder.
    fn configuration(&self, fact: &ListenFact, scope: &Scope, runs: &Runs) -> Configuration<'_> {
        // Options in the environment come before those of the file.
        if crate::model::evaluate::bound_text(self.wiring, scope, "GUNICORN_CMD_ARGS").is_some() {
            return Configuration::Unread;
        }
        let named = fact.options.iter().find(|option| &*option.key == "config");
        let path = match named {
            Some(option) => match option.value.as_str() {
                Some(path) => path.trim_start_matches("python:").trim_start_matches("file:"),
                None => return Configuration::Unread,
            },
            None => "gunicorn.conf.py",
        };
        let wanted = path.rsplit('/').next().unwrap_or(path);
        let roots: Vec<&RepoPath> = runs
            .packages
            .iter()
            .chain([&runs.package])
            .filter_map(|id| self.wiring.packages.get(id.0 as usize))
            .map(|package| &package.root)
            .collect();
        let is_ours = |path: &RepoPath| path.name() == wanted && roots.iter().any(|root| path.is_under(root));
        let mut files = self.wiring.repository.iter().filter(|(_, facts)| is_ours(&facts.path));
        let (found, more) = (files.next(), files.next());
        let Some((file, facts)) = found.filter(|_| more.is_none()) else {
            let exists = more.is_some() || self.wiring.repository.paths.iter().any(is_ours);
            return if named.is_some() || exists { Configuration::Unread } else { Configuration::Nothing };
        };
        match facts.module.as_deref() {
            Some(module) => Configuration::Is(file, module),
            None => Configuration::Unread,
        }
    }

    /// The address that the configuration file says.
    fn configured(&self, fact: &ListenFact, scope: &Scope, runs: &Runs) -> Configured {
        let (file, module) = match self.configuration(fact, scope, runs) {
            Configuration::Nothing => return Configured::Nothing,
            Configuration::Unread => return Configured::Unread,
            Configuration::Is(file, module) => (file, module),
        };
        if !module.definitions.iter().any(|definition| &*definition.name == "bind") {
            return Configured::Nothing;
        }
        let bind = Expr::new(crate::base::Span::default(), ExprKind::Name(Arc::from("bind")));
        Configured::Says(match text(self.wiring, file, None, &bind, scope) {
            Known::Is(bind, places) => {
                let (host, port) = match bind.rsplit_once(':') {
                    Some((host, port)) => (host, port),
                    // A socket of the file system, or a host alone, which gets gunicorn's own port.
                    None if bind.contains('/') => ("unix", &*bind),
                    None => (&*bind, "8000"),
                };
                let host = if host.is_empty() { "0.0.0.0" } else { host };
                let known = |text: &str| Known::Is(Arc::from(text), places.clone());
                Bind { host: known(host), port: known(port) }
            }
            Known::Unknown(unknown) => Bind { host: Known::Unknown(unknown.clone()), port: Known::Unknown(unknown) },
        })
    }
}

fn field(key: &str, value: Expr) -> Field {
    Field { key: Arc::from(key), key_span: value.span, value }
}

pub(super) fn option<'a>(fact: &'a ListenFact, key: &str) -> Option<&'a str> {
    fact.options.iter().find(|option| &*option.key == key).and_then(|option| option.value.as_str())
}

pub(super) fn is_true(expr: &Expr) -> bool {
    matches!(expr.kind, crate::facts::ExprKind::Bool(true))
}

pub(super) fn to_port(known: Known<Arc<str>>, place: Place) -> Known<u16> {
    match known {
        Known::Is(text, places) => match text.trim().parse() {
            Ok(port) => Known::Is(port, places),
            Err(_) => Known::Unknown(Unknown { reason: HoleReason::Unsupported, place: Some(place) }),
        },
        Known::Unknown(unknown) => Known::Unknown(unknown),
    }
}
