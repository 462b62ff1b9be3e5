use crate::base::{Entry, FileKind, FileRole, RepoPath, Tracking};
use crate::facts::{Expr, ExprKind, FileFacts, Op, StepKind, deserves_parse, extract};

fn read(text: &str) -> FileFacts {
    let entry = Entry {
        path: RepoPath::new("app/main.py").unwrap(),
        size: text.len() as u64,
        kind: FileKind::Python,
        role: FileRole::Production,
        tracking: Tracking::Tracked,
    };
    assert!(deserves_parse(&entry, text.as_bytes()));
    extract(&entry, text)
}

fn show(expr: &Expr) -> String {
    let list = |items: &[Expr]| items.iter().map(show).collect::<Vec<_>>().join(", ");
    match &expr.kind {
        ExprKind::Str(text) | ExprKind::Num(text) => text.to_string(),
        ExprKind::Name(name) => name.to_string(),
        ExprKind::Param(index) => format!("#{index}"),
        ExprKind::List(items) => format!("[{}]", list(items)),
        ExprKind::Env { name, .. } => format!("${name}"),
        ExprKind::Member(object, name) => format!("{}.{name}", show(object)),
        ExprKind::Call { callee, .. } => format!("{}()", show(callee)),
        ExprKind::Op(Op::Concat, operands) => operands.iter().map(show).collect(),
        ExprKind::Op(op, operands) => format!("{op:?}({})", list(operands)),
        ExprKind::Choice(arms) => arms.iter().map(|arm| show(&arm.value)).collect::<Vec<_>>().join(" | "),
        ExprKind::Hole(_) => "?".to_owned(),
        kind => format!("{kind:?}"),
    }
}

fn optional(expr: Option<&Expr>) -> String {
    expr.map_or("-".to_owned(), show)
}

fn summary(facts: &FileFacts) -> Vec<String> {
    let mut lines = Vec::new();
    for router in &facts.routers {
        lines.push(format!(
            "router {} {} {}",
            optional(router.prefix.as_ref()),
            router.name,
            router.function.as_deref().unwrap_or("-")
        ));
    }
    for mount in &facts.mounts {
        let prefix = optional(mount.prefix.as_ref());
        lines.push(format!("mount {prefix} {} <- {} {:?}", show(&mount.parent), show(&mount.child), mount.style));
    }
    for route in &facts.routes {
        let path = optional(route.path.as_ref());
        lines.push(format!("route {path} {:?} on {}", route.protocol, show(&route.router)));
        for step in route.handler.iter().flat_map(|handler| &handler.steps) {
            lines.push(match &step.kind {
                StepKind::Accept(_) => "  accept".to_owned(),
                StepKind::Close(code) => format!("  close {}", optional(code.as_ref())),
                StepKind::ChecksOrigin(list) => format!("  checks origin {}", optional(list.expr())),
                StepKind::Calls(callee) => format!("  calls {}", show(callee)),
                kind => format!("  {kind:?}"),
            });
        }
    }
    for policy in &facts.policies {
        lines.push(format!("policy {} on {}", optional(policy.origins.as_ref()), show(&policy.target)));
    }
    for listen in &facts.listeners {
        let (app, host, port) = (listen.app.as_ref(), listen.host.as_ref(), listen.port.as_ref());
        lines.push(format!("listen {} {} {}", optional(app), optional(host), optional(port)));
    }
    lines
}

#[test]
fn factories_loops_and_wrapped_middleware() {
    let facts = read(
        r#"
import os
import uvicorn
from fastapi import APIRouter, FastAPI
from fastapi.middleware import Middleware
from fastapi.middleware.cors import CORSMiddleware
from fastapi.staticfiles import StaticFiles
from .api import chat, users
from .config import settings

PORT = int(os.getenv("PORT", "8000"))
v1 = APIRouter(prefix="/v1")

def register(app):
    for module in [chat, users]:
        app.include_router(module.router, prefix=settings.API_PREFIX)

def create_app() -> FastAPI:
    origins = ["http://localhost:3000"]
    if settings.SITE:
        origins.append(settings.SITE)
    app = FastAPI(middleware=[Middleware(CORSMiddleware, allow_origins=origins)])
    app.include_router(v1, prefix="/api")
    register(app)
    app.mount("/static", StaticFiles(directory="static"))
    return app

if __name__ == "__main__":
    uvicorn.run("app.main:create_app", factory=True, host="0.0.0.0", port=PORT)
"#,
    );
    assert_eq!(
        summary(&facts),
        [
            "router /v1 v1 -",
            "router - app create_app",
            "mount settings.API_PREFIX #0 <- chat.router Include",
            "mount settings.API_PREFIX #0 <- users.router Include",
            "mount /api app <- v1 Include",
            "mount /static app <- StaticFiles() Static",
            "policy Append([http://localhost:3000], [settings.SITE]) | [http://localhost:3000] on app",
            "listen app.main:create_app 0.0.0.0 PORT",
        ]
    );
    let is_named =
        |site: &&crate::facts::CallSite| matches!(&site.callee.kind, ExprKind::Name(name) if &**name == "register");
    assert_eq!(facts.call_sites.iter().filter(is_named).count(), 1);
}

#[test]
fn steps_of_a_handler_come_in_order() {
    let facts = read(
        r#"
from fastapi import APIRouter, Query, WebSocket
from .auth import verify_token
from .manager import manager

router = APIRouter()

async def refuse(ws: WebSocket):
    await ws.close(code=1008)

class Rooms:
    async def connect(self, socket: WebSocket):
        await socket.accept()

rooms = Rooms()

@router.websocket("/checked")
async def checked(websocket: WebSocket, token: str = Query(...)):
    if not token:
        await websocket.accept()
        await websocket.close(code=4401)
        return
    origin = websocket.headers.get("origin")
    if origin and origin not in ["https://a.example"]:
        await refuse(websocket)
        return
    user = verify_token(token)
    await rooms.connect(websocket)

@router.websocket("/handed")
async def handed(websocket: WebSocket):
    await manager.connect(websocket)
"#,
    );
    assert_eq!(
        summary(&facts),
        [
            "router - router -",
            "route /checked WebSocket on router",
            "  ReadsToken",
            "  ReadsOrigin",
            "  AllowsNoOrigin",
            "  checks origin [https://a.example]",
            "  close 1008",
            "  Authenticates",
            "  accept",
            "route /handed WebSocket on router",
            "  calls manager.connect",
        ]
    );
    // the framework calls the handlers of routes, and nobody hands them a socket
    let helpers: Vec<&str> = facts.helpers.iter().map(|helper| &*helper.name).collect();
    assert_eq!(helpers, ["refuse", "Rooms.connect"]);
}

#[test]
fn hostile_nesting_ends_in_a_hole() {
    let wide = format!("from fastapi import FastAPI\napp = FastAPI()\nx = {}\n", vec!["'a'"; 60_000].join(" + "));
    let deep = format!("app = FastAPI(\nx = {}1{}\n", "(".repeat(60_000), ")".repeat(60_000));
    let calls =
        format!("from fastapi import FastAPI\napp = FastAPI()\nx = {}1{}\n", "f(".repeat(30_000), ")".repeat(30_000));
    let twice: String = (0..60).map(|n| format!("    v{} = v{n} + v{n}\n", n + 1)).collect();
    let twice = format!("app = FastAPI()\ndef f(v0):\n{twice}    return v60\n");
    for text in [wide, deep, calls, twice] {
        read(&text);
    }
}
