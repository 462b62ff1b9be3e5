//! Packages: folders with a manifest, what builds their pages, and where their code runs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::base::{FileId, FileKind, RepoPath};
use crate::facts::known::is_universal;
use crate::facts::{ClientApi, Ecosystem, FileFacts, FrontEndTool, PageKind, Repository, RunsIn};
use crate::model::{Package, PackageId, Side, Unread, Wiring};

mod reads;
mod unread;

/// Dependencies that tell the tool of a front end, the stronger first.
const TOOLS: [(&str, FrontEndTool); 22] = [
    ("next", FrontEndTool::Next),
    ("nuxt", FrontEndTool::Nuxt),
    ("nuxt3", FrontEndTool::Nuxt),
    ("react-scripts", FrontEndTool::Cra),
    ("@craco/craco", FrontEndTool::Cra),
    ("react-app-rewired", FrontEndTool::Cra),
    ("@vue/cli-service", FrontEndTool::VueCli),
    ("@angular/cli", FrontEndTool::Angular),
    ("@angular-devkit/build-angular", FrontEndTool::Angular),
    ("@angular/build", FrontEndTool::Angular),
    ("@sveltejs/kit", FrontEndTool::Vite),
    ("astro", FrontEndTool::Vite),
    ("@remix-run/dev", FrontEndTool::Vite),
    ("@react-router/dev", FrontEndTool::Vite),
    ("@vitejs/plugin-react", FrontEndTool::Vite),
    ("@vitejs/plugin-react-swc", FrontEndTool::Vite),
    ("@vitejs/plugin-vue", FrontEndTool::Vite),
    ("@sveltejs/vite-plugin-svelte", FrontEndTool::Vite),
    ("vite", FrontEndTool::Vite),
    ("gatsby", FrontEndTool::Webpack),
    ("parcel", FrontEndTool::Webpack),
    ("webpack-dev-server", FrontEndTool::Webpack),
];

/// Dependencies of code that runs in a Node process.
const NODE_SERVERS: [&str; 17] = [
    "express",
    "fastify",
    "koa",
    "hono",
    "@hono/node-server",
    "@nestjs/core",
    "ws",
    "socket.io",
    "express-ws",
    "http-proxy-middleware",
    "@hocuspocus/server",
    "polka",
    "restify",
    "@apollo/server",
    "apollo-server-express",
    "@hapi/hapi",
    "uWebSockets.js",
];

/// Dependencies of code that runs in a browser, for packages without a bundler of their own.
const BROWSER_LIBRARIES: [&str; 6] = ["react-dom", "vue", "svelte", "@angular/core", "solid-js", "preact"];

/// All packages, sorted by root; the repository's root is always one.
pub fn find(repository: &Repository) -> Vec<Package> {
    let mut folders: BTreeMap<RepoPath, Folder> = BTreeMap::new();
    folders.insert(RepoPath::root(), Folder::default());
    for (id, facts) in repository.iter() {
        if facts.role.may_be_accused() && facts.manifest.is_some() {
            folders.entry(manifest_folder(&facts.path)).or_default().manifests.push(id);
        }
        unread::add(id, facts, &mut folders);
    }
    // What package.json says comes first, and a workspace file beside it adds nothing.
    for folder in folders.values_mut().filter(|folder| folder.manifests.len() > 1) {
        let is_workspace = |id: &FileId| repository.get(*id).is_some_and(|facts| facts.path.name() == "angular.json");
        folder.manifests.retain(|id| !is_workspace(id));
    }
    add_bare_services(repository, &mut folders);
    add_plain_pages(repository, &mut folders);
    unread::settle(repository, &mut folders);
    for (_, facts) in repository.iter().filter(|(_, facts)| facts.role.may_be_accused()) {
        let owner = owner(&folders, &facts.path);
        if let Some(root) = owner
            && let Some(folder) = folders.get_mut(&root)
        {
            folder.look_at(&root, facts);
        }
    }
    folders.into_iter().map(|(root, folder)| folder.package(repository, root)).collect()
}

/// The package that a path belongs to: the one with the longest root above it.
pub fn package_of(wiring: &Wiring, path: &RepoPath) -> Option<PackageId> {
    package_in(&wiring.packages, path)
}

/// The same in a list that is sorted by root.
pub fn package_in(packages: &[Package], path: &RepoPath) -> Option<PackageId> {
    let mut folder = Some(path.clone());
    while let Some(current) = folder {
        if let Ok(index) = packages.binary_search_by(|package| package.root.cmp(&current)) {
            return u32::try_from(index).ok().map(PackageId);
        }
        folder = current.parent();
    }
    None
}

/// Whether a package begins at a path.
pub fn is_root(wiring: &Wiring, path: &RepoPath) -> bool {
    wiring.packages.binary_search_by(|package| package.root.cmp(path)).is_ok()
}

/// What a folder holds.
#[derive(Default)]
struct Folder {
    manifests: Vec<FileId>,
    /// A page that a static server or bundler would serve at the root.
    has_front_page: bool,
    /// Any page but templates.
    has_page: bool,
    /// Source code that only a browser runs, as far as it shows.
    has_browser_code: bool,
    has_python: bool,
    has_node_server: bool,
    config_tool: Option<FrontEndTool>,
    /// The tool whose variables the code reads, of a folder without a manifest.
    read_tool: Option<FrontEndTool>,
    /// A back end whose source is not read.
    back_end: Option<Unread>,
}

impl Folder {
    fn look_at(&mut self, root: &RepoPath, facts: &FileFacts) {
        if facts.pages.iter().any(|page| page.kind == PageKind::Document) && !is_filled_by_server(&facts.path) {
            self.has_page = true;
            self.has_front_page |= is_front_page(root, &facts.path);
        }
        self.has_browser_code |= runs_in_browser(facts);
        self.has_python |= !facts.routers.is_empty() && facts.path.extension() == "py";
        self.has_node_server |= !facts.routers.is_empty() && facts.path.extension() != "py";
        if self.config_tool.is_none() {
            let of_nuxt = facts.path.name().starts_with("nuxt.config.") && facts.path.parent().as_ref() == Some(root);
            let stated = facts.dev_servers.first().map(|server| server.tool);
            self.config_tool = of_nuxt.then_some(FrontEndTool::Nuxt).or(stated);
        }
        if self.manifests.is_empty() && self.read_tool.is_none() {
            self.read_tool = reads::tool(facts);
        }
    }

    fn package(self, repository: &Repository, root: RepoPath) -> Package {
        let manifests: Vec<_> = self
            .manifests
            .iter()
            .filter_map(|id| repository.get(*id).and_then(|facts| facts.manifest.as_deref()))
            .collect();
        let dependencies: BTreeSet<Arc<str>> = manifests
            .iter()
            .flat_map(|manifest| manifest.dependencies.iter().map(|dependency| Arc::clone(&dependency.name)))
            .collect();
        let has = |name: &str| dependencies.contains(name);
        let node = manifests.iter().any(|manifest| manifest.ecosystem == Ecosystem::Node);
        let python = manifests.iter().any(|manifest| manifest.ecosystem == Ecosystem::Python) || self.has_python;
        let by_dependency = TOOLS.iter().find(|(name, _)| node && has(name)).map(|(_, tool)| *tool);
        let server = NODE_SERVERS.iter().any(|name| has(name)) || self.has_node_server;
        let lone_code = self.has_browser_code && !python && !server;
        let front_page = self.has_front_page && (node || !python);
        let plain = (front_page || lone_code).then_some(FrontEndTool::Plain);
        let tool = by_dependency.or(self.config_tool).or(self.read_tool).or(plain);
        let browser = tool.is_some() || BROWSER_LIBRARIES.iter().any(|name| has(name));
        let universal = is_universal(&dependencies);
        let side = match (browser, python || server || universal) {
            (true, true) => Side::Both,
            (true, false) => Side::Browser,
            (false, true) if python && (self.has_page || self.has_browser_code) => Side::Both,
            (false, true) => Side::Server,
            (false, false) if self.back_end.is_some() => Side::Server,
            (false, false) => Side::Unknown,
        };
        let ecosystem = match (node, python) {
            (true, _) => Some(Ecosystem::Node),
            (false, true) => Some(Ecosystem::Python),
            (false, false) => None,
        };
        Package {
            root,
            manifests: self.manifests,
            ecosystem,
            dependencies: dependencies.into_iter().collect(),
            tool,
            side,
            back_end: self.back_end,
        }
    }
}

/// `requirements/base.txt` and the like belong to the folder above.
fn manifest_folder(path: &RepoPath) -> RepoPath {
    let folder = path.parent().unwrap_or_else(RepoPath::root);
    match folder.name() {
        "requirements" | "reqs" | "deps" => folder.parent().unwrap_or_else(RepoPath::root),
        _ => folder,
    }
}

fn owner(folders: &BTreeMap<RepoPath, Folder>, path: &RepoPath) -> Option<RepoPath> {
    let mut folder = path.parent();
    while let Some(current) = folder {
        if folders.contains_key(&current) {
            return Some(current);
        }
        folder = current.parent();
    }
    None
}

/// A folder that a Dockerfile or compose builds is a package, though it has no manifest, when it holds source code.
fn add_bare_services(repository: &Repository, folders: &mut BTreeMap<RepoPath, Folder>) {
    let builds = repository.iter().filter(|(_, facts)| facts.dockerfile.is_some() && facts.role.may_be_accused());
    let mut candidates: Vec<RepoPath> = builds.filter_map(|(_, facts)| facts.path.parent()).collect();
    for (_, facts) in repository.iter().filter(|(_, facts)| facts.role.may_be_accused()) {
        let Some(folder) = facts.path.parent() else { continue };
        let services = facts.compose.iter().flat_map(|compose| &compose.services);
        let contexts = services.filter_map(|service| service.build.as_ref()?.context.as_ref()?.as_str());
        candidates.extend(contexts.filter_map(|context| folder.join(context)));
    }
    let mut with_sources: BTreeSet<RepoPath> = BTreeSet::new();
    for path in repository.paths.iter().filter(|path| is_source(path)) {
        // What is around a folder that is known is known as well.
        for folder in std::iter::successors(path.parent(), RepoPath::parent) {
            if !with_sources.insert(folder) {
                break;
            }
        }
    }
    for root in candidates {
        if !folders.contains_key(&root) && with_sources.contains(&root) {
            folders.insert(root, Folder::default());
        }
    }
}

fn is_source(path: &RepoPath) -> bool {
    matches!(path.extension(), "py" | "js" | "ts" | "mjs" | "go" | "rs" | "java" | "kt" | "php" | "rb" | "cs" | "ex")
}

/// A folder with pages and no manifest above it but the root's is a front end of its own, unless a server fills or serves it.
fn add_plain_pages(repository: &Repository, folders: &mut BTreeMap<RepoPath, Folder>) {
    let mut found = BTreeSet::new();
    for (_, facts) in repository.iter().filter(|(_, facts)| facts.role.may_be_accused()) {
        let shows = facts.pages.iter().any(|page| page.kind == PageKind::Document) || runs_in_browser(facts);
        let Some(folder) = facts.path.parent().filter(|_| shows) else { continue };
        let served = is_filled_by_server(&facts.path)
            || folder.parts().any(|part| part == "dist")
            || is_beside_python(repository, &facts.path);
        if !served
            && owner(folders, &facts.path).is_some_and(|root| root == RepoPath::root())
            && folder != RepoPath::root()
        {
            let top = folder.parts().next().and_then(RepoPath::new);
            found.extend(top);
        }
    }
    // A server with a manifest at the root serves the pages of its own static folders.
    let root_serves = folders.get(&RepoPath::root()).is_some_and(|folder| !folder.manifests.is_empty());
    let node_root = is_node_root(repository, folders);
    for root in found {
        let own_static = root_serves && matches!(root.as_str(), "static" | "public" | "assets");
        if !node_root && !own_static {
            folders.entry(root).or_default();
        }
    }
}

/// Whether a script opens connections as browsers do.
fn runs_in_browser(facts: &FileFacts) -> bool {
    let script = matches!(facts.kind, FileKind::TypeScript | FileKind::Tsx | FileKind::Vue | FileKind::Svelte);
    script
        && facts.routers.is_empty()
        && facts.listeners.is_empty()
        && facts.client_calls.iter().any(|call| match call.runs {
            RunsIn::Browser => true,
            RunsIn::Server => false,
            RunsIn::Unknown => {
                matches!(call.api, ClientApi::WebSocket | ClientApi::EventSource | ClientApi::Fetch | ClientApi::Xhr)
            }
        })
}

/// Templates of a server: their text is filled before it is sent.
fn is_filled_by_server(path: &RepoPath) -> bool {
    path.parts().any(|part| matches!(part, "templates" | "views" | "emails" | "email_templates" | "jinja2"))
}

/// Whether a file is in the `static` folder of a Python package, which Django and Flask hand out.
fn is_beside_python(repository: &Repository, path: &RepoPath) -> bool {
    let mut folder = path.parent();
    while let Some(current) = folder {
        let around = current.parent();
        if current.name() == "static"
            && let Some(around) = &around
            && *around != RepoPath::root()
        {
            let code = ["__init__.py", "views.py", "apps.py", "app.py"].map(|name| around.join(name));
            if code.into_iter().flatten().any(|path| repository.paths.contains(&path)) {
                return true;
            }
        }
        folder = around;
    }
    false
}

/// A page where a static server or bundler looks for it.
fn is_front_page(root: &RepoPath, path: &RepoPath) -> bool {
    let Some(inside) = path.as_str().get(root.as_str().len()..) else { return false };
    let inside = inside.trim_start_matches('/');
    let folder = inside.rsplit_once('/').map_or("", |(folder, _)| folder);
    let is_error_page = matches!(path.name(), "404.html" | "500.html" | "50x.html" | "error.html" | "offline.html");
    let known =
        ["", "public", "www", "html", "htdocs", "web", "site", "src", "client", "frontend", "app", "public_html"];
    !is_error_page && known.contains(&folder)
}

fn is_node_root(repository: &Repository, folders: &BTreeMap<RepoPath, Folder>) -> bool {
    let manifests = folders.get(&RepoPath::root()).map(|folder| folder.manifests.as_slice()).unwrap_or_default();
    manifests.iter().any(|id| {
        repository.get(*id).and_then(|facts| facts.manifest.as_deref()).is_some_and(|m| m.ecosystem == Ecosystem::Node)
    })
}
