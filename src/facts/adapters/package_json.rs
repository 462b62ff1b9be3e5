//! package.json: dependencies, scripts, workspaces.

use std::sync::Arc;

use crate::base::Span;
use crate::facts::lang::{command, data};
use crate::facts::{
    Dependency, DevProxy, DevServer, Ecosystem, EnvReader, Expr, ExprKind, FileFacts, FrontEndTool, Manifest,
    ProxyMount, Script,
};
use crate::parse::data::{Node, NodeKind};
use crate::parse::fragment::Fragment;
use crate::parse::json;

/// The lists of dependencies, and whether they are only for development.
const DEPENDENCY_LISTS: [(&str, bool); 4] =
    [("dependencies", false), ("devDependencies", true), ("peerDependencies", false), ("optionalDependencies", false)];

/// Adds what the text says.
pub fn read(text: &str, facts: &mut FileFacts) {
    let root = match json::parse(text) {
        Ok(Some(root)) => root,
        Ok(None) => return,
        Err(problem) => {
            data::record(&problem, facts);
            let Some(root) = json::recover(text) else { return };
            root
        }
    };
    let mut dependencies = Vec::new();
    for (list, development) in DEPENDENCY_LISTS {
        for pair in root.get(list).map(Node::pairs).unwrap_or_default() {
            dependencies.push(Dependency {
                name: Arc::clone(&pair.key),
                extras: Vec::new(),
                requirement: pair.value.text().cloned().unwrap_or_else(|| Arc::from("")),
                span: pair.key_span.cover(pair.value.span),
                development,
            });
        }
    }
    if let Some(target) = root.get("proxy").and_then(string)
        && dependencies.iter().any(|dependency| CRA.contains(&&*dependency.name))
    {
        facts.dev_servers.push(of_cra(target));
    }
    let scripts = root.get("scripts").map(Node::pairs).unwrap_or_default();
    facts.manifest = Some(Box::new(Manifest {
        ecosystem: Ecosystem::Node,
        name: root.get("name").and_then(Node::text).cloned(),
        dependencies,
        scripts: scripts.iter().filter_map(|pair| script(&pair.key, &pair.value)).collect(),
        workspaces: workspaces(&root),
        homepage: root.get("homepage").and_then(string),
        entry_points: entry_points(&root),
    }));
}

/// Packages that run the development server of Create React App.
const CRA: [&str; 3] = ["react-scripts", "@craco/craco", "react-app-rewired"];

/// Whatever asks for no page and is no file goes to the one address, sockets as well.
/// <https://create-react-app.dev/docs/proxying-api-requests-in-development>
fn of_cra(target: Expr) -> DevServer {
    let span = target.span;
    let entry = DevProxy {
        span,
        path: Expr::str(span, "/"),
        target: Some(target),
        ws: Some(Expr::new(span, ExprKind::Bool(true))),
        change_origin: None,
        rewrite: None,
        mount: ProxyMount::WholePath,
    };
    DevServer { proxies: vec![entry], ..DevServer::new(FrontEndTool::Cra, span) }
}

fn script(name: &Arc<str>, value: &Node) -> Option<Script> {
    let text = value.text()?;
    let command = command::shell_line(Fragment::inside_quotes(text, value.span), EnvReader::Shell);
    Some(Script { name: Arc::clone(name), command })
}

fn string(node: &Node) -> Option<Expr> {
    node.text().map(|text| Expr::str(inner(node.span), text))
}

fn inner(span: Span) -> Span {
    Span::new(span.start as usize + 1, (span.end as usize).saturating_sub(1))
}

fn workspaces(root: &Node) -> Vec<Arc<str>> {
    let Some(found) = root.get("workspaces") else { return Vec::new() };
    let list = found.get("packages").unwrap_or(found);
    list.texts().into_iter().map(|(text, _)| Arc::clone(text)).collect()
}

fn entry_points(root: &Node) -> Vec<Arc<str>> {
    let mut found: Vec<Arc<str>> = Vec::new();
    for key in ["main", "module", "source", "types"] {
        found.extend(root.get(key).and_then(Node::text).cloned());
    }
    if let Some(exports) = root.get("exports") {
        collect(exports, &mut found);
    }
    found.dedup();
    found
}

/// Every path of an `exports` object; its depth is bounded by the parser.
fn collect(node: &Node, found: &mut Vec<Arc<str>>) {
    match &node.kind {
        NodeKind::Scalar { .. } => found.extend(node.text().cloned()),
        NodeKind::List(items) => items.iter().for_each(|item| collect(item, found)),
        NodeKind::Map(pairs) => pairs.iter().for_each(|pair| collect(&pair.value, found)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{FileKind, FileRole, LineIndex, RepoPath, Tracking};

    #[test]
    fn scripts_and_dependencies_have_places() {
        let text = "{\n \"name\": \"web\",\n \"scripts\": {\"dev\": \"vite --port 3000\", \"build\": \"tsc && vite build\"},\n \"proxy\": \"http://localhost:8000\",\n \"devDependencies\": {\"vite\": \"^5\"}, \"exports\": {\".\": {\"import\": \"./src/index.ts\"}}\n}";
        let path = RepoPath::new("package.json").expect("inside");
        let mut facts =
            FileFacts::new(path, FileKind::PackageJson, FileRole::Production, Tracking::Tracked, LineIndex::new(text));
        read(text, &mut facts);
        let manifest = facts.manifest.expect("a manifest");
        assert_eq!(&text[manifest.scripts[0].command.commands[0].span.range()], "vite --port 3000");
        assert_eq!(manifest.scripts[1].command.commands.len(), 2);
        assert!(manifest.dependencies[0].development);
        assert_eq!(&*manifest.entry_points[0], "./src/index.ts");
    }
}
