//! What servers of the usual shapes come to.

use std::fmt::Write as _;

use crate::base::{Entry, FileKind, FileRole, RepoPath, Tracking};
use crate::facts::{Expr, ExprKind, FileFacts, StepKind, extract};

fn facts(text: &str) -> FileFacts {
    let path = RepoPath::new("server/index.js").expect("a path");
    let entry = Entry {
        path,
        size: text.len() as u64,
        kind: FileKind::Tsx,
        role: FileRole::Production,
        tracking: Tracking::Tracked,
    };
    extract(&entry, text)
}

fn short(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Str(text) => format!("{text:?}"),
        ExprKind::Num(text) | ExprKind::Name(text) => text.to_string(),
        ExprKind::Bool(value) => value.to_string(),
        ExprKind::List(items) => format!("[{}]", items.iter().map(short).collect::<Vec<_>>().join(", ")),
        ExprKind::Member(object, key) => format!("{}.{key}", short(object)),
        ExprKind::Choice(arms) => arms.iter().map(|arm| short(&arm.value)).collect::<Vec<_>>().join(" | "),
        ExprKind::Env { name, .. } => format!("${name}"),
        ExprKind::Op(op, args) => format!("{op:?}({})", args.iter().map(short).collect::<Vec<_>>().join(", ")),
        ExprKind::Object(_) => "{..}".to_owned(),
        ExprKind::Call { callee, .. } => format!("{}()", short(callee)),
        ExprKind::Hole(_) => "?".to_owned(),
        other => format!("{other:?}"),
    }
}

fn summary(text: &str) -> String {
    let facts = facts(text);
    let mut out = String::new();
    let option = |expr: &Option<Expr>| expr.as_ref().map_or_else(|| "-".to_owned(), short);
    for mount in &facts.mounts {
        let prefix = option(&mount.prefix);
        writeln!(out, "mount {:?} {} > {} at {prefix}", mount.style, short(&mount.parent), short(&mount.child))
            .expect("text");
    }
    for route in &facts.routes {
        let steps: Vec<String> = route
            .handler
            .iter()
            .flat_map(|handler| &handler.steps)
            .map(|step| match &step.kind {
                StepKind::ChecksOrigin(list) => format!("ChecksOrigin({})", option(&list.expr().cloned())),
                StepKind::Accept(_) => "Accept".to_owned(),
                StepKind::Close(_) => "Close".to_owned(),
                StepKind::Calls(callee) => format!("Calls({})", short(callee)),
                other => format!("{other:?}"),
            })
            .collect();
        let (router, path) = (short(&route.router), option(&route.path));
        writeln!(out, "route {:?} {router} {:?} {path} [{}]", route.protocol, route.methods, steps.join(" "))
            .expect("text");
    }
    for policy in &facts.policies {
        let (target, origins) = (short(&policy.target), option(&policy.origins));
        writeln!(out, "policy {:?} {target} {origins} {}", policy.library, option(&policy.credentials)).expect("text");
    }
    for listener in &facts.listeners {
        let (app, port) = (option(&listener.app), option(&listener.port));
        writeln!(out, "listen {app} {port} {} {}", option(&listener.host), option(&listener.tls)).expect("text");
    }
    out
}

#[test]
fn express_with_routers_cors_and_listen() {
    let text = r"
        import express from 'express';
        import cors from 'cors';
        import users from './routes/users.js';
        const app = express();
        app.use(cors({ origin: ['https://app.example.com'], credentials: true }));
        app.use(express.json());
        app.use('/api/users', users);
        app.use('/static', express.static('public'));
        app.get('/health', (req, res) => res.send('ok'));
        app.listen(process.env.PORT || 3000, '0.0.0.0', () => console.log('up'));
    ";
    assert_eq!(
        summary(text),
        "mount Include app > users at \"/api/users\"\n\
         mount Static app > ? at \"/static\"\n\
         route Http app [\"GET\"] \"/health\" []\n\
         policy NodeCors app [\"https://app.example.com\"] true\n\
         listen app $PORT | 3000 \"0.0.0.0\" -\n"
    );
}

#[test]
fn a_socket_server_behind_an_upgrade_handler() {
    let text = r"
        const http = require('http');
        const ALLOWED = ['https://app.example.com'];
        const { WebSocketServer } = require('ws');
        const server = http.createServer((req, res) => res.end());
        const wss = new WebSocketServer({ noServer: true });
        server.on('upgrade', (req, socket, head) => {
          const { pathname } = new URL(req.url, 'http://x');
          if (pathname !== '/live' || !ALLOWED.includes(req.headers.origin)) { socket.destroy(); return; }
          wss.handleUpgrade(req, socket, head, (ws) => wss.emit('connection', ws, req));
        });
        wss.on('connection', (ws, req) => { const c = req.headers.cookie; setInterval(() => ws.ping(), 1000); });
        server.listen(8080);
    ";
    assert_eq!(
        summary(text),
        "mount Serves server > wss at -\n\
         route Http server [] - []\n\
         route WebSocket wss [] \"/live\" [ChecksOrigin(ALLOWED) ReadsOrigin Accept ReadsCookie Pings]\n\
         listen server 8080 - -\n"
    );
}

#[test]
fn socket_io_on_an_https_server() {
    let text = r"
        import { createServer } from 'node:https';
        import { Server } from 'socket.io';
        import { app } from './app';
        const server = createServer({ key, cert }, app);
        const io = new Server(server, { path: '/live/', cors: { origin: '*' } });
        io.use((socket, next) => verifyToken(socket.handshake.auth.token, next));
        server.listen(443);
    ";
    assert_eq!(
        summary(text),
        "mount Serves server > app at -\n\
         mount Serves server > io at -\n\
         route SocketIo io [] \"/live/\" [Authenticates ReadsToken Accept]\n\
         policy SocketIoCors io \"*\" -\n\
         listen server 443 - true\n"
    );
}

#[test]
fn routers_of_other_files() {
    let text = r"
        const express = require('express');
        const { createApi } = require('./api');
        const app = express();
        app.use('/a', require('./routes/a'));
        app.use('/b', createApi(db));
        app.use('/c', require('./routes').c);
        app.use(require('helmet')());
        module.exports = app;
    ";
    assert_eq!(
        summary(text),
        "mount Include app > require() at \"/a\"\n\
         mount Include app > createApi() at \"/b\"\n\
         mount Include app > require().c at \"/c\"\n"
    );
}

fn escapes(source: &str) -> Vec<String> {
    let facts = facts(source);
    let handovers = facts.handovers.unwrap_or_default();
    let shown = |escape: &crate::facts::Escape| match &escape.to {
        crate::facts::EscapeTo::Argument { slot, .. } => format!("{slot:?}"),
        other => format!("{other:?}"),
    };
    handovers.escapes.iter().map(shown).collect()
}

#[test]
fn what_is_handed_on_escapes() {
    let app = "const express = require('express');\nconst app = express();\n";
    for (code, expected) in [
        ("app.use(express.json()); app.listen(3000); module.exports = app;", Vec::<&str>::new()),
        ("require('./routes')(app);", vec!["Position(0)"]),
        ("loaders.init({ app });", vec!["Property(0, \"app\")"]),
        ("apollo.applyMiddleware({ app, path: '/g' });", vec!["Property(0, \"app\")"]),
        ("app.register(routes);", vec!["Method(\"register\")"]),
        ("global.app = app;", vec!["Elsewhere"]),
        ("require('http').createServer(app).listen(1);", vec![]),
        ("for (const row of unknown) app[row.method](row.path, row.handler);", vec!["Elsewhere"]),
        (
            "const rows = [{ method: 'get', path: '/a' }];\nrows.forEach((r) => app[r.method](r.path, r.handler));",
            vec![],
        ),
    ] {
        assert_eq!(escapes(&format!("{app}{code}")), expected, "{code}");
    }
}
