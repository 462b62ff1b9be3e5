//! The parts that stacks are made of, as text.

/// Where nginx is configured.
pub const SITE: &str = "deploy/site.conf";

/// The files of a repository.
pub type Files = Vec<(String, String)>;

/// Where the programs of a stack listen.
#[derive(Clone, Copy, Debug)]
pub struct Ports {
    /// nginx.
    pub web: u16,
    /// The back end.
    pub api: u16,
}

/// What runs the back end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    Python,
    Node,
}

impl Program {
    /// The file that is started.
    pub fn file(self) -> &'static str {
        match self {
            Self::Python => "main.py",
            Self::Node => "server.js",
        }
    }

    /// What its packages are, and the file that says so.
    pub fn manifest(self) -> (&'static str, &'static str) {
        match self {
            Self::Python => ("api/requirements.txt", "fastapi\nflask\nuvicorn[standard]\n"),
            Self::Node => (
                "api/package.json",
                "{ \"name\": \"api\", \"scripts\": { \"start\": \"node server.js\" }, \"dependencies\": { \"cors\": \"^2.8.5\", \"express\": \"^5.1.0\", \"ws\": \"^8.18.0\" } }\n",
            ),
        }
    }
}

pub const FORWARD: &str = "proxy_pass http://127.0.0.1:@API@;";
pub const UPGRADE: &str = "proxy_set_header Upgrade $http_upgrade;\n        proxy_set_header Connection \"upgrade\";";
pub const HOST: &str = "proxy_set_header Host $http_host;";
pub const VERSION: &str = "proxy_http_version 1.1;";

/// `location HEAD { LINES }`.
pub fn location(head: &str, lines: &[&str]) -> String {
    format!("    location {head} {{\n        {}\n    }}\n", lines.join("\n        "))
}

/// A location that hands everything on as it should.
pub fn full(head: &str) -> String {
    location(head, &[FORWARD, VERSION, UPGRADE, HOST])
}

/// The site that serves the pages, and for stacks across origins the one in front of the back end.
pub fn site(locations: &str, across: bool) -> String {
    let pages = location("/", &["try_files $uri /index.html;"]);
    let other = match across {
        true => format!("\nserver {{\n    listen @WEB@;\n    server_name api.test;\n\n{}}}\n", full("/")),
        false => String::new(),
    };
    format!(
        "server {{\n    listen @WEB@;\n    server_name app.test;\n    root /srv/web;\n\n{locations}{pages}}}\n{other}"
    )
}

/// A page that opens a socket.
pub fn socket(path: &str, protocols: &[&str]) -> String {
    let offered = match protocols {
        [] => String::new(),
        all => format!(", [{}]", all.iter().map(|one| format!("'{one}'")).collect::<Vec<_>>().join(", ")),
    };
    format!(
        "const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';\nconst socket = new WebSocket(`${{scheme}}//${{location.host}}{path}`{offered});\nsocket.onmessage = (event) => console.log(event.data);\nsocket.onerror = console.error;\n"
    )
}

/// A page that asks for something.
pub fn fetch(address: &str, options: &str) -> String {
    let options = if options.is_empty() { String::new() } else { format!(", {{ {options} }}") };
    format!("fetch('{address}'{options}).then((answer) => answer.text()).then(console.log);\n")
}

/// A FastAPI application with these lines.
pub fn fastapi(lines: &str) -> String {
    format!(
        "import uvicorn\nfrom fastapi import APIRouter, FastAPI, WebSocket\nfrom fastapi.middleware.cors import CORSMiddleware\nfrom fastapi.staticfiles import StaticFiles\n\napp = FastAPI()\n\n\n{lines}\n\n\nif __name__ == \"__main__\":\n    uvicorn.run(app, host=\"127.0.0.1\", port=@API@)\n"
    )
}

/// A Flask application with these lines.
pub fn flask(lines: &str) -> String {
    format!(
        "from flask import Flask\n\napp = Flask(__name__)\n\n\n{lines}\n\n\nif __name__ == \"__main__\":\n    app.run(host=\"127.0.0.1\", port=@API@)\n"
    )
}

/// A FastAPI socket: what it does before it accepts, and how it accepts.
pub fn python_socket(route: &str, check: &str, accept: &str) -> String {
    format!(
        "@app.websocket(\"{route}\")\nasync def chat(socket: WebSocket):\n{check}    await socket.accept({accept})\n    await socket.send_text(\"hello\")\n    await socket.receive_text()"
    )
}

/// A FastAPI route.
pub fn python_route(method: &str, path: &str) -> String {
    format!("@app.{method}(\"{path}\")\ndef items():\n    return \"hello\"")
}

/// A check of the Origin that demands one of a list.
pub fn demanding(origin: &str) -> String {
    format!(
        "    if socket.headers.get(\"origin\") not in [\"{origin}\"]:\n        await socket.close(1008)\n        return\n"
    )
}

/// A check that lets handshakes without an Origin pass.
pub fn tolerant(origin: &str) -> String {
    format!(
        "    origin = socket.headers.get(\"origin\")\n    if origin and origin not in [\"{origin}\"]:\n        await socket.close(1008)\n        return\n"
    )
}

/// A Node program with Express and `ws`.
pub fn node(lines: &str) -> String {
    format!(
        "const http = require('http');\nconst express = require('express');\nconst cors = require('cors');\nconst {{ WebSocketServer }} = require('ws');\n\nconst app = express();\nconst server = http.createServer(app);\n{lines}\n"
    )
}

pub const LISTEN: &str = "server.listen(@API@, '127.0.0.1');";

/// A WebSocket server with these options, which says hello.
pub fn node_socket(name: &str, options: &str) -> String {
    format!(
        "const {name} = new WebSocketServer({{ {options} }});\n{name}.on('connection', (socket) => socket.send('hello'));\n"
    )
}
