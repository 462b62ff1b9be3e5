//! Walks over expressions and over the expressions of facts.

use std::sync::Arc;

use super::{EscapeTo, Expr, ExprKind, FileFacts, StepKind};

/// Calls `visit` with every expression inside `expr`, itself first, the operands of tests included.
pub fn exprs<'e>(expr: &'e Expr, visit: &mut dyn FnMut(&'e Expr)) {
    let mut open = vec![expr];
    while let Some(expr) = open.pop() {
        visit(expr);
        expr.push_parts(&mut open);
    }
}

/// Calls `visit` with every name of the file's top level that an expression uses.
pub fn names<'e>(expr: &'e Expr, visit: &mut dyn FnMut(&'e Arc<str>)) {
    exprs(expr, &mut |expr| {
        if let ExprKind::Name(name) = &expr.kind {
            visit(name);
        }
    });
}

/// Calls `visit` with every top-level name that the facts of a source file use (definitions apart).
pub fn facts_names<'f>(facts: &'f FileFacts, visit: &mut dyn FnMut(&'f Arc<str>)) {
    facts_exprs(facts, &mut |expr| names(expr, visit));
}

/// Calls `visit` with every expression that the facts of a source file hold (definitions apart).
pub fn facts_exprs<'f>(facts: &'f FileFacts, visit: &mut dyn FnMut(&'f Expr)) {
    for call in &facts.client_calls {
        visit(&call.url);
        let options =
            [&call.base, &call.credentials, &call.headers, &call.protocols, &call.socket_path, &call.transports];
        options.into_iter().flatten().for_each(&mut *visit);
    }
    facts.client_defaults.iter().for_each(&mut *visit);
    for call in &facts.call_sites {
        visit(&call.callee);
        call.args.iter().chain(call.keywords.iter().map(|field| &field.value)).for_each(&mut *visit);
    }
    for server in &facts.dev_servers {
        [&server.host, &server.port, &server.https, &server.env_dir, &server.base_path, &server.static_export]
            .into_iter()
            .flatten()
            .for_each(&mut *visit);
        server.defines.iter().for_each(|field| visit(&field.value));
        let hosts = &server.hosts;
        [&hosts.allowed, &hosts.preview_allowed, &hosts.preview_https].into_iter().flatten().for_each(&mut *visit);
        hosts.named.iter().for_each(&mut *visit);
        if let Some(hmr) = &server.hmr {
            [&hmr.port, &hmr.client_port, &hmr.host].into_iter().flatten().for_each(&mut *visit);
        }
        for proxy in &server.proxies {
            visit(&proxy.path);
            [&proxy.target, &proxy.ws, &proxy.change_origin].into_iter().flatten().for_each(&mut *visit);
            proxy.rewrite.iter().filter_map(|rewrite| rewrite.returns.as_ref()).for_each(&mut *visit);
        }
    }
    for router in &facts.routers {
        [&router.prefix, &router.root_path].into_iter().flatten().for_each(&mut *visit);
    }
    for mount in &facts.mounts {
        visit(&mount.parent);
        visit(&mount.child);
        mount.prefix.iter().for_each(&mut *visit);
    }
    for route in &facts.routes {
        visit(&route.router);
        route.path.iter().for_each(&mut *visit);
        if let Some(handler) = &route.handler {
            handler.before.iter().for_each(&mut *visit);
            for step in &handler.steps {
                match &step.kind {
                    StepKind::Accept(Some(value)) | StepKind::Close(Some(value)) | StepKind::Calls(value) => {
                        visit(value)
                    }
                    StepKind::ChecksOrigin(test) => test.expr().into_iter().for_each(&mut *visit),
                    _ => {}
                }
            }
        }
    }
    for layer in &facts.layers {
        visit(&layer.target);
        [&layer.code, &layer.paths].into_iter().flatten().for_each(&mut *visit);
    }
    facts.middlewares.iter().for_each(|middleware| visit(&middleware.function));
    for escape in facts.handovers.iter().flat_map(|handovers| &handovers.escapes) {
        visit(&escape.value);
        if let EscapeTo::Argument { callee, .. } = &escape.to {
            visit(callee);
        }
    }
    for policy in &facts.policies {
        visit(&policy.target);
        [&policy.origins, &policy.pattern, &policy.credentials, &policy.paths]
            .into_iter()
            .chain([&policy.preflight.methods, &policy.preflight.headers])
            .flatten()
            .for_each(&mut *visit);
    }
    for policy in &facts.csp {
        match &policy.policy {
            super::CspText::Header(value) | super::CspText::Directives(Some(value), _) => visit(value),
            super::CspText::Directives(None, _) => {}
        }
    }
    for address in &facts.addresses {
        visit(&address.target);
        address.value.iter().for_each(&mut *visit);
    }
    for cookie in &facts.cookies {
        [&cookie.secure, &cookie.same_site].into_iter().flatten().for_each(&mut *visit);
    }
    facts.proxy_trust.iter().for_each(|trust| visit(&trust.value));
    facts.secrets.iter().for_each(|secret| visit(&secret.value));
    facts.token_checks.iter().for_each(|check| visit(&check.value));
    for listener in &facts.listeners {
        [&listener.app, &listener.host, &listener.port, &listener.tls].into_iter().flatten().for_each(&mut *visit);
        listener.options.iter().for_each(|field| visit(&field.value));
    }
    facts.heartbeats.iter().for_each(|beat| visit(&beat.period));
    facts.server_transports.iter().for_each(visit);
}
