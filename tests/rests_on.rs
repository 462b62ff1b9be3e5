//! A finding names every file without which it would not be there: whatever happens to any other file, it stays.
#![allow(missing_docs, clippy::disallowed_methods, clippy::unwrap_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};

use wirelint::base::MemoryTree;
use wirelint::config::Config;
use wirelint::{Report, Settings, check};

type Files = BTreeMap<&'static str, String>;

fn files(list: &[(&'static str, &str)]) -> Files {
    list.iter().map(|(path, text)| (*path, (*text).to_owned())).collect()
}

/// Rule, path and start of each finding, with the files that it names.
fn found(files: &Files) -> BTreeMap<(String, String, u32), BTreeSet<String>> {
    let tree = MemoryTree::from_files(files.iter().map(|(path, text)| ((*path).to_owned(), text.clone())));
    let Report { wiring, findings } = check(&tree, &Settings::new(Config::of_tree(&tree).unwrap()));
    let path = |file| wiring.repository.get(file).map(|facts| facts.path.to_string()).unwrap_or_default();
    let named = |finding: &wirelint::rules::Finding| {
        let links = finding.chains.iter().flat_map(|chain| &chain.links).map(|(place, _)| place.file);
        links.chain([finding.place.file]).chain(finding.rests_on.iter().copied()).map(path).collect()
    };
    let id = |finding: &wirelint::rules::Finding| {
        (finding.rule.0.to_owned(), path(finding.place.file), finding.place.span.start)
    };
    findings.iter().map(|finding| (id(finding), named(finding))).collect()
}

/// Breaks each file in turn: a finding of `rule` that went away named it.
fn holds(rule: &str, files: &Files) {
    let before = found(files);
    assert!(before.keys().any(|(of, ..)| of == rule), "no {rule}: {before:?}");
    for (path, text) in files {
        let half = text.len() / 2;
        let foreign = format!("{}\n\u{1}}}{{ ]>: '\n{}", &text[..half], &text[half..]);
        for broken in [String::new(), text[..half].to_owned(), format!("\0{text}"), foreign] {
            let mut files = files.clone();
            files.insert(path, broken.clone());
            let after = found(&files);
            let places: BTreeSet<_> = after.keys().map(|(_, path, start)| (path, start)).collect();
            for ((of, at, start), named) in &before {
                let stays = places.contains(&(at, start)) || named.contains(*path);
                assert!(stays, "{of} at {at}:{start} went with {path} as {broken:?}; it names {named:?}");
            }
        }
    }
}

const NGINX_SERVER: &str = "server {\n    listen 80;\n    location / {\n        proxy_pass http://app:8000;\n    }\n    location /live {\n        proxy_set_header X-Channel live;\n        proxy_pass http://app:8000;\n    }\n}\n";
const EXPRESS: &str = "const express = require('express');\nconst app = express();\napp.get('/live', (q, s) => s.end());\napp.listen(8000);\n";
const SOCKETS: &str = "const { createServer } = require('node:http');\nconst { WebSocketServer } = require('ws');\nconst server = createServer();\nconst sockets = new WebSocketServer({ server, path: '/live' });\nsockets.on('connection', (s) => s.send('1'));\nserver.listen(8000);\n";

#[test]
fn an_nginx_file_that_includes_the_server() {
    let main = "events {}\nhttp {\n    include proxy.conf;\n    include sites/*.conf;\n}\n";
    let proxy = "proxy_set_header Host $http_host;\nproxy_http_version 1.1;\nproxy_set_header Upgrade $http_upgrade;\nproxy_set_header Connection upgrade;\n";
    let compose = "services:\n  edge:\n    image: nginx:1.26\n    ports: ['80:80']\n    volumes:\n      - ./nginx/nginx.conf:/etc/nginx/nginx.conf:ro\n      - ./nginx/proxy.conf:/etc/nginx/proxy.conf:ro\n      - ./nginx/sites:/etc/nginx/sites:ro\n  app:\n    build: ./app\n";
    holds(
        "dropped-proxy-headers",
        &files(&[
            ("nginx/nginx.conf", main),
            ("nginx/proxy.conf", proxy),
            ("nginx/sites/app.conf", NGINX_SERVER),
            ("compose.yml", compose),
            ("app/package.json", "{\"dependencies\": {\"ws\": \"8\"}, \"scripts\": {\"start\": \"node index.js\"}}"),
            ("app/index.js", SOCKETS),
            ("app/public/live.html", "<script>new WebSocket('ws://' + location.host + '/live');</script>\n"),
        ]),
    );
}

#[test]
fn an_nginx_file_that_hands_requests_to_the_upstream_of_another() {
    let site = "server {\n    listen 80;\n    location / { proxy_pass http://desk; }\n}\n";
    let compose = "services:\n  edge:\n    image: nginx:1.26\n    ports: ['80:80']\n    volumes:\n      - ./nginx/up.conf:/etc/nginx/conf.d/00-up.conf\n      - ./nginx/site.conf:/etc/nginx/conf.d/10-site.conf\n  app:\n    build: ./app\n";
    holds(
        "unreachable-upstream",
        &files(&[
            ("nginx/up.conf", "upstream desk {\n    server app:8001;\n}\n"),
            ("nginx/site.conf", site),
            ("compose.yml", compose),
            (
                "app/package.json",
                "{\"dependencies\": {\"express\": \"4\"}, \"scripts\": {\"start\": \"node index.js\"}}",
            ),
            ("app/index.js", EXPRESS),
            ("app/Dockerfile", "FROM node:22\nCOPY . .\nCMD [\"node\", \"index.js\"]\n"),
            ("app/live.js", "new WebSocket(`ws://${location.host}/live`);\n"),
        ]),
    );
}

#[test]
fn a_package_that_exports_the_routers_and_the_routers_that_it_exports() {
    let main = "import uvicorn\nfrom fastapi import FastAPI\n\nfrom routers import runs_router\n\napp = FastAPI()\napp.include_router(runs_router)\n\nif __name__ == '__main__':\n    uvicorn.run(app, port=8010)\n";
    let router = |path: &str| {
        format!(
            "from fastapi import APIRouter\n\nrouter = APIRouter()\n\n\n@router.get('{path}')\ndef read():\n    return []\n"
        )
    };
    let calls = "fetch('http://localhost:8010/runs');\nfetch('http://localhost:8010/stats');\n";
    let mut tree = files(&[
        ("api/main.py", main),
        ("api/requirements.txt", "fastapi\nuvicorn\n"),
        (
            "api/routers/__init__.py",
            "from .runs import router as runs_router\nfrom .stats import router as stats_router\n",
        ),
        ("web/package.json", "{\"scripts\": {\"dev\": \"vite\"}, \"devDependencies\": {\"vite\": \"^7\"}}"),
        ("web/index.html", "<script type=\"module\" src=\"/src/main.js\"></script>\n"),
        ("web/src/main.js", calls),
    ]);
    tree.insert("api/routers/runs.py", router("/runs"));
    tree.insert("api/routers/stats.py", router("/stats"));
    holds("path-mismatch", &tree);
    let mounted = main.replace("import runs_router", "import runs_router, stats_router");
    tree.insert("api/main.py", format!("{mounted}\napp.include_router(stats_router)\n"));
    tree.insert("web/src/main.js", calls.replace("/stats", "/statistics"));
    holds("path-mismatch", &tree);
}

#[test]
fn the_settings_and_urls_of_a_django_project() {
    let settings = "DEBUG = True\nALLOWED_HOSTS = ['localhost']\nROOT_URLCONF = 'chat.urls'\nINSTALLED_APPS = ['channels', 'core']\nASGI_APPLICATION = 'chat.asgi.application'\n";
    let asgi = "import os\n\nfrom channels.routing import ProtocolTypeRouter, URLRouter\nfrom django.core.asgi import get_asgi_application\n\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'chat.settings')\n\nfrom chat.routing import websocket_urlpatterns  # noqa: E402\n\napplication = ProtocolTypeRouter({'http': get_asgi_application(), 'websocket': URLRouter(websocket_urlpatterns)})\n";
    holds(
        "path-mismatch",
        &files(&[
            ("chat/settings.py", settings),
            ("chat/urls.py", "urlpatterns = []\n"),
            ("chat/asgi.py", asgi),
            ("chat/__init__.py", ""),
            (
                "chat/routing.py",
                "from django.urls import path\n\nfrom core.consumers import Chat\n\nwebsocket_urlpatterns = [path('ws/chat/', Chat.as_asgi())]\n",
            ),
            ("core/__init__.py", ""),
            (
                "core/consumers.py",
                "from channels.generic.websocket import WebsocketConsumer\n\n\nclass Chat(WebsocketConsumer):\n    def connect(self):\n        self.accept()\n",
            ),
            ("static/js/app.js", "const socket = new WebSocket(`ws://${location.host}/ws/chat`);\n"),
        ]),
    );
}

#[test]
fn the_configuration_of_gunicorn() {
    let nginx = "server {\n    listen 80;\n    location /stream {\n        proxy_pass http://web:5000;\n        proxy_set_header Host $host;\n    }\n    location / {\n        proxy_pass http://web:5000;\n        proxy_set_header Host $host;\n    }\n}\n";
    let app = "import time\n\nfrom flask import Flask, Response, render_template\n\napp = Flask(__name__)\n\n\n@app.route('/stream')\ndef stream():\n    def generate():\n        while True:\n            yield 'data: 1\\n\\n'\n            time.sleep(1)\n\n    return Response(generate(), mimetype='text/event-stream')\n";
    let compose = "services:\n  nginx:\n    image: nginx:1.25\n    ports: ['80:80']\n    volumes: ['./nginx/app.conf:/etc/nginx/conf.d/default.conf:ro']\n  web:\n    build: ./web\n    command: gunicorn -c gunicorn.conf.py app:app\n";
    holds(
        "buffered-event-stream",
        &files(&[
            ("nginx/app.conf", nginx),
            ("web/app.py", app),
            ("web/gunicorn.conf.py", "bind = '0.0.0.0:5000'\nworker_class = 'gthread'\nthreads = 50\n"),
            ("web/templates/index.html", "<script>\n  new EventSource('/stream');\n</script>\n"),
            ("web/Dockerfile", "FROM python:3\nCOPY . .\n"),
            ("compose.yml", compose),
        ]),
    );
}

#[test]
fn a_module_that_guards_what_the_application_serves() {
    let auth = "from aiohttp import web\n\n\n@web.middleware\nasync def session(request, handler):\n    request['user'] = request.cookies.get('session')\n    return await handler(request)\n";
    let app = "from aiohttp import web\n\nfrom panel.auth import session\nfrom panel.ws import control\n\n\ndef create_app():\n    app = web.Application(middlewares=[session])\n    app.add_routes([web.get('/ws', control)])\n    return app\n\n\nif __name__ == '__main__':\n    web.run_app(create_app(), host='127.0.0.1', port=8088)\n";
    let ws = "from aiohttp import web\n\n\nasync def control(request):\n    ws = web.WebSocketResponse()\n    await ws.prepare(request)\n    await ws.send_json({'user': request['user']})\n    async for msg in ws:\n        await ws.send_str(msg.data)\n    return ws\n";
    holds(
        "missing-origin-check",
        &files(&[
            ("static/control.js", "const socket = new WebSocket('wss://' + window.location.host + '/ws');\n"),
            ("panel/__init__.py", ""),
            ("panel/auth.py", auth),
            ("panel/app.py", app),
            ("panel/ws.py", ws),
        ]),
    );
}

#[test]
fn the_main_module_that_hands_settings_on() {
    let config = "from pydantic_settings import BaseSettings\n\n\nclass Settings(BaseSettings):\n    CORS_ORIGINS: str = '*'\n    CORS_ALLOW_CREDENTIALS: bool = True\n\n    @property\n    def origins(self) -> list[str]:\n        return [o.strip() for o in self.CORS_ORIGINS.split(',') if o.strip()]\n\n\nsettings = Settings()\n";
    let setup = "from fastapi import FastAPI\nfrom starlette.middleware.cors import CORSMiddleware\nfrom starlette.middleware.sessions import SessionMiddleware\n\n\ndef create_application(router, settings):\n    app = FastAPI()\n    app.add_middleware(SessionMiddleware, secret_key='change-me')\n    app.add_middleware(\n        CORSMiddleware,\n        allow_origins=settings.origins,\n        allow_credentials=settings.CORS_ALLOW_CREDENTIALS,\n        allow_methods=['*'],\n        allow_headers=['*'],\n    )\n    app.include_router(router)\n    return app\n";
    let main = "from fastapi import APIRouter, Request\n\nfrom .config import settings\nfrom .setup import create_application\n\nrouter = APIRouter()\n\n\n@router.get('/me')\nasync def me(request: Request):\n    return {'user': request.session.get('user')}\n\n\napp = create_application(router, settings)\n";
    holds(
        "wildcard-origin-with-credentials",
        &files(&[
            ("src/app/config.py", config),
            ("src/app/setup.py", setup),
            ("src/app/main.py", main),
            ("web/package.json", "{\"scripts\": {\"dev\": \"next dev -p 3000\"}}"),
            (
                "web/src/api.ts",
                "export const me = () => fetch('http://localhost:8000/me', { credentials: 'include' });\n",
            ),
        ]),
    );
}
