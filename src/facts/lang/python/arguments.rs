//! Arguments of the command line, as `argparse` hands them out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tree_sitter::Node;

use super::build::{PythonCx, span};
use super::call::env_or;
use super::outline::Site;
use super::place::At;
use super::scope::BindKind;
use super::text;
use crate::base::Span;
use crate::facts::{EnvReader, Expr, ExprKind, Field, HoleReason};
use crate::parse::fields::Fields;

/// What a file does with the command line.
pub(super) struct CommandLine {
    /// The calls that declare options, by the attribute that holds the value; `None` for an attribute of several.
    options: BTreeMap<Box<str>, Option<usize>>,
    /// Functions that parse it.
    parsing: BTreeSet<usize>,
}

impl<'t> PythonCx<'t> {
    /// The value of `args.port`, where `args` is what a parser made of the command line.
    pub(super) fn argument(&self, here: Span, object: Node<'t>, name: &str, at: &At<'t>) -> Option<Expr> {
        if !self.packages.contains("argparse") {
            return None;
        }
        let line = self.command_line.get_or_init(|| self.read_command_line());
        let site = self.outline.sites.get((*line.options.get(name)?)?)?;
        self.is_parsed(self.resolve(object, at), line).then(|| self.option_of(here, site))
    }

    /// All that a parser makes of the command line, where this very call does so.
    pub(super) fn parsed_arguments(&self, call: Node<'t>) -> Option<Expr> {
        if !self.packages.contains("argparse") || self.method(call).is_none_or(|(_, method)| method != "parse_args") {
            return None;
        }
        let here = span(call);
        let line = self.command_line.get_or_init(|| self.read_command_line());
        let known = line.options.iter().map(|(name, index)| {
            let site = index.and_then(|index| self.outline.sites.get(index));
            let value =
                site.map_or_else(|| Expr::hole(here, HoleReason::Unsupported), |site| self.option_of(here, site));
            Field { key: Arc::from(&**name), key_span: value.span, value }
        });
        let others = Field { key: Arc::from("..."), key_span: here, value: Expr::hole(here, HoleReason::Unsupported) };
        Some(Expr::new(here, ExprKind::Object(std::iter::once(others).chain(known).collect())))
    }

    /// The value of an option that a call declares.
    fn option_of(&self, here: Span, site: &Site<'t>) -> Expr {
        self.stated_option(here, site).unwrap_or_else(|| Expr::hole(here, HoleReason::Unsupported))
    }

    fn stated_option(&self, here: Span, site: &Site<'t>) -> Option<Expr> {
        let args = self.args(site.node);
        let default = match args.keyword("action").map(|action| text::literal(self.outline.text, action)) {
            None => args.keyword("default").map(|default| self.expr(default, &self.at(site))),
            Some(action) => match action.as_deref()? {
                "store" => args.keyword("default").map(|default| self.expr(default, &self.at(site))),
                "store_true" => Some(Expr::new(here, ExprKind::Bool(false))),
                "store_false" => Some(Expr::new(here, ExprKind::Bool(true))),
                _ => return None,
            },
        };
        let is_needed = args.keyword("required").is_some_and(|required| self.text(required) == "True");
        let default = default.unwrap_or_else(|| Expr::new(here, ExprKind::Null));
        let mut value = (!is_needed).then_some(default);
        for option in self.written(site).into_iter().rev() {
            let reader = EnvReader::Arguments;
            let read = Expr::new(span(site.node), ExprKind::Env { name: option.as_str().into(), reader });
            value = Some(env_or(here, read.clone(), read, value));
        }
        value
    }

    /// Whether a call gives what a parser made of the command line, itself or in a function of the file.
    fn is_parsed(&self, call: Node<'t>, line: &CommandLine) -> bool {
        if call.kind() != "call" {
            return false;
        }
        if let Some((_, method)) = self.method(call) {
            return method == "parse_args";
        }
        let called = call.field("function").map(|function| self.text(function));
        let bindings = called.and_then(|called| self.outline.scopes.first()?.bindings.get(called));
        bindings.into_iter().flatten().any(|binding| match binding.kind {
            BindKind::Scope(id) => line.parsing.contains(&id.0),
            _ => false,
        })
    }

    fn read_command_line(&self) -> CommandLine {
        let mut line = CommandLine { options: BTreeMap::new(), parsing: BTreeSet::new() };
        for (index, site) in self.outline.sites.iter().enumerate().filter(|(_, site)| site.node.kind() == "call") {
            match self.method(site.node).map(|(_, method)| method) {
                Some("add_argument") => {}
                Some("parse_args") => {
                    line.parsing.insert(site.scope.0);
                    continue;
                }
                _ => continue,
            }
            let written = self.written(site);
            let long = written.iter().find(|option| option.starts_with("--")).or_else(|| written.first());
            let stated = self.args(site.node).keyword("dest").map(|dest| text::literal(self.outline.text, dest));
            let name = match stated {
                Some(stated) => stated,
                None => long.map(|option| option.trim_start_matches('-').replace('-', "_")),
            };
            if let Some(name) = name {
                line.options.entry(name.into()).and_modify(|known| *known = None).or_insert(Some(index));
            }
        }
        line
    }

    /// The option as it is written on the command line, in all its forms: `-p`, `--port`.
    fn written(&self, site: &Site<'t>) -> Vec<String> {
        let texts = self.args(site.node).positional.into_iter();
        let options = texts.filter_map(|node| text::literal(self.outline.text, node));
        options.filter(|option| option.starts_with('-')).collect()
    }
}
