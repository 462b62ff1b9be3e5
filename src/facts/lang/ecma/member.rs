//! Members: `a.b`, `a["b"]`, `a[0]`, and the objects of the platform that they lead to.

use std::sync::Arc;

use tree_sitter::Node;

use super::build::Builder;
use super::condition::mode_flag;
use super::node::{arguments, children, is_function, string_text, strip};
use super::operators::choice;
use super::scope::{BindingKind, Step};
use crate::base::is_tool_configuration;
use crate::facts::{EnvReader, Expr, ExprKind, Guard, HoleReason, Op, PagePart};
use crate::parse::fields::Fields;

/// Calls whose result wraps their argument, read with `.value` or `.current`.
const REFERENCES: &[&str] = &[
    "ref",
    "shallowRef",
    "computed",
    "toRef",
    "useRef",
    "React.useRef",
    "signal",
    "useSignal",
    "useComputed",
    "customRef",
];

impl<'t> Builder<'_, 't> {
    pub(super) fn member_node(&mut self, node: Node<'t>) -> Expr {
        let span = self.cx.span(node);
        let (Some(object), Some(property)) = (node.field("object"), node.field("property")) else {
            return Expr::hole(span, HoleReason::Unsupported);
        };
        let text = self.cx.text(node);
        if let Some((test, sense)) = mode_flag(text) {
            let bool = |value| Expr::new(span, ExprKind::Bool(value));
            return Expr::new(span, choice(vec![vec![Guard { test, sense }]], bool(true), bool(false)));
        }
        if let Some(reader) = self.env_reader(node, 6) {
            return Expr::new(span, ExprKind::Op(Op::EnvObject(reader), Vec::new()));
        }
        self.keyed(node, object, self.cx.text(property))
    }

    pub(super) fn subscript(&mut self, node: Node<'t>) -> Expr {
        let span = self.cx.span(node);
        let (Some(object), Some(index)) = (node.field("object"), node.field("index")) else {
            return Expr::hole(span, HoleReason::Unsupported);
        };
        let index = self.expr(index);
        match &index.kind {
            ExprKind::Str(key) => self.keyed(node, object, key),
            ExprKind::Num(number) => match number.parse::<usize>() {
                Ok(number) => {
                    let list = self.expr(object);
                    Expr::new(span, self.index(list, number).kind)
                }
                Err(_) => Expr::hole(span, HoleReason::Unsupported),
            },
            _ => match self.env_reader(object, 6) {
                Some(reader) => Expr::new(span, ExprKind::Op(Op::EnvNamed(reader), vec![index])),
                None => {
                    let object = self.expr(object);
                    match object.kind {
                        ExprKind::Hole(_) | ExprKind::Str(_) | ExprKind::Num(_) | ExprKind::Bool(_) => {
                            Expr::hole(span, HoleReason::Unsupported)
                        }
                        // A table looked up by a value that the evaluator may know.
                        _ => Expr::new(span, ExprKind::Op(Op::Get, vec![object, index])),
                    }
                }
            },
        }
    }

    /// `object.key` of the node `node`.
    fn keyed(&mut self, node: Node<'t>, object: Node<'t>, key: &str) -> Expr {
        let span = self.cx.span(node);
        let object = strip(object);
        if let Some(reader) = self.env_reader(object, 6) {
            return Expr::new(span, ExprKind::Env { name: Arc::from(key), reader });
        }
        if self.is_location(object) {
            return Expr::new(
                span,
                PagePart::of_property(key).map_or(ExprKind::Hole(HoleReason::Runtime), ExprKind::Page),
            );
        }
        if self.is_location(node) {
            return Expr::new(span, ExprKind::Page(PagePart::Href));
        }
        if let Some(part) = self.document_part(object, key) {
            return Expr::new(span, ExprKind::Page(part));
        }
        if self.is_platform(object) {
            let is_own = super::build::is_configured(key) && !matches!(self.cx.text(object), "document");
            return Expr::new(
                span,
                if is_own { ExprKind::Name(Arc::from(key)) } else { ExprKind::Hole(HoleReason::Runtime) },
            );
        }
        if object.kind() == "this" {
            return self.field_of_this(node, key);
        }
        if matches!(key, "value" | "current")
            && let Some(wrapped) = self.referenced(object)
        {
            return Expr::new(span, wrapped.kind);
        }
        let object = self.expr(object);
        Expr::new(span, self.member(object, key).kind)
    }

    /// What `x` of `x.value` or `x.current` wraps.
    fn referenced(&mut self, object: Node<'t>) -> Option<Expr> {
        if object.kind() != "identifier" {
            return None;
        }
        let (id, binding) = self.cx.binding_of(object)?;
        let BindingKind::Variable { declarator, path } = &binding.kind else { return None };
        let call = strip(declarator.field("value")?);
        if !path.is_empty() || call.kind() != "call_expression" {
            return None;
        }
        let callee = self.cx.text(call.field("function")?);
        if !REFERENCES.contains(&callee) {
            return None;
        }
        if !binding.changes.is_empty() || !binding.writes.is_empty() {
            return Some(Expr::hole(binding.span, HoleReason::Reassigned));
        }
        let _ = id;
        let argument = strip(*arguments(call).first()?);
        if is_function(argument) {
            return Some(self.written_out(argument, Vec::new()));
        }
        Some(self.expr(argument))
    }

    /// `const [x] = useState(initial)`: the initial value when nothing sets another one.
    pub(super) fn state_hook(&mut self, initial: Node<'t>, path: &[Step<'t>]) -> Option<Expr> {
        let call = strip(initial);
        let [Step::Index(0, _)] = path else { return None };
        if call.kind() != "call_expression" {
            return None;
        }
        let callee = self.cx.text(call.field("function")?);
        if !matches!(callee, "useState" | "React.useState") {
            return None;
        }
        let pattern = self.cx.parent(call)?.field("name")?;
        let is_set = match children(pattern).nth(1) {
            Some(setter) => self.cx.mentions(self.cx.text(setter)) > 1,
            None => false,
        };
        let argument = arguments(call).first().copied().map(strip);
        Some(match argument {
            Some(_) if is_set => Expr::hole(self.cx.span(call), HoleReason::Runtime),
            Some(argument) if is_function(argument) => self.written_out(argument, Vec::new()),
            Some(argument) => self.expr(argument),
            None => Expr::hole(self.cx.span(call), HoleReason::Runtime),
        })
    }

    /// Who reads environment variables through this object (`import.meta.env`, `process.env`, a constant that is one).
    pub(super) fn env_reader(&self, node: Node<'t>, depth: usize) -> Option<EnvReader> {
        let reader = self.env_object(node, depth)?;
        // What a bundler's configuration reads is the process that builds.
        let builds = reader == EnvReader::ProcessEnv && is_tool_configuration(self.cx.path.name());
        Some(if builds { EnvReader::Build } else { reader })
    }

    fn env_object(&self, node: Node<'t>, depth: usize) -> Option<EnvReader> {
        let depth = depth.checked_sub(1)?;
        let node = strip(node);
        match node.kind() {
            "call_expression" => {
                let origin = self.cx.origin(node.field("function")?)?;
                origin.is("vite", "loadEnv").then_some(EnvReader::LoadEnv)
            }
            "member_expression" => match self.cx.text(node) {
                "import.meta.env" => Some(EnvReader::ImportMeta),
                "process.env" | "globalThis.process.env" | "window.process.env" | "Bun.env" => {
                    Some(EnvReader::ProcessEnv)
                }
                // Type assertions and optional chains in between.
                _ => {
                    if self.cx.text(node.field("property")?) != "env" {
                        return None;
                    }
                    let object = strip(node.field("object")?);
                    match self.cx.text(object) {
                        "import.meta" => Some(EnvReader::ImportMeta),
                        "process" | "globalThis.process" | "global.process" => Some(EnvReader::ProcessEnv),
                        _ => None,
                    }
                }
            },
            "identifier" => {
                let (_, binding) = self.cx.binding_of(node)?;
                match &binding.kind {
                    BindingKind::Import { module: "process" | "node:process", imported: "env" } => {
                        Some(EnvReader::ProcessEnv)
                    }
                    BindingKind::Import { module, imported: "env" } if module.starts_with("$env/dynamic/") => {
                        Some(EnvReader::LoadEnv)
                    }
                    BindingKind::Variable { declarator, path } if binding.writes.is_empty() => {
                        let value = strip(declarator.field("value")?);
                        match path.as_slice() {
                            [] => self.env_object(value, depth),
                            [Step::Key("env", _)] if self.cx.text(value) == "process" => Some(EnvReader::ProcessEnv),
                            [Step::Key("env", _)] if self.cx.text(value) == "import.meta" => {
                                Some(EnvReader::ImportMeta)
                            }
                            _ => None,
                        }
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// Whether a node is the page's `location`.
    fn is_location(&self, node: Node<'t>) -> bool {
        let node = strip(node);
        match node.kind() {
            "identifier" => self.cx.text(node) == "location" && self.cx.is_global(node),
            "member_expression" => {
                let is_named = node.field("property").is_some_and(|property| self.cx.text(property) == "location");
                let object = node.field("object").map(strip);
                is_named && object.is_some_and(|object| self.is_platform(object))
            }
            _ => false,
        }
    }

    /// `document.baseURI` and its relatives; a `<base>` element is rare enough to be left out.
    fn document_part(&self, object: Node<'t>, key: &str) -> Option<PagePart> {
        if !matches!(self.cx.text(object), "document" | "window.document") || !self.is_platform(object) {
            return None;
        }
        match key {
            "baseURI" | "URL" | "documentURI" => Some(PagePart::Href),
            "domain" => Some(PagePart::Hostname),
            _ => None,
        }
    }

    fn is_platform(&self, node: Node<'t>) -> bool {
        let node = strip(node);
        match node.kind() {
            "identifier" => {
                matches!(
                    self.cx.text(node),
                    "window" | "self" | "globalThis" | "document" | "top" | "parent" | "global"
                ) && self.cx.is_global(node)
            }
            "member_expression" => matches!(
                self.cx.text(node),
                "window.document" | "globalThis.window" | "window.parent" | "window.top" | "global.window"
            ),
            _ => false,
        }
    }

    /// `value.key`, as far as the value is shown here.
    pub(super) fn member(&mut self, value: Expr, key: &str) -> Expr {
        let span = value.span;
        match (&value.kind, PagePart::of_property(key)) {
            (ExprKind::Page(PagePart::Href), Some(part)) => return Expr::new(span, ExprKind::Page(part)),
            (
                _,
                Some(
                    part @ (PagePart::Protocol
                    | PagePart::Host
                    | PagePart::Hostname
                    | PagePart::Port
                    | PagePart::Origin),
                ),
            ) if is_page_relative(&value) => {
                return Expr::new(span, ExprKind::Page(part));
            }
            (_, Some(part)) if is_url(&value) => {
                return Expr::new(span, ExprKind::Op(Op::UrlPart(part), vec![value]));
            }
            _ => {}
        }
        match &value.kind {
            ExprKind::Object(fields) => {
                let at = |key: &str| fields.iter().rposition(|field| &*field.key == key);
                let (spread, own) = (at("..."), at(key));
                match value.field(key) {
                    // What is spread after it may hold another one.
                    Some(found) if spread < own => found.clone(),
                    _ if spread.is_some() => Expr::new(span, ExprKind::Member(Box::new(value), Arc::from(key))),
                    _ => Expr::new(span, ExprKind::Undefined),
                }
            }
            ExprKind::Op(Op::EnvObject(reader), _) => {
                Expr::new(span, ExprKind::Env { name: Arc::from(key), reader: *reader })
            }
            ExprKind::Hole(reason) => Expr::hole(span, reason.clone()),
            ExprKind::Name(_)
            | ExprKind::Member(..)
            | ExprKind::Param(_)
            | ExprKind::Captured(..)
            | ExprKind::Op(Op::Get | Op::Put, _)
            | ExprKind::Call { .. }
            | ExprKind::Choice(_)
            | ExprKind::File(_)
            | ExprKind::Module(_)
            | ExprKind::Op(Op::ParseJson | Op::AnyOf | Op::Fetched | Op::Provided, _) => {
                Expr::new(span, ExprKind::Member(Box::new(value), Arc::from(key)))
            }
            _ => Expr::hole(span, HoleReason::Unsupported),
        }
    }

    /// `value.key`, for adapters.
    pub fn member_of(&mut self, value: Expr, key: &str) -> Expr {
        self.member(value, key)
    }

    /// `list[index]`.
    pub(super) fn index(&mut self, list: Expr, index: usize) -> Expr {
        let span = list.span;
        match &list.kind {
            ExprKind::List(items) if !items.iter().any(|item| matches!(item.kind, ExprKind::Spread(_))) => {
                items.get(index).cloned().unwrap_or_else(|| Expr::new(span, ExprKind::Undefined))
            }
            ExprKind::Hole(reason) => Expr::hole(span, reason.clone()),
            // `location.host.split(':')[0]`
            ExprKind::Op(Op::Split, parts)
                if matches!(parts.as_slice(), [Expr { kind: ExprKind::Page(PagePart::Host), .. }, by] if by.as_str() == Some(":"))
                    && index < 2 =>
            {
                Expr::new(span, ExprKind::Page(if index == 0 { PagePart::Hostname } else { PagePart::Port }))
            }
            ExprKind::Op(Op::AnyOf, _) => {
                Expr::new(span, ExprKind::Member(Box::new(list), Arc::from(index.to_string())))
            }
            _ => {
                let index = Expr::new(span, ExprKind::Num(Arc::from(index.to_string())));
                Expr::new(span, ExprKind::Op(Op::Index, vec![list, index]))
            }
        }
    }
}

/// Whether a value is a URL with the page's own scheme and host: a path resolved against the page's address.
fn is_page_relative(value: &Expr) -> bool {
    let ExprKind::Op(Op::ParseUrl, operands) = &value.kind else { return false };
    match operands.as_slice() {
        [only] => matches!(only.kind, ExprKind::Page(PagePart::Href | PagePart::Origin)),
        [path, base] => {
            let start = match &path.kind {
                ExprKind::Op(Op::Concat, parts) => parts.first().and_then(Expr::as_str),
                _ => path.as_str(),
            };
            matches!(base.kind, ExprKind::Page(PagePart::Href | PagePart::Origin))
                && start.is_some_and(|start| {
                    let is_rooted = start.starts_with('/') && !start.starts_with("//") && start.len() > 1;
                    is_rooted || start.split_once('/').is_some_and(|(head, _)| !head.is_empty() && !head.contains(':'))
                })
        }
        _ => false,
    }
}

/// Whether a value is a URL object.
pub(super) fn is_url(value: &Expr) -> bool {
    let mut value = value;
    for _ in 0..32 {
        match &value.kind {
            ExprKind::Op(Op::ParseUrl | Op::SetUrlPart(_), _) => return true,
            ExprKind::Choice(arms) => match arms.first() {
                Some(arm) => value = &arm.value,
                None => return false,
            },
            _ => return false,
        }
    }
    false
}

/// The key of a property node, when it is written out.
pub(super) fn property_key<'t>(node: Node<'t>, source: &'t str) -> Option<&'t str> {
    match node.kind() {
        "property_identifier" | "shorthand_property_identifier" | "number" | "private_property_identifier" => {
            source.get(node.byte_range())
        }
        "string" => string_text(node, source),
        "computed_property_name" => string_text(children(node).next()?, source),
        _ => None,
    }
}
