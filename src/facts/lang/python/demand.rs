//! Which other files a Python file needs: those whose names are in what it states.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::facts::{
    Arm, Definition, DefinitionValue, Demand, EscapeTo, Expr, ExprKind, Field, FileFacts, Protocol, StepKind, Test,
};

/// Parts of names of functions and classes that may give a value or a route to others.
const GIVERS: &[&str] =
    &["setting", "config", "origin", "url", "host", "port", "app", "route", "socket", "cors", "env", "domain"];

/// Adds the demands of a file whose other facts are complete.
pub fn add(facts: &mut FileFacts) {
    let Some(module) = facts.module.as_deref() else { return };
    let mut need = Need::default();
    stated(facts, &mut need);
    // What an application or URL list holds was stated by its routes, mounts and policies.
    let routers: BTreeSet<&str> = facts.routers.iter().map(|router| &*router.name).collect();
    let open = module.definitions.iter().filter(|definition| !routers.contains(&*definition.name));
    let open: BTreeMap<&str, &Definition> = open.map(|definition| (&*definition.name, definition)).collect();
    offered(&open, &mut need);
    need.close(&open);
    let mut demands: BTreeSet<Demand> = facts.demands.iter().cloned().collect();
    for import in &module.imports {
        let lower = import.imported.chars().all(|c| c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit());
        // A package passes on what its modules define: routers, applications, lists.
        let first = import.module.split('.').next().unwrap_or("");
        let is_own = first.is_empty() || facts.path.parts().rev().skip(1).any(|folder| folder == first);
        let passes_on = facts.path.name() == "__init__.py" && lower && is_own;
        // `gunicorn wsgi:app`: such a module may only import what is served.
        let is_served = lower && crate::facts::adapters::python::is_entry(&facts.path);
        let used = need.names.contains(&import.local) || &*import.local == "*" || passes_on || is_served;
        if !used || is_library(&import.module) {
            continue;
        }
        demands.insert(Demand::PythonModule(Arc::clone(&import.module)));
        if &*import.imported != "*" && lower {
            // `from app.api import chat`: the name may be a module of its own.
            let dot = if import.module.ends_with('.') { "" } else { "." };
            demands.insert(Demand::PythonModule(Arc::from(format!("{}{dot}{}", import.module, import.imported))));
        }
    }
    demands.extend(need.files.into_iter().map(Demand::Data));
    facts.demands = demands.into_iter().collect();
}

#[derive(Default)]
struct Need {
    names: BTreeSet<Arc<str>>,
    /// Names whose definitions were not looked at yet.
    fresh: Vec<Arc<str>>,
    files: BTreeSet<Arc<str>>,
}

fn stated(facts: &FileFacts, need: &mut Need) {
    for router in &facts.routers {
        need.all([&router.prefix, &router.root_path]);
    }
    for mount in &facts.mounts {
        need.expr(&mount.parent);
        need.expr(&mount.child);
        need.all([&mount.prefix]);
    }
    for route in &facts.routes {
        need.expr(&route.router);
        need.all([&route.path]);
        // What the functions around a plain request do is never asked, only what they are called.
        let Some(handler) = route.handler.as_ref().filter(|_| route.protocol != Protocol::Http) else { continue };
        for step in &handler.steps {
            match &step.kind {
                StepKind::Calls(value) => need.expr(value),
                StepKind::ChecksOrigin(test) => test.expr().into_iter().for_each(|value| need.expr(value)),
                StepKind::Accept(value) | StepKind::Close(value) => need.all([value]),
                _ => {}
            }
        }
        handler.before.iter().for_each(|value| need.expr(value));
    }
    for layer in &facts.layers {
        need.expr(&layer.target);
        need.all([&layer.code]);
    }
    facts.middlewares.iter().for_each(|middleware| need.expr(&middleware.function));
    for step in facts.helpers.iter().flat_map(|helper| &helper.steps) {
        if let StepKind::Calls(value) = &step.kind {
            need.expr(value);
        }
    }
    for escape in facts.handovers.iter().flat_map(|handovers| &handovers.escapes) {
        // Where a value goes that is an application for sure; what parameters are, their callers say.
        let is_sure =
            matches!(&escape.value.kind, ExprKind::Name(name) if facts.routers.iter().any(|r| r.name == *name));
        let is_given = matches!(escape.value.kind, ExprKind::Param(_));
        if let EscapeTo::Argument { callee, .. } = &escape.to
            && (is_sure || is_given)
        {
            need.expr(callee);
        }
    }
    for policy in &facts.policies {
        need.expr(&policy.target);
        need.all([&policy.origins, &policy.pattern, &policy.credentials, &policy.paths]);
        need.all([&policy.preflight.methods, &policy.preflight.headers]);
    }
    for address in &facts.addresses {
        need.expr(&address.target);
        need.all([&address.value]);
    }
    for cookie in &facts.cookies {
        need.all([&cookie.secure, &cookie.same_site]);
    }
    facts.secrets.iter().for_each(|secret| need.expr(&secret.value));
    for listener in &facts.listeners {
        need.all([&listener.app, &listener.host, &listener.port, &listener.tls]);
        listener.options.iter().for_each(|field| need.expr(&field.value));
        if let Some(ExprKind::Str(app)) = listener.app.as_ref().map(|app| &app.kind)
            && let Some((module, _)) = app.split_once(':')
        {
            need.name(&Arc::from(module));
        }
    }
    facts.heartbeats.iter().for_each(|beat| need.expr(&beat.period));
    facts.server_transports.iter().for_each(|value| need.expr(value));
    for site in &facts.call_sites {
        need.expr(&site.callee);
        site.args.iter().chain(site.keywords.iter().map(|field| &field.value)).for_each(|value| need.expr(value));
    }
}

/// Names in what others may take from this file.
fn offered(definitions: &BTreeMap<&str, &Definition>, need: &mut Need) {
    for definition in definitions.values() {
        match &definition.value {
            DefinitionValue::Value(value) if offers(value) => need.expr(value),
            DefinitionValue::Function(function) if gives(&definition.name) => need.all([&function.returns]),
            DefinitionValue::Class(_) if gives(&definition.name) => {
                need.name(&definition.name);
            }
            _ => {}
        }
    }
}

fn gives(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    GIVERS.iter().any(|part| lower.contains(part))
}

/// Whether a top-level value may be part of a URL, list or application: an instance of some class is not.
fn offers(value: &Expr) -> bool {
    let ExprKind::Call { callee, .. } = &value.kind else { return true };
    let name = match &callee.kind {
        ExprKind::Name(name) | ExprKind::Member(_, name) => name,
        _ => return false,
    };
    gives(name)
}

impl Need {
    fn all<const N: usize>(&mut self, values: [&Option<Expr>; N]) {
        values.into_iter().flatten().for_each(|value| self.expr(value));
    }

    fn name(&mut self, name: &Arc<str>) {
        if self.names.insert(Arc::clone(name)) {
            self.fresh.push(Arc::clone(name));
        }
    }

    fn expr(&mut self, expr: &Expr) {
        let mut stack = vec![expr];
        while let Some(expr) = stack.pop() {
            match &expr.kind {
                ExprKind::Name(name) => self.name(name),
                ExprKind::File(path) => {
                    self.files.insert(Arc::clone(path));
                }
                ExprKind::List(items) | ExprKind::Op(_, items) => stack.extend(items),
                ExprKind::Object(fields) => stack.extend(fields.iter().map(|Field { value, .. }| value)),
                ExprKind::Spread(inner) | ExprKind::Member(inner, _) => stack.push(inner),
                ExprKind::Call { callee, args, keywords } => {
                    stack.push(callee);
                    stack.extend(args);
                    stack.extend(keywords.iter().map(|field| &field.value));
                }
                ExprKind::Choice(arms) => {
                    for Arm { guards, value } in arms {
                        stack.push(value);
                        for guard in guards {
                            match &guard.test {
                                Test::Defined(a) | Test::Truthy(a) => stack.push(a),
                                Test::Equal(a, b)
                                | Test::StartsWith(a, b)
                                | Test::EndsWith(a, b)
                                | Test::Contains(a, b) => {
                                    stack.push(a);
                                    stack.push(b);
                                }
                                _ => {}
                            }
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// Follows names through the definitions of the same file.
    fn close(&mut self, definitions: &BTreeMap<&str, &Definition>) {
        while let Some(name) = self.fresh.pop() {
            let Some(definition) = definitions.get(&*name) else { continue };
            match &definition.value {
                DefinitionValue::Value(value) => self.expr(value),
                DefinitionValue::Function(function) => {
                    self.all([&function.returns]);
                    function.params.iter().for_each(|param| self.all([&param.default]));
                }
                DefinitionValue::Class(class) => {
                    class.bases.iter().for_each(|base| self.expr(base));
                    class.fields.iter().for_each(|field| self.all([&field.value]));
                    class.methods.iter().filter(|(name, _)| gives(name)).for_each(|(_, method)| {
                        self.all([&method.returns]);
                    });
                }
            }
        }
    }
}

/// Modules that no repository defines by itself.
fn is_library(module: &str) -> bool {
    let root = module.split('.').next().unwrap_or("");
    matches!(
        root,
        "os" | "sys"
            | "re"
            | "json"
            | "logging"
            | "typing"
            | "pathlib"
            | "datetime"
            | "time"
            | "asyncio"
            | "functools"
            | "contextlib"
            | "collections"
            | "enum"
            | "uuid"
            | "urllib"
            | "dataclasses"
            | "fastapi"
            | "starlette"
            | "pydantic"
            | "pydantic_settings"
            | "uvicorn"
            | "sqlalchemy"
            | "django"
            | "channels"
            | "flask"
            | "flask_cors"
            | "quart_cors"
            | "flask_socketio"
            | "aiohttp"
            | "tornado"
            | "socketio"
            | "websockets"
            | "decouple"
            | "environ"
            | "dotenv"
            | "yaml"
            | "redis"
            | "loguru"
            | "structlog"
            | "jwt"
            | "numpy"
            | "httpx"
            | "requests"
    )
}
