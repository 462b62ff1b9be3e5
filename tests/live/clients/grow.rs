//! Modules that are put together from parts: where a base comes from, what carries it, and who opens the connection.

use std::collections::BTreeMap;

use crate::differential::dice::Dice;

type Files = BTreeMap<String, String>;

/// So many modules, always the same ones. Each has its files and the script of its page.
pub fn cases(count: usize) -> Vec<(Files, String)> {
    let mut dice = Dice::new(0x00C1_1E47);
    (0..count).map(|number| case(&mut dice, number)).collect()
}

/// Where a text comes from.
#[derive(Clone, Copy)]
enum Source {
    Literal,
    Constant,
    Template,
    Sum,
    Environment,
    Default,
    ByMode,
    Module,
    Property,
    Function,
    Enum,
    Spread,
    Joined,
    Conditional,
    Assigned,
    Static,
    Global,
}

const SOURCES: [Source; 17] = [
    Source::Literal,
    Source::Constant,
    Source::Template,
    Source::Sum,
    Source::Environment,
    Source::Default,
    Source::ByMode,
    Source::Module,
    Source::Property,
    Source::Function,
    Source::Enum,
    Source::Spread,
    Source::Joined,
    Source::Conditional,
    Source::Assigned,
    Source::Static,
    Source::Global,
];

/// What the text passes through on its way to the call.
#[derive(Clone, Copy)]
enum Way {
    Direct,
    Variable,
    Function,
    Curried,
    Class,
    Object,
    Imported,
    Factory,
    Default,
    Options,
}

const WAYS: [Way; 10] = [
    Way::Direct,
    Way::Variable,
    Way::Function,
    Way::Curried,
    Way::Class,
    Way::Object,
    Way::Imported,
    Way::Factory,
    Way::Default,
    Way::Options,
];

/// Who opens the connection.
#[derive(Clone, Copy)]
enum Opener {
    Fetch,
    Socket,
    Events,
    Xhr,
    Axios,
}

const OPENERS: [Opener; 5] = [Opener::Fetch, Opener::Socket, Opener::Events, Opener::Xhr, Opener::Axios];

struct Module {
    files: Files,
    /// Lines of the entry point before the call.
    before: Vec<String>,
    page: String,
}

fn case(dice: &mut Dice, number: usize) -> (Files, String) {
    let mut module = Module { files: Files::new(), before: Vec::new(), page: String::new() };
    let source = SOURCES[number % SOURCES.len()];
    let way = WAYS[(number / 2) % WAYS.len()];
    let opener = dice.pick(&OPENERS);
    let scheme = if matches!(opener, Opener::Socket) { "wss" } else { "https" };
    let base = text(dice, &mut module, source, &format!("{scheme}://h{number}.example.com"), "base");
    let path_source = dice.pick(&[
        Source::Literal,
        Source::Constant,
        Source::Enum,
        Source::Property,
        Source::Module,
        Source::Function,
    ]);
    let below = dice.below(9);
    let path = text(dice, &mut module, path_source, &format!("/p{number}/{below}"), "path");
    let open = opened(&mut module, opener);
    let call = carried(dice, &mut module, way, &base, &path, &open);
    let entry = format!("{}\n{call}\n", module.before.join("\n"));
    let imports: String =
        entry.lines().filter(|line| line.starts_with("import ")).map(|line| format!("{line}\n")).collect();
    let rest: String =
        entry.lines().filter(|line| !line.starts_with("import ")).map(|line| format!("{line}\n")).collect();
    module.files.insert("src/main.ts".to_owned(), imports + &rest);
    (module.files, module.page)
}

/// An expression for a text, with what it needs around it.
fn text(dice: &mut Dice, module: &mut Module, source: Source, value: &str, name: &str) -> String {
    let half = value.len() / 2;
    let (one, other) = value.split_at(half);
    match source {
        Source::Literal => format!("'{value}'"),
        Source::Constant => {
            module.before.push(format!("const {name}Text = '{value}';"));
            format!("{name}Text")
        }
        Source::Template => {
            module.before.push(format!("const {name}Half = '{other}';"));
            format!("`{one}${{{name}Half}}`")
        }
        Source::Sum => format!("('{one}' + '{other}')"),
        // What the environment holds is a base by itself.
        Source::Environment => dice
            .pick(&[
                "import.meta.env.VITE_API_URL",
                "(import.meta.env['VITE_API_URL'] as string)",
                "`${import.meta.env.VITE_API_URL}`",
            ])
            .to_owned(),
        Source::Default => format!("(import.meta.env.VITE_MISSING {} '{value}')", dice.pick(&["??", "||"])),
        Source::ByMode => {
            module.before.push(format!(
                "const {name}Of: Record<string, string> = {{ development: '{value}-dev', production: '{value}' }};"
            ));
            format!("{name}Of[import.meta.env.MODE]")
        }
        Source::Module => {
            module.files.insert(format!("src/{name}.ts"), format!("export const {name}Value = '{value}';\n"));
            module.before.push(format!("import {{ {name}Value }} from './{name}';"));
            format!("{name}Value")
        }
        Source::Property => {
            module.files.insert(
                format!("src/{name}Config.ts"),
                format!("const inner = {{ {name}: '{value}' }};\nexport default {{ inner, other: 1 }};\n"),
            );
            module.before.push(format!("import {name}Config from './{name}Config';"));
            format!("{name}Config.inner.{name}")
        }
        Source::Function => {
            module.before.push(format!("function {name}Made() {{ const part = '{one}'; return part + '{other}'; }}"));
            format!("{name}Made()")
        }
        Source::Enum => {
            module.before.push(format!("enum {}Of {{ First = '{value}', Second = 'other' }}", name.to_uppercase()));
            format!("{}Of.First", name.to_uppercase())
        }
        Source::Spread => {
            module.before.push(format!(
                "const {name}Base = {{ a: '{value}', b: 'x' }}; const {name}All = {{ b: 'y', ...{name}Base }};"
            ));
            format!("{name}All.a")
        }
        Source::Joined => format!("['{one}', '{other}'].join('')"),
        Source::Conditional => format!("(location.protocol === 'https:' ? '{value}' : '{value}-plain')"),
        Source::Assigned => {
            module.before.push(format!(
                "let {name}Let = '{one}'; if (import.meta.env.DEV) {{ {name}Let = '{one}d'; }} {name}Let += '{other}';"
            ));
            format!("{name}Let")
        }
        Source::Static => {
            module.before.push(format!("class {}Holder {{ static {name} = '{value}'; }}", name.to_uppercase()));
            format!("{}Holder.{name}", name.to_uppercase())
        }
        Source::Global => {
            module.page = format!("window.APP_SETTINGS = {{ {name}: '{value}' }};\n");
            format!("(window as any).APP_SETTINGS.{name}")
        }
    }
}

/// The text of a call for an address.
fn opened(module: &mut Module, opener: Opener) -> impl Fn(&str) -> String + use<> {
    if matches!(opener, Opener::Axios) {
        module.before.push("import axios from 'axios';".to_owned());
    }
    move |url| match opener {
        Opener::Fetch => format!("fetch({url})"),
        Opener::Socket => format!("new WebSocket({url})"),
        Opener::Events => format!("new EventSource({url})"),
        Opener::Xhr => {
            format!("(() => {{ const xhr = new XMLHttpRequest(); xhr.open('GET', {url}); return xhr.send(); }})()")
        }
        Opener::Axios => format!("axios.get({url})"),
    }
}

fn carried(
    dice: &mut Dice,
    module: &mut Module,
    way: Way,
    base: &str,
    path: &str,
    open: &dyn Fn(&str) -> String,
) -> String {
    let joined = |base: &str, path: &str, dice: &mut Dice| match dice.below(3) {
        0 => format!("`${{{base}}}${{{path}}}`"),
        1 => format!("{base} + {path}"),
        _ => format!("[{base}, {path}].join('')"),
    };
    match way {
        Way::Direct => format!("{};", open(&joined(base, path, dice))),
        Way::Variable => format!("const url = {};\n{};", joined(base, path, dice), open("url")),
        Way::Function => {
            format!("function send(path: string) {{ return {}; }}\nsend({path});", open(&joined(base, "path", dice)))
        }
        Way::Curried => format!(
            "const at = (base: string) => (path: string) => {};\nconst call = at({base});\ncall({path});",
            open(&joined("base", "path", dice))
        ),
        Way::Class => format!(
            "class Client {{\n  private url: string;\n  constructor(private base: string, path: string) {{ this.url = {}; }}\n  open() {{ return {}; }}\n}}\nnew Client({base}, {path}).open();",
            joined("base", "path", dice),
            open("this.url")
        ),
        Way::Object => format!(
            "const client = {{ base: {base}, open: (path: string) => {} }};\nclient.open({path});",
            open(&joined(base, "path", dice))
        ),
        Way::Imported => {
            let axios = if open("x").contains("axios") { "import axios from 'axios';\n" } else { "" };
            module.files.insert(
                "src/net.ts".to_owned(),
                format!(
                    "{axios}export const send = (base: string, path: string) => {};\n",
                    open(&joined("base", "path", dice))
                ),
            );
            module.before.push("import { send } from './net';".to_owned());
            format!("send({base}, {path});")
        }
        Way::Factory => format!(
            "const make = (base: string) => ({{ open(path: string) {{ return {}; }} }});\nmake({base}).open({path});",
            open(&joined("base", "path", dice))
        ),
        Way::Default => {
            format!("const send = (path = {path}, base = {base}) => {};\nsend();", open(&joined("base", "path", dice)))
        }
        Way::Options => format!(
            "const send = ({{ base, path = '/none' }}: {{ base: string; path?: string }}) => {};\nsend({{ base: {base}, path: {path} }});",
            open(&joined("base", "path", dice))
        ),
    }
}
