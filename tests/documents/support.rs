//! docs/support.md: what is read and how far, from one table here and the tables of the program.
//!
//! Every adapter has its row, so that a new one is named in the page before the tests pass.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use wirelint::facts::known::{BACK_ENDS, Family, PUBLIC_PREFIXES};

use super::{file, text};

const PAGE: &str = "docs/support.md";

/// How far something is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    /// What decides over a connection is followed; what cannot be known is unknown with a reason.
    Whole,
    /// Some of it is followed, and the row says what.
    Partly,
    /// It is known to be there, with its ports; its code is not read.
    Recognised,
}

impl Level {
    const fn name(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Partly => "partly",
            Self::Recognised => "recognised",
        }
    }
}

use Level::{Partly, Recognised, Whole};

/// Heading of a table, and rows: what it is, how far, what of it, and the adapters that read it (`src/facts/adapters/`).
type Section = (&'static str, &'static [(&'static str, Level, &'static str, &'static [&'static str])]);

const SECTIONS: &[Section] = &[
    (
        "Front end",
        &[
            (
                "WebSocket, EventSource, fetch, XMLHttpRequest, beacons",
                Whole,
                "addresses through variables, functions, modules and fallbacks",
                &[
                    "websocket",
                    "event_source",
                    "fetch",
                    "xhr",
                    "ecma_calls",
                    "ecma_headers",
                    "socket_errors",
                    "close_codes",
                    "stores",
                ],
            ),
            (
                "axios, ky, ofetch and clients of their shape",
                Whole,
                "instances with a base, defaults, interceptors that set headers",
                &["axios"],
            ),
            ("socket.io client", Whole, "address, path, namespace, transports", &["socket_io_client"]),
            (
                "GraphQL links, tRPC, STOMP, SockJS, MQTT, Centrifugo, RxJS, Hocuspocus, Colyseus, PocketBase",
                Partly,
                "the address and the sub-protocol, not what is sent",
                &["library_client"],
            ),
            ("RTK Query, jQuery, htmx", Partly, "addresses and methods", &["rtk_query", "jquery", "htmx"]),
            (
                "HTML pages with their scripts, frames and policies",
                Whole,
                "inline scripts, `<meta>` policies, sub-resources",
                &["html"],
            ),
            (
                "TypeScript, JavaScript, JSX, Vue, Svelte",
                Whole,
                "imports through `tsconfig` paths and workspaces",
                &["ecma", "ecma_demands", "ecma_runs"],
            ),
            (
                "Angular",
                Partly,
                "environments, build configurations, `proxy.conf.json`; of templates nothing",
                &["data", "http_proxy"],
            ),
            (
                "Vite, Vue CLI, Create React App, webpack",
                Whole,
                "development server, proxy, public variables",
                &["vite", "http_proxy"],
            ),
            ("Next.js", Whole, "rewrites, route handlers, public variables, headers", &["next_config", "next_routes"]),
            ("Nuxt", Partly, "runtime configuration and its variables; server routes are not read", &["nuxt"]),
            (
                "Remix, SvelteKit, Astro, SolidStart, TanStack Start",
                Recognised,
                "their pages are read; that they answer paths themselves is known",
                &["package_json"],
            ),
            (
                "Public variables of bundlers",
                Whole,
                "which reach the page, which stay outside, which hold secrets",
                &["public_secrets", "dotenv"],
            ),
        ],
    ),
    (
        "Back end",
        &[
            (
                "FastAPI, Starlette",
                Whole,
                "routes, sockets, mounts, CORS, hosts, middlewares, order",
                &["fastapi", "starlette_address", "starlette_cors", "starlette_layers"],
            ),
            (
                "Django, Channels, Django REST framework, Ninja",
                Whole,
                "URL lists, consumers, settings, CSRF, hosts",
                &["django"],
            ),
            (
                "Flask, Quart, Flask-Sock, Flask-SocketIO",
                Whole,
                "blueprints, CORS, cookies",
                &["flask", "python_cors_headers"],
            ),
            ("aiohttp, Tornado, Sanic", Whole, "routes, sockets, origin checks", &["aiohttp", "tornado", "sanic"]),
            (
                "python-socketio, `websockets`",
                Whole,
                "paths, namespaces, origins, pings",
                &["python_socketio", "socket_namespaces", "python_websockets"],
            ),
            ("pydantic settings", Whole, "fields from the environment, decoded by type", &["pydantic"]),
            (
                "uvicorn, gunicorn, hypercorn, daphne, waitress, gevent",
                Whole,
                "ports and hosts, from code, commands and configuration",
                &["uvicorn", "gunicorn", "wsgi_servers", "server_commands", "python_calls"],
            ),
            (
                "Express, express-ws, Fastify, NestJS, Koa, Hono, Node's `http`, `ws`, socket.io",
                Whole,
                "routes, sockets, gates, CORS, cookies",
                &["node_server"],
            ),
            (
                "Strawberry, Ariadne, Apollo Server, graphql-ws",
                Partly,
                "path and sub-protocol; no schema",
                &["fastapi", "node_server"],
            ),
            (
                "Sessions, cookies, tokens, keys",
                Partly,
                "which key signs and verifies, when a credential is looked at",
                &["python_cookies", "python_secrets", "python_tokens", "ecma_secrets", "ecma_tokens"],
            ),
            ("Content-Security-Policy", Whole, "of servers, proxies and pages", &["ecma_csp", "python_csp"]),
            (
                "Heartbeats and event streams",
                Partly,
                "timers and settings that write to a socket, headers against buffering",
                &["ecma_timers", "python_timers", "ecma_event_stream", "python_event_stream"],
            ),
            (
                "Python modules in general",
                Whole,
                "imports, classes, callers, `argparse`",
                &["python", "python_handover"],
            ),
        ],
    ),
    (
        "Proxies and edges",
        &[
            ("nginx", Whole, "see [nginx.md](nginx.md)", &["nginx"]),
            ("Caddy", Whole, "Caddyfile; of its JSON that it is there", &["caddy"]),
            ("Apache httpd", Whole, "virtual hosts, `ProxyPass`, rewriting, headers", &["apache"]),
            ("HAProxy", Whole, "front ends, rules, back ends, timeouts", &["haproxy"]),
            ("Envoy", Whole, "static bootstrap; what xDS sends is unknown", &["envoy"]),
            ("Traefik", Whole, "labels, files, static configuration", &["traefik"]),
            ("Ingress (as ingress-nginx), Gateway API", Whole, "see [kubernetes.md](kubernetes.md)", &["kubernetes"]),
            (
                "Files of Vercel, Netlify, Cloudflare Pages, Firebase, App Engine, Render and Fly",
                Partly,
                "redirects, rewrites, headers, variables",
                &["data", "hosting_lines"],
            ),
            (
                "Objects of Istio, Contour, APISIX, Kong, Ambassador, Traefik and OpenShift in a cluster",
                Recognised,
                "their hosts alone",
                &["kubernetes"],
            ),
        ],
    ),
    (
        "Deployment",
        &[
            ("Compose", Whole, "services, networks, ports, environments, mounts, several files", &["compose"]),
            ("Dockerfiles", Whole, "stages, copies, commands, ports, arguments", &["dockerfile"]),
            (
                "Kubernetes manifests, kustomizations, Helm charts",
                Partly,
                "see [kubernetes.md](kubernetes.md)",
                &["kubernetes"],
            ),
            (
                "Env files",
                Whole,
                "modes, order, expansion, examples; git-ignored ones with `--local`",
                &["env", "gitignore", "written_names"],
            ),
            ("systemd, PM2, supervisord", Partly, "what is started, where, with which variables", &["processes"]),
            (
                "Shell scripts, Procfiles, make, just, CI workflows",
                Partly,
                "commands that start servers or set variables",
                &["script", "recipes", "data"],
            ),
            (
                "package.json, requirements.txt, pyproject.toml, Pipfile",
                Partly,
                "dependencies and scripts",
                &["package_json", "requirements", "data"],
            ),
            (
                "Certificates and keys",
                Partly,
                "names that `openssl req` is told, private keys that are there",
                &["private_key", "script"],
            ),
        ],
    ),
];

/// What is not read at all, and is best said.
const NOT_READ: &str = "\
- Anything that runs: nothing is started, connected to, resolved or rendered. Whether a server is up, a certificate has expired or a token is
  valid is in no repository.
- The source of back ends in other languages than TypeScript, JavaScript and Python. Those below are recognised by their manifest: that one is
  there, and the port it listens on unless something says another one. Their routes and allow-lists are unknown, and nothing is reported about them.
- Terraform, Pulumi, CloudFormation and CDK, Ansible beyond its templates, load balancers and whatever else a console of a cloud keeps.
- Mobile and desktop front ends (Swift, Kotlin, Dart, C#), gRPC, WebRTC and WebTransport.
- Files that git ignores, except env files with `--local`; symbolic links; files above the bounds that `--verbose` names.
";

const fn family_name(family: Family) -> &'static str {
    match family {
        Family::Jvm => "Java, Kotlin, Scala",
        Family::Go => "Go",
        Family::Rust => "Rust",
        Family::Php => "PHP",
        Family::Ruby => "Ruby",
        Family::Elixir => "Elixir",
        Family::DotNet => ".NET",
        Family::Deno => "Deno",
    }
}

/// The rows of the program's table of back ends, one for each kind of manifest.
fn recognised() -> String {
    let mut table = String::from("| language | recognised by its manifest, with the port |\n| --- | --- |\n");
    let mut families: Vec<Family> = BACK_ENDS.iter().map(|row| row.family).collect();
    families.dedup();
    for family in families {
        let rows = BACK_ENDS.iter().filter(|row| row.family == family);
        let shown =
            rows.map(|row| row.port.map_or_else(|| row.name.to_owned(), |port| format!("{} ({port})", row.name)));
        writeln!(table, "| {} | {} |", family_name(family), shown.collect::<Vec<_>>().join(", ")).expect("a line");
    }
    table
}

fn page() -> String {
    let mut page = String::from(
        "# What is read, and what is not\n\n\
         `cargo test --test documents -- --ignored` writes this page.\n\n\
         - **whole**: what decides over a connection is followed; what cannot be known is unknown, with a reason that `wirelint trace` shows.\n\
         - **partly**: what the row says is followed, and the rest is unknown.\n\
         - **recognised**: it is known to be there, and what passes it is unknown.\n\n\
         Unknown is never broken: no finding comes from what is not read.\n",
    );
    for (heading, rows) in SECTIONS {
        write!(page, "\n## {heading}\n\n| what | how far | what of it |\n| --- | --- | --- |\n").expect("a line");
        for (what, level, of_it, _) in *rows {
            writeln!(page, "| {what} | {} | {of_it} |", level.name()).expect("a line");
        }
    }
    let prefixes: Vec<String> = PUBLIC_PREFIXES.iter().map(|(prefix, _)| format!("`{prefix}`")).collect();
    write!(page, "\nVariables that bundlers hand out begin with {}.\n", prefixes.join(", ")).expect("a line");
    write!(page, "\n## Not read\n\n{NOT_READ}\n{}", recognised()).expect("a line");
    page
}

/// The names of the adapters, one for each file or folder.
fn adapters() -> BTreeSet<String> {
    let entries = std::fs::read_dir(file("src/facts/adapters")).expect("the adapters");
    let names = entries.map(|entry| entry.expect("an adapter").file_name().to_string_lossy().into_owned());
    names.map(|name| name.trim_end_matches(".rs").to_owned()).filter(|name| name != "mod").collect()
}

#[test]
fn every_adapter_has_a_row_and_every_row_an_adapter() {
    let named = SECTIONS.iter().flat_map(|(_, rows)| *rows).flat_map(|(_, _, _, names)| *names);
    let named: BTreeSet<String> = named.map(|name| (*name).to_owned()).collect();
    // Shown from the program's own table.
    let shown = BTreeSet::from(["back_end".to_owned()]);
    let rows: BTreeSet<String> = named.union(&shown).cloned().collect();
    assert_eq!(adapters(), rows, "the sections above name the adapters");
}

#[test]
fn the_page_says_what_the_tables_say() {
    assert_eq!(text(PAGE), page(), "`cargo test --test documents -- --ignored` writes it");
}

#[test]
#[ignore = "writes docs/support.md"]
fn write_the_page() {
    std::fs::write(file(PAGE), page()).expect(PAGE);
}
