use std::sync::Arc;

use super::*;
use crate::base::{FileKind, FileRole, LineIndex, Place, RepoPath, Span, Tracking};
use crate::facts::{
    Arm, Definition, DefinitionValue, EnvReader, Export, ExprKind, FileFacts, Function, Guard, Import, Module, Op,
    PagePart, Param, Sense, Test,
};
use crate::model::{Alternative, Assumption, Binding, Environment, Openness, Package, Piece, Text, Value};

fn expr(kind: ExprKind) -> Expr {
    Expr::new(Span::new(0, 1), kind)
}
fn text(value: &str) -> Expr {
    expr(ExprKind::Str(Arc::from(value)))
}
fn name(value: &str) -> Expr {
    expr(ExprKind::Name(Arc::from(value)))
}
fn env(value: &str) -> Expr {
    expr(ExprKind::Env { name: Arc::from(value), reader: EnvReader::ImportMeta })
}
fn page(part: PagePart) -> Expr {
    expr(ExprKind::Page(part))
}
fn op(op: Op, operands: Vec<Expr>) -> Expr {
    expr(ExprKind::Op(op, operands))
}
fn choice(test: Test, then: Expr, otherwise: Expr) -> Expr {
    let guard = Guard { test, sense: Sense::Holds };
    expr(ExprKind::Choice(vec![Arm { guards: vec![guard], value: then }, Arm { guards: vec![], value: otherwise }]))
}
fn or(one: Expr, other: Expr) -> Expr {
    choice(Test::Truthy(Box::new(one.clone())), one, other)
}
fn coalesce(one: Expr, other: Expr) -> Expr {
    choice(Test::Defined(Box::new(one.clone())), one, other)
}
fn regex(pattern: &str) -> Expr {
    expr(ExprKind::Regex { pattern: Arc::from(pattern), flags: Arc::from("") })
}

fn file(path: &str, module: Module) -> FileFacts {
    let path = RepoPath::new(path).expect("inside");
    let kind = if path.extension() == "py" { FileKind::Python } else { FileKind::TypeScript };
    let mut facts = FileFacts::new(path, kind, FileRole::Production, Tracking::Tracked, LineIndex::new(""));
    facts.module = Some(Box::new(module));
    facts
}

fn define(name: &str, value: DefinitionValue) -> Definition {
    Definition { name: Arc::from(name), span: Span::default(), value }
}

fn wiring(files: Vec<FileFacts>, bindings: &[(&str, &str)], openness: Openness) -> Wiring {
    let mut wiring = Wiring::default();
    wiring.repository.files = files.into_iter().map(Into::into).collect();
    wiring.packages.push(Package {
        back_end: None,
        root: RepoPath::root(),
        manifests: Vec::new(),
        ecosystem: None,
        dependencies: Vec::new(),
        tool: None,
        side: Side::Browser,
    });
    let place = Place::new(FileId(0), Span::new(7, 9));
    let mut bindings: Vec<Binding> = bindings
        .iter()
        .map(|(name, value)| Binding {
            name: Arc::from(*name),
            value: Value::Text(Text::known(value, Some(place))),
            place,
            evidence: Vec::new(),
        })
        .collect();
    bindings.sort_by(|a, b| a.name.cmp(&b.name));
    wiring.environments.push(Environment {
        package: Some(PackageId(0)),
        service: None,
        deployment: None,
        side: Side::Browser,
        mode: Mode::Production,
        bindings,
        overridden: Vec::new(),
        openness,
    });
    wiring
}

fn scope() -> Scope {
    Scope { package: PackageId(0), deployment: None, service: None, mode: Mode::Production, side: Side::Browser }
}

fn show(value: &Value) -> String {
    match value {
        Value::Text(text) => text
            .0
            .iter()
            .map(|piece| match piece {
                Piece::Known(text, _) => text.to_string(),
                Piece::Page(part, _) => format!("<{part:?}>"),
                Piece::Unknown(_) => "<?>".to_owned(),
            })
            .collect(),
        Value::List(items) => format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(", ")),
        Value::Unknown(_) => "?".to_owned(),
        Value::Undefined => "undefined".to_owned(),
        other => other.as_known_text().unwrap_or_else(|| format!("{other:?}")),
    }
}

fn shown(alternatives: &[Alternative]) -> Vec<String> {
    alternatives.iter().map(|alternative| show(&alternative.value)).collect()
}

fn run(expr: &Expr, bindings: &[(&str, &str)], openness: Openness) -> Vec<String> {
    let wiring = wiring(vec![file("a.ts", Module::default())], bindings, openness);
    shown(&evaluate(&wiring, FileId(0), expr, &scope()))
}

#[test]
fn page_tests_are_correlated() {
    let secure = Test::PageIsHttps;
    let url = op(
        Op::Concat,
        vec![
            choice(secure.clone(), text("wss:"), text("ws:")),
            text("//"),
            page(PagePart::Hostname),
            choice(secure, text(":443"), text(":8000")),
        ],
    );
    assert_eq!(run(&url, &[], Openness::Open), ["wss://<Hostname>:443", "ws://<Hostname>:8000"]);
}

#[test]
fn empty_variables_fall_through_or_but_not_coalescing() {
    let bound = [("PORT", "")];
    assert_eq!(run(&or(env("PORT"), text("12393")), &bound, Openness::Open), ["12393"]);
    assert_eq!(run(&coalesce(env("PORT"), text("12393")), &bound, Openness::Open), [""]);
    let wiring = wiring(vec![file("a.ts", Module::default())], &bound, Openness::Open);
    let alternatives = evaluate(&wiring, FileId(0), &or(env("PORT"), text("12393")), &scope());
    assert!(alternatives[0].evidence.contains(&Place::new(FileId(0), Span::new(7, 9))), "the env line is shown");
}

#[test]
fn an_unset_name_has_an_outside_value_and_a_default() {
    let wiring = wiring(vec![file("a.ts", Module::default())], &[], Openness::Open);
    let alternatives = evaluate(&wiring, FileId(0), &coalesce(env("URL"), text("ws://localhost")), &scope());
    assert_eq!(shown(&alternatives), ["?", "ws://localhost"]);
    assert_eq!(alternatives[1].assumptions, [Assumption::NoOverride(Arc::from("URL"))]);
    let closed = run(&op(Op::Concat, vec![env("URL"), text("/ws")]), &[], Openness::Closed(Vec::new()));
    assert_eq!(closed, ["undefined/ws"]);
    // The same variable read twice is set or unset in both places.
    let twice = op(Op::Concat, vec![coalesce(env("H"), text("a")), text(":"), coalesce(env("H"), text("b"))]);
    assert_eq!(run(&twice, &[], Openness::Open), ["<?>:<?>", "a:b"]);
}

#[test]
fn schemes_follow_the_page_through_replacements() {
    let derived = op(Op::Replace, vec![page(PagePart::Origin), regex("^http"), text("ws")]);
    assert_eq!(run(&derived, &[], Openness::Open), ["wss://<Host>", "ws://<Host>"]);
    let known = op(Op::Replace, vec![env("API"), regex("^http"), text("ws")]);
    assert_eq!(run(&known, &[("API", "https://api.example")], Openness::Open), ["wss://api.example"]);
    let base = op(Op::Concat, vec![text("https://"), env("H"), text("/")]);
    let trimmed = op(Op::Replace, vec![base, regex(r"\/+$"), text("")]);
    assert_eq!(run(&trimmed, &[], Openness::Open), ["https://<?>", "https://undefined"]);
}

#[test]
fn urls_keep_unknown_pieces() {
    let url = op(Op::ParseUrl, vec![text("/ws"), page(PagePart::Href)]);
    let url = op(Op::SetUrlPart(PagePart::Protocol), vec![url, text("wss:")]);
    assert_eq!(run(&url, &[], Openness::Open), ["wss://<Host>/ws"]);
    let host = op(Op::UrlPart(PagePart::Host), vec![text("https://api.example:8443/v1")]);
    assert_eq!(run(&host, &[], Openness::Open), ["api.example:8443"]);
    let joined = op(Op::JoinUrl, vec![text("http://h/api/"), text("/users")]);
    assert_eq!(run(&joined, &[], Openness::Open), ["http://h/api/users"]);
}

#[test]
fn lists_of_origins_are_read_as_the_program_reads_them() {
    let bound = [("O", "http://a, http://b")];
    let split = op(Op::Split, vec![env("O"), text(",")]);
    assert_eq!(run(&split, &bound, Openness::Open), ["[http://a,  http://b]"]);
    assert_eq!(run(&op(Op::Each(Box::new(Op::Trim)), vec![split]), &bound, Openness::Open), ["[http://a, http://b]"]);
    let json = op(Op::ParseJson, vec![env("O")]);
    assert_eq!(run(&json, &[("O", r#"["http://a"]"#)], Openness::Open), ["[http://a]"]);
    assert_eq!(run(&json, &bound, Openness::Open), ["?"]);
    let setting = op(Op::ParseSetting, vec![env("O")]);
    assert_eq!(run(&setting, &[("O", r#"["http://a"]"#)], Openness::Open), ["[http://a]"]);
    assert_eq!(run(&setting, &[("O", "http://a,http://b")], Openness::Open), ["[http://a,http://b]"]);
}

#[test]
fn names_functions_and_exports_are_followed_across_files() {
    let parameter = expr(ExprKind::Param(0));
    let function = Function {
        key: 0,
        params: vec![Param { name: Arc::from("path"), default: None, annotation: None }],
        returns: Some(op(Op::Concat, vec![name("BASE"), parameter])),
    };
    let lib = Module {
        definitions: vec![
            define("BASE", DefinitionValue::Value(text("wss://h"))),
            define("build", DefinitionValue::Function(function)),
        ],
        exports: vec![Export { exported: Arc::from("make"), local: Arc::from("build"), module: None }],
        ..Module::default()
    };
    let user = Module {
        imports: vec![Import {
            local: Arc::from("m"),
            imported: Arc::from("make"),
            module: Arc::from("./lib"),
            span: Span::default(),
        }],
        ..Module::default()
    };
    let mut wiring = wiring(vec![file("a.ts", user), file("lib.ts", lib)], &[], Openness::Open);
    wiring.repository.resolved.insert((FileId(0), Arc::from("./lib")), vec![FileId(1)]);
    let call = expr(ExprKind::Call { callee: Box::new(name("m")), args: vec![text("/ws")], keywords: Vec::new() });
    assert_eq!(shown(&evaluate(&wiring, FileId(0), &call, &scope())), ["wss://h/ws"]);
}

#[test]
fn what_is_taken_from_nothing_is_not_known() {
    let client = expr(ExprKind::Object(Vec::new()));
    let method = expr(ExprKind::Member(Box::new(client.clone()), Arc::from("get")));
    let callee = Box::new(method.clone());
    let answer = expr(ExprKind::Call { callee, args: vec![text("/jobs")], keywords: Vec::new() });
    let id = expr(ExprKind::Member(Box::new(answer), Arc::from("id")));
    assert_eq!(run(&method, &[], Openness::Open), ["undefined"]);
    assert_eq!(run(&id, &[], Openness::Open), ["?"]);
}

#[test]
fn hostile_expressions_end() {
    let mut deep = text("x");
    for _ in 0..3_000 {
        deep = op(Op::Concat, vec![deep, text("y")]);
    }
    assert_eq!(run(&deep, &[], Openness::Open)[0].len(), 3_001);
    let mut nested = text("x");
    for _ in 0..3_000 {
        nested = op(Op::Trim, vec![nested]);
    }
    assert_eq!(run(&nested, &[], Openness::Open), ["?"]);
    let wide = op(Op::Concat, (0..6).map(|n| or(env(&format!("V{n}")), text("d"))).collect());
    assert_eq!(run(&wide, &[], Openness::Open), ["?"]);
    let itself = Module { definitions: vec![define("A", DefinitionValue::Value(name("A")))], ..Module::default() };
    let wiring = wiring(vec![file("a.ts", itself)], &[], Openness::Open);
    assert_eq!(shown(&evaluate(&wiring, FileId(0), &name("A"), &scope())), ["?"]);
}
