//! Parts of a repository, and the files in them that tools and frameworks start by themselves.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::graph::{parent, without_suffix};
use crate::base::{Entry, FileKind, RepoPath, is_tool_configuration};
use crate::facts::{Ecosystem, FileFacts};

/// Names of files that somebody starts, or a tool does, without a word in the repository.
const ENTRIES: [&str; 47] = [
    "index",
    "main",
    "app",
    "server",
    "start",
    "run",
    "api",
    "client",
    "worker",
    "background",
    "content",
    "popup",
    "options",
    "preload",
    "renderer",
    "electron",
    "cli",
    "bot",
    "root",
    "www",
    "sw",
    "service-worker",
    "bootstrap",
    "handler",
    "lambda",
    "polyfills",
    "setup",
    "script",
    "router",
    "routes",
    "middleware",
    "instrumentation",
    "proxy",
    "wsgi",
    "asgi",
    "manage",
    "__main__",
    "application",
    "serve",
    "backend",
    "settings",
    "celery",
    "tasks",
    "conftest",
    "socket",
    "gateway",
    "dev",
];

/// Folders between the root of a part and such a file.
const ENTRY_FOLDERS: [&str; 24] = [
    "src", "app", "server", "client", "api", "backend", "frontend", "web", "electron", "main", "renderer", "public",
    "static", "js", "bin", "lib", "source", "www", "assets", "worker", "workers", "scripts", "config", "services",
];

/// Folders whose files a framework or a host finds by itself.
const FOUND_FOLDERS: [&str; 11] = [
    "functions",
    "lambdas",
    "lambda",
    "plugins",
    "extensions",
    "addons",
    "migrations",
    "commands",
    "netlify",
    "edge-functions",
    "boot",
];

/// More of them in Python.
const FOUND_IN_PYTHON: [&str; 8] =
    ["dags", "custom_components", "versions", "templatetags", "blueprints", "modules", "jobs", "cogs"];

/// Packages that import files without a word: nothing is known of what runs beside them.
const IMPORTS_BY_ITSELF: [&str; 34] = [
    "nuxt",
    "nuxt3",
    "nitropack",
    "unplugin-auto-import",
    "unplugin-vue-components",
    "vite-plugin-pages",
    "unplugin-vue-router",
    "vite-plugin-vue-layouts",
    "@generouted/react-router",
    "generouted",
    "@fastify/autoload",
    "fastify-autoload",
    "umi",
    "@umijs/max",
    "quasar",
    "@redwoodjs/core",
    "ember-source",
    "sails",
    "@strapi/strapi",
    "strapi",
    "@adonisjs/core",
    "plasmo",
    "wxt",
    "vike",
    "vite-plugin-ssr",
    "blitz",
    "meteor-node-stubs",
    "express-file-routing",
    "@feathersjs/feathers",
    "require-all",
    "require-dir",
    "glob-import",
    "egg",
    "@midwayjs/core",
];

/// Packages whose frameworks take pages from folders, with the folders.
const PAGES: [(&str, &[&str]); 14] = [
    ("next", &["pages", "app"]),
    ("@sveltejs/kit", &["routes", "params"]),
    ("@remix-run/react", &["routes"]),
    ("@remix-run/node", &["routes"]),
    ("@react-router/dev", &["routes"]),
    ("@react-router/fs-routes", &["routes"]),
    ("astro", &["pages"]),
    ("gatsby", &["pages", "templates", "api"]),
    ("expo-router", &["app"]),
    ("@tanstack/react-start", &["routes"]),
    ("@tanstack/router-plugin", &["routes"]),
    ("@tanstack/router-vite-plugin", &["routes"]),
    ("@solidjs/start", &["routes"]),
    ("@builder.io/qwik-city", &["routes"]),
];

/// Configuration files that say which package is at work, with that package.
const CONFIGURED: [(&str, &str); 8] = [
    ("next.config.", "next"),
    ("nuxt.config.", "nuxt"),
    ("svelte.config.", "@sveltejs/kit"),
    ("astro.config.", "astro"),
    ("remix.config.", "@remix-run/react"),
    ("gatsby-config.", "gatsby"),
    ("quasar.config.", "quasar"),
    ("react-router.config.", "@react-router/dev"),
];

/// Modules that Django finds in its applications.
const OF_DJANGO: [&str; 10] =
    ["models", "admin", "apps", "signals", "urls", "middleware", "tasks", "forms", "routing", "context_processors"];

/// Folders with a manifest, by language.
pub struct Parts {
    node: BTreeMap<RepoPath, BTreeSet<String>>,
    python: BTreeSet<RepoPath>,
    /// Roots of Python parts in which Django is at work.
    django: BTreeSet<RepoPath>,
    /// What is at work in each part.
    tools: BTreeMap<RepoPath, Tools>,
    /// Names of packages that are installed and are none of this repository.
    installed: BTreeSet<String>,
}

impl Parts {
    /// The parts of a tree.
    pub fn new(entries: &BTreeMap<RepoPath, Entry>, files: &BTreeMap<RepoPath, Arc<FileFacts>>) -> Self {
        let mut parts = Self {
            node: BTreeMap::new(),
            python: BTreeSet::new(),
            django: BTreeSet::new(),
            tools: BTreeMap::new(),
            installed: BTreeSet::new(),
        };
        for (path, entry) in entries {
            let Some(folder) = path.parent() else { continue };
            let tool = CONFIGURED.iter().find(|(name, _)| path.name().starts_with(name));
            if let Some((_, package)) = tool {
                parts.node.entry(folder).or_default().insert((*package).to_owned());
            } else if entry.kind == FileKind::PackageJson {
                parts.node.entry(folder).or_default();
            } else if is_python_manifest(entry) {
                if path.name() == "manage.py" {
                    parts.django.insert(folder.clone());
                }
                parts.python.insert(folder);
            }
        }
        let mut own: BTreeSet<String> = BTreeSet::new();
        for facts in files.values() {
            let (Some(manifest), Some(folder)) = (facts.manifest.as_deref(), facts.path.parent()) else { continue };
            let names = manifest.dependencies.iter().map(|dependency| dependency.name.to_string());
            if manifest.ecosystem == Ecosystem::Node {
                own.extend(manifest.name.iter().map(ToString::to_string));
                parts.installed.extend(names.clone());
                parts.node.entry(folder).or_default().extend(names);
            } else if manifest.dependencies.iter().any(|dependency| &*dependency.name == "django") {
                parts.django.insert(folder);
            }
        }
        parts.installed.retain(|name| !own.contains(name));
        let folders = parts.node.keys().cloned().chain([RepoPath::root()]);
        parts.tools = folders.map(|folder| (folder.clone(), Tools::of(&parts.node, &folder))).collect();
        parts
    }

    /// The folder of the part that a source file is in; empty for the root.
    pub fn of<'p>(&self, path: &'p str) -> &'p str {
        let is_python = path.ends_with(".py");
        let mut folder = path;
        while !folder.is_empty() {
            folder = parent(folder);
            if if is_python { self.python.contains(folder) } else { self.node.contains_key(folder) } {
                break;
            }
        }
        folder
    }

    /// Whether an import names an installed package.
    pub fn is_dependency(&self, text: &str) -> bool {
        let slashes = if text.starts_with('@') { 2 } else { 1 };
        let name = text.match_indices('/').nth(slashes - 1).map_or(text, |(at, _)| text.get(..at).unwrap_or(text));
        self.installed.contains(name)
    }

    /// Whether a source file is started or found by convention, or may be for all that is known.
    pub fn is_entry(&self, path: &RepoPath) -> bool {
        let part = self.of(path.as_str());
        let name = path.name();
        let stem = without_suffix(name);
        let inside = path.as_str().get(part.len()..).unwrap_or_default().trim_start_matches('/');
        let folders: Vec<&str> = inside.split('/').collect();
        let folders = folders.split_last().map_or(&[] as &[&str], |(_, folders)| folders);
        let is_python = path.extension() == "py";
        let found = folders
            .iter()
            .any(|folder| FOUND_FOLDERS.contains(folder) || is_python && FOUND_IN_PYTHON.contains(folder));
        if found || is_tool_configuration(name) || name.starts_with('.') || name.ends_with(".d.ts") {
            return true;
        }
        let is_near = folders.len() <= 2;
        let named = ENTRIES.iter().any(|entry| entry.eq_ignore_ascii_case(stem))
            || stem == "entry"
            || stem.starts_with("entry-")
            || stem.starts_with("entry.");
        if is_python {
            // A variable of the environment names the settings.
            let named = named || stem.contains("settings");
            let django = self.django.iter().any(|root| path.is_under(root));
            return named && is_near
                || django
                    && (OF_DJANGO.contains(&stem) || folders.contains(&"management") || folders.contains(&"settings"));
        }
        if named && folders.len() <= 3 && folders.iter().all(|folder| ENTRY_FOLDERS.contains(folder)) {
            return true;
        }
        let Some(tools) = self.tools.get(part) else { return false };
        tools.imports_by_itself
            || tools.pages.iter().any(|below| folders.iter().any(|folder| below.contains(folder)))
            || tools.svelte_kit && (stem.starts_with("hooks") || stem.starts_with('+'))
    }
}

/// What the packages of a part start and find by themselves.
struct Tools {
    imports_by_itself: bool,
    svelte_kit: bool,
    /// Folders of pages.
    pages: Vec<&'static [&'static str]>,
}

impl Tools {
    /// Those of the part at `folder`. What the packages around a part do, they do in it too: a workspace has its tools at the
    /// root.
    fn of(node: &BTreeMap<RepoPath, BTreeSet<String>>, folder: &RepoPath) -> Self {
        let around = std::iter::successors(Some(folder.clone()), RepoPath::parent);
        let dependencies: Vec<&BTreeSet<String>> = around.filter_map(|folder| node.get(&folder)).collect();
        let has = |name: &str| dependencies.iter().any(|names| names.contains(name));
        Self {
            imports_by_itself: IMPORTS_BY_ITSELF.iter().any(|name| has(name)),
            svelte_kit: has("@sveltejs/kit"),
            pages: PAGES.iter().filter(|(name, _)| has(name)).map(|(_, below)| *below).collect(),
        }
    }
}

fn is_python_manifest(entry: &Entry) -> bool {
    entry.kind == FileKind::Requirements
        || matches!(entry.path.name(), "pyproject.toml" | "setup.py" | "setup.cfg" | "Pipfile" | "manage.py")
}
