//! PM2: `ecosystem.config.js` and its relatives in JSON and YAML.

use std::sync::Arc;

use tree_sitter::Node;

use super::plain;
use crate::base::{Limit, Span};
use crate::facts::lang::command;
use crate::facts::lang::ecma::folder::folder_of;
use crate::facts::lang::ecma::node::children;
use crate::facts::lang::ecma::{EcmaAdapter, EcmaCx};
use crate::facts::{EnvReader, EnvSetting, Expr, ExprKind, Field, FileFacts, ProcessFact};
use crate::parse::fragment::Fragment;
use crate::parse::shell::{self, Word};

/// PM2's configuration, found by the name of its file.
pub const ADAPTER: EcmaAdapter =
    EcmaAdapter { name: "PM2", needles: &[], also: &[], visit: |_, _, _| {}, whole: Some(whole), read_calls: &[] };

/// Values of a configuration: names stand for others, each in several places.
const VALUES: Limit = Limit::new(
    5_000,
    "values of a configuration of PM2",
    "the processes that it starts are unknown",
    "write its values without names that stand for others",
);
/// Objects in objects.
const MOST_NESTED: usize = 12;

/// Whether a file name is a configuration of PM2.
#[must_use]
pub fn is_configuration(name: &str) -> bool {
    let Some((stem, extension)) = name.rsplit_once('.') else { return false };
    let begins =
        |word: &str| stem.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-']));
    match extension {
        "js" | "cjs" | "mjs" => {
            begins("ecosystem")
                || begins("pm2") && stem != "pm2"
                || matches!(stem, "process.config" | "processes.config")
        }
        "json" | "yml" | "yaml" => {
            begins("ecosystem") || begins("pm2") || matches!(stem, "process" | "processes" | "process.config")
        }
        _ => false,
    }
}

fn whole(cx: &EcmaCx<'_>, facts: &mut FileFacts) {
    if !is_configuration(cx.path.name()) {
        return;
    }
    let mut left = VALUES.most_items();
    for statement in children(cx.root) {
        let Some(exported) = exported(cx, statement) else { continue };
        match value(cx, exported, MOST_NESTED, &mut left) {
            Some(config) => facts.processes.extend(processes(&config)),
            None => facts.limits.push((cx.span(exported), VALUES)),
        }
    }
}

/// `module.exports = value`, `export default value`.
fn exported<'t>(cx: &EcmaCx<'t>, statement: Node<'t>) -> Option<Node<'t>> {
    match statement.kind() {
        "export_statement" => statement.child_by_field_name("value"),
        "expression_statement" => {
            let assignment = children(statement).next().filter(|node| node.kind() == "assignment_expression")?;
            let left = assignment.child_by_field_name("left").map(|left| cx.text(left))?;
            assignment.child_by_field_name("right").filter(|_| left == "module.exports")
        }
        _ => None,
    }
}

/// A value with the objects and lists that names of the file stand for; `None` when there is too much of it.
fn value<'t>(cx: &EcmaCx<'t>, node: Node<'t>, depth: usize, left: &mut usize) -> Option<Expr> {
    *left = left.checked_sub(1)?;
    let depth = depth.checked_sub(1)?;
    let named = cx.initial(node);
    let kind = match named.kind() {
        "object" => {
            let mut fields: Vec<Field> = Vec::new();
            for part in children(named) {
                add_field(cx, part, depth, left, &mut fields)?;
            }
            ExprKind::Object(fields)
        }
        "array" => {
            let items: Option<Vec<Expr>> = children(named).map(|item| value(cx, item, depth, left)).collect();
            ExprKind::List(items?)
        }
        "call_expression" | "template_string" | "binary_expression" => match folder_of(cx, named) {
            Some(folder) if mentions_own_folder(cx, named) => ExprKind::Str(folder),
            _ => return Some(cx.expr(node)),
        },
        _ => return Some(cx.expr(node)),
    };
    Some(Expr::new(cx.span(named), kind))
}

fn mentions_own_folder<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> bool {
    ["__dirname", "process.cwd()", "import.meta"].iter().any(|name| cx.text(node).contains(name))
}

/// A property, or those of an object that is spread.
fn add_field<'t>(
    cx: &EcmaCx<'t>,
    part: Node<'t>,
    depth: usize,
    left: &mut usize,
    fields: &mut Vec<Field>,
) -> Option<()> {
    let mut put = |field: Field| {
        fields.retain(|known| known.key != field.key);
        fields.push(field);
    };
    match part.kind() {
        "pair" => {
            let (key, of) = (part.child_by_field_name("key")?, part.child_by_field_name("value")?);
            let name = Arc::from(cx.text(key).trim_matches(['"', '\'']));
            put(Field { key: name, key_span: cx.span(key), value: value(cx, of, depth, left)? });
        }
        "shorthand_property_identifier" => {
            put(Field { key: Arc::from(cx.text(part)), key_span: cx.span(part), value: value(cx, part, depth, left)? });
        }
        "spread_element" => {
            let Some(of) = children(part).next() else { return Some(()) };
            if let ExprKind::Object(more) = value(cx, of, depth, left)?.kind {
                more.into_iter().for_each(put);
            }
        }
        _ => {}
    }
    Some(())
}

/// The processes of a configuration: `{ apps: [..] }`, a list of them, or one.
#[must_use]
pub fn processes(config: &Expr) -> Vec<ProcessFact> {
    let apps = config.field("apps").unwrap_or(config);
    match &apps.kind {
        ExprKind::List(items) => items.iter().filter_map(process).collect(),
        ExprKind::Object(_) => process(apps).into_iter().collect(),
        _ => Vec::new(),
    }
}

fn process(app: &Expr) -> Option<ProcessFact> {
    let script = app.field("script")?;
    let program = script.as_str()?;
    let interpreter = app.field("interpreter").or_else(|| app.field("exec_interpreter")).and_then(Expr::as_str);
    let launcher = launcher(program, interpreter);
    let mut command = if launcher.is_none() && program.contains(' ') {
        command::shell_line(Fragment::inside_quotes(program, script.span), EnvReader::Shell)
    } else {
        let own = launcher.iter().map(|name| plain(name, script.span));
        let options = ["interpreter_args", "node_args"].iter().filter_map(|key| app.field(key)).flat_map(words);
        let arguments = app.field("args").map(words).unwrap_or_default();
        let line = own.chain(options).chain([plain(program, script.span)]).chain(arguments);
        command::exec(script.span, line.collect(), EnvReader::Shell)
    };
    if let Some(count) = app.field("instances").filter(|_| is_cluster(app, launcher)) {
        let option = Field { key: Arc::from("instances"), key_span: count.span, value: count.clone() };
        command.listens.iter_mut().for_each(|fact| fact.options.push(option.clone()));
    }
    let environments = match &app.kind {
        ExprKind::Object(fields) => fields.iter().filter_map(|field| {
            let name = field.key.strip_prefix("env_").or_else(|| field.key.strip_prefix("env-"))?;
            Some((Arc::from(name), settings(&field.value)))
        }),
        _ => return None,
    };
    Some(ProcessFact {
        span: script.span,
        folder: app.field("cwd").and_then(Expr::as_str).map(Arc::from),
        command,
        environment: app.field("env").map(settings).unwrap_or_default(),
        env_files: Vec::new(),
        environments: environments.collect(),
    })
}

/// What runs a script: the interpreter that is named, else the one for its ending. None runs a program by itself.
fn launcher<'a>(program: &str, interpreter: Option<&'a str>) -> Option<&'a str> {
    if let Some(named) = interpreter {
        return (named != "none").then_some(named);
    }
    let mut parts = program.rsplit('/');
    let name = parts.next().unwrap_or(program);
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("js" | "cjs" | "mjs" | "ts" | "tsx" | "jsx") => Some("node"),
        Some("py") => Some("python3"),
        Some("sh") => Some("bash"),
        Some(_) => None,
        // `./bin/www`: a script of the repository, and no program of a package or the system.
        None => {
            let is_installed = |part: &str| {
                matches!(part, "node_modules" | ".bin" | "venv" | ".venv" | "usr") || part == "bin" && name != "www"
            };
            (program.contains('/') && !parts.any(is_installed)).then_some("node")
        }
    }
}

/// Whether the processes share one port: PM2 clusters what Node runs when it is told a number of instances, or to. A variable
/// that it counts up (`increment_var: 'PORT'`) gives each a port of its own.
fn is_cluster(app: &Expr, launcher: Option<&str>) -> bool {
    if app.field("increment_var").is_some() {
        return false;
    }
    match app.field("exec_mode") {
        Some(mode) => matches!(mode.as_str(), Some("cluster" | "cluster_mode")),
        None => launcher.is_some_and(|name| name.rsplit('/').next().is_some_and(|name| name.starts_with("node"))),
    }
}

/// `args: "run start -- -p 80"`, `args: ["run", "start"]`.
fn words(expr: &Expr) -> Vec<Word> {
    match &expr.kind {
        ExprKind::Str(text) => {
            let line = Fragment::inside_quotes(text, expr.span);
            shell::commands(line).into_iter().next().map(|command| command.words).unwrap_or_default()
        }
        ExprKind::List(items) => items.iter().filter_map(|item| Some(plain(&literal(item)?, item.span))).collect(),
        _ => Vec::new(),
    }
}

fn literal(expr: &Expr) -> Option<Arc<str>> {
    match &expr.kind {
        ExprKind::Str(text) | ExprKind::Num(text) => Some(Arc::clone(text)),
        _ => None,
    }
}

fn settings(object: &Expr) -> Vec<EnvSetting> {
    let ExprKind::Object(fields) = &object.kind else { return Vec::new() };
    let span = |field: &Field| Span::new(field.key_span.start as usize, field.value.span.end as usize);
    fields
        .iter()
        .map(|field| EnvSetting { name: Arc::clone(&field.key), span: span(field), value: Some(field.value.clone()) })
        .collect()
}
