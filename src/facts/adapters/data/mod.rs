//! JSON, YAML and TOML that say something by their name (tsconfig, vercel.json, pyproject.toml) or that a program reads.

mod angular;
mod dev_proxies;
mod extension;
mod hosting;
mod hosting_rules;
mod python_project;
mod template;
mod tsconfig;
mod workflow;

use std::sync::Arc;

pub(in crate::facts::adapters) use self::hosting_rules::{bounded, by_status, policy, starred};

use crate::base::{FileKind, RepoPath};
use crate::facts::lang::data;
use crate::facts::{FileFacts, adapters};
use crate::parse::data::Node;
use crate::parse::{json, toml, yaml};

/// What a file's name says that it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Meaning {
    PathAliases,
    PythonProject,
    Pipfile,
    Hosting(&'static str),
    BrowserExtension,
    AngularWorkspace,
    Workflow,
    /// Entries of a development server.
    DevProxies,
    /// Processes of PM2.
    Processes,
    /// Perhaps the configuration of a proxy.
    Proxy,
    /// Perhaps manifests of Kubernetes.
    Manifest,
    /// Only what a program makes of it.
    Content,
}

/// Whether a file of this name says something by itself. Others are read only when a program asks for them.
#[must_use]
pub fn deserves_parse(path: &RepoPath) -> bool {
    meaning(path) != Meaning::Content
}

/// Whether its bytes agree with what its name says.
#[must_use]
pub fn is_meant(path: &RepoPath, bytes: &[u8]) -> bool {
    let is_manifest = || adapters::kubernetes::may_be(path) && adapters::kubernetes::deserves_parse(path, bytes);
    match meaning(path) {
        Meaning::Proxy => {
            adapters::caddy::may_be_json(path)
                || adapters::envoy::deserves_parse(bytes)
                || adapters::traefik::may_be(path) && adapters::traefik::deserves_parse(bytes)
                || is_manifest()
        }
        Meaning::Manifest => is_manifest(),
        _ => true,
    }
}

fn meaning(path: &RepoPath) -> Meaning {
    let name = path.name();
    let is_config = |stem: &str| name.strip_prefix(stem).is_some_and(|rest| rest.ends_with(".json"));
    match name {
        "vercel.json" => Meaning::Hosting("Vercel"),
        "netlify.toml" => Meaning::Hosting("Netlify"),
        "staticwebapp.config.json" => Meaning::Hosting("Azure Static Web Apps"),
        "firebase.json" => Meaning::Hosting("Firebase"),
        "app.yaml" | "app.yml" => Meaning::Hosting("App Engine"),
        "render.yaml" => Meaning::Hosting("Render"),
        "fly.toml" => Meaning::Hosting("Fly"),
        "manifest.json" => Meaning::BrowserExtension,
        "angular.json" | ".angular-cli.json" | "project.json" => Meaning::AngularWorkspace,
        "pyproject.toml" => Meaning::PythonProject,
        "Pipfile" => Meaning::Pipfile,
        _ if dev_proxies::may_be(name) => Meaning::DevProxies,
        _ if is_config("tsconfig") || is_config("jsconfig") => Meaning::PathAliases,
        _ if path.as_str().contains(".github/workflows/") => Meaning::Workflow,
        _ if adapters::processes::pm2::is_configuration(name) => Meaning::Processes,
        _ if adapters::caddy::may_be_json(path) || adapters::envoy::may_be(path) => Meaning::Proxy,
        _ if adapters::traefik::may_be(path) => Meaning::Proxy,
        _ if adapters::kubernetes::may_be(path) => Meaning::Manifest,
        _ => Meaning::Content,
    }
}

/// Adds what the text says.
pub fn read(text: &str, facts: &mut FileFacts) {
    if facts.kind == FileKind::Yaml && adapters::kubernetes::is_manifest(&facts.path, text) {
        adapters::kubernetes::read(text, facts);
        return;
    }
    let Some(root) = tree(text, facts) else { return };
    match meaning(&facts.path) {
        Meaning::PathAliases => tsconfig::read(&root, facts),
        Meaning::PythonProject => python_project::read(&root, facts),
        Meaning::Pipfile => python_project::read_pipfile(&root, facts),
        Meaning::Hosting(service) => {
            hosting::read(service, &root, facts);
            hosting_rules::read(service, &root, facts);
        }
        Meaning::BrowserExtension => extension::read(&root, facts),
        Meaning::AngularWorkspace => angular::read(&root, facts),
        Meaning::Workflow => workflow::read(text, &root, facts),
        Meaning::DevProxies => dev_proxies::read(&root, facts),
        Meaning::Processes => facts.processes = adapters::processes::pm2::processes(&data::expression(&root)),
        Meaning::Proxy if adapters::caddy::is_json(&root) => adapters::caddy::recognise_json(facts),
        Meaning::Proxy | Meaning::Manifest | Meaning::Content if adapters::envoy::is_bootstrap(&root) => {
            adapters::envoy::read(text, &root, facts);
        }
        Meaning::Proxy | Meaning::Manifest | Meaning::Content => {}
    }
    let data = data::expression(&root);
    facts.unfilled = facts.unfilled.or(template::outside_of_values(text, &data));
    facts.data = Some(Box::new(data));
}

fn tree(text: &str, facts: &mut FileFacts) -> Option<Node> {
    match facts.kind {
        FileKind::Json => match json::parse(text) {
            Ok(root) => root,
            Err(problem) => {
                data::record(&problem, facts);
                json::recover(text)
            }
        },
        FileKind::Toml => {
            let (root, problems) = toml::parse(text);
            if template::is_one(text) {
                facts.unfilled = (!problems.is_empty()).then(|| template::first(text)).flatten();
            } else {
                problems.iter().for_each(|problem| data::record(problem, facts));
            }
            Some(root)
        }
        _ => {
            let parsed = yaml::parse(text);
            // Templates (Helm, Jinja) are no YAML before they are filled.
            if template::is_one(text) {
                facts.unfilled = (!parsed.problems.is_empty()).then(|| template::first(text)).flatten();
            } else {
                parsed.problems.iter().for_each(|problem| data::record(problem, facts));
            }
            parsed.documents.into_iter().next()
        }
    }
}

fn texts(node: Option<&Node>) -> Vec<Arc<str>> {
    node.map(|node| node.texts().into_iter().map(|(text, _)| Arc::clone(text)).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
