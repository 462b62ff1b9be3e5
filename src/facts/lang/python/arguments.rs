//! Arguments of the command line, as `argparse` hands them out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tree_sitter::Node;

use super::build::{PythonCx, span};
use super::call::env_or;
use super::outline::Site;
use super::place::At;
use super::scope::{BindKind, ScopeId};
use super::text;
use crate::base::{Limit, Span};
use crate::facts::{EnvReader, Expr, ExprKind, Field, HoleReason};
use crate::parse::fields::Fields;

/// Options of the object that a parser makes of the whole command line.
const MOST_OPTIONS: Limit = Limit::new(
    100,
    "options of the command line of one program",
    "the values of the remaining ones are unknown where all are handed on together",
    "read the value where it is parsed (`args.port`), and hand that on",
);

/// Functions that hand the words of the command line on to each other.
const MOST_HANDED_ON: u32 = 4;

/// What a file does with the command line.
pub(super) struct CommandLine {
    /// The calls that declare options, by the attribute that holds the value; `None` where several calls have a say.
    options: BTreeMap<Box<str>, Option<usize>>,
    /// Functions that parse it.
    parsing: BTreeSet<usize>,
}

/// How a command line is parsed.
#[derive(Clone, Copy)]
enum Parse {
    /// As a whole.
    All,
    /// As far as it is known: what is left over comes second.
    Known,
}

impl Parse {
    fn of(method: &str) -> Option<Self> {
        match method {
            "parse_args" | "parse_intermixed_args" => Some(Self::All),
            "parse_known_args" | "parse_known_intermixed_args" => Some(Self::Known),
            _ => None,
        }
    }
}

/// What an option does with its value.
#[derive(Clone, Copy)]
enum Action {
    /// It is kept.
    Store,
    /// There is none: that the option is given counts.
    StoreTrue,
}

impl Action {
    fn of(name: &str) -> Option<Self> {
        match name {
            "store" => Some(Self::Store),
            "store_true" => Some(Self::StoreTrue),
            _ => None,
        }
    }

    /// The value of an option that is not given and has no default of its own.
    fn default(self) -> ExprKind {
        match self {
            Self::Store => ExprKind::Null,
            Self::StoreTrue => ExprKind::Bool(false),
        }
    }
}

impl<'t> PythonCx<'t> {
    /// The value of `args.port`, where `args` is what a parser made of the command line.
    pub(super) fn argument(&self, here: Span, object: Node<'t>, name: &str, at: &At<'t>) -> Option<Expr> {
        if !self.packages.contains("argparse") {
            return None;
        }
        let line = self.command_line.get_or_init(|| self.read_command_line());
        let site = self.outline.sites.get((*line.options.get(name)?)?)?;
        if !self.is_parsed(self.unpacked(object, at), line) {
            return None;
        }
        Some(self.option_of(here, site))
    }

    /// What an object stands for; that of `args, rest = parser.parse_known_args()` is the call.
    fn unpacked(&self, object: Node<'t>, at: &At<'t>) -> Node<'t> {
        let node = self.resolve(object, at);
        let first = self.only_binding(node, at, at.before).and_then(|binding| match binding.kind {
            BindKind::First(value) => Some(value),
            _ => None,
        });
        let of_index = || node.field("value").filter(|_| node.kind() == "subscript");
        first.or_else(of_index).unwrap_or(node)
    }

    /// All that a parser makes of the command line, where this very call does so.
    pub(super) fn parsed_arguments(&self, call: Node<'t>) -> Option<Expr> {
        if !self.packages.contains("argparse") {
            return None;
        }
        let parse = self.parse(call)?;
        let here = span(call);
        let line = self.command_line.get_or_init(|| self.read_command_line());
        if line.options.len() > MOST_OPTIONS.most_items() {
            self.limit(here, MOST_OPTIONS);
        }
        let known = line.options.iter().take(MOST_OPTIONS.most_items()).map(|(name, index)| {
            let site = index.and_then(|index| self.outline.sites.get(index));
            let value =
                site.map_or_else(|| Expr::hole(here, HoleReason::Unsupported), |site| self.option_of(here, site));
            Field { key: Arc::from(&**name), key_span: value.span, value }
        });
        let others = Field { key: Arc::from("..."), key_span: here, value: Expr::hole(here, HoleReason::Unsupported) };
        let all = Expr::new(here, ExprKind::Object(std::iter::once(others).chain(known).collect()));
        Some(match parse {
            Parse::All => all,
            Parse::Known => Expr::new(here, ExprKind::List(vec![all, Expr::hole(here, HoleReason::Unsupported)])),
        })
    }

    /// How a call parses the command line of the process; none where it does not, or parses other words, or where the values are
    /// laid over those of another object.
    fn parse(&self, call: Node<'t>) -> Option<Parse> {
        let parse = Parse::of(self.method(call)?.1)?;
        let args = self.args(call);
        let is_plain = args.splats.is_empty() && args.get(1, "namespace").is_none();
        let words = args.get(0, "args");
        (is_plain && words.is_none_or(|words| self.are_of_the_process(words, MOST_HANDED_ON))).then_some(parse)
    }

    /// Whether a value is the words that the process was started with, or nothing, which `argparse` takes for them.
    fn are_of_the_process(&self, words: Node<'t>, left: u32) -> bool {
        match words.kind() {
            "none" => true,
            "subscript" => {
                let list = words.field("value").and_then(|list| self.dotted(list));
                let from = words.field("subscript").map(|from| self.text(from).replace(' ', ""));
                list.as_deref() == Some("sys.argv") && from.as_deref() == Some("1:")
            }
            "identifier" if left > 0 => {
                let function = self.function_around(words);
                let scope = function.unwrap_or(ScopeId(0));
                let value = self.resolve(words, &At::end_of(scope));
                if value.id() != words.id() {
                    return self.are_of_the_process(value, left - 1);
                }
                function.is_some_and(|function| self.is_handed_the_process(function, self.text(words), left - 1))
            }
            _ => false,
        }
    }

    /// Whether every call of a function hands on the words of the process for a parameter, or leaves it at `None`.
    fn is_handed_the_process(&self, function: ScopeId, parameter: &str, left: u32) -> bool {
        let Some((index, scope)) = self.scope(function).and_then(|scope| Some((scope.param(parameter)?, scope))) else {
            return false;
        };
        let default = scope.params.get(index).and_then(|param| param.default);
        let may_be_left = default.is_some_and(|default| default.kind() == "none");
        let calls = self.outline.sites.iter().filter(|site| {
            site.node.kind() == "call"
                && site.node.field("function").is_some_and(|called| self.text(called) == &*scope.name)
        });
        let mut is_called = false;
        calls.into_iter().all(|site| {
            is_called = true;
            let args = self.args(site.node);
            let given = args.get(index, parameter);
            args.splats.is_empty() && given.map_or(may_be_left, |words| self.are_of_the_process(words, left))
        }) && (is_called || may_be_left)
    }

    fn function_around(&self, node: Node<'t>) -> Option<ScopeId> {
        let around = std::iter::successors(self.parent(node), |node| self.parent(*node));
        let mut functions = around.filter(|node| node.kind() == "function_definition");
        functions.next().and_then(|function| self.scope_opened_by(function))
    }

    /// The value of an option that a call declares.
    fn option_of(&self, here: Span, site: &Site<'t>) -> Expr {
        self.stated_option(here, site).unwrap_or_else(|| Expr::hole(here, HoleReason::Unsupported))
    }

    fn stated_option(&self, here: Span, site: &Site<'t>) -> Option<Expr> {
        let args = self.args(site.node);
        // A function of one's own makes something else of the text.
        let keeps_text = args.keyword("type").is_none_or(|kind| matches!(self.text(kind), "int" | "str" | "float"));
        if !args.splats.is_empty() || args.keyword("nargs").is_some() || !keeps_text {
            return None;
        }
        let action = match args.keyword("action") {
            None => Action::Store,
            Some(action) => Action::of(&text::literal(self.outline.text, action)?)?,
        };
        let default = args.keyword("default").map(|default| self.expr(default, &self.at(site)));
        let default = default.unwrap_or_else(|| Expr::new(here, action.default()));
        let is_needed = args.keyword("required").is_some_and(|required| self.text(required) == "True");
        let forms = self.written(site)?.join(" ");
        let read = Expr::new(span(site.node), ExprKind::Env { name: forms.into(), reader: EnvReader::Arguments });
        let used = match action {
            Action::Store => read.clone(),
            Action::StoreTrue => Expr::new(here, ExprKind::Bool(true)),
        };
        Some(env_or(here, read, used, (!is_needed).then_some(default)))
    }

    /// Whether a call gives what a parser made of the command line, itself or in a function of the file.
    fn is_parsed(&self, call: Node<'t>, line: &CommandLine) -> bool {
        if call.kind() != "call" {
            return false;
        }
        if self.method(call).is_some() {
            return self.parse(call).is_some();
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
        let mut may_set_any = false;
        for (index, site) in self.outline.sites.iter().enumerate().filter(|(_, site)| site.node.kind() == "call") {
            match self.method(site.node).map(|(_, method)| method) {
                Some("add_argument") => {
                    // It takes what follows it, options too.
                    let nargs = self.args(site.node).keyword("nargs").map(|nargs| self.text(nargs));
                    may_set_any |= nargs
                        .is_some_and(|nargs| nargs.ends_with("REMAINDER") || nargs.trim_matches(['"', '\'']) == "...");
                    if let Some(name) = self.attribute_of(site) {
                        line.options.entry(name.into()).and_modify(|known| *known = None).or_insert(Some(index));
                    }
                }
                Some("set_defaults") => {
                    let others = self.args(site.node);
                    line.options.extend(others.keywords.iter().map(|(name, _)| (Box::from(*name), None)));
                    may_set_any |= !others.splats.is_empty();
                }
                Some("update") => {
                    // `vars(args).update(...)`
                    let changed = site.node.field("function").and_then(|function| function.field("object"));
                    may_set_any |= changed.is_some_and(|object| self.text(object).starts_with("vars("));
                }
                Some(_) if self.parse(site.node).is_some() => {
                    line.parsing.insert(site.scope.0);
                }
                Some(_) => {}
                None => {
                    may_set_any |= site.node.field("function").is_some_and(|called| self.text(called) == "setattr");
                }
            }
        }
        may_set_any |= memchr::memmem::find(self.outline.text.as_bytes(), b"__dict__").is_some();
        // `a.port = 9005`, whatever the object is called there: its own fields alone are those of a class.
        for name in &self.outline.bound {
            if let Some((object, attribute)) = name.rsplit_once('.')
                && !matches!(object, "self" | "cls")
                && let Some(known) = line.options.get_mut(attribute)
            {
                *known = None;
            }
        }
        if may_set_any {
            line.options.clear();
        }
        line
    }

    /// The attribute that holds the value of an option.
    fn attribute_of(&self, site: &Site<'t>) -> Option<String> {
        if let Some(stated) = self.args(site.node).keyword("dest") {
            return text::literal(self.outline.text, stated);
        }
        let written = self.written(site)?;
        let long = written.iter().find(|option| option.starts_with("--")).or_else(|| written.first())?;
        Some(long.trim_start_matches('-').replace('-', "_"))
    }

    /// The option as it is written on the command line, in all its forms: `-p`, `--port`. None where one is not known.
    fn written(&self, site: &Site<'t>) -> Option<Vec<String>> {
        let texts = self.args(site.node).positional.into_iter().map(|node| text::literal(self.outline.text, node));
        let options: Vec<String> = texts.collect::<Option<_>>()?;
        (!options.is_empty() && options.iter().all(|option| option.starts_with('-'))).then_some(options)
    }
}
