//! axios and clients of its shape: instances with a base, called by verb.

use std::sync::Arc;

use tree_sitter::Node;

use super::{ecma_headers, ecma_runs};
use crate::facts::lang::ecma::node::{arguments, is_whole_object, string_text, strip};
use crate::facts::lang::ecma::{
    BindingKind, Builder, EcmaAdapter, EcmaCx, Needle, Origin, is_external_module, is_own_module,
};
use crate::facts::{
    Arm, CLIENT_BASE, CLIENT_MARK, ClientApi, ClientCall, Expr, ExprKind, Field, FileFacts, Guard, HoleReason,
    Recognized, Sense, Test,
};

/// `axios.get(url)`, `axios({ url })`, and `client.get('/path')` on instances of this file or imported ones.
pub const ADAPTER: EcmaAdapter = EcmaAdapter {
    name: "axios",
    needles: &[
        Needle::plain("axios."),
        Needle::checked("axios(", is_word),
        Needle::checked("axios[", is_word),
        Needle::plain("HttpClient"),
        Needle::plain("from 'ky'"),
        Needle::plain("from \"ky\""),
        Needle::plain("etch.create("),
        Needle::plain("from 'axios'"),
        Needle::plain("from \"axios\""),
        Needle::checked(".get(", is_path_call),
        Needle::checked(".get<", is_path_call),
        Needle::checked(".post(", is_path_call),
        Needle::checked(".post<", is_path_call),
        Needle::checked(".put(", is_path_call),
        Needle::checked(".put<", is_path_call),
        Needle::checked(".patch(", is_path_call),
        Needle::checked(".patch<", is_path_call),
        Needle::checked(".delete(", is_path_call),
        Needle::checked(".delete<", is_path_call),
    ],
    also: &[
        "$fetch.create",
        "ofetch.create",
        "axios",
        ".get(",
        ".post(",
        ".put(",
        ".patch(",
        ".delete(",
        ".request(",
        ".get<",
        ".post<",
        ".put<",
        ".patch<",
        ".delete<",
        ".request<",
        // An instance that is called itself, under the usual names of one.
        "pi(",
        "equest(",
        "lient(",
        "http(",
        "ervice(",
        "nstance(",
    ],
    visit,
    whole: None,
    read_calls: &[read_create],
};

/// Names of receivers that route requests instead of sending them, or that belong to tests.
const ROUTERS: &[&str] = &["app", "router", "server", "fastify", "route", "routes", "api_router", "cy", "mock", "this"];

fn is_word(bytes: &[u8], from: usize, _to: usize) -> bool {
    !from.checked_sub(1).and_then(|at| bytes.get(at)).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'.')
}

/// Longer names and type arguments are not written by people.
const LONGEST_NAME: usize = 200;
const LONGEST_TYPE: usize = 1_000;

/// A verb of a plain receiver, with a path or address written as its first argument.
fn is_path_call(bytes: &[u8], from: usize, to: usize) -> bool {
    let head = &bytes[..from];
    let head = &head[from.saturating_sub(LONGEST_NAME)..];
    let start = head.iter().rposition(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$')));
    let receiver = &head[start.map_or(0, |start| start + 1)..];
    if receiver.is_empty() || ROUTERS.iter().any(|name| name.as_bytes() == receiver) {
        return false;
    }
    let mut rest = &bytes[to..];
    if bytes.get(to - 1) == Some(&b'<') {
        // A type argument ends before the parenthesis on the same line.
        let near = &rest[..rest.len().min(LONGEST_TYPE)];
        let line = near.iter().position(|byte| *byte == b'\n').unwrap_or(near.len());
        match memchr::memmem::find(&rest[..line], b">(") {
            Some(end) => rest = &rest[end + 2..],
            None => return false,
        }
    }
    let rest = rest.trim_ascii_start();
    match rest {
        [b'"' | b'\'' | b'`', b'/', ..] => true,
        [b'`', b'$', b'{', ..] => true,
        [b'"' | b'\'' | b'`', rest @ ..] => rest.starts_with(b"http"),
        _ => false,
    }
}

fn is_axios_module(module: &str) -> bool {
    matches!(module, "axios" | "ky" | "ky-universal" | "superagent" | "wretch" | "@nuxtjs/axios" | "axios-retry")
}

/// Whether a function makes an instance.
fn is_made(origin: &Origin<'_>) -> bool {
    is_axios_module(origin.module) && matches!(origin.members(), ["create" | "extend"])
        || matches!(origin.module, "ofetch" | "#imports") && origin.members().last() == Some(&"create")
}

/// `axios.create({ baseURL })` as an object that holds what it puts in front of paths.
fn read_create<'t>(builder: &mut Builder<'_, 't>, origin: &Origin<'t>, call: Node<'t>) -> Option<Expr> {
    if !is_made(origin) {
        return None;
    }
    let span = builder.cx.span(call);
    let options = arguments(call).first().copied();
    let option = |key| options.and_then(|options| builder.cx.option(options, key));
    let (base, credentials) = (option("baseURL").or_else(|| option("prefixUrl")), option("withCredentials"));
    let base = match (base, options) {
        (Some(base), _) => builder.expr(base),
        (None, Some(options)) if strip(builder.cx.initial(options)).kind() != "object" => {
            let options = builder.expr(options);
            Expr::new(span, ExprKind::Member(Box::new(options), Arc::from("baseURL")))
        }
        _ => Expr::new(span, ExprKind::Undefined),
    };
    let mark = Expr::new(span, ExprKind::Bool(true));
    let mut fields = vec![
        Field { key: Arc::from(CLIENT_BASE), key_span: base.span, value: base },
        Field { key: Arc::from(CLIENT_MARK), key_span: span, value: mark },
    ];
    if let Some(credentials) = credentials {
        let value = builder.expr(credentials);
        fields.push(Field { key: Arc::from("withCredentials"), key_span: value.span, value });
    }
    Some(Expr::new(span, ExprKind::Object(fields)))
}

fn visit<'t>(cx: &EcmaCx<'t>, node: Node<'t>, facts: &mut FileFacts) {
    if node.kind() == "assignment_expression" {
        facts.client_defaults.extend(read_default(cx, node));
        return;
    }
    if node.kind() != "call_expression" {
        return;
    }
    let Some(callee) = node.child_by_field_name("function").map(strip) else { return };
    if let Some(call) = read_call(cx, node, callee) {
        facts.client_calls.push(call);
    }
}

/// `axios.defaults.baseURL = x`: put in front of every path of the library itself, in every file.
fn read_default<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> Option<Expr> {
    let left = strip(node.child_by_field_name("left")?);
    let origin = cx.origin(left)?;
    if !is_axios_module(origin.module) || origin.members() != ["defaults", "baseURL"] {
        return None;
    }
    Some(cx.expr(node.child_by_field_name("right")?))
}

/// What a call is made on.
enum Receiver<'t> {
    /// The library itself.
    Library,
    /// An instance: of this file, or imported.
    Instance(Node<'t>),
    /// What may be an instance: other files know.
    Maybe(Node<'t>),
}

fn read_call<'t>(cx: &EcmaCx<'t>, node: Node<'t>, callee: Node<'t>) -> Option<ClientCall> {
    let args = arguments(node);
    let first = *args.first()?;
    if args.iter().skip(1).any(|arg| cx.is_callback(*arg)) {
        return None;
    }
    match callee.kind() {
        "member_expression" => {
            let verb = cx.text(callee.child_by_field_name("property")?);
            if !VERBS.contains(&verb) {
                return None;
            }
            let object = strip(callee.child_by_field_name("object")?);
            let receiver = receiver(cx, object, first)?;
            return match verb {
                "post" | "put" | "patch" => {
                    Some(by_verb(cx, node, Some(verb), receiver, first, (args.get(2), args.get(1))))
                }
                "request" => by_options(cx, node, receiver, first),
                _ => Some(by_verb(cx, node, Some(verb), receiver, first, (args.get(1), None))),
            };
        }
        // `axios[method](url)`
        "subscript_expression" => {
            let receiver = receiver(cx, strip(callee.child_by_field_name("object")?), first)?;
            return match receiver {
                Receiver::Maybe(_) => None,
                receiver => Some(by_verb(cx, node, None, receiver, first, (None, None))),
            };
        }
        _ => {}
    }
    let is_object = is_options(cx, first);
    let receiver = match receiver(cx, callee, first)? {
        // A function that happens to be called with a path is no client.
        Receiver::Instance(instance) if !is_created_here(cx, instance) => Receiver::Maybe(instance),
        Receiver::Maybe(_) if !is_object => return None,
        receiver => receiver,
    };
    if is_object {
        return by_options(cx, node, receiver, first);
    }
    let options = args.get(1).copied();
    let verb = match options.and_then(|options| cx.option(options, "method")) {
        Some(method) => string_text(strip(method), cx.source),
        None => options.is_none_or(is_whole_object).then_some("get"),
    };
    Some(by_verb(cx, node, verb, receiver, first, (args.get(1), None)))
}

/// Whether an argument is an object, written here or put together before.
fn is_options<'t>(cx: &EcmaCx<'t>, argument: Node<'t>) -> bool {
    let argument = strip(argument);
    match argument.kind() {
        "object" => true,
        "identifier" => {
            let value = Builder::open(cx).expr(argument);
            match &value.kind {
                ExprKind::Object(_) => true,
                ExprKind::Choice(arms) => arms.iter().all(|arm| matches!(arm.value.kind, ExprKind::Object(_))),
                _ => false,
            }
        }
        _ => false,
    }
}

const VERBS: &[&str] = &["get", "delete", "head", "options", "post", "put", "patch", "request"];

fn receiver<'t>(cx: &EcmaCx<'t>, object: Node<'t>, argument: Node<'t>) -> Option<Receiver<'t>> {
    if let Some(origin) = cx.origin(object) {
        if is_axios_module(origin.module) {
            return origin.members().is_empty().then_some(Receiver::Library);
        }
        let name = cx.text(object);
        if !is_repository_module(origin.module) || ROUTERS.contains(&name) || name.ends_with("outer") {
            return None;
        }
        return Some(if is_address(cx, argument) { Receiver::Instance(object) } else { Receiver::Maybe(object) });
    }
    if is_created_here(cx, object) {
        return Some(Receiver::Instance(object));
    }
    if is_angular(cx, object) {
        return Some(Receiver::Library);
    }
    let is_made_elsewhere = matches!(object.kind(), "identifier" | "member_expression" | "call_expression")
        && matches!(
            Builder::open(cx).expr(object).kind,
            ExprKind::Name(_)
                | ExprKind::Member(..)
                | ExprKind::Call { .. }
                | ExprKind::Param(_)
                | ExprKind::Captured(..)
        );
    is_made_elsewhere.then_some(Receiver::Maybe(object))
}

/// Whether a value is Angular's `HttpClient`: by its declared type, by `inject`, or by its name in a component.
fn is_angular<'t>(cx: &EcmaCx<'t>, object: Node<'t>) -> bool {
    let text = cx.text(object);
    let name = text.rsplit('.').next().unwrap_or(text);
    let imports = |name: &str, module: &str| cx.imported(name).is_some_and(|(from, _)| from.starts_with(module));
    if imports("HttpClient", "@angular/common/http") {
        let declared = [": HttpClient", " = inject(HttpClient", " = inject<HttpClient"];
        return name.to_ascii_lowercase().contains("http") && !is_declared_otherwise(cx.source, name)
            || declared.iter().any(|after| cx.source.contains(&format!("{name}{after}")));
    }
    // A class that extends one which holds it.
    matches!(text, "this.http" | "this.httpClient" | "this._http")
        && cx.imports_any(|module| module.starts_with("@angular/"))
        && !is_declared_otherwise(cx.source, name)
}

/// What stands between a name and its class where it is declared: a parameter or field with a type, a service that is asked for,
/// an object that is made.
const DECLARES: &[&str] = &[": ", "!: ", "?: ", " = inject(", " = inject<", " = new "];

/// Whether a file declares a name as another class (`private http: BaseHttpClient`), and never as `HttpClient`.
fn is_declared_otherwise(source: &str, name: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
    let class_after = |at: usize| {
        let is_whole = source.get(..at)?.chars().next_back().is_none_or(|before| !is_word(before));
        let after = source.get(at + name.len()..).filter(|_| is_whole)?;
        let after = DECLARES.iter().find_map(|declares| after.strip_prefix(declares))?;
        let end = after.find(|c: char| !is_word(c)).unwrap_or(after.len());
        after.get(..end).filter(|class| class.starts_with(char::is_uppercase))
    };
    let mut classes = source.match_indices(name).filter_map(|(at, _)| class_after(at)).peekable();
    classes.peek().is_some() && classes.all(|class| class != "HttpClient")
}

/// Whether the value is an instance that this file creates.
fn is_created_here<'t>(cx: &EcmaCx<'t>, object: Node<'t>) -> bool {
    let initial = cx.initial(object);
    if initial.kind() == "call_expression" {
        let is_further = initial.child_by_field_name("function").is_some_and(|callee| {
            callee.kind() == "member_expression"
                && callee.child_by_field_name("property").is_some_and(|name| cx.text(name) == "extend")
        });
        if is_further {
            return Builder::open(cx).expr(initial).field(CLIENT_BASE).is_some();
        }
        return initial
            .child_by_field_name("function")
            .and_then(|callee| cx.origin(callee))
            .is_some_and(|origin| is_made(&origin));
    }
    // `this.client`, `useMemo(() => axios.create(...))`: known by what it comes to.
    matches!(initial.kind(), "member_expression" | "identifier")
        && cx.binding_of(initial).is_none_or(|(_, binding)| matches!(binding.kind, BindingKind::Variable { .. }))
        && Builder::open(cx)
            .expr(initial)
            .field(CLIENT_BASE)
            .is_some_and(|base| !matches!(base.kind, ExprKind::Hole(_)))
}

/// Modules that may hold an own instance; packages are clients only when they are known ones.
fn is_repository_module(module: &str) -> bool {
    is_own_module(module) || (!is_external_module(module) && module.contains("api"))
}

/// Whether an argument looks like a path or an address.
fn is_address<'t>(cx: &EcmaCx<'t>, argument: Node<'t>) -> bool {
    let text = cx.text(strip(argument)).trim_start_matches(['"', '\'', '`', '(']);
    text.starts_with('/') || text.starts_with("http") || text.starts_with("${")
}

fn by_verb<'t>(
    cx: &EcmaCx<'t>,
    node: Node<'t>,
    verb: Option<&str>,
    receiver: Receiver<'t>,
    url: Node<'t>,
    (options, data): (Option<&Node<'t>>, Option<&Node<'t>>),
) -> ClientCall {
    let mut builder = Builder::open(cx);
    let url = builder.expr(url);
    let headers = ecma_headers::with_json(&mut builder, options.copied(), data.copied());
    let option = |key| options.and_then(|options| cx.option(*options, key));
    ClientCall { headers, ..finish(cx, node, receiver, builder, url, verb, &option) }
}

/// `axios({ method, url, baseURL })`.
fn by_options<'t>(cx: &EcmaCx<'t>, node: Node<'t>, receiver: Receiver<'t>, options: Node<'t>) -> Option<ClientCall> {
    let option = |key| cx.option(options, key);
    let mut builder = Builder::open(cx);
    let is_written_here = strip(options).kind() == "object";
    let Some(url) = option("url").filter(|_| is_written_here) else {
        return by_configuration(cx, node, receiver, options);
    };
    let url = builder.expr(url);
    let verb = match option("method") {
        Some(method) => string_text(strip(method), cx.source),
        None => is_whole_object(options).then_some("get"),
    };
    let headers = ecma_headers::with_json(&mut builder, Some(options), option("data"));
    Some(ClientCall { headers, ..finish(cx, node, receiver, builder, url, verb, &option) })
}

/// `axios.request(config)`: all that it says is wherever the object was written.
fn by_configuration<'t>(
    cx: &EcmaCx<'t>,
    node: Node<'t>,
    receiver: Receiver<'t>,
    options: Node<'t>,
) -> Option<ClientCall> {
    let mut builder = Builder::open(cx);
    let configuration = builder.expr(options);
    if matches!(configuration.kind, ExprKind::Object(_)) && configuration.field("url").is_none() {
        return None;
    }
    let span = configuration.span;
    let url = builder.member_of(configuration.clone(), "url");
    let own = builder.member_of(configuration, "baseURL");
    let call = finish(cx, node, receiver, builder, url, None, &|_| None);
    let base = match call.base {
        Some(base) => {
            let is_own = Guard { test: Test::Truthy(Box::new(own.clone())), sense: Sense::Holds };
            let arms = vec![Arm { guards: vec![is_own], value: own }, Arm { guards: Vec::new(), value: base }];
            Expr::new(span, ExprKind::Choice(arms))
        }
        None => own,
    };
    let headers = Some(Expr::hole(span, HoleReason::Unsupported));
    Some(ClientCall { base: Some(base), headers, ..call })
}

fn finish<'t>(
    cx: &EcmaCx<'t>,
    node: Node<'t>,
    receiver: Receiver<'t>,
    mut builder: Builder<'_, 't>,
    url: Expr,
    verb: Option<&str>,
    option: &dyn Fn(&'static str) -> Option<Node<'t>>,
) -> ClientCall {
    let recognized = match receiver {
        Receiver::Library | Receiver::Instance(_) => Recognized::ByName,
        Receiver::Maybe(_) => Recognized::ByForm,
    };
    let mut base = option("baseURL").map(|base| builder.expr(base));
    let mut credentials = option("withCredentials").map(|credentials| builder.expr(credentials));
    if let Receiver::Instance(instance) | Receiver::Maybe(instance) = receiver {
        let instance = builder.expr(instance);
        base = base.or_else(|| Some(builder.member_of(instance.clone(), CLIENT_BASE)));
        credentials = credentials.or_else(|| Some(builder.member_of(instance, "withCredentials")));
    }
    ClientCall {
        base,
        recognized,
        credentials: credentials.filter(|credentials| credentials.kind != ExprKind::Undefined),
        method: verb.map(|verb| Arc::from(verb.to_ascii_uppercase())),
        function: builder.function(),
        closure: builder.closure(),
        runs: ecma_runs::at(cx, node),
        reach: cx.reach(node),
        ..ClientCall::new(cx.span(node), ClientApi::Axios, url)
    }
}
