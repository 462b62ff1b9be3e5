//! Front ends, what the model predicts that they open, and what they really open.

use std::collections::{BTreeMap, BTreeSet};

use wirelint::base::MemoryTree;
use wirelint::model::{Component, Mode, PageScheme, PathPiece, Piece, Wiring};

/// Modules that people could have written.
const WRITTEN: [&str; 2] = [include_str!("modules.txt"), include_str!("clients.txt")];
/// What an env file holds.
type Values = &'static [(&'static str, &'static str)];

/// What each mode has in its env file, and the page that its code runs on.
pub const MODES: [(&str, &str, Values); 2] = [
    (
        "development",
        "http://localhost:5173",
        &[
            ("VITE_API_URL", "http://localhost:8000/v1"),
            ("VITE_WS_HOST", "localhost:9000"),
            ("VITE_TLS", "false"),
            ("VITE_EMPTY", ""),
            ("VITE_REVERB_HOST", "localhost"),
        ],
    ),
    (
        "production",
        "https://app.example.com",
        &[
            ("VITE_API_URL", "https://api.example.com/v1"),
            ("VITE_WS_HOST", "ws.example.com:8443"),
            ("VITE_TLS", "true"),
            ("VITE_EMPTY", ""),
            ("VITE_REVERB_HOST", "reverb.example.com"),
        ],
    ),
];

/// A front end.
pub struct Case {
    /// What it is about.
    pub name: String,
    /// Its files.
    pub files: BTreeMap<String, String>,
    /// The script of the page itself.
    pub page: String,
}

/// The modules that Node can run.
pub fn written() -> Vec<Case> {
    WRITTEN.iter().flat_map(|text| read(text)).collect()
}

/// The cases of a text: `=== name`, then files after `--- path`, the entry point when none is named.
pub fn read(text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut path = String::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("=== ") {
            cases.push(Case { name: name.to_owned(), files: BTreeMap::new(), page: String::new() });
            path = "src/main.ts".to_owned();
        } else if let Some(other) = line.strip_prefix("--- ") {
            path = other.to_owned();
        } else if let Some(case) = cases.last_mut() {
            let text = if path == "page" { &mut case.page } else { case.files.entry(path.clone()).or_default() };
            text.push_str(line);
            text.push('\n');
        }
    }
    cases
}

/// The repository around a case: a development server, and an image whose nginx serves the build over TLS.
pub fn repository(case: &Case) -> MemoryTree {
    let env =
        |values: &[(&str, &str)]| values.iter().map(|(name, value)| format!("{name}={value}\n")).collect::<String>();
    let mut files: Vec<(String, String)> = vec![
        (
            "package.json".to_owned(),
            r#"{ "name": "web", "private": true, "scripts": { "dev": "vite", "build": "vite build" }, "devDependencies": { "vite": "^7.0.0" } }"#
                .to_owned(),
        ),
        (
            "index.html".to_owned(),
            format!(
                "<!doctype html>\n<html><body>\n<script>\n{}</script>\n<script type=\"module\" src=\"/src/main.ts\"></script>\n</body></html>\n",
                case.page
            ),
        ),
        (
            "Dockerfile".to_owned(),
            "FROM node:22 AS build\nWORKDIR /app\nCOPY . .\nRUN npm ci && npm run build\nFROM nginx:1.27\nCOPY nginx.conf /etc/nginx/conf.d/default.conf\nCOPY --from=build /app/dist /usr/share/nginx/html\n"
                .to_owned(),
        ),
        (
            "compose.yaml".to_owned(),
            "services:\n  web:\n    build: .\n    ports:\n      - \"443:443\"\n".to_owned(),
        ),
        (
            "nginx.conf".to_owned(),
            "server {\n    listen 443 ssl;\n    server_name app.example.com;\n    ssl_certificate /etc/ssl/app.crt;\n    ssl_certificate_key /etc/ssl/app.key;\n    root /usr/share/nginx/html;\n    location / { try_files $uri /index.html; }\n}\n"
                .to_owned(),
        ),
        ("tsconfig.json".to_owned(), r#"{ "compilerOptions": { "paths": { "@/*": ["./src/*"] } } }"#.to_owned()),
    ];
    files.extend(MODES.iter().map(|(mode, _, values)| (format!(".env.{mode}"), env(values))));
    files.extend(case.files.iter().map(|(path, text)| (path.clone(), text.clone())));
    MemoryTree::from_files(files)
}

/// An address that is predicted, in pieces; what is not known is `None`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Predicted {
    scheme: Option<String>,
    host: Option<String>,
    port: Option<u16>,
    path: Vec<Option<String>>,
    query: Vec<Option<String>>,
}

impl Predicted {
    fn is_exact(&self) -> bool {
        self.scheme.is_some()
            && self.host.is_some()
            && self.port.is_some()
            && self.path.iter().chain(&self.query).all(Option::is_some)
    }

    /// Whether a real address may be this one. Libraries append to the path and to the query.
    fn may_be(&self, real: &Real) -> bool {
        let secure = |scheme: &str| matches!(scheme, "https" | "wss");
        self.scheme.as_deref().is_none_or(|scheme| {
            scheme == real.scheme || secure(scheme) == secure(&real.scheme) && real.is_of_library(scheme)
        }) && self.host.as_deref().is_none_or(|host| host == real.host)
            && self.port.is_none_or(|port| port == real.port)
            && (matches(&self.path, &real.path, real.library) || real.library && is_beside(&self.path, &real.path))
            && (matches(&self.query, &real.query, real.library) || self.query.is_empty() && real.library)
    }
}

/// Whether a path is below the folder of a known one: a library that asks first opens the rest beside that.
fn is_beside(pieces: &[Option<String>], path: &str) -> bool {
    let [Some(known)] = pieces else { return false };
    known.rsplit_once('/').is_some_and(|(folder, _)| !folder.is_empty() && path.starts_with(&format!("{folder}/")))
}

/// Whether a text has these pieces in order, and ends with them unless more may follow.
fn matches(pieces: &[Option<String>], text: &str, more: bool) -> bool {
    let Some((first, rest)) = pieces.split_first() else { return text.is_empty() || more };
    match first {
        Some(known) => text.strip_prefix(known.as_str()).is_some_and(|tail| matches(rest, tail, more)),
        None => (0..=text.len()).any(|at| text.get(at..).is_some_and(|tail| matches(rest, tail, more))),
    }
}

/// An address that was opened.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Real {
    /// The whole address.
    pub text: String,
    scheme: String,
    host: String,
    port: u16,
    path: String,
    query: String,
    /// Whether a library opened it, which may add to the address.
    library: bool,
}

impl Real {
    fn new(text: &str, library: bool) -> Self {
        let (scheme, rest) = text.split_once("://").expect("a whole address");
        let (authority, rest) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let default = if matches!(scheme, "https" | "wss") { 443 } else { 80 };
        let (host, port) = authority
            .split_once(':')
            .map_or((authority, default), |(host, port)| (host, port.parse().expect("a port")));
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let owned = |text: &str| text.to_owned();
        Self {
            text: owned(text),
            scheme: owned(scheme),
            host: owned(host),
            port,
            path: owned(path),
            query: owned(query),
            library,
        }
    }

    fn is_of_library(&self, _scheme: &str) -> bool {
        self.library
    }
}

/// What the model predicts for each connection of a page.
fn predicted(wiring: &Wiring, mode: &str, origin: &str) -> Vec<Vec<Predicted>> {
    let mut by_connection: BTreeMap<u32, Vec<Predicted>> = BTreeMap::new();
    for handshake in &wiring.handshakes {
        let in_mode = match &handshake.mode {
            Mode::Development => mode == "development",
            Mode::Production => mode == "production",
            Mode::Other(_) => false,
        };
        let page = handshake.page.and_then(|page| wiring.pages.get(page.0 as usize));
        let is_page = page.is_some_and(|page| {
            let scheme = match page.scheme.value() {
                Some(PageScheme::Https) => "https",
                _ => "http",
            };
            let host = page.host.value().map_or("", |host| host);
            let port = page.port.value().filter(|port| !matches!(port, 80 | 443));
            format!("{scheme}://{host}{}", port.map(|port| format!(":{port}")).unwrap_or_default()) == origin
        });
        if !in_mode || !is_page {
            continue;
        }
        let url = &handshake.url;
        let text = |component: &Component<std::sync::Arc<str>>| component.value().map(|text| text.to_string());
        let path = match &url.path {
            Component::Is(path, _) | Component::FromPage(path, _) => path
                .0
                .iter()
                .map(|piece| match piece {
                    PathPiece::Known(text) => Some(text.to_string()),
                    PathPiece::Segment | PathPiece::Rest => None,
                })
                .collect(),
            Component::Unknown(_) => vec![None],
        };
        let query = url.query.iter().flat_map(|query| &query.0).map(|piece| match piece {
            Piece::Known(text, _) => Some(text.split('#').next().unwrap_or_default().to_owned()),
            Piece::Page(..) | Piece::Unknown(_) => None,
        });
        // Where the host is not known, what is after it may belong to it.
        let path = if url.host.value().is_some() { path } else { vec![None] };
        let one = Predicted {
            scheme: text(&url.scheme),
            host: text(&url.host),
            port: url.port.value().copied(),
            path,
            query: query.collect(),
        };
        let known = by_connection.entry(handshake.connection.0).or_default();
        if !known.contains(&one) {
            known.push(one);
        }
    }
    by_connection.into_values().collect()
}

fn uses_a_library(case: &Case) -> bool {
    const PLAIN: [&str; 1] = ["'axios'"];
    case.files.values().any(|text| {
        text.lines().any(|line| {
            let is_own = line.contains(" from '.") || line.contains(" from '@/");
            line.contains(" from '") && !is_own && !PLAIN.iter().any(|name| line.contains(name))
        })
    })
}

/// An address that a case opened, as it is compared: what a library adds to the query differs from run to run.
pub fn real(case: &Case, text: &str) -> Real {
    let library = uses_a_library(case) || case.files.values().any(|text| text.contains("params: {"));
    let text = if library { text.split('?').next().unwrap_or(text) } else { text };
    Real::new(text, library)
}

/// What is wrong with the predictions of one case in one mode, and how many addresses are predicted exactly.
pub fn compare(
    case: &Case,
    wiring: &Wiring,
    (mode, origin): (&str, &str),
    real: &BTreeSet<Real>,
) -> (Vec<String>, usize) {
    let connections = predicted(wiring, mode, origin);
    let all: Vec<&Predicted> = connections.iter().flatten().collect();
    let mut wrong = Vec::new();
    let mut exactly = 0;
    for address in real {
        let hits: Vec<&&Predicted> = all.iter().filter(|one| one.may_be(address)).collect();
        exactly += usize::from(hits.iter().any(|one| one.is_exact()));
        // What is listed as not followed is claimed by nobody.
        if hits.is_empty() && wiring.unresolved.is_empty() {
            wrong.push(format!(
                "{} in {mode}: {} is opened, predicted: {all:?}\n{:?}",
                case.name, address.text, case.files
            ));
        }
    }
    for connection in connections.iter().filter(|all| all.iter().all(Predicted::is_exact)) {
        if let [claimed] = connection.as_slice()
            && !real.iter().any(|address| claimed.may_be(address))
        {
            wrong.push(format!("{} in {mode}: {claimed:?} is claimed, opened: {real:?}\n{:?}", case.name, case.files));
        }
    }
    (wrong, exactly)
}
