//! Calls that Python's own library, readers of the environment and methods of strings and lists stand for.

use std::sync::Arc;

use tree_sitter::Node;

use super::args::Args;
use super::build::{PythonCx, choice, member, op, span};
use super::operators::fill;
use super::place::{At, Meaning};
use super::text;
use crate::base::Span;
use crate::facts::{Arm, EnvReader, Expr, ExprKind, Field, Guard, HoleReason, Op, PagePart, Sense, Test};
use crate::parse::fields::Fields;

/// Classes whose instances read the environment when called.
const READERS: &[&str] = &[
    "environ.Env",
    "environ.FileAwareEnv",
    "environs.Env",
    "starlette.config.Config",
    "decouple.Config",
    "decouple.AutoConfig",
];

/// How a value read from the environment is turned into what the program uses.
#[derive(Clone, Copy)]
enum Cast {
    Text,
    Bool,
    Number,
    List,
    TrimmedList,
    Json,
    Unknown,
}

fn cast(kind: Cast, value: Expr) -> Expr {
    let here = value.span;
    let split = |value| {
        let comma = Expr::str(here, ",");
        op(here, Op::Split, vec![value, comma])
    };
    match kind {
        Cast::Text => value,
        Cast::Bool => op(here, Op::ToBool, vec![value]),
        Cast::Number => op(here, Op::ToNumber, vec![value]),
        Cast::List => op(here, Op::DropEmpty, vec![split(value)]),
        Cast::TrimmedList => op(here, Op::DropEmpty, vec![op(here, Op::TrimEach, vec![split(value)])]),
        Cast::Json => op(here, Op::ParseJson, vec![value]),
        Cast::Unknown => Expr::hole(here, HoleReason::Unsupported),
    }
}

/// A read of `name`, with what stands in for it when it is not set.
#[must_use]
pub fn env_or(here: Span, read: Expr, used: Expr, default: Option<Expr>) -> Expr {
    match default {
        None => used,
        Some(default) => {
            let set = Guard { test: Test::Defined(Box::new(read)), sense: Sense::Holds };
            choice(here, vec![Arm { guards: vec![set], value: used }, Arm { guards: Vec::new(), value: default }])
        }
    }
}

impl<'t> PythonCx<'t> {
    pub(super) fn env_read(&self, here: Span, name: Node<'t>, default: Option<Expr>, at: &At<'t>) -> Expr {
        let read = match self.constant_text(name, at) {
            Some(name) => Expr::new(here, ExprKind::Env { name: Arc::from(name), reader: EnvReader::Python }),
            // `def csv(name): return os.environ[name].split(",")`: who calls it says the name.
            None => match self.expr(name, at) {
                name if matches!(name.kind, ExprKind::Hole(_)) => {
                    return Expr::hole(here, HoleReason::Unsupported);
                }
                name => op(here, Op::EnvNamed(EnvReader::Python), vec![name]),
            },
        };
        env_or(here, read.clone(), read, default)
    }

    /// The text of a literal, or of a name bound once to one.
    #[must_use]
    pub fn constant_text(&self, node: Node<'t>, at: &At<'t>) -> Option<String> {
        text::literal(self.outline.text, self.resolve(node, at))
    }

    pub(super) fn call(&self, node: Node<'t>, at: &At<'t>) -> Expr {
        let here = span(node);
        let Some(function) = node.field("function") else {
            return Expr::hole(here, HoleReason::Unsupported);
        };
        let args = self.args(node);
        if let Some(value) = self.reader_call(node, function, &args, at) {
            return value;
        }
        if let Some(dotted) = self.dotted(function)
            && let Some(value) = self.library_call(here, &dotted, &args, at)
        {
            return value;
        }
        if let Some(value) = self.method_call(here, function, &args, at) {
            return value;
        }
        if let Some(value) = self.data_call(here, function, &args, at) {
            return value;
        }
        if let Some(value) = self.parsed_arguments(node) {
            return value;
        }
        let callee = self.expr(function, at);
        if matches!(callee.kind, ExprKind::Hole(_) | ExprKind::Param(_)) {
            let name: String = self.text(function).chars().take(60).collect();
            return Expr::hole(here, HoleReason::ExternalCall(Arc::from(name)));
        }
        let positional = args.positional.iter().map(|arg| self.expr(*arg, at)).collect();
        let keywords = args
            .keywords
            .iter()
            .map(|(key, value)| Field { key: Arc::from(*key), key_span: span(*value), value: self.expr(*value, at) })
            .collect();
        Expr::new(here, ExprKind::Call { callee: Box::new(callee), args: positional, keywords })
    }

    /// Calls of `os`, `json`, `re`, `urllib`, `yaml` and builtins.
    fn library_call(&self, here: Span, dotted: &str, args: &Args<'t>, at: &At<'t>) -> Option<Expr> {
        let first = args.positional.first().copied();
        let value = |node: Node<'t>| self.expr(node, at);
        let unary = |kind: Op| first.map(|node| op(here, kind, vec![value(node)]));
        match dotted {
            "os.getenv" | "os.environ.get" => {
                let default = args.get(1, "default").map(value).filter(|value| !matches!(value.kind, ExprKind::Null));
                Some(self.env_read(here, args.get(0, "key")?, default, at))
            }
            "json.loads" | "orjson.loads" | "ast.literal_eval" | "ujson.loads" => {
                self.data_file(here, first?, at).or_else(|| unary(Op::ParseJson))
            }
            "json.load" | "yaml.safe_load" | "yaml.load" | "yaml.full_load" | "tomllib.load" | "tomli.load"
            | "toml.load" | "tomllib.loads" | "toml.loads" => self.data_file(here, first?, at),
            "re.compile" => {
                let pattern = self.constant_text(first?, at)?;
                Some(Expr::new(here, ExprKind::Regex { pattern: Arc::from(pattern), flags: Arc::from("") }))
            }
            "str" => unary(Op::ToStr),
            "int" | "float" => unary(Op::ToNumber),
            "list" | "tuple" | "set" | "frozenset" | "sorted" => match first {
                Some(node) => Some(value(node)),
                None => Some(Expr::new(here, ExprKind::List(Vec::new()))),
            },
            "bool" => {
                let guards = self.guards(first?, Sense::Holds, at);
                let arm = |guards, value| Arm { guards, value: Expr::new(here, ExprKind::Bool(value)) };
                Some(choice(here, vec![arm(guards, true), arm(Vec::new(), false)]))
            }
            "dict" if args.positional.is_empty() && args.splats.is_empty() => {
                let fields = args.keywords.iter().map(|(key, node)| Field {
                    key: Arc::from(*key),
                    key_span: span(*node),
                    value: value(*node),
                });
                Some(Expr::new(here, ExprKind::Object(fields.collect())))
            }
            "filter" if first.is_some_and(|node| matches!(self.text(node), "None" | "bool")) => {
                Some(op(here, Op::DropEmpty, vec![value(*args.positional.get(1)?)]))
            }
            "map" => {
                let each = match self.text(first?) {
                    "str.strip" => Op::Trim,
                    "str.lower" => Op::Lower,
                    "str" => return args.positional.get(1).map(|node| value(*node)),
                    _ => return None,
                };
                Some(op(here, Op::Each(Box::new(each)), vec![value(*args.positional.get(1)?)]))
            }
            "getattr" => {
                let name = self.constant_text(*args.positional.get(1)?, at)?;
                let read = member(here, value(first?), &name);
                let default = args.positional.get(2).map(|node| value(*node));
                Some(env_or(here, read.clone(), read, default))
            }
            "typing.cast" => args.positional.get(1).map(|node| value(*node)),
            "distutils.util.strtobool" | "setuptools.distutils.util.strtobool" => unary(Op::ToBool),
            "urllib.parse.quote" | "urllib.parse.quote_plus" => unary(Op::Encode),
            "urllib.parse.urlparse" | "urllib.parse.urlsplit" => unary(Op::ParseUrl),
            "urllib.parse.urljoin" => {
                let url = op(here, Op::ParseUrl, vec![value(*args.positional.get(1)?), value(first?)]);
                Some(op(here, Op::UrlPart(PagePart::Href), vec![url]))
            }
            _ => None,
        }
    }

    /// `env("X", default=..)`, `env.list("X")`, `config("X", cast=bool)`.
    fn reader_call(&self, node: Node<'t>, function: Node<'t>, args: &Args<'t>, at: &At<'t>) -> Option<Expr> {
        let here = span(node);
        let (object, method) = match function.kind() {
            "attribute" => {
                let object = function.field("object")?;
                (object, self.text(function.field("attribute")?))
            }
            _ => (function, ""),
        };
        let made = self.constructor(self.resolve(object, at));
        let decouple = self.dotted(function).is_some_and(|name| name == "decouple.config");
        let known = made.as_deref().is_some_and(|name| READERS.contains(&name));
        let named = self.text(object) == "env" && self.outline.canonical.contains_key("env");
        if !(decouple || known || named) {
            return None;
        }
        let name = self.constant_text(args.get(0, "var")?, at)?;
        let prefix = String::new();
        let read =
            Expr::new(here, ExprKind::Env { name: Arc::from(format!("{prefix}{name}")), reader: EnvReader::Python });
        let mut kind = match method {
            "" | "str" | "url" | "get_value" | "text" => Cast::Text,
            "bool" => Cast::Bool,
            "int" | "float" => Cast::Number,
            "list" | "tuple" => Cast::List,
            "json" => Cast::Json,
            _ => Cast::Unknown,
        };
        let mut default = args.get(if method == "get_value" { 2 } else { usize::MAX }, "default");
        let mut lambda = None;
        if let Some(node) = args.keyword("cast") {
            (kind, lambda) = self.cast_kind(node);
        } else if decouple && args.positional.len() > 1 {
            default = args.positional.get(1).copied();
        }
        if method.is_empty() && known {
            // `environ.Env(DEBUG=(bool, False))`
            let scheme = self.args(self.resolve(object, at)).keyword(&name);
            if let Some(scheme) = scheme.filter(|scheme| scheme.kind() == "tuple") {
                if let Some(node) = scheme.named_child(0) {
                    (kind, lambda) = self.cast_kind(node);
                }
                default = default.or_else(|| scheme.named_child(1));
            }
        }
        let apply = |value: Expr| match lambda {
            Some((name, body)) => self.expr(body, &at.with(name, Meaning::Value(value))),
            None => cast(kind, value),
        };
        let default = default.map(|node| {
            let value = self.expr(node, at);
            // A default that is text goes through the cast as well; any other is used as it is.
            match value.kind {
                ExprKind::Str(_) if decouple || lambda.is_some() => apply(value),
                _ => value,
            }
        });
        let used = apply(read.clone());
        Some(env_or(here, read, used, default))
    }

    fn cast_kind(&self, node: Node<'t>) -> (Cast, Option<(&'t str, Node<'t>)>) {
        if node.kind() == "lambda"
            && let Some(parameters) = node.field("parameters")
            && let (Some(name), Some(body)) = (parameters.named_child(0), node.field("body"))
        {
            return (Cast::Unknown, Some((self.text(name), body)));
        }
        let kind = match self.text(node) {
            "bool" => Cast::Bool,
            "int" | "float" => Cast::Number,
            "str" => Cast::Text,
            "list" => Cast::List,
            "CommaSeparatedStrings" | "datastructures.CommaSeparatedStrings" => Cast::TrimmedList,
            text if text.starts_with("Csv(") || text.ends_with(".Csv()") => Cast::TrimmedList,
            _ => Cast::Unknown,
        };
        (kind, None)
    }

    /// Methods of strings, lists and dictionaries.
    fn method_call(&self, here: Span, function: Node<'t>, args: &Args<'t>, at: &At<'t>) -> Option<Expr> {
        if function.kind() != "attribute" {
            return None;
        }
        let object = function.field("object")?;
        let method = self.text(function.field("attribute")?);
        if method == "format" {
            return self.format(here, object, args, at);
        }
        if !METHODS.contains(&method) {
            return None;
        }
        let arg = |index: usize| args.positional.get(index).map(|node| self.expr(*node, at));
        if method == "get" {
            let name = self.constant_text(args.positional.first().copied()?, at)?;
            let read = member(here, self.expr(object, at), &name);
            return Some(env_or(here, read.clone(), read, arg(1)));
        }
        let value = self.expr(object, at);
        if matches!(value.kind, ExprKind::Hole(_)) {
            return Some(value);
        }
        method_op(here, method, value, &arg)
    }

    fn format(&self, here: Span, object: Node<'t>, args: &Args<'t>, at: &At<'t>) -> Option<Expr> {
        let format = self.constant_text(object, at)?;
        let mut marks = Vec::new();
        let mut values = Vec::new();
        let mut rest = format.as_str();
        let mut next = 0;
        while let Some((start, end)) = rest.find('{').and_then(|start| Some((start, start + rest[start..].find('}')?)))
        {
            let key = &rest[start + 1..end];
            let node = match key.parse::<usize>() {
                Ok(index) => args.positional.get(index).copied(),
                Err(_) if key.is_empty() => args.positional.get(next).copied(),
                Err(_) => args.keyword(key),
            };
            next += 1;
            values.push(self.expr(node?, at));
            marks.push(rest[start..=end].to_owned());
            rest = &rest[end + 1..];
        }
        let marks: Vec<&str> = marks.iter().map(String::as_str).collect();
        Some(fill(span(object), here, &format, &marks, values))
    }
}

const METHODS: &[&str] = &[
    "strip",
    "rstrip",
    "lstrip",
    "removesuffix",
    "removeprefix",
    "replace",
    "lower",
    "casefold",
    "upper",
    "join",
    "split",
    "splitlines",
    "get",
    "copy",
    "get_secret_value",
    "unicode_string",
    "geturl",
    "encode",
    "decode",
];

fn method_op(here: Span, method: &str, value: Expr, arg: &dyn Fn(usize) -> Option<Expr>) -> Option<Expr> {
    let two = |kind: Op, value: Expr, other: Expr| op(here, kind, vec![value, other]);
    Some(match (method, arg(0)) {
        ("strip", None) => op(here, Op::Trim, vec![value]),
        ("strip", Some(chars)) => two(Op::TrimStart, two(Op::TrimEnd, value, chars.clone()), chars),
        ("rstrip", Some(chars)) => two(Op::TrimEnd, value, chars),
        ("lstrip", Some(chars)) => two(Op::TrimStart, value, chars),
        ("removesuffix", Some(end)) if end.as_str() == Some("/") => two(Op::TrimEnd, value, end),
        ("removeprefix", Some(start)) if start.as_str() == Some("/") => two(Op::TrimStart, value, start),
        ("rstrip" | "lstrip", None) => op(here, Op::Trim, vec![value]),
        ("replace", Some(from)) => op(here, Op::ReplaceAll, vec![value, from, arg(1)?]),
        ("lower" | "casefold", None) => op(here, Op::Lower, vec![value]),
        ("upper", None) => op(here, Op::Upper, vec![value]),
        ("join", Some(list)) => two(Op::Join, list, value),
        ("split", Some(separator)) => two(Op::Split, value, separator),
        ("split", None) => op(here, Op::DropEmpty, vec![two(Op::Split, value, Expr::str(here, " "))]),
        ("splitlines", None) => two(Op::Split, value, Expr::str(here, "\n")),
        ("geturl", None) => op(here, Op::UrlPart(PagePart::Href), vec![value]),
        ("copy" | "get_secret_value" | "unicode_string", None) => value,
        _ => return None,
    })
}
