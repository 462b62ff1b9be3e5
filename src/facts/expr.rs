//! Expressions as one file shows them, unevaluated.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::Span;

/// An expression with its place in the file.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Expr {
    /// Where it is.
    pub span: Span,
    /// What it is.
    pub kind: ExprKind,
}

/// The kinds of expression that wirelint follows. Everything else is a [`ExprKind::Hole`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ExprKind {
    /// A string.
    Str(Arc<str>),
    /// A number, as JavaScript and Python would print it (`8000`, `0.5`).
    Num(Arc<str>),
    /// `true`, `True`.
    Bool(bool),
    /// `undefined`.
    Undefined,
    /// `null`, `None`.
    Null,
    /// An array, list, tuple or set. A spread element is [`ExprKind::Spread`].
    List(Vec<Expr>),
    /// An object or dictionary with known keys, in source order. A spread has the key `...`.
    Object(Vec<Field>),
    /// `...x` in a list, `*x` in Python.
    Spread(Box<Expr>),
    /// A regular expression literal or `re.compile` of a literal.
    Regex {
        /// The pattern as written.
        pattern: Arc<str>,
        /// `gimsuy` flags; empty for Python.
        flags: Arc<str>,
    },
    /// A read of an environment variable: a string, or undefined when it is not set.
    Env {
        /// The variable.
        name: Arc<str>,
        /// Who reads it.
        reader: EnvReader,
    },
    /// A part of the page's own address.
    Page(PagePart),
    /// A binding of this file's top level, or an import of it: looked up in [`super::Module`].
    Name(Arc<str>),
    /// The `n`th parameter of the function whose summary this expression is part of.
    Param(u32),
    /// A parameter of a function around that one: the function's [`super::Function::key`], and which parameter.
    Captured(u32, u32),
    /// A function as a value.
    Lambda(Arc<Lambda>),
    /// `object.name`, `object["name"]`.
    Member(Box<Expr>, Arc<str>),
    /// A call of something that is not an [`Op`]: a function of this repository, or unknown.
    Call {
        /// What is called.
        callee: Box<Expr>,
        /// Positional arguments, in order.
        args: Vec<Expr>,
        /// Keyword arguments (Python).
        keywords: Vec<Field>,
    },
    /// A known operation on its operands.
    Op(Op, Vec<Expr>),
    /// The first arm whose guards all hold. The last arm usually has no guard.
    Choice(Vec<Arm>),
    /// Another module as a whole, by the path as written.
    Module(Arc<str>),
    /// The parsed content of a JSON, YAML or TOML file of the repository, by the path as written.
    File(Arc<str>),
    /// Something that cannot be known from the text.
    Hole(HoleReason),
}

/// A function that is written as a value: in an object, as what another function returns, as an argument.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Lambda {
    /// Its summary.
    pub function: super::Function,
    /// The arguments of calls around it that are written out in place, by the key of the called function.
    pub given: Vec<(u32, Vec<Expr>)>,
}

/// A key and its value.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Field {
    /// The key.
    pub key: Arc<str>,
    /// The key's place.
    pub key_span: Span,
    /// The value.
    pub value: Expr,
}

/// One arm of a choice: taken when all guards hold and no earlier arm was taken.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Arm {
    /// All must hold; none means "otherwise".
    pub guards: Vec<Guard>,
    /// The value.
    pub value: Expr,
}

/// A test and how it must come out.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Guard {
    /// The test.
    pub test: Test,
    /// How it must come out.
    pub sense: Sense,
}

/// Whether a test must hold or fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Sense {
    /// It must hold.
    Holds,
    /// It must fail.
    Fails,
}

/// Why one arm is taken. Equal tests are one test: their arms are correlated wherever they are.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Test {
    /// The page's scheme is https.
    PageIsHttps,
    /// The page's host (name without port) is one of these.
    PageHostIs(Vec<Arc<str>>),
    /// The page's port is given in its address (`location.port` is not empty).
    PageHasPort,
    /// The build or process mode (`import.meta.env.MODE`, `NODE_ENV`, `DEV`, `PROD`) is this.
    Mode(Arc<str>),
    /// The expression is neither undefined nor null (`??`, `is not None`).
    Defined(Box<Expr>),
    /// The expression is truthy (`||`, `if x`): neither undefined, null, false, 0 nor empty.
    Truthy(Box<Expr>),
    /// The two expressions are equal.
    Equal(Box<Expr>, Box<Expr>),
    /// The first expression (a string) starts with the second.
    StartsWith(Box<Expr>, Box<Expr>),
    /// The first expression (a string) ends with the second.
    EndsWith(Box<Expr>, Box<Expr>),
    /// The first expression (a string or list) contains the second.
    Contains(Box<Expr>, Box<Expr>),
    /// Runs in a browser (`typeof window !== 'undefined'`).
    InBrowser,
    /// A URL's `protocol`, which ends in a colon, equals a scheme without one (`location.protocol === 'https'`): never.
    SchemeWithoutColon,
    /// A condition that wirelint does not understand, by its text.
    Opaque(Arc<str>),
}

impl Test {
    /// Whether it looks at the page's address, so that it is decided for each page.
    #[must_use]
    pub fn is_of_page(&self) -> bool {
        matches!(self, Self::PageIsHttps | Self::PageHostIs(_) | Self::PageHasPort | Self::InBrowser)
    }

    /// The expressions that it looks at.
    fn operands(&self) -> Vec<&Expr> {
        match self {
            Self::Defined(one) | Self::Truthy(one) => vec![one],
            Self::Equal(one, other)
            | Self::StartsWith(one, other)
            | Self::EndsWith(one, other)
            | Self::Contains(one, other) => vec![one, other],
            _ => Vec::new(),
        }
    }
}

/// Who reads an environment variable, which decides where its value can come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum EnvReader {
    /// `import.meta.env.X`: put in by Vite (or a tool built on it) at build time.
    ImportMeta,
    /// `process.env.X`: the process in server code; put in at build time in Next.js and CRA browser code.
    ProcessEnv,
    /// Vite's `loadEnv` in its configuration, and the modules by which SvelteKit and Astro hand variables out: env files and
    /// the process, whatever a name begins with.
    LoadEnv,
    /// `process.env.X` in a bundler's configuration: the process that builds.
    Build,
    /// What the server of the pages reads when it starts, and hands on to their code (Nuxt's runtime configuration).
    Start,
    /// `os.environ`, `os.getenv`, `decouple.config`, `environ.Env()` in Python.
    Python,
    /// A pydantic settings field: process environment, then its env file; names ignore case.
    Pydantic,
    /// Options of the command line that starts a program (`args.port` of `argparse`); the name is `--port`.
    Arguments,
    /// `${X}` in a compose file.
    Compose,
    /// `$X` or `${X}` in a shell command.
    Shell,
    /// `${X}` in an envsubst template.
    Envsubst,
    /// `$X` in a Dockerfile (ARG or ENV).
    Dockerfile,
}

/// Whether a text is a scheme of connections without its colon.
#[must_use]
pub fn is_bare_scheme(text: &str) -> bool {
    matches!(text, "http" | "https" | "ws" | "wss")
}

/// Parts of `location` (the page's own address).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum PagePart {
    /// `https:` or `http:`, with the colon.
    Protocol,
    /// Host name and, when it is not the default, `:port`.
    Host,
    /// Host name without port.
    Hostname,
    /// The port, empty when it is the default.
    Port,
    /// `scheme://host:port`.
    Origin,
    /// The whole address.
    Href,
    /// The path.
    Pathname,
    /// The query with `?`.
    Search,
}

impl PagePart {
    /// The part that a property of `location`, or of a URL object, names.
    #[must_use]
    pub fn of_property(key: &str) -> Option<Self> {
        let part = match key {
            "protocol" => Self::Protocol,
            "host" => Self::Host,
            "hostname" => Self::Hostname,
            "port" => Self::Port,
            "origin" => Self::Origin,
            "href" => Self::Href,
            "pathname" => Self::Pathname,
            "search" => Self::Search,
            _ => return None,
        };
        Some(part)
    }
}

/// Operations that the evaluator computes. Operands in the order of the doc line.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Op {
    /// All operands as strings, joined: templates and `+`. `undefined` prints as `undefined`, Python's `None` as `None`.
    Concat,
    /// String, pattern (string or regex), replacement: the first match (JavaScript `replace` with a string or a regex without `g`).
    Replace,
    /// The same, every match.
    ReplaceAll,
    /// String, separator: a list.
    Split,
    /// List, separator: a string.
    Join,
    /// White space removed at both ends (`trim`, `strip()`).
    Trim,
    /// String, characters: these removed at the end (`rstrip("/")`).
    TrimEnd,
    /// String, characters: these removed at the start.
    TrimStart,
    /// Each element of a list trimmed, empty ones dropped when [`Op::DropEmpty`] follows.
    TrimEach,
    /// List without empty strings (`filter(Boolean)`, `if x`).
    DropEmpty,
    /// Lower case.
    Lower,
    /// Upper case.
    Upper,
    /// Number from a string (`Number`, `parseInt`, `int`).
    ToNumber,
    /// Boolean from a string as pydantic and `strtobool` read it.
    ToBool,
    /// Two numbers, multiplied.
    Multiply,
    /// String from anything (`String(x)`, `str(x)`).
    ToStr,
    /// `encodeURIComponent`, `quote`.
    Encode,
    /// The same as forms do it: `URLSearchParams`.
    EncodeForm,
    /// List: any of its elements.
    AnyOf,
    /// Key, value, key, value, ...: the text of a query, encoded as forms do it.
    Query,
    /// Object: the list of its values.
    Values,
    /// Object: the list of its keys.
    Keys,
    /// Object: the list of its pairs.
    Entries,
    /// URL text, base (optional): `new URL(a, b)`.
    ParseUrl,
    /// A URL and a part of it (`url.host`), as `location`'s parts.
    UrlPart(PagePart),
    /// URL, new value: a URL with this part replaced (`url.protocol = 'wss:'`).
    SetUrlPart(PagePart),
    /// `JSON.parse`, `json.loads`.
    ParseJson,
    /// pydantic's reading of a list from text, which stops the program at anything but JSON.
    ParseSetting,
    /// Base URL, path: as axios, `urljoin`-like helpers and `ky` combine them: exactly one slash between.
    JoinUrl,
    /// List, index.
    Index,
    /// Object, key: the entry under a key that is computed.
    Get,
    /// Object, key, value: the object with one more entry, under a key that is computed.
    Put,
    /// All variables of the environment as an object (`process.env`).
    EnvObject(EnvReader),
    /// The name of a variable that is read.
    EnvNamed(EnvReader),
    /// A value in the terms of this top-level function's parameters: what its callers give.
    AsCalled(Arc<str>),
    /// A class: an object of it that a container makes and hands out (`inject(Service)`).
    Provided,
    /// A file of data that code asks the page's server for (`fetch('/config.json')`).
    Fetched,
    /// Two lists, one after the other.
    Append,
    /// String, from, to (optional): `slice`, `substring`, Python slices with constant bounds.
    Slice,
    /// List, further operands of the inner operation: that operation on each element, which is its first operand
    /// (`[o.rstrip("/") for o in xs]`, `xs.map(x => x.trim())`). What is no list is treated as one element.
    Each(Box<Op>),
    /// URL text as pydantic's `AnyHttpUrl` and `HttpUrl` print it: parsed, and `/` added when the path is empty.
    UrlText,
    /// Any of the operands' values in order of preference is *not* known: the text of the operator, for `trace`.
    Other(Arc<str>),
}

/// Why a value is not known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum HoleReason {
    /// An expression of a kind that wirelint does not follow.
    Unsupported,
    /// A local variable that is assigned more than once.
    Reassigned,
    /// A value that comes in at run time: user input, storage, a response, props.
    Runtime,
    /// A parameter whose callers are not known.
    Parameter,
    /// A name that nothing in the repository defines.
    UnknownName(Arc<str>),
    /// A call of code outside the repository.
    ExternalCall(Arc<str>),
    /// A placeholder of a template language.
    Template(Arc<str>),
    /// An environment variable whose value comes from outside the repository.
    OutsideEnv(Arc<str>),
    /// An environment variable that an example file documents without a value: whoever runs the program gives it one.
    Documented(Arc<str>),
    /// Too deep, too many alternatives, or too long.
    Limit,
    /// A module or file that could not be found or read.
    Unresolved(Arc<str>),
}

impl Expr {
    /// A new expression.
    #[must_use]
    pub fn new(span: Span, kind: ExprKind) -> Self {
        Self { span, kind }
    }

    /// A string literal.
    #[must_use]
    pub fn str(span: Span, text: &str) -> Self {
        Self::new(span, ExprKind::Str(Arc::from(text)))
    }

    /// A hole.
    #[must_use]
    pub fn hole(span: Span, reason: HoleReason) -> Self {
        Self::new(span, ExprKind::Hole(reason))
    }

    /// The text, when this is a string literal.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            ExprKind::Str(text) => Some(text),
            _ => None,
        }
    }

    /// Pushes the expressions directly inside this one, the operands of tests included: walks keep their own stack, because
    /// expressions can be deep.
    pub fn push_parts<'e>(&'e self, open: &mut Vec<&'e Self>) {
        match &self.kind {
            ExprKind::List(items) | ExprKind::Op(_, items) => open.extend(items),
            ExprKind::Object(fields) => open.extend(fields.iter().map(|field| &field.value)),
            ExprKind::Spread(inner) | ExprKind::Member(inner, _) => open.push(inner),
            ExprKind::Lambda(lambda) => {
                open.extend(&lambda.function.returns);
                open.extend(lambda.function.params.iter().filter_map(|param| param.default.as_ref()));
                open.extend(lambda.given.iter().flat_map(|(_, arguments)| arguments));
            }
            ExprKind::Call { callee, args, keywords } => {
                open.push(callee);
                open.extend(args);
                open.extend(keywords.iter().map(|field| &field.value));
            }
            ExprKind::Choice(arms) => {
                for arm in arms {
                    open.push(&arm.value);
                    open.extend(arm.guards.iter().flat_map(|guard| guard.test.operands()));
                }
            }
            _ => {}
        }
    }

    /// Whether it has more than `limit` nodes. Counts no further than that.
    #[must_use]
    pub fn is_larger_than(&self, limit: usize) -> bool {
        let mut open = vec![self];
        let mut count = 0;
        while let Some(expr) = open.pop() {
            count += 1;
            if count > limit {
                return true;
            }
            expr.push_parts(&mut open);
        }
        false
    }

    /// The value under `key`, when this is an object that has it (the last one wins).
    #[must_use]
    pub fn field(&self, key: &str) -> Option<&Self> {
        match &self.kind {
            ExprKind::Object(fields) => fields.iter().rev().find(|field| &*field.key == key).map(|field| &field.value),
            _ => None,
        }
    }
}
