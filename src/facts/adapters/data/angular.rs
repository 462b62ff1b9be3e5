//! Angular workspaces: which module stands in for another one in a build configuration.
//!
//! `angular.json` lists projects with `architect` or `targets`; Nx keeps one project in each `project.json`.
//! <https://angular.dev/tools/cli/environments>

use std::sync::Arc;

use crate::facts::lang::data;
use crate::facts::{Demand, Dependency, DevServer, Ecosystem, FileFacts, FileReplacement, FrontEndTool, Manifest};
use crate::parse::data::Node;

/// Adds the replacements, and asks for the modules that they name.
pub(super) fn read(root: &Node, facts: &mut FileFacts) {
    let projects = root.get("projects").map(Node::pairs).unwrap_or_default();
    if facts.path.name() == "angular.json" {
        facts.manifest = Some(Box::new(manifest(projects.iter().map(|pair| &pair.value))));
    }
    for project in projects.iter().map(|pair| &pair.value).chain([root]) {
        let targets = project.get("architect").or_else(|| project.get("targets"));
        let builds = targets.map(Node::pairs).unwrap_or_default().iter().filter(|pair| &*pair.key == "build");
        let serve = targets.and_then(|targets| targets.get("serve")).and_then(|serve| serve.get("options"));
        facts.dev_servers.extend(serve.and_then(dev_server));
        for build in builds {
            for configuration in build.value.get("configurations").map(Node::pairs).unwrap_or_default() {
                replacements(&configuration.key, &configuration.value, facts);
            }
        }
    }
}

/// The development server, where its options say more than what is built.
fn dev_server(options: &Node) -> Option<DevServer> {
    let value = |key: &str| options.get(key).map(data::expression);
    let table = options.get("proxyConfig").and_then(Node::text);
    let server = DevServer {
        host: value("host"),
        port: value("port"),
        https: value("ssl"),
        bases: table.map(|path| Arc::from(format!("./{}", path.trim_start_matches("./")))).into_iter().collect(),
        ..DevServer::new(FrontEndTool::Angular, options.span)
    };
    let says = table.is_some() || server.port.is_some();
    says.then_some(server)
}

/// A workspace is a package also where nobody wrote down what it depends on: its builders come from packages.
fn manifest<'n>(projects: impl Iterator<Item = &'n Node>) -> Manifest {
    let mut dependencies: Vec<Dependency> = Vec::new();
    for project in projects {
        let targets = project.get("architect").or_else(|| project.get("targets"));
        for target in targets.map(Node::pairs).unwrap_or_default() {
            let Some(builder) = target.value.get("builder") else { continue };
            let Some((package, _)) = builder.text().and_then(|text| text.split_once(':')) else { continue };
            if !dependencies.iter().any(|known| &*known.name == package) {
                dependencies.push(Dependency {
                    name: Arc::from(package),
                    extras: Vec::new(),
                    requirement: Arc::from(""),
                    span: builder.span,
                    development: true,
                });
            }
        }
    }
    Manifest {
        ecosystem: Ecosystem::Node,
        name: None,
        dependencies,
        scripts: Vec::new(),
        workspaces: Vec::new(),
        homepage: None,
        entry_points: Vec::new(),
    }
}

fn replacements(configuration: &Arc<str>, node: &Node, facts: &mut FileFacts) {
    for entry in node.get("fileReplacements").map(Node::items).unwrap_or_default() {
        // Older workspaces write `src` and `replaceWith`.
        let path = |names: [&str; 2]| names.iter().find_map(|name| entry.get(name)?.text());
        let (Some(replaced), Some(with)) = (path(["replace", "src"]), path(["with", "replaceWith"])) else { continue };
        let module = |path: &Arc<str>| -> Arc<str> { Arc::from(format!("./{}", path.trim_start_matches("./"))) };
        let (replaced, with) = (module(replaced), module(with));
        facts.demands.extend([Demand::EcmaModule(Arc::clone(&replaced)), Demand::EcmaModule(Arc::clone(&with))]);
        facts.replacements.push(FileReplacement {
            configuration: Arc::clone(configuration),
            replaced,
            with,
            span: entry.span,
        });
    }
}
