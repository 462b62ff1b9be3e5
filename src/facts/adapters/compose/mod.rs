//! Compose files: services with their images, ports, environments and mounts.

mod ports;
mod settings;
mod volumes;

use std::sync::Arc;

use crate::facts::lang::{command, data, words};
use crate::facts::{CommandFact, ComposeBuild, ComposeFile, ComposeService, Demand, EnvReader, Expr, FileFacts};
use crate::parse::data::{Node, NodeKind, Pair};
use crate::parse::fragment::Fragment;
use crate::parse::{shell, yaml};

/// Adds what the text says.
pub fn read(text: &str, facts: &mut FileFacts) {
    let parsed = yaml::parse(text);
    for problem in &parsed.problems {
        data::record(problem, facts);
    }
    let reader = Reader { text };
    let mut file = ComposeFile::default();
    for root in &parsed.documents {
        for pair in root.get("services").map(Node::pairs).unwrap_or_default() {
            file.services.push(reader.service(pair));
            if let Some(other) = pair.value.at(&["extends", "file"]) {
                file.includes.extend(reader.scalar(other));
            }
        }
        let networks = root.get("networks").map(Node::pairs).unwrap_or_default();
        file.networks.extend(networks.iter().map(|pair| Arc::clone(&pair.key)));
        for include in root.get("include").map(Node::items).unwrap_or_default() {
            let paths = include.get("path").unwrap_or(include);
            file.includes.extend(reader.scalars(paths));
        }
    }
    demand_env_files(&file, facts);
    crate::facts::adapters::envoy::demand_mounts(&file, facts);
    crate::facts::adapters::traefik::demand_mounts(&file, facts);
    facts.compose = Some(Box::new(file));
}

/// Env files may have any name, so they are read on demand.
fn demand_env_files(file: &ComposeFile, facts: &mut FileFacts) {
    let env_files = file.services.iter().flat_map(|service| &service.env_files);
    let paths = env_files.chain(&file.includes).filter_map(Expr::as_str);
    facts.demands.extend(paths.map(|path| Demand::File(Arc::from(path))));
}

struct Reader<'a> {
    text: &'a str,
}

impl Reader<'_> {
    fn service(&self, pair: &Pair) -> ComposeService {
        let node = &pair.value;
        let mut aliases: Vec<Expr> = Vec::new();
        aliases.extend(self.field(node, "container_name"));
        aliases.extend(self.field(node, "hostname"));
        let mut networks = Vec::new();
        if let Some(found) = node.get("networks") {
            networks.extend(found.texts().into_iter().map(|(name, _)| Arc::clone(name)));
            for network in found.pairs() {
                networks.push(Arc::clone(&network.key));
                aliases.extend(network.value.get("aliases").map(|list| self.scalars(list)).unwrap_or_default());
            }
        }
        ComposeService {
            name: Arc::clone(&pair.key),
            span: pair.key_span,
            aliases,
            image: self.field(node, "image"),
            build: node.get("build").map(|build| self.build(build)),
            command: node.get("command").and_then(|command| self.command(command)),
            entrypoint: node.get("entrypoint").and_then(|command| self.command(command)),
            environment: node.get("environment").map(|found| self.settings(found)).unwrap_or_default(),
            env_files: self.env_files(node),
            ports: node.get("ports").map(|found| self.ports(found)).unwrap_or_default(),
            expose: node.get("expose").map(|found| self.scalars(found)).unwrap_or_default(),
            networks,
            network_mode: self.field(node, "network_mode"),
            mounts: node.get("volumes").map(|found| self.mounts(found)).unwrap_or_default(),
            filled: self.filled(node),
            depends_on: node.get("depends_on").map(names).unwrap_or_default(),
            labels: node.get("labels").map(|found| self.settings(found)).unwrap_or_default(),
            deploy_labels: node.at(&["deploy", "labels"]).map(|found| self.settings(found)).unwrap_or_default(),
            profiles: node.get("profiles").map(names).unwrap_or_default(),
            working_dir: self.field(node, "working_dir"),
            replicas: node
                .get("deploy")
                .and_then(|deploy| self.field(deploy, "replicas"))
                .or_else(|| self.field(node, "scale")),
            extends: node
                .get("extends")
                .and_then(|found| found.get("service").or(Some(found)).and_then(Node::text))
                .cloned(),
        }
    }

    fn build(&self, node: &Node) -> ComposeBuild {
        let args = node.get("args").map(|found| self.settings(found)).unwrap_or_default();
        let short = matches!(node.kind, NodeKind::Scalar { .. }).then(|| self.scalar(node)).flatten();
        ComposeBuild {
            span: node.span,
            context: short.or_else(|| self.field(node, "context")),
            dockerfile: self.field(node, "dockerfile"),
            target: self.field(node, "target"),
            args,
        }
    }

    /// `command` and `entrypoint`: a list is executed as it is; a string is split into words, without a shell.
    fn command(&self, node: &Node) -> Option<CommandFact> {
        match &node.kind {
            NodeKind::List(items) => {
                let texts: Vec<_> = items.iter().filter_map(|item| Some((item.text()?, item.span))).collect();
                let reader = reader_of(texts.iter().map(|(text, _)| &***text));
                let words: Vec<_> =
                    texts.iter().map(|(text, span)| shell::interpolate(Fragment::of(self.text, *span, text))).collect();
                (!words.is_empty()).then(|| command::exec(node.span, words, reader))
            }
            _ => {
                let text = node.text()?;
                let reader = reader_of(std::iter::once(&**text));
                let unescaped = text.replace("$$", "$");
                let source = Fragment::of(self.text, node.span, &unescaped);
                (!text.trim().is_empty()).then(|| command::shell_line(source, reader))
            }
        }
    }

    fn env_files(&self, service: &Node) -> Vec<Expr> {
        let Some(node) = service.get("env_file") else { return Vec::new() };
        let long = node.items().iter().filter_map(|item| self.field(item, "path"));
        self.scalars(node).into_iter().chain(long).collect()
    }

    fn field(&self, node: &Node, key: &str) -> Option<Expr> {
        node.get(key).and_then(|value| self.scalar(value))
    }

    fn scalar(&self, node: &Node) -> Option<Expr> {
        node.text().map(|text| words::interpolated(Fragment::of(self.text, node.span, text)))
    }

    fn scalars(&self, node: &Node) -> Vec<Expr> {
        match &node.kind {
            NodeKind::List(items) => items.iter().filter_map(|item| self.scalar(item)).collect(),
            _ => self.scalar(node).into_iter().collect(),
        }
    }
}

/// Who fills the variables of a command: `$$X` is the container's, `$X` compose's own. A line with both is taken for
/// the container's.
fn reader_of<'t>(mut texts: impl Iterator<Item = &'t str>) -> EnvReader {
    if texts.any(|text| text.contains("$$")) { EnvReader::Shell } else { EnvReader::Compose }
}

/// The names of a list, or the keys of a map.
fn names(node: &Node) -> Vec<Arc<str>> {
    let keys = node.pairs().iter().map(|pair| Arc::clone(&pair.key));
    node.texts().into_iter().map(|(name, _)| Arc::clone(name)).chain(keys).collect()
}

#[cfg(test)]
mod tests;
