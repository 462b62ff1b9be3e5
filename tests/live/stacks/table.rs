//! The stacks.

use super::browser::{Asked, Credentials};
use super::parts::{
    FORWARD, Files, HOST, LISTEN, Ports, Program, SITE, UPGRADE, VERSION, demanding, fastapi, fetch, flask, full,
    location, node, node_socket, python_route, python_socket, site, socket, tolerant,
};

const OWN: &str = "http://app.test:@WEB@";
const OTHER: &str = "http://other.test:@WEB@";
const JSON: &[(&str, &str)] = &[("Content-Type", "application/json")];
const AUTHORIZED: &[(&str, &str)] = &[("Authorization", "Bearer x")];

/// A stack with one connection.
pub struct Stack {
    pub name: String,
    pub program: Program,
    pub path: &'static str,
    pub asked: Asked,
    locations: String,
    api: String,
    client: String,
    across: bool,
}

impl Stack {
    /// Whether the page and what it asks have different origins.
    pub fn is_cross_origin(&self) -> bool {
        self.across
    }

    /// The repository, with these ports.
    pub fn files(&self, ports: Ports) -> Files {
        let (manifest, packages) = self.program.manifest();
        let page = "<!doctype html>\n<title>Stack</title>\n<script src=\"/app.js\"></script>\n".to_owned();
        let files = [
            (SITE.to_owned(), site(&self.locations, self.across)),
            ("web/index.html".to_owned(), page),
            ("web/app.js".to_owned(), self.client.clone()),
            (manifest.to_owned(), packages.to_owned()),
            (format!("api/{}", self.program.file()), self.api.clone()),
            ("api/static/index.html".to_owned(), "<!doctype html>\n<title>Files</title>\n".to_owned()),
        ];
        let filled =
            |text: String| text.replace("@WEB@", &ports.web.to_string()).replace("@API@", &ports.api.to_string());
        files.into_iter().map(|(path, text)| (path, filled(text))).collect()
    }
}

fn asks(method: Option<&'static str>) -> Asked {
    Asked { method, headers: &[], credentials: Credentials::Omitted, protocols: &[] }
}

fn of_socket(name: &str, locations: String, program: Program, api: String) -> Stack {
    Stack {
        name: name.to_owned(),
        program,
        path: "/ws/chat",
        asked: asks(None),
        locations,
        api,
        client: socket("/ws/chat", &[]),
        across: false,
    }
}

/// All stacks.
pub fn stacks() -> Vec<Stack> {
    let mut all = proxies();
    all.extend(python_sockets());
    all.extend(node_sockets());
    all.extend(requests());
    all.extend(across_origins());
    all
}

/// One socket behind many locations.
fn proxies() -> Vec<Stack> {
    let secure = FORWARD.replace("http:", "https:");
    let stripped = FORWARD.replace("@API@;", "@API@/;");
    let dead = FORWARD.replace("@API@", "9");
    let rows: Vec<(&str, String)> = vec![
        ("proxy: everything", full("/ws/")),
        ("proxy: exact location", full("= /ws/chat")),
        ("proxy: expression", full("~ ^/ws/")),
        ("proxy: no headers", location("/ws/", &[FORWARD, VERSION, HOST])),
        ("proxy: Upgrade alone", location("/ws/", &[FORWARD, VERSION, "proxy_set_header Upgrade $http_upgrade;"])),
        (
            "proxy: empty Connection",
            location(
                "/ws/",
                &[FORWARD, VERSION, "proxy_set_header Upgrade $http_upgrade;", "proxy_set_header Connection \"\";"],
            ),
        ),
        ("proxy: HTTP/1.0", location("/ws/", &[FORWARD, UPGRADE, HOST])),
        (
            "proxy: Origin removed, nobody looks",
            location("/ws/", &[FORWARD, VERSION, UPGRADE, HOST, "proxy_set_header Origin \"\";"]),
        ),
        ("proxy: TLS to a plain port", location("/ws/", &[&secure, VERSION, UPGRADE, HOST])),
        ("proxy: location with a slash", full("/ws/chat/")),
        ("proxy: no location", String::new()),
        ("proxy: prefix stripped", location("/ws/", &[&stripped, VERSION, UPGRADE, HOST])),
        ("proxy: nobody listens", location("/ws/", &[&dead, VERSION, UPGRADE, HOST])),
        ("proxy: answers itself", location("/ws/", &["return 404;"])),
    ];
    let api = fastapi(&python_socket("/ws/chat", "", ""));
    rows.into_iter().map(|(name, locations)| of_socket(name, locations, Program::Python, api.clone())).collect()
}

fn python_sockets() -> Vec<Stack> {
    let removed = location("/ws/", &[FORWARD, VERSION, UPGRADE, HOST, "proxy_set_header Origin \"\";"]);
    let open = python_socket("/ws/chat", "", "");
    let files = "app.mount(\"/\", StaticFiles(directory=\"static\", html=True))";
    let rows: Vec<(&str, String, String)> = vec![
        ("python: list with the page", full("/ws/"), python_socket("/ws/chat", &demanding(OWN), "")),
        ("python: list without the page", full("/ws/"), python_socket("/ws/chat", &demanding(OTHER), "")),
        ("python: Origin removed and demanded", removed.clone(), python_socket("/ws/chat", &demanding(OWN), "")),
        ("python: Origin removed and not demanded", removed, python_socket("/ws/chat", &tolerant(OWN), "")),
        ("python: files before the socket", full("/ws/"), format!("{files}\n\n\n{open}")),
        ("python: files after the socket", full("/ws/"), format!("{open}\n\n\n{files}")),
        (
            "python: parameter",
            full("/ws/"),
            python_socket("/ws/{room}", "", "").replace("(socket: WebSocket)", "(socket: WebSocket, room: str)"),
        ),
        (
            "python: parameter of another kind",
            full("/ws/"),
            python_socket("/ws/{room:int}", "", "").replace("(socket: WebSocket)", "(socket: WebSocket, room: int)"),
        ),
        ("python: route with a slash", full("/ws/"), python_socket("/ws/chat/", "", "")),
        ("python: another route", full("/ws/"), python_socket("/ws/lobby", "", "")),
        (
            "python: router with a prefix",
            full("/ws/"),
            format!(
                "router = APIRouter(prefix=\"/ws\")\n\n\n{}\n\n\napp.include_router(router)",
                python_socket("/chat", "", "").replace("@app", "@router")
            ),
        ),
    ];
    let mut all: Vec<Stack> = rows
        .into_iter()
        .map(|(name, locations, lines)| of_socket(name, locations, Program::Python, fastapi(&lines)))
        .collect();
    for (name, accept) in
        [("none", ""), ("the offered one", "subprotocol=\"v1\""), ("another one", "subprotocol=\"v2\"")]
    {
        let api = fastapi(&python_socket("/ws/chat", "", accept));
        all.push(Stack {
            asked: Asked { protocols: &["v1"], ..asks(None) },
            client: socket("/ws/chat", &["v1"]),
            ..of_socket(&format!("python: sub-protocol, {name}"), full("/ws/"), Program::Python, api)
        });
    }
    all
}

fn node_sockets() -> Vec<Stack> {
    let check =
        |origin: &str| format!("server, path: '/ws/chat', verifyClient: ({{ origin }}) => origin === '{origin}'");
    let live = node_socket("live", "server, path: '/ws/chat'");
    let chosen = "server.on('upgrade', (request, socket, head) => {\n  live.handleUpgrade(request, socket, head, (ws) => live.emit('connection', ws, request));\n});\n";
    let rows: Vec<(&str, String)> = vec![
        ("node: its path", format!("{live}{LISTEN}")),
        ("node: every path", format!("{}{LISTEN}", node_socket("live", "server"))),
        ("node: another path", format!("{}{LISTEN}", node_socket("live", "server, path: '/ws/lobby'"))),
        ("node: list with the page", format!("{}{LISTEN}", node_socket("live", &check(OWN)))),
        ("node: list without the page", format!("{}{LISTEN}", node_socket("live", &check(OTHER)))),
        ("node: two servers on one", format!("{live}{}{LISTEN}", node_socket("logs", "server, path: '/logs'"))),
        ("node: one upgrade handler", format!("{}{chosen}{LISTEN}", node_socket("live", "noServer: true"))),
        ("node: the application listens", format!("{live}app.listen(@API@, '127.0.0.1');")),
    ];
    rows.into_iter().map(|(name, lines)| of_socket(name, full("/ws/"), Program::Node, node(&lines))).collect()
}

/// Requests of the page's own origin.
fn requests() -> Vec<Stack> {
    let items = "app.get('/api/items', (req, res) => res.send('hello'));\n";
    let all = "app.use((req, res) => res.status(404).send('nothing'));\n";
    let route = |path: &str| format!("@app.route(\"{path}\")\ndef items():\n    return \"hello\"");
    let rows: Vec<(&str, Program, &'static str, String)> = vec![
        ("request: FastAPI", Program::Python, "GET", fastapi(&python_route("get", "/api/items"))),
        ("request: FastAPI, route with a slash", Program::Python, "GET", fastapi(&python_route("get", "/api/items/"))),
        ("request: FastAPI, another method", Program::Python, "POST", fastapi(&python_route("get", "/api/items"))),
        ("request: FastAPI, another route", Program::Python, "GET", fastapi(&python_route("get", "/items"))),
        ("request: Flask", Program::Python, "GET", flask(&route("/api/items"))),
        ("request: Flask, route with a slash", Program::Python, "GET", flask(&route("/api/items/"))),
        ("request: Flask, another method", Program::Python, "DELETE", flask(&route("/api/items"))),
        ("request: Express", Program::Node, "GET", node(&format!("{items}{LISTEN}"))),
        ("request: Express, another method", Program::Node, "PUT", node(&format!("{items}{LISTEN}"))),
        ("request: Express, all before", Program::Node, "GET", node(&format!("{all}{items}{LISTEN}"))),
        ("request: Express, all behind", Program::Node, "GET", node(&format!("{items}{all}{LISTEN}"))),
        (
            "request: Express, parameter",
            Program::Node,
            "GET",
            node(&format!("{}{LISTEN}", items.replace("items", ":name"))),
        ),
        (
            "request: Express, parameter of digits",
            Program::Node,
            "GET",
            node(&format!("app.get(/^\\/api\\/(\\d+)$/, (req, res) => res.send('hello'));\n{LISTEN}")),
        ),
    ];
    rows.into_iter()
        .map(|(name, program, method, api)| {
            let options = if method == "GET" { String::new() } else { format!("method: '{method}'") };
            Stack {
                name: name.to_owned(),
                program,
                path: "/api/items",
                asked: asks(Some(method)),
                locations: location("/api/", &[FORWARD, HOST]),
                api,
                client: fetch("/api/items", &options),
                across: false,
            }
        })
        .collect()
}

/// Requests to another origin.
fn across_origins() -> Vec<Stack> {
    let json = "headers: { 'Content-Type': 'application/json' }, body: '{}'";
    let bearer = "headers: { Authorization: 'Bearer x' }";
    let cookies = "credentials: 'include'";
    let starlette = |options: &str, method: &str| {
        let lines = format!(
            "app.add_middleware(CORSMiddleware, allow_origins=[\"{OWN}\"]{options})\n\n\n{}",
            python_route(method, "/items")
        );
        (Program::Python, fastapi(&lines))
    };
    let express = |before: &str, method: &str, after: &str| {
        (
            Program::Node,
            node(&format!("{before}app.{method}('/items', (req, res) => res.send('hello'));\n{after}{LISTEN}")),
        )
    };
    let cors = |options: &str| format!("app.use(cors({{ {options} }}));\n");
    let own = format!("origin: '{OWN}'");
    type Row<'a> =
        (&'a str, (Program, String), &'static str, &'a str, &'static [(&'static str, &'static str)], Credentials);
    let out = Credentials::Omitted;
    let rows: Vec<Row<'_>> = vec![
        ("across: Starlette", starlette("", "get"), "GET", "", &[], out),
        ("across: Starlette, JSON, default methods", starlette("", "post"), "POST", json, JSON, out),
        (
            "across: Starlette, JSON, POST allowed",
            starlette(", allow_methods=[\"POST\"]", "post"),
            "POST",
            json,
            JSON,
            out,
        ),
        ("across: Starlette, simple POST", starlette("", "post"), "POST", "", &[], out),
        ("across: Starlette, header", starlette("", "get"), "GET", bearer, AUTHORIZED, out),
        (
            "across: Starlette, header allowed",
            starlette(", allow_headers=[\"*\"]", "get"),
            "GET",
            bearer,
            AUTHORIZED,
            out,
        ),
        ("across: Starlette, credentials", starlette("", "get"), "GET", cookies, &[], Credentials::Included),
        (
            "across: Starlette, credentials allowed",
            starlette(", allow_credentials=True", "get"),
            "GET",
            cookies,
            &[],
            Credentials::Included,
        ),
        ("across: Express", express(&cors(&own), "get", ""), "GET", "", &[], out),
        (
            "across: Express, another origin",
            express(&cors(&format!("origin: ['{OTHER}']")), "get", ""),
            "GET",
            "",
            &[],
            out,
        ),
        ("across: Express, CORS behind the route", express("", "get", &cors(&own)), "GET", "", &[], out),
        ("across: Express, PUT", express(&cors(&own), "put", ""), "PUT", "", &[], out),
        (
            "across: Express, PUT not allowed",
            express(&cors(&format!("{own}, methods: ['GET', 'POST']")), "put", ""),
            "PUT",
            "",
            &[],
            out,
        ),
        (
            "across: Express, header not allowed",
            express(&cors(&format!("{own}, allowedHeaders: ['Content-Type']")), "get", ""),
            "GET",
            bearer,
            AUTHORIZED,
            out,
        ),
    ];
    rows.into_iter()
        .map(|(name, (program, api), method, options, headers, credentials)| {
            let method_option = if method == "GET" { String::new() } else { format!("method: '{method}'") };
            let options: Vec<&str> =
                [method_option.as_str(), options].into_iter().filter(|one| !one.is_empty()).collect();
            Stack {
                name: name.to_owned(),
                program,
                path: "/items",
                asked: Asked { headers, credentials, ..asks(Some(method)) },
                locations: String::new(),
                api,
                client: fetch("http://api.test:@WEB@/items", &options.join(", ")),
                across: true,
            }
        })
        .collect()
}
