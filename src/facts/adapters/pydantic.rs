//! pydantic settings: fields that are read from the environment, decoded by their type.

mod decode;
mod validator;

use std::sync::Arc;

use tree_sitter::Node;

use crate::base::Span;
use crate::facts::lang::python::outline::Site;
use crate::facts::lang::python::scope::{BindKind, ScopeId, ScopeKind};
use crate::facts::lang::python::{At, PythonAdapter, PythonCx, env_or, span};
use crate::facts::{
    Arm, DefinitionValue, Demand, EnvReader, Expr, ExprKind, FileFacts, Guard, HoleReason, Sense, Test,
};
use decode::{Decoded, decode};

/// The adapter. Settings classes are read when another file imports them, so no needle asks for a parse.
pub static ADAPTER: PythonAdapter =
    PythonAdapter { name: "pydantic", needles: &[], marks: &[], kept: &[], visit, whole: None };

/// How many base classes are followed.
const MAX_BASES: usize = 8;

/// What `model_config` and `class Config` say.
#[derive(Clone, Debug, Default)]
struct Config {
    prefix: String,
    ignore_empty: bool,
    env_files: Vec<String>,
}

fn visit<'t>(cx: &PythonCx<'t>, site: &Site<'t>, facts: &mut FileFacts) {
    if site.node.kind() == "call" {
        return load_dotenv(cx, site, facts);
    }
    let Some(id) = site.opens.filter(|_| site.node.kind() == "class_definition" && site.scope == ScopeId(0)) else {
        return;
    };
    if !is_settings(cx, id) {
        return;
    }
    let config = config(cx, id);
    facts.demands.extend(config.env_files.iter().map(|path| Demand::EnvFile(Arc::from(path.as_str()))));
    let Some(scope) = cx.outline.scopes.get(id.0) else { return };
    let Some(module) = facts.module.as_deref_mut() else { return };
    let class = module.definitions.iter_mut().find_map(|definition| match &mut definition.value {
        DefinitionValue::Class(class) if definition.name == scope.name => Some(class),
        _ => None,
    });
    let Some(class) = class else { return };
    for field in &mut class.fields {
        let Some(binding) = scope.bindings.get(&*field.name).and_then(|bindings| bindings.first()) else { continue };
        let Some(annotation) = binding.annotation else { continue };
        if field.name.starts_with('_') || &*field.name == "model_config" {
            continue;
        }
        let given = match binding.kind {
            BindKind::Assign(node) => Some(node),
            _ => None,
        };
        let reading = Reading { cx, class: id, config: &config, name: &field.name, span: field.span };
        if let Some(value) = reading.value(annotation, given) {
            field.value = Some(value);
        }
    }
}

/// `load_dotenv("config.env")`.
fn load_dotenv<'t>(cx: &PythonCx<'t>, site: &Site<'t>, facts: &mut FileFacts) {
    if cx.constructor(site.node).is_none_or(|name| name != "dotenv.load_dotenv") {
        return;
    }
    let path = cx.args(site.node).get(0, "dotenv_path").and_then(|path| cx.constant_text(path, &cx.at(site)));
    facts.demands.extend(path.map(|path| Demand::EnvFile(Arc::from(path))));
}

/// Whether the class is one of pydantic's settings, through base classes of the same file. A base that comes from
/// another file counts when its name says so.
fn is_settings(cx: &PythonCx<'_>, id: ScopeId) -> bool {
    lineage(cx, id).into_iter().any(|id| {
        cx.bases(id).iter().any(|base| {
            let ExprKind::Name(name) = &base.kind else {
                return matches!(&base.kind, ExprKind::Member(_, name) if &**name == "BaseSettings");
            };
            let dotted = cx.outline.canonical.get(name);
            dotted.is_some_and(|dotted| dotted.ends_with("Settings"))
        })
    })
}

/// The class and its base classes of the same file, nearest first.
fn lineage(cx: &PythonCx<'_>, id: ScopeId) -> Vec<ScopeId> {
    let mut found = vec![id];
    let mut next = 0;
    while let Some(id) = found.get(next).copied().filter(|_| found.len() < MAX_BASES) {
        next += 1;
        for base in cx.bases(id) {
            let ExprKind::Name(name) = &base.kind else { continue };
            let local = cx.outline.scopes.first().and_then(|module| module.bindings.get(&**name)?.first().copied());
            if let Some(BindKind::Scope(base)) = local.map(|binding| binding.kind)
                && !found.contains(&base)
            {
                found.push(base);
            }
        }
    }
    found
}

fn config(cx: &PythonCx<'_>, id: ScopeId) -> Config {
    let mut found = Config::default();
    for class in lineage(cx, id).into_iter().rev() {
        let Some(scope) = cx.outline.scopes.get(class.0) else { continue };
        let at = At::end_of(class);
        if let Some(BindKind::Assign(node)) = scope.bindings.get("model_config").and_then(|b| b.last()).map(|b| b.kind)
        {
            let value = |name: &str| match node.kind() {
                "call" => cx.args(node).keyword(name).map(|value| cx.expr(value, &at)),
                _ => cx.expr(node, &at).field(name).cloned(),
            };
            found.merge(value);
        }
        if let Some(BindKind::Scope(inner)) = scope.bindings.get("Config").and_then(|b| b.last()).map(|b| b.kind)
            && cx.outline.scopes.get(inner.0).is_some_and(|scope| scope.kind == ScopeKind::Class)
        {
            found.merge(|name| cx.value_of(inner, name, &At::end_of(inner)));
        }
    }
    found
}

impl Config {
    fn merge(&mut self, value: impl Fn(&str) -> Option<Expr>) {
        if let Some(prefix) = value("env_prefix").and_then(|value| value.as_str().map(str::to_owned)) {
            self.prefix = prefix;
        }
        if let Some(ExprKind::Bool(ignore)) = value("env_ignore_empty").map(|value| value.kind) {
            self.ignore_empty = ignore;
        }
        match value("env_file").map(|value| value.kind) {
            Some(ExprKind::Str(path)) => self.env_files.push(path.to_string()),
            Some(ExprKind::List(paths)) => {
                self.env_files.extend(paths.iter().filter_map(|path| path.as_str().map(str::to_owned)));
            }
            _ => {}
        }
    }
}

/// One field of a settings class.
struct Reading<'a, 't> {
    cx: &'a PythonCx<'t>,
    class: ScopeId,
    config: &'a Config,
    name: &'a str,
    span: Span,
}

impl<'t> Reading<'_, 't> {
    fn value(&self, annotation: Node<'t>, given: Option<Node<'t>>) -> Option<Expr> {
        let cx = self.cx;
        let at = At::end_of(self.class);
        let kind = decode(cx.text(annotation));
        if kind == Decoded::NotAField {
            return None;
        }
        let field = given.filter(|node| cx.constructor(*node).is_some_and(|name| name.ends_with("Field")));
        let mut names: Vec<String> = Vec::new();
        let default = match field {
            None => given.map(|node| cx.expr(node, &at)),
            Some(call) => {
                let args = cx.args(call);
                for key in ["validation_alias", "alias", "env"] {
                    if let (Some(node), true) = (args.keyword(key), names.is_empty()) {
                        names = self.aliases(node, &at);
                    }
                }
                self.default(&args, &at)
            }
        };
        if names.is_empty() {
            names.push(format!("{}{}", self.config.prefix, self.name));
        }
        let validators = validator::of_field(cx, self.class, self.name, annotation);
        let mut value = default.map(|default| {
            let default = kind.converted(default);
            validators.apply(cx, default)
        });
        for name in names.iter().rev() {
            let read = Expr::new(
                self.span,
                ExprKind::Env { name: Arc::from(name.to_ascii_uppercase()), reader: EnvReader::Pydantic },
            );
            let used = self.read(&kind, &validators, &read);
            value = Some(match (value, self.config.ignore_empty) {
                (Some(default), true) => {
                    let set = Guard { test: Test::Truthy(Box::new(read)), sense: Sense::Holds };
                    let arms = vec![Arm { guards: vec![set], value: used }, Arm { guards: Vec::new(), value: default }];
                    Expr::new(self.span, ExprKind::Choice(arms))
                }
                (default, _) => env_or(self.span, read, used, default),
            });
        }
        value
    }

    /// The value that a set variable gives.
    fn read(&self, kind: &Decoded, validators: &validator::Validators<'t>, read: &Expr) -> Expr {
        if *kind == Decoded::TextOrList {
            // Text that is no JSON is passed on as it is.
            let json = Guard {
                test: Test::StartsWith(Box::new(read.clone()), Box::new(Expr::str(self.span, "["))),
                sense: Sense::Holds,
            };
            let list = validators.apply(self.cx, Decoded::List.decoded(read.clone()));
            let text = validators.apply(self.cx, read.clone());
            let arms = vec![Arm { guards: vec![json], value: list }, Arm { guards: Vec::new(), value: text }];
            return Expr::new(self.span, ExprKind::Choice(arms));
        }
        validators.apply(self.cx, kind.decoded(read.clone()))
    }

    /// `default`, `default_factory=lambda: [...]`; none for `...`.
    fn default(&self, args: &crate::facts::lang::python::Args<'t>, at: &At<'t>) -> Option<Expr> {
        if let Some(factory) = args.keyword("default_factory") {
            return Some(match factory.child_by_field_name("body").filter(|_| factory.kind() == "lambda") {
                Some(body) => self.cx.expr(body, at),
                None if self.cx.text(factory) == "list" => Expr::new(span(factory), ExprKind::List(Vec::new())),
                None => Expr::hole(span(factory), HoleReason::Unsupported),
            });
        }
        let node = args.get(0, "default")?;
        (node.kind() != "ellipsis").then(|| self.cx.expr(node, at))
    }

    /// `"A"`, `["A", "B"]`, `AliasChoices("A", "B")`.
    fn aliases(&self, node: Node<'t>, at: &At<'t>) -> Vec<String> {
        let nodes = match node.kind() {
            "call" => self.cx.args(node).positional,
            "list" | "tuple" => self.cx.elements(node, at).unwrap_or_default(),
            _ => vec![node],
        };
        nodes.into_iter().filter_map(|node| self.cx.constant_text(node, at)).collect()
    }
}

#[cfg(test)]
mod tests;
