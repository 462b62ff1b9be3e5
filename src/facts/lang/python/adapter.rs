//! What an adapter for a Python framework is, and what all of them need.

use std::sync::Arc;

use tree_sitter::Node;

use super::args::Args;
use super::build::{PythonCx, choice, span};
use super::outline::Site;
use super::place::{At, Meaning};
use super::scope::{GuardChain, ScopeId, ScopeKind};
use crate::facts::{Arm, Expr, ExprKind, FileFacts, HoleReason};
use crate::parse::fields::Fields;

/// An adapter: one framework or tool.
pub struct PythonAdapter {
    /// Its name, for messages.
    pub name: &'static str,
    /// Texts of which one is in every file that it can say something about on its own.
    pub needles: &'static [&'static str],
    /// Texts of which one is in every file where `visit` finds something; empty when any file may be one.
    pub marks: &'static [&'static str],
    /// Constructors whose results are referred to by name (`fastapi.FastAPI`).
    pub kept: &'static [&'static str],
    /// Called for every call, function and class.
    pub visit: for<'t> fn(&PythonCx<'t>, &Site<'t>, &mut FileFacts),
    /// Called once, after all of them.
    pub whole: Option<for<'t> fn(&PythonCx<'t>, &mut FileFacts)>,
}

impl<'t> PythonCx<'t> {
    /// Where a site is.
    #[must_use]
    pub fn at(&self, site: &Site<'t>) -> At<'t> {
        At::new(site.scope, site.guards, site.node)
    }

    /// The top-level function or class around a scope.
    #[must_use]
    pub fn around(&self, scope: ScopeId) -> Option<Arc<str>> {
        let mut found = None;
        let mut id = Some(scope);
        while let Some(scope) = id.and_then(|id| self.outline.scopes.get(id.0)) {
            if scope.kind != ScopeKind::Module {
                found = Some(Arc::clone(&scope.name));
            }
            id = scope.parent;
        }
        found
    }

    /// Whether a module of the package `root` is imported anywhere in the file.
    #[must_use]
    pub fn imports(&self, root: &str) -> bool {
        self.packages.contains(root)
    }

    /// An application or router as others refer to it: by name where it is created here.
    #[must_use]
    pub fn reference(&self, node: Node<'t>, at: &At<'t>) -> Expr {
        let text = self.text(node);
        if self.constructor(node).is_some_and(|made| self.kept.contains(&&*made)) {
            // Made in place: known by where it is.
            return Expr::new(span(node), ExprKind::Name(Arc::from("")));
        }
        if node.kind() == "attribute" && text.starts_with("self.") {
            let class = self.class_of(at.scope);
            if class.is_some_and(|class| self.scopes_of_class(class).any(|id| self.is_kept(id, text))) {
                return Expr::new(span(node), ExprKind::Name(Arc::from(text)));
            }
        }
        self.expr(node, at)
    }

    /// The dotted name of the call that made what `node` refers to.
    #[must_use]
    pub fn made_by(&self, node: Node<'t>, at: &At<'t>) -> Option<String> {
        if let Some(made) = self.constructor(self.resolve(node, at)) {
            return Some(made);
        }
        let text = self.text(node);
        let class = self.class_of(at.scope)?;
        self.scopes_of_class(class).filter_map(|id| self.scope(id)).find_map(|scope| {
            scope.bindings.get(text)?.iter().find_map(|binding| match binding.kind {
                super::scope::BindKind::Assign(value) => self.constructor(value),
                _ => None,
            })
        })
    }

    /// The dotted names of the classes that a class of this file extends, however far; for an imported class its own.
    #[must_use]
    pub fn dotted_bases(&self, name: &str) -> Vec<String> {
        let mut found = Vec::new();
        let mut work = vec![name.to_owned()];
        let mut seen: Vec<String> = Vec::new();
        while let Some(name) = work.pop().filter(|_| seen.len() < 16) {
            if seen.contains(&name) {
                continue;
            }
            let local = self.class_named(&name).and_then(|class| self.scope(class));
            match local.and_then(|class| class.node.field("superclasses")) {
                Some(list) => {
                    let mut cursor = list.walk();
                    work.extend(list.named_children(&mut cursor).map(|base| self.text(base).to_owned()));
                }
                None => {
                    let (root, rest) = name.split_once('.').unwrap_or((&name, ""));
                    if let Some(dotted) = self.outline.canonical.get(root) {
                        found.push(if rest.is_empty() { dotted.to_string() } else { format!("{dotted}.{rest}") });
                    }
                }
            }
            seen.push(name);
        }
        found
    }

    /// The name that a call's result is bound to; empty when it has none.
    #[must_use]
    pub fn bound_name(&self, site: &Site<'t>) -> Arc<str> {
        match site.target {
            Some(target) if matches!(target.kind(), "identifier" | "attribute") => Arc::from(self.text(target)),
            _ => Arc::from(""),
        }
    }

    /// The object and the method name of a call's function.
    #[must_use]
    pub fn method(&self, call: Node<'t>) -> Option<(Node<'t>, &'t str)> {
        let function = if call.kind() == "call" { call.field("function")? } else { call };
        if function.kind() != "attribute" {
            return None;
        }
        Some((function.field("object")?, self.text(function.field("attribute")?)))
    }

    /// `value`, or `otherwise` when the site's conditions do not hold.
    #[must_use]
    pub fn under_guards(&self, site: &Site<'t>, value: Expr, otherwise: ExprKind) -> Expr {
        let guards = self.chain_guards(site.guards, GuardChain::default(), &self.at(site));
        if guards.is_empty() {
            return value;
        }
        let here = value.span;
        let other = Arm { guards: Vec::new(), value: Expr::new(here, otherwise) };
        choice(here, vec![Arm { guards, value }, other])
    }

    /// The value of an option that may hide in `**options` that are not known: then a hole.
    #[must_use]
    pub fn option(&self, args: &Args<'t>, name: &str, at: &At<'t>) -> Option<Expr> {
        if let Some(value) = self.keyword_value(args, name, at) {
            return Some(value);
        }
        args.splats.iter().find_map(|splat| {
            let value = self.final_value(*splat, at);
            let known = matches!(&value.kind, ExprKind::Object(fields) if fields.iter().all(|f| &*f.key != "..."));
            (!known).then(|| Expr::hole(span(*splat), HoleReason::Unsupported))
        })
    }

    /// Elements of a list literal, seen through names.
    #[must_use]
    pub fn elements(&self, node: Node<'t>, at: &At<'t>) -> Option<Vec<Node<'t>>> {
        let node = self.resolve(node, at);
        if !matches!(node.kind(), "list" | "tuple" | "set" | "expression_list") {
            return None;
        }
        let mut cursor = node.walk();
        Some(node.named_children(&mut cursor).filter(|child| child.kind() != "comment").collect())
    }

    /// The places that a site is at when the `for` loops over literal lists around it are unrolled.
    #[must_use]
    pub fn unrolled(&self, site: &Site<'t>) -> Vec<At<'t>> {
        let at = self.at(site);
        let Some(found) = site.in_loop.and_then(|id| self.outline.loops.get(id.0)) else { return vec![at] };
        let Some(elements) = self.elements(found.over, &at).filter(|elements| elements.len() <= 64) else {
            return vec![at];
        };
        let mut places = Vec::new();
        for element in elements {
            let mut place = at.clone();
            if found.single {
                if let Some(name) = found.names.first() {
                    place = place.with(self.text(*name), Meaning::Node(element));
                }
            } else if let Some(parts) = self.elements(element, &at) {
                for (name, part) in found.names.iter().zip(parts) {
                    place = place.with(self.text(*name), Meaning::Node(part));
                }
            }
            places.push(place);
        }
        places
    }
}
