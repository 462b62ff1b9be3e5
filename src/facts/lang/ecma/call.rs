//! Calls: operations on text and URLs, functions of this file written out in place, and everything else by name.

use std::sync::Arc;

use tree_sitter::Node;

use super::build::Builder;
use super::memo::Subject;
use super::node::{arguments, children, is_function, string_text, strip};
use super::operators::choice;
use super::scope::{BindingKind, ScopeId};
use crate::base::Span;
use crate::facts::{Expr, ExprKind, Field, Function, HoleReason, Lambda, Op, PagePart, Param, Sense};
use crate::parse::fields::Fields;

/// The field of an object that can be called as well: what it does then.
pub const CALLED: &str = "$call";

/// Calls that give back their first argument.
const PASS_THROUGH: &[&str] = &[
    "Object.freeze",
    "Object.seal",
    "Promise.resolve",
    "structuredClone",
    "readonly",
    "unref",
    "toValue",
    "decodeURI",
    "String.raw",
    "markRaw",
    "reactive",
    "firstValueFrom",
    "lastValueFrom",
];

/// The name of what Nuxt's `useRuntimeConfig` gives.
pub const RUNTIME_CONFIGURATION: &str = "$runtimeConfig";

/// A function of no file that gives this.
#[must_use]
pub fn function_of(span: Span, params: Vec<Param>, returns: Expr) -> Expr {
    let function = Function { key: 0, params, returns: Some(returns) };
    Expr::new(span, ExprKind::Lambda(Arc::new(Lambda { function, given: Vec::new() })))
}

/// Calls of a function without arguments whose result is the value.
const COMPUTED: &[&str] = &["useMemo", "React.useMemo", "untrack"];

impl<'t> Builder<'_, 't> {
    pub(super) fn call(&mut self, node: Node<'t>) -> Expr {
        let span = self.cx.span(node);
        let Some(callee) = node.field("function").map(strip) else {
            return Expr::hole(span, HoleReason::Unsupported);
        };
        let args = arguments(node);
        if is_function(callee) {
            return self.call_in_place(callee, &args, span);
        }
        // `import('./module')`, which gives the module once it is there.
        if callee.kind() == "import"
            && let Some(module) = args.first().and_then(|module| string_text(strip(*module), self.cx.source))
        {
            return Expr::new(span, ExprKind::Module(Arc::from(module)));
        }
        // A schema that the environment has to satisfy.
        if let Some(value) = self.validated(callee, &args, span) {
            return value;
        }
        if let Some(reader) = self.env_reader(node, 2) {
            return Expr::new(span, ExprKind::Op(Op::EnvObject(reader), Vec::new()));
        }
        if let Some(data) = self.fetched(callee, &args, span) {
            return data;
        }
        // `create<State>()(creator)`
        let curried = |callee: Node<'t>| {
            (callee.kind() == "call_expression" && arguments(callee).is_empty()).then(|| callee.field("function"))?
        };
        if let Some(origin) = self.cx.origin(callee).or_else(|| self.cx.origin(curried(callee)?)) {
            for read in self.cx.read_calls {
                if let Some(value) = read(self, &origin, node) {
                    return Expr::new(span, value.kind);
                }
            }
        }
        let text = self.cx.text(callee);
        if let Some(first) = args.first().copied() {
            if PASS_THROUGH.contains(&text) {
                return self.expr(first);
            }
            if COMPUTED.contains(&text) && is_function(strip(first)) {
                return self.call_in_place(strip(first), &[], span);
            }
        }
        match callee.kind() {
            "identifier" => self.call_name(callee, &args, span),
            "member_expression" => self.call_member(callee, &args, span),
            "call_expression" | "subscript_expression" => self.call_value(callee, &args, span),
            _ => self.external(callee, span),
        }
    }

    fn external(&self, callee: Node<'t>, span: Span) -> Expr {
        let text: String = self.cx.text(callee).chars().take(60).collect();
        Expr::hole(span, HoleReason::ExternalCall(Arc::from(text)))
    }

    fn operation(&mut self, op: Op, operands: &[Node<'t>], span: Span) -> Expr {
        let operands = operands.iter().map(|operand| self.expr(*operand)).collect();
        Expr::new(span, ExprKind::Op(op, operands))
    }

    fn call_name(&mut self, callee: Node<'t>, args: &[Node<'t>], span: Span) -> Expr {
        let text = self.cx.text(callee);
        let Some((_, binding)) = self.cx.binding_of(callee) else {
            return match (text, args.first()) {
                ("encodeURIComponent" | "encodeURI" | "escape", Some(_)) => {
                    self.operation(Op::Encode, &args[..1], span)
                }
                ("String", Some(_)) => self.operation(Op::ToStr, &args[..1], span),
                ("Number" | "parseInt" | "parseFloat", Some(_)) => self.operation(Op::ToNumber, &args[..1], span),
                ("Boolean", Some(argument)) => {
                    let ways = self.ways(*argument, Sense::Holds);
                    let bool = |value| Expr::new(span, ExprKind::Bool(value));
                    Expr::new(span, choice(ways, bool(true), bool(false)))
                }
                // Nuxt hands out what its configuration says.
                ("useRuntimeConfig", _) => Expr::new(span, ExprKind::Name(Arc::from(RUNTIME_CONFIGURATION))),
                ("inject", Some(key)) => self.injected(*key, span),
                ("useRoute" | "useRouter" | "prompt", _) => Expr::hole(span, HoleReason::Runtime),
                ("require", Some(argument)) => self.required(*argument, span),
                _ => self.external(callee, span),
            };
        };
        let is_top_level = binding.scope == ScopeId(0);
        match &binding.kind {
            BindingKind::Import { module: "vue" | "@vue/composition-api", imported: "inject" } if !args.is_empty() => {
                self.injected(args[0], span)
            }
            BindingKind::Import { module: "@angular/core", imported: "inject" } if !args.is_empty() => {
                let class = self.expr(args[0]);
                match class.kind {
                    ExprKind::Name(_) => Expr::new(span, ExprKind::Op(Op::Provided, vec![class])),
                    _ => Expr::hole(span, HoleReason::Runtime),
                }
            }
            BindingKind::Import { module: "#imports" | "#app" | "nuxt/app", imported: "useRuntimeConfig" } => {
                Expr::new(span, ExprKind::Name(Arc::from(RUNTIME_CONFIGURATION)))
            }
            BindingKind::Import { module, .. } if super::is_external_module(module) => self.external(callee, span),
            BindingKind::Import { .. } => self.call_by_name(callee, args, span),
            BindingKind::Function(_) | BindingKind::Variable { .. } => match self.cx.function(callee) {
                Some(_) if is_top_level => self.call_by_name(callee, args, span),
                Some(function) => self.call_in_place(function, args, span),
                None if is_top_level => self.call_by_name(callee, args, span),
                None => self.call_value(callee, args, span),
            },
            BindingKind::Param { function, index: 1, path, .. } if path.is_empty() && self.is_store(*function) => {
                self.state_of(self.cx.scopes.scope(*function).node, span)
            }
            BindingKind::Param { .. } => self.call_value(callee, args, span),
            BindingKind::Class(_) | BindingKind::Enum(_) | BindingKind::Item { .. } | BindingKind::Runtime => {
                self.external(callee, span)
            }
        }
    }

    /// `inject('key')`, `inject(Service)`.
    fn injected(&mut self, key: Node<'t>, span: Span) -> Expr {
        match string_text(strip(key), self.cx.source) {
            Some(key) => Expr::new(span, ExprKind::Name(Arc::from(super::provided_name(key)))),
            None => Expr::hole(span, HoleReason::Runtime),
        }
    }

    /// What a store gives to its own code. Within that value it is not asked again: each of its functions would build it anew.
    fn state_of(&mut self, creator: Node<'t>, span: Span) -> Expr {
        if self.creators.contains(&creator.id()) {
            self.seen.limit = true;
            return Expr::hole(span, HoleReason::Runtime);
        }
        self.once(Subject::Call(creator.id()), |builder| {
            builder.creators.push(creator.id());
            let state = builder.written_out(creator, Vec::new());
            builder.creators.pop();
            builder.cx.unchanged(creator, state)
        })
    }

    fn required(&mut self, argument: Node<'t>, span: Span) -> Expr {
        match string_text(argument, self.cx.source) {
            Some(path) if path.ends_with(".json") => Expr::new(span, ExprKind::File(Arc::from(path))),
            _ => Expr::hole(span, HoleReason::Unsupported),
        }
    }

    /// `new URLSearchParams(pairs)`.
    fn query(&mut self, pairs: Option<Node<'t>>, span: Span) -> Expr {
        let Some(pairs) = pairs else { return Expr::new(span, ExprKind::Op(Op::Query, Vec::new())) };
        let mut parts = Vec::new();
        match self.expr(pairs).kind {
            ExprKind::Object(fields) => {
                for field in fields {
                    if &*field.key == "..." {
                        return Expr::hole(span, HoleReason::Runtime);
                    }
                    parts.extend([Expr::str(field.key_span, &field.key), field.value]);
                }
            }
            ExprKind::List(items) => {
                for item in items {
                    match item.kind {
                        ExprKind::List(pair) if pair.len() == 2 => parts.extend(pair),
                        _ => return Expr::hole(span, HoleReason::Runtime),
                    }
                }
            }
            _ => return Expr::hole(span, HoleReason::Runtime),
        }
        Expr::new(span, ExprKind::Op(Op::Query, parts))
    }

    /// `new Map([[key, value], ..])` as an object whose `get` looks up.
    fn map(&mut self, entries: Node<'t>, span: Span) -> Expr {
        let list = self.expr(entries);
        let ExprKind::List(items) = list.kind else { return Expr::hole(span, HoleReason::Runtime) };
        let mut fields = Vec::new();
        for item in items {
            let ExprKind::List(pair) = item.kind else { return Expr::hole(span, HoleReason::Runtime) };
            let [key, value] = pair.as_slice() else { return Expr::hole(span, HoleReason::Runtime) };
            let Some(text) = key.as_str() else { return Expr::hole(span, HoleReason::Runtime) };
            fields.push(Field { key: Arc::from(text), key_span: key.span, value: value.clone() });
        }
        let table = Expr::new(span, ExprKind::Object(fields));
        let key = Expr::new(span, ExprKind::Param(0));
        let entry = Expr::new(span, ExprKind::Op(Op::Get, vec![table, key]));
        let params = vec![Param { name: Arc::from("key"), default: None, annotation: None }];
        let function = Function { key: 0, params, returns: Some(entry) };
        let get = Expr::new(span, ExprKind::Lambda(Arc::new(Lambda { function, given: Vec::new() })));
        Expr::new(span, ExprKind::Object(vec![Field { key: Arc::from("get"), key_span: span, value: get }]))
    }

    /// Whether a function is what a zustand store is made by: its second parameter gives the store's state.
    fn is_store(&self, function: ScopeId) -> bool {
        let mut node = self.cx.scopes.scope(function).node;
        for _ in 0..6 {
            let list = self.cx.parent(node).filter(|list| list.kind() == "arguments");
            let Some(call) = list.and_then(|list| self.cx.parent(list)) else {
                return false;
            };
            let Some(mut callee) = call.field("function") else { return false };
            if callee.kind() == "call_expression" {
                match callee.field("function") {
                    Some(inner) => callee = inner,
                    None => return false,
                }
            }
            match self.cx.origin(callee) {
                Some(origin) if origin.module == "zustand" || origin.module.starts_with("zustand/") => {
                    if origin.members().iter().any(|name| name.starts_with("create")) || origin.path == ["default"] {
                        return true;
                    }
                    node = call;
                }
                _ => return false,
            }
        }
        false
    }

    /// A call of what a local name or an expression comes to.
    fn call_value(&mut self, callee: Node<'t>, args: &[Node<'t>], span: Span) -> Expr {
        let value = self.expr(callee);
        match value.kind {
            ExprKind::Hole(HoleReason::Runtime | HoleReason::Parameter) => value,
            ExprKind::Lambda(_)
            | ExprKind::Call { .. }
            | ExprKind::Name(_)
            | ExprKind::Member(..)
            | ExprKind::Param(_)
            | ExprKind::Captured(..)
            | ExprKind::Choice(_)
            | ExprKind::Op(Op::Get, _) => {
                let args = args.iter().map(|arg| self.argument(*arg)).collect();
                Expr::new(span, ExprKind::Call { callee: Box::new(value), args, keywords: Vec::new() })
            }
            _ => self.external(callee, span),
        }
    }

    fn call_by_name(&mut self, callee: Node<'t>, args: &[Node<'t>], span: Span) -> Expr {
        let callee = self.expr(callee);
        let args = args.iter().map(|arg| self.argument(*arg)).collect();
        Expr::new(span, ExprKind::Call { callee: Box::new(callee), args, keywords: Vec::new() })
    }

    /// An argument.
    pub fn argument(&mut self, node: Node<'t>) -> Expr {
        self.item(node)
    }

    /// What a function of this file returns for these arguments.
    pub(super) fn call_in_place(&mut self, function: Node<'t>, args: &[Node<'t>], span: Span) -> Expr {
        let args = args.iter().map(|arg| self.argument(*arg)).collect();
        let value = self.written_out(function, args);
        Expr::new(span, value.kind)
    }

    pub(super) fn written_out(&mut self, function: Node<'t>, args: Vec<Expr>) -> Expr {
        let span = self.cx.span(function);
        let Some(scope) = self.cx.scopes.by_node.get(&function.id()).copied() else {
            return Expr::hole(span, HoleReason::Unsupported);
        };
        if self.arguments.iter().any(|(active, _)| *active == scope) {
            self.seen.limit = true;
            return Expr::hole(span, HoleReason::Limit);
        }
        self.arguments.push((scope, args));
        let value = self.returned(function);
        self.arguments.pop();
        value.unwrap_or_else(|| Expr::new(span, ExprKind::Undefined))
    }

    fn call_member(&mut self, callee: Node<'t>, args: &[Node<'t>], span: Span) -> Expr {
        let (Some(object), Some(property)) = (callee.field("object").map(strip), callee.field("property")) else {
            return self.external(callee, span);
        };
        let method = self.cx.text(property);
        match self.cx.text(object) {
            "JSON" if method == "parse" && args.len() == 1 => return self.operation(Op::ParseJson, args, span),
            "URL" if method == "parse" => return self.operation(Op::ParseUrl, args, span),
            "Number" if !args.is_empty() && matches!(method, "parseInt" | "parseFloat") => {
                return self.operation(Op::ToNumber, &args[..1], span);
            }
            "localStorage"
            | "sessionStorage"
            | "window.localStorage"
            | "window.sessionStorage"
            | "Cookies"
            | "searchParams" => return Expr::hole(span, HoleReason::Runtime),
            "Object" if method == "assign" && args.len() > 1 => {
                let spread = |value: Expr| Field { key: Arc::from("..."), key_span: value.span, value };
                let fields = args.iter().map(|arg| spread(self.expr(*arg))).collect();
                return Expr::new(span, ExprKind::Object(fields));
            }
            "Object" if args.len() == 1 && matches!(method, "values" | "keys" | "entries") => {
                let op = match method {
                    "values" => Op::Values,
                    "keys" => Op::Keys,
                    _ => Op::Entries,
                };
                return self.operation(op, args, span);
            }
            "JSON" | "Math" | "Date" | "Object" | "Array" | "crypto" | "console" => return self.external(callee, span),
            "Deno.env" if method == "get" => {
                if let Some(name) = args.first().and_then(|arg| string_text(*arg, self.cx.source)) {
                    let reader = crate::facts::EnvReader::ProcessEnv;
                    return Expr::new(span, ExprKind::Env { name: Arc::from(name), reader });
                }
            }
            _ => {}
        }
        if let Some(value) = self.chained(object, method, args) {
            return Expr::new(span, value.kind);
        }
        if object.kind() == "this" {
            if let Some(function) = self.cx.method_of_this(callee, method) {
                return self.call_in_place(function, args, span);
            }
            let value = self.field_of_this(callee, method);
            return match value.kind {
                ExprKind::Lambda(_) | ExprKind::Member(..) => {
                    let args = args.iter().map(|arg| self.argument(*arg)).collect();
                    Expr::new(span, ExprKind::Call { callee: Box::new(value), args, keywords: Vec::new() })
                }
                _ => self.external(callee, span),
            };
        }
        if let Some(function) = self.member_function(object, method) {
            return self.call_in_place(function, args, span);
        }
        let object = self.expr(object);
        if let Some(value) = self.method(object.clone(), method, args, span) {
            return value;
        }
        if let ExprKind::Object(_) | ExprKind::Op(Op::Put, _) = &object.kind {
            let value = self.member(object.clone(), method);
            if matches!(
                value.kind,
                ExprKind::Lambda(_) | ExprKind::Call { .. } | ExprKind::Name(_) | ExprKind::Member(..)
            ) {
                let args = args.iter().map(|arg| self.argument(*arg)).collect();
                return Expr::new(span, ExprKind::Call { callee: Box::new(value), args, keywords: Vec::new() });
            }
        }
        match root(&object) {
            ExprKind::Name(name)
                if self.cx.imported(name).is_some_and(|(module, _)| super::is_external_module(module)) =>
            {
                self.external(callee, span)
            }
            ExprKind::Name(_) | ExprKind::Param(_) | ExprKind::Captured(..) | ExprKind::Lambda(_) => {
                let callee = Expr::new(self.cx.span(callee), ExprKind::Member(Box::new(object), Arc::from(method)));
                let args = args.iter().map(|arg| self.argument(*arg)).collect();
                Expr::new(span, ExprKind::Call { callee: Box::new(callee), args, keywords: Vec::new() })
            }
            ExprKind::Hole(HoleReason::Runtime) => Expr::hole(span, HoleReason::Runtime),
            ExprKind::Hole(HoleReason::Parameter) => Expr::hole(span, HoleReason::Parameter),
            _ => self.external(callee, span),
        }
    }

    /// The function that `object.method` is, when the object is a literal or a class of this file (a static method).
    fn member_function(&self, object: Node<'t>, method: &str) -> Option<Node<'t>> {
        if object.kind() != "identifier" {
            return None;
        }
        let (_, binding) = self.cx.binding_of(object)?;
        match &binding.kind {
            BindingKind::Class(class) => children(class.field("body")?).find(|member| {
                let is_static = member.kind() == "method_definition"
                    && member.child(0).is_some_and(|first| first.kind() == "static");
                is_static && member.field("name").is_some_and(|name| self.cx.text(name) == method)
            }),
            BindingKind::Variable { .. } => {
                let value = strip(super::object::property(self.cx, object, method)?);
                is_function(value).then_some(value)
            }
            _ => None,
        }
    }

    /// A method of the language's own types.
    fn method(&mut self, object: Expr, method: &str, args: &[Node<'t>], span: Span) -> Option<Expr> {
        let op = match (method, args.len()) {
            ("replace", 2) => match &object_pattern(self, args[0]) {
                Some(flags) if flags.contains('g') => Op::ReplaceAll,
                _ => Op::Replace,
            },
            ("replaceAll", 2) => Op::ReplaceAll,
            ("split", 1) => Op::Split,
            ("join", 0 | 1) => Op::Join,
            ("trim", 0) => Op::Trim,
            ("toLowerCase" | "toLocaleLowerCase", 0) => Op::Lower,
            ("toUpperCase" | "toLocaleUpperCase", 0) => Op::Upper,
            ("slice" | "substring", 1 | 2) => Op::Slice,
            ("concat", 1..) => {
                let is_list = matches!(object.kind, ExprKind::List(_) | ExprKind::Op(Op::Split | Op::Append, _));
                if is_list { Op::Append } else { Op::Concat }
            }
            ("toString" | "valueOf" | "toJSON", 0) => {
                let op = if super::member::is_url(&object) { Op::UrlPart(PagePart::Href) } else { Op::ToStr };
                return Some(match object.kind {
                    ExprKind::Page(_) => Expr::new(span, object.kind),
                    ExprKind::Name(_) | ExprKind::Hole(_) => Expr::new(span, ExprKind::Op(op, vec![object])),
                    _ => Expr::new(span, ExprKind::Op(op, vec![object])),
                });
            }
            // An axios client's own way to tell an address.
            ("getUri", 1) => {
                let options = self.expr(args[0]);
                let own = self.member(options.clone(), "baseURL");
                let base = match own.kind {
                    ExprKind::Undefined => self.member(object, crate::facts::CLIENT_BASE),
                    _ => own,
                };
                let path = self.member(options, "url");
                return Some(Expr::new(span, ExprKind::Op(Op::JoinUrl, vec![base, path])));
            }
            ("at", 1) => match self.expr(args[0]).kind {
                ExprKind::Num(number) => return number.parse().ok().map(|number| self.index(object, number)),
                _ => return None,
            },
            ("find", 1) if is_function(strip(args[0])) => {
                return Some(Expr::new(span, ExprKind::Op(Op::AnyOf, vec![object])));
            }
            // Another client with further options.
            ("extend", 1) if object.field(crate::facts::CLIENT_BASE).is_some() => {
                return Some(self.extended_client(object, args[0]));
            }
            ("filter", 1) if self.cx.text(args[0]) == "Boolean" => Op::DropEmpty,
            ("filter", 1) if is_function(strip(args[0])) => return self.filtered(object, strip(args[0]), span),
            ("map", 1) if is_function(strip(args[0])) => return self.each(object, strip(args[0]), span),
            _ => return None,
        };
        let mut operands = vec![object];
        if op == Op::DropEmpty {
            return Some(Expr::new(span, ExprKind::Op(op, operands)));
        }
        if op == Op::Join && args.is_empty() {
            operands.push(Expr::str(span, ","));
        }
        for (position, arg) in args.iter().enumerate() {
            let is_replacer = position == 1 && matches!(op, Op::Replace | Op::ReplaceAll) && Self::is_code(*arg);
            if is_replacer {
                let value = self.replacer(strip(*arg));
                operands.push(value);
            } else {
                operands.push(self.item(*arg));
            }
        }
        Some(Expr::new(span, ExprKind::Op(op, operands)))
    }

    /// `client.extend({ prefixUrl })`.
    fn extended_client(&mut self, client: Expr, options: Node<'t>) -> Expr {
        let option = |key| self.cx.option(options, key);
        let base = option("prefixUrl").or_else(|| option("baseURL"));
        let (Some(base), ExprKind::Object(fields)) = (base, &client.kind) else { return client };
        let mut fields = fields.clone();
        let value = self.expr(base);
        fields.push(Field { key: Arc::from(crate::facts::CLIENT_BASE), key_span: value.span, value });
        Expr::new(client.span, ExprKind::Object(fields))
    }

    /// `replace(x, () => 'wss')`.
    fn replacer(&mut self, function: Node<'t>) -> Expr {
        let args = vec![Expr::hole(self.cx.span(function), HoleReason::Runtime)];
        self.written_out(function, args)
    }

    /// `list.filter(x => x)`, `list.filter(x => x.length > 0)`.
    fn filtered(&mut self, object: Expr, function: Node<'t>, span: Span) -> Option<Expr> {
        let parameter =
            function.field("parameter").or_else(|| children(function.field("parameters")?).next()?.field("pattern"))?;
        let name = self.cx.text(parameter);
        let body: String = self.cx.text(function.field("body")?).split_whitespace().collect();
        let drops_empty = body == name
            || body == format!("!!{name}")
            || body == format!("{name}.length>0")
            || body == format!("{name}!==''")
            || body == format!("{name}!==\"\"")
            || body == format!("Boolean({name})");
        drops_empty.then(|| Expr::new(span, ExprKind::Op(Op::DropEmpty, vec![object])))
    }

    /// `list.map(x => x.trim())`: an operation on each element.
    fn each(&mut self, object: Expr, function: Node<'t>, span: Span) -> Option<Expr> {
        let scope = self.cx.scopes.by_node.get(&function.id()).copied()?;
        // Stands for the element; no function has so many parameters.
        let element = Expr::new(self.cx.span(function), ExprKind::Param(u32::MAX));
        self.arguments.push((scope, vec![element.clone()]));
        let value = self.returned(function);
        self.arguments.pop();
        let mut value = value?;
        let mut list = object;
        let mut steps = Vec::new();
        for _ in 0..8 {
            if value.kind == element.kind {
                for (op, rest) in steps.into_iter().rev() {
                    let operands = std::iter::once(list).chain(rest).collect();
                    list = Expr::new(span, ExprKind::Op(Op::Each(Box::new(op)), operands));
                }
                return Some(list);
            }
            let ExprKind::Op(op, mut operands) = value.kind else { return None };
            if operands.is_empty() {
                return None;
            }
            let rest = operands.split_off(1);
            // What else uses the element differs from one to the next.
            if rest.iter().any(|operand| uses_param(operand, u32::MAX)) {
                return None;
            }
            value = operands.pop()?;
            steps.push((op, rest));
        }
        None
    }

    pub(super) fn construct(&mut self, node: Node<'t>) -> Expr {
        let span = self.cx.span(node);
        let Some(constructor) = node.field("constructor").map(strip) else {
            return Expr::hole(span, HoleReason::Unsupported);
        };
        let args = arguments(node);
        match self.cx.text(constructor) {
            "URL" | "window.URL" | "globalThis.URL" if !args.is_empty() => self.operation(Op::ParseUrl, &args, span),
            "RegExp" => {
                let part = |index: usize| args.get(index).and_then(|arg| string_text(*arg, self.cx.source));
                match part(0) {
                    Some(pattern) => Expr::new(
                        span,
                        ExprKind::Regex {
                            pattern: Arc::from(super::literal::unescape(pattern)),
                            flags: Arc::from(part(1).unwrap_or("")),
                        },
                    ),
                    None => Expr::hole(span, HoleReason::Unsupported),
                }
            }
            "Set" => match args.first() {
                Some(list) => self.expr(*list),
                None => Expr::new(span, ExprKind::List(Vec::new())),
            },
            // What is done with a request is done with its address.
            "Request" | "window.Request" | "globalThis.Request" if !args.is_empty() => self.expr(args[0]),
            "Map" if args.len() == 1 => self.map(args[0], span),
            "String" if args.len() == 1 => self.operation(Op::ToStr, &args, span),
            "URLSearchParams" => self.query(args.first().copied(), span),
            "FormData" | "Date" => Expr::hole(span, HoleReason::Runtime),
            _ => {
                let is_known = constructor.kind() == "identifier"
                    && self.cx.binding_of(constructor).is_some_and(|(_, binding)| match binding.kind {
                        BindingKind::Class(_) => binding.scope == ScopeId(0),
                        BindingKind::Import { module, .. } => !super::is_external_module(module),
                        _ => false,
                    });
                if is_known { self.call_by_name(constructor, &args, span) } else { self.external(constructor, span) }
            }
        }
    }
}

/// Whether a parameter occurs in a value.
fn uses_param(value: &Expr, index: u32) -> bool {
    let mut found = false;
    crate::facts::visit::exprs(value, &mut |expr| found |= expr.kind == ExprKind::Param(index));
    found
}

/// The flags of a pattern that is written as an argument.
fn object_pattern<'t>(builder: &mut Builder<'_, 't>, node: Node<'t>) -> Option<Arc<str>> {
    match builder.expr(node).kind {
        ExprKind::Regex { flags, .. } => Some(flags),
        _ => None,
    }
}

/// What a chain of members and calls starts with.
fn root(expr: &Expr) -> &ExprKind {
    let mut current = expr;
    loop {
        match &current.kind {
            ExprKind::Member(object, _) => current = object,
            ExprKind::Call { callee, .. } => current = callee,
            other => return other,
        }
    }
}
